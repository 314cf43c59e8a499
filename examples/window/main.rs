//! Opens the plugin's window in a host of its own, takes it through every stage with pointer
//! and keyboard, and saves a picture of each. `cargo xtask screenshots` runs it on a virtual
//! screen.

mod cost;
#[path = "../../tests/host/mod.rs"]
mod host;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use host::drag::Drag;
use host::window::{Picture, Screen, Window};
use host::{Instance, Setup, UNBRAID, UNBRAID_MULTI};

const RATE: usize = 44_100;
/// Positions in the window at its initial size.
const RECORD: [i16; 2] = [60, 162];
const LEARN: [i16; 2] = [60, 248];
const TABS: i16 = 107;
const NAMES: [i16; 4] = [84, 190, 290, 390];
/// The first tab, when another is selected.
const VIOLIN: [i16; 2] = [54, 107];
const SOLO: [i16; 2] = [78, 622];
const UNFOLD: [i16; 2] = [787, 560];
const CELL: [i16; 2] = [838, 440];
/// A position without anything to point at.
const ASIDE: [i16; 2] = [900, 248];
const WELL: [i16; 2] = [480, 165];
/// A larger size, and the button for files in it.
const KNOWN: [u32; 2] = [1200, 800];
const LOAD: [i16; 2] = [1067, 175];
const THEME: [i16; 2] = [1012, 21];
const GOT_IT: [i16; 2] = [977, 297];

const BAND: [&str; 4] = ["violin", "piano", "bass", "drums"];

fn main() {
    let word = std::env::args().nth(1).unwrap_or("docs/images".to_string());
    let Some(screen) = Screen::connect() else {
        eprintln!("no X server: run cargo xtask screenshots, which starts a virtual one");
        std::process::exit(1);
    };
    let mut stage = Stage { folder: PathBuf::from(&word), song: song(), position: 0 };
    match word.as_str() {
        "measure" => {
            let sides: Vec<u32> =
                std::env::args().skip(2).filter_map(|side| side.parse().ok()).collect();
            cost::measure(&screen, &mut stage, sides.try_into().ok());
        }
        "sizes" => {
            let folder = std::env::args().nth(2).unwrap_or(".".to_string());
            stage.folder = PathBuf::from(folder);
            stage.sizes(&screen);
        }
        _ => stage.tour(&screen),
    }
}

/// The audio to play, and where the pictures go.
struct Stage {
    folder: PathBuf,
    song: Vec<f32>,
    position: usize,
}

impl Stage {
    fn tour(&mut self, screen: &Screen) {
        let mut plugin = Instance::new(UNBRAID, Setup::default());
        let window = plugin.open_window(screen);
        window.focus();
        let silence = vec![0.0; RATE];
        self.live(&mut plugin, Some(&silence), 1.0);
        self.shot(&window, "empty");

        for (slot, name) in BAND.iter().enumerate() {
            self.record(&mut plugin, &window, slot, name);
        }
        self.dropped(&mut plugin, &window);
        self.live(&mut plugin, None, 12.0);
        window.click(LEARN[0], LEARN[1]);
        self.live(&mut plugin, None, 0.7);
        self.shot(&window, "learning");
        plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
        window.click(VIOLIN[0], VIOLIN[1]);
        // The pointer must not be in the picture.
        window.point(ASIDE[0], ASIDE[1]);
        self.live(&mut plugin, None, 14.0);
        self.shot(&window, "separating");

        window.click(SOLO[0], SOLO[1]);
        window.point(ASIDE[0], ASIDE[1]);
        self.live(&mut plugin, None, 8.0);
        assert_eq!(plugin.value("solo_1"), 1.0, "the solo button was clicked");
        self.shot(&window, "solo");
        window.click(SOLO[0], SOLO[1]);

        window.click(UNFOLD[0], UNFOLD[1]);
        self.live(&mut plugin, None, 1.0);
        window.click(CELL[0], CELL[1]);
        window.point(ASIDE[0], ASIDE[1]);
        self.live(&mut plugin, None, 5.0);
        self.shot(&window, "component");
        plugin.set("heard", 0.0);
        window.click(UNFOLD[0], UNFOLD[1]);

        self.error(&mut plugin, &window);
        window.click(THEME[0], THEME[1]);
        self.live(&mut plugin, None, 0.5);
        window.click(GOT_IT[0], GOT_IT[1]);
        window.point(ASIDE[0], ASIDE[1]);
        self.live(&mut plugin, None, 14.0);
        self.shot(&window, "light");
        drop(window);
        self.large(&plugin, screen);
    }

