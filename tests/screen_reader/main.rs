//! A screen reader uses the window over AT-SPI, in the plugin's library as hosts load it.
#![cfg(all(feature = "plugin", target_os = "linux"))]

#[path = "../host/mod.rs"]
mod host;
mod reader;
mod session;

use std::time::{Duration, Instant};

use host::frames::Frames;
use host::library::Library;
use host::window::Window;
use host::xvfb::Xvfb;
use host::{Instance, PATIENCE, Setup, UNBRAID};
use reader::{Object, Reader};
use session::Session;

/// The name of a thread that the adapter needs, and nothing else in the library.
const ADAPTER: &str = "async-io";

/// A project with learned instruments, of which the first is a guitar.
const STATE: &[u8] = include_bytes!("../fixtures/state-v1.json");

/// Loads the library, uses an instance with a learned source, and unloads the library.
fn in_a_host(used: impl FnOnce(&mut Instance)) {
    let library = Library::load();
    // The sample rate that it was learned at, so that the line has nothing to suggest.
    let setup = Setup { sample_rate_hz: 8_000, ..Setup::default() };
    let mut plugin = library.instance(UNBRAID, setup);
    let length = (STATE.len() as u64).to_le_bytes();
    assert!(plugin.load(&[&length, STATE].concat()));
    used(&mut plugin);
    drop(plugin);
    drop(library);
}

/// Waits until `get` has something.
fn eventually<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = get() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what} does not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The object with a name in an open window.
fn find(reader: &Reader, name: &str) -> Object {
    let start = Instant::now();
    loop {
        let mut objects = reader.objects();
        if let Some(position) = objects.iter().position(|object| object.name == name) {
            return objects.swap_remove(position);
        }
        let objects: Vec<String> = objects.iter().map(Object::to_string).collect();
        assert!(start.elapsed() < PATIENCE, "there is no {name:?} in {}", objects.join("\n"));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_screen_reader_uses_the_window() {
    let (_server, screen) = Xvfb::start();
    let session = Session::start();
    // Without one, nothing is started for it.
    in_a_host(|plugin| {
        let window = plugin.open_window(&screen);
        Frames::of(&window).settle();
        assert!(!session::has_thread(ADAPTER), "a thread was started without a screen reader");
    });

    let mut reader = None;
    in_a_host(|plugin| {
        let window = plugin.open_window(&screen);
        Frames::of(&window).settle();
        // It is started while the window is open.
        let reader = reader.insert(session.start_reader());
        use_window(plugin, reader);
        hear_line(plugin, reader);
        move_keyboard(plugin, &window, reader);
        find_place(&window, reader);
        print(reader);
        drop(window);
        eventually("the end of the window", || reader.objects().is_empty().then_some(()));
        // And runs when the next window is opened.
        let window = plugin.open_window(&screen);
        use_window(plugin, reader);
        drop(window);
    });
    // Threads of the library answer, which has to be there although it was unloaded.
    assert!(Library::is_in_memory());
    let reader = reader.unwrap();
    eventually("the end of the window", || reader.objects().is_empty().then_some(()));
    in_a_host(|plugin| {
        let window = plugin.open_window(&screen);
        use_window(plugin, &reader);
        // It ends, and another one starts.
        reader.set_enabled(false);
        eventually("the end of the objects", || reader.objects().is_empty().then_some(()));
        reader.set_enabled(true);
        use_window(plugin, &reader);
        drop(window);
    });
}

/// Prints what there is in the window, if asked to.
fn print(reader: &Reader) {
    if std::env::var_os("UNBRAID_PRINT_TREE").is_some() {
        for object in reader.objects() {
            println!("{object}");
        }
    }
}

/// Presses a switch and moves a fader, there and back.
fn use_window(plugin: &mut Instance, reader: &Reader) {
    assert_eq!(find(reader, "Unbraid").role(), "frame");
    for on in [true, false] {
        let solo = find(reader, "solo Guitar");
        assert_eq!(solo.role(), "toggle button");
        assert_eq!(solo.is_pressed(), !on);
        reader.press(&solo);
        while_playing(plugin, "solo", |plugin| (plugin.value("solo_1") == 1.0) == on);
        let pressed = |_: &Instance| find(reader, "solo Guitar").is_pressed();
        while_playing(plugin, "what solo says", |plugin| pressed(plugin) == on);
    }
    for gain_db in [-6.0, 0.0] {
        let gain = find(reader, "Guitar gain in dB");
        assert_eq!(gain.role(), "slider");
        assert!(gain.description.starts_with("Drag;"), "{gain}");
        reader.set_value(&gain, gain_db);
        let text = format!("{gain_db:.1} dB");
        let gain_of = |plugin: &Instance| plugin.text("gain_1", plugin.value("gain_1"));
        while_playing(plugin, "the gain", |plugin| gain_of(plugin) == text);
        while_playing(plugin, "what the fader says", |_| reader.value(&gain) == gain_db);
    }
}

/// The line at the top is read when it changes.
fn hear_line(plugin: &mut Instance, reader: &Reader) {
    let wet = |reader: &Reader| find(reader, "Dry/wet in %");
    let before = reader.value(&wet(reader));
    // At 0 % the line says that nothing is separated.
    for percent in [0.0, before] {
        reader.has_heard();
        reader.set_value(&wet(reader), percent);
        while_playing(plugin, "the announcement", |_| reader.has_heard());
    }
}

/// The keyboard is where the Tab key has taken it.
fn move_keyboard(plugin: &mut Instance, window: &Window, reader: &Reader) {
    const TAB: &str = "\u{ff09}";
    const MENU: &str = "\u{ff67}";
    window.focus();
    let place = |reader: &Reader| {
        let focused = reader.objects().into_iter().find(Object::has_keyboard);
        focused.map(|object| object.name)
    };
    let mut before = place(reader);
    for _ in 0..3 {
        window.type_text(TAB);
        while_playing(plugin, "the focus", |_| {
            let now = place(reader);
            now.is_some() && now != before
        });
        before = place(reader);
    }
    // Its list of steps opens, and the keyboard is on the first one.
    for _ in 0..40 {
        if place(reader).as_deref() == Some("Undo") {
            break;
        }
        before = place(reader);
        window.type_text(TAB);
        while_playing(plugin, "the focus", |_| place(reader) != before);
    }
    window.type_text(MENU);
    while_playing(plugin, "the list of steps", |_| {
        place(reader).is_some_and(|name| name.starts_with("Undo: "))
    });
    window.press_escape();
    let is_open = |_: &Instance| reader.objects().iter().any(|it| it.name.starts_with("Undo: "));
    while_playing(plugin, "the end of the list", |plugin| !is_open(plugin));
}

/// A moved window is where it was moved to.
fn find_place(window: &Window, reader: &Reader) {
    let place = |name| reader.place(&find(reader, name));
    let [x, y, width, height] = place("Record");
    assert!(width > 50 && height > 20, "{width} x {height}");
    window.move_to([120, 80]);
    eventually("the move", || (place("Record") == [x + 120, y + 80, width, height]).then_some(()));
}

/// Plays until something has happened: changes in the window reach the plugin with its blocks.
fn while_playing(plugin: &mut Instance, what: &str, happened: impl Fn(&Instance) -> bool) {
    eventually(what, || {
        plugin.play(&vec![vec![0.0; 512]; 2], 512);
        happened(plugin).then_some(())
    });
}
