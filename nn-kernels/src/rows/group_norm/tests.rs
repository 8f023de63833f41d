//! Against sums in f64, on every path and any number of threads.

use super::*;
use crate::{Path, with_path};

fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut numbers = vec![0.0; len];
    crate::uniform_fill(seed, 0, &mut numbers);
    numbers.iter().map(|u| 5.0 * u - 1.2).collect()
}

fn close(what: &str, found: &[f32], expected: &[f64]) {
    let scale = expected.iter().fold(1e-3_f64, |most, v| most.max(v.abs()));
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(a) - b).abs() <= 1e-5 * scale, "{what}: element {i} is {a}, not {b}");
    }
}

/// y, dx, dγ and dβ by sums written out.
fn by_hand(of: &Groups, x: &[f32], gamma: &[f32], beta: &[f32], dy: &[f32], eps: f64) -> [Vec<f64>; 4] {
    let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    let (x, gamma, beta, dy) = (wide(x), wide(gamma), wide(beta), wide(dy));
    let [mut y, mut dx] = [(); 2].map(|()| vec![0.0; x.len()]);
    let [mut dgamma, mut dbeta] = [(); 2].map(|()| vec![0.0; of.channels]);
    for (sample, group) in (0..x.len() / of.len()).flat_map(|s| (0..of.groups).map(move |g| (s, g))) {
        let members: Vec<usize> =
            (0..of.len()).filter(|i| i % of.channels / of.width() == group).map(|i| sample * of.len() + i).collect();
        let mean_of =
            |value: &dyn Fn(usize) -> f64| members.iter().map(|&i| value(i)).sum::<f64>() / members.len() as f64;
        let mean = mean_of(&|i| x[i]);
        let rstd = 1.0 / (mean_of(&|i| (x[i] - mean).powi(2)) + eps).sqrt();
        let (normal, g) = (|i: usize| (x[i] - mean) * rstd, |i: usize| dy[i] * gamma[i % of.channels]);
        let (average, slope) = (mean_of(&g), mean_of(&|i| g(i) * normal(i)));
        for &i in &members {
            let channel = i % of.channels;
            y[i] = normal(i) * gamma[channel] + beta[channel];
            dx[i] = rstd * (g(i) - average - normal(i) * slope);
            dgamma[channel] += dy[i] * normal(i);
            dbeta[channel] += dy[i];
        }
    }
    [y, dx, dgamma, dbeta]
}

#[test]
fn groups_of_all_sizes() {
    let cases = [(1, 12, 2), (9, 6, 3), (70, 32, 4), (130, 70, 7), (25, 48, 48), (300, 5, 1), (1, 3, 1)];
    for ((positions, channels, groups), n) in cases.into_iter().flat_map(|case| [(case, 1), (case, 5)]) {
        let of = Groups { positions, channels, groups };
        let (x, dy) = (numbers(n * of.len(), 1), numbers(n * of.len(), 2));
        let (gamma, beta) = (numbers(channels, 3), numbers(channels, 4));
        let expected = by_hand(&of, &x, &gamma, &beta, &dy, 1e-3);
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            with_path(path, || {
                let mut first: Option<[Vec<f32>; 4]> = None;
                for team in [1, 3].map(Team::new) {
                    let what = format!("{of:?}, {n} samples, {path}");
                    let [mut y, mut dx] = [(); 2].map(|()| vec![f32::NAN; x.len()]);
                    let [mut dgamma, mut dbeta] = [(); 2].map(|()| vec![2.0; channels]);
                    let [mut mean, mut rstd] = [(); 2].map(|()| vec![f32::NAN; n * groups]);
                    let mut sums = vec![f32::NAN; 2 * n * channels];
                    group_norm(&team, &of, &x, &gamma, &beta, 1e-3, &mut y, &mut mean, &mut rstd);
                    let saved = GroupNormSaved { x: &x, gamma: &gamma, mean: &mean, rstd: &rstd };
                    let parameters = Some((&mut dgamma[..], &mut dbeta[..]));
                    group_norm_backward(&team, &of, saved, &dy, &mut sums, Some(&mut dx), parameters, true);
                    dgamma.iter_mut().chain(&mut dbeta).for_each(|v| *v -= 2.0);
                    let found = [y, dx, dgamma, dbeta];
                    for (found, expected) in found.iter().zip(&expected) {
                        close(&what, found, expected);
                    }
                    assert!(first.as_ref().is_none_or(|first| *first == found), "other bits: {what}");
                    first.get_or_insert(found);
                }
            })
            .unwrap();
        }
    }
}

#[test]
#[should_panic(expected = "more elements than memory can hold: Groups")]
fn sizes_that_wrap_around_are_refused() {
    // As many elements as wrap around to four.
    let of = Groups { positions: (1 << 62) + 1, channels: 4, groups: 1 };
    let (mut y, mut mean, mut rstd) = ([0.0; 4], [0.0], [0.0]);
    group_norm(&Team::serial(), &of, &[1.0; 4], &[1.0; 4], &[0.0; 4], 1e-5, &mut y, &mut mean, &mut rstd);
}
