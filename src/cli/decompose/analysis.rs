//! From recordings to the spectrogram to be factored, and its factors.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ndarray::{Array2, ArrayView2, Axis, s};
use serde_json::{Value, json};

use unbraid::audio::{self, AudioBuffer};
use unbraid::learn::preprocess::{
    ColumnOrigin, SILENCE_DB, append_solos, audible_frames, threshold_frames,
};
use unbraid::learn::{
    FactorizeError, FactorizeOptions, Factors, Method, NmfOptions, Progress, factorize,
};

use super::{Args, Settings};
use crate::frames::LibrosaFrames;
use crate::interrupt::{self, Stopped};
use crate::{progress, recording};

/// Magnitudes of the recording and of solo clips.
pub struct ClipSpectra<'a> {
    path: &'a Path,
    /// Of the recording, bins × frames.
    pub v: Array2<f32>,
    solos: Vec<(&'a Path, Array2<f32>)>,
    /// Hop in seconds.
    hop_s: f64,
}

/// The factors of a recording.
pub struct ClipFactors {
    /// H holds the recording's frames only; `columns` continue over the frames of the solo
    /// clips.
    pub factors: Factors,
    /// For methods that pick frames: the file and frame of each.
    pub origins: Option<Vec<Value>>,
}

impl<'a> ClipSpectra<'a> {
    pub fn new(
        path: &'a Path,
        clip: &AudioBuffer,
        frames: &LibrosaFrames,
        solos: &'a [PathBuf],
    ) -> anyhow::Result<Self> {
        let v = frames.magnitudes(path, clip)?;
        let rate = clip.sample_rate_hz;
        let solos: anyhow::Result<Vec<_>> = solos
            .iter()
            .map(|solo| {
                interrupt::check()?;
                Ok((solo.as_path(), frames.magnitudes(solo, &clip_at(solo, rate)?)?))
            })
            .collect();
        Ok(Self { path, v, solos: solos?, hop_s: frames.hop() as f64 / f64::from(rate) })
    }

    pub fn factor(
        &self,
        args: &Args,
        settings: &Settings,
        progress: Progress,
    ) -> anyhow::Result<ClipFactors> {
        let (v, origins) = self.candidates().map_err(|error| named(self.path, error))?;
        let Settings { components, method, .. } = *settings;
        let mut factors = factor(self.path, v, components, method, args, progress)?;
        factors.h = factors.h.slice(s![.., ..self.v.ncols()]).to_owned();
        let origins = factors
            .columns
            .as_ref()
            .map(|columns| columns.iter().map(|&column| self.origin(origins[column])).collect());
        Ok(ClipFactors { factors, origins })
    }

    fn candidates(&self) -> Result<(Array2<f32>, Vec<ColumnOrigin>), FactorizeError> {
        let solos: Vec<ArrayView2<f32>> = self.solos.iter().map(|(_, v)| v.view()).collect();
        append_solos(self.v.view(), &solos)
    }

    fn origin(&self, origin: ColumnOrigin) -> Value {
        let (path, frame) = match origin {
            ColumnOrigin::Mixture { frame } => (self.path, frame),
            ColumnOrigin::Solo { clip, frame } => (self.solos[clip].0, frame),
        };
        json!({ "file": path.to_string_lossy(), "frame": frame, "seconds": frame as f64 * self.hop_s })
    }
}

/// Factors `v` (bins × frames) of the file at `path`.
pub fn factor(
    path: &Path,
    mut v: Array2<f32>,
    components: usize,
    method: Method,
    args: &Args,
    progress: Progress,
) -> anyhow::Result<Factors> {
    if let Some(deviations) = args.threshold {
        threshold_frames(v.view_mut(), deviations);
    }
    let options = FactorizeOptions {
        nmf: NmfOptions {
            divergence: args.divergence,
            iterations: args.iterations,
            tolerance: args.tolerance,
            seed: args.seed,
            ..NmfOptions::default()
        },
        score: args.score.into(),
        ..FactorizeOptions::default()
    };
    let factors = if args.drop_silent {
        let kept = audible_frames(v.view(), SILENCE_DB);
        let audible = v.select(Axis(1), &kept);
        factorize(audible.view(), components, method, &options, progress)
            .map(|factors| spread(factors, &kept, v.ncols()))
    } else {
        factorize(v.view(), components, method, &options, progress)
    };
    let mut factors = factors.map_err(|error| named(path, error))?;
    if method == Method::Nmf {
        factors.sort_by_peak();
    }
    if factors.w.ncols() < components {
        progress::note(format_args!(
            "{}: {} frames explain all others; more components would be empty",
            path.display(),
            factors.w.ncols()
        ));
    }
    Ok(factors)
}

fn named(path: &Path, error: FactorizeError) -> anyhow::Error {
    match error {
        FactorizeError::Cancelled(_) => Stopped.into(),
        error => anyhow!("{}: {error}", path.display()),
    }
}

fn clip_at(path: &Path, sample_rate_hz: u32) -> anyhow::Result<AudioBuffer> {
    let mut clip = recording::read(path)?;
    if clip.sample_rate_hz != sample_rate_hz {
        progress::note(format_args!(
            "{}: converted from {} to {sample_rate_hz} Hz",
            path.display(),
            clip.sample_rate_hz
        ));
        clip.channels = audio::resample(&clip.channels, clip.sample_rate_hz, sample_rate_hz);
        clip.sample_rate_hz = sample_rate_hz;
    }
    Ok(clip)
}

/// Expands the factors of some of `frames` frames to all of them; nothing is active in the
/// others.
fn spread(factors: Factors, kept: &[usize], frames: usize) -> Factors {
    let mut h = Array2::zeros((factors.h.nrows(), frames));
    for (column, &frame) in factors.h.columns().into_iter().zip(kept) {
        h.column_mut(frame).assign(&column);
    }
    let columns = factors.columns.map(|columns| columns.iter().map(|&c| kept[c]).collect());
    Factors { h, columns, ..factors }
}
