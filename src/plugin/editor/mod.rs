//! The window.
//!
//! * [`app`] lays it out and draws a frame; [`link`] is its access to the plugin's parameters
//!   and hub, [`view`] the state that it keeps while closed.
//! * From top to bottom: [`header`], [`guide`], [`record`], [`learn`], the newest error,
//!   [`pictures`], [`components`], [`mixer`]. [`files`] loads, saves and exports; [`drag_out`]
//!   hands a recording or a stem to another window.
//! * [`history`] turns what the audio thread publishes into columns of pixels and
//!   levels.
//! * [`screen_reader`] passes names and states to screen readers, and their actions back.
//! * [`theme`] has the colours, [`widgets`] small elements shared by several parts;
//!   [`mod@system_scale`] finds the number of pixels per point, [`fonts`] what egui's own fonts
//!   lack.

mod app;
mod components;
mod drag_out;
mod files;
mod focus;
mod fonts;
mod guide;
mod header;
mod help;
mod late_blocks;
mod learn;
mod link;
mod mixer;
mod pictures;
mod record;
mod screen_reader;
mod spectrogram_history;
mod system_scale;
#[cfg(test)]
mod tests;
mod theme;
mod view;
mod widgets;
mod window_number;

use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock};

use atomic_float::AtomicF32;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize, Size};
use nice_plug::editor::{EditorHandle, HostMethods, ResizeHint, SpawnedEditor};
use nice_plug::prelude::{Editor, ParentWindowHandle};
use nice_plug_egui::{
    EguiEditor, EguiEditorHandle, EguiEditorState, EguiNiceSettings, GraphicsConfig,
    create_egui_editor,
};
use std::sync::atomic::Ordering;

use super::hub::Hub;
use super::params::PluginParams;
use super::preferences::Preferences;
use super::window_state::{WindowState, ZOOMS, min_size};
use app::App;
use fonts::{FontSearch, WindowFonts};
use system_scale::system_scale;
use view::View;

/// Opens the window, any number of times.
pub struct WindowEditor {
    hub: Arc<Hub>,
    params: Arc<PluginParams>,
    /// The state that the window keeps while it is closed.
    view: Arc<Mutex<View>>,
    /// Pixels per point, as the system last reported to a window; 0 before.
    scale: Arc<AtomicF32>,
    /// Pixels per point before there is a window: queried once.
    first_scale: OnceLock<f32>,
    preferences: Preferences,
    /// The window state for a project without one: read once.
    first_window_state: OnceLock<WindowState>,
    fonts: Arc<FontSearch>,
}

impl WindowEditor {
    pub fn new(hub: Arc<Hub>, params: Arc<PluginParams>, preferences: Preferences) -> Self {
        let scale = Arc::new(AtomicF32::new(0.0));
        let (view, first_scale, first_window_state) = Default::default();
        let fonts = FontSearch::of_the_system();
        Self { hub, params, view, scale, first_scale, preferences, first_window_state, fonts }
    }

    fn window_state(&self) -> WindowState {
        let first = || {
            *self
                .first_window_state
                .get_or_init(|| self.preferences.window_state().unwrap_or_default())
        };
        self.hub.window.get().unwrap_or_else(first).sane()
    }

    fn app(&self) -> App {
        let (hub, params, view) = (self.hub.clone(), self.params.clone(), self.view.clone());
        App::new(
            hub,
            params,
            view,
            self.scale.clone(),
            self.window_state(),
            self.preferences.clone(),
            WindowFonts::new(self.fonts.clone()),
        )
    }

    /// An editor for one opening: the framework's own cannot change its size once created.
    fn editor(&self) -> Result<EguiEditor<App>, Box<dyn Error>> {
        let window_state = self.window_state();
        let size = LogicalSize::new(
            window_state.width / window_state.zoom,
            window_state.height / window_state.zoom,
        );
        let state = EguiEditorState::from_size(Size::from(size), window_state.zoom);
        // Dithering is for gradients; there are none, and it would take time for every pixel.
        let graphics = GraphicsConfig { dithering: false, ..GraphicsConfig::default() };
        let settings = EguiNiceSettings::new()
            .with_tile("Unbraid")
            .with_graphics_config(graphics)
            .with_resize_hint(resize_hint(ZOOMS[0]));
        let app = self.app();
        create_egui_editor(state, app.repaint_notifier(), settings, app)
            .ok_or_else(|| "the window could not be made".into())
    }
}

