//! From an input to a packet stream with a decoder: the file's format, its stated length, and
//! whether it can be read.

use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::well_known::{
    FORMAT_ID_ADTS, FORMAT_ID_MKV, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_OGG,
};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::format::{self, Format};
use super::origin::Origin;
use super::source::{ByteSource, Bytes};
use super::{AudioError, Input, aiff, mp4, tags, wave};

pub(super) const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Names of files that may be MPEG audio although they start with other bytes.
const MPEG_NAMES: [&str; 4] = ["mp3", "mp2", "mp1", "mpga"];

/// Bytes of a Matroska file in which the name of the encoding is looked for.
const MATROSKA_HEADER_BYTES: u64 = 1 << 16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Mpeg,
    Ogg,
    Matroska,
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
    pub kind: FileKind,
    pub track: u32,
    pub sample_rate_hz: u32,
    pub channels: usize,
    pub length: Length,
    /// Whether the packets' timestamps are frames.
    pub counts_frames: bool,
    /// Decoded frames in front of the audio, which are left out.
    pub skip: u64,
    /// Frames behind which decoded audio is left out.
    pub max_frames: Option<u64>,
    pub origin: Origin,
    pub note: Option<&'static str>,
}

/// A file whose header has been read as far as the demuxer needs help with it.
pub(super) struct Prepared {
    pub format: Format,
    pub source: ByteSource,
    /// If it is known already.
    pub length: Option<Length>,
    pub max_frames: Option<u64>,
    pub origin: Origin,
    /// Something about the file that its reader should know.
    pub note: Option<&'static str>,
    /// Name of the encoding, in case it cannot be read.
    pub codec: Option<String>,
    /// The part of the audio that an MP4 file says is played.
    pub edit: Option<mp4::Track>,
}

impl Prepared {
    pub fn new(format: Format, source: ByteSource) -> Self {
        Self {
            format,
            source,
            length: None,
            max_frames: None,
            origin: Origin::default(),
            note: None,
            codec: None,
            edit: None,
        }
    }
}

pub(super) fn open(input: &Input) -> Result<Opened, AudioError> {
    let path = input.name();
    let prepared = prepare(input)?;
    let known = prepared.format != Format::Unknown;
    let mut length = prepared.length;
    // The demuxers estimate the length of MPEG audio without a tag, and drop what exceeds the
    // estimate, unless the file's length is hidden from them.
    let estimate = match prepared.format {
        Format::Mpeg | Format::Adts | Format::Unknown => {
            let format = probe(path, known, prepare(input)?.source)?;
            estimates(format.as_ref()).then(|| stated_length(format.as_ref()))
        }
        _ => None,
    };
    let source = match estimate {
        Some(_) => prepared.source.without_length(),
        None => prepared.source,
    };
    let format = probe(path, known, source)?;
    let kind = kind(format.as_ref());
    if kind == FileKind::Mpeg && !known && !is_named_mpeg(path) {
        // Almost any large file contains two bytes that look like MP3.
        return Err(AudioError::not_audio(path, "its format is not known"));
    }
    if length.is_none() {
        length = Some(match (stated_length(format.as_ref()), estimate) {
            (Length::Unknown, Some(Length::Exact(estimate))) => Length::Estimate(estimate),
            (exact, _) => exact,
        });
    }
    let unknown_codec =
        |reason: &str| AudioError::not_audio(path, prepared.codec.as_deref().unwrap_or(reason));
    let Some(track) = format.default_track(TrackType::Audio) else {
        return Err(unknown_codec("no sound in a known encoding"));
    };
    let codec = track.codec_params.as_ref().and_then(|params| params.audio()).map(|p| p.codec);
    let decoders = symphonia::default::get_codecs();
    if codec.is_none_or(|codec| decoders.get_audio_decoder(codec).is_none()) {
        return Err(unknown_codec("no sound in a known encoding"));
    }
    let (params, sample_rate_hz, channels) = parameters(path, track)?;
    let decoder = match decoders.make_audio_decoder(params, &AudioDecoderOptions::default()) {
        Ok(decoder) => decoder,
        Err(_) if params.codec == CODEC_ID_AAC => {
            return Err(AudioError::not_audio(path, "AAC other than AAC-LC, such as HE-AAC"));
        }
        Err(error) => return Err(unknown_codec(&reason(&error))),
    };
    let delay = u64::from(track.delay.unwrap_or(0));
    let mut opened = Opened {
        decoder,
        kind,
        track: track.id,
        sample_rate_hz,
        channels,
        length: length.unwrap_or(Length::Unknown),
        counts_frames: counts_frames(track),
        skip: 0,
        max_frames: prepared.max_frames,
        origin: prepared.origin,
        note: prepared.note,
        format,
    };
    if let Some(edit) = &prepared.edit {
        opened.cut_to(edit);
    }
    // Its demuxer states what the encoder added, but nobody cuts it.
    if let (Format::Caf, Length::Exact(frames)) = (prepared.format, opened.length) {
        (opened.skip, opened.max_frames) = (delay, Some(frames));
    }
    Ok(opened)
}

impl Opened {
    /// Limits the audio to the part that is played.
    fn cut_to(&mut self, edit: &mp4::Track) {
        let Length::Exact(all) = self.length else { return };
        let left = all.saturating_sub(edit.skip);
        let length = match edit.length {
            Some((length, error)) if length + error < left => length,
            _ => left,
        };
        self.skip = edit.skip;
        (self.length, self.max_frames) = (Length::Exact(length), Some(length));
    }