    /// Windows of several sizes and zooms, of both plugins, for inspection.
    fn sizes(&mut self, screen: &Screen) {
        for (id, name) in [(UNBRAID, "main"), (UNBRAID_MULTI, "multi")] {
            let mut plugin = Instance::new(id, Setup::default());
            for (slot, name) in BAND.iter().enumerate() {
                plugin.set("capture_to", slot as f64 + 1.0);
                plugin.set("capture", 1.0);
                plugin.play(&both(&clip("train", name)[..RATE * 5]), 512);
                plugin.set("capture", 0.0);
                plugin.play(&both(&vec![0.0; RATE]), 512);
            }
            plugin.press("learn");
            plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
            // So that the state contains a window.
            let mut window = plugin.open_window(screen);
            window.resize(KNOWN);
            self.live(&mut plugin, None, 0.5);
            if name == "main" {
                self.asks(&mut plugin, &window);
            }
            drop(window);
            for (zoom, width, height) in [
                (0.75, 615, 450),
                (1.0, 820, 600),
                (1.0, 1080, 760),
                (2.0, 1640, 1200),
                (3.0, 2460, 1800),
                (2.0, 1080, 760),
            ] {
                let size = format!("{zoom}-{width}");
                self.sized(&plugin, screen, id, (zoom, width, height), &format!("{name}-{size}"));
            }
        }
    }

    /// The system's file dialog, which may be missing: the window continues.
    fn asks(&mut self, plugin: &mut Instance, window: &Window) {
        window.click(LOAD[0], LOAD[1]);
        self.live(plugin, None, 0.5);
        self.shot(window, "load");
        window.click(LOAD[0] + 20, LOAD[1] + 36);
        self.live(plugin, None, 2.0);
        self.shot(window, "asked");
    }

    /// The project in a window of another size.
    fn sized(
        &mut self,
        plugin: &Instance,
        screen: &Screen,
        id: &str,
        (zoom, width, height): (f32, u32, u32),
        name: &str,
    ) {
        let bytes = in_window(plugin, (zoom, width, height));
        let mut again = Instance::new(id, Setup::default());
        assert!(again.load(&bytes));
        let window = again.open_window(screen);
        self.live(&mut again, None, 3.0);
        self.shot(&window, name);
    }

    /// Records an instrument and names it.
    fn record(&mut self, plugin: &mut Instance, window: &Window, slot: usize, name: &str) {
        let silence = vec![0.0; RATE];
        plugin.set("capture_to", slot as f64 + 1.0);
        self.live(plugin, Some(&silence), 0.3);
        let clip = clip("train", name);
        window.click(RECORD[0], RECORD[1]);
        self.live(plugin, Some(&clip), if slot == 0 { 7.0 } else { 0.3 });
        if slot == 0 {
            self.shot(window, "recording");
        }
        plugin.play(&both(&clip), 512);
        window.click(RECORD[0], RECORD[1]);
        self.live(plugin, Some(&silence), 0.3);
        // Its name, typed over the old one.
        window.click(NAMES[slot], TABS);
        // The field has the keyboard from the next frame on.
        self.live(plugin, Some(&silence), 0.3);
        window.select_all();
        window.type_text(name);
        window.type_text("\n");
        self.live(plugin, Some(&silence), 0.3);
        let typed = &plugin.saved_project()["slots"][slot]["name"];
        assert_eq!(typed, name, "the name was typed");
    }

