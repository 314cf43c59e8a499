//! The line that says what to do next, at every stage. Errors come in the same
//! place, with their remedy.

use std::sync::atomic::Ordering;

use nice_plug::prelude::Param;

use super::link::Link;
use super::notes;
use super::theme;
use super::view::View;
use crate::plugin::adapt::{FIRST_S, LAST_S};
use crate::plugin::clip::seconds_text;
use crate::plugin::params::{CaptureFrom, CaptureHow, Heard};
use crate::plugin::project::Rest;
use crate::plugin::status::Doing;
use crate::plugin::triggers::Trigger;

/// Seconds of an instrument from which on it is told apart well.
pub const GOOD_S: f64 = 20.0;

/// Quieter input counts as nothing playing.
const SILENCE: f32 = 0.001;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Step(u8),
    Busy,
    Error,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    pub kind: Kind,
    pub text: String,
    /// More about it, for who points at it.
    pub hint: &'static str,
}

impl Advice {
    fn step(step: u8, text: impl Into<String>) -> Self {
        Self { kind: Kind::Step(step), text: text.into(), hint: "" }
    }

    fn busy(text: impl Into<String>) -> Self {
        Self { kind: Kind::Busy, text: text.into(), hint: "" }
    }
}

/// What to do next.
pub fn advice(link: Link, view: &View) -> Advice {
    let status = &link.hub.status;
    let newest = status.notes().into_iter().next();
    if let Some(note) = newest.filter(|note| note.is_error) {
        return Advice { kind: Kind::Error, text: sentence(&note.text), hint: "" };
    }
    if link.is_recording() {
        return recording(link, view);
    }
    if status.doing() == Doing::Learning {
        let triggers = &link.hub.triggers;
        let for_mode = triggers.count(Trigger::Learn) == triggers.handled(Trigger::Learn);
        return Advice::busy(if for_mode {
            "Learning anew for the mode that you chose. You can go on playing: the sound does not stop."
        } else {
            "Learning. You can go on playing: the sound does not stop."
        });
    }
    let project = &view.project;
    if link.hub.stage().is_none() && project.dictionary.is_none() {
        return Advice::step(1, "Start your host's playback, so that sound reaches Unbraid.");
    }
    match (&project.dictionary, project.has_clips()) {
        (None, false) => first_recording(link),
        (None, true) => first_learning(link, view),
        (Some(_), true) if project.has_news() => {
            let to = link.params.capture.to();
            let more = to.and_then(|s| notes::trouble(view, s).or_else(|| notes::wish(view, s)));
            let what = "There is something new: press Learn to use it.";
            Advice::step(2, more.map_or(what.to_string(), |more| format!("{what} {more}")))
        }
        (Some(_), _) => listening(link, view),
    }
}

/// Where Unbraid can be, and how an instrument gets to it alone.
const ALONE: &str = "\
On the song, a bus or the master: while you record, solo the instrument's track in your host or mute \
the others. The buttons in this window come later.
On the instrument's own track: it is alone there, just play it.
With the song going on: leave Unbraid on the song, let your host send the instrument's track to \
Unbraid's side-chain, and choose 'from side-chain'.
Or load or drop a sound file of it.";

fn first_recording(link: Link) -> Advice {
    let text = match link.params.capture.from.value() {
        CaptureFrom::Main => {
            "Let Unbraid hear one instrument alone (mute the others in your host), start playback and \
             press Record."
        }
        CaptureFrom::SideChain => {
            "Let your host send one instrument's track to Unbraid's side-chain, start playback and press \
             Record."
        }
    };
    Advice { hint: ALONE, ..Advice::step(1, text) }
}

fn first_learning(link: Link, view: &View) -> Advice {
    let to = link.params.capture.to();
    if let Some(trouble) = to.and_then(|slot| notes::trouble(view, slot)) {
        return Advice::step(1, trouble);
    }
    if let Some(wish) = to.and_then(|slot| notes::wish(view, slot)) {
        return Advice::step(2, format!("Press Learn, or record more first. {wish}"));
    }
    let seconds = view.project.clips(to).iter().map(|c| c.seconds()).sum();
    let enough: f64 = seconds;
    if enough > 0.0 && enough < GOOD_S {
        Advice::step(
            2,
            format!(
                "Press Learn. Or record more first: {} so far, and more and varied playing sounds better.",
                seconds_text(enough)
            ),
        )
    } else {
        Advice::step(2, "Press Learn. Or record another instrument first, on a tab of its own.")
    }
}

