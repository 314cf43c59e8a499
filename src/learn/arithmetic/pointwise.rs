//! Sums over pairs of values, vectorised.

/// Σ term(v, x) over equally long slices: terms in `f32`, their sum in `f64`.
#[inline(always)]
pub fn sum_of(v: &[f32], x: &[f32], term: impl Fn(f32, f32) -> f32) -> f64 {
    // Independent sums; otherwise each addition would wait for the previous one.
    const LANES: usize = 16;
    let mut sums = [0.0_f64; LANES];
    let (v_chunks, x_chunks) = (v.chunks_exact(LANES), x.chunks_exact(LANES));
    let rest = v_chunks.remainder().iter().zip(x_chunks.remainder());
    let rest: f64 = rest.map(|(&v, &x)| f64::from(term(v, x))).sum();
    for (v, x) in v_chunks.zip(x_chunks) {
        for lane in 0..LANES {
            sums[lane] += f64::from(term(v[lane], x[lane]));
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Replaces every x by the first result of `step` for v and x, and sums the second results,
/// as [`sum_of`] does.
#[inline(always)]
pub fn replace_and_sum(v: &[f32], x: &mut [f32], step: impl Fn(f32, f32) -> (f32, f32)) -> f64 {
    // Terms are summed separately: a loop that does both is not vectorised.
    let mut terms = [0.0; 256];
    let mut sum = 0.0;
    for (v, x) in v.chunks(terms.len()).zip(x.chunks_mut(terms.len())) {
        let terms = &mut terms[..v.len()];
        for ((x, v), term) in x.iter_mut().zip(v).zip(&mut *terms) {
            (*x, *term) = step(*v, *x);
        }
        sum += sum_of(terms, terms, |term, _| term);
    }
    sum
}
