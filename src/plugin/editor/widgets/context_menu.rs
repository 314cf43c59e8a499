//! Menus that open by a click with the right button and, for the control that has the keyboard, by
//! the menu key or Shift + F10.

use egui::{Key, Popup, Response, SetOpenCommand};

/// Shows the control's menu if it is open; returns the place of the entry that was chosen.
pub fn show(control: &Response, entries: impl FnOnce() -> Vec<String>) -> Option<usize> {
    let ctx = &control.ctx;
    let opened_by_key = control.has_focus()
        && ctx.input(|input| {
            let is_f10 = input.modifiers.shift_only() && input.key_pressed(Key::F10);
            is_f10 || input.key_pressed(Key::Menu)
        });
    // Whether the keyboard opened the menu, as long as that is open.
    let id = control.id.with("menu by the keyboard");
    if opened_by_key || control.secondary_clicked() {
        ctx.data_mut(|data| data.insert_temp(id, opened_by_key));
    }
    let by_keyboard = ctx.data(|data| data.get_temp(id)).unwrap_or(false);
    let menu = if by_keyboard {
        let open = opened_by_key.then_some(SetOpenCommand::Bool(true));
        Popup::menu(control).open_memory(open)
    } else {
        Popup::context_menu(control)
    };
    let chosen = menu.show(|ui| {
        let mut chosen = None;
        for (place, entry) in entries().into_iter().enumerate() {
            let entry = ui.button(entry);
            if opened_by_key && place == 0 {
                entry.request_focus();
            }
            if entry.clicked() {
                chosen = Some(place);
                ui.close();
            }
        }
        chosen
    });
    let chosen = chosen.and_then(|menu| menu.inner);
    if by_keyboard && chosen.is_some() {
        control.request_focus();
    }
    chosen
}
