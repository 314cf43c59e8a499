//! Values that are read, by eye or by a screen reader, and therefore do not change in every frame.

use egui::{Id, Ui};

/// How long a value stays.
const STAYS_S: f64 = 0.5;

/// A value that was measured at most [`STAYS_S`] ago; `id` is unique in the window.
pub fn value<T: Clone + Send + Sync + 'static>(
    ui: &Ui,
    id: &'static str,
    measure: impl FnOnce() -> T,
) -> T {
    let id = Id::unique(("steady", id));
    let now_s = ui.input(|input| input.time);
    let before: Option<(f64, T)> = ui.data(|data| data.get_temp(id));
    match before {
        Some((since_s, value)) if (0.0..STAYS_S).contains(&(now_s - since_s)) => value,
        _ => {
            let value = measure();
            ui.data_mut(|data| data.insert_temp(id, (now_s, value.clone())));
            value
        }
    }
}
