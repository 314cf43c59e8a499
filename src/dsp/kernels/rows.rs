//! Rows of bands against activations: the loops of the solver.

use std::hint::black_box;

use multiversion::multiversion;

use super::coded::{Code, CodedRows, LIFT, small};
use super::power::positive_power;
use super::{BLOCK, LANES, Lanes, apart, fused, multiply_add};

/// Calls a function generic over `FUSED` and `WIDE` with what the present target can do.
/// Only in functions marked with `multiversion`.
macro_rules! fused_wide {
    ($function:ident($($argument:expr),* $(,)?)) => {
        if multiversion::target::target_cfg_f!(target_feature = "avx512f") {
            $function::<true, true>($($argument),*)
        } else if multiversion::target::target_cfg_f!(any(
            target_feature = "fma",
            target_arch = "aarch64"
        )) {
            $function::<true, false>($($argument),*)
        } else {
            $function::<false, false>($($argument),*)
        }
    };
}

/// Rows whose products are summed side by side, or twice as many where there are
/// registers for them (`WIDE`): the more, the better the latency of an addition is
/// hidden.
const TOGETHER: usize = 4;

/// Blocks whose sums are known before the first activation moves, and that stay in the
/// first-level cache until they are read again: the steps of one alone would wait for
/// each other.
const AT_ONCE: usize = 3;

/// How activations move: `h ← h · (numerator · scale · inverse_cost)^exponent`.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    pub inverse_cost: &'a [f32],
    pub scale: f32,
    pub exponent: f32,
}

/// Rows of `size` groups of lanes, block by block: the first group of all rows of
/// the first block, then the second, and so on to `size`, then the next block. So a
/// loop over a block goes straight through memory.
pub type Rows = [[Lanes; BLOCK]];

/// `out[i] = row i · x`.
#[multiversion(targets = "simd")]
pub fn dot_rows(rows: &Rows, x: &[Lanes], out: &mut [f32]) {
    fused_wide!(dot_rows_with(rows, x, out));
}

/// `y += Σ h[i] · row i`.
#[multiversion(targets = "simd")]
pub fn accumulate(rows: &Rows, h: &[f32], y: &mut [Lanes]) {
    fused!(accumulate_with(rows, h, y));
}

/// One multiplicative update for Kullback-Leibler with the model of the next:
/// every row is read once. `h[i]` moves by [`Step`] with the numerator
/// `row i · ratio`, then `y += h[i] · row i`.
#[multiversion(targets = "simd")]
pub fn update(rows: &Rows, ratio: &[Lanes], step: Step, h: &mut [f32], y: &mut [Lanes]) {
    fused_wide!(update_with(rows, ratio, step, h, y));
}

/// [`update`] for coded rows, of which `list` names those that take part; names that
/// are too large stand for rows of zeros. The ratios are larger by [`LIFT`]. Without
/// `y` no model is made.
#[multiversion(targets = "simd")]
pub fn update_coded(
    coded: &CodedRows,
    list: &[u32],
    ratio: &[Lanes],
    step: Step,
    h: &mut [f32],
    y: Option<&mut [Lanes]>,
) {
    fused_wide!(update_coded_with(coded, list, ratio, step, h, y));
}

#[inline(always)]
fn update_with<const FUSED: bool, const WIDE: bool>(
    rows: &Rows,
    ratio: &[Lanes],
    step: Step,
    h: &mut [f32],
    y: &mut [Lanes],
) {
    let size = ratio.len();
    let (h, costs) = (h.as_chunks_mut::<BLOCK>().0, step.inverse_cost.as_chunks::<BLOCK>().0);
    let several = rows.chunks(AT_ONCE * size).zip(h.chunks_mut(AT_ONCE));
    for ((rows, h), costs) in several.zip(costs.chunks(AT_ONCE)) {
        let mut steps = [[0.0; BLOCK]; AT_ONCE];
        for (steps, block) in steps.iter_mut().zip(rows.chunks_exact(size)) {
            *steps = dot_rows_of::<FUSED, WIDE>(block, ratio);
        }
        for ((steps, h), cost) in steps.iter().zip(&mut *h).zip(costs) {
            move_block(*steps, cost, step, h);
        }
        for (h, block) in h.iter().zip(rows.chunks_exact(size)) {
            accumulate_rows_of::<FUSED>(block, h, y);
        }
    }
}

