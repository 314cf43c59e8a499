//! Opens the plugin's window in a host of its own, takes it through every stage
//! with pointer and keyboard, and writes a picture of each. `cargo xtask
//! screenshots` runs it on a virtual screen.

#[path = "../../tests/host/mod.rs"]
mod host;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use host::window::{Picture, Screen, Window};
use host::{Instance, Setup, UNBRAID};

const RATE: usize = 44_100;
const BAND: [&str; 4] = ["violin", "piano", "bass", "drums"];

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or("docs/images".to_string()));
    let Some(screen) = Screen::connect() else {
        eprintln!("no X server: run cargo xtask screenshots, which starts a virtual one");
        std::process::exit(1);
    };
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let mut window = plugin.open_window(&screen);
    let mut stage = Stage { folder, song: song(), position: 0 };
    stage.tour(&mut plugin, &mut window);
}

/// What plays, and where the pictures go.
struct Stage {
    folder: PathBuf,
    song: Vec<f32>,
    position: usize,
}

impl Stage {
    fn tour(&mut self, plugin: &mut Instance, window: &mut Window) {
        window.focus();
        self.live(plugin, Some(&vec![0.0; RATE]), 1.0);
        self.shot(window, "empty");

        for (slot, name) in BAND.iter().enumerate() {
            plugin.set("capture_to", slot as f64 + 1.0);
            self.live(plugin, None, 0.2);
            let clip = clip("train", name);
            // The record button.
            window.click(60, 180);
            if slot == 0 {
                self.live(plugin, Some(&clip), 7.0);
                self.shot(window, "recording");
            }
            self.live(plugin, Some(&clip), 0.3);
            plugin.play(&both(&clip), 512);
            window.click(60, 180);
            self.live(plugin, Some(&vec![0.0; RATE]), 0.3);
        }
        window.click(60, 216);
        self.live(plugin, None, 1.5);
        self.shot(window, "learning");
        plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
        self.live(plugin, None, 14.0);
        self.shot(window, "separating");
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
