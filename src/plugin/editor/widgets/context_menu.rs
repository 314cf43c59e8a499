//! Menus that open on a right-click and, for the control that has the keyboard, by the menu key or
//! Shift + F10.

use egui::{Key, Popup, Response, ScrollArea, SetOpenCommand, TextStyle, Ui};

use super::elide::elided;
use super::scroll_to_focus::scroll_to_focus;

/// Maximum width of an entry, in points.
const MAX_WIDTH: f32 = 360.0;

/// Maximum height of a menu, as a fraction of the window's.
const MAX_HEIGHT: f32 = 0.6;

/// Shows the control's menu if it is open; returns the index of the entry that was chosen.
pub fn show(control: &Response, entries: impl FnOnce() -> Vec<String>) -> Option<usize> {
    let ctx = &control.ctx;
    let opened_by_key = control.has_focus()
        && ctx.input(|input| {
            let is_f10 = input.modifiers.shift_only() && input.key_pressed(Key::F10);
            is_f10 || input.key_pressed(Key::Menu)
        });
    // Whether the keyboard opened the menu, the last time that it was opened.
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
    let max_height = MAX_HEIGHT * ctx.content_rect().height();
    let chosen = menu.show(|ui| {
        let list = ScrollArea::vertical().max_height(max_height).show(ui, |ui| {
            let chosen = list(ui, entries(), opened_by_key);
            scroll_to_focus(ui);
            chosen
        });
        if list.inner.is_some() {
            ui.close();
        }
        list.inner
    });
    let is_escaped = chosen.is_some() && ctx.input(|input| input.key_pressed(Key::Escape));
    let chosen = chosen.and_then(|menu| menu.inner);
    if by_keyboard && (chosen.is_some() || is_escaped) {
        control.request_focus();
    }
    chosen
}

/// The entries; returns the index of the one that was clicked. The first one gets the keyboard if
/// `takes_keyboard`.
fn list(ui: &mut Ui, entries: Vec<String>, takes_keyboard: bool) -> Option<usize> {
    let font = TextStyle::Button.resolve(ui.style());
    let mut chosen = None;
    for (index, entry) in entries.into_iter().enumerate() {
        let shown = elided(ui, &entry, &font, MAX_WIDTH);
        let button = ui.button(shown).accessible_name(entry);
        if takes_keyboard && index == 0 {
            button.request_focus();
        }
        if button.clicked() {
            chosen = Some(index);
        }
    }
    chosen
}
