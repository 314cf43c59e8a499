//! A clip in memory, stored compactly and losslessly, ready to use without decoding.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::audio;
use crate::learn::Recording;

/// Longest recording or loaded clip.
pub const LONGEST_CLIP_S: usize = 300;

/// Full scale of 16-bit integer samples.
const FULL_SCALE: f32 = 32_768.0;

/// Recorded or loaded sound, one or two channels of equal length. A host's tracks have two
/// channels even if a microphone had one, and most files have 16 bits: a second channel equal
/// to the first is not kept, nor are bits that are zero.
#[derive(Debug)]
pub struct Clip {
    kept: Vec<Samples>,
    channels: usize,
    samples: usize,
    sample_rate_hz: u32,
}

#[derive(Debug)]
enum Samples {
    Whole(Box<[i16]>),
    Float(Box<[f32]>),
}

impl From<audio::Clip> for Clip {
    fn from(clip: audio::Clip) -> Self {
        let samples = clip.frames();
        let audio::Clip { channels, sample_rate_hz } = clip;
        let twice = match &channels[..] {
            [left, right] => left.iter().map(|x| x.to_bits()).eq(right.iter().map(|x| x.to_bits())),
            _ => false,
        };
        let count = channels.len();
        let kept = channels.into_iter().take(if twice { 1 } else { count });
        Self { kept: kept.map(Samples::new).collect(), channels: count, samples, sample_rate_hz }
    }
}

impl Clip {
    /// Samples per channel.
    pub fn samples(&self) -> usize {
        self.samples
    }

    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(Samples::bytes).sum()
    }

    /// Whether the second channel equals the first.
    pub fn is_twice(&self) -> bool {
        self.kept.len() < self.channels
    }

    /// Its channels, without a second one that equals the first.
    pub fn kept_channels(&self) -> impl Iterator<Item = Vec<f32>> {
        self.kept.iter().map(|samples| samples.values(0..self.samples).into_owned())
    }

    /// All its channels, full scale ±1.
    pub fn channels(&self) -> Vec<Vec<f32>> {
        let mut channels: Vec<Vec<f32>> = self.kept_channels().collect();
        if self.is_twice() {
            channels.extend(channels.first().cloned());
        }
        channels
    }

    /// All its channels at a sample rate.
    pub fn at_rate(&self, sample_rate_hz: u32) -> Vec<Vec<f32>> {
        let channels = self.channels();
        if self.sample_rate_hz == sample_rate_hz {
            return channels;
        }
        audio::resample(&channels, self.sample_rate_hz, sample_rate_hz)
    }
}

/// All clips joined one after another, at a sample rate, with as many channels as the widest
/// has; `None` without clips.
pub fn joined(clips: &[Arc<Clip>], sample_rate_hz: u32) -> Option<Vec<Vec<f32>>> {
    let clips: Vec<_> = clips.iter().map(|clip| clip.at_rate(sample_rate_hz)).collect();
    let channels = clips.iter().map(Vec::len).max()?;
    let channel = |c: usize| clips.iter().flat_map(move |clip| &clip[c.min(clip.len() - 1)]);
    Some((0..channels).map(|c| channel(c).copied().collect()).collect())
}

/// Read in pieces, so that learning holds little of it at a time.
impl Recording for Clip {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]> {
        self.kept[channel.min(self.kept.len() - 1)].values(range)
    }
}

/// The first seconds of a clip.
pub struct Beginning {
    pub clip: Arc<Clip>,
    pub seconds: usize,
}

impl Recording for Beginning {
    fn sample_rate_hz(&self) -> u32 {
        self.clip.sample_rate_hz
    }

    fn channels(&self) -> usize {
        self.clip.channels
    }

    fn samples(&self) -> usize {
        self.clip.samples.min(self.seconds * self.clip.sample_rate_hz as usize)
    }

    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]> {
        self.clip.read(channel, range)
    }
}

/// Formats seconds the same way everywhere, so that a clip's length never differs between
/// places.
pub fn seconds_text(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

impl Samples {
    fn new(samples: Vec<f32>) -> Self {
        let whole: Option<Box<[i16]>> = samples.iter().map(|x| whole(*x)).collect();
        whole.map_or_else(|| Self::Float(samples.into()), Self::Whole)
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Whole(samples) => size_of_val(&**samples),
            Self::Float(samples) => size_of_val(&**samples),
        }
    }

    fn values(&self, range: Range<usize>) -> Cow<'_, [f32]> {
        match self {
            Self::Whole(samples) => {
                samples[range].iter().map(|x| f32::from(*x) / FULL_SCALE).collect()
            }
            Self::Float(samples) => Cow::Borrowed(&samples[range]),
        }
    }
}

/// The sample as a 16-bit integer, if that is lossless.
fn whole(x: f32) -> Option<i16> {
    let number = (x * FULL_SCALE) as i16;
    ((f32::from(number) / FULL_SCALE).to_bits() == x.to_bits()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(channels: Vec<Vec<f32>>) -> Clip {
        audio::Clip { sample_rate_hz: 44_100, channels }.into()
    }

    fn bits(channels: &[Vec<f32>]) -> Vec<Vec<u32>> {
        channels.iter().map(|channel| channel.iter().map(|x| x.to_bits()).collect()).collect()
    }

    proptest! {
        #[test]
        fn every_bit_comes_back(
            bits_of in prop::collection::vec(any::<u32>(), 0..50),
            numbers in prop::collection::vec(-32_768i32..=32_768, 0..50),
        ) {
            let any: Vec<f32> = bits_of.iter().map(|bits| f32::from_bits(*bits)).collect();
            let whole: Vec<f32> = numbers.iter().map(|x| *x as f32 / FULL_SCALE).collect();
            for channels in [vec![any.clone()], vec![any.clone(), any], vec![whole.clone(), whole]] {
                prop_assert_eq!(bits(&kept(channels.clone()).channels()), bits(&channels));
            }
        }
    }

    #[test]
    fn what_says_nothing_is_not_kept() {
        let whole = vec![-1.0, 0.5, 1.0 - 1.0 / 32_768.0];
        assert_eq!(kept(vec![whole.clone(); 2]).bytes(), 6);
        assert_eq!(kept(vec![whole.clone(), vec![0.0; 3]]).bytes(), 12);
        assert_eq!(kept(vec![whole, vec![0.1; 3]]).bytes(), 18);
    }
}
