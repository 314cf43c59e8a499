//! Non-negative matrix factorisation by multiplicative updates.
//!
//! Lee & Seung, "Algorithms for non-negative matrix factorization", NIPS 2001;
//! Févotte & Idier, "Algorithms for nonnegative matrix factorization with the
//! β-divergence", Neural Computation 23(9), 2011. An iteration updates W, then
//! H: H ← H ∘ ((Wᵀ(V∘(WH)^(β-2))) / (Wᵀ(WH)^(β-1)))^γ and likewise W.

mod descent;
mod hals;
mod multiplicative;
pub mod options;

use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::arithmetic::product::row_major;
use super::error::{FactorizeError, check_entries, check_shape, check_spectrogram};
use super::factors::{Factors, normalise};
use super::least_squares::nnls;
use super::picking::snpa;
use super::progress::stop_unless;
use super::{Cancelled, Progress};
use descent::descend;
use options::NmfOptions;

/// Where the search starts.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Uniform noise from [`NmfOptions::seed`] at the level of V.
    Random,
    /// The frames picked by SNPA and their least-squares activations, raised above 0.
    Snpa,
    /// Given W (bins × components) and H (components × frames); without H, the same as for
    /// `Snpa`.
    Given { w: ArrayView2<'a, f32>, h: Option<ArrayView2<'a, f32>> },
}

/// Approximate fraction of the time spent on finding a start.
const STARTING: f32 = 0.1;

/// Factors `v` (bins × frames) into `components`. Columns of W that are not fixed have sum
/// 1.
///
/// ```
/// use unbraid::learn::{NmfOptions, Start, nmf};
/// use unbraid::ndarray::array;
///
/// let v = array![[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [1.0, 3.0, 1.0]];
/// let factors = nmf(v.view(), 2, Start::Snpa, &NmfOptions::default(), &mut |_| true)?;
/// assert_eq!((factors.w.dim(), factors.h.dim()), ((3, 2), (2, 3)));
/// // The divergence never rises.
/// assert!(factors.objective.last() <= factors.objective.first());
/// # Ok::<(), unbraid::learn::FactorizeError>(())
/// ```
///
/// # Errors
/// As [`factorize`](super::factorize), and if more columns are fixed than there are, or the matrices
/// of the start have other shapes.
pub fn nmf(
    v: ArrayView2<f32>,
    components: usize,
    start: Start,
    options: &NmfOptions,
    progress: Progress,
) -> Result<Factors, FactorizeError> {
    let fixed = options.fixed;
    if fixed > components {
        return Err(FactorizeError::TooManyFixed { fixed, components });
    }
    check_learned(v, components, fixed)?;
    stop_unless(progress(0.0))?;
    let starting: Progress = &mut |fraction| progress(fraction * STARTING);
    let (w, h) = match start {
        Start::Random => random_start(v, components, options.seed),
        Start::Snpa => snpa_start(v, components, options.seed, starting)?,
        Start::Given { w, h } => given_start(v, components, w, h, starting)?,
    };
    let descending: Progress = &mut |fraction| progress(STARTING + fraction * (1.0 - STARTING));
    let v = row_major(v).into_owned();
    stop_unless(descending(0.0))?;
    let mut factors = descend(v, w, h, options, descending)?;
    normalise(&mut factors.w, &mut factors.h, fixed);
    Ok(factors)
}

/// Factors `v` (bins × frames) into the columns of `w`, which stay fixed, and `free` more,
/// which start as noise: for mixtures of which some sources are known. Columns of W: those
/// of `w`, then the free ones.
pub fn semi_supervised(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    free: usize,
    options: &NmfOptions,
    progress: Progress,
) -> Result<Factors, FactorizeError> {
    semi_supervised_from(v, w, free, |_| (), options, progress)
}

