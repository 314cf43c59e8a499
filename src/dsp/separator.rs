//! The streaming engine: samples in, buses out, frame by frame.

use std::sync::Arc;

use super::activations::{Solver, within};
use super::kernels::{self, Lanes, Planes};
use super::masks;
use super::model::Model;
use super::routing::Bus;
use super::spatial::{SpatialEstimate, SpatialFilter};
use super::stft::{Analysis, Synthesis};

/// Separates one mono or stereo stream. Memory is taken in [`Separator::new`]
/// and nowhere else; the same samples give the same bits in blocks of any size.
pub struct Separator {
    model: Arc<Model>,
    analyses: Vec<Analysis>,
    /// Bus after bus, channel after channel.
    syntheses: Vec<Synthesis>,
    buses: Vec<Bus>,
    solver: Solver,
    stereo: Option<Stereo>,
    /// Samples of the present hop that have come.
    position: usize,
    /// Frames so far.
    frames: u64,
    /// Magnitudes of a channel, and bands of each.
    magnitudes: Vec<Lanes>,
    v: [Vec<Lanes>; 2],
    /// Sources × bins: models at full resolution, then shares.
    shares: Vec<Lanes>,
    /// Models before the exponent, of the picked component and its source; the
    /// component's share of everything.
    component_share: Vec<Lanes>,
    source_model: Vec<Lanes>,
    /// Rows of a source, or of the picked component, and their activations.
    rows: Vec<u32>,
    weights: Vec<f32>,
    spectrum: Planes,
}

struct Stereo {
    enabled: bool,
    estimate: SpatialEstimate,
    filter: SpatialFilter,
}

