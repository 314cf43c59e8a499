//! A rest that is learned in rounds, from what the engine gives to it.

mod support;

use std::path::Path;

use support::{noise, one_bus_a_source, run};
use unbraid::audio;
use unbraid::dictionary::Dictionary;
use unbraid::eval::{Stem, evaluate};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{
    InMemory, LearnSettings, Mixture, RestSettings, SourceClips, SourceToLearn, add_rest_from,
    learn_dictionary,
};
use unbraid::offline::{add_rest, learn_with_rest};

const RATE_HZ: u32 = 44_100;
const NAMES: [&str; 4] = ["bass", "drums", "piano", "violin"];

fn shipped(part: &str, name: &str) -> Vec<f32> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{part}/{name}.flac"));
    audio::read(path).unwrap().channels.remove(0)
}

fn learned(name: &str, clip: &[Vec<f32>]) -> Dictionary {
    let clips = SourceClips { name: name.to_string(), clips: vec![clip] };
    let settings = LearnSettings::new(FrameSettings::new(Mode::Quality, RATE_HZ));
    learn_dictionary(&[clips], None, &settings, &mut |_| true).unwrap().0
}

fn sum<'a>(stems: impl Iterator<Item = &'a Vec<f32>>) -> Vec<f32> {
    let add = |sum: Vec<f32>, stem: &Vec<f32>| sum.iter().zip(stem).map(|(a, b)| a + b).collect();
    stems.fold(vec![0.0; 10 * RATE_HZ as usize], add)
}

/// SDR of the only source and of the rest.
fn sdr_db(dictionary: &Dictionary, mixture: &[f32], target: &[f32], others: &[f32]) -> [f64; 2] {
    let mut separator = one_bus_a_source(dictionary, 1);
    let latency = separator.latency_samples();
    let input = [mixture, &vec![0.0; latency]].concat();
    let output = run(&mut separator, &[input], || 4096);
    let stem = |name: &str, samples: &[f32]| Stem::new(name, vec![samples.to_vec()]);
    let estimates = [stem("target", &output[0][latency..]), stem("rest", &output[1][latency..])];
    let references = [stem("target", target), stem("rest", others)];
    let scores = evaluate(&references, &estimates).unwrap();
    [0, 1].map(|source| scores.sources[source].scores.sdr_db)
}

/// One instrument of the shipped band is known, each in turn.
#[test]
fn rounds_improve_the_separation() {
    let stems: Vec<Vec<f32>> = NAMES.iter().map(|name| shipped("test", name)).collect();
    let mixture = [sum(stems.iter())];
    let recording = InMemory { channels: &mixture, sample_rate_hz: RATE_HZ };
    let mixtures = [Mixture::new(&recording)];
    let (mut before_db, mut after_db) = ([0.0; 2], [0.0; 2]);
    for (place, name) in NAMES.into_iter().enumerate() {
        let alone = learned(name, &[shipped("train", name)]);
        let others = sum(stems.iter().enumerate().filter(|(s, _)| *s != place).map(|(_, x)| x));
        let scored = |dictionary: &Dictionary, sums: &mut [f64; 2]| {
            let target = &stems[place][..others.len()];
            let scores = sdr_db(dictionary, &mixture[0], target, &others);
            sums.iter_mut().zip(scores).for_each(|(sum, db)| *sum += db / NAMES.len() as f64);
        };
        let settings = RestSettings::default();
        let mut once = alone.clone();
        add_rest_from(&mut once, &mixtures, &settings, &mut |_| true).unwrap();
        scored(&once, &mut before_db);
        let mut in_rounds = alone;
        add_rest(&mut in_rounds, &mixtures, &settings, &mut |_| true).unwrap();
        scored(&in_rounds, &mut after_db);
        assert_eq!(in_rounds.sources, once.sources, "only spectra change");
    }
    println!("{before_db:.2?} {after_db:.2?}");
    assert!(
        after_db[0] > before_db[0] + 0.2 && after_db[1] > before_db[1],
        "{before_db:?} {after_db:?}"
    );
}

/// A flute of 440 Hz, and everything else: hiss.
struct Song {
    flute: [Vec<f32>; 1],
    /// In two recordings, of one and of two channels, at different rates.
    mono: [Vec<f32>; 1],
    stereo: [Vec<f32>; 2],
}

impl Song {
    fn new() -> Self {
        let tone = |rate_hz: u32, hiss: f32| -> Vec<f32> {
            let samples = 2 * rate_hz as usize;
            let phase = |t: usize| std::f32::consts::TAU * 440.0 * t as f32 / rate_hz as f32;
            let hisses = noise(samples, 3);
            (0..samples).map(|t| 0.1 * phase(t).sin() + hiss * hisses[t]).collect()
        };
        Self {
            flute: [tone(RATE_HZ, 0.0)],
            mono: [tone(RATE_HZ, 0.1)],
            stereo: [tone(48_000, 0.1), tone(48_000, 0.2)],
        }
    }

    fn recordings(&self) -> [InMemory<'_>; 2] {
        [
            InMemory { channels: &self.mono, sample_rate_hz: RATE_HZ },
            InMemory { channels: &self.stereo, sample_rate_hz: 48_000 },
        ]
    }
}

#[test]
fn recordings_of_any_kind_are_learned_from_and_nothing_is_lost_by_stopping() {
    let song = Song::new();
    let recordings = song.recordings();
    let mixtures = recordings.each_ref().map(|recording| Mixture::new(recording));
    let settings = RestSettings::default();
    let mut dictionary = learned("flute", &song.flute);
    let alone = dictionary.clone();
    let mut fractions = Vec::new();
    add_rest(&mut dictionary, &mixtures, &settings, &mut |fraction| {
        fractions.push(fraction);
        true
    })
    .unwrap();
    assert!(fractions.is_sorted() && *fractions.last().unwrap() > 0.99 && fractions.len() > 100);
    // Hiss is spread over the spectrum.
    let rest = dictionary.sources[1].components.clone();
    let peak = rest.iter().flat_map(|k| dictionary.w.column(*k).to_vec()).fold(0.0, f32::max);
    assert!(peak < 0.05, "{peak}");
    dictionary.check().unwrap();

    // At every tenth call, from the first pass to the last round.
    for calls in (0..fractions.len()).step_by(fractions.len() / 10) {
        let mut stopped = alone.clone();
        let mut left = calls;
        let goes_on = &mut |_| {
            left = left.wrapping_sub(1);
            left != usize::MAX
        };
        add_rest(&mut stopped, &mixtures, &settings, goes_on).unwrap_err();
        assert_eq!(stopped, alone, "stopped after {calls} calls");
    }

    // Learning everything at once is the same.
    let clip = InMemory { channels: &song.flute, sample_rate_hz: RATE_HZ };
    let sources = [SourceToLearn::Solo { name: "flute", recordings: vec![&clip] }];
    let learning = LearnSettings::new(FrameSettings::new(Mode::Quality, RATE_HZ));
    let (at_once, reports) =
        learn_with_rest(&sources, &mixtures, &learning, &mut |_| true).unwrap();
    assert_eq!(at_once, dictionary);
    assert_eq!(reports.len(), 2);
}
