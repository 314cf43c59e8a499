//! Spectra as planes of real and imaginary parts, bin by bin.

use multiversion::multiversion;
use rustfft::num_complex::Complex32;

use super::pointwise::{mean_roots, products, roots};
use super::{Aligned, Lanes, groups};

/// A spectrum with separate real and imaginary parts, padded with zeros.
#[derive(Clone, Debug, Default)]
pub struct Planes {
    pub re: Aligned<f32>,
    pub im: Aligned<f32>,
}

impl Planes {
    pub fn new(bins: usize) -> Self {
        Self { re: Aligned::new(groups(bins)), im: Aligned::new(groups(bins)) }
    }

    /// The first `count` values of both parts.
    pub fn parts(&self, count: usize) -> [&[f32]; 2] {
        [&self.re.as_flattened()[..count], &self.im.as_flattened()[..count]]
    }

    pub fn parts_mut(&mut self, count: usize) -> [&mut [f32]; 2] {
        let Self { re, im } = self;
        [&mut re.as_flattened_mut()[..count], &mut im.as_flattened_mut()[..count]]
    }

    /// Splits a spectrum into its parts.
    pub fn split(&mut self, spectrum: &[Complex32]) {
        split(spectrum, self.re.as_flattened_mut(), self.im.as_flattened_mut());
    }

    /// `out = |x|`.
    pub fn magnitudes(&self, out: &mut [Lanes]) {
        roots([&self.re, &self.im].map(|x| x.as_flattened()), out.as_flattened_mut());
    }

    /// Root of the mean power of two channels.
    pub fn mean_magnitudes([left, right]: [&Planes; 2], out: &mut [Lanes]) {
        let parts = [&left.re, &left.im, &right.re, &right.im];
        mean_roots(parts.map(|x| x.as_flattened()), out.as_flattened_mut());
    }

    /// `out = Re(a b*)`.
    pub fn products(a: &Planes, b: &Planes, out: &mut [Lanes]) {
        let parts = [&a.re, &b.re, &a.im, &b.im];
        products(parts.map(|x| x.as_flattened()), out.as_flattened_mut());
    }
}

#[multiversion(targets = "simd")]
fn split(spectrum: &[Complex32], re: &mut [f32], im: &mut [f32]) {
    for ((re, im), x) in re.iter_mut().zip(im).zip(spectrum) {
        *re = x.re;
        *im = x.im;
    }
}

/// The pairs as one flat slice.
pub fn flat(pairs: &[Complex32]) -> &[f32] {
    // SAFETY: a complex number has the layout of an array of two (guaranteed by its
    // documentation), and every bit pattern is a float.
    unsafe { std::slice::from_raw_parts(pairs.as_ptr().cast(), 2 * pairs.len()) }
}

/// Mutable version of [`flat`].
pub fn flat_mut(pairs: &mut [Complex32]) -> &mut [f32] {
    // SAFETY: as in `flat`; the slice is borrowed mutably only once.
    unsafe { std::slice::from_raw_parts_mut(pairs.as_mut_ptr().cast(), 2 * pairs.len()) }
}
