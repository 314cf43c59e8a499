//! The plugin's window inside a window of the host's, on Windows; with a simulated pointer and
//! keyboard, and pictures of the window.

use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::size_of;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap_sys::ext::gui::{
    CLAP_EXT_GUI, CLAP_WINDOW_API_WIN32, clap_plugin_gui, clap_window, clap_window_handle,
};
use clap_sys::plugin::clap_plugin;
use windows::Win32::Foundation::{HWND, LPARAM, LRESULT, POINT, RECT, WPARAM};
use windows::Win32::Graphics::Gdi::{
    BI_RGB, BITMAPINFO, BITMAPINFOHEADER, BitBlt, ClientToScreen, CreateCompatibleBitmap,
    CreateCompatibleDC, DIB_RGB_COLORS, DeleteDC, DeleteObject, GetDC, GetDIBits, ReleaseDC,
    SRCCOPY, SelectObject,
};
use windows::Win32::System::LibraryLoader::GetModuleHandleW;
use windows::Win32::UI::Input::KeyboardAndMouse::{
    INPUT, INPUT_0, INPUT_KEYBOARD, INPUT_MOUSE, KEYBDINPUT, KEYEVENTF_KEYUP, MAPVK_VK_TO_VSC,
    MOUSE_EVENT_FLAGS, MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, MOUSEEVENTF_MOVE, MOUSEINPUT,
    MapVirtualKeyW, SendInput, SetFocus, VIRTUAL_KEY,
};
use windows::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, FindWindowExW, GW_CHILD,
    GetClientRect, GetDesktopWindow, GetWindow, IsWindow, MSG, PM_REMOVE, PeekMessageW,
    PostMessageW, RegisterClassW, SW_SHOW, SendMessageW, SetCursorPos, SetForegroundWindow,
    ShowWindow, TranslateMessage, WINDOW_EX_STYLE, WM_CHAR, WM_CONTEXTMENU, WM_KEYDOWN, WM_KEYUP,
    WM_LBUTTONDOWN, WM_LBUTTONUP, WM_MOUSEMOVE, WM_SYSKEYDOWN, WM_SYSKEYUP, WNDCLASSW,
    WS_CLIPCHILDREN, WS_POPUP,
};
use windows::core::{PCWSTR, w};

use super::{Instance, PATIENCE};

/// Held while there is a host's window: the windows of all tests share pointer and keyboard.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const CLASS: PCWSTR = w!("host of the tests");

/// The title of the plugin's own window.
const TITLE: PCWSTR = w!("Unbraid");

/// Messages that are processed at once. A message that causes another one would have no end.
const MAX_MESSAGES: usize = 1000;

thread_local! {
    /// Keys that have reached windows of the host's on this thread.
    static KEYS: RefCell<Vec<KeyMessage>> = const { RefCell::new(Vec::new()) };
}

/// A message about a key or a character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyMessage {
    pub window: HWND,
    pub message: u32,
    pub key: WPARAM,
    pub details: LPARAM,
}

/// The window that the plugin's is put into.
#[derive(Clone, Copy, PartialEq)]
pub enum Parent {
    /// One of the host's.
    Host,
    /// None. Wine shows what OpenGL draws in such windows only.
    Desktop,
}

/// An open window of a plugin.
pub struct Window {
    plugin: *const clap_plugin,
    gui: *const clap_plugin_gui,
    parent: Parent,
    /// The window of the host's.
    pub host: HWND,
    /// The size that the plugin reported before the window was there, in pixels.
    pub size: [u32; 2],
    is_open: bool,
    _alone: MutexGuard<'static, ()>,
}

/// Waits until no other test has windows.
pub fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Instance {
    /// Opens the plugin's window as CLAP hosts do, in one that reports these pixels per point.
    pub fn open_in(&self, parent: Parent, scale: Option<f64>) -> Window {
        let alone = alone();
        let gui: *const clap_plugin_gui = self.extension(CLAP_EXT_GUI);
        let plugin = self.plugin;
        // SAFETY: in the order that CLAP requires, on the thread that processes messages.
        unsafe {
            assert!((*gui).create.unwrap()(plugin, CLAP_WINDOW_API_WIN32.as_ptr(), false));
            if let Some(scale) = scale {
                (*gui).set_scale.unwrap()(plugin, scale);
            }
            let mut size = [0, 0];
            assert!((*gui).get_size.unwrap()(plugin, &mut size[0], &mut size[1]));
            let host = host_window(size);
            let handle = match parent {
                Parent::Host => host.0,
                Parent::Desktop => GetDesktopWindow().0,
            };
            let handle = clap_window {
                api: CLAP_WINDOW_API_WIN32.as_ptr(),
                specific: clap_window_handle { win32: handle },
            };
            assert!((*gui).set_parent.unwrap()(plugin, &handle));
            assert!((*gui).show.unwrap()(plugin));
            let window = Window { plugin, gui, parent, host, size, is_open: true, _alone: alone };
            window.settle();
            window
        }
    }
}

/// A visible window with the keyboard, in the corner of the screen.
pub fn host_window(size: [u32; 2]) -> HWND {
    host_window_at([0, 0], size)
}

