//! What the patches of the framework fix in VST3 for hosts that do nothing wrong.

#[cfg(target_os = "linux")]
use std::time::Duration;

use ::vst3::Steinberg::Vst::IAudioProcessorTrait;
use ::vst3::Steinberg::kResultOk;

use crate::audio::{BLOCK, Buffers, assert_plays_right, input, play, ready, reference};
use crate::case::Cases;
use crate::host::{Host, Subject};
use crate::stream::Reader;
use crate::vst3::Vst3;

pub fn add(cases: &mut Cases) {
    cases.vst3("layouts", layouts);
    #[cfg(target_os = "linux")]
    {
        cases.vst3("removed/with-tasks", tasks::removed_with_tasks);
        cases.vst3("removed/while-asking", tasks::removed_while_asking);
        cases.vst3("windows/parameters-while-opening", screen::parameters_while_opening);
        cases.vst3("windows/non-automatable-while-playing", screen::non_automatable);
        cases.vst3("windows/told-of-changes", screen::told_of_changes);
    }
}

fn open(subject: Subject) -> Vst3 {
    let host = Vst3::new(subject);
    assert!(host.load(&subject.state(), Reader::CORRECT));
    host
}

/// Every layout can be selected, with the main bus and the side-chain of different widths too.
fn layouts(subject: Subject) {
    let host = open(subject);
    let outputs = |channels: u32| vec![channels; subject.outputs()];
    for [main, side_chain] in [[1, 1], [2, 2], [2, 1], [1, 2]] {
        let selected = host.arrange(&[main, side_chain], &outputs(main)) == kResultOk;
        // Only the plugin with one output has side-chains of another width.
        assert_eq!(selected, main == side_chain || subject.outputs() == 1);
        if !selected {
            continue;
        }
        let channels = |direction: i32, index: i32| {
            let mut arrangement = 0;
            // SAFETY: a place for the result.
            let result =
                unsafe { host.processor.getBusArrangement(direction, index, &mut arrangement) };
            assert_eq!(result, kResultOk);
            arrangement.count_ones()
        };
        assert_eq!([channels(0, 0), channels(0, 1)], [main, side_chain]);
        for bus in 0..subject.outputs() {
            assert_eq!(channels(1, bus as i32), main);
        }
        ready(&host);
        let mut buffers = Buffers::of(2, subject.outputs(), main as usize, BLOCK, subject.side);
        buffers.fill(&input(), 0);
        let mut block = buffers.block();
        let side = Buffers::of(1, 0, side_chain as usize, BLOCK, subject.side);
        *block.input(1) = crate::host::Bus::of(&side.inputs[0]);
        for _ in 0..3 {
            assert!(host.process(&block));
        }
        assert!(buffers.outputs[0].iter().all(|channel| channel.iter().any(|x| x.abs() > 0.01)));
    }
    assert_eq!(host.arrange(&[2, 2], &outputs(2)), kResultOk);
    ready(&host);
    let expected = reference(subject, None, &input());
    assert_eq!(play(&host, subject, &input()), expected);
    assert_plays_right(&host, subject);
}

/// Long enough for a slow machine.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(120);

#[cfg(target_os = "linux")]
fn id(name: &str) -> u32 {
    name.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
        & !(1 << 31)
}

/// What instances ask of the host, which they do on a thread that all of them share.
#[cfg(target_os = "linux")]
mod tasks {
    use std::sync::atomic::Ordering;
    use std::time::{Duration, Instant};

    use super::{PATIENCE, id, open};
    use crate::audio::{BLOCK, Buffers, assert_plays_right, input, ready};
    use crate::host::{Event, Host, Subject};
    use crate::vst3::Vst3;

    /// Longer than it takes to destroy an instance on the thread for tasks.
    const SETTLED: Duration = Duration::from_millis(500);

    fn set(host: &Vst3, subject: Subject, name: &str, value: f64) {
        let mut buffers = Buffers::new(subject, BLOCK);
        buffers.fill(&input(), 0);
        let mut block = buffers.block();
        block.events = vec![Event::Value { id: id(name), value, time: 0 }];
        assert!(host.process(&block));
    }

