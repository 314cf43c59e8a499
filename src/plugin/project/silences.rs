//! Where in the whole song an instrument does not play. What sounds there is learned as everything
//! else, or as the other instruments.

use std::sync::Arc;

use super::Project;
use super::budget::ClipSizes;
use super::clip::Clip;
use super::clip_range::ClipRange;
use super::store::ProjectStore;
use crate::learn::{Mixture, Silence};

impl Project {
    /// The recordings of the whole song, to learn everything else from.
    pub fn mixture_to_learn(&self) -> Vec<Mixture<'_>> {
        let silence = |clip: &Clip, place: &usize| Silence {
            source: &self.instruments[*place].name,
            samples: 0..clip.samples(),
        };
        let mixture =
            |clip: &'_ Arc<Clip>| clip.silent().iter().map(|p| silence(clip, p)).collect();
        let all = self.mixture.iter();
        all.map(|clip| Mixture { recording: &**clip, silences: mixture(clip) }).collect()
    }

    /// Forgets where the instrument at a place does not play: another one comes there.
    pub(super) fn forget_silences(&mut self, place: usize) {
        if !self.mixture.iter().any(|clip| clip.silent().contains(&place)) {
            return;
        }
        let forget = |clip: &Arc<Clip>| match clip.silent().contains(&place) {
            true => Arc::new(marked_as(clip.copy(), place, false)),
            false => clip.clone(),
        };
        let (mut song, mut is_known) = (Vec::<Arc<Clip>>::new(), Vec::new());
        for clip in &self.mixture {
            let is_joined = push_or_join(&mut song, forget(clip));
            let is_learned = self.is_learned(clip);
            match is_known.last_mut().filter(|_| is_joined) {
                Some(is_known) => *is_known &= is_learned,
                None => is_known.push(is_learned),
            }
        }
        // What was learned from it stays.
        let known =
            song.iter().zip(is_known).filter(|(clip, known)| *known && !self.is_learned(clip));
        let known: Vec<_> = known.map(|(clip, _)| Arc::downgrade(clip)).collect();
        self.learned_from.extend(known);
        self.mixture = song;
    }
}

/// Adds a clip, as one with the last if a mark divided them that is gone; returns whether it is.
fn push_or_join(song: &mut Vec<Arc<Clip>>, clip: Arc<Clip>) -> bool {
    let joined = song.last().and_then(|last| last.joined(&clip));
    match (song.last_mut(), joined) {
        (Some(last), Some(joined)) => {
            *last = Arc::new(joined);
            true
        }
        _ => {
            song.push(clip);
            false
        }
    }
}

/// Whether an instrument is marked as silent in all of a range of the song's clips, and in any of
/// it.
pub fn is_silent(song: &[Arc<Clip>], range: &ClipRange, place: usize) -> [bool; 2] {
    let is_marked = |clip: &Arc<Clip>| clip.silent().contains(&place);
    let mut clips = range.touched(song);
    let any = clips.any(is_marked);
    [any && range.touched(song).all(is_marked), any]
}

/// Why a range was not marked.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum MarkError {
    #[error("the song was changed: select the range again")]
    Changed,
    #[error(
        "there is no room for the mark: versions A and B share the song, and with the mark each \
         would have its own; delete recordings, or turn off 'Keep recordings in the project' in the \
         settings"
    )]
    NoRoom,
}

