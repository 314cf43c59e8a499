//! The most that the machine can do, measured in the same run.

use std::hint::black_box;
use std::time::Instant;

use multiversion::multiversion;
use realfft::RealFftPlanner;

/// Independent sums: enough to hide the latency of an addition on any machine.
const SUMS: usize = 256;
const ROUNDS: usize = 20_000;

/// Multiply-adds in `f32` per microsecond, from registers.
pub fn multiply_adds_per_us() -> f64 {
    let best_s = (0..20).map(|_| time_s(|| black_box(multiply_adds(black_box(1.000_1)))));
    (SUMS * ROUNDS) as f64 / (best_s.fold(f64::INFINITY, f64::min) * 1e6)
}

#[multiversion(targets = "simd")]
fn multiply_adds(by: f32) -> f32 {
    let mut sums = [1.0f32; SUMS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = sum.mul_add(by, 0.5);
        }
    }
    sums.iter().sum()
}

/// Microseconds that one transform of a real signal takes.
pub fn transform_us(size: usize) -> f64 {
    let plan = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let (mut input, mut output) = (plan.make_input_vec(), plan.make_output_vec());
    let mut scratch = plan.make_scratch_vec();
    input.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 17) as f32);
    let run = |_| {
        time_s(|| {
            plan.process_with_scratch(&mut input, &mut output, &mut scratch).expect("lengths fit");
            black_box(&output);
        })
    };
    1e6 * (0..200).map(run).fold(f64::INFINITY, f64::min)
}

fn time_s<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}
