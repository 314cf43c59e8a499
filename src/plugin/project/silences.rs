//! Where in the whole song an instrument does not play. What sounds there is learned as everything
//! else, or as the other instruments.

use std::sync::Arc;

use super::Project;
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

    /// Forgets where the instrument at a place does not play, because there is to be another one.
    pub(super) fn forget_silences(&mut self, place: usize) {
        let marked = self.mixture.iter_mut().filter(|clip| clip.silent().contains(&place));
        marked.for_each(|clip| *clip = Arc::new(marked_as(clip.copy(), place, false)));
    }
}

/// Whether an instrument is known not to play in all of a range of the song's clips.
pub fn is_silent(song: &[Arc<Clip>], range: &ClipRange, place: usize) -> bool {
    let mut clips = range.touched(song).peekable();
    clips.peek().is_some() && clips.all(|clip| clip.silent().contains(&place))
}

/// Marks a range of the song's clips as one in which an instrument does not play, or removes the
/// mark, in one undo step. The range becomes clips of their own, which the dictionary was not
/// learned with. Returns whether the song still has these clips, so that this was done.
pub fn set_silent(
    store: &ProjectStore,
    song: &[Arc<Clip>],
    range: &ClipRange,
    place: usize,
    is_silent: bool,
) -> bool {
    let name = store.with(|project| project.tab_name(Some(place)).to_string());
    let name = match is_silent {
        true => format!("marking where {name} is silent"),
        false => format!("marking where {name} plays"),
    };
    let clips = range.changed(song, |clip| marked_as(clip, place, is_silent));
    let done = store.try_edit_named(name, |project| {
        let same = |(a, b): (&Arc<Clip>, &Arc<Clip>)| Arc::ptr_eq(a, b);
        let is_there = project.mixture.len() == song.len();
        if !(is_there && project.mixture.iter().zip(song).all(same)) {
            return Err(());
        }
        project.mixture = clips;
        Ok(())
    });
    done.is_ok()
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
    use crate::plugin::project::envelope::STEP;

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
        assert!(set_silent(&store, &song, &ClipRange(6..10), 1, true));
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
        assert!(is_silent(&project.mixture, &ClipRange(6..10), 1));
        assert!(!is_silent(&project.mixture, &ClipRange(5..10), 1), "not all of it");
        assert!(!is_silent(&project.mixture, &ClipRange(6..10), 0), "another one");
        assert!(!is_silent(&project.mixture, &ClipRange(6..6), 1), "nothing");

        // Another instrument, in whole clips.
        assert!(set_silent(&store, &project.mixture.clone(), &ClipRange(6..10), 0, true));
        assert_eq!(marks(&store.get())[1..3], [(2 * STEP, vec![0, 1]), (2 * STEP, vec![0, 1])]);
        let now = store.get().mixture.clone();
        assert!(set_silent(&store, &now, &ClipRange(6..8), 1, false));
        assert_eq!(marks(&store.get())[1..3], [(2 * STEP, vec![0]), (2 * STEP, vec![0, 1])]);

        // A selection of clips that are not there any more.
        assert!(!set_silent(&store, &song, &ClipRange(0..2), 1, true));
        assert_eq!(store.get().mixture.len(), 4);
        for _ in 0..3 {
            store.undo();
        }
        assert!(store.get().mixture.iter().zip(&song).all(|(now, was)| Arc::ptr_eq(now, was)));
    }

    #[test]
    fn the_learner_gets_the_names() {
        let (store, song) = with_song();
        set_silent(&store, &song, &ClipRange(0..8), 1, true);
        let project = store.get();
        let mixture = project.mixture_to_learn();
        assert_eq!(mixture[0].silences, [Silence { source: "Violin", samples: 0..8 * STEP }]);
        assert!(mixture[1].silences.is_empty());
    }

    #[test]
    fn marks_go_with_their_instrument() {
        let (store, song) = with_song();
        set_silent(&store, &song, &ClipRange(0..4), 1, true);
        let song = store.get().mixture.clone();
        set_silent(&store, &song, &ClipRange(0..4), 2, true);
        store.edit(|project| project.remove(1));
        assert_eq!(marks(&store.get())[0].1, [2]);
    }
}
