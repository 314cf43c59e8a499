//! A matrix from MATLAB or Octave in the place of a recording: both come and go as MAT-files.

use std::path::Path;

use anyhow::{anyhow, bail};
use ndarray::{Array1, Array2, Axis};
use serde_json::{Value, json};

use unbraid::learn::{Factors, Method};
use unbraid::mat::{self, MatError};

use super::analysis::factor;
use super::{Args, MOST_COMPONENTS};
use crate::failure::usage;
use crate::progress::Bar;
use crate::{output, recording, staging};

/// The variables that are read.
const V: &str = "stftMag";
const COMPONENTS: &str = "numComps";

/// What is run if no method is named.
const METHODS: [Method; 2] = [Method::Snpa, Method::Greedy];

/// Whether the command line names a MAT-file.
pub fn is_mat(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mat"))
}

/// Factors `stftMag` by every method, and writes one MAT-file.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check(args)?;
    let target = &args.output;
    if !recording::is_standard(target) {
        output::check_target(target, &[&args.file], args.force)?;
    }
    let v = spectrogram(&args.file)?;
    let components = components(args)?;
    let methods = if args.method.is_empty() { &METHODS[..] } else { &args.method };
    let bar = Bar::new("decomposing");
    let mut factored = Vec::new();
    for (place, &method) in methods.iter().enumerate() {
        let progress = &mut |part| bar.advance((place as f32 + part) / methods.len() as f32);
        let factors = factor(&args.file, v.clone(), components, method, args, progress)?;
        factored.push((method, factors));
    }
    drop(bar);
    recording::write_output(target, |path| {
        staging::remove_abandoned(output::folder_of(path));
        let variables = factored.iter().flat_map(|(method, f)| variables(f, &format!("_{method}")));
        staging::uninterrupted(|| write(path, &variables.collect::<Vec<_>>()))
    })?;
    let report = report(args, &v, &factored);
    if args.json { output::print_json(&report) } else { note(args, &factored) }
}

/// Refuses what applies to recordings only.
fn check(args: &Args) -> anyhow::Result<()> {
    let file = args.file.display();
    for (option, is_given) in [
        ("--fft-size", args.fft_size.is_some()),
        ("--hop", args.hop.is_some()),
        ("--synthesis", args.synthesis.is_some()),
        ("--solo", !args.solo.is_empty()),
    ] {
        if is_given {
            let text = format!("{option}: {file} is a matrix, not a recording; leave this out");
            return Err(usage(text));
        }
    }
    let target = &args.output;
    if recording::is_standard(target) && args.json {
        return Err(usage("-o -: standard output gets the report; name a file"));
    }
    if !recording::is_standard(target) && !is_mat(target) {
        let target = target.display();
        return Err(usage(format!("-o {target}: one MAT-file is written; end its name in .mat")));
    }
    for (place, method) in args.method.iter().enumerate() {
        if args.method[..place].contains(method) {
            return Err(usage(format!("--method: {method} is named twice; name it once")));
        }
    }
    Ok(())
}

fn spectrogram(path: &Path) -> anyhow::Result<Array2<f32>> {
    let v = mat::read(path, V)?;
    if v.is_empty() {
        bail!("{}: `{V}` is empty; save a spectrogram, bins × frames", path.display());
    }
    Ok(v.mapv(|x| x as f32))
}

fn components(args: &Args) -> anyhow::Result<usize> {
    if let Some(components) = args.components {
        return Ok(components as usize);
    }
    let path = args.file.display();
    let found = match mat::read(&args.file, COMPONENTS) {
        Err(error @ MatError::Missing { .. }) => {
            return Err(anyhow!("{error}, or state --components"));
        }
        found => found?,
    };
    match found.iter().collect::<Vec<_>>()[..] {
        [&n] if n.fract() == 0.0 && (1.0..=f64::from(MOST_COMPONENTS)).contains(&n) => {
            Ok(n as usize)
        }
        _ => Err(anyhow!(
            "{path}: `{COMPONENTS}` is not a whole number from 1 to {MOST_COMPONENTS}; correct it, \
             or state --components"
        )),
    }
}

/// `J`, the picked columns, or else `W`; and `H`. Indices are 1-based, as MATLAB's are.
pub fn variables(factors: &Factors, suffix: &str) -> Vec<(String, Array2<f64>)> {
    let spectra = match &factors.columns {
        Some(columns) => {
            let indices: Array1<f64> = columns.iter().map(|&column| (column + 1) as f64).collect();
            (format!("J{suffix}"), indices.insert_axis(Axis(0)))
        }
        None => (format!("W{suffix}"), factors.w.mapv(f64::from)),
    };
    vec![spectra, (format!("H{suffix}"), factors.h.mapv(f64::from))]
}

pub fn write(path: &Path, variables: &[(String, Array2<f64>)]) -> anyhow::Result<()> {
    let views: Vec<_> = variables.iter().map(|(name, x)| (name.as_str(), x.view())).collect();
    Ok(mat::write(path, &views)?)
}

fn report(args: &Args, v: &Array2<f32>, factored: &[(Method, Factors)]) -> Value {
    let methods: Vec<Value> = factored
        .iter()
        .map(|(method, factors)| {
            json!({
                "method": method.name(),
                "components": factors.w.ncols(),
                "columns": factors.columns,
                "objective": factors.objective,
            })
        })
        .collect();
    json!({
        "file": args.file.to_string_lossy(),
        "shapes": { "V": v.shape() },
        "methods": methods,
        "files": output::lossy(std::slice::from_ref(&args.output)),
    })
}

fn note(args: &Args, factored: &[(Method, Factors)]) -> anyhow::Result<()> {
    if recording::is_standard(&args.output) {
        return Ok(());
    }
    let line = |(method, factors): &(Method, Factors)| {
        let names: Vec<String> = variables(factors, &format!("_{method}"))
            .iter()
            .map(|(name, matrix)| format!("{name} {} × {}", matrix.nrows(), matrix.ncols()))
            .collect();
        format!("{method}: {}\n", names.join(", "))
    };
    output::print(&factored.iter().map(line).collect::<String>())
}
