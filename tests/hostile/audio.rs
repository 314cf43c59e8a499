//! What is played, and how it must sound.

use std::sync::Mutex;

use crate::host::{Block, Bus, Host, Subject};
use crate::memory::{Guarded, Side};
use crate::stream::{Reader, Writer};

pub const SAMPLE_RATE_HZ: f64 = 44_100.0;
pub const MAX_BLOCK: u32 = 1024;

/// Samples that are played: beyond the plugin's latency.
const SAMPLES: usize = 1536;
pub const BLOCK: usize = 512;

/// What output buffers hold before they are written to.
pub const UNTOUCHED: f32 = 12_345.0;

/// Samples of a bus's channels.
pub type Channels = Vec<Vec<f32>>;

/// Noise, between -0.25 and 0.25.
pub fn noise(seed: u32, samples: usize) -> Vec<f32> {
    let mut x = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x as f32 / u32::MAX as f32 * 0.5 - 0.25
    };
    (0..samples).map(|_| next()).collect()
}

/// The main input and the side-chain, in stereo.
pub fn input() -> [Channels; 2] {
    [vec![noise(1, SAMPLES), noise(2, SAMPLES)], vec![noise(3, SAMPLES), noise(4, SAMPLES)]]
}

/// A host's buffers for one block, each against a guard page.
pub struct Buffers {
    pub inputs: Vec<Vec<Guarded<f32>>>,
    pub outputs: Vec<Vec<Guarded<f32>>>,
}

impl Buffers {
    /// Of the subject's layout.
    pub fn new(subject: Subject, frames: usize) -> Self {
        Self::of(2, subject.outputs(), 2, frames, subject.side)
    }

    pub fn of(inputs: usize, outputs: usize, channels: usize, frames: usize, side: Side) -> Self {
        let buses = |count, value| {
            let bus = |_| (0..channels).map(|_| Guarded::new(&vec![value; frames], side)).collect();
            (0..count).map(bus).collect()
        };
        Self { inputs: buses(inputs, 0.0), outputs: buses(outputs, UNTOUCHED) }
    }

    /// Puts the samples from `start` into the inputs.
    pub fn fill(&mut self, input: &[Channels], start: usize) {
        for (bus, sound) in self.inputs.iter_mut().zip(input) {
            for (channel, sound) in bus.iter_mut().zip(sound) {
                let frames = channel.len();
                channel.copy_from_slice(&sound[start..start + frames]);
            }
        }
        for channel in self.outputs.iter_mut().flatten() {
            channel.fill(UNTOUCHED);
        }
    }

    pub fn block(&self) -> Block {
        let frames = self.inputs.iter().chain(&self.outputs).flatten().map(|c| c.len()).next();
        Block {
            frames: frames.unwrap_or(0) as i64,
            inputs: Some(self.inputs.iter().map(|bus| Bus::of(bus)).collect()),
            outputs: Some(self.outputs.iter().map(|bus| Bus::of(bus)).collect()),
            ..Block::default()
        }
    }
}

impl Bus {
    pub fn of(channels: &[Guarded<f32>]) -> Self {
        Self { channels: Some(channels.iter().map(Guarded::pointer).collect()), ..Self::default() }
    }

    /// The list of pointers.
    pub fn pointers(&mut self) -> &mut Vec<*mut f32> {
        self.channels.as_mut().expect("a list of pointers")
    }
}

impl Block {
    pub fn input(&mut self, bus: usize) -> &mut Bus {
        &mut self.inputs.as_mut().expect("inputs")[bus]
    }

    pub fn output(&mut self, bus: usize) -> &mut Bus {
        &mut self.outputs.as_mut().expect("outputs")[bus]
    }
}

/// Makes an instance ready to play from silence, as a good host does.
pub fn ready(host: &dyn Host) {
    host.stop();
    host.deactivate();
    assert!(host.activate(SAMPLE_RATE_HZ, MAX_BLOCK));
    host.answer();
    assert!(host.start());
    host.reset();
}

/// Plays the input in correct blocks; returns every output bus.
pub fn play(host: &dyn Host, subject: Subject, input: &[Channels; 2]) -> Vec<Channels> {
    play_with(host, Buffers::new(subject, BLOCK), input, &mut |_, _| ()).1
}

/// Plays the input in blocks that `change` makes wrong. Returns whether the plugin accepted
/// all of them, and what is in the output buffers after each.
pub fn play_with(
    host: &dyn Host,
    mut buffers: Buffers,
    input: &[Channels],
    change: &mut dyn FnMut(&mut Block, &mut Buffers),
) -> (bool, Vec<Channels>) {
    let mut accepted = true;
    let mut output: Vec<Channels> =
        buffers.outputs.iter().map(|bus| vec![Vec::new(); bus.len()]).collect();
    for start in (0..SAMPLES).step_by(BLOCK) {
        buffers.fill(input, start);
        let mut block = buffers.block();
        change(&mut block, &mut buffers);
        accepted &= host.process(&block);
        host.answer();
        for (played, bus) in output.iter_mut().zip(&buffers.outputs) {
            for (played, channel) in played.iter_mut().zip(bus) {
                played.extend_from_slice(channel);
            }
        }
    }
    (accepted, output)
}

/// What was played from a state, for an input.
type References = Mutex<Vec<(Vec<u8>, [Channels; 2], Vec<Channels>)>>;

/// What a new instance plays, with the state of `host` or the usual one.
pub fn reference(
    subject: Subject,
    state_of: Option<&dyn Host>,
    input: &[Channels; 2],
) -> Vec<Channels> {
    static REFERENCES: References = Mutex::new(Vec::new());
    let subject = Subject { side: Side::End, ..subject };
    let state = state_of.map_or_else(|| subject.state(), saved);
    let mut references = REFERENCES.lock().expect("no panic");
    let found = references.iter().find(|(from, of, _)| *from == state && of == input);
    if let Some((_, _, output)) = found {
        return output.clone();
    }
    let fresh = subject.open_empty();
    assert!(fresh.load(&state, Reader::CORRECT));
    ready(&*fresh);
    let output = play(&*fresh, subject, input);
    let loudest = output[0].iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(loudest < 10.0, "{loudest}");
    references.push((state, input.clone(), output.clone()));
    output
}

/// The state that the plugin saves.
pub fn saved(host: &dyn Host) -> Vec<u8> {
    host.save(Writer::CORRECT).expect("a state")
}

/// After anything that was done to `host`, it plays what a new instance with its state plays.
pub fn assert_plays_right(host: &dyn Host, subject: Subject) {
    ready(host);
    let input = input();
    let expected = reference(subject, Some(host), &input);
    assert_same(&play(host, subject, &input), &expected);
}

/// Bit for bit.
pub fn assert_same(output: &[Channels], expected: &[Channels]) {
    for (bus, (output, expected)) in output.iter().zip(expected).enumerate() {
        for (channel, (output, expected)) in output.iter().zip(expected).enumerate() {
            let differs = output.iter().zip(expected).position(|(x, y)| x != y);
            assert_eq!(differs, None, "first wrong sample of bus {bus}, channel {channel}");
            assert_eq!(output.len(), expected.len());
        }
    }
}

pub fn assert_all(channels: &[Vec<f32>], value: f32) {
    assert!(channels.iter().flatten().all(|x| *x == value), "not all samples are {value}");
}

pub fn assert_finite(output: &[Channels]) {
    assert!(output.iter().flatten().flatten().all(|x| x.is_finite()));
}
