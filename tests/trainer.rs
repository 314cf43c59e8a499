//! Learning a dictionary from clips.

mod support;

use support::noise;
use unbraid::dictionary::REST_NAME;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{
    LearnSettings, Method, RestSettings, SourceClips, add_rest, learn_dictionary,
};

const RATE_HZ: u32 = 16_000;

/// Tones of one timbre (1/n partials), one note every quarter of a second.
fn tones(notes_hz: &[f32], seconds: f32) -> Vec<f32> {
    let samples = (seconds * RATE_HZ as f32) as usize;
    (0..samples)
        .map(|t| {
            let seconds = t as f32 / RATE_HZ as f32;
            let note = notes_hz[(seconds * 4.0) as usize % notes_hz.len()];
            let partial = |n: usize| {
                let phase = std::f32::consts::TAU * note * n as f32 * seconds;
                phase.sin() / n as f32
            };
            0.1 * (1..6).map(partial).sum::<f32>()
        })
        .collect()
}

fn settings(mode: Mode) -> LearnSettings {
    LearnSettings::new(FrameSettings::new(mode, RATE_HZ))
}

fn source<'a>(name: &str, clips: Vec<&'a [Vec<f32>]>) -> SourceClips<'a> {
    SourceClips { name: name.to_string(), clips }
}

#[test]
fn several_clips_of_a_source_are_learned_as_one() {
    let first = [tones(&[220.0], 2.0)];
    let second = [tones(&[500.0], 2.0)];
    let settings = LearnSettings { components: Some(2), ..settings(Mode::Quality) };
    let sources = [source("flute", vec![&first, &second])];
    let (dictionary, learned) = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap();
    let peak_hz = |k: usize| {
        let column = dictionary.w.column(k);
        let bin = (0..column.len()).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap();
        dictionary.frames.bin_hz(bin)
    };
    // Sorted by peak: the two notes.
    assert!((peak_hz(0) - 220.0).abs() < 8.0 && (peak_hz(1) - 500.0).abs() < 8.0);
    assert_eq!(learned[0].components, 2);
    dictionary.check().unwrap();
}

#[test]
fn silence_between_the_notes_is_not_learned() {
    let mut clip = tones(&[220.0, 330.0], 1.0);
    let sound_s = 1.0;
    clip.resize(6 * RATE_HZ as usize, 0.0);
    let clip = [clip];
    let (_, learned) =
        learn_dictionary(&[source("x", vec![&clip])], None, &settings(Mode::Live), &mut |_| true)
            .unwrap();
    assert!((learned[0].heard_s - sound_s).abs() < 0.3, "{}", learned[0].heard_s);
}

#[test]
fn every_method_gives_a_dictionary_that_holds() {
    let clip = [tones(&[200.0, 300.0, 450.0], 3.0)];
    for method in Method::ALL {
        let settings = LearnSettings { method, components: Some(3), ..settings(Mode::Balanced) };
        let (dictionary, _) =
            learn_dictionary(&[source("x", vec![&clip])], None, &settings, &mut |_| true).unwrap();
        dictionary.check().unwrap();
        for column in dictionary.w.columns() {
            assert!((column.sum() - 1.0).abs() < 1e-4, "{method}");
        }
    }
}

#[test]
fn the_rest_is_learned_beside_sources_that_stay() {
    let solo = [tones(&[220.0, 330.0], 3.0)];
    let hiss = noise(3 * RATE_HZ as usize, 4);
    let mixture: Vec<f32> = solo[0].iter().zip(&hiss).map(|(a, b)| a + 0.1 * b).collect();
    let mixture = [mixture];
    let settings = settings(Mode::Quality);
    let sources = [source("tones", vec![&solo])];
    let (alone, _) = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap();
    let (both, _) = learn_dictionary(&sources, Some(&mixture), &settings, &mut |_| true).unwrap();
    let count = alone.components();
    assert_eq!(both.w.slice(ndarray::s![.., ..count]), alone.w);
    assert_eq!(both.sources[1].name, REST_NAME);
    // Hiss is spread over the spectrum; the tones are not.
    let spread = |k: usize| {
        let column = both.w.column(k);
        1.0 / column.iter().map(|w| w * w).sum::<f32>()
    };
    let widest_rest = (count..both.components()).map(spread).fold(0.0, f32::max);
    assert!(widest_rest > 10.0 * (0..count).map(spread).fold(0.0, f32::max));

    // Learned again, the rest replaces the first.
    let mut again = both.clone();
    add_rest(&mut again, &mixture, &RestSettings::default(), &mut |_| true).unwrap();
    assert_eq!(again, both);

    // Stopping it removes nothing.
    add_rest(&mut again, &mixture, &RestSettings::default(), &mut |_| false).unwrap_err();
    assert_eq!(again, both);
}

#[test]
fn a_mixture_alone_is_learned_one_source_a_component() {
    let mixture = [tones(&[220.0, 330.0, 500.0], 3.0)];
    let settings = LearnSettings { components: Some(3), ..settings(Mode::Quality) };
    let (dictionary, _) = learn_dictionary(&[], Some(&mixture), &settings, &mut |_| true).unwrap();
    let names: Vec<_> = dictionary.sources.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["component-01", "component-02", "component-03"]);
    dictionary.check().unwrap();
}

#[test]
fn the_same_bytes_come_out_on_any_number_of_threads() {
    let clip = [noise(3 * RATE_HZ as usize, 1), tones(&[300.0, 410.0], 3.0)];
    let learn = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let settings = settings(Mode::Live);
            learn_dictionary(&[source("x", vec![&clip])], Some(&clip), &settings, &mut |_| true)
                .unwrap()
                .0
                .to_bytes()
                .unwrap()
        })
    };
    assert!(learn(1) == learn(2));
}

#[test]
fn it_stops_when_told() {
    let clip = [tones(&[300.0], 2.0)];
    let error =
        learn_dictionary(&[source("x", vec![&clip])], None, &settings(Mode::Live), &mut |_| false)
            .unwrap_err();
    assert!(error.is_cancelled());
    let silent = [vec![0.0; 40_000]];
    let error =
        learn_dictionary(&[source("x", vec![&silent])], None, &settings(Mode::Live), &mut |_| true)
            .unwrap_err();
    assert!(!error.is_cancelled() && error.to_string().contains("`x`"), "{error}");
}
