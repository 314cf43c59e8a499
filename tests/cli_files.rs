//! Files as users have them: any name, hidden ones beside, pipes, one channel, and files that
//! are there already.

#[path = "command/mod.rs"]
mod command;

use std::fs;
use std::path::Path;

use command::{Place, refusal, tune, with_slashes};

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
    let report = run("decompose mix.wav --components 2 --json -o", &[&name("out-")]);
    assert_eq!(report["files"].as_array().unwrap().len(), 8, "{report}");
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
    // One that would be left out, were it not for its name.
    fs::copy(place.path("mix.wav"), place.path("true/MIXTURE.wav")).unwrap();
    // It is not scored, so it need not fit.
    place.wav("out/mixture.wav", 44_100, &[[0.1, 0.2]]);
    let report = place.json("evaluate --reference true --estimate out");
    for (place, side) in ["reference", "estimate"].iter().enumerate() {
        assert_eq!(report["left_out"][place]["reason"], "mixture", "{report}");
        assert_eq!(report["left_out"][place]["side"], *side, "{report}");
    }
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
    let format = bytes.windows(4).position(|id| id == b"fmt ").unwrap();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(number(format + 4), 40, "extensible");
    assert_eq!(number(format + 28), 0, "channel mask");
}

/// A `bext` chunk (EBU Tech 3285) with a time reference.
fn bext(reference: u64) -> Vec<u8> {
    let mut body = vec![0; 602];
    body[338..346].copy_from_slice(&reference.to_le_bytes());
    [&b"bext"[..], &602_u32.to_le_bytes(), &body].concat()
}

/// Stems line up with the recording in a project.
#[test]
fn results_have_the_time_of_the_recording() {
    let place = learned();
    let plain = fs::read(place.path("mix.wav")).unwrap();
    place.write("timed.wav", &[&plain[..12], &bext(123_456_789_012), &plain[12..]].concat());
    for (file, reference) in [("mix.wav", 0), ("timed.wav", 123_456_789_012)] {
        place.run(&format!("separate {file} -d d.safetensors --only a -o out --force"));
        place.run(&format!("decompose {file} --components 2 -o parts --force"));
        for file in ["out/a.wav", "out/rest.wav", "parts/component-01.wav", "parts/residual.wav"] {
            let bytes = fs::read(place.path(file)).unwrap();
            let at = bytes.windows(4).position(|id| id == b"bext").unwrap() + 8;
            assert_eq!(&bytes[at + 256..at + 264], b"Unbraid\0");
            assert_eq!(bytes[at + 338..at + 346], u64::to_le_bytes(reference), "{file}");
        }
    }
}