/// Like [`host_window`], with its corner at a place of the screen.
pub fn host_window_at([x, y]: [i16; 2], [width, height]: [u32; 2]) -> HWND {
    // SAFETY: the class is registered once; another time it fails, which does not matter.
    unsafe {
        let instance = GetModuleHandleW(None).unwrap().into();
        let class = WNDCLASSW {
            lpfnWndProc: Some(host_procedure),
            hInstance: instance,
            lpszClassName: CLASS,
            ..Default::default()
        };
        RegisterClassW(&class);
        let window = CreateWindowExW(
            WINDOW_EX_STYLE(0),
            CLASS,
            w!("host"),
            WS_POPUP | WS_CLIPCHILDREN,
            x.into(),
            y.into(),
            width as i32,
            height as i32,
            None,
            None,
            Some(instance),
            None,
        )
        .unwrap();
        let _ = ShowWindow(window, SW_SHOW);
        let _ = SetForegroundWindow(window);
        pump();
        window
    }
}

/// Removes a window that [`host_window`] has made.
pub fn remove(window: HWND) {
    // SAFETY: of this thread.
    let _ = unsafe { DestroyWindow(window) };
    pump();
}

unsafe extern "system" fn host_procedure(
    window: HWND,
    message: u32,
    wparam: WPARAM,
    lparam: LPARAM,
) -> LRESULT {
    // Keys can also come as what the system makes of them.
    let is_key = matches!(message, WM_KEYDOWN | WM_KEYUP | WM_SYSKEYDOWN | WM_SYSKEYUP | WM_CHAR);
    if is_key || message == WM_CONTEXTMENU {
        let key = KeyMessage { window, message, key: wparam, details: lparam };
        KEYS.with_borrow_mut(|keys| keys.push(key));
    }
    // SAFETY: passes on what the system passed.
    unsafe { DefWindowProcW(window, message, wparam, lparam) }
}

/// Keys that have reached windows of the host's since the last call.
pub fn keys_of_the_host() -> Vec<KeyMessage> {
    KEYS.take()
}

/// Processes all messages of this thread.
pub fn pump() {
    pump_unless(|_| false);
}

/// Processes all messages of this thread but those that the message loop takes for itself.
pub fn pump_unless(mut takes: impl FnMut(&MSG) -> bool) {
    let mut message = MSG::default();
    // SAFETY: as in every program with windows.
    unsafe {
        for _ in 0..MAX_MESSAGES {
            if !PeekMessageW(&mut message, None, 0, 0, PM_REMOVE).as_bool() {
                return;
            }
            if !takes(&message) {
                let _ = TranslateMessage(&message);
                DispatchMessageW(&message);
            }
        }
    }
}

/// Processes messages for long enough that some frames are drawn.
pub fn settle() {
    settle_unless(|_| false);
}

