//! When a recording was made: the time of its first sample, which places it in a project.

/// The date, time and time reference of a `bext` chunk (EBU Tech 3285, section 2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// First sample, counted from midnight.
    pub time_reference_samples: u64,
    /// As `yyyy-mm-dd` and `hh:mm:ss` in ASCII; zeros if not known.
    pub date: [u8; 10],
    pub time: [u8; 8],
}

const DATE_AT: usize = 256 + 32 + 32;
const TIME_AT: usize = DATE_AT + 10;
const REFERENCE_AT: usize = TIME_AT + 8;
const ORIGINATOR_AT: usize = 256;
const VERSION_AT: usize = REFERENCE_AT + 8;

/// Length of a chunk's body without a coding history.
pub(super) const BEXT_BYTES: usize = 602;

impl Origin {
    /// From the body of a `bext` chunk; `None` if it is too short.
    pub(super) fn from_bext(body: &[u8]) -> Option<Self> {
        Some(Self {
            date: body.get(DATE_AT..TIME_AT)?.try_into().ok()?,
            time: body.get(TIME_AT..REFERENCE_AT)?.try_into().ok()?,
            time_reference_samples: u64::from_le_bytes(
                body.get(REFERENCE_AT..VERSION_AT)?.try_into().ok()?,
            ),
        })
    }

    /// The body of a `bext` chunk, version 1 without a UMID.
    pub(super) fn to_bext(&self) -> [u8; BEXT_BYTES] {
        const ORIGINATOR: &[u8] = b"Unbraid";
        let mut body = [0; BEXT_BYTES];
        body[ORIGINATOR_AT..ORIGINATOR_AT + ORIGINATOR.len()].copy_from_slice(ORIGINATOR);
        body[DATE_AT..TIME_AT].copy_from_slice(&self.date);
        body[TIME_AT..REFERENCE_AT].copy_from_slice(&self.time);
        body[REFERENCE_AT..VERSION_AT].copy_from_slice(&self.time_reference_samples.to_le_bytes());
        body[VERSION_AT] = 1;
        body
    }
}
