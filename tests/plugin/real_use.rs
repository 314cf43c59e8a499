//! What users do with the plugin, on the shipped audio: instruments that are learned one after
//! another, and instruments that do not play.

use std::ops::Range;

use unbraid::eval::{Stem, evaluate};

use crate::host::{Instance, Setup, UNBRAID_MULTI};
use crate::steps::{both, demo, dictionary, learn, record, settle, with_tail};

const BAND: [&str; 4] = ["violin", "piano", "bass", "drums"];

/// In the order of [`BAND`], the same passage again and again.
fn stems(repeats: usize) -> Vec<Vec<f32>> {
    BAND.iter().map(|name| demo("test", name).repeat(repeats)).collect()
}

fn mix(stems: &[Vec<f32>]) -> Vec<f32> {
    (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect()
}

/// The left channel of each of the first four strips while `mixture` plays.
fn separated(plugin: &mut Instance, mixture: &[f32]) -> Vec<Vec<f32>> {
    plugin.reset();
    let latency = plugin.latency_samples();
    let played = plugin.play(&with_tail(&both(mixture), latency), 512);
    played[2..10].iter().step_by(2).map(|out| out[latency..].to_vec()).collect()
}

fn sdr_db(stems: &[Vec<f32>], estimates: &[Vec<f32>]) -> Vec<f64> {
    let named = |signals: &[Vec<f32>]| -> Vec<Stem> {
        BAND.iter().zip(signals).map(|(name, x)| Stem::new(*name, vec![x.clone()])).collect()
    };
    let scores = evaluate(&named(stems), &named(estimates)).unwrap();
    scores.sources.iter().map(|source| source.scores.sdr_db).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Level of `signal` relative to `reference`, in dB.
fn relative_db(signal: &[f32], reference: &[f32]) -> f64 {
    let energy = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    10.0 * (energy(signal) / energy(reference)).log10()
}

fn with_the_band() -> Instance {
    let mut plugin = Instance::new(UNBRAID_MULTI, Setup::default());
    for (slot, name) in BAND.iter().enumerate() {
        record(&mut plugin, slot + 1, &both(&demo("train", name)));
    }
    learn(&mut plugin);
    plugin
}

#[test]
fn instruments_learned_one_after_another_are_separated_as_well_as_together() {
    let stems = stems(1);
    let mixture = mix(&stems);
    let together_db = mean(&sdr_db(&stems, &separated(&mut with_the_band(), &mixture)));
    let mut plugin = Instance::new(UNBRAID_MULTI, Setup::default());
    for (slot, name) in BAND.iter().enumerate() {
        record(&mut plugin, slot + 1, &both(&demo("train", name)));
        learn(&mut plugin);
        // The song goes on, and the rest adapts to what is not known yet.
        plugin.play(&both(&mixture), 512);
        if slot + 1 < BAND.len() {
            plugin.play_until(|plugin| rest_components(plugin) > 0);
        }
    }
    // With all of them known, too.
    for _ in 0..3 {
        plugin.play(&both(&mixture), 512);
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    plugin.play_until(|plugin| rest_components(plugin) > 0);
    settle(&mut plugin);
    let rest = rest_components(&plugin);
    let one_by_one_db = mean(&sdr_db(&stems, &separated(&mut plugin, &mixture)));
    println!("together {together_db:.2} dB, one by one {one_by_one_db:.2} dB, rest of {rest}");
    assert!(one_by_one_db > together_db - 0.5, "{together_db} dB, {one_by_one_db} dB");
}

fn rest_components(plugin: &Instance) -> usize {
    let known = dictionary(plugin);
    known.rest().map_or(0, |rest| known.sources[rest].components.len())
}

/// Each instrument in turn plays a passage, is silent for a minute, and plays it again.
#[test]
fn an_instrument_that_is_silent_for_a_minute_is_quiet_and_comes_back() {
    const PASSAGES: usize = 8;
    let mut plugin = with_the_band();
    for silent in 0..BAND.len() {
        let mut stems = stems(PASSAGES);
        let passage = stems[0].len() / PASSAGES;
        let pause = passage..(PASSAGES - 1) * passage;
        stems[silent][pause.clone()].fill(0.0);
        let mixture = mix(&stems);
        let estimates = separated(&mut plugin, &mixture);
        let quiet_db = relative_db(&estimates[silent][pause.clone()], &mixture[pause.clone()]);
        let part = |signals: &[Vec<f32>], range: Range<usize>| -> Vec<Vec<f32>> {
            signals.iter().map(|signal| signal[range.clone()].to_vec()).collect()
        };
        let [before_db, after_db] = [0..pause.start, pause.end..mixture.len()]
            .map(|range| sdr_db(&part(&stems, range.clone()), &part(&estimates, range))[silent]);
        let name = BAND[silent];
        println!("{name}: {quiet_db:.1} dB, SDR {before_db:.2} dB before and {after_db:.2} after");
        assert!(quiet_db < -15.0, "{name}: {quiet_db} dB while it is silent");
        assert!(after_db > before_db - 0.3, "{name}: {before_db} dB before, {after_db} dB after");
    }
}
