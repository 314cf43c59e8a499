//! Scores of separated audio against true stems.
//!
//! * [`evaluate()`] scores a set of named estimates against named references: it pairs
//!   them ([`match_stems`], [`assign()`]) and gives SDR, SIR, SAR, SI-SDR and SNR for each
//!   pair.
//! * [`BssEval`] is BSS-eval version 3 alone (512-tap distortion filters): it
//!   factors the references once and then scores any number of estimates.
//! * [`oracle_separate`] is the best result that a mask can give, knowing the stems;
//!   [`hpss_separate`] is harmonic-percussive separation, which needs no knowledge of the
//!   sources. Both are reference points for comparison.
//!
//! # Definitions
//! SDR, SIR and SAR are those of Vincent, Gribonval & Févotte, "Performance measurement in
//! blind audio source separation", 2006, as `bss_eval_sources` computes them: the target is
//! the best that a filter of 512 taps can make of the true stem; the interference is what
//! such filters can make of all other stems. SI-SDR is that of Le Roux et al., "SDR,
//! half-baked or well done?", 2019, without removal of the mean; SNR compares sample by
//! sample.
//!
//! With more than one channel, SDR, SIR and SAR are computed in each channel from that
//! channel of every stem, and averaged in dB over the channels in which both reference and
//! estimate sound, whatever their energies. SI-SDR and SNR treat all the channels as one
//! long signal.
//!
//! Ratios are limited to ±[`MAX_DB`], which stands for "no error at all" and "nothing of
//! the target"; none is ever NaN. A signal is silent if none of its samples reaches
//! [`SILENCE`].

mod assign;
mod blocks;
mod bss;
mod channels;
mod error;
mod evaluate;
mod frames;
mod gram;
mod hpss;
mod matching;
mod oracle;
mod plan;
mod ratio;
mod signal;
mod stem;
mod work;

pub use assign::assign;
pub use bss::{BssEval, BssScores, MAX_REFERENCES, TAPS};
pub use error::EvalError;
pub use evaluate::{Evaluation, MatchedBy, Scores, SourceScores, evaluate, evaluate_with_progress};
pub use hpss::{hpss_masks, hpss_separate};
pub use matching::{LeftOut, MIXTURE_NAME, Matching, Reason, Side, Target, match_stems};
pub use oracle::oracle_separate;
pub use ratio::{MAX_DB, si_sdr_db, snr_db};
pub use stem::{SILENCE, Stem};
pub use work::EvalProgress;
