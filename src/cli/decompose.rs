//! `unbraid decompose`: factors one recording offline and writes every component as audio; or a
//! matrix of MATLAB's.

mod analysis;
mod matrix;
mod pictures;
mod resynthesis;

use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use realfft::num_complex::Complex32;
use serde_json::{Value, json};

use unbraid::atomic_file::write_atomically;
use unbraid::audio;
use unbraid::divergence::Divergence;
use unbraid::learn::preprocess::THRESHOLD_DEVIATIONS;
use unbraid::learn::{Factors, Method, Progress, Score};

use super::failure::usage;
use super::frames::LibrosaFrames;
use super::interrupt::{self, Stopped};
use super::progress::Bar;
use super::staging::Staging;
use super::values::{number, whole};
use super::{output, recording};
use analysis::ClipSpectra;
use resynthesis::{Resynthesis, ResynthesisKind};

/// Factorises one recording and writes every component as audio.
///
/// Instead of a recording, FILE can be a MAT-file (*.mat, as `save -v7` writes it in MATLAB and
/// Octave) with the magnitudes `stftMag` (bins × frames) and the number `numComps`. The output is
/// then one MAT-file, which has for each method `J_METHOD`, the picked columns (a row, counted
/// from 1) and `H_METHOD` (components × frames), such that stftMag is about
/// stftMag(:, J_METHOD) * H_METHOD; nmf gives `W_nmf` instead of a `J`.
#[derive(clap::Args)]
pub struct Args {
    /// The recording, or a MAT-file; `-` is a recording on standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Number of components; for a MAT-file, in place of its `numComps`.
    #[arg(long, value_name = "N", value_parser = whole(1..=MOST_COMPONENTS),
          allow_negative_numbers = true)]
    components: Option<u32>,
    /// Method: nmf (random start, components sorted by peak frequency), or one that
    /// picks frames of the recording as spectra: snpa, greedy, greedy2 (two passes),
    /// spa or xray [default: nmf]. For a MAT-file one or more, separated by commas
    /// [default: snpa,greedy].
    #[arg(long, value_delimiter = ',')]
    method: Vec<Method>,
    /// β-divergence that nmf minimises: kl, euclidean, is, or a β from 0 to 2.
    #[arg(
        long,
        default_value = "kl",
        value_name = "kl|euclidean|is|BETA",
        allow_negative_numbers = true
    )]
    divergence: Divergence,
    /// Maximum number of nmf iterations.
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = whole(0..=usize::MAX),
          allow_negative_numbers = true)]
    iterations: usize,
    /// Stop nmf when an iteration lowers the divergence by less than this fraction;
    /// 0 runs all iterations.
    #[arg(long, default_value_t = 1e-5, value_parser = number(0.0..=1.0, "1e-5"),
          value_name = "FRACTION", allow_hyphen_values = true)]
    tolerance: f64,
    /// Length of a frame in samples [default: 4096].
    #[arg(long, value_parser = fft_size, value_name = "N", allow_negative_numbers = true)]
    fft_size: Option<usize>,
    /// Hop between frames in samples [default: a quarter of the FFT size].
    #[arg(long, value_name = "N", value_parser = whole(1..=usize::MAX),
          allow_negative_numbers = true)]
    hop: Option<usize>,
    /// Signal of a component: mask (soft mask on the recording) or product (W times H
    /// with the recording's phase) [default: mask].
    #[arg(long, value_enum)]
    synthesis: Option<ResynthesisKind>,
    /// Before factorising, zero magnitudes that are this many standard deviations
    /// below the mean of their frame [without a number: 1.156].
    #[arg(long, value_name = "DEVIATIONS", value_parser = deviations, num_args = 0..=1,
          require_equals = true, default_missing_value = DEFAULT_DEVIATIONS)]
    threshold: Option<f32>,
    /// Ignore frames that are more than 60 dB below the loudest.
    #[arg(long)]
    drop_silent: bool,
    /// A solo clip whose frames are added to the recording's; methods that pick
    /// frames may pick them. May be repeated.
    #[arg(long, value_name = "FILE")]
    solo: Vec<PathBuf>,
    /// Score of a frame in greedy methods: the sum of its products with the
    /// residuals, or of their squares (as published for XRAY).
    #[arg(long, value_enum, default_value = "linear")]
    score: ScoreName,
    /// Random seed.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = whole(0..=u64::MAX),
          allow_negative_numbers = true)]
    seed: u64,
    /// Also write factors.mat, for MATLAB and Octave: H, and the picked columns J (counted
    /// from 1) or W. For a MAT-file, that is the output anyway.
    #[arg(long)]
    mat: bool,
    /// Folder for the components, the residual, factors.npz and pictures; for a MAT-file, the
    /// MAT-file to write.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace existing files.
    #[arg(long, short)]
    force: bool,
    /// Report on standard output as JSON.
    #[arg(long)]
    json: bool,
}

const MOST_COMPONENTS: u32 = 1024;
const DEFAULT_DEVIATIONS: &str = "1.156";
const _: () = assert!(THRESHOLD_DEVIATIONS == 1.156);

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ScoreName {
    Linear,
    Squared,
}

