//! Pictures of the results.

use std::path::Path;

use ndarray::{Array2, Axis};

use unbraid::dictionary::Source;
use unbraid::learn::Factors;
use unbraid::plot::{self, Label, Resolution};

use crate::frames::LibrosaFrames;
use crate::interrupt;
use crate::staging::Staging;

/// Maximum numbers shown in a picture: frames, and spectrograms of components.
const FRAMES: usize = 1000;
const SPECTROGRAMS: usize = 24;

/// The names of the pictures.
pub const NAMES: [&str; 4] = ["spectrogram.png", "W.png", "H.png", "components.png"];

/// Draws all pictures.
pub fn draw(
    staging: &Staging,
    recording: &Path,
    v: &Array2<f32>,
    factors: &Factors,
    frames: &LibrosaFrames,
    sample_rate_hz: u32,
) -> anyhow::Result<()> {
    let resolution = frames.resolution(sample_rate_hz);
    let name = recording.file_name().unwrap_or_default().to_string_lossy();
    let components = factors.w.ncols();
    let source = |k| Source::new(&format!("component {}", k + 1), k, vec![k]);
    let labels = Label::components(&(0..components).map(source).collect::<Vec<_>>());
    let (w, h) = (factors.w.view(), factors.h.view());
    let [spectrogram, w_name, h_name, all] = NAMES.map(|name| staging.path(name));
    plot::spectrogram(&spectrogram, &name, v.view(), resolution)?;
    interrupt::check()?;
    plot::components(&w_name, &format!("Spectra W of {name}"), w, &labels, resolution)?;
    plot::activations(&h_name, &format!("Activations H of {name}"), h, &labels, resolution)?;
    interrupt::check()?;
    let (h, hop) = coarser(&factors.h, frames.hop());
    let spectrograms: Vec<Array2<f32>> = (0..components.min(SPECTROGRAMS))
        .map(|k| {
            let (w, h) = (w.column(k).insert_axis(Axis(1)), h.row(k).insert_axis(Axis(0)));
            w.dot(&h)
        })
        .collect();
    let panels: Vec<_> =
        labels.iter().cloned().zip(spectrograms.iter().map(|v| v.view())).collect();
    let resolution = Resolution { hop, ..resolution };
    plot::source_spectrograms(&all, &panels, resolution)?;
    Ok(())
}

/// Reduces the activations of a long recording to the largest of neighbouring frames; also
/// returns the resulting hop.
fn coarser(h: &Array2<f32>, hop: usize) -> (Array2<f32>, usize) {
    let together = h.ncols().div_ceil(FRAMES);
    let mut coarse = Array2::zeros((h.nrows(), h.ncols().div_ceil(together)));
    for ((k, t), &x) in h.indexed_iter() {
        let most: &mut f32 = &mut coarse[[k, t / together]];
        *most = most.max(x);
    }
    (coarse, hop * together)
}
