//! `unbraid decompose`.

use std::collections::BTreeSet;
use std::fs;

use ndarray::{Array1, Array2, Axis};
use ndarray_npy::NpzReader;
use serde_json::json;
use unbraid::audio::{self};
use unbraid::frames::window::hann;
use unbraid::learn::preprocess::threshold_frames;
use unbraid::learn::{FactorizeOptions, Factors, Method, Score, factorize, greedy};
use unbraid::mat;
use unbraid::stft::stft_centred;

use crate::command::{Place, refusal, tune};
use crate::plot::png_size;
use crate::signals::{RATE_HZ, difference_dbfs, mono, sum};

/// Magnitudes as in `decompose --fft-size 512 --hop 128`.
fn magnitudes(samples: &[f32]) -> Array2<f32> {
    stft_centred(samples, &hann(512), 128).mapv(|x| x.norm())
}

/// Two tunes at once, 3 s.
fn duet() -> Vec<f32> {
    let parts = [tune(0, RATE_HZ, 3.0), tune(1, RATE_HZ, 3.0)];
    sum(&parts).into_iter().map(|x| x as f32).collect()
}

const SMALL: &str = "--fft-size 512 --hop 128 -o out --force";

fn npz<T: ndarray_npy::ReadableElement>(place: &Place, name: &str) -> Array2<T> {
    let file = fs::File::open(place.path("out/factors.npz")).unwrap();
    NpzReader::new(file).unwrap().by_name(name).unwrap()
}

fn npz_columns(place: &Place) -> Option<Vec<usize>> {
    let file = fs::File::open(place.path("out/factors.npz")).unwrap();
    let columns: Array1<i64> = NpzReader::new(file).unwrap().by_name("columns").ok()?;
    Some(columns.iter().map(|&column| column as usize).collect())
}

#[test]
fn decompose_gives_components_that_sum_to_the_recording() {
    let place = Place::new();
    let duet = duet();
    place.wav("duet.wav", RATE_HZ, &[&duet]);
    let v = magnitudes(&duet);
    let methods = ["nmf", "snpa", "greedy", "greedy2", "spa", "xray"];
    for (method, synthesis) in
        methods.into_iter().zip(["product", "mask"].into_iter().cycle()).chain([("nmf", "mask")])
    {
        let words = format!("--components 3 --method {method} --synthesis {synthesis} {SMALL}");
        let report = place.json(&format!("decompose duet.wav {words}"));
        let names = ["component-01", "component-02", "component-03", "residual"];
        let signals = names.map(|name| mono(place.path(&format!("out/{name}.wav"))));
        assert!(difference_dbfs(&sum(&signals), &duet) < -120.0, "{words}");

        // Checked on the product; where masks are written, their sum proves nothing.
        let energy = |x: &[f32]| x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let snr_db = 10.0 * (energy(&duet) / energy(&signals[3])).log10();
        let reported = report["reconstruction_snr_db"].as_f64().unwrap();
        assert!((3.0..60.0).contains(&reported), "{words}: {reported} dB");
        if synthesis == "mask" {
            assert!(snr_db > 100.0, "{words}: {snr_db} dB");
        } else {
            assert!((snr_db - reported).abs() < 0.01, "{snr_db}, {reported}");
        }

        let (w, h) = (npz::<f32>(&place, "W"), npz::<f32>(&place, "H"));
        assert_eq!((w.dim(), h.dim()), ((257, 3), (3, v.ncols())), "{words}");
        assert_eq!(
            report["shapes"],
            json!({"V": [257, v.ncols()], "W": [257, 3], "H": [3, v.ncols()]})
        );
        assert_eq!(report["columns"], json!(npz_columns(&place)));
        match npz_columns(&place) {
            // The picked columns are what the report states: frames of V, bin for bin.
            Some(columns) => assert!(close(&w, &v.select(Axis(1), &columns)), "{words}"),
            None => assert_eq!(method, "nmf"),
        }
    }
    for picture in ["spectrogram", "W", "H", "components"] {
        assert_eq!(png_size(place.path(&format!("out/{picture}.png"))).0, 1600);
    }
}

fn close(a: &Array2<f32>, b: &Array2<f32>) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0))
}

#[test]
fn decompose_by_nmf_descends_and_is_sorted() {
    let place = Place::new();
    place.wav("duet.wav", RATE_HZ, &[duet()]);
    for divergence in ["kl", "euclidean", "is", "0.5"] {
        let words = format!(
            "decompose duet.wav --components 4 --divergence {divergence} --iterations 30 \
             --tolerance 0 --seed 3 {SMALL}"
        );
        let report = place.json(&words);
        let objective = report["objective"].as_array().unwrap();
        let objective: Vec<f64> = objective.iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!(objective.len(), 31);
        let rises = objective.windows(2).any(|pair| pair[1] > pair[0] * (1.0 + 1e-5));
        assert!(!rises, "{divergence}: {objective:?}");
        let w = npz::<f32>(&place, "W");
        let peak = |column: ndarray::ArrayView1<f32>| {
            column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0
        };
        assert!(w.columns().into_iter().map(peak).is_sorted(), "{divergence}");
        if divergence == "kl" {
            let before = place.contents();
            place.json(&words);
            assert!(place.contents() == before, "the same seed gives the same bytes");
        }
    }
}

