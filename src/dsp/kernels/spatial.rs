//! The loops of the spatial filter: one real, symmetric 2×2 system per bin.

use multiversion::multiversion;

use super::planes::Planes;
use super::{Aligned, LANES, Lanes, fused, groups, multiply_add};

/// (LL, RR, LR) of a real, symmetric 2×2 covariance.
pub type Covariance = [f32; 3];

/// A frame of two channels, prepared for the images of its sources.
#[derive(Clone, Debug, Default)]
pub struct Solved {
    /// R_x⁻¹ x for both channels.
    solved: [Planes; 2],
    /// x - Σ ŷ_s: the rounding error, distributed over the sources by their masks.
    error: [Planes; 2],
    /// R_x, and the inverse of its determinant.
    sums: [Aligned<f32>; 3],
    inverse: Aligned<f32>,
}

/// How a source's image in a channel is computed from the solved frame.
#[derive(Clone, Copy)]
struct Image<'a> {
    /// R_x⁻¹ x of this channel, and of the other one.
    own: &'a [f32],
    other: &'a [f32],
    mask: &'a [f32],
    /// The source's variance in the channel, and its covariance.
    variance: f32,
    covariance: f32,
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
        self.sums.iter_mut().for_each(|sum| sum.fill([0.0; LANES]));
        for (mask, covariance) in masks.chunks_exact(size).zip(covariances) {
            for (sum, part) in self.sums.iter_mut().zip(covariance) {
                add_scaled(mask.as_flattened(), *part, sum.as_flattened_mut());
            }
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
        for (channel, x) in x.into_iter().enumerate() {
            let Planes { re: error_re, im: error_im } = &mut self.error[channel];
            let [error_re, error_im] = [error_re, error_im].map(|x| x.as_flattened_mut());
            let mut sources = masks.chunks_exact(size).zip(covariances);
            if let Some((mask, covariance)) = sources.next() {
                let [re, im] = images(&self.solved, channel, mask, *covariance);
                leave(x.re.as_flattened(), re, error_re);
                leave(x.im.as_flattened(), im, error_im);
            }
            for (mask, covariance) in sources {
                let [re, im] = images(&self.solved, channel, mask, *covariance);
                subtract_image(re, error_re);
                subtract_image(im, error_im);
            }
        }
    }

    /// `out += gain · ŷ_s` in one channel, or `out = gain · ŷ_s` if `first`. `mask` and
    /// the covariance are those of the source.
    pub fn add_image(
        &self,
        channel: usize,
        covariance: Covariance,
        mask: &[Lanes],
        gain: f32,
        first: bool,
        out: &mut Planes,
    ) {
        let error = &self.error[channel];
        let [re, im] = images(&self.solved, channel, mask, covariance);
        for (image, error, out) in [(re, &error.re, &mut out.re), (im, &error.im, &mut out.im)] {
            let (error, out) = (error.as_flattened(), out.as_flattened_mut());
            if first {
                set_image(image, error, gain, out);
            } else {
                add_image(image, error, gain, out);
            }
        }
    }
}

/// Real and imaginary parts of a source's image.
fn images<'a>(
    solved: &'a [Planes; 2],
    channel: usize,
    mask: &'a [Lanes],
    covariance: Covariance,
) -> [Image<'a>; 2] {
    let (own, other) = (&solved[channel], &solved[1 - channel]);
    [(&own.re, &other.re), (&own.im, &other.im)].map(|(own, other)| Image {
        own: own.as_flattened(),
        other: other.as_flattened(),
        mask: mask.as_flattened(),
        variance: covariance[channel],
        covariance: covariance[2],
    })
}

#[multiversion(targets = "simd")]
fn add_scaled(x: &[f32], gain: f32, out: &mut [f32]) {
    fused!(add_scaled_with(x, gain, out));
}

#[inline(always)]
fn add_scaled_with<const FUSED: bool>(x: &[f32], gain: f32, out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = multiply_add::<FUSED>(*x, gain, *out);
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

/// `out = x - image`.
#[multiversion(targets = "simd")]
fn leave(x: &[f32], image: Image, out: &mut [f32]) {
    fused!(leave_with(x, image, out));
}

#[inline(always)]
fn leave_with<const FUSED: bool>(x: &[f32], image: Image, out: &mut [f32]) {
    let Image { own, other, mask, variance, covariance } = image;
    for ((((out, x), own), other), mask) in out.iter_mut().zip(x).zip(own).zip(other).zip(mask) {
        *out = x - multiply_add::<FUSED>(*own, variance, other * covariance) * mask;
    }
}

/// `out -= image`.
#[multiversion(targets = "simd")]
fn subtract_image(image: Image, out: &mut [f32]) {
    fused!(subtract_image_with(image, out));
}

#[inline(always)]
fn subtract_image_with<const FUSED: bool>(image: Image, out: &mut [f32]) {
    let Image { own, other, mask, variance, covariance } = image;
    for (((out, own), other), mask) in out.iter_mut().zip(own).zip(other).zip(mask) {
        *out -= multiply_add::<FUSED>(*own, variance, other * covariance) * mask;
    }
}

/// `out = gain · (image + error · share)`.
#[multiversion(targets = "simd")]
fn set_image(image: Image, error: &[f32], gain: f32, out: &mut [f32]) {
    fused!(set_image_with(image, error, gain, out));
}

/// `out += gain · (image + error · share)`.
#[multiversion(targets = "simd")]
fn add_image(image: Image, error: &[f32], gain: f32, out: &mut [f32]) {
    fused!(add_image_with(image, error, gain, out));
}

#[inline(always)]
fn set_image_with<const FUSED: bool>(image: Image, error: &[f32], gain: f32, out: &mut [f32]) {
    for_each_image::<FUSED>(image, error, out, |out, image| *out = image * gain);
}

#[inline(always)]
fn add_image_with<const FUSED: bool>(image: Image, error: &[f32], gain: f32, out: &mut [f32]) {
    for_each_image::<FUSED>(image, error, out, |out, image| {
        *out = multiply_add::<FUSED>(image, gain, *out);
    });
}

#[inline(always)]
fn for_each_image<const FUSED: bool>(
    image: Image,
    error: &[f32],
    out: &mut [f32],
    put: impl Fn(&mut f32, f32),
) {
    let Image { own, other, mask, variance, covariance } = image;
    let terms = own.iter().zip(other).zip(mask).zip(error);
    for (out, (((own, other), mask), error)) in out.iter_mut().zip(terms) {
        let image = multiply_add::<FUSED>(*own, variance, other * covariance) * mask;
        put(out, multiply_add::<FUSED>(*error, *mask, image));
    }
}
