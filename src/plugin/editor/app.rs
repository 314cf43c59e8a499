//! Draws a frame of the window: takes in new data, then draws every part from top to bottom.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use atomic_float::AtomicF32;
use egui::{
    Align2, Area, CentralPanel, Color32, CursorIcon, Frame, Id, Key, Margin, Modifiers, Panel,
    Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2, ViewportCommand, vec2,
};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::resizable_window::paint_resize_corner;
use nice_plug_egui::{NiceEguiApp, RepaintNotifier};

use super::components::sounds::ComponentList;
use super::files::dialog_parent::DialogParent;
use super::files::drop;
use super::focus::FocusHistory;
use super::fonts::WindowFonts;
use super::guide::error;
use super::link::Link;
use super::pictures::{Separated, Spectrograms};
use super::spectrogram_history::{MixerView, SpectrogramHistory};
use super::view::View;
use super::widgets::scroll_to_focus::scroll_to_focus;
use super::window_number::window_number;
use super::{components, guide, header, help, learn, mixer, record, screen_reader, theme};
use crate::dsp::ChannelGains;
use crate::plugin::audio_thread::controls::STRIPS;
use crate::plugin::audio_thread::status::WorkerTask;
use crate::plugin::hub::Hub;
use crate::plugin::params::{ParamIndex, PluginParams};
use crate::plugin::preferences::Preferences;
use crate::plugin::real_time::lock;
use crate::plugin::window_state::{MIN_SIZE, WindowState, min_size};

/// Time between two frames while audio arrives, and while none does.
const LIVE: Duration = Duration::from_millis(16);
const STILL: Duration = Duration::from_millis(100);

/// Audio arrives in pieces longer than a frame: after this long without one, it has stopped.
const ENDED: Duration = Duration::from_millis(500);

/// Leaves some processor time to others.
const MIN_WAIT: Duration = Duration::from_millis(2);

/// The window's contents.
pub struct App {
    hub: Arc<Hub>,
    params: Arc<PluginParams>,
    index: Arc<ParamIndex>,
    view: Arc<Mutex<View>>,
    context: Option<GuiContext>,
    repaint: RepaintNotifier,
    history: SpectrogramHistory,
    pictures: Spectrograms,
    sounds: ComponentList,
    scale: Arc<AtomicF32>,
    /// The initial window state, and the one applied last.
    first_window_state: WindowState,
    shown: Option<WindowState>,
    preferences: Preferences,
    fonts: WindowFonts,
    focus: FocusHistory,
    /// Whether the user chose a zoom or theme in this window.
    chosen: bool,
    pace: Pace,
    /// When audio last arrived.
    sounded: Option<Instant>,
}

/// Spaces frames evenly, however long one takes to draw.
struct Pace {
    last: Instant,
    waited: Duration,
    /// Time that drawing and painting the last frame took.
    work: Duration,
}

impl Pace {
    fn began(&mut self) {
        let now = Instant::now();
        self.work = (now - self.last).saturating_sub(self.waited);
        self.last = now;
    }

    fn next(&mut self, ctx: &egui::Context, period: Duration) {
        self.waited = period.saturating_sub(self.work).max(MIN_WAIT);
        ctx.request_repaint_after(self.waited);
    }
}

impl App {
    pub fn new(
        hub: Arc<Hub>,
        params: Arc<PluginParams>,
        view: Arc<Mutex<View>>,
        scale: Arc<AtomicF32>,
        first_window_state: WindowState,
        preferences: Preferences,
        fonts: WindowFonts,
    ) -> Self {
        Self {
            hub,
            index: Arc::new(ParamIndex::new(&*params)),
            params,
            view,
            context: None,
            repaint: RepaintNotifier::new(),
            history: SpectrogramHistory::default(),
            pictures: Spectrograms::default(),
            sounds: ComponentList::default(),
            scale,
            first_window_state,
            shown: None,
            preferences,
            fonts,
            focus: FocusHistory::default(),
            chosen: false,
            pace: Pace { last: Instant::now(), waited: STILL, work: Duration::ZERO },
            sounded: None,
        }
    }

    /// With it, other threads have the window drawn.
    pub fn repaint_notifier(&self) -> RepaintNotifier {
        self.repaint.clone()
    }

    /// Called when the window has opened.
    pub fn open(&mut self, ctx: &egui::Context, context: GuiContext) {
        theme::install(ctx);
        self.fonts.install(ctx);
        // The zoom is part of the window state, which the project keeps.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        self.context = Some(context);
        self.hub.feed.watch(true);
        lock(&self.view).clip_spectrograms.forget_picture();
    }

    fn window_state(&self) -> WindowState {
        self.hub.window.get().unwrap_or(self.first_window_state)
    }

