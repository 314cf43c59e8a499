//! Audio files compared with libsndfile's reading of them (fixtures made by `make_audio.py`),
//! and every way in which a file can be bad.

use std::f64::consts::PI;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use ndarray_npy::NpzReader;
use tempfile::TempDir;
use unbraid::atomic_file::write_atomically;
use unbraid::audio::{self, AudioError, AudioReader, Resampler, WavWriter, converted_frames};

const EXACT: [&str; 20] = [
    "u8.wav",
    "s16.wav",
    "s24.wav",
    "s32.wav",
    "f32.wav",
    "f64.wav",
    "ext16.wav",
    "ext24.wav",
    "ext32f.wav",
    "s8.aiff",
    "s16.aiff",
    "s24.aiff",
    "s32.aiff",
    "sowt.aiff",
    "f32.aiff",
    "f64.aiff",
    "s8.flac",
    "s16.flac",
    "s24.flac",
    "blocks.flac",
];
const LOSSY: [&str; 4] = ["mono.ogg", "pages.ogg", "mono.mp3", "stereo.mp3"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio").join(name)
}

fn expected<T>(name: &str) -> Array2<T>
where
    T: ndarray_npy::ReadableElement,
{
    let file = fs::File::open(fixture("expected.npz")).unwrap();
    NpzReader::new(file).unwrap().by_name(name).unwrap()
}

/// A file in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// The error of reading a file.
fn error(path: &Path) -> AudioError {
    let error = audio::read(path).map(|clip| clip.frames()).expect_err("this must not be read");
    check_error(path, &error);
    error
}

/// One line that names the file and, after a semicolon, the remedy.
fn check_error(path: &Path, error: &AudioError) {
    let text = error.to_string();
    assert!(text.starts_with(&path.display().to_string()), "{text}");
    assert!(!text.contains('\n') && text.contains(';'), "{text}");
}

#[test]
fn samples_equal_those_of_libsndfile_bit_for_bit() {
    for name in EXACT {
        let expected = expected::<f32>(name);
        let clip = audio::read(fixture(name)).unwrap();
        assert_eq!((clip.channels.len(), clip.frames()), expected.dim(), "{name}");
        for (channel, expected) in clip.channels.iter().zip(expected.rows()) {
            assert!(channel.iter().eq(expected), "{name}");
        }
    }
}

#[test]
fn lossy_files_have_the_length_and_place_that_they_were_made_with() {
    for name in LOSSY {
        let expected = expected::<i16>(name);
        let clip = audio::read(fixture(name)).unwrap();
        assert_eq!((clip.channels.len(), clip.frames()), expected.dim(), "{name}");
        for (channel, expected) in clip.channels.iter().zip(expected.rows()) {
            for (x, y) in channel.iter().zip(expected) {
                assert!((x * 32768.0 - f32::from(*y)).abs() < 0.75, "{name}: {x} {y}");
            }
        }
    }
}

#[test]
fn blocks_of_any_size_give_the_same_samples() {
    for name in ["s16.wav", "blocks.flac", "pages.ogg", "stereo.mp3"] {
        let whole = audio::read(fixture(name)).unwrap();
        let mut reader = AudioReader::open(fixture(name)).unwrap();
        assert_eq!(reader.frames_hint(), Some(whole.frames() as u64), "{name}");
        let mut block = vec![Vec::new(); reader.channels()];
        let mut channels = block.clone();
        for size in [1, 7, 64, 1000, 3].iter().cycle() {
            let frames = reader.read_block(&mut block, *size).unwrap();
            assert!(block.iter().all(|channel| channel.len() == frames), "{name}");
            channels.iter_mut().zip(&block).for_each(|(all, new)| all.extend(new));
            if frames < *size {
                break;
            }
        }
        assert_eq!(channels, whole.channels, "{name}");
        assert_eq!(reader.read_block(&mut block, 5).unwrap(), 0, "{name}");
    }
}

/// An MP3 without a tag does not state its length: all of it is read.
#[test]
fn mp3_without_a_tag_is_read_to_its_end() {
    let bytes = fs::read(fixture("stereo.mp3")).unwrap();
    let second = bytes[2..].windows(2).position(|w| w == &bytes[..2]).unwrap() + 2;
    let (_dir, path) = file("untagged.mp3", &bytes[second..]);
    let untagged = audio::read(path).unwrap();
    let tagged = audio::read(fixture("stereo.mp3")).unwrap();
    assert!(untagged.frames() % 1152 == 0 && untagged.frames() > 1105 + tagged.frames() + 1152);
    assert_eq!(untagged.channels[0][1105..1105 + tagged.frames()], tagged.channels[0]);
}

