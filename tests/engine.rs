//! The guarantees of the streaming engine: any block size, its latency, and that the sources
//! sum to the input.

mod support;

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{noise, one_bus_a_source, peak_db, random_dictionary, run};
use unbraid::dsp::{Model, Separator, SpatialKind};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::offline;

const RATES_HZ: [u32; 9] = [8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000];

#[test]
fn output_does_not_depend_on_the_block_size() {
    for mode in Mode::ALL {
        for channels in [1, 2] {
            let dictionary = random_dictionary(mode, 44_100, 4);
            let input: Vec<_> = (0..channels).map(|c| noise(20_000, c)).collect();
            let render = |block: &mut dyn FnMut() -> usize| {
                run(&mut one_bus_a_source(&dictionary, channels as usize), &input, block)
            };
            let whole = render(&mut || 20_000);
            for size in [1, 7, 64, 480, 512, 1023, 4096, 16_384] {
                assert!(render(&mut || size) == whole, "{mode}, {channels} channels, {size}");
            }
            let mut random = ChaCha8Rng::seed_from_u64(3);
            assert!(render(&mut || random.random_range(1..5000)) == whole, "{mode}, random blocks");
        }
    }
}

/// With the work spread over the hop, the samples are the same, one hop later, in blocks of
/// any size.
#[test]
fn spread_work_gives_the_same_samples_a_hop_later() {
    for mode in Mode::ALL {
        for channels in [1, 2] {
            let dictionary = random_dictionary(mode, 44_100, 4);
            let hop = dictionary.frames.hop;
            let input: Vec<_> = (0..channels).map(|c| noise(20_000, c)).collect();
            let mut at_once = one_bus_a_source(&dictionary, channels as usize);
            let latency = at_once.latency_samples();
            let expected = run(&mut at_once, &input, || 20_000);
            for size in [64, 480, hop, 16_384] {
                let mut spread = one_bus_a_source(&dictionary, channels as usize).spread();
                assert_eq!(spread.latency_samples(), latency + hop);
                let output = run(&mut spread, &input, || size);
                for (output, expected) in output.iter().zip(&expected) {
                    assert!(output[..hop].iter().all(|x| *x == 0.0));
                    assert!(output[hop..] == expected[..20_000 - hop], "{mode}, {size}");
                }
            }
        }
    }
}

/// Hosts make their threads treat denormal numbers as zero; files are separated without that.
/// Faint values in the dictionary must give the same result in both.
#[cfg(target_arch = "x86_64")]
#[test]
fn denormals_do_not_matter() {
    for mode in Mode::ALL {
        let mut dictionary = random_dictionary(mode, 44_100, 4);
        let bins = dictionary.w.nrows();
        for (bin, mut row) in dictionary.w.rows_mut().into_iter().enumerate() {
            row *= 10f32.powf(-6.0 * bin as f32 / bins as f32);
        }
        let input = [noise(20_000, 0), noise(20_000, 1)];
        let render = || run(&mut one_bus_a_source(&dictionary, 2), &input, || 480);
        let expected = render();
        let in_a_host = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                // Flush to zero, and denormals are zero.
                let control = 0x1f80u32 | 0x8040;
                // SAFETY: the register belongs to the thread, which ends after this.
                unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &control) };
                render()
            });
            thread.join().expect("it does not panic")
        });
        assert!(in_a_host == expected, "{mode}");
    }
}

/// Loudness changes nothing but the loudness: from 80 dB below full scale to the integers of
/// 24 and 32 bits, and far beyond.
#[test]
fn a_stream_of_any_level_is_separated_as_any_other() {
    for mode in Mode::ALL {
        let dictionary = random_dictionary(mode, 44_100, 4);
        let render = |gain: f32| {
            let input = [0, 1].map(|c| noise(20_000, c).iter().map(|x| x * gain).collect());
            run(&mut one_bus_a_source(&dictionary, 2), &input, || 480).concat()
        };
        let expected = render(1.0);
        for exponent in [-13, 23, 31, 60, 100] {
            let gain = 2f32.powi(exponent);
            let off = render(gain);
            let off_db = peak_db(off.iter().zip(&expected).map(|(a, b)| a / gain - b));
            assert!(off_db < -100.0, "{mode}, 2^{exponent}: {off_db} dB");
        }
    }
}

