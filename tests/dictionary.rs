//! The dictionary's file and its remapping.

mod support;

use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use support::random_dictionary;
use unbraid::dictionary::{Dictionary, DictionaryError, Invalid};
use unbraid::dsp::{Model, Separator};
use unbraid::frames::{FrameSettings, Mode};

#[test]
fn a_dictionary_written_in_python_opens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dictionary.safetensors");
    let dictionary = Dictionary::load(&path).unwrap();
    assert_eq!(dictionary.w.dim(), (33, 3));
    // Bells of height 1 in the file, as wide as 1.5 bins: their sums are not 1.
    let sum = dictionary.w[[9, 1]].recip();
    assert!((sum - 1.5 * std::f32::consts::TAU.sqrt()).abs() < 1e-3, "{sum}");
    assert!((dictionary.w[[10, 1]] * sum - (-0.5f32 / 2.25).exp()).abs() < 1e-6);
    assert_eq!(dictionary.sources[0].components, [2, 0]);
    assert_eq!(dictionary.rest(), Some(1));
    assert_eq!(dictionary.provenance.seed, 7);
}

/// Read back by the format's own rules, not by the crate that wrote it.
#[test]
fn the_file_is_safetensors_with_w_in_rows() {
    let dictionary = random_dictionary(Mode::Live, 8_000, 2);
    let bytes = dictionary.to_bytes().unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    assert_eq!(header["w"]["dtype"], "F32");
    assert_eq!(header["w"]["shape"], serde_json::json!([dictionary.frames.bins(), 6]));
    let at = |bin: usize, k: usize| {
        let start = 8 + length + 4 * (bin * 6 + k);
        f32::from_le_bytes(bytes[start..start + 4].try_into().unwrap())
    };
    assert_eq!(at(3, 4), dictionary.w[[3, 4]]);
    let own: serde_json::Value =
        serde_json::from_str(header["__metadata__"]["unbraid"].as_str().unwrap()).unwrap();
    assert_eq!(own["version"], 1);
    assert_eq!(own["sources"][2]["rest"], true);
    for key in ["sample_rate_hz", "fft_size", "hop", "mode", "method", "divergence", "seed"] {
        assert!(!own[key].is_null(), "{key}");
    }
}

#[test]
fn what_was_written_is_read_and_written_again_the_same() {
    let mut dictionary = random_dictionary(Mode::Quality, 44_100, 3);
    dictionary.rarity[4] = 2.5;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.safetensors");
    dictionary.save(&path).unwrap();
    let read = Dictionary::load(&path).unwrap();
    assert_eq!(read, dictionary);
    assert_eq!(read.to_bytes().unwrap(), std::fs::read(&path).unwrap());
}

#[test]
fn rarity_stays_with_its_component() {
    let mut dictionary = random_dictionary(Mode::Live, 8_000, 2);
    dictionary.rarity = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let mut other = dictionary.clone();
    other.keep_sources(&[1]);
    assert_eq!(other.rarity, [2.0, 3.0]);
    other.take_sources_of(&dictionary, &[2]);
    assert_eq!(other.rarity, [2.0, 3.0, 4.0, 5.0]);
    other.remove_rest();
    assert_eq!(other.rarity, [2.0, 3.0]);
}

