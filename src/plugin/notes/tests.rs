use std::collections::BTreeMap;
use std::f32::consts::TAU;
use std::path::PathBuf;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use ndarray::Axis;

use super::*;
use crate::frames::{FrameSettings, Mode};
use crate::learn::{LearnSettings, SourceClips, learn_dictionary};
use crate::stft::magnitudes;

fn noise(samples: usize, rms: f32) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    // Uniform in ±1 has an RMS of 1/√3.
    let scale = rms * 3f32.sqrt();
    (0..samples).map(|_| scale * rng.random_range(-1.0..1.0)).collect()
}

/// Chords of a second each, every note with twelve decaying harmonics, in noise 20 dB below.
fn played(chords: &[&[usize]], rate: u32) -> Vec<f32> {
    let mut sound = Vec::new();
    for chord in chords {
        for i in 0..rate {
            let t = i as f32 / rate as f32;
            let note = |note: &usize| {
                let f0 = 440.0 * ((*note as f32 - 69.0) / 12.0).exp2();
                let harmonics = (1..=12).filter(|h| f0 * *h as f32 <= 0.45 * rate as f32);
                let harmonic = |h: f32| (TAU * (f0 * h * t).fract() + h).sin() / h;
                harmonics.map(|h| harmonic(h as f32)).sum::<f32>()
            };
            sound.push(0.1 * (-t).exp() * chord.iter().map(note).sum::<f32>());
        }
    }
    let rms = (sound.iter().map(|x| x * x).sum::<f32>() / sound.len() as f32).sqrt();
    let noise = noise(sound.len(), 0.1 * rms);
    sound.iter().zip(noise).map(|(x, n)| x + n).collect()
}

fn listen(sound: Vec<f32>, rate: u32) -> DetectedNotes {
    DetectedNotes::listen(&[sound], rate, &mut || true).unwrap()
}

#[test]
fn notes_are_told_for_as_long_as_they_sound() {
    for rate in [44_100, 48_000, 96_000] {
        let alone: [&[usize]; 7] = [&[28], &[40], &[52], &[64], &[76], &[88], &[100]];
        let chords: [&[usize]; 4] = [&[60, 64, 67], &[57, 60, 64], &[48, 55, 64], &[62, 65, 69]];
        for truth in [&alone[..], &chords] {
            let mut seconds = BTreeMap::new();
            truth.iter().copied().flatten().for_each(|n| *seconds.entry(*n).or_insert(0.0) += 1.0);
            let detected: BTreeMap<usize, f32> =
                listen(played(truth, rate), rate).notes().collect();
            assert!(detected.keys().eq(seconds.keys()), "{rate} Hz: {detected:?}, not {seconds:?}");
            for (note, s) in seconds {
                let told = detected[&note];
                assert!((told - s).abs() < 0.25, "{rate} Hz: {note} {told} s, not {s} s");
            }
        }
    }
}

#[test]
fn what_has_no_pitch_has_no_notes() {
    let rate = 44_100;
    let clicks = (0..10 * rate).map(|i| if i % 11_025 == 0 { 0.9 } else { 0.0 }).collect();
    let white = noise(20 * rate, 0.1);
    // Low noise, from a leaky sum.
    let mut sum = 0.0;
    let brown = white.iter().map(|x| {
        sum = 0.999 * sum + 0.05 * x;
        sum
    });
    let brown = brown.collect();
    for (what, sound) in [("clicks", clicks), ("brown", brown), ("white", white)] {
        let detected = listen(sound, rate as u32);
        assert!(detected.sounding_s > 1.0, "{what}");
        assert_eq!(detected.notes().count(), 0, "{what}");
    }
    assert_eq!(listen(vec![0.0; rate], rate as u32), DetectedNotes::default());
    assert_eq!(listen(vec![f32::NAN; rate], rate as u32).notes().count(), 0);
    assert_eq!(listen(Vec::new(), rate as u32), DetectedNotes::default());
}

