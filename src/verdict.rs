//! How well instruments can be told apart, judged from parts of their clips that are held out
//! of learning: what a user can expect before playing a song.
//!
//! The sources are learned from the remaining parts; the held-out parts, equally loud, are
//! mixed, and the streaming engine separates the mixture. A source is as good as its
//! signal-to-noise ratio. The source that it is confused with most is the one whose held-out
//! part correlates most with its output, or the reverse.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::audio::resample;
use crate::dictionary::Dictionary;
use crate::dsp::{Model, Separator};
use crate::eval::snr_db;
use crate::learn::{Cancelled, LearnSettings, Progress, Recording, SourceToLearn, learn_from};
use crate::offline;

/// At least this much of a source is needed to hold some of it out, in seconds.
const MIN_S: f64 = 4.0;

/// The fraction of a source that is held out, and its limits in seconds.
const HELD_OUT: f64 = 0.25;
const HELD_OUT_S: [f64; 2] = [1.0, 8.0];

/// A passage this long, in seconds, and this far below the loudest tenth of a second, in dB, is a pause:
/// nothing is held out of it, and it counts for nothing.
const PAUSE_S: f64 = 1.0;
const PAUSE_DB: f64 = -30.0;

/// At most this much before it is learned from, in seconds, and at most this many frames.
const LEARNED_S: f64 = 60.0;
const LEARNED_FRAMES: usize = 768;

/// The fraction of the progress that learning takes.
const LEARNING: f32 = 0.8;

/// From this ratio on, in dB, a source is clear; below the second, it overlaps another.
const CLEAR_DB: f64 = 8.0;
const OVERLAPS_DB: f64 = 4.0;

/// A source and the recordings in which it plays alone.
pub struct Solo<'a> {
    pub name: &'a str,
    pub recordings: Vec<&'a dyn Recording>,
}

/// How well a source is told apart from the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Its place among the sources that were to be judged.
    pub source: usize,
    /// Signal-to-noise ratio among all sources at equal levels.
    pub snr_db: f64,
    /// The source that it is confused with most.
    pub closest: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As it is shown.
        match self.snr_db.round() {
            CLEAR_DB.. => write!(f, "clear")?,
            OVERLAPS_DB.. => write!(f, "fair, closest to {}", self.closest)?,
            _ => write!(f, "overlaps {}", self.closest)?,
        }
        write!(f, ", about {:.0} dB", self.snr_db)
    }
}

/// Judges sources against each other, with the settings that they are learned with; those with
/// less than four seconds of sound get no verdict. None does if fewer than two can be judged.
///
/// Takes about as long as learning from a minute of each source.
///
/// # Errors
/// If the callback asks to stop.
pub fn judge(
    solos: &[Solo],
    settings: &LearnSettings,
    progress: Progress,
) -> Result<Vec<Verdict>, Cancelled> {
    let sounding: Vec<Vec<Part>> = solos
        .iter()
        .map(|solo| without_pauses(&solo.recordings, progress))
        .collect::<Result<_, _>>()?;
    let parts: Vec<Split> = sounding.iter().map(|parts| split(parts)).collect();
    let rate = settings.frames.sample_rate_hz;
    let mut held_out = Vec::new();
    for split in &parts {
        go_on(progress, 0.0)?;
        held_out.push(equally_loud(&split.held_out, rate));
    }
    let can_judge = |s: usize| parts[s].is_apart && !held_out[s].is_empty();
    if (0..solos.len()).filter(|s| can_judge(*s)).count() < 2 {
        return Ok(Vec::new());
    }
    let sources: Vec<SourceToLearn> = solos
        .iter()
        .zip(&parts)
        .map(|(solo, split)| SourceToLearn::Solo {
            name: solo.name,
            recordings: split.learned.iter().map(|part| part as &dyn Recording).collect(),
        })
        .collect();
    let settings = LearnSettings { max_frames: LEARNED_FRAMES, ..settings.clone() };
    let learned = learn_from(&sources, &[], &settings, &mut |part| progress(part * LEARNING));
    let dictionary = match learned {
        Ok((dictionary, _)) => dictionary,
        Err(error) if error.is_cancelled() => return Err(Cancelled),
        // Too little was left to learn from.
        Err(_) => return Ok(Vec::new()),
    };
    let samples = held_out.iter().map(Vec::len).max().unwrap_or(0);
    let played: Vec<Vec<f32>> = held_out.iter().map(|part| repeated(part, samples)).collect();
    let outputs = separate(&dictionary, &played, &mut |fraction| {
        progress(LEARNING + fraction * (1.0 - LEARNING))
    })?;
    let mut verdicts = Vec::new();
    for source in (0..solos.len()).filter(|s| can_judge(*s)) {
        go_on(progress, 1.0)?;
        let closest = closest(source, &played, &outputs).map_or("", |other| solos[other].name);
        let snr_db = snr_db(&[&played[source]], &[&outputs[source]]);
        verdicts.push(Verdict { source, snr_db, closest: closest.to_string() });
    }
    Ok(verdicts)
}

