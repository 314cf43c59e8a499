//! The learners compared with scikit-learn, mcrnmf, SciPy, librosa and plain NumPy
//! (`fixtures/make_learn.py`), with planted solutions, and with their own guarantees.

use std::fs::File;

use ndarray::{Array1, Array2, ArrayView2, Axis, Dimension, Ix1, Ix2, concatenate, s};
use ndarray_npy::{NpzReader, ReadableElement};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unbraid::divergence::Divergence;
use unbraid::frames::window;
use unbraid::learn::{
    Cancelled, Descent, FactorizeError, FactorizeOptions, Factors, Method, NmfOptions, Score,
    Start, factorize, nmf, nnls, semi_supervised,
};
use unbraid::stft;

const DIVERGENCES: [Divergence; 5] = [
    Divergence::Euclidean,
    Divergence::KullbackLeibler,
    Divergence::ItakuraSaito,
    Divergence::Beta(0.5),
    Divergence::Beta(1.5),
];

fn fixture<A: ReadableElement, D: Dimension>(name: &str) -> ndarray::Array<A, D> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/learn.npz");
    NpzReader::new(File::open(path).unwrap()).unwrap().by_name(name).unwrap()
}

fn matrix(name: &str) -> Array2<f32> {
    fixture::<f32, Ix2>(name)
}

/// Runs a learner to completion.
fn run<T>(learner: impl FnOnce(unbraid::learn::Progress) -> Result<T, FactorizeError>) -> T {
    learner(&mut |_| true).unwrap()
}

fn noise(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((rows, columns), || 0.01 + random.random::<f32>())
}

fn pick(v: ArrayView2<f32>, components: usize, method: Method, score: Score) -> Factors {
    let options = FactorizeOptions { score, ..Default::default() };
    run(|progress| factorize(v, components, method, &options, progress))
}

/// Options that run all iterations.
fn exhaustive() -> NmfOptions {
    NmfOptions { tolerance: 0.0, ..Default::default() }
}

fn relative(actual: f64, expected: f64) -> f64 {
    (actual / expected - 1.0).abs()
}

#[test]
fn nmf_reaches_the_objective_of_scikit_learn() {
    let (v, w, h) = (matrix("band"), matrix("w0"), matrix("h0"));
    let components = w.ncols();
    let expected = fixture::<f64, Ix2>("objectives");
    for row in expected.rows() {
        let divergence = Divergence::from_beta(row[0] as f32).unwrap();
        let options =
            NmfOptions { divergence, descent: Descent::Plain, iterations: 30, ..exhaustive() };
        let start = Start::Given { w: w.view(), h: Some(h.view()) };
        let both = run(|progress| nmf(v.view(), components, start, &options, progress));
        assert_eq!(both.objective.len(), 31);
        assert!(relative(both.objective[0], row[1]) < 1e-5, "{divergence}: {:?}", both.objective);
        assert!(relative(both.objective[30], row[2]) < 1e-5, "{divergence}: {:?}", both.objective);
        for column in both.w.columns() {
            assert!((column.sum() - 1.0).abs() < 1e-5);
        }

        let flat = (v.mean().unwrap() / components as f32).sqrt();
        let h = Array2::from_elem(h.dim(), flat);
        let start = Start::Given { w: w.view(), h: Some(h.view()) };
        let options = NmfOptions { fixed: components, ..options };
        let only_h = run(|progress| nmf(v.view(), components, start, &options, progress));
        assert!(relative(only_h.objective[30], row[3]) < 1e-5, "{divergence}: {only_h:?}");
        assert_eq!(only_h.w, w);
    }
}

