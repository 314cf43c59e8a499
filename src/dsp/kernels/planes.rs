//! Spectra as planes of real and imaginary parts, bin by bin.

use multiversion::multiversion;
use realfft::num_complex::Complex32;

use super::pointwise::{mean_roots, multiply_add_masked, products, roots};
use super::{LANES, Lanes, groups};

/// A spectrum, its parts apart, padded with zeros.
#[derive(Clone, Debug, Default)]
pub struct Planes {
    pub re: Vec<Lanes>,
    pub im: Vec<Lanes>,
}

impl Planes {
    pub fn new(bins: usize) -> Self {
        let zeros = || vec![[0.0; LANES]; groups(bins)];
        Self { re: zeros(), im: zeros() }
    }

    pub fn clear(&mut self) {
        self.re.fill([0.0; LANES]);
        self.im.fill([0.0; LANES]);
    }

    /// Takes a spectrum apart.
    pub fn split(&mut self, spectrum: &[Complex32]) {
        split(spectrum, self);
    }

    /// Puts the spectrum together.
    pub fn join(&self, spectrum: &mut [Complex32]) {
        join(self, spectrum);
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

    /// `self += gain · share · x`.
    pub fn add_masked(&mut self, x: &Planes, share: &[Lanes], gain: f32) {
        for (x, out) in [(&x.re, &mut self.re), (&x.im, &mut self.im)] {
            multiply_add_masked(
                x.as_flattened(),
                share.as_flattened(),
                gain,
                out.as_flattened_mut(),
            );
        }
    }
}

#[multiversion(targets = "simd")]
fn split(spectrum: &[Complex32], out: &mut Planes) {
    let (chunks, tail) = spectrum.as_chunks::<LANES>();
    for ((re, im), chunk) in out.re.iter_mut().zip(&mut out.im).zip(chunks) {
        for lane in 0..LANES {
            re[lane] = chunk[lane].re;
            im[lane] = chunk[lane].im;
        }
    }
    for (lane, x) in tail.iter().enumerate() {
        out.re[chunks.len()][lane] = x.re;
        out.im[chunks.len()][lane] = x.im;
    }
}

#[multiversion(targets = "simd")]
fn join(planes: &Planes, spectrum: &mut [Complex32]) {
    let (chunks, tail) = spectrum.as_chunks_mut::<LANES>();
    let whole = chunks.len();
    for ((re, im), chunk) in planes.re.iter().zip(&planes.im).zip(chunks) {
        for lane in 0..LANES {
            chunk[lane] = Complex32::new(re[lane], im[lane]);
        }
    }
    for (lane, x) in tail.iter_mut().enumerate() {
        *x = Complex32::new(planes.re[whole][lane], planes.im[whole][lane]);
    }
}
