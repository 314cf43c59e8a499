//! Recording clips to learn from: one tab per instrument, a large record button, and the
//! growing waveform.

mod axis;
pub mod clip_spectrogram;
mod cursor;
pub mod notes;
pub mod selection;
mod silences;
mod song_range;
mod tabs;
pub mod typed_name;
mod waveform;

use std::sync::atomic::Ordering;

use egui::{Align2, Color32, ComboBox, FontId, Rect, Sense, Ui, pos2, vec2};

use axis::Axis;
use nice_plug::prelude::{Enum, EnumParam, Param};

use super::drag_out::handle;
use super::files::menus;
use super::link::{Link, STOP_FIRST};
use super::view::View;
use super::widgets::{drop_down, meter, readout};
use super::{files, theme};
use crate::plugin::choices::{ExistingClips, RecordInput};
use crate::plugin::project::clip::{MAX_CLIP_S, seconds_text};
use crate::plugin::real_time::lock;

const ROW: f32 = 64.0;

/// Height of the level bar above the waveform.
const LEVEL: f32 = 8.0;

/// Width of the column to the right of the waveform.
const SIDE: f32 = 222.0;

pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    tabs::show(ui, link, view);
    ui.horizontal(|ui| {
        record_button(ui, link);
        let room = vec2((ui.available_width() - SIDE - 8.0).max(120.0), ROW);
        // The keyboard cannot select a range of nothing.
        let focusable = cursor::can_be_used(link, view).then_some(Sense::FOCUSABLE);
        let sense = Sense::CLICK | Sense::DRAG | focusable.unwrap_or(Sense::empty());
        let (rect, response) = ui.allocate_exact_size(room, sense);
        let axis = recording(ui, rect, &response, link, view);
        // The top strip is the level bar, see above.
        let over_level = response.hover_pos().is_some_and(|at| at.y < rect.top() + LEVEL);
        let text = if over_level {
            "Input level"
        } else if view.project.clips(link.params.record.to()).is_empty() {
            "Recordings are shown here. You can also drop an audio file."
        } else if link.params.record.to().is_none() {
            "What was recorded on this tab, one recording after another, without the silence before \
             and after it. Drag to select a range that you can keep, delete or listen to, or to say \
             which instrument plays alone in it, or is silent."
        } else {
            "What was recorded on this tab, one recording after another, without the silence before \
             and after it. Drag to select a range that you can keep, delete or listen to."
        };
        // Held files have a hint of their own.
        let response = match ui.input(|input| input.raw.hovered_files.is_empty()) {
            true => response.on_hover_text(text),
            false => response,
        };
        cursor::describe(ui, &response, &axis, link, view, text);
        ui.vertical(|ui| {
            ui.set_width(SIDE);
            actions(ui, link, view);
        });
    });
    notes::show(ui, link, view, SIDE);
}

/// Colour of the selected tab.
fn color(link: Link, view: &View) -> Color32 {
    match link.params.record.to() {
        Some(instrument) => theme::source_color(&view.project.instruments[instrument].color),
        None => theme::source_color("#999999"),
    }
}

fn record_button(ui: &mut Ui, link: Link) {
    let recording = link.is_recording();
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(104.0, ROW), Sense::click());
    let label = if recording { "Stop" } else { "Record" };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, label));
    let fill = if recording { colors.record } else { colors.raised };
    let stroke = egui::Stroke::new(if response.hovered() { 2.0 } else { 1.5 }, colors.record);
    let painter = ui.painter();
    painter.rect(rect, 6, fill, stroke, egui::StrokeKind::Inside);
    if response.has_focus() {
        painter.rect_stroke(
            rect.expand(2.0),
            8,
            egui::Stroke::new(2.0, colors.action),
            egui::StrokeKind::Outside,
        );
    }
    let center = rect.center() - vec2(0.0, 10.0);
    let ink = if recording { Color32::WHITE } else { colors.record };
    if recording {
        painter.rect_filled(Rect::from_center_size(center, vec2(18.0, 18.0)), 2, ink);
    } else {
        painter.circle_filled(center, 11.0, ink);
    }
    let text = if recording { Color32::WHITE } else { colors.text };
    painter.text(
        rect.center() + vec2(0.0, 18.0),
        Align2::CENTER_CENTER,
        label,
        FontId::proportional(15.0),
        text,
    );
    let hint = match recording {
        false => "Record the input, to learn from it. Playback goes on.",
        true => "End the recording. What was recorded is kept.",
    };
    if response.on_hover_text(hint).clicked() {
        if !recording {
            // A new attempt clears the previous error.
            link.record(false);
        }
        link.record(!recording);
    }
}

