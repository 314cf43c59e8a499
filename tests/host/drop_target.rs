//! A window that files are dropped on: the target side of XDND, version 5.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const VERSION: u32 = 5;

/// What the window does with a file that is held over it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Takes,
    /// Requests the path as soon as the file is over it, and answers when it has it.
    TakesWhenItKnows,
    /// Does not want it.
    Refuses,
    /// Answers nothing at all.
    IsSilent,
    /// Is destroyed as soon as the file is over it.
    Vanishes,
    /// Is destroyed when the file is dropped.
    VanishesAtDrop,
}

/// A window of another program; it is gone when this is dropped.
pub struct DropTarget {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What has reached the window.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The messages' names, one of several in succession.
    pub messages: Vec<String>,
    /// Where it was told last that the file is, on the screen.
    pub place: [i16; 2],
    /// What it was given.
    pub uri_list: Option<String>,
}

impl DropTarget {
    /// A window with this corner and size on the screen.
    pub fn open(corner: [i16; 2], size: [u16; 2], manner: Manner) -> Self {
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicBool>::default());
        let window = Window::open(corner, size, manner, seen.clone());
        let told = stop.clone();
        let thread = std::thread::spawn(move || window.run(&told));
        Self { seen, stop, thread: Some(thread) }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    pub fn has_seen(&self, message: &str) -> bool {
        self.seen().messages.iter().any(|seen| seen == message)
    }
}

impl Drop for DropTarget {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}

struct Window {
    connection: RustConnection,
    window: u32,
    manner: Manner,
    seen: Arc<Mutex<Seen>>,
}

impl Window {
    fn open([x, y]: [i16; 2], [w, h]: [u16; 2], manner: Manner, seen: Arc<Mutex<Seen>>) -> Self {
        let (connection, number) = x11rb::connect(None).unwrap();
        let (root, visual) = {
            let screen = &connection.setup().roots[number];
            (screen.root, screen.root_visual)
        };
        let window = connection.generate_id().unwrap();
        let class = WindowClass::INPUT_OUTPUT;
        let aux = CreateWindowAux::new().override_redirect(1).background_pixel(0x0080_8080);
        connection.create_window(0, window, root, x, y, w, h, 0, class, visual, &aux).unwrap();
        let target = Self { connection, window, manner, seen };
        let (aware, mode) = (target.atom("XdndAware"), PropMode::REPLACE);
        let kind = AtomEnum::ATOM;
        target.connection.change_property32(mode, window, aware, kind, &[VERSION]).unwrap();
        target.connection.map_window(window).unwrap();
        target.connection.sync().unwrap();
        target
    }

    fn run(&self, stop: &AtomicBool) {
        let mut source = 0;
        while !stop.load(Ordering::Relaxed) {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::ClientMessage(message)) => {
                    source = message.data.as_data32()[0];
                    self.take_in(&message);
                }
                Some(Event::SelectionNotify(answer)) if answer.property != x11rb::NONE => {
                    self.read(answer.property);
                    match self.manner {
                        Manner::TakesWhenItKnows if !self.seen_drop() => self.accept(source),
                        _ => self.finish(source),
                    }
                }
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn take_in(&self, message: &ClientMessageEvent) {
        let name = self.connection.get_atom_name(message.type_).unwrap().reply().unwrap().name;
        let name = String::from_utf8(name).unwrap();
        let data = message.data.as_data32();
        let is_new = {
            let mut seen = self.seen.lock().unwrap();
            let is_new = seen.messages.last() != Some(&name);
            if is_new {
                seen.messages.push(name.clone());
            }
            if name == "XdndPosition" {
                seen.place = [(data[2] >> 16) as i16, data[2] as i16];
            }
            is_new
        };
        match (&*name, self.manner) {
            ("XdndPosition", Manner::Takes | Manner::VanishesAtDrop) => self.accept(data[0]),
            ("XdndPosition", Manner::Refuses) => self.send(data[0], "XdndStatus", [0; 4]),
            ("XdndPosition", Manner::TakesWhenItKnows) if is_new => self.request(data[3]),
            ("XdndPosition", Manner::TakesWhenItKnows) => self.accept(data[0]),
            ("XdndPosition", Manner::Vanishes) | ("XdndDrop", Manner::VanishesAtDrop) => {
                self.connection.destroy_window(self.window).unwrap();
                self.connection.sync().unwrap();
            }
            ("XdndDrop", Manner::TakesWhenItKnows) => self.finish(data[0]),
            ("XdndDrop", Manner::Takes) => self.request(data[2]),
            _ => {}
        }
    }

    fn seen_drop(&self) -> bool {
        self.seen.lock().unwrap().messages.iter().any(|message| message == "XdndDrop")
    }

    fn accept(&self, source: u32) {
        self.send(source, "XdndStatus", [1, 0, 0, self.atom("XdndActionCopy")]);
    }

    fn finish(&self, source: u32) {
        self.send(source, "XdndFinished", [1, self.atom("XdndActionCopy"), 0, 0]);
    }

    fn request(&self, time: u32) {
        let [selection, kind, property] =
            ["XdndSelection", "text/uri-list", "DROPPED"].map(|name| self.atom(name));
        self.connection.convert_selection(self.window, selection, kind, property, time).unwrap();
        self.connection.sync().unwrap();
    }

    fn read(&self, property: u32) {
        let any = AtomEnum::ANY;
        let asked = self.connection.get_property(true, self.window, property, any, 0, 1 << 16);
        let text = String::from_utf8(asked.unwrap().reply().unwrap().value).unwrap();
        self.seen.lock().unwrap().uri_list = Some(text);
    }

    fn atom(&self, name: &str) -> u32 {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn send(&self, source: u32, kind: &str, [a, b, c, d]: [u32; 4]) {
        let data = [self.window, a, b, c, d];
        let event = ClientMessageEvent::new(32, source, self.atom(kind), data);
        self.connection.send_event(false, source, EventMask::NO_EVENT, event).unwrap();
        self.connection.sync().unwrap();
    }
}
