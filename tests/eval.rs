//! Metrics compared with mir_eval, SciPy and librosa (`fixtures/make_eval.py`), and how
//! `evaluate` handles names, lengths, channels, silence and bad audio.

use ndarray::Array2;
use serde_json::Value;
use unbraid::eval::*;

const SAMPLES: usize = 9000;

// The signals of make_eval.py, by the same formulas in the same order.

fn noise(seed: u32, count: usize) -> Vec<f64> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn resonance(x: &[f64], b1: f64, b2: f64) -> Vec<f64> {
    let (mut y1, mut y2) = (0.0, 0.0);
    let step = |x: &f64| {
        let y = x + b1 * y1 - b2 * y2;
        (y1, y2) = (y, y1);
        y
    };
    x.iter().map(step).collect()
}

fn delayed(x: &[f64], lag: usize) -> Vec<f64> {
    std::iter::repeat_n(0.0, lag).chain(x.iter().copied()).take(x.len()).collect()
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|x| f64::from(*x)).collect()
}

fn make(sample: impl Fn(usize) -> f64) -> Vec<f32> {
    (0..SAMPLES).map(|n| sample(n) as f32).collect()
}

/// Three references.
fn references() -> [Vec<f32>; 3] {
    let bursts = noise(2, SAMPLES).into_iter().enumerate();
    let bursts: Vec<f64> = bursts.map(|(n, x)| x * (n / 1500 % 2) as f64).collect();
    let (ringing, bursts) =
        (resonance(&noise(1, SAMPLES), 1.9, 0.97), resonance(&bursts, 0.9, 0.0));
    let bright = noise(3, SAMPLES);
    let before = delayed(&bright, 1);
    [
        make(|n| 0.02 * ringing[n]),
        make(|n| 0.1 * bursts[n]),
        make(|n| 0.25 * (bright[n] - 0.8 * before[n])),
    ]
}

/// Estimates of references 1, 2 and 0, in this order.
fn estimates(references: &[Vec<f32>; 3]) -> [Vec<f32>; 3] {
    let [a, b, c] = [0, 1, 2].map(|i| wide(&references[i]));
    let [n4, n5, n6] = [4, 5, 6].map(|seed| noise(seed, SAMPLES));
    let (c7, c40, a3) = (delayed(&c, 7), delayed(&c, 40), delayed(&a, 3));
    [
        make(|n| 0.9 * b[n] + 0.05 * c40[n] + 0.001 * n4[n]),
        make(|n| 0.5 * c[n] + 0.3 * c7[n] + 0.2 * a[n] + 0.01 * n5[n]),
        make(|n| 0.7 * a3[n] + 0.2 * a[n] + 0.1 * b[n] + 0.03 * c[n] + 0.02 * n6[n]),
    ]
}

/// Three references without high frequencies, and an estimate of the first.
fn low_passed_set(pole: f64, pairs: usize) -> [Vec<f32>; 4] {
    let low_passed = |x: Vec<f32>| {
        let mut y = wide(&x);
        for _ in 0..pairs {
            y.iter_mut().for_each(|x| *x *= (1.0 - pole) * (1.0 - pole));
            y = resonance(&y, 2.0 * pole, pole * pole);
        }
        make(|n| y[n])
    };
    let [x, y, z] = references().map(low_passed);
    let (a, b, n7) = (wide(&x), delayed(&wide(&y), 5), noise(7, SAMPLES));
    let estimate = make(|n| a[n] + 0.2 * b[n] + 0.001 * n7[n]);
    [x, y, z, estimate]
}

