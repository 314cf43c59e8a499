//! The learn button, how far learning is, and the settings that nobody has to
//! touch.

use std::sync::atomic::Ordering;
use std::time::Duration;

use egui::{ComboBox, Response, RichText, Ui, vec2};
use nice_plug::prelude::{Enum, EnumParam, IntParam, Param};

use super::link::Link;
use super::theme;
use super::view::View;
use crate::plugin::params::{MethodChoice, RestChoice, TransposeChoice};
use crate::plugin::status::Doing;
use crate::plugin::triggers::Trigger;

pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    ui.horizontal(|ui| {
        if link.hub.status.doing() == Doing::Learning {
            progress(ui, link, view);
        } else {
            button(ui, link, view);
            let sign = if view.settings_open { "⏷" } else { "⏵" };
            let label = format!("{sign} Settings");
            if ui
                .add(egui::Button::new(label).frame(false))
                .on_hover_text("How it learns. The settings are good as they are.")
                .clicked()
            {
                view.settings_open = !view.settings_open;
            }
            outcome(ui, link, view);
        }
    });
    if view.settings_open {
        settings(ui, link);
    }
}

/// How long after learning a click may have been meant for what was there before.
const MISSED: Duration = Duration::from_millis(500);

fn button(ui: &mut Ui, link: Link, view: &View) {
    let has_clips = view.project.has_clips();
    // A click that was meant for Cancel, which was in this place, is none on this.
    let just_ended = view.learning_ended.is_some_and(|ended| ended.elapsed() < MISSED);
    let can = has_clips && !link.is_recording() && !just_ended;
    let colors = theme::colors(ui);
    let due = can && (view.project.dictionary.is_none() || view.project.has_news());
    let label = RichText::new("Learn").size(15.0).strong();
    let button = if due {
        egui::Button::new(label.color(colors.on_action)).fill(colors.action)
    } else {
        egui::Button::new(label)
    };
    let response = ui.add_enabled(can, button.min_size(vec2(104.0, 32.0)));
    let response = response
        .on_hover_text("Learn what was recorded. Takes some seconds; the sound goes on.")
        .on_disabled_hover_text(match (has_clips, just_ended) {
            (false, _) => "Record something first",
            (true, true) => "In a moment",
            (true, false) => "When the recording has ended",
        });
    if response.clicked() {
        link.press(Trigger::Learn);
    }
}

fn progress(ui: &mut Ui, link: Link, view: &mut View) {
    let share = link.hub.status.progress.load(Ordering::Relaxed).clamp(0.0, 1.0);
    let label = if view.cancelling { "Cancelling…" } else { "Cancel" };
    let button = egui::Button::new(label).min_size(vec2(104.0, 32.0));
    let cancel = ui.add_enabled(!view.cancelling, button);
    if cancel.on_hover_text("Stop learning; what was learned before stays.").clicked() {
        link.press(Trigger::Cancel);
        view.cancelling = true;
    }
    let left = view.doing.map(|(_, began)| began.elapsed().as_secs_f32()).map_or_else(
        String::new,
        |passed| {
            let left = passed * (1.0 - share) / share.max(0.02);
            if share > 0.05 { format!(", about {:.0} s left", left.ceil()) } else { String::new() }
        },
    );
    let text = format!("{:.0} %{left}", share * 100.0);
    ui.add(egui::ProgressBar::new(share).desired_width(ui.available_width()).text(text));
}

/// What was learned last, in a few words.
fn outcome(ui: &mut Ui, link: Link, view: &View) {
    let colors = theme::colors(ui);
    let note = view.fresh_note().map(str::to_string);
    let text = match (link.hub.status.doing(), &view.project.dictionary) {
        (Doing::AdaptingRest, _) => "learning what else there is in the song…".to_string(),
        _ if note.is_some() => note.unwrap_or_default(),
        (_, None) => String::new(),
        (_, Some(_)) if view.project.clips_left_out => {
            "learned; the recordings were not kept in the project".to_string()
        }
        (_, Some(_)) => {
            let names: Vec<String> = view.channels().into_iter().map(|c| c.name).collect();
            format!("learned: {}", names.join(", "))
        }
    };
    ui.add(egui::Label::new(RichText::new(text).color(colors.dim)).truncate());
}

/// Of a setting, before it was drawn once.
const USUAL_WIDTH: f32 = 230.0;

