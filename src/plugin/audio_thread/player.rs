//! The audio thread's half: runs the engine, lets a new one fade in over the old,
//! mixes in the delayed input. Nothing here allocates, waits or frees.

use crossbeam_channel::{Receiver, Sender};

use super::controls::Controls;
use super::controls::STRIPS;
use super::dry::Dry;
use super::engine::{Engine, ProcessSetup};

/// Samples that are worked on at a time.
pub const BLOCK: usize = 1024;

/// Outputs at most, channels of buses.
const OUTPUTS: usize = (1 + STRIPS) * 2;

/// Time in which one engine takes over from another, and dry from wet.
const FADE_S: f32 = 0.03;

/// How long an engine of another latency waits for the host to restart it
/// before it takes over all the same.
const RESTART_S: f32 = 0.5;

/// Where engines come from and where they go to be freed.
pub struct Exchange {
    pub incoming: Receiver<Box<Engine>>,
    pub outgoing: Sender<Box<Engine>>,
}

/// An engine that is about to take over.
struct Next {
    engine: Box<Engine>,
    /// Samples to wait for the host, then to warm up, then to fade.
    wait: usize,
    warm_up: usize,
    faded: usize,
}

/// Runs engines.
pub struct Player {
    setup: ProcessSetup,
    engine: Box<Engine>,
    next: Option<Next>,
    exchange: Exchange,
    dry: Dry,
    /// Share of the separated sound at present.
    wet: f32,
    wet_step: f32,
    fade_samples: usize,
    restart_samples: usize,
    /// Whether anything has sounded since the last reset.
    started: bool,
    /// Where in the song the next sample lies, as the frames are counted.
    clock: i64,
    /// Samples of silence that have come in one after another.
    silent_samples: usize,
    input: [Vec<f32>; 2],
    output: Vec<f32>,
    other: Vec<f32>,
}

impl Player {
    /// A player of `engine`.
    pub fn new(engine: Box<Engine>, exchange: Exchange, longest_latency_samples: usize) -> Self {
        let setup = engine.setup();
        let rate = setup.sample_rate_hz as f32;
        Self {
            setup,
            engine,
            next: None,
            exchange,
            dry: Dry::new(setup.channels, longest_latency_samples, BLOCK),
            wet: 1.0,
            wet_step: 1.0 / (FADE_S * rate),
            fade_samples: (FADE_S * rate) as usize,
            restart_samples: (RESTART_S * rate) as usize,
            started: false,
            clock: 0,
            silent_samples: usize::MAX,
            input: [vec![0.0; BLOCK], vec![0.0; BLOCK]],
            output: vec![0.0; OUTPUTS * BLOCK],
            other: vec![0.0; OUTPUTS * BLOCK],
        }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes the engine out, for another player.
    pub fn into_engine(self) -> Box<Engine> {
        match self.next {
            Some(next) => next.engine,
            None => self.engine,
        }
    }

    /// Forgets what was heard. An engine that does not wait for the host takes
    /// over.
    pub fn reset(&mut self) {
        if let Some(next) = self.next.take_if(|next| next.wait < usize::MAX) {
            self.retire(next.engine);
        }
        self.engine.reset_at(0);
        self.dry.reset();
        self.started = false;
        self.clock = 0;
        self.silent_samples = usize::MAX;
    }

    /// Says where in the song the next sample lies. Frames are counted from the
    /// song's start from where there is nothing to be heard on, so that a passage
    /// sounds the same however the host came to play it.
    pub fn locate(&mut self, song_position: i64) {
        let next = self.next.as_ref().map(|next| &next.engine);
        let sounding = [Some(&self.engine), next].into_iter().flatten();
        let needed_samples = sounding.map(|engine| engine.warm_up_samples()).max();
        if song_position == self.clock || Some(self.silent_samples) < needed_samples {
            return;
        }
        self.clock = song_position;
        self.engine.reset_at(song_position);
        if let Some(next) = &mut self.next {
            next.start_at(song_position);
        }
    }

    /// Where the input of the next block goes, for each channel of the stage.
    pub fn input_mut(&mut self) -> &mut [Vec<f32>] {
        &mut self.input[..self.setup.channels]
    }

    pub fn input(&self, channel: usize, samples: usize) -> &[f32] {
        &self.input[channel][..samples]
    }

    /// What a bus played in the last block.
    pub fn output(&self, bus: usize, channel: usize, samples: usize) -> &[f32] {
        let start = (bus * self.setup.channels + channel) * BLOCK;
        &self.output[start..start + samples]
    }

    /// Takes the newest engine that has come. Says what latency is to be
    /// announced, if it is another; such an engine waits for the host to
    /// restart the plugin: until it does, or for a limited time.
    pub fn receive(&mut self, until_restart: bool) -> Option<usize> {
        // There must be somewhere to put the engine that goes.
        if self.next.is_some() || self.exchange.outgoing.is_full() {
            return None;
        }
        let engine = self.exchange.incoming.try_recv().ok()?;
        if engine.setup() != self.setup {
            self.retire_unused(engine);
            return None;
        }
        let latency = engine.latency_samples();
        let differs = latency != self.engine.latency_samples();
        if self.started {
            let wait = match (differs, until_restart) {
                (false, _) => 0,
                (true, false) => self.restart_samples,
                (true, true) => usize::MAX,
            };
            let warm_up = engine.warm_up_samples();
            let next = self.next.insert(Next { engine, wait, warm_up, faded: 0 });
            next.start_at(self.clock);
        } else if differs && until_restart {
            self.next = Some(Next { engine, wait: usize::MAX, warm_up: 0, faded: 0 });
        } else {
            self.retire(engine);
        }
        differs.then_some(latency)
    }

    /// Makes `engine` the one that sounds and sends the old one to be freed.
    fn retire(&mut self, engine: Box<Engine>) {
        let old = std::mem::replace(&mut self.engine, engine);
        self.retire_unused(old);
    }

    fn retire_unused(&mut self, engine: Box<Engine>) {
        if let Err(full) = self.exchange.outgoing.try_send(engine) {
            // Cannot be: room was seen before an engine was taken in. Losing the
            // memory is better than freeing it here.
            std::mem::forget(full.into_inner());
        }
    }

    /// Plays a block of at most [`BLOCK`] samples from what is in
    /// [`Player::input_mut`].
    pub fn play(&mut self, samples: usize, controls: &Controls) {
        self.engine.set_controls(controls);
        if !self.started {
            self.engine.settle();
            self.wet = controls.wet;
            self.started = true;
        }
        let channels = self.setup.channels;
        let [left, right] = &self.input;
        let input = [&left[..samples], &right[..samples]];
        self.clock += samples as i64;
        self.silent_samples = match last_sound(&input[..channels]) {
            Some(last) => samples - 1 - last,
            None => self.silent_samples.saturating_add(samples),
        };
        self.dry.write(&input[..channels]);
        run(&mut self.engine, &input[..channels], &mut self.output, samples);
        let mut delays = [self.engine.latency_samples(); 2];
        let mut fade = (0, 0);
        if let Some(next) = &mut self.next {
            delays[1] = next.engine.latency_samples();
            fade = next.play(&input[..channels], &mut self.other, samples, controls);
            cross_fade(&mut self.output, &self.other, self.setup, samples, fade, self.fade_samples);
        }
        self.mix_dry(samples, controls.wet, delays, fade);
        if self.next.as_ref().is_some_and(|next| next.faded >= self.fade_samples)
            && let Some(next) = self.next.take()
        {
            self.retire(next.engine);
        }
    }

    /// Mixes the delayed input into the main output.
    fn mix_dry(&mut self, samples: usize, wet: f32, delays: [usize; 2], fade: (usize, usize)) {
        if self.wet == 1.0 && wet == 1.0 {
            return;
        }
        let start = self.wet;
        for channel in 0..self.setup.channels {
            let mut present = start;
            let output = &mut self.output[channel * BLOCK..][..samples];
            for (i, out) in output.iter_mut().enumerate() {
                present += (wet - present).clamp(-self.wet_step, self.wet_step);
                let mut dry = self.dry.at(channel, samples, i, delays[0]);
                if delays[0] != delays[1] {
                    let share = faded_in(i, fade, self.fade_samples);
                    dry += (self.dry.at(channel, samples, i, delays[1]) - dry) * share;
                }
                // Exact at both ends.
                if present == 0.0 {
                    *out = dry;
                } else if present < 1.0 {
                    *out = dry + (*out - dry) * present;
                }
            }
            self.wet = present;
        }
    }
}

/// The last sample of a block that is not silent in every channel.
fn last_sound(input: &[&[f32]]) -> Option<usize> {
    input.iter().filter_map(|x| x.iter().rposition(|x| *x != 0.0)).max()
}

impl Next {
    /// Where in the song the next sample lies that comes in.
    fn start_at(&mut self, clock: i64) {
        let waited = if self.wait < usize::MAX { self.wait as i64 } else { 0 };
        self.engine.reset_at(clock + waited);
    }

