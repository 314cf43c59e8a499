//! Decoding audio files block by block.

use std::io::ErrorKind;
use std::path::PathBuf;

use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

use super::open::{self, FileKind, Length, Opened};
use super::{AudioBuffer, AudioError, Input, Origin};

/// Frames that [`read`] reads at a time.
const READ_FRAMES: usize = 1 << 16;

/// Some encoders count their tag as a frame of sound.
const MP3_SLACK_FRAMES: u64 = 1152;

/// Reads audio block by block: WAV (with PCM, float, A-law, µ-law, ADPCM, MP3), RF64, BW64,
/// AIFF, CAF, FLAC, ALAC, Ogg Vorbis, MPEG audio, AAC-LC, MP4 and Matroska. Holds at most one
/// decoded packet in addition to the block being filled.
///
/// Integers are divided by their full scale, exactly (16 bits: x / 32768). Encoder delay
/// and padding are cut as the container specifies.
///
/// ```
/// use unbraid::audio::{AudioReader, write_wav};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("x.wav");
/// write_wav(&path, 8000, &[vec![0.25; 3000], vec![-0.5; 3000]])?;
///
/// let mut reader = AudioReader::open(&path)?;
/// let mut block = vec![Vec::new(); reader.channels()];
/// let mut samples = 0;
/// loop {
///     match reader.read_block(&mut block, 1024)? {
///         0 => break,
///         read => samples += read,
///     }
/// }
/// assert_eq!((reader.sample_rate_hz(), samples), (8000, 3000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AudioReader {
    path: PathBuf,
    opened: Opened,
    packet: Vec<Vec<f32>>,
    /// Frames of `packet` that were already returned.
    taken: usize,
    /// Frames read so far.
    decoded: u64,
    /// Where the current one of several streams in the file starts, as a frame of the whole.
    stream_start: u64,
    /// Frames of the encoder that are still to be left out.
    skip: u64,
    /// Whether samples that are not finite become silence, and how many there were.
    silence_not_finite: bool,
    not_finite: u64,
    /// Expected timestamp of the next packet, if nothing is missing.
    next_pts: Option<i64>,
    /// An MP3 packet that could not be decoded: damage, or a tag after the end.
    doubt: Option<AudioError>,
    ended: bool,
}

impl AudioReader {
    /// Opens a file and reads its header. A pipe is read to its end first.
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self, AudioError> {
        Self::of(&Input::new(path)?)
    }

    pub(super) fn of(input: &Input) -> Result<Self, AudioError> {
        let opened = open::open(input)?;
        Ok(Self {
            path: input.name().to_path_buf(),
            packet: vec![Vec::new(); opened.channels],
            skip: opened.skip,
            opened,
            taken: 0,
            decoded: 0,
            stream_start: 0,
            silence_not_finite: false,
            not_finite: 0,
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

    /// From when the recording is.
    pub fn origin(&self) -> &Origin {
        &self.opened.origin
    }

    /// What is unusual about the file, although it can be read.
    pub fn note(&self) -> Option<&'static str> {
        self.opened.note
    }

    /// Replaces samples that are not finite by silence, instead of refusing the file.
    pub fn set_silence_not_finite(&mut self, silence: bool) {
        self.silence_not_finite = silence;
    }

    /// How many samples were replaced so far, over all channels.
    pub fn not_finite(&self) -> u64 {
        self.not_finite
    }

    /// The length stated in the file, or an estimate for an MP3 without one. Of several
    /// streams one after the other, that of the current one.
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

    /// Reads all that is left.
    pub fn read_to_end(mut self) -> Result<AudioBuffer, AudioError> {
        let mut channels = vec![Vec::new(); self.channels()];
        let mut block = channels.clone();
        while self.read_block(&mut block, READ_FRAMES)? > 0 {
            for (channel, piece) in channels.iter_mut().zip(&block) {
                channel.extend_from_slice(piece);
            }
        }
        Ok(AudioBuffer { sample_rate_hz: self.sample_rate_hz(), channels })
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
                Err(Error::ResetRequired) => {
                    self.next_stream()?;
                    continue;
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
                if self.opened.kind != FileKind::Mpeg {
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
        let skipped = self.skip.min(frames as u64);
        self.skip -= skipped;
        let left = match self.opened.max_frames {
            Some(most) => most.saturating_sub(self.decoded).min(frames as u64 - skipped),
            None => frames as u64 - skipped,
        };
        self.packet.iter_mut().for_each(|channel| channel.truncate((skipped + left) as usize));
        self.taken = skipped as usize;
        self.check_finite()?;
        self.decoded += left;
        Ok(left > 0)
    }

    /// Goes on with the next of several streams in the file.
    fn next_stream(&mut self) -> Result<(), AudioError> {
        self.check_length()?;
        if !self.opened.next_stream(&self.path)? {
            let reason = "several streams of different sample rates or channels";
            return Err(AudioError::not_audio(&self.path, reason));
        }
        self.stream_start = self.decoded;
        self.next_pts = None;
        Ok(())
    }

    /// The demuxer leaves out packets with a wrong checksum. MP3 packets have no checksum.
    fn check_gap(&mut self, packet: &Packet, frames: usize) -> Result<(), AudioError> {
        if self.opened.kind == FileKind::Mpeg || !self.opened.counts_frames {
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

    fn check_finite(&mut self) -> Result<(), AudioError> {
        for channel in &mut self.packet {
            for (at, sample) in channel[self.taken..].iter_mut().enumerate() {
                if sample.is_finite() {
                    continue;
                }
                if !self.silence_not_finite {
                    let (path, value) = (self.path.clone(), *sample);
                    let seconds = self.seconds(self.decoded + at as u64);
                    return Err(AudioError::NotFinite { path, value, seconds });
                }
                self.not_finite += 1;
                *sample = 0.0;
            }
        }
        Ok(())
    }

    /// Handles the end of the packets; `cut` if the demuxer expected more bytes.
    fn end(&mut self, cut: bool) -> Result<bool, AudioError> {
        self.ended = true;
        self.check_length()?;
        let (path, found) = (self.path.clone(), self.decoded);
        match () {
            // In other formats this is the normal end if the header does not state the
            // length.
            _ if cut && matches!(self.opened.kind, FileKind::Ogg | FileKind::Matroska) => {
                Err(AudioError::EndsEarly { path, found, expected: None })
            }
            _ if found == 0 => Err(AudioError::NoFrames { path }),
            _ => Ok(false),
        }
    }

    /// Whether the current stream has as many frames as it states.
    fn check_length(&self) -> Result<(), AudioError> {
        let found = self.decoded - self.stream_start;
        let slack = if self.opened.kind == FileKind::Mpeg { MP3_SLACK_FRAMES } else { 0 };
        match self.opened.length {
            Length::Exact(expected) if found + slack < expected => {
                let (path, expected) = (self.path.clone(), Some(expected));
                Err(AudioError::EndsEarly { path, found, expected })
            }
            _ => Ok(()),
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
pub fn read(path: impl AsRef<std::path::Path>) -> Result<AudioBuffer, AudioError> {
    Input::new(path)?.read()
}
