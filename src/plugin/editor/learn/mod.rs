//! The learn button, and the progress of learning.

mod settings;

use std::sync::atomic::Ordering;
use std::time::Duration;

use egui::{RichText, Ui, vec2};

use super::guide;
use super::link::Link;
use super::theme;
use super::view::{UsedStrip, View};
use super::widgets::announce;
use crate::plugin::audio_thread::status::WorkerTask;
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::project::Rest;

pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    ui.horizontal(|ui| {
        if link.hub.status.task() == WorkerTask::Learning {
            progress(ui, link, view);
        } else {
            button(ui, link, view);
            settings::show(ui, link, view);
            outcome(ui, link, view);
        }
    });
}

/// How long after learning a click may still be meant for the previous button.
const MISSED: Duration = Duration::from_millis(500);

fn button(ui: &mut Ui, link: Link, view: &View) {
    let has_clips = view.project.has_clips();
    // Ignore a click that was meant for Cancel, which was in the same place.
    let just_ended = view.learning_ended.is_some_and(|ended| ended.elapsed() < MISSED);
    let can = has_clips && !link.is_recording() && !just_ended;
    let colors = theme::colors(ui);
    let project = &view.project;
    let is_news = project.dictionary.is_none() || project.has_unlearned_clips();
    let due = can && (is_news || guide::converted(link, view).is_some());
    let relearns_rest = view.project.rest != Rest::None && view.project.mixture.is_empty();
    let label = RichText::new("Learn").size(15.0).strong();
    let button = if due {
        egui::Button::new(label.color(colors.on_action)).fill(colors.action)
    } else {
        egui::Button::new(label)
    };
    let response = ui.add_enabled(can, button.min_size(vec2(104.0, 32.0)));
    let response = response
        .on_hover_text(if relearns_rest {
            "Learn what was recorded. Takes some seconds; the sound goes on. What else there is in the song \
             is then found again as it plays."
        } else {
            "Learn what was recorded. Takes some seconds; the sound goes on."
        })
        .on_disabled_hover_text(match (has_clips, just_ended) {
            (false, _) => "Record something first",
            (true, true) => "In a moment",
            (true, false) => "After the recording",
        });
    if response.clicked() {
        link.press(Trigger::Learn);
    }
}

fn progress(ui: &mut Ui, link: Link, view: &mut View) {
    let fraction = link.hub.status.progress.load(Ordering::Relaxed).clamp(0.0, 1.0);
    let label = if view.cancelling { "Cancelling…" } else { "Cancel" };
    let button = egui::Button::new(label).min_size(vec2(104.0, 32.0));
    let cancel = ui.add_enabled(!view.cancelling, button);
    // The second click of a double-click was meant for Learn, which was in the same place.
    let meant = cancel.clicked() && !cancel.double_clicked();
    cancel.on_hover_text("Stop learning; instruments learned before stay.");
    if meant {
        link.press(Trigger::Cancel);
        view.cancelling = true;
    }
    let left = view.task.map(|(_, began)| began.elapsed().as_secs_f32()).map_or_else(
        String::new,
        |passed| {
            let left = passed * (1.0 - fraction) / fraction.max(0.02);
            if fraction > 0.05 {
                format!(", about {:.0} s left", left.ceil())
            } else {
                String::new()
            }
        },
    );
    let text = format!("{:.0} %{left}", fraction * 100.0);
    ui.add(egui::ProgressBar::new(fraction).desired_width(ui.available_width()).text(text));
}

/// The outcome of learning, in a few words.
fn outcome(ui: &mut Ui, link: Link, view: &View) {
    let colors = theme::colors(ui);
    let note = view.fresh_note().map(str::to_string);
    // A fresh result stands out.
    let color = if note.is_some() { ui.visuals().strong_text_color() } else { colors.dim };
    let text = match (link.hub.status.task(), &view.project.dictionary) {
        (WorkerTask::AdaptingRest, _) => "learning what else there is in the song…".to_string(),
        _ if note.is_some() => note.unwrap_or_default(),
        (_, None) => String::new(),
        (_, Some(_)) if view.project.clips_left_out => {
            "learned; the recordings were not kept in the project".to_string()
        }
        (_, Some(_)) => {
            let clips = &view.project.learned_from;
            let named = |used: UsedStrip| match link.hub.status.verdict(used.strip, clips) {
                Some(verdict) => format!("{} ({verdict})", used.name),
                None => used.name,
            };
            let names: Vec<String> = view.used_strips().into_iter().map(named).collect();
            format!("learned: {}", names.join(", "))
        }
    };
    let label = ui.add(egui::Label::new(RichText::new(&text).color(color)).truncate());
    announce::when_changed(ui, &label, &text);
}