/// [`semi_supervised`], whose first activations `change_start` may change: those that it sets to
/// 0 stay 0.
pub(super) fn semi_supervised_from(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    free: usize,
    change_start: impl FnOnce(&mut Array2<f32>),
    options: &NmfOptions,
    progress: Progress,
) -> Result<Factors, FactorizeError> {
    let components = w.ncols() + free;
    // Everything below goes through it row by row.
    let v = row_major(v);
    check_learned(v.view(), components, w.ncols())?;
    check_entries("w", w)?;
    check_shape("w", w, (v.nrows(), w.ncols()))?;
    stop_unless(progress(0.0))?;
    let (mut start, mut h) = random_start(v.view(), components, options.seed);
    change_start(&mut h);
    start.slice_mut(s![.., ..w.ncols()]).assign(&w);
    let options = NmfOptions { fixed: w.ncols(), ..options.clone() };
    let mut factors = descend(v.into_owned(), start, h, &options, progress)?;
    normalise(&mut factors.w, &mut factors.h, options.fixed);
    Ok(factors)
}

/// There must be at least as many frames as components to learn; fixed components need
/// none.
fn check_learned(
    v: ArrayView2<f32>,
    components: usize,
    fixed: usize,
) -> Result<(), FactorizeError> {
    if components == 0 {
        return Err(FactorizeError::NoComponents);
    }
    check_spectrogram(v, (components - fixed).max(1))
}

/// Noise whose product has the mean of V. Columns of W sum to about 1, like those of a
/// learned W that they may be combined with.
fn random_start(v: ArrayView2<f32>, components: usize, seed: u64) -> (Array2<f32>, Array2<f32>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let sum = row_major(v).iter().map(|&x| f64::from(x)).sum::<f64>();
    let level_of_h = sum / (v.ncols() * components) as f64;
    // Never 0, because a multiplicative update could not change that.
    let mut noise = |rows, columns, mean: f64| {
        let scale = 2.0 * mean as f32;
        Array2::from_shape_simple_fn((rows, columns), || scale * (1.0 - random.random::<f32>()))
    };
    let w = noise(v.nrows(), components, 1.0 / v.nrows() as f64);
    let h = noise(components, v.ncols(), level_of_h);
    (w, h)
}

/// If SNPA finds too few different frames, noise fills the remaining components.
fn snpa_start(
    v: ArrayView2<f32>,
    components: usize,
    seed: u64,
    progress: Progress,
) -> Result<(Array2<f32>, Array2<f32>), Cancelled> {
    let picked = snpa::pick(v, components, &mut |fraction| progress(fraction / 2.0))?;
    let mut w = v.select(Axis(1), &picked);
    for mut column in w.columns_mut() {
        let sum: f32 = column.sum();
        column.mapv_inplace(|x| x / sum);
    }
    if picked.len() < components {
        let (noise, _) = random_start(v, components - picked.len(), seed);
        w = concatenate![Axis(1), w, noise];
    }
    let h = start_activations(v, w.view(), &mut |fraction| progress(0.5 + fraction / 2.0))?;
    Ok((w, h))
}

fn given_start(
    v: ArrayView2<f32>,
    components: usize,
    w: ArrayView2<f32>,
    h: Option<ArrayView2<f32>>,
    progress: Progress,
) -> Result<(Array2<f32>, Array2<f32>), FactorizeError> {
    check_shape("w", w, (v.nrows(), components))?;
    check_entries("w", w)?;
    let h = match h {
        Some(h) => {
            check_shape("h", h, (components, v.ncols()))?;
            check_entries("h", h)?;
            h.to_owned()
        }
        None => start_activations(v, w, progress)?,
    };
    Ok((w.to_owned(), h))
}

/// Least-squares activations, raised above 0 by a tenth of the frame's level: a
/// multiplicative update cannot change 0.
fn start_activations(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    progress: Progress,
) -> Result<Array2<f32>, Cancelled> {
    let mut h = nnls::solve(v, w, progress)?;
    let sums = w.sum_axis(Axis(0));
    let fraction = 0.1 / w.ncols() as f32;
    for (mut h, v) in h.columns_mut().into_iter().zip(v.columns()) {
        let level = v.sum();
        h.zip_mut_with(&sums, |h, &sum| *h += fraction * level / if sum > 0.0 { sum } else { 1.0 });
    }
    Ok(h)
}