    /// Drags a file onto the window; only a window from the patched framework accepts it.
    fn dropped(&mut self, plugin: &mut Instance, window: &Window) {
        let clips = |plugin: &Instance| {
            plugin.saved_project()["slots"][3]["clips"].as_array().map_or(0, Vec::len)
        };
        let drag = Drag::new(&path("train", BAND[3]), WELL);
        drag.hover(WELL);
        self.live(plugin, None, 0.5);
        self.shot(window, "drop");
        drag.release();
        self.live(plugin, None, 1.0);
        assert_eq!(clips(plugin), 2, "the file was dropped: is the framework patched?");
    }

    /// Records from a silent side-chain.
    fn error(&mut self, plugin: &mut Instance, window: &Window) {
        plugin.set("capture_from", 1.0);
        plugin.set("capture_to", 5.0);
        self.live(plugin, None, 0.3);
        window.click(RECORD[0], RECORD[1]);
        self.live(plugin, None, 1.5);
        window.click(RECORD[0], RECORD[1]);
        window.point(ASIDE[0], ASIDE[1]);
        self.live(plugin, None, 1.0);
        self.shot(window, "error");
        plugin.set("capture_from", 0.0);
        plugin.set("capture_to", 1.0);
    }

    /// The saved project, at 150 %.
    fn large(&mut self, plugin: &Instance, screen: &Screen) {
        let bytes = in_window(plugin, (1.5, 1500, 990));
        let mut other = Instance::new(UNBRAID, Setup::default());
        assert!(other.load(&bytes));
        let window = other.open_window(screen);
        window.point(ASIDE[0] / 2 * 3, ASIDE[1] / 2 * 3);
        self.live(&mut other, None, 14.0);
        self.shot(&window, "large");
    }

    /// Plays `clip`, or the song, in real time.
    fn live(&mut self, plugin: &mut Instance, clip: Option<&[f32]>, seconds: f32) {
        const BLOCK: usize = 512;
        let began = Instant::now();
        let blocks = (seconds * RATE as f32) as usize / BLOCK;
        for block in 0..blocks {
            let (source, start) = match clip {
                Some(clip) => (clip, block * BLOCK),
                None => (&self.song[..], self.position),
            };
            let samples: Vec<f32> =
                (0..BLOCK).map(|i| source[(start + i) % source.len()]).collect();
            self.position += BLOCK;
            plugin.play(&both(&samples), BLOCK);
            let due = Duration::from_secs_f64(((block + 1) * BLOCK) as f64 / RATE as f64);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
    }

    fn shot(&self, window: &Window, name: &str) {
        let path = self.folder.join(format!("window-{name}.png"));
        write_png(&path, &window.picture());
        println!("{}", path.display());
    }
}

fn write_png(path: &Path, picture: &Picture) {
    let file = std::fs::File::create(path).expect("the folder for pictures must exist");
    let mut encoder = png::Encoder::new(file, picture.size[0], picture.size[1]);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(&picture.rgb).unwrap();
}

/// The state, with the window at another zoom and size.
fn in_window(plugin: &Instance, (zoom, width, height): (f32, u32, u32)) -> Vec<u8> {
    plugin.save_with(|project| {
        project["window"]["zoom"] = zoom.into();
        project["window"]["width"] = width.into();
        project["window"]["height"] = height.into();
    })
}

fn path(kind: &str, name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "assets/demo", kind, &format!("{name}.flac")].iter().collect()
}

fn clip(kind: &str, name: &str) -> Vec<f32> {
    unbraid::audio::read(path(kind, name)).unwrap().mono()
}

fn song() -> Vec<f32> {
    let stems: Vec<Vec<f32>> = BAND.iter().map(|name| clip("test", name)).collect();
    (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect()
}

fn both(mono: &[f32]) -> Vec<Vec<f32>> {
    vec![mono.to_vec(); 2]
}
