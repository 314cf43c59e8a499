//! What a screen reader gets from AT-SPI, and what it requests.

use std::cell::RefCell;
use std::fmt;

use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zbus::message::Type;
use zbus::zvariant::{self, DynamicType, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, MessageStream, connection};

/// What has the properties of an object, and what its functions.
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const CACHE: &str = "org.a11y.atspi.Cache";
const ACTION: &str = "org.a11y.atspi.Action";
const COMPONENT: &str = "org.a11y.atspi.Component";
const VALUE: &str = "org.a11y.atspi.Value";

/// Knows whether there are screen readers.
const BUS: &str = "org.a11y.Bus";

/// Knows all programs.
const REGISTRY: &str = "org.a11y.atspi.Registry";

/// The positions of states in AT-SPI's set of them.
const FOCUSED: u32 = 12;
const PRESSED: u32 = 20;

/// The role of a program, which is the first of its objects.
const PROGRAM: u32 = 75;

/// Something that has a name on a bus, and a path there.
type Place = (String, OwnedObjectPath);

/// An object as a program lists it.
#[derive(Deserialize, zvariant::Type)]
struct Item {
    place: Place,
    _program: Place,
    _parent: Place,
    _position: i32,
    _child_count: i32,
    _interfaces: Vec<String>,
    name: String,
    role: u32,
    description: String,
    states: Vec<u32>,
}

impl From<Item> for Object {
    fn from(Item { place, name, role, description, states, .. }: Item) -> Self {
        let states = states.iter().rev().fold(0, |states, &half| states << 32 | u64::from(half));
        Self { place, role, name, description, states }
    }
}

/// A screen reader's connections.
pub struct Reader {
    session: Connection,
    at_spi: Connection,
    announcements: RefCell<MessageStream>,
}

/// A part of the window.
#[derive(Debug)]
pub struct Object {
    place: Place,
    role: u32,
    pub name: String,
    pub description: String,
    states: u64,
}

impl Object {
    /// AT-SPI's name for its kind, if it is one that the window has.
    pub fn role(&self) -> &'static str {
        match self.role {
            7 => "check box",
            11 => "combo box",
            23 => "frame",
            27 => "image",
            29 => "label",
            39 => "panel",
            43 => "push button",
            51 => "slider",
            52 => "spin button",
            62 => "toggle button",
            79 => "entry",
            116 => "static",
            _ => "other",
        }
    }

    pub fn has_keyboard(&self) -> bool {
        self.states & (1 << FOCUSED) != 0
    }

    pub fn is_pressed(&self) -> bool {
        self.states & (1 << PRESSED) != 0
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let pressed = if self.is_pressed() { ", pressed" } else { "" };
        write!(f, "{} ({}) {:?}{pressed}", self.role(), self.role, self.name)?;
        if self.description.is_empty() { Ok(()) } else { write!(f, ": {}", self.description) }
    }
}

impl Reader {
    /// Announces itself on the session's bus.
    pub fn start(address: &str) -> Self {
        let connect =
            |address: &str| block_on(connection::Builder::address(address).unwrap().build());
        let session = connect(address).expect("no session bus");
        set_enabled(&session, true);
        let bus = place(BUS, "/org/a11y/bus");
        let address: String = call(&session, &bus, BUS, "GetAddress", &()).unwrap();
        let at_spi = connect(&address).expect("no bus of AT-SPI");
        // What programs have to say without being asked.
        let registry = place(REGISTRY, "/org/a11y/atspi/registry");
        let event = "object:announcement";
        call::<_, ()>(&at_spi, &registry, REGISTRY, "RegisterEvent", &event).unwrap();
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .interface("org.a11y.atspi.Event.Object")
            .unwrap()
            .member("Announcement")
            .unwrap()
            .build();
        let announcements = MessageStream::for_match_rule(rule, &at_spi, None);
        let announcements = block_on(announcements).unwrap().into();
        Self { session, at_spi, announcements }
    }

    /// Says that no screen reader is in use any more, or that one is again.
    pub fn set_enabled(&self, is_enabled: bool) {
        set_enabled(&self.session, is_enabled);
    }

    /// Whether something has been announced since the last call.
    pub fn has_heard(&self) -> bool {
        let mut announcements = self.announcements.borrow_mut();
        let mut has_heard = false;
        while block_on(poll_once(announcements.next())).flatten().is_some() {
            has_heard = true;
        }
        has_heard
    }

    /// Everything in all windows. Windows that are closed meanwhile are left out.
    ///
    /// One call for each program, as screen readers do it: a call for each property of each
    /// object takes seconds on a busy machine.
    pub fn objects(&self) -> Vec<Object> {
        let registry = place(REGISTRY, "/org/a11y/atspi/accessible/root");
        let programs: Vec<Place> =
            call(&self.at_spi, &registry, ACCESSIBLE, "GetChildren", &()).unwrap_or_default();
        let items = programs.into_iter().flat_map(|(bus, _)| {
            let cache = place(&bus, "/org/a11y/atspi/cache");
            call::<_, Vec<Item>>(&self.at_spi, &cache, CACHE, "GetItems", &()).unwrap_or_default()
        });
        items.filter(|item| item.role != PROGRAM).map(Object::from).collect()
    }

    fn property(&self, of: &Place, interface: &str, name: &str) -> Option<OwnedValue> {
        call(&self.at_spi, of, PROPERTIES, "Get", &(interface, name)).ok()
    }

    pub fn press(&self, object: &Object) {
        assert!(call::<_, bool>(&self.at_spi, &object.place, ACTION, "DoAction", &0).unwrap());
    }

    /// Left and upper edge, width and height on the screen, in pixels.
    pub fn place(&self, object: &Object) -> [i32; 4] {
        const ON_THE_SCREEN: u32 = 0;
        let place =
            call(&self.at_spi, &object.place, COMPONENT, "GetExtents", &ON_THE_SCREEN).unwrap();
        let (x, y, width, height) = place;
        [x, y, width, height]
    }

    pub fn value(&self, object: &Object) -> f64 {
        let value = self.property(&object.place, VALUE, "CurrentValue").expect("no value");
        value.try_into().unwrap()
    }

    pub fn set_value(&self, object: &Object, value: f64) {
        let value = (VALUE, "CurrentValue", Value::from(value));
        call::<_, ()>(&self.at_spi, &object.place, PROPERTIES, "Set", &value).unwrap();
    }
}

fn set_enabled(session: &Connection, is_enabled: bool) {
    let enabled = ("org.a11y.Status", "IsEnabled", Value::from(is_enabled));
    let set = call::<_, ()>(session, &place(BUS, "/org/a11y/bus"), PROPERTIES, "Set", &enabled);
    set.expect("AT-SPI is missing: install the package at-spi2-core");
}

fn place(bus: &str, path: &str) -> Place {
    (bus.to_string(), path.try_into().unwrap())
}

fn call<A, R>(
    on: &Connection,
    (bus, path): &Place,
    interface: &str,
    function: &str,
    arguments: &A,
) -> zbus::Result<R>
where
    A: Serialize + DynamicType,
    R: DeserializeOwned + zvariant::Type,
{
    let call = on.call_method(Some(bus.as_str()), path, Some(interface), function, arguments);
    block_on(call)?.body().deserialize()
}
