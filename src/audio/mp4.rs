//! What an MP4 file says beside its packets (ISO/IEC 14496-12): which part of the decoded
//! audio is played, and what the audio is encoded as. The demuxer does not say it.

use super::AudioError;
use super::source::Bytes;

/// Boxes are read into memory up to this; audio is not in them.
const MAX_BYTES: u64 = 1 << 26;

/// What is known about the audio track of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Track {
    /// Four characters that name the encoding.
    pub codec: [u8; 4],
    /// Frames in front of the audio, which the encoder added.
    pub skip: u64,
    /// Frames that follow them, if stated, and how far that may be off.
    pub length: Option<(u64, u64)>,
}

/// The first audio track.
pub(super) fn read(bytes: &mut Bytes, start: u64) -> Result<Option<Track>, AudioError> {
    let mut at = start;
    while at < bytes.end {
        let header = bytes.at(at, 16)?;
        let Some((id, head, size)) = box_header(&header, bytes.end - at) else { break };
        if &id == b"moov" {
            let moov = bytes.at(at + head, size.saturating_sub(head).min(MAX_BYTES))?;
            return Ok(audio_track(&moov));
        }
        at = at.saturating_add(size);
    }
    Ok(None)
}

/// Identifier, length of the header and length of a box; `left` is the length if it lasts to
/// the end.
fn box_header(header: &[u8], left: u64) -> Option<([u8; 4], u64, u64)> {
    let id = header.get(4..8)?.try_into().ok()?;
    let (head, size) = match be(header, 0, 4)? {
        0 => (8, left),
        1 => (16, be(header, 8, 8)?),
        size => (8, size),
    };
    (size >= head).then_some((id, head, size))
}

/// The body of the first box of a kind.
fn find<'a>(mut boxes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    loop {
        let (id, head, size) = box_header(boxes, boxes.len() as u64)?;
        let size = usize::try_from(size).ok()?.min(boxes.len());
        if &id == wanted {
            return boxes.get(head as usize..size);
        }
        boxes = &boxes[size..];
    }
}

fn audio_track(moov: &[u8]) -> Option<Track> {
    let movie_hz = timescale(find(moov, b"mvhd")?)?;
    let mut left = moov;
    loop {
        let trak = find(left, b"trak")?;
        let mdia = find(trak, b"mdia")?;
        if find(mdia, b"hdlr")?.get(8..12)? == b"soun" {
            return track(trak, mdia, movie_hz);
        }
        // Goes on behind this track.
        let behind = trak.as_ptr() as usize + trak.len() - moov.as_ptr() as usize;
        left = moov.get(behind..)?;
    }
}

fn track(trak: &[u8], mdia: &[u8], movie_hz: u64) -> Option<Track> {
    let media_hz = timescale(find(mdia, b"mdhd")?)?;
    let stbl = find(find(mdia, b"minf")?, b"stbl")?;
    let codec = find(stbl, b"stsd")?.get(12..16)?.try_into().ok()?;
    let track = Track { codec, ..Track::default() };
    let Some(edit) = find(trak, b"edts").and_then(|edts| find(edts, b"elst")).and_then(first_edit)
    else {
        return Some(track);
    };
    let (duration, skip) = edit;
    // Both in ticks of the media's clock, which is the sample rate.
    let ticks = u128::from(duration) * u128::from(media_hz) / u128::from(movie_hz);
    let length = (u64::try_from(ticks).ok()?, media_hz.div_ceil(movie_hz));
    Some(Track { skip, length: (duration > 0).then_some(length), ..track })
}

/// Duration and start of the first edit that plays audio.
fn first_edit(elst: &[u8]) -> Option<(u64, u64)> {
    let wide = *elst.first()? == 1;
    let count = be(elst, 4, 4)?;
    let (number, entry) = if wide { (8, 20) } else { (4, 12) };
    for place in 0..usize::try_from(count).ok()?.min(16) {
        let at = 8 + place * entry;
        let (duration, start) = (be(elst, at, number)?, be(elst, at + number, number)?);
        // Empty edits start at -1.
        if start < 1 << (8 * number - 1) {
            return Some((duration, start));
        }
    }
    None
}

/// Ticks per second in `mvhd` and `mdhd`.
fn timescale(body: &[u8]) -> Option<u64> {
    let at = if *body.first()? == 1 { 20 } else { 12 };
    be(body, at, 4).filter(|ticks| *ticks > 0)
}

/// A big-endian number.
fn be(bytes: &[u8], at: usize, count: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(count)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The name of an encoding that is not read.
pub(super) fn codec_name(codec: [u8; 4]) -> String {
    match &codec {
        b"Opus" => "Opus in MP4".to_string(),
        b"ac-3" => "AC-3 in MP4".to_string(),
        b"ec-3" => "E-AC-3 in MP4".to_string(),
        b"ac-4" => "AC-4 in MP4".to_string(),
        b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" => "DTS in MP4".to_string(),
        b"samr" | b"sawb" => "AMR in MP4".to_string(),
        b"drms" | b"enca" => "a protected (encrypted) MP4".to_string(),
        b"mp4a" => "AAC in MP4 other than AAC-LC".to_string(),
        other => format!("MP4 with the encoding `{}`", String::from_utf8_lossy(other)),
    }
}
