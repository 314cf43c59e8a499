//! FLAC in memory, for the clips of a saved state.

use std::io::Cursor;

use flacenc::component::BitRepr;
use flacenc::error::{SourceError, Verify};
use flacenc::source::{Fill, Source};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::pack::PackError;

const BITS: usize = 16;

/// Samples per block. The last block is filled with zeros: decoders of streams with a fixed
/// block size may refuse a shorter one.
const BLOCK_SAMPLES: usize = 4096;

/// Packs channels of equal length; `None` if `go_on` returned false, or if they cannot be
/// packed.
pub fn encode(
    channels: &[&[i16]],
    sample_rate_hz: u32,
    go_on: &dyn Fn() -> bool,
) -> Option<Vec<u8>> {
    let mut config = flacenc::config::Encoder::default();
    config.multithread = false;
    config.block_size = BLOCK_SAMPLES;
    // Linear prediction halves the speed for 2 % of the size.
    config.subframe_coding.use_lpc = false;
    let config = config.into_verified().ok()?;
    let mut stopped = false;
    let source = EncoderSamples {
        channels,
        sample_rate_hz,
        done: 0,
        interleaved: Vec::new(),
        go_on,
        stopped: &mut stopped,
    };
    let stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size).ok()?;
    let mut bytes = flacenc::bitsink::ByteSink::new();
    stream.write(&mut bytes).ok()?;
    (!stopped).then(|| bytes.into_inner())
}

/// Samples for the encoder, which end early when `go_on` returns false.
struct EncoderSamples<'a> {
    channels: &'a [&'a [i16]],
    sample_rate_hz: u32,
    done: usize,
    interleaved: Vec<i32>,
    go_on: &'a dyn Fn() -> bool,
    stopped: &'a mut bool,
}

impl Source for EncoderSamples<'_> {
    fn channels(&self) -> usize {
        self.channels.len()
    }

    fn bits_per_sample(&self) -> usize {
        BITS
    }

    fn sample_rate(&self) -> usize {
        self.sample_rate_hz as usize
    }

    fn read_samples<F: Fill>(&mut self, size: usize, to: &mut F) -> Result<usize, SourceError> {
        *self.stopped |= !(self.go_on)();
        if *self.stopped {
            return Ok(0);
        }
        let end = (self.done + size).min(self.channels[0].len());
        if self.done == end {
            return Ok(0);
        }
        self.interleaved.clear();
        for i in self.done..end {
            self.interleaved.extend(self.channels.iter().map(|channel| i32::from(channel[i])));
        }
        self.interleaved.resize(size * self.channels.len(), 0);
        to.fill_interleaved(&self.interleaved)?;
        self.done = end;
        Ok(size)
    }

    fn len_hint(&self) -> Option<usize> {
        Some(self.channels[0].len().next_multiple_of(BLOCK_SAMPLES))
    }
}

/// Unpacks the output of [`encode`], which must have that many channels and samples.
///
/// # Errors
/// If it is anything else.
pub fn decode(
    bytes: Vec<u8>,
    channels: usize,
    samples: usize,
) -> Result<Vec<Box<[i16]>>, PackError> {
    let flac = |error: symphonia::core::errors::Error| PackError::Flac(error.to_string());
    let stream =
        MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Default::default(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(flac)?;
    let track = format.default_track(TrackType::Audio);
    let params = track.and_then(|track| track.codec_params.as_ref()?.audio());
    let params = params.ok_or_else(|| PackError::Flac("no sound".to_string()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(flac)?;
    let filled = samples.next_multiple_of(BLOCK_SAMPLES);
    let mut unpacked: Vec<Vec<i16>> = (0..channels).map(|_| Vec::with_capacity(filled)).collect();
    let mut block: Vec<Vec<i16>> = vec![Vec::new(); channels];
    while let Some(packet) = format.next_packet().map_err(flac)? {
        let audio = decoder.decode(&packet).map_err(flac)?;
        audio.copy_to_vecs_planar(&mut block);
        if block.len() != channels {
            return Err(PackError::Length { found: block.len(), expected: channels });
        }
        for (channel, piece) in unpacked.iter_mut().zip(&block) {
            let found = channel.len() + piece.len();
            if found > filled {
                return Err(PackError::Length { found, expected: samples });
            }
            channel.extend_from_slice(piece);
        }
    }
    let found = unpacked.first().map_or(0, Vec::len);
    if found != filled {
        return Err(PackError::Length { found, expected: filled });
    }
    let cut = |mut channel: Vec<i16>| {
        channel.truncate(samples);
        channel.into_boxed_slice()
    };
    Ok(unpacked.into_iter().map(cut).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(channels: &[Box<[i16]>]) -> Vec<u8> {
        let channels: Vec<&[i16]> = channels.iter().map(|channel| &channel[..]).collect();
        encode(&channels, 44_100, &|| true).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn every_sample_comes_back(
            left in prop::collection::vec(any::<i16>(), 1..9000),
            stereo in any::<bool>(),
        ) {
            let right = left.iter().map(|x| x.wrapping_mul(3)).collect();
            let channels: Vec<Box<[i16]>> =
                [left.clone().into_boxed_slice(), right].into_iter().take(1 + usize::from(stereo)).collect();
            prop_assert_eq!(decode(packed(&channels), channels.len(), left.len()).unwrap(), channels);
        }

        #[test]
        fn any_bytes_are_survived(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let tone = |i: usize| ((i as f64 * 0.05).sin() * 12_000.0) as i16;
            let mut bytes = packed(&[(0..9000).map(tone).collect()]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()).max(at));
            let _ = decode(bytes, 1, 9000);
        }
    }

    #[test]
    fn a_tone_takes_a_third_of_its_samples() {
        let tone = |i: usize| ((i as f64 * 0.05).sin() * 12_000.0).round() as i16;
        let channel: Box<[i16]> = (0..44_100).map(tone).collect();
        assert!(packed(&[channel]).len() < 44_100 * 2 / 3);
    }

    #[test]
    fn packing_can_be_stopped() {
        assert!(encode(&[&[1; 100_000]], 44_100, &|| false).is_none());
    }
}
