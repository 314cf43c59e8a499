//! The window as a screen reader sees it: names, values and presses by UI Automation.
//!
//! A screen reader is another program, to which UI Automation passes the window's answers. Wine 8
//! cannot (it crashes when an element has no window of its own), so the answers are taken here
//! where they are passed to it.

use std::ffi::{CStr, c_void};
use std::mem::size_of;
use std::sync::Mutex;

use windows::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows::Win32::System::Diagnostics::Debug::{
    IMAGE_DIRECTORY_ENTRY_IMPORT, IMAGE_NT_HEADERS64,
};
use windows::Win32::System::LibraryLoader::GetModuleHandleW;
use windows::Win32::System::SystemServices::{IMAGE_DOS_HEADER, IMAGE_IMPORT_DESCRIPTOR};
use windows::Win32::System::Variant::VT_BSTR;
use windows::Win32::UI::Accessibility::{
    IInvokeProvider, IRawElementProviderFragment, IRawElementProviderSimple, NavigateDirection,
    NavigateDirection_FirstChild, NavigateDirection_NextSibling, UIA_InvokePatternId,
    UIA_NamePropertyId, UiaRootObjectId,
};
use windows::Win32::UI::WindowsAndMessaging::WM_GETOBJECT;
use windows::core::Interface;

use super::host::win32::{Parent, Window, eventually, send};
use super::host::{Instance, Setup, UNBRAID};

/// The window's last answer: an interface that this owns.
static ANSWER: Mutex<usize> = Mutex::new(0);

/// In place of the system's function of this name.
unsafe extern "system" fn return_raw_element_provider(
    _: HWND,
    _: WPARAM,
    _: LPARAM,
    provider: *mut c_void,
) -> LRESULT {
    // SAFETY: the caller passes an interface of this kind.
    let provider = unsafe { IRawElementProviderSimple::from_raw_borrowed(&provider) };
    *ANSWER.lock().unwrap() = provider.unwrap().clone().into_raw() as usize;
    LRESULT(1)
}

/// Replaces a function that this program imports.
///
/// # Safety
/// The other function has the same signature.
unsafe fn replace_import(name: &CStr, other: *const c_void) {
    // SAFETY: the layout of programs on Windows; the loader has filled in the addresses.
    unsafe {
        let base = GetModuleHandleW(None).unwrap().0.cast::<u8>();
        let headers = base.add((*base.cast::<IMAGE_DOS_HEADER>()).e_lfanew as usize);
        let imports = (*headers.cast::<IMAGE_NT_HEADERS64>()).OptionalHeader.DataDirectory
            [IMAGE_DIRECTORY_ENTRY_IMPORT.0 as usize];
        let mut library =
            base.add(imports.VirtualAddress as usize).cast::<IMAGE_IMPORT_DESCRIPTOR>();
        while (*library).Name != 0 {
            let names = base.add((*library).Anonymous.OriginalFirstThunk as usize).cast::<u64>();
            let addresses = base.add((*library).FirstThunk as usize).cast::<*const c_void>();
            for number in (0..).take_while(|number| *names.add(*number) != 0) {
                // By number, or by a name after two bytes.
                let imported = *names.add(number);
                let is_it = imported >> 63 == 0
                    && CStr::from_ptr(base.add(imported as usize + 2).cast()) == name;
                if is_it {
                    let place = addresses.add(number);
                    let access = region::Protection::READ_WRITE;
                    let _writable =
                        region::protect_with_handle(place, size_of::<usize>(), access).unwrap();
                    *place = other;
                    return;
                }
            }
            library = library.add(1);
        }
    }
    panic!("{name:?} is not imported");
}

/// An element of the window.
struct Element(IRawElementProviderFragment);

impl Element {
    /// The whole window.
    fn of(window: &Window) -> Self {
        let id = LPARAM(UiaRootObjectId as isize);
        send(window.child().unwrap(), WM_GETOBJECT, WPARAM(0), id);
        let answer = std::mem::take(&mut *ANSWER.lock().unwrap());
        assert_ne!(answer, 0, "the window does not answer");
        // SAFETY: owned by `ANSWER` until here.
        let answer = unsafe { IRawElementProviderSimple::from_raw(answer as *mut c_void) };
        Self(answer.cast().unwrap())
    }

    fn simple(&self) -> IRawElementProviderSimple {
        self.0.cast().unwrap()
    }

    /// Empty if it has none, or is no longer there.
    fn name(&self) -> String {
        // SAFETY: an interface of this library, and a value that says what it is.
        unsafe {
            let name = self.simple().GetPropertyValue(UIA_NamePropertyId).unwrap_or_default();
            let value = &name.Anonymous.Anonymous;
            if value.vt == VT_BSTR { value.Anonymous.bstrVal.to_string() } else { String::new() }
        }
    }

    fn next(&self, direction: NavigateDirection) -> Option<Self> {
        // SAFETY: an interface of this library.
        unsafe { self.0.Navigate(direction) }.ok().map(Self)
    }

    /// Everything inside.
    fn all(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut next = self.next(NavigateDirection_FirstChild);
        while let Some(element) = next {
            next = element.next(NavigateDirection_NextSibling);
            let inside = element.all();
            all.push(element);
            all.extend(inside);
        }
        all
    }

    fn press(&self) {
        // SAFETY: an interface of this library.
        let pattern = unsafe { self.simple().GetPatternProvider(UIA_InvokePatternId) }.unwrap();
        let button: IInvokeProvider = pattern.cast().unwrap();
        // SAFETY: as above.
        unsafe { button.Invoke() }.unwrap();
    }
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_screen_reader_reads_and_uses_the_window() {
    // SAFETY: of the same signature.
    unsafe {
        let ours = return_raw_element_provider as *const c_void;
        replace_import(c"UiaReturnRawElementProvider", ours);
    }
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let mut window = plugin.open_in(Parent::Host, None);
    // The first request has the next frame describe the window.
    Element::of(&window);
    window.settle();
    let root = Element::of(&window);
    assert_eq!(root.name(), "Unbraid");
    let all = root.all();
    let names: Vec<String> = all.iter().map(Element::name).collect();
    let of = |name: &str| {
        let place = names.iter().position(|other| other == name);
        &all[place.unwrap_or_else(|| panic!("{name} is not in {names:?}"))]
    };
    for name in ["Files", "Undo", "Learn", "Whole song"] {
        assert_eq!(of(name).name(), name);
    }
    assert_eq!(plugin.value("capture"), 0.0);
    of("Record").press();
    window.settle();
    plugin.play(&[vec![0.0; 64], vec![0.0; 64]], 64);
    assert_eq!(plugin.value("capture"), 1.0);
    let is_shown = || {
        plugin.play(&[vec![0.0; 64], vec![0.0; 64]], 64);
        Element::of(&window).all().iter().any(|element| element.name() == "Stop")
    };
    assert!(eventually(is_shown), "the window does not say that it records");
    // What a screen reader still holds does no harm when the window is gone.
    window.close();
    assert_eq!(of("Learn").name(), "");
}