impl Separator {
    /// A separator of `channels` (1 or 2) with `buses` outputs, on all of which
    /// nothing is heard yet.
    ///
    /// # Panics
    /// If `channels` is neither 1 nor 2.
    pub fn new(model: Arc<Model>, channels: usize, buses: usize) -> Self {
        assert!(channels == 1 || channels == 2, "1 or 2 channels, not {channels}");
        let bins = model.frames.bins();
        let bands = model.bands.count();
        let sources = model.sources();
        let hop_s = model.frames.hop as f32 / model.frames.sample_rate_hz as f32;
        let zeros = |size: usize| vec![Lanes::default(); kernels::groups(size)];
        Self {
            analyses: (0..channels).map(|_| Analysis::new(&model.transform)).collect(),
            syntheses: (0..channels * buses).map(|_| Synthesis::new(&model.transform)).collect(),
            buses: (0..buses).map(|_| Bus::new(sources, model.components(), hop_s)).collect(),
            solver: Solver::new(&model.atoms, model.settings.solver),
            stereo: (channels == 2).then(|| Stereo {
                enabled: true,
                estimate: SpatialEstimate::new(sources, bins, &model.bands, hop_s),
                filter: SpatialFilter::new(sources, bins),
            }),
            position: 0,
            frames: 0,
            magnitudes: zeros(bins),
            v: [zeros(bands), zeros(bands)],
            shares: vec![Lanes::default(); sources * kernels::groups(bins)],
            component_share: zeros(bins),
            source_model: zeros(bins),
            rows: Vec::with_capacity(model.atoms.count()),
            weights: Vec::with_capacity(model.atoms.count()),
            spectrum: Planes::new(bins),
            model,
        }
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

    /// Samples by which the output follows the input.
    pub fn latency_samples(&self) -> usize {
        self.model.frames.latency_samples()
    }

    /// The gains of a bus.
    pub fn bus_mut(&mut self, bus: usize) -> &mut Bus {
        &mut self.buses[bus]
    }

    /// Whether sources are told apart by where they sit between the channels
    /// too, or one mask serves both. No effect in mono. Takes effect with the
    /// next frame, cross-faded by the windows' overlap; what was known of places
    /// is kept while it is off.
    pub fn set_spatial(&mut self, enabled: bool) {
        if let Some(stereo) = &mut self.stereo {
            stereo.enabled = enabled;
        }
    }

    /// Activations of the last frame, all atoms.
    pub fn h(&self) -> &[f32] {
        self.solver.h()
    }

    /// Frames so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Atoms that explain the last frame, ascending.
    pub fn active(&self) -> &[u32] {
        self.solver.active()
    }

    /// Bands of the last frame's input: of each channel, or of both in the first
    /// where one mask serves both.
    pub fn input_bands(&self) -> [&[f32]; 2] {
        let bands = self.model.bands.count();
        let apart = self.stereo.as_ref().is_some_and(|stereo| stereo.enabled);
        let second = if apart { bands } else { 0 };
        [&self.v[0].as_flattened()[..bands], &self.v[1].as_flattened()[..second]]
    }

    /// Forgets what was heard; keeps the gains.
    pub fn reset(&mut self) {
        self.position = 0;
        self.analyses.iter_mut().for_each(Analysis::reset);
        self.syntheses.iter_mut().for_each(Synthesis::reset);
        self.solver.reset();
        self.buses.iter_mut().for_each(Bus::settle);
        if let Some(stereo) = &mut self.stereo {
            stereo.estimate.reset();
        }
    }

    /// Takes in a block of each channel and gives out a block of each bus and
    /// channel, bus after bus. An empty slice is not written. Blocks of any
    /// length will do; all slices that are not empty must have the same.
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
            if self.position == self.model.frames.hop {
                self.position = 0;
                self.frame();
            }
        }
    }

    fn frame(&mut self) {
        self.frames += 1;
        self.analyse();
        self.activate();
        self.share();
        self.synthesise();
    }

    /// Input samples to spectra and bands.
    fn analyse(&mut self) {
        let model = &*self.model;
        for analysis in &mut self.analyses {
            analysis.advance(&model.transform);
        }
        match (&self.stereo, &self.analyses[..]) {
            (Some(Stereo { enabled: false, .. }), [left, right]) => {
                Planes::mean_magnitudes([left.spectrum(), right.spectrum()], &mut self.magnitudes);
                model.bands.pool(self.magnitudes.as_flattened(), self.v[0].as_flattened_mut());
            }
            (_, analyses) => {
                for (analysis, v) in analyses.iter().zip(&mut self.v) {
                    analysis.spectrum().magnitudes(&mut self.magnitudes);
                    model.bands.pool(self.magnitudes.as_flattened(), v.as_flattened_mut());
                }
            }
        }
    }

    /// Bands to activations.
    fn activate(&mut self) {
        let model = &*self.model;
        match &self.stereo {
            Some(stereo) if stereo.enabled => {
                let v: [&[Lanes]; 2] = [&self.v[0], &self.v[1]];
                self.solver.solve(&model.atoms, &v, stereo.estimate.gains());
            }
            _ => self.solver.solve(&model.atoms, &[&self.v[0]], &[[1.0; 2]]),
        }
    }

    /// Activations to each source's share of every bin.
    fn share(&mut self) {
        let model = &*self.model;
        let sources = model.atoms.sources();
        let size = self.spectrum.re.len();
        for (range, models) in sources.iter().zip(self.shares.chunks_exact_mut(size)) {
            self.rows.clear();
            self.rows.extend_from_slice(within(self.solver.active(), range));
            add_models(model, &self.solver, &self.rows, &mut self.weights, models);
        }
        let exponent = model.settings.mask_exponent;
        masks::shares(&mut self.shares, exponent, model.rest, &mut self.source_model);
        if let (Some(stereo), [left, right]) = (&mut self.stereo, &self.analyses[..])
            && stereo.enabled
        {
            let spectra = [left.spectrum(), right.spectrum()];
            stereo.filter.prepare(spectra, &self.shares, &stereo.estimate);
            stereo.estimate.observe(spectra, self.solver.models(), &model.bands);
        }
    }

    /// Shares to samples, for every bus in use.
    fn synthesise(&mut self) {
        let channels = self.channels();
        for bus in 0..self.buses.len() {
            self.buses[bus].advance();
            for channel in 0..channels {
                let heard = self.buses[bus].in_use && self.mix(bus, channel);
                let spectrum = heard.then_some(&self.spectrum);
                self.syntheses[bus * channels + channel].advance(&self.model.transform, spectrum);
            }
        }
    }

    /// Writes what a bus plays in a channel to `self.spectrum`; says whether
    /// that is anything.
    fn mix(&mut self, bus: usize, channel: usize) -> bool {
        let size = self.spectrum.re.len();
        self.spectrum.clear();
        let mut heard = false;
        for source in 0..self.model.sources() {
            let gain = self.buses[bus].gains()[source];
            if gain != 0.0 {
                heard = true;
                let share = &self.shares[source * size..(source + 1) * size];
                let place = (source, channel);
                let (analysis, stereo) = (&self.analyses[channel], self.stereo.as_ref());
                add(analysis, stereo, place, share, gain, &mut self.spectrum);
            }
        }
        for pick in self.buses[bus].picks() {
            heard = true;
            let source = self.model.source_of_component[pick.component];
            let range = &self.model.atoms.sources()[source];
            self.rows.clear();
            self.rows.extend_from_slice(within(self.solver.active(), range));
            let (model, solver) = (&*self.model, &self.solver);
            add_models(model, solver, &self.rows, &mut self.weights, &mut self.source_model);
            self.rows.retain(|&atom| model.atoms.component(atom as usize) == pick.component);
            add_models(model, solver, &self.rows, &mut self.weights, &mut self.component_share);
            // Its part of the source, bin by bin, so that the components of a
            // source sum to the source.
            let share = &self.shares[source * size..(source + 1) * size];
            let parts = self.component_share.as_flattened_mut();
            kernels::part(parts, self.source_model.as_flattened(), share.as_flattened());
            let (analysis, stereo) = (&self.analyses[channel], self.stereo.as_ref());
            let (place, gain) = ((source, channel), pick.gain);
            add(analysis, stereo, place, &self.component_share, gain, &mut self.spectrum);
        }
        heard
    }
}

/// Adds a source's image in a channel, times a gain.
fn add(
    analysis: &Analysis,
    stereo: Option<&Stereo>,
    (source, channel): (usize, usize),
    share: &[Lanes],
    gain: f32,
    out: &mut Planes,
) {
    match stereo {
        Some(stereo) if stereo.enabled => {
            stereo.filter.add_image(source, channel, share, gain, out);
        }
        _ => out.add_masked(analysis.spectrum(), share, gain),
    }
}

/// `out = Σ h_i · row i` at full resolution over `rows`.
fn add_models(
    model: &Model,
    solver: &Solver,
    rows: &[u32],
    weights: &mut Vec<f32>,
    out: &mut [Lanes],
) {
    weights.clear();
    weights.extend(rows.iter().map(|&atom| solver.h()[atom as usize]));
    kernels::add_coded_rows(model.atoms.full(), rows, weights, out);
}
