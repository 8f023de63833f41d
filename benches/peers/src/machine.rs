//! What the machine gives: fused multiply-adds from registers, and a stream through memory.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

/// Rounds of [`multiply_adds`] in a measurement.
const ROUNDS: usize = 200_000;
/// Registers that sum: enough to hide the latency of two units.
const SUMS: usize = 16;

/// GFLOP/s of `threads` threads together that do nothing but fused multiply-adds: the best of some tries.
pub fn peak(threads: usize) -> f64 {
    (0..20).map(|_| together(threads, multiply_adds)).fold(0.0, f64::max) / 1e9
}

/// GB/s of `threads` threads together that compute `a = b + 3·c` over arrays of 64 MiB in all, each byte counted once: the best of
/// some tries.
pub fn bandwidth(threads: usize) -> f64 {
    let len = (64 << 20) / 3 / size_of::<f32>() / threads;
    let arrays: Vec<_> = (0..threads).map(|_| [vec![0.0_f32; len], vec![1.0; len], vec![2.0; len]]).collect();
    let arrays: Vec<_> = arrays.into_iter().map(std::sync::Mutex::new).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let triad = || {
        let mine = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % threads;
        let mut arrays = arrays[mine].lock().expect("nobody panics while holding it");
        let [a, b, c] = &mut *arrays;
        for ((a, &b), &c) in a.iter_mut().zip(&*b).zip(&*c) {
            *a = b + 3.0 * c;
        }
        black_box(a[0]);
        3.0 * 4.0 * len as f64
    };
    (0..20).map(|_| together(threads, triad)).fold(0.0, f64::max) / 1e9
}

/// Amount per second, where each of `threads` threads does some at the same time.
fn together(threads: usize, work: impl Fn() -> f64 + Sync) -> f64 {
    let barrier = Barrier::new(threads);
    let run = || {
        barrier.wait();
        let start = Instant::now();
        let amount = work();
        (amount, start, Instant::now())
    };
    let runs: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panics")).collect()
    });
    let start = runs.iter().map(|run| run.1).min().expect("at least one thread");
    let end = runs.iter().map(|run| run.2).max().expect("at least one thread");
    runs.iter().map(|run| run.0).sum::<f64>() / (end - start).as_secs_f64()
}

/// Floating-point operations done.
fn multiply_adds() -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has the instructions.
            return unsafe { avx512() };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: as above.
            return unsafe { avx2() };
        }
    }
    let mut sums = [[black_box(1.0_f32); 4]; SUMS];
    let factor = black_box(0.5_f32);
    for _ in 0..ROUNDS {
        sums.as_flattened_mut().iter_mut().for_each(|sum| *sum = *sum * factor + 1.0);
    }
    black_box(sums);
    (2 * 4 * SUMS * ROUNDS) as f64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512() -> f64 {
    use std::arch::x86_64::*;
    let (factor, one) = (_mm512_set1_ps(black_box(0.5)), _mm512_set1_ps(black_box(1.0)));
    let mut sums = [one; SUMS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm512_fmadd_ps(*sum, factor, one);
        }
    }
    black_box(sums);
    (2 * 16 * SUMS * ROUNDS) as f64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2() -> f64 {
    use std::arch::x86_64::*;
    const SUMS: usize = 12;
    let (factor, one) = (_mm256_set1_ps(black_box(0.5)), _mm256_set1_ps(black_box(1.0)));
    let mut sums = [one; SUMS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm256_fmadd_ps(*sum, factor, one);
        }
    }
    black_box(sums);
    (2 * 8 * SUMS * ROUNDS) as f64
}
