//! The advanced settings; the defaults work unchanged. They open over the pictures, so that
//! nothing moves.

use egui::{Align2, Area, Button, ComboBox, Frame, Grid, Id, Key, Modifiers, Order, Rect};
use egui::{Response, RichText, Role, ScrollArea, Ui, WidgetInfo, vec2};
use nice_plug::prelude::{BoolParam, Enum, EnumParam, IntParam, Param};

use crate::plugin::choices::{MethodChoice, RestChoice, TransposeChoice};
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::drop_down;
use crate::plugin::editor::widgets::scroll_to_focus::scroll_to_focus;

/// Minimum distance to the window's edge.
const MARGIN: f32 = 8.0;

/// Minimum height of the scrolled area, in a very low window.
const MIN_HEIGHT: f32 = 80.0;

/// Draws the button, and the settings below it if they are open.
pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    let sign = if view.settings_open { "⏷" } else { "⏵" };
    let button = ui.add(Button::new(format!("{sign} Settings")).frame(false));
    button.widget_info(|| WidgetInfo::selected(Role::Button, true, view.settings_open, "Settings"));
    let button =
        button.on_hover_text("How instruments are learned. The defaults suit most material.");
    if button.clicked() {
        view.settings_open = !view.settings_open;
    }
    if view.settings_open {
        below(ui, link, view, button.rect);
    }
}

fn below(ui: &Ui, link: Link, view: &mut View, button: Rect) {
    let window = ui.ctx().content_rect().shrink(MARGIN);
    let place = button.left_bottom() + vec2(0.0, 4.0);
    // An open list closes first, while it is drawn.
    let other = egui::Popup::is_any_open(ui.ctx()) || ui.memory(|m| m.focused().is_some());
    Area::new(Id::unique("settings"))
        .order(Order::Middle)
        .pivot(Align2::LEFT_TOP)
        .fixed_pos(place)
        .constrain_to(window)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).inner_margin(10).show(ui, |ui| {
                let height = (window.bottom() - place.y - 24.0).max(MIN_HEIGHT);
                ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(
                    ui,
                    |ui| {
                        all(ui, link);
                        scroll_to_focus(ui);
                    },
                );
            });
        });
    if !other && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        view.settings_open = false;
    }
}

fn all(ui: &mut Ui, link: Link) {
    let record = &link.params.record;
    Grid::new("settings").num_columns(2).spacing([16.0, 6.0]).show(ui, |ui| how(ui, link));
    ui.add_space(4.0);
    let hint = "Without them the project file is smaller, but a change of mode cannot learn again.";
    switch(ui, link, &record.keep_clips, "Keep recordings in the project", hint);
    let hint = "A recording waits for playback to start, and leaves out the time in which it \
                stands still.";
    switch(ui, link, &record.only_while_playing, "Record only while the host plays", hint);
    let hint = "MIDI notes that the host sends to Unbraid solo an instrument (from 36 on) or mute it \
                (from 72 on) while they are held. Each button's hint names its note.";
    if link.receives_notes() {
        switch(ui, link, &link.params.midi_notes, "MIDI notes solo and mute", hint);
    }
}

