//! The line that shows what to do next, at every stage.

pub mod advice;
pub mod error;
mod listening;
mod overload;

use egui::{Color32, Frame, Label, Margin, RichText, Ui, vec2};

use super::link::Link;
use advice::{Advice, AdviceKind, SILENCE};

use super::record::notes;
use super::theme;
use super::view::View;
use super::widgets::announce;
use crate::dictionary::Remapped;
use crate::frames::FrameSettings;
use crate::learn::learning_hop;
use crate::plugin::audio_thread::status::WorkerTask;
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::{ExistingClips, RecordInput};
use crate::plugin::project::Instrument;
use crate::plugin::project::clip::seconds_text;

/// Seconds of an instrument from which it can be separated well.
pub const GOOD_S: f64 = 20.0;

/// Height of one line of the guide.
const LINE: f32 = 24.0;

/// What to do next.
pub fn advice(link: Link, view: &View) -> Advice {
    let status = &link.hub.status;
    if link.is_recording() {
        return recording(link, view);
    }
    if status.task() == WorkerTask::Learning {
        let triggers = &link.hub.triggers;
        let for_mode = triggers.count(Trigger::Learn) == triggers.handled(Trigger::Learn);
        return Advice::busy(if for_mode {
            "Learning again for the mode that you chose. You can go on playing: the sound does not stop."
        } else {
            "Learning. You can go on playing: the sound does not stop."
        });
    }
    let project = &view.project;
    if let Some(name) = project.shared_name() {
        let text = format!(
            "Two instruments are called {name}. Click the name on one of their tabs and type another."
        );
        return Advice::step(1, text);
    }
    if link.hub.engines.setup().is_none() && project.dictionary.is_none() {
        return Advice::step(1, "Start your host's playback, so that sound reaches Unbraid.");
    }
    match (&project.dictionary, project.has_clips()) {
        (None, false) => first_recording(link),
        (None, true) => first_learning(link, view),
        (Some(_), true) if project.has_unlearned_clips() => {
            let to = link.params.record.to();
            let more = to.and_then(|s| notes::trouble(view, s).or_else(|| notes::wish(view, s)));
            let what = "There are new recordings: press Learn to use them.";
            let what = with_what_stays(view, what.to_string());
            Advice::step(2, more.map_or(what.clone(), |more| format!("{what} {more}")))
        }
        (Some(_), _) => listening::advice(link, view),
    }
}

/// Where Unbraid can be inserted, and how to send it an instrument alone.
const ALONE: &str = "\
On the song, a bus or the master: while you record, solo the instrument's track in your host or mute \
the others. The buttons in this window come later.
On the instrument's own track: it is alone there, just play it.
With the song going on: leave Unbraid on the song, let your host send the instrument's track to \
Unbraid's side-chain, and choose 'from side-chain'.
Or load or drop a sound file of it.";

fn first_recording(link: Link) -> Advice {
    let record = &link.params.record;
    if record.to().is_none() {
        let text =
            "Play the whole song and press Record. Or choose the tab of an instrument first.";
        return Advice::step(1, text);
    }
    let text = match record.from.value() {
        RecordInput::Main => {
            "Let Unbraid hear one instrument alone (mute the others in your host), start playback and \
             press Record."
        }
        RecordInput::SideChain => {
            "Let your host send one instrument's track to Unbraid's side-chain, start playback and press \
             Record."
        }
    };
    Advice { hint: ALONE, ..Advice::step(1, text) }
}

/// How what was learned had to be converted for the host's sample rate or the mode, if an instrument
/// could be learned again. For a mode, that happens by itself if all of them can.
pub fn converted(link: Link, view: &View) -> Option<Remapped> {
    let (project, engines) = (&view.project, &link.hub.engines);
    let from = project.dictionary.as_ref()?.frames;
    let mode = project.engine_mode(engines.requested_mode());
    let to = FrameSettings::new(mode, engines.setup()?.sample_rate_hz);
    // First, because this is asked for every picture, and windows are computed.
    if from == to {
        return None;
    }
    // Balanced and Live have the same spectra.
    let learned_alike = from.sample_rate_hz == to.sample_rate_hz
        && learning_hop(&from) == learning_hop(&to)
        && from.analysis_window() == to.analysis_window();
    let can_learn =
        |instrument: &Instrument| instrument.source.is_some() && !instrument.clips.is_empty();
    let any = project.instruments.iter().any(can_learn);
    (any && !learned_alike).then_some(Remapped { from, to })
}