/// Marks a range of the song's clips as one in which an instrument does not play, or removes the
/// mark, in one undo step. The range becomes clips of their own, which the dictionary was not
/// learned with; parts that no mark divides any more become one clip again.
///
/// # Errors
/// If the song does not have these clips any more, or the project has no room for clips of its
/// own. Nothing has changed then.
pub fn set_silent(
    store: &ProjectStore,
    song: &[Arc<Clip>],
    range: &ClipRange,
    place: usize,
    is_silent: bool,
) -> Result<(), MarkError> {
    let name = store.with(|project| project.tab_name(Some(place)).to_string());
    let name = match is_silent {
        true => format!("marking where {name} is silent"),
        false => format!("marking where {name} plays"),
    };
    let mut clips = Vec::new();
    for clip in range.changed(song, |clip| marked_as(clip, place, is_silent)) {
        push_or_join(&mut clips, clip);
    }
    let versions = store.versions();
    let is_in =
        |clip: &Arc<Clip>, clips: &[Arc<Clip>]| clips.iter().any(|it| Arc::ptr_eq(it, clip));
    let added: Vec<Arc<Clip>> = clips.iter().filter(|clip| !is_in(clip, song)).cloned().collect();
    // Otherwise, the new clips replace those that they are parts of.
    let is_shared = versions.other.as_ref().is_some_and(|other| {
        let mut replaced = song.iter().filter(|clip| !is_in(clip, &clips));
        replaced.any(|clip| is_in(clip, &other.project.mixture))
    });
    let has_room = !is_shared || ClipSizes::of(&versions).has_room(store.keeps_clips(), &added);
    store.try_edit_named(name, |project| {
        let same = |(a, b): (&Arc<Clip>, &Arc<Clip>)| Arc::ptr_eq(a, b);
        let is_there = project.mixture.len() == song.len();
        if !(is_there && project.mixture.iter().zip(song).all(same)) {
            return Err(MarkError::Changed);
        }
        if !has_room {
            return Err(MarkError::NoRoom);
        }
        project.mixture = clips;
        Ok(())
    })
}

