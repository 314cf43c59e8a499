//! A clip in the saved state.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{StateError, flac, version_1};
use crate::audio;
use crate::frames::SAMPLE_RATES_HZ;
use crate::library::StoredRecording;
use crate::plugin::packed_text::PackedText;
use crate::plugin::project::MAX_INSTRUMENTS;
use crate::plugin::project::clip::{Clip, MAX_CLIP_S, Samples};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedClip {
    sample_rate_hz: u32,
    samples: usize,
    /// Base64 of a FLAC stream of the channels' integers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flac: Option<PackedText>,
    /// A sample of channel c is n · 2^exponents[c] / 32768.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exponents: Vec<i16>,
    /// As version 1 of the state has it: base64 of packed samples, one string per channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    channels: Vec<String>,
    /// The second channel is the same as the first and is not written.
    #[serde(rename = "twice", default, skip_serializing_if = "std::ops::Not::not")]
    dual_mono: bool,
    /// Song position of the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    song_position: Option<i64>,
    /// The places of the instruments that do not play in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    silent: Vec<usize>,
    /// A reference to a clip already written, as its position among the distinct clips of the
    /// state; it then has no channels here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<usize>,
    /// Added after the dictionary was learned. If a state marks no clip this way, its
    /// dictionary was learned from the clips of every instrument with a source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlearned: bool,
}

/// Packs a clip for saving, unless that was done before; `None` if `go_on` returned false.
pub fn pack_clip(clip: &Clip, go_on: &dyn Fn() -> bool) -> Option<PackedText> {
    let rate = clip.sample_rate_hz();
    clip.packed(|channels| {
        let channels: Vec<&[i16]> = channels.iter().map(|channel| &channel.numbers[..]).collect();
        Some(PackedText::of_base64(BASE64.encode(flac::encode(&channels, rate, go_on)?)))
    })
}

/// A clip for the library; `None` if it cannot be packed.
pub fn stored(clip: &Clip) -> Option<StoredRecording> {
    let packed = pack_clip(clip, &|| true)?;
    Some(StoredRecording {
        sample_rate_hz: clip.sample_rate_hz(),
        samples: clip.samples(),
        exponents: clip.kept_channels().iter().map(|channel| channel.exponent).collect(),
        dual_mono: clip.is_dual_mono(),
        song_position: clip.song_position(),
        flac: BASE64.decode(packed.as_str()).ok()?,
    })
}

/// A clip from the library.
///
/// # Errors
/// If it is damaged.
pub fn of_stored(stored: StoredRecording) -> Result<Clip, StateError> {
    let saved = SavedClip {
        sample_rate_hz: stored.sample_rate_hz,
        samples: stored.samples,
        flac: Some(PackedText::of_base64(BASE64.encode(stored.flac))),
        exponents: stored.exponents,
        channels: Vec::new(),
        dual_mono: stored.dual_mono,
        song_position: stored.song_position,
        silent: Vec::new(),
        again: None,
        unlearned: false,
    };
    saved.decode()
}

impl SavedClip {
    /// `None` for a clip that cannot be packed.
    pub fn whole(clip: &Clip) -> Option<Self> {
        Some(Self {
            flac: Some(pack_clip(clip, &|| true)?),
            exponents: clip.kept_channels().iter().map(|channel| channel.exponent).collect(),
            dual_mono: clip.is_dual_mono(),
            song_position: clip.song_position(),
            silent: clip.silent().to_vec(),
            ..Self::empty(clip)
        })
    }

    /// A reference to a clip that was already written.
    pub fn again(clip: &Clip, place: usize) -> Self {
        Self { again: Some(place), ..Self::empty(clip) }
    }

    fn empty(clip: &Clip) -> Self {
        Self {
            sample_rate_hz: clip.sample_rate_hz(),
            samples: clip.samples(),
            flac: None,
            exponents: Vec::new(),
            channels: Vec::new(),
            dual_mono: false,
            song_position: None,
            silent: Vec::new(),
            again: None,
            unlearned: false,
        }
    }

    pub fn with_unlearned(self, unlearned: bool) -> Self {
        Self { unlearned, ..self }
    }

    pub fn packed(&self) -> Option<&PackedText> {
        self.flac.as_ref()
    }

    /// Bytes of its samples once it is unpacked.
    pub fn unpacked_bytes(&self) -> usize {
        let channels = self.channels.len() + self.exponents.len();
        self.samples.saturating_mul(channels).saturating_mul(size_of::<i16>())
    }

    /// Reads the clip and adds it to `read`.
    pub fn restore(self, read: &mut Vec<Arc<Clip>>) -> Result<Arc<Clip>, StateError> {
        if let Some(place) = self.again {
            let clip = read.get(place).cloned();
            return clip.ok_or_else(|| StateError::damaged("a recording that is not there"));
        }
        let clip = Arc::new(self.decode()?);
        read.push(clip.clone());
        Ok(clip)
    }

    fn decode(self) -> Result<Clip, StateError> {
        let Self { sample_rate_hz, samples, .. } = self;
        let channels = self.channels.len() + self.exponents.len();
        let longest = sample_rate_hz as usize * MAX_CLIP_S;
        let is_plausible = SAMPLE_RATES_HZ.contains(&sample_rate_hz)
            && (1..=longest).contains(&samples)
            && (1..=2).contains(&channels)
            && !(self.dual_mono && channels == 2)
            && (self.flac.is_some() == self.channels.is_empty());
        if !is_plausible {
            return Err(StateError::damaged(format!(
                "a recording of {samples} samples, {channels} channels, {sample_rate_hz} Hz"
            )));
        }
        let is_ascending = self.silent.is_sorted_by(|a, b| a < b);
        if !is_ascending || self.silent.last().is_some_and(|place| *place >= MAX_INSTRUMENTS) {
            return Err(StateError::damaged("a silence of an instrument that is not there"));
        }
        match self.flac.clone() {
            Some(packed) => self.decode_flac(packed),
            None => self.decode_version_1(),
        }
    }

    fn decode_flac(self, packed: PackedText) -> Result<Clip, StateError> {
        let bytes = BASE64.decode(packed.as_str()).map_err(StateError::damaged)?;
        let numbers = flac::decode(bytes, self.exponents.len(), self.samples);
        let numbers = numbers.map_err(StateError::damaged)?;
        let channels = numbers.into_iter().zip(self.exponents);
        let kept = channels
            .map(|(numbers, exponent)| Samples { numbers: numbers.into(), exponent })
            .collect();
        let clip = Clip::of_samples(kept, self.dual_mono, self.sample_rate_hz)
            .at_song_position(self.song_position)
            .with_silent(self.silent);
        clip.set_packed(packed);
        Ok(clip)
    }

    fn decode_version_1(self) -> Result<Clip, StateError> {
        let unpack = |channel: &String| {
            let packed = BASE64.decode(channel).map_err(StateError::damaged)?;
            version_1::unpack_samples(&packed, self.samples).map_err(StateError::damaged)
        };
        let channels = self.channels.iter().map(unpack).collect::<Result<Vec<_>, _>>()?;
        let channels = if self.dual_mono { vec![channels[0].clone(); 2] } else { channels };
        Ok(audio::AudioBuffer { channels, sample_rate_hz: self.sample_rate_hz }.into())
    }
}
