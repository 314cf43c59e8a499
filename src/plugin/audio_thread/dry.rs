//! The input, delayed to be in time with the engine's output.

/// A delay line for each channel.
pub struct Dry {
    lines: Vec<Vec<f32>>,
    /// Where the next sample goes.
    position: usize,
}

impl Dry {
    /// Room for delays of up to `max_samples` and blocks of up to `block`.
    pub fn new(channels: usize, max_samples: usize, block: usize) -> Self {
        let length = (max_samples + block).next_power_of_two();
        Self { lines: vec![vec![0.0; length]; channels], position: 0 }
    }

    pub fn reset(&mut self) {
        self.lines.iter_mut().for_each(|line| line.fill(0.0));
        self.position = 0;
    }

    /// Takes in a block; [`Dry::at`] then counts from its start.
    pub fn write(&mut self, input: &[&[f32]]) {
        let samples = input[0].len();
        for (line, input) in self.lines.iter_mut().zip(input) {
            let mask = line.len() - 1;
            for (i, x) in input.iter().enumerate() {
                line[(self.position + i) & mask] = *x;
            }
        }
        self.position += samples;
    }

    /// Sample `i` of the last block, of `samples` samples, delayed by `delay_samples`.
    #[inline]
    pub fn at(&self, channel: usize, samples: usize, i: usize, delay_samples: usize) -> f32 {
        let line = &self.lines[channel];
        let place = self.position.wrapping_sub(samples).wrapping_add(i).wrapping_sub(delay_samples);
        line[place & (line.len() - 1)]
    }
}
