//! Decoding audio files block by block.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

use super::open::{self, Kind, Length, Opened};
use super::{AudioError, Clip};

/// Frames that [`read`] reads at a time.
const READ_FRAMES: usize = 1 << 16;

/// Some encoders count their tag as a frame of sound.
const MP3_SLACK_FRAMES: u64 = 1152;

/// Reads WAV, AIFF, FLAC, Ogg Vorbis and MP3 block by block. Holds at most one decoded
/// packet in addition to the block being filled.
///
/// Integers are divided by their full scale, exactly (16 bits: x / 32768). Encoder delay
/// and padding are cut as the container specifies.
pub struct AudioReader {
    path: PathBuf,
    opened: Opened,
    packet: Vec<Vec<f32>>,
    /// Frames of `packet` that were already returned.
    taken: usize,
    /// Frames decoded so far.
    decoded: u64,
    /// Expected timestamp of the next packet, if nothing is missing.
    next_pts: Option<i64>,
    /// An MP3 packet that could not be decoded: damage, or a tag after the end.
    doubt: Option<AudioError>,
    ended: bool,
}

impl AudioReader {
    /// Opens a file and reads its header.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AudioError> {
        let path = path.as_ref().to_path_buf();
        let opened = open::open(&path)?;
        let packet = vec![Vec::new(); opened.channels];
        Ok(Self {
            path,
            opened,
            packet,
            taken: 0,
            decoded: 0,
            next_pts: None,
            doubt: None,
            ended: false,
        })
    }

    pub fn sample_rate_hz(&self) -> u32 {
        self.opened.sample_rate_hz
    }

    /// One or two.
    pub fn channels(&self) -> usize {
        self.opened.channels
    }

    /// The length stated in the file, or an estimate for an MP3 without one.
    pub fn frames_hint(&self) -> Option<u64> {
        match self.opened.length {
            Length::Exact(frames) | Length::Estimate(frames) => Some(frames),
            Length::Unknown => None,
        }
    }

    /// Replaces the content of `block`, one `Vec` per channel, with the next frames:
    /// `max_frames` unless the file ends, 0 at the end. Every sample is finite.
    ///
    /// # Panics
    /// If `block` does not have as many channels as the file.
    pub fn read_block(
        &mut self,
        block: &mut [Vec<f32>],
        max_frames: usize,
    ) -> Result<usize, AudioError> {
        assert_eq!(block.len(), self.channels(), "channels of the file");
        block.iter_mut().for_each(Vec::clear);
        let mut filled = 0;
        while filled < max_frames {
            if self.taken == self.packet[0].len() && !self.next_packet()? {
                break;
            }
            let count = (max_frames - filled).min(self.packet[0].len() - self.taken);
            for (out, decoded) in block.iter_mut().zip(&self.packet) {
                out.extend_from_slice(&decoded[self.taken..self.taken + count]);
            }
            self.taken += count;
            filled += count;
        }
        Ok(filled)
    }

    /// Decodes the next packet that holds frames; returns false at the end of the file.
    fn next_packet(&mut self) -> Result<bool, AudioError> {
        while !self.ended {
            let packet = match self.opened.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(false),
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return self.end(true);
                }
                Err(error) => return Err(self.damaged(open::reason(&error))),
            };
            if packet.track_id == self.opened.track && self.decode(&packet)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Decodes a packet into `self.packet`; returns false if it holds no frames.
    fn decode(&mut self, packet: &Packet) -> Result<bool, AudioError> {
        match self.opened.decoder.decode(packet) {
            Ok(audio) => audio.copy_to_vecs_planar(&mut self.packet),
            Err(error) => {
                let damaged = self.damaged(open::reason(&error));
                if self.opened.kind != Kind::Mp3 {
                    return Err(damaged);
                }
                self.doubt.get_or_insert(damaged);
                return Ok(false);
            }
        }
        let found = self.packet.len();
        if found != self.channels() {
            return Err(AudioError::Channels { path: self.path.clone(), found });
        }
        if let Some(damaged) = self.doubt.take() {
            return Err(damaged);
        }
        let frames = self.packet[0].len();
        self.check_gap(packet, frames)?;
        self.check_finite()?;
        self.taken = 0;
        self.decoded += frames as u64;
        Ok(frames > 0)
    }

    /// The demuxer leaves out packets with a wrong checksum. MP3 packets have no checksum.
    fn check_gap(&mut self, packet: &Packet, frames: usize) -> Result<(), AudioError> {
        if self.opened.kind == Kind::Mp3 {
            return Ok(());
        }
        let start = packet.pts.get();
        if self.next_pts.is_some_and(|expected| start > expected) {
            return Err(self.damaged("a piece is missing or does not match its checksum".into()));
        }
        let length = packet.trim_start.get().saturating_add(frames as u64);
        self.next_pts = Some(start.saturating_add_unsigned(length));
        Ok(())
    }

    fn check_finite(&self) -> Result<(), AudioError> {
        for channel in &self.packet {
            if let Some(at) = channel.iter().position(|x| !x.is_finite()) {
                let (path, value) = (self.path.clone(), channel[at]);
                let seconds = self.seconds(self.decoded + at as u64);
                return Err(AudioError::NotFinite { path, value, seconds });
            }
        }
        Ok(())
    }

    /// Handles the end of the packets; `cut` if the demuxer expected more bytes.
    fn end(&mut self, cut: bool) -> Result<bool, AudioError> {
        self.ended = true;
        let (path, found) = (self.path.clone(), self.decoded);
        let slack = if self.opened.kind == Kind::Mp3 { MP3_SLACK_FRAMES } else { 0 };
        match self.opened.length {
            Length::Exact(expected) if found + slack < expected => {
                Err(AudioError::EndsEarly { path, found, expected: Some(expected) })
            }
            // In other formats this is the normal end if the header does not state the
            // length.
            _ if cut && self.opened.kind == Kind::Ogg => {
                Err(AudioError::EndsEarly { path, found, expected: None })
            }
            _ if found == 0 => Err(AudioError::NoFrames { path }),
            _ => Ok(false),
        }
    }

    fn damaged(&self, reason: String) -> AudioError {
        let seconds = self.seconds(self.decoded);
        AudioError::Damaged { path: self.path.clone(), seconds, reason }
    }

    fn seconds(&self, frame: u64) -> f64 {
        frame as f64 / f64::from(self.sample_rate_hz())
    }
}

/// Reads a whole file.
pub fn read(path: impl AsRef<Path>) -> Result<Clip, AudioError> {
    let mut reader = AudioReader::open(path)?;
    let mut channels = vec![Vec::new(); reader.channels()];
    let mut block = channels.clone();
    while reader.read_block(&mut block, READ_FRAMES)? > 0 {
        for (channel, piece) in channels.iter_mut().zip(&block) {
            channel.extend_from_slice(piece);
        }
    }
    Ok(Clip { sample_rate_hz: reader.sample_rate_hz(), channels })
}
