//! Recordings and stems are dragged out of the window onto windows of other programs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::host::drop_target::{DropTarget, Manner};
use super::host::frames::Frames;
use super::host::window::Window;
use super::host::xvfb::Xvfb;
use super::host::{Instance, Setup, UNBRAID};
use super::{CLIPS, eventually, instrument};

/// The handles at the window's initial size: of the recording, and of the first stem.
const RECORDING: [i16; 2] = [1045, 175];
const STEM: [i16; 2] = [506, 598];

/// A place beside the window, the corner of a target around it, and its size.
const OUTSIDE: [i16; 2] = [1400, 400];
const CORNER: [i16; 2] = [1300, 300];
const SIZE: [u16; 2] = [300, 300];

/// The song position at which the recordings begin.
const START: i64 = 96_000;

fn violin() -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/train/violin.flac");
    unbraid::audio::read(path).unwrap().mono()
}

/// Records two seconds on the tab of a number; 0 is the whole song.
fn record(plugin: &mut Instance, tab: usize) {
    plugin.rolling = true;
    plugin.song_position = Some(START);
    plugin.set("capture_to", tab as f64);
    plugin.set("capture", 1.0);
    let sound = violin()[..2 * 44_100].to_vec();
    plugin.play(&[sound.clone(), sound], 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| {
        let project = plugin.saved_project();
        let clips =
            if tab == 0 { &project["mixture"] } else { &project["slots"][tab - 1]["clips"] };
        !clips.as_array().unwrap().is_empty()
    });
    plugin.rolling = false;
}

/// The threads that drag.
fn drags() -> usize {
    let name = |task: PathBuf| std::fs::read_to_string(task.join("comm")).unwrap_or_default();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    tasks.filter(|task| name(task.path()).trim() == "unbraid drag").count()
}

/// Drags what is at `from` to a place, and holds it there.
fn hold(window: &Window, from: [i16; 2], [x, y]: [i16; 2]) {
    window.point(from[0], from[1]);
    std::thread::sleep(Duration::from_millis(100));
    window.press();
    for step in 1..5 {
        window.point(from[0] + 4 * step, from[1]);
    }
    assert!(eventually(|| drags() == 1), "nothing is dragged");
    window.point(x, y);
}

/// Where a list of one file points to.
fn path_of(uri_list: &str) -> PathBuf {
    let path = uri_list.strip_prefix("file://").unwrap().strip_suffix("\r\n").unwrap();
    path.replace("%20", " ").into()
}

