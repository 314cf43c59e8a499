//! The header: mode with its latency, CPU load, sample rate, undo, A/B, zoom, theme, help.

use std::sync::atomic::Ordering;

use egui::{ComboBox, RichText, Ui};

use super::files::menus;
use super::link::{Link, STOP_FIRST};
use super::view::View;
use super::widgets::{context_menu, drop_down, ends, keys, steady};
use super::{help, theme};
use crate::frames::Mode;
use crate::plugin::choices::EvenLoad;
use crate::plugin::hub::Hub;
use crate::plugin::latency_text::{latency_samples, mode_name};
use crate::plugin::window_state::{WindowState, ZOOMS};

/// Height that fits all zooms.
const ZOOM_LIST: f32 = 320.0;

/// Width of the CPU load.
const LOAD: f32 = 60.0;

/// Width from which everything fits between the name and the buttons.
const ROOMY: f32 = 324.0;

pub fn show(ui: &mut Ui, link: Link, view: &mut View, window_state: &mut WindowState) {
    let colors = theme::colors(ui);
    let left = |ui: &mut Ui| {
        let version = env!("CARGO_PKG_VERSION");
        let name = ui.label(RichText::new("Unbraid").strong().size(18.0));
        name.on_hover_text(format!("Unbraid {version}"));
        let roomy = ui.available_width() > ROOMY;
        if roomy {
            ui.label(RichText::new(version).small().color(colors.dim));
        }
        ui.add_space(6.0);
        mode(ui, link);
        let [load, rate] = steady::value(ui, "facts", || facts(link));
        let shown = if roomy { format!("{load}   {rate}") } else { load };
        if ui.available_width() > LOAD {
            ui.label(RichText::new(shown).color(colors.dim))
                .on_hover_text(format!("CPU load of this instance. Your project runs at {rate}."));
        }
    };
    ends::show(ui, "header", left, |ui| {
        menus::files(ui, link, view);
        ui.separator();
        history(ui, link);
        ui.separator();
        versions(ui, link);
        ui.separator();
        appearance(ui, window_state);
        help::button(ui, view);
    });
}

fn mode_label(mode: Mode, hub: &Hub) -> String {
    let sample_rate_hz = hub.status.sample_rate_hz();
    let samples = latency_samples(mode, sample_rate_hz, hub.engines.spreads(mode));
    let ms = samples as f64 * 1000.0 / f64::from(sample_rate_hz);
    format!("{} · {ms:.0} ms latency", mode_name(mode))
}

fn mode(ui: &mut Ui, link: Link) {
    let asked = link.hub.engines.requested_mode();
    let label = mode_label(asked, link.hub);
    let list = ComboBox::from_id_salt("mode").width(170.0).selected_text(&label);
    drop_down::show(ui, list, |ui| {
        for (index, mode) in Mode::ALL.into_iter().enumerate() {
            let entry = drop_down::entry(ui, mode == asked, mode_label(mode, link.hub));
            if entry.clicked() && mode != asked {
                link.set_with_undo(link.params.mode_param(), index as i32);
            }
        }
        ui.separator();
        even_load(ui, link);
    })
    .accessible_name(format!("Mode: {label}"))
    .on_hover_text(
        "Mode, and its latency, which your host compensates. Choose Live to play through \
             Unbraid. Changing the mode learns again in the background.",
    );
}

/// Next to the mode, since it also costs latency.
fn even_load(ui: &mut Ui, link: Link) {
    ui.label(RichText::new("Even out the CPU load").small()).on_hover_text(
        "Spreads the work evenly over short audio buffers, for a little more latency: fewer \
         drop-outs with small buffers. Auto turns it on with Best sound.",
    );
    let even = &link.params.even_load;
    ui.horizontal(|ui| {
        let choices =
            [(EvenLoad::Auto, "Auto"), (EvenLoad::Always, "On"), (EvenLoad::Never, "Off")];
        for (choice, name) in choices {
            let chosen = even.value() == choice;
            if drop_down::entry(ui, chosen, name).clicked() && !chosen {
                link.set_with_undo(even, choice);
            }
        }
    });
}

