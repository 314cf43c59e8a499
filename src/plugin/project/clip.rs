//! A clip in memory, stored compactly, ready to use without decoding.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::audio;
use crate::learn::Recording;
use crate::plugin::packed_text::PackedText;

/// Longest recording or loaded clip.
pub const MAX_CLIP_S: usize = 300;

/// Clips with a lower peak than this count as empty.
pub const NOTHING_DB: f32 = -90.0;

/// Full scale of 16-bit integer samples.
const FULL_SCALE: f64 = 32_768.0;

/// Recorded or loaded sound, one or two channels of equal length. A host's tracks have two
/// channels even if a microphone had one: a second channel equal to the first is not kept.
/// Samples have 16 bits relative to the channel's peak, so that what is saved with the
/// project is exactly what was learned from. 16-bit sound is kept as it is; the rounding of
/// any other is 98 dB below the peak.
#[derive(Debug)]
pub struct Clip {
    kept: Vec<Samples>,
    channels: usize,
    samples: usize,
    sample_rate_hz: u32,
    /// Song position of the first sample, if it was recorded while the host played.
    song_position: Option<i64>,
    /// Of the recording that it is a part of: parts and copies have the same.
    origin: u64,
    /// The first sample's number in that recording.
    first: usize,
    /// Of the whole song: the places of the instruments that do not play in it, ascending.
    silent: Vec<usize>,
    /// The samples as they are written to the saved state, once packed.
    packed: OnceLock<PackedText>,
}

/// The samples of a channel: n · 2^exponent / 32768.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    pub numbers: Arc<[i16]>,
    pub exponent: i16,
}

impl From<audio::AudioBuffer> for Clip {
    fn from(clip: audio::AudioBuffer) -> Self {
        let samples = clip.frames();
        let audio::AudioBuffer { channels, sample_rate_hz } = clip;
        let same = matches!(&channels[..], [left, right] if left == right);
        let count = channels.len();
        let kept = channels.into_iter().take(if same { 1 } else { count });
        Self {
            kept: kept.map(|channel| Samples::new(&channel)).collect(),
            channels: count,
            samples,
            sample_rate_hz,
            song_position: None,
            origin: next_origin(),
            first: 0,
            silent: Vec::new(),
            packed: OnceLock::new(),
        }
    }
}

impl Clip {
    /// A clip of channels of equal length; `dual_mono` if the only one stands for two.
    pub fn of_samples(kept: Vec<Samples>, dual_mono: bool, sample_rate_hz: u32) -> Self {
        let samples = kept.first().map_or(0, |channel| channel.numbers.len());
        let channels = kept.len() + usize::from(dual_mono);
        Self {
            kept,
            channels,
            samples,
            sample_rate_hz,
            song_position: None,
            origin: next_origin(),
            first: 0,
            silent: Vec::new(),
            packed: OnceLock::new(),
        }
    }

    /// Its samples, packed by `pack` the first time, which may fail.
    pub fn packed(
        &self,
        pack: impl FnOnce(&[Samples]) -> Option<PackedText>,
    ) -> Option<PackedText> {
        if let Some(packed) = self.packed.get() {
            return Some(packed.clone());
        }
        let packed = pack(&self.kept)?;
        Some(self.packed.get_or_init(|| packed).clone())
    }

    /// Sets the result of packing, for a clip that was read from a saved state.
    pub fn set_packed(&self, packed: PackedText) {
        // A clip that has been packed since keeps that.
        let _ = self.packed.set(packed);
    }

    /// Size in bytes of what is written to the saved state; before it is packed, the most that
    /// it can be.
    pub fn saved_bytes(&self) -> usize {
        let unpacked = || max_packed_bytes(self.bytes());
        self.packed.get().map_or_else(unpacked, |packed| packed.len())
    }

    pub fn is_packed(&self) -> bool {
        self.packed.get().is_some()
    }

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