#[test]
fn column_pickers_pick_the_columns_of_independent_code() {
    for name in ["band", "seed7"] {
        let v = matrix(name);
        for (method, score, expected) in [
            (Method::Snpa, Score::Linear, "snpa"),
            (Method::Spa, Score::Linear, "spa"),
            (Method::Xray, Score::Linear, "xray"),
            (Method::Greedy, Score::Linear, "greedy"),
            (Method::Greedy, Score::Squared, "greedy_squared"),
            (Method::Greedy2, Score::Linear, "greedy2"),
        ] {
            let columns: Array1<i64> = fixture::<i64, Ix1>(&format!("{name}_{expected}"));
            let columns: Vec<usize> = columns.iter().map(|&t| t as usize).collect();
            let factors = pick(v.view(), columns.len(), method, score);
            assert_eq!(factors.columns.as_ref(), Some(&columns), "{expected} on {name}");
            assert_eq!(factors.w, v.select(Axis(1), &columns));
        }
    }
}

#[test]
fn nnls_equals_scipy() {
    let v = matrix("band");
    let columns = fixture::<i64, Ix1>("band_snpa");
    let w = v.select(Axis(1), &columns.slice(s![..12]).mapv(|t| t as usize).to_vec());
    let h = run(|progress| nnls(v.view(), w.view(), progress));
    let expected = matrix("nnls");
    let largest = expected.iter().copied().fold(0.0, f32::max);
    let error = (&h - &expected).mapv(f32::abs).iter().copied().fold(0.0, f32::max);
    assert!(error < 1e-5 * largest, "{error} of {largest}");
}

#[test]
fn centred_frames_equal_those_of_librosa() {
    let samples = fixture::<f32, Ix1>("samples").to_vec();
    let window = window::hann(64);
    let spectra = stft::stft_centred(&samples, &window, 16);
    let (re, im) = (matrix("spectra_re"), matrix("spectra_im"));
    assert_eq!(spectra.dim(), re.dim());
    let largest = re.iter().chain(&im).fold(0.0_f32, |most, x| most.max(x.abs()));
    for ((x, re), im) in spectra.iter().zip(&re).zip(&im) {
        assert!((x.re - re).abs().max((x.im - im).abs()) < 1e-6 * largest);
    }

    let mut masked = spectra.clone();
    for (bin, mut row) in masked.rows_mut().into_iter().enumerate() {
        if bin % 3 != 0 {
            row.fill(Default::default());
        }
    }
    let back = stft::istft_centred(spectra.view(), &window, 16, samples.len());
    let part = stft::istft_centred(masked.view(), &window, 16, samples.len());
    let expected = fixture::<f32, Ix1>("resynthesis");
    for (((x, back), part), expected) in samples.iter().zip(&back).zip(&part).zip(&expected) {
        assert!((x - back).abs() < 1e-6);
        assert!((part - expected).abs() < 1e-6);
    }
    assert_eq!((back.len(), part.len()), (1003, 1003));
}

#[test]
fn the_divergence_never_rises() {
    let v = matrix("seed7");
    for divergence in DIVERGENCES {
        let rounding = 1e-7 * f64::from(v.mapv(|x| x.powf(divergence.beta())).sum());
        let mut last = [0.0; 4];
        for ((start, descent), last) in [
            (Start::Random, Descent::Plain),
            (Start::Snpa, Descent::Plain),
            (Start::Random, Descent::Fast),
            (Start::Snpa, Descent::Fast),
        ]
        .into_iter()
        .zip(&mut last)
        {
            let options =
                NmfOptions { divergence, descent, iterations: 200, seed: 3, ..exhaustive() };
            let factors = run(|progress| nmf(v.view(), 5, start, &options, progress));
            for (i, pair) in factors.objective.windows(2).enumerate() {
                // The objective is summed from single-precision terms.
                assert!(
                    pair[1] <= pair[0] * (1.0 + 1e-6) + rounding,
                    "{divergence} at {i}: {pair:?}"
                );
            }
            *last = *factors.objective.last().unwrap();
            let value = divergence.value(v.view(), factors.w.view(), factors.h.view());
            assert!(relative(value, *last) < 1e-5, "{divergence}: {value}, reported {last}");
        }
        assert!(last.iter().all(|x| relative(*x, last[0]) < 0.1), "{divergence}: {last:?}");
    }
}

