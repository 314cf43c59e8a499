//! `unbraid separate`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;
use unbraid::audio::{self};

use crate::band::{BAND, BAND_SDR_DB, Band, SEPARATED, band};
use crate::command::{Place, refusal, tune};
use crate::signals::{difference_dbfs, mono, sum};

#[test]
fn the_band_is_taken_apart() {
    let Band { place, mixture, report } = &*SEPARATED;
    let report = &report["separated"][0];
    assert_eq!(report["samples"], mixture.len());
    assert_eq!(report["rest"], "none");
    let files =
        BAND.iter().chain(&["rest"]).map(|name| Path::new("separated").join(format!("{name}.wav")));
    assert_eq!(report["files"], json!(files.collect::<Vec<_>>()));

    let names = BAND.iter().chain(&["rest"]);
    let signals: Vec<_> =
        names.map(|name| mono(place.path(&format!("separated/{name}.wav")))).collect();
    assert!(difference_dbfs(&sum(&signals), mixture) < -120.0);
    // Nothing is left for the rest but the offset.
    assert!(difference_dbfs(&sum(&signals[..4]), mixture) < -40.0);

    let words = format!("evaluate --reference {} --estimate separated", band("test"));
    let scores = place.json(&words);
    let sdr_db = scores["mean"]["sdr"].as_f64().unwrap();
    assert!(sdr_db > BAND_SDR_DB - 0.3, "mean SDR {sdr_db} dB");
    assert_eq!(scores["matched_by"], "name");
    assert_eq!(scores["left_out"][0]["name"], "rest");
    let table = place.run(&words);
    let mean = table.lines().last().unwrap();
    assert!(mean.starts_with("mean") && mean.contains(&format!("{sdr_db:.2}")), "{table}");
}

