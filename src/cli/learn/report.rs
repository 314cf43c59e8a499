//! The report on what was learned: text, or JSON.

use serde_json::json;

use unbraid::learn::SourceReport;

use super::super::{output, progress, recording};
use super::{Args, LearnedFile};

/// Clips shorter than this (seconds of sound) cause a warning.
const SHORT_S: f64 = 2.0;

/// Prints the report.
pub fn report(args: &Args, outcome: &LearnedFile) -> anyhow::Result<()> {
    let LearnedFile { sample_rate_hz, learned, verdicts, .. } = outcome;
    // The sources come first, in their order.
    let verdict = |place: usize| verdicts.iter().find(|verdict| verdict.source == place);
    for source in learned {
        if source.sound_s < SHORT_S {
            progress::note(format_args!(
                "only {:.1} s of `{}` are sound; several seconds of varied playing separate \
                 better",
                source.sound_s, source.name
            ));
        }
    }
    if !args.json {
        let line = |(place, source): (usize, &SourceReport)| {
            let verdict = verdict(place).map(|verdict| format!("; {verdict}"));
            format!(
                "{}: {} components from {:.1} s{}\n",
                source.name,
                source.components,
                source.sound_s,
                verdict.unwrap_or_default()
            )
        };
        return print(args, &learned.iter().enumerate().map(line).collect::<String>());
    }
    let sources: Vec<_> = learned
        .iter()
        .enumerate()
        .map(|(place, source)| {
            json!({
                "name": source.name,
                "components": source.components,
                "heard_s": source.sound_s,
                "objective": source.objective,
                "verdict": verdict(place).map(|verdict| {
                    json!({ "snr": verdict.snr_db, "closest": verdict.closest })
                }),
            })
        })
        .collect();
    let report = json!({
        "dictionary": args.output.to_string_lossy(),
        "sample_rate_hz": sample_rate_hz,
        "mode": args.mode.name(),
        "method": args.method.name(),
        "divergence": args.divergence.to_string(),
        "seed": args.seed,
        "transpose": args.transpose,
        "learned": sources,
    });
    print(args, &format!("{report:#}\n"))
}

/// Prints the report, on standard error where the dictionary goes to standard output.
fn print(args: &Args, text: &str) -> anyhow::Result<()> {
    if recording::is_standard(&args.output) {
        eprint!("{text}");
        return Ok(());
    }
    output::print(text)
}