impl From<ScoreName> for Score {
    fn from(name: ScoreName) -> Self {
        match name {
            ScoreName::Linear => Score::Linear,
            ScoreName::Squared => Score::Squared,
        }
    }
}

fn fft_size(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(size) if (16..=1 << 20).contains(&size) && size.is_multiple_of(2) => Ok(size),
        _ => Err("use an even number from 16 to 1048576".to_string()),
    }
}

fn deviations(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("use a number like 1.156".to_string()),
    }
}

/// How a recording is decomposed.
struct Settings<'a> {
    file: &'a Path,
    components: usize,
    method: Method,
    fft_size: usize,
    hop: usize,
    synthesis: ResynthesisKind,
    /// Whether factors.mat is written, too.
    mat: bool,
}

impl<'a> Settings<'a> {
    fn of(args: &'a Args) -> anyhow::Result<Self> {
        let Some(components) = args.components else {
            return Err(usage("--components: state how many, such as --components 7"));
        };
        let method = match args.method[..] {
            [] => Method::Nmf,
            [method] => method,
            _ => return Err(usage("--method: a recording has one decomposition; name one method")),
        };
        let fft_size = args.fft_size.unwrap_or(4096);
        let hop = args.hop.unwrap_or(fft_size / 4);
        if !(1..=fft_size / 2).contains(&hop) {
            let most = fft_size / 2;
            return Err(usage(format!("--hop {hop}: use 1 to {most}, half the FFT size")));
        }
        Ok(Self {
            file: &args.file,
            components: components as usize,
            method,
            fft_size,
            hop,
            synthesis: args.synthesis.unwrap_or(ResynthesisKind::Mask),
            mat: args.mat,
        })
    }
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    if matrix::is_mat(&args.file) {
        return matrix::run(args);
    }
    recording::check_folder(&args.output)?;
    let settings = Settings::of(args)?;
    let report = decompose(args, &settings, &Bar::new("decomposing"))?;
    if args.json { output::print_json(&report) } else { output::print(&as_text(&report)) }
}

/// The name of the file with W and H.
const FACTORS: &str = "factors.npz";

/// The name of the file with J or W, and H.
const FACTORS_MAT: &str = "factors.mat";

/// Fraction of the progress bar for factoring; the remainder is for audio and pictures.
const FACTORED: f32 = 0.8;

fn decompose(args: &Args, settings: &Settings, bar: &Bar) -> anyhow::Result<Value> {
    let frames = LibrosaFrames::new(settings.fft_size, settings.hop);
    let mut inputs: Vec<&Path> = vec![&args.file];
    inputs.extend(args.solo.iter().map(PathBuf::as_path));
    for name in file_names(settings.components, args.mat) {
        // Before anything is computed.
        output::check_target(&args.output.join(name), &inputs, args.force)?;
    }
    let reader = recording::open(&recording::input(&args.file)?)?;
    let origin = reader.origin().clone();
    let clip = reader.read_to_end()?;
    let analysis = ClipSpectra::new(&args.file, &clip, &frames, &args.solo)?;
    let learned = analysis.factor(args, settings, &mut |part| bar.advance(part * FACTORED))?;
    let factors = &learned.factors;
    let output = Output { staging: Staging::create(&args.output)?, origin };
    let staging = &output.staging;
    let snr_db =
        write_files(settings, &output, &clip, &frames, &analysis.v, factors, &mut |part| {
            bar.advance(FACTORED + part * (1.0 - FACTORED))
        })
        .map_err(|error| staging.name_target(error))?;
    let files = output.staging.publish(&inputs, args.force)?;
    let component =
        |name: &str| name.starts_with("component-") && audio::has_output_extension(name);
    output::note_leftover_files(&args.output, &files, component)?;
    Ok(json!({
        "file": args.file.to_string_lossy(),
        "sample_rate_hz": clip.sample_rate_hz,
        "channels": clip.channels.len(),
        "samples": clip.frames(),
        "fft_size": settings.fft_size,
        "hop": frames.hop(),
        "method": settings.method.name(),
        // Picked frames are fitted by least squares, whatever was requested.
        "divergence": factors.columns.as_ref().map_or(args.divergence, |_| Divergence::Euclidean)
            .to_string(),
        "seed": args.seed,
        "synthesis": settings.synthesis.name(),
        "components": factors.w.ncols(),
        "shapes": {
            "V": analysis.v.shape(),
            "W": factors.w.shape(),
            "H": factors.h.shape(),
        },
        "columns": factors.columns,
        "origins": learned.origins,
        "objective": factors.objective,
        "reconstruction_snr_db": snr_db,
        "files": output::lossy(&files),
    }))
}

/// Where the files are written, and when the recording was made.
struct Output {
    staging: Staging,
    origin: audio::Origin,
}

impl Output {
    fn write_wav(&self, name: &str, rate_hz: u32, channels: &[Vec<f32>]) -> anyhow::Result<()> {
        let path = self.staging.path(name);
        let mut writer = audio::WavWriter::create(&path, rate_hz, channels.len())?;
        writer.set_origin(&self.origin);
        writer.write_block(channels)?;
        Ok(writer.finish()?)
    }
}