fn how(ui: &mut Ui, link: Link) {
    let learn = &link.params.learn;
    let hint = "How many different sounds an instrument is made of (components, K). Auto chooses by \
                how much was recorded; more separate finer, and cost more CPU.";
    number(ui, link, &learn.components, "Sounds per instrument", 128, hint);
    let choices = [
        (TransposeChoice::None, "only as recorded"),
        (TransposeChoice::Six, "half an octave"),
        (TransposeChoice::Twelve, "one octave"),
    ];
    let hint = "How far above and below the recorded notes it recognises an instrument (transposed \
                copies, in semitones).";
    choice(ui, link, &learn.transpose, "Finds notes beyond", &choices, hint);
    let choices = [
        (RestChoice::Auto, "as needed"),
        (RestChoice::Adapt, "learn while playing"),
        (RestChoice::None, "there is nothing else"),
    ];
    let hint = "Whether there is more in the song than what you recorded.";
    choice(ui, link, &learn.rest, "Everything else", &choices, hint);
    let choices = [
        (MethodChoice::Nmf, "average sounds (nmf)"),
        (MethodChoice::Snpa, "purest moments (snpa)"),
        (MethodChoice::Greedy, "best moments (greedy)"),
        (MethodChoice::Greedy2, "best moments, twice (greedy2)"),
    ];
    let hint = "How sounds are chosen: averaged over the recording, or single moments of it. The \
                first sounds best on most music.";
    choice(ui, link, &learn.method, "Method", &choices, hint);
    divergence(ui, link);
    let hint = "Iterations of the learning algorithm. More take longer and change \
                little.";
    number(ui, link, &learn.iterations, "Iterations", 1000, hint);
    let hint = "Seed of the random start. The same number gives the same result.";
    number(ui, link, &learn.seed, "Seed", 9999, hint);
}

fn divergence(ui: &mut Ui, link: Link) {
    let param = &link.params.learn.divergence;
    let names =
        [(1.0, "balanced (KL)"), (2.0, "loud parts (Euclidean)"), (0.0, "quiet parts (IS)")];
    let now = param.value();
    let text = names
        .iter()
        .find(|(value, _)| *value == now)
        .map_or_else(|| format!("beta {now:.2}"), |(_, name)| (*name).to_string());
    let hint = "The measure of error that learning minimises. KL sounds best on most music.";
    labelled(ui, ["Divergence", &text], hint, |ui| {
        list(ui, "divergence", &text, |ui| {
            for (value, name) in names {
                if drop_down::entry(ui, now == value, name).clicked() {
                    link.set_with_undo(param, value);
                }
            }
        })
    });
}

/// A row: a label and its control. `value` is what a list shows: screen readers get it with the
/// name, as not all systems pass on a list's value.
fn labelled(
    ui: &mut Ui,
    [label, value]: [&str; 2],
    hint: &str,
    add: impl FnOnce(&mut Ui) -> Response,
) {
    ui.label(RichText::new(label).color(theme::colors(ui).dim)).on_hover_text(hint);
    let name = if value.is_empty() { label.to_string() } else { format!("{label}: {value}") };
    add(ui).accessible_name(name).on_hover_text(hint);
    ui.end_row();
}

fn list(ui: &mut Ui, salt: &str, text: &str, add: impl FnOnce(&mut Ui)) -> Response {
    drop_down::show(ui, ComboBox::from_id_salt(salt).width(200.0).selected_text(text), add)
}

fn choice<T: Enum + PartialEq + Copy + 'static>(
    ui: &mut Ui,
    link: Link,
    param: &EnumParam<T>,
    label: &str,
    choices: &[(T, &str)],
    hint: &str,
) {
    let now = param.value();
    let text = choices.iter().find(|(value, _)| *value == now).map_or("", |(_, name)| name);
    labelled(ui, [label, text], hint, |ui| {
        list(ui, label, text, |ui| {
            for (value, name) in choices {
                if drop_down::entry(ui, now == *value, *name).clicked() {
                    link.set_with_undo(param, *value);
                }
            }
        })
    });
}

fn number(ui: &mut Ui, link: Link, param: &IntParam, label: &str, most: i32, hint: &str) {
    let least = if param.default_plain_value() == 0 { 0 } else { 1 };
    let mut value = param.value();
    labelled(ui, [label, ""], hint, |ui| {
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
            link.set_with_undo(param, value);
        }
        response
    });
}

fn switch(ui: &mut Ui, link: Link, param: &BoolParam, label: &str, hint: &str) {
    let mut on = param.value();
    if ui.checkbox(&mut on, label).on_hover_text(hint).changed() {
        link.set_with_undo(param, on);
    }
}
