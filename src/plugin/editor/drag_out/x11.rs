//! The source side of XDND, by which X11 programs hand over files
//! (<https://www.freedesktop.org/wiki/Specifications/XDND/>), on a connection of its own.
//!
//! The window in which the button was pressed has the pointer until it is released. So the pointer
//! is not grabbed here, but asked for where it is and whether the button is still down. A target may
//! be slow, silent or gone at any time: nothing waits for it without a limit.

use std::error::Error;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, KeyButMask,
    Keycode, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent,
    Timestamp, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::targets::{self, Target};
use super::{FileState, Outcome, Shared};

/// The version of the protocol, which is the last one.
pub const VERSION: u32 = 5;

/// Between two looks at the pointer.
const STEP: Duration = Duration::from_millis(16);

/// Between two looks for a target under a pointer that rests: a window may open there.
const REST: Duration = Duration::from_millis(250);

/// How long a target may take to answer, and to take the file once it has been dropped.
const ANSWER: Duration = Duration::from_secs(1);
const TAKE: Duration = Duration::from_secs(10);

/// How long the button can be down: a server that lost its release would never report one.
const LONGEST: Duration = Duration::from_secs(300);

const ESCAPE: u32 = 0xff1b;

x11rb::atom_manager! {
    pub Atoms: AtomsCookie {
        XdndAware,
        XdndProxy,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        TARGETS,
        UTF8_STRING,
        UriList: b"text/uri-list",
        Text: b"text/plain",
        Clock: b"UNBRAID_CLOCK",
    }
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Drags a file until the button is released, and delivers it to the window there, but not to
/// `own_window`. `file` is called once something could take the file, and then again and again
/// until it is there.
pub fn drag(
    own_window: Option<Window>,
    shared: &Shared,
    file: &mut dyn FnMut() -> FileState,
) -> Result<Outcome> {
    let mut source = Source::new(own_window, shared, file)?;
    let dropped = match source.follow()? {
        Some(place) => source.hand_over(place)?,
        None => false,
    };
    shared.set_accepted(false);
    source.leave()?;
    source.refuse()?;
    source.connection.sync()?;
    Ok(match source.given.take().filter(|_| dropped) {
        Some(path) if source.finished == Some(true) => Outcome::Taken(path),
        Some(path) => Outcome::Unconfirmed(path),
        None if dropped => Outcome::Refused,
        None => Outcome::NotDropped,
    })
}

struct Source<'a> {
    connection: RustConnection,
    atoms: Atoms,
    root: Window,
    /// Owns the selection by which the target gets the path.
    window: Window,
    own_window: Option<Window>,
    escape: Option<Keycode>,
    shared: &'a Shared,
    file: &'a mut dyn FnMut() -> FileState,
    /// The server's time.
    now: Timestamp,
    over: Option<Over>,
    /// Requests for the path of a file that is not there yet.
    requests: Vec<SelectionRequestEvent>,
    /// The path that a target has been given.
    given: Option<PathBuf>,
    /// Whether the target has taken the file, once it has said so.
    finished: Option<bool>,
    /// Whether another drag has begun.
    replaced: bool,
}

/// The target under the pointer.
struct Over {
    target: Target,
    /// The last place that it was told of.
    place: Option<(i16, i16)>,
    /// When it was told, while it has not answered.
    asked: Option<Instant>,
    accepts: bool,
}

