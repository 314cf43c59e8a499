//! `unbraid decompose`.

use std::collections::BTreeSet;
use std::fs;

use ndarray::{Array1, Array2, Axis};
use ndarray_npy::NpzReader;
use serde_json::json;
use unbraid::audio::{self};
use unbraid::frames::window::hann;
use unbraid::learn::preprocess::threshold_frames;
use unbraid::learn::{Score, greedy};
use unbraid::stft::stft_centred;

use crate::command::{Place, tune};
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
