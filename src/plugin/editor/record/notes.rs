//! The notes in an instrument's clips: a keyboard, with keys brighter the longer they
//! sounded, and a line of text.

use std::ops::Range;
use std::sync::Arc;

use egui::{
    Align2, Color32, FontId, Pos2, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, pos2,
    vec2,
};

use super::song_range;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::pitch::note_name;
use crate::plugin::notes::{DetectedNotes, HIGHEST, LOWEST};
use crate::plugin::project::clip::{Clip, seconds_text};
use crate::plugin::worker::clip_collector::SHORT_S;

pub const HEIGHT: f32 = 26.0;

/// Height of the black keys, which leaves room for the octaves' names.
const BLACK: f32 = 14.0;

const OCTAVE: usize = 12;

/// Minimum number of octaves shown, and the ones shown without notes.
const MIN_OCTAVES: usize = 3;
const NOTHING: Range<usize> = 36..84;

/// Semitones from C to the white keys.
const WHITES: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];

/// Fewer notes, or fewer seconds of them, count as few.
const FEW_NOTES: usize = 5;
const FEW_S: f32 = 6.0;

/// Draws the row for the selected tab; `side` is the width kept for the text, or for what can
/// be done with a range of the whole song.
pub fn show(ui: &mut Ui, link: Link, view: &mut View, side: f32) {
    let to = link.params.record.to();
    let detected = to.and_then(|instrument| view.detected_notes(instrument));
    let color = to.map_or(Color32::GRAY, |instrument| {
        theme::source_color(&view.project.instruments[instrument].color)
    });
    ui.horizontal(|ui| {
        let room = vec2((ui.available_width() - side - 8.0).max(120.0), HEIGHT);
        let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
        keyboard(ui, rect, response, detected.as_ref().unwrap_or(&DetectedNotes::default()), color);
        if song_range::menu(ui, link, view, side) {
            return;
        }
        let text = RichText::new(words(link, view, detected.as_ref())).color(theme::colors(ui).dim);
        ui.add_sized(
            vec2(side, HEIGHT),
            egui::Label::new(text).truncate().halign(egui::Align::Min),
        );
    });
}

/// The detected notes, in a few words.
fn words(link: Link, view: &View, detected: Option<&DetectedNotes>) -> String {
    let Some(instrument) = link.params.record.to() else { return String::new() };
    if link.is_recording() {
        return "its notes are shown when you stop".to_string();
    }
    let Some(detected) = detected else {
        let any = !view.project.instruments[instrument].clips.is_empty();
        return if any { "listening for notes…" } else { "notes are shown here" }.into();
    };
    let notes: Vec<usize> = detected.notes().map(|(note, _)| note).collect();
    let seconds = seconds_text(detected.pitched_s.into());
    match notes[..] {
        [] => "no clear pitch (drums?)".to_string(),
        [note] => format!("{seconds} of one note, {}", name(note)),
        [first, .., last] => {
            format!("{seconds} of {} notes, {} to {}", notes.len(), name(first), name(last))
        }
    }
}

fn name(note: usize) -> String {
    note_name(note as i32)
}

/// What is wrong with a source's clips, and the remedy.
pub fn trouble(view: &View, instrument: usize) -> Option<String> {
    let source = &view.project.instruments[instrument];
    if source.clips.is_empty() {
        return None;
    }
    let detected = view.detected_notes(instrument);
    let seconds = detected.map_or(source.seconds(), |detected| f64::from(detected.sounding_s));
    if seconds == 0.0 {
        return Some(format!(
            "{} is silent: check that its track plays, and record it again.",
            source.name
        ));
    }
    let is_explained =
        |clip: &Arc<Clip>| view.explained.iter().any(|known| known.as_ptr() == Arc::as_ptr(clip));
    if source.source.is_none() && source.clips.iter().any(is_explained) {
        return Some(format!(
            "The recording of {} sounds like instruments that are already learned. Was it playing alone? \
             If not, mute the others in your host and record it again.",
            source.name
        ));
    }
    (seconds < SHORT_S).then(|| {
        format!(
            "Only {} of sound from {} so far: record more of it, high and low, soft and loud.",
            seconds_text(seconds),
            source.name
        )
    })
}

/// What to play more of, if a pitched instrument has too few notes.
pub fn wish(view: &View, instrument: usize) -> Option<String> {
    let detected = view.detected_notes(instrument)?;
    let notes = detected.notes().count();
    let few = if notes == 1 { "one note".to_string() } else { format!("{notes} notes") };
    match notes {
        0 => None,
        1..FEW_NOTES => Some(format!("Only {few} so far: play higher and lower ones too.")),
        _ if detected.pitched_s < FEW_S => Some(format!(
            "Only {} of notes so far: play longer ones, and more of them.",
            seconds_text(detected.pitched_s.into())
        )),
        _ => None,
    }
}

