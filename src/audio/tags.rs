//! Tags in front of the audio and other bytes behind it.

use super::AudioError;
use super::source::Bytes;

/// Where the audio starts: behind any ID3v2 tags (id3.org, ID3v2.4.0 section 3.1). The demuxers
/// search for audio in a limited number of bytes only, and cover art is often longer.
pub(super) fn audio_start(bytes: &mut Bytes) -> Result<u64, AudioError> {
    let mut start = 0;
    loop {
        let header = bytes.at(start, 10)?;
        let [b'I', b'D', b'3', _, _, flags, size @ ..] = &header[..] else { return Ok(start) };
        if size.len() < 4 || size.iter().any(|byte| *byte > 0x7f) {
            return Ok(start);
        }
        let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        start += 10 + size + footer;
    }
}

/// Bytes at the end of a FLAC file in which its last frame is looked for.
const FLAC_TAIL_BYTES: u64 = 1 << 20;

/// Where the last frame of a FLAC file ends (RFC 9639, sections 8 and 9). The demuxer finds the
/// end of a frame by the start of the next one, so that it loses the last one if a tag follows.
pub(super) fn flac_end(bytes: &mut Bytes, start: u64) -> Result<u64, AudioError> {
    let end = bytes.end;
    let info = bytes.at(start + 8, 34)?;
    let [_, _, block_high, block_low, ..] = info[..] else { return Ok(end) };
    if info.len() < 34 {
        return Ok(end);
    }
    let block = u64::from(u16::from_be_bytes([block_high, block_low]));
    let total = info[14..18].iter().fold(u64::from(info[13] & 0x0f), |n, b| n << 8 | u64::from(*b));
    let tail_start = end.saturating_sub(FLAC_TAIL_BYTES).max(start + 42);
    let tail = bytes.at(tail_start, FLAC_TAIL_BYTES)?;
    let last = (0..tail.len().saturating_sub(1)).rev().find(|&at| {
        let frame = &tail[at..];
        frame[0] == 0xff
            && frame[1] & 0xfe == 0xf8
            && flac_frame_end(frame, block).is_some_and(|end| total == 0 || end == total)
    });
    let Some(last) = last else { return Ok(end) };
    // The checksum of a frame with its own checksum is 0. Bytes behind the frame can lead to
    // the same by chance: then the decoder ignores what follows the frame.
    let mut crc = 0;
    let mut found = None;
    for (place, byte) in tail[last..].iter().enumerate() {
        crc = crc_16(crc, *byte);
        if crc == 0 {
            found = Some(tail_start + (last + place + 1) as u64);
        }
    }
    Ok(found.unwrap_or(end))
}

/// The number of the first sample after a frame, by its header (RFC 9639, section 9.1), if the
/// header's checksum is right. `block` is the length of all blocks but the last, for files in
/// which it is fixed.
fn flac_frame_end(frame: &[u8], block: u64) -> Option<u64> {
    let first = *frame.get(4)?;
    let more = match first.leading_ones() {
        0 => 0,
        ones @ 2..=7 => ones as usize - 1,
        _ => return None,
    };
    let bits = if more == 0 { 0x7f } else { 0x3f_u8.checked_shr(more as u32).unwrap_or(0) };
    let mut number = u64::from(first & bits);
    for byte in frame.get(5..5 + more)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        number = number << 6 | u64::from(byte & 0x3f);
    }
    let mut at = 5 + more;
    let mut rest = |count: usize| {
        let bytes = frame.get(at..at + count)?;
        at += count;
        Some(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    };
    let length = match frame[2] >> 4 {
        0 => return None,
        1 => 192,
        code @ 2..=5 => 576 << (code - 2),
        6 => rest(1)? + 1,
        7 => rest(2)? + 1,
        code => 256 << (code - 8),
    };
    match frame[2] & 0x0f {
        12 => drop(rest(1)?),
        13 | 14 => drop(rest(2)?),
        15 => return None,
        _ => {}
    }
    let crc = frame[..at].iter().fold(0, |crc, byte| crc_8(crc, *byte));
    if *frame.get(at)? != crc {
        return None;
    }
    let start = if frame[1] & 1 == 0 { number * block } else { number };
    Some(start + length)
}

/// One step of the CRC with the polynomial x⁸ + x² + x + 1.
fn crc_8(crc: u8, byte: u8) -> u8 {
    (0..8).fold(crc ^ byte, |crc, _| crc << 1 ^ if crc & 0x80 == 0 { 0 } else { 0x07 })
}

/// One step of the CRC with the polynomial x¹⁶ + x¹⁵ + x² + 1.
fn crc_16(crc: u16, byte: u8) -> u16 {
    let start = crc ^ u16::from(byte) << 8;
    (0..8).fold(start, |crc, _| crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x8005 })
}