fn facts(link: Link) -> [String; 2] {
    let status = &link.hub.status;
    let khz = f64::from(status.sample_rate_hz()) / 1000.0;
    let load = status.load.load(Ordering::Relaxed) * 100.0;
    [format!("CPU {load:.0} %"), format!("{khz} kHz")]
}

/// Steps in the lists of undo and redo steps.
const LISTED_STEPS: usize = 12;

fn history(ui: &mut Ui, link: Link) {
    let free = !link.is_recording();
    let why = |what: &str| match free {
        true => format!("There is nothing to {}", what.to_lowercase()),
        false => STOP_FIRST.to_string(),
    };
    let (can_undo, can_redo) = link.hub.project.can_undo_redo();
    let undo = ui.add_enabled(free && can_undo, egui::Button::new("Undo"));
    let keys = keys::command(ui.ctx(), "Z");
    let names = || link.step_names()[0].clone();
    steps(undo, "Undo", [&keys, &why("Undo")], names, || link.undo());
    let redo = ui.add_enabled(free && can_redo, egui::Button::new("Redo"));
    let keys = keys::command(ui.ctx(), "Shift + Z");
    let names = || link.step_names()[1].clone();
    steps(redo, "Redo", [&keys, &why("Redo")], names, || link.redo());
}

/// Takes one step, or as many as are chosen in its context menu.
/// `keys` do the same; `why` says why it cannot be done, if it cannot.
fn steps(
    button: egui::Response,
    what: &str,
    [keys, why]: [&str; 2],
    names: impl Fn() -> Vec<String>,
    take: impl Fn(),
) {
    if button.clicked() {
        take();
    }
    let next = || names().into_iter().next().unwrap_or_default();
    if button.ctx.has_accesskit_node(button.id) {
        let description = match button.enabled() {
            true => format!("{what}: {} ({keys})", next()),
            false => why.to_string(),
        };
        button.ctx.accesskit_node_builder(button.id, |node| node.set_description(description));
    }
    let button = button.on_disabled_hover_text(why);
    let button = button.on_hover_ui(|ui| {
        let next = next();
        ui.label(format!("{what}: {next} ({keys}). Right-click or Shift + F10: a list of steps."));
    });
    let listed = || {
        let names = names().into_iter().take(LISTED_STEPS);
        names.map(|name| format!("{what}: {name}")).collect()
    };
    if let Some(place) = context_menu::show(&button, listed) {
        (0..=place).for_each(|_| take());
    }
}

fn versions(ui: &mut Ui, link: Link) {
    let b_is_active = link.hub.project.is_b_active();
    let free = !link.is_recording();
    let a = ui.add_enabled(free, egui::Button::selectable(!b_is_active, "A"));
    let b = ui.add_enabled(free, egui::Button::selectable(b_is_active, "B"));
    let named = |button: egui::Response, name| {
        button.accessible_name(name).on_disabled_hover_text(STOP_FIRST)
    };
    let [a, b] = [named(a, "Version A"), named(b, "Version B")];
    let hint = "Two versions of the mixer and the learned instruments, to compare. Your project keeps \
                both";
    let to_a = a.on_hover_text(hint).clicked() && b_is_active;
    let to_b = b.on_hover_text(hint).clicked() && !b_is_active;
    if to_a || to_b {
        link.switch_version();
    }
}

fn appearance(ui: &mut Ui, window_state: &mut WindowState) {
    zoom(ui, window_state);
    let (sign, hint) =
        if window_state.dark { ("Light", "Light theme") } else { ("Dark", "Dark theme") };
    if ui.button(sign).accessible_name(hint).on_hover_text(hint).clicked() {
        window_state.dark = !window_state.dark;
    }
}

/// Sets the size of everything.
pub fn zoom(ui: &mut Ui, window_state: &mut WindowState) {
    let label = format!("{:.0} %", window_state.zoom * 100.0);
    let list = ComboBox::from_id_salt("zoom").width(64.0).height(ZOOM_LIST).selected_text(&label);
    drop_down::show(ui, list, |ui| {
        for zoom in ZOOMS {
            let chosen = zoom == window_state.zoom;
            if drop_down::entry(ui, chosen, format!("{:.0} %", zoom * 100.0)).clicked() {
                window_state.zoom = zoom;
            }
        }
    })
    .accessible_name(format!("Zoom: {label}"))
    .on_hover_text("Zoom");
}