    /// Makes a decoder for the next of several streams in one file, whose header the demuxer
    /// has just read. Returns false if it has another rate or number of channels.
    pub fn next_stream(&mut self, path: &Path) -> Result<bool, AudioError> {
        let Some(track) = self.format.default_track(TrackType::Audio) else {
            return Err(AudioError::not_audio(path, "a stream without sound follows"));
        };
        let (params, sample_rate_hz, channels) = parameters(path, track)?;
        if (sample_rate_hz, channels) != (self.sample_rate_hz, self.channels) {
            return Ok(false);
        }
        self.decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|error| AudioError::not_audio(path, &reason(&error)))?;
        self.track = track.id;
        self.length = stated_length(self.format.as_ref());
        Ok(true)
    }
}

/// Finds out what the file is, and reads what the demuxers would not get right.
fn prepare(input: &Input) -> Result<Prepared, AudioError> {
    let path = input.name();
    let mut bytes = Bytes::new(input.file()?, path)?;
    if bytes.end == 0 {
        return Err(AudioError::Empty { path: path.to_path_buf() });
    }
    let start = tags::audio_start(&mut bytes)?;
    let end = bytes.end;
    let found = match format::of(&bytes.at(start, 128)?) {
        // Its demuxer looks for the first frame itself, behind padding.
        Format::Unknown if start > 0 => Format::Mpeg,
        found => found,
    };
    match found {
        Format::Wave => wave::read(bytes, start),
        Format::Aiff => aiff::read(bytes, start),
        Format::Flac => {
            let end = tags::flac_end(&mut bytes, start)?;
            Ok(Prepared::new(found, bytes.source(Vec::new(), start..end)))
        }
        Format::Mp4 => {
            let track = mp4::read(&mut bytes, start)?.unwrap_or_default();
            Ok(Prepared {
                codec: (track.codec != [0; 4]).then(|| mp4::codec_name(track.codec)),
                edit: Some(track),
                ..Prepared::new(found, bytes.source(Vec::new(), start..end))
            })
        }
        Format::Matroska => {
            let header = bytes.at(start, MATROSKA_HEADER_BYTES)?;
            let codec = format::matroska_codec(&header).map(|name| format!("{name} in Matroska"));
            Ok(Prepared { codec, ..Prepared::new(found, bytes.source(Vec::new(), start..end)) })
        }
        Format::Other(name) => Err(AudioError::not_audio(path, name)),
        _ => Ok(Prepared::new(found, bytes.source(Vec::new(), start..end))),
    }
}

fn probe(
    path: &Path,
    known: bool,
    source: ByteSource,
) -> Result<Box<dyn FormatReader>, AudioError> {
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    symphonia::default::get_probe()
        .probe(&Default::default(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| match error {
            Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
                if known {
                    AudioError::EndsEarly { path: path.to_path_buf(), found: 0, expected: None }
                } else {
                    AudioError::not_audio(path, "its format is not known")
                }
            }
            Error::IoError(error) => AudioError::unreadable(path, error),
            error @ Error::DecodeError(_) if known => AudioError::Damaged {
                path: path.to_path_buf(),
                seconds: 0.0,
                reason: reason(&error),
            },
            error => AudioError::not_audio(path, &reason(&error)),
        })
}

/// The encoding, sample rate and number of channels of a track.
fn parameters<'a>(
    path: &Path,
    track: &'a Track,
) -> Result<(&'a AudioCodecParameters, u32, usize), AudioError> {
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    let params = params.ok_or_else(|| AudioError::not_audio(path, "no sound"))?;
    let found = params.sample_rate.unwrap_or(0);
    if !SAMPLE_RATES_HZ.contains(&found) {
        return Err(AudioError::SampleRate { path: path.to_path_buf(), found });
    }
    let channels = params.channels.as_ref().map_or(0, |channels| channels.count());
    if !(1..=2).contains(&channels) {
        return Err(AudioError::Channels { path: path.to_path_buf(), found: channels });
    }
    Ok((params, found, channels))
}

fn kind(format: &dyn FormatReader) -> FileKind {
    match format.format_info().format {
        FORMAT_ID_MP1 | FORMAT_ID_MP2 | FORMAT_ID_MP3 => FileKind::Mpeg,
        FORMAT_ID_OGG => FileKind::Ogg,
        FORMAT_ID_MKV => FileKind::Matroska,
        _ => FileKind::Other,
    }
}

fn estimates(format: &dyn FormatReader) -> bool {
    kind(format) == FileKind::Mpeg || format.format_info().format == FORMAT_ID_ADTS
}

fn is_named_mpeg(path: &Path) -> bool {
    let name = path.extension().unwrap_or_default();
    MPEG_NAMES.iter().any(|mpeg| name.eq_ignore_ascii_case(mpeg))
}

fn stated_length(format: &dyn FormatReader) -> Length {
    let track = format.default_track(TrackType::Audio).filter(|track| counts_frames(track));
    match track.and_then(|track| Some((track.num_frames?, track.start_ts.get()))) {
        // An Ogg stream cut from a longer one starts with a later timestamp.
        Some((frames, start)) => Length::Exact(frames.saturating_sub(start.max(0) as u64)),
        None => Length::Unknown,
    }
}

/// Whether the timestamps of a track are frames.
fn counts_frames(track: &Track) -> bool {
    let rate = track.codec_params.as_ref().and_then(|params| params.audio()?.sample_rate);
    match (track.time_base, rate) {
        (Some(base), Some(rate)) => base.numer.get() == 1 && base.denom.get() == rate,
        _ => true,
    }
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
