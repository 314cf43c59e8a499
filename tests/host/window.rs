//! The plugin's window inside a window of the host's, on an X server; with a simulated
//! pointer and keyboard, and pictures of the window.

use std::ffi::{c_ulong, c_void};
use std::ptr::null;
use std::sync::Mutex;
use std::time::Duration;

use clap_sys::ext::gui::{
    CLAP_EXT_GUI, CLAP_WINDOW_API_X11, clap_host_gui, clap_plugin_gui, clap_window,
    clap_window_handle,
};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConfigureWindowAux, ConnectionExt,
    CreateWindowAux, EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    KeyPressEvent, MOTION_NOTIFY_EVENT, PropMode, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::Instance;

/// The key codes of the left Ctrl, and of Escape.
const CONTROL: u8 = 37;
const ESCAPE: u8 = 9;
const SHIFT: u8 = 50;

/// A connection to the X server that `DISPLAY` names.
pub struct Screen {
    connection: RustConnection,
    root: u32,
    root_visual: u32,
    _config: tempfile::TempDir,
    _data: tempfile::TempDir,
}

impl Screen {
    /// `None` without an X server. From here on, windows keep the user's preferences and data in
    /// folders of this process. Call it before there are other threads.
    pub fn connect() -> Option<Self> {
        std::env::var_os("DISPLAY")?;
        let [config, data] = [tempfile::tempdir().ok()?, tempfile::tempdir().ok()?];
        // SAFETY: there are no other threads.
        unsafe {
            std::env::set_var("XDG_CONFIG_HOME", config.path());
            std::env::set_var("XDG_DATA_HOME", data.path());
        }
        let (connection, number) = x11rb::connect(None).ok()?;
        let screen = &connection.setup().roots[number];
        let (root, root_visual) = (screen.root, screen.root_visual);
        Some(Self { connection, root, root_visual, _config: config, _data: data })
    }
}

/// An open window of a plugin.
pub struct Window<'a> {
    screen: &'a Screen,
    plugin: *const clap_plugin,
    gui: *const clap_plugin_gui,
    parent: u32,
    pub size: [u32; 2],
    is_open: bool,
}

/// A picture of a window: 8 bits each of red, green, blue.
pub struct Picture {
    pub size: [u32; 2],
    pub rgb: Vec<u8>,
}

impl Instance {
    /// Opens the plugin's window as CLAP hosts do.
    pub fn open_window<'a>(&self, screen: &'a Screen) -> Window<'a> {
        self.open_window_with(screen, None, Duration::ZERO)
    }

    /// Like [`Instance::open_window`], in a host that reports the pixels per point, and that
    /// does other things before it shows the window.
    pub fn open_window_with<'a>(
        &self,
        screen: &'a Screen,
        scale: Option<f64>,
        late: Duration,
    ) -> Window<'a> {
        let gui: *const clap_plugin_gui = self.extension(CLAP_EXT_GUI);
        let plugin = self.plugin;
        // SAFETY: in the order that CLAP requires, on the main thread.
        unsafe {
            assert!((*gui).create.unwrap()(plugin, CLAP_WINDOW_API_X11.as_ptr(), false));
            if let Some(scale) = scale {
                (*gui).set_scale.unwrap()(plugin, scale);
            }
            let mut size = [0, 0];
            assert!((*gui).get_size.unwrap()(plugin, &mut size[0], &mut size[1]));
            let parent = screen.parent(size);
            let window = clap_window {
                api: CLAP_WINDOW_API_X11.as_ptr(),
                specific: clap_window_handle { x11: parent as c_ulong },
            };
            assert!((*gui).set_parent.unwrap()(plugin, &window));
            std::thread::sleep(late);
            (*gui).show.unwrap()(plugin);
            Window { screen, plugin, gui, parent, size, is_open: true }
        }
    }
}

impl Screen {
    /// Sets the dots per inch, as desktops do.
    pub fn set_dpi(&self, dpi: u32) {
        let resources = format!("Xft.dpi:\t{dpi}\n");
        let (name, kind) = (AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING);
        self.connection
            .change_property8(PropMode::REPLACE, self.root, name, kind, resources.as_bytes())
            .unwrap();
        self.connection.sync().unwrap();
    }

    /// Makes the server leave all requests but ours waiting.
    pub fn grab(&self) {
        self.connection.grab_server().unwrap();
        self.connection.sync().unwrap();
    }

    /// Whether there is a window with this number.
    pub fn has(&self, window: u32) -> bool {
        self.connection.get_window_attributes(window).unwrap().reply().is_ok()
    }

