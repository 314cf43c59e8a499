//! The streaming engine: samples in, buses out, frame by frame.

use std::sync::Arc;

use realfft::num_complex::Complex32;

use super::activations::{Solver, within};
use super::kernels;
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
    magnitudes: Vec<f32>,
    v: [Vec<f32>; 2],
    /// Sources × bins: models at full resolution, then shares.
    shares: Vec<f32>,
    /// Models before the exponent, of the picked component and its source.
    component_share: Vec<f32>,
    source_model: Vec<f32>,
    /// Rows of the picked component.
    picked_rows: Vec<u32>,
    spectrum: Vec<Complex32>,
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
        Self {
            analyses: (0..channels).map(|_| Analysis::new(&model.transform)).collect(),
            syntheses: (0..channels * buses).map(|_| Synthesis::new(&model.transform)).collect(),
            buses: (0..buses).map(|_| Bus::new(sources, model.components(), hop_s)).collect(),
            solver: Solver::new(&model.atoms, model.settings.solver),
            stereo: (channels == 2).then(|| Stereo {
                enabled: true,
                estimate: SpatialEstimate::new(sources, bands, hop_s),
                filter: SpatialFilter::new(sources, bins),
            }),
            position: 0,
            frames: 0,
            magnitudes: vec![0.0; bins],
            v: [vec![0.0; bands], vec![0.0; bands]],
            shares: vec![0.0; sources * bins],
            component_share: vec![0.0; bins],
            source_model: vec![0.0; bins],
            picked_rows: Vec::with_capacity(model.atoms.count()),
            spectrum: vec![Complex32::default(); bins],
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

    /// Bands of the last frame's input: of each channel, or of both in one where
    /// one mask serves both.
    pub fn input_bands(&self) -> &[Vec<f32>] {
        let apart = self.stereo.as_ref().is_some_and(|stereo| stereo.enabled);
        &self.v[..if apart { 2 } else { 1 }]
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
                let both = left.spectrum().iter().zip(right.spectrum());
                for (out, (l, r)) in self.magnitudes.iter_mut().zip(both) {
                    *out = ((l.norm_sqr() + r.norm_sqr()) * 0.5).sqrt();
                }
                model.bands.pool(&self.magnitudes, &mut self.v[0]);
            }
            (_, analyses) => {
                for (analysis, v) in analyses.iter().zip(&mut self.v) {
                    for (out, x) in self.magnitudes.iter_mut().zip(analysis.spectrum()) {
                        *out = x.norm_sqr().sqrt();
                    }
                    model.bands.pool(&self.magnitudes, v);
                }
            }
        }
    }

    /// Bands to activations.
    fn activate(&mut self) {
        let model = &*self.model;
        match &self.stereo {
            Some(stereo) if stereo.enabled => {
                let v: [&[f32]; 2] = [&self.v[0], &self.v[1]];
                self.solver.solve(&model.atoms, &v, stereo.estimate.gains());
            }
            _ => self.solver.solve_mono(&model.atoms, &self.v[0]),
        }
    }

    /// Activations to each source's share of every bin.
    fn share(&mut self) {
        let model = &*self.model;
        let bins = model.frames.bins();
        self.shares.fill(0.0);
        for (range, models) in model.atoms.sources().iter().zip(self.shares.chunks_mut(bins)) {
            let rows = within(self.solver.active(), range);
            kernels::add_rows(model.atoms.full(), rows, self.solver.h(), models);
        }
        masks::shares(&mut self.shares, bins, model.settings.mask_exponent, model.rest);
        if let (Some(stereo), [left, right]) = (&mut self.stereo, &self.analyses[..])
            && stereo.enabled
        {
            let spectra = [left.spectrum(), right.spectrum()];
            stereo.filter.prepare(spectra, &self.shares, &stereo.estimate);
            stereo.estimate.observe(spectra, self.solver.source_models(), &model.bands);
        }
    }

    /// Shares to samples, for every bus in use.
    fn synthesise(&mut self) {
        let channels = self.channels();
        for bus in 0..self.buses.len() {
            self.buses[bus].advance();
            for channel in 0..channels {
                let heard = self.buses[bus].in_use && self.mix(bus, channel);
                let spectrum = heard.then_some(&mut self.spectrum[..]);
                self.syntheses[bus * channels + channel].advance(&self.model.transform, spectrum);
            }
        }
    }

    /// Writes what a bus plays in a channel to `self.spectrum`; says whether
    /// that is anything.
    fn mix(&mut self, bus: usize, channel: usize) -> bool {
        let bins = self.model.frames.bins();
        self.spectrum.fill(Complex32::default());
        let mut heard = false;
        for source in 0..self.model.sources() {
            let gain = self.buses[bus].gains()[source];
            if gain != 0.0 {
                heard = true;
                let shares = &self.shares[source * bins..(source + 1) * bins];
                add(
                    &self.analyses[channel],
                    self.stereo.as_ref(),
                    (source, channel),
                    shares,
                    |_| gain,
                    &mut self.spectrum,
                );
            }
        }
        let picks = self.buses[bus].picks();
        for pick in picks {
            heard = true;
            let source = self.model.source_of_component[pick.component];
            component_share(
                &self.model,
                &self.solver,
                pick.component,
                &mut self.picked_rows,
                &mut self.source_model,
                &mut self.component_share,
            );
            let shares = &self.shares[source * bins..(source + 1) * bins];
            let within_source = &self.component_share;
            add(
                &self.analyses[channel],
                self.stereo.as_ref(),
                (source, channel),
                shares,
                |bin| pick.gain * within_source[bin],
                &mut self.spectrum,
            );
        }
        heard
    }
}

/// Adds a source's image in a channel, times a gain a bin.
fn add(
    analysis: &Analysis,
    stereo: Option<&Stereo>,
    (source, channel): (usize, usize),
    shares: &[f32],
    gain: impl Fn(usize) -> f32,
    out: &mut [Complex32],
) {
    match stereo {
        Some(stereo) if stereo.enabled => {
            stereo.filter.add_image(source, channel, shares, gain, out);
        }
        _ => {
            let terms = analysis.spectrum().iter().zip(shares).enumerate();
            for (out, (bin, (x, share))) in out.iter_mut().zip(terms) {
                *out += *x * (*share * gain(bin));
            }
        }
    }
}

/// Which part of its source a component explains, bin by bin: `V_k / V_s`, so
/// that the components of a source sum to the source.
fn component_share(
    model: &Model,
    solver: &Solver,
    component: usize,
    rows: &mut Vec<u32>,
    source_model: &mut [f32],
    share: &mut [f32],
) {
    let source = model.source_of_component[component];
    let active = within(solver.active(), &model.atoms.sources()[source]);
    rows.clear();
    rows.extend(active.iter().filter(|&&a| model.atoms.component(a as usize) == component));
    source_model.fill(0.0);
    share.fill(0.0);
    kernels::add_rows(model.atoms.full(), active, solver.h(), source_model);
    kernels::add_rows(model.atoms.full(), rows, solver.h(), share);
    for (share, source_model) in share.iter_mut().zip(source_model) {
        *share = if *source_model > 0.0 { *share / *source_model } else { 0.0 };
    }
}