    /// Changes the latency, on a thread of its own, as audio is processed, until the host is told
    /// of it. Of the choices, 0.5 (on) has another latency.
    fn change_even_load(host: &Vst3, subject: Subject, value: f64) {
        let restarts = || host.handler.restarts.load(Ordering::SeqCst);
        let (before, began) = (restarts(), Instant::now());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while restarts() == before && began.elapsed() < PATIENCE {
                    set(host, subject, "even_load", value);
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
        });
        assert!(restarts() > before, "the host was not told of another latency with {value}");
    }

    /// An instance is removed while a task of it waits for the thread: what the others ask of the
    /// host still reaches it, and the last one can be removed.
    pub fn removed_with_tasks(subject: Subject) {
        let [host, removed] = [open(subject), open(subject)];
        ready(&host);
        ready(&removed);
        let gate = host.handler.gate.lock().expect("nothing has panicked");
        change_even_load(&host, subject, 0.5);
        // The thread waits in the host now.
        std::thread::scope(|scope| {
            scope.spawn(|| set(&removed, subject, "wet", 0.0));
        });
        drop(removed);
        drop(gate);
        change_even_load(&host, subject, 0.0);
        drop(host);
        std::thread::sleep(SETTLED);
    }

    /// The only instance is removed while the thread waits in the host for it, and so destroyed
    /// on the thread; another one works.
    pub fn removed_while_asking(subject: Subject) {
        let host = open(subject);
        ready(&host);
        let gate = host.handler.gate.clone();
        let gate = gate.lock().expect("nothing has panicked");
        change_even_load(&host, subject, 0.5);
        drop(host);
        drop(gate);
        std::thread::sleep(SETTLED);
        let host = open(subject);
        ready(&host);
        change_even_load(&host, subject, 0.5);
        drop(host);
        std::thread::sleep(SETTLED);
        assert_plays_right(&open(subject), subject);
    }
}

/// With a window system.
#[cfg(target_os = "linux")]
mod screen {
    use std::io::{BufRead, BufReader};
    use std::os::unix::net::UnixListener;
    use std::process::{Child, Command, Stdio};
    use std::ptr::null;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use ::vst3::ComPtr;
    use ::vst3::Steinberg::Vst::IEditControllerTrait;
    use ::vst3::Steinberg::{
        IPlugView, IPlugViewTrait, ViewRect, kPlatformTypeX11EmbedWindowID, kResultOk,
    };
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{
        BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt, CreateWindowAux,
        MOTION_NOTIFY_EVENT, WindowClass,
    };
    use x11rb::protocol::xtest::ConnectionExt as _;
    use x11rb::rust_connection::RustConnection;
    use x11rb::wrapper::ConnectionExt as _;

    use super::{PATIENCE, id, open};
    use crate::audio::{BLOCK, Buffers, assert_plays_right, input, ready};
    use crate::host::{Event, Host, Subject};
    use crate::vst3::Vst3;

    fn view(host: &Vst3) -> ComPtr<IPlugView> {
        // SAFETY: the plugin returns a view that the caller owns.
        unsafe { ComPtr::from_raw(host.controller.createView(null())) }.expect("a view")
    }

    /// An X server that accepts a connection and does not answer.
    fn silent_server() -> (UnixListener, u32) {
        let folder = "/tmp/.X11-unix";
        let _ = std::fs::create_dir(folder);
        (500 + std::process::id() % 10_000..)
            .find_map(|n| Some((UnixListener::bind(format!("{folder}/X{n}")).ok()?, n)))
            .expect("a free number")
    }

