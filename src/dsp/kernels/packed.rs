//! The loops of the updates, over rows that stay in the cache, with two values in one word.

use multiversion::multiversion;

use super::blocks::{AT_ONCE, Step, TOGETHER, fused_wide, move_block, sums_of};
use super::coded::{CodedRows, LIFT, small};
use super::{BLOCK, LANES, Lanes, apart, fused, multiply_add};

/// Values of two rows: the significant bits of each float, as many as a coded value has.
/// The first row is in the upper half of each word, the second in the lower half. Full
/// floats would make the updates wait for the second-level cache. The first row is read with the
/// bits of the second as its lowest ones.
pub type Pair = [u32; LANES];

/// Pairs in a block.
const PAIRS: usize = BLOCK / 2;

/// Pairs whose products are summed in parallel.
const PAIRS_TOGETHER: usize = TOGETHER / 2;

/// The bits that belong to the first row of a pair alone; and half of the lowest of them, for
/// rounding.
const FIRST: u32 = 0xffff_0000;
const HALF: u32 = 0x8000;

/// Stands for a zero of the first row where the second is not zero: its bits would make that a
/// denormal float, which takes long on some processors.
const NOTHING: f32 = 1e-20;

/// Rows of `size` groups of lanes, block by block: the first group of all rows of the first
/// block, then the second, and so on to `size`, then the next block. A loop over a block
/// therefore reads memory sequentially.
pub type PackedRows = [[Pair; PAIRS]];

/// The `coded` rows in `list`, whose length is a multiple of [`BLOCK`]. Indices that are
/// too large give rows of zeros.
#[multiversion(targets = "simd")]
pub fn pack_rows(coded: &CodedRows, list: &[u32], rows: &mut PackedRows) {
    let blocks = rows.chunks_exact_mut(coded.size());
    for (list, block) in list.as_chunks::<BLOCK>().0.iter().zip(blocks) {
        for (i, [first, second]) in list.as_chunks().0.iter().enumerate() {
            let [(first, first_scale), (second, second_scale)] =
                [*first, *second].map(|index| coded.row(index));
            let [first_scale, second_scale] = [first_scale * LIFT, second_scale * LIFT];
            for ((pairs, first), second) in block.iter_mut().zip(first).zip(second) {
                for lane in 0..LANES {
                    let first = small(first[lane]) * first_scale;
                    let second = small(second[lane]) * second_scale;
                    pairs[i][lane] = pair(first, second);
                }
                apart();
            }
        }
    }
}

/// One multiplicative update for Kullback-Leibler, including the model for the next; every
/// row is read once. `h[i]` is updated by [`Step`] with the numerator `row i · ratio`, then
/// `y += h[i] · row i`.
#[multiversion(targets = "simd")]
pub fn update(rows: &PackedRows, ratio: &[Lanes], step: Step, h: &mut [f32], y: &mut [Lanes]) {
    fused_wide!(update_with(rows, ratio, step, h, y));
}

/// `out[i] = row i · x`.
#[multiversion(targets = "simd")]
pub fn dot_packed(rows: &PackedRows, x: &[Lanes], out: &mut [f32]) {
    fused_wide!(dot_packed_with(rows, x, out));
}

/// `y += Σ h[i] · row i`.
#[multiversion(targets = "simd")]
pub fn accumulate(rows: &PackedRows, h: &[f32], y: &mut [Lanes]) {
    fused!(accumulate_with(rows, h, y));
}

#[inline(always)]
fn update_with<const FUSED: bool, const WIDE: bool>(
    rows: &PackedRows,
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
            *steps = dot_block::<FUSED, WIDE>(block, ratio);
        }
        for ((steps, h), cost) in steps.iter().zip(&mut *h).zip(costs) {
            move_block(*steps, cost, step, h);
        }
        for (h, block) in h.iter().zip(rows.chunks_exact(size)) {
            accumulate_block::<FUSED>(block, h, y);
        }
    }
}

#[inline(always)]
fn dot_packed_with<const FUSED: bool, const WIDE: bool>(
    rows: &PackedRows,
    x: &[Lanes],
    out: &mut [f32],
) {
    let blocks = rows.chunks_exact(x.len());
    for (block, out) in blocks.zip(out.as_chunks_mut::<BLOCK>().0) {
        *out = dot_block::<FUSED, WIDE>(block, x);
    }
}

