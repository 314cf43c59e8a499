//! The menus for files. A system dialog asks for the path; where there is none, the user
//! chooses a task, types its path and presses a button, in this order.

use egui::{Align, Align2, Button, Id, Key, Layout, Margin, Popup, PopupCloseBehavior};
use egui::{RichText, TextEdit, Ui, vec2};

use super::{FileStart, Task, library, start, start_typed};
use crate::plugin::editor::link::{Link, STOP_FIRST};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;

const WIDTH: f32 = 320.0;

/// Loads audio for the selected tab.
pub fn clip(ui: &mut Ui, link: Link, view: &mut View) {
    let record = &link.params.record;
    let button = ui.add_enabled(!link.is_recording(), Button::new("Load…"));
    let button =
        button.on_hover_text("Learn from an audio file instead").on_disabled_hover_text(STOP_FIRST);
    let task = Task::LoadClip { instrument: record.to(), how: record.how.value() };
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(WIDTH);
        if entry(ui, task, "Audio file…", Ok(())) {
            start(link, view, task);
            ui.close();
        }
        ui.separator();
        // Menus draw their contents without frames, which would make a text field invisible.
        ui.reset_style();
        heading(ui, "Or type a path");
        path(ui, link, view, task);
    });
}

/// Loads and saves what was learned and recorded.
pub fn files(ui: &mut Ui, link: Link, view: &mut View) {
    let button =
        ui.button("Files").on_hover_text("Save and load learned instruments, export audio");
    if button.clicked() {
        view.library.refresh(link, ui.ctx());
    }
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(WIDTH);
        for (title, tasks) in [
            ("Learned instruments", [Task::LoadDictionary, Task::SaveDictionary]),
            ("Audio, as WAV files in a folder", exports(view)),
        ] {
            heading(ui, title);
            for task in tasks {
                if entry(ui, task, &format!("{}…", name(task)), can(link, view, task)) {
                    start(link, view, task);
                    ui.close();
                }
            }
            if tasks == exports(view) {
                file_start(ui, view);
            }
            ui.separator();
        }
        typed(ui, link, view);
        // Last, since nothing that was there may move when it has been read.
        library::show(ui, link, view);
    });
}

fn exports(view: &View) -> [Task; 2] {
    [Task::ExportClips(view.file_start), Task::ExportStems(view.file_start)]
}

/// Whether exported files start with the song.
fn file_start(ui: &mut Ui, view: &mut View) {
    let clips = view.project.instruments.iter().flat_map(|instrument| &instrument.clips);
    let mut clips = clips.chain(&view.project.mixture);
    let has_position = clips.any(|clip| clip.song_position().is_some());
    let mut from_song = view.file_start == FileStart::Song;
    ui.scope(|ui| {
        ui.reset_style();
        let check = egui::Checkbox::new(&mut from_song, "From the start of the song");
        ui.add_enabled(has_position, check)
            .on_hover_text(
                "Pads files with silence so that they line up at the start of a project. Otherwise they \
                 start where the recording began and carry that position.",
            )
            .on_disabled_hover_text("No recording has a song position");
    });
    view.file_start = if from_song { FileStart::Song } else { FileStart::Recording };
}

/// The same tasks without a dialog.
fn typed(ui: &mut Ui, link: Link, view: &mut View) {
    let id = Id::unique("files by their path");
    let (mut open, mut task) =
        ui.data(|data| data.get_temp(id)).unwrap_or((false, Task::LoadDictionary));
    // Where exported files start may have been changed since.
    task = match task {
        Task::ExportClips(_) => Task::ExportClips(view.file_start),
        Task::ExportStems(_) => Task::ExportStems(view.file_start),
        other => other,
    };
    let sign = if open { "⏷" } else { "⏵" };
    let fold = ui.add(Button::new(format!("{sign} Type a path instead")).frame(false));
    if fold.on_hover_text("Where your system has no file dialog").clicked() {
        open = !open;
    }
    if open {
        // Menus draw their contents without frames, which would make a text field invisible.
        ui.reset_style();
        let [clips, stems] = exports(view);
        for other in [Task::LoadDictionary, Task::SaveDictionary, clips, stems] {
            let can = can(link, view, other);
            ui.add_enabled_ui(can.is_ok(), |ui| {
                let radio = ui.radio_value(&mut task, other, name(other));
                if let Err(why) = can {
                    radio.on_disabled_hover_text(why);
                }
            });
        }
        if can(link, view, task).is_err() {
            task = Task::LoadDictionary;
        }
        let can = can(link, view, task);
        ui.add_enabled_ui(can.is_ok(), |ui| path(ui, link, view, task));
    }
    ui.data_mut(|data| data.insert_temp(id, (open, task)));
}

