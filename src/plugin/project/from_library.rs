//! An instrument from elsewhere joins those of the project.

use std::sync::Arc;

use super::clip::Clip;
use super::{MAX_NAME_CHARS, Project, Rest};
use crate::dictionary::{Dictionary, Invalid, same_name};
use crate::frames::FrameSettings;

/// Why an instrument cannot be added.
#[derive(Debug, PartialEq)]
pub enum AddInstrumentError {
    /// All places are in use.
    NoPlace,
    /// The dictionary would not be valid.
    Invalid(Invalid),
}

impl Project {
    /// Adds an instrument that was learned elsewhere, the first source of `from`, at the first
    /// free place; returns that place. It gets a name and a colour that no other instrument has.
    /// If it is the first one, it is remapped to `frames`, and those of later ones are the same.
    ///
    /// `clips`: what it was learned from, if that is known. They are still to be learned if it had
    /// to be changed to fit, so that *Learn* makes it as good as the others.
    ///
    /// Everything else is learned again from what plays, since it may have been learned from
    /// this instrument, and until then stays as it was. `has_rest`: whether there is to be one if
    /// this is the first instrument.
    ///
    /// # Errors
    /// Leaves the project as it was.
    pub fn add_instrument(
        &mut self,
        from: &Dictionary,
        clips: Vec<Arc<Clip>>,
        frames: FrameSettings,
        has_rest: bool,
    ) -> Result<usize, AddInstrumentError> {
        let place = self.free_place().ok_or(AddInstrumentError::NoPlace)?;
        let (mut dictionary, has_rest) = match self.dictionary_to_save() {
            Some(mut dictionary) => {
                dictionary.take_sources_of(from, &[0]);
                (dictionary, self.rest != Rest::None)
            }
            None => {
                let (mut dictionary, _) = from.remapped(frames);
                dictionary.keep_sources(&[0]);
                (dictionary, has_rest)
            }
        };
        let index = dictionary.sources.len() - 1;
        let mut source = dictionary.sources[index].clone();
        source.name = self.free_name(&source.name, place);
        let others = self.instruments.iter().filter(|instrument| instrument.source.is_some());
        if others.into_iter().any(|instrument| instrument.color == source.color) {
            source.color.clone_from(&self.instruments[place].color);
        }
        dictionary.sources[index] = source.clone();
        if has_rest {
            dictionary.add_empty_rest();
        }
        dictionary.check().map_err(AddInstrumentError::Invalid)?;
        let is_unchanged = (dictionary.frames, dictionary.transpose, dictionary.divergence)
            == (from.frames, from.transpose, from.divergence);
        if is_unchanged && !clips.is_empty() {
            self.learned_from.extend(clips.iter().map(Arc::downgrade));
            self.instruments[place].learned_clips = Some(clips.len());
        }
        self.forget_silences(place);
        self.instruments[place].clips = clips;
        self.instruments[place].play(index, &source);
        self.dictionary = Some(Arc::new(dictionary));
        if has_rest {
            self.rest = Rest::Adapting { listened_s: 0 };
        }
        Ok(place)
    }

    /// The first place that is not in use; one that the user has named only if there is no other.
    fn free_place(&self) -> Option<usize> {
        let free = || (0..self.instruments.len()).filter(|place| !self.is_used(*place));
        let unnamed = free().find(|place| self.instruments[*place].has_default_name());
        unnamed.or_else(|| free().next())
    }

    fn is_used(&self, place: usize) -> bool {
        let instrument = &self.instruments[place];
        !instrument.clips.is_empty() || instrument.source.is_some()
    }

