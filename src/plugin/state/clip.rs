//! A clip in the saved state.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::StateError;
use super::pack;
use crate::audio;
use crate::frames::SAMPLE_RATES_HZ;
use crate::plugin::project::clip::Clip;
use crate::plugin::project::clip::LONGEST_CLIP_S;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedClip {
    sample_rate_hz: u32,
    samples: usize,
    /// Base64 of packed samples, one string per channel.
    channels: Vec<String>,
    /// The second channel is the same as the first and is not written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    twice: bool,
    /// A reference to a clip already written, as its position among the distinct clips of the
    /// state; it then has no channels here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<usize>,
    /// Added after the dictionary was learned. If a state marks no clip this way, its
    /// dictionary was learned from the clips of every instrument with a source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlearned: bool,
}

impl SavedClip {
    pub fn whole(clip: &Clip) -> Self {
        let pack = |channel: Vec<f32>| BASE64.encode(pack::pack_samples(&channel));
        Self {
            sample_rate_hz: clip.sample_rate_hz(),
            samples: clip.samples(),
            channels: clip.kept_channels().map(pack).collect(),
            twice: clip.is_twice(),
            again: None,
            unlearned: false,
        }
    }

    /// A reference to a clip that was already written.
    pub fn again(clip: &Clip, place: usize) -> Self {
        Self {
            sample_rate_hz: clip.sample_rate_hz(),
            samples: clip.samples(),
            channels: Vec::new(),
            twice: false,
            again: Some(place),
            unlearned: false,
        }
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
        let Self { sample_rate_hz, samples, channels, twice, .. } = self;
        let longest = sample_rate_hz as usize * LONGEST_CLIP_S;
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz)
            || samples > longest
            || !(1..=2).contains(&channels.len())
        {
            return Err(StateError::damaged(format!(
                "a recording of {samples} samples, {} channels, {sample_rate_hz} Hz",
                channels.len()
            )));
        }
        let channels = channels
            .into_iter()
            .map(|channel| {
                let packed = BASE64.decode(channel).map_err(StateError::damaged)?;
                pack::unpack_samples(&packed, samples).map_err(StateError::damaged)
            })
            .collect::<Result<Vec<Vec<f32>>, _>>()?;
        let channels = if twice { vec![channels[0].clone(); 2] } else { channels };
        Ok(audio::Clip { channels, sample_rate_hz }.into())
    }
}
