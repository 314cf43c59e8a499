//! Scores of the demo's instruments.

use unbraid::eval::{BssEval, BssScores, EvalError, oracle_separate};

/// Frames of the oracle's masks, in samples.
const FFT_SIZE: usize = 4096;
const HOP: usize = 1024;

/// One instrument's scores.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    /// SDR of the mixture, used as the estimate of the instrument.
    pub mixture_db: f64,
    pub separated: BssScores,
    /// SDR of the ratio mask made from the true stems: about the best that a soft mask can
    /// do.
    pub oracle_db: f64,
}

/// Scores of all instruments, with their means in the last row.
///
/// `stems` and `separated`: samples, in the order of `names`.
pub fn score(
    names: &[&str],
    stems: &[Vec<f32>],
    mixture: &[f32],
    separated: &[Vec<f32>],
) -> Result<Vec<Row>, EvalError> {
    let references: Vec<(&str, &[f32])> =
        names.iter().zip(stems).map(|(name, stem)| (*name, &stem[..])).collect();
    let bss = BssEval::new(&references)?;
    let oracle = oracle_separate(stems, mixture, FFT_SIZE, HOP, 1.0)?;
    let row = |i: usize| {
        Ok(Row {
            name: names[i].to_string(),
            mixture_db: bss.score(mixture, i)?.sdr_db,
            separated: bss.score(&separated[i], i)?,
            oracle_db: bss.score(&oracle[i], i)?.sdr_db,
        })
    };
    let mut rows: Vec<Row> = (0..names.len()).map(row).collect::<Result<_, EvalError>>()?;
    rows.push(mean(&rows));
    Ok(rows)
}

fn mean(rows: &[Row]) -> Row {
    let of = |value: fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    Row {
        name: "mean".to_string(),
        mixture_db: of(|row| row.mixture_db),
        separated: BssScores {
            sdr_db: of(|row| row.separated.sdr_db),
            sir_db: of(|row| row.separated.sir_db),
            sar_db: of(|row| row.separated.sar_db),
        },
        oracle_db: of(|row| row.oracle_db),
    }
}

impl Row {
    /// The numbers, in the order of [`HEADINGS`].
    pub fn values(&self) -> [f64; 5] {
        let BssScores { sdr_db, sir_db, sar_db } = self.separated;
        [self.mixture_db, sdr_db, sir_db, sar_db, self.oracle_db]
    }
}

pub const HEADINGS: [&str; 5] = ["mixture", "SDR", "SIR", "SAR", "oracle"];

/// The table as text.
pub fn table(rows: &[Row]) -> String {
    let heading: String = HEADINGS.iter().map(|heading| format!("{heading:>9}")).collect();
    let mut text = format!("{:<8}{heading}\n", "dB");
    for row in rows {
        let values: String = row.values().iter().map(|value| format!("{value:>9.1}")).collect();
        text += &format!("{:<8}{values}\n", row.name);
    }
    text
}

pub const LEGEND: &str = "mixture: SDR of the unprocessed mixture, the starting point; oracle: SDR of \
                          masks made from the true stems, about the best that a mask can do";