#[test]
fn fast_descent_needs_less_iterations() {
    for v in [matrix("band"), matrix("seed7")] {
        for divergence in DIVERGENCES {
            let after = |descent, iterations| {
                let options = NmfOptions { divergence, descent, iterations, ..exhaustive() };
                let factors = run(|p| nmf(v.view(), 6, Start::Snpa, &options, p));
                *factors.objective.last().unwrap()
            };
            let (plain, fast) = (after(Descent::Plain, 100), after(Descent::Fast, 65));
            assert!(fast <= plain, "{divergence}: {fast}, {plain} without");
        }
    }
}

/// W with a few peaks per column, no two columns alike; H in which every component sounds
/// alone now and then.
fn planted(bins: usize, components: usize, frames: usize) -> (Array2<f32>, Array2<f32>) {
    let mut w = noise(bins, components, 1);
    for (k, mut column) in w.columns_mut().into_iter().enumerate() {
        for (bin, x) in column.iter_mut().enumerate() {
            *x *= if bin % components == k { 1.0 } else { 0.02 };
        }
        let sum = column.sum();
        column /= sum;
    }
    let mut h = noise(components, frames, 2);
    for (t, mut column) in h.columns_mut().into_iter().enumerate() {
        let lone = t % (3 * components);
        column.iter_mut().enumerate().for_each(|(k, x)| {
            if lone < components && k != lone {
                *x = 0.0;
            }
        });
    }
    (w, h)
}

/// Cosine between two spectra.
fn likeness(a: ndarray::ArrayView1<f32>, b: ndarray::ArrayView1<f32>) -> f32 {
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}

#[test]
fn planted_factors_are_recovered() {
    let components = 5;
    let (w, h) = planted(60, components, 150);
    let v = w.dot(&h);
    for divergence in DIVERGENCES {
        let options =
            NmfOptions { divergence, iterations: 1500, tolerance: 0.0, ..Default::default() };
        let factors = run(|progress| nmf(v.view(), components, Start::Random, &options, progress));
        for column in w.columns() {
            let best = factors.w.columns().into_iter().map(|found| likeness(column, found));
            let best = best.fold(0.0, f32::max);
            assert!(best > 0.999, "{divergence}: {best}");
        }
    }
    for method in [Method::Snpa, Method::Spa, Method::Xray] {
        let factors = pick(v.view(), components, method, Score::Linear);
        for column in w.columns() {
            let best = factors.w.columns().into_iter().map(|found| likeness(column, found));
            let best = best.fold(0.0, f32::max);
            assert!(best > 0.9999, "{method}: {best}");
        }
        let error = (&v - &factors.w.dot(&factors.h)).mapv(|x| x * x).sum().sqrt();
        assert!(error < 1e-4 * v.mapv(|x| x * x).sum().sqrt(), "{method}: {error}");
    }
}