fn recording(link: Link, view: &View) -> Advice {
    let capture = &link.params.capture;
    let status = &link.hub.status;
    let (meter, place) = match capture.from.value() {
        CaptureFrom::Main => (&status.input, "this track"),
        CaptureFrom::SideChain => (&status.side_chain, "the side-chain"),
    };
    let name = match capture.to() {
        Some(slot) => view.project.slots[slot].name.clone(),
        None => "the whole song".to_string(),
    };
    if meter.peak(0).max(meter.peak(1)) < SILENCE {
        return Advice::busy(format!(
            "Recording {name}, but nothing is heard from {place} yet: start playback, or un-mute the track."
        ));
    }
    let before: f64 = match capture.how.value() {
        CaptureHow::Append => view.project.clips(capture.to()).iter().map(|c| c.seconds()).sum(),
        CaptureHow::Replace => 0.0,
    };
    let seconds = before + link.recorded_s();
    match capture.to() {
        None => {
            Advice::busy("Recording the whole song. Some 20 seconds are enough; then press Stop.")
        }
        Some(_) if seconds < GOOD_S => Advice::busy(format!(
            "Recording {name}: alone, high and low, soft and loud. About {:.0} s more is good.",
            (GOOD_S - seconds).max(1.0)
        )),
        Some(_) => Advice::busy(format!(
            "Recording {name}: that is enough to learn from. Press Stop, or play on for more."
        )),
    }
}

fn listening(link: Link, view: &View) -> Advice {
    let status = &link.hub.status;
    let rest = view.project.rest;
    if matches!(rest, Rest::Adapting { heard_s } if heard_s < FIRST_S) {
        let text = format!(
            "Now play the whole song: Unbraid listens for what else is in it. After {FIRST_S} s you can \
             hear it, after {LAST_S} s it is at its best."
        );
        return Advice::step(3, text);
    }
    let heard_s = status.rest_heard_s.load(Ordering::Relaxed).min(LAST_S);
    let listens = rest
        .listens()
        .then(|| format!("The rest still listens and gets better: {heard_s} of {LAST_S} s."));
    let while_listening = |text: String| match &listens {
        Some(listens) => Advice::step(3, format!("{text} {listens}")),
        None => Advice::step(3, text),
    };
    let playing = status.input.peak(0).max(status.input.peak(1)) >= SILENCE;
    match link.heard() {
        Heard::Component => {
            return Advice::step(3, "You hear one component. Press Mix to hear everything again.");
        }
        Heard::Delta => {
            let text = if takes_away(link, view) {
                "You hear what the mixer takes away. Press Mix to go back."
            } else {
                "Nothing is taken away, so you hear nothing: mute or turn down an instrument, or press Mix to go back."
            };
            return Advice::step(3, text);
        }
        _ if !playing => {
            let text = "Play the song, and press Solo on a strip to hear it alone.";
            return while_listening(text.to_string());
        }
        _ => {}
    }
    let channels = view.channels();
    let soloed: Vec<&str> = channels
        .iter()
        .filter(|channel| link.strip(channel.strip).solo.value())
        .map(|channel| channel.name.as_str())
        .collect();
    if !soloed.is_empty() && link.heard() == Heard::Mix {
        return while_listening(format!(
            "You hear {} alone. Mute instead of Solo gives the song without it.",
            soloed.join(" and ")
        ));
    }
    let what = "Solo plays an instrument alone, Mute takes it out, the faders mix.";
    let then = listens.as_deref().unwrap_or("Not clean enough? Record more of it.");
    Advice::step(3, format!("{what} {then}"))
}

/// Whether anything is missing in the mix, or louder.
fn takes_away(link: Link, view: &View) -> bool {
    view.channels().iter().any(|channel| {
        let strip = link.strip(channel.strip);
        let turned = strip.gain.value() != strip.gain.default_plain_value();
        strip.mute.value() || strip.solo.value() || turned
    })
}

/// First letter large, full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let text = format!("{first}{}", chars.as_str());
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

/// Draws the line.
pub fn show(ui: &mut egui::Ui, link: Link, view: &mut View) {
    let advice = advice(link, view);
    let colors = theme::colors(ui);
    let fill = if advice.kind == Kind::Error { colors.error } else { colors.guide };
    egui::Frame::new()
        .fill(fill)
        .corner_radius(6)
        .inner_margin(egui::Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal(|ui| {
                let badge = match advice.kind {
                    // All steps have been taken.
                    Kind::Step(3) if view.has_listened() => None,
                    Kind::Step(step) => Some(format!("{step} of 3")),
                    Kind::Busy => Some("Now".to_string()),
                    Kind::Error => Some("⚠".to_string()),
                };
                if let Some(badge) = badge {
                    ui.label(egui::RichText::new(badge).strong().color(colors.dim));
                }
                let room = ui.available_width() - 70.0;
                ui.allocate_ui(egui::vec2(room.max(100.0), 20.0), |ui| {
                    let text = egui::RichText::new(&advice.text).size(15.0);
                    let line = ui.add(egui::Label::new(text).wrap());
                    if !advice.hint.is_empty() {
                        line.on_hover_text(advice.hint);
                    }
                });
                if advice.kind == Kind::Error
                    && ui.button("Got it").on_hover_text("Hide this message").clicked()
                {
                    link.hub.status.begin_anew();
                }
            });
        });
}
