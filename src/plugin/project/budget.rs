//! How much recorded sound a project can hold. What is saved must always load, and hosts
//! save often, so both the saved and the unpacked size are limited, and recording stops
//! before a limit is exceeded.

use std::collections::HashSet;
use std::sync::Arc;

use super::clip::{Clip, FRAME_HEADERS, STREAM_HEADER_BYTES};
use super::versions::Versions;

/// Largest size of all recordings in a saved state. Stereo music at 48 kHz takes about 8 MB
/// per minute, incompressible noise 15 MB.
pub const SAVED_BYTES: usize = 128 << 20;

/// Largest size of all recordings in memory.
pub const UNPACKED_BYTES: usize = 1 << 30;

/// Bytes of a project's distinct clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClipSizes {
    pub saved_bytes: usize,
    pub unpacked_bytes: usize,
}

impl ClipSizes {
    pub fn of(versions: &Versions) -> Self {
        let clips = distinct_clips(versions);
        Self {
            saved_bytes: clips.iter().map(|clip| clip.saved_bytes()).sum(),
            unpacked_bytes: clips.iter().map(|clip| clip.bytes()).sum(),
        }
    }

    /// Leaves out clips that are counted.
    pub fn remove(&mut self, clips: &[Arc<Clip>]) {
        for clip in clips {
            self.saved_bytes = self.saved_bytes.saturating_sub(clip.saved_bytes());
            self.unpacked_bytes = self.unpacked_bytes.saturating_sub(clip.bytes());
        }
    }

    /// Samples per channel that can certainly be added, whatever they contain.
    pub fn room_samples(self, keeps_clips: bool, channels: usize) -> usize {
        let sample_bytes = size_of::<i16>() * channels.max(1);
        let unpacked = UNPACKED_BYTES.saturating_sub(self.unpacked_bytes) / sample_bytes;
        let packed = SAVED_BYTES.saturating_sub(self.saved_bytes) / 4 * 3;
        let samples = packed.saturating_sub(STREAM_HEADER_BYTES);
        let saved = samples / (FRAME_HEADERS + 1) * FRAME_HEADERS / sample_bytes;
        if keeps_clips { unpacked.min(saved) } else { unpacked }
    }

    /// Whether clips that are not counted yet can certainly be added.
    pub fn has_room(self, keeps_clips: bool, clips: &[Arc<Clip>]) -> bool {
        let unpacked_bytes: usize = clips.iter().map(|clip| clip.bytes()).sum();
        let saved_bytes: usize = clips.iter().map(|clip| clip.saved_bytes()).sum();
        self.unpacked_bytes + unpacked_bytes <= UNPACKED_BYTES
            && (!keeps_clips || self.saved_bytes + saved_bytes <= SAVED_BYTES)
    }

    /// Whether all clips are saved with the project.
    pub fn fits(self) -> bool {
        self.saved_bytes <= SAVED_BYTES
    }
}

/// The clips of both versions, each once, in the order in which they are saved.
pub fn distinct_clips(versions: &Versions) -> Vec<Arc<Clip>> {
    let other = versions.other.as_ref().map(|other| &other.project);
    let mut seen = HashSet::new();
    let clips =
        [&versions.project].into_iter().chain(other).flat_map(|project| project.all_clips());
    clips.filter(|clip| seen.insert(Arc::as_ptr(clip))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::project::clip::max_packed_bytes;

    #[test]
    fn what_fits_into_the_room_fits_when_it_cannot_be_compressed() {
        for channels in [1, 2] {
            let sizes = ClipSizes { saved_bytes: SAVED_BYTES - 1_000_000, unpacked_bytes: 0 };
            let samples = sizes.room_samples(true, channels);
            let most = max_packed_bytes(samples * channels * size_of::<i16>());
            assert!(most <= 1_000_000 && most > 998_000, "{most}");
            let without = sizes.room_samples(false, channels);
            assert_eq!(without, UNPACKED_BYTES / (channels * size_of::<i16>()));
        }
        let full = ClipSizes { saved_bytes: SAVED_BYTES + 1, unpacked_bytes: 0 };
        assert!(full.room_samples(true, 2) == 0 && !full.fits());
    }
}