    /// The samples of a range, unchanged.
    pub fn part(&self, range: Range<usize>) -> Self {
        let kept = self.kept.iter().map(|kept| kept.part(range.clone())).collect();
        let song_position =
            self.song_position.map(|start| start.saturating_add(range.start as i64));
        let part = Self::of_samples(kept, self.is_dual_mono(), self.sample_rate_hz);
        let (origin, first) = (self.origin, self.first + range.start);
        Self { song_position, origin, first, silent: self.silent.clone(), ..part }
    }

    /// Both as one clip, unchanged, if they are neighbouring parts of one recording of which the
    /// same is known.
    pub fn joined(&self, next: &Self) -> Option<Self> {
        let is_next = (self.origin, self.first + self.samples) == (next.origin, next.first);
        if !is_next || self.silent != next.silent {
            return None;
        }
        let kept = self.kept.iter().zip(&next.kept).map(|(one, other)| one.joined(other));
        let joined = Self::of_samples(kept.collect(), self.is_dual_mono(), self.sample_rate_hz);
        let Self { song_position, origin, first, .. } = *self;
        Some(Self { song_position, origin, first, silent: self.silent.clone(), ..joined })
    }

    pub fn at_song_position(self, song_position: Option<i64>) -> Self {
        Self { song_position, ..self }
    }

    /// With the places of the instruments that do not play in it, ascending.
    pub fn with_silent(self, silent: Vec<usize>) -> Self {
        Self { silent, ..self }
    }

    /// The same sound, another clip.
    pub fn copy(&self) -> Self {
        let Self { kept, packed, silent, .. } = self;
        Self { kept: kept.clone(), silent: silent.clone(), packed: packed.clone(), ..*self }
    }

    /// Whether it counts as empty.
    pub fn is_silent(&self) -> bool {
        let peak = self.kept.iter().map(Samples::peak).fold(0.0, f64::max);
        peak < 10f64.powf(f64::from(NOTHING_DB) / 20.0)
    }

    /// Song position of the first sample, if known.
    pub fn song_position(&self) -> Option<i64> {
        self.song_position
    }

    /// The number of the recording that it is a part of, in this process.
    pub fn origin(&self) -> u64 {
        self.origin
    }

    /// The places of the instruments that do not play in it, as far as that is known.
    pub fn silent(&self) -> &[usize] {
        &self.silent
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(Samples::bytes).sum()
    }

    /// Whether the second channel equals the first.
    pub fn is_dual_mono(&self) -> bool {
        self.kept.len() < self.channels
    }

    /// Its channels, without a second one that equals the first.
    pub fn kept_channels(&self) -> &[Samples] {
        &self.kept
    }

