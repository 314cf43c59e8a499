//! The band included with the command (see `assets/demo/LICENSE.md`).

/// One instrument: FLAC files, mono, at one rate.
pub struct DemoInstrument {
    pub name: &'static str,
    /// The instrument alone, 12 s.
    pub solo: &'static [u8],
    /// Its part in the piece, 10 s of other notes.
    pub stem: &'static [u8],
}

macro_rules! instrument {
    ($name:literal) => {
        DemoInstrument {
            name: $name,
            solo: include_bytes!(concat!("../../../assets/demo/train/", $name, ".flac")),
            stem: include_bytes!(concat!("../../../assets/demo/test/", $name, ".flac")),
        }
    };
}

pub const BAND: [DemoInstrument; 4] =
    [instrument!("drums"), instrument!("bass"), instrument!("piano"), instrument!("violin")];

pub const LICENSE: &str = include_str!("../../../assets/demo/LICENSE.md");
