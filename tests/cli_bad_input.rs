//! The command's response to unusable input: status 1 or 2, one line that names the file and
//! a remedy, nothing left behind, no panic.

mod command;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use command::{Place, refusal, tune};

const RATE_HZ: u32 = 8000;

/// Runs a command that must fail and leave everything unchanged. Its one line of output
/// contains all of `parts`.
fn refused(place: &Place, words: &str, parts: &[&str]) {
    let before = place.contents();
    let output = place.command(words).output().unwrap();
    let text = refusal(&output, words);
    for part in parts {
        assert!(text.contains(part), "unbraid {words}: `{part}` is not in {text}");
    }
    let after = place.contents();
    let changed: Vec<_> =
        after.iter().filter(|&(path, now)| before.get(path) != Some(now)).collect();
    let paths: Vec<_> = changed.into_iter().map(|(path, _)| path).collect();
    assert!(paths.is_empty() && after.len() == before.len(), "unbraid {words}: changed {paths:?}");
}

/// A small dictionary of two sources.
static DICTIONARY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let place = Place::new();
    place.wav("a.wav", RATE_HZ, &[tune(0, RATE_HZ, 1.0)]);
    place.wav("b.wav", RATE_HZ, &[tune(1, RATE_HZ, 1.0)]);
    place.run("learn --source a=a.wav b=b.wav --components 2 --transpose 0 -o d.safetensors");
    fs::read(place.path("d.safetensors")).unwrap()
});

/// A folder with a dictionary and valid recordings.
fn workplace() -> Place {
    let place = Place::new();
    place.write("d.safetensors", &DICTIONARY);
    place.wav("good.wav", RATE_HZ, &[tune(0, RATE_HZ, 1.0)]);
    place.wav("true/a.wav", RATE_HZ, &[tune(0, RATE_HZ, 1.0)]);
    place.wav("true/b.wav", RATE_HZ, &[tune(1, RATE_HZ, 1.0)]);
    place
}

/// Every command that reads audio, on `bad/x.wav`.
const COMMANDS: [&str; 8] = [
    "learn --source a=bad/x.wav -o new.safetensors",
    "learn --source a=good.wav b=good.wav,bad/x.wav -o new.safetensors",
    "learn --source a=good.wav --mixture bad/x.wav -o new.safetensors",
    "separate bad/x.wav -d d.safetensors -o out/deep",
    "separate bad/x.wav -d d.safetensors --only a --rest auto -o out",
    "decompose bad/x.wav --components 2 -o out",
    "evaluate --reference true --estimate bad",
    "plot bad/x.wav -o new.png",
];