#[test]
fn cut_files_are_refused() {
    for name in ["s16.wav", "f64.aiff", "s24.flac", "blocks.flac", "pages.ogg", "stereo.mp3"] {
        let bytes = fs::read(fixture(name)).unwrap();
        // Up to a frame of an MP3 may be missing: see `MP3_SLACK_FRAMES`.
        let fractions = if name == "stereo.mp3" { [0.3, 0.5, 0.7] } else { [0.3, 0.6, 0.97] };
        for fraction in fractions {
            let (_dir, path) = file(name, &bytes[..(bytes.len() as f64 * fraction) as usize]);
            let error = error(&path);
            assert!(
                matches!(error, AudioError::EndsEarly { .. } | AudioError::Damaged { .. }),
                "{error}"
            );
        }
    }
    let bytes = fs::read(fixture("s16.wav")).unwrap();
    let (_dir, path) = file("cut.wav", &bytes[..bytes.len() - 4 * 11]);
    assert!(error(&path).to_string().contains("after 200 of 211 frames"));
}

#[test]
fn a_damaged_piece_is_noticed() {
    for name in ["blocks.flac", "pages.ogg"] {
        let mut bytes = fs::read(fixture(name)).unwrap();
        let middle = bytes.len() / 2 + 100;
        bytes[middle..middle + 40].fill(0x55);
        let (_dir, path) = file(name, &bytes);
        let error = error(&path);
        assert!(matches!(error, AudioError::Damaged { .. }), "{error}");
    }
}

#[test]
fn what_is_not_audio_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(error(dir.path()), AudioError::Folder { .. }));
    assert!(matches!(error(&dir.path().join("missing.wav")), AudioError::Open { .. }));
    let (_dir, path) = file("empty.wav", b"");
    assert!(matches!(error(&path), AudioError::Empty { .. }));
    let noise: Vec<u8> =
        (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for bytes in [b"x".as_slice(), b"RIFF", &b"no sound here, only words. ".repeat(99), &noise] {
        let (_dir, path) = file("words.wav", bytes);
        let error = error(&path);
        assert!(matches!(error, AudioError::NotAudio { .. }), "{error}");
    }
    let error = error(&fixture("opus.ogg"));
    assert!(matches!(error, AudioError::NotAudio { .. }) && error.to_string().contains("Opus"));
}

#[test]
fn more_than_two_channels_are_refused() {
    for name in ["three.wav", "three.flac"] {
        let error = error(&fixture(name));
        assert!(matches!(error, AudioError::Channels { found: 3, .. }), "{error}");
    }
}

/// Random bytes changed, mostly in the header, in every format: the result is samples or an
/// error, never a panic. (With overflow checks, as in debug builds, symphonia's own
/// arithmetic panics on absurd WAV headers.)
#[cfg(not(debug_assertions))]
#[test]
fn damage_of_any_kind_is_an_error_at_worst() {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let (_dir, path) = file("damaged", b"");
    for name in EXACT.iter().chain(&LOSSY) {
        let bytes = fs::read(fixture(name)).unwrap();
        for _ in 0..50 {
            let mut damaged = bytes.clone();
            let reach = if rng.random_bool(0.7) { 120 } else { bytes.len() };
            for _ in 0..rng.random_range(1..6) {
                damaged[rng.random_range(0..reach)] = rng.random();
            }
            fs::write(&path, &damaged).unwrap();
            if let Err(error) = audio::read(&path) {
                check_error(&path, &error);
            }
        }
    }
}

/// Byte offsets in the header of a plain WAV file.
const RATE_AT: usize = 24;
const DATA_LENGTH_AT: usize = 40;

#[test]
fn absurd_headers_are_refused() {
    let plain = fs::read(fixture("u8.wav")).unwrap();
    let patched = |at: usize, value: u32| {
        let mut bytes = plain.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    for rate in [0, 1, 999, 768_001, 10_000_000, u32::MAX] {
        let (_dir, path) = file("rate.wav", &patched(RATE_AT, rate));
        let error = error(&path);
        assert!(matches!(error, AudioError::SampleRate { found, .. } if found == rate), "{error}");
    }
    let mut huge = patched(DATA_LENGTH_AT, 3_000_000_000);
    huge[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let (_dir, path) = file("huge.wav", &huge);
    assert!(matches!(error(&path), AudioError::EndsEarly { .. }));
    let mut none = patched(DATA_LENGTH_AT, 0);
    none.truncate(DATA_LENGTH_AT + 4);
    let (_dir, path) = file("none.wav", &none);
    assert!(matches!(error(&path), AudioError::NoFrames { .. }));
}

#[test]
fn samples_that_are_no_numbers_are_refused_with_their_place() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (_dir, path) = file("x.wav", b"");
        let mut right = vec![0.0; 8000];
        right[6000] = value;
        audio::write_wav(&path, 8000, &[vec![0.0; 8000], right]).unwrap();
        let text = error(&path).to_string();
        assert!(text.contains("0.750000 s"), "{text}");
    }
    // Finite in 64 bits, not in 32.
    let mut bytes = fs::read(fixture("f64.wav")).unwrap();
    let end = bytes.len();
    bytes[end - 8..].copy_from_slice(&1e300_f64.to_le_bytes());
    let (_dir, path) = file("f64.wav", &bytes);
    assert!(matches!(error(&path), AudioError::NotFinite { .. }));
}

