//! Whether assistive technologies are in use, asked over D-Bus without a thread.
//!
//! The session bus knows it as the property `IsEnabled` of `org.a11y.Status`. Libraries for
//! D-Bus would find out as well, but the one that AccessKit brings along needs a thread that
//! never ends, in every host, for the sake of few users. A question, its answer and the signal
//! that there is another answer are all that is needed here.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;

/// Larger messages are a protocol error.
const MAX_MESSAGE: usize = 1 << 20;

/// A connection to the session bus. It is read only when asked, and never waited for.
pub struct Status {
    socket: UnixStream,
    received: Vec<u8>,
    /// Whether the bus has answered the line of text with which every connection begins.
    is_authenticated: bool,
    is_enabled: bool,
    serial: u32,
}

impl Status {
    /// `None` without a session bus.
    pub fn watch() -> Option<Self> {
        let addresses = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").map(OsString::into_vec);
        let usual = || {
            let folder = std::env::var_os("XDG_RUNTIME_DIR")?;
            Some([b"unix:path=", &*folder.into_vec(), b"/bus"].concat())
        };
        let addresses = addresses.filter(|given| !given.is_empty()).or_else(usual)?;
        socket_names(&addresses).iter().find_map(|name| Self::connect(name).ok())
    }

    /// Connects and sends everything that can be sent before an answer: as the bus reads it in
    /// order, nothing has to be waited for.
    fn connect(name: &[u8]) -> io::Result<Self> {
        let socket = connected(name)?;
        let mut status = Self {
            socket,
            received: Vec::new(),
            is_authenticated: false,
            is_enabled: false,
            serial: 0,
        };
        // SAFETY: reads a number.
        let user = unsafe { libc::geteuid() }.to_string();
        let user: String = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        let mut first = format!("\0AUTH EXTERNAL {user}\r\nBEGIN\r\n").into_bytes();
        first.extend(status.call(BUS, "Hello", &[]));
        let signals = "type='signal',path='/org/a11y/bus',member='PropertiesChanged',\
                       interface='org.freedesktop.DBus.Properties'";
        first.extend(status.call(BUS, "AddMatch", &[signals]));
        first.extend(status.question());
        status.send(&first)?;
        Ok(status)
    }

    /// Whether assistive technologies are in use, as far as is known; an error if that will
    /// never be known.
    pub fn poll(&mut self) -> io::Result<bool> {
        let mut piece = [0; 4096];
        loop {
            match self.socket.read(&mut piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.received.extend(&piece[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            self.interpret()?;
        }
        Ok(self.is_enabled)
    }

    fn interpret(&mut self) -> io::Result<()> {
        if !self.is_authenticated {
            let Some(end) = self.received.windows(2).position(|two| two == b"\r\n") else {
                return if self.received.len() < MAX_MESSAGE {
                    Ok(())
                } else {
                    Err(invalid_data())
                };
            };
            if !self.received.starts_with(b"OK ") {
                return Err(ErrorKind::PermissionDenied.into());
            }
            self.received.drain(..end + 2);
            self.is_authenticated = true;
        }
        let mut has_changed = false;
        while let Some(message) = take_message(&mut self.received)? {
            match message {
                Message::Answer(is_enabled) => self.is_enabled = is_enabled,
                Message::Signal => has_changed = true,
                Message::Other => {}
            }
        }
        if has_changed {
            let question = self.question();
            self.send(&question)?;
        }
        Ok(())
    }

    fn question(&mut self) -> Vec<u8> {
        self.call(ACCESSIBILITY, "Get", &["org.a11y.Status", "IsEnabled"])
    }

    /// A call with texts as arguments.
    fn call(&mut self, to: Callee, function: &str, arguments: &[&str]) -> Vec<u8> {
        self.serial += 1;
        let Callee { name, path, interface } = to;
        let mut fields = Vec::new();
        let mut field = |code: u8, kind: u8, value: &str| {
            pad(&mut fields, 8);
            fields.extend([code, 1, kind, 0]);
            if kind == b'g' {
                fields.push(value.len() as u8);
                fields.extend(value.bytes().chain([0]));
            } else {
                text(&mut fields, value);
            }
        };
        field(1, b'o', path);
        field(2, b's', interface);
        field(3, b's', function);
        field(6, b's', name);
        if !arguments.is_empty() {
            field(8, b'g', &"s".repeat(arguments.len()));
        }
        let mut body = Vec::new();
        arguments.iter().for_each(|argument| text(&mut body, argument));
        // Little-endian, a call, which must not start a program, version 1.
        let mut message = vec![b'l', 1, 2, 1];
        for number in [body.len() as u32, self.serial, fields.len() as u32] {
            message.extend(number.to_le_bytes());
        }
        message.extend(fields);
        pad(&mut message, 8);
        message.extend(body);
        message
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        // SAFETY: as many bytes as there are. Unlike a write, it raises no signal.
        let sent = unsafe {
            let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
            libc::send(self.socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), flags)
        };
        match usize::try_from(sent) {
            Err(_) => Err(io::Error::last_os_error()),
            // A partial write means a full buffer: the bus is not reading.
            Ok(sent) if sent < bytes.len() => Err(ErrorKind::WriteZero.into()),
            Ok(_) => Ok(()),
        }
    }
}

/// Whose functions are called.
#[derive(Clone, Copy)]
struct Callee {
    name: &'static str,
    path: &'static str,
    interface: &'static str,
}

/// The bus itself.
const BUS: Callee = Callee {
    name: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
};

/// The service that knows about assistive technologies.
const ACCESSIBILITY: Callee = Callee {
    name: "org.a11y.Bus",
    path: "/org/a11y/bus",
    interface: "org.freedesktop.DBus.Properties",
};

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    pad(bytes, 4);
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.bytes().chain([0]));
}

