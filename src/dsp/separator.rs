//! The streaming engine: samples in, buses out, frame by frame.

use std::sync::Arc;

use super::activations::{Solver, within};
use super::kernels::{self, Aligned, LANES, Lanes, Planes};
use super::masks;
use super::model::Model;
use super::presence::{Observation, Presence};
use super::routing::Bus;
use super::schedule::{FrameStep, ROWS_PER_STEP, Schedule};
use super::spatial::{BusSpectrum, Spatial, SpatialKind, SpatialLayout, Term};
use super::stft::{Analysis, Synthesis};
use super::strength::Strengths;
use crate::frames::level::divisor;

/// Separates one mono or stereo stream. Memory is allocated only in [`Separator::new`]. The
/// output is bit-identical for any block size.
///
/// # What a stream starts with
///
/// The output is the input of [`latency_samples`](Self::latency_samples) before: it starts with that
/// much silence. Two things then set in gradually:
///
/// * Gains glide in 20 ms from one value to the next, and start at 0. To have them at once, call
///   [`Bus::settle`] after setting them, or [`reset`](Self::reset).
/// * Frames that reach before the beginning are partly empty. Their spectra are coarser, so that
///   the sources are told apart less well during the first frame; and where the sound sets in at
///   once, such frames seem to have an offset, which the rest gets if there is one. All sources
///   together are the input from its first sample on.
///
/// **One source without a rest gets the whole input**: see
/// [`Dictionary::can_separate`](crate::dictionary::Dictionary::can_separate).
///
/// ```
/// # use unbraid::dictionary::{Dictionary, Provenance, Source};
/// # use unbraid::frames::{FrameSettings, Mode};
/// # let frames = FrameSettings::new(Mode::Live, 8000);
/// # let dictionary = Dictionary {
/// #     w: unbraid::ndarray::Array2::from_elem((frames.bins(), 1), 1.0 / frames.bins() as f32),
/// #     rarity: vec![0.0],
/// #     sources: vec![Source::new("flute", 0, vec![0])],
/// #     frames,
/// #     transpose: 0,
/// #     divergence: unbraid::divergence::Divergence::KullbackLeibler,
/// #     provenance: Provenance { method: String::new(), seed: 0 },
/// # };
/// use std::sync::Arc;
/// use unbraid::dsp::{Model, Separator};
///
/// let model = Arc::new(Model::new(&dictionary));
/// let mut separator = Separator::new(model, 1, 1);
/// separator.bus_mut(0).set_gain(0, 1.0);
/// separator.bus_mut(0).settle();
///
/// let input: Vec<f32> = (0..4000).map(|n| (n as f32 * 0.4).sin()).collect();
/// let mut output = vec![0.0; input.len()];
/// for (input, output) in input.chunks(64).zip(output.chunks_mut(64)) {
///     separator.process(&[input], &mut [output]);
/// }
/// let late = separator.latency_samples();
/// assert!(output[..late].iter().all(|x| x.abs() < 1e-4));
/// // The dictionary has one source, and no rest: it gets all.
/// assert!(output[late..].iter().zip(&input).all(|(out, x)| (out - x).abs() < 1e-4));
/// ```
pub struct Separator {
    model: Arc<Model>,
    analyses: Vec<Analysis>,
    /// Bus after bus, channel after channel.
    syntheses: Vec<Synthesis>,
    buses: Vec<Bus>,
    solver: Solver,
    spatial: Spatial,
    strengths: Strengths,
    presence: Presence,
    schedule: Schedule,
    /// Whether the work of a frame is spread over the following hop.
    spread: bool,
    /// Samples of the current hop received so far.
    position: usize,
    /// Number of frames solved so far.
    frames: u64,
    /// What the current frame is divided by: 1, or a power of two for levels far beyond full scale.
    divisor: f32,
    /// Magnitudes of one channel, and the bands of each.
    magnitudes: Aligned<f32>,
    v: [Aligned<f32>; 2],
    /// Sources × mask bins: models, then masks.
    models: Aligned<f32>,
    /// The masks, sources × bins.
    source_masks: Aligned<f32>,
    /// Models, before the exponent, of the picked component and of its source, in mask bins. The
    /// first then becomes the component's mask; `component_mask` is that mask in bins.
    component_model: Aligned<f32>,
    source_model: Aligned<f32>,
    component_mask: Aligned<f32>,
    /// Rows of a source, or of the picked component, and their activations.
    rows: Vec<u32>,
    weights: Vec<f32>,
    /// The mix for one bus and channel.
    mixed: BusSpectrum,
    content: BusContent,
}