/// An offset of the input decides nothing: activations are those of the input without it, and
/// so are the outputs, apart from the offset itself, which is in the rest. It is there before
/// the sound, and in one channel, so that its position is not that of the sound.
#[test]
fn an_offset_decides_nothing() {
    const SECOND: usize = 44_100;
    let before = 2 * SECOND;
    let half_turns = |t: usize| (t as f32 * std::f32::consts::PI / SECOND as f32).cos();
    // A sudden offset would be a click, which is a sound.
    let fade = |t: usize| 0.5 - 0.5 * half_turns(t.min(SECOND));
    let offsets: [&dyn Fn(usize) -> f32; 3] = [&|_| 0.05, &|_| 0.5, &|t| 0.05 * half_turns(2 * t)];
    for mode in Mode::ALL {
        let dictionary = random_dictionary(mode, 44_100, 4);
        let rest = dictionary.rest().unwrap();
        let latency = mode_latency(mode);
        for channels in [1, 2] {
            let sound = |c| [vec![0.0; before], noise(60_000, c)].concat();
            let plain: Vec<_> = (0..channels).map(sound).collect();
            let render = |input: &[Vec<f32>]| {
                let mut separator = one_bus_a_source(&dictionary, channels as usize);
                let output = run(&mut separator, input, || 480);
                (output, separator.h().to_vec())
            };
            let (expected, expected_h) = render(&plain);
            for (case, offset) in offsets.iter().enumerate() {
                let about = format!("{mode}, {channels} channels, case {case}");
                // Activations, as a fraction of their sum, and outputs. What is too fast for
                // the estimate of the offset is played with the sound, and can exchange one of
                // the smallest atoms that are kept for another.
                let (most, max_db) = match (case, channels) {
                    (2, _) if mode == Mode::Live => (0.03, -30.0),
                    (2, _) => (5e-3, -30.0),
                    (_, 1) => (1e-5, -90.0),
                    // Positions from the silence fade away.
                    _ => (5e-3, -35.0),
                };
                let mut input = plain.clone();
                input[0].iter_mut().enumerate().for_each(|(t, x)| *x += fade(t) * offset(t));
                let (output, h) = render(&input);
                let level: f32 = expected_h.iter().sum();
                let off: f32 = h.iter().zip(&expected_h).map(|(a, b)| (a - b).abs()).sum();
                assert!(off < most * level, "{about}: activations are {} off", off / level);
                for (i, (output, expected)) in output.iter().zip(&expected).enumerate() {
                    let has_offset = i == rest * channels as usize;
                    let off = (before + 30_000..output.len()).map(|t| {
                        let offset = if has_offset { offset(t - latency) } else { 0.0 };
                        output[t] - offset - expected[t]
                    });
                    let off_db = peak_db(off);
                    assert!(off_db < max_db, "{about}, output {i}: {off_db} dB");
                }
            }
        }
    }
}

/// An offset that begins at full height, with the sound, decides nothing either: without silence
/// before it, and with it, which gives the same samples.
#[test]
fn an_offset_that_begins_with_the_sound_decides_nothing() {
    const SECOND: usize = 44_100;
    let sound: Vec<f32> = noise(SECOND, 1)
        .iter()
        .enumerate()
        .map(|(t, x)| 0.2 * x * (t as f32 / 8_000.0).min(1.0))
        .collect();
    for mode in Mode::ALL {
        let dictionary = random_dictionary(mode, 44_100, 4);
        let rest = dictionary.rest().unwrap();
        let latency = mode_latency(mode);
        let render = |offset: f32, before: usize| {
            let begun = sound.iter().map(|x| x + offset);
            let input: Vec<f32> = std::iter::repeat_n(0.0, before).chain(begun).collect();
            let output = run(&mut one_bus_a_source(&dictionary, 1), &[input], || 480);
            output.iter().map(|output| output[before..].to_vec()).collect::<Vec<_>>()
        };
        let expected = render(0.0, 0);
        let output = render(0.1, 0);
        for (i, (output, expected)) in output.iter().zip(&expected).enumerate() {
            let off = (latency..SECOND).map(|t| {
                let offset = if i == rest { 0.1 } else { 0.0 };
                output[t] - offset - expected[t]
            });
            let off_db = peak_db(off);
            assert!(off_db < -60.0, "{mode}, output {i}: {off_db} dB");
        }
        let hop = dictionary.frames.hop;
        assert!(render(0.1, 8 * dictionary.frames.fft_size) == output, "{mode}, after silence");
        // Other frames, but as good.
        for before in [hop / 2, 2 * SECOND + 17] {
            let output = render(0.1, before);
            let sum = |t: usize| output.iter().map(|output| output[t]).sum::<f32>();
            let input = |t: usize| if t < latency { 0.0 } else { sound[t - latency] + 0.1 };
            let off_db = peak_db((0..SECOND).map(|t| sum(t) - input(t)));
            assert!(off_db < -120.0, "{mode}, {before} zeros before: the sum is {off_db} dB off");
        }
    }
}

