//! One tab per instrument, with its name, and one for the whole song: a recording goes to the
//! selected tab.

use egui::text::{CCursor, CCursorRange};
use egui::{Color32, RichText, TextStyle, Ui, WidgetInfo, vec2};

use super::notes;
use super::typed_name::TypedName;
use crate::plugin::editor::files::drop;
use crate::plugin::editor::link::{Link, STOP_FIRST};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::elide::{self, elided};
use crate::plugin::editor::widgets::palette;
use crate::plugin::messages;
use crate::plugin::project::clip::seconds_text;
use crate::plugin::project::{MAX_INSTRUMENTS, MAX_NAME_CHARS};

pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    let to = link.params.record.to();
    // The host may select another tab while a name is typed.
    if let Some(typed) = view.typed_name.take_if(|typed| to != Some(typed.instrument)) {
        let _ = typed.commit(link.hub);
    }
    let free = !link.is_recording();
    let in_use: [bool; MAX_INSTRUMENTS] = std::array::from_fn(|instrument| view.uses(instrument));
    let used = |instrument: usize| in_use[instrument];
    let shown: Vec<usize> = (0..MAX_INSTRUMENTS).filter(|&s| used(s) || to == Some(s)).collect();
    let shown = if shown.is_empty() { vec![0] } else { shown };
    let crowded = is_crowded(ui, view, &shown);
    ui.horizontal_wrapped(|ui| {
        for &instrument in &shown {
            tab(ui, link, view, instrument, free, crowded);
        }
        let next = (0..MAX_INSTRUMENTS).find(|instrument| !shown.contains(instrument));
        if let Some(next) = next.filter(|_| free) {
            let all_used = shown.iter().all(|&instrument| used(instrument));
            let plus = ui
                .add_enabled(all_used, egui::Button::new("+"))
                .accessible_name("Add an instrument")
                .on_hover_text("Add another instrument")
                .on_disabled_hover_text("Record this one first");
            if plus.clicked() {
                link.set(link.params.record.to_param(), next as i32 + 1);
            }
        }
        ui.separator();
        let seconds: f64 = view.project.mixture.iter().map(|clip| clip.seconds()).sum();
        let label = if seconds > 0.0 {
            format!("Whole song  {}", seconds_text(seconds))
        } else {
            "Whole song".to_string()
        };
        let hint = "Record a piece of the whole song here, and Unbraid learns what else there is in \
                    it beside your instruments. You can also do without.";
        let response =
            ui.add_enabled(free, egui::Button::selectable(to.is_none(), label))
            .on_hover_text(hint)
            .on_disabled_hover_text(STOP_FIRST);
        drop::note_tab(ui, view, None, response.rect);
        if response.clicked() {
            link.set(link.params.record.to_param(), 0);
        }
    });
}

/// Maximum widths of a name in points, normally and with many tabs.
const MAX_NAME_WIDTH: f32 = 140.0;
const CROWDED: f32 = 84.0;

/// Width of a tab without its name, and of everything after the tabs, with the cross of the
/// selected one.
const AROUND: f32 = 76.0;
const BEHIND: f32 = 180.0;

/// Whether the tabs do not fit in one row.
fn is_crowded(ui: &Ui, view: &View, shown: &[usize]) -> bool {
    let room = ui.available_width() - BEHIND;
    if shown.len() as f32 * (MAX_NAME_WIDTH + AROUND) <= room {
        return false;
    }
    let font = TextStyle::Button.resolve(ui.style());
    let width = |instrument: &usize| {
        elide::width(ui, &view.project.instruments[*instrument].name, &font).min(MAX_NAME_WIDTH)
            + AROUND
    };
    shown.iter().map(width).sum::<f32>() > room
}

