//! Compares the loops with plain sums in double precision.

use super::*;

fn value(i: usize) -> f32 {
    ((i * 7919 % 1000) as f32 / 500.0 - 0.7).abs()
}

fn lanes(values: impl Iterator<Item = f32>) -> Vec<Lanes> {
    let values: Vec<f32> = values.collect();
    assert_eq!(values.len() % LANES, 0);
    values.as_chunks::<LANES>().0.to_vec()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn assert_close(found: &[f32], exact: impl Iterator<Item = f64>, error: f64) {
    for (found, exact) in found.iter().zip(exact) {
        assert!((f64::from(*found) - exact).abs() <= error * exact.abs(), "{found} {exact}");
    }
}

#[test]
fn codes_are_near() {
    for largest in [1.0, 0.3, 7.7e-6, 2e-9] {
        let row: Vec<f32> = (0..LANES).map(|i| largest * 0.55f32.powi(i as i32)).collect();
        let mut coded = CodedRows::new(1, LANES);
        coded.set(0, &row, 1.0);
        for (found, x) in coded.values(0).zip(&row) {
            assert!((found - x).abs() <= x / 32.0, "{x}: {found}");
        }
    }
}

#[test]
fn codes_of_what_is_faint_are_zero() {
    let mut coded = CodedRows::new(2, 3);
    coded.set(0, &[1.0, 0.0, 1e-5], 1.0);
    coded.set(1, &[0.0; 3], 1.0 / f32::MIN_POSITIVE);
    assert!(coded.values(0).chain(coded.values(1)).skip(1).all(|x| x == 0.0));
}

/// The first row of each pair is accurate to within a factor of 2⁻⁸, the second exact.
#[test]
fn packed_rows_are_near_the_coded_ones() {
    let mut coded = CodedRows::new(BLOCK, LANES);
    for i in 0..BLOCK {
        // Some zeros.
        let row: Vec<f32> = (0..LANES).map(|k| (value(31 * i + k) - 0.3).max(0.0)).collect();
        coded.set(i, &row, 1.0);
    }
    let list: [u32; BLOCK] = std::array::from_fn(|i| i as u32);
    let mut rows = [[[0; LANES]; BLOCK / 2]];
    pack_rows(&coded, &list, &mut rows);
    for (pair, words) in rows[0].iter().enumerate() {
        let [first, second] = [0, 1].map(|i| coded.values(2 * pair + i));
        for ((word, first), second) in words.iter().zip(first).zip(second) {
            let [found_first, found_second] = unpacked(*word);
            assert!((found_first - first).abs() <= first / 256.0 + 1e-19, "{found_first} {first}");
            assert_eq!(found_second, second);
            assert!(first + second > 0.0 || word == &0, "what neither explains stays zero");
        }
    }
}

fn unpacked(word: u32) -> [f32; 2] {
    [f32::from_bits(word), f32::from_bits(word << 16)]
}

/// x^e, but for a small difference far from 1.
fn over_relaxed(x: f64, e: f64) -> f64 {
    x * x * (3.0 - e + (e - 1.0) * x) / (e - 1.0 + (3.0 - e) * x)
}

#[test]
fn over_relaxed_steps_are_nearly_powers() {
    for (e, error) in [(1.0, 1e-6), (1.75, 0.01), (1.95, 0.002)] {
        let mut steps = [0.0, 0.5, 0.8, 0.99, 1.0, 1.01, 1.25, 2.0];
        let exact = steps.map(|x: f32| f64::from(x).powf(e));
        blocks::over_relax(&mut steps, e as f32);
        assert_close(&steps, exact.into_iter(), error);
    }
}

/// One update, of rows and of the codes of the same values.
#[test]
fn updates_agree_with_double_precision() {
    for size in [1, 3, 24] {
        let count = 2 * BLOCK;
        let bands = size * LANES;
        let mut coded = CodedRows::new(count, bands);
        for i in 0..count {
            let row: Vec<f32> =
                (0..bands).map(|band| value(i * bands + band) / bands as f32).collect();
            coded.set(i, &row, 1.0);
        }
        let list: Vec<u32> = (0..count as u32).collect();
        let mut rows = vec![[[0; LANES]; BLOCK / 2]; count / BLOCK * size];
        pack_rows(&coded, &list, &mut rows);
        let ratio = lanes((0..bands).map(|i| value(i + 13)));
        let inverse_cost: Vec<f32> = (0..count).map(|i| 0.5 + value(i)).collect();
        let start: Vec<f32> = (0..count).map(|i| value(i + 101)).collect();
        for exponent in [1.0, 1.75, 1.8] {
            let step = Step { inverse_cost: &inverse_cost, scale: 0.8, exponent };
            let (mut h, mut y) = (start.clone(), lanes((0..bands).map(value)));
            update(&rows, &ratio, step, &mut h, &mut y);
            let packed = |i: usize| -> Vec<f32> {
                let block = rows[i / BLOCK * size..].iter().take(size);
                let words = block.flat_map(|pairs| pairs[i % BLOCK / 2]);
                words.map(|word| unpacked(word)[i % 2]).collect()
            };
            let updated = |row: &dyn Fn(usize) -> Vec<f32>| -> Vec<f64> {
                let update = |i: usize| {
                    let up = dot(&row(i), ratio.as_flattened());
                    let step = up * f64::from(inverse_cost[i]) * 0.8;
                    f64::from(start[i]) * over_relaxed(step, f64::from(exponent))
                };
                (0..count).map(update).collect()
            };
            let model = |row: &dyn Fn(usize) -> Vec<f32>, h: &[f32]| -> Vec<f64> {
                let rows: Vec<Vec<f32>> = (0..h.len()).map(row).collect();
                let term = |band: usize, i: usize| f64::from(h[i]) * f64::from(rows[i][band]);
                (0..bands).map(|band| (0..h.len()).map(|i| term(band, i)).sum()).collect()
            };
            assert_close(&h, updated(&packed).into_iter(), 1e-5);
            let start_of = (0..bands).map(|band| f64::from(value(band)));
            let with_start = start_of.zip(model(&packed, &h)).map(|(start, model)| start + model);
            assert_close(y.as_flattened(), with_start, 1e-5);

            let row = |i: usize| -> Vec<f32> { coded.values(i).collect() };
            let (mut h, mut y) = (start.clone(), vec![[0.0; LANES]; size]);
            let mut lifted = ratio.clone();
            scale(&mut lifted, LIFT);
            update_coded(&coded, &list, &lifted, step, &mut h, Some(&mut y));
            assert_close(&h, updated(&row).into_iter(), 1e-5);
            assert_close(y.as_flattened(), model(&row, &h).into_iter(), 1e-5);

            let mut sum = vec![[0.0; LANES]; size];
            add_coded_rows(&coded, &list[..13], &h[..13], &mut sum);
            scale(&mut sum, LIFT);
            assert_close(sum.as_flattened(), model(&row, &h[..13]).into_iter(), 1e-5);
        }
    }
}

/// The images of all sources sum to the input, however alike the channels are; and the sum of
/// several at once, from the channel itself and from the other one, is that of the single images.
#[test]
fn images_sum_to_the_input() {
    let bins = 37;
    let size = groups(bins);
    let channel = |c: usize| {
        let mut planes = Planes::new(bins);
        for i in 0..bins {
            planes.re.as_flattened_mut()[i] = value(i) + 1e-3 * value(i + 7 * c);
            planes.im.as_flattened_mut()[i] = value(i + 5) - 1e-3 * value(i + 11 * c);
        }
        planes
    };
    let x = [channel(0), channel(1)];
    let mut masks = lanes((0..3 * size * LANES).map(|i| value(i) + 0.01));
    let sum = &mut vec![[0.0; LANES]; size];
    let floor = Floor { of_peak: 0.0, least: 0.0 };
    normalise(&mut masks, 1.0, 1.0, floor, None, sum);
    let covariances = [[0.5, 0.5, 0.49], [0.9, 0.11, 0.2], [0.3, 0.7, 0.45]];
    let mut solved = Solved::new(bins);
    solved.solve([&x[0], &x[1]], &masks, &covariances);
    let assert_same = |found: &Planes, exact: &Planes| {
        for (found, exact) in [(&found.re, &exact.re), (&found.im, &exact.im)] {
            let exact = exact.as_flattened().iter().map(|x| f64::from(*x));
            assert_close(found.as_flattened(), exact, 2e-6);
        }
    };
    // From each channel, gains of the sources.
    let terms = |own: [f32; 3], other: [f32; 3]| [own, other];
    for (channel, gains) in [
        (0, terms([1.0; 3], [0.0; 3])),
        (1, terms([1.0; 3], [0.0; 3])),
        (0, terms([0.3, 0.0, 2.0], [0.0; 3])),
        (1, terms([0.7, 0.5, 0.0], [-0.4, 1.5, 0.2])),
        (0, terms([0.0; 3], [0.5, 0.1, 0.9])),
    ] {
        let (mut one_by_one, mut image) = (Planes::new(bins), Planes::new(bins));
        let (mut of_solved, mut of_error) = (
            [vec![[0.0; LANES]; size], vec![[0.0; LANES]; size]],
            [vec![[0.0; LANES]; size], vec![[0.0; LANES]; size]],
        );
        for (crossed, gains) in gains.iter().enumerate() {
            let from = if crossed == 1 { 1 - channel } else { channel };
            let sources = masks.chunks_exact(size).zip(covariances).zip(gains);
            for ((mask, covariance), &gain) in sources {
                solved.image(from, covariance, mask, gain, &mut image);
                add(&image.re, 1.0, &mut one_by_one.re);
                add(&image.im, 1.0, &mut one_by_one.im);
                let mut parts = [covariance[from], covariance[2]];
                if crossed == 1 {
                    parts.reverse();
                }
                let [own, other] = of_solved.each_mut().map(|sum| sum.as_flattened_mut());
                let sums = [own, other, of_error[crossed].as_flattened_mut()];
                let gains = [parts[0] * gain, parts[1] * gain, gain];
                add_to_sums(mask.as_flattened(), gains, false, sums);
            }
        }
        let mut at_once = Planes::new(bins);
        let of_solved = of_solved.each_ref().map(|sum| &sum[..]);
        let of_error = of_error.each_ref().map(|sum| Some(&sum[..]));
        solved.sum_of_images(channel, of_solved, of_error, &mut at_once);
        assert_same(&at_once, &one_by_one);
        if gains[0] == [1.0; 3] {
            assert_same(&one_by_one, &x[channel]);
        }
    }
}
