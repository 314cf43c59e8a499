//! Questions about parameters that do not exist, and about values and texts that cannot be.

use ::vst3::Steinberg::Vst::{
    BusInfo, IAudioProcessorTrait, IComponentTrait, IEditControllerTrait,
};
use ::vst3::Steinberg::kResultOk;

use crate::audio::{assert_plays_right, ready};
use crate::case::Cases;
use crate::clap::Clap;
use crate::host::{Host, Subject};
use crate::vst3::Vst3;

pub fn add(cases: &mut Cases) {
    cases.both("parameters/indices", indices);
    cases.both("parameters/unknown", unknown);
    cases.on_both_sides("parameters/texts", texts);
    cases.on_both_sides("parameters/values-of-texts", values_of_texts);
    cases.clap("parameters/bytes", bytes);
    cases.vst3("parameters/units", units);
    cases.vst3("buses/indices", bus_indices);
}

const UNKNOWN: [u32; 5] = [0, 1, 12_345, 1 << 31, u32::MAX];

fn indices(subject: Subject) {
    let host = subject.open();
    let count = host.parameters().len() as u32;
    for index in [count, count + 1, 1 << 31, u32::MAX - 1, u32::MAX] {
        assert_eq!(host.parameter_at(index), None, "{index}");
    }
    assert!(host.parameter_at(count - 1).is_some());
    assert_plays_right(&*host, subject);
}

fn unknown(subject: Subject) {
    let host = subject.open();
    for id in UNKNOWN {
        host.value(id);
        host.set(id, 0.5);
        assert_eq!(host.text(id, 0.5, 64), None);
        assert_eq!(host.value_of(id, "1"), None);
    }
    assert_plays_right(&*host, subject);
}

fn texts(subject: Subject) {
    let host = subject.open();
    for id in host.parameters() {
        for value in [0.0, 1.0, -1.0, 0.5, 1e9, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for capacity in [0, 1, 2, 7, 256] {
                host.text(id, value, capacity);
            }
        }
        assert!(!host.text(id, host.largest(id), 256).expect("a text").is_empty());
    }
    assert_plays_right(&*host, subject);
}

const GARBAGE: [&str; 22] = [
    "",
    " ",
    "-",
    "nan",
    "NaN dB",
    "inf",
    "-inf",
    "-inf dB",
    "1e999",
    "-1e999",
    "99999999999999999999999999999999999999",
    "0x10",
    "1.2.3",
    "1,5",
    "%",
    "%s%n%p",
    "½",
    "\u{202e}1",
    "🎻🎻🎻",
    "\r\n\t",
    "minus one",
    "2147483648",
];

fn values_of_texts(subject: Subject) {
    let host = subject.open();
    let long = "9".repeat(100);
    for id in host.parameters() {
        for text in GARBAGE.into_iter().chain([long.as_str()]) {
            if let Some(value) = host.value_of(id, text) {
                assert!((0.0..=host.largest(id)).contains(&value), "{text:?} is {value}");
            }
        }
    }
    assert_plays_right(&*host, subject);
}

/// Texts that are not UTF-8.
fn bytes(subject: Subject) {
    let host = Clap::new(subject);
    for id in host.parameters() {
        for text in [c"\xff", c"1\xc3", c"\xed\xa0\x80", c"\xf0\x9f\x8e"] {
            assert_eq!(host.value_of_bytes(id, text), None);
        }
        // Cut off in the text, not in the middle of a character.
        for capacity in 1..16 {
            let (buffer, done) = host.text_in(id, 0.5, capacity);
            assert!(done);
            let text: Vec<u8> = buffer.iter().map(|c| *c as u8).take_while(|b| *b != 0).collect();
            assert!(text.len() < capacity);
            assert!(std::str::from_utf8(&text).is_ok(), "{text:?}");
        }
    }
    ready(&host);
}

/// Texts that are not UTF-16, and such that have no end within a `String128`.
fn units(subject: Subject) {
    let host = Vst3::new(subject);
    for id in host.parameters() {
        assert_eq!(host.value_of_units(id, &[0xd800, 0]), None);
        assert_eq!(host.value_of_units(id, &[0x31, 0xdc00, 0xd800, 0]), None);
        if let Some(value) = host.value_of_units(id, &[0x39; 128]) {
            assert!((0.0..=1.0).contains(&value));
        }
        for value in [f64::NAN, 1e300, -5.0] {
            // SAFETY: numbers only.
            unsafe {
                let plain = host.controller.normalizedParamToPlain(id, value);
                host.controller.plainParamToNormalized(id, plain);
                let normalized = host.controller.plainParamToNormalized(id, value);
                let is_possible = normalized.is_nan() || (0.0..=1.0).contains(&normalized);
                assert!(is_possible, "{normalized}");
            }
        }
    }
    ready(&host);
}

fn bus_indices(subject: Subject) {
    let host = Vst3::new(subject);
    for direction in [0, 1, -1, 2, i32::MAX] {
        for index in [-1, 18, 19, 1_000, i32::MAX, i32::MIN] {
            for media in [0, 1, -1, 7] {
                // SAFETY: an info is plain data, which the plugin fills.
                unsafe {
                    let mut info: BusInfo = std::mem::zeroed();
                    let result = host.component.getBusInfo(media, direction, index, &mut info);
                    assert_ne!(result, kResultOk, "bus {index}");
                    assert_ne!(host.component.activateBus(media, direction, index, 1), kResultOk);
                    host.component.getBusCount(media, direction);
                }
            }
            let mut arrangement = 0;
            // SAFETY: a place for the result.
            let result =
                unsafe { host.processor.getBusArrangement(direction, index, &mut arrangement) };
            assert_ne!(result, kResultOk, "arrangement of bus {index}");
        }
    }
    // Other numbers of buses than the layouts have.
    for (inputs, outputs) in [(0, 0), (1, 1), (2, 0), (3, 1), (2, 17), (2, 19), (40, 40)] {
        assert_ne!(host.arrange(&vec![2; inputs], &vec![2; outputs]), kResultOk);
    }
    assert_ne!(host.arrange(&[6, 2], &vec![6; subject.outputs()]), kResultOk);
    ready(&host);
}
