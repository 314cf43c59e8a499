//! Plays blocks of audio through an instance.

use std::ptr::null_mut;
use std::time::{Duration, Instant};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::events::{
    CLAP_TRANSPORT_HAS_SECONDS_TIMELINE, CLAP_TRANSPORT_IS_PLAYING, clap_event_transport,
};
use clap_sys::fixedpoint::CLAP_SECTIME_FACTOR;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process};

use super::{Instance, events, guard, system_calls};

impl Instance {
    /// Plays `input`, one row per channel, in blocks of `block`; returns the output of every
    /// port's channels, port after port.
    pub fn play(&mut self, input: &[Vec<f32>], block: usize) -> Vec<Vec<f32>> {
        self.play_in(input, &mut || block)
    }

    /// Like [`Instance::play`], in blocks of the sizes that `block` returns.
    pub fn play_in(
        &mut self,
        input: &[Vec<f32>],
        block: &mut dyn FnMut() -> usize,
    ) -> Vec<Vec<f32>> {
        let samples = input[0].len();
        let mut output = vec![vec![0.0; samples]; self.outputs * self.setup.channels];
        let mut done = 0;
        while done < samples {
            let take = block().clamp(1, self.setup.max_block).min(samples - done);
            self.play_block(input, done, take, &mut output);
            done += take;
            self.answer_requests();
        }
        output
    }

    fn play_block(
        &mut self,
        input: &[Vec<f32>],
        start: usize,
        samples: usize,
        output: &mut [Vec<f32>],
    ) {
        let channels = self.setup.channels;
        let mut main: Vec<Vec<f32>> =
            input.iter().map(|x| x[start..start + samples].to_vec()).collect();
        let mut side_chain: Vec<Vec<f32>> = (0..channels)
            .map(|c| {
                let source = &self.side_chain[c];
                let at = |i: usize| source.get((start + i) % source.len().max(1)).copied();
                (0..samples).map(|i| at(i).unwrap_or(0.0)).collect()
            })
            .collect();
        let mut main_in: Vec<*mut f32> = main.iter_mut().map(|x| x.as_mut_ptr()).collect();
        let mut side_in: Vec<*mut f32> = side_chain.iter_mut().map(|x| x.as_mut_ptr()).collect();
        let mut outs: Vec<*mut f32> =
            output.iter_mut().map(|x| x[start..start + samples].as_mut_ptr()).collect();
        if self.in_place {
            outs[..channels].copy_from_slice(&main_in);
        }
        let buffer = |pointers: *mut *mut f32| clap_audio_buffer {
            data32: pointers,
            data64: null_mut(),
            channel_count: channels as u32,
            latency: 0,
            constant_mask: 0,
        };
        let inputs = [buffer(main_in.as_mut_ptr()), buffer(side_in.as_mut_ptr())];
        let mut outputs: Vec<clap_audio_buffer> =
            outs.chunks_mut(channels).map(|port| buffer(port.as_mut_ptr())).collect();
        let events = events::Input::new(std::mem::take(&mut self.pending));
        // SAFETY: a transport consists of plain numbers.
        let mut transport: clap_event_transport = unsafe { std::mem::zeroed() };
        transport.flags = if self.rolling { CLAP_TRANSPORT_IS_PLAYING } else { 0 };
        if let Some(position) = &mut self.song_position {
            let seconds = *position as f64 / f64::from(self.setup.sample_rate_hz);
            transport.flags |= CLAP_TRANSPORT_HAS_SECONDS_TIMELINE;
            transport.song_pos_seconds = (seconds * CLAP_SECTIME_FACTOR as f64).round() as i64;
            if self.rolling {
                *position += samples as i64;
            }
        }
        let process = clap_process {
            steady_time: -1,
            frames_count: samples as u32,
            transport: &transport,
            audio_inputs: inputs.as_ptr(),
            audio_outputs: outputs.as_mut_ptr(),
            audio_inputs_count: inputs.len() as u32,
            audio_outputs_count: outputs.len() as u32,
            in_events: events.list(),
            out_events: events::output(),
        };
        // SAFETY: all pointers are valid until the call returns.
        let began = Instant::now();
        let status =
            audio_thread(|| unsafe { (*self.plugin).process.unwrap()(self.plugin, &process) });
        if let Some(times) = &mut self.callback_times {
            times.push(began.elapsed());
        }
        assert_ne!(status, CLAP_PROCESS_ERROR);
        if self.in_place {
            for (out, played) in output.iter_mut().zip(&main) {
                out[start..start + samples].copy_from_slice(played);
            }
        }
    }

    /// Plays silence until `done`, for at most a minute.
    pub fn play_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < Duration::from_secs(120), "the worker is not done");
            self.play(&vec![vec![0.0; 64]; self.setup.channels], 64);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

thread_local! {
    /// Set by tests that trap system calls in the callback.
    pub static TRAPS_SYSTEM_CALLS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs the plugin's audio callback with the checks of a real-time host.
pub fn audio_thread<T>(callback: impl FnOnce() -> T) -> T {
    let traps = TRAPS_SYSTEM_CALLS.get();
    guard::guarded(|| {
        if traps {
            system_calls::arm();
        }
        let result = callback();
        if traps {
            system_calls::disarm();
        }
        result
    })
}