impl Editor for WindowEditor {
    type Handle = WindowHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<WindowHandle>, Box<dyn Error>> {
        let spawned = self.editor()?.spawn(
            parent,
            wait_for_parent,
            fallback_scale_factor,
            gui_context,
            host,
        )?;
        let first_zoom = self.window_state().zoom;
        let (hub, scale) = (self.hub.clone(), self.scale.clone());
        let handle = WindowHandle { handle: spawned.handle, hub, scale, first_zoom };
        Ok(SpawnedEditor { handle, window: spawned.window })
    }

    fn size(&self) -> NativeSize<u32> {
        let window_state = self.window_state();
        let size = LogicalSize::new(window_state.width, window_state.height);
        let known = Some(self.scale.load(Ordering::Relaxed)).filter(|scale| *scale > 0.0);
        let first = || *self.first_scale.get_or_init(|| system_scale().unwrap_or(1.0));
        let scale = known.unwrap_or_else(first);
        NativeSize::from_size(Size::from(size), f64::from(scale))
    }

    fn resize_hint(&self) -> ResizeHint {
        resize_hint(self.window_state().zoom)
    }
}

/// The sizes that a host may give the window.
fn resize_hint(zoom: f32) -> ResizeHint {
    let [width, height] = min_size(zoom);
    ResizeHint::resizable().with_min_logical_size(LogicalSize::new(width, height))
}

/// An open window; dropping it ends publishing for it.
pub struct WindowHandle {
    handle: EguiEditorHandle,
    hub: Arc<Hub>,
    /// See [`WindowEditor::scale`].
    scale: Arc<AtomicF32>,
    /// Used as long as the project has no zoom.
    first_zoom: f32,
}

impl Drop for WindowHandle {
    fn drop(&mut self) {
        self.hub.feed.watch(false);
    }
}

impl EditorHandle for WindowHandle {
    type Window = <EguiEditorHandle as EditorHandle>::Window;
    type Error = <EguiEditorHandle as EditorHandle>::Error;

    fn run_until_closed(window: Self::Window) -> Result<(), Self::Error> {
        EguiEditorHandle::run_until_closed(window)
    }

    fn set_parent(
        &self,
        parent: ParentWindowHandle,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        self.handle.set_parent(parent, window)
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.handle.show(window)
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.handle.hide(window)
    }

    fn set_size(&self, size: NativeSize<u32>, window: &Self::Window) -> Result<(), Self::Error> {
        self.handle.set_size(size, window)
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        self.handle.host_main_thread_callback(window);
    }

    fn adjust_size(&self, size: NativeSize<u32>, window: &Self::Window) -> Option<NativeSize<u32>> {
        // The framework's own answer uses the zoom at opening.
        let zoom = self.hub.window.get().map_or(self.first_zoom, |window_state| window_state.zoom);
        let now = window.size();
        let present = NativeSize::from_logical_or_physical(now.logical, now.physical);
        Some(resize_hint(zoom).adjust_size(size, present, now.scale_factor))
    }

    fn set_fallback_scale_factor(
        &self,
        scale_factor: f64,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        self.handle.set_fallback_scale_factor(scale_factor, window)?;
        let system = system_scale();
        if cfg!(windows) && system.is_some() {
            // The window ignores the host, and knows the scale of the screen that it is on.
            return Ok(());
        }
        // Hosts query the size next, before the window has been informed.
        self.scale.store(system.unwrap_or(scale_factor as f32), Ordering::Relaxed);
        Ok(())
    }

    fn state_changed(&self) {
        self.handle.state_changed();
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.handle.param_value_changed(id, normalized_value);
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.handle.param_modulation_changed(id, modulation_offset);
    }
}
