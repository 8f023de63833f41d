//! Attention against plain f64 loops, on every path and for every number of threads.

use super::*;
use crate::{Path, Team, with_path};

const SHAPES: [(usize, Attention); 12] = [
    (0, of(3, 4, 2)),
    (1, of(1, 1, 1)),
    (5, of(1, 12, 3)),
    (2, of(5, 6, 6)),
    (3, of(9, 24, 4)),
    (2, of(16, 8, 1)),
    (2, of(17, 20, 2)),
    (4, of(64, 128, 4)),
    (1, of(65, 16, 2)),
    (1, of(70, 128, 1)),
    (1, of(130, 24, 3)),
    (1, of(300, 72, 2)),
];

const fn of(positions: usize, features: usize, heads: usize) -> Attention {
    Attention { positions, features, heads, causal: false }
}

fn numbers(len: usize, seed: u64, size: f32) -> Vec<f32> {
    let mut numbers = vec![0.0; len];
    crate::uniform_fill(seed, 0, &mut numbers);
    numbers.iter().map(|u| (2.0 * u - 1.0) * size).collect()
}

/// `max |a − b| ≤ 1e-5 · max |b|`, the bar for single layers.
fn close(what: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3_f64, |m, e| m.max(e.abs()));
    for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(g) - e).abs() <= 1e-5 * scale, "{what}: element {i} is {g}, not {e}");
    }
}

/// Output and gradient of the projection, by the definition.
fn naive(of: &Attention, projection: &[f32], dy: &[f32]) -> [Vec<f64>; 2] {
    let Attention { positions, features, heads, causal } = *of;
    let width = features / heads;
    let (mut y, mut gradient) = (vec![0.0; dy.len()], vec![0.0; projection.len()]);
    let at = |sample: usize, row: usize, part: usize, head: usize, i: usize| {
        (sample * positions + row) * 3 * features + part * features + head * width + i
    };
    let out =
        |sample: usize, row: usize, head: usize, i: usize| (sample * positions + row) * features + head * width + i;
    let value = |index: usize| f64::from(projection[index]);
    let root = (width as f64).sqrt();
    for sample in 0..dy.len() / (positions * features) {
        for head in 0..heads {
            for query in 0..positions {
                let seen = if causal { query + 1 } else { positions };
                let dot = |key: usize| -> f64 {
                    (0..width).map(|i| value(at(sample, query, 0, head, i)) * value(at(sample, key, 1, head, i))).sum()
                };
                let scores: Vec<f64> = (0..seen).map(|key| dot(key) / root).collect();
                let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - most).exp()).sum();
                let p: Vec<f64> = scores.iter().map(|score| (score - most).exp() / sum).collect();
                let dy = |i: usize| f64::from(dy[out(sample, query, head, i)]);
                let dp: Vec<f64> =
                    (0..seen).map(|key| (0..width).map(|i| dy(i) * value(at(sample, key, 2, head, i))).sum()).collect();
                let mean: f64 = p.iter().zip(&dp).map(|(p, dp)| p * dp).sum();
                for key in 0..seen {
                    let ds = p[key] * (dp[key] - mean) / root;
                    for i in 0..width {
                        y[out(sample, query, head, i)] += p[key] * value(at(sample, key, 2, head, i));
                        gradient[at(sample, query, 0, head, i)] += ds * value(at(sample, key, 1, head, i));
                        gradient[at(sample, key, 1, head, i)] += ds * value(at(sample, query, 0, head, i));
                        gradient[at(sample, key, 2, head, i)] += p[key] * dy(i);
                    }
                }
            }
        }
    }
    [y, gradient]
}

/// Output and gradient, in memory that held NaN before.
fn run(team: &Team, of: &Attention, projection: &[f32], dy: &[f32]) -> [Vec<f32>; 2] {
    let (mut y, mut gradient) = (vec![f32::NAN; dy.len()], vec![f32::NAN; projection.len()]);
    attention(team, of, projection, &mut y);
    attention_backward(team, of, projection, dy, &mut gradient);
    [y, gradient]
}

