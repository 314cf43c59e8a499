//! A recording is dragged out of the window onto a window of another program.

use std::cell::RefCell;
use std::os::windows::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use windows::Win32::Foundation::{HWND, POINTL};
use windows::Win32::System::Com::{DVASPECT_CONTENT, FORMATETC, IDataObject, TYMED_HGLOBAL};
use windows::Win32::System::Ole::{
    CF_HDROP, DROPEFFECT, DROPEFFECT_COPY, DROPEFFECT_NONE, IDropTarget, IDropTarget_Impl,
    OleInitialize, RegisterDragDrop, ReleaseStgMedium, RevokeDragDrop,
};
use windows::Win32::System::SystemServices::MODIFIERKEYS_FLAGS;
use windows::Win32::UI::Input::KeyboardAndMouse::VK_ESCAPE;
use windows::Win32::UI::Shell::{DragQueryFileW, HDROP};
use windows::core::{Ref, Result, implement};

use super::host::win32::{
    Parent, Window, eventually, host_window_at, move_pointer, press, press_button, release,
    release_button, remove, settle,
};
use super::host::{Instance, Setup, UNBRAID};
use super::{CLIPS, instrument};

/// The handle of the first instrument's recording, at the window's initial size.
const HANDLE: [i16; 2] = [1045, 175];

/// A place where there is no window.
const NOWHERE: [i16; 2] = [1500, 900];

/// A place beside the window, and the corner and size of a target around it.
const OUTSIDE: [i16; 2] = [1200, 400];
const CORNER: [i16; 2] = [1100, 300];
const SIZE: [u32; 2] = [300, 300];

/// A window that takes files, or does not want them.
struct Target {
    window: HWND,
    seen: Rc<RefCell<Seen>>,
}

#[derive(Default)]
struct Seen {
    entered: usize,
    left: usize,
    dropped: Option<PathBuf>,
}

#[implement(IDropTarget)]
struct Receiver {
    seen: Rc<RefCell<Seen>>,
    effect: DROPEFFECT,
}

impl Target {
    fn open(effect: DROPEFFECT) -> Self {
        let window = host_window_at(CORNER, SIZE);
        let seen = Rc::<RefCell<Seen>>::default();
        let receiver: IDropTarget = Receiver { seen: seen.clone(), effect }.into();
        // SAFETY: of this thread.
        unsafe {
            OleInitialize(None).unwrap();
            RegisterDragDrop(window, &receiver).unwrap();
        }
        Self { window, seen }
    }

    fn has_entered(&self) -> bool {
        self.seen.borrow().entered > 0
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // SAFETY: registered when this was made.
        let _ = unsafe { RevokeDragDrop(self.window) };
        remove(self.window);
    }
}

impl IDropTarget_Impl for Receiver_Impl {
    fn DragEnter(
        &self,
        data: Ref<IDataObject>,
        _: MODIFIERKEYS_FLAGS,
        _: &POINTL,
        effect: *mut DROPEFFECT,
    ) -> Result<()> {
        self.seen.borrow_mut().entered += 1;
        assert!(path_of(&data).exists(), "the file is not there yet");
        // SAFETY: the caller's.
        unsafe { *effect = self.effect };
        Ok(())
    }

    fn DragOver(&self, _: MODIFIERKEYS_FLAGS, _: &POINTL, effect: *mut DROPEFFECT) -> Result<()> {
        // SAFETY: the caller's.
        unsafe { *effect = self.effect };
        Ok(())
    }

    fn DragLeave(&self) -> Result<()> {
        self.seen.borrow_mut().left += 1;
        Ok(())
    }

    fn Drop(
        &self,
        data: Ref<IDataObject>,
        _: MODIFIERKEYS_FLAGS,
        _: &POINTL,
        effect: *mut DROPEFFECT,
    ) -> Result<()> {
        self.seen.borrow_mut().dropped = Some(path_of(&data));
        // SAFETY: the caller's.
        unsafe { *effect = self.effect };
        Ok(())
    }
}