fn mode_latency(mode: Mode) -> usize {
    FrameSettings::new(mode, 44_100).latency_samples()
}

/// Without a rest, a constant is constant in every output, whatever plays.
#[test]
fn a_constant_does_not_follow_the_sound() {
    for mode in Mode::ALL {
        let mut dictionary = random_dictionary(mode, 44_100, 4);
        dictionary.remove_rest();
        let bursts = |t: usize| if (t / 6_000).is_multiple_of(2) { 0.0 } else { 1e-3 };
        let sound = noise(120_000, 3).into_iter().enumerate();
        let input: Vec<f32> = sound.map(|(t, x)| 0.5 + bursts(t) * x).collect();
        let output = run(&mut one_bus_a_source(&dictionary, 1), &[input], || 480);
        for output in output {
            let off = output[80_000..].iter().map(|x| x - 0.25);
            assert!(peak_db(off) < -60.0, "{mode}");
        }
    }
}

/// The frames' positions depend only on the place in the stream, wherever playback starts.
#[test]
fn a_stream_entered_later_is_framed_as_from_its_start() {
    for mode in Mode::ALL {
        let dictionary = random_dictionary(mode, 44_100, 4);
        let silence = 3 * dictionary.frames.fft_size + 1;
        let sound = noise(20_000, 6);
        let from_start = [vec![0.0; silence], sound.clone()].concat();
        let expected = run(&mut one_bus_a_source(&dictionary, 1), &[from_start], || 480);
        let mut later = one_bus_a_source(&dictionary, 1);
        for around in [0, -7 * dictionary.frames.hop as i64] {
            later.reset_at(silence as i64 + around);
            let output = run(&mut later, std::slice::from_ref(&sound), || 512);
            for (output, expected) in output.iter().zip(&expected) {
                assert!(*output == expected[silence..], "{mode}, {around}");
            }
        }
    }
}

#[test]
fn the_file_path_gives_the_live_samples_in_time() {
    for mode in Mode::ALL {
        let dictionary = random_dictionary(mode, 44_100, 4);
        let input = noise(30_001, 5);
        let mut live = one_bus_a_source(&dictionary, 1);
        let latency = live.latency_samples();
        let mut longer = input.clone();
        longer.resize(input.len() + latency, 0.0);
        let live = run(&mut live, &[longer], || 480);

        let mut file: Vec<Vec<f32>> = vec![Vec::new(); 3];
        let mut position = 0;
        offline::run(
            &mut one_bus_a_source(&dictionary, 1),
            3,
            |block, most| -> Result<usize, ()> {
                let end = (position + most).min(input.len());
                block[0] = input[position..end].to_vec();
                let read = end - position;
                position = end;
                Ok(read)
            },
            |played| {
                file.iter_mut().zip(played).for_each(|(file, played)| file.extend(*played));
                Ok(())
            },
        )
        .unwrap();
        for (file, live) in file.iter().zip(&live) {
            assert_eq!(file.len(), input.len());
            assert!(file[..] == live[latency..], "{mode}");
        }
    }
}

