//! Passes the window's names and states to screen readers, and their actions to the window.
//!
//! egui describes each frame as a tree of AccessKit. [`ScreenReader`] hands the trees to a
//! [`Bridge`] of the operating system, if anyone wants them.
//!
//! * [`at_spi`] is the one of Linux. It begins with [`status`], which costs nothing while no
//!   assistive technology is in use, and keeps the library loaded, which has threads from then on.
//!   [`position`] says where the window is.
//! * [`ui_automation`] is the one of Windows.

#![cfg_attr(
    not(any(target_os = "linux", windows)),
    allow(dead_code, reason = "macOS has no bridge yet")
)]

#[cfg(target_os = "linux")]
mod at_spi;
#[cfg(target_os = "linux")]
mod position;
#[cfg(target_os = "linux")]
mod status;
#[cfg(test)]
mod tests;
#[cfg(windows)]
mod ui_automation;

use egui::accesskit::{ActionRequest, TreeUpdate};
use egui::{Context, Event, FullOutput, RawInput};
use nice_plug_egui::RepaintNotifier;
use nice_plug_egui::baseview::WindowContext;

#[cfg(target_os = "linux")]
use at_spi::AtSpi as SystemBridge;
#[cfg(windows)]
use ui_automation::UiAutomation as SystemBridge;

#[cfg(any(target_os = "linux", windows))]
use super::window_number::window_number;

/// What screen readers call the window.
const WINDOW_NAME: &str = "Unbraid";

/// Lets screen readers use the window in which `ctx` draws; `repaint` has it drawn.
#[cfg(any(target_os = "linux", windows))]
pub fn install(ctx: &Context, window: &WindowContext, repaint: &RepaintNotifier) {
    if let Some(bridge) = SystemBridge::new(window_number(window), repaint.clone()) {
        ctx.add_plugin(ScreenReader::new(bridge));
    }
}

/// macOS has no bridge yet.
#[cfg(not(any(target_os = "linux", windows)))]
pub fn install(_: &Context, _: &WindowContext, _: &RepaintNotifier) {}

/// The operating system's way to screen readers. All functions return at once.
trait Bridge: Send + Sync + 'static {
    /// Whether trees are wanted. Called before each frame.
    fn is_active(&mut self) -> bool;

    /// Shows a frame's tree to the screen readers.
    fn update(&mut self, tree: TreeUpdate);

    /// Says whether the window has the keyboard.
    fn set_focus(&mut self, has_focus: bool);

    /// What screen readers have requested since the last call.
    fn take_requests(&mut self) -> Vec<ActionRequest>;
}

/// Connects a window to a bridge, as a plugin of egui.
struct ScreenReader<B> {
    bridge: B,
    is_active: bool,
}

impl<B: Bridge> ScreenReader<B> {
    fn new(bridge: B) -> Self {
        Self { bridge, is_active: false }
    }
}

impl<B: Bridge> egui::Plugin for ScreenReader<B> {
    fn debug_name(&self) -> &'static str {
        "screen reader"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        // The input's own flag starts as true, whoever has the keyboard: only events count.
        for event in &input.events {
            if let Event::WindowFocused(has_focus) = event {
                self.bridge.set_focus(*has_focus);
            }
        }
        let is_active = self.bridge.is_active();
        if is_active != self.is_active {
            self.is_active = is_active;
            if is_active { ctx.enable_accesskit() } else { ctx.disable_accesskit() }
        }
        let requests = self.bridge.take_requests();
        input.events.extend(requests.into_iter().map(Event::AccessKitActionRequest));
    }

    fn output_hook(&mut self, _: &Context, output: &mut FullOutput) {
        let Some(mut tree) = output.platform_output.accesskit_update.take() else { return };
        let root = tree.tree.as_ref().map(|tree| tree.root);
        if let Some((_, window)) = tree.nodes.iter_mut().find(|(id, _)| Some(*id) == root) {
            window.set_label(WINDOW_NAME);
        }
        self.bridge.update(tree);
    }
}
