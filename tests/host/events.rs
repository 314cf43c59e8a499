//! Lists of parameter changes and notes.

use std::ffi::c_void;
use std::ptr::null_mut;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, CLAP_EVENT_PARAM_VALUE,
    clap_event_header, clap_event_note, clap_event_param_value, clap_input_events,
    clap_output_events,
};

/// What happens at a sample of a block.
#[derive(Clone, Copy)]
pub enum Event {
    Change(clap_event_param_value),
    Note(clap_event_note),
}

impl Event {
    /// A parameter change.
    pub fn new(param_id: u32, value: f64, time: u32) -> Self {
        Self::Change(clap_event_param_value {
            header: header::<clap_event_param_value>(CLAP_EVENT_PARAM_VALUE, time),
            param_id,
            cookie: null_mut(),
            note_id: -1,
            port_index: -1,
            channel: -1,
            key: -1,
            value,
        })
    }

    /// The start or the end of a note, a MIDI number; -1 is every note.
    pub fn note(on: bool, key: i16, time: u32) -> Self {
        let kind = if on { CLAP_EVENT_NOTE_ON } else { CLAP_EVENT_NOTE_OFF };
        Self::Note(clap_event_note {
            header: header::<clap_event_note>(kind, time),
            note_id: -1,
            port_index: 0,
            channel: 3,
            key,
            velocity: 0.8,
        })
    }

    fn header(&self) -> &clap_event_header {
        match self {
            Self::Change(change) => &change.header,
            Self::Note(note) => &note.header,
        }
    }
}

fn header<T>(kind: u16, time: u32) -> clap_event_header {
    clap_event_header {
        size: size_of::<T>() as u32,
        time,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: kind,
        flags: 0,
    }
}

/// The framework's CLAP identifier of a parameter.
pub fn param_id(id: &str) -> u32 {
    id.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) & !(1 << 31)
}

/// The events of one block.
pub struct Input {
    list: Box<clap_input_events>,
    _events: Box<Events>,
}

struct Events(Vec<Event>);

impl Input {
    pub fn new(mut events: Vec<Event>) -> Self {
        events.sort_by_key(|event| event.header().time);
        let events = Box::new(Events(events));
        let list = Box::new(clap_input_events {
            ctx: &raw const *events as *mut c_void,
            size: Some(size),
            get: Some(get),
        });
        Self { list, _events: events }
    }

    pub fn list(&self) -> *const clap_input_events {
        &*self.list
    }
}

unsafe fn events<'a>(list: *const clap_input_events) -> &'a Vec<Event> {
    // SAFETY: the context is the list of events, which lives as long.
    unsafe { &(*(*list).ctx.cast::<Events>()).0 }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: called with the list it belongs to.
    unsafe { events(list) }.len() as u32
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: called with the list it belongs to.
    let event = &unsafe { events(list) }[index as usize];
    match event {
        Event::Change(change) => (&raw const *change).cast(),
        Event::Note(note) => (&raw const *note).cast(),
    }
}

/// A list that accepts what the plugin sends and discards it.
pub fn output() -> *const clap_output_events {
    static OUTPUT: Sink = Sink(clap_output_events { ctx: null_mut(), try_push: Some(try_push) });
    &OUTPUT.0
}

struct Sink(clap_output_events);

// SAFETY: it has no content.
unsafe impl Sync for Sink {}

unsafe extern "C" fn try_push(_: *const clap_output_events, _: *const clap_event_header) -> bool {
    true
}
