//! The data that the components panel shows for a source, computed once per dictionary: each
//! spectrum's note and curve, and their order.

use std::sync::Arc;

use crate::dictionary::Dictionary;
use crate::plugin::editor::widgets::axes;
use crate::plugin::editor::widgets::pitch::note_name;
use crate::plugin::notes::PitchFinder;

/// Points of a curve.
const POINTS: usize = 60;

/// Range below a spectrum's peak that is drawn.
const RANGE_DB: f32 = 50.0;

/// A component as displayed.
#[derive(Debug)]
pub struct DisplayedComponent {
    /// Index of the dictionary's component.
    pub component: usize,
    /// MIDI number; `None` without a clear pitch.
    pub note: Option<usize>,
    /// Its number among the components of the same name.
    count: usize,
    /// Mean frequency of its power.
    pub center_hz: f32,
    /// Heights, 0 to 1, along the frequency axis.
    pub curve: Vec<f32>,
}

impl DisplayedComponent {
    fn of(dictionary: &Dictionary, component: usize, finder: &mut PitchFinder) -> Self {
        let w = dictionary.w.column(component).to_vec();
        let bin_hz = dictionary.frames.bin_hz(1);
        let (mut sum, mut weighted) = (0.0, 0.0);
        for (bin, x) in w.iter().enumerate() {
            sum += x * x;
            weighted += x * x * bin as f32;
        }
        Self {
            component,
            note: finder.note(&w, bin_hz),
            count: 1,
            center_hz: weighted / f32::max(sum, f32::MIN_POSITIVE) * bin_hz as f32,
            curve: curve(&w, bin_hz as f32),
        }
    }

    /// Its note, or that it has none, with a number if several share it.
    pub fn name(&self) -> String {
        let name =
            self.note.map_or_else(|| "no clear pitch".to_string(), |note| note_name(note as i32));
        if self.count > 1 { format!("{name} ({})", self.count) } else { name }
    }
}

/// The sounds of the displayed source.
#[derive(Default)]
pub struct ComponentList {
    of: Option<(Arc<Dictionary>, usize)>,
    sounds: Vec<DisplayedComponent>,
}

impl ComponentList {
    /// The sounds of a source: pitched ones from low to high, then unpitched ones from low to
    /// high.
    pub fn of(&mut self, dictionary: &Arc<Dictionary>, source: usize) -> &[DisplayedComponent] {
        let known =
            |(other, s): &(Arc<Dictionary>, usize)| Arc::ptr_eq(other, dictionary) && *s == source;
        if !self.of.as_ref().is_some_and(known) {
            self.of = Some((dictionary.clone(), source));
            let mut finder = PitchFinder::default();
            let components = dictionary.sources[source].components.iter();
            self.sounds =
                components.map(|c| DisplayedComponent::of(dictionary, *c, &mut finder)).collect();
            let place = |sound: &DisplayedComponent| sound.note.unwrap_or(usize::MAX);
            self.sounds
                .sort_by(|a, b| place(a).cmp(&place(b)).then(a.center_hz.total_cmp(&b.center_hz)));
            for i in 1..self.sounds.len() {
                let before = &self.sounds[i - 1];
                if before.note == self.sounds[i].note {
                    self.sounds[i].count = before.count + 1;
                }
            }
        }
        &self.sounds
    }
}

fn curve(w: &[f32], bin_hz: f32) -> Vec<f32> {
    let peak = w.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let last = w.len() - 1;
    let bin = |point: usize| {
        let position = point as f32 / POINTS as f32;
        (axes::frequency_hz(position) / bin_hz) as usize
    };
    (0..POINTS)
        .map(|point| {
            let from = bin(point).min(last);
            let to = bin(point + 1).clamp(from, last);
            let largest = w[from..=to].iter().copied().fold(0.0, f32::max);
            let db = 20.0 * (largest / peak).max(1e-6).log10();
            (1.0 + db / RANGE_DB).clamp(0.0, 1.0)
        })
        .collect()
}