/// What a bus plays.
#[derive(Clone, Copy)]
enum BusContent {
    Nothing,
    /// The mix.
    Mix,
    /// The channel's spectrum times the mask of this source.
    Mask(usize),
}

impl Separator {
    /// Creates a separator for `channels` (1 or 2) with `buses` outputs. All gains start at
    /// 0.
    ///
    /// # Panics
    /// If `channels` is neither 1 nor 2.
    pub fn new(model: Arc<Model>, channels: usize, buses: usize) -> Self {
        assert!(channels == 1 || channels == 2, "1 or 2 channels, not {channels}");
        let bins = model.frames.bins();
        let bands = model.bands.count();
        let mask_bins = model.mask_bins.count();
        let sources = model.sources();
        let hop_s = model.frames.hop as f32 / model.frames.sample_rate_hz as f32;
        let layout = SpatialLayout { channels, sources, bins, bands: &model.bands, hop_s };
        let zeros = |size: usize| Aligned::new(kernels::groups(size));
        let solver = Solver::new(&model.atoms, model.settings.solver);
        let mut source_masks = Aligned::new(sources * kernels::groups(bins));
        // Past the last bin, where no frame changes them, they have to sum to 1, too.
        source_masks.fill([1.0 / sources as f32; LANES]);
        Self {
            analyses: (0..channels).map(|_| Analysis::new(&model.transform)).collect(),
            syntheses: (0..channels * buses).map(|_| Synthesis::new(&model.transform)).collect(),
            buses: (0..buses).map(|_| Bus::new(sources, model.components(), hop_s)).collect(),
            schedule: Schedule::new(&model, &solver, channels, buses),
            spread: false,
            solver,
            spatial: Spatial::new(&layout),
            strengths: Strengths::new(sources),
            presence: Presence::new(sources, bands, hop_s, model.settings.mask_exponent),
            position: 0,
            frames: 0,
            divisor: 1.0,
            magnitudes: zeros(bins),
            v: [zeros(bands), zeros(bands)],
            models: Aligned::new(sources * kernels::groups(mask_bins)),
            source_masks,
            component_model: zeros(mask_bins),
            source_model: zeros(mask_bins),
            component_mask: zeros(bins),
            rows: Vec::with_capacity(model.atoms.count()),
            weights: Vec::with_capacity(model.atoms.count()),
            mixed: BusSpectrum::new(bins),
            content: BusContent::Nothing,
            model,
        }
    }

