//! The strength of a source's separation.

mod support;

use ndarray::Array2;
use support::{noise, one_bus_a_source, peak_db, random_dictionary, run};
use unbraid::audio;
use unbraid::dictionary::{Dictionary, Source};
use unbraid::dsp::Model;
use unbraid::eval::BssEval;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};

/// Two sources with the same spectrum have models in the proportion of their weights, so their
/// outputs are the input times `1 / (1 + w^p)` and `w^p / (1 + w^p)`, where ±100 % are ±12 dB.
#[test]
fn the_model_is_scaled_before_the_masks() {
    for mode in Mode::ALL {
        let random = random_dictionary(mode, 44_100, 1);
        let flat = 1.0 / random.w.nrows() as f32;
        let dictionary = Dictionary {
            w: Array2::from_elem((random.w.nrows(), 2), flat),
            rarity: vec![0.0; 2],
            sources: vec![Source::new("one", 0, vec![0]), Source::new("two", 1, vec![1])],
            transpose: 0,
            ..random
        };
        let exponent = f64::from(Model::new(&dictionary).mask_exponent());
        let input = [noise(30_000, 0)];
        for strength in [-1.0, -0.3, 0.0, 0.5, 1.0, 7.0] {
            let mut separator = one_bus_a_source(&dictionary, 1);
            separator.set_strength(1, strength);
            let latency = separator.latency_samples();
            let output = run(&mut separator, &input, || 480);
            let weight = 10f64.powf(-12.0 / 20.0 * f64::from(strength.min(1.0)));
            let expected = (weight.powf(exponent) / (1.0 + weight.powf(exponent))) as f32;
            let off = |output: &[f32], part: f32| {
                let pairs = output[latency..].iter().zip(&input[0]);
                // What the noise begins with may be an offset: that takes a while to fade.
                peak_db(pairs.skip(15_000).map(|(out, x)| out - part * x))
            };
            let off = [off(&output[1], expected), off(&output[0], 1.0 - expected)];
            // The engine's powers are approximate.
            assert!(off.iter().all(|db| *db < -50.0), "{mode}, {strength}: {off:?} dB");
        }
    }
}

/// The sources sum to the input, in any blocks, also when the strengths change on the way; and
/// what is not a number is neutral.
#[test]
fn sources_still_sum_to_the_input() {
    let dictionary = random_dictionary(Mode::Balanced, 44_100, 4);
    for channels in [1, 2] {
        let input: Vec<_> = (0..channels).map(|c| noise(40_000, c)).collect();
        let render = |block: usize, first: f32| {
            let mut separator = one_bus_a_source(&dictionary, channels as usize);
            let latency = separator.latency_samples();
            let mut outputs = vec![Vec::new(); 3 * channels as usize];
            for (strength, range) in
                [(first, 0..20_000), (-1.0, 20_000..30_000), (0.4, 30_000..40_000)]
            {
                separator.set_strength(0, strength);
                separator.set_strength(2, -strength);
                separator.set_strength(9, 1.0);
                let piece: Vec<_> = input.iter().map(|x| x[range.clone()].to_vec()).collect();
                for (out, new) in outputs.iter_mut().zip(run(&mut separator, &piece, || block)) {
                    out.extend(new);
                }
            }
            (outputs, latency)
        };
        let (outputs, latency) = render(480, 0.8);
        assert!(outputs == render(33, 0.8).0);
        assert!(render(480, f32::NAN).0 == render(480, 0.0).0);
        for (c, input) in input.iter().enumerate() {
            let sum = |n: usize| -> f32 {
                (0..3).map(|s| outputs[s * channels as usize + c][n + latency]).sum()
            };
            let off = peak_db((0..40_000 - latency).map(|n| sum(n) - input[n]));
            assert!(off < -120.0, "{off} dB");
        }
    }
}

/// On music, a higher strength gives less interference and more artefacts.
#[test]
fn strength_trades_interference_for_artefacts() {
    let clip = |kind: &str, name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo");
        vec![audio::read(format!("{folder}/{kind}/{name}.flac")).unwrap().mono()]
    };
    let names = ["violin", "piano", "bass", "drums"];
    let clips = names.map(|name| clip("train", name));
    let sources: Vec<SourceClips> = (names.iter().zip(&clips))
        .map(|(name, clip)| SourceClips { name: name.to_string(), clips: vec![clip] })
        .collect();
    let settings = LearnSettings::new(FrameSettings::new(Mode::Live, 44_100));
    let dictionary = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap().0;
    let stems = names.map(|name| clip("test", name).remove(0)[..8 * 44_100].to_vec());
    let mixture: Vec<f32> =
        (0..stems[0].len()).map(|n| stems.iter().map(|stem| stem[n]).sum()).collect();
    let references: Vec<_> = names.iter().zip(&stems).map(|(name, x)| (*name, &x[..])).collect();
    let bss = BssEval::new(&references).unwrap();
    let scores = [-1.0, 0.0, 1.0].map(|strength| {
        let mut separator = one_bus_a_source(&dictionary, 1);
        separator.set_strength(0, strength);
        let latency = separator.latency_samples();
        let output = run(&mut separator, std::slice::from_ref(&mixture), || 512).remove(0);
        let mut estimate = output[latency..].to_vec();
        estimate.resize(mixture.len(), 0.0);
        bss.score(&estimate, 0).unwrap()
    });
    let [loose, neutral, strict] = &scores;
    assert!(neutral.sir_db > loose.sir_db + 2.0);
    assert!(strict.sir_db > neutral.sir_db + 2.0);
    assert!(strict.sar_db < neutral.sar_db - 1.0);
    assert!(neutral.sdr_db > loose.sdr_db);
}