/// An instrument's tab; the selected one's name can be edited.
fn tab(ui: &mut Ui, link: Link, view: &mut View, instrument: usize, free: bool, crowded: bool) {
    // Frames do not wrap to a new row by themselves.
    let id = ui.scope_id().with(("width of tab", instrument));
    let width: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if ui.available_size_before_wrap().x < width {
        ui.end_row();
    }
    let chosen = link.params.record.to() == Some(instrument);
    let (hex, name, seconds) = {
        let instrument = &view.project.instruments[instrument];
        (instrument.color.clone(), instrument.name.clone(), instrument.seconds())
    };
    let color = theme::source_color(&hex);
    let colors = theme::colors(ui);
    let fill = if chosen { colors.raised } else { Color32::TRANSPARENT };
    let stroke =
        egui::Stroke::new(1.0, if chosen { theme::ink(color, colors.panel) } else { colors.line });
    let frame = egui::Frame::new().fill(fill).stroke(stroke).corner_radius(4);
    let inner = frame.inner_margin(egui::Margin::symmetric(8, 3)).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            palette::mark(ui, link, instrument, &name, &hex, vec2(12.0, 12.0), 6);
            if chosen {
                name_field(ui, link, view, instrument, &name);
            } else {
                let font = TextStyle::Button.resolve(ui.style());
                let shown =
                    elided(ui, &name, &font, if crowded { CROWDED } else { MAX_NAME_WIDTH });
                let label = ui.add_enabled(
                    free,
                    egui::Button::new(shown).frame(false).min_size(vec2(0.0, 22.0)),
                );
                label.widget_info(|| WidgetInfo::labeled(egui::Role::Button, free, &name));
                let label = label
                    .on_hover_text(format!("Show {name}: its recordings and its name"))
                    .on_disabled_hover_text(STOP_FIRST);
                if label.clicked() {
                    link.set(link.params.record.to_param(), instrument as i32 + 1);
                }
            }
            if seconds > 0.0 && (chosen || !crowded) {
                ui.label(RichText::new(seconds_text(seconds)).small().color(colors.dim));
            }
            if let Some(trouble) = notes::trouble(view, instrument) {
                ui.label(RichText::new("⚠").strong()).on_hover_text(trouble);
            }
            if chosen {
                remove(ui, link, view, instrument, &name);
            }
        });
    });
    drop::note_tab(ui, view, Some(instrument), inner.response.rect);
    ui.data_mut(|data| data.insert_temp(id, inner.response.rect.width()));
    let recorded = seconds_text(seconds);
    inner.response.on_hover_text(format!(
        "{name}, {recorded} recorded. Click to choose it, type to name it."
    ));
}

/// The cross that removes an instrument.
fn remove(ui: &mut Ui, link: Link, view: &View, instrument: usize, name: &str) {
    let other = (0..MAX_INSTRUMENTS).find(|other| *other != instrument && view.uses(*other));
    if other.is_none() && !view.uses(instrument) {
        return;
    }
    let hint = "Remove this instrument: its recordings and what was learned of it. Undo brings it \
                back.";
    let cross = egui::Button::new(RichText::new("×").size(15.0)).frame(false);
    let response = ui
        .add_enabled(!link.is_recording(), cross)
        .on_hover_text(hint)
        .on_disabled_hover_text(STOP_FIRST);
    let free = response.enabled();
    response
        .widget_info(|| WidgetInfo::labeled(egui::Role::Button, free, format!("Remove {name}")));
    // The second click of a double-click was meant for the removed one.
    if response.clicked() && !response.double_clicked() {
        link.hub.status.dismiss_error();
        link.remove(instrument);
        link.set(link.params.record.to_param(), other.unwrap_or(0) as i32 + 1);
    }
}

fn name_field(ui: &mut Ui, link: Link, view: &mut View, instrument: usize, name: &str) {
    let typed = view.typed_name.as_ref();
    let mut text = typed.map_or(name, |typed| &*typed.text).to_string();
    let width = (text.chars().count() as f32 * 8.0 + 14.0).clamp(90.0, 180.0);
    let field = ui.add(
        egui::TextEdit::singleline(&mut text)
            .desired_width(width)
            .hint_text("name")
            .char_limit(MAX_NAME_CHARS),
    );
    let field = field.accessible_name("Name of the instrument");
    if field.gained_focus() {
        select_all(ui, field.id, &text);
    }
    if field.changed() {
        view.typed_name = Some(TypedName { instrument, text });
    }
    let Some(typed) = &view.typed_name else { return };
    if field.lost_focus() {
        match typed.commit(link.hub) {
            Ok(()) => link.hub.status.dismiss_error(),
            Err(error) => link.hub.status.error(messages::invalid(&error)),
        }
    } else if ui.input(|input| input.events.contains(&egui::Event::WindowFocused(false))) {
        // Typing may go on: what is no name yet can still become one.
        let _ = typed.commit(link.hub);
    }
    if !field.has_focus() {
        view.typed_name = None;
    }
}

/// Selects the whole name, since a name is usually replaced as a whole.
fn select_all(ui: &Ui, field: egui::Id, text: &str) {
    let mut state = egui::TextEdit::load_state(ui.ctx(), field).unwrap_or_default();
    let (first, last) = (CCursor::new(0), CCursor::new(text.chars().count()));
    state.cursor.set_char_range(Some(CCursorRange::two(first, last)));
    egui::TextEdit::store_state(ui.ctx(), field, state);
}
