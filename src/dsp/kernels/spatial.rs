//! The loops of the spatial filter: one real, symmetric 2×2 system per bin.

use multiversion::multiversion;

use super::planes::Planes;
use super::pointwise::overlap;
use super::{Aligned, Lanes, fused, groups, multiply_add};

/// (LL, RR, LR) of a real, symmetric 2×2 covariance.
pub type Covariance = [f32; 3];

/// A frame of two channels, prepared for the images of its sources.
#[derive(Clone, Debug, Default)]
pub struct Solved {
    /// R_x⁻¹ x for both channels.
    solved: [Planes; 2],
    /// x - R_x R_x⁻¹ x: the rounding error, distributed over the sources by their masks.
    error: [Planes; 2],
    /// R_x, and the inverse of its determinant.
    sums: [Aligned<f32>; 3],
    inverse: Aligned<f32>,
}

impl Solved {
    pub fn new(bins: usize) -> Self {
        let zeros = || Aligned::new(groups(bins));
        let planes = || [Planes::new(bins), Planes::new(bins)];
        Self {
            solved: planes(),
            error: planes(),
            sums: [zeros(), zeros(), zeros()],
            inverse: zeros(),
        }
    }

    /// Solves a frame `x` for the covariances of its sources. `masks`: masks, sources ×
    /// bins, summing to 1 in every bin.
    pub fn solve(&mut self, x: [&Planes; 2], masks: &[Lanes], covariances: &[Covariance]) {
        let size = self.inverse.len();
        for (s, (mask, covariance)) in masks.chunks_exact(size).zip(covariances).enumerate() {
            let sums = self.sums.each_mut().map(|sum| sum.as_flattened_mut());
            add_to_sums(mask.as_flattened(), *covariance, s == 0, sums);
        }
        let [a, b, c] = self.sums.each_ref().map(|sum| sum.as_flattened());
        invert(a, b, c, self.inverse.as_flattened_mut());
        let inverse = self.inverse.as_flattened();
        for (own, variance) in [(0, b), (1, a)] {
            let (x, other, out) = (x[own], x[1 - own], &mut self.solved[own]);
            for (x, other, out) in
                [(&x.re, &other.re, &mut out.re), (&x.im, &other.im, &mut out.im)]
            {
                let pair = [x.as_flattened(), other.as_flattened()];
                substitute(pair, [variance, c], inverse, out.as_flattened_mut());
            }
        }
        for (own, variance) in [(0, a), (1, b)] {
            let (x, error) = (x[own], &mut self.error[own]);
            let [own, other] = [&self.solved[own], &self.solved[1 - own]];
            for (x, own, other, error) in [
                (&x.re, &own.re, &other.re, &mut error.re),
                (&x.im, &own.im, &other.im, &mut error.im),
            ] {
                let solved = [own.as_flattened(), other.as_flattened()];
                leave(x.as_flattened(), solved, [variance, c], error.as_flattened_mut());
            }
        }
    }

    /// `out = gain · ŷ_s` in one channel. `mask` and the covariance are those of the source.
    pub fn image(
        &self,
        channel: usize,
        covariance: Covariance,
        mask: &[Lanes],
        gain: f32,
        out: &mut Planes,
    ) {
        let gains = [gain * covariance[channel], gain * covariance[2], gain];
        let mask = mask.as_flattened();
        let (own, other) = (&self.solved[channel], &self.solved[1 - channel]);
        let error = &self.error[channel];
        for (own, other, error, out) in [
            (&own.re, &other.re, &error.re, &mut out.re),
            (&own.im, &other.im, &error.im, &mut out.im),
        ] {
            let parts = [own, other, error].map(|part| part.as_flattened());
            image(parts, mask, gains, out.as_flattened_mut());
        }
    }

    /// The sum of several images in a channel, from sums over the images of mask times gain:
    /// `of_solved` for the solved channel itself and the other one, `of_error` likewise; without
    /// crossed images, the last is `None`.
    pub fn sum_of_images(
        &self,
        channel: usize,
        of_solved: [&[Lanes]; 2],
        of_error: [Option<&[Lanes]>; 2],
        out: &mut Planes,
    ) {
        let of_solved = of_solved.map(|sum| sum.as_flattened());
        let (own, other) = (&self.solved[channel], &self.solved[1 - channel]);
        for (own, other, out) in
            [(&own.re, &other.re, &mut out.re), (&own.im, &other.im, &mut out.im)]
        {
            let solved = [own.as_flattened(), other.as_flattened()];
            combine(solved, of_solved, out.as_flattened_mut());
        }
        for (sum, error) in of_error.iter().zip([&self.error[channel], &self.error[1 - channel]]) {
            let Some(sum) = sum else { continue };
            for (error, out) in [(&error.re, &mut out.re), (&error.im, &mut out.im)] {
                overlap(error.as_flattened(), sum.as_flattened(), 1.0, out.as_flattened_mut());
            }
        }
    }
}