/// Samples of a file's first channel, and where in the song they begin.
fn wave(path: &Path) -> (Vec<f32>, u64) {
    let bytes = std::fs::read(path).unwrap();
    let bext = bytes.windows(4).position(|chunk| chunk == b"bext").unwrap() + 8;
    // EBU Tech 3285: the time reference follows 256 + 32 + 32 + 10 + 8 bytes of text.
    let reference = u64::from_le_bytes(bytes[bext + 338..bext + 346].try_into().unwrap());
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!(reader.spec().channels, 2);
    let all: Vec<f32> = reader.samples::<f32>().map(Result::unwrap).collect();
    (all.into_iter().step_by(2).collect(), reference)
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_recording_is_dragged_to_another_program() {
    let (_server, screen) = Xvfb::start();
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1);
    let window = plugin.open_window(&screen);
    Frames::of(&window).settle();
    let mut paths = Vec::new();
    for manner in [Manner::Takes, Manner::TakesWhenItKnows] {
        let target = DropTarget::open(CORNER, SIZE, manner);
        hold(&window, RECORDING, OUTSIDE);
        assert!(eventually(|| target.has_seen("XdndPosition")), "{:?}", target.seen());
        let last = [OUTSIDE[0] + 50, OUTSIDE[1] - 70];
        window.point(last[0], last[1]);
        window.release();
        assert!(eventually(|| target.has_seen("XdndDrop")), "{:?}", target.seen());
        assert_eq!(target.seen().place, last, "it knows where it is dropped");
        assert!(eventually(|| target.seen().uri_list.is_some()), "{:?}", target.seen());
        assert!(eventually(|| drags() == 0));
        assert_eq!(target.seen().messages, ["XdndEnter", "XdndPosition", "XdndDrop"]);
        paths.push(path_of(&target.seen().uri_list.unwrap()));
    }
    assert_eq!(paths[0], paths[1], "the same recording is the same file");
    assert_eq!(paths[0].file_name().unwrap(), "Instrument 1.wav");
    let data = PathBuf::from(std::env::var_os("XDG_DATA_HOME").unwrap());
    assert!(paths[0].starts_with(data.join("unbraid/dragged")), "{}", paths[0].display());
    assert_eq!(std::fs::read_dir(data.join("unbraid/dragged")).unwrap().count(), 1);
    let (samples, reference) = wave(&paths[0]);
    // Without the silence around it.
    let first = (reference as i64 - START) as usize;
    assert!(samples.len() > 44_100, "{} samples", samples.len());
    assert_eq!(samples, violin()[first..first + samples.len()]);
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_stem_is_dragged_to_another_program() {
    let (_server, screen) = Xvfb::start();
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1);
    record(&mut plugin, 0);
    plugin.press("learn");
    plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
    let window = plugin.open_window(&screen);
    Frames::of(&window).settle();
    // It wants to know the file before it has been separated.
    let target = DropTarget::open(CORNER, SIZE, Manner::TakesWhenItKnows);
    hold(&window, STEM, OUTSIDE);
    assert!(eventually(|| target.has_seen("XdndPosition")), "{:?}", target.seen());
    window.release();
    assert!(eventually(|| target.seen().uri_list.is_some()), "{:?}", target.seen());
    let path = path_of(&target.seen().uri_list.unwrap());
    assert_eq!(path.file_name().unwrap(), "Instrument 1 stem.wav");
    let (samples, reference) = wave(&path);
    let first = (reference as i64 - START) as usize;
    let energy = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    let (whole, stem) = (energy(&violin()[first..first + samples.len()]), energy(&samples));
    assert!(stem > 0.5 * whole && stem < 1.5 * whole, "{stem} of {whole}");
}

/// Nothing waits for another program for long, and nothing comes of a drag to nowhere.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_drag_ends_whatever_the_target_does() {
    let (_server, screen) = Xvfb::start();
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1);
    let mut window = plugin.open_window(&screen);
    Frames::of(&window).settle();
    for manner in [Manner::Refuses, Manner::IsSilent, Manner::Vanishes, Manner::VanishesAtDrop] {
        let target = DropTarget::open(CORNER, SIZE, manner);
        hold(&window, RECORDING, OUTSIDE);
        assert!(eventually(|| target.has_seen("XdndPosition")), "{manner:?}");
        window.release();
        assert!(eventually(|| drags() == 0), "{manner:?}");
        if matches!(manner, Manner::Refuses | Manner::IsSilent) {
            let left = ["XdndEnter", "XdndPosition", "XdndLeave"];
            assert!(eventually(|| target.seen().messages == left), "{:?}", target.seen());
        }
        assert_eq!(target.seen().uri_list, None);
    }

    // Nowhere, and back onto the window, which itself accepts files.
    for place in [OUTSIDE, CLIPS] {
        hold(&window, RECORDING, place);
        window.release();
        assert!(eventually(|| drags() == 0), "{place:?}");
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(instrument(&plugin)["clips"].as_array().map_or(0, Vec::len), 1);

    // Escape, and the end of the window, before the button is released.
    let target = DropTarget::open(CORNER, SIZE, Manner::Takes);
    hold(&window, RECORDING, OUTSIDE);
    assert!(eventually(|| target.has_seen("XdndPosition")));
    window.press_escape();
    assert!(eventually(|| drags() == 0 && target.has_seen("XdndLeave")), "{:?}", target.seen());
    window.release();
    hold(&window, RECORDING, OUTSIDE);
    window.close();
    assert_eq!(drags(), 0, "the thread outlives the window");
    window.release();
    assert!(!target.has_seen("XdndDrop"));
    let data = PathBuf::from(std::env::var_os("XDG_DATA_HOME").unwrap());
    let left: Vec<_> = std::fs::read_dir(data.join("unbraid/dragged")).unwrap().flatten().collect();
    assert!(left.is_empty(), "nobody was given {left:?}");
}