    /// Plays a block once the host had its time; says from which sample of the
    /// block on it fades in and how far it already has.
    fn play(
        &mut self,
        input: &[&[f32]],
        output: &mut [f32],
        samples: usize,
        controls: &Controls,
    ) -> (usize, usize) {
        let waited = self.wait.min(samples);
        if self.wait < usize::MAX {
            self.wait -= waited;
        }
        self.engine.set_controls(controls);
        if waited == samples {
            self.engine.settle();
            return (samples, 0);
        }
        let heard: [&[f32]; 2] =
            std::array::from_fn(|c| input.get(c).map_or(&[][..], |x| &x[waited..]));
        run_at(&mut self.engine, &heard[..input.len()], output, waited, samples - waited);
        let warmed = self.warm_up.min(samples - waited);
        self.warm_up -= warmed;
        let from = waited + warmed;
        let before = self.faded;
        self.faded += samples - from;
        (from, before)
    }
}

/// How much of the new engine is heard at a sample of the block.
fn faded_in(i: usize, (from, before): (usize, usize), length: usize) -> f32 {
    if i < from { 0.0 } else { ((before + i - from) as f32 / length as f32).min(1.0) }
}

fn cross_fade(
    output: &mut [f32],
    other: &[f32],
    setup: ProcessSetup,
    samples: usize,
    fade: (usize, usize),
    length: usize,
) {
    for out in 0..setup.buses * setup.channels {
        let place = out * BLOCK + fade.0.min(samples)..out * BLOCK + samples;
        for (i, (out, other)) in output[place.clone()].iter_mut().zip(&other[place]).enumerate() {
            let share = faded_in(fade.0 + i, fade, length);
            *out += (*other - *out) * share;
        }
    }
}

fn run(engine: &mut Engine, input: &[&[f32]], output: &mut [f32], samples: usize) {
    run_at(engine, input, output, 0, samples);
}

/// Runs an engine into rows of [`BLOCK`] samples, from sample `start` of each.
fn run_at(engine: &mut Engine, input: &[&[f32]], output: &mut [f32], start: usize, samples: usize) {
    let setup = engine.setup();
    let used = setup.buses * setup.channels;
    let mut rows = output.chunks_mut(BLOCK);
    let mut outputs: [&mut [f32]; OUTPUTS] = std::array::from_fn(|_| {
        rows.next().map_or(&mut [][..], |row| &mut row[start..start + samples])
    });
    engine.process(input, &mut outputs[..used]);
}