    /// Draws a frame.
    pub fn draw(&mut self, ui: &mut Ui) {
        let Some(context) = self.context.clone() else { return };
        self.pace.began();
        self.fonts.follow(ui.ctx());
        let (hub, params, view) = (self.hub.clone(), self.params.clone(), self.view.clone());
        let mut view = lock(&view);
        let index = self.index.clone();
        let link = Link::new(&hub, &params, &index, &context);
        view.refresh(link);
        // Hosts learn of changed parameters only by themselves.
        #[cfg(patched_framework)]
        if hub.project.take_unsaved() {
            context.mark_dirty();
        }
        if self.history.update(&self.hub, &mixer_view(ui, link, &view), &view.project) {
            self.sounded = Some(Instant::now());
        }
        let live = self.sounded.is_some_and(|last| last.elapsed() < ENDED);
        let mut window_state = self.window_state();
        self.focus.follow(ui.ctx());
        keys(ui, link);
        help::show(ui, &mut view);
        let room = ui.available_size();
        let least: Vec2 = MIN_SIZE.into();
        if room.x + 0.5 >= least.x && room.y + 0.5 >= least.y {
            self.parts(ui, link, &mut view, &mut window_state);
        } else {
            // The zoom may exceed the size of the window.
            ScrollArea::both().auto_shrink(false).show(ui, |ui| {
                let (rect, _) = ui.allocate_exact_size(room.max(least), Sense::hover());
                let mut ui = ui.new_child(UiBuilder::new().max_rect(rect));
                self.parts(&mut ui, link, &mut view, &mut window_state);
                scroll_to_focus(&ui);
            });
            floating_zoom(ui, &mut window_state);
        }
        self.follow(ui, window_state);
        let soon = live || link.is_recording() || view.task.is_some_and(|(d, _)| is_busy(d));
        self.pace.next(ui.ctx(), if soon { LIVE } else { STILL });
    }

    fn parts(&mut self, ui: &mut Ui, link: Link, view: &mut View, window_state: &mut WindowState) {
        let fill = theme::colors(ui).panel;
        let band = |top: i8, bottom: i8| {
            Frame::new().fill(fill).inner_margin(Margin { left: 12, right: 12, top, bottom })
        };
        let (history, sounds) = (&self.history, &mut self.sounds);
        Panel::top("header").frame(band(8, 6)).show_separator_line(false).show(ui, |ui| {
            header::show(ui, link, view, window_state);
        });
        Panel::top("guide").frame(band(0, 6)).show_separator_line(false).show(ui, |ui| {
            guide::show(ui, link, view);
        });
        Panel::top("record").frame(band(2, 4)).show_separator_line(false).show(ui, |ui| {
            record::show(ui, link, view);
        });
        Panel::top("learn").frame(band(2, 6)).show_separator_line(false).show(ui, |ui| {
            learn::show(ui, link, view);
        });
        if let Some(error) = error::newest(link) {
            Panel::top("error").frame(band(0, 6)).show_separator_line(false).show(ui, |ui| {
                error::show(ui, link, &error);
            });
        }
        Panel::bottom("mixer").frame(band(6, 10)).show_separator_line(false).show(ui, |ui| {
            mixer::show(ui, link, view, history);
        });
        if view.unfolded.is_some() {
            Panel::right("components").default_size(440.0).frame(band(0, 0)).show(ui, |ui| {
                components::show(ui, link, view, history, sounds);
            });
        }
        let pictures = &mut self.pictures;
        let separated = match &view.project.dictionary {
            None => Separated::NothingLearned,
            Some(_) if view.project.awaits_rest() => Separated::NotYet,
            Some(_) => Separated::Yes,
        };
        CentralPanel::no_frame()
            .frame(band(0, 0))
            .show(ui, |ui| pictures.show(ui, history, separated));
        drop::show(ui, link, view);
        corner(ui);
    }

    /// Applies the window state.
    fn follow(&mut self, ui: &Ui, window_state: WindowState) {
        if self.shown == Some(window_state) {
            return;
        }
        let first = self.shown.replace(window_state).is_none();
        let theme = if window_state.dark { egui::Theme::Dark } else { egui::Theme::Light };
        ui.ctx().set_theme(theme);
        ui.ctx().set_zoom_factor(window_state.zoom);
        if !first {
            self.hub.window.set(Some(window_state));
            self.chosen = true;
            self.preferences.keep(window_state);
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.hub.feed.watch(false);
        let mut view = lock(&self.view);
        view.drag = None;
        if let Some(typed) = view.typed_name.take() {
            let _ = typed.commit(&self.hub);
        }
        drop(view);
        if self.chosen {
            // The size that goes with the zoom may have arrived after it.
            self.preferences.keep(self.window_state());
        }
    }
}

impl NiceEguiApp for App {
    fn build(
        &mut self,
        ctx: egui::Context,
        context: GuiContext,
        frame: &mut nice_plug_egui::Frame,
    ) -> Result<(), HandlerError> {
        let scale = frame.baseview_window().size().scale_factor;
        self.scale.store(scale as f32, Ordering::Relaxed);
        {
            let mut view = lock(&self.view);
            view.dialog_parent = DialogParent::of(frame.baseview_window());
            view.own_window = window_number(frame.baseview_window());
        }
        self.open(&ctx, context);
        screen_reader::install(&ctx, frame.baseview_window(), &self.repaint);
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut nice_plug_egui::Frame) {
        self.draw(ui);
    }

