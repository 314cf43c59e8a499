//! A range of the whole song in which one instrument plays alone becomes a recording of this
//! instrument. The song keeps it.

use std::sync::Arc;

use super::budget::ClipSizes;
use super::clip::{Clip, seconds_text};
use super::clip_range::ClipRange;
use super::store::ProjectStore;
use super::{Instrument, Project};

/// The instruments that a range can be added to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Those that were recorded, learned, named, or marked as silent somewhere.
    pub known: Vec<usize>,
    /// The place for a new one, unless all are taken.
    pub new: Option<usize>,
}

impl Choices {
    pub fn of(project: &Project) -> Self {
        let is_known = |instrument: &Instrument| {
            let is_used = !instrument.clips.is_empty() || instrument.source.is_some();
            is_used || !instrument.has_default_name()
        };
        let is_marked =
            |place: &usize| project.mixture.iter().any(|clip| clip.silent().contains(place));
        let places = 0..project.instruments.len();
        let (known, free): (Vec<usize>, Vec<usize>) =
            places.partition(|place| is_known(&project.instruments[*place]) || is_marked(place));
        Self { known, new: free.first().copied() }
    }
}

/// Why a range was not added.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum AddRangeError {
    #[error("the selected range is silent: select one in which the instrument plays")]
    Silent,
    #[error(
        "the project has no room for another {} of recordings: select a shorter range, delete \
         recordings, or turn off 'Keep recordings in the project' in the settings",
        seconds_text(*seconds)
    )]
    NoRoom { seconds: f64 },
}

/// Adds a range of the song's clips to those of an instrument, in one undo step. They are new
/// clips, which the dictionary was not learned with, and as they are parts of clips, none of
/// them is too long.
///
/// # Errors
/// If the range is silent or the project has no room for it; nothing has changed then.
pub fn add(
    store: &ProjectStore,
    song: &[Arc<Clip>],
    range: &ClipRange,
    instrument: usize,
) -> Result<(), AddRangeError> {
    // What is said about the song says nothing about a recording.
    let clips = range.copied(song, |clip| clip.with_silent(Vec::new()));
    if clips.iter().all(|clip| clip.is_silent()) {
        return Err(AddRangeError::Silent);
    }
    if !ClipSizes::of(&store.versions()).has_room(store.keeps_clips(), &clips) {
        return Err(AddRangeError::NoRoom { seconds: range.seconds(song) });
    }
    let name = store.with(|project| project.tab_name(Some(instrument)).to_string());
    let name = format!("adding a range of the whole song to {name}");
    store.edit_named(name, Vec::new(), |project| {
        project.instruments[instrument].clips.extend(clips);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioBuffer;
    use crate::plugin::project::MAX_INSTRUMENTS;
    use crate::plugin::project::clip::Samples;
    use crate::plugin::project::envelope::STEP;
    use crate::plugin::project::undo::StepName;

    fn clip(samples: usize, song_position: i64) -> Arc<Clip> {
        let number = |n: usize| ((n * 7919 + 1) % 65_536) as f32 / 32_768.0 - 1.0;
        let channels = vec![(0..samples).map(number).collect()];
        let clip = Clip::from(AudioBuffer { channels, sample_rate_hz: 44_100 });
        Arc::new(clip.at_song_position(Some(song_position)))
    }

    fn with_song(song: Vec<Arc<Clip>>) -> ProjectStore {
        let store = ProjectStore::default();
        store.edit(|project| project.mixture = song);
        store
    }

    #[test]
    fn a_range_becomes_new_clips_and_the_song_stays() {
        let song = vec![clip(8 * STEP, 1_000), clip(4 * STEP + 100, 90_000)];
        let store = with_song(song.clone());
        add(&store, &song, &ClipRange(6..12), 3).unwrap();
        let project = store.get();
        let [first, second] = &project.instruments[3].clips[..] else { panic!("two parts") };
        assert_eq!(first.channels()[0], song[0].channels()[0][6 * STEP..], "not a bit is changed");
        assert_eq!(first.song_position(), Some(1_000 + 6 * STEP as i64));
        assert_eq!(second.channels(), song[1].channels(), "to the last sample");
        assert_eq!(second.song_position(), Some(90_000));
        assert!(!Arc::ptr_eq(second, &song[1]), "a new clip");
        assert!(project.mixture.iter().zip(&song).all(|(now, was)| Arc::ptr_eq(now, was)));
        let name = StepName::Project("adding a range of the whole song to Instrument 4".into());
        assert_eq!(store.step_names().0[0], name);
        store.undo();
        assert!(store.get().instruments[3].clips.is_empty() && store.get().mixture.len() == 2);
        store.redo();
        assert!(Arc::ptr_eq(&store.get().instruments[3].clips[0], first));
    }

    #[test]
    fn a_whole_clip_of_the_song_is_still_to_be_learned() {
        let song = vec![clip(8 * STEP, 0)];
        let store = with_song(song.clone());
        store.amend(|project| project.learned_from = project.present_clips());
        assert!(!store.get().has_unlearned_clips());
        add(&store, &song, &ClipRange(0..8), 0).unwrap();
        let project = store.get();
        assert!(!project.is_learned(&project.instruments[0].clips[0]));
        assert!(project.is_learned(&song[0]) && !project.is_up_to_date(0));
    }

    #[test]
    fn nothing_is_added_of_silence_or_beyond_the_budget() {
        let channels = vec![vec![0.0; 8 * STEP]];
        let silence = Arc::new(AudioBuffer { channels, sample_rate_hz: 44_100 }.into());
        let song = vec![silence, clip(8 * STEP, 0)];
        let store = with_song(song.clone());
        assert_eq!(add(&store, &song, &ClipRange(2..8), 0), Err(AddRangeError::Silent));
        let room = ClipSizes::of(&store.versions()).room_samples(true, 1);
        let samples = Samples { numbers: vec![0; room].into(), exponent: 0 };
        let large = Clip::of_samples(vec![samples], false, 44_100);
        store.edit(|project| project.instruments[1].clips.push(Arc::new(large)));
        let steps = store.step_names().0.len();
        let range = ClipRange(8..16);
        let seconds = range.seconds(&song);
        assert_eq!(add(&store, &song, &range, 0), Err(AddRangeError::NoRoom { seconds }));
        assert!(store.get().instruments[0].clips.is_empty());
        assert_eq!(store.step_names().0.len(), steps, "no step without a change");
        store.set_keeps_clips(false);
        add(&store, &song, &range, 0).unwrap();
    }

    #[test]
    fn known_instruments_are_offered_and_the_first_free_place() {
        let mut project = Project::default();
        assert_eq!(Choices::of(&project), Choices { known: vec![], new: Some(0) });
        project.instruments[0].name = "Violin".to_string();
        project.instruments[2].clips.push(clip(STEP, 0));
        project.instruments[5].source = Some(0);
        assert_eq!(Choices::of(&project), Choices { known: vec![0, 2, 5], new: Some(1) });
        for instrument in &mut project.instruments {
            instrument.source = Some(0);
        }
        let all = (0..MAX_INSTRUMENTS).collect();
        assert_eq!(Choices::of(&project), Choices { known: all, new: None });
    }
}
