//! The main job, on the shipped audio, compared with the command line.

use std::path::Path;
use std::process::Command;

use unbraid::audio;
use unbraid::eval::{Stem, evaluate};

use crate::host::{Instance, Setup, UNBRAID, UNBRAID_MULTI};
use crate::steps::{both, demo, dictionary, learn, peak_db, record, with_tail};

const BAND: [&str; 4] = ["violin", "piano", "bass", "drums"];

fn sum(parts: &[Vec<f32>]) -> Vec<f32> {
    (0..parts[0].len()).map(|i| parts.iter().map(|part| part[i]).sum()).collect()
}

fn unbraid(words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_unbraid")).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn mean_sdr_db(stems: &[Vec<f32>], estimates: &[Vec<f32>]) -> f64 {
    let stem = |(name, x): (&&str, &Vec<f32>)| Stem::new(*name, vec![x.clone()]);
    let references: Vec<Stem> = BAND.iter().zip(stems).map(stem).collect();
    let estimates: Vec<Stem> = BAND.iter().zip(estimates).map(stem).collect();
    evaluate(&references, &estimates).unwrap().mean.sdr_db
}

/// The command line's result for `mixture` with a dictionary: one file per source.
fn separated(
    folder: &Path,
    dictionary: &Path,
    mixture: &Path,
    names: &[&str],
) -> Vec<Vec<Vec<f32>>> {
    let words = [mixture.to_str().unwrap(), "-d", dictionary.to_str().unwrap(), "-o"];
    unbraid(&[&["separate"], &words[..], &[folder.to_str().unwrap()]].concat());
    names
        .iter()
        .map(|name| audio::read(folder.join(format!("{name}.wav"))).unwrap().channels)
        .collect()
}

/// Runs in a separate process, to check that a state is restored in a new one.
#[test]
#[ignore = "run by the test below"]
fn bounce_in_a_fresh_process() {
    let folder = std::env::var("UNBRAID_BOUNCE").unwrap();
    let folder = Path::new(&folder);
    let state = std::fs::read(folder.join("state")).unwrap();
    let input = audio::read(folder.join("mixture.wav")).unwrap().channels;
    let plugin = Instance::inactive(UNBRAID_MULTI, Setup { offline: true, ..Setup::default() });
    assert!(plugin.load(&state));
    let mut plugin = plugin;
    plugin.activate();
    // The first block after opening the project is part of the bounce.
    let latency = plugin.latency_samples();
    let played = plugin.play(&with_tail(&input, latency), 4096);
    assert!(plugin.save() == state, "saving again gives the same bytes");
    audio::write_wav(&folder.join("bounce.wav"), 44_100, &played[2..4]).unwrap();
    audio::write_wav(&folder.join("main.wav"), 44_100, &played[..2]).unwrap();
}

#[test]
fn a_band_is_recorded_learned_separated_saved_and_bounced() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut plugin = Instance::new(UNBRAID_MULTI, Setup::default());
    for (slot, name) in BAND.iter().enumerate() {
        record(&mut plugin, slot + 1, &both(&demo("train", name)));
    }
    learn(&mut plugin);

    let stems: Vec<Vec<f32>> = BAND.iter().map(|name| demo("test", name)).collect();
    let mixture = both(&sum(&stems));
    plugin.reset();
    let latency = plugin.latency_samples();
    let played = plugin.play(&with_tail(&mixture, latency), 512);
    let in_time = |out: &Vec<f32>| out[latency..].to_vec();
    let strips: Vec<Vec<f32>> = played[2..].iter().step_by(2).map(in_time).collect();

    // The sum of all outputs is the input.
    let left_over: Vec<f32> = sum(&strips).iter().zip(&mixture[0]).map(|(a, b)| a - b).collect();
    assert!(peak_db(&left_over) < -120.0, "{}", peak_db(&left_over));
    let main_off: Vec<f32> =
        in_time(&played[0]).iter().zip(&mixture[0]).map(|(a, b)| a - b).collect();
    assert!(peak_db(&main_off) < -120.0, "{}", peak_db(&main_off));

    // The command line gives the same samples with the same dictionary.
    dictionary(&plugin).save(&at("plugin.safetensors")).unwrap();
    audio::write_wav(&at("mixture.wav"), 44_100, &mixture).unwrap();
    let names = ["Instrument 1", "Instrument 2", "Instrument 3", "Instrument 4"];
    let same = separated(&at("same"), &at("plugin.safetensors"), &at("mixture.wav"), &names);
    for (strip, channels) in same.iter().enumerate() {
        for (c, channel) in channels.iter().enumerate() {
            let out = &played[2 + 2 * strip + c][latency..];
            assert!(out == &channel[..], "strip {strip}, channel {c}");
        }
    }

    // It separates as well with a dictionary that it learned itself.
    let clips = BAND.map(|name| {
        audio::write_wav(&at(&format!("{name}.wav")), 44_100, &[demo("train", name)]).unwrap();
        format!("{name}={}", at(&format!("{name}.wav")).display())
    });
    let own = at("own.safetensors");
    let mut words = vec!["learn", "-o", own.to_str().unwrap()];
    clips.iter().for_each(|clip| words.extend(["--source", clip]));
    unbraid(&words);
    let own = separated(&at("own"), &own, &at("mixture.wav"), &BAND);
    let own: Vec<Vec<f32>> = own.into_iter().map(|mut channels| channels.remove(0)).collect();
    let (plugin_db, command_db) = (mean_sdr_db(&stems, &strips[..4]), mean_sdr_db(&stems, &own));
    assert!((plugin_db - command_db).abs() < 0.05, "{plugin_db} dB, {command_db} dB");
    assert!(plugin_db > 8.0, "{plugin_db} dB");

    // It is restored in another process, and the bounce matches live playback.
    plugin.set("heard", 1.0);
    plugin.play(&both(&[0.0; 16]), 16);
    std::fs::write(at("state"), plugin.save()).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "job::bounce_in_a_fresh_process"])
        .env("UNBRAID_BOUNCE", folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    for file in ["bounce.wav", "main.wav"] {
        let bounced = audio::read(at(file)).unwrap().channels;
        for (c, (bounced, heard)) in bounced.iter().zip(&played[2..4]).enumerate() {
            let first = bounced.iter().zip(heard).position(|(a, b)| a != b);
            assert_eq!((bounced.len(), first), (heard.len(), None), "{file}, channel {c}");
        }
    }
}

#[test]
fn one_recorded_source_is_told_apart_from_what_plays() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "drums")));
    learn(&mut plugin);
    let stems: Vec<Vec<f32>> = BAND.iter().map(|name| demo("test", name)).collect();
    let mixture = both(&sum(&stems));
    // The rest is adapted while playing once, and then available.
    plugin.set("heard", 1.0);
    let before = dictionary(&plugin).components();
    plugin.play(&mixture, 512);
    plugin.play_until(|plugin| dictionary(plugin).components() > before);
    crate::steps::settle(&mut plugin);
    plugin.reset();
    let latency = plugin.latency_samples();
    let played = plugin.play(&with_tail(&mixture, latency), 512);
    let drums = Stem::new("drums", vec![stems[3].clone()]);
    let heard = Stem::new("drums", vec![played[0][latency..].to_vec()]);
    let mixed = Stem::new("drums", vec![mixture[0].clone()]);
    let sdr_db = |stem| evaluate(std::slice::from_ref(&drums), &[stem]).unwrap().mean.sdr_db;
    let (after_db, before_db) = (sdr_db(heard), sdr_db(mixed));
    assert!(after_db > before_db + 8.0, "{before_db} dB to {after_db} dB");
}
