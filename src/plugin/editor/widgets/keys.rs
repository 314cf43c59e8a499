//! The names of keys, as the system calls them.

use egui::Context;

/// A key that is pressed together with the one that begins commands: Cmd on macOS, Ctrl
/// elsewhere.
pub fn command(ctx: &Context, key: &str) -> String {
    let command = if ctx.os().is_mac() { "Cmd" } else { "Ctrl" };
    format!("{command} + {key}")
}

#[cfg(test)]
mod tests {
    use egui::os::OperatingSystem;

    use super::*;

    #[test]
    fn each_system_has_its_own_key_for_commands() {
        let name = |system| {
            let ctx = Context::default();
            ctx.set_os(system);
            command(&ctx, "Z")
        };
        assert_eq!(name(OperatingSystem::Mac), "Cmd + Z");
        assert_eq!(name(OperatingSystem::Windows), "Ctrl + Z");
        assert_eq!(name(OperatingSystem::Nix), "Ctrl + Z");
    }
}