fn settings(ui: &mut Ui, link: Link) {
    let learn = &link.params.learn;
    ui.horizontal_wrapped(|ui| {
        number(ui, link, &learn.components, "Sounds per instrument", 128,
            "How many different sounds an instrument is made of (components, K). Auto chooses by \
             how much was recorded; more separate finer, and cost more CPU.");
        choice(ui, link, &learn.transpose, "Finds notes beyond", 
            &["only as recorded", "half an octave", "one octave"],
            "How far above and below the recorded notes it recognises an instrument (transposed \
             copies, in semitones).",
            &[TransposeChoice::None, TransposeChoice::Six, TransposeChoice::Twelve]);
        choice(ui, link, &learn.rest, "Everything else",
            &["as needed", "learn while playing", "there is nothing else"],
            "Whether there is more in the song than what you recorded (the rest).",
            &[RestChoice::Auto, RestChoice::Adapt, RestChoice::None]);
        choice(ui, link, &learn.method, "Method",
            &["average sounds (nmf)", "purest moments (snpa)", "best moments (greedy)", "best moments, twice (greedy2)"],
            "How sounds are chosen: averaged over the recording, or single moments of it. The \
             first sounds best on most music.",
            &[MethodChoice::Nmf, MethodChoice::Snpa, MethodChoice::Greedy, MethodChoice::Greedy2]);
        divergence(ui, link);
        number(ui, link, &learn.iterations, "Passes", 1000,
            "How often the recording is gone over (iterations). More take longer and change little.");
        number(ui, link, &learn.seed, "Seed", 9999,
            "Starts learning from another random guess. The same number gives the same result.");
        let keep = &link.params.capture.keep_clips;
        let mut kept = keep.value();
        if ui.checkbox(&mut kept, "Keep recordings in the project")
            .on_hover_text("Without them the project file is smaller, but a change of mode cannot learn anew.")
            .changed()
        {
            link.set(keep, kept);
        }
        let only = &link.params.capture.only_while_playing;
        let mut waits = only.value();
        if ui.checkbox(&mut waits, "Record only while the host plays")
            .on_hover_text("A recording waits for playback to start, and leaves out the time in which it stands still.")
            .changed()
        {
            link.set(only, waits);
        }
    });
}

fn divergence(ui: &mut Ui, link: Link) {
    let param = &link.params.learn.divergence;
    let names = [(1.0, "balanced (KL)"), (2.0, "loud parts (Euclidean)"), (0.0, "soft parts (IS)")];
    let now = param.value();
    let text = names
        .iter()
        .find(|(value, _)| *value == now)
        .map_or_else(|| format!("beta {now:.2}"), |(_, name)| (*name).to_string());
    labelled(
        ui,
        "Listens to",
        "What counts as alike (divergence): KL sounds best on most music.",
        |ui| {
            ComboBox::from_id_salt("divergence")
                .selected_text(text)
                .show_ui(ui, |ui| {
                    for (value, name) in names {
                        if ui.selectable_label(now == value, name).clicked() {
                            link.set(param, value);
                        }
                    }
                })
                .response
        },
    );
}

/// Keeps a label and its value in one row: where there is no room for both, they
/// begin the next.
fn labelled(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui) -> Response) {
    let dim = theme::colors(ui).dim;
    let id = ui.scope_id().with(("width of", label));
    let width: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(USUAL_WIDTH);
    if ui.available_size_before_wrap().x < width {
        ui.end_row();
    }
    let row = ui.horizontal(|ui| {
        ui.label(RichText::new(label).color(dim)).on_hover_text(hint);
        add(ui).on_hover_text(hint);
    });
    ui.data_mut(|data| data.insert_temp(id, row.response.rect.width()));
    ui.add_space(10.0);
}

fn choice<T: Enum + PartialEq + Copy + 'static>(
    ui: &mut Ui,
    link: Link,
    param: &EnumParam<T>,
    label: &str,
    names: &[&str],
    hint: &str,
    values: &[T],
) {
    let now = values.iter().position(|value| *value == param.value()).unwrap_or(0);
    labelled(ui, label, hint, |ui| {
        ComboBox::from_id_salt(label)
            .selected_text(names[now])
            .show_ui(ui, |ui| {
                for (index, name) in names.iter().enumerate() {
                    if ui.selectable_label(index == now, *name).clicked() {
                        link.set(param, values[index]);
                    }
                }
            })
            .response
    });
}

fn number(ui: &mut Ui, link: Link, param: &IntParam, label: &str, most: i32, hint: &str) {
    let least = if param.default_plain_value() == 0 { 0 } else { 1 };
    let mut value = param.value();
    labelled(ui, label, hint, |ui| {
        let drag = egui::DragValue::new(&mut value)
            .range(least..=most)
            .speed(0.2)
            .custom_formatter(|n, _| {
                param.normalized_value_to_string(param.preview_normalized(n as i32), false)
            })
            .custom_parser(|text| {
                if text.trim() == "auto" { Some(0.0) } else { text.trim().parse().ok() }
            });
        let response = ui.add(drag);
        if response.changed() {
            link.set(param, value);
        }
        response
    });
}
