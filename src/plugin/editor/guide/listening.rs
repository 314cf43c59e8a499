//! The line at the top once something is learned: what the output plays, and what else it can
//! play.

use std::sync::atomic::Ordering;

use nice_plug::prelude::Param;

use super::advice::{Advice, SILENCE};
use super::{converted, overload, with_what_stays};
use crate::plugin::audio_thread::controls::REST_STRIP;
use crate::plugin::choices::OutputSelection;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::view::{UsedStrip, View};
use crate::plugin::messages;
use crate::plugin::project::Rest;

/// Below this wet fraction, the separated sound counts as off.
const MIN_WET: f32 = 0.005;

/// Above this wet fraction, only the separated sound counts as playing.
const MAX_WET: f32 = 0.995;

/// A bypassed song counts as turned down from here on, in dB.
const MIN_TURNED_DOWN_DB: f32 = 0.5;

/// The advice once something is learned.
pub fn advice(link: Link, view: &View) -> Advice {
    if view.late_blocks.are_recent() {
        return overload::advice(link);
    }
    let status = &link.hub.status;
    let rest = view.project.rest;
    let (first_s, last_s) = (Rest::FIRST_S, Rest::LAST_S);
    let new_tab =
        link.params.record.to().filter(|instrument| !view.uses(*instrument)).map(|instrument| {
            let name = &view.project.instruments[instrument].name;
            format!("Record {name} alone, then press Learn: it gets a fader of its own.")
        });
    if view.project.awaits_rest() {
        if let Some(text) = new_tab {
            return Advice::step(1, text);
        }
        let left_s = first_s - status.rest_listened_s.load(Ordering::Relaxed).min(first_s - 1);
        let is_soloed = |used: &&UsedStrip| used.strip != REST_STRIP && link.is_soloed(used.strip);
        let waits = match view.used_strips().iter().find(is_soloed) {
            Some(used) => {
                let name = &used.name;
                format!(
                    "Until then, the instruments share the whole sound: Solo does not isolate {name} yet."
                )
            }
            None => "Until then, the faders, Solo and Mute do not separate it.".to_string(),
        };
        return Advice::step(
            3,
            format!(
                "Now play the whole song, with nothing muted in your host. Unbraid needs {left_s} s of it to \
                 learn everything else. {waits}"
            ),
        );
    }
    // Until there is new audio, the seconds are those saved with the project.
    let before_s = if let Rest::Adapting { listened_s } = rest { listened_s } else { 0 };
    let listened_s =
        status.rest_listened_s.load(Ordering::Relaxed).clamp(before_s.min(last_s), last_s);
    let listens = rest.listens().then(|| {
        format!("Everything else is still being learned from the song: {listened_s} of {last_s} s.")
    });
    let while_listening = |text: String| match &listens {
        Some(listens) => Advice::step(3, format!("{text} {listens}")),
        None => Advice::step(3, text),
    };
    if link.params.bypass.value() {
        let turned_down_db = -20.0 * status.match_gain.load(Ordering::Relaxed).log10();
        let how = if turned_down_db >= MIN_TURNED_DOWN_DB {
            format!(", turned down by {turned_down_db:.0} dB to match")
        } else {
            String::new()
        };
        let text = format!(
            "Bypass is on, so you hear the unprocessed song{how}. Switch it off to hear the mixer."
        );
        return Advice::step(3, text);
    }
    let playing = status.input.peak(0).max(status.input.peak(1)) >= SILENCE;
    if link.params.output.wet.value() < MIN_WET {
        let text =
            "Dry/wet is at 0 %, so you hear the unprocessed song. Turn it up to hear the mixer.";
        return Advice::step(3, text);
    }
    if let Some(converted) = converted(link, view) {
        let text = with_what_stays(view, messages::converted(&converted));
        return Advice::step(
            2,
            listens.map_or(text.clone(), |listens| format!("{text} {listens}")),
        );
    }
    match link.output_selection() {
        selection @ (OutputSelection::Source | OutputSelection::Rest) => {
            return alone(link, view, selection);
        }
        OutputSelection::Component => {
            let text = "You hear one component, silent where it does not sound. Press Mix to hear everything \
                        again.";
            return Advice::step(3, text);
        }
        OutputSelection::Delta => {
            let text = if takes_away(link, view) {
                "You hear what the mixer removes. Press Mix to go back."
            } else {
                "Nothing is removed, so you hear nothing: mute or turn down an instrument, or press Mix to go back."
            };
            return Advice::step(3, text);
        }
        OutputSelection::Mix => {}
    }
    if let Some(text) = &new_tab {
        return while_listening(text.clone());
    }
    let wet = link.params.output.wet.value();
    if wet < MAX_WET {
        let percent = (wet * 100.0).round();
        return while_listening(format!(
            "Dry/wet is at {percent} %: the unprocessed song is mixed in."
        ));
    }
    let used_strips = view.used_strips();
    let named = |chosen: &dyn Fn(usize) -> bool| -> Vec<&str> {
        let chosen = used_strips.iter().filter(|used| chosen(used.strip));
        chosen.map(|used| used.name.as_str()).collect()
    };
    let is_muted = |strip: usize| link.is_muted(strip);
    let soloed = named(&|strip| link.is_soloed(strip));
    if !soloed.is_empty() {
        if used_strips.iter().all(|c| is_muted(c.strip) || !link.is_soloed(c.strip)) {
            let names = soloed.join(" and ");
            return while_listening(format!(
                "You hear nothing: {names} has Solo and Mute. Switch one of them off."
            ));
        }
        let names = soloed.join(" and ");
        if !playing {
            return while_listening(format!("Play the song to hear {names} alone."));
        }
        let them = if soloed.len() > 1 { "them" } else { "it" };
        return while_listening(format!(
            "You hear {names} alone. Mute instead of Solo gives the song without {them}."
        ));
    }
    let muted = named(&is_muted);
    if !muted.is_empty() && muted.len() < used_strips.len() {
        let names = muted.join(" and ");
        return while_listening(if playing {
            format!("You hear the song without {names}.")
        } else {
            format!("Play the song to hear it without {names}.")
        });
    }
    if !playing {
        let text = "Play the song, and press Solo on a strip to hear it alone.";
        return while_listening(text.to_string());
    }
    let what = "Solo plays an instrument alone, Mute takes it out, the faders mix.";
    let then = listens.as_deref().unwrap_or("Not clean enough? Record more of it.");
    Advice::step(3, format!("{what} {then}"))
}

/// The advice when a single instrument, a component or the rest is selected.
fn alone(link: Link, view: &View, selection: OutputSelection) -> Advice {
    let strip =
        if selection == OutputSelection::Rest { REST_STRIP } else { link.params.output.source() };
    let text = match view.used_strips().into_iter().find(|used| used.strip == strip) {
        Some(used) => {
            format!("You hear {} alone. Press Mix to go back to the mixer.", used.name)
        }
        None => "The selected output has nothing to play. Press Mix to hear everything.".into(),
    };
    Advice::step(3, text)
}

/// Whether any strip in the mix is muted, soloed, or set to another gain, pan or width.
fn takes_away(link: Link, view: &View) -> bool {
    view.used_strips().iter().any(|used| {
        let strip = link.strip(used.strip);
        let panning = link.panning(used.strip);
        let changed = [&strip.gain, &panning.pan, &panning.width]
            .into_iter()
            .any(|param| param.value() != param.default_plain_value());
        link.is_muted(used.strip) || link.is_soloed(used.strip) || changed
    })
}