#[test]
fn written_files_are_read_back_bit_for_bit() {
    let channels: Vec<Vec<f32>> =
        (1..=2).map(|c| (0..3000).map(|n| ((n * c) as f32 * 0.01).sin() * 3.0).collect()).collect();
    for channels in [&channels[..1], &channels[..]] {
        let (dir, path) = file("x.wav", b"what was there before");
        let mut writer = WavWriter::create(&path, 96_000, channels.len()).unwrap();
        for piece in 0..3 {
            let block: Vec<&[f32]> =
                channels.iter().map(|c| &c[piece * 1000..(piece + 1) * 1000]).collect();
            writer.write_block(&block).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"what was there before");
        }
        writer.finish().unwrap();
        let clip = audio::read(&path).unwrap();
        assert_eq!((clip.sample_rate_hz, clip.channels.as_slice()), (96_000, channels));
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    }
}

#[test]
fn an_unfinished_file_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = WavWriter::create(&dir.path().join("x.wav"), 48_000, 1).unwrap();
    writer.write_block(&[vec![0.5; 100_000]]).unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &Path| WavWriter::create(path, 48_000, 2).map(|_| ());
    let missing = dir.path().join("no/such/folder.wav");
    let text = write(&missing).unwrap_err().to_string();
    assert!(text.starts_with(&missing.display().to_string()) && text.contains("folder"), "{text}");
    assert!(matches!(write(dir.path()), Err(AudioError::Write { .. })));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_are_not_replaced() {
    let error = audio::write_wav(Path::new("/dev/null"), 48_000, &[[0.0_f32]]).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[test]
fn a_failed_write_keeps_what_was_there() {
    let (dir, path) = file("x.txt", b"old");
    let result = write_atomically(&path, |writer| {
        writer.write_all(&[b'x'; 100_000])?;
        Err(io::Error::other("no more"))
    });
    assert_eq!(result.unwrap_err().to_string(), "no more");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_rights_are_the_usual_ones() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, path) = file("x.txt", b"old");
    let link = dir.path().join("link.txt");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    write_atomically(&link, |writer| writer.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let plain = dir.path().join("plain.txt");
    fs::write(&plain, b"").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&plain));
}

/// A sine of `hz` at a sample rate.
fn sine(hz: f64, rate_hz: u32, frames: usize) -> Vec<f32> {
    let step = 2.0 * PI * hz / f64::from(rate_hz);
    (0..frames).map(|n| (step * n as f64 + 0.3).sin() as f32).collect()
}

const RATES_HZ: [(u32, u32); 6] = [
    (44_100, 48_000),
    (48_000, 44_100),
    (22_050, 44_100),
    (96_000, 44_100),
    (8_000, 192_000),
    (192_000, 8_000),
];

#[test]
fn a_resampled_sine_is_the_sine_at_the_new_rate() {
    for (from, to) in RATES_HZ {
        let lower = from.min(to);
        let frames = from as usize + 17;
        // Away from the ends by the length of the filter.
        let edge = 2100 * to as usize / lower as usize;
        for fraction in [0.02, 0.3, 0.48] {
            let hz = fraction * f64::from(lower);
            let [left, right] = [sine(hz, from, frames), sine(hz / 2.0, from, frames)];
            let resampled = audio::resample(&[left, right], from, to);
            let length = (frames as f64 * f64::from(to) / f64::from(from)).round() as usize;
            for (channel, hz) in resampled.iter().zip([hz, hz / 2.0]) {
                assert_eq!(channel.len(), length);
                let ideal = sine(hz, to, length);
                for n in edge..length - edge {
                    assert!((channel[n] - ideal[n]).abs() < 1e-6, "{from} {to} {hz} {n}");
                }
            }
        }
    }
}

#[test]
fn resampling_down_removes_what_would_alias() {
    let frames = 48_000;
    let resampled = audio::resample(&[sine(9_000.0, 48_000, frames)], 48_000, 16_000);
    let middle = &resampled[0][2100..resampled[0].len() - 2100];
    assert!(middle.iter().all(|x| x.abs() < 1e-6));
}

#[test]
fn resampling_in_blocks_equals_resampling_the_whole() {
    for (from, to) in [(44_100, 48_000), (48_000, 44_100), (44_100, 44_100)] {
        for frames in [0, 1, 100, 30_000] {
            let input = [sine(440.0, from, frames), sine(1234.0, from, frames)];
            let whole = audio::resample(&input, from, to);
            assert_eq!(whole[0].len() as u64, converted_frames(frames as u64, from, to));
            let mut resampler = Resampler::new(2, from, to);
            for _ in 0..2 {
                let mut output = vec![Vec::new(); 2];
                for start in (0..frames).step_by(777) {
                    let block = start..frames.min(start + 777);
                    let block = [&input[0][block.clone()], &input[1][block]];
                    resampler.process(&block, &mut output);
                }
                resampler.finish(&mut output);
                assert_eq!(output, whole, "{from} {to} {frames}");
            }
        }
    }
}
