//! The audio thread's half: runs the engine, fades a new one in over the old, and mixes in
//! the delayed input. Nothing here allocates, waits or frees.

use super::controls::Controls;
use super::controls::STRIP_OUTPUTS;
use super::dry::Dry;
use super::engine::{Engine, ProcessSetup};
use super::engine_link::EngineReceiver;
use super::loudness_match::LoudnessMatch;

/// Samples processed at a time.
pub const BLOCK: usize = 1024;

/// Maximum number of outputs: the channels of all buses.
const OUTPUTS: usize = (1 + STRIP_OUTPUTS) * 2;

/// Duration of the fades between engines and between dry and wet.
const FADE_S: f32 = 0.03;

/// How long an engine with another latency waits for the host to restart the plugin before it
/// takes over anyway.
const RESTART_S: f32 = 0.5;

/// An engine that is about to take over.
struct Next {
    engine: Box<Engine>,
    /// Samples to wait for the host, then to warm up, then to fade.
    wait: usize,
    warm_up: usize,
    faded: usize,
}

/// How the next engine fades in within a block.
#[derive(Clone, Copy, Default)]
struct Fade {
    /// The first sample of the block in which it is played.
    from: usize,
    /// Samples of the fade that are already done by then.
    before: usize,
}

/// Runs engines.
pub struct Player {
    setup: ProcessSetup,
    engine: Box<Engine>,
    next: Option<Next>,
    engines: EngineReceiver,
    dry: Dry,
    loudness_match: LoudnessMatch,
    /// Present fraction of the separated sound.
    wet: f32,
    wet_step: f32,
    fade_samples: usize,
    restart_samples: usize,
    /// Whether anything has been played since the last reset.
    started: bool,
    /// Song position of the next sample, which places the frames.
    clock: i64,
    /// Length of the present silence in samples.
    silent_samples: usize,
    input: [Vec<f32>; 2],
    output: Vec<f32>,
    other: Vec<f32>,
}

