//! All methods for factoring a spectrogram, behind one function.

use std::fmt;
use std::str::FromStr;

use ndarray::{ArrayView2, Axis};

use super::arithmetic::product::row_major;
use super::factors::Factors;
use super::least_squares::nnls;
use super::nmf::options::NmfOptions;
use super::nmf::{Start, nmf};
use super::{FactorizeError, Progress, Score, greedy, greedy_two_pass, snpa, spa, xray};
use crate::divergence::Divergence;

/// How W and H are found. All methods except NMF take W from the frames of V itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Nmf,
    Snpa,
    Greedy,
    /// [`Greedy`](Method::Greedy) in two passes.
    Greedy2,
    Spa,
    Xray,
}

/// Settings for the methods of [`factorize`]; each uses those that apply to it.
#[derive(Clone, Debug)]
pub struct FactorizeOptions<'a> {
    pub nmf: NmfOptions,
    /// For NMF.
    pub start: Start<'a>,
    /// For the greedy methods.
    pub score: Score,
}

impl Default for FactorizeOptions<'_> {
    fn default() -> Self {
        Self { nmf: NmfOptions::default(), start: Start::Random, score: Score::default() }
    }
}

/// Factors `v` (bins × frames) with any method.
///
/// For methods that pick columns, W consists of those columns of `v`, and H is found by
/// non-negative least squares. There may be fewer than `components` if the picked frames
/// already explain all others. `objective` then holds half the squared Euclidean distance,
/// which non-negative least squares minimises, before anything is picked and at the end.
///
/// ```
/// use unbraid::learn::{FactorizeOptions, Method, factorize};
/// use unbraid::ndarray::array;
///
/// // Frames 0 and 2 are pure; frame 1 is twice the one and once the other.
/// let v = array![[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [1.0, 3.0, 1.0]];
/// let options = FactorizeOptions::default();
/// let factors = factorize(v.view(), 2, Method::Snpa, &options, &mut |_| true)?;
/// let mut picked = factors.columns.clone().unwrap();
/// picked.sort();
/// assert_eq!(picked, [0, 2]);
/// assert!((factors.w.dot(&factors.h) - &v).iter().all(|error| error.abs() < 1e-4));
/// # Ok::<(), unbraid::learn::FactorizeError>(())
/// ```
///
/// # Errors
/// If `v` is empty, silent, or has entries that are negative or not finite, if it has fewer frames
/// than `components`, or `progress` asks to stop.
pub fn factorize(
    v: ArrayView2<f32>,
    components: usize,
    method: Method,
    options: &FactorizeOptions,
    progress: Progress,
) -> Result<Factors, FactorizeError> {
    // Picking takes most of the time; NNLS reports the remainder.
    let picking: Progress = &mut |fraction| progress(fraction * 0.8);
    let Some(columns) = method.pick(v, components, options.score, picking)? else {
        return nmf(v, components, options.start, &options.nmf, progress);
    };
    let w = v.select(Axis(1), &columns);
    let h = nnls::solve(v, w.view(), &mut |fraction| progress(0.8 + fraction * 0.2))?;
    let nothing = row_major(v).iter().map(|&x| 0.5 * f64::from(x).powi(2)).sum();
    let objective = vec![nothing, Divergence::Euclidean.value(v, w.view(), h.view())];
    Ok(Factors { w, h, columns: Some(columns), objective })
}

impl Method {
    pub const ALL: [Method; 6] =
        [Method::Nmf, Method::Snpa, Method::Greedy, Method::Greedy2, Method::Spa, Method::Xray];

    /// The frames that the method picks; `None` where it picks none.
    pub(super) fn pick(
        self,
        v: ArrayView2<f32>,
        components: usize,
        score: Score,
        progress: Progress,
    ) -> Result<Option<Vec<usize>>, FactorizeError> {
        match self {
            Method::Nmf => return Ok(None),
            Method::Snpa => snpa(v, components, progress),
            Method::Greedy => greedy(v, components, score, progress),
            Method::Greedy2 => greedy_two_pass(v, components, score, progress),
            Method::Spa => spa(v, components, progress),
            Method::Xray => xray(v, components, progress),
        }
        .map(Some)
    }

    pub fn name(self) -> &'static str {
        match self {
            Method::Nmf => "nmf",
            Method::Snpa => "snpa",
            Method::Greedy => "greedy",
            Method::Greedy2 => "greedy2",
            Method::Spa => "spa",
            Method::Xray => "xray",
        }
    }
}

/// A text that does not name a method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no method `{0}`: use nmf, snpa, greedy, greedy2, spa or xray")]
pub struct ParseMethodError(String);

impl FromStr for Method {
    type Err = ParseMethodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Method::ALL
            .into_iter()
            .find(|method| method.name() == text)
            .ok_or_else(|| ParseMethodError(text.to_string()))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
