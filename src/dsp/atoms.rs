//! Atoms: the components of a dictionary and their transposed copies, laid out
//! for the inner loops.
//!
//! A factorisation knows a timbre only at the pitches in its clips. Copies of every
//! component at ±1 … ±n semitones let it explain the others.

use super::bands::Bands;
use super::kernels::{CodedRows, LANES};
use super::mask_bins::MaskBins;
use crate::dictionary::Dictionary;

/// Added to every transposed copy before it is renormalised, so that an atom whose partials
/// were moved past Nyquist has no bin of zero.
const COPY_FLOOR: f32 = 1e-6;

/// All atoms of a dictionary, ordered by source.
#[derive(Clone, Debug)]
pub struct Atoms {
    bands: usize,
    /// Rows of mask bins, one per atom: the mean of the bins of each, which sum to 1.
    fine: CodedRows,
    /// Rows of bands: the same bins pooled.
    pooled: CodedRows,
    /// Sum of each row of `pooled`.
    sums: Vec<f32>,
    /// Index into the dictionary's components, one per atom.
    component: Vec<u32>,
    /// Transposition of each atom in semitones.
    semitones: Vec<i32>,
    /// Half-open range of each source's atoms, and how much more they cost.
    sources: Vec<std::ops::Range<usize>>,
    penalties: Vec<f32>,
    /// Rarity of each component.
    rarity: Vec<f32>,
}

impl Atoms {
    /// Makes the copies of every component. Calls `go_on` before each one; returns `None` if
    /// it returns false.
    pub fn new(
        dictionary: &Dictionary,
        bands: &Bands,
        mask_bins: &MaskBins,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Self> {
        let copies = 2 * dictionary.transpose as usize + 1;
        let components = dictionary.sources.iter().map(|source| source.components.len());
        let count = copies * components.sum::<usize>();
        let mut atoms = Self {
            bands: bands.count(),
            fine: CodedRows::new(count, mask_bins.count()),
            pooled: CodedRows::new(count, bands.count()),
            sums: Vec::new(),
            component: Vec::new(),
            semitones: Vec::new(),
            sources: Vec::new(),
            penalties: dictionary.sources.iter().map(|source| source.penalty).collect(),
            rarity: dictionary.rarity.clone(),
        };
        let range = dictionary.transpose as i32;
        let moves: Vec<Transposition> = (0..=range)
            .flat_map(|k| [k, -k])
            .skip(1)
            .map(|semitones| Transposition::new(semitones, dictionary.w.nrows()))
            .collect();
        let mut row = vec![0.0; dictionary.w.nrows()];
        let mut coarse = CoarseRows {
            bands,
            mask_bins,
            means: vec![0.0; mask_bins.count()],
            pooled: vec![0.0; bands.count()],
        };
        for source in &dictionary.sources {
            let start = atoms.component.len();
            for &component in &source.components {
                if !go_on() {
                    return None;
                }
                let mut column = dictionary.w.column(component).to_vec();
                // Past the last bin.
                column.extend([0.0; 2]);
                for step in &moves {
                    step.apply(&column, &mut row);
                    atoms.push(&row, component, step.semitones, &mut coarse);
                }
            }
            atoms.sources.push(start..atoms.component.len());
        }
        Some(atoms)
    }

    fn push(&mut self, row: &[f32], component: usize, semitones: i32, coarse: &mut CoarseRows) {
        // A spectrum entirely above the Nyquist frequency of a lower sample rate stays
        // zero.
        let to_one = 1.0 / sum(row).max(f32::MIN_POSITIVE);
        let CoarseRows { bands, mask_bins, means, pooled } = coarse;
        bands.pool(row, pooled);
        pooled.iter_mut().for_each(|band| *band *= to_one);
        self.sums.push(pooled.iter().sum());
        let atom = self.count();
        mask_bins.average(row, means);
        self.fine.set(atom, means, to_one);
        self.pooled.set(atom, pooled, 1.0);
        self.component.push(component as u32);
        self.semitones.push(semitones);
    }

    /// Number of atoms.
    pub fn count(&self) -> usize {
        self.component.len()
    }

    pub fn bands(&self) -> usize {
        self.bands
    }

    /// Atoms × mask bins, row by row.
    pub fn fine(&self) -> &CodedRows {
        &self.fine
    }

    /// Atoms × bands, row by row.
    pub fn pooled(&self) -> &CodedRows {
        &self.pooled
    }

    /// Adds `h` times an atom's bands to `bands`. For pictures; not optimised for speed.
    pub fn add_pooled(&self, atom: usize, h: f32, bands: &mut [f32]) {
        bands.iter_mut().zip(self.pooled.values(atom)).for_each(|(band, x)| *band += h * x);
    }

    /// Sum of an atom's bands.
    pub fn sum(&self, atom: usize) -> f32 {
        self.sums[atom]
    }

    /// The component that an atom is, or is a copy of.
    pub fn component(&self, atom: usize) -> usize {
        self.component[atom] as usize
    }

    /// Transposition of the atom in semitones; 0 for a component itself.
    pub fn semitones(&self, atom: usize) -> i32 {
        self.semitones[atom]
    }

    /// How much more the atoms of a source cost than others.
    pub fn penalty(&self, source: usize) -> f32 {
        self.penalties[source]
    }

    /// How rare the atom's component is in the clips of its source (see
    /// [`Dictionary::rarity`]).
    pub fn rarity(&self, atom: usize) -> f32 {
        self.rarity[self.component(atom)]
    }

    /// The range of each source's atoms.
    pub fn sources(&self) -> &[std::ops::Range<usize>] {
        &self.sources
    }
}

/// A row at the two resolutions in which it is kept.
struct CoarseRows<'a> {
    bands: &'a Bands,
    mask_bins: &'a MaskBins,
    means: Vec<f32>,
    pooled: Vec<f32>,
}

/// Sums in lanes, which a processor adds in parallel.
fn sum(row: &[f32]) -> f32 {
    let (lanes, left) = row.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for lane in lanes {
        sums.iter_mut().zip(lane).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().chain(left).sum()
}

/// `U(f) = W(f · 2^(-semitones/12))`, linear between bins, zero past the last.
struct Transposition {
    semitones: i32,
    /// For each bin: the lower bin that it is interpolated from, and the offset above that.
    from: Vec<(u32, f32)>,
}

impl Transposition {
    fn new(semitones: i32, bins: usize) -> Self {
        let step = 2f64.powf(-f64::from(semitones) / 12.0);
        let from = |bin| {
            let from = bin as f64 * step;
            let low = from as usize;
            (low.min(bins) as u32, (from - low as f64) as f32)
        };
        Self { semitones, from: (0..bins).map(from).collect() }
    }

    /// Transposes `spectrum`, which must be followed by two zeros.
    fn apply(&self, spectrum: &[f32], out: &mut [f32]) {
        if self.semitones == 0 {
            out.copy_from_slice(&spectrum[..out.len()]);
            return;
        }
        for (out, &(low, fraction)) in out.iter_mut().zip(&self.from) {
            let Some(&[low, high]) = spectrum[low as usize..].first_chunk() else { continue };
            *out = low + fraction * (high - low) + COPY_FLOOR;
        }
    }
}