/// Adds which instruments *Learn* leaves as they are to what it is for.
fn with_what_stays(view: &View, what: String) -> String {
    let known =
        |instrument: &&Instrument| instrument.source.is_some() && instrument.clips.is_empty();
    let known: Vec<&str> = view
        .project
        .instruments
        .iter()
        .filter(known)
        .map(|instrument| instrument.name.as_str())
        .collect();
    match known.len() {
        0 => what,
        1 => format!("{what} {} stays as it was learned.", known[0]),
        _ => format!("{what} {} stay as they were learned.", known.join(" and ")),
    }
}

fn first_learning(link: Link, view: &View) -> Advice {
    let to = link.params.record.to();
    let project = &view.project;
    if project.instruments.iter().all(|instrument| instrument.clips.is_empty()) {
        let text = "Now choose the tab of an instrument and record it alone. Learn without one takes the \
                    song apart into sounds without names.";
        return Advice::step(1, text);
    }
    if project.clips(to).is_empty() {
        let text = match to {
            Some(instrument) => {
                let name = &project.instruments[instrument].name;
                format!("Record {name} alone, too, or press Learn with what there is.")
            }
            None => {
                "Press Learn. Or play the whole song and record a piece of it first.".to_string()
            }
        };
        return Advice::step(2, text);
    }
    if let Some(trouble) = to.and_then(|instrument| notes::trouble(view, instrument)) {
        return Advice::step(1, trouble);
    }
    if let Some(wish) = to.and_then(|instrument| notes::wish(view, instrument)) {
        return Advice::step(2, format!("Press Learn, or record more first. {wish}"));
    }
    let seconds: f64 = project.clips(to).iter().map(|c| c.seconds()).sum();
    if seconds < GOOD_S && to.is_some() {
        let seconds = seconds_text(seconds);
        Advice::step(
            2,
            format!(
                "Press Learn. Or record more first: {seconds} so far, and more and varied playing sounds better."
            ),
        )
    } else {
        Advice::step(2, "Press Learn. Or record another instrument first, on a tab of its own.")
    }
}

fn recording(link: Link, view: &View) -> Advice {
    let record = &link.params.record;
    let status = &link.hub.status;
    let (meter, silent) = match record.from.value() {
        RecordInput::Main => {
            (&status.input, "there is no input yet: start playback, or unmute the track.")
        }
        RecordInput::SideChain => (
            &status.side_chain,
            "there is no signal on the side-chain yet: start playback, and let your host send the track \
             there.",
        ),
    };
    let name = match record.to() {
        Some(instrument) => view.project.instruments[instrument].name.clone(),
        None => "the whole song".to_string(),
    };
    if record.only_while_playing.value() && link.recorded_s() == 0.0 {
        return Advice::busy(format!("Ready to record {name}: it begins when your host plays."));
    }
    if meter.peak(0).max(meter.peak(1)) < SILENCE {
        return Advice::busy(format!("Recording {name}, but {silent}"));
    }
    let before: f64 = match record.how.value() {
        ExistingClips::Append => view.project.clips(record.to()).iter().map(|c| c.seconds()).sum(),
        ExistingClips::Replace => 0.0,
    };
    let seconds = before + link.recorded_s();
    match record.to() {
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

/// Draws the line.
pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    let advice = advice(link, view);
    bar(ui, theme::colors(ui).guide, |ui| {
        match advice.kind {
            // All steps are done.
            AdviceKind::Step(3) if view.has_listened() => {}
            AdviceKind::Step(step) => badge(ui, &format!("{step} of 3")),
            AdviceKind::Busy => badge(ui, "Now"),
        }
        words(ui, &advice.text, advice.hint, 0.0);
    });
}

/// A line across the window with its own background.
pub fn bar(ui: &mut Ui, fill: Color32, add: impl FnOnce(&mut Ui)) {
    let frame = Frame::new().fill(fill).corner_radius(6);
    frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            // As high without a badge as with one, so that nothing below moves.
            ui.set_min_height(LINE);
            add(ui);
        });
    });
}

pub fn badge(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).strong().color(theme::colors(ui).dim));
}

/// Text in the available width, less the width `kept` for what follows.
pub fn words(ui: &mut Ui, text: &str, hint: &str, kept: f32) {
    let room = ui.available_width() - kept;
    ui.allocate_ui(vec2(room.max(100.0), 20.0), |ui| {
        let line = ui.add(Label::new(RichText::new(text).size(15.0)).wrap());
        announce::when_changed(ui, &line, text);
        if !hint.is_empty() {
            line.on_hover_text(hint);
        }
    });
}
