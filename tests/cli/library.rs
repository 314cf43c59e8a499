//! `unbraid library`, and separating with instruments of the library.

use unbraid::dictionary::Dictionary;
use unbraid::library::{Details, Library, StoredRecording};

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
    let twice = place.command("library --library kept remove guitar GUITAR").output().unwrap();
    assert!(refusal(&twice, "remove twice").contains("named twice"));
    let onto = "library --library kept write bass guitar --force -o kept/guitar.safetensors";
    let onto = place.command(onto).output().unwrap();
    assert!(refusal(&onto, "write onto itself").contains("overwrite"));
    assert!(refusal(&again, "add again").contains("--force"));
    let missing = place.command("library --library kept remove bass harp").output().unwrap();
    assert!(refusal(&missing, "remove").contains("`harp`"));
    assert_eq!(place.contents(), before);
    place.run("library --library kept add band.safetensors --only GUITAR --force");
    assert_eq!(names("library --library kept list"), ["bass", "guitar"]);
    assert_eq!(names("library --library kept list --tag live"), ["guitar"], "tags stay");
    place.run("library --library kept remove guitar");
    assert_eq!(names("library --library kept list"), ["bass"]);
}

/// All or none are added, also where two names cannot be stored side by side.
#[test]
fn nothing_is_added_by_half() {
    let place = place();
    let mut dictionary = Dictionary::load(&place.path("band.safetensors")).unwrap();
    dictionary.sources[0].name = "x.".to_string();
    dictionary.sources[1].name = "x_".to_string();
    dictionary.save(&place.path("alike.safetensors")).unwrap();
    let add = |file: &str| place.command(&format!("library --library kept add {file}")).output();
    let refused = refusal(&add("alike.safetensors").unwrap(), "alike");
    assert!(refused.contains("x. and x_ would both be stored as"), "{refused}");
    assert_eq!(place.json("library --library kept list")["instruments"], serde_json::json!([]));

    let mut rest = dictionary.sources.remove(0);
    rest.components.extend(dictionary.sources.remove(0).components);
    (rest.name, rest.rest) = ("rest".to_string(), true);
    dictionary.sources.push(rest);
    dictionary.save(&place.path("rest.safetensors")).unwrap();
    let refused = refusal(&add("rest.safetensors").unwrap(), "only a rest");
    assert!(refused.contains("no source beside the rest"), "{refused}");
    let separate = "separate song.wav -d rest.safetensors -o out";
    let refused = refusal(&place.command(separate).output().unwrap(), separate);
    assert!(refused.contains("no source beside the rest"), "{refused}");
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

/// As the plugin stores them; the command passes them on unread.
#[test]
fn recordings_stay_with_their_instrument() {
    let place = place();
    let dictionary = Dictionary::load(&place.path("band.safetensors")).unwrap();
    let recording = |sound: &[u8]| StoredRecording {
        sample_rate_hz: RATE_HZ,
        samples: 5 * RATE_HZ as usize,
        exponents: vec![-2],
        dual_mono: true,
        song_position: Some(123),
        flac: sound.to_vec(),
    };
    let recordings = [recording(b"first sound"), recording(b"second")];
    let [kept, other] = ["kept", "other"].map(|folder| Library::at(place.path(folder)));
    kept.add(&dictionary, 0, &recordings, Details::default(), false).unwrap();
    place.run("library --library kept tag guitar loud");
    place.run("library --library other add kept/guitar.safetensors");
    for folder in ["kept", "other"] {
        let found = Library::at(place.path(folder)).find("guitar").unwrap();
        assert_eq!(found.with_recordings().unwrap().1.unwrap(), recordings, "{folder}");
        let listed = place.json(&format!("library --library {folder} list"));
        assert_eq!(listed["instruments"][0]["recorded_s"], 10.0);
        let text = place.run(&format!("library --library {folder} list"));
        assert!(text.contains("10.0 s of recordings"), "{text}");
    }
    // The dictionary is the same with and without them.
    kept.add(&dictionary, 0, &[], Details::default(), true).unwrap();
    let [with, without] = ["other", "kept"]
        .map(|folder| Dictionary::load(&place.path(folder).join("guitar.safetensors")).unwrap());
    assert_eq!(with, without);
    // One of them is missing: it is said, the instrument can be used, and tags change nothing else.
    let file = place.path("other/guitar.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let name = bytes.windows(13).position(|part| part == b"recording.001").unwrap();
    bytes[name + 12] = b'7';
    std::fs::write(&file, &bytes).unwrap();
    let (found, damaged) = other.find("guitar").unwrap().with_recordings().unwrap();
    assert!(damaged.unwrap_err().to_string().contains("incomplete") && found.dictionary == with);
    place.run("library --library other tag guitar soft");
    let now = std::fs::read(&file).unwrap();
    let has = |part: &[u8]| now.windows(part.len()).any(|window| window == part);
    assert!(has(b"first sound") && has(b"recording.007") && has(b"second"));
    // A file that was copied in part.
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
    let listing = other.list().unwrap();
    assert!(listing.instruments.is_empty() && listing.unusable.len() == 1);
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
        assert!(refusal(&refused, "in the way").contains("another file already has this name"));
    }
    // Another program's dictionary of one instrument is one of the library.
    place.run("library --library kept write bass -o kept/renamed.safetensors --force");
    let twice = place.run("library --library kept list");
    assert_eq!(twice.lines().filter(|line| line.starts_with("bass ")).count(), 2, "{twice}");
    let which = place.command("library --library kept remove bass").output().unwrap();
    assert!(refusal(&which, "two of one name").contains("two files hold an instrument `bass`"));
}

/// Tags are written into the file that is there, of which nothing else changes.
#[test]
fn a_tag_leaves_the_rest_of_a_file_alone() {
    let place = place();
    place.wav("band.wav", RATE_HZ, &[tune(3, RATE_HZ, 6.0)]);
    std::fs::create_dir(place.path("kept")).unwrap();
    place.run("learn --source harp=guitar.wav --mixture band.wav -o kept/harp.safetensors");
    let before = Dictionary::load(&place.path("kept/harp.safetensors")).unwrap();
    assert!(before.rest().is_some());
    place.run("library --library kept tag harp mine");
    assert_eq!(Dictionary::load(&place.path("kept/harp.safetensors")).unwrap(), before);
    let listed = place.json("library --library kept list");
    assert_eq!(listed["instruments"][0]["tags"], serde_json::json!(["mine"]));
    // As an instrument of the library it has no rest.
    place.run("library --library kept write harp -o harp.safetensors");
    assert!(Dictionary::load(&place.path("harp.safetensors")).unwrap().rest().is_none());
}

#[test]
fn what_differs_from_the_first_instrument_is_said() {
    let place = place();
    place.run("learn --source tuba=bass.wav -o tuba.safetensors --divergence is --transpose 0");
    place.run("library --library kept add tuba.safetensors");
    place.run("library --library kept add band.safetensors");
    let write = "library --library kept write guitar tuba bass -o all.safetensors";
    let output = place.command(write).output().unwrap();
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("tuba was learned with the divergence is and ±0"), "{notes}");
    let sources = Dictionary::load(&place.path("all.safetensors")).unwrap().sources;
    let mut colors: Vec<String> = sources.into_iter().map(|source| source.color).collect();
    colors.sort();
    colors.dedup();
    assert_eq!(colors.len(), 3);
}