#[test]
fn an_impulse_comes_out_after_the_reported_latency() {
    for mode in Mode::ALL {
        for rate in RATES_HZ {
            let dictionary = random_dictionary(mode, rate, 2);
            let mut separator = one_bus_a_source(&dictionary, 1);
            let latency = separator.latency_samples();
            // Away from the edges of a hop.
            let at = 2 * dictionary.frames.fft_size + 37;
            let mut input = vec![0.0; at + 2 * latency];
            input[at] = 1.0;
            let output = run(&mut separator, &[input], || 64);
            let total = |t: usize| output.iter().map(|bus| bus[t]).sum::<f32>();
            let loudest = (0..output[0].len())
                .max_by(|&a, &b| total(a).abs().total_cmp(&total(b).abs()))
                .unwrap();
            assert_eq!(loudest - at, latency, "{mode} at {rate} Hz");
            assert!((total(loudest) - 1.0).abs() < 1e-5);
        }
    }
    for rate in [44_100, 48_000] {
        let latency = |mode| FrameSettings::new(mode, rate).latency_samples();
        assert_eq!(Mode::ALL.map(latency), [4096, 1024, 512]);
    }
}

#[test]
fn sources_and_rest_sum_to_the_input() {
    for mode in Mode::ALL {
        for rate in RATES_HZ {
            for (channels, spatial) in [(1, true), (2, true), (2, false)] {
                // Alone on a bus each, or with another one. Channels that are nearly the same are
                // ill-conditioned, and so are ones that have nothing in common, at the start.
                for (buses, common) in [(vec![0, 1, 2], 1.8), (vec![0, 1, 1], 0.0)] {
                    let dictionary = random_dictionary(mode, rate, 3);
                    let model = Arc::new(Model::new(&dictionary));
                    let mut separator = Separator::new(model, channels, buses[2] + 1);
                    for (source, &bus) in buses.iter().enumerate() {
                        separator.bus_mut(bus).set_gain(source, 1.0);
                    }
                    (0..=buses[2]).for_each(|bus| separator.bus_mut(bus).settle());
                    separator.set_spatial(SpatialKind::of_setting(spatial));
                    let latency = separator.latency_samples();
                    let samples = 6 * dictionary.frames.fft_size;
                    let in_both = noise(samples, 9);
                    let own = if common == 0.0 { 1.8 } else { 0.01 };
                    let input: Vec<Vec<f32>> = (0..channels)
                        .map(|c| {
                            let alone = noise(samples, 20 + c as u64);
                            in_both.iter().zip(alone).map(|(a, b)| common * a + own * b).collect()
                        })
                        .collect();
                    let output = run(&mut separator, &input, || 480);
                    for (c, input) in input.iter().enumerate() {
                        let error = (latency..samples).map(|t| {
                            let buses = output.iter().skip(c).step_by(channels);
                            buses.map(|bus| bus[t]).sum::<f32>() - input[t - latency]
                        });
                        let error = peak_db(error);
                        let case =
                            format!("{mode}, {rate} Hz, {channels} ch, {spatial}, {buses:?}");
                        assert!(error < -120.0, "{case}: {error} dBFS");
                    }
                }
            }
        }
    }
}

#[test]
fn components_of_a_source_sum_to_the_source() {
    let dictionary = random_dictionary(Mode::Balanced, 44_100, 3);
    let source = 1;
    let components = dictionary.sources[source].components.clone();
    for channels in [1, 2] {
        let model = Arc::new(Model::new(&dictionary));
        let mut separator = Separator::new(model, channels, components.len() + 1);
        separator.bus_mut(0).set_gain(source, 1.0);
        separator.bus_mut(0).settle();
        for (bus, &component) in components.iter().enumerate() {
            separator.bus_mut(bus + 1).set_component(Some((component, 1.0)));
            separator.bus_mut(bus + 1).settle();
        }
        let input: Vec<_> = (0..channels).map(|c| noise(20_000, c as u64)).collect();
        let output = run(&mut separator, &input, || 512);
        let difference = (0..20_000).map(|t| {
            let sum: f32 = (1..=components.len()).map(|bus| output[bus * channels][t]).sum();
            sum - output[0][t]
        });
        assert!(peak_db(output[0].iter().copied()) > -30.0);
        assert!(peak_db(difference) < -100.0);
    }
}

