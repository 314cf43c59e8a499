//! Pan and width: what they do to a source is what a mixing desk would do to its own stem.

mod support;

use support::{noise, one_bus_a_source, peak_db, random_dictionary, run};
use unbraid::dsp::{ChannelGains, SpatialKind};
use unbraid::frames::Mode;

const SAMPLES: usize = 30_000;

/// Each bus plays one source as it is, in the channels of the input. Mixing these by hand has to
/// give what a bus with pans and widths plays; with an offset in the input, with either filter.
#[test]
fn a_panned_bus_is_the_mix_of_the_panned_sources() {
    let dictionary = random_dictionary(Mode::Balanced, 44_100, 3);
    let mut input = vec![noise(SAMPLES, 1), noise(SAMPLES, 2)];
    input[0].iter_mut().for_each(|x| *x = 0.5 * *x + 0.1);
    let gains = [
        ChannelGains::panned(0.7, -0.4, 1.0),
        ChannelGains::panned(1.0, 0.0, 0.0),
        ChannelGains::panned(1.0, 1.0, 1.7).removed(),
    ];
    for kind in [SpatialKind::CommonMask, SpatialKind::Covariance] {
        let mut separator = one_bus_a_source(&dictionary, 2);
        separator.set_spatial(kind);
        let alone = run(&mut separator, &input, || 480);
        separator.reset();
        for (source, gains) in gains.into_iter().enumerate() {
            separator.bus_mut(0).set_gains(source, gains);
        }
        separator.bus_mut(0).settle();
        let mixed = run(&mut separator, &input, || 480);
        separator.reset();
        let again = run(&mut separator, &input, || 37);
        assert!(mixed[..2] == again[..2], "depends on the block size");
        for c in 0..2 {
            let by_hand = |n: usize| -> f32 {
                let of = |(s, gains): (usize, &ChannelGains)| {
                    let (own, other) = (alone[2 * s + c][n], alone[2 * s + 1 - c][n]);
                    gains.own[c] * own + gains.crossed[c] * other
                };
                gains.iter().enumerate().map(of).sum()
            };
            let off = peak_db((0..mixed[c].len()).map(|n| mixed[c][n] - by_hand(n)));
            assert!(off < -110.0, "{kind:?}, channel {c}: {off} dB");
        }
    }
}
