//! Files as users have them: any name, hidden ones beside, pipes, one channel.

#[path = "command/mod.rs"]
mod command;

use std::fs;

use command::{Place, refusal, tune};

/// A place with two sources' clips, their mixture, and a dictionary.
fn learned() -> Place {
    let place = Place::new();
    let [a, b] = [1, 2].map(|number| tune(number, 8000, 3.0));
    let mixture: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    place.wav("a.wav", 8000, &[&a]);
    place.wav("b.wav", 8000, &[&b]);
    place.wav("mix.wav", 8000, &[&mixture]);
    place.run("learn --source a=a.wav --source b=b.wav --components 4 -o d.safetensors");
    place
}

#[cfg(unix)]
#[test]
fn names_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let place = learned();
    let name = |start: &str| [start.as_bytes(), b"caf\xe9.wav"].concat();
    let file = name("");
    fs::copy(place.path("mix.wav"), place.path("").join(OsStr::from_bytes(&file))).unwrap();
    let run = |words: &str, arguments: &[&[u8]]| {
        let arguments = arguments.iter().map(|argument| OsStr::from_bytes(argument));
        let output = place.command(words).args(arguments).output().unwrap();
        assert!(output.status.success(), "{words}: {output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let shown = "caf\u{fffd}.wav";
    let report = run("separate -d d.safetensors -o out --json", &[&file]);
    assert!(report.to_string().contains(shown), "{report}");
    let report = run("decompose --components 2 -o parts --json", &[&file]);
    assert!(report.to_string().contains(shown), "{report}");
    run("learn --components 2 -o e.safetensors --json --source", &[&name("x=")]);
    assert!(place.path("e.safetensors").exists());
}

#[test]
fn hidden_files_are_no_stems_and_case_does_not_matter() {
    let place = learned();
    fs::create_dir_all(place.path("true")).unwrap();
    fs::copy(place.path("a.wav"), place.path("true/A.wav")).unwrap();
    fs::copy(place.path("b.wav"), place.path("true/b.wav")).unwrap();
    place.write("true/._a.wav", b"not audio at all");
    place.run("separate mix.wav -d d.safetensors -o out");
    let report = place.json("evaluate --reference true --estimate out");
    let names: Vec<_> = report["sources"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2, "{report}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_dictionary_and_is_not_waited_for() {
    let place = learned();
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe")).status();
    assert!(made.unwrap().success());
    for path in ["pipe", "/dev/zero", "."] {
        let output = place.command(&format!("inspect {path}")).output().unwrap();
        assert!(refusal(&output, path).contains("not a regular file"));
    }
}

/// Players send a channel that is marked as the front left one to the left only.
#[test]
fn one_channel_has_no_speaker() {
    let place = learned();
    place.run("separate mix.wav -d d.safetensors -o out");
    let bytes = fs::read(place.path("out/a.wav")).unwrap();
    assert_eq!(&bytes[12..16], b"fmt ");
    assert_eq!(u32::from_le_bytes(bytes[16..20].try_into().unwrap()), 40, "extensible");
    assert_eq!(u32::from_le_bytes(bytes[40..44].try_into().unwrap()), 0, "channel mask");
}

/// `safetensors.numpy.save_file` writes the bytes of an array as they lie.
#[test]
fn factors_are_row_major() {
    let place = learned();
    place.run("decompose mix.wav --components 3 -o parts");
    let bytes = fs::read(place.path("parts/factors.npz")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(text.matches("'fortran_order': False").count(), 2, "W and H");
    assert!(!text.contains("'fortran_order': True"));
}
