//! The loops of the scan and of the models for the masks, over any selection of coded
//! rows.

use multiversion::multiversion;

use super::blocks::{AT_ONCE, Step, TOGETHER, fused_wide, move_block, sums_of};
use super::coded::{Code, CodedRows, LIFT, small};
use super::{BLOCK, LANES, Lanes, fused, multiply_add};

/// One multiplicative update for Kullback-Leibler, as [`super::update`], of the rows in
/// `list`; indices that are too large stand for rows of zeros. The ratios are scaled up by
/// [`LIFT`]. Without `y`, no model is computed.
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

/// `y += Σ weights[i] · row list[i] / LIFT`, so that sums can be added together and
/// rescaled once.
#[multiversion(targets = "simd")]
pub fn add_coded_rows(coded: &CodedRows, list: &[u32], weights: &[f32], y: &mut [Lanes]) {
    fused!(add_coded_rows_with(coded, list, weights, y));
}

#[inline(always)]
fn update_coded_with<const FUSED: bool, const WIDE: bool>(
    coded: &CodedRows,
    list: &[u32],
    ratio: &[Lanes],
    step: Step,
    h: &mut [f32],
    mut y: Option<&mut [Lanes]>,
) {
    if let Some(y) = &mut y {
        y.as_flattened_mut().iter_mut().for_each(|y| *y /= LIFT);
    }
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
    if let Some(y) = y {
        y.as_flattened_mut().iter_mut().for_each(|y| *y *= LIFT);
    }
}

/// The rows of a block and their scales.
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

/// The product of each row with `x`, before the row's scale is applied.
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

/// As `packed::add_products`, for codes.
#[inline(always)]
fn add_coded_products<const FUSED: bool>(
    rows: [&Code; TOGETHER],
    x: &Lanes,
    sums: &mut [Lanes; TOGETHER],
) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        // A separate loop: merged with the other one, neither is vectorised.
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
    // Over single values: grouped in lanes, the compiler would use gather instructions.
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
