//! `unbraid plot`.

use std::fs;
use std::path::PathBuf;

use crate::band::SEPARATED;

/// Width and height of a PNG.
pub fn png_size(path: PathBuf) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xaeB`\x82"));
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
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
