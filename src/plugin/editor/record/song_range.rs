//! The menu that adds the selected range of the whole song to the recordings of an instrument
//! that plays alone in it.

use egui::{Button, Popup, PopupCloseBehavior, ScrollArea, TextStyle, Ui, WidgetInfo, vec2};

use super::notes;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::elide::{self, elided};
use crate::plugin::project::clip::seconds_text;
use crate::plugin::project::song_range::{self, Choices};
use crate::plugin::worker::clip_collector::warn;

const WIDTH: f32 = 260.0;

/// Maximum height of the list of instruments; longer lists scroll.
const LIST: f32 = 300.0;

const ENTRY: f32 = 26.0;

/// Follows the name in an entry.
const ALONE: &str = " alone here";

/// The button and its menu; returns whether a range of the whole song is selected.
pub fn menu(ui: &mut Ui, link: Link, view: &mut View, width: f32) -> bool {
    let selected = view.selection.as_ref().filter(|selection| selection.tab.is_none());
    let Some(selected) = selected else { return false };
    let seconds = seconds_text(selected.range.seconds(&selected.clips));
    let button = ui.add_sized(vec2(width, notes::HEIGHT), Button::new("Instrument alone here…"));
    let button = button.on_hover_text(format!(
        "If only one instrument plays in these {seconds}, add them to its recordings so that Learn \
         can use them. The recording of the whole song does not change."
    ));
    let Choices { known, new } = Choices::of(&view.project);
    let behavior = PopupCloseBehavior::CloseOnClickOutside;
    let chosen = Popup::menu(&button).close_behavior(behavior).show(|ui| {
        ui.set_width(WIDTH);
        let list = ScrollArea::vertical().max_height(LIST).show(ui, |ui| {
            let named = |instrument: &usize| {
                let name = &view.project.instruments[*instrument].name;
                entry(ui, name, true, &format!("Add {seconds} to the recordings of {name}"))
            };
            known.iter().copied().find(named)
        });
        if !known.is_empty() {
            ui.separator();
        }
        let hint = format!("Add an instrument with these {seconds} as its first recording");
        let is_new = entry(ui, "New instrument", new.is_some(), &hint);
        let chosen = list.inner.or(new.filter(|_| is_new));
        if chosen.is_some() {
            ui.close();
        }
        chosen
    });
    if let Some(instrument) = chosen.and_then(|menu| menu.inner) {
        add(link, view, instrument);
    }
    true
}

/// An entry of the menu; returns whether it was clicked.
fn entry(ui: &mut Ui, name: &str, can: bool, hint: &str) -> bool {
    let font = TextStyle::Button.resolve(ui.style());
    let room = WIDTH - 2.0 * ui.spacing().button_padding.x - elide::width(ui, ALONE, &font);
    let shown = elided(ui, name, &font, room) + ALONE;
    let button = Button::new(shown).frame_when_inactive(false).min_size(vec2(WIDTH, ENTRY));
    let response = ui.add_enabled(can, button);
    let label = format!("{name}{ALONE}");
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, can, &label));
    let response = response.on_hover_text(hint);
    response
        .on_disabled_hover_text("All 32 places for instruments are in use: remove one first")
        .clicked()
}

fn add(link: Link, view: &mut View, instrument: usize) {
    let Some(selection) = view.selection.take() else { return };
    let hub = link.hub;
    hub.status.dismiss_error();
    let added = song_range::add(&hub.project, &selection.clips, &selection.range, instrument);
    if let Err(why) = added {
        hub.status.error(why.to_string());
        view.selection = Some(selection);
        return;
    }
    let added_s = selection.range.seconds(&selection.clips);
    let (name, seconds) = hub.project.with(|project| {
        let instrument = &project.instruments[instrument];
        (instrument.name.clone(), instrument.seconds())
    });
    hub.status.note(format!("added {} of the whole song to {name}", seconds_text(added_s)));
    warn(&hub.status, seconds);
}
