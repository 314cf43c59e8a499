//! Files are dropped onto the window.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use windows::Win32::Foundation::{
    DRAGDROP_S_CANCEL, DRAGDROP_S_DROP, DRAGDROP_S_USEDEFAULTCURSORS, S_OK,
};
use windows::Win32::System::Com::IDataObject;
use windows::Win32::System::Ole::{
    DROPEFFECT, DROPEFFECT_COPY, DROPEFFECT_NONE, DoDragDrop, IDropSource, IDropSource_Impl,
    OleInitialize,
};
use windows::Win32::System::SystemServices::MODIFIERKEYS_FLAGS;
use windows::Win32::UI::Input::KeyboardAndMouse::{
    INPUT, INPUT_0, INPUT_MOUSE, MOUSEEVENTF_MOVE, MOUSEINPUT, SendInput,
};
use windows::Win32::UI::Shell::{BHID_DataObject, IShellItem, SHCreateItemFromParsingName};
use windows::Win32::UI::WindowsAndMessaging::SetCursorPos;
use windows::core::{BOOL, HRESULT, HSTRING, implement};

use super::host::win32::{Parent, eventually};
use super::host::{Instance, PATIENCE, Setup, UNBRAID};
use super::{CLIPS, instrument};

/// A file manager's part: lets go once the window has accepted the file.
#[implement(IDropSource)]
struct Source {
    accepted: Cell<bool>,
    start: Instant,
}

impl IDropSource_Impl for Source_Impl {
    fn QueryContinueDrag(&self, _: BOOL, _: MODIFIERKEYS_FLAGS) -> HRESULT {
        if self.accepted.get() {
            DRAGDROP_S_DROP
        } else if self.start.elapsed() > PATIENCE {
            DRAGDROP_S_CANCEL
        } else {
            S_OK
        }
    }

    fn GiveFeedback(&self, effect: DROPEFFECT) -> HRESULT {
        self.accepted.set(effect == DROPEFFECT_COPY);
        DRAGDROP_S_USEDEFAULTCURSORS
    }
}

/// Moves the pointer to and fro, as a hand does, until `stop`.
fn tremble(stop: &AtomicBool) {
    let mut step = 1;
    while !stop.load(Ordering::SeqCst) {
        let movement = MOUSEINPUT { dx: step, dwFlags: MOUSEEVENTF_MOVE, ..Default::default() };
        let movement = INPUT { r#type: INPUT_MOUSE, Anonymous: INPUT_0 { mi: movement } };
        // SAFETY: one event of the stated size.
        unsafe { SendInput(&[movement], size_of::<INPUT>() as i32) };
        step = -step;
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_file_that_is_dropped_becomes_a_clip() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let _window = plugin.open_in(Parent::Host, None);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/train/bass.flac");
    let file = std::fs::canonicalize(file).unwrap().to_string_lossy().replace(r"\\?\", "");
    let source: IDropSource = Source { accepted: Cell::new(false), start: Instant::now() }.into();
    let stop = Arc::new(AtomicBool::new(false));
    let effect = std::thread::scope(|scope| {
        scope.spawn(|| tremble(&stop));
        let mut effect = DROPEFFECT_NONE;
        // SAFETY: on a thread with COM and messages.
        let result = unsafe {
            OleInitialize(None).unwrap();
            SetCursorPos(CLIPS[0].into(), CLIPS[1].into()).unwrap();
            let item: IShellItem =
                SHCreateItemFromParsingName(&HSTRING::from(file.as_str()), None).unwrap();
            let data: IDataObject = item.BindToHandler(None, &BHID_DataObject).unwrap();
            DoDragDrop(&data, &source, DROPEFFECT_COPY, &mut effect)
        };
        stop.store(true, Ordering::SeqCst);
        assert_eq!(result, DRAGDROP_S_DROP, "the window does not accept the file");
        effect
    });
    assert_eq!(effect, DROPEFFECT_COPY);
    let clips = || instrument(&plugin)["clips"].as_array().map_or(0, Vec::len);
    assert!(eventually(|| clips() == 1), "the file did not arrive");
}
