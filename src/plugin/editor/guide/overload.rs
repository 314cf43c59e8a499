//! What to do if the computer does not keep up.

use super::advice::Advice;
use crate::frames::Mode;
use crate::plugin::editor::link::Link;
use crate::plugin::latency_text::mode_name;

/// What takes less of each block's time.
pub fn advice(link: Link) -> Advice {
    let engines = &link.hub.engines;
    let mode = engines.requested_mode();
    let lighter = match mode {
        Mode::Live => Some(Mode::Balanced),
        Mode::Balanced => Some(Mode::Quality),
        Mode::Quality => None,
    };
    let remedy = match lighter {
        _ if !engines.spreads(mode) => {
            "Even out the CPU load (in the list of modes), or choose a larger audio buffer in your host."
                .to_string()
        }
        Some(lighter) => format!(
            "Choose {} instead of {}, or a larger audio buffer in your host.",
            mode_name(lighter),
            mode_name(mode)
        ),
        None => "Choose a larger audio buffer in your host.".to_string(),
    };
    let text = format!("Your computer hardly keeps up, and the sound can drop out. {remedy}");
    Advice::step(3, text)
}
