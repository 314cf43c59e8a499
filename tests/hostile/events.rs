//! Changes of parameters outside the block, in the wrong order, of unknown kinds, and with
//! impossible values.

use ::vst3::ComWrapper;
use ::vst3::Steinberg::Vst::IParameterChanges;
use ::vst3::Steinberg::kResultOk;
use clap_sys::events::{
    CLAP_EVENT_MIDI_SYSEX, CLAP_EVENT_PARAM_MOD, CLAP_EVENT_TRANSPORT, clap_event_header,
};

use crate::audio::{
    BLOCK, Buffers, assert_finite, assert_plays_right, assert_same, input, play_with, ready,
    reference,
};
use crate::case::Cases;
use crate::clap::bytes;
use crate::host::{Event, EventList, Host, Subject};
use crate::vst3::{Changes, Queue, Vst3};

/// The framework's hash of the identifier of a continuous parameter, the dry/wet mix.
fn wet() -> u32 {
    "wet".bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
}

pub fn add(cases: &mut Cases) {
    cases.on_both_sides("events/outside-the-block", outside_the_block);
    cases.both("events/unsorted", unsorted);
    cases.both("events/unknown-parameters", unknown_parameters);
    cases.both("events/impossible-values", impossible_values);
    cases.both("events/null-lists", null_lists);
    cases.both("events/very-many", very_many);
    cases.clap("events/unknown-kinds", unknown_kinds);
    cases.vst3("events/wrong-queues", wrong_queues);
}

/// Plays with these events in every block; the blocks are accepted. Afterwards, every parameter
/// has a possible value, and the plugin plays right.
fn play_events(subject: Subject, events: &[Event], list: EventList) -> Box<dyn Host> {
    let host = subject.open();
    ready(&*host);
    let (accepted, output) =
        play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |block, _| {
            block.events = events.to_vec();
            block.event_list = list;
        });
    assert!(accepted);
    assert_finite(&output);
    assert_values_are_possible(&*host);
    assert_plays_right(&*host, subject);
    host
}

pub fn assert_values_are_possible(host: &dyn Host) {
    for id in host.parameters() {
        let value = host.value(id).expect("a value");
        assert!((0.0..=host.largest(id)).contains(&value), "parameter {id} is {value}");
    }
}

fn value(value: f64, time: i64) -> Event {
    Event::Value { id: wet(), value, time }
}

fn outside_the_block(subject: Subject) {
    let block = BLOCK as i64;
    for time in [block, block + 1, 10 * block, i64::from(i32::MAX), i64::from(u32::MAX), -1, -block]
    {
        let host = play_events(subject, &[value(0.25, time)], EventList::Correct);
        assert!((host.value(wet()).expect("a value") - 0.25).abs() < 1e-6);
    }
    // One that is too late does not keep the others from their time.
    let events = [value(0.5, 7), value(0.75, block + 3)];
    let host = play_events(subject, &events, EventList::Correct);
    assert!((host.value(wet()).expect("a value") - 0.75).abs() < 1e-6);
}

fn unsorted(subject: Subject) {
    let times = [500, 3, 3, 499, 0, 511, 1, 600, 2, i64::from(u32::MAX), 5];
    let events: Vec<Event> =
        times.iter().enumerate().map(|(i, time)| value(i as f64 / 11.0, *time)).collect();
    play_events(subject, &events, EventList::Correct);
}

fn unknown_parameters(subject: Subject) {
    let events: Vec<Event> = [0, 1, 12_345, u32::MAX, 1 << 31]
        .into_iter()
        .map(|id| Event::Value { id, value: 1.0, time: 10 })
        .collect();
    let host = subject.open();
    ready(&*host);
    let before = host.parameters().iter().map(|id| host.value(*id)).collect::<Vec<_>>();
    let host = play_events(subject, &events, EventList::Correct);
    let after = host.parameters().iter().map(|id| host.value(*id)).collect::<Vec<_>>();
    assert_eq!(before, after);
}

const IMPOSSIBLE: [f64; 9] =
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, -1.0, 1.5, 1e9, f64::MIN_POSITIVE];

fn impossible_values(subject: Subject) {
    for value in IMPOSSIBLE {
        eprintln!("{value}");
        let host = subject.open();
        ready(&*host);
        let ids = host.parameters();
        // Learning and recording would change what is played.
        let events: Vec<Event> =
            ids.iter().map(|id| Event::Value { id: *id, value, time: 100 }).collect();
        let mut buffers = Buffers::new(subject, BLOCK);
        buffers.fill(&input(), 0);
        let mut block = buffers.block();
        block.events = events;
        assert!(host.process(&block));
        host.answer();
        assert_values_are_possible(&*host);
        ids.iter().for_each(|id| host.set(*id, value));
        assert_values_are_possible(&*host);
        // Back to what was saved.
        assert!(host.load(&subject.state(), crate::stream::Reader::CORRECT));
        ready(&*host);
        let (_, output) = play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |_, _| ());
        assert_finite(&output);
    }
}

