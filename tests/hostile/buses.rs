//! Buses, channels and buffers other than those of the plugin's layout.

use std::ptr::null_mut;

use crate::audio::{
    BLOCK, Buffers, Channels, SAMPLE_RATE_HZ, UNTOUCHED, assert_all, assert_finite,
    assert_plays_right, assert_same, input, play, play_with, ready, reference,
};
use crate::case::Cases;
use crate::host::{Block, Bus, Host, Subject, Variant};

pub fn add(cases: &mut Cases) {
    cases.on_both_sides("buses/right", right);
    cases.on_both_sides("buses/fewer-inputs", fewer_inputs);
    cases.on_both_sides("buses/no-inputs", no_inputs);
    cases.on_both_sides("buses/fewer-outputs", fewer_outputs);
    cases.on_both_sides("buses/no-outputs", no_outputs);
    cases.on_both_sides("buses/more", more_buses);
    cases.on_both_sides("channels/fewer", fewer_channels);
    cases.on_both_sides("channels/more", more_channels);
    cases.on_both_sides("channels/null", null_channels);
    cases.on_both_sides("channels/null-lists", null_lists);
    cases.on_both_sides("buffers/shared", shared_buffers);
    cases.on_both_sides("buffers/constant", constant);
    cases.on_both_sides("buffers/wide", wide);
    cases.on_both_sides("blocks/empty", empty_blocks);
    cases.on_both_sides("blocks/short", short_blocks);
    cases.on_both_sides("blocks/larger", larger_blocks);
    cases.vst3("blocks/negative", negative_counts);
}

/// A host that is ready to play.
fn open(subject: Subject) -> Box<dyn Host> {
    let host = subject.open();
    ready(&*host);
    host
}

/// An instance in a host whose blocks are wrong.
struct Abused {
    subject: Subject,
    host: Box<dyn Host>,
}

impl Abused {
    fn new(subject: Subject) -> Self {
        Self { subject, host: subject.open() }
    }

    /// Plays from silence, in blocks that `change` makes wrong, all of which are accepted;
    /// returns the outputs.
    fn play(
        &self,
        input: &[Channels; 2],
        change: impl Fn(&mut Block, &mut Buffers),
    ) -> Vec<Channels> {
        ready(&*self.host);
        let mut change = |block: &mut Block, buffers: &mut Buffers| change(block, buffers);
        let buffers = Buffers::new(self.subject, BLOCK);
        let (accepted, output) = play_with(&*self.host, buffers, input, &mut change);
        assert!(accepted, "refused");
        output
    }

    fn assert_plays_right(&self) {
        assert_plays_right(&*self.host, self.subject);
    }
}

fn silence(channels: &Channels) -> Channels {
    channels.iter().map(|channel| vec![0.0; channel.len()]).collect()
}

/// The host of these tests makes no mistakes that it does not intend.
fn right(subject: Subject) {
    let host = open(subject);
    assert_plays_right(&*host, subject);
    let output = play(&*host, subject, &input());
    assert!(output[0].iter().flatten().any(|x| x.abs() > 0.01));
    assert!(host.latency_samples() > 0);
    if subject.variant == Variant::Multi {
        assert!(output[1].iter().flatten().any(|x| x.abs() > 0.01));
    }
}

fn fewer_inputs(subject: Subject) {
    let abused = Abused::new(subject);
    let [main, side_chain] = input();
    let expected = reference(subject, None, &[main.clone(), silence(&side_chain)]);
    let output = abused.play(&input(), |block, _| {
        block.inputs.as_mut().expect("inputs").truncate(1);
    });
    assert_same(&output, &expected);
    abused.assert_plays_right();
}

fn no_inputs(subject: Subject) {
    let abused = Abused::new(subject);
    let expected = reference(subject, None, &input().map(|bus| silence(&bus)));
    let empty = abused.play(&input(), |block, _| block.inputs = Some(Vec::new()));
    assert_same(&empty, &expected);
    let null = abused.play(&input(), |block, _| block.inputs = None);
    assert_same(&null, &expected);
    // The host claims that there are some.
    let claimed = abused.play(&input(), |block, _| {
        block.inputs = None;
        block.claimed_inputs = Some(2);
    });
    assert_same(&claimed, &expected);
    abused.assert_plays_right();
}

