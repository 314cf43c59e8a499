//! The command from end to end, on the band that it is shipped with.

mod command;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ndarray::{Array1, Array2, Axis};
use ndarray_npy::NpzReader;
use serde_json::{Value, json};
use unbraid::audio::{self, write_wav};
use unbraid::dsp::window::hann;
use unbraid::learn::preprocess::threshold_frames;
use unbraid::learn::spectrogram::stft_centred;
use unbraid::learn::{Score, greedy};

use command::{Place, refusal, tune};

const BAND: [&str; 4] = ["drums", "bass", "piano", "violin"];

/// What the band scores at present, in dB. Tuning for other sets may move it by
/// some tenths.
const BAND_SDR_DB: f64 = 8.45;

fn band(part: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(part).display().to_string()
}

fn mono(path: impl AsRef<Path>) -> Vec<f32> {
    let clip = audio::read(path).unwrap();
    assert_eq!(clip.channels.len(), 1);
    clip.channels.into_iter().next().unwrap()
}

/// The sum of signals in 64 bits.
fn sum(signals: &[Vec<f32>]) -> Vec<f64> {
    let mut sum = vec![0.0; signals[0].len()];
    for signal in signals {
        assert_eq!(signal.len(), sum.len());
        sum.iter_mut().zip(signal).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    sum
}

/// Largest difference of two signals in dB below full scale.
fn difference_dbfs(a: &[f64], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(b).map(|(a, b)| (a - f64::from(*b)).abs()).fold(0.0, f64::max);
    20.0 * largest.log10()
}

/// A folder with the band's mixture, its dictionary, and `separated/`.
struct Band {
    place: Place,
    mixture: Vec<f32>,
    /// What `separate --json` said.
    report: Value,
}

static SEPARATED: LazyLock<Band> = LazyLock::new(|| {
    let place = Place::new();
    let stems = BAND.map(|name| mono(band(&format!("test/{name}.flac"))));
    let mixture: Vec<f32> = sum(&stems).into_iter().map(|x| x as f32).collect();
    write_wav(&place.path("mixture.wav"), 44_100, &[&mixture[..]]).unwrap();
    let sources = BAND.map(|name| format!("{name}={}", band(&format!("train/{name}.flac"))));
    place.run(&format!("learn --source {} -o band.safetensors", sources.join(" ")));
    let report = place.json("separate mixture.wav -d band.safetensors -o separated");
    Band { place, mixture, report }
});

#[test]
fn the_band_is_taken_apart() {
    let Band { place, mixture, report } = &*SEPARATED;
    let report = &report["separated"][0];
    assert_eq!(report["samples"], mixture.len());
    assert_eq!(report["rest"], "none");
    let files = BAND.iter().chain(&["rest"]).map(|name| format!("separated/{name}.wav"));
    assert_eq!(report["files"], json!(files.collect::<Vec<_>>()));

    let names = BAND.iter().chain(&["rest"]);
    let signals: Vec<_> =
        names.map(|name| mono(place.path(&format!("separated/{name}.wav")))).collect();
    assert!(difference_dbfs(&sum(&signals), mixture) < -120.0);
    assert!(signals[4].iter().all(|x| *x == 0.0), "nothing is left for the rest");

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

/// A source is the same whether or not the others get files of their own.
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

/// One instrument against everything else: without a rest it would get all.
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

    let (rest, [violin, silence]) = rest_of("-d violin.safetensors --rest none", "none");
    assert_eq!(rest, "none");
    assert!(difference_dbfs(&sum(&[violin]), mixture) < -120.0);
    assert!(silence.iter().all(|x| *x == 0.0));

    // The mixture itself is at -7.5 dB for the violin, 7 dB for the rest.
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

    let words = "separate mixture.wav -d violin.safetensors --rest learned -o none2";
    let output = place.command(words).output().unwrap();
    assert!(refusal(&output, words).contains("--mixture"));
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
    let parts =
        BAND.map(|name| audio::read(place.path(&format!("two/stereo/{name}.wav"))).unwrap());
    for (channel, expected) in stereo.iter().enumerate() {
        let signals: Vec<_> = parts.iter().map(|clip| clip.channels[channel].clone()).collect();
        assert!(difference_dbfs(&sum(&signals), expected) < -120.0);
    }
}

const RATE_HZ: u32 = 8000;

/// Magnitudes as `decompose --fft-size 512 --hop 128` has them.
fn magnitudes(samples: &[f32]) -> Array2<f32> {
    stft_centred(samples, &hann(512), 128).mapv(|x| x.norm())
}

/// Two tunes at once, 3 s.
fn duet() -> Vec<f32> {
    let parts = [tune(0, RATE_HZ, 3.0), tune(1, RATE_HZ, 3.0)];
    sum(&parts).into_iter().map(|x| x as f32).collect()
}

const SMALL: &str = "--fft-size 512 --hop 128 -o out";

fn npz<T: ndarray_npy::ReadableElement>(place: &Place, name: &str) -> Array2<T> {
    let file = fs::File::open(place.path("out/factors.npz")).unwrap();
    NpzReader::new(file).unwrap().by_name(name).unwrap()
}

fn npz_columns(place: &Place) -> Option<Vec<usize>> {
    let file = fs::File::open(place.path("out/factors.npz")).unwrap();
    let columns: Array1<i64> = NpzReader::new(file).unwrap().by_name("columns").ok()?;
    Some(columns.iter().map(|&column| column as usize).collect())
}

#[test]
fn decompose_gives_components_that_sum_to_the_recording() {
    let place = Place::new();
    let duet = duet();
    place.wav("duet.wav", RATE_HZ, &[&duet]);
    let v = magnitudes(&duet);
    let methods = ["nmf", "snpa", "greedy", "greedy2", "spa", "xray"];
    for (method, synthesis) in
        methods.into_iter().zip(["product", "mask"].into_iter().cycle()).chain([("nmf", "mask")])
    {
        let words = format!("--components 3 --method {method} --synthesis {synthesis} {SMALL}");
        let report = place.json(&format!("decompose duet.wav {words}"));
        let names = ["component-01", "component-02", "component-03", "residual"];
        let signals = names.map(|name| mono(place.path(&format!("out/{name}.wav"))));
        assert!(difference_dbfs(&sum(&signals), &duet) < -120.0, "{words}");

        // Of the product, also where masks are written, whose sum says nothing.
        let energy = |x: &[f32]| x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let snr_db = 10.0 * (energy(&duet) / energy(&signals[3])).log10();
        let reported = report["reconstruction_snr_db"].as_f64().unwrap();
        assert!((3.0..60.0).contains(&reported), "{words}: {reported} dB");
        if synthesis == "mask" {
            assert!(snr_db > 100.0, "{words}: {snr_db} dB");
        } else {
            assert!((snr_db - reported).abs() < 0.01, "{snr_db}, {reported}");
        }

        let (w, h) = (npz::<f32>(&place, "W"), npz::<f32>(&place, "H"));
        assert_eq!((w.dim(), h.dim()), ((257, 3), (3, v.ncols())), "{words}");
        assert_eq!(
            report["shapes"],
            json!({"V": [257, v.ncols()], "W": [257, 3], "H": [3, v.ncols()]})
        );
        assert_eq!(report["columns"], json!(npz_columns(&place)));
        match npz_columns(&place) {
            // What was picked is what it says: bin for bin the frames of V.
            Some(columns) => assert!(close(&w, &v.select(Axis(1), &columns)), "{words}"),
            None => assert_eq!(method, "nmf"),
        }
    }
    for picture in ["spectrogram", "W", "H", "components"] {
        assert_eq!(png_size(place.path(&format!("out/{picture}.png"))).0, 1600);
    }
}

fn close(a: &Array2<f32>, b: &Array2<f32>) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0))
}

