//! Passes the host's buffers block by block through everything on the audio thread.

use std::sync::atomic::Ordering;

use nice_plug::prelude::*;

use super::offline::OfflineWait;
use crate::frames::level::MAX_LEVEL;
use crate::plugin::audio_thread::audition::Auditioner;
use crate::plugin::audio_thread::controls::Controls;
use crate::plugin::audio_thread::engine::{FIRST_STRIP_BUS, MAIN_BUS, ProcessSetup};
use crate::plugin::audio_thread::feed::Publisher;
use crate::plugin::audio_thread::held_notes::HeldNotes;
use crate::plugin::audio_thread::player::Player;
use crate::plugin::audio_thread::recorder::{Recorder, Transport};
use crate::plugin::hub::Hub;

/// The state needed while the host plays.
pub struct Playing {
    pub player: Player,
    pub recorder: Recorder,
    pub publisher: Publisher,
    pub auditioner: Auditioner,
    pub held_notes: HeldNotes,
    pub setup: ProcessSetup,
    pub offline: bool,
    pub wait: OfflineWait,
    /// The latency last reported to the host.
    pub announced_samples: usize,
}

impl Playing {
    /// Plays `take` samples of the host's buffers, starting at sample `start`.
    #[allow(clippy::too_many_arguments, reason = "the host's buffers come in pieces")]
    pub fn block(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        start: usize,
        take: usize,
        controls: &Controls,
        transport: Transport,
        hub: &Hub,
    ) {
        let Self { player, recorder, publisher, auditioner, setup, offline, .. } = self;
        let range = start..start + take;
        let seconds = take as f32 / setup.sample_rate_hz as f32;
        let main = buffer.as_slice();
        for (c, input) in player.input_mut().iter_mut().enumerate() {
            for (input, x) in input.iter_mut().zip(&main[c][range.clone()]) {
                *input = sound(*x);
            }
        }
        let last = setup.channels - 1;
        let input = [player.input(0, take), player.input(last, take)];
        input.iter().enumerate().for_each(|(c, x)| hub.status.input.observe(c, x, seconds));
        let side_chain = aux.inputs.first_mut().map(|side_chain| {
            let channels = side_chain.as_slice();
            for channel in channels.iter_mut() {
                channel[range.clone()].iter_mut().for_each(|x| *x = sound(*x));
            }
            [&channels[0][range.clone()], &channels[channels.len() - 1][range.clone()]]
        });
        if let Some(side_chain) = side_chain {
            for (c, x) in side_chain.iter().enumerate() {
                hub.status.side_chain.observe(c, x, seconds);
            }
        }
        recorder.write(input, side_chain, &controls.record, transport);
        player.play(take, controls);
        hub.status.match_gain.store(player.matching_gain(), Ordering::Relaxed);
        publisher.publish(take, player.engine(), &hub.feed);
        for (c, out) in main.iter_mut().enumerate() {
            let played = player.output(MAIN_BUS, c, take);
            give_out(played, &mut out[range.clone()]);
            hub.status.output.observe(c, played, seconds);
        }
        if !*offline {
            auditioner.play(&hub.audition, main, range.clone());
        }
        for (output, port) in aux.outputs.iter_mut().enumerate() {
            for (c, out) in port.as_slice().iter_mut().enumerate() {
                let played = player.output(FIRST_STRIP_BUS + output, c, take);
                give_out(played, &mut out[range.clone()]);
            }
        }
    }
}

/// Passes the input through.
pub fn pass_through(buffer: &mut Buffer) {
    for channel in buffer.as_slice() {
        channel.iter_mut().for_each(|x| *x = sound(*x));
    }
}

/// The sample if it is valid. What is not finite becomes silence, as in the engine, and so do
/// denormals, which would slow it down. So does what is louder than any integer format: it
/// comes from a fault before the plugin, and must not reach a loudspeaker.
fn sound(x: f32) -> f32 {
    if x.is_normal() && x.abs() < MAX_LEVEL { x } else { 0.0 }
}

/// Copies the output without denormals, which would slow down later processing.
fn give_out(played: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(played) {
        *out = if x.abs() < f32::MIN_POSITIVE { 0.0 } else { *x };
    }
}
