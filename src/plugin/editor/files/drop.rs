//! Files dropped onto the window: audio becomes a clip of the tab that it is dropped on; a
//! dictionary is loaded.

use std::path::{Path, PathBuf};

use egui::{Align2, Color32, FontId, Id, LayerId, Order, Rect, Stroke, StrokeKind, Ui};

use super::{Task, attempt, is_dictionary, spawn};
use crate::plugin::audio_thread::controls::Controls;
use crate::plugin::choices::ExistingClips;
use crate::plugin::editor::link::{Link, STOP_FIRST};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::{Tab, View};
use crate::plugin::hub::Hub;
use crate::plugin::messages;

/// Notes the tab that files are held or dropped over; `rect` is its area.
pub fn note_tab(ui: &Ui, view: &mut View, tab: Tab, rect: Rect) {
    let over = |input: &egui::InputState| {
        let any = !input.raw.hovered_files.is_empty() || !input.raw.dropped_files.is_empty();
        any && input.pointer.latest_pos().is_some_and(|position| rect.contains(position))
    };
    if ui.input(over) {
        view.dropped_on = Some(tab);
    }
}

/// Shows what dropping the held files would do, and loads the files that are dropped.
pub fn show(ui: &Ui, link: Link, view: &mut View) {
    let tab = view.dropped_on.take().unwrap_or(link.params.record.to());
    let (held, dropped) = ui.input(|input| {
        let held = input.raw.hovered_files.iter().filter_map(|file| file.path.clone());
        let dropped = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf());
        (held.collect::<Vec<PathBuf>>(), dropped.collect::<Vec<PathBuf>>())
    });
    // What is dragged out of this window is not dropped onto it.
    let is_own = view.drag.as_ref().is_some_and(|drag| !drag.has_ended());
    if !held.is_empty() && !is_own {
        let words = match (tab, &held[..]) {
            _ if link.is_recording() => STOP_FIRST.to_string(),
            (_, [path]) if is_dictionary(path) => "Drop to load learned instruments".to_string(),
            (Some(instrument), _) => {
                format!("Drop: a clip of {}", view.project.instruments[instrument].name)
            }
            (None, _) => "Drop: a clip of the whole song".to_string(),
        };
        cover(ui, &words);
    }
    if !dropped.is_empty() && !link.is_recording() {
        take(link, tab, dropped);
    }
}

/// Loads the files one after another, on another thread.
fn take(link: Link, tab: Tab, paths: Vec<PathBuf>) {
    let value = tab.map_or(0, |instrument| instrument as i32 + 1);
    link.set(link.params.record.to_param(), value);
    let hub = link.hub.clone();
    hub.status.dismiss_error();
    let controls = link.params.controls();
    let how = link.params.record.how.value();
    spawn(move || {
        if let Err(problems) = take_all(&hub, &controls, tab, how, &paths) {
            hub.status.error(problems);
        }
    });
}

/// Loads files one after another.
///
/// # Errors
/// The message for the user: what was wrong with each file that could not be loaded.
fn take_all(
    hub: &Hub,
    controls: &Controls,
    tab: Tab,
    mut how: ExistingClips,
    paths: &[PathBuf],
) -> Result<(), String> {
    let loads = hub.project.loads().get();
    let mut problems = Vec::new();
    for path in paths {
        if hub.project.loads().get() != loads {
            return Err(messages::PROJECT_LOADED.to_string());
        }
        let task = task(path, tab, how);
        match attempt(hub, controls, task, path) {
            Err(problem) => problems.push(problem),
            // Files dropped together must not replace each other.
            Ok(()) if matches!(task, Task::LoadClip { .. }) => how = ExistingClips::Append,
            Ok(()) => {}
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

fn task(path: &Path, tab: Tab, how: ExistingClips) -> Task {
    if is_dictionary(path) { Task::LoadDictionary } else { Task::LoadClip { instrument: tab, how } }
}

fn cover(ui: &Ui, words: &str) {
    let colors = theme::colors(ui);
    let painter =
        ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("dropped files")));
    let window = ui.ctx().content_rect();
    painter.rect(
        window.shrink(4.0),
        8,
        Color32::from_black_alpha(120),
        Stroke::new(3.0, colors.action),
        StrokeKind::Inside,
    );
    let font = FontId::proportional(22.0);
    let text = painter.layout_no_wrap(words.to_string(), font, colors.on_action);
    let place = Align2::CENTER_CENTER.anchor_size(window.center(), text.size());
    painter.rect_filled(place.expand2(egui::vec2(20.0, 12.0)), 8, colors.action);
    painter.galley(place.min, text, colors.on_action);
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::audio::{AudioBuffer, write_wav};
    use crate::plugin::params::PluginParams;

    #[test]
    fn every_file_that_fails_is_reported_and_the_first_that_loads_starts_over() {
        let hub = Hub::new();
        let controls = PluginParams::new(&hub).controls();
        let old = AudioBuffer { channels: vec![vec![0.9; 8_000]], sample_rate_hz: 8_000 };
        hub.project.edit(|project| project.instruments[0].clips.push(Arc::new(old.into())));
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, level: f32| {
            let path = folder.path().join(name);
            write_wav(&path, 8_000, &[vec![level; 4 * 8_000]]).unwrap();
            path
        };
        let (good, other) = (file("good.wav", 0.5), file("other.wav", 0.25));
        let (silent, nowhere) = (file("silent.wav", 0.0), Path::new("/nowhere.wav").to_path_buf());
        let paths = [nowhere, silent, good, other];
        let problems = take_all(&hub, &controls, Some(0), ExistingClips::Replace, &paths);
        let problems = problems.unwrap_err();
        assert!(problems.contains("/nowhere.wav") && problems.contains("silent.wav is silent"));
        let clips = hub.project.get().instruments[0].clips.clone();
        let levels: Vec<f32> = clips.iter().map(|clip| clip.channels()[0][100]).collect();
        let is_near = |(level, expected): (&f32, f32)| (level - expected).abs() < 1e-3;
        assert!(levels.len() == 2 && levels.iter().zip([0.5, 0.25]).all(is_near), "{levels:?}");
        let only_bad = take_all(&hub, &controls, Some(0), ExistingClips::Replace, &paths[..2]);
        assert!(only_bad.is_err());
        assert_eq!(hub.project.get().instruments[0].clips.len(), 2, "nothing took their place");
    }
}