fn go_on(progress: Progress, fraction: f32) -> Result<(), Cancelled> {
    if progress(fraction) { Ok(()) } else { Err(Cancelled) }
}

/// A part of a recording.
struct Part<'a> {
    recording: &'a dyn Recording,
    samples: Range<usize>,
}

impl Recording for Part<'_> {
    fn sample_rate_hz(&self) -> u32 {
        self.recording.sample_rate_hz()
    }

    fn channels(&self) -> usize {
        self.recording.channels()
    }

    fn samples(&self) -> usize {
        self.samples.len()
    }

    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]> {
        let start = self.samples.start;
        self.recording.read(channel, start + range.start..start + range.end)
    }
}

/// The parts of recordings between pauses.
fn without_pauses<'a>(
    recordings: &[&'a dyn Recording],
    progress: Progress,
) -> Result<Vec<Part<'a>>, Cancelled> {
    let mut levels = Vec::new();
    for recording in recordings {
        levels.push(block_powers(*recording, progress)?);
    }
    let loudest = levels.iter().flatten().copied().fold(0.0, f64::max);
    let least = loudest * 10f64.powf(PAUSE_DB / 10.0);
    let mut parts: Vec<Part> = Vec::new();
    for (&recording, levels) in recordings.iter().zip(&levels) {
        let pause = (PAUSE_S * f64::from(recording.sample_rate_hz())) as usize;
        let block = block_samples(recording);
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (number, _) in levels.iter().enumerate().filter(|(_, level)| **level > least) {
            let samples = number * block..((number + 1) * block).min(recording.samples());
            match runs.last_mut() {
                Some(last) if samples.start - last.end < pause => last.end = samples.end,
                _ => runs.push(samples),
            }
        }
        parts.extend(runs.into_iter().map(|samples| Part { recording, samples }));
    }
    Ok(parts)
}

/// A tenth of a second.
fn block_samples(recording: &dyn Recording) -> usize {
    (recording.sample_rate_hz() as usize / 10).max(1)
}

/// The power of each tenth of a second, over all channels.
fn block_powers(recording: &dyn Recording, progress: Progress) -> Result<Vec<f64>, Cancelled> {
    let block = block_samples(recording);
    let mut powers = Vec::new();
    let mut start = 0;
    while start < recording.samples() {
        go_on(progress, 0.0)?;
        let end = (start + 10 * block).min(recording.samples());
        let mut here = vec![0.0; (end - start).div_ceil(block)];
        for channel in 0..recording.channels() {
            let samples = recording.read(channel, start..end);
            for (power, block) in here.iter_mut().zip(samples.chunks(block)) {
                let finite = block.iter().filter(|x| x.is_finite());
                *power += finite.map(|x| f64::from(*x).powi(2)).sum::<f64>() / block.len() as f64;
            }
        }
        powers.append(&mut here);
        start = end;
    }
    Ok(powers)
}

/// The parts of a source's recordings.
struct Split<'a> {
    learned: Vec<Part<'a>>,
    held_out: Vec<Part<'a>>,
    /// Whether nothing that is held out is learned from.
    is_apart: bool,
}

/// Holds out the end of what sounds. A source that is too short for that is learned from its
/// end, too: it only disturbs the others.
fn split<'a>(recordings: &[Part<'a>]) -> Split<'a> {
    let seconds = |part: &Part| part.samples() as f64 / f64::from(part.sample_rate_hz());
    let all_s: f64 = recordings.iter().map(seconds).sum();
    let is_apart = all_s >= MIN_S;
    let held_out_s = (all_s * HELD_OUT).clamp(HELD_OUT_S[0], HELD_OUT_S[1]);
    let held_out = last(recordings, 0.0..held_out_s);
    let learned_s = if is_apart { held_out_s..held_out_s + LEARNED_S } else { 0.0..LEARNED_S };
    Split { learned: last(recordings, learned_s), held_out, is_apart }
}

