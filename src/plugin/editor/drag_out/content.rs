//! What can be dragged, and the file that it becomes.

use std::sync::Arc;

use super::folder::{Added, Folder};
use crate::plugin::audio_thread::controls::Controls;
use crate::plugin::editor::files::exports::{self, FileStart};
use crate::plugin::project::Project;
use crate::plugin::project::clip::Clip;

/// A recording or a stem, as it was when the drag began.
pub struct Content {
    /// Of the file, without its extension.
    pub name: String,
    pub kind: Kind,
}

pub enum Kind {
    /// Clips, one after another.
    Recording(Vec<Arc<Clip>>),
    /// A source of the dictionary, separated from the recorded song as `controls` make it sound.
    Stem { project: Arc<Project>, controls: Box<Controls>, source: usize },
}

impl Content {
    /// Writes the file, unless `go_on` returns `false` meanwhile. A stem is separated first, which
    /// takes some percent of its duration.
    pub fn write_to(&self, folder: &Folder, go_on: &dyn Fn() -> bool) -> Result<Added, String> {
        folder.add(&self.name, |path| match &self.kind {
            Kind::Recording(clips) => exports::recording(clips, path, FileStart::Recording),
            Kind::Stem { project, controls, source } => {
                exports::stem(project, controls, *source, path, go_on)
            }
        })
    }
}