/// Runs `check` on every path that the machine has.
fn on_every_path(check: impl Fn(Path)) {
    for path in Path::ALL {
        if with_path(path, || check(path)).is_err() {
            println!("path {path} could not run here");
        }
    }
}

#[test]
fn the_definition_and_its_gradient() {
    let teams = [1, 2, 3, 8].map(Team::new);
    on_every_path(|path| {
        for (samples, of) in SHAPES {
            for causal in [false, true] {
                let of = Attention { causal, ..of };
                let len = samples * of.positions * of.features;
                let (projection, dy) = (numbers(3 * len, 1, 2.0), numbers(len, 2, 1.0));
                let results = teams.each_ref().map(|team| run(team, &of, &projection, &dy));
                assert!(results.iter().all(|r| *r == results[0]), "threads change the bits: {of:?} on {path}");
                let expected = naive(&of, &projection, &dy);
                close(&format!("output of {of:?} on {path}"), &results[0][0], &expected[0]);
                close(&format!("gradient of {of:?} on {path}"), &results[0][1], &expected[1]);
            }
        }
    });
}

#[test]
fn large_scores_are_no_nan() {
    let of = Attention { positions: 20, features: 8, heads: 2, causal: true };
    on_every_path(|path| {
        let len = of.positions * of.features;
        // Products of queries and keys up to 1e4 and more.
        let (projection, dy) = (numbers(3 * len, 3, 100.0), numbers(len, 4, 1.0));
        let [y, gradient] = run(&Team::new(2), &of, &projection, &dy);
        let expected = naive(&of, &projection, &dy);
        let finite = y.iter().chain(&gradient).all(|value| value.is_finite());
        assert!(finite, "on {path}");
        // Scores of 1e4 are off by 1e-3 in f32, so the probabilities agree to that where two are close.
        let far = y.iter().zip(&expected[0]).filter(|(y, e)| (f64::from(**y) - **e).abs() > 0.5).count();
        assert_eq!(far, 0, "on {path}");
    });
}

#[test]
fn later_positions_change_nothing_before_them() {
    let of = Attention { positions: 70, features: 8, heads: 2, causal: true };
    on_every_path(|path| {
        let len = of.positions * of.features;
        let (projection, dy) = (numbers(3 * len, 5, 1.0), vec![0.0; len]);
        let [y, _] = run(&Team::serial(), &of, &projection, &dy);
        for position in [1, 15, 16, 23, 24, 47, 69] {
            let mut other = projection.clone();
            other[3 * position * of.features..].fill(9.0);
            let [changed, _] = run(&Team::serial(), &of, &other, &dy);
            let (before, after) = (&y[..position * of.features], &changed[..position * of.features]);
            assert_eq!(before, after, "position {position} on {path}");
            assert_ne!(y[position * of.features..], changed[position * of.features..]);
        }
    });
}

#[test]
fn blocks_cover_the_queries() {
    for positions in [1, 2, 31, 32, 33, 64, 65, 500, 4096, 100_000] {
        for causal in [false, true] {
            let of = Attention { positions, features: 8, heads: 1, causal };
            let mut next = 0;
            for block in of.blocks() {
                assert_eq!(block.first, next);
                assert!(block.queries > 0 && block.queries * block.positions <= of.scores());
                next += block.queries;
                assert_eq!(block.positions, if causal { next } else { positions });
            }
            assert_eq!(next, positions);
            assert!(2 * of.scores() <= crate::scratch::LEAST || of.queries() == 1);
        }
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let team = Team::serial();
    let refused = |of: Attention, projection: usize, y: usize| {
        let run = || attention(&team, &of, &vec![0.0; projection], &mut vec![0.0; y]);
        let message = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_err();
        message.downcast_ref::<String>().unwrap().clone()
    };
    assert!(refused(of(2, 4, 3), 24, 8).contains("3 heads do not divide 4 features"));
    assert!(refused(of(2, 4, 0), 24, 8).contains("0 heads do not divide"));
    assert!(refused(of(2, 4, 2), 24, 16).contains("no batch"));
    assert!(refused(of(2, 4, 2), 23, 8).contains("no batch"));
    assert!(refused(of(1 << 40, 1 << 40, 1), 23, 8).contains("more elements than memory can hold"));
}
