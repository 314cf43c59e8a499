//! The last seconds of what the audio thread publishes: columns of pixels, levels,
//! activations.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use egui::Color32;
use ndarray::ArrayView1;

use super::widgets::axes;
use crate::dictionary::Dictionary;
use crate::dsp::Model;
use crate::dsp::band_masks::BandMasks;
use crate::plugin::audio_thread::controls::STRIPS;
use crate::plugin::audio_thread::feed::{FeedFrame, Scene};
use crate::plugin::hub::Hub;
use crate::plugin::project::Project;

/// Number of columns kept, and of pixels in each.
pub const COLUMNS: usize = 640;
pub const ROWS: usize = 240;

/// Duration of a column.
pub const STEP_S: f32 = 0.02;

/// The level shown as black, and the range up to full brightness, in dB below full scale.
const DARKEST_DB: f32 = -80.0;
const RANGE_DB: f32 = 52.0;

/// Music has less energy at high frequencies; the pictures compensate for it.
const TILT_DB_PER_OCTAVE: f32 = 3.0;

/// Magnitude of a full-scale sine in its bin, as a fraction of the frame's length.
const WINDOW_MEAN: f32 = 0.32;

/// The pictures stop after this long without sound, so that they can be studied.
const HOLD_S: f32 = 1.5;

/// Fraction of a level that remains after a column.
const FALL: f32 = 0.93;

/// No label at all, where labels are stored by their numbers.
const NO_LABEL: u16 = u16::MAX;

/// One of the two pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Input,
    Output,
}

/// The mixer's settings as the pictures need them.
#[derive(Clone)]
pub struct MixerView {
    pub colors: [Color32; STRIPS],
    /// The colour of silence in the pictures: black or white.
    pub silence: Color32,
    /// Gain of each strip on the main output.
    pub gains: [f32; STRIPS],
    pub strengths: [f32; STRIPS],
    /// The component on the main output, if one is selected.
    pub component: Option<usize>,
}

pub struct SpectrogramHistory {
    frame: FeedFrame,
    scene: Option<(Arc<Scene>, Arc<Model>)>,
    /// For each row: its band, with a fraction, and the tilt in dB.
    rows: Vec<(f32, f32)>,
    widths: Vec<f32>,
    masks: BandMasks,
    /// The selected component's fraction of its source, per band.
    picked: Vec<f32>,
    /// Columns × rows, a ring; low frequencies last.
    pub input: Vec<Color32>,
    pub output: Vec<Color32>,
    /// The same for the label of the source that is strongest in the input and in the output;
    /// [`NO_LABEL`] where there is none.
    strongest: [Vec<u16>; 2],
    /// Names of sources, also of those that have gone since they were painted.
    labels: Vec<String>,
    /// The label of each source of the scene.
    label_of_source: Vec<u16>,
    silence: Color32,
    /// Columns so far.
    pub position: u64,
    clock: u32,
    /// Of what was taken in, in seconds: the sample rate can change.
    time_s: f64,
    silent_samples: u64,
    levels: [f32; STRIPS],
    /// Columns × components, a ring.
    activity: Vec<f32>,
    components: usize,
    /// The spectra of the components, by which they are recognised.
    spectra: Vec<u64>,
}

impl Default for SpectrogramHistory {
    fn default() -> Self {
        Self {
            frame: FeedFrame::default(),
            scene: None,
            rows: Vec::new(),
            widths: Vec::new(),
            masks: BandMasks::default(),
            picked: Vec::new(),
            input: vec![Color32::BLACK; COLUMNS * ROWS],
            output: vec![Color32::BLACK; COLUMNS * ROWS],
            strongest: [vec![NO_LABEL; COLUMNS * ROWS], vec![NO_LABEL; COLUMNS * ROWS]],
            labels: Vec::new(),
            label_of_source: Vec::new(),
            silence: Color32::BLACK,
            position: 0,
            clock: 0,
            time_s: 0.0,
            silent_samples: 0,
            levels: [0.0; STRIPS],
            activity: Vec::new(),
            components: 0,
            spectra: Vec::new(),
        }
    }
}

impl SpectrogramHistory {
    /// Takes in new frames; returns whether there were any.
    pub fn update(&mut self, hub: &Hub, mixer_view: &MixerView, project: &Project) -> bool {
        if self.silence != mixer_view.silence {
            // After a change of theme, the painted columns no longer fit.
            self.silence = mixer_view.silence;
            self.input.fill(self.silence);
            self.output.fill(self.silence);
        }
        let before = self.position;
        let mut frame = std::mem::take(&mut self.frame);
        hub.feed.read(&mut frame, |frame| self.take(hub, frame, mixer_view));
        self.frame = frame;
        self.rename(project);
        if self.position == before {
            self.levels.iter_mut().for_each(|level| *level *= FALL);
        }
        self.position != before
    }

