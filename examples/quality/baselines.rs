//! The baselines that the engine is compared with.

use ndarray::{Array2, Axis, Zip, concatenate, s};
use unbraid::divergence::Divergence;
use unbraid::eval::{hpss_separate, oracle_separate};
use unbraid::frames::window;
use unbraid::learn::preprocess::{SILENCE_DB, audible_frames};
use unbraid::learn::{Descent, NmfOptions, Start, nmf, semi_supervised};
use unbraid::stft::{istft_centred, stft_centred};

use crate::set::{Audio, Set};

/// Frames of all the baselines, in samples.
const FFT_SIZE: usize = 4096;
const HOP: usize = 1024;

/// Length of the median filters of harmonic-percussive separation.
const KERNEL: usize = 31;

/// Components per source for the comparison with products.
const COMPONENTS: usize = 16;

/// The best possible masks, computed from the stems: `|S|^exponent` of each over the sum,
/// separately in every channel.
pub fn oracle(set: &Set, exponent: f32) -> anyhow::Result<Vec<Audio>> {
    let mut estimates: Vec<Audio> = vec![Audio::new(); set.sources.len()];
    for (channel, mixture) in set.mixture.iter().enumerate() {
        let stems: Vec<Vec<f32>> = set.sources.iter().map(|s| s.stem[channel].clone()).collect();
        let separated = oracle_separate(&stems, mixture, FFT_SIZE, HOP, exponent)?;
        estimates.iter_mut().zip(separated).for_each(|(audio, samples)| audio.push(samples));
    }
    Ok(estimates)
}

/// Harmonic and percussive part of a mono set's mixture.
pub fn hpss(set: &Set) -> anyhow::Result<[Audio; 2]> {
    let (harmonic, percussive) = hpss_separate(&set.mixture[0], FFT_SIZE, HOP, KERNEL)?;
    Ok([vec![harmonic], vec![percussive]])
}

/// Supervised Euclidean NMF without masks, for a mono set: W of each source from its clip, H
/// from the mixture, and a source is W_s H_s with the mixture's phase. Unlike the engine, it
/// uses the whole mixture at once.
pub fn products(set: &Set) -> anyhow::Result<Vec<Audio>> {
    let window = window::root_hann(FFT_SIZE);
    let options = NmfOptions {
        divergence: Divergence::Euclidean,
        descent: Descent::Plain,
        ..NmfOptions::default()
    };
    let mut learned: Vec<Array2<f32>> = Vec::new();
    for source in &set.sources {
        let v = stft_centred(&source.clip[0], &window, HOP).mapv(|x| x.norm());
        let v = v.select(Axis(1), &audible_frames(v.view(), SILENCE_DB));
        let components = COMPONENTS.min(v.ncols());
        learned.push(nmf(v.view(), components, Start::Random, &options, &mut |_| true)?.w);
    }
    let views: Vec<_> = learned.iter().map(|w| w.view()).collect();
    let w = concatenate(Axis(1), &views)?;
    let spectra = stft_centred(&set.mixture[0], &window, HOP);
    let v = spectra.mapv(|x| x.norm());
    let h = semi_supervised(v.view(), w.view(), 0, &options, &mut |_| true)?.h;
    let mut first = 0;
    let mut source = |w: &Array2<f32>| {
        let own = first..first + w.ncols();
        first = own.end;
        let model = w.dot(&h.slice(s![own, ..]));
        let scale = |x: &_, v: &f32, model: &f32| if *v > 0.0 { x * (model / v) } else { x * 0.0 };
        let estimate = Zip::from(&spectra).and(&v).and(&model).map_collect(scale);
        vec![istft_centred(estimate.view(), &window, HOP, set.mixture[0].len())]
    };
    Ok(learned.iter().map(&mut source).collect())
}
