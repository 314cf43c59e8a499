//! Finds the window under the pointer that accepts drops (XDND, section "Finding the target").

use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt, Window};
use x11rb::rust_connection::RustConnection;

use super::x11::{Atoms, VERSION};

/// Before this version, sources and targets agree differently.
const OLDEST: u32 = 3;

/// A window that accepts drops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The window that messages are about.
    pub window: Window,
    /// The window that they are sent to: another one takes the drops of some.
    pub proxy: Window,
    /// The newest version of the protocol that both sides know.
    pub version: u32,
}

/// The innermost window at a place that accepts drops: a plugin's rather than the host's around
/// it. `None` over `own`, which could only get back what it already has.
pub fn at(
    connection: &RustConnection,
    atoms: &Atoms,
    (root, own): (Window, Option<Window>),
    (x, y): (i16, i16),
) -> Result<Option<Target>, ConnectionError> {
    // The desktop is the outermost.
    let mut found = of(connection, atoms, root, true)?;
    let mut window = root;
    loop {
        let inside = connection.translate_coordinates(root, window, x, y)?.reply();
        match present(inside)?.map_or(0, |inside| inside.child) {
            0 => return Ok(found),
            child if Some(child) == own => return Ok(None),
            child => window = child,
        }
        found = of(connection, atoms, window, false)?.or(found);
    }
}

/// Whether a window exists.
pub fn exists(connection: &RustConnection, window: Window) -> Result<bool, ConnectionError> {
    Ok(present(connection.get_window_attributes(window)?.reply())?.is_some())
}

fn of(
    connection: &RustConnection,
    atoms: &Atoms,
    window: Window,
    only_by_proxy: bool,
) -> Result<Option<Target>, ConnectionError> {
    let number = |window, property, kind: AtomEnum| -> Result<Option<u32>, ConnectionError> {
        let asked = connection.get_property(false, window, property, kind, 0, 1)?;
        let reply = present(asked.reply())?;
        Ok(reply.and_then(|reply| reply.value32()?.next()))
    };
    let proxy = |window| number(window, atoms.XdndProxy, AtomEnum::WINDOW);
    // A proxy that is not its own one is left over from a program that has ended.
    let proxy = match proxy(window)? {
        Some(other) if proxy(other)? == Some(other) => Some(other),
        _ => None,
    };
    if only_by_proxy && proxy.is_none() {
        return Ok(None);
    }
    let proxy = proxy.unwrap_or(window);
    let version = number(proxy, atoms.XdndAware, AtomEnum::ATOM)?;
    let version = version.filter(|version| *version >= OLDEST);
    Ok(version.map(|version| Target { window, proxy, version: version.min(VERSION) }))
}

/// `None` if the window is gone: others can be, at any time.
fn present<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ConnectionError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(error)) => Err(error),
    }
}