fn null_lists(subject: Subject) {
    let expected = reference(subject, None, &input());
    for list in [EventList::Null, EventList::Hollow] {
        let host = play_events(subject, &[value(0.1, 5)], list);
        // The events were not there.
        ready(&*host);
        let (_, output) = play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |_, _| ());
        assert_same(&output, &expected);
    }
    let host = play_events(subject, &[Event::Null, value(0.3, 5), Event::Null], EventList::Correct);
    assert!((host.value(wet()).expect("a value") - 0.3).abs() < 1e-6);
}

fn very_many(subject: Subject) {
    let host = subject.open();
    ready(&*host);
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    let mut block = buffers.block();
    // Each gets a page of its own.
    block.events =
        (0..5_000).map(|i| value(f64::from(i % 100) / 100.0, i64::from(i / 9))).collect();
    assert!(host.process(&block));
    assert_values_are_possible(&*host);
    assert_plays_right(&*host, subject);
}

/// The bytes of an event of a kind, of which only the header may be read if it says so.
fn raw(kind: u16, space: u16, size: u32, length: usize) -> Event {
    let mut bytes = bytes(wet(), 0.9, 3);
    bytes.resize(length.max(bytes.len()), 0);
    bytes.truncate(length);
    let header = clap_event_header { size, time: 3, space_id: space, type_: kind, flags: 0 };
    // SAFETY: a header is plain data.
    let header = unsafe {
        std::slice::from_raw_parts((&raw const header).cast::<u8>(), size_of_val(&header))
    };
    bytes[..header.len()].copy_from_slice(header);
    Event::Raw(bytes)
}

fn unknown_kinds(subject: Subject) {
    let header = size_of::<clap_event_header>();
    let mut events =
        vec![raw(9_999, 0, 64, 64), raw(5, 77, 64, 64), raw(u16::MAX, u16::MAX, 0, 16)];
    // Every kind, cut off behind its header, and with a size that says so or is 0.
    for kind in 0..=16 {
        events.push(raw(kind, 0, header as u32, header));
        events.push(raw(kind, 0, 0, header));
        events.push(raw(kind, 0, header as u32 + 8, header + 8));
    }
    // Modulations of nothing, and of too much.
    events.push(raw(CLAP_EVENT_PARAM_MOD, 0, 48, 48));
    events.push(raw(CLAP_EVENT_TRANSPORT, 0, 200, 200));
    events.push(raw(CLAP_EVENT_MIDI_SYSEX, 0, 40, 40));
    let host = play_events(subject, &events, EventList::Correct);
    assert!((host.value(wet()).expect("a value") - 0.9).abs() > 0.01, "a cut-off event was used");
    let host = subject.open();
    ready(&*host);
    for kind in [CLAP_EVENT_PARAM_MOD, CLAP_EVENT_TRANSPORT] {
        for event in [raw(kind, 0, header as u32, header), Event::Null] {
            let mut buffers = Buffers::new(subject, BLOCK);
            buffers.fill(&input(), 0);
            let mut block = buffers.block();
            block.events = vec![event];
            assert!(host.process(&block));
        }
    }
    assert_plays_right(&*host, subject);
}

fn wrong_queues(subject: Subject) {
    let queue = |id, points, claimed| Some(ComWrapper::new(Queue { id, points, claimed }));
    let wrong = [
        Changes { queues: vec![None, None], claimed: None },
        Changes { queues: vec![], claimed: Some(1_000) },
        Changes { queues: vec![], claimed: Some(i32::MIN) },
        Changes { queues: vec![queue(wet(), vec![], Some(100))], claimed: None },
        Changes { queues: vec![queue(wet(), vec![(3, 0.5)], Some(i32::MIN))], claimed: None },
        Changes { queues: vec![queue(wet(), vec![(3, 0.5)], Some(10_000))], claimed: None },
        Changes { queues: vec![queue(wet(), vec![(9, 0.5), (2, 0.1)], None)], claimed: None },
        Changes {
            queues: vec![queue(wet(), vec![(i64::from(i32::MIN), 0.5)], None)],
            claimed: None,
        },
    ];
    let host = Vst3::new(subject);
    assert!(host.load(&subject.state(), crate::stream::Reader::CORRECT));
    ready(&host);
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    for changes in wrong {
        let changes = ComWrapper::new(changes);
        let interface = changes.as_com_ref::<IParameterChanges>().expect("changes");
        assert_eq!(host.process_with(&buffers.block(), interface.as_ptr()), kResultOk);
        assert_values_are_possible(&host);
    }
    assert_plays_right(&host, subject);
}