    /// All its channels, full scale ±1.
    pub fn channels(&self) -> Vec<Vec<f32>> {
        let mut channels: Vec<Vec<f32>> =
            self.kept.iter().map(|kept| kept.values(0..self.samples)).collect();
        if self.is_dual_mono() {
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

fn next_origin() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
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
        self.kept[channel.min(self.kept.len() - 1)].values(range).into()
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

/// What packing can add to incompressible samples, in bytes: the stream's header and the rest
/// of the last block, and one part in [`FRAME_HEADERS`] for the headers of blocks.
pub const STREAM_HEADER_BYTES: usize = 1 << 16;
pub const FRAME_HEADERS: usize = 256;

/// The most that samples of `bytes` bytes take when packed.
pub fn max_packed_bytes(bytes: usize) -> usize {
    let packed = bytes + bytes / FRAME_HEADERS + STREAM_HEADER_BYTES;
    // In base64.
    packed.div_ceil(3) * 4
}

impl Samples {
    fn new(samples: &[f32]) -> Self {
        if let Some(numbers) = samples.iter().map(|x| whole(*x)).collect() {
            return Self { numbers, exponent: 0 };
        }
        let finite = samples.iter().filter(|x| x.is_finite());
        let peak = f64::from(finite.fold(0.0f32, |peak, x| peak.max(x.abs())));
        let largest = f64::from(i16::MAX) / FULL_SCALE;
        let exponent = (peak / largest).log2().ceil().max(-200.0) as i16;
        let scale = FULL_SCALE * 2f64.powi(-i32::from(exponent));
        // What is not finite becomes silence.
        let number = |x: &f32| if x.is_finite() { (f64::from(*x) * scale).round() } else { 0.0 };
        Self { numbers: samples.iter().map(|x| number(x) as i16).collect(), exponent }
    }

    fn part(&self, range: Range<usize>) -> Self {
        Self { numbers: self.numbers[range].into(), exponent: self.exponent }
    }

    /// Both have the same exponent.
    fn joined(&self, next: &Self) -> Self {
        let numbers = self.numbers.iter().chain(&*next.numbers).copied().collect();
        Self { numbers, exponent: self.exponent }
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.numbers)
    }

    /// The value of one step of the integers, full scale ±1.
    fn scale(&self) -> f64 {
        2f64.powi(i32::from(self.exponent)) / FULL_SCALE
    }

    fn peak(&self) -> f64 {
        let peak = self.numbers.iter().map(|x| x.unsigned_abs()).max().unwrap_or_default();
        f64::from(peak) * self.scale()
    }

    /// Full scale ±1.
    fn values(&self, range: Range<usize>) -> Vec<f32> {
        let scale = self.scale();
        self.numbers[range].iter().map(|x| (f64::from(*x) * scale) as f32).collect()
    }
}

/// The sample as a 16-bit integer, if that is lossless.
fn whole(x: f32) -> Option<i16> {
    let number = (f64::from(x) * FULL_SCALE) as i16;
    (f64::from(number) == f64::from(x) * FULL_SCALE).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(channels: Vec<Vec<f32>>) -> Clip {
        audio::AudioBuffer { sample_rate_hz: 44_100, channels }.into()
    }

    proptest! {
        #[test]
        fn whole_samples_come_back_and_others_within_half_a_step(
            any in prop::collection::vec(-1e6f32..1e6, 1..50),
            scale in -30i32..10,
            whole in prop::collection::vec(any::<i16>(), 1..50),
        ) {
            let whole: Vec<f32> = whole.iter().map(|x| f32::from(*x) / 32_768.0).collect();
            for channels in [vec![whole.clone()], vec![whole.clone(), whole]] {
                prop_assert_eq!(kept(channels.clone()).channels(), channels);
            }
            let any: Vec<f32> = any.iter().map(|x| x * 2f32.powi(scale)).collect();
            let peak = any.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            let back = &kept(vec![any.clone()]).channels()[0];
            let error = any.iter().zip(back).fold(0.0f32, |most, (x, y)| most.max((x - y).abs()));
            prop_assert!(error <= peak / 32_767.0, "{error} of {peak}");
            prop_assert_eq!(&kept(vec![back.clone()]).channels()[0], back);
        }
    }

    #[test]
    fn what_is_not_finite_is_silence() {
        let odd = vec![0.3, f32::NAN, f32::INFINITY, -0.1];
        let back = &kept(vec![odd]).channels()[0];
        assert_eq!(back[1..3], [0.0, 0.0]);
        assert!((back[0] - 0.3).abs() < 1e-4 && (back[3] + 0.1).abs() < 1e-4);
    }

    #[test]
    fn a_clip_below_the_limit_of_silence_is_silent() {
        let is_silent =
            |peak_db: f32| kept(vec![vec![0.0; 3], vec![0.0, 10f32.powf(peak_db / 20.0), 0.0]]);
        assert!(is_silent(-91.0).is_silent() && !is_silent(-89.0).is_silent());
        assert!(kept(vec![vec![0.0; 3]]).is_silent());
    }

    #[test]
    fn a_second_channel_that_equals_the_first_is_not_kept() {
        let whole = vec![-1.0, 0.5, 1.0 - 1.0 / 32_768.0];
        assert_eq!(kept(vec![whole.clone(); 2]).bytes(), 6);
        assert_eq!(kept(vec![whole, vec![0.1; 3]]).bytes(), 12);
    }
}