fn wav_header(channels: u16, sample_rate_hz: u32, data_bytes: u32) -> Vec<u8> {
    let block = channels * 2;
    let mut header = b"RIFF".to_vec();
    header.extend((36 + data_bytes).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    header.extend(channels.to_le_bytes());
    header.extend(sample_rate_hz.to_le_bytes());
    header.extend(sample_rate_hz.wrapping_mul(u32::from(block)).to_le_bytes());
    header.extend(block.to_le_bytes());
    header.extend(b"\x10\0data");
    header.extend(data_bytes.to_le_bytes());
    header
}

/// 16-bit audio whose header may state wrong values.
fn wav(channels: u16, sample_rate_hz: u32, claimed_bytes: u32) -> Vec<u8> {
    let mut bytes = wav_header(channels, sample_rate_hz, claimed_bytes);
    bytes.extend((0..6000u16).flat_map(|n| (n.wrapping_mul(7919) as i16 / 8).to_le_bytes()));
    bytes
}

fn float_wav(samples: &[f32]) -> Vec<u8> {
    let place = Place::new();
    place.wav("x.wav", RATE_HZ, &[samples]);
    fs::read(place.path("x.wav")).unwrap()
}

#[test]
fn bad_audio() {
    let with = |value: f32| {
        let mut samples = tune(0, RATE_HZ, 1.0);
        samples[4321] = value;
        float_wav(&samples)
    };
    let flac = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/test/bass.flac");
    let flac = fs::read(flac).unwrap();
    let cases: [(&str, Vec<u8>, &str); 11] = [
        ("not audio", b"Dear diary, today nothing sounded at all.\n".repeat(99), "convert it to"),
        ("truncated WAV", wav(1, RATE_HZ, 48_000), "export it again"),
        ("truncated FLAC", flac[..flac.len() / 2].to_vec(), "export it again"),
        ("zero bytes", Vec::new(), "export it again"),
        ("zero frames", wav_header(1, RATE_HZ, 0), "export it again"),
        ("NaN", with(f32::NAN), "repair that place"),
        ("infinite", with(f32::NEG_INFINITY), "repair that place"),
        ("three channels", wav(3, RATE_HZ, 12_000), "mix it down"),
        ("1 Hz", wav(1, 1, 12_000), "export the file again"),
        ("10 MHz", wav(1, 10_000_000, 12_000), "export the file again"),
        ("MP3 in name only", vec![0; 5000], "convert it to"),
    ];
    let place = workplace();
    for (what, bytes, remedy) in cases {
        place.write("bad/x.wav", &bytes);
        for words in COMMANDS {
            println!("{what}: {words}");
            // Separated as silence, and counted.
            if remedy == "repair that place" && words.starts_with("separate") {
                continue;
            }
            refused(&place, words, &["bad/x.wav", remedy]);
        }
    }
}

#[test]
fn missing_audio() {
    let place = workplace();
    for words in COMMANDS {
        if words.starts_with("evaluate") {
            refused(&place, words, &["bad: ", "check the path"]);
        } else {
            refused(&place, words, &["bad/x.wav", "check the path"]);
        }
    }
    fs::create_dir(place.path("bad")).unwrap();
    refused(&place, "separate bad -d d.safetensors -o out", &["bad: is a folder", "name an audio"]);
    refused(&place, "evaluate --reference true --estimate bad", &["bad: no audio files", "name a"]);
}

/// Of the files that are separated in parallel, only the bad one fails.
#[test]
fn one_bad_recording_among_good_ones() {
    let place = workplace();
    place.write("bad.wav", b"");
    let words = "separate good.wav bad.wav -d d.safetensors -o out --jobs 2";
    let output = place.command(words).output().unwrap();
    assert!(refusal(&output, "separate").contains("bad.wav"));
    assert!(place.path("out/good/a.wav").is_file() && !place.path("out/bad").exists());
}

#[test]
fn silence() {
    let place = workplace();
    place.wav("bad/x.wav", RATE_HZ, &[vec![0.0; 8000]]);
    for words in [COMMANDS[0], COMMANDS[2], COMMANDS[5]] {
        refused(&place, words, &["bad/x.wav", "silent", "give a clip"]);
    }
    refused(&place, COMMANDS[6], &["bad", "silent", "name the estimates"]);
    // A silent recording has silent sources.
    place.run(COMMANDS[3]);
    let source = hound::WavReader::open(place.path("out/deep/a.wav")).unwrap();
    let samples: Vec<f32> = source.into_samples().map(Result::unwrap).collect();
    assert_eq!(samples, vec![0.0; 8000]);
}

#[test]
fn one_sample() {
    let place = workplace();
    place.wav("bad/x.wav", RATE_HZ, &[vec![0.5]]);
    refused(&place, COMMANDS[0], &["bad/x.wav", "1 samples", "several seconds"]);
    refused(&place, COMMANDS[2], &["bad/x.wav", "1 samples", "several seconds"]);
    refused(&place, COMMANDS[5], &["bad/x.wav", "only 1 frames", "ask for at most 1"]);
    place.wav("one/a.wav", RATE_HZ, &[vec![0.5]]);
    refused(&place, "evaluate --reference one --estimate one", &["one", "give at least"]);
    for words in [COMMANDS[3], COMMANDS[4]] {
        place.run(words);
    }
    let samples = |name| {
        let file = hound::WavReader::open(place.path(name)).unwrap();
        file.into_samples().map(Result::unwrap).collect::<Vec<f32>>()
    };
    let sum = samples("out/a.wav")[0] + samples("out/rest.wav")[0];
    assert_eq!(samples("out/a.wav").len(), 1);
    assert!((sum - 0.5).abs() < 1e-6, "{sum}");
}

#[test]
fn wrong_usage() {
    let place = workplace();
    place.wav("slow/a.wav", 11_025, &[tune(0, 11_025, 1.0)]);
    place.wav("mixed/a.wav", RATE_HZ, &[tune(0, RATE_HZ, 1.0)]);
    place.wav("mixed/b.wav", 11_025, &[tune(1, 11_025, 1.0)]);
    place.write("twice/a.wav", &fs::read(place.path("good.wav")).unwrap());
    place.write("twice/a.wave", &fs::read(place.path("good.wav")).unwrap());
    let cases: &[(i32, &str, &[&str])] = &[
        (2, "learn -o new.safetensors", &["nothing to learn from", "give --source"]),
        (2, "learn --source good.wav -o new.safetensors", &["good.wav", "write it as NAME=FILE"]),
        (2, "learn --source a=, -o new.safetensors", &["write it as NAME=FILE"]),
        (2, "learn --source a=good.wav A=good.wav -o new.safetensors", &["`A`", "behind one name"]),
        (2, "learn --source mixture=good.wav -o new.safetensors", &["`mixture`", "use 1 to 64"]),
        (2, "learn --source a=good.wav -o good.wav", &["good.wav", "choose another name"]),
        (
            1,
            "learn --source a=good.wav --components 99 -o new.safetensors",
            &["good.wav", "ask for"],
        ),
        (
            2,
            "learn --source a=none.wav b=none.wav c=none.wav d=none.wav e=none.wav \
             --components 1000 -o new.safetensors",
            &["--components 1000", "at most 4096", "at most 819"],
        ),
        (2, "separate good.wav good.wav -d d.safetensors -o out", &["good.wav", "two folders"]),
        (
            2,
            "separate good.wav -d d.safetensors --only c -o out",
            &["--only c", "sources are a, b"],
        ),
        (
            2,
            "separate good.wav -d d.safetensors --rest learned -o out",
            &["d.safetensors", "--mixture"],
        ),
        (1, "separate true/a.wav -d d.safetensors -o true", &["true/a.wav", "another folder"]),
        (1, "decompose good.wav --components 99 -o out", &["good.wav", "ask for at most"]),
        (2, "decompose good.wav --components 2 --hop 4096 -o out", &["--hop 4096", "use 1 to"]),
        (
            1,
            "evaluate --reference true --estimate slow",
            &["slow", "11025 Hz", "true", "bring both"],
        ),
        (1, "evaluate --reference mixed --estimate true", &["mixed/b.wav", "bring all stems"]),
        (1, "evaluate --reference true --estimate twice", &["twice", "`a`", "rename one"]),
        (2, "plot good.wav -o new.jpg", &["new.jpg", "end its name in .png"]),
    ];
    for (status, words, parts) in cases {
        refused(&place, words, parts);
        assert_eq!(place.command(words).output().unwrap().status.code(), Some(*status), "{words}");
    }
}

/// In our words, and in one line.
#[test]
fn values_that_cannot_be_used() {
    let place = workplace();
    let learn = "learn --source a=good.wav -o new.safetensors";
    let separate = "separate good.wav -d d.safetensors -o out";
    let decompose = "decompose good.wav -o out --components 2";
    let cases = [
        (learn, "--seed -1", "use a whole number of 0 or more"),
        (learn, "--components -3", "use a whole number from 1 to 1024"),
        (learn, "--iterations -1", "use a whole number of 0 or more"),
        (learn, "--rate 4000", "use a rate from 8000 to 192000 Hz"),
        (learn, "--transpose -6", "use 0, 6 or 12 semitones"),
        (learn, "--divergence -0.5", "no divergence"),
        (learn, "--method best", "use nmf"),
        (separate, "--jobs -2", "use a whole number from 1 to 256"),
        (separate, "--jobs 1.5", "use a whole number from 1 to 256"),
        (separate, "--rest all", "use none, learned or auto"),
        (separate, "--silent 5", "use a source's name and where it is silent"),
        (decompose, "--hop -8", "use a whole number of 1 or more"),
        (decompose, "--tolerance -1e-5", "use a number from 0 to 1, like 1e-5"),
        (decompose, "--fft-size -64", "use an even number"),
        (decompose, "--threshold=x", "use a number like 1.156"),
    ];
    for (command, option, sentence) in cases {
        let words = format!("{command} {option}");
        let [name, value] = option.split([' ', '=']).collect::<Vec<_>>()[..] else { panic!() };
        refused(&place, &words, &[&format!("unbraid: {name} {value}: "), sentence]);
        assert_eq!(place.command(&words).output().unwrap().status.code(), Some(2), "{words}");
    }
}

/// What the limit on open files leaves depends on what the test itself was started with, and on
/// how the jobs fall: whatever fails says why, and the report accounts for every recording.
#[cfg(unix)]
#[test]
fn too_many_open_files() {
    let place = workplace();
    let words = "separate good.wav true/a.wav true/b.wav -d d.safetensors --jobs 3 -o out --json";
    let mut failures = 0;
    for limit in 5..=14 {
        let limited = format!("ulimit -n {limit}; exec \"$0\" {words}");
        let output = std::process::Command::new("sh")
            .args(["-c", &limited, env!("CARGO_BIN_EXE_unbraid")])
            .current_dir(place.path(""))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        // Too few to begin with: the dictionary is not read, or the program does not start.
        let Ok(report) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else {
            assert_ne!(output.status.code(), Some(0), "{limit}: {text}");
            continue;
        };
        for line in text.lines() {
            assert!(line.contains("use fewer --jobs") && !line.contains("disc"), "{limit}: {text}");
            assert_eq!(line.matches("open files (os error").count(), 1, "{limit}: {text}");
        }
        let [failed, separated] =
            ["failed", "separated"].map(|key| report[key].as_array().unwrap());
        assert_eq!(output.status.code(), Some(i32::from(!failed.is_empty())), "{limit}: {report}");
        assert_eq!(failed.len() + separated.len(), 3, "{limit}: {report}");
        assert_eq!(failed.len(), text.lines().count(), "{limit}: {report}");
        for failure in failed {
            assert!(failure["error"].as_str().unwrap().contains("--jobs"), "{limit}: {report}");
            assert!(failure["mixture"].as_str().unwrap().ends_with(".wav"), "{limit}: {report}");
        }
        failures += failed.len();
    }
    assert!(failures > 0, "no limit was reached");
}

/// One recording's stems would overwrite those of another in the same call.
#[test]
fn no_recording_is_overwritten() {
    let place = workplace();
    let tune = fs::read(place.path("good.wav")).unwrap();
    place.write("songs/good/a.wav", &tune);
    let words = "separate good.wav songs/good/a.wav -d d.safetensors -o songs";
    let output = place.command(words).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("would overwrite"));
    assert!(fs::read(place.path("songs/good/a.wav")).unwrap() == tune);
}