fn keyboard(ui: &Ui, rect: Rect, response: Response, detected: &DetectedNotes, color: Color32) {
    let keys = Keys { rect, notes: shown(detected) };
    let seconds = |note: usize| detected.notes().find(|(n, _)| *n == note).map_or(0.0, |(_, s)| s);
    let told: Vec<String> =
        detected.notes().map(|(n, s)| format!("{} {}", name(n), seconds_text(s.into()))).collect();
    response.widget_info(|| {
        let told = if told.is_empty() { "no notes".to_string() } else { told.join(", ") };
        let label = format!("Keyboard: {told}");
        egui::WidgetInfo::labeled(egui::Role::Image, true, label)
    });
    let most = detected.notes().map(|(_, s)| s).fold(f32::MIN_POSITIVE, f32::max);
    let painter = ui.painter_at(rect);
    let colors = theme::colors(ui);
    painter.rect_filled(rect, 3, colors.key_gap);
    for black in [false, true] {
        for note in keys.notes.clone().filter(|note| is_black(*note) == black) {
            let key = keys.rect_of(note);
            let plain = if black { colors.black_key } else { colors.white_key };
            let fraction = (seconds(note) / most).sqrt();
            let lit = if fraction > 0.0 { 0.3 + 0.7 * fraction } else { 0.0 };
            let fill = plain.lerp_to_gamma(color, lit);
            painter.rect_filled(key, 1, fill);
            if note.is_multiple_of(OCTAVE) {
                let font = FontId::proportional(10.0);
                let ink = theme::readable_on(fill);
                let place = pos2(key.center().x, rect.bottom());
                painter.text(place, Align2::CENTER_BOTTOM, name(note), font, ink);
            }
        }
    }
    let edge = Stroke::new(1.0, colors.key_gap);
    painter.rect_stroke(rect, 3, edge, StrokeKind::Inside);
    let Some(note) = response.hover_pos().and_then(|pointer| keys.at(pointer)) else { return };
    let seconds = seconds(note);
    let name = name(note);
    response.on_hover_text_at_pointer(if seconds > 0.0 {
        format!("{name}, {}", seconds_text(seconds.into()))
    } else {
        format!("{name}, not played")
    });
}

/// Whole octaves around the detected notes.
fn shown(detected: &DetectedNotes) -> Range<usize> {
    let mut notes = detected.notes().map(|(note, _)| note);
    let Some(first) = notes.next() else { return NOTHING };
    let last = notes.last().unwrap_or(first);
    let (mut from, mut to) = (first / OCTAVE, last / OCTAVE + 1);
    while to - from < MIN_OCTAVES {
        // Extend above and below in turn; the piano has room for both except at its ends.
        if (to - from).is_multiple_of(2) && from > LOWEST / OCTAVE { from -= 1 } else { to += 1 }
    }
    let to = to.min(HIGHEST / OCTAVE + 1);
    from = from.min(to - MIN_OCTAVES);
    from * OCTAVE..to * OCTAVE
}

fn is_black(note: usize) -> bool {
    !WHITES.contains(&(note % OCTAVE))
}

/// The positions of the keys.
struct Keys {
    rect: Rect,
    /// MIDI numbers of whole octaves.
    notes: Range<usize>,
}

impl Keys {
    fn white_width(&self) -> f32 {
        self.rect.width() / (self.notes.len() / OCTAVE * WHITES.len()) as f32
    }

    fn rect_of(&self, note: usize) -> Rect {
        let width = self.white_width();
        let octave = (note - self.notes.start) / OCTAVE;
        let whites = WHITES.iter().filter(|white| **white < note % OCTAVE).count();
        let left = self.rect.left() + (octave * WHITES.len() + whites) as f32 * width;
        let (left, width, height) = if is_black(note) {
            (left - 0.3 * width, 0.6 * width, BLACK)
        } else {
            // On whole points, so that all gaps are equally wide and sharp.
            let (from, to) = (left.round(), (left + width).round());
            (from, to - from - 1.0, HEIGHT)
        };
        Rect::from_min_size(pos2(left, self.rect.top()), vec2(width, height))
    }

    /// The key under the pointer; black keys are on top.
    fn at(&self, pointer: Pos2) -> Option<usize> {
        let hit = |black: bool| {
            let mut notes = self.notes.clone().filter(move |note| is_black(*note) == black);
            notes.find(|note| self.rect_of(*note).expand2(vec2(0.5, 0.0)).contains(pointer))
        };
        hit(true).or_else(|| hit(false))
    }
}
