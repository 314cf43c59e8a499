//! Audio files as other programs write them: every layout of samples, headers that were never
//! filled in, tags around the audio, several formats. Most are built byte by byte here, so that
//! their samples are known; the others are made by `fixtures/make_formats.py`.

use std::f64::consts::PI;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use unbraid::audio::{self, AudioBuffer, AudioError, AudioReader, Input, WavWriter};

const RATE_HZ: u32 = 11_025;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio").join(name)
}

/// A file in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// The samples of a file with these bytes, and the note about it.
fn read(name: &str, bytes: &[u8]) -> Result<(AudioBuffer, Option<&'static str>), AudioError> {
    let (_dir, path) = file(name, bytes);
    let reader = AudioReader::open(path)?;
    let note = reader.note();
    Ok((reader.read_to_end()?, note))
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    let text = read(name, bytes).map(|(clip, _)| clip.frames()).unwrap_err().to_string();
    assert!(text.contains(name) && text.contains(';') && !text.contains('\n'), "{text}");
    text
}

/// A chunk of a RIFF file.
fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut all = id.to_vec();
    all.extend((body.len() as u32).to_le_bytes());
    all.extend(body);
    all.resize(all.len().next_multiple_of(2), 0);
    all
}

/// The body of a `fmt ` chunk of 16 bytes.
fn format(tag: u16, channels: u16, block: u16, bits: u16) -> Vec<u8> {
    let mut body = tag.to_le_bytes().to_vec();
    body.extend(channels.to_le_bytes());
    body.extend(RATE_HZ.to_le_bytes());
    body.extend((RATE_HZ * u32::from(block)).to_le_bytes());
    body.extend(block.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

/// The body of an extensible `fmt ` chunk.
fn extensible(tag: u16, channels: u16, block: u16, bits: u16, valid: u16) -> Vec<u8> {
    let mut body = format(0xfffe, channels, block, bits);
    body.extend(22_u16.to_le_bytes());
    body.extend(valid.to_le_bytes());
    body.extend([3, 0, 0, 0]);
    body.extend(tag.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    body
}

fn wav(format: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunk(b"fmt ", format), chunk(b"data", data)].concat();
    chunk(b"RIFF", &body)
}

/// Samples of 32 bits, with full scale at both ends.
fn planted(count: usize) -> Vec<i32> {
    let mut all: Vec<i32> =
        (0..count as u32).map(|n| (n.wrapping_mul(2_654_435_761) ^ 0x5a5a_5a5a) as i32).collect();
    (all[0], all[1]) = (i32::MAX, i32::MIN);
    all
}

/// The upper `bits` of samples in as many bytes, at the top of them, and their values.
fn integers(samples: &[i32], bits: u32, bytes: usize) -> (Vec<u8>, Vec<f32>) {
    let mut data = Vec::new();
    let mut values = Vec::new();
    for sample in samples {
        let kept = sample >> (32 - bits) << (32 - bits);
        let four = kept.to_le_bytes();
        match bytes {
            1 => data.push(four[3] ^ 0x80),
            _ => data.extend(&four[4 - bytes..]),
        }
        values.push((f64::from(kept) / 2_f64.powi(31)) as f32);
    }
    (data, values)
}

fn check_samples(what: &str, clip: &AudioBuffer, channels: usize, values: &[f32]) {
    assert_eq!((clip.sample_rate_hz, clip.channels.len()), (RATE_HZ, channels), "{what}");
    assert_eq!(clip.frames(), values.len() / channels, "{what}");
    for (n, value) in values.iter().enumerate() {
        assert_eq!(clip.channels[n % channels][n / channels], *value, "{what}: sample {n}");
    }
}

#[test]
fn integers_of_every_width_in_every_container() {
    let samples = planted(202);
    for channels in [1_u16, 2] {
        let block = |bytes: usize| channels * bytes as u16;
        for (bits, bytes) in [(8, 1), (12, 2), (16, 2), (20, 3), (24, 3), (20, 4), (24, 4), (32, 4)]
        {
            let (data, values) = integers(&samples, bits, bytes);
            let format = format(1, channels, block(bytes), bits as u16);
            let (clip, note) = read("x.wav", &wav(&format, &data)).unwrap();
            check_samples(&format!("{bits} in {bytes}"), &clip, channels.into(), &values);
            assert_eq!(note, None);
        }
        for (bits, valid, bytes) in [
            (8, 8, 1),
            (16, 12, 2),
            (16, 16, 2),
            (24, 20, 3),
            (24, 24, 3),
            (32, 20, 4),
            (32, 24, 4),
            (32, 32, 4),
            (24, 24, 4),
        ] {
            let (data, values) = integers(&samples, valid.into(), bytes);
            let format = extensible(1, channels, block(bytes), bits, valid);
            let (clip, _) = read("x.wav", &wav(&format, &data)).unwrap();
            let what = format!("{valid} of {bits} in {bytes}, extensible");
            check_samples(&what, &clip, channels.into(), &values);
        }
    }
}

#[test]
fn floats_and_format_chunks_of_any_length() {
    let values: Vec<f32> = (0..200).map(|n| (n as f32 * 0.37).sin() * 1.5).collect();
    let single: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let double: Vec<u8> = values.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect();
    for (bytes, data) in [(4, &single), (8, &double)] {
        let (block, bits) = (2 * bytes, 8 * bytes);
        let plain = format(3, 2, block, bits);
        let more = |count: usize| [&plain[..], &vec![0; count]].concat();
        let extensible = extensible(3, 2, block, bits, bits);
        for format in [plain.clone(), more(1), more(2), more(4), more(24), extensible] {
            let (clip, note) = read("x.wav", &wav(&format, data)).unwrap();
            check_samples(&format!("{} bytes", format.len()), &clip, 2, &values);
            assert_eq!(note, None);
        }
    }
}

#[test]
fn contradictory_headers_are_refused_in_words() {
    let data = [0x40; 240];
    for (format, part) in [
        (format(1, 1, 4, 16), "16 bits in 4 bytes"),
        (format(1, 2, 2, 16), "16 bits in 1 bytes"),
        (format(1, 2, 3, 16), "3 bytes for 2 channels"),
        (format(1, 2, 0, 16), "0 bytes for 2 channels"),
        (format(1, 1, 8, 64), "64 bits in 8 bytes"),
        (format(1, 1, 2, 0), "0 bits in 2 bytes"),
        (format(3, 1, 2, 32), "32 bits in 2 bytes"),
        (format(3, 1, 4, 64), "64 bits in 4 bytes"),
        (format(3, 2, 6, 24), "24 bits in 3 bytes"),
        (extensible(1, 1, 2, 16, 24), "16 bits, 24 of them used"),
        (extensible(1, 1, 2, 32, 32), "32 bits in 2 bytes"),
        (format(2, 1, 6, 4), "blocks of 6 bytes"),
        (format(1, 1, 2, 16)[..12].to_vec(), "too short"),
    ] {
        let text = refusal("x.wav", &wav(&format, &data));
        assert!(text.contains("contradicts itself") && text.contains(part), "{part}: {text}");
    }
    let text = refusal("x.wav", &chunk(b"RIFF", &[b"WAVE", &chunk(b"data", &data)[..]].concat()));
    assert!(text.contains("no format"), "{text}");
}

/// Of pipes (FFmpeg, SoX, arecord) and of recorders that were interrupted.
#[test]
fn lengths_that_were_never_filled_in() {
    let (data, values) = integers(&planted(202), 16, 2);
    let bytes = wav(&format(1, 2, 4, 16), &data);
    let right = bytes.len() as u32 - 8;
    let patched = |riff: u32, data_size: u32| {
        let mut bytes = bytes.clone();
        bytes[4..8].copy_from_slice(&riff.to_le_bytes());
        bytes[40..44].copy_from_slice(&data_size.to_le_bytes());
        bytes
    };
    for (riff, data_size, known) in [
        (0, 0, false),
        (right, 0, false),
        (u32::MAX, u32::MAX, false),
        (u32::MAX, u32::MAX - 36, false),
        (0x7fff_ffff, 0x7fff_ffff - 36, false),
        (0x7fff_f024, 0x7fff_f000, false),
        (0x8000_0024, 0x8000_0000, false),
        (0, 404, true),
        (40, 404, true),
        (right + 5000, 404, true),
        (u32::MAX, 404, true),
    ] {
        let (clip, note) = read("x.wav", &patched(riff, data_size)).unwrap();
        check_samples(&format!("{riff:x} {data_size:x}"), &clip, 2, &values);
        let part = if known { "wrong length" } else { "does not state its length" };
        assert!(note.is_some_and(|note| note.contains(part)), "{riff:x} {data_size:x}: {note:?}");
    }
    // The last frame was only begun.
    let mut bytes = patched(0, 0);
    bytes.extend([1, 2, 3]);
    check_samples("part of a frame", &read("x.wav", &bytes).unwrap().0, 2, &values);
    // What follows the audio is none, and some bytes behind the file do no harm.
    let mut bytes = bytes[..bytes.len() - 3].to_vec();
    bytes[40..44].copy_from_slice(&404_u32.to_le_bytes());
    bytes[4..8].copy_from_slice(&right.to_le_bytes());
    bytes.extend(chunk(b"LIST", b"INFOIART\x04\0\0\0me\0\0"));
    let (clip, note) = read("x.wav", &bytes).unwrap();
    check_samples("list behind", &clip, 2, &values);
    assert_eq!(note, None);
    // An empty file, in which chunks follow: nothing is missing.
    let empty = [&wav(&format(1, 2, 4, 16), &[])[..], &chunk(b"LIST", b"INFO")].concat();
    assert!(matches!(read("x.wav", &empty), Err(AudioError::NoFrames { .. })));
    // A plausible length that the file does not have is a copy that was cut.
    let text = refusal("x.wav", &patched(right, 1000));
    assert!(text.contains("after 101 of 250 frames"), "{text}");
}

fn long_wav(id: &[u8; 4], data: &[u8], data_bytes: u64) -> Vec<u8> {
    let mut long = (data_bytes + 72).to_le_bytes().to_vec();
    long.extend(data_bytes.to_le_bytes());
    long.extend((data_bytes / 4).to_le_bytes());
    long.extend([0; 4]);
    let mut bytes = [&id[..], &[0xff; 4], b"WAVE"].concat();
    bytes.extend(chunk(b"ds64", &long));
    bytes.extend(chunk(b"fmt ", &format(1, 2, 4, 16)));
    bytes.extend(b"data\xff\xff\xff\xff");
    bytes.extend(data);
    bytes
}

#[test]
fn rf64_and_bw64() {
    let (data, values) = integers(&planted(202), 16, 2);
    for id in [b"RF64", b"BW64"] {
        let (clip, note) = read("x.wav", &long_wav(id, &data, 404)).unwrap();
        check_samples("long", &clip, 2, &values);
        assert_eq!(note, None);
        // The recorder was interrupted.
        let (clip, note) = read("x.wav", &long_wav(id, &data, 0)).unwrap();
        check_samples("long", &clip, 2, &values);
        assert!(note.is_some());
        let text = refusal("x.wav", &long_wav(id, &data, 1 << 33));
        assert!(text.contains("101 of 2147483648 frames"), "{text}");
    }
    assert_eq!(audio::read(fixture("big.wav")).unwrap().frames(), 480);
    // More than 4 GiB, without taking the room.
    let (_dir, path) = file("long.wav", &long_wav(b"RF64", &data, 5 << 30));
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(80 + (5 << 30)).unwrap();
    let mut reader = AudioReader::open(&path).unwrap();
    assert_eq!(reader.frames_hint(), Some((5 << 30) / 4));
    let mut block = vec![Vec::new(); 2];
    assert_eq!(reader.read_block(&mut block, 200).unwrap(), 200);
    assert_eq!(block[0][..101], values.iter().step_by(2).copied().collect::<Vec<_>>());
}

/// ADPCM states the number of frames, because the last block may be partly filled. (libsndfile
/// and FFmpeg count all of it.)
#[test]
fn adpcm_in_wav() {
    for (name, frames, audible, gain) in
        [("adpcm.wav", 4089, 480, 1.0), ("ms.wav", 3036, 3000, 0.5)]
    {
        let mut clip = audio::read(fixture(name)).unwrap();
        assert_eq!(clip.frames(), frames, "{name}");
        clip.channels.iter_mut().for_each(|channel| channel.truncate(audible));
        check_tones(name, &clip, gain, -14.0);
    }
}

/// The fixtures' audio: a chord that swells, as in `make_audio.py`.
fn tones(frames: usize, rate_hz: f64, channel: usize) -> Vec<f64> {
    (0..frames)
        .map(|n| {
            let (t, c) = (n as f64 / rate_hz, channel as f64);
            let swell = (PI * n as f64 / frames as f64).sin().sqrt();
            let low = 0.5 * (2.0 * PI * 220.0 * (c + 1.0) * t).sin();
            swell * (low + 0.3 * (2.0 * PI * 1234.0 * t + c).sin())
        })
        .collect()
}

/// Checks that the error is below `max_db`, relative to the audio, and that it is lowest where
/// the audio should be, to the sample.
fn check_tones(name: &str, clip: &AudioBuffer, gain: f64, max_db: f64) {
    for (c, channel) in clip.channels.iter().enumerate() {
        let expected = tones(channel.len(), clip.sample_rate_hz.into(), c);
        let inner = &channel[1..channel.len() - 1];
        let error_db = |offset: usize| {
            let pairs = || inner.iter().zip(&expected[offset..]);
            let error: f64 = pairs().map(|(x, y)| (f64::from(*x) - gain * y).powi(2)).sum();
            let energy: f64 = pairs().map(|(_, y)| (gain * y).powi(2)).sum();
            10.0 * (error / energy).log10()
        };
        let [early, right, late] = [0, 1, 2].map(error_db);
        assert!(right < max_db.min(early).min(late), "{name}, channel {c}: {right} dB");
    }
}

/// Audio of 3000 frames; what the encoder added before and after it is left out.
#[test]
fn other_containers_and_encodings() {
    let lossless = -75.0;
    for (name, most) in [
        ("alac.m4a", lossless),
        ("alac.caf", lossless),
        ("pcm.caf", lossless),
        ("pcm.mov", lossless),
        ("flac.mkv", lossless),
        ("aac.m4a", -14.0),
    ] {
        let clip = audio::read(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((clip.sample_rate_hz, clip.channels.len()), (44_100, 2), "{name}");
        assert_eq!(clip.frames(), 3000, "{name}");
        check_tones(name, &clip, 0.5, most);
        let bytes = fs::read(fixture(name)).unwrap();
        refusal(name, &bytes[..bytes.len() * 2 / 3]);
    }
    // Without a container, nothing says what the encoder added.
    let clip = audio::read(fixture("stream.aac")).unwrap();
    assert!(clip.frames() >= 3000 && clip.frames().is_multiple_of(1024), "{}", clip.frames());
}

#[test]
fn what_is_not_read_is_named() {
    for (name, part) in
        [("opus.ogg", "Opus"), ("opus.webm", "Opus in Matroska"), ("ac3.m4a", "AC-3 in MP4")]
    {
        let text = audio::read(fixture(name)).unwrap_err().to_string();
        assert!(text.contains(part) && text.contains("convert it to WAV"), "{name}: {text}");
    }
    for (start, part) in [
        (&b"wvpk\0\0\0\0"[..], "WavPack"),
        (b"MAC \x96\x0f\0\0", "Monkey's Audio"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
        (b".snd\0\0\0\x18", "Sun/NeXT"),
        (b"riff\x2e\x91\xcf\x11", "Wave64"),
        (b"#!AMR\n", "AMR"),
        (b"MThd\0\0\0\x06", "MIDI"),
        (b"DSD \x1c\0\0\0", "DSD"),
    ] {
        let text = refusal("x.wav", &[start, &[0; 5000]].concat());
        assert!(text.contains(part) && text.contains("convert it to WAV"), "{text}");
    }
    for (tag, part) in [(0x31, "GSM"), (0x161, "Windows Media"), (0x4242, "0x4242")] {
        let text = refusal("x.wav", &wav(&format(tag, 1, 65, 0), &[0; 650]));
        assert!(text.contains(part) && text.contains("convert it to WAV"), "{text}");
    }
}

/// A tag with cover art of a number of bytes.
fn id3v2(bytes: usize) -> Vec<u8> {
    let size = [21, 14, 7, 0].map(|shift| (bytes >> shift) as u8 & 0x7f);
    // Art that looks like MP3 frames.
    [&b"ID3\x04\0\0"[..], &size, &[0xff, 0xfb, 0x90, 0x44].repeat(bytes / 4)].concat()
}

#[test]
fn cover_art_in_front() {
    for name in ["stereo.mp3", "mono.mp3", "s16.flac", "s16.wav", "s16.aiff"] {
        let plain = audio::read(fixture(name)).unwrap();
        let bytes = fs::read(fixture(name)).unwrap();
        let tagged = [&id3v2(3 << 20)[..], &id3v2(40), &bytes].concat();
        assert!(read(name, &tagged).unwrap().0 == plain, "{name}");
    }
}

#[test]
fn tags_behind_flac() {
    let id3v1 = [&b"TAG"[..], &[b'x'; 125]].concat();
    let body = [&b"\x05\0\0\0\0\0\0\0Title\0Waltz"[..], &[0; 4]].concat();
    let mark = |header: u32| {
        let size = body.len() as u32 + 32;
        let fields = [2000, size, 1, 0x8000_0000 | header << 29];
        [&b"APETAGEX"[..], &fields.map(u32::to_le_bytes).concat(), &[0; 8]].concat()
    };
    let apev2 = [&mark(1)[..], &body, &mark(0)].concat();
    let text = b"Recorded in one take.\n".repeat(3000);
    let syncs = [0xff, 0xf8, 0xc9, 0x18, 0, 0, 0].repeat(100);
    for name in ["s16.flac", "s8.flac", "s24.flac", "blocks.flac"] {
        let plain = audio::read(fixture(name)).unwrap();
        let bytes = fs::read(fixture(name)).unwrap();
        for (what, tail) in [
            ("ID3v1", &id3v1),
            ("APEv2", &apev2),
            ("both", &[&apev2[..], &id3v1].concat()),
            ("text", &text),
            ("zeros", &vec![0; 5000]),
            ("syncs", &syncs),
        ] {
            let clip = read(name, &[&bytes[..], tail].concat());
            assert!(clip.is_ok_and(|(clip, _)| clip == plain), "{name} with {what}");
        }
        // Nothing is taken for the missing end of a damaged file.
        let cut = [&bytes[..bytes.len() - 20], &id3v1].concat();
        refusal(name, &cut);
    }
}

#[test]
fn aiff_lengths_that_were_never_filled_in() {
    for name in ["s16.aiff", "s24.aiff", "sowt.aiff", "f64.aiff"] {
        let plain = audio::read(fixture(name)).unwrap();
        let mut bytes = fs::read(fixture(name)).unwrap();
        let sound = bytes.windows(4).position(|id| id == b"SSND").unwrap();
        for form in [0, u32::MAX, 100] {
            bytes[4..8].copy_from_slice(&u32::to_be_bytes(form));
            let (clip, note) = read(name, &bytes).unwrap();
            assert!(clip == plain, "{name} {form}");
            assert!(note.is_some_and(|note| note.contains("wrong length")), "{name} {note:?}");
        }
        for size in [0, 8, u32::MAX] {
            bytes[sound + 4..sound + 8].copy_from_slice(&u32::to_be_bytes(size));
            let (clip, note) = read(name, &bytes).unwrap();
            // Padding cannot be told from audio.
            assert!(clip.frames() - plain.frames() <= 1, "{name} {size}");
            assert!(clip.channels[0].starts_with(&plain.channels[0]), "{name} {size}");
            assert!(note.is_some_and(|note| note.contains("does not state")), "{name} {note:?}");
        }
    }
}

/// The same stream with another serial number (RFC 3533, section 6).
fn with_serial(ogg: &[u8], serial: u32) -> Vec<u8> {
    let mut bytes = ogg.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let segments = usize::from(bytes[at + 26]);
        let body: usize = bytes[at + 27..at + 27 + segments].iter().map(|n| usize::from(*n)).sum();
        let page = &mut bytes[at..at + 27 + segments + body];
        page[14..18].copy_from_slice(&serial.to_le_bytes());
        page[22..26].fill(0);
        let crc = page.iter().fold(0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
                crc << 1 ^ if crc >> 31 == 0 { 0 } else { 0x04c1_1db7 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        at += 27 + segments + body;
    }
    bytes
}

#[test]
fn chained_ogg() {
    for name in ["mono.ogg", "pages.ogg"] {
        let plain = audio::read(fixture(name)).unwrap();
        let bytes = fs::read(fixture(name)).unwrap();
        let parts: Vec<_> = (1..4).map(|serial| with_serial(&bytes, serial)).collect();
        let (clip, _) = read(name, &parts.concat()).unwrap();
        for (channel, plain) in clip.channels.iter().zip(&plain.channels) {
            assert!(*channel == plain.repeat(3), "{name}: {} frames", channel.len());
        }
        let cut = [&parts[0][..], &parts[1][..bytes.len() / 2], &parts[2]].concat();
        refusal(name, &cut);
    }
    let [one, two] = ["mono.ogg", "pages.ogg"].map(|name| fs::read(fixture(name)).unwrap());
    let text = refusal("x.ogg", &[&one[..], &with_serial(&two, 9)].concat());
    assert!(text.contains("different sample rates") && text.contains("convert it"), "{text}");
}

/// The body of a `bext` chunk (EBU Tech 3285) of a recorder.
fn bext(reference: u64) -> Vec<u8> {
    let mut body = vec![0; 602];
    body[..4].copy_from_slice(b"Take");
    body[256..264].copy_from_slice(b"Recorder");
    body[320..338].copy_from_slice(b"2026-03-0412:34:56");
    body[338..346].copy_from_slice(&reference.to_le_bytes());
    body
}

#[test]
fn the_time_of_a_recording() {
    let reference = 0x0001_2345_6789_abcd;
    let (format, data) = (chunk(b"fmt ", &format(1, 1, 2, 16)), chunk(b"data", &[1; 100]));
    let bext = chunk(b"bext", &bext(reference));
    let riff = |parts: &[&[u8]]| chunk(b"RIFF", &[b"WAVE", &parts.concat()[..]].concat());
    for bytes in [
        riff(&[&bext, &format, &data]),
        riff(&[&format, &bext, &data]),
        riff(&[&format, &data, &bext]),
    ] {
        let (dir, path) = file("x.wav", &bytes);
        let reader = AudioReader::open(&path).unwrap();
        let origin = reader.origin().clone();
        assert_eq!(origin.time_reference_samples, reference);
        assert_eq!((&origin.date, &origin.time), (b"2026-03-04", b"12:34:56"));
        let path = dir.path().join("y.wav");
        let mut writer = WavWriter::create(&path, 8000, 1).unwrap();
        writer.set_origin(&origin);
        writer.write_block(&[[0.5_f32; 10]]).unwrap();
        writer.finish().unwrap();
        let written = fs::read(&path).unwrap();
        let at = written.windows(4).position(|id| id == b"bext").unwrap() + 8;
        assert_eq!(&written[at + 256..at + 264], b"Unbraid\0");
        assert_eq!(&written[at + 320..at + 346], &bext[8 + 320..8 + 346]);
        assert_eq!(AudioReader::open(&path).unwrap().origin(), &origin);
    }
    let (_dir, path) = file("x.wav", &riff(&[&format, &data]));
    assert_eq!(AudioReader::open(path).unwrap().origin(), &audio::Origin::default());
}

/// What is read from a stream can be opened again; messages have the name that it was given.
#[test]
fn streams_are_kept() {
    for name in ["s16.wav", "alac.m4a", "stereo.mp3", "pages.ogg", "s16.flac"] {
        let bytes = fs::read(fixture(name)).unwrap();
        let input = Input::from_stream("the pipe", &bytes[..]).unwrap();
        for _ in 0..2 {
            assert!(input.read().unwrap() == audio::read(fixture(name)).unwrap(), "{name}");
        }
    }
    let text = Input::from_stream("the pipe", &b""[..]).unwrap().read().unwrap_err().to_string();
    assert!(text.starts_with("the pipe: ") && text.contains("empty"), "{text}");
}

#[test]
fn samples_that_are_no_numbers_can_become_silence() {
    let mut samples = vec![0.25_f32; 5000];
    for (at, value) in [(3, f32::NAN), (2000, f32::INFINITY), (4999, f32::NEG_INFINITY)] {
        samples[at] = value;
    }
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let (_dir, path) = file("x.wav", &wav(&format(3, 1, 4, 32), &data));
    let mut reader = AudioReader::open(path).unwrap();
    reader.set_silence_not_finite(true);
    let mut block = vec![Vec::new()];
    assert_eq!(reader.read_block(&mut block, 10_000).unwrap(), 5000);
    assert_eq!(reader.not_finite(), 3);
    for (x, y) in block[0].iter().zip(&samples) {
        assert_eq!(*x, if y.is_finite() { *y } else { 0.0 });
    }
}