#[inline(always)]
fn accumulate_with<const FUSED: bool>(rows: &PackedRows, h: &[f32], y: &mut [Lanes]) {
    let blocks = rows.chunks_exact(y.len());
    for (block, h) in blocks.zip(h.as_chunks::<BLOCK>().0) {
        accumulate_block::<FUSED>(block, h, y);
    }
}

/// The product of each row of one block with `x`.
#[inline(always)]
fn dot_block<const FUSED: bool, const WIDE: bool>(block: &PackedRows, x: &[Lanes]) -> [f32; BLOCK] {
    let (mut first, mut second) = ([[0.0; LANES]; TOGETHER], [[0.0; LANES]; TOGETHER]);
    // Loops, not closures: closures are functions of their own and would miss the target
    // features.
    if WIDE {
        for (x, pairs) in x.iter().zip(block) {
            let (one, other) = halves(pairs);
            add_products::<FUSED>(one, x, &mut first);
            add_products::<FUSED>(other, x, &mut second);
        }
    } else {
        for (x, pairs) in x.iter().zip(block) {
            add_products::<FUSED>(halves(pairs).0, x, &mut first);
        }
        for (x, pairs) in x.iter().zip(block) {
            add_products::<FUSED>(halves(pairs).1, x, &mut second);
        }
    }
    sums_of(first, second)
}

/// `sums[i] += row i · x`, lane by lane.
#[inline(always)]
fn add_products<const FUSED: bool>(
    pairs: &[Pair; PAIRS_TOGETHER],
    x: &Lanes,
    sums: &mut [Lanes; TOGETHER],
) {
    for (sums, pair) in sums.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
        // Loops of their own: otherwise, none is vectorised.
        let mut firsts = [0.0; LANES];
        let mut seconds = [0.0; LANES];
        for lane in 0..LANES {
            firsts[lane] = first(pair[lane]);
        }
        for lane in 0..LANES {
            seconds[lane] = second(pair[lane]);
        }
        for lane in 0..LANES {
            sums[0][lane] = multiply_add::<FUSED>(firsts[lane], x[lane], sums[0][lane]);
        }
        for lane in 0..LANES {
            sums[1][lane] = multiply_add::<FUSED>(seconds[lane], x[lane], sums[1][lane]);
        }
    }
}

/// `y += Σ h[i] · row i` over the rows of one block.
#[inline(always)]
fn accumulate_block<const FUSED: bool>(block: &PackedRows, h: &[f32; BLOCK], y: &mut [Lanes]) {
    for (y, pairs) in y.iter_mut().zip(block) {
        let mut sum = *y;
        for (pair, h) in pairs.iter().zip(h.as_chunks::<2>().0) {
            for lane in 0..LANES {
                sum[lane] = multiply_add::<FUSED>(first(pair[lane]), h[0], sum[lane]);
            }
            for lane in 0..LANES {
                sum[lane] = multiply_add::<FUSED>(second(pair[lane]), h[1], sum[lane]);
            }
        }
        *y = sum;
        apart();
    }
}

/// The first pairs of a block, and the remaining ones.
#[inline(always)]
fn halves(pairs: &[Pair; PAIRS]) -> (&[Pair; PAIRS_TOGETHER], &[Pair; PAIRS_TOGETHER]) {
    let [a, b] = pairs.as_chunks().0 else { unreachable!() };
    (a, b)
}

/// Two values in a word. The bits of the second one are part of the first, too; the others are
/// chosen so that the word is nearest to the first value.
#[inline(always)]
fn pair(first: f32, second: f32) -> u32 {
    let low = second.to_bits() >> 16;
    let bits = if low > 0 { first.max(NOTHING) } else { first }.to_bits();
    (bits - low + HALF) & FIRST | low
}

#[inline(always)]
fn first(word: u32) -> f32 {
    f32::from_bits(word)
}

#[inline(always)]
fn second(word: u32) -> f32 {
    f32::from_bits(word << 16)
}
