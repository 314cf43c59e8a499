//! The recordings that an instrument was learned from, in its file: with them it can be learned
//! again, together with others and for other modes.

use serde::{Deserialize, Serialize};

use crate::dictionary::Attachment;

/// Key of the file's metadata that describes the recordings as JSON.
pub(super) const METADATA: &str = "unbraid_recordings";

/// Recordings beyond this number are not stored.
const MAX_RECORDINGS: usize = 1000;

/// A recording, packed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRecording {
    pub sample_rate_hz: u32,
    /// Per channel.
    pub samples: usize,
    /// One for each channel: a sample is n · 2^exponent / 32768.
    pub exponents: Vec<i16>,
    /// The second channel is the same as the first and is not stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dual_mono: bool,
    /// Song position of the first sample, in samples at `sample_rate_hz`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub song_position: Option<i64>,
    /// A FLAC stream of the channels' integers n.
    #[serde(skip)]
    pub flac: Vec<u8>,
}

impl StoredRecording {
    /// Bytes of its samples once it is unpacked.
    pub fn unpacked_bytes(&self) -> usize {
        let bytes = self.samples.saturating_mul(self.exponents.len());
        bytes.saturating_mul(size_of::<i16>())
    }

    fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz.max(1))
    }
}

/// The entry in the metadata, and the attachments.
pub(super) fn to_file(recordings: &[StoredRecording]) -> (String, Vec<Attachment>) {
    let recordings = &recordings[..recordings.len().min(MAX_RECORDINGS)];
    let json = serde_json::to_string(recordings).expect("plain data becomes JSON");
    let attached = recordings.iter().enumerate();
    (json, attached.map(|(place, one)| (name(place), one.flac.clone())).collect())
}

/// Those of a file; `None` if they are not complete.
pub(super) fn from_file(json: &str, attachments: Vec<Attachment>) -> Option<Vec<StoredRecording>> {
    let recordings: Vec<StoredRecording> = described(json)?;
    let mut attachments = attachments.into_iter().peekable();
    let with_sound = |(place, mut one): (usize, StoredRecording)| {
        let name = name(place);
        // Both are in the order of the names.
        while attachments.next_if(|(other, _)| *other < name).is_some() {}
        one.flac = attachments.next_if(|(other, _)| *other == name)?.1;
        Some(one)
    };
    recordings.into_iter().enumerate().map(with_sound).collect()
}

/// The duration of all recordings that a file describes, in seconds.
pub(super) fn seconds(json: &str) -> f64 {
    described(json).iter().flatten().map(StoredRecording::seconds).sum()
}

fn described(json: &str) -> Option<Vec<StoredRecording>> {
    let described: Vec<StoredRecording> = serde_json::from_str(json).ok()?;
    (described.len() <= MAX_RECORDINGS).then_some(described)
}

fn name(place: usize) -> String {
    format!("recording.{place:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_recordings_are_none() {
        let one = |flac: &[u8]| StoredRecording {
            sample_rate_hz: 8_000,
            samples: 4_000,
            exponents: vec![0, -3],
            dual_mono: false,
            song_position: Some(-7),
            flac: flac.to_vec(),
        };
        let all = vec![one(b"first"), one(b"second")];
        let (json, attachments) = to_file(&all);
        assert_eq!(from_file(&json, attachments.clone()).unwrap(), all);
        assert_eq!(seconds(&json), 1.0);
        assert_eq!(from_file(&json, attachments[..1].to_vec()), None);
        assert_eq!(from_file(&json, Vec::new()), None);
        assert_eq!(from_file("[{}]", attachments), None);
    }
}