/// What a message means to us.
#[derive(Debug, PartialEq)]
enum Message {
    /// To the question.
    Answer(bool),
    /// Another answer is possible.
    Signal,
    /// An answer of the bus itself, or an error: accessibility is not available.
    Other,
}

/// Takes the first message, if it is complete.
fn take_message(received: &mut Vec<u8>) -> io::Result<Option<Message>> {
    const FIXED: usize = 16;
    if received.len() < FIXED {
        return Ok(None);
    }
    let is_little = received[0] == b'l';
    let number = |at: usize| {
        let bytes = [0, 1, 2, 3].map(|i| received[at + i]);
        if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    };
    let (body, fields) = (number(4) as usize, number(12) as usize);
    if body.max(fields) > MAX_MESSAGE {
        return Err(invalid_data());
    }
    let body_starts = (FIXED + fields).next_multiple_of(8);
    let end = body_starts + body;
    if received.len() < end {
        return Ok(None);
    }
    const RETURN: u8 = 2;
    const SIGNAL: u8 = 4;
    let message = match received[1] {
        SIGNAL => Message::Signal,
        // A value of the type boolean: nothing else is answered to us in this form.
        RETURN if body == 8 && received[body_starts..].starts_with(&[1, b'b', 0]) => {
            Message::Answer(number(body_starts + 4) != 0)
        }
        _ => Message::Other,
    };
    received.drain(..end);
    Ok(Some(message))
}

fn invalid_data() -> io::Error {
    ErrorKind::InvalidData.into()
}

/// The names of the sockets in a list of addresses, as the system takes them: those that begin
/// with 0 are not in the file system. Other kinds of addresses are not for sessions.
fn socket_names(addresses: &[u8]) -> Vec<Vec<u8>> {
    let name = |address: &[u8]| {
        let options = address.strip_prefix(b"unix:")?;
        options.split(|byte| *byte == b',').find_map(|option| {
            let path = option.strip_prefix(b"path=").map(unescaped);
            let other = || Some([vec![0], unescaped(option.strip_prefix(b"abstract=")?)].concat());
            path.or_else(other)
        })
    };
    addresses.split(|byte| *byte == b';').filter_map(name).collect()
}