    /// Spreads the work of every frame evenly over the following hop, so that short blocks
    /// all cost about the same. The output is the same, one hop later.
    pub fn spread(mut self) -> Self {
        self.spread = true;
        self.reset();
        self
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    pub fn channels(&self) -> usize {
        self.analyses.len()
    }

    pub fn buses(&self) -> usize {
        self.buses.len()
    }

    /// Delay of the output relative to the input, in samples.
    pub fn latency_samples(&self) -> usize {
        self.model.frames.latency_samples() + self.delay()
    }

    /// Samples between the end of a frame and the first output that it adds to.
    fn delay(&self) -> usize {
        if self.spread { self.model.frames.hop } else { 0 }
    }

    /// The gains of a bus.
    pub fn bus_mut(&mut self, bus: usize) -> &mut Bus {
        &mut self.buses[bus]
    }

    /// Sets how masks become the signal in each channel. No effect in mono. Takes effect with
    /// the next frame, cross-faded by the overlap of the windows. What the other filters have
    /// learned is kept.
    pub fn set_spatial(&mut self, kind: SpatialKind) {
        self.spatial.select(kind);
    }

    /// Sets a source's strength, from -1 (it keeps all that may be its own, and more of the
    /// other sources) through 0 (neutral) to 1 (it keeps only what surely is its own, and loses
    /// some of it). The other sources get what it loses. Takes effect with the next frame, cross-faded by the
    /// overlap of the windows.
    pub fn set_strength(&mut self, source: usize, strength: f32) {
        self.strengths.set(source, strength);
    }

    /// Activations of the last frame, all atoms.
    pub fn h(&self) -> &[f32] {
        self.solver.h()
    }

    /// Number of frames solved so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Atoms that explain the last frame, ascending.
    pub fn active(&self) -> &[u32] {
        self.solver.active()
    }

    /// For each source, what its model was multiplied by in the last frame: less than 1 if it
    /// does not seem to sound.
    pub fn presence(&self) -> &[f32] {
        self.presence.weights()
    }

    /// Bands of the last frame's input: one set per channel, or a single set for both, in
    /// the first place, if one mask serves both.
    pub fn input_bands(&self) -> [&[f32]; 2] {
        let bands = self.model.bands.count();
        let second = if self.spatial.filter().observations() == 2 { bands } else { 0 };
        [&self.v[0].as_flattened()[..bands], &self.v[1].as_flattened()[..second]]
    }

    /// Clears all signal state; keeps the gains.
    pub fn reset(&mut self) {
        self.reset_at(0);
    }

    /// Clears all signal state and continues at sample `start` (which may be negative) of a
    /// stream that was silent before it. Frames begin at multiples of the hop.
    pub fn reset_at(&mut self, start: i64) {
        self.position = start.rem_euclid(self.model.frames.hop as i64) as usize;
        self.divisor = 1.0;
        self.schedule.abandon();
        self.analyses.iter_mut().for_each(Analysis::reset);
        self.syntheses.iter_mut().for_each(Synthesis::reset);
        self.solver.reset();
        self.buses.iter_mut().for_each(Bus::settle);
        self.spatial.reset();
        self.presence.reset();
    }

    /// Processes one input block per channel into one output block per bus and channel, bus
    /// after bus. Empty slices are not written. Blocks may have any length, but all slices
    /// that are not empty must have the same one.
    ///
    /// # Panics
    /// If the number of channels or buses, or the lengths, do not fit.
    pub fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) {
        assert_eq!(input.len(), self.analyses.len(), "channels of the input");
        assert_eq!(output.len(), self.syntheses.len(), "buses times channels of the output");
        let samples = input[0].len();
        let mut done = 0;
        while done < samples {
            let take = (self.model.frames.hop - self.position).min(samples - done);
            for (analysis, channel) in self.analyses.iter_mut().zip(input) {
                analysis.write(&self.model.transform, self.position, &channel[done..done + take]);
            }
            for (synthesis, channel) in self.syntheses.iter().zip(output.iter_mut()) {
                if !channel.is_empty() {
                    synthesis.read(self.position, &mut channel[done..done + take]);
                }
            }
            self.position += take;
            done += take;
            let hop = self.model.frames.hop;
            self.run(if self.position < hop { self.position as f32 / hop as f32 } else { 1.0 });
            if self.position == hop {
                self.position = 0;
                self.begin_frame();
                if !self.spread {
                    self.run(1.0);
                }
            }
        }
    }

    /// Reads what can change between frames: samples, gains and settings.
    fn begin_frame(&mut self) {
        let transform = &self.model.transform;
        let peaks = self.analyses.iter_mut().map(|analysis| analysis.take_frame(transform));
        let divisor = divisor(peaks.fold(0.0, f32::max), self.divisor);
        if divisor != self.divisor {
            // What was learned so far is in the other unit.
            self.solver.reset();
            self.spatial.reset();
            self.presence.reset();
            self.analyses.iter_mut().for_each(Analysis::forget_offset);
            self.divisor = divisor;
        }
        self.syntheses.iter_mut().for_each(|synthesis| synthesis.next_hop(transform));
        self.buses.iter_mut().for_each(Bus::advance);
        self.spatial.begin_frame();
        self.strengths.begin_frame();
        let (buses, channels) = (&self.buses, self.analyses.len());
        let spatial = !self.spatial.filter().uses_common_mask();
        self.schedule.start(spatial, |bus, channel| buses[bus].load(channel, channels));
    }

    /// Does the first `fraction` (0 to 1) of the frame's work, as far as it is not done yet.
    fn run(&mut self, fraction: f32) {
        while let Some(work) = self.schedule.next(fraction) {
            match work {
                FrameStep::Transform(channel) => {
                    self.analyses[channel].transform(&self.model.transform, self.divisor);
                }
                FrameStep::PoolBands => self.pool(),
                FrameStep::Solve(stage) => self.solve(stage),
                FrameStep::AddModels(step) => self.add_to_models(step),
                FrameStep::Presence => self.apply_presence(),
                FrameStep::Masks => {
                    self.compute_masks();
                    self.frames += 1;
                }
                FrameStep::SolveSpatial => self.solve_spatial(),
                FrameStep::UpdateSpatial => self.update_spatial(),
                FrameStep::MixBus(bus, channel) => self.content = self.mix_bus(bus, channel),
                FrameStep::Synthesize(bus, channel) => self.synthesize(bus, channel),
            }
        }
    }