    /// The window is opened on the main thread while values change on another; the opening
    /// waits for the X server until the changes have been made.
    pub fn parameters_while_opening(subject: Subject) {
        let (server, number) = silent_server();
        // SAFETY: there are no other threads.
        unsafe { std::env::set_var("DISPLAY", format!(":{number}")) };
        let host = open(subject);
        ready(&host);
        let view = view(&host);
        let (shared, opened) = (&host, AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (connection, _) = server.accept().expect("the window's connection");
                let mut buffers = Buffers::new(subject, BLOCK);
                buffers.fill(&input(), 0);
                let began = Instant::now();
                let mut blocks = 0;
                while blocks < 20 || began.elapsed() < Duration::from_secs(1) {
                    let mut block = buffers.block();
                    let value = f64::from(blocks % 2);
                    block.events = vec![Event::Value { id: id("wet"), value, time: 3 }];
                    let host: &dyn Host = shared;
                    assert!(host.process(&block));
                    blocks += 1;
                }
                assert!(!opened.load(Ordering::SeqCst), "the window did not wait");
                drop(connection);
                // Whatever else is tried fails at once.
                let _ = std::fs::remove_file(format!("/tmp/.X11-unix/X{number}"));
                drop(server);
            });
            // SAFETY: the window does not exist, nor does a server that could say so.
            let result =
                unsafe { view.attached(std::ptr::dangling_mut(), kPlatformTypeX11EmbedWindowID) };
            opened.store(true, Ordering::SeqCst);
            assert_ne!(result, kResultOk);
        });
        drop(view);
        assert_plays_right(&host, subject);
    }

    struct Xvfb {
        server: Child,
        connection: RustConnection,
        root: u32,
        visual: u32,
    }

    impl Xvfb {
        /// `None` where it is not installed.
        fn start() -> Option<Self> {
            let mut server = Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "2000x1400x24", "-nolisten", "tcp"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .ok()?;
            let mut number = String::new();
            BufReader::new(server.stdout.take()?).read_line(&mut number).ok()?;
            // SAFETY: there are no other threads.
            unsafe {
                std::env::set_var("DISPLAY", format!(":{}", number.trim()));
                std::env::set_var("LIBGL_ALWAYS_SOFTWARE", "1");
            }
            let (connection, screen) = x11rb::connect(None).expect("the server");
            let screen = &connection.setup().roots[screen];
            let (root, visual) = (screen.root, screen.root_visual);
            Some(Self { server, connection, root, visual })
        }

        /// A window at the top left.
        fn window(&self, width: u16, height: u16) -> u32 {
            let window = self.connection.generate_id().expect("an id");
            let aux = CreateWindowAux::new().background_pixel(0).override_redirect(1);
            let (depth, class) = (x11rb::COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT);
            self.connection
                .create_window(
                    depth,
                    window,
                    self.root,
                    0,
                    0,
                    width,
                    height,
                    0,
                    class,
                    self.visual,
                    &aux,
                )
                .expect("a window");
            self.connection.map_window(window).expect("a window");
            self.connection.sync().expect("the server");
            window
        }

        fn click(&self, x: i16, y: i16) {
            for (kind, button) in
                [(MOTION_NOTIFY_EVENT, 0), (BUTTON_PRESS_EVENT, 1), (BUTTON_RELEASE_EVENT, 1)]
            {
                self.connection.xtest_fake_input(kind, button, 0, self.root, x, y, 0).expect("X");
                self.connection.sync().expect("the server");
                std::thread::sleep(Duration::from_millis(60));
            }
        }
    }

    impl Drop for Xvfb {
        fn drop(&mut self) {
            let _ = self.server.kill();
            let _ = self.server.wait();
        }
    }

    /// The plugin's window, shown.
    fn shown(host: &Vst3, screen: &Xvfb) -> ComPtr<IPlugView> {
        let view = view(host);
        let mut size = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: as VST3 specifies.
        unsafe {
            assert_eq!(view.getSize(&mut size), kResultOk);
            let parent = screen.window(size.right as u16, size.bottom as u16);
            let kind = kPlatformTypeX11EmbedWindowID;
            assert_eq!(view.attached(parent as usize as *mut _, kind), kResultOk);
        }
        view
    }

    /// The height of the row of tabs; a click on another tab selects what is recorded to.
    const TABS: i16 = 107;

    /// Something is recorded while the window is open.
    pub fn told_of_changes(subject: Subject) {
        let Some(screen) = Xvfb::start() else {
            eprintln!("skipped: Xvfb is not installed");
            return;
        };
        let host = open(subject);
        ready(&host);
        let view = shown(&host, &screen);
        let mut buffers = Buffers::new(subject, BLOCK);
        buffers.fill(&input(), 0);
        let began = Instant::now();
        let mut blocks = 0;
        let is_told = || host.handler.dirty.load(Ordering::SeqCst) > 0;
        while !is_told() && began.elapsed() < PATIENCE {
            let mut block = buffers.block();
            // On for most of the time, in pieces that are long enough to be kept.
            let value = f64::from(blocks % 200 < 180);
            block.events = vec![Event::Value { id: id("capture"), value, time: 0 }];
            let host: &dyn Host = &host;
            assert!(host.process(&block));
            blocks += 1;
            std::thread::sleep(Duration::from_millis(2));
        }
        let told = is_told();
        // SAFETY: as VST3 specifies.
        unsafe { view.removed() };
        assert!(told, "the host was not told that there is something to save");
    }

    /// The window changes a parameter that cannot be automated while the host plays; the host
    /// does not send the change back.
    pub fn non_automatable(subject: Subject) {
        let Some(screen) = Xvfb::start() else {
            eprintln!("skipped: Xvfb is not installed");
            return;
        };
        let host = open(subject);
        ready(&host);
        let view = shown(&host, &screen);
        let to = id("capture_to");
        let before = host.value(to);
        let (stop, stopped) = mpsc::channel::<()>();
        let shared = &host;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut buffers = Buffers::new(subject, BLOCK);
                buffers.fill(&input(), 0);
                let host: &dyn Host = shared;
                while let Err(mpsc::TryRecvError::Empty) = stopped.try_recv() {
                    assert!(host.process(&buffers.block()));
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            let began = Instant::now();
            let mut x = 40;
            while shared.value(to) == before && began.elapsed() < PATIENCE {
                screen.click(x, TABS);
                x = if x > 800 { 40 } else { x + 60 };
            }
            drop(stop);
        });
        let after = host.value(to);
        // SAFETY: as VST3 specifies.
        unsafe { view.removed() };
        assert_ne!(after, before, "the window's change had no effect");
    }
}
