//! `unbraid library`, and separating with instruments of the library.

use unbraid::dictionary::Dictionary;

use super::command::{Place, refusal, tune};
use super::signals::RATE_HZ;

/// A folder with the dictionary `band.safetensors` of two sources, and their sum `song.wav`.
fn place() -> Place {
    let place = Place::new();
    for (number, name) in ["guitar", "bass"].iter().enumerate() {
        place.wav(&format!("{name}.wav"), RATE_HZ, &[tune(number, RATE_HZ, 6.0)]);
    }
    let song: Vec<f32> =
        tune(0, RATE_HZ, 3.0).iter().zip(tune(1, RATE_HZ, 3.0)).map(|(a, b)| a + b).collect();
    place.wav("song.wav", RATE_HZ, &[song]);
    place.run(
        "learn --source guitar=guitar.wav --source bass=bass.wav -o band.safetensors --seed 3",
    );
    place
}

#[test]
fn instruments_are_kept_listed_and_deleted() {
    let place = place();
    place.run("library --library kept add band.safetensors --tag live --tag strings");
    let names = |words: &str| -> Vec<String> {
        let listed = place.json(words);
        let instruments = listed["instruments"].as_array().unwrap().clone();
        instruments.iter().map(|one| one["name"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(names("library --library kept list"), ["bass", "guitar"]);
    place.run("library --library kept tag Bass low");
    assert_eq!(names("library --library kept list --tag low"), ["bass"]);
    assert_eq!(names("library --library kept list --tag LIVE"), ["guitar"]);
    // Neither is replaced unless asked for, and then keeps its place.
    let before = place.contents();
    let again = place.command("library --library kept add band.safetensors").output().unwrap();
    assert!(refusal(&again, "add again").contains("--force"));
    let missing = place.command("library --library kept remove bass harp").output().unwrap();
    assert!(refusal(&missing, "remove").contains("`harp`"));
    assert_eq!(place.contents(), before);
    place.run("library --library kept add band.safetensors --only GUITAR --force");
    assert_eq!(names("library --library kept list"), ["bass", "guitar"]);
    place.run("library --library kept remove guitar");
    assert_eq!(names("library --library kept list"), ["bass"]);
}

#[test]
fn the_library_separates_as_the_dictionary_it_came_from() {
    let place = place();
    place.run("library --library kept add band.safetensors");
    place.run("library --library kept write guitar bass -o both.safetensors");
    let read = |name: &str| Dictionary::load(&place.path(name)).unwrap();
    let (was, is) = (read("band.safetensors"), read("both.safetensors"));
    assert_eq!((was.w, was.sources, was.rarity), (is.w, is.sources, is.rarity));
    place.run("separate song.wav -d band.safetensors -o one");
    place.run("separate song.wav --instrument guitar --instrument bass --library kept -o two");
    let files = place.contents();
    let stem = |folder: &str| files[&place.path(folder).join("guitar.wav")].clone();
    assert_eq!(stem("one"), stem("two"));
}

#[test]
fn what_is_no_instrument_is_named_and_spoils_nothing() {
    let place = place();
    place.run("library --library kept add band.safetensors --only bass");
    place.write("kept/broken.safetensors", b"not a dictionary");
    place.write("kept/.bass.safetensors", b"another program's");
    place.write("kept/notes.txt", b"text");
    std::fs::copy(place.path("band.safetensors"), place.path("kept/both.safetensors")).unwrap();
    let listed = place.command("library --library kept list").output().unwrap();
    assert!(listed.status.success());
    assert!(String::from_utf8(listed.stdout).unwrap().starts_with("bass"));
    let notes = String::from_utf8(listed.stderr).unwrap();
    assert_eq!(notes.lines().count(), 2, "{notes}");
    assert!(notes.contains("both.safetensors: has 2 instruments"), "{notes}");
    assert!(notes.contains("broken.safetensors"), "{notes}");
    // Not replaced by an instrument that would get its file name.
    place.run("learn --source broken=bass.wav -o broken.safetensors");
    for force in ["", "--force"] {
        let add = format!("library --library kept add broken.safetensors {force}");
        let refused = place.command(&add).output().unwrap();
        assert!(refusal(&refused, "in the way").contains("is in the way"));
    }
    // Another program's dictionary of one instrument is one of the library.
    place.run("library --library kept write bass -o kept/renamed.safetensors --force");
    let twice = place.run("library --library kept list");
    assert_eq!(twice.lines().filter(|line| line.starts_with("bass ")).count(), 2, "{twice}");
}
