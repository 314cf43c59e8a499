//! Files: clips to learn from, dictionaries. Dialogs and reading have a thread of
//! their own, so that neither the window nor the host ever waits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Popup, PopupCloseBehavior, TextEdit, Ui};

use super::link::Link;
use super::view::View;
use crate::dictionary::Dictionary;
use crate::dsp::SAMPLE_RATES_HZ;
use crate::plugin::captured::add_clip;
use crate::plugin::hub::Hub;
use crate::plugin::params::CaptureHow;
use crate::plugin::project::Clip;
use crate::plugin::recorder::LONGEST_CAPTURE_S;

const AUDIO: [&str; 7] = ["wav", "aiff", "aif", "flac", "ogg", "mp3", "oga"];
const DICTIONARY: [&str; 1] = ["safetensors"];

/// What is to be done with a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    LoadClip { slot: Option<usize>, how: CaptureHow },
    LoadDictionary,
    SaveDictionary,
}

/// Loads audio for the tab that is chosen.
pub fn clip_menu(ui: &mut Ui, link: Link, view: &mut View) {
    let capture = &link.params.capture;
    let button = ui.add_enabled(!link.is_recording(), egui::Button::new("Load…"));
    let button = button.on_hover_text("Learn from an audio file instead of recording");
    let task = Task::LoadClip { slot: capture.to(), how: capture.how.value() };
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(300.0);
        path_or_dialog(ui, link, view, task);
    });
}

/// Dictionaries, from and to files.
pub fn dictionary_menu(ui: &mut Ui, link: Link, view: &mut View) {
    let button = ui.button("Files").on_hover_text("Keep what was learned, to use it elsewhere");
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(320.0);
        ui.label("Load what was learned earlier");
        path_or_dialog(ui, link, view, Task::LoadDictionary);
        ui.separator();
        ui.add_enabled_ui(view.project.dictionary.is_some(), |ui| {
            ui.label("Save what was learned");
            path_or_dialog(ui, link, view, Task::SaveDictionary);
        });
    });
}

fn path_or_dialog(ui: &mut Ui, link: Link, view: &mut View, task: Task) {
    ui.horizontal(|ui| {
        let saves = task == Task::SaveDictionary;
        if ui.button(if saves { "Choose where…" } else { "Choose a file…" }).clicked() {
            ask(link.hub.clone(), task);
            ui.close();
        }
        ui.label("or");
        let field =
            TextEdit::singleline(&mut view.path).hint_text("type its path").desired_width(130.0);
        let field = ui.add(field);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if entered && !view.path.trim().is_empty() {
            let path = PathBuf::from(view.path.trim());
            view.path.clear();
            let hub = link.hub.clone();
            spawn(move || carry_out(&hub, task, &path));
            ui.close();
        }
    });
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    // Without a thread there is no file; the host must not wait in any case.
    let _ = std::thread::Builder::new().name("unbraid files".to_string()).spawn(work);
}

/// Asks for a path in a dialog of the system.
fn ask(hub: Arc<Hub>, task: Task) {
    spawn(move || {
        let dialog = rfd::FileDialog::new();
        let path = match task {
            Task::LoadClip { .. } => dialog.add_filter("Audio", &AUDIO).pick_file(),
            Task::LoadDictionary => dialog.add_filter("Dictionary", &DICTIONARY).pick_file(),
            Task::SaveDictionary => dialog
                .add_filter("Dictionary", &DICTIONARY)
                .set_file_name("instruments.safetensors")
                .save_file(),
        };
        if let Some(path) = path {
            carry_out(&hub, task, &path);
        }
    });
}

/// Does what is to be done with a path, and tells the user how it went.
pub fn carry_out(hub: &Hub, task: Task, path: &Path) {
    let done = match task {
        Task::LoadClip { slot, how } => load_clip(hub, path, slot, how),
        Task::LoadDictionary => load_dictionary(hub, path),
        Task::SaveDictionary => save_dictionary(hub, path),
    };
    if let Err(problem) = done {
        hub.status.error(problem);
    }
}

fn load_clip(hub: &Hub, path: &Path, slot: Option<usize>, how: CaptureHow) -> Result<(), String> {
    let crate::audio::Clip { sample_rate_hz, channels } =
        crate::audio::read(path).map_err(|error| error.to_string())?;
    let (sample_rate_hz, mut channels) = if SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
        (sample_rate_hz, channels)
    } else {
        let rate = hub.status.sample_rate_hz();
        (rate, crate::audio::resample(&channels, sample_rate_hz, rate))
    };
    let longest = LONGEST_CAPTURE_S * sample_rate_hz as usize;
    if channels[0].len() > longest {
        channels.iter_mut().for_each(|channel| channel.truncate(longest));
        hub.status.note("only the first five minutes of the file were taken");
    }
    add_clip(hub, slot, how, Clip { channels, sample_rate_hz });
    Ok(())
}

fn load_dictionary(hub: &Hub, path: &Path) -> Result<(), String> {
    let dictionary = Dictionary::load(path).map_err(|error| error.to_string())?;
    hub.edit(|project| project.set_dictionary(dictionary, None));
    Ok(())
}

fn save_dictionary(hub: &Hub, path: &Path) -> Result<(), String> {
    let dictionary = hub
        .project()
        .dictionary_to_save()
        .ok_or("there is nothing to save yet: learn an instrument first")?;
    dictionary.save(path).map_err(|error| error.to_string())?;
    hub.status.note(format!("saved {}", path.display()));
    Ok(())
}
