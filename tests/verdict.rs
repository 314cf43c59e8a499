//! The verdict on how well sources can be told apart.

use unbraid::audio;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{Cancelled, InMemory, LearnSettings};
use unbraid::verdict::{Solo, Verdict, judge};

fn clip(name: &str) -> Vec<f32> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/train");
    audio::read(format!("{folder}/{name}.flac")).unwrap().mono()
}

fn judged(clips: &[(&str, Vec<f32>)], go_on: bool) -> Result<Vec<Verdict>, Cancelled> {
    let channels: Vec<[Vec<f32>; 1]> = clips.iter().map(|(_, clip)| [clip.clone()]).collect();
    let in_memory = |channels| InMemory { channels, sample_rate_hz: 44_100 };
    let recordings: Vec<InMemory> = channels.iter().map(|clip| in_memory(&clip[..])).collect();
    let solos: Vec<Solo> = (clips.iter().zip(&recordings))
        .map(|((name, _), recording)| Solo { name, recordings: vec![recording] })
        .collect();
    let settings = LearnSettings::new(FrameSettings::new(Mode::Quality, 44_100));
    judge(&solos, &settings, &mut |_| go_on)
}

/// Two halves of one recording are the same instrument: they are confused with each other,
/// and with nothing else.
#[test]
fn the_same_instrument_twice_overlaps() {
    let piano = clip("piano");
    let (first, second) = piano.split_at(piano.len() / 2);
    let clips = [("left", first.to_vec()), ("drums", clip("drums")), ("right", second.to_vec())];
    let verdicts = judged(&clips, true).unwrap();
    let by_source = |source: usize| verdicts.iter().find(|v| v.source == source).unwrap();
    assert_eq!(by_source(0).closest, "right");
    assert_eq!(by_source(2).closest, "left");
    assert!(by_source(0).to_string().starts_with("overlaps right"), "{}", by_source(0));
    assert!(by_source(1).to_string().starts_with("clear"), "{}", by_source(1));
    assert!(by_source(1).snr_db > by_source(0).snr_db + 4.0, "{verdicts:?}");
}

/// The word and the number agree.
#[test]
fn the_word_is_that_of_the_shown_number() {
    let text = |snr_db| Verdict { source: 0, snr_db, closest: "x".to_string() }.to_string();
    assert_eq!(text(7.6), "clear, about 8 dB");
    assert_eq!(text(7.4), "fair, closest to x, about 7 dB");
    assert_eq!(text(3.6), "fair, closest to x, about 4 dB");
    assert_eq!(text(-1.2), "overlaps x, about -1 dB");
}

/// Nor do pauses: a recording often ends in noise, or in silence.
#[test]
fn what_follows_the_last_note_is_not_judged() {
    let (violin, bass) = (clip("violin"), clip("bass"));
    let of = |clip: &[f32]| judged(&[("violin", clip.to_vec()), ("bass", bass.clone())], true);
    let plain = of(&violin).unwrap();
    for level in [1e-3, 1e-5, 0.0] {
        let noise =
            (0..7 * 44_100).map(|n: usize| level * (((n * n + 7 * n) % 1009) as f32 / 504.5 - 1.0));
        let with: Vec<f32> = violin.iter().copied().chain(noise).collect();
        let with = of(&with).unwrap();
        assert_eq!(with.len(), 2, "{level}");
        for (a, b) in plain.iter().zip(&with) {
            assert!((a.snr_db - b.snr_db).abs() < 1.0, "{level}: {a:?} {b:?}");
        }
    }
}

/// Loudness does not matter; what is too short or silent is left out.
#[test]
fn some_clips_cannot_be_judged() {
    let (violin, bass) = (clip("violin"), clip("bass"));
    let quiet = bass.iter().map(|x| x * 0.01).collect();
    let short = clip("drums")[..2 * 44_100].to_vec();
    let silent = vec![0.0; 10 * 44_100];
    let pair = judged(&[("violin", violin.clone()), ("bass", bass.clone())], true).unwrap();
    let of_quiet = judged(&[("violin", violin.clone()), ("bass", quiet)], true).unwrap();
    for (a, b) in pair.iter().zip(&of_quiet) {
        assert!((a.snr_db - b.snr_db).abs() < 0.5, "{a:?} {b:?}");
    }
    let with_short = [("violin", violin.clone()), ("short", short), ("bass", bass)];
    let sources: Vec<usize> = judged(&with_short, true).unwrap().iter().map(|v| v.source).collect();
    assert_eq!(sources, [0, 2]);
    assert_eq!(judged(&[("violin", violin.clone())], true), Ok(Vec::new()));
    assert_eq!(judged(&[("violin", violin.clone()), ("silent", silent)], true), Ok(Vec::new()));
    assert_eq!(judged(&with_short, false), Err(Cancelled));
}
