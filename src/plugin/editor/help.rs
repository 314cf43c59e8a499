//! The help: the three steps, the keys, version and licence, on one page over the window.

use egui::{Button, Grid, Id, Key, Modal, Modifiers, RichText, ScrollArea, Ui, vec2};

use super::theme;
use super::view::View;
use super::widgets::keys;
use super::widgets::scroll_to_focus::scroll_to_focus;

/// Width of the text, and what is left of the window around the page, in points.
const WIDTH: f32 = 560.0;
const MARGIN: f32 = 120.0;

/// How far an arrow key scrolls, and farther than the page is high, in points.
const LINE: f32 = 30.0;
const ALL: f32 = 10_000.0;

const STEPS: [(&str, &str); 3] = [
    (
        "1  Record",
        "Play one instrument alone and press Record, then Stop. On the instrument's own track it \
         is already alone; from another track, send it to the side-chain. Or load or drop a \
         file. Twenty seconds of varied playing are good; more is better.",
    ),
    (
        "2  Learn",
        "It takes a second or two; playback goes on. Then the window says how well each instrument \
         can be told apart from the others.",
    ),
    (
        "3  Listen",
        "Play the song. Solo plays an instrument alone, Mute removes it, and its fader changes \
         its level. Too much of the others in it? Raise its Strength. Too thin? Lower it. What \
         was not recorded is Everything else, learned while the song plays.",
    ),
];

/// A key, or what is done with the mouse.
enum Keys {
    As(&'static str),
    /// Pressed together with the key for commands.
    Command(&'static [&'static str]),
}

const KEYS: [(Keys, &str); 17] = [
    (Keys::Command(&["Z", "Shift + Z"]), "undo, redo"),
    (Keys::As("Tab,  Shift + Tab"), "go to the next, the previous control"),
    (Keys::As("Enter,  Space"), "press the control that was reached by Tab"),
    (Keys::As("Arrow keys"), "move the fader that was reached by Tab"),
    (Keys::As("Page Up, Page Down, Home, End"), "move it further, and to its ends"),
    (Keys::As("Shift while dragging or moving"), "small steps"),
    (Keys::As("Double-click on a fader, Delete"), "its default"),
    (Keys::As("Mouse wheel"), "moves the fader that was used last; scrolls anywhere else"),
    (Keys::Command(&["click", "Enter"]), "on Solo: switches all other solos off"),
    (
        Keys::As("Right-click,  Shift + F10"),
        "on Undo, Redo: lists the steps; on a component: moves it",
    ),
    (Keys::As("Drag over the waveform"), "selects a range; also over its spectrogram"),
    (Keys::As("Arrow keys on the waveform"), "move its cursor; with Shift, they select a range"),
    (Keys::Command(&["Arrow keys"]), "on the waveform: move by whole seconds"),
    (Keys::Command(&["A"]), "on the waveform: selects everything"),
    (Keys::As("MIDI notes from 36, from 72"), "solo, mute while held (CLAP; see the settings)"),
    (Keys::As("F1"), "opens and closes this page"),
    (Keys::As("Escape"), "closes this page, lists and settings"),
];

/// The button that opens the help.
pub fn button(ui: &mut Ui, view: &mut View) {
    let button = ui.add(Button::new("?"));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Help"));
    if button.on_hover_text("Help (F1)").clicked() {
        view.help_open = true;
    }
}

/// Draws the help if it is open. F1 opens and closes it, unless text is being typed.
pub fn show(ui: &Ui, view: &mut View) {
    if !ui.ctx().text_edit_focused() {
        let presses = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, Key::F1));
        view.help_open ^= presses % 2 == 1;
    }
    let was_open = Id::unique("help was open");
    let is_new = !ui.data(|data| data.get_temp(was_open)).unwrap_or(false);
    ui.data_mut(|data| data.insert_temp(was_open, view.help_open));
    if !view.help_open {
        return;
    }
    let room = ui.ctx().content_rect().size();
    let modal = Modal::new(Id::unique("help")).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(room.x - MARGIN));
        let height = room.y - MARGIN;
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            page(ui);
            scroll_by_keys(ui, height);
            scroll_to_focus(ui);
        });
        ui.vertical_centered(|ui| {
            let close = ui.button("Close").on_hover_text("Close this page (Esc)");
            // Screen readers say where the keyboard is: on this page, as soon as it opens. A click
            // on the page would give the keyboard to the host.
            let is_clicked =
                ui.input(|input| input.pointer.any_pressed() || input.pointer.any_click());
            if is_new || (is_clicked && ui.memory(|memory| memory.focused().is_none())) {
                close.request_focus();
            }
            close.clicked()
        })
        .inner
    });
    if modal.inner || modal.should_close() {
        view.help_open = false;
    }
}

/// There may be no control on the page that the keyboard could go to.
fn scroll_by_keys(ui: &Ui, height: f32) {
    let down = ui.input(|input| {
        let net = |up, down| input.num_presses(down) as f32 - input.num_presses(up) as f32;
        LINE * net(Key::ArrowUp, Key::ArrowDown)
            + (height - LINE) * net(Key::PageUp, Key::PageDown)
            + ALL * net(Key::Home, Key::End)
    });
    if down != 0.0 {
        ui.scroll_with_delta(vec2(0.0, -down));
    }
}

fn page(ui: &mut Ui) {
    let dim = theme::colors(ui).dim;
    ui.label(RichText::new("One instrument out of a song, in three steps").strong().size(16.0));
    for (name, text) in STEPS {
        ui.add_space(6.0);
        ui.label(RichText::new(name).strong());
        ui.label(text);
    }
    ui.add_space(10.0);
    Grid::new("keys").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (keys, text) in KEYS {
            let keys = match keys {
                Keys::As(name) => name.to_string(),
                Keys::Command(keys) => {
                    let names = keys.iter().map(|key| keys::command(ui.ctx(), key));
                    names.collect::<Vec<_>>().join(",  ")
                }
            };
            // Screen readers read the key and its effect as one text.
            let shown = RichText::new(&keys).strong();
            let row = ui.label(shown).id;
            ui.ctx().accesskit_node_builder(row, |node| node.set_value(format!("{keys}: {text}")));
            let repeated = ui.label(text).id;
            ui.ctx().accesskit_node_builder(repeated, |node| node.set_hidden());
            ui.end_row();
        }
    });
    ui.add_space(10.0);
    ui.label("Point at any control for a hint. The full guide is docs/window.md in the source.");
    let guide = env!("CARGO_PKG_HOMEPAGE");
    if !guide.is_empty() {
        ui.hyperlink(guide);
    }
    let version = env!("CARGO_PKG_VERSION");
    let licence = format!(
        "Unbraid {version}, under MIT or Apache-2.0. The licences of what it contains are in \
         THIRD-PARTY.md in the bundle."
    );
    ui.label(RichText::new(licence).small().color(dim));
    ui.add_space(8.0);
}
