//! The band, separated once for all tests.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use unbraid::audio::write_wav;

use crate::command::Place;
use crate::signals::{mono, sum};

pub const BAND: [&str; 4] = ["drums", "bass", "piano", "violin"];

/// The band's present score in dB. Tuning for other sets may change it by some tenths.
pub const BAND_SDR_DB: f64 = 8.45;

pub fn band(part: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(part).display().to_string()
}

/// A folder with the band's mixture, its dictionary, and `separated/`.
pub struct Band {
    pub place: Place,
    pub mixture: Vec<f32>,
    /// The output of `separate --json`.
    pub report: Value,
}

pub static SEPARATED: LazyLock<Band> = LazyLock::new(|| {
    let place = Place::new();
    let stems = BAND.map(|name| mono(band(&format!("test/{name}.flac"))));
    let mixture: Vec<f32> = sum(&stems).into_iter().map(|x| x as f32).collect();
    write_wav(&place.path("mixture.wav"), 44_100, &[&mixture[..]]).unwrap();
    let sources = BAND.map(|name| format!("{name}={}", band(&format!("train/{name}.flac"))));
    place.run(&format!("learn --source {} -o band.safetensors", sources.join(" ")));
    let report = place.json("separate mixture.wav -d band.safetensors -o separated");
    Band { place, mixture, report }
});
