//! The size that the plugin reports is the one that its window has, in every kind of process.

use std::path::Path;
use std::process::Command;

use windows::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows::Win32::UI::HiDpi::{
    AreDpiAwarenessContextsEqual, DPI_AWARENESS_CONTEXT, DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE,
    DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, DPI_AWARENESS_CONTEXT_SYSTEM_AWARE,
    DPI_AWARENESS_CONTEXT_UNAWARE, GetDpiForSystem, GetThreadDpiAwarenessContext,
};
use windows::core::{s, w};

use super::host::win32::{Parent, alone};
use super::host::{Instance, Setup, UNBRAID};

/// Names the kind of process that a test's own process is to be.
const KIND: &str = "UNBRAID_TEST_AWARENESS";

/// The kinds, as manifests call them. In the third one, the host says how large a point is.
const KINDS: [(&str, DPI_AWARENESS_CONTEXT); 4] = [
    ("unaware", DPI_AWARENESS_CONTEXT_UNAWARE),
    ("system", DPI_AWARENESS_CONTEXT_SYSTEM_AWARE),
    (PER_MONITOR, DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE),
    ("permonitorv2", DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2),
];
const PER_MONITOR: &str = "permonitor";

/// The window's size in points.
const POINTS: [f64; 2] = [1080.0, 690.0];

/// A process chooses once how it is scaled: each kind is tried in one of its own.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn the_reported_size_is_the_real_one() {
    if let Ok(kind) = std::env::var(KIND) {
        check(&kind);
        return;
    }
    let _alone = alone();
    for (kind, _) in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let program = program(folder.path(), kind);
        let output = Command::new(program)
            .args(["--exact", "scale::the_reported_size_is_the_real_one", "--nocapture"])
            .env(KIND, kind)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{kind}:\n{text}");
    }
}

/// A copy of these tests that is of this kind, which a manifest beside a program says.
fn program(folder: &Path, kind: &str) -> std::path::PathBuf {
    let program = folder.join("scale.exe");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let manifest = format!(
        r#"<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
        <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings>
        <dpiAwareness xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">{kind}</dpiAwareness>
        </windowsSettings></application></assembly>"#
    );
    std::fs::write(folder.join("scale.exe.manifest"), manifest).unwrap();
    program
}

fn check(kind: &str) {
    let (_, context) = KINDS.into_iter().find(|(name, _)| *name == kind).unwrap();
    // SAFETY: asks for the kind of this process.
    let is = |context| unsafe {
        AreDpiAwarenessContextsEqual(GetThreadDpiAwarenessContext(), context).as_bool()
    };
    if !is(context) {
        assert!(is_wine() && kind != PER_MONITOR, "the process is of another kind");
        return;
    }
    // SAFETY: without arguments.
    let system = f64::from(unsafe { GetDpiForSystem() }) / 96.0;
    for host in [None, Some(1.0), Some(1.5), Some(2.0)] {
        let plugin = Instance::new(UNBRAID, Setup::default());
        let window = plugin.open_in(Parent::Host, host);
        let scale = if kind == PER_MONITOR { host.unwrap_or(1.0) } else { system };
        let expected = POINTS.map(|side| (side * scale).round() as u32);
        let case = format!("{kind}, the host says {host:?}");
        assert_eq!(window.size, expected, "{case}: before it is there");
        assert_eq!(window.child_size(), expected, "{case}: its real size");
        assert_eq!(window.plugin_size(), expected, "{case}: once it is there");
        // Its contents have the same scale: there are as many points in it.
        let state = plugin.saved_project();
        assert_eq!(points(&state), POINTS, "{case}");

        window.set_scale(1.25);
        assert_eq!(window.plugin_size(), window.child_size(), "{case}: after another scale");
        window.resize([1300, 900]);
        assert_eq!(window.child_size(), [1300, 900], "{case}: resized");
        assert_eq!(window.plugin_size(), [1300, 900], "{case}: resized");
        drop(window);
        let window = plugin.open_in(Parent::Host, host);
        assert_eq!(window.plugin_size(), window.child_size(), "{case}: opened again");
    }
}

/// Wine 8 has the third kind of process only.
fn is_wine() -> bool {
    // SAFETY: the library is in every process.
    unsafe {
        let system = GetModuleHandleW(w!("ntdll.dll")).unwrap();
        GetProcAddress(system, s!("wine_get_version")).is_some()
    }
}

/// The window's size in points as saved; the initial one if none is.
fn points(state: &serde_json::Value) -> [f64; 2] {
    let saved = &state["window"];
    let side = |name: &str, first: f64| saved[name].as_f64().unwrap_or(first);
    [side("width", POINTS[0]), side("height", POINTS[1])]
}
