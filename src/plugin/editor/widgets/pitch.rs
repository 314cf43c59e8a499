//! Names of notes.

const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// MIDI number of a frequency, with its fraction; 69 is A4, 440 Hz.
pub fn midi(frequency_hz: f32) -> f32 {
    69.0 + 12.0 * (frequency_hz / 440.0).log2()
}

/// The nearest note, such as `A4`.
pub fn name(frequency_hz: f32) -> String {
    note_name(midi(frequency_hz).round() as i32)
}

/// Name of a MIDI number.
pub fn note_name(note: i32) -> String {
    format!("{}{}", NAMES[note.rem_euclid(12) as usize], note.div_euclid(12) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_have_their_names() {
        assert_eq!(name(440.0), "A4");
        assert_eq!(name(261.6), "C4");
        assert_eq!(name(41.2), "E1");
        assert_eq!(name(7902.0), "B8");
    }
}
