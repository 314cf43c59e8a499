//! Learning a dictionary from clips.

mod support;

use ndarray::Axis;
use support::noise;
use unbraid::dictionary::{Dictionary, REST_NAME};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{
    InMemory, LearnError, LearnSettings, Method, RestSettings, SourceClips, SourceToLearn,
    add_rest, learn_dictionary, learn_from,
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

/// Where a component is largest.
fn peak_hz(dictionary: &Dictionary, component: usize) -> f64 {
    let column = dictionary.w.column(component);
    let bin = (0..column.len()).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap();
    dictionary.frames.bin_hz(bin)
}

#[test]
fn several_clips_of_a_source_are_learned_as_one() {
    let first = [tones(&[220.0], 2.0)];
    let second = [tones(&[500.0], 2.0)];
    let settings = LearnSettings { components: Some(2), ..settings(Mode::Quality) };
    let sources = [source("flute", vec![&first, &second])];
    let (dictionary, learned) = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap();
    // Sorted by peak: the two notes.
    let (first, second) = (peak_hz(&dictionary, 0), peak_hz(&dictionary, 1));
    assert!((first - 220.0).abs() < 8.0 && (second - 500.0).abs() < 8.0);
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
    assert!((learned[0].sound_s - sound_s).abs() < 0.3, "{}", learned[0].sound_s);
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

    // Where hardly anything else plays, its components cost more; where much does, they do not.
    let rest_with = |gain: f32| {
        let mixture = solo[0].iter().zip(&hiss).map(|(a, b)| a + gain * b).collect();
        let mut dictionary = alone.clone();
        let settings = RestSettings::default();
        add_rest(&mut dictionary, &[mixture], &settings, &mut |_| true).unwrap();
        dictionary.sources.remove(1)
    };
    assert!(alone.sources[0].unexplained.is_some_and(|part| part < 0.1));
    let rests = [0.001, 0.03, 1.0].map(rest_with);
    let [little, some, much] = rests.each_ref().map(|rest| rest.penalty);
    assert!(little > 0.5 && some <= little && much == 0.0, "{little}, {some}, {much}");
    // And the less plays beside the sources, the fewer components the rest has.
    let [little, some, much] = rests.map(|rest| rest.components.len());
    assert!(little < 24 && some >= little && much == 32, "{little}, {some}, {much}");

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

/// Eight notes one after another, in two clips; far more frames than are used.
#[test]
fn long_clips_are_learned_from_frames_of_all_their_parts() {
    const NOTES_HZ: [f32; 8] = [180.0, 250.0, 330.0, 420.0, 530.0, 650.0, 800.0, 990.0];
    let part = |notes: &[f32]| [notes.iter().flat_map(|hz| tones(&[*hz], 5.0)).collect()];
    let (first, second): ([Vec<f32>; 1], [Vec<f32>; 1]) =
        (part(&NOTES_HZ[..5]), part(&NOTES_HZ[5..]));
    let sources = [source("flute", vec![&first, &second])];
    let learn = |max_frames| {
        let settings = LearnSettings { components: Some(8), max_frames, ..settings(Mode::Quality) };
        learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap()
    };
    let (whole, learned) = learn(usize::MAX);
    // 40 s at 1024 samples per frame, less the windows at the ends.
    let frames = (learned[0].sound_s * 16_000.0 / 1024.0).round() as usize;
    assert!((600..630).contains(&frames), "{frames}");
    assert_eq!(learn(frames).0, whole, "within the budget, the budget changes nothing");
    let (few, learned_from_few) = learn(60);
    assert_eq!(learned_from_few[0].sound_s, learned[0].sound_s);
    for dictionary in [whole, few] {
        let peaks_hz: Vec<f64> = (0..8).map(|k| peak_hz(&dictionary, k)).collect();
        for (peak_hz, note_hz) in peaks_hz.iter().zip(NOTES_HZ) {
            assert!((peak_hz - f64::from(note_hz)).abs() < 8.0, "{peaks_hz:?}");
        }
    }
}

/// Clips at another sample rate, sources that stay, and the same with one after another.
#[test]
fn a_source_that_is_known_stays_and_the_others_are_learned() {
    let clips = [220.0, 330.0, 500.0].map(|hz| [tones(&[hz, 1.5 * hz], 2.0)]);
    let settings = LearnSettings { components: Some(4), ..settings(Mode::Quality) };
    let learn = |names: [(&str, usize); 2]| {
        let sources = names.map(|(name, clip)| source(name, vec![&clips[clip]]));
        learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap().0
    };
    let mut known = learn([("a", 0), ("b", 1)]);
    // Something that learning would not find.
    let bins = known.w.nrows() as f32;
    known.w.column_mut(0).fill(1.0 / bins);
    let third = InMemory { channels: &clips[2], sample_rate_hz: RATE_HZ };
    let solo = SourceToLearn::Solo { name: "c", recordings: vec![&third] };
    let stays = |source| SourceToLearn::Known { dictionary: &known, source };
    let (all, report) =
        learn_from(&[stays(1), solo, stays(0)], &[], &settings, &mut |_| true).unwrap();
    let w = |dictionary: &Dictionary, source: usize| {
        dictionary.w.select(Axis(1), &dictionary.sources[source].components)
    };
    let names: Vec<&str> = all.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!((names, report.len()), (vec!["b", "c", "a"], 1));
    assert_eq!((w(&all, 0), w(&all, 2)), (w(&known, 1), w(&known, 0)));
    assert_eq!(w(&all, 1), w(&learn([("a", 0), ("c", 2)]), 1));
    let nothing = learn_from(&[stays(0)], &[], &settings, &mut |_| true);
    assert_eq!(nothing, Err(LearnError::Nothing));

    // The same notes from a recording at twice the rate.
    let channels = unbraid::audio::resample(&clips[2], RATE_HZ, 2 * RATE_HZ);
    let faster = InMemory { channels: &channels, sample_rate_hz: 2 * RATE_HZ };
    let solo = SourceToLearn::Solo { name: "c", recordings: vec![&faster] };
    let (resampled, its_report) = learn_from(&[solo], &[], &settings, &mut |_| true).unwrap();
    assert_eq!(its_report[0].sound_s, report[0].sound_s);
    let (first, last) = (peak_hz(&resampled, 0), peak_hz(&resampled, 3));
    assert!((first - 500.0).abs() < 8.0 && (last - 750.0).abs() < 8.0, "{first}, {last}");
}

/// With a budget that the clip exceeds, so that all stages run.
#[test]
fn progress_never_falls_and_reaches_the_end() {
    let clip = [noise(20 * RATE_HZ as usize, 1), tones(&[300.0, 410.0], 20.0)];
    for method in [Method::Nmf, Method::Snpa, Method::Greedy2] {
        let settings =
            LearnSettings { method, components: Some(6), max_frames: 200, ..settings(Mode::Live) };
        let sources = [source("x", vec![&clip]), source("y", vec![&clip])];
        let mut fractions: Vec<f32> = Vec::new();
        learn_dictionary(&sources, Some(&clip), &settings, &mut |fraction| {
            fractions.push(fraction);
            true
        })
        .unwrap();
        assert!(fractions.is_sorted(), "{method}");
        let (first, last) = (fractions[0], fractions[fractions.len() - 1]);
        assert!(first == 0.0 && (0.95..=1.0).contains(&last), "{method}: {first} to {last}");
    }
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