impl<'a> Source<'a> {
    fn new(
        own_window: Option<Window>,
        shared: &'a Shared,
        file: &'a mut dyn FnMut() -> FileState,
    ) -> Result<Self> {
        let (connection, number) = x11rb::connect(None)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let root = connection.setup().roots[number].root;
        let window = connection.generate_id()?;
        let class = WindowClass::INPUT_ONLY;
        let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &aux)?;
        let escape = key_of(&connection, ESCAPE)?;
        let (over, requests, given, finished) = Default::default();
        let mut source = Self {
            connection,
            atoms,
            root,
            window,
            own_window,
            escape,
            shared,
            file,
            now: x11rb::CURRENT_TIME,
            over,
            requests,
            given,
            finished,
            replaced: false,
        };
        source.update_server_time()?;
        source.connection.set_selection_owner(window, atoms.XdndSelection, source.now)?;
        Ok(source)
    }

    /// Follows the pointer until the button is released; the place, if that was a drop.
    fn follow(&mut self) -> Result<Option<(i16, i16)>> {
        let start = Instant::now();
        let (mut place, mut looked) = (None, start);
        while self.goes_on()? && start.elapsed() < LONGEST && !self.is_escape_down()? {
            let pointer = self.connection.query_pointer(self.root)?.reply()?;
            let at = (pointer.root_x, pointer.root_y);
            let down = pointer.mask.contains(KeyButMask::BUTTON1);
            if place.is_none() && !down {
                // It was released before anything could follow it: nobody knows where.
                return Ok(None);
            }
            if place != Some(at) || looked.elapsed() > REST {
                (place, looked) = (Some(at), Instant::now());
                self.enter(at)?;
            }
            self.tell(at)?;
            self.shared.set_accepted(self.over.as_ref().is_some_and(|over| over.accepts));
            if !down {
                return Ok(Some(at));
            }
            sleep(STEP);
        }
        Ok(None)
    }

    /// Drops the file on the target under the pointer, and waits until it has taken it; whether it
    /// accepted the drop.
    fn hand_over(&mut self, place: (i16, i16)) -> Result<bool> {
        let Some(Over { target, .. }) = self.over else { return Ok(false) };
        let mut since = Instant::now();
        // It may not know the place yet, and not accept a file there.
        let knows = |over: &Over| over.asked.is_none() && over.place == Some(place);
        while !self.over.as_ref().is_some_and(knows) {
            if !self.goes_on()? || since.elapsed() > ANSWER {
                return Ok(false);
            }
            if !self.requests.is_empty() {
                // Some answer only when they have the path.
                since = Instant::now();
            }
            sleep(STEP);
            self.tell(place)?;
        }
        if !self.over.as_ref().is_some_and(|over| over.accepts) {
            return Ok(false);
        }
        self.update_server_time()?;
        self.send(target, self.atoms.XdndDrop, [0, self.now, 0, 0])?;
        since = Instant::now();
        while self.finished.is_none() && self.goes_on()? && since.elapsed() < TAKE {
            if !targets::exists(&self.connection, target.window)? {
                break;
            }
            if !self.requests.is_empty() {
                since = Instant::now();
            }
            sleep(STEP);
        }
        // The drop has ended the drag: no XdndLeave is sent.
        self.over = None;
        Ok(true)
    }

    /// Answers what has arrived; whether there is any reason to go on.
    fn goes_on(&mut self) -> Result<bool> {
        self.answer()?;
        if !self.requests.is_empty() || self.over.is_some() {
            match (self.file)() {
                FileState::NotYet => {}
                FileState::At(path) => {
                    for request in std::mem::take(&mut self.requests) {
                        self.give(&request, &path)?;
                    }
                }
                FileState::Failed => {
                    self.refuse()?;
                    return Ok(false);
                }
            }
        }
        Ok(self.shared.goes_on() && !self.replaced)
    }

    /// Leaves the target that the pointer has left, and enters the one that it is over.
    fn enter(&mut self, at: (i16, i16)) -> Result<()> {
        let windows = (self.root, self.own_window);
        let target = targets::at(&self.connection, &self.atoms, windows, at)?;
        if self.over.as_ref().map(|over| over.target) == target {
            return Ok(());
        }
        self.leave()?;
        let Some(target) = target else { return Ok(()) };
        let Atoms { UriList, UTF8_STRING, Text, XdndEnter, .. } = self.atoms;
        self.send(target, XdndEnter, [target.version << 24, UriList, UTF8_STRING, Text])?;
        self.over = Some(Over { target, place: None, asked: None, accepts: false });
        Ok(())
    }

    fn leave(&mut self) -> Result<()> {
        let Some(over) = self.over.take() else { return Ok(()) };
        self.refuse()?;
        self.send(over.target, self.atoms.XdndLeave, [0; 4])
    }

    /// Tells the target where the pointer is, once it has answered to the place before.
    fn tell(&mut self, at: (i16, i16)) -> Result<()> {
        let Some(over) = &mut self.over else { return Ok(()) };
        if over.asked.is_some() || over.place == Some(at) {
            return Ok(());
        }
        (over.place, over.asked) = (Some(at), Some(Instant::now()));
        let target = over.target;
        self.update_server_time()?;
        let place = u32::from(at.0 as u16) << 16 | u32::from(at.1 as u16);
        let Atoms { XdndPosition, XdndActionCopy, .. } = self.atoms;
        self.send(target, XdndPosition, [0, place, self.now, XdndActionCopy])
    }

    fn send(&self, target: Target, kind: Atom, [a, b, c, d]: [u32; 4]) -> Result<()> {
        let message = ClientMessageEvent::new(32, target.window, kind, [self.window, a, b, c, d]);
        self.connection.send_event(false, target.proxy, EventMask::NO_EVENT, message)?;
        Ok(self.connection.flush()?)
    }

    fn answer(&mut self) -> Result<()> {
        while let Some(event) = self.connection.poll_for_event()? {
            match event {
                Event::ClientMessage(message) => self.take_in(&message),
                Event::SelectionRequest(request) => self.answer_request(request)?,
                Event::SelectionClear(_) => self.replaced = true,
                Event::PropertyNotify(change) => self.now = change.time,
                // Targets can be gone before a message reaches them.
                _ => {}
            }
        }
        Ok(())
    }

    fn take_in(&mut self, message: &ClientMessageEvent) {
        if message.format != 32 {
            return;
        }
        let [window, flags, ..] = message.data.as_data32();
        let yes = flags & 1 == 1;
        let Some(over) = self.over.as_mut().filter(|over| over.target.window == window) else {
            return;
        };
        if message.type_ == self.atoms.XdndStatus {
            (over.asked, over.accepts) = (None, yes);
        } else if message.type_ == self.atoms.XdndFinished {
            // Before version 5, it does not say.
            self.finished = Some(yes || over.target.version < 5);
        }
    }

    fn answer_request(&mut self, request: SelectionRequestEvent) -> Result<()> {
        let Atoms { TARGETS, UriList, UTF8_STRING, Text, .. } = self.atoms;
        if request.target == TARGETS {
            let kinds = [TARGETS, UriList, UTF8_STRING, Text];
            let (window, property, mode) =
                (request.requestor, property_of(&request), PropMode::REPLACE);
            self.connection.change_property32(mode, window, property, AtomEnum::ATOM, &kinds)?;
            return self.notify(&request, property);
        }
        if [UriList, UTF8_STRING, Text].contains(&request.target) {
            self.requests.push(request);
            return Ok(());
        }
        self.notify(&request, x11rb::NONE)
    }

    /// Answers a request with the file's path.
    fn give(&mut self, request: &SelectionRequestEvent, path: &Path) -> Result<()> {
        let text = match request.target {
            kind if kind == self.atoms.UriList => format!("{}\r\n", uri(path)).into_bytes(),
            _ => path.as_os_str().as_bytes().to_vec(),
        };
        let (window, property, mode) = (request.requestor, property_of(request), PropMode::REPLACE);
        self.connection.change_property8(mode, window, property, request.target, &text)?;
        self.given = Some(path.to_path_buf());
        self.notify(request, property)
    }

    /// Answers all requests that there is no file.
    fn refuse(&mut self) -> Result<()> {
        for request in std::mem::take(&mut self.requests) {
            self.notify(&request, x11rb::NONE)?;
        }
        Ok(())
    }

    /// Tells who has requested something where it is; nowhere if there is no such thing.
    fn notify(&self, request: &SelectionRequestEvent, property: Atom) -> Result<()> {
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, event)?;
        Ok(self.connection.flush()?)
    }

    /// The server's time arrives only in events; changing a property produces one, which is there
    /// before the answer to a later request.
    fn update_server_time(&mut self) -> Result<()> {
        let (property, kind) = (self.atoms.Clock, AtomEnum::STRING);
        self.connection.change_property8(PropMode::APPEND, self.window, property, kind, &[])?;
        self.connection.sync()?;
        self.answer()
    }

    fn is_escape_down(&self) -> Result<bool> {
        let Some(key) = self.escape else { return Ok(false) };
        let keys = self.connection.query_keymap()?.reply()?.keys;
        Ok(keys[usize::from(key / 8)] >> (key % 8) & 1 == 1)
    }
}

/// Obsolete clients (before ICCCM 2) leave the property empty.
fn property_of(request: &SelectionRequestEvent) -> Atom {
    if request.property == x11rb::NONE { request.target } else { request.property }
}

/// The key with a symbol.
fn key_of(connection: &RustConnection, symbol: u32) -> Result<Option<Keycode>> {
    let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
    let keys = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
    let each = usize::from(keys.keysyms_per_keycode).max(1);
    let place = keys.keysyms.chunks(each).position(|symbols| symbols.contains(&symbol));
    Ok(place.map(|place| first + place as u8))
}

/// Percent-encodes a path as a file URI.
fn uri(path: &Path) -> String {
    let mut uri = "file://".to_string();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        let of = |path: &str| uri(Path::new(path));
        assert_eq!(of("/home/ada/Guitar stem.wav"), "file:///home/ada/Guitar%20stem.wav");
        assert_eq!(of("/é/50%#?.wav"), "file:///%C3%A9/50%25%23%3F.wav");
    }
}
