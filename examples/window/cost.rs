//! The cost of the window: processor time of the audio thread with it open and closed, and of
//! every thread, and the pictures shown per second.

use std::fs;
use std::time::{Duration, Instant};

use crate::host::window::{Screen, Window};
use crate::host::{Instance, Setup, UNBRAID};
use crate::{BAND, RATE, Stage, both, clip};

const BLOCK: usize = 512;
const LASTS_S: usize = 15;

/// Distance of the meters from the bottom edge.
const LEVELS: [i16; 2] = [71, 40];

/// Measures with a window of a given size, or of its initial size.
pub fn measure(screen: &Screen, stage: &mut Stage, size: Option<[u32; 2]>) {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    for (slot, name) in BAND.iter().enumerate() {
        plugin.set("capture_to", slot as f64 + 1.0);
        plugin.set("capture", 1.0);
        plugin.play(&both(&clip("train", name)), BLOCK);
        plugin.set("capture", 0.0);
        plugin.play(&both(&vec![0.0; RATE]), BLOCK);
    }
    plugin.press("learn");
    plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
    plugin.play(&both(&stage.song), BLOCK);
    for _ in 0..2 {
        let shut = run(&mut plugin, stage, None);
        println!("shut: {}", shut.audio());
        let mut window = plugin.open_window(screen);
        if let Some(size) = size {
            window.resize(size);
        }
        let open = run(&mut plugin, stage, Some(&window));
        println!("open: {}", open.audio());
        println!("      {:.0} new pictures a second", open.pictures_a_second);
        for (name, fraction) in threads_cpu(&open.before, &threads()) {
            println!("      thread {name}: {:.1} % of a core", fraction * 100.0);
        }
    }
}

struct Run {
    /// The 10th and 50th percentiles of block times: another thread on this core, or one that
    /// has just slept, lengthens the rest.
    block_ms: [f64; 2],
    pictures_a_second: f64,
    before: (Instant, Vec<(String, String, f64)>),
}

impl Run {
    fn audio(&self) -> String {
        let [tenth, median] = self.block_ms;
        format!("audio thread {median:.3} ms a block (median), {tenth:.3} ms (first tenth)")
    }
}

fn run(plugin: &mut Instance, stage: &Stage, window: Option<&Window>) -> Run {
    std::thread::sleep(Duration::from_millis(500));
    let before = threads();
    let began = Instant::now();
    let blocks = LASTS_S * RATE / BLOCK;
    let (mut block_s, mut pictures, mut last) = (Vec::new(), 0, Vec::new());
    for block in 0..blocks {
        let samples: Vec<f32> =
            (0..BLOCK).map(|i| stage.song[(block * BLOCK + i) % stage.song.len()]).collect();
        let input = both(&samples);
        let started = Instant::now();
        plugin.play(&input, BLOCK);
        block_s.push(started.elapsed().as_secs_f64());
        if let Some(window) = window {
            // The newest part of the picture, and the meters, which change in between: they
            // are horizontal, and lower where the strips are wide.
            let [right, bottom] = window.size.map(|side| side as i16);
            let mut seen = window.column(right - 40, 300, u32::from(bottom as u16) - 560);
            for above in LEVELS {
                seen.extend(window.row(12, bottom - above, window.size[0] - 24));
            }
            pictures += usize::from(seen != last);
            last = seen;
        }
        let due = Duration::from_secs_f64(((block + 1) * BLOCK) as f64 / RATE as f64);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    block_s.sort_by(f64::total_cmp);
    let block_ms = [10, 2].map(|part| block_s[blocks / part] * 1000.0);
    Run { block_ms, pictures_a_second: pictures as f64 / began.elapsed().as_secs_f64(), before }
}

fn cpu_s(path: &str) -> f64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Every thread: number, name, processor time.
fn threads() -> (Instant, Vec<(String, String, f64)>) {
    let list = fs::read_dir("/proc/self/task").unwrap();
    let threads = list
        .flatten()
        .map(|entry| {
            let path = entry.path().display().to_string();
            let name = fs::read_to_string(format!("{path}/comm")).unwrap_or_default();
            let id = entry.file_name().to_string_lossy().into_owned();
            (id, name.trim().to_string(), cpu_s(&format!("{path}/schedstat")))
        })
        .collect();
    (Instant::now(), threads)
}

type Threads = (Instant, Vec<(String, String, f64)>);

/// Fraction of a core that each busy thread used.
fn threads_cpu(before: &Threads, after: &Threads) -> Vec<(String, f64)> {
    let lasted = (after.0 - before.0).as_secs_f64();
    after
        .1
        .iter()
        .map(|(id, name, cpu_s)| {
            let earlier = before.1.iter().find(|(other, _, _)| other == id).map_or(0.0, |t| t.2);
            (format!("{name} {id}"), (cpu_s - earlier) / lasted)
        })
        .filter(|(_, fraction)| *fraction > 0.005)
        .collect()
}
