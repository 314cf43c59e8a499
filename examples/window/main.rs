//! Opens the plugin's window in a host of its own, takes it through every stage
//! with pointer and keyboard, and writes a picture of each. `cargo xtask
//! screenshots` runs it on a virtual screen.

mod cost;
#[path = "../../tests/host/mod.rs"]
mod host;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use host::window::{Picture, Screen, Window};
use host::{Instance, Setup, UNBRAID};

const RATE: usize = 44_100;
/// Places in the window at its first size.
const RECORD: [i16; 2] = [60, 162];
const LEARN: [i16; 2] = [60, 248];
const TABS: i16 = 107;
const NAMES: [i16; 4] = [84, 190, 290, 390];
const SOLO: [i16; 2] = [108, 689];
const UNFOLD: [i16; 2] = [138, 627];
const CELL: [i16; 2] = [700, 330];
const THEME: [i16; 2] = [1042, 21];
const GOT_IT: [i16; 2] = [692, 61];

const BAND: [&str; 4] = ["violin", "piano", "bass", "drums"];

fn main() {
    let word = std::env::args().nth(1).unwrap_or("docs/images".to_string());
    let Some(screen) = Screen::connect() else {
        eprintln!("no X server: run cargo xtask screenshots, which starts a virtual one");
        std::process::exit(1);
    };
    let mut stage = Stage { folder: PathBuf::from(&word), song: song(), position: 0 };
    if word == "measure" { cost::measure(&screen, &mut stage) } else { stage.tour(&screen) }
}

/// What plays, and where the pictures go.
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
        self.live(&mut plugin, None, 12.0);
        window.click(LEARN[0], LEARN[1]);
        self.live(&mut plugin, None, 0.7);
        self.shot(&window, "learning");
        plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
        // The pointer must not be in the picture.
        window.point(700, 700);
        self.live(&mut plugin, None, 14.0);
        self.shot(&window, "separating");

        window.click(SOLO[0], SOLO[1]);
        window.point(700, 700);
        self.live(&mut plugin, None, 8.0);
        assert_eq!(plugin.value("solo_1"), 1.0, "the solo button was clicked");
        self.shot(&window, "solo");
        window.click(SOLO[0], SOLO[1]);

        window.click(UNFOLD[0], UNFOLD[1]);
        self.live(&mut plugin, None, 1.0);
        window.click(CELL[0], CELL[1]);
        window.point(700, 700);
        self.live(&mut plugin, None, 5.0);
        self.shot(&window, "component");
        plugin.set("heard", 0.0);
        window.click(UNFOLD[0], UNFOLD[1]);

        self.error(&mut plugin, &window);
        window.click(THEME[0], THEME[1]);
        self.live(&mut plugin, None, 0.5);
        window.click(GOT_IT[0], GOT_IT[1]);
        window.point(700, 700);
        self.live(&mut plugin, None, 3.0);
        self.shot(&window, "light");
        drop(window);
        self.large(&plugin, screen);
    }

    /// Records an instrument and gives it its name.
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
        window.select_all();
        window.type_text(name);
        window.type_text("\n");
        self.live(plugin, Some(&silence), 0.3);
        let typed = &plugin.saved_project()["slots"][slot]["name"];
        assert_eq!(typed, name, "the name was typed");
    }

    /// Recording from a side-chain on which nothing comes.
    fn error(&mut self, plugin: &mut Instance, window: &Window) {
        plugin.set("capture_from", 1.0);
        plugin.set("capture_to", 5.0);
        self.live(plugin, None, 0.3);
        window.click(RECORD[0], RECORD[1]);
        self.live(plugin, None, 1.5);
        window.click(RECORD[0], RECORD[1]);
        window.point(700, 700);
        self.live(plugin, None, 1.0);
        self.shot(window, "error");
        plugin.set("capture_from", 0.0);
        plugin.set("capture_to", 1.0);
    }

    /// As the project was left, at 150 %.
    fn large(&mut self, plugin: &Instance, screen: &Screen) {
        let state = String::from_utf8_lossy(&plugin.save()[8..]).into_owned();
        let larger = state
            .replace("\\\"zoom\\\":1.0", "\\\"zoom\\\":1.5")
            .replace("\\\"width\\\":1080.0", "\\\"width\\\":1500.0")
            .replace("\\\"height\\\":760.0", "\\\"height\\\":990.0");
        assert_ne!(state, larger);
        let mut bytes = plugin.save()[..8].to_vec();
        bytes.extend_from_slice(larger.as_bytes());
        let mut other = Instance::new(UNBRAID, Setup::default());
        assert!(other.load(&bytes));
        let window = other.open_window(screen);
        window.point(1400, 900);
        self.live(&mut other, None, 8.0);
        self.shot(&window, "large");
    }

    /// Plays `clip`, or the song, as fast as it sounds.
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

fn clip(kind: &str, name: &str) -> Vec<f32> {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "assets/demo", kind, &format!("{name}.flac")].iter().collect();
    unbraid::audio::read(&path).unwrap().mono()
}

fn song() -> Vec<f32> {
    let stems: Vec<Vec<f32>> = BAND.iter().map(|name| clip("test", name)).collect();
    (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect()
}

fn both(mono: &[f32]) -> Vec<Vec<f32>> {
    vec![mono.to_vec(); 2]
}
