//! From a path to a packet stream with a decoder: the file's format, its stated length, and
//! whether it can be read.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::well_known::{FORMAT_ID_MP3, FORMAT_ID_OGG};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::MetadataOptions;

use super::AudioError;

const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// First bytes of the supported formats. MP3 has none of its own.
const MAGIC: [&[u8; 4]; 4] = [b"RIFF", b"FORM", b"fLaC", b"OggS"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mp3,
    Ogg,
    Other,
}

/// Length in frames that a file states.
#[derive(Clone, Copy)]
pub(super) enum Length {
    Exact(u64),
    Estimate(u64),
    Unknown,
}

/// An audio file with one or two channels at a plausible rate, and its decoder.
pub(super) struct Opened {
    pub format: Box<dyn FormatReader>,
    pub decoder: Box<dyn AudioDecoder>,
    pub kind: Kind,
    pub track: u32,
    pub sample_rate_hz: u32,
    pub channels: usize,
    pub length: Length,
}

pub(super) fn open(path: &Path) -> Result<Opened, AudioError> {
    let start = check_file(path)?;
    let mut format = probe(path, &start, File::open(path).map_err(|e| unreadable(path, e))?)?;
    let kind = kind(format.as_ref());
    let mut length = stated_length(format.as_ref());
    let named_mp3 = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("mp3"));
    if kind == Kind::Mp3 && !start.mp3 && !named_mp3 {
        // Almost any large file contains two bytes that look like MP3.
        return Err(not_audio(path, "its format is not known"));
    }
    if kind == Kind::Mp3 && start.regular {
        // If the demuxer knows the file's size, it estimates the length of an MP3 without a
        // tag and drops what exceeds the estimate, so the size is not reported.
        let file = File::open(path).map_err(|e| unreadable(path, e))?;
        format = probe(path, &start, ReadOnlySource::new(file))?;
        length = match (stated_length(format.as_ref()), length) {
            (Length::Unknown, Length::Exact(estimate)) => Length::Estimate(estimate),
            (exact, _) => exact,
        };
    }
    let (track, params) = audio_track(path, format.as_ref())?;
    let sample_rate_hz = params.sample_rate.unwrap_or(0);
    if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
        return Err(AudioError::SampleRate { path: path.to_path_buf(), found: sample_rate_hz });
    }
    let channels = params.channels.as_ref().map_or(0, |channels| channels.count());
    if !(1..=2).contains(&channels) {
        return Err(AudioError::Channels { path: path.to_path_buf(), found: channels });
    }
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|error| not_audio(path, &reason(&error)))?;
    let track = track.id;
    Ok(Opened { format, decoder, kind, track, sample_rate_hz, channels, length })
}

/// Properties known before decoding.
struct Start {
    regular: bool,
    known: bool,
    mp3: bool,
}

fn check_file(path: &Path) -> Result<Start, AudioError> {
    let found = std::fs::metadata(path).map_err(|e| unreadable(path, e))?;
    if found.is_dir() {
        return Err(AudioError::Folder { path: path.to_path_buf() });
    }
    if !found.is_file() {
        // A pipe: data read from it cannot be read again.
        return Ok(Start { regular: false, known: false, mp3: true });
    }
    let mut magic = [0; 4];
    let mut file = File::open(path).map_err(|e| unreadable(path, e))?;
    let read = file.read(&mut magic).map_err(|e| unreadable(path, e))?;
    if read == 0 {
        return Err(AudioError::Empty { path: path.to_path_buf() });
    }
    if &magic == b"RF64" || &magic == b"BW64" {
        return Err(not_audio(path, "an RF64 file"));
    }
    let mp3 = magic.starts_with(b"ID3") || (magic[0] == 0xff && magic[1] & 0xe0 == 0xe0);
    Ok(Start { regular: true, known: mp3 || MAGIC.contains(&&magic), mp3 })
}

fn probe(
    path: &Path,
    start: &Start,
    source: impl MediaSource + 'static,
) -> Result<Box<dyn FormatReader>, AudioError> {
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    symphonia::default::get_probe()
        .probe(&Default::default(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| match error {
            Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
                if start.known {
                    AudioError::EndsEarly { path: path.to_path_buf(), found: 0, expected: None }
                } else {
                    not_audio(path, "its format is not known")
                }
            }
            Error::IoError(error) => unreadable(path, error),
            error @ Error::DecodeError(_) if start.known => AudioError::Damaged {
                path: path.to_path_buf(),
                seconds: 0.0,
                reason: reason(&error),
            },
            error => not_audio(path, &reason(&error)),
        })
}

fn audio_track<'a>(
    path: &Path,
    format: &'a dyn FormatReader,
) -> Result<(&'a Track, &'a AudioCodecParameters), AudioError> {
    let track = format.default_track(TrackType::Audio);
    let track = track.ok_or_else(|| not_audio(path, "no sound in a known encoding"))?;
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    Ok((track, params.ok_or_else(|| not_audio(path, "no sound"))?))
}

fn kind(format: &dyn FormatReader) -> Kind {
    match format.format_info().format {
        FORMAT_ID_MP3 => Kind::Mp3,
        FORMAT_ID_OGG => Kind::Ogg,
        _ => Kind::Other,
    }
}

fn stated_length(format: &dyn FormatReader) -> Length {
    let track = format.default_track(TrackType::Audio);
    match track.and_then(|track| Some((track.num_frames?, track.start_ts.get()))) {
        // An Ogg stream cut from a longer one starts with a later timestamp.
        Some((frames, start)) => Length::Exact(frames.saturating_sub(start.max(0) as u64)),
        None => Length::Unknown,
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> AudioError {
    AudioError::Open { path: path.to_path_buf(), source }
}

fn not_audio(path: &Path, reason: &str) -> AudioError {
    AudioError::NotAudio { path: path.to_path_buf(), reason: reason.to_string() }
}

/// The library's message, without its own module names.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::Unsupported(text) if text.contains("no suitable format") => {
            "its format is not known".to_string()
        }
        Error::Unsupported(text) | Error::DecodeError(text) | Error::LimitError(text) => {
            text.to_string()
        }
        Error::ResetRequired => "several streams one after the other".to_string(),
        other => other.to_string(),
    }
}