/// Width and height of a PNG.
fn png_size(path: PathBuf) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xaeB`\x82"));
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn decompose_by_nmf_descends_and_is_sorted() {
    let place = Place::new();
    place.wav("duet.wav", RATE_HZ, &[duet()]);
    for divergence in ["kl", "euclidean", "is", "0.5"] {
        let words = format!(
            "decompose duet.wav --components 4 --divergence {divergence} --iterations 30 \
             --tolerance 0 --seed 3 {SMALL}"
        );
        let report = place.json(&words);
        let objective = report["objective"].as_array().unwrap();
        let objective: Vec<f64> = objective.iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!(objective.len(), 31);
        let rises = objective.windows(2).any(|pair| pair[1] > pair[0] * (1.0 + 1e-5));
        assert!(!rises, "{divergence}: {objective:?}");
        let w = npz::<f32>(&place, "W");
        let peak = |column: ndarray::ArrayView1<f32>| {
            column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0
        };
        assert!(w.columns().into_iter().map(peak).is_sorted(), "{divergence}");
        if divergence == "kl" {
            let before = place.contents();
            place.json(&words);
            assert!(place.contents() == before, "the same seed gives the same bytes");
        }
    }
}

#[test]
fn decompose_of_stereo_keeps_what_sits_where() {
    let place = Place::new();
    let left = tune(0, RATE_HZ, 2.0);
    let right: Vec<f32> = left.iter().map(|x| -0.25 * x).collect();
    place.wav("x.wav", RATE_HZ, &[left.clone(), right.clone()]);
    place.run(&format!("decompose x.wav --components 3 --synthesis product {SMALL}"));
    let names = ["component-01", "component-02", "component-03", "residual"];
    let clips = names.map(|name| audio::read(place.path(&format!("out/{name}.wav"))).unwrap());
    for (channel, expected) in [left, right].iter().enumerate() {
        let signals: Vec<_> = clips.iter().map(|clip| clip.channels[channel].clone()).collect();
        assert!(difference_dbfs(&sum(&signals), expected) < -120.0);
    }
    // A quarter of the level with the phase reversed, in every component.
    for clip in &clips[..3] {
        let expected: Vec<f64> = clip.channels[0].iter().map(|&x| -0.25 * f64::from(x)).collect();
        assert!(difference_dbfs(&expected, &clip.channels[1]) < -100.0);
    }
}

#[test]
fn decompose_picks_by_the_score_and_threshold_asked_for() {
    let place = Place::new();
    let duet = duet();
    place.wav("duet.wav", RATE_HZ, &[&duet]);
    let v = magnitudes(&duet);
    let picked = |words: &str| {
        place.run(&format!("decompose duet.wav --components 5 --method greedy {words} {SMALL}"));
        npz_columns(&place).unwrap()
    };
    let expected = |v: &Array2<f32>, score| greedy(v.view(), 5, score, &mut |_| true).unwrap();
    assert_eq!(picked(""), expected(&v, Score::Linear));
    assert_eq!(picked("--score squared"), expected(&v, Score::Squared));
    assert_ne!(expected(&v, Score::Linear), expected(&v, Score::Squared));

    picked("--threshold=0.2");
    let mut thresholded = v.clone();
    threshold_frames(thresholded.view_mut(), 0.2);
    let columns = npz_columns(&place).unwrap();
    assert!(close(&npz::<f32>(&place, "W"), &thresholded.select(Axis(1), &columns)));
    let zeros = |w: &Array2<f32>| w.iter().filter(|x| **x == 0.0).count();
    assert!(zeros(&npz::<f32>(&place, "W")) > 200);
}

/// Sounds that are never alone in the recording are found in the solo clips.
#[test]
fn decompose_picks_from_solo_clips() {
    let place = Place::new();
    let tone = |hz: f64| -> Vec<f32> {
        let sample = |n: usize| (std::f64::consts::TAU * hz * n as f64 / 8000.0).sin() * 0.2;
        (0..8000).map(|n| sample(n) as f32).collect()
    };
    let [low, high] = [tone(500.0), tone(1500.0)];
    let both: Vec<f32> = low.iter().zip(&high).map(|(a, b)| a + 0.5 * b).collect();
    place.wav("both.wav", RATE_HZ, &[both]);
    place.wav("low.wav", RATE_HZ, &[low]);
    place.wav("high.wav", RATE_HZ, &[high]);
    let report = place.json(&format!(
        "decompose both.wav --components 2 --method snpa --solo low.wav --solo high.wav {SMALL}"
    ));
    let origins = report["origins"].as_array().unwrap();
    let files: BTreeSet<_> =
        origins.iter().map(|origin| origin["file"].as_str().unwrap()).collect();
    assert_eq!(files, BTreeSet::from(["low.wav", "high.wav"]), "{report:#}");
    let frames = 1 + 8000 / 128;
    for (column, origin) in npz_columns(&place).unwrap().into_iter().zip(origins) {
        let clip = 1 + usize::from(origin["file"] == "high.wav");
        assert_eq!(column, clip * frames + origin["frame"].as_u64().unwrap() as usize);
    }
    assert_eq!(npz::<f32>(&place, "H").dim(), (2, frames), "the recording's frames only");
}

/// A tone too soft to hear is as pure a spectrum as any, unless it is dropped.
#[test]
fn decompose_can_drop_silent_frames() {
    let place = Place::new();
    let soft = |n: usize| (std::f64::consts::TAU * 3000.0 * n as f64 / 8000.0).sin() as f32 * 1e-5;
    let soft: Vec<f32> = (0..8000).map(soft).collect();
    place.wav("x.wav", RATE_HZ, &[[soft, tune(0, RATE_HZ, 2.0)].concat()]);
    let soft = 8000 / 128 - 4;
    for (words, any_soft) in [("", true), ("--drop-silent", false)] {
        place.run(&format!("decompose x.wav --components 4 --method snpa {words} {SMALL}"));
        let columns = npz_columns(&place).unwrap();
        assert_eq!(columns.iter().any(|column| *column < soft), any_soft, "{words}: {columns:?}");
        let h = npz::<f32>(&place, "H");
        assert_eq!(h.ncols(), 1 + 24_000 / 128);
        let active = h.columns().into_iter().take(soft).any(|frame| frame.sum() > 0.0);
        assert_eq!(active, any_soft, "{words}");
    }
}

#[test]
fn evaluate_pairs_by_score_where_names_say_nothing() {
    let place = Place::new();
    for (number, name) in ["a", "b", "c"].iter().enumerate() {
        place.wav(&format!("true/{name}.wav"), RATE_HZ, &[tune(number, RATE_HZ, 2.0)]);
    }
    place.write("true/notes.txt", b"not audio");
    // Out of order, and one with a little of another in it.
    let mut blurred = tune(0, RATE_HZ, 2.0);
    blurred.iter_mut().zip(tune(2, RATE_HZ, 2.0)).for_each(|(x, other)| *x += 0.1 * other);
    place.wav("found/component-01.wav", RATE_HZ, &[tune(1, RATE_HZ, 2.0)]);
    place.wav("found/component-02.wav", RATE_HZ, &[blurred]);
    let output =
        place.command("evaluate --reference true --estimate found --json").output().unwrap();
    assert!(output.status.success());
    let notes = String::from_utf8(output.stderr).unwrap();
    assert_eq!(notes, "note: left out: reference `c`: no estimate for it\n");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["matched_by"], "score");
    let pairs: Vec<_> = (0..2)
        .map(|i| [&report["sources"][i]["reference"], &report["sources"][i]["estimate"]])
        .collect();
    assert_eq!(json!(pairs), json!([["a", "component-02"], ["b", "component-01"]]));
    // SNR of a tune with a tenth of a tune of the same level added: about 20 dB.
    for metric in ["sdr", "sir", "sar", "si_sdr", "snr"] {
        assert!(report["sources"][1][metric].as_f64().unwrap() > 60.0, "{metric}");
        let mean = report["mean"][metric].as_f64().unwrap();
        let sum: f64 = (0..2).map(|i| report["sources"][i][metric].as_f64().unwrap()).sum();
        assert!((mean - sum / 2.0).abs() < 1e-9);
    }
    assert!((report["sources"][0]["snr"].as_f64().unwrap() - 20.0).abs() < 1.0);
}

#[test]
fn plot_tells_dictionaries_from_recordings() {
    let place = &SEPARATED.place;
    fs::copy(place.path("band.safetensors"), place.path("unnamed")).unwrap();
    for (file, picture) in
        [("mixture.wav", "a.png"), ("band.safetensors", "b.PNG"), ("unnamed", "c.png")]
    {
        let output = place.command(&format!("plot {file} -o {picture}")).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        assert!(png_size(place.path(picture)).1 > 300);
    }
    let [b, c] = ["b.PNG", "c.png"].map(|name| png_size(place.path(name)));
    assert_eq!(b, c);
}

#[test]
fn the_demo_shows_it_all() {
    let place = Place::new();
    let text = place.run("demo -o here/demo");
    let mean = text.lines().find(|line| line.starts_with("mean")).unwrap();
    let values: Vec<f64> = mean.split_whitespace().skip(1).map(|x| x.parse().unwrap()).collect();
    let [mixture, sdr, _, _, oracle] = values[..] else { panic!("{text}") };
    assert!(mixture < 0.0 && sdr > BAND_SDR_DB - 0.3 && oracle > sdr, "{text}");
    assert!(text.contains("here/demo/mixture.wav"));
    let page = fs::read_to_string(place.path("here/demo/report.html")).unwrap();
    let links = page.split(['"']).filter(|part| {
        ["wav", "flac", "png"].iter().any(|name| part.ends_with(&format!(".{name}")))
    });
    let links: BTreeSet<&str> = links.collect();
    assert_eq!(links.len(), 1 + 3 * 4 + 3, "{links:?}");
    for link in links {
        assert!(place.path(&format!("here/demo/{link}")).is_file(), "{link}");
    }
    // The same engine, called by hand on the same audio, gives the same bytes.
    let by_hand = &SEPARATED.place;
    for name in BAND {
        let [a, b] = [by_hand.path("separated"), place.path("here/demo/separated")]
            .map(|folder| fs::read(folder.join(format!("{name}.wav"))).unwrap());
        assert!(a == b, "{name}");
    }
}