fn marked_as(clip: Clip, place: usize, is_silent: bool) -> Clip {
    let mut silent: Vec<usize> =
        clip.silent().iter().copied().filter(|other| *other != place).collect();
    if is_silent {
        silent.push(place);
        silent.sort_unstable();
    }
    clip.with_silent(silent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioBuffer;
    use crate::plugin::choices::OutputSelection;
    use crate::plugin::project::clip::Samples;
    use crate::plugin::project::envelope::STEP;
    use crate::plugin::project::versions::MixerSettings;

    fn clip(samples: usize) -> Arc<Clip> {
        let channels = vec![(0..samples).map(|n| n as f32 / 32_768.0).collect()];
        let clip = Clip::from(AudioBuffer { channels, sample_rate_hz: 44_100 });
        Arc::new(clip.at_song_position(Some(100)))
    }

    fn samples(clips: &[Arc<Clip>]) -> Vec<f32> {
        clips.iter().flat_map(|clip| clip.channels().remove(0)).collect()
    }

    fn marks(project: &Project) -> Vec<(usize, Vec<usize>)> {
        project.mixture.iter().map(|clip| (clip.samples(), clip.silent().to_vec())).collect()
    }

    fn with_song() -> (ProjectStore, Vec<Arc<Clip>>) {
        let store = ProjectStore::default();
        let song = vec![clip(8 * STEP), clip(4 * STEP + 100)];
        store.edit(|project| {
            project.mixture.clone_from(&song);
            project.instruments[1].name = "Violin".to_string();
        });
        store.amend(|project| project.learned_from = project.present_clips());
        (store, song)
    }

    #[test]
    fn a_range_is_marked_and_no_sample_is_lost() {
        let (store, song) = with_song();
        set_silent(&store, &song, &ClipRange(6..10), 1, true).unwrap();
        let project = store.get();
        let [none, violin] = [vec![], vec![1]];
        let expected = [
            (6 * STEP, none.clone()),
            (2 * STEP, violin.clone()),
            (2 * STEP, violin.clone()),
            (2 * STEP + 100, none),
        ];
        assert_eq!(marks(&project), expected);
        assert_eq!(samples(&project.mixture), samples(&song));
        assert_eq!(project.mixture[1].song_position(), Some(100 + 6 * STEP as i64));
        assert!(project.has_unlearned_clips(), "everything else is to be learned again");
        let silent = |range, place| is_silent(&project.mixture, &ClipRange(range), place);
        assert_eq!(silent(6..10, 1), [true, true]);
        assert_eq!(silent(5..10, 1), [false, true], "not all of it");
        assert_eq!(silent(6..10, 0), [false, false], "another one");
        assert_eq!(silent(6..6, 1), [false, false], "nothing");

        // Another instrument, in whole clips.
        set_silent(&store, &project.mixture.clone(), &ClipRange(6..10), 0, true).unwrap();
        assert_eq!(marks(&store.get())[1..3], [(2 * STEP, vec![0, 1]), (2 * STEP, vec![0, 1])]);
        let now = store.get().mixture.clone();
        set_silent(&store, &now, &ClipRange(6..8), 1, false).unwrap();
        assert_eq!(marks(&store.get())[1..3], [(2 * STEP, vec![0]), (2 * STEP, vec![0, 1])]);

        // Without the marks, each recording is one clip again.
        for place in [0, 1] {
            let now = store.get().mixture.clone();
            set_silent(&store, &now, &ClipRange(0..12), place, false).unwrap();
        }
        let project = store.get();
        assert_eq!(marks(&project), [(8 * STEP, vec![]), (4 * STEP + 100, vec![])]);
        assert_eq!(samples(&project.mixture), samples(&song));
        let positions: Vec<_> = project.mixture.iter().map(|clip| clip.song_position()).collect();
        assert_eq!(positions, [Some(100); 2]);
        assert!(project.has_unlearned_clips());
        (0..2).for_each(|_| drop(store.undo()));

        // A selection of clips that are not there any more.
        let changed = set_silent(&store, &song, &ClipRange(0..2), 1, true);
        assert_eq!(changed, Err(MarkError::Changed));
        assert_eq!(store.get().mixture.len(), 4);
        for _ in 0..3 {
            store.undo();
        }
        assert!(store.get().mixture.iter().zip(&song).all(|(now, was)| Arc::ptr_eq(now, was)));
    }

    #[test]
    fn the_learner_gets_the_names() {
        let (store, song) = with_song();
        set_silent(&store, &song, &ClipRange(0..8), 1, true).unwrap();
        let project = store.get();
        let mixture = project.mixture_to_learn();
        assert_eq!(mixture[0].silences, [Silence { source: "Violin", samples: 0..8 * STEP }]);
        assert!(mixture[1].silences.is_empty());
    }

    #[test]
    fn marks_go_with_their_instrument() {
        let (store, song) = with_song();
        set_silent(&store, &song, &ClipRange(0..4), 1, true).unwrap();
        let song = store.get().mixture.clone();
        set_silent(&store, &song, &ClipRange(0..4), 2, true).unwrap();
        store.amend(|project| project.learned_from = project.present_clips());
        store.edit(|project| project.remove(1));
        assert_eq!(marks(&store.get())[0].1, [2]);
        store.edit(|project| project.remove(2));
        let project = store.get();
        assert_eq!(marks(&project)[0], (8 * STEP, vec![]), "nothing divides it any more");
        assert!(!project.has_unlearned_clips(), "what was learned from it stays");
        // Of which a middle was deleted, it stays divided.
        let around = ClipRange(2..4).outside(&project.mixture);
        store.edit(|project| project.mixture.clone_from(&around));
        set_silent(&store, &around, &ClipRange(0..20), 2, true).unwrap();
        assert_eq!(store.get().mixture.len(), 3);
    }

    #[test]
    fn versions_that_share_the_song_need_room_for_the_mark() {
        let (store, _) = with_song();
        let room = ClipSizes::of(&store.versions()).room_samples(true, 1);
        let samples = Samples { numbers: vec![0; room / 3 * 2].into(), exponent: 0 };
        let large = Arc::new(Clip::of_samples(vec![samples], false, 44_100));
        let song = vec![large.clone()];
        store.edit(|project| project.mixture = vec![large]);
        set_silent(&store, &song, &ClipRange(0..100), 1, true).unwrap();
        store.undo();
        let selection = OutputSelection::Mix;
        let (source, component, wet, strips) = (0, 0, 1.0, Vec::new());
        store.switch(MixerSettings { selection, source, component, wet, strips });
        let shared = set_silent(&store, &song, &ClipRange(0..100), 1, true);
        assert_eq!(shared, Err(MarkError::NoRoom));
        assert!(Arc::ptr_eq(&store.get().mixture[0], &song[0]));
    }
}