/// Draws the level, and the waveform of the recorded clips; returns the axis of that.
fn recording(ui: &Ui, rect: Rect, response: &egui::Response, link: Link, view: &mut View) -> Axis {
    let colors = theme::colors(ui);
    let status = &link.hub.status;
    let color = color(link, view);
    let record = &link.params.record;
    let meter_rect = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + LEVEL));
    let source = match record.from.value() {
        RecordInput::Main => &status.input,
        RecordInput::SideChain => &status.side_chain,
    };
    meter::horizontal(ui, meter_rect, source.peak(0).max(source.peak(1)), color);
    let well = Rect::from_min_max(pos2(rect.left(), rect.top() + 12.0), rect.max);
    ui.painter().rect_filled(well, 4, colors.well);
    let recording = link.is_recording();
    let mut envelopes = Vec::new();
    let mut rates = Vec::new();
    let replaces = recording && record.how.value() == ExistingClips::Replace;
    if !replaces {
        for clip in view.project.clips(record.to()).to_vec() {
            envelopes.push(view.envelope(&clip));
            rates.push(clip.sample_rate_hz());
        }
    }
    let growing = lock(&link.hub.recordings.envelope).clone();
    let mut pieces: Vec<&[f32]> = envelopes.iter().map(|envelope| envelope.peaks()).collect();
    if recording {
        pieces.push(growing.peaks());
        rates.push(status.sample_rate_hz());
    }
    let lengths = pieces.iter().map(|piece| piece.len());
    let axis = Axis::new(well, lengths.zip(rates));
    let ink = theme::ink(color, colors.well);
    let spectrograms = &mut view.clip_spectrograms;
    let clips = view.project.clips(record.to());
    let has_picture = spectrograms.are_shown
        && !recording
        && !clips.is_empty()
        && spectrograms.draw(ui, &axis, clips, ink);
    if !has_picture {
        waveform::draw(ui, &axis, &pieces, ink);
    }
    if record.to().is_none() && !replaces {
        silences::draw(ui, &axis, &view.project);
    }
    if recording {
        view.selection = None;
    } else {
        selection::select(ui, response, &axis, record.to(), view);
        cursor::follow(ui, response, &axis, record.to(), view);
        selection::draw(ui, &axis, view);
        cursor::draw(ui, response, &axis, record.to());
    }
    if !recording && axis.peaks() > 0 {
        kind_of_picture(ui, well, view);
    }
    let text = caption(link, view, replaces);
    let place = well.right_top() + vec2(-8.0, 5.0);
    readout::caption(ui.painter(), place, Align2::RIGHT_TOP, text, &colors);
    axis
}

/// Switches between the waveform and the spectrogram.
fn kind_of_picture(ui: &Ui, well: Rect, view: &mut View) {
    let colors = theme::colors(ui);
    let shown = view.clip_spectrograms.are_shown;
    let label = if shown { "waveform" } else { "spectrogram" };
    let place = well.left_top() + vec2(8.0, 5.0);
    let font = FontId::proportional(11.0);
    let text = ui.painter().layout_no_wrap(label.to_string(), font, colors.dim);
    let rect = Rect::from_min_size(place, text.size() + vec2(8.0, 4.0));
    let response = ui.interact(rect, ui.scope_id().with("kind of picture"), Sense::click());
    response.widget_info(|| {
        let label = format!("Show the {label} of the recording");
        egui::WidgetInfo::labeled(egui::Role::Button, true, label)
    });
    let ink = if response.hovered() || response.has_focus() { colors.text } else { colors.dim };
    ui.painter().rect_filled(rect, 3, colors.raised.gamma_multiply(0.8));
    ui.painter().galley_with_override_text_color(rect.min + vec2(4.0, 2.0), text, ink);
    if response.on_hover_text(format!("Show the {label} of the recording")).clicked() {
        view.clip_spectrograms.are_shown = !shown;
    }
}

