//! What screen readers ask of a control that has a number.

use egui::accesskit::{Action, ActionData};
use egui::{Id, Ui, accesskit};

/// Tells screen readers that they can ask.
pub fn allow(node: &mut accesskit::Node) {
    for action in [Action::Increment, Action::Decrement, Action::SetValue] {
        node.add_action(action);
    }
}

/// The steps that are asked for.
pub fn steps(ui: &Ui, id: Id) -> f32 {
    ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(id, action) as f32;
        count(Action::Increment) - count(Action::Decrement)
    })
}

/// The number that is asked for.
pub fn number(ui: &Ui, id: Id) -> Option<f64> {
    ui.input(|input| {
        let values = input.accesskit_action_requests(id, Action::SetValue);
        let numbers = values.filter_map(|request| match request.data {
            Some(ActionData::NumericValue(number)) => Some(number).filter(|x| x.is_finite()),
            _ => None,
        });
        numbers.last()
    })
}
