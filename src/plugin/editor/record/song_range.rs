//! The menu for the selected range of the whole song: an instrument that plays alone in it gets it
//! as a recording, and one that is silent in it is marked so.

use egui::{Button, Popup, PopupCloseBehavior, ScrollArea, TextStyle, Ui, WidgetInfo, vec2};

use super::notes;
use super::selection::Selection;
use crate::plugin::choices::RestChoice;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::elide::{self, elided};
use crate::plugin::editor::widgets::scroll_to_focus::scroll_to_focus;
use crate::plugin::project::clip::seconds_text;
use crate::plugin::project::silences::{is_silent, set_silent};
use crate::plugin::project::song_range::{self, Choices};
use crate::plugin::worker::clip_collector::warn;

const WIDTH: f32 = 260.0;

/// Maximum height of the list of instruments; longer lists scroll.
const LIST: f32 = 300.0;

const ENTRY: f32 = 26.0;

/// What can be said of an instrument in the range.
#[derive(Clone, Copy, PartialEq)]
enum Claim {
    Alone,
    Silent,
    /// It was marked as silent.
    NotSilent,
}

impl Claim {
    /// Follows the name in an entry.
    fn words(self) -> &'static str {
        match self {
            Self::Alone => " alone here",
            Self::Silent => " silent here",
            Self::NotSilent => " not silent here",
        }
    }

    fn hint(self, name: &str, seconds: &str) -> String {
        match self {
            Self::Alone => format!("Add {seconds} to the recordings of {name}"),
            Self::Silent => format!(
                "{name} does not play in these {seconds}: Learn then assigns everything heard here to \
                 the other instruments and to Everything else"
            ),
            Self::NotSilent => format!("{name} may play here: remove the mark that it is silent"),
        }
    }
}

const NO_PLACE: &str = "All 32 places for instruments are in use: remove one first";

const NOT_FROM_SONG: &str = "Everything else is not learned from this recording: set 'Everything \
                             else' to 'as needed' in the settings first";

/// The button and its menu; returns whether a range of the whole song is selected.
pub fn menu(ui: &mut Ui, link: Link, view: &mut View, width: f32) -> bool {
    let selected = view.selection.as_ref().filter(|selection| selection.tab.is_none());
    let Some(selected) = selected else { return false };
    let seconds = seconds_text(selected.range.seconds(&selected.clips));
    let button = ui.add_sized(vec2(width, notes::HEIGHT), Button::new("Alone or silent here…"));
    let button = button.on_hover_text(format!(
        "If only one instrument plays in these {seconds}, add them to its recordings. If one does \
         not play in them, mark that. Learn then uses both; the sound of the song does not change."
    ));
    let learns_song = link.params.learn.rest.value() == RestChoice::Auto;
    let Choices { known, new } = Choices::of(&view.project);
    let behavior = PopupCloseBehavior::CloseOnClickOutside;
    let chosen = Popup::menu(&button).close_behavior(behavior).show(|ui| {
        ui.set_width(WIDTH);
        let name = |place: usize| view.project.instruments[place].name.as_str();
        let list = ScrollArea::vertical().max_height(LIST).show(ui, |ui| {
            let named = |ui: &mut Ui, place: usize, claim: Claim| {
                let hint = claim.hint(name(place), &seconds);
                let why_not = (claim == Claim::Silent && !learns_song).then_some(NOT_FROM_SONG);
                entry(ui, name(place), claim, &hint, why_not).then_some((place, claim))
            };
            let mut chosen = None;
            for &place in &known {
                chosen = chosen.or(named(ui, place, Claim::Alone));
            }
            if !known.is_empty() {
                ui.separator();
            }
            for &place in &known {
                let [all, any] = is_silent(&selected.clips, &selected.range, place);
                if !all {
                    chosen = chosen.or(named(ui, place, Claim::Silent));
                }
                if any {
                    chosen = chosen.or(named(ui, place, Claim::NotSilent));
                }
            }
            scroll_to_focus(ui);
            chosen
        });
        if !known.is_empty() {
            ui.separator();
        }
        let hint = format!("Add an instrument with these {seconds} as its first recording");
        let is_new = {
            let why_not = new.is_none().then_some(NO_PLACE);
            entry(ui, "New instrument", Claim::Alone, &hint, why_not)
        };
        let chosen = list.inner.or(new.filter(|_| is_new).map(|place| (place, Claim::Alone)));
        if chosen.is_some() {
            ui.close();
        }
        chosen
    });
    if let Some((place, claim)) = chosen.and_then(|menu| menu.inner) {
        apply(link, view, place, claim);
    }
    true
}

/// An entry of the menu; returns whether it was clicked.
fn entry(ui: &mut Ui, name: &str, claim: Claim, hint: &str, why_not: Option<&str>) -> bool {
    let can = why_not.is_none();
    let font = TextStyle::Button.resolve(ui.style());
    let words = claim.words();
    let room = WIDTH - 2.0 * ui.spacing().button_padding.x - elide::width(ui, words, &font);
    let shown = elided(ui, name, &font, room) + words;
    let button = Button::new(shown).frame_when_inactive(false).min_size(vec2(WIDTH, ENTRY));
    let response = ui.add_enabled(can, button);
    let label = format!("{name}{words}");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, can, &label));
    let response = response.on_hover_text(hint);
    response.on_disabled_hover_text(why_not.unwrap_or_default()).clicked()
}

fn apply(link: Link, view: &mut View, place: usize, claim: Claim) {
    let Some(selection) = view.selection.take() else { return };
    link.hub.status.dismiss_error();
    match claim {
        Claim::Alone => add(link, view, selection, place),
        Claim::Silent => mark(link, view, selection, place, true),
        Claim::NotSilent => mark(link, view, selection, place, false),
    }
}

fn add(link: Link, view: &mut View, selection: Selection, place: usize) {
    let hub = link.hub;
    let added = song_range::add(&hub.project, &selection.clips, &selection.range, place);
    if let Err(why) = added {
        hub.status.error(why.to_string());
        view.selection = Some(selection);
        return;
    }
    let added_s = selection.range.seconds(&selection.clips);
    let (name, seconds) = hub.project.with(|project| {
        let instrument = &project.instruments[place];
        (instrument.name.clone(), instrument.seconds())
    });
    hub.status.note(format!("added {} of the whole song to {name}", seconds_text(added_s)));
    warn(&hub.status, seconds);
}

fn mark(link: Link, view: &mut View, selection: Selection, place: usize, silent: bool) {
    let (hub, Selection { clips, range, .. }) = (link.hub, &selection);
    if let Err(why) = set_silent(&hub.project, clips, range, place, silent) {
        hub.status.error(why.to_string());
        view.selection = Some(selection);
        return;
    }
    let seconds = seconds_text(range.seconds(clips));
    let name = hub.project.with(|project| project.instruments[place].name.clone());
    let not = if silent { "" } else { "no longer " };
    hub.status.note(format!("{name} is {not}marked as silent in {seconds} of the song"));
}