fn fewer_outputs(subject: Subject) {
    let abused = Abused::new(subject);
    let expected = reference(subject, None, &input());
    for kept in (1..subject.outputs()).step_by(8) {
        let output = abused.play(&input(), |block, _| {
            block.outputs.as_mut().expect("outputs").truncate(kept);
        });
        assert_same(&output[..kept], &expected[..kept]);
        output[kept..].iter().for_each(|bus| assert_all(bus, UNTOUCHED));
    }
    abused.assert_plays_right();
}

fn no_outputs(subject: Subject) {
    let abused = Abused::new(subject);
    for (outputs, claimed) in
        [(Some(Vec::new()), None), (None, None), (None, Some(subject.outputs() as i64))]
    {
        let output = abused.play(&input(), |block, _| {
            block.outputs = outputs.clone();
            block.claimed_outputs = claimed;
        });
        output.iter().for_each(|bus| assert_all(bus, UNTOUCHED));
    }
    abused.assert_plays_right();
}

fn more_buses(subject: Subject) {
    let host = open(subject);
    let buses = subject.outputs();
    let buffers = Buffers::of(5, buses + 3, 2, BLOCK, subject.side);
    let (accepted, output) = play_with(&*host, buffers, &input(), &mut |_, _| ());
    assert!(accepted);
    assert_same(&output[..buses], &reference(subject, None, &input()));
    output[buses..].iter().for_each(|bus| assert_all(bus, UNTOUCHED));
    assert_plays_right(&*host, subject);
}

fn fewer_channels(subject: Subject) {
    let abused = Abused::new(subject);
    // The missing channel of an input is silent.
    for bus in 0..2 {
        let mut fed = input();
        fed[bus][1].fill(0.0);
        let expected = reference(subject, None, &fed);
        let output = abused.play(&input(), |block, _| {
            block.input(bus).pointers().truncate(1);
        });
        assert_same(&output, &expected);
    }
    // What is left of an output plays what it always does.
    let expected = reference(subject, None, &input());
    for bus in 0..subject.outputs().min(2) {
        let output = abused.play(&input(), |block, _| {
            block.output(bus).pointers().truncate(1);
        });
        assert_same(&output[..bus], &expected[..bus]);
        assert_same(&[vec![output[bus][0].clone()]], &[vec![expected[bus][0].clone()]]);
        assert_all(&output[bus][1..], UNTOUCHED);
        assert_same(&output[bus + 1..], &expected[bus + 1..]);
    }
    // A bus without channels is one that is not there.
    let [main, side_chain] = input();
    let no_side_chain = reference(subject, None, &[main, silence(&side_chain)]);
    let output = abused.play(&input(), |block, _| block.input(1).pointers().clear());
    assert_same(&output, &no_side_chain);
    let output = abused.play(&input(), |block, _| block.output(0).pointers().clear());
    assert_all(&output[0], UNTOUCHED);
    abused.assert_plays_right();
}

fn more_channels(subject: Subject) {
    let host = open(subject);
    let buffers = Buffers::of(2, subject.outputs(), 6, BLOCK, subject.side);
    let (accepted, output) = play_with(&*host, buffers, &input(), &mut |_, _| ());
    assert!(accepted);
    let used: Vec<Channels> = output.iter().map(|bus| bus[..2].to_vec()).collect();
    assert_same(&used, &reference(subject, None, &input()));
    output.iter().for_each(|bus| assert_all(&bus[2..], UNTOUCHED));
    assert_plays_right(&*host, subject);
}

