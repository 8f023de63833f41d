//! Against windows written out, on every path.

use super::*;
use crate::{Path, with_path};

fn pool(h: usize, w: usize, c: usize, kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Pool {
    let size = |size: usize, i: usize| (size + 2 * padding[i] - kernel[i]) / stride[i] + 1;
    Pool { input: [h, w, c], output: [size(h, 0), size(w, 1)], kernel, stride, padding, padding_end: padding }
}

/// For output `at` the elements of its window that lie inside the image.
fn window(pool: &Pool, oy: usize, ox: usize) -> Vec<(usize, usize)> {
    let mut inside = Vec::new();
    for (ky, kx) in (0..pool.kernel[0]).flat_map(|ky| (0..pool.kernel[1]).map(move |kx| (ky, kx))) {
        let y = (oy * pool.stride[0] + ky).checked_sub(pool.padding[0]).filter(|&y| y < pool.input[0]);
        let x = (ox * pool.stride[1] + kx).checked_sub(pool.padding[1]).filter(|&x| x < pool.input[1]);
        inside.extend(y.zip(x));
    }
    inside
}

fn check(pool: Pool, n: usize) {
    let [_, w, c] = pool.input;
    let x: Vec<f32> = (0..n * pool.input_len()).map(|i| ((i * 7919 + 13) % 101) as f32 - 50.0).collect();
    let dy: Vec<f32> = (0..n * pool.output_len()).map(|i| ((i * 31 + 5) % 17) as f32 - 8.0).collect();
    let (mut max, mut mean) = (vec![0.0; dy.len()], vec![0.0; dy.len()]);
    let (mut max_dx, mut mean_dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    for i in 0..dy.len() {
        let (sample, at, channel) = (i / pool.output_len(), i % pool.output_len() / c, i % c);
        let index = |(y, x)| sample * pool.input_len() + (y * w + x) * c + channel;
        let inside: Vec<usize> =
            window(&pool, at / pool.output[1], at % pool.output[1]).into_iter().map(index).collect();
        let best = inside.iter().fold(inside[0], |best, &i| if x[i] > x[best] { i } else { best });
        max[i] = x[best];
        max_dx[best] += dy[i];
        mean[i] = inside.iter().map(|&i| x[i]).sum::<f32>() / inside.len() as f32;
        inside.iter().for_each(|&j| mean_dx[j] += dy[i] / inside.len() as f32);
    }
    for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
        with_path(path, || {
            for threads in [1, 3] {
                let team = Team::new(threads);
                let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
                let mut picks = vec![0.0; n * pool.picks_len()];
                max_pool(&team, &pool, &x, &mut y, Some(&mut picks));
                assert_eq!(y, max, "{pool:?}");
                max_pool_backward(&team, &pool, &dy, &picks, &mut dx);
                assert_eq!(dx, max_dx, "{pool:?}");
                avg_pool(&team, &pool, false, &x, &mut y);
                let near = |a: &f32, b: &f32| (a - b).abs() <= 1e-4;
                assert!(y.iter().zip(&mean).all(|(a, b)| near(a, b)), "{pool:?}");
                avg_pool_backward(&team, &pool, false, &dy, &mut dx);
                assert!(dx.iter().zip(&mean_dx).all(|(a, b)| near(a, b)), "{pool:?}");
            }
        })
        .unwrap();
    }
}

#[test]
fn windows_of_all_kinds() {
    for n in [1, 4] {
        check(pool(8, 6, 3, [2, 2], [2, 2], [0, 0]), n);
        check(pool(9, 7, 20, [3, 3], [2, 2], [1, 1]), n);
        check(pool(7, 7, 16, [3, 3], [1, 1], [0, 0]), n);
        check(pool(7, 5, 35, [2, 3], [2, 3], [0, 0]), n);
        check(pool(5, 7, 6, [5, 7], [1, 1], [0, 0]), n);
        check(pool(9, 9, 2, [2, 2], [3, 3], [0, 0]), n);
    }
}

#[test]
fn a_window_with_nan_gives_nan() {
    let pool = pool(1, 4, 1, [1, 2], [1, 2], [0, 0]);
    let mut y = [0.0; 2];
    max_pool(&Team::serial(), &pool, &[f32::NAN, 1.0, 2.0, 3.0], &mut y, None);
    assert!(y[0].is_nan() && y[1] == 3.0);
}

#[test]
fn a_window_of_nothing_but_minus_infinity_has_a_pick() {
    for channels in [1, 16] {
        let pool = pool(2, 2, channels, [2, 2], [2, 2], [1, 1]);
        let (x, dy) = (vec![f32::NEG_INFINITY; 4 * channels], vec![1.0; 4 * channels]);
        let (mut y, mut dx, mut picks) = (dy.clone(), vec![9.0; x.len()], vec![0.0; pool.picks_len()]);
        max_pool(&Team::serial(), &pool, &x, &mut y, Some(&mut picks));
        max_pool_backward(&Team::serial(), &pool, &dy, &picks, &mut dx);
        // Each window has one pixel inside the image, in another corner of the window.
        assert!(y == x && dx == dy, "{dx:?}");
    }
}

#[test]
fn images_without_pixels_have_no_gradient() {
    let pool = Pool { input: [0, 3, 1], ..pool(1, 3, 1, [1, 1], [1, 1], [0, 0]) };
    max_pool_backward(&Team::serial(), &pool, &[], &[], &mut []);
}

#[test]
fn padding_counts_or_not() {
    let mut pool = pool(3, 3, 1, [2, 2], [2, 2], [1, 1]);
    let mut y = [0.0; 4];
    avg_pool(&Team::serial(), &pool, true, &[4.0; 9], &mut y);
    assert_eq!(y, [1.0, 2.0, 2.0, 4.0]);
    avg_pool(&Team::serial(), &pool, false, &[4.0; 9], &mut y);
    assert_eq!(y, [4.0; 4]);
    // A window that reaches beyond the padding, as the ceil mode allows, counts what lies inside of it.
    (pool.padding, pool.padding_end) = ([0, 0], [0, 0]);
    avg_pool(&Team::serial(), &pool, true, &[4.0; 9], &mut y);
    assert_eq!(y, [4.0; 4]);
}

#[test]
fn parts_of_about_the_same_size() {
    let pool = AdaptivePool { input: [7, 5, 3], output: [3, 2] };
    let x: Vec<f32> = (0..2 * pool.input_len()).map(|i| ((i * 31 + 5) % 17) as f32).collect();
    let dy: Vec<f32> = (0..2 * pool.output_len()).map(|i| i as f32 - 15.0).collect();
    // ⌊i · size / k⌋ to ⌈(i + 1) · size / k⌉ of seven rows and five columns.
    let (rows, columns) = ([0..3, 2..5, 4..7], [0..3, 2..5]);
    let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
    for i in 0..dy.len() {
        let (sample, at, channel) = (i / pool.output_len(), i % pool.output_len() / 3, i % 3);
        for (row, column) in rows[at / 2].clone().flat_map(|r| columns[at % 2].clone().map(move |c| (r, c))) {
            let from = sample * pool.input_len() + (row * 5 + column) * 3 + channel;
            y[i] += x[from] / 9.0;
            dx[from] += dy[i] / 9.0;
        }
    }
    for team in [1, 3].map(Team::new) {
        let (mut means, mut gradient) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
        adaptive_avg_pool(&team, &pool, &x, &mut means);
        adaptive_avg_pool_backward(&team, &pool, &dy, &mut gradient);
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(&means, &y) && near(&gradient, &dx));
    }
}