/// Every column sums to 1 on loading, and no bit of one that does so changes.
#[test]
fn another_scale_is_repaired_and_another_order_refused() {
    let dictionary = smooth_dictionary();
    let path = Path::new("d.safetensors");
    let load = |w: Array2<f32>| {
        let bytes = Dictionary { w, ..dictionary.clone() }.to_bytes().unwrap();
        Dictionary::from_bytes(&bytes, path)
    };
    assert_eq!(load(dictionary.w.clone()).unwrap().w, dictionary.w);
    let components = dictionary.components();
    let scales: Vec<f32> = (0..components).map(|k| 3.0 * 7f32.powi(k as i32 % 5 - 2)).collect();
    let scaled = &dictionary.w * &Array2::from_shape_fn((1, components), |(_, k)| scales[k]);
    for w in [&dictionary.w * 32_768.0, scaled.clone()] {
        let found = load(w).unwrap().w;
        let difference = (&found - &dictionary.w).mapv(f32::abs);
        assert!(difference.iter().zip(&dictionary.w).all(|(d, w)| *d <= 1e-4 * w), "not the same");
    }
    // What NumPy's `tobytes` of a Fortran-ordered array gives, at the right scale and not.
    for w in [&dictionary.w, &scaled] {
        let bytes: Vec<f32> = w.t().iter().copied().collect();
        let mixed = Array2::from_shape_vec(w.dim(), bytes).unwrap();
        let error = load(mixed).unwrap_err().to_string();
        assert!(error.contains("d.safetensors") && error.contains("ascontiguousarray"), "{error}");
    }
    let mut damaged = dictionary.w.clone();
    damaged[[3, 1]] = 1e30;
    let error = load(damaged).unwrap_err().to_string();
    assert!(error.contains("component 1 sums to 1e30"), "{error}");
    // A component may have vanished in learning.
    let mut vanished = dictionary.w.clone();
    vanished.column_mut(2).fill(0.0);
    assert_eq!(load(vanished.clone()).unwrap().w, vanished);
}

/// Spectra with harmonics as wide as those of a window.
fn smooth_dictionary() -> Dictionary {
    let mut dictionary = random_dictionary(Mode::Quality, 44_100, 8);
    for (k, mut column) in dictionary.w.columns_mut().into_iter().enumerate() {
        let pitch = 20.0 + 7.3 * k as f32;
        for (bin, w) in column.iter_mut().enumerate() {
            let harmonic = (bin as f32 / pitch).round().max(1.0);
            let from_peak = bin as f32 - harmonic * pitch;
            *w = (-from_peak * from_peak / 2.0).exp() / harmonic + 1e-6;
        }
        let sum = column.sum();
        column /= sum;
    }
    dictionary
}

#[test]
fn no_damage_panics_and_none_is_taken_for_a_dictionary() {
    let bytes = random_dictionary(Mode::Live, 8_000, 1).to_bytes().unwrap();
    let path = Path::new("damaged");
    for end in (0..bytes.len()).step_by(7) {
        assert!(Dictionary::from_bytes(&bytes[..end], path).is_err(), "cut at {end}");
    }
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for position in 0..header {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x15;
        // With another name or colour it may still be a dictionary, which must be valid.
        if let Ok(dictionary) = Dictionary::from_bytes(&damaged, path) {
            dictionary.check().unwrap();
        }
    }
}

#[test]
fn what_does_not_hold_together_is_refused_by_name() {
    let check = |change: &dyn Fn(&mut Dictionary)| {
        let mut dictionary = random_dictionary(Mode::Live, 8_000, 2);
        change(&mut dictionary);
        dictionary.check().unwrap_err()
    };
    assert!(matches!(check(&|d| d.w[[1, 2]] = f32::NAN), Invalid::Entry { bin: 1, component: 2 }));
    assert!(matches!(check(&|d| d.w[[1, 2]] = -0.1), Invalid::Entry { .. }));
    assert!(matches!(check(&|d| d.w.fill(0.0)), Invalid::Silent));
    assert!(matches!(check(&|d| d.frames.fft_size = 4096), Invalid::Shape { .. }));
    assert!(matches!(check(&|d| d.sources[1].name = "ONE".into()), Invalid::SameName(_)));
    assert!(matches!(check(&|d| d.sources[0].name = "a/b".into()), Invalid::Name(_)));
    assert!(matches!(check(&|d| d.sources[0].name = "rest".into()), Invalid::Name(_)));
    assert!(matches!(check(&|d| d.sources[0].color = "red".into()), Invalid::Color(_)));
    assert!(matches!(check(&|d| d.sources[0].components = vec![0]), Invalid::Owner { .. }));
    assert!(matches!(check(&|d| d.sources[0].components = vec![9]), Invalid::NoComponent { .. }));
    assert!(matches!(check(&|d| d.sources[0].rest = true), Invalid::TwoRests));
    assert!(matches!(check(&|d| d.transpose = 5), Invalid::Transpose(5)));
    assert!(matches!(check(&|d| d.rarity[1] = f32::NAN), Invalid::Rarity(_)));
    assert!(matches!(check(&|d| d.rarity.truncate(5)), Invalid::RarityCount { .. }));
}