/// `sums += mask · gains`, or `sums = mask · gains` if `first`.
#[multiversion(targets = "simd")]
pub fn add_to_sums(mask: &[f32], gains: [f32; 3], first: bool, sums: [&mut [f32]; 3]) {
    fused!(add_to_sums_with(mask, gains, first, sums));
}

#[inline(always)]
fn add_to_sums_with<const FUSED: bool>(
    mask: &[f32],
    gains: [f32; 3],
    first: bool,
    [a, b, c]: [&mut [f32]; 3],
) {
    let sums = a.iter_mut().zip(b).zip(c).zip(mask);
    if first {
        for (((a, b), c), mask) in sums {
            (*a, *b, *c) = (mask * gains[0], mask * gains[1], mask * gains[2]);
        }
    } else {
        for (((a, b), c), mask) in sums {
            *a = multiply_add::<FUSED>(*mask, gains[0], *a);
            *b = multiply_add::<FUSED>(*mask, gains[1], *b);
            *c = multiply_add::<FUSED>(*mask, gains[2], *c);
        }
    }
}

/// `out = 1 / (a b - c²)`.
#[multiversion(targets = "simd")]
fn invert(a: &[f32], b: &[f32], c: &[f32], out: &mut [f32]) {
    for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
        *out = 1.0 / (a * b - c * c);
    }
}

/// `out = (x · variance - other · covariance) · inverse`.
#[multiversion(targets = "simd")]
fn substitute(
    [x, other]: [&[f32]; 2],
    [variance, covariance]: [&[f32]; 2],
    inverse: &[f32],
    out: &mut [f32],
) {
    let terms = x.iter().zip(other).zip(variance).zip(covariance).zip(inverse);
    for (out, ((((x, other), variance), covariance), inverse)) in out.iter_mut().zip(terms) {
        *out = (x * variance - other * covariance) * inverse;
    }
}

/// `out = x - (own · variance + other · covariance)`.
#[multiversion(targets = "simd")]
fn leave(x: &[f32], solved: [&[f32]; 2], sums: [&[f32]; 2], out: &mut [f32]) {
    fused!(leave_with(x, solved, sums, out));
}

#[inline(always)]
fn leave_with<const FUSED: bool>(
    x: &[f32],
    [own, other]: [&[f32]; 2],
    [variance, covariance]: [&[f32]; 2],
    out: &mut [f32],
) {
    let terms = x.iter().zip(own).zip(other).zip(variance).zip(covariance);
    for (out, ((((x, own), other), variance), covariance)) in out.iter_mut().zip(terms) {
        *out = x - multiply_add::<FUSED>(*own, *variance, other * covariance);
    }
}

/// `out = mask · (own · gains[0] + other · gains[1] + error · gains[2])`.
#[multiversion(targets = "simd")]
fn image(parts: [&[f32]; 3], mask: &[f32], gains: [f32; 3], out: &mut [f32]) {
    fused!(image_with(parts, mask, gains, out));
}

#[inline(always)]
fn image_with<const FUSED: bool>(
    [own, other, error]: [&[f32]; 3],
    mask: &[f32],
    gains: [f32; 3],
    out: &mut [f32],
) {
    let terms = own.iter().zip(other).zip(error).zip(mask);
    for (out, (((own, other), error), mask)) in out.iter_mut().zip(terms) {
        // The first two can be large and of opposite sign: rounded as in `leave_with`.
        let sum = multiply_add::<FUSED>(*own, gains[0], other * gains[1]);
        *out = mask * multiply_add::<FUSED>(*error, gains[2], sum);
    }
}

/// `out = own · sums[0] + other · sums[1]`.
#[multiversion(targets = "simd")]
fn combine(solved: [&[f32]; 2], sums: [&[f32]; 2], out: &mut [f32]) {
    fused!(combine_with(solved, sums, out));
}

#[inline(always)]
fn combine_with<const FUSED: bool>(
    [own, other]: [&[f32]; 2],
    [first, second]: [&[f32]; 2],
    out: &mut [f32],
) {
    let terms = own.iter().zip(other).zip(first).zip(second);
    for (out, (((own, other), first), second)) in out.iter_mut().zip(terms) {
        *out = multiply_add::<FUSED>(*own, *first, other * second);
    }
}
