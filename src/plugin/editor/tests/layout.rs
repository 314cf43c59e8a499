//! The layout, keyboard access, and the cost of a frame.

use super::*;

#[test]
fn nothing_is_cut_off_in_either_size() {
    const MARGIN: f32 = 8.0;
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("⏵ Settings");
    for size in [[1080.0, 760.0], MIN_SIZE] {
        // The harness keeps a margin around the window.
        bench.window.set_size(egui::Vec2::from(size) + egui::Vec2::splat(2.0 * MARGIN));
        (0..4).for_each(|_| bench.window.step());
        for role in [egui::Role::ComboBox, egui::Role::SpinButton, egui::Role::CheckBox] {
            let all: Vec<egui::Rect> =
                bench.window.query_all_by_role(role).map(|node| node.rect()).collect();
            assert!(all.len() >= 2, "{role:?}");
            for rect in all {
                assert!(rect.right() <= MARGIN + size[0] - 11.0, "{role:?} at {rect} of {size:?}");
            }
        }
    }
}

#[test]
fn frames_are_published_only_while_a_window_looks() {
    let mut bench = Bench::new();
    bench.window.step();
    let count = |bench: &mut Bench| {
        bench.play(&demo("train", "violin")[..44_100]);
        let mut frames = Vec::new();
        bench.hub.feed.read(&mut FeedFrame::default(), |frame| frames.push(frame.clone()));
        frames
    };
    let frames = count(&mut bench);
    assert!(frames.len() > 30, "{} frames of a second", frames.len());
    let (first, last) = (&frames[0], &frames[frames.len() - 1]);
    assert_eq!((last.clock - first.clock) as usize % BLOCK, 0);
    assert_eq!(last.v, bench.player.engine().input_bands()[0]);
    bench.hub.feed.watch(false);
    assert!(count(&mut bench).is_empty());
}

/// Every control can be reached without a pointer, in the order of use.
#[test]
fn the_keyboard_reaches_every_button() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    bench.record(&demo("test", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    // Learn ignores clicks for a moment after learning.
    std::thread::sleep(Duration::from_millis(600));
    let wanted = [
        "Record",
        "Listen",
        "Load…",
        "Learn",
        "Hear Mix",
        "solo Instrument 1",
        "mute Everything else",
    ];
    let mut reached: Vec<&str> = Vec::new();
    for _ in 0..80 {
        bench.window.key_press(egui::Key::Tab);
        (0..2).for_each(|_| bench.window.step());
        let here = |label: &&str| bench.window.get_by_label(label).is_focused();
        if let Some(label) = wanted.into_iter().find(here)
            && !reached.contains(&label)
        {
            reached.push(label);
        }
        if reached.last() == Some(&"solo Instrument 1") && !bench.params.strips[0].solo.value() {
            bench.window.key_press(egui::Key::Enter);
            (0..2).for_each(|_| bench.window.step());
            assert!(bench.params.strips[0].solo.value(), "the enter key presses what is chosen");
        }
    }
    assert_eq!(reached, wanted);
}

/// Processor time of this thread, which other programs do not affect.
fn thread_cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// The cost of a frame, without painting: run it by name, with `--nocapture`.
#[test]
#[ignore = "a measurement"]
fn frame_time() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let song = demo("test", "violin");
    bench.click("Components of Instrument 1");
    let mut times_ms = Vec::new();
    for chunk in song.chunks_exact(735).take(600) {
        bench.play(chunk);
        let before_ms = thread_cpu_ms();
        bench.window.step();
        times_ms.push(thread_cpu_ms() - before_ms);
    }
    times_ms.sort_by(f64::total_cmp);
    let at = |fraction: f64| times_ms[(times_ms.len() as f64 * fraction) as usize];
    eprintln!("frame: median {:.2} ms, 95 % {:.2} ms, most {:.2} ms", at(0.5), at(0.95), at(0.999));
}
