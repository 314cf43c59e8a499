//! A source's colour: a mark that opens a palette.

use egui::{Color32, CornerRadius, Popup, Rect, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use crate::dictionary::PALETTE;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::project::Project;

/// Colours per row of the palette.
const PER_ROW: usize = 8;

/// Size of a colour in the palette.
const SWATCH: Vec2 = vec2(30.0, 24.0);

/// Draws an instrument's mark, of the given `size` and with round corners; clicking it opens
/// a choice of colours.
pub fn mark(
    ui: &mut Ui,
    link: Link,
    instrument: usize,
    name: &str,
    hex: &str,
    size: Vec2,
    round: u8,
) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Colour of {name}")));
    draw(ui, rect, theme::source_color(hex), round, &response);
    let response = response.on_hover_text("Choose this instrument's colour");
    Popup::menu(&response).show(|ui| {
        for row in PALETTE.chunks(PER_ROW) {
            ui.horizontal(|ui| {
                for &(color, word) in row {
                    if swatch(ui, color, word, color == hex) {
                        let set = |project: &mut Project| {
                            project.instruments[instrument].color = color.to_string();
                        };
                        link.hub.project.edit(set);
                        ui.close();
                    }
                }
            });
        }
    });
}

fn swatch(ui: &mut Ui, hex: &str, word: &str, chosen: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(SWATCH, Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, chosen, word));
    draw(ui, rect, theme::source_color(hex), 4, &response);
    if chosen {
        let stroke = Stroke::new(2.0, theme::colors(ui).text);
        ui.painter().rect_stroke(rect, CornerRadius::same(4), stroke, egui::StrokeKind::Inside);
    }
    response.on_hover_text(word).clicked()
}

fn draw(ui: &Ui, rect: Rect, color: Color32, round: u8, response: &egui::Response) {
    ui.painter().rect_filled(rect, CornerRadius::same(round), color);
    if response.hovered() || response.has_focus() {
        let stroke = Stroke::new(1.5, theme::colors(ui).text);
        let around = rect.expand(1.5);
        ui.painter().rect_stroke(
            around,
            CornerRadius::same(round),
            stroke,
            egui::StrokeKind::Outside,
        );
    }
}