    /// From spectra to bands.
    fn pool(&mut self) {
        let (spectra, channels) = detrended_spectra(&self.analyses);
        let filter = self.spatial.filter();
        for (i, v) in self.v.iter_mut().enumerate().take(filter.observations()) {
            filter.magnitudes(&spectra[..channels], i, &mut self.magnitudes);
            self.model.bands.pool(self.magnitudes.as_flattened(), v.as_flattened_mut());
        }
    }

    /// From bands to activations.
    fn solve(&mut self, stage: usize) {
        let filter = self.spatial.filter();
        let v: [&[Lanes]; 2] = [&self.v[0], &self.v[1]];
        let v = &v[..filter.observations()];
        self.solver.run_stage(stage, &self.model.atoms, v, filter.gains());
    }

    /// Adds activations to the models of the sources, a fixed number of atoms per step.
    fn add_to_models(&mut self, step: usize) {
        let size = self.source_model.len();
        if step == 0 {
            self.models.fill([0.0; LANES]);
        }
        let active = self.solver.active();
        let end = active.len().min((step + 1) * ROWS_PER_STEP);
        let rows = active.get(step * ROWS_PER_STEP..end).unwrap_or(&[]);
        let sources = self.model.atoms.sources().iter().zip(self.strengths.weights());
        for ((range, weight), models) in sources.zip(self.models.chunks_exact_mut(size)) {
            let rows = within(rows, range);
            add_models(&self.model, &self.solver, rows, *weight, &mut self.weights, models);
        }
    }

    /// Makes the models of sources that do not sound smaller.
    fn apply_presence(&mut self) {
        if self.solver.active().is_empty() || !self.model.settings.presence {
            return;
        }
        let filter = self.spatial.filter();
        let v: [&[Lanes]; 2] = [&self.v[0], &self.v[1]];
        let seen = Observation {
            v: &v[..filter.observations()],
            gains: filter.gains(),
            models: &self.models,
            factors: self.strengths.weights(),
            rest: self.model.rest,
        };
        self.presence.observe(&seen, &self.model.mask_bins);
        let models = self.models.chunks_exact_mut(self.source_model.len());
        for (model, &weight) in models.zip(self.presence.weights()) {
            if weight < 1.0 {
                kernels::scale(model, weight);
            }
        }
    }

    /// From models to masks.
    fn compute_masks(&mut self) {
        let exponent = self.model.settings.mask_exponent;
        let power = masks::Power { scale: kernels::LIFT, exponent };
        masks::from_models(&mut self.models, power, self.model.rest, &mut self.source_model);
        let masks = self.models.chunks_exact(self.source_model.len());
        for (mask, bins) in masks.zip(self.source_masks.chunks_exact_mut(self.mixed.mask.len())) {
            self.model.mask_bins.expand(mask.as_flattened(), bins.as_flattened_mut());
        }
    }

    /// Solves the spatial filter.
    fn solve_spatial(&mut self) {
        let (spectra, channels) = spectra(&self.analyses);
        self.spatial.filter_mut().prepare(&spectra[..channels], &self.source_masks);
    }

    /// Updates the spatial covariances of the sources.
    fn update_spatial(&mut self) {
        let (spectra, channels) = detrended_spectra(&self.analyses);
        let models = self.solver.models();
        self.spatial.filter_mut().observe(&spectra[..channels], models, &self.model.bands);
    }

