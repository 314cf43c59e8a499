//! The transform of a real signal by a complex one of half its length, in planes.
//! The standard split (Sorensen et al., "Real-valued fast Fourier transform
//! algorithms", IEEE TASSP 1987): even samples are the real part, odd ones the
//! imaginary.

use multiversion::multiversion;
use rustfft::num_complex::Complex32;

use super::Lanes;
use super::planes::Planes;

/// cos and sin of 2π k / size for the bins below the middle of the spectrum.
#[derive(Clone, Debug)]
pub struct Twiddles {
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Twiddles {
    /// For a real transform of `size` samples.
    pub fn new(size: usize) -> Self {
        let angle = |k: usize| 2.0 * std::f64::consts::PI * k as f64 / size as f64;
        Self {
            cos: (0..size / 2).map(|k| angle(k).cos() as f32).collect(),
            sin: (0..size / 2).map(|k| angle(k).sin() as f32).collect(),
        }
    }

    /// Converts the transform `z` of the halves (size / 2 bins) to that of the signal (size
    /// / 2 + 1 bins).
    pub fn untangle(&self, z: &Planes, out: &mut Planes) {
        let half = self.cos.len();
        let [z_re, z_im] = z.parts(half);
        let (first_re, first_im) = (z_re[0], z_im[0]);
        let [out_re, out_im] = out.parts_mut(half + 1);
        out_re[0] = first_re + first_im;
        out_im[0] = 0.0;
        out_re[half] = first_re - first_im;
        out_im[half] = 0.0;
        let ends = 1..half;
        untangle(
            [&z_re[ends.clone()], &z_im[ends.clone()]],
            [&self.cos[ends.clone()], &self.sin[ends.clone()]],
            &mut out_re[ends.clone()],
            &mut out_im[ends],
        );
    }

    /// The reverse, not normalised: the inverse transform of `out` is `size` times the
    /// signal of `mask · x`. The imaginary parts of the first and last bin are ignored.
    pub fn tangle(&self, x: &Planes, mask: &[Lanes], out: &mut [Complex32]) {
        let half = self.cos.len();
        let [x_re, x_im] = x.parts(half + 1);
        let mask = &mask.as_flattened()[..half + 1];
        let (first, last) = (x_re[0] * mask[0], x_re[half] * mask[half]);
        out[0] = Complex32::new(first + last, first - last);
        let ends = 1..half;
        let (x, twiddles) = (
            [&x_re[ends.clone()], &x_im[ends.clone()]],
            [&self.cos[ends.clone()], &self.sin[ends.clone()]],
        );
        tangle(x, &mask[ends.clone()], twiddles, &mut out[ends]);
    }
}

#[multiversion(targets = "simd")]
fn untangle(
    [re, im]: [&[f32]; 2],
    [cos, sin]: [&[f32]; 2],
    out_re: &mut [f32],
    out_im: &mut [f32],
) {
    let mirrored = re.iter().rev().zip(im.iter().rev());
    let terms = re.iter().zip(im).zip(mirrored).zip(cos.iter().zip(sin));
    for ((out_re, out_im), (((a_re, a_im), (b_re, b_im)), (cos, sin))) in
        out_re.iter_mut().zip(out_im).zip(terms)
    {
        let (even_re, even_im) = (a_re + b_re, a_im - b_im);
        let (odd_re, odd_im) = (a_im + b_im, b_re - a_re);
        *out_re = 0.5 * (even_re + (cos * odd_re + sin * odd_im));
        *out_im = 0.5 * (even_im + (cos * odd_im - sin * odd_re));
    }
}

/// The inverse of [`untangle`], times 2, of `mask · (re, im)`.
#[multiversion(targets = "simd")]
fn tangle([re, im]: [&[f32]; 2], mask: &[f32], [cos, sin]: [&[f32]; 2], out: &mut [Complex32]) {
    let size = out.len();
    let (re, im, mask) = (&re[..size], &im[..size], &mask[..size]);
    let (cos, sin) = (&cos[..size], &sin[..size]);
    for k in 0..size {
        let mirror = size - 1 - k;
        let (a_re, a_im) = (re[k] * mask[k], im[k] * mask[k]);
        let (b_re, b_im) = (re[mirror] * mask[mirror], im[mirror] * mask[mirror]);
        let (even_re, even_im) = (a_re + b_re, a_im - b_im);
        let (odd_re, odd_im) = (a_re - b_re, a_im + b_im);
        out[k].re = even_re - (cos[k] * odd_im + sin[k] * odd_re);
        out[k].im = even_im + (cos[k] * odd_re - sin[k] * odd_im);
    }
}