/// Writes all files. Returns the level of the recording above the error of W H with the
/// recording's phases, in dB.
fn write_files(
    settings: &Settings,
    output: &Output,
    clip: &audio::AudioBuffer,
    frames: &LibrosaFrames,
    v: &Array2<f32>,
    factors: &Factors,
    progress: Progress,
) -> anyhow::Result<f64> {
    let resynthesis = Resynthesis::new(settings.synthesis, factors, v);
    let spectra: Vec<_> = clip.channels.iter().map(|samples| frames.spectra(samples)).collect();
    let product = Resynthesis::reconstruction(factors, v, &spectra, frames, clip.frames());
    write_audio(output, clip, frames, &spectra, &resynthesis, progress)?;
    write_factors(&output.staging.path(FACTORS), factors)?;
    if settings.mat {
        matrix::write(&output.staging.path(FACTORS_MAT), &matrix::variables(factors, ""))?;
    }
    pictures::draw(&output.staging, settings.file, v, factors, frames, clip.sample_rate_hz)?;
    interrupt::check()?;
    Ok(snr_db(&clip.channels, &product))
}

/// The name of the file of one of `components`.
fn component_name(component: usize, components: usize) -> String {
    let digits = components.to_string().len().max(2);
    audio::file_name(&format!("component-{:0digits$}", component + 1))
}

/// The names of all files that are written for so many components.
fn file_names(components: usize, mat: bool) -> impl Iterator<Item = String> {
    let factors = [FACTORS].into_iter().chain(mat.then_some(FACTORS_MAT));
    let others = pictures::NAMES.into_iter().chain(factors).map(String::from);
    (0..components)
        .map(move |component| component_name(component, components))
        .chain([audio::file_name("residual")])
        .chain(others)
}

/// Writes the components and the residual.
fn write_audio(
    output: &Output,
    clip: &audio::AudioBuffer,
    frames: &LibrosaFrames,
    spectra: &[Array2<Complex32>],
    resynthesis: &Resynthesis,
    progress: Progress,
) -> anyhow::Result<()> {
    let components = resynthesis.components();
    let mut residual: Vec<Vec<f64>> =
        clip.channels.iter().map(|c| c.iter().map(|&x| f64::from(x)).collect()).collect();
    for component in 0..components {
        if !progress(component as f32 / components as f32) {
            return Err(Stopped.into());
        }
        let audio = resynthesis.component(component, spectra, frames, clip.frames());
        for (residual, samples) in residual.iter_mut().zip(&audio) {
            residual.iter_mut().zip(samples).for_each(|(left, &x)| *left -= f64::from(x));
        }
        let name = component_name(component, components);
        output.write_wav(&name, clip.sample_rate_hz, &audio)?;
    }
    let residual: Vec<Vec<f32>> =
        residual.into_iter().map(|c| c.into_iter().map(|x| x as f32).collect()).collect();
    output.write_wav(&audio::file_name("residual"), clip.sample_rate_hz, &residual)
}

/// Level of a signal relative to the error of an estimate. Limited to 200 dB, so that there
/// is a number even for no error at all.
fn snr_db(signal: &[Vec<f32>], estimate: &[Vec<f32>]) -> f64 {
    let pairs = || signal.iter().flatten().zip(estimate.iter().flatten());
    let energy: f64 = pairs().map(|(&x, _)| f64::from(x).powi(2)).sum();
    let error: f64 = pairs().map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum();
    (10.0 * (energy / error.max(f64::MIN_POSITIVE)).log10()).min(200.0)
}

/// `W`, `H` and, where frames were picked, `columns`, as NumPy loads them.
fn write_factors(path: &Path, factors: &Factors) -> anyhow::Result<()> {
    write_atomically(path, |file| -> anyhow::Result<()> {
        let mut npz = NpzWriter::new(file);
        // Row-major: some readers take the bytes of other orders for that.
        npz.add_array("W", &factors.w.as_standard_layout())?;
        npz.add_array("H", &factors.h.as_standard_layout())?;
        if let Some(columns) = &factors.columns {
            npz.add_array("columns", &columns.iter().map(|&c| c as i64).collect::<Array1<i64>>())?;
        }
        npz.finish()?;
        Ok(())
    })
    .map_err(|error| {
        anyhow::anyhow!(
            "{}: cannot write: {error}; check that the disk is not full",
            path.display()
        )
    })
}

fn as_text(report: &Value) -> String {
    let files = report["files"].as_array().map_or(0, Vec::len);
    let mut text = format!(
        "{} components, {files} files; W·H with the recording's phase reproduces it with an SNR of {:.1} \
         dB\n",
        report["components"],
        report["reconstruction_snr_db"].as_f64().unwrap_or(0.0),
    );
    for (place, origin) in report["origins"].as_array().into_iter().flatten().enumerate() {
        text += &format!(
            "component {}: frame {} of {}, {:.2} s\n",
            place + 1,
            origin["frame"],
            origin["file"].as_str().unwrap_or_default(),
            origin["seconds"].as_f64().unwrap_or(0.0),
        );
    }
    text
}