/// `tests/fixtures/make_notes.py` found these notes by other methods.
#[test]
fn the_demo_has_the_notes_that_others_find() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("tests/fixtures/notes.json")).unwrap();
    let found: BTreeMap<String, BTreeMap<usize, f32>> = serde_json::from_str(&text).unwrap();
    let listen_to = |name: &str| {
        let path = root.join(format!("assets/demo/train/{name}.flac"));
        let sound = crate::audio::read(&path).unwrap();
        DetectedNotes::listen(&sound.channels, sound.sample_rate_hz, &mut || true).unwrap()
    };
    for (name, mut truth) in found {
        // Notes found in only a few frames are errors.
        truth.retain(|_, seconds| *seconds >= 0.1);
        let detected: BTreeMap<usize, f32> = listen_to(&name).notes().collect();
        if name == "piano" {
            let others = detected.keys().filter(|note| !truth.contains_key(note)).count();
            assert!(truth.keys().all(|note| detected.contains_key(note)), "{detected:?}");
            assert!(others <= 1, "{detected:?}");
            continue;
        }
        assert!(detected.keys().eq(truth.keys()), "{name}: {detected:?}, not {truth:?}");
        for (note, s) in truth {
            let off = (detected[&note] - s).abs();
            assert!(off < 0.15 + 0.25 * s, "{name}: {note} {} s, not {s} s", detected[&note]);
        }
    }
    assert_eq!(listen_to("drums").notes().count(), 0);
}

/// The column of W that NMF with one component converges to: the mean spectrum.
fn learned(sound: &[f32], mode: Mode, rate: u32) -> (Vec<f32>, f64) {
    let frames = FrameSettings::new(mode, rate);
    let v = magnitudes(sound, &frames.analysis_window(), frames.hop);
    (v.mean_axis(Axis(1)).unwrap().to_vec(), frames.bin_hz(1))
}

/// As the components panel names them, in every mode and at other rates.
#[test]
fn a_learned_spectrum_has_the_note_that_was_played() {
    let others = [(48_000, Mode::Live), (96_000, Mode::Quality), (16_000, Mode::Quality)];
    for (rate, mode) in Mode::ALL.map(|mode| (44_100, mode)).into_iter().chain(others) {
        let mut finder = PitchFinder::default();
        let mut name = |sound: &[f32]| {
            let (w, bin_hz) = learned(sound, mode, rate);
            finder.note(&w, bin_hz)
        };
        // Frames half as long separate the partials of low notes less well.
        let lowest = if mode == Mode::Quality { 28 } else { 37 };
        for note in (lowest..=100).step_by(3).filter(|note| hz(*note as f32) < 0.1 * rate as f32) {
            assert_eq!(name(&played(&[&[note]], rate)), Some(note), "{rate} Hz, {mode}");
        }
        assert_eq!(name(&noise(10 * rate as usize, 0.1)), None, "{rate} Hz, {mode}: noise");
        let clicks: Vec<f32> =
            (0..10 * rate).map(|i| if i % 11_025 == 0 { 0.9 } else { 0.0 }).collect();
        assert_eq!(name(&clicks), None, "{rate} Hz, {mode}: clicks");
        assert_eq!(name(&played(&[&[60, 64, 67]], rate)), None, "{rate} Hz, {mode}: a chord");
    }
    let mut finder = PitchFinder::default();
    assert_eq!(finder.note(&[0.0; 2049], 10.8), None);
    assert_eq!(finder.note(&[f32::NAN; 2049], 10.8), None);
    assert_eq!(finder.note(&[], 10.8), None);
}

/// Nearly every component of the demo's violin is one of the notes that it plays, and few of
/// its drums' are.
#[test]
fn the_demos_components_have_the_notes_that_were_played() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for mode in Mode::ALL {
        let frames = FrameSettings::new(mode, 44_100);
        let notes = |name: &str| {
            let path = root.join(format!("assets/demo/train/{name}.flac"));
            let sound = crate::audio::read(&path).unwrap().channels;
            let detected = DetectedNotes::listen(&sound, 44_100, &mut || true).unwrap();
            let clips = vec![&sound[..]];
            let source = SourceClips { name: name.to_string(), clips };
            let settings = LearnSettings::new(frames);
            let (dictionary, _) =
                learn_dictionary(&[source], None, &settings, &mut |_| true).unwrap();
            let mut finder = PitchFinder::default();
            let columns = dictionary.w.columns().into_iter();
            let notes: Vec<_> =
                columns.map(|w| finder.note(&w.to_vec(), frames.bin_hz(1))).collect();
            let played = notes.iter().filter(|note| {
                note.is_some_and(|note| detected.notes().any(|(other, _)| other == note))
            });
            (notes.len(), played.count(), notes.iter().flatten().count())
        };
        let (count, played, _) = notes("violin");
        assert!(played * 10 >= count * 9, "{mode}: {played} of {count}");
        let (count, _, named) = notes("drums");
        assert!(named * 8 <= count, "{mode}: {named} of {count} drums have a note");
    }
}
