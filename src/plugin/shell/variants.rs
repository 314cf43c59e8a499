//! The two plugins as hosts see them, and their ports. Hosts built with JUCE bypass a plugin
//! whose first layout has auxiliary outputs, so a separate plugin offers those.

use std::marker::PhantomData;
use std::num::NonZeroU32;

use nice_plug::prelude::*;

use crate::plugin::audio_thread::controls::STRIP_OUTPUTS;

/// The differences between the two plugins.
pub trait Variant: Send + 'static {
    const NAME: &'static str;
    const CLAP_ID: &'static str;
    const VST3_ID: [u8; 16];
    const DESCRIPTION: &'static str;
    const LAYOUTS: &'static [AudioIOLayout];
    const MIDI_INPUT: MidiConfig = MidiConfig::None;
}

/// One output.
pub struct Main;

/// The main output, and one output per source.
pub struct Multi;

/// A plugin that receives MIDI notes. Only in CLAP: a VST3 with an input for events gets a mono
/// track in Ardour on the left channel only.
pub struct WithNotes<V>(PhantomData<V>);

impl<V: Variant> Variant for WithNotes<V> {
    const NAME: &'static str = V::NAME;
    const CLAP_ID: &'static str = V::CLAP_ID;
    const VST3_ID: [u8; 16] = V::VST3_ID;
    const DESCRIPTION: &'static str = V::DESCRIPTION;
    const LAYOUTS: &'static [AudioIOLayout] = V::LAYOUTS;
    // Notes only: hosts can map controllers to the parameters that there are.
    const MIDI_INPUT: MidiConfig = MidiConfig::Basic;
}

const STEREO: Option<NonZeroU32> = NonZeroU32::new(2);
const MONO: Option<NonZeroU32> = NonZeroU32::new(1);

/// Names of the outputs besides the main one.
const OUTPUT_NAMES: [&str; STRIP_OUTPUTS] = [
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
    "Everything else",
];

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
            aux_outputs: &OUTPUT_NAMES,
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
            &[new_nonzero_u32(2); STRIP_OUTPUTS],
            "Stereo, every instrument",
        ),
        layout(
            MONO,
            &[new_nonzero_u32(1)],
            &[new_nonzero_u32(1); STRIP_OUTPUTS],
            "Mono, every instrument",
        ),
    ];
}
