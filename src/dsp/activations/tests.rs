//! Planted activations, and the descent of the divergence.

use super::*;
use crate::dictionary::{Dictionary, Provenance, Source};
use crate::divergence::Divergence;
use crate::dsp::bands::Bands;
use crate::dsp::mask_bins::MaskBins;
use crate::frames::{FrameSettings, Mode};
use ndarray::Array2;

/// Spectra of three partials, each above a floor within the range of the codes. The
/// partials of the two sources are a fourth apart.
fn atoms(transpose: u32) -> (Atoms, Bands) {
    let frames = FrameSettings::new(Mode::Live, 44_100);
    let mut w = Array2::from_elem((frames.bins(), 4), 1e-4f32);
    for (k, fundamental) in [20.0, 26.7, 31.0, 47.0].into_iter().enumerate() {
        for partial in 1..4 {
            let centre = fundamental * partial as f32;
            for (bin, w) in w.column_mut(k).iter_mut().enumerate() {
                *w += (-0.5 * ((bin as f32 - centre) / 1.5).powi(2)).exp() / partial as f32;
            }
        }
    }
    let dictionary = Dictionary {
        rarity: vec![0.0; w.ncols()],
        w,
        sources: vec![Source::new("a", 0, vec![0, 1]), Source::new("b", 1, vec![2, 3])],
        frames,
        transpose,
        divergence: Divergence::KullbackLeibler,
        provenance: Provenance { method: "nmf".to_string(), seed: 0 },
    };
    let bands = Bands::new(&frames);
    (Atoms::new(&dictionary, &bands, &MaskBins::new(&bands), &mut || true).unwrap(), bands)
}

fn settings(beta: f32, active_updates: usize) -> SolverSettings {
    SolverSettings {
        beta,
        warmth: 0.0,
        scan_updates: 0,
        scan_stride: 1,
        rounds: one_round(usize::MAX, active_updates),
        relaxation: 1.0,
        copy_penalty: 0.0,
        rarity_penalty: 0.0,
    }
}

fn one_round(atoms: usize, updates: usize) -> [Round; 2] {
    [Round { atoms, updates }, Round::NONE]
}

fn planted(atoms: &Atoms, h: &[(usize, f32)]) -> Vec<Lanes> {
    let list: Vec<u32> = h.iter().map(|(atom, _)| *atom as u32).collect();
    let weights: Vec<f32> = h.iter().map(|(_, weight)| *weight).collect();
    let mut v = vec![[0.0; LANES]; kernels::groups(atoms.bands())];
    kernels::add_coded_rows(atoms.pooled(), &list, &weights, &mut v);
    kernels::scale(&mut v, kernels::LIFT);
    v
}

fn solve_mono(solver: &mut Solver, atoms: &Atoms, v: &[Lanes]) {
    solver.solve(atoms, &[v], &[[1.0; 2]]);
}

#[test]
fn planted_activations_are_found() {
    let (atoms, _) = atoms(0);
    let v = planted(&atoms, &[(0, 2.0), (3, 0.5)]);
    for beta in [0.0, 0.5, 1.0, 2.0] {
        let mut solver = Solver::new(&atoms, settings(beta, 400));
        solve_mono(&mut solver, &atoms, &v);
        for (found, truth) in solver.h().iter().zip([2.0, 0.0, 0.0, 0.5]) {
            assert!((found - truth).abs() < 0.02, "β = {beta}: {:?}", solver.h());
        }
    }
}

/// Févotte & Idier 2011: each update lowers the divergence.
#[test]
fn the_divergence_never_rises() {
    let (atoms, _) = atoms(6);
    let mut v = vec![[0.0; LANES]; kernels::groups(atoms.bands())];
    for (b, v) in v.as_flattened_mut()[..atoms.bands()].iter_mut().enumerate() {
        *v = ((b * 37 % 101) as f32) + 0.5;
    }
    for beta in [0.0f64, 0.5, 1.0, 1.5, 2.0] {
        let divergence = |updates: usize| {
            let mut solver = Solver::new(&atoms, settings(beta as f32, updates));
            solve_mono(&mut solver, &atoms, &v);
            let h: Vec<_> = solver.h().iter().copied().enumerate().collect();
            let model = planted(&atoms, &h);
            let pairs = v.as_flattened().iter().zip(model.as_flattened()).take(atoms.bands());
            pairs.map(|(v, x)| beta_divergence(*v, *x, beta)).sum::<f64>()
        };
        let values: Vec<f64> = (1..30).map(divergence).collect();
        for pair in values.windows(2) {
            assert!(pair[1] <= pair[0] * (1.0 + 1e-5), "β = {beta}: {values:?}");
        }
        assert!(values[28] < 0.98 * values[0], "β = {beta}: {values:?}");
    }
}

fn beta_divergence(v: f32, x: f32, beta: f64) -> f64 {
    let (v, x) = (f64::from(v), f64::from(x));
    if beta == 0.0 {
        return v / x - (v / x).ln() - 1.0;
    }
    if beta == 1.0 {
        return v * (v / x).ln() - v + x;
    }
    (v.powf(beta) + (beta - 1.0) * x.powf(beta) - beta * v * x.powf(beta - 1.0))
        / (beta * (beta - 1.0))
}