#[test]
fn decompose_of_stereo_keeps_what_sits_where() {
    let place = Place::new();
    let left = tune(0, RATE_HZ, 2.0);
    let right: Vec<f32> = left.iter().map(|x| -0.25 * x).collect();
    place.wav("x.wav", RATE_HZ, &[left.clone(), right.clone()]);
    place.run(&format!("decompose x.wav --components 3 --synthesis product {SMALL}"));
    let names = ["component-01", "component-02", "component-03", "residual"];
    let clips = names.map(|name| audio::read(place.path(&format!("out/{name}.wav"))).unwrap());
    for (channel, expected) in [left, right].iter().enumerate() {
        let signals: Vec<_> = clips.iter().map(|clip| clip.channels[channel].clone()).collect();
        assert!(difference_dbfs(&sum(&signals), expected) < -120.0);
    }
    // A quarter of the level with inverted phase, in every component.
    for clip in &clips[..3] {
        let expected: Vec<f64> = clip.channels[0].iter().map(|&x| -0.25 * f64::from(x)).collect();
        assert!(difference_dbfs(&expected, &clip.channels[1]) < -100.0);
    }
}

#[test]
fn decompose_picks_by_the_score_and_threshold_asked_for() {
    let place = Place::new();
    let duet = duet();
    place.wav("duet.wav", RATE_HZ, &[&duet]);
    let v = magnitudes(&duet);
    let picked = |words: &str| {
        place.run(&format!("decompose duet.wav --components 5 --method greedy {words} {SMALL}"));
        npz_columns(&place).unwrap()
    };
    let expected = |v: &Array2<f32>, score| greedy(v.view(), 5, score, &mut |_| true).unwrap();
    assert_eq!(picked(""), expected(&v, Score::Linear));
    assert_eq!(picked("--score squared"), expected(&v, Score::Squared));
    assert_ne!(expected(&v, Score::Linear), expected(&v, Score::Squared));

    picked("--threshold=0.2");
    let mut thresholded = v.clone();
    threshold_frames(thresholded.view_mut(), 0.2);
    let columns = npz_columns(&place).unwrap();
    assert!(close(&npz::<f32>(&place, "W"), &thresholded.select(Axis(1), &columns)));
    let zeros = |w: &Array2<f32>| w.iter().filter(|x| **x == 0.0).count();
    assert!(zeros(&npz::<f32>(&place, "W")) > 200);
}

/// Sounds that are never alone in the recording are found in the solo clips.
#[test]
fn decompose_picks_from_solo_clips() {
    let place = Place::new();
    let tone = |hz: f64| -> Vec<f32> {
        let sample = |n: usize| (std::f64::consts::TAU * hz * n as f64 / 8000.0).sin() * 0.2;
        (0..8000).map(|n| sample(n) as f32).collect()
    };
    let [low, high] = [tone(500.0), tone(1500.0)];
    let both: Vec<f32> = low.iter().zip(&high).map(|(a, b)| a + 0.5 * b).collect();
    place.wav("both.wav", RATE_HZ, &[both]);
    place.wav("low.wav", RATE_HZ, &[low]);
    place.wav("high.wav", RATE_HZ, &[high]);
    let report = place.json(&format!(
        "decompose both.wav --components 2 --method snpa --solo low.wav --solo high.wav {SMALL}"
    ));
    let origins = report["origins"].as_array().unwrap();
    let files: BTreeSet<_> =
        origins.iter().map(|origin| origin["file"].as_str().unwrap()).collect();
    assert_eq!(files, BTreeSet::from(["low.wav", "high.wav"]), "{report:#}");
    let frames = 1 + 8000 / 128;
    for (column, origin) in npz_columns(&place).unwrap().into_iter().zip(origins) {
        let clip = 1 + usize::from(origin["file"] == "high.wav");
        assert_eq!(column, clip * frames + origin["frame"].as_u64().unwrap() as usize);
    }
    assert_eq!(npz::<f32>(&place, "H").dim(), (2, frames), "the recording's frames only");
}

