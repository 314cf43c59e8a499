//! Solo and mute by MIDI notes: each strip has a note for each of the two, which works as
//! long as it is held, on any MIDI channel.
//!
//! Off by default (`Controls::midi_notes`), since hosts can pass on notes that are meant for
//! another plugin. Notes are not parameters: they come in time with the audio, also in a bounce,
//! and leave no trace in the project or the host's automation.

use nice_plug::midi::Key;
use nice_plug::prelude::NoteEvent;

use super::controls::{Controls, STRIPS};

/// The notes of the first instrument; those of the others follow, the rest's last. The first pad of
/// many controllers sends the note 36.
const FIRST_SOLO: usize = 36;
const FIRST_MUTE: usize = 72;

/// The note that soloes a strip while it is held, as a MIDI number.
pub const fn solo_note(strip: usize) -> usize {
    FIRST_SOLO + strip
}

/// The note that mutes a strip while it is held.
pub const fn mute_note(strip: usize) -> usize {
    FIRST_MUTE + strip
}

const _: () = assert!(solo_note(STRIPS) <= FIRST_MUTE && mute_note(STRIPS) <= 128);

/// The notes that are held: a bit for each of the 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldNotes(u128);

impl HeldNotes {
    /// The notes in two halves, low notes first, as they are shared with the window.
    pub const fn halves(self) -> [u64; 2] {
        [self.0 as u64, (self.0 >> 64) as u64]
    }

    pub fn from_halves([low, high]: [u64; 2]) -> Self {
        Self(u128::from(low) | u128::from(high) << 64)
    }

    /// Takes in an event, and returns whether it changes anything; those that neither start nor end a note change nothing. A note-off
    /// for all keys (wildcard) releases every note.
    pub fn take<S>(&mut self, event: &NoteEvent<S>) -> bool {
        let before = *self;
        match event {
            NoteEvent::NoteOn { key: Key::Number(note), velocity, .. } if *velocity > 0.0 => {
                self.0 |= bit(*note);
            }
            NoteEvent::NoteOn { key: Key::Number(note), .. }
            | NoteEvent::NoteOff { key: Key::Number(note), .. }
            | NoteEvent::Choke { key: Key::Number(note), .. } => self.0 &= !bit(*note),
            NoteEvent::NoteOff { .. } | NoteEvent::Choke { .. } => self.0 = 0,
            _ => {}
        }
        *self != before
    }

    pub fn is_held(self, note: usize) -> bool {
        self.0 & bit(note as u8) != 0
    }

    /// Adds what the held notes solo and mute to the parameters.
    pub fn apply(self, controls: &mut Controls) {
        if self.0 == 0 {
            return;
        }
        for (place, strip) in controls.strips.iter_mut().enumerate() {
            strip.solo |= self.is_held(solo_note(place));
            strip.mute |= self.is_held(mute_note(place));
        }
    }
}

/// The bit of a note; none for those that do nothing.
fn bit(note: u8) -> u128 {
    let of_strip = |first: usize| (first..first + STRIPS).contains(&note.into());
    if of_strip(FIRST_SOLO) || of_strip(FIRST_MUTE) { 1 << note } else { 0 }
}