fn null_channels(subject: Subject) {
    let abused = Abused::new(subject);
    for bus in 0..2 {
        for channel in 0..2 {
            let mut fed = input();
            fed[bus][channel].fill(0.0);
            let expected = reference(subject, None, &fed);
            let output = abused.play(&input(), |block, _| {
                block.input(bus).pointers()[channel] = null_mut();
            });
            assert_same(&output, &expected);
        }
    }
    let expected = reference(subject, None, &input());
    for bus in 0..subject.outputs().min(3) {
        for channel in 0..2 {
            let output = abused.play(&input(), |block, _| {
                block.output(bus).pointers()[channel] = null_mut();
            });
            let other = 1 - channel;
            assert_same(&output[..bus], &expected[..bus]);
            let left = [vec![output[bus][other].clone()]];
            assert_same(&left, &[vec![expected[bus][other].clone()]]);
            assert_all(&output[bus][channel..=channel], UNTOUCHED);
            assert_same(&output[bus + 1..], &expected[bus + 1..]);
        }
    }
    // Every channel of every bus.
    let output = abused.play(&input(), |block, _| {
        let buses = block.inputs.iter_mut().chain(&mut block.outputs).flatten();
        buses.for_each(|bus| bus.pointers().fill(null_mut()));
    });
    output.iter().for_each(|bus| assert_all(bus, UNTOUCHED));
    abused.assert_plays_right();
}

fn null_lists(subject: Subject) {
    let abused = Abused::new(subject);
    let missing = Bus { claimed: Some(2), ..Bus::default() };
    for bus in 0..2 {
        let mut fed = input();
        fed[bus] = silence(&fed[bus]);
        let expected = reference(subject, None, &fed);
        let output = abused.play(&input(), |block, _| *block.input(bus) = missing.clone());
        assert_same(&output, &expected);
    }
    let expected = reference(subject, None, &input());
    for bus in 1..subject.outputs().min(3) {
        let output = abused.play(&input(), |block, _| *block.output(bus) = missing.clone());
        assert_same(&output[..bus], &expected[..bus]);
        assert_all(&output[bus], UNTOUCHED);
        assert_same(&output[bus + 1..], &expected[bus + 1..]);
    }
    let output = abused.play(&input(), |block, _| *block.output(0) = missing.clone());
    assert_all(&output[0], UNTOUCHED);
    abused.assert_plays_right();
}

fn shared_buffers(subject: Subject) {
    let abused = Abused::new(subject);
    let expected = reference(subject, None, &input());
    // In place, with the channels exchanged, and into the side-chain's buffers.
    for (bus, channels) in [(0, [0, 1]), (0, [1, 0]), (1, [0, 1]), (1, [1, 0])] {
        let host = open(subject);
        let mut shared: Channels = vec![Vec::new(); 2];
        for start in (0..input()[0][0].len()).step_by(BLOCK) {
            let mut buffers = Buffers::new(subject, BLOCK);
            buffers.fill(&input(), start);
            let mut block = buffers.block();
            let pointers = channels.map(|channel| buffers.inputs[bus][channel].pointer());
            block.output(0).channels = Some(pointers.to_vec());
            assert!(host.process(&block));
            for (shared, channel) in shared.iter_mut().zip(channels) {
                shared.extend_from_slice(&buffers.inputs[bus][channel]);
            }
        }
        assert_same(&[shared], &expected[..1]);
        assert_plays_right(&*host, subject);
    }
    // The output begins a few samples behind the input, in the same memory.
    let host = open(subject);
    let shift = 16;
    let mut played: Channels = vec![Vec::new(); 2];
    for start in (0..input()[0][0].len()).step_by(BLOCK) {
        let mut buffers = Buffers::new(subject, BLOCK + shift);
        let mut block = buffers.block();
        block.frames = BLOCK as i64;
        for channel in 0..2 {
            let sound = &input()[0][channel][start..start + BLOCK];
            buffers.inputs[0][channel][..BLOCK].copy_from_slice(sound);
            let sound = &input()[1][channel][start..start + BLOCK];
            buffers.inputs[1][channel][..BLOCK].copy_from_slice(sound);
            let pointer = buffers.inputs[0][channel].pointer().wrapping_add(shift);
            block.output(0).pointers()[channel] = pointer;
        }
        assert!(host.process(&block));
        for (played, input) in played.iter_mut().zip(&buffers.inputs[0]) {
            played.extend_from_slice(&input[shift..]);
        }
    }
    assert_same(&[played], &expected[..1]);
    assert_plays_right(&*host, subject);
    // All outputs are one buffer.
    let output = abused.play(&input(), |block, buffers| {
        let one = buffers.outputs[0][0].pointer();
        block.outputs.iter_mut().flatten().for_each(|bus| bus.pointers().fill(one));
    });
    assert_finite(&output[..1]);
    abused.assert_plays_right();
}