#[inline(always)]
fn update_coded_with<const FUSED: bool, const WIDE: bool>(
    coded: &CodedRows,
    list: &[u32],
    ratio: &[Lanes],
    mut step: Step,
    h: &mut [f32],
    mut y: Option<&mut [Lanes]>,
) {
    step.scale /= LIFT;
    let (lists, h) = (list.as_chunks::<BLOCK>().0, h.as_chunks_mut::<BLOCK>().0);
    let costs = step.inverse_cost.as_chunks::<BLOCK>().0;
    let several = lists.chunks(AT_ONCE).zip(h.chunks_mut(AT_ONCE));
    for ((lists, h), costs) in several.zip(costs.chunks(AT_ONCE)) {
        let mut steps = [[0.0; BLOCK]; AT_ONCE];
        for (steps, list) in steps.iter_mut().zip(lists) {
            let (rows, scales) = rows_of(coded, list);
            *steps = times(&dot_coded::<FUSED, WIDE>(rows, ratio), &scales);
        }
        for ((steps, h), cost) in steps.iter().zip(&mut *h).zip(costs) {
            move_block(*steps, cost, step, h);
        }
        if let Some(y) = &mut y {
            for (h, list) in h.iter().zip(lists) {
                let (rows, scales) = rows_of(coded, list);
                accumulate_coded::<FUSED>(rows, &times(h, &scales), y);
            }
        }
    }
}

/// The rows of a block, and their scales.
#[inline(always)]
fn rows_of<'a>(coded: &'a CodedRows, list: &[u32; BLOCK]) -> ([&'a [Code]; BLOCK], [f32; BLOCK]) {
    let (mut rows, mut scales) = ([[].as_slice(); BLOCK], [0.0; BLOCK]);
    for ((row, scale), index) in rows.iter_mut().zip(&mut scales).zip(list) {
        (*row, *scale) = coded.row(*index);
    }
    (rows, scales)
}

#[inline(always)]
fn times(h: &[f32; BLOCK], scales: &[f32; BLOCK]) -> [f32; BLOCK] {
    std::array::from_fn(|i| h[i] * scales[i])
}

#[inline(always)]
fn move_block(
    mut steps: [f32; BLOCK],
    inverse_cost: &[f32; BLOCK],
    step: Step,
    h: &mut [f32; BLOCK],
) {
    for (step_of, cost) in steps.iter_mut().zip(inverse_cost) {
        *step_of *= cost * step.scale;
    }
    positive_power(&mut steps, step.exponent);
    for (h, step) in h.iter_mut().zip(steps) {
        *h *= step;
    }
}

#[inline(always)]
fn dot_rows_with<const FUSED: bool, const WIDE: bool>(rows: &Rows, x: &[Lanes], out: &mut [f32]) {
    let blocks = rows.chunks_exact(x.len());
    for (block, out) in blocks.zip(out.as_chunks_mut::<BLOCK>().0) {
        *out = dot_rows_of::<FUSED, WIDE>(block, x);
    }
}

#[inline(always)]
fn accumulate_with<const FUSED: bool>(rows: &Rows, h: &[f32], y: &mut [Lanes]) {
    let blocks = rows.chunks_exact(y.len());
    for (block, h) in blocks.zip(h.as_chunks::<BLOCK>().0) {
        accumulate_rows_of::<FUSED>(block, h, y);
    }
}

/// The product of each row of one block with `x`.
#[inline(always)]
fn dot_rows_of<const FUSED: bool, const WIDE: bool>(block: &Rows, x: &[Lanes]) -> [f32; BLOCK] {
    let (mut first, mut second) = ([[0.0; LANES]; TOGETHER], [[0.0; LANES]; TOGETHER]);
    let halves = || x.iter().zip(block.iter().map(halves));
    if WIDE {
        for (x, (one, other)) in halves() {
            add_products::<FUSED>(one, x, &mut first);
            add_products::<FUSED>(other, x, &mut second);
        }
    } else {
        halves().for_each(|(x, (one, _))| add_products::<FUSED>(one, x, &mut first));
        halves().for_each(|(x, (_, other))| add_products::<FUSED>(other, x, &mut second));
    }
    sums_of(first, second)
}

/// `sums[i] += row i · x`, lane by lane.
#[inline(always)]
fn add_products<const FUSED: bool>(
    rows: &[Lanes; TOGETHER],
    x: &Lanes,
    sums: &mut [Lanes; TOGETHER],
) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        for lane in 0..LANES {
            sum[lane] = multiply_add::<FUSED>(row[lane], x[lane], sum[lane]);
        }
    }
}