#[test]
fn the_rest_is_no_source_to_ask_for() {
    let place = workplace();
    place.run("learn --source a=good.wav --mixture true/b.wav --components 2 -o rest.safetensors");
    let words = "separate good.wav -d rest.safetensors --only rest -o out";
    refused(&place, words, &["--only rest", "sources are a"]);
}

/// A dictionary's file with the data `w`, and a header that claims `shape` and holds
/// `metadata`.
fn dictionary(shape: &str, offsets: &str, metadata: &str, w: &[f32]) -> Vec<u8> {
    let metadata = metadata.replace('"', "\\\"");
    let header = format!(
        r#"{{"__metadata__":{{"unbraid":"{metadata}"}},"w":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(w.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

fn metadata(version: u64) -> String {
    format!(
        r##"{{"version":{version},"sample_rate_hz":8000,"fft_size":64,"hop":16,"mode":"quality","method":"nmf","divergence":"kl","seed":0,"transpose":0,"sources":[{{"name":"a","color":"#e69f00","components":[0]}},{{"name":"b","color":"#56b4e9","components":[1]}}]}}"##
    )
}

#[test]
fn bad_dictionaries() {
    let good = vec![1.0 / 33.0; 66];
    let with = |value: f32| {
        let mut w = good.clone();
        w[40] = value;
        dictionary("[33,2]", "[0,264]", &metadata(1), &w)
    };
    let mut long_header = dictionary("[33,2]", "[0,264]", &metadata(1), &good);
    long_header[..8].copy_from_slice(&(1u64 << 60).to_le_bytes());
    let huge = "[1073741824,1073741824]";
    let same_names = metadata(1).replace(r#""b""#, r#""a""#);
    let claims = metadata(1).replace("[1]", "[1,2]");
    let odd_size = metadata(1).replace("64", "65");
    let cases: [(&str, Vec<u8>, &[&str]); 13] = [
        ("wrong shape", dictionary("[66,1]", "[0,264]", &metadata(1), &good), &["[33, 2]"]),
        ("wrong length", dictionary("[33,2]", "[0,264]", &metadata(1), &good[1..]), &[]),
        ("negative", with(-0.1), &["negative"]),
        ("NaN", with(f32::NAN), &["NaN"]),
        ("infinite", with(f32::INFINITY), &["infinite"]),
        ("zeros", dictionary("[33,2]", "[0,264]", &metadata(1), &[0.0; 66]), &["zero"]),
        ("2^60 entries", dictionary(huge, "[0,4611686018427387904]", &metadata(1), &good), &[]),
        ("2^60 in few bytes", dictionary(huge, "[0,264]", &metadata(1), &good), &[]),
        ("a header of 2^60 bytes", long_header, &[]),
        ("version", dictionary("[33,2]", "[0,264]", &metadata(7), &good), &["version 7", "update"]),
        ("same name", dictionary("[33,2]", "[0,264]", &same_names, &good), &["`a`"]),
        ("components", dictionary("[33,2]", "[0,264]", &claims, &good), &["[33, 3]"]),
        ("odd FFT size", dictionary("[33,2]", "[0,264]", &odd_size, &good), &["65"]),
    ];
    let place = workplace();
    place.write("bad.safetensors", &dictionary("[33,2]", "[0,264]", &metadata(1), &good));
    place.run("inspect bad.safetensors");
    for (what, bytes, parts) in cases {
        println!("{what}");
        place.write("bad.safetensors", &bytes);
        for words in [
            "inspect bad.safetensors",
            "separate good.wav -d bad.safetensors -o out",
            "plot bad.safetensors -o new.png",
        ] {
            refused(&place, words, parts);
            let remedy = if what == "version" { "update" } else { "learn" };
            refused(&place, words, &["bad.safetensors", remedy]);
        }
    }
    place.write("bad.safetensors", b"");
    refused(&place, "inspect bad.safetensors", &["bad.safetensors", "learn one from clips"]);
    refused(&place, "inspect good.wav", &["good.wav", "not an Unbraid dictionary"]);
    refused(&place, "inspect gone", &["gone", "check the path"]);
}

/// Nothing can be created below a regular file, whichever user runs the command.
#[test]
fn unwritable_output() {
    let place = workplace();
    place.write("file", b"in the way");
    for words in [
        "learn --source a=good.wav --components 2 --transpose 0 -o file/new.safetensors",
        // Before the clips are read, which takes long if they are many.
        "learn --source a=none.wav --components 2 --transpose 0 -o gone/new.safetensors",
        "separate good.wav -d d.safetensors -o file/out",
        "separate good.wav -d d.safetensors -o file",
        "decompose good.wav --components 2 -o file/out",
        "decompose good.wav --components 2 -o file",
        "plot good.wav -o file/new.png",
        "plot d.safetensors -o gone/new.png",
        "demo -o file/demo",
    ] {
        let target = words.rsplit(' ').next().unwrap();
        refused(&place, words, &[target, "; "]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_that_is_full() {
    let place = workplace();
    for words in ["inspect d.safetensors --json", "evaluate --reference true --estimate true"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(words).stdout(full).output().unwrap();
        assert!(refusal(&output, words).contains("standard output: cannot write"), "{output:?}");
    }
}

/// A full disc, simulated by a limit on the size of files.
#[cfg(unix)]
#[test]
fn full_disc() {
    let place = workplace();
    let commands = [
        ("learn --source a=good.wav --components 8 --transpose 0 -o new.safetensors", "new."),
        ("separate good.wav -d d.safetensors -o out/deep", "out/deep"),
        ("decompose good.wav --components 2 -o out/deep", "out/deep"),
        ("plot good.wav -o new.png", "new.png"),
        ("demo -o out", "out"),
    ];
    for (words, file) in commands {
        let before = place.contents();
        let limited = format!("trap '' XFSZ; ulimit -f 1; exec \"$0\" {words}");
        let output = std::process::Command::new("sh")
            .args(["-c", &limited, env!("CARGO_BIN_EXE_unbraid")])
            .current_dir(place.path(""))
            .output()
            .unwrap();
        let text = refusal(&output, words);
        assert!(text.contains(file) && text.contains("the disk is not full"), "{words}: {text}");
        assert!(!text.contains(".unbraid-"), "{words}: {text}");
        assert_eq!(place.contents(), before, "{words}: left something behind");
    }
}
