//! The plugin as a standalone program, on the system's audio.

use std::process::ExitCode;

fn main() -> ExitCode {
    if nice_plug::nice_export_standalone::<unbraid::plugin::Unbraid>() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