    pub fn ungrab(&self) {
        self.connection.ungrab_server().unwrap();
        self.connection.sync().unwrap();
    }

    fn parent(&self, [width, height]: [u32; 2]) -> u32 {
        let window = self.connection.generate_id().unwrap();
        let aux = CreateWindowAux::new()
            .background_pixel(0)
            .override_redirect(1)
            .event_mask(EventMask::KEY_PRESS | EventMask::KEY_RELEASE);
        self.connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                0,
                0,
                width as u16,
                height as u16,
                0,
                WindowClass::INPUT_OUTPUT,
                self.root_visual,
                &aux,
            )
            .unwrap();
        let name = AtomEnum::WM_NAME;
        self.connection
            .change_property8(PropMode::REPLACE, window, name, AtomEnum::STRING, b"host")
            .unwrap();
        self.connection.map_window(window).unwrap();
        self.connection.sync().unwrap();
        window
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0).unwrap();
        self.connection.sync().unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
}

impl Window<'_> {
    pub fn point(&self, x: i16, y: i16) {
        self.screen.fake(MOTION_NOTIFY_EVENT, 0, x, y);
    }

    pub fn press(&self) {
        self.screen.fake(BUTTON_PRESS_EVENT, 1, 0, 0);
    }

    pub fn release(&self) {
        self.screen.fake(BUTTON_RELEASE_EVENT, 1, 0, 0);
    }

    pub fn click(&self, x: i16, y: i16) {
        self.point(x, y);
        std::thread::sleep(Duration::from_millis(60));
        self.press();
        self.release();
    }

    /// Types lower-case letters, and `\n` for Enter.
    pub fn type_text(&self, text: &str) {
        for code in self.key_codes(text) {
            self.screen.fake(KEY_PRESS_EVENT, code, 0, 0);
            self.screen.fake(KEY_RELEASE_EVENT, code, 0, 0);
        }
    }

    /// The codes of the keys for lower-case letters, and for `\n`.
    pub fn key_codes(&self, text: &str) -> Vec<u8> {
        let connection = &self.screen.connection;
        let setup = connection.setup();
        let count = setup.max_keycode - setup.min_keycode + 1;
        let map =
            connection.get_keyboard_mapping(setup.min_keycode, count).unwrap().reply().unwrap();
        let per_key = usize::from(map.keysyms_per_keycode);
        let code = |letter: char| {
            let symbol = if letter == '\n' { 0xff0d } else { letter as u32 };
            let place = map.keysyms.chunks(per_key).position(|keys| keys[0] == symbol)?;
            Some(setup.min_keycode + place as u8)
        };
        text.chars().filter_map(code).collect()
    }

    /// Keys pressed and released in the host's window since the last call.
    pub fn keys_of_the_host(&self) -> Vec<KeyPressEvent> {
        let next = || self.screen.connection.poll_for_event().unwrap();
        let key = |event: Event| match event {
            Event::KeyPress(key) | Event::KeyRelease(key) => Some(key),
            _ => None,
        };
        std::iter::from_fn(next).filter_map(key).filter(|key| key.event == self.parent).collect()
    }

    /// Passes a key to the plugin, as hosts do that have no use for it.
    pub fn pass_on(&self, key: KeyPressEvent) {
        let (child, connection) = (self.child(), &self.screen.connection);
        let key = KeyPressEvent { event: child, ..key };
        connection.send_event(false, child, EventMask::NO_EVENT, key).unwrap();
        connection.sync().unwrap();
    }

    /// Selects everything in a text field.
    pub fn select_all(&self) {
        self.press_control();
        self.type_text("a");
        self.release_control();
    }

    pub fn press_control(&self) {
        self.screen.fake(KEY_PRESS_EVENT, CONTROL, 0, 0);
    }

    /// Types with Shift held.
    pub fn type_shifted(&self, text: &str) {
        self.screen.fake(KEY_PRESS_EVENT, SHIFT, 0, 0);
        self.type_text(text);
        self.screen.fake(KEY_RELEASE_EVENT, SHIFT, 0, 0);
    }

    pub fn press_escape(&self) {
        self.screen.fake(KEY_PRESS_EVENT, ESCAPE, 0, 0);
        self.screen.fake(KEY_RELEASE_EVENT, ESCAPE, 0, 0);
    }

    pub fn release_control(&self) {
        self.screen.fake(KEY_RELEASE_EVENT, CONTROL, 0, 0);
    }

    /// Gives the plugin's window the keyboard.
    pub fn focus(&self) {
        self.focus_on(self.child());
    }

    /// Gives another window the keyboard. The host's is not enough: the pointer's window gets
    /// the keys as long as it is inside the one with the keyboard.
    pub fn focus_another(&self) {
        self.focus_on(self.screen.parent([10, 10]));
    }

    /// The plugin's own window in the host's; the host's if there is none.
    pub fn child(&self) -> u32 {
        let tree = self.screen.connection.query_tree(self.parent).unwrap().reply().unwrap();
        tree.children.first().copied().unwrap_or(self.parent)
    }

    fn focus_on(&self, window: u32) {
        self.screen
            .connection
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .unwrap();
        self.screen.connection.sync().unwrap();
    }

    /// Gives the window the size that the plugin has requested, if any.
    pub fn follow(&mut self) {
        let Some([width, height]) = ASKED.lock().unwrap().take() else { return };
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.screen.connection.configure_window(self.parent, &size).unwrap();
        self.screen.connection.sync().unwrap();
        self.size = [width, height];
    }

    /// Moves the window on the screen, as if the host's user dragged it.
    pub fn move_to(&self, [x, y]: [i32; 2]) {
        let place = ConfigureWindowAux::new().x(x).y(y);
        self.screen.connection.configure_window(self.parent, &place).unwrap();
        self.screen.connection.sync().unwrap();
    }

    /// Resizes the window, as if the host's user dragged it.
    pub fn resize(&mut self, [width, height]: [u32; 2]) {
        self.screen
            .connection
            .configure_window(self.parent, &ConfigureWindowAux::new().width(width).height(height))
            .unwrap();
        self.screen.connection.sync().unwrap();
        // SAFETY: the window is open.
        unsafe { (*self.gui).set_size.unwrap()(self.plugin, width, height) };
        self.size = [width, height];
    }

    /// Closes the window. The host's own stays until this is dropped.
    pub fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            // SAFETY: open until here.
            unsafe { (*self.gui).destroy.unwrap()(self.plugin) };
        }
    }

    /// Hides the window for a moment.
    pub fn hide(&self, moment: Duration) {
        // SAFETY: the window is open.
        unsafe {
            (*self.gui).hide.unwrap()(self.plugin);
            std::thread::sleep(moment);
            (*self.gui).show.unwrap()(self.plugin);
        }
    }

    /// The size reported by the plugin.
    pub fn plugin_size(&self) -> [u32; 2] {
        let mut size = [0, 0];
        // SAFETY: the window is open.
        unsafe { (*self.gui).get_size.unwrap()(self.plugin, &mut size[0], &mut size[1]) };
        size
    }

    pub fn picture(&self) -> Picture {
        let data = self.pixels([0, 0], self.size);
        let rgb = data.chunks(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        Picture { size: self.size, rgb }
    }

    /// A column of pixels.
    pub fn column(&self, x: i16, y: i16, height: u32) -> Vec<u8> {
        self.pixels([x, y], [1, height])
    }

    /// A row of pixels.
    pub fn row(&self, x: i16, y: i16, width: u32) -> Vec<u8> {
        self.pixels([x, y], [width, 1])
    }

    fn pixels(&self, [x, y]: [i16; 2], [width, height]: [u32; 2]) -> Vec<u8> {
        self.screen
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.screen.root,
                x,
                y,
                width as u16,
                height as u16,
                u32::MAX,
            )
            .unwrap()
            .reply()
            .unwrap()
            .data
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.close();
        let _ = self.screen.connection.destroy_window(self.parent);
        let _ = self.screen.connection.sync();
    }
}

unsafe extern "C" fn nothing(_: *const clap_host) {}

/// The size requested by a plugin.
static ASKED: Mutex<Option<[u32; 2]>> = Mutex::new(None);

unsafe extern "C" fn resize(_: *const clap_host, width: u32, height: u32) -> bool {
    *ASKED.lock().unwrap() = Some([width, height]);
    true
}

unsafe extern "C" fn allowed(_: *const clap_host) -> bool {
    true
}

unsafe extern "C" fn closed(_: *const clap_host, _: bool) {}

static HOST_GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(nothing),
    request_resize: Some(resize),
    request_show: Some(allowed),
    request_hide: Some(allowed),
    closed: Some(closed),
};

/// The host's window extension.
pub fn host_gui(id: &std::ffi::CStr) -> *const c_void {
    if id == CLAP_EXT_GUI { (&raw const HOST_GUI).cast() } else { null() }
}