/// How much is recorded, and how much more can be if that is little.
fn caption(link: Link, view: &View, replaces: bool) -> String {
    let there: f64 =
        view.project.clips(link.params.record.to()).iter().map(|clip| clip.seconds()).sum();
    let text = if link.is_recording() {
        let before =
            if replaces || there == 0.0 { String::new() } else { seconds_text(there) + " + " };
        before + &seconds_text(link.recorded_s())
    } else if there > 0.0 {
        format!("{} recorded", seconds_text(there))
    } else {
        "nothing recorded yet".to_string()
    };
    match room_s(link) {
        Some(room_s) => format!("{text} · room for {}:{:02} more", room_s / 60, room_s % 60),
        None => text,
    }
}

/// Whole seconds of recordings that the project still has room for; `None` if they suffice for
/// the longest clip.
fn room_s(link: Link) -> Option<u64> {
    let status = &link.hub.status;
    let room = status.room_samples.load(Ordering::Relaxed) as f64;
    let room_s = room / f64::from(status.sample_rate_hz().max(1));
    let recorded_s = if link.is_recording() { link.recorded_s() } else { 0.0 };
    (room_s < MAX_CLIP_S as f64).then(|| (room_s - recorded_s).max(0.0) as u64)
}

fn actions(ui: &mut Ui, link: Link, view: &mut View) {
    let record = &link.params.record;
    let free = !link.is_recording();
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    ui.add_enabled_ui(free, |ui| {
        ui.horizontal(|ui| {
            if selection::actions(ui, link, view) {
                return;
            }
            // Both have to fit the width.
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().button_padding.x = 6.0;
            let froms = [
                (RecordInput::Main, "from this track"),
                (RecordInput::SideChain, "from side-chain"),
            ];
            let hint = "Record from: this track, or another one that your host sends to \
                        Unbraid's side-chain";
            choice(ui, link, &record.from, ("Record from:", 120.0), &froms, hint);
            let hows = [(ExistingClips::Append, "adds more"), (ExistingClips::Replace, "starts over")];
            let hint = "What another recording on this tab does: it adds to what is there, or replaces \
                        it. More is better.";
            choice(ui, link, &record.how, ("Another recording:", 98.0), &hows, hint);
        });
    });
    ui.horizontal(|ui| {
        files::listen(ui, link, view);
        menus::clip(ui, link, view);
        let any = !view.project.clips(record.to()).is_empty();
        let clear = ui.add_enabled(free && any, egui::Button::new("Clear"));
        let clear = clear
            .on_hover_text("Delete these recordings. Undo brings them back.")
            .on_disabled_hover_text(if free {
                "There is no recording on this tab"
            } else {
                STOP_FIRST
            });
        if clear.clicked() {
            link.hub.status.dismiss_error();
            let to = record.to();
            link.hub.project.edit(|project| project.clips_mut(to).clear());
        }
        handle::recording(ui, link, view);
    });
}

fn choice<T: Enum + PartialEq + Copy + 'static>(
    ui: &mut Ui,
    link: Link,
    param: &EnumParam<T>,
    (name, width): (&str, f32),
    choices: &[(T, &str)],
    hint: &str,
) {
    let now = param.value();
    let text = choices.iter().find(|(value, _)| *value == now).map_or(&"", |(_, text)| text);
    let shown = egui::RichText::new(*text).size(13.0);
    let list = ComboBox::from_id_salt(param.name()).width(width).selected_text(shown);
    drop_down::show(ui, list, |ui| {
        for (value, text) in choices {
            if drop_down::entry(ui, now == *value, *text).clicked() {
                link.set_with_undo(param, *value);
            }
        }
    })
    .accessible_name(format!("{name} {text}"))
    .on_hover_text(hint)
    .on_disabled_hover_text(STOP_FIRST);
}