/// A source is the same whether or not the others get their own files.
#[test]
fn only_some_sources() {
    let Band { place, mixture, .. } = &*SEPARATED;
    place.run("separate mixture.wav -d band.safetensors --only violin --only bass -o only");
    let names: BTreeSet<_> = fs::read_dir(place.path("only"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["bass.wav", "rest.wav", "violin.wav"].map(String::from).into());
    let only = ["bass", "rest", "violin"].map(|name| mono(place.path(&format!("only/{name}.wav"))));
    assert!(difference_dbfs(&sum(&only), mixture) < -120.0);
    let violin = mono(place.path("separated/violin.wav"));
    assert!(difference_dbfs(&sum(&[violin]), &only[2]) < -120.0);
}

/// A stricter source is less of the mixture, and the others get the difference.
#[test]
fn a_source_is_separated_more_strictly() {
    let Band { place, mixture, .. } = &*SEPARATED;
    place.run("separate mixture.wav -d band.safetensors --strength Violin=100 -o strict");
    let files = BAND.iter().chain(&["rest"]);
    let signals: Vec<_> =
        files.map(|name| mono(place.path(&format!("strict/{name}.wav")))).collect();
    assert!(difference_dbfs(&sum(&signals), mixture) < -120.0);
    let energy = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    let neutral = mono(place.path("separated/violin.wav"));
    assert!(energy(&signals[3]) < 0.8 * energy(&neutral));

    for (words, says) in [
        ("--strength flute=10", "sources are drums, bass, piano, violin"),
        ("--strength violin=10 --strength VIOLIN=20", "given twice"),
        ("--strength violin=101", "from -100 to 100"),
    ] {
        let words = format!("separate mixture.wav -d band.safetensors {words} -o refused");
        let text = refusal(&place.command(&words).output().unwrap(), &words);
        assert!(text.contains(says), "{text}");
    }
}

/// The verdict is in the report and in the lines, unless it is not wanted.
#[test]
fn learning_says_how_well_sources_are_told_apart() {
    let place = &SEPARATED.place;
    let clips =
        ["bass", "drums"].map(|name| format!("{name}={}", band(&format!("train/{name}.flac"))));
    let words = format!("learn --source {} -o pair.safetensors --force", clips.join(" "));
    let report = place.json(&words);
    let bass = &report["learned"][0];
    assert_eq!(bass["verdict"]["closest"], "drums");
    let snr_db = bass["verdict"]["snr"].as_f64().unwrap();
    assert!(snr_db > 8.0, "{snr_db} dB");
    let clear = format!("; clear, about {snr_db:.0} dB");
    assert!(place.run(&words).lines().next().unwrap().ends_with(&clear));
    assert!(!place.run(&format!("{words} --no-verdict")).contains("dB"));
}

/// One instrument against everything else: without a rest it would get everything.
#[test]
fn where_the_rest_comes_from() {
    let Band { place, mixture, .. } = &*SEPARATED;
    let clip = format!("--source violin={}", band("train/violin.flac"));
    place.run(&format!("learn {clip} -o violin.safetensors"));
    place.run(&format!("learn {clip} --mixture mixture.wav -o with-rest.safetensors"));
    let rest_of = |words: &str, folder: &str| {
        let report = place.json(&format!("separate mixture.wav {words} -o {folder}"));
        let signals =
            ["violin", "rest"].map(|name| mono(place.path(&format!("{folder}/{name}.wav"))));
        assert!(difference_dbfs(&sum(&signals), mixture) < -120.0, "{words}");
        (report["separated"][0]["rest"].as_str().unwrap().to_string(), signals)
    };
    let sdr_db = |folder: &str, source: usize| {
        let words = format!("evaluate --reference {} --estimate {folder}", band("test"));
        place.json(&words)["sources"][source]["sdr"].as_f64().unwrap()
    };

    let (rest, [violin, _]) = rest_of("-d violin.safetensors --rest none", "none");
    assert_eq!(rest, "none");
    assert!(difference_dbfs(&sum(&[violin]), mixture) < -40.0);

    // The mixture itself scores -7.5 dB for the violin, 7 dB for the rest.
    for (words, expected) in
        [("-d violin.safetensors", "auto"), ("-d with-rest.safetensors", "learned")]
    {
        assert_eq!(rest_of(words, expected).0, expected);
        let (violin, rest) = (sdr_db(expected, 0), sdr_db(expected, 1));
        assert!(violin > 0.0 && rest > 8.0, "{expected}: {violin} and {rest} dB");
    }
    let (rest, _) = rest_of("-d with-rest.safetensors --rest auto", "auto2");
    assert_eq!(rest, "auto");
    let bytes = |folder: &str| fs::read(place.path(&format!("{folder}/violin.wav"))).unwrap();
    assert_eq!(bytes("auto"), bytes("auto2"), "a learned rest is left out");

    // A rest where there is nothing else hardly takes anything from the sources.
    let words = "separate mixture.wav -d band.safetensors --rest auto -o nothing-else";
    let output = place.command(words).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("hardly anything goes to the rest"));
    let words = format!("evaluate --reference {} --estimate nothing-else", band("test"));
    let sdr_db = place.json(&words)["mean"]["sdr"].as_f64().unwrap();
    // 7.9 dB if its components cost no more than those of the sources.
    assert!(sdr_db > BAND_SDR_DB - 0.3, "mean SDR {sdr_db} dB");

    let words = "separate mixture.wav -d violin.safetensors --rest learned -o none2";
    let output = place.command(words).output().unwrap();
    assert!(refusal(&output, words).contains("--mixture"));
}