fn expected() -> Value {
    serde_json::from_str(include_str!("fixtures/eval.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn assert_near(actual: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let near = actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < tolerance);
    assert!(near, "{what}: {actual:?}, expected {expected:?}");
}

fn named(signals: &[Vec<f32>]) -> Vec<(&str, &[f32])> {
    ["a", "b", "c", "d"].into_iter().zip(signals.iter().map(|x| &x[..])).collect()
}

fn ratios(score: &BssScores) -> [f64; 3] {
    [score.sdr_db, score.sir_db, score.sar_db]
}

fn stem(name: &str, channels: &[&[f32]]) -> Stem {
    Stem::new(name, channels.iter().map(|x| x.to_vec()).collect())
}

/// One-channel stems.
fn stems(all: &[(&str, &Vec<f32>)]) -> Vec<Stem> {
    all.iter().map(|(name, x)| stem(name, &[x])).collect()
}

fn pairs(evaluation: &Evaluation) -> Vec<(&str, &str)> {
    evaluation.sources.iter().map(|s| (s.estimate.as_str(), s.reference.as_str())).collect()
}

fn left_out(evaluation: &Evaluation) -> Vec<String> {
    evaluation.left_out.iter().map(ToString::to_string).collect()
}

#[test]
fn the_test_signals_are_those_of_the_fixture() {
    let references = references();
    let (low, lower) = (low_passed_set(0.85, 3), low_passed_set(0.9, 4));
    let estimates = estimates(&references);
    let all = references.iter().chain(&estimates).chain(&low).chain(&lower);
    let energies: Vec<f64> = all.map(|x| wide(x).iter().map(|x| x * x).sum::<f64>()).collect();
    let expected = numbers(&expected()["energies"]);
    let relative: Vec<f64> = energies.iter().zip(&expected).map(|(a, b)| a / b).collect();
    assert_near(&relative, &[1.0; 14], 1e-8, "energies");
}

#[test]
fn bss_eval_equals_mir_eval_for_every_pair() {
    let references = references();
    let estimates = estimates(&references);
    let bss = BssEval::new(&named(&references)).unwrap();
    let all = bss.score_all(&estimates.each_ref().map(|x| &x[..])).unwrap();
    for (i, row) in all.iter().enumerate() {
        for (j, score) in row.iter().enumerate() {
            let expected = numbers(&expected()["bss"][i][j]);
            assert_near(&ratios(score), &expected, 1e-6, &format!("estimate {i} as {j}"));
            assert_eq!(bss.score(&estimates[i], j).unwrap(), *score);
        }
    }
}

/// Where mir_eval's own figures are rounding noise (SAR 31.0 instead of 32.4, then 6.7
/// instead of 30), the reference is a projection by singular values.
#[test]
fn bss_eval_stays_right_where_the_normal_equations_are_singular() {
    for (i, (pole, pairs)) in [(0.85, 3), (0.9, 4)].into_iter().enumerate() {
        let [references @ .., estimate] = low_passed_set(pole, pairs);
        let references: [Vec<f32>; 3] = references;
        let score = BssEval::new(&named(&references)).unwrap().score(&estimate, 0).unwrap();
        let expected = numbers(&expected()["low_passed"][i]);
        assert_near(&ratios(&score), &expected, 0.1, "low-passed");
        assert_near(&[score.sdr_db], &expected[..1], 1e-6, "low-passed SDR");
    }
}

#[test]
fn si_sdr_and_snr_equal_their_definitions() {
    let references = references();
    for (i, estimate) in estimates(&references).iter().enumerate() {
        for (metric, name) in [(si_sdr_db as fn(&[_], &[_]) -> f64, "si_sdr"), (snr_db, "snr")] {
            let scores = references.each_ref().map(|s| metric(&[&s[..]], &[&estimate[..]]));
            let expected = numbers(&expected()[name][i]);
            assert_near(&scores, &expected, 1e-6, name);
        }
    }
}

#[test]
fn scores_average_over_the_channels_in_which_the_source_sounds() {
    let references = references();
    let [b, c, a] = estimates(&references);
    let half = |x: &Vec<f32>| x.iter().map(|x| 0.5 * x).collect::<Vec<f32>>();
    let silence = vec![0.0; SAMPLES];
    let side = |names: [&str; 3], signals: [&Vec<f32>; 3]| -> Vec<Stem> {
        let right = [half(signals[0]), silence.clone(), half(signals[2])];
        (0..3).map(|i| stem(names[i], &[signals[i], &right[i]])).collect()
    };
    let names = ["a", "b", "c"];
    let evaluation =
        evaluate(&side(names, references.each_ref()), &side(names, [&a, &b, &c])).unwrap();
    assert_eq!(pairs(&evaluation), [("a", "a"), ("b", "b"), ("c", "c")]);
    for (i, source) in evaluation.sources.iter().enumerate() {
        let s = source.scores;
        let actual = [s.sdr_db, s.sir_db, s.sar_db, s.si_sdr_db, s.snr_db];
        assert_near(&actual, &numbers(&expected()["stereo"][i]), 1e-6, &source.reference);
    }
    let mean = evaluation.sources.iter().map(|s| s.scores.sar_db).sum::<f64>() / 3.0;
    assert_near(&[evaluation.mean.sar_db], &[mean], 1e-12, "mean");
}

#[test]
fn assignment_equals_scipy() {
    for case in expected()["assignments"].as_array().unwrap() {
        let rows: Vec<Vec<f64>> = case["scores"].as_array().unwrap().iter().map(numbers).collect();
        let scores = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
        let expected: Vec<(usize, usize)> = case["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (pair[0].as_u64().unwrap() as usize, pair[1].as_u64().unwrap() as usize))
            .collect();
        assert_eq!(assign(scores.view()), expected);
    }
}

#[test]
fn hpss_masks_equal_librosa() {
    let v = noise(9, 20 * 24).into_iter().map(|x| x.abs() as f32).collect();
    let mut v = Array2::from_shape_vec((20, 24), v).unwrap();
    v.slice_mut(ndarray::s![5..12, 6..15]).fill(0.0);
    for case in expected()["hpss"].as_array().unwrap() {
        let (h, p) = hpss_masks(v.view(), case["kernel"].as_u64().unwrap() as usize).unwrap();
        for (mask, name) in [(h, "harmonic"), (p, "percussive")] {
            let mask: Vec<f64> = mask.iter().map(|x| f64::from(*x)).collect();
            assert_near(&mask, &numbers(&case[name]), 1e-6, name);
        }
    }
}

#[test]
fn estimates_without_known_names_are_assigned_by_sdr() {
    let references = references();
    let [x, y, z] = estimates(&references);
    let truth = stems(&[("a", &references[0]), ("b", &references[1]), ("c", &references[2])]);
    let found = stems(&[("1", &x), ("2", &y), ("3", &z)]);
    let evaluation = evaluate(&truth, &found).unwrap();
    assert_eq!(evaluation.matched_by, MatchedBy::Score);
    assert_eq!(pairs(&evaluation), [("3", "a"), ("1", "b"), ("2", "c")]);
    let two = evaluate(&truth, &found[1..]).unwrap();
    assert_eq!(pairs(&two), [("3", "a"), ("2", "c")]);
    assert_eq!(left_out(&two), ["reference `b`: no estimate for it"]);
    assert_eq!(two.sources[1].scores, evaluation.sources[2].scores, "b still interferes");
}

#[test]
fn one_instrument_is_scored_against_everything_else() {
    let references = references();
    let [guess_b, _, guess_rest] = estimates(&references);
    let truth = stems(&[
        ("a", &references[0]),
        ("b", &references[1]),
        ("c", &references[2]),
        ("mixture", &guess_rest),
    ]);
    let evaluation = evaluate(&truth, &stems(&[("rest", &guess_rest), ("b", &guess_b)])).unwrap();
    assert_eq!(pairs(&evaluation), [("b", "b"), ("rest", "a + c")]);
    assert_eq!(left_out(&evaluation), ["reference `mixture`: a mixture"]);
    let rest = make(|n| f64::from(references[0][n]) + f64::from(references[2][n]));
    let two = BssEval::new(&[("b", &references[1]), ("rest", &rest)]).unwrap();
    for (source, (estimate, target)) in
        evaluation.sources.iter().zip([(&guess_b, 0), (&guess_rest, 1)])
    {
        let expected = two.score(estimate, target).unwrap();
        let actual = [source.scores.sdr_db, source.scores.sir_db, source.scores.sar_db];
        assert_eq!(actual, ratios(&expected));
    }
}

#[test]
fn lengths_that_differ_slightly_are_cut_and_much_is_an_error() {
    let references = references();
    let [guess, ..] = estimates(&references);
    let (truth, cut) = (stems(&[("b", &references[1])]), SAMPLES - 60);
    let evaluation = evaluate(&truth, &stems(&[("b", &guess[..cut].to_vec())])).unwrap();
    assert_eq!((evaluation.samples, evaluation.cut_samples), (cut, 60));
    let whole =
        evaluate(&stems(&[("b", &references[1][..cut].to_vec())]), &stems(&[("b", &guess)]));
    assert_eq!(evaluation.sources, whole.unwrap().sources);
    let error = evaluate(&truth, &stems(&[("b", &guess[..SAMPLES - 100].to_vec())])).unwrap_err();
    assert!(error.to_string().contains("`b` is 8900 samples long"), "{error}");
}

#[test]
fn silent_stems_are_left_out_by_name() {
    let references = references();
    let [b, c, a] = estimates(&references);
    let silence = vec![1e-8; SAMPLES];
    let truth = stems(&[("a", &references[0]), ("b", &silence), ("c", &references[2])]);
    let evaluation = evaluate(&truth, &stems(&[("a", &a), ("b", &b), ("c", &silence)])).unwrap();
    assert_eq!(pairs(&evaluation), [("a", "a")]);
    let why = ["reference `b`: silent", "estimate `b`: its reference is silent"];
    let why_not = ["reference `c`: its estimate is silent", "estimate `c`: silent"];
    assert_eq!(left_out(&evaluation), [why, why_not].concat());
    let blind = evaluate(&truth, &stems(&[("1", &silence), ("2", &c)])).unwrap();
    assert_eq!(pairs(&blind), [("2", "c")]);
    let error = evaluate(&truth, &stems(&[("x", &silence)])).unwrap_err();
    assert!(matches!(error, EvalError::NothingToScore { .. }), "{error}");
}

#[test]
fn extreme_estimates_have_finite_scores() {
    let references = references();
    let turned: Vec<f32> = references[0].iter().map(|x| -1e-4 * x).collect();
    let (huge, tiny) = (vec![1e30; SAMPLES], make(|n| if n == 4000 { 2e-7 } else { 0.0 }));
    let names = ["a", "b", "c"];
    let truth: Vec<Stem> = names.iter().zip(&references).map(|(n, x)| stem(n, &[x])).collect();
    let guesses = stems(&[("a", &references[0]), ("b", &huge), ("c", &tiny)]);
    let evaluation = evaluate(&truth, &guesses).unwrap();
    let json = serde_json::to_value(&evaluation).unwrap();
    for source in json["sources"].as_array().unwrap() {
        for metric in ["sdr", "sir", "sar", "si_sdr", "snr"] {
            assert!(source[metric].as_f64().unwrap().abs() <= MAX_DB, "{source}");
        }
    }
    let perfect = evaluation.sources[0].scores;
    assert!(perfect.sdr_db > 100.0 && perfect.si_sdr_db > 100.0);
    assert_eq!(perfect.snr_db, MAX_DB);
    let score = BssEval::new(&named(&references)).unwrap().score(&turned, 0).unwrap();
    assert!(score.sdr_db > 100.0, "sign and level do not count: {score:?}");
}

#[test]
fn bad_audio_is_an_error_that_names_it() {
    let [a, b, c] = references();
    let sum = make(|n| f64::from(a[n]) + 0.5 * f64::from(b[n]));
    let (short, nan) = (a[..400].to_vec(), make(|n| if n == 7 { f64::NAN } else { 0.1 }));
    let one = |x: &Vec<f32>| stems(&[("a", x)]);
    let two_channels = vec![stem("a", &[&a, &b])];
    let cases = [
        (vec![], one(&a), "no references"),
        (one(&a), vec![], "nothing to score"),
        (stems(&[("mixture", &a)]), one(&a), "reference `mixture`: a mixture"),
        (one(&vec![]), one(&a), "`a` holds no audio"),
        (vec![Stem::new("a", vec![])], one(&a), "`a` holds no audio"),
        (one(&a), one(&nan), "sample 7 of `a` is not a finite number"),
        (one(&a), two_channels, "`a` has 2 channel(s)"),
        (stems(&[("a", &a), ("a", &b)]), one(&a), "two references are named `a`"),
        (one(&a), stems(&[("x", &a), ("x", &b)]), "two estimates are named `x`"),
        (stems(&[("a", &a), ("b", &a)]), one(&c), "reference `b` says nothing that `a` does not"),
        (
            stems(&[("a", &a), ("b", &b), ("full", &sum), ("c", &c)]),
            one(&a),
            "reference `full` says nothing that `a` and `b` does not",
        ),
        (
            stems(&[("a", &short), ("b", &c[..400].to_vec())]),
            one(&short),
            "400 samples are too few",
        ),
        (one(&vec![0.5]), one(&vec![0.5]), "1 samples are too few"),
    ];
    for (references, estimates, message) in cases {
        let error = evaluate(&references, &estimates).unwrap_err().to_string();
        assert!(error.contains(message), "{error:?} is not about {message:?}");
    }
    let bss = BssEval::new(&[("a", &a)]).unwrap();
    let message = |x: &[f32], target| bss.score(x, target).unwrap_err().to_string();
    assert!(message(&a[1..], 0).contains("8999"));
    assert!(message(&[0.0; SAMPLES], 0).contains("silent"));
    assert!(message(&a, 1).contains("no reference number 1"));
}

#[test]
fn scores_do_not_depend_on_the_number_of_threads() {
    let references = references();
    let guesses = estimates(&references);
    let stereo = |signals: &[Vec<f32>; 3], names: [&str; 3]| -> Vec<Stem> {
        (0..3).map(|i| stem(names[i], &[&signals[i], &signals[(i + 1) % 3]])).collect()
    };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (truth, found) =
            (stereo(&references, ["a", "b", "c"]), stereo(&guesses, ["1", "2", "3"]));
        pool.install(|| evaluate(&truth, &found).unwrap())
    };
    assert_eq!(run(1), run(3));
}

/// Frames may be small enough to make the edges difficult, and lengths need not be multiples
/// of the hop.
#[test]
fn oracle_and_hpss_estimates_sum_to_the_mixture() {
    let references = references();
    let mixture = make(|n| references.iter().map(|x| f64::from(x[n])).sum());
    for (fft_size, hop) in [(1024, 256), (512, 256), (64, 32), (100, 7)] {
        let oracle = oracle_separate(&references, &mixture, fft_size, hop, 1.0).unwrap();
        let (harmonic, percussive) = hpss_separate(&mixture, fft_size, hop, 17).unwrap();
        for parts in [oracle, vec![harmonic, percussive]] {
            let sum = |n: usize| parts.iter().map(|x| x[n]).sum::<f32>();
            let error = (0..SAMPLES).map(|n| (sum(n) - mixture[n]).abs()).fold(0.0, f32::max);
            assert!(error < 1e-6, "{error} at {fft_size}/{hop}");
        }
    }
}

#[test]
fn masks_take_apart_what_does_not_overlap() {
    let tone = make(|n| 0.3 * (0.5 * n as f64).sin());
    let clicks = make(|n| if n % 2000 == 1000 { 0.9 } else { 0.0 });
    let mixture = make(|n| f64::from(tone[n]) + f64::from(clicks[n]));
    let stems = [tone.clone(), clicks.clone()];
    let wiener = oracle_separate(&stems, &mixture, 512, 128, 2.0).unwrap();
    let ratio = oracle_separate(&stems, &mixture, 512, 128, 1.0).unwrap();
    let (harmonic, percussive) = hpss_separate(&mixture, 512, 128, 17).unwrap();
    let si_sdr = |truth: &Vec<f32>, estimate: &Vec<f32>| si_sdr_db(&[truth], &[estimate]);
    assert!(si_sdr(&tone, &wiener[0]) > si_sdr(&tone, &ratio[0]));
    assert!(si_sdr(&tone, &ratio[0]) > 25.0);
    assert!(si_sdr(&tone, &harmonic) > 25.0);
    assert!(si_sdr(&clicks, &mixture) < -20.0 && si_sdr(&clicks, &percussive) > 5.0);
}

#[test]
fn bad_frames_and_settings_are_errors() {
    let [a, b, _] = references();
    let stems = [a.clone(), b.clone()];
    for (fft_size, hop) in [(0, 0), (2, 1), (511, 100), (512, 0), (512, 257), (usize::MAX - 1, 1)] {
        assert!(oracle_separate(&stems, &a, fft_size, hop, 1.0).is_err(), "{fft_size}/{hop}");
        assert!(hpss_separate(&a, fft_size, hop, 31).is_err(), "{fft_size}/{hop}");
    }
    for exponent in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(oracle_separate(&stems, &a, 512, 128, exponent).is_err(), "{exponent}");
    }
    assert!(oracle_separate(&[], &a, 512, 128, 1.0).is_err());
    assert!(oracle_separate(&stems, &a[1..], 512, 128, 1.0).is_err());
    assert!(hpss_separate(&a, 512, 128, 30).is_err());
    assert!(hpss_separate(&a, 512, 128, usize::MAX).is_err());
    assert_eq!(oracle_separate(&[vec![]], &[], 512, 128, 1.0).unwrap(), [vec![0.0_f32; 0]]);
    assert_eq!(hpss_separate(&[], 512, 128, 31).unwrap(), (vec![], vec![]));
}