/// Runs a command with a file piped to it.
fn piped(place: &Place, words: &str, file: &str) -> std::process::Output {
    let mut command = place.command(words);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let bytes = fs::read(place.path(file)).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

#[test]
fn standard_input_and_output() {
    let place = learned();
    let same = |one: &str, two: &str| {
        let [one, two] = [one, two].map(|name| fs::read(place.path(name)).unwrap());
        one == two
    };
    for rest in ["none", "auto"] {
        let words = |file: &str, folder: &str| {
            format!("separate {file} -d d.safetensors --rest {rest} -o {folder}-{rest}")
        };
        place.run(&words("mix.wav", "file"));
        let output = piped(&place, &words("-", "pipe"), "mix.wav");
        assert!(output.status.success(), "{output:?}");
        for name in ["a.wav", "b.wav", "rest.wav"] {
            assert!(same(&format!("file-{rest}/{name}"), &format!("pipe-{rest}/{name}")), "{name}");
        }
    }
    place.run("decompose mix.wav --components 2 -o file");
    assert!(piped(&place, "decompose - --components 2 -o pipe", "mix.wav").status.success());
    assert!(same("file/component-01.wav", "pipe/component-01.wav"));

    place.run("plot d.safetensors -o d.png");
    let output = piped(&place, "plot - -o -", "mix.wav");
    assert!(output.stdout.starts_with(b"\x89PNG") && output.status.success());
    let output = piped(&place, "plot - -o -", "d.safetensors");
    assert!(output.stdout.starts_with(b"\x89PNG") && output.status.success());

    let words = "learn --source a=- --source b=b.wav --components 4 -o";
    let output = piped(&place, &format!("{words} -"), "a.wav");
    assert!(output.stdout == fs::read(place.path("d.safetensors")).unwrap());
    assert!(String::from_utf8_lossy(&output.stderr).contains("a: 4 components"), "{output:?}");

    let scores = place.json("evaluate --reference a.wav --estimate file-none/a.wav");
    let output = piped(&place, "evaluate --reference a.wav --estimate - --json", "file-none/a.wav");
    let piped_scores: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(scores["mean"], piped_scores["mean"]);

    for (words, part) in [
        ("separate mix.wav -d d.safetensors -o -", "name a folder"),
        ("decompose mix.wav --components 2 -o -", "name a folder"),
        ("learn --source a=- b=- -o x.safetensors", "read only once"),
    ] {
        let text = refusal(&piped(&place, words, "mix.wav"), words);
        assert!(text.contains(part), "{text}");
    }
    let text = refusal(&piped(&place, "plot - -o x.png", "d.png"), "plot");
    assert!(text.contains("standard input: ") && text.contains("convert it to"), "{text}");
}

#[cfg(unix)]
#[test]
fn pipes_with_a_name() {
    let place = learned();
    place.run("separate mix.wav -d d.safetensors --rest auto -o file");
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe")).status();
    assert!(made.unwrap().success());
    let (bytes, pipe) = (fs::read(place.path("mix.wav")).unwrap(), place.path("pipe"));
    let writer = std::thread::spawn(move || fs::write(pipe, bytes).unwrap());
    place.run("separate pipe -d d.safetensors --rest auto -o out");
    writer.join().unwrap();
    let words = "separate /dev/stdin -d d.safetensors --rest auto -o in";
    assert!(piped(&place, words, "mix.wav").status.success());
    for name in ["a.wav", "b.wav", "rest.wav"] {
        let [file, out, stdin] =
            ["file", "out", "in"].map(|at| fs::read(place.path(&format!("{at}/{name}"))).unwrap());
        assert!(file == out && file == stdin, "{name}");
    }
}

/// Of a recording of hours, one faulty sample does not refuse the rest.
#[test]
fn samples_that_are_not_finite_are_counted() {
    let place = learned();
    let mut mixture = tune(1, 8000, 3.0);
    for at in [100, 101, 20_000] {
        mixture[at] = f32::NAN;
    }
    place.wav("bad.wav", 8000, &[&mixture]);
    for rest in ["none", "auto"] {
        let words =
            format!("separate bad.wav -d d.safetensors --rest {rest} -o out --force --json");
        let output = place.command(&words).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["separated"][0]["not_finite"], 3);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.matches("3 samples were not finite").count(), 1, "{text}");
        let parts = ["a", "b", "rest"].map(|name| {
            let clip = unbraid::audio::read(place.path(&format!("out/{name}.wav"))).unwrap();
            clip.channels[0].clone()
        });
        for (n, x) in mixture.iter().enumerate() {
            let sum = parts[0][n] + parts[1][n] + parts[2][n];
            assert!((sum - if x.is_finite() { *x } else { 0.0 }).abs() < 1e-5, "{n}");
        }
    }
    let report = place.json("separate mix.wav -d d.safetensors -o out --force");
    assert_eq!(report["separated"][0]["not_finite"], 0);
}

/// Said once, although the recording is read twice.
#[test]
fn a_recording_without_its_length_is_noted() {
    let place = learned();
    let mut bytes = fs::read(place.path("mix.wav")).unwrap();
    let data = bytes.windows(4).position(|id| id == b"data").unwrap();
    bytes[data + 4..data + 8].fill(0xff);
    place.write("stream.wav", &bytes);
    place.run("separate mix.wav -d d.safetensors --rest auto -o whole");
    let words = "separate stream.wav -d d.safetensors --rest auto -o out";
    let output = place.command(words).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text.matches("stream.wav: its header does not state its length").count(),
        1,
        "{text}"
    );
    let [whole, out] = ["whole", "out"].map(|at| fs::read(place.path(&format!("{at}/a.wav"))));
    assert!(whole.unwrap() == out.unwrap());
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

