//! Colours and sizes. The sources have Okabe & Ito's colours, which people with
//! any kind of colour vision can tell apart; red, for recording and errors, never
//! comes without a sign of its own.

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme, Visuals};

/// A source's colour, from how files write it.
pub fn source_color(hex: &str) -> Color32 {
    Color32::from_hex(hex).unwrap_or(Color32::GRAY)
}

/// Colours that are not of egui's own set.
#[derive(Clone, Copy)]
pub struct Colors {
    pub panel: Color32,
    pub raised: Color32,
    pub line: Color32,
    pub text: Color32,
    pub dim: Color32,
    pub action: Color32,
    pub on_action: Color32,
    pub record: Color32,
    pub guide: Color32,
    pub error: Color32,
    pub well: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const DARK: Colors = Colors {
    panel: rgb(0x17_191d),
    raised: rgb(0x23_272e),
    line: rgb(0x34_3a43),
    text: rgb(0xed_eff2),
    dim: rgb(0xa3_acb8),
    action: rgb(0x3f_8cff),
    on_action: rgb(0xff_ffff),
    record: rgb(0xe5_484d),
    guide: rgb(0x1d_3557),
    error: rgb(0x5c_1f23),
    well: rgb(0x0c_0d10),
};

const LIGHT: Colors = Colors {
    panel: rgb(0xf3_f4f6),
    raised: rgb(0xff_ffff),
    line: rgb(0xcb_d0d8),
    text: rgb(0x16_191d),
    dim: rgb(0x58_616d),
    action: rgb(0x1f_66d6),
    on_action: rgb(0xff_ffff),
    record: rgb(0xc6_2b31),
    guide: rgb(0xd8_e6fb),
    error: rgb(0xf8_d6d7),
    well: rgb(0x15_171b),
};

pub fn colors(ui: &egui::Ui) -> Colors {
    if ui.visuals().dark_mode { DARK } else { LIGHT }
}

/// Text on the dark ground that pictures have in both themes.
pub const ON_PICTURE: Color32 = rgb(0xc9_ced6);

/// Sets both themes up, once a window.
pub fn install(ctx: &egui::Context) {
    for (theme, colors) in [(Theme::Dark, DARK), (Theme::Light, LIGHT)] {
        let mut style = (*ctx.style_of(theme)).clone();
        style.text_styles = [
            (TextStyle::Heading, 17.0),
            (TextStyle::Body, 14.0),
            (TextStyle::Button, 14.0),
            (TextStyle::Small, 11.5),
            (TextStyle::Monospace, 13.0),
        ]
        .into_iter()
        .map(|(name, size)| (name, FontId::new(size, FontFamily::Proportional)))
        .collect();
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(10.0, 4.0);
        style.spacing.interact_size.y = 26.0;
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
        style.visuals = visuals(theme, colors);
        ctx.set_style_of(theme, style);
    }
}

fn visuals(theme: Theme, colors: Colors) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = colors.panel;
    visuals.window_fill = colors.raised;
    visuals.extreme_bg_color = if theme == Theme::Dark { colors.well } else { colors.raised };
    visuals.selection.bg_fill = colors.action;
    visuals.selection.stroke = Stroke::new(1.5, colors.on_action);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, colors.line);
    visuals.widgets.inactive.weak_bg_fill = colors.raised;
    visuals.widgets.inactive.bg_fill = colors.raised;
    visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, colors.line);
    visuals.widgets.hovered.weak_bg_fill = colors.line;
    visuals.widgets.hovered.bg_fill = colors.line;
    for widget in [
        &mut visuals.widgets.noninteractive,
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(4);
        widget.expansion = 0.0;
        widget.fg_stroke.color = colors.text;
    }
    visuals
}

/// Black or white, whichever reads on `ground`.
pub fn readable_on(ground: Color32) -> Color32 {
    let [r, g, b, _] = ground.to_array().map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 140.0 { Color32::BLACK } else { Color32::WHITE }
}
