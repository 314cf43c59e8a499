//! Band by band and bin by bin. The loops run over single values: with values grouped in
//! lanes, the compiler would use gather instructions.

use std::hint::black_box;

use multiversion::multiversion;

use super::power::positive_power;
use super::{LANES, Lanes, fused, multiply_add};

/// Computes the factors for an update from the models of all sources.
pub struct Ratios<'a> {
    /// Sources × bands.
    pub models: &'a [Lanes],
    /// Magnitudes of each channel.
    pub v: &'a [&'a [Lanes]],
    /// Gain of each source in each channel.
    pub gains: &'a [[f32; 2]],
    /// Added to the model of each channel.
    pub floor: f32,
}

impl Ratios<'_> {
    /// `out = Σ_c g_c v_c / (Σ_s g_sc models_s + floor)`, sources × bands. `model` is
    /// scratch with the size of the bands.
    pub fn write(&self, out: &mut [Lanes], model: &mut [Lanes]) {
        write(self, out.as_flattened_mut(), model.as_flattened_mut());
    }
}

#[multiversion(targets = "simd")]
fn write(ratios: &Ratios, out: &mut [f32], model: &mut [f32]) {
    fused!(write_with(ratios, out, model));
}

#[inline(always)]
fn write_with<const FUSED: bool>(ratios: &Ratios, out: &mut [f32], model: &mut [f32]) {
    let size = model.len();
    for (c, v) in ratios.v.iter().enumerate() {
        model.fill(ratios.floor);
        let models = ratios.models.as_flattened().chunks_exact(size);
        for (models, gains) in models.zip(ratios.gains) {
            add_scaled_with::<FUSED>(models, gains[c], model);
        }
        for (model, v) in model.iter_mut().zip(v.as_flattened()) {
            *model = v / *model;
        }
        for (out, gains) in out.chunks_exact_mut(size).zip(ratios.gains) {
            if c == 0 {
                out.iter_mut().zip(&*model).for_each(|(out, ratio)| *out = ratio * gains[c]);
            } else {
                add_scaled_with::<FUSED>(model, gains[c], out);
            }
        }
    }
}

/// `out += x · gain`.
#[multiversion(targets = "simd")]
pub fn add_scaled(x: &[f32], gain: f32, out: &mut [f32]) {
    fused!(add_scaled_with(x, gain, out));
}

#[inline(always)]
fn add_scaled_with<const FUSED: bool>(x: &[f32], gain: f32, out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = multiply_add::<FUSED>(*x, gain, *out);
    }
}

/// `x ← x · by`.
#[multiversion(targets = "simd")]
pub fn scale(x: &mut [Lanes], by: f32) {
    x.as_flattened_mut().iter_mut().for_each(|x| *x *= by);
}

/// `sum += x · gain`, up to the length of `x`.
#[multiversion(targets = "simd")]
pub fn add(x: &[Lanes], gain: f32, sum: &mut [Lanes]) {
    for (sum, x) in sum.as_flattened_mut().iter_mut().zip(x.as_flattened()) {
        *sum += x * gain;
    }
}

/// The sum of all values.
#[multiversion(targets = "simd")]
pub fn sum(x: &[Lanes]) -> f32 {
    let mut sums = [0.0; LANES];
    for x in x {
        for lane in 0..LANES {
            sums[lane] += x[lane];
        }
    }
    black_box(sums).iter().sum()
}

/// `out = x - Σ term · gain`.
#[multiversion(targets = "simd")]
pub fn subtract(x: &[f32], terms: [&[f32]; 3], gains: [f32; 3], out: &mut [f32]) {
    fused!(subtract_with(x, terms, gains, out));
}

#[inline(always)]
fn subtract_with<const FUSED: bool>(
    x: &[f32],
    [a, b, c]: [&[f32]; 3],
    gains: [f32; 3],
    out: &mut [f32],
) {
    for ((((out, x), a), b), c) in out.iter_mut().zip(x).zip(a).zip(b).zip(c) {
        let rest = multiply_add::<FUSED>(-gains[0], *a, *x);
        let rest = multiply_add::<FUSED>(-gains[1], *b, rest);
        *out = multiply_add::<FUSED>(-gains[2], *c, rest);
    }
}

