//! A window that is used through a bridge without a screen reader behind it.

use std::sync::{Arc, Mutex};

use egui::accesskit::{Action, ActionRequest, Node, Toggled, TreeId, TreeUpdate};
use egui::{Context, Event, RawInput};

use super::{Bridge, ScreenReader};
use crate::plugin::real_time::lock;

/// What a screen reader requests, and what it has received.
#[derive(Default)]
struct Reader {
    is_active: bool,
    requests: Vec<ActionRequest>,
    trees: Vec<TreeUpdate>,
    focus: Vec<bool>,
}

#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Reader>>);

impl Bridge for Recorded {
    fn is_active(&mut self) -> bool {
        lock(&self.0).is_active
    }

    fn update(&mut self, tree: TreeUpdate) {
        lock(&self.0).trees.push(tree);
    }

    fn set_focus(&mut self, has_focus: bool) {
        lock(&self.0).focus.push(has_focus);
    }

    fn take_requests(&mut self) -> Vec<ActionRequest> {
        std::mem::take(&mut lock(&self.0).requests)
    }
}

/// A window with one switch, and its reader.
struct Window {
    ctx: Context,
    reader: Recorded,
    is_on: bool,
}

impl Window {
    fn new() -> Self {
        let (ctx, reader) = (Context::default(), Recorded::default());
        ctx.add_plugin(ScreenReader::new(reader.clone()));
        Self { ctx, reader, is_on: false }
    }

    fn draw(&mut self, events: &[Event]) {
        let input = RawInput { events: events.to_vec(), ..RawInput::default() };
        let is_on = &mut self.is_on;
        let mut output = self.ctx.run_ui(input, |ui| {
            ui.checkbox(is_on, "Even load");
        });
        // Nothing paints it.
        output.textures_delta.clear();
    }

    /// What was received since the last call: the number of trees, and the last one's nodes.
    fn received(&self) -> (usize, Vec<(egui::accesskit::NodeId, Node)>) {
        let trees = std::mem::take(&mut lock(&self.reader.0).trees);
        (trees.len(), trees.into_iter().next_back().map(|tree| tree.nodes).unwrap_or_default())
    }
}

#[test]
fn trees_are_made_only_while_someone_reads_them() {
    let mut window = Window::new();
    window.draw(&[]);
    assert_eq!(window.received().0, 0);
    lock(&window.reader.0).is_active = true;
    window.draw(&[]);
    let (count, nodes) = window.received();
    assert_eq!(count, 1);
    let has = |name: &str| nodes.iter().any(|(_, node)| node.label() == Some(name));
    assert!(has("Even load") && has("Unbraid"), "{nodes:?}");
    lock(&window.reader.0).is_active = false;
    window.draw(&[]);
    assert_eq!(window.received().0, 0);
}

#[test]
fn what_a_screen_reader_requests_happens() {
    let mut window = Window::new();
    lock(&window.reader.0).is_active = true;
    window.draw(&[]);
    let (_, nodes) = window.received();
    let (switch, node) =
        nodes.iter().find(|(_, node)| node.label() == Some("Even load")).expect("no switch");
    assert_eq!(node.toggled(), Some(Toggled::False));
    let click = |action| ActionRequest {
        action,
        target_tree: TreeId::ROOT,
        target_node: *switch,
        data: None,
    };
    lock(&window.reader.0).requests.push(click(Action::Click));
    window.draw(&[]);
    assert!(window.is_on, "it was not pressed");
    window.draw(&[]);
    let (_, nodes) = window.received();
    let switch = nodes.iter().find(|(id, _)| id == switch).map(|(_, node)| node.toggled());
    assert_eq!(switch, Some(Some(Toggled::True)));
    assert!(lock(&window.reader.0).requests.is_empty(), "it is pressed again");
}

#[test]
fn only_events_say_who_has_the_keyboard() {
    let mut window = Window::new();
    window.draw(&[]);
    assert!(lock(&window.reader.0).focus.is_empty());
    window.draw(&[Event::WindowFocused(true)]);
    window.draw(&[]);
    window.draw(&[Event::WindowFocused(false)]);
    assert_eq!(lock(&window.reader.0).focus, [true, false]);
}