/// A field for a path, and the button that starts the task, as does the Enter key.
fn path(ui: &mut Ui, link: Link, view: &mut View, task: Task) {
    ui.horizontal(|ui| {
        let verb = match task {
            Task::LoadClip { .. } | Task::LoadDictionary => "Load",
            Task::SaveDictionary => "Save",
            Task::ExportClips(_) | Task::ExportStems(_) => "Export",
        };
        let hint = match task {
            Task::ExportClips(_) | Task::ExportStems(_) => "whole path of a folder",
            _ => "whole path of a file",
        };
        let room = ui.available_width() - 76.0;
        let field = TextEdit::singleline(&mut view.path)
            .hint_text(hint)
            .margin(Margin::symmetric(8, 4))
            .align(Align2::LEFT_CENTER);
        let field = ui.add(field.desired_width(room)).accessible_name(hint);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let any = !view.path.trim().is_empty();
        let button = Button::new(verb).min_size(vec2(64.0, 26.0));
        let pressed = ui.add_enabled(any, button).on_disabled_hover_text("Type a path first");
        if any && (entered || pressed.clicked()) {
            start_typed(link, view, task);
            ui.close();
        }
    });
}

pub fn heading(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).small().color(theme::colors(ui).dim));
}

/// An entry of a menu; returns whether it was clicked.
fn entry(ui: &mut Ui, task: Task, label: &str, can: Result<(), &str>) -> bool {
    let response = ui
        .with_layout(Layout::top_down_justified(Align::Min), |ui| {
            let button = Button::new(label).frame_when_inactive(false).min_size(vec2(0.0, 26.0));
            ui.add_enabled(can.is_ok(), button)
        })
        .inner
        .on_hover_text(hint(task));
    let response = match can {
        Ok(()) => response,
        Err(why) => response.on_disabled_hover_text(why),
    };
    response.clicked()
}

/// What the task does, as menus and dialogs call it.
pub fn name(task: Task) -> &'static str {
    match task {
        Task::LoadClip { .. } => "Load an audio file",
        Task::LoadDictionary => "Load learned instruments",
        Task::SaveDictionary => "Save learned instruments",
        Task::ExportClips(_) => "Export the recordings",
        Task::ExportStems(_) => "Export stems of the recorded song",
    }
}

fn hint(task: Task) -> &'static str {
    match task {
        Task::LoadClip { .. } => "Choose a file to learn from",
        Task::LoadDictionary => "Load instruments that were learned in this or another project",
        Task::SaveDictionary => "To use in other projects; without the clips",
        Task::ExportClips(_) => "Every recording as a WAV file, into a folder",
        Task::ExportStems(_) => {
            "What was recorded on the Whole song tab, as a WAV file for each instrument, into a folder"
        }
    }
}

/// Whether the task is possible, and if not, what is missing.
fn can(link: Link, view: &View, task: Task) -> Result<(), &'static str> {
    let learned = view.project.dictionary.is_some();
    let song = !view.project.mixture.is_empty();
    match task {
        Task::LoadDictionary if link.is_recording() => Err(STOP_FIRST),
        Task::SaveDictionary if !learned => Err("Learn an instrument first"),
        Task::ExportClips(_) if !view.project.has_clips() => Err("Record an instrument first"),
        Task::ExportStems(_) if learned && !song => {
            Err("Record a piece of the whole song on its tab first")
        }
        Task::ExportStems(_) if !learned => {
            Err("Learn an instrument, and record a piece of the whole song on its tab")
        }
        _ => Ok(()),
    }
}
