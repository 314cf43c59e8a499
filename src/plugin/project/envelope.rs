//! Peaks of a sound, for drawing it.

/// Samples per peak.
pub const STEP: usize = 512;

/// Peaks that grow along with the sound.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    peaks: Vec<f32>,
    present: f32,
    samples: usize,
}

impl Envelope {
    /// Peaks of a whole clip, all channels together.
    pub fn of(channels: &[Vec<f32>]) -> Self {
        let mut envelope = Self::default();
        for i in 0..channels.first().map_or(0, Vec::len) {
            envelope.push(channels.iter().fold(0.0, |peak, x| peak.max(x[i].abs())));
        }
        envelope
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes in a sample's magnitude.
    pub fn push(&mut self, magnitude: f32) {
        self.present = self.present.max(magnitude);
        self.samples += 1;
        if self.samples.is_multiple_of(STEP) {
            self.peaks.push(std::mem::take(&mut self.present));
        }
    }

    /// One peak every [`STEP`] samples.
    pub fn peaks(&self) -> &[f32] {
        &self.peaks
    }
}
