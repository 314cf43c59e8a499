//! A rest learned from a song of which it is known where a source is silent.

use ndarray::{Array2, Axis};
use unbraid::dictionary::Dictionary;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{
    FactorizeError, InMemory, LearnSettings, Mixture, Progress, RestSettings, Silence, SourceClips,
    SourceReport, add_rest_from, learn_dictionary, nnls,
};
use unbraid::offline::add_rest;
use unbraid::stft::magnitudes;

const RATE_HZ: u32 = 16_000;
const SECOND: usize = RATE_HZ as usize;

/// Two seconds of a sound with these partials of 220 Hz, at these amplitudes.
fn sound(partials: &[(usize, f32)]) -> Vec<f32> {
    let sample = |t: usize| {
        let partial = |(n, gain): &(usize, f32)| {
            let phase = std::f32::consts::TAU * 220.0 * *n as f32 * t as f32 / RATE_HZ as f32;
            gain * phase.sin()
        };
        0.1 * partials.iter().map(partial).sum::<f32>()
    };
    (0..2 * SECOND).map(sample).collect()
}

fn settings() -> FrameSettings {
    FrameSettings::new(Mode::Quality, RATE_HZ)
}

/// A function that learns a rest.
type AddRest = fn(
    &mut Dictionary,
    &[Mixture],
    &RestSettings,
    Progress,
) -> Result<SourceReport, FactorizeError>;

/// A flute plays an octave above an organ: all of the flute's partials are also the organ's, so
/// that the organ could just as well be a flute and a few other partials.
struct Song {
    flute: Dictionary,
    /// Only the organ, and then both.
    channels: [Vec<f32>; 1],
    organ: Vec<f32>,
}

impl Song {
    fn new() -> Self {
        let flute = [sound(&[(2, 1.0), (4, 0.2)])];
        let organ = sound(&[(1, 0.5), (2, 1.0), (3, 0.6), (4, 0.2), (5, 0.3)]);
        let clips = SourceClips { name: "flute".to_string(), clips: vec![&flute] };
        let (dictionary, _) =
            learn_dictionary(&[clips], None, &LearnSettings::new(settings()), &mut |_| true)
                .unwrap();
        let both = flute[0].iter().zip(&organ).map(|(a, b)| a + b);
        let channels = [organ.iter().copied().chain(both).collect()];
        Self { flute: dictionary, channels, organ }
    }

    /// Columns of W of a rest learned from it. `silence`: where the source is silent, in samples.
    fn rest(&self, silence: Option<(&str, std::ops::Range<usize>)>) -> Array2<f32> {
        self.rest_by(add_rest_from, silence)
    }

    fn rest_by(
        &self,
        add: AddRest,
        silence: Option<(&str, std::ops::Range<usize>)>,
    ) -> Array2<f32> {
        let recording = &InMemory { channels: &self.channels, sample_rate_hz: RATE_HZ };
        let silences =
            silence.map(|(source, samples)| Silence { source, samples }).into_iter().collect();
        let mut dictionary = self.flute.clone();
        let mixture = [Mixture { recording, silences }];
        let settings = RestSettings { components: Some(2), ..RestSettings::default() };
        add(&mut dictionary, &mixture, &settings, &mut |_| true).unwrap();
        dictionary.w.select(Axis(1), &dictionary.sources[1].components)
    }

    /// How much of the organ the rest does not have, as a fraction.
    fn missing(&self, rest: &Array2<f32>) -> f32 {
        let frames = settings();
        let v = magnitudes(&self.organ, &frames.analysis_window(), frames.hop);
        let v = v.select(Axis(1), &(10..v.ncols() - 10).collect::<Vec<_>>());
        let h = nnls(v.view(), rest.view(), &mut |_| true).unwrap();
        let left = (&v - rest.dot(&h)).mapv(|x| x * x).sum();
        (left / v.mapv(|x| x * x).sum()).sqrt()
    }
}

#[test]
fn what_sounds_where_a_source_is_silent_is_learned_completely() {
    let song = Song::new();
    let unknown = song.rest(None);
    let known = song.rest(Some(("flute", 0..2 * SECOND)));
    let (before, after) = (song.missing(&unknown), song.missing(&known));
    assert!(before > 0.1 && after < 0.02, "{before} of the organ was missing, and now {after}");

    // A silence of another source, or one shorter than a frame, changes nothing.
    assert_eq!(song.rest(Some(("reed", 0..2 * SECOND))), unknown);
    assert_eq!(song.rest(Some(("flute", 100..settings().fft_size))), unknown);
}

/// The rounds in which the engine takes part, which does not know it, would spoil that.
#[test]
fn what_is_known_of_silence_is_not_learned_again() {
    let song = Song::new();
    let silence = |samples| Some(("flute", samples));
    let known = song.rest(silence(0..2 * SECOND));
    assert_eq!(song.rest_by(add_rest, silence(0..2 * SECOND)), known);
    let unknown = song.rest_by(add_rest, None);
    assert_ne!(unknown, song.rest(None));
    let short = 100..settings().fft_size / 2;
    assert_eq!(song.rest_by(add_rest, silence(short)), unknown);
}
