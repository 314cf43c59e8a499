//! Drags a file over the window and drops it, as a file manager does: the source side of
//! XDND, version 5.

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::PATIENCE;

const VERSION: u32 = 5;

/// A file manager's window that one file is dragged from.
pub struct Drag {
    connection: RustConnection,
    window: u32,
    target: u32,
    uri: String,
}

impl Drag {
    /// Starts dragging a file to these coordinates in the plugin's window.
    pub fn new(path: &Path, [x, y]: [i16; 2]) -> Self {
        let (connection, number) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[number].root;
        let window = connection.generate_id().unwrap();
        let aux = CreateWindowAux::new();
        let class = WindowClass::INPUT_ONLY;
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &aux).unwrap();
        // The innermost window under the pointer that accepts drops.
        let mut target = root;
        loop {
            let inside = connection.translate_coordinates(root, target, x, y).unwrap();
            match inside.reply().unwrap().child {
                0 => break,
                child => target = child,
            }
        }
        let drag =
            Self { connection, window, target, uri: format!("file://{}\r\n", path.display()) };
        let selection = drag.atom("XdndSelection");
        drag.connection.set_selection_owner(window, selection, x11rb::CURRENT_TIME).unwrap();
        let list = drag.atom("text/uri-list");
        drag.send("XdndEnter", [VERSION << 24, list, 0, 0]);
        drag
    }

    /// Moves the file until the window is ready for it, and answers the window's requests.
    pub fn hover(&self, [x, y]: [i16; 2]) {
        let (copy, status) = (self.atom("XdndActionCopy"), self.atom("XdndStatus"));
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.send("XdndPosition", [0, (x as u32) << 16 | y as u32, 0, copy]);
            if self.answers(status, Duration::from_millis(100)) {
                return;
            }
        }
        panic!("the window does not accept the file");
    }

    /// Drops the file; returns when the window has it.
    pub fn release(self) {
        self.send("XdndDrop", [0, 0, 0, 0]);
        assert!(self.answers(self.atom("XdndFinished"), PATIENCE), "nothing came of the drop");
    }

    /// Whether the window sends a message of this type in this time. Answers its requests.
    fn answers(&self, message: Atom, time: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < time {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::SelectionRequest(asked)) => self.answer(asked),
                // The last bit of the first word after the window's: accepted.
                Some(Event::ClientMessage(event)) if event.type_ == message => {
                    return event.data.as_data32()[1] & 1 == 1;
                }
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        false
    }

    fn atom(&self, name: &str) -> Atom {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn send(&self, kind: &str, [a, b, c, d]: [u32; 4]) {
        let data = [self.window, a, b, c, d];
        let event = ClientMessageEvent::new(32, self.target, self.atom(kind), data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, event).unwrap();
        self.connection.sync().unwrap();
    }

    fn answer(&self, asked: SelectionRequestEvent) {
        let kind: u32 = asked.target;
        let mode = PropMode::REPLACE;
        let uri = self.uri.as_bytes();
        self.connection.change_property8(mode, asked.requestor, asked.property, kind, uri).unwrap();
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property: asked.property,
        };
        self.connection.send_event(false, asked.requestor, EventMask::NO_EVENT, event).unwrap();
        self.connection.sync().unwrap();
    }
}
