//! Parallel work in groups that are short enough to stop after any of them.

use rayon::prelude::*;

use super::progress::stop_unless;
use super::{Cancelled, Progress};

/// Work of a thread between two calls of the progress callback, in multiplications: a few
/// milliseconds, at most 50 with the slowest arithmetic.
const GROUP: usize = 1 << 25;

/// `map(item)` of every item, in order, computed in parallel. `cost` is the approximate work
/// of an item, in multiplications. Calls `progress` with the fraction that is done before
/// every group of items, and stops if it returns false.
///
/// How many items form a group depends on the number of threads, so no result may depend on
/// it.
pub fn map_in_groups<I: Send, T: Send>(
    items: Vec<I>,
    cost: usize,
    map: impl Fn(I) -> T + Send + Sync,
    progress: Progress,
) -> Result<Vec<T>, Cancelled> {
    let count = items.len();
    let each = (GROUP / cost.max(1)).max(1) * rayon::current_num_threads();
    let mut items = items.into_iter();
    let mut results = Vec::with_capacity(count);
    while results.len() < count {
        stop_unless(progress(results.len() as f32 / count as f32))?;
        let group: Vec<I> = items.by_ref().take(each).collect();
        results.par_extend(group.into_par_iter().map(&map));
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_items_come_back_in_order() {
        let mut fractions = Vec::new();
        let squares = map_in_groups((0..1000).collect(), GROUP / 7, |x: u64| x * x, &mut |x| {
            fractions.push(x);
            true
        });
        assert_eq!(squares, Ok((0..1000).map(|x| x * x).collect()));
        assert!(fractions[0] == 0.0 && fractions.is_sorted() && fractions.len() > 1);
    }

    #[test]
    fn nothing_runs_after_the_callback_has_stopped_it() {
        let run = std::sync::atomic::AtomicUsize::new(0);
        let each = 7 * rayon::current_num_threads();
        let count = |_| run.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut calls = 0;
        let stopped = map_in_groups((0..1000).collect(), GROUP / 7, count, &mut |_| {
            calls += 1;
            calls <= 2
        });
        assert_eq!(stopped, Err(Cancelled));
        assert_eq!(run.into_inner(), 2 * each);
    }
}