#[test]
fn a_newer_version_is_named() {
    let dictionary = random_dictionary(Mode::Live, 8_000, 1);
    let bytes = dictionary.to_bytes().unwrap();
    let old = b"\\\"version\\\":1";
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    let mut newer = bytes.clone();
    newer[at + old.len() - 1] = b'2';
    let error = Dictionary::from_bytes(&newer, Path::new("x")).unwrap_err();
    assert!(matches!(error, DictionaryError::Version { found: 2, known: 1, .. }), "{error}");
}

/// A peak stays at its frequency on any grid.
#[test]
fn remapping_keeps_frequencies_and_sums_and_says_so() {
    let mut dictionary = random_dictionary(Mode::Quality, 44_100, 1);
    let peak_hz = 1_000.0;
    let bin = (peak_hz / dictionary.frames.bin_hz(1)).round() as usize;
    for mut column in dictionary.w.columns_mut() {
        column.fill(0.0);
        (bin - 2..=bin + 2).for_each(|b| column[b] = 0.2 - 0.05 * (b as f32 - bin as f32).abs());
        let sum = column.sum();
        column /= sum;
    }
    let same = dictionary.remapped(dictionary.frames);
    assert_eq!(same, (dictionary.clone(), None));
    for rate in [8_000, 48_000, 96_000, 192_000] {
        let to = FrameSettings::new(Mode::Quality, rate);
        let (remapped, note) = dictionary.remapped(to);
        remapped.check().unwrap();
        let column = remapped.w.column(0);
        let loudest = (0..to.bins()).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap();
        assert!((to.bin_hz(loudest) - peak_hz).abs() <= 1.5 * to.bin_hz(1), "{rate}");
        assert!((column.sum() - 1.0).abs() < 1e-4);
        let note = note.unwrap().to_string();
        assert!(note.contains("44100 Hz") && note.contains(&format!("{rate} Hz")), "{note}");
    }
    let (live, note) = dictionary.remapped(FrameSettings::new(Mode::Live, 44_100));
    assert_eq!(live.w.nrows(), live.frames.bins());
    assert!(note.unwrap().to_string().contains("live"));
}

/// What the first source does not get of a signal after its first frame, at most, relative to full
/// scale.
fn not_in_the_first_source(dictionary: &Dictionary) -> f32 {
    let mut separator = Separator::new(Arc::new(Model::new(dictionary)), 1, 1);
    separator.bus_mut(0).set_gain(0, 1.0);
    separator.bus_mut(0).settle();
    let sample = |n: usize| 0.5 * (n as f32 * (0.3 + n as f32 * 1e-4)).sin();
    let input: Vec<f32> = (0..8000).map(sample).collect();
    let mut output = vec![0.0; input.len()];
    separator.process(&[&input], &mut [&mut output]);
    let in_time = output[separator.latency_samples()..].iter().zip(&input);
    let missing = in_time.map(|(out, x)| (out - x).abs());
    missing.skip(dictionary.frames.fft_size).fold(0.0, f32::max)
}

/// An empty rest changes little.
#[test]
fn a_source_without_competition_gets_everything_and_the_dictionary_says_so() {
    let mut with_rest = random_dictionary(Mode::Live, 8_000, 1);
    with_rest.keep_sources(&[0, 2]);
    assert!(with_rest.can_separate());
    assert!(not_in_the_first_source(&with_rest) > 0.1);
    let mut alone = with_rest;
    alone.remove_rest();
    let flat = 1.0 / alone.frames.bins() as f32;
    alone.w.fill(flat);
    for most in [1e-4, 0.1] {
        assert!(!alone.can_separate());
        let missing = not_in_the_first_source(&alone);
        assert!(missing < most, "{missing}");
        alone.add_empty_rest();
    }
    assert_eq!(alone.sources.len(), 2);
    let mut without_rest = random_dictionary(Mode::Live, 8_000, 1);
    without_rest.remove_rest();
    assert!(without_rest.can_separate());
}
