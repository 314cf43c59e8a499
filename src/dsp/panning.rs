//! Pan and width of a source.

/// The gains of a source on a bus: in channel `c`, it plays
/// `own[c] · y[c] + crossed[c] · y[1 - c]`, where `y` is the source as it is in the input. With
/// one channel, only `own[0]` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChannelGains {
    pub own: [f32; 2],
    pub crossed: [f32; 2],
}

impl ChannelGains {
    pub const SILENT: Self = Self { own: [0.0; 2], crossed: [0.0; 2] };

    /// The same gain (linear) in both channels.
    pub const fn uniform(gain: f32) -> Self {
        Self { own: [gain; 2], crossed: [0.0; 2] }
    }

    /// A source with a `gain` (linear), a stereo width from 0 (mono) through 1 (unchanged) to 2,
    /// and a balance `pan` from -1 (left only) through 0 (unchanged) to 1 (right only).
    ///
    /// The width scales the difference between the channels, `(L - R) / 2`, and keeps their
    /// mean; the pan makes the channel that it moves away from quieter, and no channel louder.
    pub fn panned(gain: f32, pan: f32, width: f32) -> Self {
        let balance = [(1.0 - pan).min(1.0), (1.0 + pan).min(1.0)].map(|side| side * gain);
        Self {
            own: balance.map(|side| side * 0.5 * (1.0 + width)),
            crossed: balance.map(|side| side * 0.5 * (1.0 - width)),
        }
    }

    /// The complement: added to these gains, it gives the source as it is in the input.
    pub fn removed(self) -> Self {
        Self { own: self.own.map(|gain| 1.0 - gain), crossed: self.crossed.map(|gain| -gain) }
    }

    /// What plays in `channel` of `channels`: from which channel, and with which gain.
    pub fn into_channel(
        self,
        channel: usize,
        channels: usize,
    ) -> impl Iterator<Item = (usize, f32)> {
        let crossed = if channels == 2 { self.crossed[channel] } else { 0.0 };
        let gains = [(channel, self.own[channel]), (1 - channel, crossed)];
        gains.into_iter().filter(|(_, gain)| *gain != 0.0)
    }

    pub fn is_silent(self) -> bool {
        self == Self::SILENT
    }

    /// The gain of a source that is alike in both channels, in the louder one; for pictures.
    pub fn in_the_middle(self) -> f32 {
        let sides = self.own.into_iter().zip(self.crossed);
        sides.map(|(own, crossed)| (own + crossed).abs()).fold(0.0, f32::max)
    }

    /// Moves each gain towards that of `target`, by at most `step`.
    pub fn glide(&mut self, target: Self, step: f32) {
        for (gains, targets) in [(&mut self.own, target.own), (&mut self.crossed, target.crossed)] {
            for (gain, target) in gains.iter_mut().zip(targets) {
                *gain = toward(*gain, target, step);
            }
        }
    }
}

/// `value`, moved towards `target` by at most `step`.
pub fn toward(value: f32, target: f32, step: f32) -> f32 {
    value + (target - value).clamp(-step, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_changes_no_bit() {
        for gain in [0.0, 0.3, 1.0, 3.98] {
            assert_eq!(ChannelGains::panned(gain, 0.0, 1.0), ChannelGains::uniform(gain));
        }
    }

    #[test]
    fn pan_and_width_at_their_ends() {
        let plays = |gains: ChannelGains, [left, right]: [f32; 2]| {
            let ChannelGains { own, crossed } = gains;
            [own[0] * left + crossed[0] * right, own[1] * right + crossed[1] * left]
        };
        let y = [0.8, -0.2];
        assert_eq!(plays(ChannelGains::panned(1.0, -1.0, 1.0), y), [0.8, 0.0]);
        assert_eq!(plays(ChannelGains::panned(2.0, 1.0, 1.0), y), [0.0, -0.4]);
        let mono = plays(ChannelGains::panned(1.0, 0.0, 0.0), y);
        assert!(mono.iter().all(|x| (x - 0.3).abs() < 1e-7), "{mono:?}");
        let wide = plays(ChannelGains::panned(1.0, 0.0, 2.0), y);
        assert!((wide[0] - 1.3).abs() < 1e-6 && (wide[1] + 0.7).abs() < 1e-6, "{wide:?}");
        for width in [0.0, 1.0, 2.0] {
            assert!((ChannelGains::panned(0.5, 0.0, width).in_the_middle() - 0.5).abs() < 1e-6);
        }
        assert!(ChannelGains::panned(1.0, 0.0, 0.0).removed().in_the_middle() < 1e-6);
        let gains = ChannelGains::panned(0.7, 0.4, 0.5);
        let (kept, removed) = (plays(gains, y), plays(gains.removed(), y));
        assert!((0..2).all(|c| (kept[c] + removed[c] - y[c]).abs() < 1e-6));
    }
}
