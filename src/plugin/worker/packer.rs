//! Packs clips and dictionaries for the saved state when the worker has nothing else to do,
//! and keeps account of how much can still be recorded.

use std::sync::atomic::Ordering;

use crate::plugin::hub::Hub;
use crate::plugin::params::PluginParams;
use crate::plugin::project::budget::{ClipSizes, SAVED_BYTES, distinct_clips};
use crate::plugin::state::clip::pack_clip;

/// The project's revision, whether clips are kept, the host's channels.
type Key = (u64, bool, usize);

#[derive(Default)]
pub struct Packer {
    /// For which everything is packed.
    done_for: Option<Key>,
    /// Whether the user knows that not all clips are saved.
    has_warned: bool,
}

impl Packer {
    /// Leaves the present project as it is, after a failure.
    pub fn give_up(&mut self, hub: &Hub) {
        self.done_for = Some(key(hub));
    }

    /// Packs the next clip that is not packed yet, unless `go_on` returns false first.
    pub fn step(&mut self, hub: &Hub, params: &PluginParams, go_on: &dyn Fn() -> bool) {
        let key = key(hub);
        let (_, keeps_clips, channels) = key;
        if self.done_for == Some(key) {
            return;
        }
        let versions = hub.project.versions();
        let sizes = ClipSizes::of(&versions);
        let room = sizes.room_samples(keeps_clips, channels);
        hub.status.room_samples.store(room as u64, Ordering::Relaxed);
        let clips = distinct_clips(&versions);
        if let Some(clip) = clips.iter().find(|clip| keeps_clips && !clip.is_packed()) {
            pack_clip(clip, go_on);
            return;
        }
        params.project.pack_dictionaries();
        self.done_for = Some(key);
        let exceeds = keeps_clips && !sizes.fits();
        if exceeds && !self.has_warned {
            hub.status.error(format!(
                "not all recordings are saved: a project holds {} MB of them, and these are {} MB; \
                 delete some, or turn off 'Keep recordings in the project'",
                SAVED_BYTES >> 20,
                sizes.saved_bytes >> 20
            ));
        }
        self.has_warned = exceeds;
    }
}

fn key(hub: &Hub) -> Key {
    (hub.project.revision(), hub.project.keeps_clips(), hub.status.channels())
}