/// The first rows of a block, and the others.
#[inline(always)]
fn halves<T>(rows: &[T; BLOCK]) -> (&[T; TOGETHER], &[T; TOGETHER]) {
    let [a, b] = rows.as_chunks().0 else { unreachable!() };
    (a, b)
}

/// The sum of the lanes of each row of a block.
#[inline(always)]
fn sums_of(mut first: [Lanes; TOGETHER], mut second: [Lanes; TOGETHER]) -> [f32; BLOCK] {
    let mut out = [0.0; BLOCK];
    // Behind a veil: the compiler tears apart the vectors of a loop whose lanes
    // it sees being added to one another.
    out[..TOGETHER].copy_from_slice(&sum_lanes(black_box(&mut first)));
    out[TOGETHER..].copy_from_slice(&sum_lanes(black_box(&mut second)));
    out
}

/// `y += Σ h[i] · row i` over the rows of one block.
#[inline(always)]
fn accumulate_rows_of<const FUSED: bool>(block: &Rows, h: &[f32; BLOCK], y: &mut [Lanes]) {
    for (y, rows) in y.iter_mut().zip(block) {
        let mut sum = *y;
        for (row, h) in rows.iter().zip(h) {
            for lane in 0..LANES {
                sum[lane] = multiply_add::<FUSED>(row[lane], *h, sum[lane]);
            }
        }
        *y = sum;
        apart();
    }
}

/// The product of each row with `x`, smaller by the row's scale.
#[inline(always)]
fn dot_coded<const FUSED: bool, const WIDE: bool>(
    rows: [&[Code]; BLOCK],
    x: &[Lanes],
) -> [f32; BLOCK] {
    let (mut first, mut second) = ([[0.0; LANES]; TOGETHER], [[0.0; LANES]; TOGETHER]);
    let [a, b, c, d, e, f, g, h] = rows.map(|row| &row[..x.len()]);
    let one = || a.iter().zip(b).zip(c).zip(d);
    let other = || e.iter().zip(f).zip(g).zip(h);
    if WIDE {
        for ((x, (((a, b), c), d)), (((e, f), g), h)) in x.iter().zip(one()).zip(other()) {
            add_coded_products::<FUSED>([a, b, c, d], x, &mut first);
            add_coded_products::<FUSED>([e, f, g, h], x, &mut second);
        }
    } else {
        for (x, (((a, b), c), d)) in x.iter().zip(one()) {
            add_coded_products::<FUSED>([a, b, c, d], x, &mut first);
        }
        for (x, (((e, f), g), h)) in x.iter().zip(other()) {
            add_coded_products::<FUSED>([e, f, g, h], x, &mut second);
        }
    }
    sums_of(first, second)
}

/// As [`add_products`], of codes.
#[inline(always)]
fn add_coded_products<const FUSED: bool>(
    rows: [&Code; TOGETHER],
    x: &Lanes,
    sums: &mut [Lanes; TOGETHER],
) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        // A loop of its own: together with the other they are not vectorised.
        let mut values = [0.0; LANES];
        for lane in 0..LANES {
            values[lane] = small(row[lane]);
        }
        for lane in 0..LANES {
            sum[lane] = multiply_add::<FUSED>(values[lane], x[lane], sum[lane]);
        }
    }
}

