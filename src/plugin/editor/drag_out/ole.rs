//! The source side of OLE's drag and drop, by which programs on Windows hand over files
//! (<https://learn.microsoft.com/en-us/windows/win32/com/drag-and-drop>).
//!
//! Targets read the file as soon as it is over them, on the thread that draws the host, so it is
//! offered once it is complete: until then, only the button is watched here. `DoDragDrop` takes the
//! pointer from the window in which the button was pressed, and returns when it is released.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use windows::Win32::Foundation::{
    DRAGDROP_S_CANCEL, DRAGDROP_S_DROP, DRAGDROP_S_USEDEFAULTCURSORS, HWND, POINT, S_OK,
};
use windows::Win32::System::Com::IDataObject;
use windows::Win32::System::Ole::{
    DROPEFFECT, DROPEFFECT_COPY, DROPEFFECT_NONE, DoDragDrop, IDropSource, IDropSource_Impl,
    OleInitialize, OleUninitialize,
};
use windows::Win32::System::SystemServices::MODIFIERKEYS_FLAGS;
use windows::Win32::UI::Input::KeyboardAndMouse::{
    GetAsyncKeyState, VIRTUAL_KEY, VK_ESCAPE, VK_LBUTTON, VK_RBUTTON,
};
use windows::Win32::UI::Shell::{BHID_DataObject, IShellItem, SHCreateItemFromParsingName};
use windows::Win32::UI::WindowsAndMessaging::{
    GetCursorPos, GetSystemMetrics, SM_SWAPBUTTON, WindowFromPoint,
};
use windows::core::{BOOL, HRESULT, HSTRING, Result, implement};

use super::{FileState, Outcome, Shared, WindowNumber};

/// Between two looks at the button.
const STEP: Duration = Duration::from_millis(16);

/// Drags a file until the button is released, and delivers it to the window there, but not to
/// `own_window`. `file` is called again and again until the file is there.
pub fn drag(
    own_window: Option<WindowNumber>,
    shared: &Arc<Shared>,
    file: &mut dyn FnMut() -> FileState,
) -> Result<Outcome> {
    // An earlier press does not count.
    was_pressed(VK_ESCAPE);
    let path = loop {
        match file() {
            FileState::At(path) => break path,
            FileState::Failed => return Ok(Outcome::NotDropped),
            FileState::NotYet if !shared.goes_on() || was_pressed(VK_ESCAPE) => {
                return Ok(Outcome::NotDropped);
            }
            FileState::NotYet if !is_down(button()) => return Ok(Outcome::NotReady),
            FileState::NotYet => sleep(STEP),
        }
    };
    let _ole = Ole::start()?;
    let data = data_of(&path)?;
    let effect = Cell::new(DROPEFFECT_NONE);
    let source: IDropSource = Source { own_window, shared: shared.clone(), effect }.into();
    let mut effect = DROPEFFECT_NONE;
    // SAFETY: on a thread on which OLE was started.
    let result = unsafe { DoDragDrop(&data, &source, DROPEFFECT_COPY, &mut effect) };
    shared.set_accepted(false);
    Ok(match result {
        DRAGDROP_S_CANCEL => Outcome::NotDropped,
        DRAGDROP_S_DROP if effect == DROPEFFECT_NONE => Outcome::Unconfirmed(path),
        DRAGDROP_S_DROP => Outcome::Taken(path),
        problem => return Err(problem.into()),
    })
}

/// OLE on this thread, until this is dropped.
struct Ole;

impl Ole {
    fn start() -> Result<Self> {
        // SAFETY: ended by `drop`, on the same thread.
        unsafe { OleInitialize(None) }.map(|()| Self)
    }
}

impl Drop for Ole {
    fn drop(&mut self) {
        // SAFETY: started on this thread, which has no COM objects any more.
        unsafe { OleUninitialize() };
    }
}

/// The file in all forms in which the system's file manager offers one.
fn data_of(path: &Path) -> Result<IDataObject> {
    // SAFETY: on a thread on which OLE was started.
    unsafe {
        let item: IShellItem = SHCreateItemFromParsingName(&HSTRING::from(path), None)?;
        item.BindToHandler(None, &BHID_DataObject)
    }
}

/// What `DoDragDrop` asks and tells while it follows the pointer.
#[implement(IDropSource)]
struct Source {
    own_window: Option<WindowNumber>,
    shared: Arc<Shared>,
    /// What a drop would have as its effect where the pointer is.
    effect: Cell<DROPEFFECT>,
}

impl IDropSource_Impl for Source_Impl {
    /// The arguments are not used: they reflect the keyboard state of this thread, which receives
    /// no keyboard messages.
    fn QueryContinueDrag(&self, _: BOOL, _: MODIFIERKEYS_FLAGS) -> HRESULT {
        if was_pressed(VK_ESCAPE) || !self.shared.goes_on() {
            DRAGDROP_S_CANCEL
        } else if is_down(button()) {
            S_OK
        } else if self.effect.get() == DROPEFFECT_NONE || self.is_over_own_window() {
            DRAGDROP_S_CANCEL
        } else {
            DRAGDROP_S_DROP
        }
    }

    fn GiveFeedback(&self, effect: DROPEFFECT) -> HRESULT {
        self.effect.set(effect);
        self.shared.set_accepted(effect != DROPEFFECT_NONE && !self.is_over_own_window());
        DRAGDROP_S_USEDEFAULTCURSORS
    }
}

impl Source {
    fn is_over_own_window(&self) -> bool {
        let mut place = POINT::default();
        // SAFETY: only ask.
        let under = unsafe {
            if GetCursorPos(&mut place).is_err() {
                return false;
            }
            WindowFromPoint(place)
        };
        self.own_window.is_some_and(|own| under == HWND(own as *mut _))
    }
}

/// The button that drags: users can exchange the two.
fn button() -> VIRTUAL_KEY {
    // SAFETY: only asks.
    if unsafe { GetSystemMetrics(SM_SWAPBUTTON) } != 0 { VK_RBUTTON } else { VK_LBUTTON }
}

/// Whether a key has been pressed since the last call.
fn was_pressed(key: VIRTUAL_KEY) -> bool {
    // SAFETY: only asks.
    unsafe { GetAsyncKeyState(key.0.into()) != 0 }
}

/// Whether a key or button is held down now.
fn is_down(key: VIRTUAL_KEY) -> bool {
    // SAFETY: only asks.
    unsafe { GetAsyncKeyState(key.0.into()) < 0 }
}
