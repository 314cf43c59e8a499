//! `unbraid demo`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::band::{BAND, BAND_SDR_DB, SEPARATED};
use crate::command::Place;

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
    // The same engine, called directly on the same audio, gives the same bytes.
    let by_hand = &SEPARATED.place;
    for name in BAND {
        let [a, b] = [by_hand.path("separated"), place.path("here/demo/separated")]
            .map(|folder| fs::read(folder.join(format!("{name}.wav"))).unwrap());
        assert!(a == b, "{name}");
    }
}

/// Writes the demo to `UNBRAID_DEMO`. `cargo xtask cross` runs it on two systems and compares.
#[test]
#[ignore = "writes to a folder for other systems to compare"]
fn demo_for_other_systems() {
    let folder = PathBuf::from(std::env::var_os("UNBRAID_DEMO").unwrap());
    let mut command = Place::new().command("demo -o");
    assert!(command.arg(folder).current_dir(".").status().unwrap().success());
}
