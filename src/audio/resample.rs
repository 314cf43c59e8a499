//! Sample rate conversion with rubato's synchronous FFT resampler, sample-aligned and of
//! exact length. Internally it uses 64 bits, which costs little and keeps the error below
//! that of the 32-bit samples.

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

/// Minimum length of the anti-aliasing filter, in samples at the lower rate: the passband
/// ends at 0.993 of the lower Nyquist frequency.
const FILTER_SAMPLES: usize = 2048;

/// Frames that [`resample`] passes on at a time.
const BLOCK_FRAMES: usize = 1 << 16;

/// Converts audio block by block. The output is aligned with the input: sample `n` at the
/// old rate is at `n · to / from` at the new one.
pub struct Resampler {
    /// `None` if the rates are equal.
    fft: Option<Fft<f64>>,
    from_hz: u32,
    to_hz: u32,
    /// Input that does not yet fill a chunk.
    pending: Vec<Vec<f64>>,
    chunk: Vec<Vec<f64>>,
    /// Frames of delay still to be dropped.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// # Panics
    /// If a rate or the number of channels is 0.
    pub fn new(channels: usize, from_hz: u32, to_hz: u32) -> Self {
        assert!(channels > 0 && from_hz > 0 && to_hz > 0, "channels and rates above 0");
        let fft = (from_hz != to_hz).then(|| fft(channels, from_hz as usize, to_hz as usize));
        let (delay, frames) =
            fft.as_ref().map_or((0, 0), |fft| (fft.output_delay(), fft.output_frames_max()));
        Self {
            fft,
            from_hz,
            to_hz,
            pending: vec![Vec::new(); channels],
            chunk: vec![vec![0.0; frames]; channels],
            delay,
            taken: 0,
            given: 0,
        }
    }

    /// Takes input frames and appends the finished ones to `output`.
    ///
    /// # Panics
    /// If `input` or `output` does not have the resampler's number of channels.
    pub fn process<C: AsRef<[f32]>>(&mut self, input: &[C], output: &mut [Vec<f32>]) {
        assert_eq!(input.len(), self.pending.len(), "channels of the resampler");
        assert_eq!(output.len(), self.pending.len(), "channels of the resampler");
        self.taken += input[0].as_ref().len() as u64;
        if self.fft.is_none() {
            output.iter_mut().zip(input).for_each(|(out, x)| out.extend_from_slice(x.as_ref()));
            return;
        }
        for (pending, x) in self.pending.iter_mut().zip(input) {
            pending.extend(x.as_ref().iter().map(|&x| f64::from(x)));
        }
        let mut used = 0;
        while let Some(needed) = self.fft.as_ref().map(|fft| fft.input_frames_next()) {
            if self.pending[0].len() < used + needed {
                break;
            }
            self.convert(used, needed, u64::MAX, output);
            used += needed;
        }
        self.pending.iter_mut().for_each(|channel| drop(channel.drain(..used)));
    }

    /// Appends the remaining frames, so that `n` input frames give `round(n · to / from)`
    /// in total. Afterwards the resampler is as new.
    pub fn finish(&mut self, output: &mut [Vec<f32>]) {
        let total = converted_frames(self.taken, self.from_hz, self.to_hz);
        while self.fft.is_some() && self.given < total {
            let left = self.pending[0].len();
            self.convert(0, left, total, output);
            self.pending.iter_mut().for_each(Vec::clear);
        }
        (self.taken, self.given) = (0, 0);
        if let Some(fft) = &mut self.fft {
            fft.reset();
            self.delay = fft.output_delay();
        }
    }

    /// Converts `frames` of `pending` from `offset`, filled up with silence to a chunk, and
    /// appends the result, up to a total of `total` frames.
    fn convert(&mut self, offset: usize, frames: usize, total: u64, output: &mut [Vec<f32>]) {
        let Some(fft) = &mut self.fft else { return };
        let (channels, length) = (self.pending.len(), self.pending[0].len());
        let capacity = self.chunk[0].len();
        let input = SequentialSliceOfVecs::new(&self.pending, channels, length);
        let chunk = SequentialSliceOfVecs::new_mut(&mut self.chunk, channels, capacity);
        let (input, mut chunk) = (input.expect("equal lengths"), chunk.expect("equal lengths"));
        let indexing = Indexing::new().input_offset(offset).partial_len(frames);
        let (_, made) = fft
            .process_into_buffer(&input, &mut chunk, Some(&indexing))
            .expect("buffers have the sizes that the resampler asks for");
        let skipped = self.delay.min(made);
        self.delay -= skipped;
        let kept = ((made - skipped) as u64).min(total.saturating_sub(self.given)) as usize;
        for (out, chunk) in output.iter_mut().zip(&self.chunk) {
            out.extend(chunk[skipped..skipped + kept].iter().map(|&x| x as f32));
        }
        self.given += kept as u64;
    }
}

/// Converts planar audio in one go to `round(n · to / from)` frames.
///
/// # Panics
/// If a rate is 0 or the channels differ in length.
pub fn resample<C: AsRef<[f32]>>(channels: &[C], from_hz: u32, to_hz: u32) -> Vec<Vec<f32>> {
    let mut output = vec![Vec::new(); channels.len()];
    if !channels.is_empty() {
        let mut resampler = Resampler::new(channels.len(), from_hz, to_hz);
        let frames = channels[0].as_ref().len();
        for start in (0..frames).step_by(BLOCK_FRAMES) {
            let block = start..frames.min(start + BLOCK_FRAMES);
            let block: Vec<_> = channels.iter().map(|c| &c.as_ref()[block.clone()]).collect();
            resampler.process(&block, &mut output);
        }
        resampler.finish(&mut output);
    }
    output
}

/// `round(frames · to / from)`.
pub fn converted_frames(frames: u64, from_hz: u32, to_hz: u32) -> u64 {
    let (from, to) = (u128::from(from_hz), u128::from(to_hz));
    ((u128::from(frames) * to * 2 + from) / (from * 2)) as u64
}

/// Blocks have an even number of samples at both rates, so that the filter's middle is a
/// whole number of samples away and the delay is exact.
fn fft(channels: usize, from_hz: usize, to_hz: usize) -> Fft<f64> {
    let common = gcd(from_hz, to_hz);
    let (from, to) = (from_hz / common, to_hz / common);
    let chunks = FILTER_SAMPLES.div_ceil(from.min(to)).next_multiple_of(2);
    Fft::new(from_hz, to_hz, chunks * from, channels, FixedSync::Both)
        .expect("rates and sizes are above 0")
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