    /// Mixes the content of a bus in a channel, unless it needs no mixing.
    fn mix_bus(&mut self, bus: usize, channel: usize) -> BusContent {
        if !self.buses[bus].playing() {
            return BusContent::Nothing;
        }
        let filter = self.spatial.filter();
        if filter.uses_common_mask()
            && let Some(source) = self.buses[bus].alone()
        {
            return BusContent::Mask(source);
        }
        let size = self.mixed.mask.len();
        let channels = self.analyses.len();
        self.mixed.begin(self.buses[bus].load(channel, channels).terms > 1);
        for source in self.buses[bus].sounding() {
            let mask = &self.source_masks[source * size..(source + 1) * size];
            for (from, gain) in self.buses[bus].gains()[source].into_channel(channel, channels) {
                filter.add(Term { source, mask, from, to: channel, gain }, &mut self.mixed);
            }
        }
        for pick in self.buses[bus].picks() {
            let source = self.model.source_of_component[pick.component];
            let range = &self.model.atoms.sources()[source];
            self.rows.clear();
            self.rows.extend_from_slice(within(self.solver.active(), range));
            let (model, solver) = (&*self.model, &self.solver);
            self.source_model.fill([0.0; LANES]);
            self.component_model.fill([0.0; LANES]);
            add_models(model, solver, &self.rows, 1.0, &mut self.weights, &mut self.source_model);
            self.rows.retain(|&atom| model.atoms.component(atom as usize) == pick.component);
            let component_model = &mut self.component_model;
            add_models(model, solver, &self.rows, 1.0, &mut self.weights, component_model);
            // The component's portion of its source, bin by bin, so that the components of
            // a source sum to the source.
            let fine = self.source_model.len();
            let mask = &self.models[source * fine..(source + 1) * fine];
            let parts = self.component_model.as_flattened_mut();
            kernels::part(parts, self.source_model.as_flattened(), mask.as_flattened());
            model.mask_bins.expand(parts, self.component_mask.as_flattened_mut());
            let (mask, gain) = (&self.component_mask[..], pick.gain);
            let term = Term { source, mask, from: channel, to: channel, gain };
            filter.add(term, &mut self.mixed);
        }
        if self.mixed.has_sound() { BusContent::Mix } else { BusContent::Nothing }
    }

    /// Synthesises the content of a bus in a channel, if there is any.
    fn synthesize(&mut self, bus: usize, channel: usize) {
        let (delay, size) = (self.delay(), self.mixed.mask.len());
        let synthesis = &mut self.syntheses[bus * self.analyses.len() + channel];
        let own = self.analyses[channel].spectrum();
        let other = &self.analyses[self.analyses.len() - 1 - channel];
        let (spectrum, mask) = match self.content {
            BusContent::Nothing => return,
            BusContent::Mask(source) => {
                (own, &self.source_masks[source * size..(source + 1) * size])
            }
            BusContent::Mix => {
                self.spatial.filter().output(channel, own, other.spectrum(), &mut self.mixed)
            }
        };
        synthesis.add(&self.model.transform, spectrum, mask, self.divisor, delay);
        let [own, crossed] = offset_gains(&self.model, &self.buses[bus], channel);
        let offset = self.analyses[channel].offset();
        synthesis.add_offset(&self.model.transform, offset, self.divisor * own, delay);
        if crossed != 0.0 && self.analyses.len() == 2 {
            let gain = self.divisor * crossed;
            synthesis.add_offset(&self.model.transform, other.offset(), gain, delay);
        }
    }
}

/// The fractions of the input's offset in the channel itself and in the other one that a bus plays
/// in a channel. They do not depend on what sounds, so that a constant in the input stays constant
/// in every output.
fn offset_gains(model: &Model, bus: &Bus, channel: usize) -> [f32; 2] {
    let mut sums = [0.0; 2];
    for (source, gains) in bus.gains().iter().enumerate() {
        let fraction = model.offset_fraction(source);
        sums[0] += gains.own[channel] * fraction;
        sums[1] += gains.crossed[channel] * fraction;
    }
    let picks =
        bus.picks().map(|pick| pick.gain * model.offset_fraction_of_component(pick.component));
    [sums[0] + picks.sum::<f32>(), sums[1]]
}

/// The spectra of the last frame and the number of channels.
fn spectra(analyses: &[Analysis]) -> ([&Planes; 2], usize) {
    let last = &analyses[analyses.len() - 1];
    ([analyses[0].spectrum(), last.spectrum()], analyses.len())
}

/// The same without trends.
fn detrended_spectra(analyses: &[Analysis]) -> ([&Planes; 2], usize) {
    let last = &analyses[analyses.len() - 1];
    ([analyses[0].detrended(), last.detrended()], analyses.len())
}

/// `out += weight · Σ h_i · row i` in mask bins over `rows`, scaled down by [`kernels::LIFT`].
fn add_models(
    model: &Model,
    solver: &Solver,
    rows: &[u32],
    weight: f32,
    weights: &mut Vec<f32>,
    out: &mut [Lanes],
) {
    weights.clear();
    weights.extend(rows.iter().map(|&atom| weight * solver.h()[atom as usize]));
    kernels::add_coded_rows(model.atoms.fine(), rows, weights, out);
}
