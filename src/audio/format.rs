//! What a file is, by its first bytes.

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// RIFF, RF64 or BW64.
    Wave,
    Aiff,
    Flac,
    Ogg,
    Mp4,
    Matroska,
    Caf,
    /// AAC without a container.
    Adts,
    /// MPEG audio, layers 1 to 3.
    Mpeg,
    /// One that is not read, by its name.
    Other(&'static str),
    Unknown,
}

/// Formats that are not read: their name and their first bytes, from an offset on.
const OTHERS: [(&str, usize, &[u8]); 24] = [
    ("Windows Media (WMA)", 0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ("WavPack", 0, b"wvpk"),
    ("Monkey's Audio", 0, b"MAC "),
    ("Musepack", 0, b"MPCK"),
    ("Musepack", 0, b"MP+"),
    ("True Audio (TTA)", 0, b"TTA1"),
    ("OptimFROG", 0, b"OFR "),
    ("DSD", 0, b"DSD "),
    ("DSD", 0, b"FRM8"),
    ("AMR", 0, b"#!AMR"),
    ("Sun/NeXT audio (AU)", 0, b".snd"),
    ("Sony Wave64", 0, b"riff\x2e\x91\xcf\x11"),
    ("WAV in big-endian order (RIFX)", 0, b"RIFX"),
    ("AAC in ADIF", 0, b"ADIF"),
    ("AC-3", 0, b"\x0b\x77"),
    ("DTS", 0, b"\x7f\xfe\x80\x01"),
    ("AVI", 8, b"AVI "),
    ("8SVX", 8, b"8SVX"),
    ("Flash video", 0, b"FLV"),
    ("MPEG video", 0, b"\0\0\x01\xba"),
    ("RealAudio", 0, b".ra\xfd"),
    ("MIDI: notes without sound", 0, b"MThd"),
    ("a ZIP archive", 0, b"PK\x03\x04"),
    ("Creative Voice", 0, b"Creative Voice File"),
];

/// Judges by the first bytes, 128 if there are as many.
pub(super) fn of(start: &[u8]) -> Format {
    let at = |offset: usize, magic: &[u8]| {
        start.get(offset..).is_some_and(|rest| rest.starts_with(magic))
    };
    if let Some((name, ..)) = OTHERS.iter().find(|(_, offset, magic)| at(*offset, magic)) {
        return Format::Other(name);
    }
    match start {
        [b'R', b'I', b'F', b'F', ..]
        | [b'R', b'F', b'6', b'4', ..]
        | [b'B', b'W', b'6', b'4', ..]
            if at(8, b"WAVE") =>
        {
            Format::Wave
        }
        [b'F', b'O', b'R', b'M', ..] if at(8, b"AIFF") || at(8, b"AIFC") => Format::Aiff,
        [b'f', b'L', b'a', b'C', ..] => Format::Flac,
        [b'O', b'g', b'g', b'S', ..] => ogg(start),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Format::Mp4,
        [_, _, _, _, b'm', b'o', b'o', b'v', ..] => Format::Mp4,
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Format::Matroska,
        [b'c', b'a', b'f', b'f', ..] => Format::Caf,
        // The sync word of MPEG audio; layer 0 is AAC.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Format::Adts,
        [0xff, second, ..] if second & 0xe0 == 0xe0 => Format::Mpeg,
        _ => Format::Unknown,
    }
}

/// By the first packet, which follows a header of 27 bytes and the lengths of the segments.
fn ogg(start: &[u8]) -> Format {
    let segments = start.get(26).copied().unwrap_or(0);
    match start.get(27 + usize::from(segments)..) {
        Some(packet) if packet.starts_with(b"OpusHead") => Format::Other("Opus"),
        Some(packet) if packet.starts_with(b"Speex") => Format::Other("Speex"),
        _ => Format::Ogg,
    }
}

/// Names of the encodings that Matroska files have, by its codec identifiers.
const MATROSKA: [(&str, &str); 8] = [
    ("A_OPUS", "Opus"),
    ("A_AC3", "AC-3"),
    ("A_EAC3", "E-AC-3"),
    ("A_DTS", "DTS"),
    ("A_TRUEHD", "Dolby TrueHD"),
    ("A_WAVPACK4", "WavPack"),
    ("A_TTA1", "True Audio (TTA)"),
    ("A_AAC", "AAC other than AAC-LC"),
];

/// The encoding in a Matroska file, by its header.
pub(super) fn matroska_codec(header: &[u8]) -> Option<&'static str> {
    let holds = |id: &str| header.windows(id.len()).any(|window| window == id.as_bytes());
    MATROSKA.iter().find(|(id, _)| holds(id)).map(|(_, name)| *name)
}

/// Names of the encodings in WAV files, by their format tag (mmreg.h, RFC 2361).
pub(super) fn wave_codec(tag: u16) -> String {
    let name = match tag {
        0x0005 | 0x0010 | 0x0012 | 0x0014 | 0x0015 | 0x0017 | 0x0020 | 0x0036 => "ADPCM",
        0x0022 => "TrueSpeech",
        0x0031 | 0x0032 => "GSM 6.10",
        0x0040 | 0x0045 | 0x0064 | 0x0065 => "G.721 or G.726 ADPCM",
        0x0050 => "MPEG audio",
        0x0092 | 0x2000 => "AC-3",
        0x00ff | 0x1600 | 0x1602 | 0x1610 | 0x706d | 0xa106 => "AAC",
        0x0160..=0x0163 => "Windows Media (WMA)",
        0x0270 => "ATRAC3",
        0x028f => "G.722 ADPCM",
        0x2001 => "DTS",
        0x674f | 0x6750 | 0x6751 | 0x676f | 0x6770 | 0x6771 => "Ogg Vorbis in WAV",
        0xa109 => "Speex",
        0xf1ac => "FLAC in WAV",
        _ => return format!("WAV with the unknown encoding {tag:#06x}"),
    };
    format!("WAV with {name}")
}