#[test]
fn what_is_left_is_learned_beside_known_spectra() {
    let (w, h) = planted(60, 5, 150);
    let v = w.dot(&h);
    let known = w.slice(s![.., ..3]);
    for divergence in DIVERGENCES {
        let options =
            NmfOptions { divergence, iterations: 1500, tolerance: 0.0, ..Default::default() };
        let factors = run(|progress| semi_supervised(v.view(), known, 2, &options, progress));
        assert_eq!(factors.w.slice(s![.., ..3]), known, "{divergence}");
        for column in w.slice(s![.., 3..]).columns() {
            let found = factors.w.slice(s![.., 3..]);
            let best = found.columns().into_iter().map(|found| likeness(column, found));
            let best = best.fold(0.0, f32::max);
            assert!(best > 0.999, "{divergence}: {best}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let v = concatenate![Axis(1), matrix("band"), matrix("seed7")];
    // Several blocks in both directions.
    let v = concatenate![Axis(0), v, v.slice(s![..;-1, ..]), v.slice(s![.., ..;-1])];
    let all = || -> Vec<Factors> {
        let mut results = Vec::new();
        for divergence in DIVERGENCES {
            for start in [Start::Random, Start::Snpa] {
                let nmf = NmfOptions { divergence, iterations: 5, seed: 9, ..Default::default() };
                let options = FactorizeOptions { nmf, start, ..Default::default() };
                results.push(run(|p| factorize(v.view(), 9, Method::Nmf, &options, p)));
            }
        }
        for method in Method::ALL {
            results.push(pick(v.view(), 9, method, Score::Squared));
        }
        results
    };
    let on = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(all)
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
    let other = NmfOptions { seed: 10, iterations: 5, ..Default::default() };
    let other = run(|p| nmf(v.view(), 9, Start::Random, &other, p));
    assert_ne!(other.w, one[2].w, "the seed has no effect");
}

#[test]
fn learning_stops_on_request_and_on_its_tolerance() {
    let v = matrix("band");
    for method in Method::ALL {
        let options = FactorizeOptions { start: Start::Snpa, ..Default::default() };
        let stopping_at = |count| {
            let mut fractions = Vec::new();
            let result = factorize(v.view(), 4, method, &options, &mut |fraction| {
                fractions.push(fraction);
                fractions.len() != count
            });
            (result, fractions)
        };
        let (done, fractions) = stopping_at(0);
        assert!(done.is_ok() && fractions.len() > 4, "{method}: {fractions:?}");
        assert!(fractions[0] == 0.0 && fractions.is_sorted(), "{method}: {fractions:?}");
        assert!(fractions.iter().all(|fraction| *fraction <= 1.0), "{method}: {fractions:?}");
        for count in 1..=fractions.len() {
            let (result, fractions) = stopping_at(count);
            assert_eq!(result, Err(FactorizeError::Cancelled(Cancelled)), "{method} at {count}");
            assert_eq!(fractions.len(), count, "{method} went on");
        }
    }
    let options = NmfOptions { iterations: 10_000, tolerance: 1e-3, ..Default::default() };
    let stopped = run(|progress| nmf(v.view(), 4, Start::Random, &options, progress)).objective;
    assert!(stopped.len() < 500, "{} iterations", stopped.len());
    let decreases = stopped.windows(2).map(|pair| 1.0 - pair[1] / pair[0]);
    assert!(decreases.rev().skip(2).all(|decrease| decrease >= 1e-3));
}

/// Least squares gives many zeros, which multiplicative updates could not leave.
#[test]
fn every_component_can_wake_where_no_activations_are_given() {
    let v = matrix("band");
    let w = v.slice(s![.., ..6]);
    let start = Start::Given { w, h: None };
    let options = NmfOptions { iterations: 1, fixed: 6, ..Default::default() };
    let h = run(|progress| nmf(v.view(), 6, start, &options, progress)).h;
    assert!(h.iter().all(|h| *h > 0.0));
}

#[test]
fn components_are_sorted_by_the_peaks_of_their_spectra() {
    let v = matrix("band");
    let options = FactorizeOptions::default();
    let mut factors = run(|p| factorize(v.view(), 6, Method::Snpa, &options, p));
    let before = factors.w.dot(&factors.h);
    factors.sort_by_peak();
    let peaks: Vec<usize> = factors
        .w
        .columns()
        .into_iter()
        .map(|column| (0..column.len()).fold(0, |m, i| if column[i] > column[m] { i } else { m }))
        .collect();
    assert!(peaks.is_sorted(), "{peaks:?}");
    assert_eq!(v.select(Axis(1), factors.columns.as_ref().unwrap()), factors.w);
    let change = (&factors.w.dot(&factors.h) - &before).mapv(f32::abs);
    assert!(change.iter().all(|x| *x < 1e-4));
}

#[test]
fn bad_input_is_an_error_that_names_the_remedy() {
    let v = matrix("band");
    let with = |value: f32| {
        let mut v = v.clone();
        v[[3, 5]] = value;
        v
    };
    let cases = [
        (v.clone(), 81, "81 components were asked for, but there are only 80 frames"),
        (v.clone(), 0, "ask for at least 1"),
        (Array2::zeros((64, 0)), 1, "no frames"),
        (Array2::zeros((64, 10)), 1, "silent"),
        (with(f32::NAN), 2, "NaN at row 3, column 5"),
        (with(f32::INFINITY), 2, "inf at row 3, column 5"),
        (with(-0.5), 2, "-0.5 at row 3, column 5"),
    ];
    for (v, components, message) in cases {
        for method in Method::ALL {
            let options = FactorizeOptions::default();
            let error = factorize(v.view(), components, method, &options, &mut |_| true);
            let error = error.unwrap_err().to_string();
            assert!(error.contains(message), "{method}: {error}");
        }
    }
    let start = Start::Given { w: v.view(), h: None };
    let error = nmf(v.view(), 4, start, &NmfOptions::default(), &mut |_| true).unwrap_err();
    assert!(error.to_string().contains("w is 64 × 80, expected 64 × 4"), "{error}");
}

#[test]
fn known_spectra_may_outnumber_the_frames() {
    let (w, h) = planted(60, 5, 3);
    let v = w.dot(&h);
    let options = NmfOptions { iterations: 2000, tolerance: 0.0, ..Default::default() };
    let factors = run(|progress| semi_supervised(v.view(), w.view(), 0, &options, progress));
    assert_eq!(factors.w, w);
    assert!((&factors.h - &h).iter().all(|x| x.abs() < 1e-3), "{} {h}", factors.h);
}

/// As in real clips: frames of digital silence, bins that are always 0, levels near the
/// limits of `f32`.
#[test]
fn silent_frames_and_any_level_are_learned_from() {
    let mut v = matrix("band");
    v.slice_mut(s![.., 10..20]).fill(0.0);
    v.slice_mut(s![50.., ..]).fill(0.0);
    for level in [1e-12, 1.0, 1e12] {
        let v = &v * level;
        for divergence in DIVERGENCES {
            let nmf = NmfOptions { divergence, iterations: 30, ..Default::default() };
            for (method, start) in [Method::Nmf; 2]
                .into_iter()
                .zip([Start::Random, Start::Snpa])
                .chain(Method::ALL.map(|method| (method, Start::Random)))
            {
                let options = FactorizeOptions { nmf: nmf.clone(), start, ..Default::default() };
                let Factors { w, h, objective, .. } =
                    run(|progress| factorize(v.view(), 5, method, &options, progress));
                let about = format!("{method} {divergence} at {level}");
                assert!(w.iter().chain(&h).all(|x| x.is_finite() && *x >= 0.0), "{about}");
                assert!(objective.iter().all(|x| x.is_finite()), "{about}: {objective:?}");
                let model = w.dot(&h).sum();
                assert!((0.5..2.0).contains(&(model / v.sum())), "{about}: {model}");
            }
        }
    }
}

/// Only two spectra: pickers stop at two, NMF fills the remaining places.
#[test]
fn fewer_different_frames_than_components() {
    let mut v = Array2::<f32>::zeros((6, 20));
    for t in 0..20 {
        v[[t % 2, t]] = 1.0 + t as f32;
    }
    for method in [Method::Snpa, Method::Greedy, Method::Greedy2, Method::Spa, Method::Xray] {
        let factors = pick(v.view(), 4, method, Score::Linear);
        assert_eq!(factors.w.ncols(), 2, "{method}");
        assert!((&factors.w.dot(&factors.h) - &v).iter().all(|x| x.abs() < 1e-4), "{method}");
    }
    let options = NmfOptions::default();
    let factors = run(|progress| nmf(v.view(), 4, Start::Snpa, &options, progress));
    assert_eq!(factors.w.dim(), (6, 4));
}

/// A single component: if a second pass drops it, nothing is left.
#[test]
fn one_component_by_every_method() {
    let mut v = Array2::<f32>::zeros((6, 20));
    for t in 0..20 {
        v[[t % 2, t]] = 1.0 + t as f32;
        v[[2, t]] = 0.5;
    }
    let methods = [Method::Snpa, Method::Greedy, Method::Greedy2, Method::Spa, Method::Xray];
    for method in methods {
        assert_eq!(pick(v.view(), 1, method, Score::Linear).w.ncols(), 1, "{method}");
    }
    let [once, twice] = [Method::Greedy, Method::Greedy2]
        .map(|method| pick(v.view(), 1, method, Score::Linear).columns);
    assert_eq!(once, twice);
}