    /// The colour of silence in the pictures.
    pub fn silence(&self) -> Color32 {
        self.silence
    }

    /// Level of a strip's output, linear.
    pub fn level(&self, strip: usize) -> f32 {
        self.levels[strip]
    }

    /// The name of what is strongest in a picture at a place, as fractions of its width from the
    /// left and of its height from the bottom; `None` where nothing sounds, and where nothing could
    /// be told apart then.
    pub fn strongest(&self, picture: Picture, across: f32, up: f32) -> Option<&str> {
        let ago = ((1.0 - across).clamp(0.0, 1.0) * COLUMNS as f32) as u64;
        let column = self.position.checked_sub(1 + ago.min(COLUMNS as u64 - 1))?;
        let row = ((1.0 - up).clamp(0.0, 1.0) * ROWS as f32) as usize;
        let place = column as usize % COLUMNS * ROWS + row.min(ROWS - 1);
        let pixels = if picture == Picture::Input { &self.input } else { &self.output };
        let label = usize::from(self.strongest[picture as usize][place]);
        self.labels.get(label).filter(|_| pixels[place] != self.silence).map(String::as_str)
    }

    /// Recent activations of a component, oldest first.
    pub fn activity(&self, component: usize) -> impl Iterator<Item = f32> + '_ {
        let known = (self.position as usize).min(COLUMNS);
        let first = self.position as usize - known;
        let there = component < self.components;
        (first..first + if there { known } else { 0 })
            .map(move |column| self.activity[column % COLUMNS * self.components + component])
    }

    fn take(&mut self, hub: &Hub, frame: &FeedFrame, mixer_view: &MixerView) {
        if self.scene.as_ref().is_none_or(|(scene, _)| scene.id != frame.scene) {
            let Some(scene) = hub.feed.scene(frame.scene) else { return };
            let Some(model) = scene.model() else { return };
            self.set_scene(scene, model);
        }
        let Some((scene, model)) = self.scene.clone() else { return };
        if frame.v.len() != self.widths.len() {
            return;
        }
        let elapsed = frame.clock.wrapping_sub(self.clock);
        self.clock = frame.clock;
        // A jump means that nothing was published for a while.
        let rate = model.frames().sample_rate_hz;
        let elapsed = u64::from(elapsed.min(rate));
        let reference = model.frames().fft_size as f32 * WINDOW_MEAN * hub.status.channels() as f32;
        let silence = reference * 10f32.powf(DARKEST_DB / 20.0);
        let sounds = frame.v.iter().zip(&self.widths).any(|(v, width)| v / width > silence);
        self.silent_samples = if sounds { 0 } else { self.silent_samples + elapsed };
        if self.silent_samples as f32 > HOLD_S * rate as f32 {
            return;
        }
        self.time_s += elapsed as f64 / f64::from(rate);
        let column = (self.time_s / f64::from(STEP_S)) as u64;
        if column < self.position {
            return;
        }
        let strength = |source: usize| {
            scene.strips.get(source).copied().flatten().map_or(0.0, |s| mixer_view.strengths[s])
        };
        self.masks.update(&model, &frame.atoms, &frame.presence, strength);
        let picked = self.pick(frame, &model, mixer_view.component);
        self.measure(frame, &scene, mixer_view, reference);
        self.position = self.position.max((column + 1).saturating_sub(COLUMNS as u64));
        self.paint(frame, &scene, mixer_view, reference, picked);
        let painted = self.position;
        self.remember(frame, &model, reference);
        self.position += 1;
        while self.position <= column {
            self.repeat(painted);
        }
    }

    fn set_scene(&mut self, scene: Arc<Scene>, model: Arc<Model>) {
        let edges = model.band_edges();
        let bands = edges.len() - 1;
        let bin_hz = model.frames().bin_hz(1) as f32;
        let center = |b: usize| (edges[b] + edges[b + 1] - 1) as f32 * 0.5 * bin_hz;
        self.widths = (0..bands).map(|b| (edges[b + 1] - edges[b]) as f32).collect();
        self.rows = (0..ROWS)
            .map(|row| {
                let hz = axes::frequency_hz((row as f32 + 0.5) / ROWS as f32);
                let above = (0..bands).position(|b| center(b) >= hz).unwrap_or(bands - 1);
                let below = above.saturating_sub(1);
                let span = (center(above) - center(below)).max(1e-3);
                let fraction = ((hz - center(below)) / span).clamp(0.0, 1.0);
                let octaves = (hz / 1000.0).log2().clamp(-4.0, 4.0);
                (below as f32 + if above > below { fraction } else { 0.0 }, octaves)
            })
            .map(|(band, octaves)| (band, octaves * TILT_DB_PER_OCTAVE))
            .collect();
        self.masks = BandMasks::new(&model);
        self.label(&scene);
        self.follow_components(scene.dictionary().as_deref(), model.components());
        self.scene = Some((scene, model));
    }

    /// Components keep their activity wherever they are in another dictionary; others have none.
    fn follow_components(&mut self, dictionary: Option<&Dictionary>, components: usize) {
        let dictionary = dictionary.filter(|it| it.w.ncols() == components);
        let spectra: Vec<u64> =
            dictionary.map(|it| it.w.columns().into_iter().map(hash).collect()).unwrap_or_default();
        if (components, &spectra) == (self.components, &self.spectra) {
            return;
        }
        let mut activity = vec![0.0; COLUMNS * components];
        for (now, spectrum) in spectra.iter().enumerate() {
            let Some(before) = self.spectra.iter().position(|it| it == spectrum) else { continue };
            let columns =
                activity.chunks_mut(components).zip(self.activity.chunks(self.components));
            columns.for_each(|(to, from)| to[now] = from[before]);
        }
        (self.activity, self.components, self.spectra) = (activity, components, spectra);
    }

    /// Gives every source of a new scene a label: a source that continues one of the scene before
    /// keeps that, under the same name.
    fn label(&mut self, scene: &Scene) {
        let mut before = std::mem::take(&mut self.label_of_source);
        for name in &scene.names {
            let same = |label: &u16| self.labels.get(usize::from(*label)) == Some(name);
            let known = before.iter().position(same).map(|index| before.remove(index));
            let label = known.unwrap_or_else(|| {
                let label = self.labels.len().min(NO_LABEL.into()) as u16;
                if label != NO_LABEL {
                    self.labels.push(name.clone());
                }
                label
            });
            self.label_of_source.push(label);
        }
    }

    /// Follows new names of the present sources.
    fn rename(&mut self, project: &Project) {
        if !self.scene.as_ref().is_some_and(|(scene, _)| scene.is_of(project)) {
            return;
        }
        for (label, name) in self.label_of_source.iter().zip(project.source_names()) {
            let known = self.labels.get_mut(usize::from(*label));
            if let Some(known) = known.filter(|known| *known != name) {
                *known = name.to_string();
            }
        }
    }

    /// Computes the selected component's fraction of its source; returns the source.
    fn pick(
        &mut self,
        frame: &FeedFrame,
        model: &Model,
        component: Option<usize>,
    ) -> Option<usize> {
        let component = component.filter(|component| *component < model.components())?;
        let bands = self.widths.len();
        self.picked.clear();
        self.picked.resize(bands, 0.0);
        let mut source = None;
        for &(atom, h) in &frame.atoms {
            let (of, owner) = model.component_of_atom(atom as usize);
            if of == component {
                source = Some(owner);
                model.add_atom(atom as usize, h, &mut self.picked);
            }
        }
        let models = self.masks.model(source?);
        self.picked.iter_mut().zip(models).for_each(|(x, whole)| *x /= whole.max(1e-20));
        source
    }

    fn measure(
        &mut self,
        frame: &FeedFrame,
        scene: &Scene,
        mixer_view: &MixerView,
        reference: f32,
    ) {
        self.levels.iter_mut().for_each(|level| *level *= FALL);
        for (s, strip) in scene.strips.iter().enumerate() {
            let Some(strip) = *strip else { continue };
            let power: f32 = self
                .masks
                .mask(s)
                .iter()
                .zip(&frame.v)
                .zip(&self.widths)
                .map(|((mask, v), width)| (mask * v).powi(2) / width)
                .sum();
            let level = power.sqrt() / reference * mixer_view.gains[strip];
            self.levels[strip] = self.levels[strip].max(level);
        }
    }

    fn paint(
        &mut self,
        frame: &FeedFrame,
        scene: &Scene,
        mixer_view: &MixerView,
        reference: f32,
        picked: Option<usize>,
    ) {
        let bands = self.widths.len();
        let silence = self.silence;
        let column = self.position as usize % COLUMNS;
        let color = |s: usize| {
            scene.strips[s]
                .map_or(egui::Rgba::from_gray(0.5), |strip| mixer_view.colors[strip].into())
        };
        let colors: Vec<egui::Rgba> = (0..scene.strips.len()).map(color).collect();
        let gains: Vec<f32> = scene
            .strips
            .iter()
            .map(|strip| strip.map_or(1.0, |s| mixer_view.gains[s].abs()))
            .collect();
        for (row, &(position, tilt_db)) in self.rows.iter().enumerate() {
            let low = position as usize;
            let high = (low + 1).min(bands - 1);
            let fraction = position - low as f32;
            let at = |b: usize| frame.v[b] / self.widths[b] / reference;
            let magnitude = at(low) * (1.0 - fraction) + at(high) * fraction;
            let nearest = if fraction < 0.5 { low } else { high };
            let mut mixed = [[0.0f32; 4]; 2];
            let gain_of = |s: usize| match picked {
                Some(source) if source == s => self.picked[nearest],
                _ => gains[s],
            };
            let mut strongest = [(0.0, NO_LABEL); 2];
            for (s, color) in colors.iter().enumerate() {
                let mask = self.masks.mask(s)[nearest];
                let amounts = [mask, mask * gain_of(s)];
                for ((mixed, strongest), amount) in
                    mixed.iter_mut().zip(&mut strongest).zip(amounts)
                {
                    if amount > strongest.0 {
                        let label = self.label_of_source.get(s).copied();
                        *strongest = (amount, label.unwrap_or(NO_LABEL));
                    }
                    // Squared, so that the strongest colour is not washed out.
                    let weight = amount * amount;
                    mixed[0] += weight * color.r();
                    mixed[1] += weight * color.g();
                    mixed[2] += weight * color.b();
                    mixed[3] += weight;
                }
            }
            let out: f32 = (0..gains.len()).map(|s| self.masks.mask(s)[nearest] * gain_of(s)).sum();
            let place = column * ROWS + (ROWS - 1 - row);
            self.input[place] = pixel(mixed[0], magnitude, tilt_db, silence);
            self.output[place] = pixel(mixed[1], magnitude * out, tilt_db, silence);
            for (labels, (_, label)) in self.strongest.iter_mut().zip(strongest) {
                labels[place] = label;
            }
        }
    }

    fn remember(&mut self, frame: &FeedFrame, model: &Model, reference: f32) {
        let column = self.position as usize % COLUMNS;
        let row = &mut self.activity[column * self.components..][..self.components];
        row.fill(0.0);
        for &(atom, h) in &frame.atoms {
            row[model.component_of_atom(atom as usize).0] += h / reference;
        }
    }

    /// Repeats the last column when time has passed without a frame.
    fn repeat(&mut self, painted: u64) {
        let (from, to) = (painted as usize % COLUMNS, self.position as usize % COLUMNS);
        self.input.copy_within(from * ROWS..(from + 1) * ROWS, to * ROWS);
        self.output.copy_within(from * ROWS..(from + 1) * ROWS, to * ROWS);
        for labels in &mut self.strongest {
            labels.copy_within(from * ROWS..(from + 1) * ROWS, to * ROWS);
        }
        let n = self.components;
        self.activity.copy_within(from * n..(from + 1) * n, to * n);
        self.position += 1;
    }
}

/// Tells spectra apart.
fn hash(spectrum: ArrayView1<f32>) -> u64 {
    let mut hasher = DefaultHasher::new();
    spectrum.iter().for_each(|x| x.to_bits().hash(&mut hasher));
    hasher.finish()
}

/// The mixed colour, stronger the louder, over the colour of silence.
fn pixel(mixed: [f32; 4], magnitude: f32, tilt_db: f32, silence: Color32) -> Color32 {
    let db = 20.0 * magnitude.max(1e-9).log10() + tilt_db;
    let light = ((db - DARKEST_DB) / RANGE_DB).clamp(0.0, 1.0);
    if mixed[3] <= 0.0 {
        return silence;
    }
    // Perceived as equally strong in both themes: linear light is close to the square of
    // perceived brightness.
    let (ground, strength) = if silence == Color32::BLACK {
        (0.0, light * light)
    } else {
        ((1.0 - light).powi(2), 1.0 - (1.0 - light).powi(2))
    };
    let scale = strength / mixed[3];
    let [r, g, b] = [mixed[0], mixed[1], mixed[2]].map(|x| x * scale + ground);
    egui::Rgba::from_rgb(r, g, b).into()
}
