//! The header of an AIFF or AIFF-C file (Apple, 1989 and 1991), in place of which the demuxer
//! gets one with right lengths.

use super::chunks::{self, BODY_BYTES, Chunks, Order};
use super::format::Format;
use super::open::{Length, Prepared};
use super::source::Bytes;
use super::{AudioError, NO_LENGTH, WRONG_LENGTH};

/// Reads the header of the file that starts at `start`.
pub(super) fn read(mut bytes: Bytes, start: u64) -> Result<Prepared, AudioError> {
    let form = bytes.at(start, 12)?;
    let mut all = Chunks::new(start + 12, Order::Big);
    let (mut common, mut sound) = (None, None);
    while let Some(chunk) = all.next(&mut bytes)? {
        match &chunk.id {
            b"COMM" => common = Some(bytes.at(chunk.body, BODY_BYTES.min(chunk.size.into()))?),
            b"SSND" => sound = Some(chunk),
            _ => {}
        }
        match &sound {
            // The description may follow the audio.
            Some(sound) if common.is_some() || chunks::is_unfilled(sound.size) => break,
            _ => all.skip(&chunk, chunk.size.into()),
        }
    }
    let path = bytes.path.to_path_buf();
    let header = |reason: &str| AudioError::Header { path: path.clone(), reason: reason.into() };
    let Some(common) = common else {
        return Err(if all.ends(&bytes) {
            AudioError::EndsEarly { path, found: 0, expected: None }
        } else {
            header("no format is stated")
        });
    };
    let Some(sound) = sound else {
        return Err(if all.ends(&bytes) {
            AudioError::EndsEarly { path, found: 0, expected: None }
        } else {
            AudioError::NoFrames { path }
        });
    };
    if common.len() < 18 {
        return Err(header("the description of its format is too short"));
    }
    let channels = u16::from_be_bytes([common[0], common[1]]);
    if !(1..=2).contains(&channels) {
        return Err(AudioError::Channels { path, found: channels.into() });
    }
    let bits = u64::from(u16::from_be_bytes([common[6], common[7]]));
    let compression = common.get(18..22).filter(|_| form.ends_with(b"AIFC"));
    let frame_bytes = u64::from(channels) * sample_bytes(compression, bits);
    if frame_bytes == 0 {
        let name = String::from_utf8_lossy(compression.unwrap_or_default()).into_owned();
        let name = name.trim_end_matches('\0');
        return Err(match name {
            "ima4" => AudioError::not_audio(bytes.path, "AIFF with IMA ADPCM"),
            "" => header(&format!("samples of {bits} bits")),
            name => AudioError::not_audio(bytes.path, &format!("AIFF with the encoding `{name}`")),
        });
    }

    // Behind the chunk's length: an offset to the audio and the size of aligned blocks.
    let offset = bytes.at(sound.body, 4)?;
    let offset = offset.try_into().map_or(0, u32::from_be_bytes);
    let first = sound.body + 8 + u64::from(offset);
    let stated = u64::from(sound.size).saturating_sub(8 + u64::from(offset));
    let unfilled = chunks::is_unfilled(sound.size) || stated == 0;
    let (end, is_stated) =
        chunks::data_end(&mut bytes, first, stated, unfilled, Order::Big, |length| {
            length / frame_bytes
        })?;
    let form_size = form[4..8].try_into().map_or(0, u32::from_be_bytes);
    let note = match is_stated {
        false => Some(NO_LENGTH),
        true if !chunks::is_plausible_length(&bytes, start + 8 + u64::from(form_size), end) => {
            Some(WRONG_LENGTH)
        }
        true => None,
    };

    let frames = end.saturating_sub(first) / frame_bytes;
    let data = frames * frame_bytes;
    let padded = common.len().next_multiple_of(2);
    let Ok(form_size) = u32::try_from(4 + 8 + padded as u64 + 16 + data) else {
        return Err(header("more audio than an AIFF file can hold"));
    };
    let mut head = b"FORM".to_vec();
    head.extend(form_size.to_be_bytes());
    head.extend(&form[8..12]);
    head.extend(b"COMM");
    head.extend((common.len() as u32).to_be_bytes());
    head.extend(&common);
    head.resize(head.len() + padded - common.len(), 0);
    head.extend(b"SSND");
    head.extend((data as u32 + 8).to_be_bytes());
    head.extend([0; 8]);
    Ok(Prepared {
        length: Some(Length::Exact(frames)),
        max_frames: Some(frames),
        note,
        ..Prepared::new(Format::Aiff, bytes.source(head, first..first + data))
    })
}

/// Bytes per sample; 0 if the encoding is not known.
fn sample_bytes(compression: Option<&[u8]>, bits: u64) -> u64 {
    let whole = if (1..=32).contains(&bits) { bits.div_ceil(8) } else { 0 };
    match compression.map(<[u8]>::to_ascii_lowercase).as_deref() {
        None | Some(b"none" | b"sowt" | b"twos" | b"raw ") => whole,
        Some(b"alaw" | b"ulaw") => 1,
        Some(b"in24") => 3,
        Some(b"in32" | b"23ni" | b"fl32") => 4,
        Some(b"fl64") => 8,
        Some(_) => 0,
    }
}