/// The flags are a hint: the samples count.
fn constant(subject: Subject) {
    let abused = Abused::new(subject);
    let expected = reference(subject, None, &input());
    let output = abused.play(&input(), |block, _| {
        let buses = block.inputs.iter_mut().chain(&mut block.outputs).flatten();
        buses.for_each(|bus| bus.constant = u64::MAX);
    });
    assert_same(&output, &expected);
    abused.assert_plays_right();
}

/// The plugin has declared that it processes samples of 32 bits only.
fn wide(subject: Subject) {
    let host = open(subject);
    let mut buffers = Buffers::new(subject, 2 * BLOCK);
    buffers.fill(&input(), 0);
    let mut block = buffers.block();
    block.frames = BLOCK as i64;
    block.wide = true;
    block.inputs.iter_mut().chain(&mut block.outputs).flatten().for_each(|bus| bus.wide = true);
    host.process(&block);
    buffers.outputs.iter().flatten().for_each(|channel| {
        assert!(channel.iter().all(|x| *x == UNTOUCHED), "written to");
    });
    assert_plays_right(&*host, subject);
}

fn empty_blocks(subject: Subject) {
    let host = open(subject);
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    let mut block = Block { frames: 0, ..buffers.block() };
    assert!(host.process(&block));
    block.inputs = None;
    block.outputs = None;
    assert!(host.process(&block));
    assert!(host.process(&Buffers::new(subject, 0).block()));
    let untouched = |channel: &[f32]| channel.iter().all(|x| *x == UNTOUCHED);
    assert!(buffers.outputs.iter().flatten().all(|channel| untouched(channel)));
    assert_same(&play(&*host, subject, &input()), &reference(subject, None, &input()));
    assert_plays_right(&*host, subject);
}

fn short_blocks(subject: Subject) {
    let expected = reference(subject, None, &input());
    let host = open(subject);
    let mut buffers = Buffers::new(subject, 1);
    for start in 0..600 {
        buffers.fill(&input(), start);
        assert!(host.process(&buffers.block()));
        for (bus, expected) in buffers.outputs.iter().zip(&expected) {
            for (channel, expected) in bus.iter().zip(expected) {
                assert_eq!(channel[0], expected[start]);
            }
        }
    }
    assert_plays_right(&*host, subject);
}

/// Larger than the host announced.
fn larger_blocks(subject: Subject) {
    for announced in [0, 1, 64, BLOCK as u32 - 1] {
        let host = subject.open();
        assert!(host.activate(SAMPLE_RATE_HZ, announced));
        assert!(host.start());
        assert_same(&play(&*host, subject, &input()), &reference(subject, None, &input()));
        // A part of the buses is missing after a block in which they were there.
        let mut buffers = Buffers::new(subject, 2 * BLOCK);
        buffers.fill(&input(), 0);
        let mut block = buffers.block();
        block.input(1).pointers().clear();
        assert!(host.process(&block));
        assert_plays_right(&*host, subject);
    }
    // More than there is memory for.
    let host = subject.open();
    if host.activate(SAMPLE_RATE_HZ, u32::MAX) {
        assert!(host.start());
        assert_same(&play(&*host, subject, &input()), &reference(subject, None, &input()));
    }
    assert_plays_right(&*host, subject);
}

fn negative_counts(subject: Subject) {
    let host = open(subject);
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    for count in [-1, i64::from(i32::MIN)] {
        let block = buffers.block();
        assert!(!host.process(&Block { frames: count, ..block.clone() }));
        assert!(!host.process(&Block { claimed_inputs: Some(count), ..block.clone() }));
        assert!(!host.process(&Block { claimed_outputs: Some(count), ..block.clone() }));
        let mut block = buffers.block();
        block.input(0).claimed = Some(count as u32);
        block.output(0).claimed = Some(count as u32);
        host.process(&block);
    }
    assert_plays_right(&*host, subject);
}