    fn resized(&mut self, size: WindowSize) {
        let mut window_state = self.window_state();
        window_state.width = size.logical.width as f32 * window_state.zoom;
        window_state.height = size.logical.height as f32 * window_state.zoom;
        self.scale.store(size.scale_factor as f32 / window_state.zoom, Ordering::Relaxed);
        if self.hub.window.get() != Some(window_state) {
            self.hub.window.set(Some(window_state));
            if let Some(shown) = &mut self.shown {
                (shown.width, shown.height) = (window_state.width, window_state.height);
            }
        }
    }
}

fn is_busy(task: WorkerTask) -> bool {
    task != WorkerTask::Nothing
}

/// Ctrl + Z undoes, unless it is for the text that is being typed. F1 opens the help. All other
/// keys are the host's.
fn keys(ui: &Ui, link: Link) {
    let free = !ui.ctx().text_edit_focused();
    let (undo, redo) = ui.input_mut(|input| {
        let both = Modifiers::COMMAND | Modifiers::SHIFT;
        // The longer shortcut first: it contains the shorter one.
        let redo = free && input.consume_key(both, Key::Z);
        (free && input.consume_key(Modifiers::COMMAND, Key::Z), redo)
    });
    if undo {
        link.undo();
    }
    if redo {
        link.redo();
    }
}

/// The zoom control, always within reach above contents that scroll.
fn floating_zoom(ui: &Ui, window_state: &mut WindowState) {
    let corner = Area::new(Id::unique("zoom in reach")).anchor(Align2::RIGHT_TOP, vec2(-14.0, 6.0));
    corner.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| header::zoom(ui, window_state))
    });
}

/// A drag of this many points should have changed the size.
const NOTICED: f32 = 20.0;

/// The corner is hidden after this many drags without effect.
const MAX_FAILED_DRAGS: u8 = 2;

/// The corner for resizing the window, for hosts without a frame for it.
fn corner(ui: &mut Ui) {
    let window = ui.ctx().content_rect();
    let rect = Rect::from_min_max(window.max - Vec2::splat(16.0), window.max);
    let id = ui.scope_id().with("corner");
    // Number of drags without effect: some hosts resize windows only by their own frame.
    let failed = id.with("failed drags");
    let failed_drags = ui.data(|data| data.get_temp::<u8>(failed)).unwrap_or_default();
    if failed_drags >= MAX_FAILED_DRAGS {
        return;
    }
    // There is nothing to do there with the keyboard.
    let response = ui.interact(rect, id, Sense::DRAG).on_hover_cursor(CursorIcon::ResizeNwSe);
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(id, window.size()));
    }
    if let (true, Some(total)) = (response.dragged(), response.total_drag_delta()) {
        let start: Vec2 = ui.data(|data| data.get_temp(id)).unwrap_or(window.size());
        let zoom = ui.ctx().zoom_factor();
        let least = Vec2::from(min_size(zoom)) / zoom;
        let size = (start + total).max(least);
        ui.send_viewport_cmd(ViewportCommand::InnerSize(size));
        let asked = (size - start).length() > NOTICED;
        ui.data_mut(|data| data.insert_temp(id.with("asked"), asked));
    }
    let asked = || ui.data(|data| data.get_temp::<bool>(id.with("asked"))).unwrap_or_default();
    if response.drag_stopped() && asked() {
        let start: Option<Vec2> = ui.data(|data| data.get_temp(id));
        let now = if start == Some(window.size()) { failed_drags + 1 } else { 0 };
        ui.data_mut(|data| data.insert_temp(failed, now));
    }
    paint_resize_corner(ui, &response);
    response.on_hover_text("Drag to resize the window");
}

/// The mixer's settings, for the pictures.
fn mixer_view(ui: &Ui, link: Link, view: &View) -> MixerView {
    let silence = theme::colors(ui).silence;
    let mut controls = link.params.controls();
    link.hub.status.held_notes().apply(&mut controls);
    let mut colors = [Color32::GRAY; STRIPS];
    let used_strips = view.used_strips();
    // Until the rest is known, the instruments get all of the song: grey, as nothing is told
    // apart yet.
    let awaited = view.project.awaits_rest();
    for used in &used_strips {
        let color = if awaited { Color32::GRAY } else { used.color };
        colors[used.strip] = theme::ink(color, silence);
    }
    let learned = view.project.dictionary.is_some();
    let has_source = |strip| used_strips.iter().any(|used| used.strip == strip);
    let channels = link.hub.status.channels();
    let gains = controls.main_gains(has_source, learned, channels).map(ChannelGains::in_the_middle);
    let component = controls.main_component(learned);
    let strengths = controls.strips.map(|strip| strip.strength);
    MixerView { colors, silence, gains, strengths, component }
}
