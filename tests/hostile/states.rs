//! Damaged states, and streams that fail. A state is loaded whole or not at all.

use crate::audio::{assert_plays_right, noise, saved};
use crate::case::{Cases, rounds};
use crate::events::assert_values_are_possible;
use crate::host::{Format, Host, Subject};
use crate::stream::{Reader, Writer};

pub fn add(cases: &mut Cases) {
    cases.both("states/truncated", truncated);
    cases.both("states/random", random);
    cases.both("states/flipped", flipped);
    cases.both("states/refused", refused);
    cases.both("streams/read", read);
    cases.both("streams/written", written);
    cases.clap("streams/lengths", lengths);
}

/// The state is refused, and changes nothing.
fn assert_refused(host: &dyn Host, bytes: &[u8], reader: Reader) {
    let before = saved(host);
    assert!(!host.load(bytes, reader), "accepted");
    assert_eq!(saved(host), before, "a refused state changed something");
}

/// Whatever the plugin says to the state, it is what it says.
fn assert_whole_or_nothing(subject: Subject, host: &dyn Host, bytes: &[u8]) {
    let before = saved(host);
    if host.load(bytes, Reader::CORRECT) {
        assert_values_are_possible(host);
        // What it saves now, it can load.
        assert!(host.load(&saved(host), Reader::CORRECT));
        assert!(host.load(&subject.state(), Reader::CORRECT));
    } else {
        assert_eq!(saved(host), before, "a refused state changed something");
    }
}

fn truncated(subject: Subject) {
    let host = subject.open();
    let state = subject.state();
    let step = (state.len() / 40).max(1);
    for length in (0..20).chain((20..state.len()).step_by(step)).chain([state.len() - 1]) {
        assert_refused(&*host, &state[..length], Reader::CORRECT);
    }
    assert_plays_right(&*host, subject);
}

/// A number below `end` for a round.
fn random_below(end: usize, round: usize, draw: u32) -> usize {
    let x = noise(round as u32 * 16 + draw + 1, 4)[3];
    ((f64::from(x) * 2.0 + 0.5).clamp(0.0, 0.999_999) * end as f64) as usize
}

fn random(subject: Subject) {
    let host = subject.open();
    for round in 0..rounds(30) {
        let length = random_below(2_000, round, 0);
        let mut bytes: Vec<u8> =
            noise(round as u32 + 77, length).iter().map(|x| (x * 1e6) as i32 as u8).collect();
        if subject.format == Format::Clap {
            bytes = [&(length as u64).to_le_bytes()[..], &bytes].concat();
        }
        assert_refused(&*host, &bytes, Reader::CORRECT);
    }
    assert_plays_right(&*host, subject);
}

