//! What of a clip is learned: the sound, whatever its level and its offset.

use ndarray::{Array2, Axis};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnError, LearnSettings, SourceClips, learn_dictionary};

const RATE_HZ: u32 = 44_100;

/// Four notes with partials, each decaying, and then silence.
fn notes() -> Vec<f32> {
    let samples = 88_200;
    let note = |t: usize| {
        let hz = [55.0, 82.4, 110.0, 146.8][4 * t / samples];
        let time_s = t as f32 / RATE_HZ as f32;
        let since_s = (t % (samples / 4)) as f32 / RATE_HZ as f32;
        let partial = |n: f32| (std::f32::consts::TAU * n * hz * time_s).sin() / n;
        0.2 * (-3.0 * since_s).exp() * (1..8).map(|n| partial(n as f32)).sum::<f32>()
    };
    let pause = std::iter::repeat_n(0.0, 22_050);
    (0..samples).map(note).chain(pause).collect()
}

fn learn(clip: Vec<f32>, mode: Mode) -> Result<Array2<f32>, LearnError> {
    let settings = LearnSettings {
        components: Some(4),
        iterations: 10,
        ..LearnSettings::new(FrameSettings::new(mode, RATE_HZ))
    };
    let clip = [clip];
    let source = SourceClips { name: "notes".to_string(), clips: vec![&clip[..]] };
    let (dictionary, _) = learn_dictionary(&[source], None, &settings, &mut |_| true)?;
    Ok(dictionary.w)
}

/// The lowest cosine between spectra in the same place.
fn likeness(a: &Array2<f32>, b: &Array2<f32>) -> f32 {
    assert_eq!(a.dim(), b.dim());
    let columns = a.columns().into_iter().zip(b.columns());
    let cosine = columns.map(|(a, b)| a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt());
    cosine.fold(1.0, f32::min)
}

#[test]
fn an_offset_is_not_learned() {
    for mode in [Mode::Quality, Mode::Live] {
        let expected = learn(notes(), mode).unwrap();
        let slow = |t: usize| (t as f32 * std::f32::consts::TAU / RATE_HZ as f32).sin();
        let offsets: [(&str, &dyn Fn(usize) -> f32); 3] =
            [("0.05", &|_| 0.05), ("0.5", &|_| -0.5), ("1 Hz", &|t| 0.05 * slow(t))];
        for (name, offset) in offsets {
            let clip = notes().into_iter().enumerate().map(|(t, x)| x + offset(t)).collect();
            let likeness = likeness(&learn(clip, mode).unwrap(), &expected);
            assert!(likeness > 0.999, "{mode}, {name}: {likeness}");
        }
    }
}

/// An offset alone is as silent as silence.
#[test]
fn an_offset_is_no_sound() {
    for level in [0.0, 0.3] {
        let error = learn(vec![level; 44_100], Mode::Live).unwrap_err();
        assert!(error.to_string().contains("no frames"), "{error}");
    }
}

#[test]
fn a_clip_of_any_level_is_learned_alike() {
    let expected = learn(notes(), Mode::Live).unwrap();
    for exponent in [-13, 23, 31, 60, 100] {
        let gain = 2f32.powi(exponent);
        let w = learn(notes().iter().map(|x| x * gain).collect(), Mode::Live).unwrap();
        let off = (&w - &expected).mapv(f32::abs).sum_axis(Axis(0));
        assert!(off.iter().all(|off| *off < 1e-4), "2^{exponent}: {off}");
    }
}

#[test]
fn what_is_not_finite_is_learned_as_silence() {
    let [mut broken, mut silent] = [notes(), notes()];
    for (i, bad) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().enumerate() {
        broken[30_000 + 9_000 * i] = bad;
        silent[30_000 + 9_000 * i] = 0.0;
    }
    assert_eq!(learn(broken, Mode::Live).unwrap(), learn(silent, Mode::Live).unwrap());
}