    /// The name, with a number if another instrument has it that is used or that the user has
    /// named.
    fn free_name(&self, name: &str, place: usize) -> String {
        let is_another = |other: &usize| {
            *other != place
                && (self.is_used(*other) || !self.instruments[*other].has_default_name())
        };
        let others = || (0..self.instruments.len()).filter(is_another);
        let is_taken =
            |name: &str| others().any(|other| same_name(&self.instruments[other].name, name));
        let short = |chars: usize| name.chars().take(chars).collect::<String>().trim().to_string();
        let whole = short(MAX_NAME_CHARS);
        if !is_taken(&whole) {
            return whole;
        }
        let numbered = |number: usize| {
            let number = format!(" {number}");
            short(MAX_NAME_CHARS - number.len()) + &number
        };
        // One more than there are instruments.
        let last = self.instruments.len() + 1;
        (2..last).map(numbered).find(|name| !is_taken(name)).unwrap_or_else(|| numbered(last))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::audio::AudioBuffer;
    use crate::dictionary::{Provenance, Source};
    use crate::divergence::Divergence;
    use crate::frames::Mode;
    use crate::plugin::project::MAX_INSTRUMENTS;

    fn frames() -> FrameSettings {
        FrameSettings { fft_size: 64, hop: 16, ..FrameSettings::new(Mode::Live, 8_000) }
    }

    fn learned(name: &str) -> Dictionary {
        let frames = frames();
        let mut w = ndarray::Array2::zeros((frames.bins(), 1));
        w.slice_mut(ndarray::s![..2, 0]).assign(&array![0.25, 0.75]);
        Dictionary {
            w,
            rarity: vec![0.0],
            sources: vec![Source::new(name, 0, vec![0])],
            frames,
            transpose: 6,
            divergence: Divergence::KullbackLeibler,
            provenance: Provenance { method: "nmf".to_string(), seed: 0 },
        }
    }

    #[test]
    fn instruments_are_added_beside_those_that_are_there() {
        let mut project = Project::default();
        assert_eq!(project.add_instrument(&learned("Guitar"), Vec::new(), frames(), true), Ok(0));
        assert_eq!(project.rest, Rest::Adapting { listened_s: 0 });
        // Everything else was learned meanwhile.
        project.rest = Rest::Learned;
        assert_eq!(project.add_instrument(&learned("guitar"), Vec::new(), frames(), true), Ok(1));
        let [first, second, ..] = &project.instruments;
        assert_eq!([&first.name, &second.name], ["Guitar", "guitar 2"]);
        assert_ne!(first.color, second.color);
        assert_eq!(project.rest, Rest::Adapting { listened_s: 0 }, "it is learned again");
        let dictionary = project.dictionary_to_save().unwrap();
        let names: Vec<&str> = dictionary.sources.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["Guitar", "rest", "guitar 2"]);
        assert_eq!(second.source, Some(2));
        assert_eq!(dictionary.w.column(0), dictionary.w.column(1), "the same spectrum");
    }

    #[test]
    fn without_everything_else_there_is_none_afterwards() {
        let mut project = Project::default();
        project.add_instrument(&learned("Guitar"), Vec::new(), frames(), false).unwrap();
        project.add_instrument(&learned("Bass"), Vec::new(), frames(), true).unwrap();
        assert_eq!((project.rest, project.dictionary.unwrap().rest()), (Rest::None, None));
    }

    #[test]
    fn places_that_the_user_has_named_are_left_free() {
        let mut project = Project::default();
        project.instruments[0].name = "My oboe".to_string();
        assert_eq!(
            project.add_instrument(&learned("Instrument 3"), Vec::new(), frames(), true),
            Ok(1)
        );
        assert_eq!(project.instruments[1].name, "Instrument 3", "nothing has that name yet");
        assert_eq!(project.instruments[0].name, "My oboe");
        assert_eq!(project.add_instrument(&learned("my OBOE"), Vec::new(), frames(), true), Ok(2));
        assert_eq!(project.instruments[2].name, "my OBOE 2");
    }

    #[test]
    fn a_full_project_stays_as_it_was() {
        let mut project = Project::default();
        let name = "A name as long as names may ever become";
        for place in 0..MAX_INSTRUMENTS {
            assert_eq!(
                project.add_instrument(&learned(name), Vec::new(), frames(), true),
                Ok(place)
            );
        }
        assert_eq!(project.shared_name(), None, "all names differ");
        assert!(project.instruments.iter().all(|i| i.name.chars().count() <= MAX_NAME_CHARS));
        let before = project.dictionary.clone().unwrap();
        assert_eq!(
            project.add_instrument(&learned(name), Vec::new(), frames(), true),
            Err(AddInstrumentError::NoPlace)
        );
        assert!(Arc::ptr_eq(&before, project.dictionary.as_ref().unwrap()));
    }

    #[test]
    fn marks_of_silence_are_not_passed_on() {
        let mut project = Project::default();
        let channels = vec![vec![0.1; 5_000]];
        let clip = Clip::from(AudioBuffer { channels, sample_rate_hz: 8_000 });
        project.mixture = vec![Arc::new(clip.with_silent(vec![0, 3]))];
        project.learned_from = project.present_clips();
        assert_eq!(project.add_instrument(&learned("Guitar"), Vec::new(), frames(), false), Ok(0));
        assert_eq!(project.mixture[0].silent(), [3]);
        assert!(project.is_learned(&project.mixture[0]), "its sound is the same");
    }
}
