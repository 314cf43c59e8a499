//! Colours and sizes. The sources have Okabe & Ito's colours, which people with any kind of
//! colour vision can distinguish, made darker or lighter where they would not be visible
//! ([`ink`]); red, for recording and errors, always comes with a sign of its own.

mod contrast;

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme, Visuals};

pub use contrast::{ink, readable_on};

/// A source's colour, from its notation in files.
pub fn source_color(hex: &str) -> Color32 {
    Color32::from_hex(hex).unwrap_or(Color32::GRAY)
}

/// Colours that egui does not define.
#[derive(Clone, Copy, Debug)]
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
    /// Background of meters, waveforms and spectra.
    pub well: Color32,
    /// Silence in the running pictures.
    pub silence: Color32,
    pub white_key: Color32,
    pub black_key: Color32,
    pub key_gap: Color32,
}

impl Colors {
    /// Background for text on a picture.
    pub fn shade(&self) -> Color32 {
        self.panel.gamma_multiply(0.85)
    }
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
    action: rgb(0x2a_70de),
    on_action: rgb(0xff_ffff),
    record: rgb(0xd9_3a40),
    guide: rgb(0x1d_3557),
    error: rgb(0x5c_1f23),
    well: rgb(0x0c_0d10),
    silence: rgb(0x00_0000),
    // Not white, so that the bright ones stand out.
    white_key: rgb(0x44_4a54),
    black_key: rgb(0x16_181c),
    key_gap: rgb(0x0c_0d10),
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
    well: rgb(0xe4_e7ec),
    silence: rgb(0xff_ffff),
    white_key: rgb(0xff_ffff),
    black_key: rgb(0x2b_3037),
    key_gap: rgb(0xa9_b0ba),
};

pub fn colors(ui: &egui::Ui) -> Colors {
    if ui.visuals().dark_mode { DARK } else { LIGHT }
}

/// Opacity of a disabled control.
const DISABLED: f32 = 0.62;

/// Sets up both themes, once per window.
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
        // Keeps scroll bars visible, to show that there is more.
        style.spacing.scroll.floating_allocated_width = 6.0;
        style.spacing.scroll.floating_width = 4.0;
        style.spacing.scroll.dormant_handle_opacity = 0.6;
        style.visuals = visuals(theme, colors);
        ctx.set_style_of(theme, style);
    }
}

fn visuals(theme: Theme, colors: Colors) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = colors.panel;
    visuals.window_fill = colors.raised;
    visuals.extreme_bg_color = if theme == Theme::Dark { colors.well } else { colors.raised };
    visuals.weak_text_color = Some(colors.dim);
    visuals.disabled_alpha = DISABLED;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::PALETTE;
    use crate::plugin::editor::theme::contrast::{SEEN, ratio};

    /// Minimum contrast of text with its background.
    const READ: f32 = 4.5;

    /// The values of WCAG's own examples and other calculators.
    #[test]
    fn ratios_are_those_of_wcag() {
        for (one, other, expected) in
            [(0, 0xff_ffff, 21.0), (0x77_7777, 0xff_ffff, 4.48), (0xff_0000, 0xff_ffff, 4.0)]
        {
            assert!((ratio(rgb(one), rgb(other)) - expected).abs() < 0.01);
            assert!((ratio(rgb(other), rgb(one)) - expected).abs() < 0.01);
        }
    }

    fn over(top: Color32, fraction: f32, ground: Color32) -> Color32 {
        ground.blend(top.gamma_multiply(fraction))
    }

    #[test]
    fn every_text_can_be_read() {
        for (name, colors) in [("dark", DARK), ("light", LIGHT)] {
            let Colors { panel, raised, line, text, dim, well, .. } = colors;
            let (action, record) = (colors.action, colors.record);
            // Text on a picture, at its brightest and darkest.
            let on_picture = [Color32::BLACK, Color32::WHITE].map(|p| p.blend(colors.shade()));
            let mut pairs: Vec<(&str, Color32, Color32)> = Vec::new();
            let grounds = [panel, raised, well, colors.guide, colors.error, colors.silence];
            pairs.extend(grounds.map(|ground| ("text", text, ground)));
            pairs.extend(grounds.map(|ground| ("small text", dim, ground)));
            pairs.extend(on_picture.map(|ground| ("on a picture", text, ground)));
            pairs.push(("what is pointed at", text, line));
            pairs.push(("what is chosen", colors.on_action, action));
            pairs.push(("stop", Color32::WHITE, record));
            for (hex, _) in PALETTE {
                let color = source_color(hex);
                pairs.push(("a chosen source", readable_on(color), color));
                for key in [colors.white_key, colors.black_key] {
                    for lit in 0..=10 {
                        let key = key.lerp_to_gamma(color, lit as f32 / 10.0);
                        pairs.push(("a key", readable_on(key), key));
                    }
                }
            }
            let faded = (over(text, DISABLED, panel), over(raised, DISABLED, panel));
            pairs.push(("what cannot be used", faded.0, faded.1));
            for (what, one, other) in pairs {
                let ratio = ratio(one, other);
                assert!(ratio >= READ, "{name}: {what}, {one:?} on {other:?}: {ratio:.2}");
            }
            for ground in [panel, raised, well, colors.silence] {
                for color in PALETTE.map(|(hex, _)| source_color(hex)).into_iter().chain([record]) {
                    let shown = if color == record { record } else { ink(color, ground) };
                    let ratio = ratio(shown, ground);
                    assert!(ratio >= SEEN, "{name}: {color:?} on {ground:?}: {ratio:.2}");
                }
            }
        }
    }
}
