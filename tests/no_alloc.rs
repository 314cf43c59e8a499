//! The engine neither allocates nor frees while it runs, checked with a counting allocator.

#[path = "host/guard.rs"]
#[allow(dead_code)]
mod guard;
mod support;

use std::sync::Arc;

use guard::{Guarded, guarded};
use support::{noise, random_dictionary};
use unbraid::dsp::{ChannelGains, Model, Separator, SpatialKind};
use unbraid::frames::Mode;

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

fn violations(work: impl FnOnce()) -> usize {
    let before = guard::violations();
    guarded(work);
    guard::violations() - before
}

#[test]
fn the_guard_sees_an_allocation() {
    assert_eq!(violations(|| drop(std::hint::black_box(vec![1u8; 100]))), 2);
}

#[test]
fn processing_neither_allocates_nor_frees() {
    for mode in Mode::ALL {
        for channels in [1usize, 2] {
            for beta in ["kl", "euclidean", "0.5"] {
                let mut dictionary = random_dictionary(mode, 44_100, 4);
                dictionary.divergence = beta.parse().unwrap();
                let model = Arc::new(Model::new(&dictionary));
                let mut separator = Separator::new(model, channels, 2);
                let input: Vec<_> = (0..channels).map(|c| noise(16_384, c as u64)).collect();
                let mut output = vec![vec![0.0; 16_384]; 2 * channels];
                for (round, size) in [16_384, 1, 64, 1000].into_iter().enumerate() {
                    let input: Vec<&[f32]> = input.iter().map(|x| &x[..size]).collect();
                    let mut output: Vec<&mut [f32]> =
                        output.iter_mut().map(|x| &mut x[..size]).collect();
                    let count = violations(|| {
                        for _ in 0..(4096 / size).max(1) {
                            separator.bus_mut(0).set_gain(round % 3, 0.7);
                            let panned = ChannelGains::panned(1.0, 0.5, round as f32);
                            separator.bus_mut(0).set_gains((round + 1) % 3, panned);
                            separator.bus_mut(1).set_component(Some((round, 1.0)));
                            separator.set_spatial(SpatialKind::of_setting(round % 2 == 0));
                            separator.set_strength(round % 3, 1.0 - round as f32);
                            separator.process(&input, &mut output);
                        }
                        separator.reset();
                    });
                    assert_eq!(count, 0, "{mode}, {channels} channels, {beta}, blocks of {size}");
                }
            }
        }
    }
}
