//! The header of a WAV file: RIFF, RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088).
//!
//! The demuxer gets a short header with the same meaning instead, because its own reading is
//! too strict for files that other programs accept, and ignores how samples are aligned.

use super::chunks::{self, BODY_BYTES, Chunks, Order};
use super::format::{Format, wave_codec};
use super::open::{Length, Prepared, SAMPLE_RATES_HZ};
use super::origin::Origin;
use super::source::Bytes;
use super::{AudioError, NO_LENGTH, WRONG_LENGTH};

const PCM: u16 = 1;
const MS_ADPCM: u16 = 2;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const IMA_ADPCM: u16 = 0x11;
const MP3: u16 = 0x55;
const EXTENSIBLE: u16 = 0xfffe;

/// Ends of the GUIDs whose first two bytes are a format tag: the general one, and the one of
/// Ambisonics (ksmedia.h; <http://dream.cs.bath.ac.uk/researchdev/wave-ex/bformat.html>).
const GUIDS: [[u8; 14]; 2] = [
    [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
    [0, 0, 0x21, 0x07, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0],
];

/// Replaces the lengths of an RF64 file that do not fit 32 bits.
#[derive(Default)]
struct LongSizes {
    riff: u64,
    data: u64,
    others: Vec<([u8; 4], u64)>,
}

/// Reads the header of the file that starts at `start`.
pub(super) fn read(mut bytes: Bytes, start: u64) -> Result<Prepared, AudioError> {
    let riff = bytes.at(start, 8)?;
    let is_long = !riff.starts_with(b"RIFF");
    let mut riff_size = u64::from(u32_at(&riff, 4));
    let mut all = Chunks::new(start + 12, Order::Little);
    let mut long = LongSizes::default();
    let (mut format, mut origin, mut stated_frames) = (None, None, None);
    let data = loop {
        let Some(chunk) = all.next(&mut bytes)? else { return Err(no_data(&bytes, &all)) };
        let mut size = u64::from(chunk.size);
        if is_long && chunk.size == u32::MAX {
            size = long.others.iter().find(|(id, _)| *id == chunk.id).map_or(size, |(_, n)| *n);
        }
        match &chunk.id {
            b"ds64" => long = LongSizes::read(&bytes.at(chunk.body, size.min(BODY_BYTES))?),
            b"fmt " => format = Some(bytes.at(chunk.body, size.min(BODY_BYTES))?),
            b"fact" => stated_frames = Some(u32_at(&bytes.at(chunk.body, size.min(4))?, 0)),
            b"bext" => origin = Origin::from_bext(&bytes.at(chunk.body, size.min(BODY_BYTES))?),
            b"LIST" if bytes.at(chunk.body, 4)? == b"wavl" => {
                return Err(AudioError::not_audio(bytes.path, "WAV with a list of pieces"));
            }
            b"data" => break chunk,
            _ => {}
        }
        all.skip(&chunk, size);
    };
    let Some(format) = format else {
        return Err(contradiction(&bytes, "no format is stated before the audio"));
    };
    let mut format = WaveFormat::read(&bytes, &format)?;
    let coding = format.coding(&bytes)?;

    let from_ds64 = is_long && data.size == u32::MAX;
    let stated = if from_ds64 { long.data } else { u64::from(data.size) };
    let unfilled = if from_ds64 { long.data == 0 } else { chunks::is_unfilled(data.size) };
    let (end, is_stated) =
        chunks::data_end(&mut bytes, data.body, stated, unfilled, Order::Little, |length| {
            coding.frames(length)
        })?;
    if is_long && riff_size == u64::from(u32::MAX) {
        riff_size = long.riff;
    }
    let riff_end = (start + 8).saturating_add(riff_size);
    let note = match is_stated {
        false => Some(NO_LENGTH),
        true if !chunks::is_plausible_length(&bytes, riff_end, end) => Some(WRONG_LENGTH),
        true => None,
    };
    if origin.is_none() && is_stated {
        origin = origin_behind(&mut bytes, &data, end)?;
    }

    let length = end - data.body;
    let frames = coding.frames(length);
    let part = data.body..data.body + coding.bytes(frames);
    let (kind, head, frames) = match coding {
        Coding::Mpeg => (Format::Mpeg, Vec::new(), None),
        Coding::Blocks { .. } => {
            let stated = stated_frames.map_or(0, u64::from);
            let whole = if (1..=frames).contains(&stated) { stated } else { frames };
            (Format::Wave, format.header(&part), Some(whole))
        }
        Coding::Frames { .. } => (Format::Wave, format.header(&part), Some(frames)),
    };
    Ok(Prepared {
        length: frames.map(Length::Exact),
        max_frames: frames,
        origin: origin.unwrap_or_default(),
        note,
        ..Prepared::new(kind, bytes.source(head, part))
    })
}

/// The origin, from a chunk behind the audio.
fn origin_behind(
    bytes: &mut Bytes,
    data: &chunks::Chunk,
    data_end: u64,
) -> Result<Option<Origin>, AudioError> {
    let mut all = Chunks::new(0, Order::Little);
    all.skip(data, data_end - data.body);
    while let Some(chunk) = all.next(bytes)? {
        if &chunk.id == b"bext" {
            let body = bytes.at(chunk.body, BODY_BYTES.min(u64::from(chunk.size)))?;
            return Ok(Origin::from_bext(&body));
        }
        all.skip(&chunk, u64::from(chunk.size));
    }
    Ok(None)
}

fn no_data(bytes: &Bytes, all: &Chunks) -> AudioError {
    let path = bytes.path.to_path_buf();
    if all.ends(bytes) {
        AudioError::EndsEarly { path, found: 0, expected: None }
    } else {
        AudioError::Damaged { path, seconds: 0.0, reason: "no audio follows its header".into() }
    }
}

fn contradiction(bytes: &Bytes, reason: impl Into<String>) -> AudioError {
    AudioError::Header { path: bytes.path.to_path_buf(), reason: reason.into() }
}

impl LongSizes {
    /// From the body of a `ds64` chunk.
    fn read(body: &[u8]) -> Self {
        let entries = body.get(28..).unwrap_or_default().chunks_exact(12);
        let others = entries.take(u32_at(body, 24) as usize);
        let others =
            others.map(|entry| ([entry[0], entry[1], entry[2], entry[3]], u64_at(entry, 4)));
        Self { riff: u64_at(body, 0), data: u64_at(body, 8), others: others.collect() }
    }
}

/// How the samples lie in the file.
enum Coding {
    /// Bytes per frame.
    Frames { bytes: u64 },
    /// Compressed blocks of a number of frames.
    Blocks { bytes: u64, frames: u64 },
    /// MPEG audio, which has headers of its own.
    Mpeg,
}

impl Coding {
    /// Whole frames in a number of bytes.
    fn frames(&self, length: u64) -> u64 {
        match self {
            Coding::Frames { bytes } => length / bytes,
            Coding::Blocks { bytes, frames } => length / bytes * frames,
            Coding::Mpeg => length,
        }
    }

    fn bytes(&self, count: u64) -> u64 {
        match self {
            Coding::Frames { bytes } => count * bytes,
            Coding::Blocks { bytes, frames } => count / frames * bytes,
            Coding::Mpeg => count,
        }
    }
}

/// The `fmt ` chunk.
struct WaveFormat {
    tag: u16,
    channels: u16,
    sample_rate_hz: u32,
    /// Bytes per frame, or per block of a compressed format.
    block_bytes: u16,
    bits: u16,
    /// What follows these fields, without its length.
    extra: Vec<u8>,
}

impl WaveFormat {
    fn read(bytes: &Bytes, body: &[u8]) -> Result<Self, AudioError> {
        let path = || bytes.path.to_path_buf();
        if body.len() < 16 {
            return Err(contradiction(bytes, "the description of its format is too short"));
        }
        // The length of the rest is missing in chunks of 16 and 17 bytes, and sometimes wrong.
        let extra = body.get(18..).unwrap_or_default();
        let format = Self {
            tag: u16_at(body, 0),
            channels: u16_at(body, 2),
            sample_rate_hz: u32_at(body, 4),
            block_bytes: u16_at(body, 12),
            bits: u16_at(body, 14),
            extra: extra.to_vec(),
        };
        if !SAMPLE_RATES_HZ.contains(&format.sample_rate_hz) {
            return Err(AudioError::SampleRate { path: path(), found: format.sample_rate_hz });
        }
        if !(1..=2).contains(&format.channels) {
            return Err(AudioError::Channels { path: path(), found: format.channels.into() });
        }
        Ok(format)
    }

    /// Checks the format, and simplifies it to one that the demuxer reads.
    fn coding(&mut self, bytes: &Bytes) -> Result<Coding, AudioError> {
        let valid_bits = self.simplify(bytes)?;
        let channels = self.channels;
        match self.tag {
            PCM | FLOAT | A_LAW | MU_LAW => {
                let sample_bytes = self.block_bytes / channels;
                if sample_bytes == 0 || !self.block_bytes.is_multiple_of(channels) {
                    let reason =
                        format!("{} bytes for {channels} channels of a frame", self.block_bytes);
                    return Err(contradiction(bytes, reason));
                }
                self.check_container(bytes, sample_bytes, valid_bits)?;
                self.bits = sample_bytes * 8;
                self.extra.clear();
                Ok(Coding::Frames { bytes: self.block_bytes.into() })
            }
            MS_ADPCM | IMA_ADPCM => self.adpcm(bytes),
            MP3 => Ok(Coding::Mpeg),
            tag => Err(AudioError::not_audio(bytes.path, &wave_codec(tag))),
        }
    }

    /// Replaces the extensible format by the one that it contains. Returns the number of bits
    /// that are used of a sample, if it is stated.
    fn simplify(&mut self, bytes: &Bytes) -> Result<Option<u16>, AudioError> {
        if self.tag != EXTENSIBLE {
            return Ok(None);
        }
        let Some(guid) = self.extra.get(6..22) else {
            return Err(contradiction(bytes, "an extensible format without its extension"));
        };
        let tag = u16_at(guid, 0);
        if !GUIDS.iter().any(|end| guid[2..] == *end) {
            return Err(AudioError::not_audio(bytes.path, "WAV with an unknown encoding"));
        }
        let valid_bits = Some(u16_at(&self.extra, 0)).filter(|bits| *bits > 0);
        self.tag = tag;
        self.extra.drain(..22);
        Ok(valid_bits)
    }

    /// Whether samples of the stated number of bits take the stated number of bytes. Integers
    /// lie at the top of their bytes, so that unused bits need no attention.
    fn check_container(
        &self,
        bytes: &Bytes,
        sample_bytes: u16,
        valid_bits: Option<u16>,
    ) -> Result<(), AudioError> {
        let bits = self.bits;
        let fits = match self.tag {
            FLOAT => matches!(sample_bytes, 4 | 8) && bits == sample_bytes * 8,
            A_LAW | MU_LAW => sample_bytes == 1,
            // 24 bits in 4 bytes are common, also where the bits of the container should be.
            _ => {
                (1..=4).contains(&sample_bytes)
                    && bits > 0
                    && (bits.div_ceil(8) == sample_bytes
                        || sample_bytes == 4 && (17..=24).contains(&bits))
            }
        };
        if !fits || valid_bits.is_some_and(|valid| valid > bits.next_multiple_of(8)) {
            let valid = valid_bits.filter(|valid| *valid != bits);
            let valid = valid.map(|valid| format!(", {valid} of them used")).unwrap_or_default();
            let kind = if self.tag == FLOAT { "floating-point " } else { "" };
            let reason = format!("{kind}samples of {bits} bits{valid} in {sample_bytes} bytes");
            return Err(contradiction(bytes, reason));
        }
        Ok(())
    }

    /// Blocks of Microsoft's and IMA's ADPCM ("Multimedia Data Standards Update", 1994).
    fn adpcm(&self, bytes: &Bytes) -> Result<Coding, AudioError> {
        let (channels, block) = (u64::from(self.channels), u64::from(self.block_bytes));
        let (header, first) = if self.tag == MS_ADPCM { (7, 2) } else { (4, 1) };
        if self.bits != 4 || block <= header * channels {
            let reason = format!("ADPCM of {} bits in blocks of {block} bytes", self.bits);
            return Err(contradiction(bytes, reason));
        }
        let frames = (block - header * channels) * 2 / channels + first;
        Ok(Coding::Blocks { bytes: block, frames })
    }

    /// A WAV header for this format and the audio in `part`.
    fn header(&self, part: &std::ops::Range<u64>) -> Vec<u8> {
        let data = part.end - part.start;
        // The demuxer reads to the end of what it is given if this is the largest number.
        let data = u32::try_from(data).unwrap_or(u32::MAX);
        let byte_rate = self.sample_rate_hz.saturating_mul(self.block_bytes.into());
        let mut head = b"RIFF\xff\xff\xff\xffWAVEfmt ".to_vec();
        let extra = if matches!(self.tag, MS_ADPCM | IMA_ADPCM) { &self.extra[..] } else { &[] };
        let extra = &extra[..extra.len().min(if self.tag == IMA_ADPCM { 2 } else { 32 })];
        let size = if extra.is_empty() { 16 } else { 18 + extra.len() };
        head.extend((size as u32).to_le_bytes());
        head.extend(self.tag.to_le_bytes());
        head.extend(self.channels.to_le_bytes());
        head.extend(self.sample_rate_hz.to_le_bytes());
        head.extend(byte_rate.to_le_bytes());
        head.extend(self.block_bytes.to_le_bytes());
        head.extend(self.bits.to_le_bytes());
        if !extra.is_empty() {
            head.extend((extra.len() as u16).to_le_bytes());
            head.extend(extra);
        }
        head.extend(b"data");
        head.extend(data.to_le_bytes());
        head
    }
}

/// Numbers at an offset; 0 behind the end.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
