//! Detects passages in which the learned instruments play alone. The input then contains no
//! rest, and a rest learned from it would duplicate the instruments: adapted to half a minute
//! of one instrument alone, without any of the song, it costs the demo's instruments 0.5 to
//! 13 dB of SDR in the song.

use std::sync::Arc;

use crate::dictionary::Dictionary;
use crate::learn::{FactorizeError, Recording, unexplained};
use crate::plugin::project::Project;
use crate::plugin::project::clip::{Beginning, Clip};

/// If this many times more is left unexplained than in the clips, something else plays. In
/// the demo the ratio is 0.9 to 1.7 for a second of an instrument alone (the median; 20 where
/// the piano plays other notes), and 7 to 200 for the song.
const TIMES: f32 = 3.0;

/// The limit used when the recordings are missing, derived from the same sounds.
const WITHOUT_RECORDINGS: f32 = 0.25;

/// The highest limit, for instruments with so few sounds that even their recordings are badly
/// explained: with one sound each, the demo's song leaves 0.5 (drums) to 2.9 (bass).
const MAX_LIMIT: f32 = 0.5;

/// The number of clips that are compared, and seconds of each.
const MAX_RECORDINGS: usize = 32;
const COMPARED_S: usize = 10;

/// Frames that are compared, of the clips and of the input.
const FRAMES_OF_RECORDINGS: usize = 64;
const FRAMES: usize = 8;

/// The detector for one dictionary.
pub struct Alone {
    dictionary: Arc<Dictionary>,
    /// If more than this is left unexplained, something else plays.
    limit: f32,
}

impl Alone {
    /// Measures the recordings that a dictionary was learned from; `None` if `go_on` returns
    /// false meanwhile.
    pub fn new(
        project: &Project,
        dictionary: &Arc<Dictionary>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Self> {
        let dictionary = dictionary.clone();
        let instruments =
            project.instruments.iter().filter(|instrument| instrument.source.is_some());
        let learned = instruments
            .flat_map(|instrument| &instrument.clips)
            .filter(|clip| project.is_learned(clip));
        let beginning = |clip: &Arc<Clip>| Beginning { clip: clip.clone(), seconds: COMPARED_S };
        let clips: Vec<Beginning> = learned.take(MAX_RECORDINGS).map(beginning).collect();
        let clips: Vec<&dyn Recording> = clips.iter().map(|clip| clip as &dyn Recording).collect();
        let limit = match unexplained(&dictionary, &clips, FRAMES_OF_RECORDINGS, &mut |_| go_on()) {
            Ok(fraction) => (TIMES * fraction).min(MAX_LIMIT),
            Err(FactorizeError::Cancelled(_)) => return None,
            Err(_) => WITHOUT_RECORDINGS,
        };
        Some(Self { dictionary, limit })
    }

    pub fn is_for(&self, dictionary: &Arc<Dictionary>) -> bool {
        Arc::ptr_eq(&self.dictionary, dictionary)
    }

    /// Switches to a dictionary with the same instruments and another rest, which changes
    /// nothing here.
    pub fn follow(&mut self, dictionary: &Arc<Dictionary>) {
        self.dictionary = dictionary.clone();
    }

    /// Whether only the instruments play in `sound`. If that cannot be decided, they do not:
    /// the rest then adapts.
    pub fn are_alone_in(&self, sound: &dyn Recording, go_on: &mut dyn FnMut() -> bool) -> bool {
        match unexplained(&self.dictionary, &[sound], FRAMES, &mut |_| go_on()) {
            Ok(fraction) => fraction < self.limit,
            // Not judged, so nothing is learned from it.
            Err(error) => matches!(error, FactorizeError::Cancelled(_)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio;
    use crate::frames::{FrameSettings, Mode};
    use crate::learn::{InMemory, LearnSettings, SourceClips, learn_dictionary};

    fn demo(kind: &str, name: &str) -> Vec<f32> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo");
        audio::read(format!("{folder}/{kind}/{name}.flac")).unwrap().mono()
    }

    /// An instrument alone, and the song without one of its instruments.
    #[test]
    fn instruments_are_told_from_the_song() {
        const NAMES: [&str; 4] = ["violin", "piano", "bass", "drums"];
        let recordings = NAMES.map(|name| vec![demo("train", name)]);
        let stems = NAMES.map(|name| demo("test", name));
        let song: Vec<f32> =
            (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect();
        let settings = LearnSettings::new(FrameSettings::new(Mode::Quality, 44_100));
        let alone = |who: &[usize]| {
            let clips = |&who: &usize| SourceClips {
                name: NAMES[who].to_string(),
                clips: vec![&recordings[who][..]],
            };
            let sources: Vec<SourceClips> = who.iter().map(clips).collect();
            let dictionary = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap().0;
            let mut project = Project::default();
            for instrument in who {
                let channels = recordings[*instrument].clone();
                let clip = audio::AudioBuffer { channels, sample_rate_hz: 44_100 };
                project.instruments[*instrument].clips.push(Arc::new(clip.into()));
            }
            project.set_learned(dictionary, who);
            Alone::new(&project, project.dictionary.as_ref().unwrap(), &mut || true).unwrap()
        };
        let is_alone = |alone: &Alone, second: &&[f32]| {
            let sound = InMemory { channels: &[second.to_vec()], sample_rate_hz: 44_100 };
            alone.are_alone_in(&sound, &mut || true)
        };
        let fraction_alone = |alone: &Alone, sound: &[f32]| {
            let seconds = sound.chunks_exact(44_100);
            let count = seconds.len() as f64;
            seconds.filter(|second| is_alone(alone, second)).count() as f64 / count
        };
        for who in 0..NAMES.len() {
            let one = alone(&[who]);
            assert!(fraction_alone(&one, &recordings[who][0]) > 0.8, "{} alone", NAMES[who]);
            assert_eq!(fraction_alone(&one, &song), 0.0, "{} in the song", NAMES[who]);
            let others: Vec<usize> = (0..NAMES.len()).filter(|other| *other != who).collect();
            let others = alone(&others);
            assert_eq!(fraction_alone(&others, &song), 0.0, "all but {}", NAMES[who]);
        }
    }
}
