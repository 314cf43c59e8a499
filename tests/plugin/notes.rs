//! MIDI notes solo and mute while they are held.

use unbraid::frames::Mode;

use crate::host::{Instance, Setup, UNBRAID};
use crate::listening::{learned, stereo_noise};
use crate::steps::peak_db;

/// The documented notes of the first instrument, and of the rest.
const SOLO: i16 = 36;
const MUTE: i16 = 72;
const REST: i16 = 32;

/// Plays 20000 samples in pieces of `block`, with events as (sample, whether a note starts, note).
fn play(plugin: &mut Instance, block: usize, events: &[(usize, bool, i16)]) -> Vec<Vec<f32>> {
    let input = stereo_noise(20_000);
    let mut output = vec![Vec::new(); 2];
    let mut done = 0;
    while done < input[0].len() {
        let take = block.min(input[0].len() - done);
        for (at, on, key) in events.iter().filter(|(at, ..)| (done..done + take).contains(at)) {
            plugin.note_at(*on, *key, (at - done) as u32);
        }
        let piece: Vec<Vec<f32>> = input.iter().map(|x| x[done..done + take].to_vec()).collect();
        for (output, x) in output.iter_mut().zip(plugin.play(&piece, take)) {
            output.extend(x);
        }
        done += take;
    }
    output
}

fn with(setup: Setup) -> Instance {
    let mut plugin = learned(UNBRAID, Mode::Live, Setup { max_block: 8192, ..setup });
    plugin.set("midi_notes", 1.0);
    plugin
}

fn fresh() -> Instance {
    with(Setup::default())
}

#[test]
fn a_held_note_solos_or_mutes() {
    for (key, id) in [
        (SOLO, "solo_1"),
        (SOLO + 1, "solo_2"),
        (SOLO + REST, "rest_solo"),
        (MUTE, "mute_1"),
        (MUTE + REST, "rest_mute"),
    ] {
        let by_note = play(&mut fresh(), 512, &[(0, true, key)]);
        let mut plugin = fresh();
        plugin.set(id, 1.0);
        assert!(by_note == play(&mut plugin, 512, &[]), "{id}");
        assert!(by_note != play(&mut fresh(), 512, &[]), "{id} changes nothing");
    }
}

#[test]
fn notes_fall_on_their_samples_in_any_blocks() {
    let events = [
        (3001, true, SOLO),
        (7777, true, SOLO + 1),
        (9000, false, SOLO),
        (9001, true, MUTE + REST),
        (15_003, false, -1),
    ];
    let whole = play(&mut fresh(), 8192, &events);
    for block in [64, 1000] {
        assert!(whole == play(&mut fresh(), block, &events), "blocks of {block}");
    }
    let mut offline = with(Setup { offline: true, ..Setup::default() });
    assert!(whole == play(&mut offline, 4096, &events));
    // All have ended: 100 ms later, everything plays again.
    let plain = play(&mut fresh(), 8192, &[]);
    let off = |from: usize, to: usize| {
        let pairs = whole[0][from..to].iter().zip(&plain[0][from..to]);
        peak_db(&pairs.map(|(a, b)| a - b).collect::<Vec<_>>())
    };
    assert!(off(0, 3001) < -150.0 && off(19_500, 20_000) < -100.0);
    assert!(off(5000, 7000) > -40.0);
}

/// Notes can be meant for another plugin.
#[test]
fn without_the_setting_notes_do_nothing() {
    let plain = play(&mut fresh(), 512, &[]);
    let mut plugin = learned(UNBRAID, Mode::Live, Setup { max_block: 8192, ..Setup::default() });
    assert!(play(&mut plugin, 512, &[(0, true, SOLO), (7, true, MUTE)]) == plain);
    // Switching it off releases what is held.
    let mut plugin = fresh();
    play(&mut plugin, 512, &[(0, true, SOLO)]);
    plugin.set("midi_notes", 0.0);
    play(&mut plugin, 512, &[]);
    plugin.reset();
    assert!(play(&mut plugin, 512, &[]) == plain);
}

/// Notes that no strip has, and a reset in the middle of one, leave nothing behind.
#[test]
fn other_notes_and_a_reset_change_nothing() {
    let plain = play(&mut fresh(), 512, &[]);
    let others = [(0, true, 0), (1, true, 35), (2, true, 70), (3, true, 127), (4, false, 5)];
    assert!(play(&mut fresh(), 512, &others) == plain);
    let mut plugin = fresh();
    play(&mut plugin, 512, &[(0, true, SOLO)]);
    plugin.reset();
    assert!(play(&mut plugin, 512, &[]) == plain);
}
