//! `unbraid inspect`: shows the contents of a dictionary.

use std::path::PathBuf;

use serde_json::json;

use unbraid::dictionary::{Dictionary, Source};

use super::output;

/// Shows the contents of a dictionary.
#[derive(clap::Args)]
pub struct Args {
    /// The dictionary.
    #[arg(value_name = "DICT")]
    dictionary: PathBuf,
    /// Report on standard output as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let dictionary = Dictionary::load(&args.dictionary)?;
    if args.json {
        output::print_json(&as_json(&dictionary))
    } else {
        output::print(&as_text(&dictionary))
    }
}

fn as_text(dictionary: &Dictionary) -> String {
    let frames = &dictionary.frames;
    let latency_ms = frames.latency_samples() as f64 / f64::from(frames.sample_rate_hz) * 1000.0;
    let mut text = format!(
        "{} mode, {} Hz, FFT {}, hop {}: latency {} samples, {latency_ms:.1} ms\n\
         learned by {} ({}), seed {}, transposed ±{} semitones\n",
        frames.mode,
        frames.sample_rate_hz,
        frames.fft_size,
        frames.hop,
        frames.latency_samples(),
        dictionary.provenance.method,
        dictionary.divergence,
        dictionary.provenance.seed,
        dictionary.transpose,
    );
    for source in &dictionary.sources {
        let peaks = peaks_hz(dictionary, source);
        let range = match (peaks.first(), peaks.last()) {
            (Some(low), Some(high)) => format!("peaks {low:.0} to {high:.0} Hz"),
            _ => "empty".to_string(),
        };
        let count = source.components.len();
        text += &format!("{:<20} {} {count:>4} components, {range}\n", source.name, source.color);
    }
    text
}

fn as_json(dictionary: &Dictionary) -> serde_json::Value {
    let frames = &dictionary.frames;
    let sources: Vec<_> = dictionary
        .sources
        .iter()
        .map(|source| {
            json!({
                "name": source.name,
                "color": source.color,
                "components": source.components,
                "rest": source.rest,
                "peaks_hz": peaks_hz(dictionary, source),
            })
        })
        .collect();
    json!({
        "sample_rate_hz": frames.sample_rate_hz,
        "fft_size": frames.fft_size,
        "hop": frames.hop,
        "mode": frames.mode.name(),
        "latency_samples": frames.latency_samples(),
        "method": dictionary.provenance.method,
        "divergence": dictionary.divergence.to_string(),
        "seed": dictionary.provenance.seed,
        "transpose": dictionary.transpose,
        "bins": frames.bins(),
        "components": dictionary.components(),
        "sources": sources,
    })
}

/// The frequencies at which a source's spectra peak, lowest first.
fn peaks_hz(dictionary: &Dictionary, source: &Source) -> Vec<f64> {
    let peak = |&component: &usize| {
        let column = dictionary.w.column(component);
        let bin = (0..column.len()).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap_or(0);
        dictionary.frames.bin_hz(bin)
    };
    let mut peaks: Vec<f64> = source.components.iter().map(peak).collect();
    peaks.sort_by(f64::total_cmp);
    peaks
}