/// The product of two signals whose length is a multiple of [`LANES`].
#[multiversion(targets = "simd")]
pub fn dot(x: &[f32], y: &[f32]) -> f32 {
    fused!(dot_of(x, y))
}

#[inline(always)]
fn dot_of<const FUSED: bool>(x: &[f32], y: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (x, y) in x.as_chunks::<LANES>().0.iter().zip(y.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] = multiply_add::<FUSED>(x[lane], y[lane], sums[lane]);
        }
    }
    black_box(sums).iter().sum()
}

/// The products of three rows with one.
#[multiversion(targets = "simd")]
pub fn products_with(rows: [&[Lanes]; 3], x: &[Lanes]) -> [f32; 3] {
    fused!(products_with_of(rows, x))
}

#[inline(always)]
fn products_with_of<const FUSED: bool>([a, b, c]: [&[Lanes]; 3], x: &[Lanes]) -> [f32; 3] {
    let mut sums = [[0.0; LANES]; 3];
    for (((x, a), b), c) in x.iter().zip(a).zip(b).zip(c) {
        for (sum, row) in sums.iter_mut().zip([a, b, c]) {
            for lane in 0..LANES {
                sum[lane] = multiply_add::<FUSED>(row[lane], x[lane], sum[lane]);
            }
        }
    }
    black_box(sums).map(|sum| sum.iter().sum())
}

/// Added to every sum before the division.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// As a fraction of the largest sum, and the minimum.
    pub of_peak: f32,
    pub least: f32,
}

/// Scales every value of sources × bins, raises it to `exponent`, and divides every bin by
/// its sum over the sources. Before the division, a fraction of the largest sum (at least
/// `floor.1`) is added to `rest`, or to all sources if there is none. `sum` is scratch with
/// the size of the bins.
pub fn normalise(
    values: &mut [Lanes],
    scale: f32,
    exponent: f32,
    floor: Floor,
    rest: Option<usize>,
    sum: &mut [Lanes],
) {
    let (values, sum) = (values.as_flattened_mut(), sum.as_flattened_mut());
    add_up_powers(values, scale, exponent, sum);
    let floor = (peak(sum) * floor.of_peak).max(floor.least);
    divide(values, floor, rest, sum);
}

#[multiversion(targets = "simd")]
fn add_up_powers(values: &mut [f32], scale: f32, exponent: f32, sum: &mut [f32]) {
    for (s, values) in values.chunks_exact_mut(sum.len()).enumerate() {
        values.iter_mut().for_each(|value| *value *= scale);
        positive_power(values, exponent);
        if s == 0 {
            sum.copy_from_slice(values);
        } else {
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += *value);
        }
    }
}

#[multiversion(targets = "simd")]
fn divide(values: &mut [f32], floor: f32, rest: Option<usize>, sum: &mut [f32]) {
    let sources = values.len() / sum.len();
    let floors = if rest.is_some() { floor } else { floor * sources as f32 };
    sum.iter_mut().for_each(|sum| *sum = 1.0 / (*sum + floors));
    for (s, values) in values.chunks_exact_mut(sum.len()).enumerate() {
        let floor = if rest.is_none_or(|rest| rest == s) { floor } else { 0.0 };
        values.iter_mut().zip(&*sum).for_each(|(value, sum)| *value = (*value + floor) * sum);
    }
}

/// `values ← values / whole · mask`, or 0 where `whole` is 0.
#[multiversion(targets = "simd")]
pub fn part(values: &mut [f32], whole: &[f32], mask: &[f32]) {
    for ((value, whole), mask) in values.iter_mut().zip(whole).zip(mask) {
        let part = if *whole > 0.0 { *value / *whole } else { 0.0 };
        *value = part * mask;
    }
}

