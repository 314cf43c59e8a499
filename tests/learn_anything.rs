//! Learning accepts any clip and any settings, or reports why not: it never panics, and its
//! result can be played.

use std::sync::Arc;

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unbraid::divergence::Divergence;
use unbraid::dsp::{Model, Separator};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{
    LearnSettings, Method, RestSettings, SourceClips, add_rest, learn_dictionary,
};

const RATE_HZ: u32 = 8_000;

/// Silence, noise, a tone, a click, a constant, or what is not finite, at a level from far too
/// soft to far too loud.
fn clip(kind: usize, samples: usize, level: f32, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..samples)
        .map(|t| {
            let x = match kind {
                0 => 0.0,
                1 => random.random::<f32>() - 0.5,
                2 => (t as f32 * 0.3).sin(),
                3 => f32::from(u8::from(t == samples / 2)),
                4 => 1.0,
                _ => [f32::NAN, f32::INFINITY, 1.0, -1.0][t % 4],
            };
            x * level
        })
        .collect()
}

fn any_settings() -> impl Strategy<Value = LearnSettings> {
    let method = prop_oneof![
        Just(Method::Nmf),
        Just(Method::Snpa),
        Just(Method::Greedy),
        Just(Method::Greedy2),
        Just(Method::Spa),
        Just(Method::Xray),
    ];
    let components =
        prop_oneof![Just(None), (1usize..4).prop_map(Some), (4usize..40).prop_map(Some)];
    let mode = prop_oneof![Just(Mode::Quality), Just(Mode::Balanced), Just(Mode::Live)];
    let transpose = prop_oneof![Just(0u32), Just(6), Just(12)];
    (method, components, 0f32..=2.0, 1usize..8, mode, transpose).prop_map(
        |(method, components, beta, iterations, mode, transpose)| LearnSettings {
            method,
            components,
            divergence: Divergence::from_beta(beta).unwrap(),
            iterations,
            transpose,
            ..LearnSettings::new(FrameSettings::new(mode, RATE_HZ))
        },
    )
}

fn any_clip() -> impl Strategy<Value = Vec<f32>> {
    let samples = prop_oneof![0usize..3, 3usize..600, 600usize..20_000];
    let level = prop_oneof![Just(1e-30f32), Just(1e-6), Just(0.5), Just(1e5), Just(1e38)];
    (0usize..6, samples, level, any::<u64>())
        .prop_map(|(kind, samples, level, seed)| clip(kind, samples, level, seed))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]
    #[test]
    fn learning_takes_anything(
        settings in any_settings(),
        clips in prop::collection::vec(any_clip(), 1..3),
        mixture in any_clip(),
        with_rest in any::<bool>(),
    ) {
        let clips: Vec<[Vec<f32>; 1]> = clips.into_iter().map(|clip| [clip]).collect();
        let sources: Vec<SourceClips> = clips
            .iter()
            .enumerate()
            .map(|(s, clip)| SourceClips { name: format!("s{s}"), clips: vec![&clip[..]] })
            .collect();
        let goes_on = &mut |_| true;
        let learned = learn_dictionary(&sources, None, &settings, goes_on).map(|(dictionary, _)| dictionary);
        let mut learned = match learned {
            Ok(dictionary) => dictionary,
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                return Ok(());
            }
        };
        if with_rest {
            // Nothing can be learned from a silent mixture; the dictionary stays unchanged.
            let _ = add_rest(&mut learned, &[mixture], &RestSettings::default(), goes_on);
        }
        prop_assert!(learned.w.iter().all(|x| x.is_finite() && *x >= 0.0));
        let buses = learned.sources.len();
        let mut separator = Separator::new(Arc::new(Model::new(&learned)), 1, buses);
        (0..buses).for_each(|bus| separator.bus_mut(bus).set_gain(bus, 1.0));
        let input = clip(1, 6_000, 0.3, 1);
        let mut output = vec![vec![0.0; input.len()]; buses];
        let mut slices: Vec<&mut [f32]> = output.iter_mut().map(|x| &mut x[..]).collect();
        separator.process(&[&input], &mut slices);
        prop_assert!(output.iter().flatten().all(|x| x.is_finite()));
    }
}