#[test]
fn evaluate_names_what_it_cannot_read_and_the_folder_of_a_problem() {
    let place = learned();
    for (from, to) in [("a", "true/a"), ("b", "true/b"), ("a", "out/a"), ("b", "out/b")] {
        place.write(&format!("{to}.wav"), &fs::read(place.path(&format!("{from}.wav"))).unwrap());
    }
    place.write("true/c.opus", b"anything");
    place.write("out/cover.png", b"anything");
    let output = place.command("evaluate --reference true --estimate out --json").output().unwrap();
    let notes = with_slashes(String::from_utf8(output.stderr).unwrap());
    assert_eq!(notes.lines().count(), 1, "{notes}");
    assert!(notes.contains("true/c.opus") && notes.contains("convert it"), "{notes}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["unread"], serde_json::json!([Path::new("true").join("c.opus")]));
    let quiet = place.command("evaluate --reference true --estimate out --quiet").output().unwrap();
    assert!(quiet.stderr.is_empty() && quiet.stdout.starts_with(b"dB"), "{quiet:?}");

    let refused = |words: &str| {
        let output = place.command(words).output().unwrap();
        refusal(&output, words)
    };
    place.write("opus/a.opus", b"anything");
    let text = refused("evaluate --reference true --estimate opus");
    assert!(text.contains("opus: no audio files") && text.contains("a.opus"), "{text}");
    place.write("out/A.flac", &fs::read(place.path("a.wav")).unwrap());
    let text = refused("evaluate --reference true --estimate out");
    assert!(text.contains("out: two estimates") && !text.contains("true"), "{text}");
    let text = refused("evaluate --reference out --estimate true");
    assert!(text.contains("out: two references"), "{text}");
    fs::remove_file(place.path("out/A.flac")).unwrap();
    place.wav("out/a.wav", 8000, &[tune(1, 8000, 2.0)]);
    let text = refused("evaluate --reference true --estimate out");
    assert!(
        text.contains("estimate `a` is 16000 samples long") && text.contains("24000: cut both"),
        "{text}"
    );
}

/// Clips often have the names of the sources.
#[test]
fn existing_files_are_replaced_with_force_only() {
    let place = learned();
    place.write("mix.png", b"mine");
    place.write("component-02.wav", b"mine");
    place.write("report.html", b"mine");
    let commands = [
        ("separate mix.wav -d d.safetensors -o .", "a.wav"),
        ("separate b.wav mix.wav -d d.safetensors -o many", "many/mix/b.wav"),
        ("decompose mix.wav --components 3 -o .", "component-02.wav"),
        ("plot mix.wav -o mix.png", "mix.png"),
        ("learn --source a=a.wav --components 2 -o d.safetensors", "d.safetensors"),
        ("demo -o .", "report.html"),
    ];
    place.write("many/mix/b.wav", b"mine");
    let before = place.contents();
    for (words, file) in commands {
        let text = refusal(&place.command(words).output().unwrap(), words);
        assert!(text.contains(file) && text.contains("--force"), "{words}: {text}");
        assert!(place.contents() == before, "{words}");
    }
    for (words, file) in &commands[..5] {
        place.run(&format!("{words} --force"));
        assert!(
            fs::read(place.path(file)).unwrap() != *before[&place.path(file)].as_ref().unwrap()
        );
    }
    // Never one of the inputs.
    let words = "separate a.wav -d d.safetensors -o . --force";
    assert!(refusal(&place.command(words).output().unwrap(), words).contains("would overwrite"));
}

/// The demo may be run again, and its page says how to repeat the steps.
#[test]
fn a_demo_replaces_a_demo() {
    let place = Place::new();
    place.write("old/report.html", b"<title>Unbraid: a band, taken apart</title>");
    place.write("old/mixture.wav", b"an earlier one");
    place.run("demo -o old");
    let page = fs::read_to_string(place.path("old/report.html")).unwrap();
    let commands = page.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    for line in commands.lines() {
        let words: Vec<_> = line.split_whitespace().skip(1).collect();
        let mut command = place.command("");
        let output = command.args(words).current_dir(place.path("old")).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
}

#[test]
fn files_have_names_that_every_system_can_store() {
    let place = learned();
    place.run("learn --source CON=a.wav --source b.=b.wav --components 2 -o names.safetensors");
    let words = "separate mix.wav -d names.safetensors -o out";
    let notes = String::from_utf8(place.command(words).output().unwrap().stderr).unwrap();
    assert!(notes.contains("source `CON` is written to CON_.wav"), "{notes}");
    let mut names: Vec<_> = fs::read_dir(place.path("out")).unwrap().collect();
    names.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
    let names: Vec<_> = names.into_iter().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["CON_.wav", "b_.wav", "rest.wav"]);
    // One name, typed on two systems.
    let output = place
        .command("learn -o twins.safetensors --source")
        .args(["voixe\u{301}=a.wav", "Voix\u{e9}=b.wav"])
        .output()
        .unwrap();
    assert!(refusal(&output, "twins").contains("two sources are named"));
}

#[test]
fn what_killed_commands_left_is_removed_by_the_next() {
    let place = learned();
    let lock = |name: &str| {
        place.write(&format!("out/{name}/.lock"), b"locked while in use\n");
        place.write(&format!("out/{name}/.unbraid-1.partial"), b"half a file");
    };
    lock(".unbraid-killed");
    lock(".unbraid-running");
    place.write("out/.unbraid-killed.partial", b"half a file");
    place.write("out/.unbraid-mine", b"another file");
    // A user's own folders, and what a command left that was killed before it wrote anything.
    place.write("out/.unbraid-backup/takes/one.txt", b"mine");
    place.write("out/.unbraid-locker/.lock", b"mine");
    fs::create_dir(place.path("out/.unbraid-abcdef")).unwrap();
    #[cfg(unix)]
    for name in ["backup", "locker", "abcdef"] {
        let folder = fs::File::open(place.path(&format!("out/.unbraid-{name}"))).unwrap();
        folder.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    let running = fs::File::open(place.path("out/.unbraid-running/.lock")).unwrap();
    running.lock().unwrap();
    place.run("separate mix.wav -d d.safetensors -o out");
    let hidden = place.contents().into_keys().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_string();
        (path.parent() == Some(&*place.path("out")) && name.starts_with('.')).then_some(name)
    });
    let mut hidden: Vec<_> = hidden.collect();
    // Where the time of a folder cannot be set, an empty one is taken for new.
    hidden.retain(|name| cfg!(unix) || name != ".unbraid-abcdef");
    let expected = [".unbraid-backup", ".unbraid-locker", ".unbraid-mine", ".unbraid-running"];
    assert_eq!(hidden, expected);
    assert!(place.path("out/.unbraid-backup/takes/one.txt").exists());
}

