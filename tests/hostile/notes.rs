//! MIDI notes: those that mean something, in both formats, and those that no host should send.

use ::vst3::Steinberg::Vst::Event_::EventTypes_::{kNoteOffEvent, kNoteOnEvent};
use ::vst3::Steinberg::Vst::{
    Event as Vst3Event, IEventList, IEventListTrait, NoteOffEvent, NoteOnEvent,
};
use ::vst3::Steinberg::{kInvalidArgument, kResultOk, tresult};
use ::vst3::{Class, ComWrapper};

use crate::audio::{
    BLOCK, Buffers, assert_finite, assert_plays_right, assert_same, input, play_with, ready,
    reference,
};
use crate::case::Cases;
use crate::host::{Block, Event, EventList, Subject};

/// The note that mutes the first instrument, and what it does.
const MUTE: i16 = 72;

pub fn add(cases: &mut Cases) {
    cases.on_both_sides("notes/impossible", impossible);
    cases.clap("notes/held", held);
    cases.both("notes/very-many", very_many);
}

fn note(on: bool, key: i16, time: i64) -> Event {
    Event::Note { on, key, time }
}

/// Unknown keys, times outside the block, note-offs without a note-on.
fn impossible(subject: Subject) {
    let block = BLOCK as i64;
    let mut events = Vec::new();
    for key in [-1, -2, 128, 255, 256, i16::MAX, i16::MIN, 0, 127, 71] {
        for time in [0, 5, block - 1, block, block + 7, i64::from(u32::MAX), -1] {
            events.push(note(true, key, time));
            events.push(note(false, key, time));
        }
    }
    let host = subject.open();
    ready(&*host);
    let (accepted, output) =
        play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |block, _| {
            block.events = events.clone();
        });
    assert!(accepted);
    assert_finite(&output);
    assert_plays_right(&*host, subject);
}

/// A held note changes what plays, until it ends or the plugin is started again.
fn held(subject: Subject) {
    let expected = reference(subject, None, &input());
    let setting = "midi_notes".bytes();
    let setting = setting.fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    for (on, same) in [(true, false), (false, true)] {
        let host = subject.open();
        host.set(setting & !(1 << 31), 1.0);
        ready(&*host);
        let mut first = true;
        let (_, output) =
            play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |block, _| {
                if std::mem::take(&mut first) {
                    block.events = vec![note(true, MUTE, 0), note(on, MUTE, 0)];
                }
            });
        assert_eq!(output == expected, same, "{on}");
        // No list at all is no event.
        ready(&*host);
        let (_, output) =
            play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |block, _| {
                block.event_list = EventList::Null;
            });
        assert_same(&output, &expected);
    }
}

fn very_many(subject: Subject) {
    let host = subject.open();
    ready(&*host);
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    let mut block = buffers.block();
    block.events = (0..5_000).map(|i| note(i % 3 != 0, (i % 128) as i16, i / 11)).collect();
    assert!(host.process(&block));
    assert_plays_right(&*host, subject);
}

/// The notes of a block as a VST3 gets them.
pub struct Notes(Vec<Vst3Event>);

impl Class for Notes {
    type Interfaces = (IEventList,);
}

impl Notes {
    pub fn new(block: &Block) -> ComWrapper<Self> {
        let notes = block.events.iter().filter_map(|event| match event {
            Event::Note { on, key, time } => Some(vst3_event(*on, *key, *time)),
            _ => None,
        });
        ComWrapper::new(Self(notes.collect()))
    }
}

impl IEventListTrait for Notes {
    unsafe fn getEventCount(&self) -> i32 {
        self.0.len() as i32
    }

    unsafe fn getEvent(&self, index: i32, event: *mut Vst3Event) -> tresult {
        let found = usize::try_from(index).ok().and_then(|index| self.0.get(index));
        let Some(found) = found else { return kInvalidArgument };
        // SAFETY: the plugin passes a place for it.
        unsafe { *event = *found };
        kResultOk
    }

    unsafe fn addEvent(&self, _: *mut Vst3Event) -> tresult {
        kInvalidArgument
    }
}

fn vst3_event(on: bool, pitch: i16, time: i64) -> Vst3Event {
    // SAFETY: an event is plain data.
    let mut event: Vst3Event = unsafe { std::mem::zeroed() };
    event.sampleOffset = time as i32;
    let (channel, velocity) = (3, 0.8);
    if on {
        event.r#type = kNoteOnEvent as u16;
        event.__field0.noteOn =
            NoteOnEvent { channel, pitch, tuning: 0.0, velocity, length: 0, noteId: -1 };
    } else {
        event.r#type = kNoteOffEvent as u16;
        event.__field0.noteOff = NoteOffEvent { channel, pitch, velocity, noteId: -1, tuning: 0.0 };
    }
    event
}
