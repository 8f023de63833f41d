//! Contenders in turns, so that whatever else the machine does hits all of them.

use std::time::{Duration, Instant};

/// Seconds of one run of a contender.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub best: f64,
    pub median: f64,
}

/// Runs the contenders in turns of about 300 µs for `duration` and gives the times of each.
pub fn turns(duration: Duration, contenders: &mut [&mut dyn FnMut()]) -> Vec<Times> {
    let runs: Vec<usize> = contenders
        .iter_mut()
        .map(|run| {
            time(2, run);
            (3e-4 / time(3, run)).ceil() as usize
        })
        .collect();
    let mut times = vec![Vec::new(); contenders.len()];
    let start = Instant::now();
    while start.elapsed() < duration || times[0].len() < 5 {
        for ((contender, times), &runs) in contenders.iter_mut().zip(&mut times).zip(&runs) {
            // What the one before left in the caches is not this one's fault.
            contender();
            times.push(time(runs, contender));
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            Times { best: times[0], median: times[times.len() / 2] }
        })
        .collect()
}

fn time(runs: usize, run: &mut (impl FnMut() + ?Sized)) -> f64 {
    let start = Instant::now();
    (0..runs).for_each(|_| run());
    start.elapsed().as_secs_f64() / runs as f64
}