impl Player {
    /// A player of `engine`.
    pub fn new(engine: Box<Engine>, engines: EngineReceiver, max_latency_samples: usize) -> Self {
        let setup = engine.setup();
        let rate = setup.sample_rate_hz as f32;
        Self {
            setup,
            engine,
            next: None,
            engines,
            dry: Dry::new(setup.channels, max_latency_samples, BLOCK),
            loudness_match: LoudnessMatch::new(setup.sample_rate_hz, BLOCK),
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

    /// The gain for the bypassed input, as measured so far.
    pub fn matching_gain(&self) -> f32 {
        self.loudness_match.matching_gain()
    }

    /// Returns the engine, for another player.
    pub fn into_engine(self) -> Box<Engine> {
        match self.next {
            Some(next) => next.engine,
            None => self.engine,
        }
    }

    /// Resets. A new engine that is not waiting for the host takes over.
    pub fn reset(&mut self) {
        if let Some(next) = self.next.take_if(|next| next.wait < usize::MAX) {
            self.retire(next.engine);
        }
        self.engine.reset_at(0);
        self.dry.reset();
        self.loudness_match.reset();
        self.started = false;
        self.clock = 0;
        self.silent_samples = usize::MAX;
    }

    /// Sets the song position of the next sample. In silence, frames are aligned to the start
    /// of the song, so that a passage sounds the same wherever playback starts.
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

    /// The buffers for the next block's input, one per channel of the stage.
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

    /// Takes the newest engine that has arrived. Returns the latency to report, if it
    /// changes; such an engine waits until the host restarts the plugin, or for a limited
    /// time.
    pub fn receive(&mut self, until_restart: bool) -> Option<usize> {
        if self.next.is_some() {
            return None;
        }
        let engine = self.engines.receive()?;
        if engine.setup() != self.setup {
            self.engines.retire(engine);
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

    /// Makes `engine` the one that plays, and sends the old one to be freed.
    fn retire(&mut self, engine: Box<Engine>) {
        let old = std::mem::replace(&mut self.engine, engine);
        self.engines.retire(old);
    }

    /// Plays a block of at most [`BLOCK`] samples from [`Player::input_mut`].
    pub fn play(&mut self, samples: usize, controls: &Controls) {
        self.engine.set_controls(controls);
        if !self.started {
            self.engine.settle();
            self.wet = controls.played_wet();
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
        let mut fade = Fade::default();
        if let Some(next) = &mut self.next {
            delays[1] = next.engine.latency_samples();
            fade = next.play(&input[..channels], &mut self.other, samples, controls);
            cross_fade(&mut self.output, &self.other, self.setup, samples, fade, self.fade_samples);
        }
        if self.loudness_match.begin(controls) {
            self.measure(samples, controls.wet, delays, fade);
        }
        self.mix_dry(samples, controls.played_wet(), delays, fade);
        if self.next.as_ref().is_some_and(|next| next.faded >= self.fade_samples)
            && let Some(next) = self.next.take()
        {
            self.retire(next.engine);
        }
    }

    /// Measures the delayed input, and the main output as it is without bypass.
    fn measure(&mut self, samples: usize, wet: f32, delays: [usize; 2], fade: Fade) {
        let has_next = self.next.is_some();
        for i in 0..samples {
            for channel in 0..self.setup.channels {
                let dry = self.dry_at(channel, samples, i, delays, fade);
                let output = dry + (self.output[channel * BLOCK + i] - dry) * wet;
                self.loudness_match.measure(channel, dry, output);
            }
            if has_next && i >= fade.from {
                self.loudness_match.restart();
            }
            self.loudness_match.advance(i);
        }
    }

    /// The delayed input at sample `i` of the block, in time with what is played.
    #[inline]
    fn dry_at(
        &self,
        channel: usize,
        samples: usize,
        i: usize,
        delays: [usize; 2],
        fade: Fade,
    ) -> f32 {
        let dry = self.dry.at(channel, samples, i, delays[0]);
        if delays[0] == delays[1] {
            return dry;
        }
        let fraction = faded_in(i, fade, self.fade_samples);
        dry + (self.dry.at(channel, samples, i, delays[1]) - dry) * fraction
    }

    /// Mixes the delayed input into the main output.
    fn mix_dry(&mut self, samples: usize, wet: f32, delays: [usize; 2], fade: Fade) {
        if self.wet == 1.0 && wet == 1.0 {
            return;
        }
        let start = self.wet;
        for channel in 0..self.setup.channels {
            let mut present = start;
            for i in 0..samples {
                present += (wet - present).clamp(-self.wet_step, self.wet_step);
                // Exact at a gain of 1.
                let dry =
                    self.dry_at(channel, samples, i, delays, fade) * self.loudness_match.gain(i);
                let out = &mut self.output[channel * BLOCK + i];
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
    /// Sets the song position of the next sample.
    fn start_at(&mut self, clock: i64) {
        let waited = if self.wait < usize::MAX { self.wait as i64 } else { 0 };
        self.engine.reset_at(clock + waited);
    }

    /// Plays a block once the wait is over; returns the sample of the block from which the
    /// engine fades in, and how far the fade already is.
    fn play(
        &mut self,
        input: &[&[f32]],
        output: &mut [f32],
        samples: usize,
        controls: &Controls,
    ) -> Fade {
        let waited = self.wait.min(samples);
        if self.wait < usize::MAX {
            self.wait -= waited;
        }
        self.engine.set_controls(controls);
        if waited == samples {
            self.engine.settle();
            return Fade { from: samples, before: 0 };
        }
        let remaining: [&[f32]; 2] =
            std::array::from_fn(|c| input.get(c).map_or(&[][..], |x| &x[waited..]));
        run_at(&mut self.engine, &remaining[..input.len()], output, waited, samples - waited);
        let warmed = self.warm_up.min(samples - waited);
        self.warm_up -= warmed;
        let from = waited + warmed;
        let before = self.faded;
        self.faded += samples - from;
        Fade { from, before }
    }
}

/// The gain of the new engine at a sample of the block.
fn faded_in(i: usize, fade: Fade, length: usize) -> f32 {
    let Fade { from, before } = fade;
    if i < from { 0.0 } else { ((before + i - from) as f32 / length as f32).min(1.0) }
}

fn cross_fade(
    output: &mut [f32],
    other: &[f32],
    setup: ProcessSetup,
    samples: usize,
    fade: Fade,
    length: usize,
) {
    for out in 0..setup.buses * setup.channels {
        let place = out * BLOCK + fade.from.min(samples)..out * BLOCK + samples;
        for (i, (out, other)) in output[place.clone()].iter_mut().zip(&other[place]).enumerate() {
            let fraction = faded_in(fade.from + i, fade, length);
            *out += (*other - *out) * fraction;
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
