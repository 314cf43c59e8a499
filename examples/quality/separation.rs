//! Learning and separating, as the command does them; keeps results that several tables need.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use unbraid::dictionary::Dictionary;
use unbraid::dsp::{Model, Separator, SpatialKind};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};
use unbraid::offline;

use crate::set::{Audio, Set};

/// A set, and what has been learned and separated from it so far.
pub struct Known<'a> {
    pub set: &'a Set,
    check: &'a SumCheck,
    dictionaries: [OnceLock<Dictionary>; Mode::ALL.len()],
    estimates: [OnceLock<Vec<Audio>>; Mode::ALL.len()],
}

impl<'a> Known<'a> {
    pub fn new(set: &'a Set, check: &'a SumCheck) -> Self {
        Self { set, check, dictionaries: Default::default(), estimates: Default::default() }
    }

    /// A dictionary of all sources, learned with the defaults.
    pub fn dictionary(&self, mode: Mode) -> anyhow::Result<&Dictionary> {
        get_or_try_init(&self.dictionaries[mode as usize], || {
            learn(self.set, &LearnSettings::new(frames(self.set, mode)))
        })
    }

    /// The mixture separated with that dictionary and the defaults.
    pub fn estimates(&self, mode: Mode) -> anyhow::Result<&[Audio]> {
        let estimates = get_or_try_init(&self.estimates[mode as usize], || {
            Ok(self.separate(self.dictionary(mode)?, &self.set.mixture, true))
        });
        Ok(estimates?)
    }

    /// Each source's signal in `mixture`, through the streaming engine. Without `spatial`,
    /// one mask serves both channels. As in the command, a rest that the dictionary does not
    /// have gets the offset; it is not returned.
    pub fn separate(&self, dictionary: &Dictionary, mixture: &Audio, spatial: bool) -> Vec<Audio> {
        let mut with_rest = dictionary.clone();
        with_rest.add_empty_rest();
        let mut estimates = run(&with_rest, mixture, spatial);
        self.check.look_at(mixture, &estimates);
        estimates.truncate(dictionary.sources.len());
        estimates
    }
}

/// The frames of a mode at a set's sample rate.
pub fn frames(set: &Set, mode: Mode) -> FrameSettings {
    FrameSettings::new(mode, set.sample_rate_hz)
}

/// A dictionary of all sources of a set, from its clips.
pub fn learn(set: &Set, settings: &LearnSettings) -> anyhow::Result<Dictionary> {
    let clips = set.sources.iter();
    let clips = clips.map(|s| SourceClips { name: s.name.clone(), clips: vec![&s.clip] });
    let sources: Vec<SourceClips> = clips.collect();
    Ok(learn_dictionary(&sources, None, settings, &mut |_| true)?.0)
}

fn run(dictionary: &Dictionary, mixture: &Audio, spatial: bool) -> Vec<Audio> {
    let (channels, sources) = (mixture.len(), dictionary.sources.len());
    let mut separator = Separator::new(Arc::new(Model::new(dictionary)), channels, sources);
    separator.set_spatial(SpatialKind::of_setting(spatial));
    for source in 0..sources {
        separator.bus_mut(source).set_gain(source, 1.0);
        separator.bus_mut(source).settle();
    }
    let mut position = 0;
    let mut played: Vec<Vec<f32>> = vec![Vec::new(); sources * channels];
    let finished: Result<(), Infallible> = offline::run(
        &mut separator,
        sources,
        |block, most| {
            let end = (position + most).min(mixture[0].len());
            for (block, channel) in block.iter_mut().zip(mixture) {
                block.clear();
                block.extend_from_slice(&channel[position..end]);
            }
            let samples = end - position;
            position = end;
            Ok(samples)
        },
        |out| {
            played.iter_mut().zip(out).for_each(|(played, out)| played.extend_from_slice(out));
            Ok(())
        },
    );
    let Ok(()) = finished;
    played.chunks(channels).map(<[_]>::to_vec).collect()
}

/// The largest difference found between a mixture and the sum of its sources.
#[derive(Default)]
pub struct SumCheck(AtomicU32);

impl SumCheck {
    fn look_at(&self, mixture: &Audio, estimates: &[Audio]) {
        for (c, channel) in mixture.iter().enumerate() {
            for (n, x) in channel.iter().enumerate() {
                let sum: f64 = estimates.iter().map(|audio| f64::from(audio[c][n])).sum();
                let error = (sum - f64::from(*x)).abs() as f32;
                // Non-negative floats are ordered like their bits.
                self.0.fetch_max(error.to_bits(), Ordering::Relaxed);
            }
        }
    }

    /// The difference in dB relative to full scale.
    pub fn peak_dbfs(&self) -> f32 {
        20.0 * f32::from_bits(self.0.load(Ordering::Relaxed)).log10()
    }
}

/// A fallible [`OnceLock::get_or_init`]. Two concurrent threads may both do the work; the
/// first result is kept.
fn get_or_try_init<T>(
    cell: &OnceLock<T>,
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<&T> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(cell.get_or_init(|| value))
}