/// An inaudible tone is as pure a spectrum as any, unless it is dropped.
#[test]
fn decompose_can_drop_silent_frames() {
    let place = Place::new();
    let soft = |n: usize| (std::f64::consts::TAU * 3000.0 * n as f64 / 8000.0).sin() as f32 * 1e-5;
    let soft: Vec<f32> = (0..8000).map(soft).collect();
    place.wav("x.wav", RATE_HZ, &[[soft, tune(0, RATE_HZ, 2.0)].concat()]);
    let soft = 8000 / 128 - 4;
    for (words, any_soft) in [("", true), ("--drop-silent", false)] {
        place.run(&format!("decompose x.wav --components 4 --method snpa {words} {SMALL}"));
        let columns = npz_columns(&place).unwrap();
        assert_eq!(columns.iter().any(|column| *column < soft), any_soft, "{words}: {columns:?}");
        let h = npz::<f32>(&place, "H");
        assert_eq!(h.ncols(), 1 + 24_000 / 128);
        let active = h.columns().into_iter().take(soft).any(|frame| frame.sum() > 0.0);
        assert_eq!(active, any_soft, "{words}");
    }
}

/// `stftMag` and `numComps` of a duet, as MATLAB has them.
fn matlab_matrix(place: &Place) -> Array2<f32> {
    let v = magnitudes(&duet());
    let number = Array2::from_elem((1, 1), 3.0);
    let path = place.path("v.mat");
    mat::write(&path, &[("stftMag", v.mapv(f64::from).view()), ("numComps", number.view())])
        .unwrap();
    v
}

fn factored(v: &Array2<f32>, components: usize, method: Method) -> Factors {
    let options = FactorizeOptions::default();
    factorize(v.view(), components, method, &options, &mut |_| true).unwrap()
}

fn counted_from_1(factors: &Factors) -> Vec<f64> {
    factors.columns.as_ref().unwrap().iter().map(|&column| column as f64 + 1.0).collect()
}

#[test]
fn decompose_of_a_matlab_matrix_gives_the_picks_and_activations() {
    let place = Place::new();
    let v = matlab_matrix(&place);
    let read = |name: &str| mat::read(&place.path("picks.mat"), name).unwrap();
    let cases = [
        ("", vec!["snpa", "greedy"], 3),
        ("--mat --components 5 --method xray,greedy2,spa", vec!["xray", "greedy2", "spa"], 5),
    ];
    for (words, methods, components) in cases {
        let report = place.json(&format!("decompose v.mat {words} -o picks.mat --force"));
        assert_eq!(report["shapes"]["V"], json!(v.shape()));
        for (place, method) in methods.iter().enumerate() {
            let expected = factored(&v, components, method.parse().unwrap());
            let picks = read(&format!("J_{method}"));
            assert_eq!(picks.row(0).to_vec(), counted_from_1(&expected), "{method}");
            assert_eq!(picks.dim(), (1, components));
            assert_eq!(read(&format!("H_{method}")), expected.h.mapv(f64::from), "{method}");
            assert_eq!(report["methods"][place]["columns"], json!(expected.columns));
        }
        let found = mat::variables(&place.path("picks.mat")).unwrap();
        assert_eq!(found.len(), 2 * methods.len(), "{found:?}");
    }

    let text = place.run("decompose v.mat --method nmf,snpa -o picks.mat --force");
    let frames = v.ncols();
    assert_eq!(
        text,
        format!(
            "nmf: W_nmf 257 × 3, H_nmf 3 × {frames}\nsnpa: J_snpa 1 × 3, H_snpa 3 × {frames}\n"
        )
    );
    let mut expected = factored(&v, 3, Method::Nmf);
    expected.sort_by_peak();
    assert_eq!(read("W_nmf"), expected.w.mapv(f64::from));
    assert_eq!(read("H_nmf"), expected.h.mapv(f64::from));
}

#[test]
fn decompose_of_a_recording_writes_for_matlab_if_asked() {
    let place = Place::new();
    place.wav("duet.wav", RATE_HZ, &[duet()]);
    place.run(&format!("decompose duet.wav --components 3 {SMALL}"));
    assert!(!place.path("out/factors.mat").exists());
    for method in ["nmf", "snpa"] {
        place.run(&format!("decompose duet.wav --components 3 --method {method} --mat {SMALL}"));
        let read = |name: &str| mat::read(&place.path("out/factors.mat"), name);
        assert_eq!(read("H").unwrap(), npz::<f32>(&place, "H").mapv(f64::from));
        match npz_columns(&place) {
            None => assert_eq!(read("W").unwrap(), npz::<f32>(&place, "W").mapv(f64::from)),
            Some(columns) => {
                let picks: Vec<f64> = columns.iter().map(|&column| column as f64 + 1.0).collect();
                assert_eq!(read("J").unwrap().row(0).to_vec(), picks);
                assert!(read("W").is_err());
            }
        }
    }
}