/// Like [`settle`] and [`pump_unless`].
pub fn settle_unless(mut takes: impl FnMut(&MSG) -> bool) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        pump_unless(&mut takes);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Processes messages until something has happened; returns whether it has.
pub fn eventually(mut happened: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        pump();
        if happened() {
            return true;
        }
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Presses a key.
pub fn press(key: VIRTUAL_KEY) {
    input(key, false);
}

/// Releases a key.
pub fn release(key: VIRTUAL_KEY) {
    input(key, true);
}

fn input(key: VIRTUAL_KEY, up: bool) {
    // SAFETY: takes any number.
    let scan_code = unsafe { MapVirtualKeyW(key.0.into(), MAPVK_VK_TO_VSC) };
    let mut event = KEYBDINPUT { wVk: key, wScan: scan_code as u16, ..Default::default() };
    if up {
        event.dwFlags = KEYEVENTF_KEYUP;
    }
    let event = INPUT { r#type: INPUT_KEYBOARD, Anonymous: INPUT_0 { ki: event } };
    // SAFETY: one event of the stated size.
    assert_eq!(unsafe { SendInput(&[event], size_of::<INPUT>() as i32) }, 1);
}

/// Moves the pointer to a place of the screen.
pub fn move_pointer([x, y]: [i16; 2]) {
    // SAFETY: takes any place.
    unsafe { SetCursorPos(x.into(), y.into()) }.unwrap();
    mouse(MOUSEEVENTF_MOVE);
}

/// Presses the left button where the pointer is.
pub fn press_button() {
    mouse(MOUSEEVENTF_LEFTDOWN);
}

pub fn release_button() {
    mouse(MOUSEEVENTF_LEFTUP);
}

fn mouse(what: MOUSE_EVENT_FLAGS) {
    let event = MOUSEINPUT { dwFlags: what, ..Default::default() };
    let event = INPUT { r#type: INPUT_MOUSE, Anonymous: INPUT_0 { mi: event } };
    // SAFETY: one event of the stated size.
    assert_eq!(unsafe { SendInput(&[event], size_of::<INPUT>() as i32) }, 1);
}

/// Presses and releases the keys of these letters, digits and blanks.
pub fn type_text(text: &str) {
    for letter in text.to_uppercase().bytes() {
        press(VIRTUAL_KEY(letter.into()));
        release(VIRTUAL_KEY(letter.into()));
    }
}

/// Gives a window the keyboard.
pub fn focus(window: HWND) {
    // SAFETY: of this thread.
    unsafe { SetFocus(Some(window)) }.unwrap();
}

/// Sends a message to a window through its thread's message loop.
pub fn post(window: HWND, message: u32, key: WPARAM, details: LPARAM) {
    // SAFETY: messages of keys have no pointers.
    unsafe { PostMessageW(Some(window), message, key, details) }.unwrap();
}

/// Sends a message to a window past its thread's message loop.
pub fn send(window: HWND, message: u32, key: WPARAM, details: LPARAM) {
    // SAFETY: messages of keys have no pointers.
    unsafe { SendMessageW(window, message, Some(key), Some(details)) };
}

impl Window {
    pub fn settle(&self) {
        settle();
    }

    /// The plugin's own window; `None` if it is closed.
    pub fn child(&self) -> Option<HWND> {
        // SAFETY: takes any window.
        let found = unsafe {
            match self.parent {
                Parent::Host => GetWindow(self.host, GW_CHILD),
                Parent::Desktop => FindWindowExW(None, None, None, TITLE),
            }
        };
        found.ok().filter(|child| !child.is_invalid())
    }

    /// The size of the plugin's own window, in pixels.
    pub fn child_size(&self) -> [u32; 2] {
        let mut rect = RECT::default();
        // SAFETY: the window is there.
        unsafe { GetClientRect(self.child().unwrap(), &mut rect) }.unwrap();
        [rect.right as u32, rect.bottom as u32]
    }

    /// The size reported by the plugin.
    pub fn plugin_size(&self) -> [u32; 2] {
        let mut size = [0, 0];
        // SAFETY: the window is open.
        unsafe { (*self.gui).get_size.unwrap()(self.plugin, &mut size[0], &mut size[1]) };
        size
    }

    /// Tells the plugin another number of pixels per point.
    pub fn set_scale(&self, scale: f64) {
        // SAFETY: the window is open.
        unsafe { (*self.gui).set_scale.unwrap()(self.plugin, scale) };
        self.settle();
    }

    /// Resizes the window, as if the host's user dragged it.
    pub fn resize(&self, [width, height]: [u32; 2]) {
        // SAFETY: the window is open.
        assert!(unsafe { (*self.gui).set_size.unwrap()(self.plugin, width, height) });
        self.settle();
    }

    pub fn mouse(&self, message: u32, [x, y]: [i16; 2]) {
        let place = LPARAM((isize::from(y) << 16) | isize::from(x));
        post(self.child().unwrap(), message, WPARAM(0), place);
        self.settle();
    }

    pub fn click(&self, place: [i16; 2]) {
        self.mouse(WM_MOUSEMOVE, place);
        self.mouse(WM_LBUTTONDOWN, place);
        self.mouse(WM_LBUTTONUP, place);
    }

    /// The pixels of the plugin's window as they are on the screen: blue, green, red, and one
    /// without meaning.
    pub fn pixels(&self) -> Vec<[u8; 4]> {
        let [width, height] = self.child_size().map(|side| side as i32);
        let mut corner = POINT::default();
        let mut pixels = vec![[0; 4]; (width * height) as usize];
        let mut format = BITMAPINFO {
            bmiHeader: BITMAPINFOHEADER {
                biSize: size_of::<BITMAPINFOHEADER>() as u32,
                biWidth: width,
                // From top to bottom.
                biHeight: -height,
                biPlanes: 1,
                biBitCount: 32,
                biCompression: BI_RGB.0,
                ..Default::default()
            },
            ..Default::default()
        };
        // SAFETY: everything made here is removed here; the buffer has the size of the picture.
        unsafe {
            assert!(ClientToScreen(self.child().unwrap(), &mut corner).as_bool());
            let screen = GetDC(None);
            let memory = CreateCompatibleDC(Some(screen));
            let bitmap = CreateCompatibleBitmap(screen, width, height);
            let before = SelectObject(memory, bitmap.into());
            let source = Some(screen);
            BitBlt(memory, 0, 0, width, height, source, corner.x, corner.y, SRCCOPY).unwrap();
            SelectObject(memory, before);
            let lines = height as u32;
            let data = Some(pixels.as_mut_ptr().cast::<c_void>());
            GetDIBits(memory, bitmap, 0, lines, data, &mut format, DIB_RGB_COLORS);
            let _ = DeleteObject(bitmap.into());
            let _ = DeleteDC(memory);
            ReleaseDC(None, screen);
        }
        pixels
    }

    /// Closes the window. The host's own stays until this is dropped.
    pub fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            // SAFETY: open until here.
            unsafe { (*self.gui).destroy.unwrap()(self.plugin) };
        }
    }
}

/// Whether there is a window with this handle.
pub fn exists(window: HWND) -> bool {
    // SAFETY: takes any handle.
    unsafe { IsWindow(Some(window)) }.as_bool()
}

impl Drop for Window {
    fn drop(&mut self) {
        self.close();
        remove(self.host);
    }
}
