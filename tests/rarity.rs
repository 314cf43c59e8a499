//! Components that were hardly ever needed in the clips give way to common ones.

mod support;

use ndarray::Array2;
use support::{noise, one_bus_a_source, random_dictionary, run};
use unbraid::dictionary::{Dictionary, Source};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnSettings, RestSettings, SourceClips, add_rest, learn_dictionary};

const RATE_HZ: u32 = 16_000;

/// A note that sounds for one second of 14 is as rare as that.
#[test]
fn rarity_follows_from_how_long_a_note_sounds() {
    let (seconds, rare_s) = (14.0f32, 1.0f32);
    let clip = (0..(seconds * RATE_HZ as f32) as usize).map(|n| {
        let t = n as f32 / RATE_HZ as f32;
        let hz = if (7.0..7.0 + rare_s).contains(&t) { 1500.0 } else { 400.0 };
        0.1 * (std::f32::consts::TAU * hz * t).sin()
    });
    let clip = [clip.collect::<Vec<f32>>()];
    let frames = FrameSettings::new(Mode::Live, RATE_HZ);
    let settings = LearnSettings { components: Some(2), ..LearnSettings::new(frames) };
    let sources = [SourceClips { name: "flute".to_string(), clips: vec![&clip] }];
    let (mut dictionary, _) = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap();
    // Sorted by peak: the common note, the rare one. Twice the mean is the sum of both.
    let expected = [(seconds / (seconds - rare_s)).ln(), (seconds / rare_s).ln()];
    for (found, expected) in dictionary.rarity.iter().zip(expected) {
        assert!((found - expected).abs() < 0.2, "{:?}, not {expected}", dictionary.rarity);
    }

    let settings = RestSettings { components: Some(3), ..RestSettings::default() };
    let hiss = [noise(3 * RATE_HZ as usize, 1)];
    add_rest(&mut dictionary, &hiss, &settings, &mut |_| true).unwrap();
    assert_eq!(dictionary.rarity[2..], [0.0; 3], "not known of the rest");
}

/// Of two sources with the same spectrum, the rarer one gets less.
#[test]
fn the_engine_prefers_common_components() {
    for (mode, transpose) in Mode::ALL.into_iter().flat_map(|mode| [(mode, 0), (mode, 6)]) {
        let random = random_dictionary(mode, 44_100, 1);
        let flat = 1.0 / random.w.nrows() as f32;
        let input = [noise(40_000, 0)];
        let difference_db = |rarity: [f32; 2]| {
            let dictionary = Dictionary {
                w: Array2::from_elem((random.w.nrows(), 2), flat),
                rarity: rarity.to_vec(),
                sources: vec![Source::new("one", 0, vec![0]), Source::new("two", 1, vec![1])],
                transpose,
                ..random.clone()
            };
            let output = run(&mut one_bus_a_source(&dictionary, 1), &input, || 480);
            let power = |bus: &[f32]| bus.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
            10.0 * (power(&output[0]) / power(&output[1])).log10()
        };
        let [rare_two, equal, rare_one] = [[0.0, 3.0], [0.0, 0.0], [3.0, 0.0]].map(difference_db);
        let seen = format!("{mode:?}, ±{transpose}: {rare_two}, {equal}, {rare_one}");
        // Where atoms are picked, ties are broken: then they are not equal.
        assert!(transpose > 0 || equal.abs() < 0.1, "{seen}");
        assert!(rare_two > equal + 6.0 && rare_one < equal - 6.0, "{seen}");
    }
}