/// The file that is offered.
fn path_of(data: &Ref<IDataObject>) -> PathBuf {
    let format = FORMATETC {
        cfFormat: CF_HDROP.0,
        ptd: std::ptr::null_mut(),
        dwAspect: DVASPECT_CONTENT.0,
        lindex: -1,
        tymed: TYMED_HGLOBAL.0 as u32,
    };
    let mut name = [0; 1024];
    // SAFETY: the medium has a list of files, which is released after it has been read.
    let length = unsafe {
        let mut medium = data.unwrap().GetData(&format).unwrap();
        let list = HDROP(medium.u.hGlobal.0);
        assert_eq!(DragQueryFileW(list, u32::MAX, None), 1);
        let length = DragQueryFileW(list, 0, Some(&mut name));
        ReleaseStgMedium(&mut medium);
        length
    };
    std::ffi::OsString::from_wide(&name[..length as usize]).into()
}

fn violin() -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/train/violin.flac");
    unbraid::audio::read(path).unwrap().mono()
}

/// Records two seconds for the first instrument.
pub fn record(plugin: &mut Instance) {
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    let sound = violin()[..2 * 44_100].to_vec();
    plugin.play(&[sound.clone(), sound], 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !instrument(plugin)["clips"].as_array().unwrap().is_empty());
}

/// Drags the recording to a place, and holds it there.
fn hold(place: [i16; 2]) {
    move_pointer(HANDLE);
    settle();
    press_button();
    for step in 1..5 {
        move_pointer([HANDLE[0] + 4 * step, HANDLE[1]]);
        settle();
    }
    move_pointer(place);
    settle();
}

/// The files that were dragged out.
fn dragged() -> Vec<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("APPDATA").unwrap()).join("unbraid/dragged");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.path()).collect()
}

fn open(plugin: &Instance) -> Window {
    let window = plugin.open_in(Parent::Host, None);
    window.settle();
    window
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_recording_is_dragged_to_another_program() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin);
    let mut window = open(&plugin);
    dragged().iter().for_each(|old| std::fs::remove_file(old).unwrap());

    // To something that does not want it, nowhere, back onto the window, which itself accepts
    // files, and with Escape: nothing comes of it.
    let target = Target::open(DROPEFFECT_NONE);
    hold(OUTSIDE);
    assert!(eventually(|| target.has_entered()));
    release_button();
    assert!(eventually(|| target.seen.borrow().left > 0));
    drop(target);
    for place in [NOWHERE, CLIPS] {
        let target = Target::open(DROPEFFECT_COPY);
        hold(OUTSIDE);
        assert!(eventually(|| target.has_entered()));
        move_pointer(place);
        settle();
        assert!(eventually(|| !dragged().is_empty()), "nothing is dragged");
        release_button();
        assert!(eventually(|| dragged().is_empty()), "nobody was given {:?}", dragged());
        assert!(target.seen.borrow().dropped.is_none());
    }
    let target = Target::open(DROPEFFECT_COPY);
    hold(OUTSIDE);
    assert!(eventually(|| target.has_entered()));
    press(VK_ESCAPE);
    release(VK_ESCAPE);
    assert!(eventually(|| target.seen.borrow().left > 0));
    release_button();
    assert!(target.seen.borrow().dropped.is_none());
    drop(target);
    assert!(eventually(|| dragged().is_empty()), "nobody was given {:?}", dragged());
    assert_eq!(instrument(&plugin)["clips"].as_array().unwrap().len(), 1);

    let target = Target::open(DROPEFFECT_COPY);
    hold(OUTSIDE);
    assert!(eventually(|| target.has_entered()));
    release_button();
    assert!(eventually(|| target.seen.borrow().dropped.is_some()));
    let path = target.seen.borrow_mut().dropped.take().unwrap();
    assert_eq!(path.file_name().unwrap(), "Instrument 1.wav");
    let samples = unbraid::audio::read(&path).unwrap().mono();
    assert!(samples.len() > 44_100, "{} samples", samples.len());
    let violin = violin();
    // Without the silence around it.
    let equal = |at: &[f32]| at.iter().zip(&samples).all(|(a, b)| (a - b).abs() < 1e-4);
    assert!(violin[..2 * 44_100].windows(samples.len()).any(equal), "it is another sound");

    // The window can go while something is dragged.
    *target.seen.borrow_mut() = Seen::default();
    hold(OUTSIDE);
    assert!(eventually(|| target.has_entered()));
    window.close();
    assert!(eventually(|| target.seen.borrow().left > 0));
    release_button();
    settle();
    assert!(target.seen.borrow().dropped.is_none());
}