fn flipped(subject: Subject) {
    let host = subject.open();
    let state = subject.state();
    let mut accepted = 0;
    let rounds = rounds(60);
    for round in 0..rounds {
        let mut bytes = state.clone();
        for draw in 0..1 + random_below(3, round, 0) as u32 {
            let bit = random_below(8 * state.len(), round, 2 * draw + 1);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert_whole_or_nothing(subject, &*host, &bytes);
        accepted += usize::from(bytes == state);
    }
    assert!(accepted < rounds, "nothing was flipped");
    assert!(host.load(&subject.state(), Reader::CORRECT));
    assert_plays_right(&*host, subject);
}

/// States that can be read, and cannot be used.
fn refused(subject: Subject) {
    let host = subject.open();
    let state = subject.state();
    let header = if subject.format == Format::Clap { 8 } else { 0 };
    let correct: serde_json::Value = serde_json::from_slice(&state[header..]).expect("JSON");
    let project: serde_json::Value =
        serde_json::from_str(correct["fields"]["project"].as_str().expect("text")).expect("JSON");
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut state = correct.clone();
        change(&mut state);
        let json = serde_json::to_vec(&state).expect("JSON");
        match subject.format {
            Format::Clap => [&(json.len() as u64).to_le_bytes()[..], &json].concat(),
            Format::Vst3 => json,
        }
    };
    let with_project = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut project = project.clone();
        change(&mut project);
        with(&|state| state["fields"]["project"] = project.to_string().into())
    };
    // With another value of a parameter, which must not be taken over either.
    let wet = |state: &mut serde_json::Value| state["params"]["wet"]["f32"] = 0.125.into();
    let wrong = [
        with(&|state| state["fields"] = serde_json::json!({})),
        with(&|state| {
            wet(state);
            state["fields"]["project"] = "{".into();
        }),
        with(&|state| {
            wet(state);
            state["fields"]["project"] = "null".into();
        }),
        with_project(&|project| project["version"] = 1_000_000.into()),
        with_project(&|project| project["dictionary"]["packed"] = "AAAA".into()),
        with_project(&|project| project["slots"] = 5.into()),
        with(&|state| state["params"]["wet"] = serde_json::json!({ "bool": true })),
        with(&|state| state["params"]["wet"] = serde_json::json!({ "string": "wet" })),
    ];
    for (i, bytes) in wrong.iter().enumerate() {
        eprintln!("wrong state {i}");
        assert_refused(&*host, bytes, Reader::CORRECT);
    }
    // What is correct is still accepted.
    assert!(host.load(&with(&wet), Reader::CORRECT));
    assert_plays_right(&*host, subject);
}

fn read(subject: Subject) {
    let state = subject.state();
    let host = subject.open_empty();
    assert!(host.load(&state, Reader::Pieces(1)));
    assert_plays_right(&*host, subject);
    let host = subject.open_empty();
    let wrong = [
        Reader::FailsAfter(0),
        Reader::FailsAfter(3),
        Reader::FailsAfter(8),
        Reader::FailsAfter(1_000),
        Reader::Pieces(0),
        Reader::Exaggerates(1),
        Reader::Exaggerates(1 << 20),
        Reader::Reports(0),
        Reader::Reports(-1),
        Reader::Reports(i64::MIN),
        Reader::Reports(i64::from(i32::MAX)),
        Reader::Reports(i64::MAX),
    ];
    for reader in wrong {
        eprintln!("{reader:?}");
        assert_refused(&*host, &state, reader);
    }
    if subject.format == Format::Vst3 {
        // What the stream says of its size does not matter, as long as the state is in it.
        for reader in [
            Reader::HasNoSize,
            Reader::LiesAboutSize(0),
            Reader::LiesAboutSize(-5),
            Reader::LiesAboutSize(i64::MAX),
            Reader::LiesAboutSize(i64::MIN),
            Reader::LiesAboutSize(1 << 32),
        ] {
            eprintln!("{reader:?}");
            assert!(host.load(&state, reader));
        }
    }
    assert_plays_right(&*host, subject);
}

fn written(subject: Subject) {
    let host = subject.open();
    let state = saved(&*host);
    for most in [1, 7, 4_096] {
        assert_eq!(host.save(Writer::Pieces(most)).as_ref(), Some(&state));
    }
    for writer in [
        Writer::FailsAfter(0),
        Writer::FailsAfter(5),
        Writer::FailsAfter(8),
        Writer::FailsAfter(state.len() - 1),
        Writer::TakesNothing,
        Writer::Exaggerates(1),
        Writer::Exaggerates(1 << 30),
    ] {
        assert_eq!(host.save(writer), None, "{writer:?}");
    }
    assert_eq!(saved(&*host), state);
    assert_plays_right(&*host, subject);
}

/// The length before a state in CLAP is not the state's.
fn lengths(subject: Subject) {
    let host = subject.open();
    let state = subject.state();
    for length in [0, 1, 100, 1 << 28, (1 << 28) + 1, 1 << 31, 1 << 32, 1 << 63, u64::MAX] {
        let bytes = [&u64::to_le_bytes(length)[..], &state[8..]].concat();
        assert_refused(&*host, &bytes, Reader::CORRECT);
    }
    assert_plays_right(&*host, subject);
}