/// A note that is in no clip is explained by the source with the same timbre.
#[test]
fn a_transposed_note_belongs_to_its_source() {
    let (atoms, _) = atoms(12);
    let copies = 25;
    // Component 0 of the first source, three semitones up.
    let up = (0..copies).find(|&a| atoms.semitones(a) == 3).unwrap();
    let v = planted(&atoms, &[(up, 1.0)]);
    let mut solver = Solver::new(
        &atoms,
        SolverSettings {
            rounds: one_round(20, 60),
            scan_updates: 2,
            copy_penalty: 0.15,
            ..settings(1.0, 0)
        },
    );
    solve_mono(&mut solver, &atoms, &v);
    let sum = |range: &std::ops::Range<usize>| solver.h()[range.clone()].iter().sum::<f32>();
    let [first, second] = [0, 1].map(|s| sum(&atoms.sources()[s]));
    assert!(first > 5.0 * second, "{first} against {second}");
    assert!(solver.active().len() <= 20);
}

/// Two sources, one louder on the left and one on the right: the same activations explain
/// both channels.
#[test]
fn activations_of_two_channels_are_found_at_their_gains() {
    let (atoms, _) = atoms(0);
    let gains = [[0.2, 1.0], [1.0, 0.3]];
    let channel = |c: usize| planted(&atoms, &[(0, 2.0 * gains[0][c]), (2, 0.7 * gains[1][c])]);
    let (left, right) = (channel(0), channel(1));
    let mut solver = Solver::new(&atoms, settings(1.0, 400));
    solver.solve(&atoms, &[&left, &right], &gains);
    for (found, truth) in solver.h().iter().zip([2.0, 0.0, 0.7, 0.0]) {
        assert!((found - truth).abs() < 0.02, "{:?}", solver.h());
    }
}

/// Two components with the same spectrum differ by their costs alone: each update multiplies
/// the rarer one's activation by the ratio of the costs, to the power of the relaxation.
#[test]
fn a_rare_component_gives_way_to_a_common_one() {
    let frames = FrameSettings::new(Mode::Live, 44_100);
    let dictionary = Dictionary {
        w: Array2::from_elem((frames.bins(), 2), 1.0 / frames.bins() as f32),
        rarity: vec![0.0, 3.0],
        sources: vec![Source::new("a", 0, vec![0]), Source::new("b", 1, vec![1])],
        frames,
        transpose: 0,
        divergence: Divergence::KullbackLeibler,
        provenance: Provenance { method: "nmf".to_string(), seed: 0 },
    };
    let bands = Bands::new(&frames);
    let mask_bins = MaskBins::new(&bands);
    let atoms = Atoms::new(&dictionary, &bands, &mask_bins, &mut || true).unwrap();
    let v = planted(&atoms, &[(0, 1.0)]);
    let relaxation = 1.9;
    let settings = SolverSettings { rarity_penalty: 0.02, relaxation, ..settings(1.0, 20) };
    let mut solver = Solver::new(&atoms, settings);
    solve_mono(&mut solver, &atoms, &v);
    // The last update is not relaxed.
    let expected = (1.0 + 0.02 * 3.0f32).powf(-(19.0 * relaxation + 1.0));
    let found = solver.h()[1] / solver.h()[0];
    assert!((found / expected - 1.0).abs() < 1e-3, "{found}, not {expected}");
}

/// An atom of zeros, as from a spectrum above the Nyquist frequency of a lower sample rate, explains
/// nothing, wherever it stands in a pair of rows.
#[test]
fn an_atom_of_zeros_is_not_active() {
    let frames = FrameSettings::new(Mode::Live, 44_100);
    let (bins, components) = (frames.bins(), 4);
    for (beta, silent) in [0.0, 1.0, 2.0].into_iter().flat_map(|beta| [(beta, 0), (beta, 1)]) {
        let dictionary = Dictionary {
            w: Array2::from_shape_fn((bins, components), |(bin, component)| {
                if component == silent {
                    0.0
                } else {
                    (1.0 + ((bin + component) % 3) as f32) / bins as f32
                }
            }),
            rarity: vec![0.0; components],
            sources: vec![Source::new("a", 0, (0..components).collect())],
            frames,
            transpose: 0,
            divergence: Divergence::KullbackLeibler,
            provenance: Provenance { method: "nmf".to_string(), seed: 0 },
        };
        let bands = Bands::new(&frames);
        let mask_bins = MaskBins::new(&bands);
        let atoms = Atoms::new(&dictionary, &bands, &mask_bins, &mut || true).unwrap();
        let v = planted(&atoms, &[(2, 1.0), (3, 0.5)]);
        let mut solver = Solver::new(&atoms, settings(beta, 20));
        solve_mono(&mut solver, &atoms, &v);
        assert!(solver.h()[silent] < 1e-6, "β {beta}, atom {silent}: {:?}", solver.h());
        assert!(!solver.active().contains(&(silent as u32)), "β {beta}, atom {silent}");
    }
}