/// Both while it can be stopped and while it cannot: a matrix of 4096 rows is factored at
/// once.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_stops_a_command_and_leaves_nothing() {
    let place = learned();
    for number in 0..8 {
        let noise = |n: usize| ((n * n + 7 * n) % (1009 + 2 * number)) as f32 / 1009.0 - 0.5;
        place.wav(
            &format!("many/{number}.wav"),
            8000,
            &[(0..24_000).map(noise).collect::<Vec<f32>>()],
        );
    }
    let commands = [
        "decompose mix.wav --components 8 --iterations 1000000000 --tolerance 0 -o parts",
        "learn --source a=a.wav --components 8 --iterations 1000000000 -o new.safetensors",
        "evaluate --reference many --estimate many",
        // Waits for standard input, which stays open.
        "plot - -o picture.png",
    ];
    let before = place.contents();
    for words in commands {
        let mut command = place.command(words);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.stdin(std::process::Stdio::piped()).env("TMPDIR", place.path(""));
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let _ = std::io::Write::write_all(&mut input, &[1; 1000]);
        let status = format!("/proc/{}/status", child.id());
        let handles_interrupts = || {
            let text = fs::read_to_string(&status).unwrap();
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0
        };
        while !handles_interrupts() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{words}: {output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text, "unbraid: stopped; what was unfinished is not kept\n", "{words}");
        assert!(output.stdout.is_empty() && place.contents() == before, "{words}");
    }
}

/// The dictionary is complete by then, and stays.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_while_judging_stops_the_verdict_only() {
    let place = Place::new();
    for number in 0..2 {
        place.wav(&format!("{number}.wav"), 8000, &[tune(number, 8000, 6.0)]);
    }
    let words = "learn --source a=0.wav b=1.wav --iterations 20000 -o new.safetensors --json";
    let mut command = place.command(words);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    while !place.path("new.safetensors").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("new.safetensors is complete; only the verdict is missing"), "{text}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["learned"].as_array().unwrap().len(), 2, "{report}");
    place.run("inspect new.safetensors");
}

/// What a clip contributes is said, if it is nothing; and a rate that is asked for is used.
#[test]
fn clips_are_judged_by_their_source() {
    let place = learned();
    let soft: Vec<f32> = tune(1, 8000, 3.0).iter().map(|x| x * 1e-4).collect();
    place.wav("soft.wav", 8000, &[soft]);
    let words = "learn --source a=a.wav,soft.wav b=b.wav --components 4 --rate 16000 -o n.dict";
    let output = place.command(words).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("soft.wav is too soft beside the other clips of `a`"), "{text}");
    assert!(text.contains("no verdict on a, b"), "{text}");
    assert!(text.contains("a.wav: converted from 8000 to 16000 Hz"), "{text}");
    assert_eq!(place.json("inspect n.dict")["sample_rate_hz"], 16_000);
}

#[test]
fn one_clip_of_two_sources_is_remarked_on() {
    let place = learned();
    fs::copy(place.path("a.wav"), place.path("copy.wav")).unwrap();
    let words = "learn --source a=a.wav --source b=b.wav,copy.wav --components 2 -o e.safetensors";
    let output = place.command(words).output().unwrap();
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{notes}");
    assert!(notes.contains("copy.wav of `b` holds the same as a.wav of `a`"), "{notes}");
}

#[test]
fn completions_and_man_pages_know_the_options() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = place.run(&format!("completions {shell}"));
        assert!(text.contains("separate") && text.contains("no-spatial"), "{shell}");
    }
    place.run("man pages");
    for (name, text) in [("unbraid", "decompose"), ("unbraid-separate", "spatial")] {
        let page = fs::read_to_string(place.path(&format!("pages/{name}.1"))).unwrap();
        assert!(page.starts_with(".") && page.contains(text), "{page}");
    }
}
