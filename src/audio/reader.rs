//! Decoding audio files block by block.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::{AudioError, Clip};

const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Frames that [`read`] takes at a time.
const READ_FRAMES: usize = 1 << 16;

/// Reads WAV, AIFF, FLAC, Ogg Vorbis and MP3 block by block. Never holds more
/// than one decoded packet beside the block that it fills.
pub struct AudioReader {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    sample_rate_hz: u32,
    channels: usize,
    frames_hint: Option<u64>,
    packet: Vec<Vec<f32>>,
    /// Frames of `packet` that were handed out.
    taken: usize,
    /// Frames decoded so far.
    decoded: u64,
    ended: bool,
}

impl AudioReader {
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AudioError> {
        let path = path.as_ref().to_path_buf();
        let format = probe(&path)?;
        let not_audio = |reason: String| AudioError::NotAudio { path: path.clone(), reason };
        let track = format
            .default_track(TrackType::Audio)
            .ok_or_else(|| not_audio("no audio track with a known codec".into()))?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|params| params.audio())
            .ok_or_else(|| not_audio("no audio track".into()))?;
        let sample_rate_hz = params.sample_rate.unwrap_or(0);
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            return Err(AudioError::SampleRate { path, found: sample_rate_hz });
        }
        let channels = params.channels.as_ref().map_or(0, |channels| channels.count());
        if !(1..=2).contains(&channels) {
            return Err(AudioError::Channels { path, found: channels });
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|error| not_audio(error.to_string()))?;
        let (track, frames_hint) = (track.id, track.num_frames);
        Ok(Self {
            path,
            format,
            decoder,
            track,
            sample_rate_hz,
            channels,
            frames_hint,
            packet: vec![Vec::new(); channels],
            taken: 0,
            decoded: 0,
            ended: false,
        })
    }

    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// One or two.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Length that the file states, where it does.
    pub fn frames_hint(&self) -> Option<u64> {
        self.frames_hint
    }

    /// Replaces the content of `block`, one `Vec` a channel, by the next frames,
    /// `max_frames` of them unless the file ends; 0 at the end.
    pub fn read_block(
        &mut self,
        block: &mut [Vec<f32>],
        max_frames: usize,
    ) -> Result<usize, AudioError> {
        assert_eq!(block.len(), self.channels, "channels of the file");
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

    /// Decodes the next packet that holds frames; false at the end of the file.
    fn next_packet(&mut self) -> Result<bool, AudioError> {
        while !self.ended {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(),
                Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return self.end();
                }
                Err(error) => return Err(self.damaged(&error)),
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(audio) => audio.copy_to_vecs_planar(&mut self.packet),
                Err(error) => return Err(self.damaged(&error)),
            }
            self.check_packet()?;
            self.taken = 0;
            self.decoded += self.packet[0].len() as u64;
            if !self.packet[0].is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn end(&mut self) -> Result<bool, AudioError> {
        self.ended = true;
        let path = self.path.clone();
        match self.frames_hint {
            Some(expected) if self.decoded < expected => {
                Err(AudioError::EndsEarly { path, found: self.decoded, expected })
            }
            _ if self.decoded == 0 => Err(AudioError::NoFrames { path }),
            _ => Ok(false),
        }
    }

    fn check_packet(&self) -> Result<(), AudioError> {
        if self.packet.len() != self.channels {
            let path = self.path.clone();
            return Err(AudioError::Channels { path, found: self.packet.len() });
        }
        for channel in &self.packet {
            if let Some(at) = channel.iter().position(|x| !x.is_finite()) {
                let seconds = self.seconds(self.decoded + at as u64);
                return Err(AudioError::NotFinite {
                    path: self.path.clone(),
                    value: channel[at],
                    seconds,
                });
            }
        }
        Ok(())
    }

    fn damaged(&self, error: &Error) -> AudioError {
        let seconds = self.seconds(self.decoded);
        AudioError::Damaged { path: self.path.clone(), seconds, reason: error.to_string() }
    }

    fn seconds(&self, frame: u64) -> f64 {
        frame as f64 / f64::from(self.sample_rate_hz)
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
    Ok(Clip { sample_rate_hz: reader.sample_rate_hz, channels })
}

fn probe(path: &Path) -> Result<Box<dyn FormatReader>, AudioError> {
    let failed = |source| AudioError::Open { path: path.to_path_buf(), source };
    let found = std::fs::metadata(path).map_err(failed)?;
    if found.is_dir() {
        return Err(AudioError::Folder { path: path.to_path_buf() });
    }
    if found.is_file() && found.len() == 0 {
        return Err(AudioError::Empty { path: path.to_path_buf() });
    }
    let file = File::open(path).map_err(failed)?;
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| AudioError::NotAudio {
            path: path.to_path_buf(),
            reason: error.to_string(),
        })
}