/// What is within a range of seconds of consecutive parts, counted from the end of the last.
fn last<'a>(all: &[Part<'a>], range_s: Range<f64>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut end_s = 0.0;
    for whole in all.iter().rev() {
        let rate = f64::from(whole.sample_rate_hz());
        let count = whole.samples();
        // Counted back from the end of this part.
        let back = |s: f64| {
            let samples = (((s - end_s) * rate).max(0.0) as usize).min(count);
            whole.samples.end - samples
        };
        let samples = back(range_s.end)..back(range_s.start);
        if !samples.is_empty() {
            parts.push(Part { recording: whole.recording, samples });
        }
        end_s += count as f64 / rate;
    }
    parts.reverse();
    parts
}

/// Parts one after another, mixed down, at a sample rate, with an RMS of 0.1; nothing if they
/// are silent.
fn equally_loud(parts: &[Part], sample_rate_hz: u32) -> Vec<f32> {
    let mut joined = Vec::new();
    for part in parts {
        let channels = part.channels().min(2);
        let read = |channel| part.read(channel, 0..part.samples()).into_owned();
        let channels: Vec<Vec<f32>> = (0..channels).map(read).collect();
        let channels = resample(&channels, part.sample_rate_hz(), sample_rate_hz);
        let samples = channels.first().map_or(0, Vec::len);
        let mean = |n: usize| {
            let sum: f32 = channels.iter().map(|channel| channel[n]).sum();
            if sum.is_finite() { sum / channels.len() as f32 } else { 0.0 }
        };
        joined.extend((0..samples).map(mean));
    }
    let power: f64 = joined.iter().map(|x| f64::from(*x).powi(2)).sum();
    let rms = (power / joined.len().max(1) as f64).sqrt();
    if !(1e-6..1e30).contains(&rms) {
        return Vec::new();
    }
    joined.iter().map(|x| (f64::from(*x) * 0.1 / rms) as f32).collect()
}

/// A signal again and again, `samples` long; silence if it is empty.
fn repeated(signal: &[f32], samples: usize) -> Vec<f32> {
    (0..samples).map(|n| if signal.is_empty() { 0.0 } else { signal[n % signal.len()] }).collect()
}

/// Separates the sum of `played`; the outputs are as long.
fn separate(
    dictionary: &Dictionary,
    played: &[Vec<f32>],
    progress: Progress,
) -> Result<Vec<Vec<f32>>, Cancelled> {
    let model = Model::new_while(dictionary, &mut || progress(0.0)).ok_or(Cancelled)?;
    let sources = played.len();
    let mut separator = Separator::new(Arc::new(model), 1, sources);
    for source in 0..sources {
        separator.bus_mut(source).set_gain(source, 1.0);
        separator.bus_mut(source).settle();
    }
    let samples = played.first().map_or(0, Vec::len);
    let mut done = 0;
    let mut outputs = vec![Vec::with_capacity(samples); sources];
    let read = |block: &mut [Vec<f32>], most: usize| {
        if !progress(done as f32 / samples as f32) {
            return Err(Cancelled);
        }
        let range = done..(done + most).min(samples);
        done = range.end;
        block[0].clear();
        block[0].extend(range.clone().map(|n| played.iter().map(|x| x[n]).sum::<f32>()));
        Ok(range.len())
    };
    offline::run(&mut separator, sources, read, |buses| {
        outputs.iter_mut().zip(buses).for_each(|(output, bus)| output.extend_from_slice(bus));
        Ok(())
    })?;
    Ok(outputs)
}

/// The source that is most in the output of source `s`, or that has most of `s` in its own.
fn closest(s: usize, played: &[Vec<f32>], outputs: &[Vec<f32>]) -> Option<usize> {
    let product = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    // All are equally loud.
    let leak = |from: usize, to: usize| product(&outputs[to], &played[from]).abs();
    let confusion = |other: &usize| leak(s, *other) + leak(*other, s);
    let others = (0..played.len()).filter(|other| *other != s);
    others.max_by(|a, b| confusion(a).total_cmp(&confusion(b)))
}