/// Replaces `%` and two digits by the byte that they mean.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = value;
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// A socket that never waits, not even for the connection.
fn connected(name: &[u8]) -> io::Result<UnixStream> {
    // SAFETY: all zeros are an address without a name.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    // A zero has to follow names in the file system.
    if name.len() >= address.sun_path.len() {
        return Err(ErrorKind::InvalidInput.into());
    }
    for (to, from) in address.sun_path.iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    let is_file = name.first() != Some(&0);
    let before = std::mem::offset_of!(libc::sockaddr_un, sun_path);
    let length = (before + name.len() + usize::from(is_file)) as libc::socklen_t;
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the new socket is owned by what is made of it, and the address has that length.
    unsafe {
        let socket = libc::socket(libc::AF_UNIX, kind, 0);
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        let socket = UnixStream::from(OwnedFd::from_raw_fd(socket));
        if libc::connect(socket.as_raw_fd(), (&raw const address).cast(), length) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(socket)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixListener;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn addresses() {
        let names = socket_names(b"tcp:host=a;unix:guid=1,abstract=/tmp/x;unix:path=/a%20b,guid=2");
        assert_eq!(names, [b"\0/tmp/x".to_vec(), b"/a b".to_vec()]);
        assert!(socket_names(b"autolaunch:").is_empty());
        assert_eq!(unescaped(b"100%"), b"100%");
    }

    /// An answer as the bus sends it.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![b'l', kind, 1, 1];
        for number in [body.len() as u32, 9, 5] {
            message.extend(number.to_le_bytes());
        }
        message.extend([7, 1, b's', 0, 0, 0, 0, 0]);
        message.extend(body);
        message
    }

    #[test]
    fn messages_are_taken_when_they_are_complete() {
        let answer = message(2, &[1, b'b', 0, 0, 1, 0, 0, 0]);
        let mut received = Vec::new();
        for byte in &answer[..answer.len() - 1] {
            received.push(*byte);
            assert_eq!(take_message(&mut received).unwrap(), None);
        }
        received.push(0);
        received.extend(message(4, b"abc"));
        received.extend(message(3, b""));
        assert_eq!(take_message(&mut received).unwrap(), Some(Message::Answer(true)));
        assert_eq!(take_message(&mut received).unwrap(), Some(Message::Signal));
        assert_eq!(take_message(&mut received).unwrap(), Some(Message::Other));
        assert!(received.is_empty());
        let mut endless = vec![0xff; 16];
        assert!(take_message(&mut endless).is_err());
    }

    /// Polls until there is another answer than `before`.
    fn next(status: &mut Status, before: bool) -> io::Result<bool> {
        let start = Instant::now();
        loop {
            let now = status.poll()?;
            if now != before || start.elapsed() > Duration::from_secs(120) {
                return Ok(now);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_signal_leads_to_another_answer_and_the_end_of_the_bus_to_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus");
        let bus = UnixListener::bind(&path).unwrap();
        let mut status = Status::connect(path.as_os_str().as_encoded_bytes()).unwrap();
        assert!(!status.poll().unwrap(), "the bus has said nothing yet");
        let (mut bus, _) = bus.accept().unwrap();
        let mut asked = vec![0; 4096];
        let read = bus.read(&mut asked).unwrap();
        asked.truncate(read);
        assert!(asked.starts_with(b"\0AUTH EXTERNAL "));
        let asks = |text: &[u8]| text.windows(9).any(|part| part == b"IsEnabled");
        assert!(asks(&asked));
        bus.write_all(b"OK 0123\r\n").unwrap();
        bus.write_all(&message(3, b"")).unwrap();
        assert!(!status.poll().unwrap());
        bus.write_all(&message(4, b"")).unwrap();
        assert!(!status.poll().unwrap());
        let mut again = [0; 4096];
        let read = bus.read(&mut again).unwrap();
        assert!(asks(&again[..read]), "the signal was not followed by a question");
        bus.write_all(&message(2, &[1, b'b', 0, 0, 1, 0, 0, 0])).unwrap();
        assert!(next(&mut status, false).unwrap());
        drop(bus);
        assert!(next(&mut status, true).is_err());
    }

    #[test]
    fn a_bus_that_refuses_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus");
        assert!(Status::connect(path.as_os_str().as_encoded_bytes()).is_err());
        let bus = UnixListener::bind(&path).unwrap();
        let mut status = Status::connect(path.as_os_str().as_encoded_bytes()).unwrap();
        let (mut bus, _) = bus.accept().unwrap();
        bus.write_all(b"REJECTED EXTERNAL\r\n").unwrap();
        assert!(next(&mut status, false).is_err());
    }
}