/// The largest absolute value, or 0.
#[multiversion(targets = "simd")]
pub fn peak(values: &[f32]) -> f32 {
    // The bits of non-negative floats sort like the floats.
    f32::from_bits(values.iter().map(|value| value.abs().to_bits()).fold(0, u32::max))
}

/// The bits of the smallest threshold, 0 or more, that at most `keep` of the non-negative
/// values exceed.
#[multiversion(targets = "simd")]
pub fn threshold(values: &[f32], keep: usize) -> u32 {
    // Bisection, because counting is a loop without branches. The bits of non-negative
    // floats sort like the floats and stay below those of infinity.
    let (mut low, mut high) = (0, f32::INFINITY.to_bits() as i32);
    while low < high {
        let middle = low + (high - low) / 2;
        let above: u32 = values.iter().map(|x| u32::from(x.to_bits() as i32 > middle)).sum();
        if above as usize <= keep {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low as u32
}

/// `sum += gain · share`, or `sum = gain · share` if `first`.
#[multiversion(targets = "simd")]
pub fn add_mask(mask: &[f32], gain: f32, first: bool, sum: &mut [f32]) {
    if first {
        sum.iter_mut().zip(mask).for_each(|(sum, mask)| *sum = mask * gain);
    } else {
        sum.iter_mut().zip(mask).for_each(|(sum, mask)| *sum += mask * gain);
    }
}

/// `out = x · y`.
#[multiversion(targets = "simd")]
pub fn multiply(x: &[f32], y: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).zip(y).for_each(|((out, x), y)| *out = x * y);
}

/// `out += x · y · gain`.
#[multiversion(targets = "simd")]
pub fn overlap(x: &[f32], y: &[f32], gain: f32, out: &mut [f32]) {
    out.iter_mut().zip(x).zip(y).for_each(|((out, x), y)| *out += x * y * gain);
}

/// `out = √(a² + b²)`.
#[multiversion(targets = "simd")]
pub fn roots([a, b]: [&[f32]; 2], out: &mut [f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = (a * a + b * b).sqrt();
    }
}

/// `out = √((a² + b² + c² + d²) / 2)`.
#[multiversion(targets = "simd")]
pub fn mean_roots([a, b, c, d]: [&[f32]; 4], out: &mut [f32]) {
    for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *out = (((a * a + b * b) + (c * c + d * d)) * 0.5).sqrt();
    }
}

/// `out = a b + c d`.
#[multiversion(targets = "simd")]
pub fn products([a, b, c, d]: [&[f32]; 4], out: &mut [f32]) {
    for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *out = a * b + c * d;
    }
}

/// Adds up the weights of magnitudes: `sum += x^1.5`.
#[multiversion(targets = "simd")]
pub fn add_powers(x: &[f32], sum: &mut [f32]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += x * x.sqrt();
    }
}

/// Number of squarings of a source's mask in a band, to get its weight when the source's
/// position is estimated. Steep, because spill from other sources pulls every estimate
/// towards the middle.
const DOMINANCE_SQUARINGS: usize = 4;

/// Smaller fractions count as none: they have no influence, and the powers of far smaller ones would
/// be denormal floats, which take long.
const LEAST_FRACTION: f32 = 0.02;

/// The weight of each band for the position of a source: `out = (x^1.5 / total)^16 /
/// √((left + right) width)`, 0 where there is no signal.
#[multiversion(targets = "simd")]
pub fn dominance(
    x: &[f32],
    total: &[f32],
    [left, right]: [&[f32]; 2],
    width: &[f32],
    out: &mut [f32],
) {
    let terms = x.iter().zip(total).zip(left).zip(right).zip(width);
    for (out, ((((x, total), left), right), width)) in out.iter_mut().zip(terms) {
        let mut fraction = x * x.sqrt() / total;
        fraction = if fraction < LEAST_FRACTION { 0.0 } else { fraction };
        for _ in 0..DOMINANCE_SQUARINGS {
            fraction *= fraction;
        }
        let power = left + right;
        let weight = fraction / (power * width).sqrt();
        *out = if *total > 0.0 && power > 0.0 { weight } else { 0.0 };
    }
}
