//! Lists that open from a button and close once something in them is chosen, also by the keyboard.

use egui::{ComboBox, Id, IntoAtoms, Key, Response, Ui};

use super::scroll_to_focus::scroll_to_focus;

/// Shows the button and, if it is open, the list, whose entries `add` adds by [`entry`]. When the
/// keyboard closes the list, it goes back to the button.
pub fn show(ui: &mut Ui, list: ComboBox, add: impl FnOnce(&mut Ui)) -> Response {
    let shown = list.show_ui(ui, |ui| {
        add(ui);
        scroll_to_focus(ui);
    });
    let is_chosen = ui.data_mut(|data| data.remove_temp::<()>(chosen_by_key())).is_some();
    let is_escaped = shown.inner.is_some() && ui.input(|input| input.key_pressed(Key::Escape));
    if is_chosen || is_escaped {
        shown.response.request_focus();
    }
    shown.response
}

/// An entry of the list.
pub fn entry<'a>(ui: &mut Ui, chosen: bool, text: impl IntoAtoms<'a>) -> Response {
    let entry = ui.selectable_label(chosen, text);
    if entry.clicked() {
        // The list itself sees only clicks of the pointer.
        ui.close();
        if entry.has_focus() {
            ui.data_mut(|data| data.insert_temp(chosen_by_key(), ()));
        }
    }
    entry
}

fn chosen_by_key() -> Id {
    Id::unique("an entry of a list was chosen by the keyboard")
}
