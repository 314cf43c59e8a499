//! The two plugins as hosts see them, and their ports. Hosts built with JUCE bypass a plugin
//! whose first layout has auxiliary outputs, so a separate plugin offers those.

use std::num::NonZeroU32;

use nice_plug::prelude::*;

use crate::plugin::audio_thread::controls::STRIPS;
use crate::plugin::project::MAX_INSTRUMENTS;

/// The differences between the two plugins.
pub trait Variant: Send + 'static {
    const NAME: &'static str;
    const CLAP_ID: &'static str;
    const VST3_ID: [u8; 16];
    const DESCRIPTION: &'static str;
    const LAYOUTS: &'static [AudioIOLayout];
}

/// One output.
pub struct Main;

/// The main output, and one output per source.
pub struct Multi;

const STEREO: Option<NonZeroU32> = NonZeroU32::new(2);
const MONO: Option<NonZeroU32> = NonZeroU32::new(1);

/// Names of ports, enough for the largest possible number of instruments.
const NAMES: [&str; 32] = [
    "Instrument 1",
    "Instrument 2",
    "Instrument 3",
    "Instrument 4",
    "Instrument 5",
    "Instrument 6",
    "Instrument 7",
    "Instrument 8",
    "Instrument 9",
    "Instrument 10",
    "Instrument 11",
    "Instrument 12",
    "Instrument 13",
    "Instrument 14",
    "Instrument 15",
    "Instrument 16",
    "Instrument 17",
    "Instrument 18",
    "Instrument 19",
    "Instrument 20",
    "Instrument 21",
    "Instrument 22",
    "Instrument 23",
    "Instrument 24",
    "Instrument 25",
    "Instrument 26",
    "Instrument 27",
    "Instrument 28",
    "Instrument 29",
    "Instrument 30",
    "Instrument 31",
    "Instrument 32",
];

const STRIP_NAMES: [&str; STRIPS] = {
    let mut names = ["Everything else"; STRIPS];
    let mut i = 0;
    while i < MAX_INSTRUMENTS {
        names[i] = NAMES[i];
        i += 1;
    }
    names
};

const fn layout(
    channels: Option<NonZeroU32>,
    side_chain: &'static [NonZeroU32],
    strips: &'static [NonZeroU32],
    name: &'static str,
) -> AudioIOLayout {
    AudioIOLayout {
        main_input_channels: channels,
        main_output_channels: channels,
        aux_input_ports: side_chain,
        aux_output_ports: strips,
        names: PortNames {
            layout: Some(name),
            // The framework names the main output after the input.
            main_input: Some("Main"),
            main_output: Some("Main"),
            aux_inputs: &["Side-chain"],
            aux_outputs: &STRIP_NAMES,
        },
    }
}

impl Variant for Main {
    const NAME: &'static str = "Unbraid";
    const CLAP_ID: &'static str = "org.unbraid.unbraid";
    const VST3_ID: [u8; 16] = *b"UnbraidSeparator";
    const DESCRIPTION: &'static str =
        "Takes one instrument out of a sound, live, after hearing a few seconds of it";
    const LAYOUTS: &'static [AudioIOLayout] = &[
        layout(STEREO, &[new_nonzero_u32(2)], &[], "Stereo"),
        layout(MONO, &[new_nonzero_u32(1)], &[], "Mono"),
        layout(STEREO, &[new_nonzero_u32(1)], &[], "Stereo, mono side-chain"),
        layout(MONO, &[new_nonzero_u32(2)], &[], "Mono, stereo side-chain"),
    ];
}

impl Variant for Multi {
    const NAME: &'static str = "Unbraid Multi";
    const CLAP_ID: &'static str = "org.unbraid.unbraid-multi";
    const VST3_ID: [u8; 16] = *b"UnbraidMultiOuts";
    const DESCRIPTION: &'static str =
        "Takes a sound apart into its instruments, live, each on an output of its own";
    const LAYOUTS: &'static [AudioIOLayout] = &[
        layout(
            STEREO,
            &[new_nonzero_u32(2)],
            &[new_nonzero_u32(2); STRIPS],
            "Stereo, every instrument",
        ),
        layout(
            MONO,
            &[new_nonzero_u32(1)],
            &[new_nonzero_u32(1); STRIPS],
            "Mono, every instrument",
        ),
    ];
}
