//! Texts that screen readers say when they change.

use egui::accesskit::Live;
use egui::{Response, Ui};

/// How long a change is offered: for some frames, as one of them can be discarded.
const OFFERED_S: f64 = 0.2;

/// What is known of a label.
#[derive(Clone, Default)]
struct Known {
    /// Its text without numbers.
    words: String,
    since_s: f64,
    /// The frame in which it was drawn last.
    frame: u64,
}

/// Has screen readers say a label's text when it appears, and when it has changed in more than its
/// numbers: they would say a line that counts seconds once a second.
pub fn when_changed(ui: &Ui, label: &Response, text: &str) {
    let id = label.id.with("announced");
    let words = without_quantities(text);
    let now_s = ui.input(|input| input.time);
    let frame = ui.ctx().cumulative_frame_nr();
    let before: Known = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let stays = before.words == words && before.frame + 1 >= frame;
    let since_s = if stays { before.since_s } else { now_s };
    ui.data_mut(|data| data.insert_temp(id, Known { words, since_s, frame }));
    let live = if now_s - since_s < OFFERED_S { Live::Polite } else { Live::Off };
    ui.ctx().accesskit_node_builder(label.id, |node| node.set_live(live));
}

/// A text without its quantities: numbers before a unit, and before "of", as in "3 of 30 s". Those in
/// names stay.
fn without_quantities(text: &str) -> String {
    const UNITS: [&str; 4] = ["s", "%", "dB", "of"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_quantity = |place: usize| {
        let is_number = words[place].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let next = words.get(place + 1).map(|next| next.trim_end_matches(['.', ',', ':', ';']));
        is_number && next.is_some_and(|next| UNITS.contains(&next))
    };
    let kept = (0..words.len()).filter(|place| !is_quantity(*place)).map(|place| words[place]);
    kept.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Live;
    use egui::{Context, RawInput};

    use super::when_changed;

    /// Whether the label is offered to screen readers in a frame at this time. There is no label if
    /// the text is empty.
    fn is_said(ctx: &Context, time_s: f64, text: &str) -> bool {
        let input = RawInput { time: Some(time_s), ..RawInput::default() };
        let mut output = ctx.run_ui(input, |ui| {
            if !text.is_empty() {
                let label = ui.label(text);
                when_changed(ui, &label, text);
            }
        });
        // Nothing paints it.
        output.textures_delta.clear();
        let tree = output.platform_output.accesskit_update.unwrap();
        tree.nodes.iter().any(|(_, node)| node.live() == Some(Live::Polite))
    }

    #[test]
    fn words_are_said_once_and_numbers_are_not() {
        let ctx = Context::default();
        ctx.enable_accesskit();
        assert!(is_said(&ctx, 1.0, "Learned 1 of 30 s"));
        assert!(is_said(&ctx, 1.1, "Learned 1 of 30 s"), "the first frame may be discarded");
        assert!(!is_said(&ctx, 2.0, "Learned 2 of 30 s"));
        assert!(!is_said(&ctx, 3.0, "Learned 13 of 30 s"));
        assert!(is_said(&ctx, 3.5, "Learned 13 of 30 s: Guitar 1"));
        assert!(is_said(&ctx, 4.0, "Learned 14 of 30 s: Guitar 2"));
        assert!(is_said(&ctx, 4.5, "Done in 30 s"));
        assert!(!is_said(&ctx, 5.0, "Done in 30 s"));
        assert!(is_said(&ctx, 6.0, "Learned 13 of 30 s"));
        assert!(!is_said(&ctx, 7.0, ""));
        assert!(is_said(&ctx, 8.0, "Learned 13 of 30 s"), "it is there again");
    }
}