/// The bass is silent in the first 6 s of the song; of all in the band, it gains most by that.
#[test]
fn where_a_source_is_silent() {
    let place = Place::new();
    let stems = BAND.map(|name| mono(band(&format!("test/{name}.flac"))));
    let cut = 6 * 44_100;
    let mut bass = stems[1].clone();
    bass[..cut].fill(0.0);
    let others = sum(&[stems[0].clone(), stems[2].clone(), stems[3].clone()])
        .into_iter()
        .map(|x| x as f32)
        .collect::<Vec<_>>();
    let song: Vec<f32> = others.iter().zip(&bass).map(|(a, b)| a + b).collect();
    place.wav("song.wav", 44_100, &[&song]);
    for (name, part) in [("bass", &bass), ("rest", &others)] {
        place.wav(&format!("stems/{name}.wav"), 44_100, &[&part[cut..]]);
    }
    let learn = format!("learn --source Bass={}", band("train/bass.flac"));
    place.run(&format!("{learn} -o bass.safetensors"));
    let sdr_db = |words: &str, folder: &str| -> f64 {
        place.run(&format!("separate song.wav {words} -o {folder}"));
        for (file, name) in [("Bass", "bass"), ("rest", "rest")] {
            let heard = mono(place.path(&format!("{folder}/{file}.wav")));
            place.wav(&format!("{folder}-end/{name}.wav"), 44_100, &[&heard[cut..]]);
        }
        let words = format!("evaluate --reference stems --estimate {folder}-end");
        place.json(&words)["mean"]["sdr"].as_f64().unwrap()
    };
    let unknown = sdr_db("-d bass.safetensors", "unknown");
    let known = sdr_db("-d bass.safetensors --silent bass=0-3,0:03-6", "known");
    assert!(known > unknown + 2.0, "{known} dB, {unknown} dB without");
    place
        .run(&format!("{learn} --mixture song.wav --silent bass=0-3,3-6 -o with-rest.safetensors"));
    let learned = sdr_db("-d with-rest.safetensors", "learned");
    assert!((learned - known).abs() < 0.01, "{learned} dB, {known} dB from the recording itself");

    for (words, says) in [
        ("--silent flute=0-1", "the sources are Bass"),
        ("--silent bass=90-91", "begins at 90 s, but song.wav ends at"),
        ("--silent bass=0-1 --rest none", "add --rest auto"),
        ("other.wav --silent bass=0-1", "is for one recording"),
    ] {
        let words = format!("separate song.wav -d bass.safetensors {words} -o refused");
        let text = refusal(&place.command(&words).output().unwrap(), &words);
        assert!(text.contains(says), "{text}");
    }
    let words = format!("{learn} --silent bass=0-1 -o refused.safetensors");
    let text = refusal(&place.command(&words).output().unwrap(), &words);
    assert!(text.contains("give --mixture FILE as well"), "{text}");
}

#[test]
fn side_by_side_gives_the_bytes_of_one_by_one() {
    let band = &SEPARATED.place;
    let place = Place::new();
    place.write("d.safetensors", &fs::read(band.path("band.safetensors")).unwrap());
    let stereo = [tune(0, 44_100, 2.0), tune(1, 44_100, 2.0)];
    place.wav("stereo.wav", 44_100, &stereo);
    place.wav("slow.wav", 22_050, &[tune(2, 22_050, 2.5)]);
    place.run("separate stereo.wav -d d.safetensors -o one/stereo");
    place.run("separate slow.wav -d d.safetensors -o one/slow");
    let report = place.json("separate stereo.wav slow.wav -d d.safetensors --jobs 2 -o two");
    let mixtures: Vec<_> = (0..2).map(|i| report["separated"][i]["mixture"].as_str()).collect();
    assert_eq!(mixtures, [Some("stereo.wav"), Some("slow.wav")]);
    assert!(report["separated"][0]["remapped"].is_null());
    assert!(report["separated"][1]["remapped"].as_str().unwrap().contains("22050 Hz"));
    for file in
        ["stereo", "slow"].map(|f| BAND.map(|name| format!("{f}/{name}.wav"))).as_flattened()
    {
        let [one, two] = ["one", "two"].map(|at| fs::read(place.path(&format!("{at}/{file}"))));
        assert!(one.unwrap() == two.unwrap(), "{file}");
    }
    let parts: Vec<_> = BAND
        .iter()
        .chain(&["rest"])
        .map(|name| audio::read(place.path(&format!("two/stereo/{name}.wav"))).unwrap())
        .collect();
    for (channel, expected) in stereo.iter().enumerate() {
        let signals: Vec<_> = parts.iter().map(|clip| clip.channels[channel].clone()).collect();
        assert!(difference_dbfs(&sum(&signals), expected) < -120.0);
    }
}