#[test]
fn matlab_files_that_cannot_be_used() {
    let place = Place::new();
    matlab_matrix(&place);
    let one = Array2::from_elem((1, 1), 1.0);
    let save = |name: &str, matrices: &[(&str, f64)]| {
        let matrices: Vec<_> = matrices.iter().map(|(name, x)| (*name, &one * *x)).collect();
        let views: Vec<_> = matrices.iter().map(|(name, x)| (*name, x.view())).collect();
        mat::write(&place.path(name), &views).unwrap();
    };
    save("no_v.mat", &[("x", 1.0), ("numComps", 1.0)]);
    save("no_number.mat", &[("stftMag", 1.0)]);
    save("half.mat", &[("stftMag", 1.0), ("numComps", 1.5)]);
    save("negative.mat", &[("stftMag", -1.0), ("numComps", 1.0)]);
    save("large.mat", &[("stftMag", 1e300), ("numComps", 1.0)]);
    let nothing = Array2::zeros((0, 4));
    mat::write(&place.path("empty.mat"), &[("stftMag", nothing.view())]).unwrap();
    place.write("new.mat", b"MATLAB 7.3 MAT-file");
    let before = place.contents();
    for (words, status, text) in [
        ("no_v.mat -o o.mat", 1, "no_v.mat: no variable `stftMag`, only `x`, `numComps`; save it"),
        (
            "no_number.mat -o o.mat",
            1,
            "no variable `numComps`, only `stftMag`; save it under that name, or state --components",
        ),
        ("half.mat -o o.mat", 1, "half.mat: `numComps` is not a whole number from 1 to 1024"),
        ("negative.mat -o o.mat", 1, "negative.mat: v holds -1 at row 0, column 0"),
        ("large.mat -o o.mat", 1, "large.mat: v holds inf"),
        ("empty.mat --components 2 -o o.mat", 1, "empty.mat: `stftMag` is empty; save"),
        (
            "new.mat -o o.mat",
            1,
            "new.mat: a MAT-file of version 7.3 (HDF5), which cannot be read; save it",
        ),
        ("none.mat -o o.mat", 1, "none.mat: cannot read"),
        ("v.mat -o v.mat --force", 1, "v.mat: would overwrite"),
        ("v.mat -o half.mat", 1, "half.mat: exists already"),
        ("v.mat -o out", 2, "-o out: one MAT-file is written; end its name in .mat"),
        ("v.mat -o - --json", 2, "-o -: standard output gets the report; name a file"),
        ("v.mat -o o.mat --hop 100", 2, "--hop: v.mat is a matrix, not a recording; leave"),
        ("v.mat -o o.mat --fft-size 100", 2, "--fft-size: v.mat is a matrix"),
        ("v.mat -o o.mat --synthesis mask", 2, "--synthesis: v.mat is a matrix"),
        ("v.mat -o o.mat --solo x.wav", 2, "--solo: v.mat is a matrix"),
        ("v.mat -o o.mat --method snpa,spa,snpa", 2, "--method: snpa is named twice"),
        ("v.wav -o o --components 2 --method snpa,spa", 2, "--method: a recording has one"),
        ("v.wav -o o", 2, "--components: state how many, such as --components 7"),
    ] {
        let output = place.command(&format!("decompose {words}")).output().unwrap();
        let line = refusal(&output, words);
        assert!(line.contains(text), "{words}: {line}");
        assert_eq!(output.status.code(), Some(status), "{words}");
        assert!(place.contents() == before, "{words}");
    }
}

/// The original pipeline: MATLAB's, run here by Octave.
#[test]
fn octave_takes_the_picks_as_indices() {
    let octave = |script: &str, place: &Place| {
        let script = ["--no-init-file", "--quiet", "--eval", script];
        std::process::Command::new("octave-cli").args(script).current_dir(place.path("")).output()
    };
    let place = Place::new();
    let write = "
stftMag = abs(sin((1:40)' * (1:60) .^ 0.7)) + 0.1; numComps = 4;
save('-v7', 'v.mat', 'stftMag', 'numComps');
";
    match octave(write, &place) {
        Err(error) => return eprintln!("skipped: octave-cli does not run here: {error}"),
        Ok(output) => assert!(output.status.success(), "{output:?}"),
    }
    place.run("decompose --mat v.mat -o picks.mat");
    // H is the best of all non-negative ones for these columns, each of which is its own.
    let compare = "
load('v.mat'); load('picks.mat');
for method = {'snpa', 'greedy'}
  J = eval(['J_' method{1}]); H = eval(['H_' method{1}]);
  assert(size(J), [1 4]); assert(size(H), [4 60]);
  best = zeros(4, 60);
  for t = 1:60, best(:, t) = lsqnonneg(stftMag(:, J), stftMag(:, t)); end
  assert(norm(H - best) < 1e-3 * norm(best));
  assert(H(:, J), eye(4), 1e-4);
end
disp('the same');
";
    let output = octave(compare, &place).unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).trim() == "the same", "{output:?}");
}