#[test]
fn sizes_that_wrap_around_are_refused() {
    let usual = pool(1, 1, 1, [1, 1], [1, 1], [0, 0]);
    let (team, half) = (Team::serial(), 1 << 63);
    // As many outputs, or elements of a window, as wrap around to none.
    let (many, wide) = (Pool { output: [half, 2], ..usual }, Pool { kernel: [half, 2], ..usual });
    let far = Pool { stride: [half, 1], output: [2, 1], ..usual };
    let parts = AdaptivePool { input: [1, 1, 1], output: [half, 2] };
    let (x, y) = (&mut [1.0][..], &mut [][..]);
    refused(|| max_pool(&team, &many, x, y, None));
    refused(|| max_pool_backward(&team, &many, y, &[], x));
    refused(|| avg_pool(&team, &many, true, x, y));
    refused(|| avg_pool_backward(&team, &many, true, y, x));
    refused(|| adaptive_avg_pool(&team, &parts, x, y));
    refused(|| adaptive_avg_pool_backward(&team, &parts, y, x));
    refused(|| max_pool(&team, &wide, x, &mut [0.0], None));
    refused(|| avg_pool(&team, &far, true, x, &mut [0.0; 2]));
}

/// That sizes are found out rather than an index or an overflow that happens to be checked.
fn refused(f: impl FnOnce()) {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("accepted");
    let message = panic.downcast_ref::<String>().expect("a message with the sizes");
    assert!(message.contains("Pool {"), "{message}");
}
