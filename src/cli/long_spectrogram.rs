//! The spectrogram of a recording of any length, for a picture: computed while the recording
//! is read, and reduced to about the picture's width.

use ndarray::Array2;
use realfft::num_complex::Complex32;

use unbraid::audio::AudioReader;
use unbraid::plot::Resolution;
use unbraid::stft::StreamingStft;

use super::frames::LibrosaFrames;
use super::interrupt;

/// Samples per channel that are read at a time.
const BLOCK: usize = 1 << 15;

/// Most columns that are kept: at least half of them are in use then, which is more than a
/// picture has pixels.
const MAX_COLUMNS: usize = 8192;

/// Reads a recording to its end. Returns magnitudes, bins × columns, and their resolution. A
/// column is a frame; in a long recording, the maximum of neighbouring frames, which is what
/// a pixel shows. Two channels are combined by power.
///
/// `progress` is called with the fraction that has been read.
pub fn read(
    reader: &mut AudioReader,
    mut progress: impl FnMut(f32),
) -> anyhow::Result<(Array2<f32>, Resolution)> {
    let frames = LibrosaFrames::for_picture(reader.sample_rate_hz());
    let resolution = frames.resolution(reader.sample_rate_hz());
    let mut streams: Vec<StreamingStft> =
        (0..reader.channels()).map(|_| frames.streaming()).collect();
    let mut columns = Columns::new(resolution.fft_size / 2 + 1);
    let mut block = vec![Vec::new(); reader.channels()];
    let total = reader.frames_hint().unwrap_or(0).max(1);
    let mut done = 0;
    loop {
        interrupt::check()?;
        let read = reader.read_block(&mut block, BLOCK)?;
        if read == 0 {
            break;
        }
        done += read as u64;
        progress((done as f32 / total as f32).min(1.0));
        let spectra = streams.iter_mut().zip(&block).map(|(stream, samples)| {
            let mut spectra = Vec::new();
            stream.process(samples, |spectrum| spectra.push(spectrum.to_vec()));
            spectra
        });
        columns.extend(spectra.collect());
    }
    let spectra = streams.into_iter().map(|stream| {
        let mut spectra = Vec::new();
        stream.finish(|spectrum| spectra.push(spectrum.to_vec()));
        spectra
    });
    columns.extend(spectra.collect());
    let hop = resolution.hop * columns.frames_each;
    Ok((columns.into_matrix(), Resolution { hop, ..resolution }))
}

/// Magnitudes, column after column.
struct Columns {
    bins: usize,
    magnitudes: Vec<f32>,
    /// Frames that a column is the maximum of.
    frames_each: usize,
    /// Frames in the last column.
    in_last: usize,
}

impl Columns {
    fn new(bins: usize) -> Self {
        Self { bins, magnitudes: Vec::new(), frames_each: 1, in_last: 1 }
    }

    /// Appends frames, given by their spectra in every channel.
    fn extend(&mut self, channels: Vec<Vec<Vec<Complex32>>>) {
        match &channels[..] {
            [left, right] => {
                for (left, right) in left.iter().zip(right) {
                    let power = left.iter().zip(right).map(|(l, r)| l.norm_sqr() + r.norm_sqr());
                    self.push(power.map(|power| (0.5 * power).sqrt()));
                }
            }
            channels => {
                for spectrum in channels.iter().flatten() {
                    self.push(spectrum.iter().map(|x| x.norm()));
                }
            }
        }
    }

    fn push(&mut self, frame: impl Iterator<Item = f32>) {
        if self.in_last < self.frames_each {
            let start = self.magnitudes.len() - self.bins;
            self.magnitudes[start..]
                .iter_mut()
                .zip(frame)
                .for_each(|(most, x)| *most = most.max(x));
            self.in_last += 1;
            return;
        }
        if self.magnitudes.len() == self.bins * MAX_COLUMNS {
            self.halve();
        }
        self.magnitudes.extend(frame);
        self.in_last = 1;
    }

    /// Replaces each two columns by their maximum.
    fn halve(&mut self) {
        let bins = self.bins;
        let count = self.magnitudes.len() / bins / 2;
        for column in 0..count {
            for bin in 0..bins {
                let pair = [2 * column, 2 * column + 1].map(|c| self.magnitudes[c * bins + bin]);
                self.magnitudes[column * bins + bin] = pair[0].max(pair[1]);
            }
        }
        self.magnitudes.truncate(count * bins);
        self.frames_each *= 2;
    }

    /// Bins × columns.
    fn into_matrix(self) -> Array2<f32> {
        let shape = (self.magnitudes.len() / self.bins, self.bins);
        let columns = Array2::from_shape_vec(shape, self.magnitudes).expect("whole columns");
        columns.reversed_axes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many frames there are, none is lost, and each is where it belongs.
    #[test]
    fn columns_are_the_maxima_of_neighbouring_frames() {
        for count in [1, MAX_COLUMNS, MAX_COLUMNS + 1, 5 * MAX_COLUMNS + 3] {
            let frame = |t: usize| [((t * 7919) % 10_007) as f32, t as f32];
            let mut columns = Columns::new(2);
            (0..count).for_each(|t| columns.push(frame(t).into_iter()));
            let each = columns.frames_each;
            let v = columns.into_matrix();
            assert_eq!(v.dim(), (2, count.div_ceil(each)), "{count}");
            assert!(v.ncols() <= MAX_COLUMNS && (each == 1 || v.ncols() > MAX_COLUMNS / 2));
            for (column, found) in v.columns().into_iter().enumerate() {
                let frames = (column * each..count.min((column + 1) * each)).map(frame);
                let most = frames.fold([0.0f32; 2], |m, x| [m[0].max(x[0]), m[1].max(x[1])]);
                assert_eq!(found.to_vec(), most, "{column} of {count}");
            }
        }
    }
}