#[test]
fn what_is_not_finite_is_silenced_and_forgotten() {
    let dictionary = random_dictionary(Mode::Live, 44_100, 3);
    let clean = noise(40_000, 2);
    let mut broken = clean.clone();
    for (i, bad) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::NAN].iter().enumerate() {
        broken[5_000 + 3 * i] = *bad;
    }
    let mut silenced = broken.clone();
    silenced.iter_mut().for_each(|x| *x = if x.is_finite() { *x } else { 0.0 });
    let render = |input: Vec<f32>| run(&mut one_bus_a_source(&dictionary, 1), &[input], || 256);
    let output = render(broken);
    assert!(output.iter().flatten().all(|x| x.is_finite()));
    assert!(output == render(silenced));
}

/// A click of an absurd level passes, and leaves nothing behind once its frames are over.
#[test]
fn an_absurd_click_passes_and_is_forgotten() {
    for (mode, click) in Mode::ALL.into_iter().zip([1e30, 1e12, f32::MAX]) {
        for channels in [1, 2] {
            let dictionary = random_dictionary(mode, 44_100, 3);
            let plain: Vec<_> = (0..channels).map(|c| noise(90_000, c)).collect();
            let at = 20_000;
            let mut input = plain.clone();
            input[0][at] = click;
            let render = |input: &[Vec<f32>]| {
                run(&mut one_bus_a_source(&dictionary, channels as usize), input, || 480)
            };
            let (output, expected) = (render(&input), render(&plain));
            assert!(output.iter().flatten().all(|x| x.is_finite()), "{mode}");
            let sum = |output: &[Vec<f32>], t: usize| -> f32 {
                output.iter().step_by(channels as usize).map(|x| x[t]).sum()
            };
            let latency = mode_latency(mode);
            let passed = sum(&output, at + latency) / click.min(2f32.powi(100));
            assert!((passed - 1.0).abs() < 1e-5, "{mode}: {passed}");
            let over = at + dictionary.frames.fft_size + latency;
            let error = (over..90_000).map(|t| sum(&output, t) - input[0][t - latency]);
            assert!(peak_db(error) < -120.0, "{mode}");
            // In stereo, the sources' positions are learned again, which takes longer.
            for (output, expected) in output.iter().zip(&expected).filter(|_| channels == 1) {
                let off = output[70_000..].iter().zip(&expected[70_000..]).map(|(a, b)| a - b);
                let off_db = peak_db(off);
                assert!(off_db < -20.0, "{mode}, {channels} channels: {off_db} dB");
            }
        }
    }
}

#[test]
fn without_components_the_input_passes_delayed() {
    let mut dictionary = random_dictionary(Mode::Live, 44_100, 1);
    dictionary.keep_sources(&[]);
    dictionary.add_empty_rest();
    for channels in [1, 2] {
        let mut separator = one_bus_a_source(&dictionary, channels);
        let latency = separator.latency_samples();
        let input: Vec<_> = (0..channels).map(|c| noise(9_000, c as u64)).collect();
        let output = run(&mut separator, &input, || 100);
        for (input, output) in input.iter().zip(&output) {
            let error = (latency..9_000).map(|t| output[t] - input[t - latency]);
            assert!(peak_db(error) < -120.0);
        }
    }
}

#[test]
fn a_gain_glides_without_a_click() {
    let dictionary = random_dictionary(Mode::Live, 44_100, 2);
    let mut separator = one_bus_a_source(&dictionary, 1);
    // A slow sine: a click is any step far above its own slope.
    let input: Vec<f32> = (0..30_000).map(|t| 0.8 * (t as f32 * 0.01).sin()).collect();
    let mut output = Vec::new();
    for (i, block) in input.chunks(1_000).enumerate() {
        for source in 0..3 {
            separator.bus_mut(0).set_gain(source, (i % 2) as f32);
        }
        let mut played = vec![vec![0.0; block.len()]; 3];
        let mut slices: Vec<&mut [f32]> = played.iter_mut().map(|x| &mut x[..]).collect();
        separator.process(&[block], &mut slices);
        output.extend_from_slice(&played[0]);
    }
    let step = output.windows(2).map(|x| (x[1] - x[0]).abs()).fold(0.0, f32::max);
    assert!(peak_db(output.iter().copied()) > -6.0);
    assert!(step < 0.012, "largest step {step}; the sine's own is 0.008");
}