/// `y += Σ h[i] · row i` over a block, whose scales are in `h`.
#[inline(always)]
fn accumulate_coded<const FUSED: bool>(
    [a, b, c, d, e, f, g, k]: [&[Code]; BLOCK],
    h: &[f32; BLOCK],
    y: &mut [Lanes],
) {
    // Over single values: grouped in lanes the compiler would gather them.
    let y = y.as_flattened_mut();
    let size = y.len();
    let (a, b) = (&a.as_flattened()[..size], &b.as_flattened()[..size]);
    let (c, d) = (&c.as_flattened()[..size], &d.as_flattened()[..size]);
    let (e, f) = (&e.as_flattened()[..size], &f.as_flattened()[..size]);
    let (g, k) = (&g.as_flattened()[..size], &k.as_flattened()[..size]);
    for i in 0..size {
        let mut sum = y[i];
        sum = multiply_add::<FUSED>(small(a[i]), h[0], sum);
        sum = multiply_add::<FUSED>(small(b[i]), h[1], sum);
        sum = multiply_add::<FUSED>(small(c[i]), h[2], sum);
        sum = multiply_add::<FUSED>(small(d[i]), h[3], sum);
        sum = multiply_add::<FUSED>(small(e[i]), h[4], sum);
        sum = multiply_add::<FUSED>(small(f[i]), h[5], sum);
        sum = multiply_add::<FUSED>(small(g[i]), h[6], sum);
        sum = multiply_add::<FUSED>(small(k[i]), h[7], sum);
        y[i] = sum;
    }
}

/// `y += Σ weights[i] · row list[i]`.
#[multiversion(targets = "simd")]
pub fn add_coded_rows(coded: &CodedRows, list: &[u32], weights: &[f32], y: &mut [Lanes]) {
    fused!(add_coded_rows_with(coded, list, weights, y));
}

#[inline(always)]
fn add_coded_rows_with<const FUSED: bool>(
    coded: &CodedRows,
    list: &[u32],
    weights: &[f32],
    y: &mut [Lanes],
) {
    let (blocks, tail) = list.as_chunks::<BLOCK>();
    let (weight_blocks, weight_tail) = weights.as_chunks::<BLOCK>();
    for (block, weights) in blocks.iter().zip(weight_blocks) {
        let (rows, scales) = rows_of(coded, block);
        accumulate_coded::<FUSED>(rows, &times(weights, &scales), y);
    }
    for (index, weight) in tail.iter().zip(weight_tail) {
        let (codes, scale) = coded.row(*index);
        let weight = weight * scale;
        for (y, code) in y.as_flattened_mut().iter_mut().zip(codes.as_flattened()) {
            *y = multiply_add::<FUSED>(small(*code), weight, *y);
        }
    }
}

/// The sum of each row's lanes: quarters on quarters, then halves on halves.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn sum_lanes(sums: &mut [Lanes; TOGETHER]) -> [f32; TOGETHER] {
    use std::arch::x86_64::{
        __m128, _mm_add_ps, _mm_loadu_ps, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps,
        _mm_unpacklo_ps,
    };
    // SAFETY: every x86-64 machine has these instructions; loads stay within the
    // lanes; a vector and an array of four floats are the same bytes, all valid.
    unsafe {
        let four = |sum: &Lanes| -> __m128 {
            let quarter = |i: usize| _mm_loadu_ps(sum[i..i + 4].as_ptr());
            _mm_add_ps(_mm_add_ps(quarter(0), quarter(8)), _mm_add_ps(quarter(4), quarter(12)))
        };
        let [a, b, c, d] = [four(&sums[0]), four(&sums[1]), four(&sums[2]), four(&sums[3])];
        let first = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
        let second = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
        let sum = _mm_add_ps(_mm_movelh_ps(first, second), _mm_movehl_ps(second, first));
        std::mem::transmute(sum)
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn sum_lanes(sums: &mut [Lanes; TOGETHER]) -> [f32; TOGETHER] {
    sums.map(|sum| {
        let four = |i: usize| (sum[i] + sum[i + 8]) + (sum[i + 4] + sum[i + 12]);
        (four(0) + four(2)) + (four(1) + four(3))
    })
}
