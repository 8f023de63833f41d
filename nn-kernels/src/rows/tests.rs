//! Row kernels against plain f64 loops, and for every number of threads.

use super::*;
use crate::{Path, Team, with_path};

const SIZES: [(usize, usize); 12] = [
    (0, 3),
    (1, 1),
    (1, 5),
    (6, 16),
    (5, 17),
    (7, 10),
    (32, 128),
    (257, 31),
    (600, 65),
    (1100, 3),
    (9, 2000),
    (513, 600),
];

fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut numbers = vec![0.0; len];
    crate::uniform_fill(seed, 0, &mut numbers);
    numbers.iter().map(|u| 5.0 * u - 2.2).collect()
}

/// `max |a − b| ≤ 1e-5 · max |b|`, the bar for single layers.
fn close(what: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3_f64, |m, e| m.max(e.abs()));
    for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(g) - e).abs() <= 1e-5 * scale, "{what}: element {i} is {g}, not {e}");
    }
}

/// Runs `kernel` for all sizes and paths with 1, 2, 3 and 8 threads; all numbers of threads must give the bits that
/// `check` sees.
fn for_all(kernel: impl Fn(&Team, usize, usize) -> Vec<Vec<f32>>, check: impl Fn(usize, usize, &[Vec<f32>])) {
    let teams = [1, 2, 3, 8].map(Team::new);
    for path in Path::ALL {
        let run = || {
            for (rows, cols) in SIZES {
                let results = teams.each_ref().map(|team| kernel(team, rows, cols));
                assert!(results.iter().all(|r| *r == results[0]), "threads change the bits: {rows} × {cols} on {path}");
                check(rows, cols, &results[0]);
            }
        };
        if with_path(path, run).is_err() {
            println!("path {path} could not run here");
        }
    }
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().copied().map(f64::from).collect()
}

fn softmax_of(row: &[f64]) -> Vec<f64> {
    let m = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = row.iter().map(|x| (x - m).exp()).sum();
    row.iter().map(|x| (x - m).exp() / sum).collect()
}

#[test]
fn softmax_and_its_gradient() {
    for_all(
        |team, rows, cols| {
            let (x, dy) = (numbers(rows * cols, 1), numbers(rows * cols, 2));
            let [mut y, mut dx] = [0; 2].map(|_| vec![0.0; x.len()]);
            softmax(team, &x, &mut y, cols);
            softmax_backward(team, &y, &dy, &mut dx, cols);
            vec![y, dx]
        },
        |rows, cols, results| {
            let (x, dy) = (wide(&numbers(rows * cols, 1)), wide(&numbers(rows * cols, 2)));
            let y: Vec<f64> = x.chunks(cols).flat_map(softmax_of).collect();
            let dx = y.chunks(cols).zip(dy.chunks(cols)).flat_map(|(y, dy)| {
                let dot: f64 = y.iter().zip(dy).map(|(y, dy)| y * dy).sum();
                y.iter().zip(dy).map(move |(y, dy)| y * (dy - dot)).collect::<Vec<_>>()
            });
            close("softmax", &results[0], &y);
            close("softmax_backward", &results[1], &dx.collect::<Vec<_>>());
        },
    );
}

#[test]
fn exponentials_of_rows() {
    for_all(
        |_, rows, cols| {
            let x = numbers(rows * cols, 1);
            let [mut kept, mut largest, mut sums, mut alone, mut alone_sums] =
                [x.len(), rows, rows, rows, rows].map(|len| vec![0.0; len]);
            row_exponentials(&x, cols, Some(&mut kept), &mut largest, &mut sums);
            // The same bits without keeping, and for a row by itself.
            row_exponentials(&x, cols, None, &mut alone, &mut alone_sums);
            assert_eq!((&largest, &sums), (&alone, &alone_sums));
            for (row, x) in x.chunks(cols).enumerate() {
                let (mut one, mut sum) = ([0.0], [0.0]);
                row_exponentials(x, cols, None, &mut one, &mut sum);
                assert_eq!((one[0], sum[0]), (largest[row], sums[row]));
            }
            vec![kept, largest, sums]
        },
        |rows, cols, results| {
            let x = wide(&numbers(rows * cols, 1));
            let m = |row: &[f64]| row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let kept: Vec<f64> = x.chunks(cols).flat_map(|row| row.iter().map(|x| (x - m(row)).exp())).collect();
            close("kept", &results[0], &kept);
            close("largest", &results[1], &x.chunks(cols).map(m).collect::<Vec<_>>());
            close("sums", &results[2], &kept.chunks(cols).map(|row| row.iter().sum()).collect::<Vec<_>>());
        },
    );
}

#[test]
fn log_softmax_and_its_gradient() {
    for_all(
        |team, rows, cols| {
            let (x, dy) = (numbers(rows * cols, 1), numbers(rows * cols, 2));
            let [mut y, mut dx] = [0; 2].map(|_| vec![0.0; x.len()]);
            log_softmax(team, &x, &mut y, cols);
            log_softmax_backward(team, &y, &dy, &mut dx, cols);
            vec![y, dx]
        },
        |rows, cols, results| {
            let (x, dy) = (wide(&numbers(rows * cols, 1)), wide(&numbers(rows * cols, 2)));
            let p: Vec<f64> = x.chunks(cols).flat_map(softmax_of).collect();
            let y: Vec<f64> = p.iter().map(|p| p.ln()).collect();
            let dx = p.chunks(cols).zip(dy.chunks(cols)).flat_map(|(p, dy)| {
                let sum: f64 = dy.iter().sum();
                p.iter().zip(dy).map(move |(p, dy)| dy - p * sum).collect::<Vec<_>>()
            });
            close("log_softmax", &results[0], &y);
            close("log_softmax_backward", &results[1], &dx.collect::<Vec<_>>());
        },
    );
}

#[test]
fn softmax_at_the_ends() {
    let team = Team::serial();
    let mut y = [1e4, -1e4, 0.0, f32::NEG_INFINITY, 5.0, 5.0];
    softmax_inplace(&team, &mut y, 2);
    assert_eq!(y, [1.0, 0.0, 1.0, 0.0, 0.5, 0.5]);
    let mut y = [1e4, -1e4, f32::NAN, 1.0];
    log_softmax_inplace(&team, &mut y, 2);
    assert_eq!(y[..2], [0.0, -2e4]);
    assert!(y[2].is_nan() && y[3].is_nan());
}

#[test]
fn layer_norm_and_its_gradients() {
    const EPS: f32 = 1e-5;
    for_all(
        |team, rows, cols| {
            let (x, dy) = (numbers(rows * cols, 1), numbers(rows * cols, 2));
            let (gamma, beta) = (numbers(cols, 3), numbers(cols, 4));
            let [mut y, mut dx] = [0; 2].map(|_| vec![0.0; x.len()]);
            let [mut mean, mut rstd] = [0; 2].map(|_| vec![0.0; rows]);
            let [mut dgamma, mut dbeta] = [0; 2].map(|_| vec![1.0; cols]);
            layer_norm(team, &x, &gamma, &beta, EPS, &mut y, &mut mean, &mut rstd);
            layer_norm_backward(team, &x, &dy, &gamma, &mean, &rstd, &mut dx);
            layer_norm_backward_parameters(team, &x, &dy, &mean, &rstd, &mut dgamma, &mut dbeta, true);
            vec![y, dx, dgamma, dbeta]
        },
        |rows, cols, results| {
            if cols == 1 {
                return; // Nothing is left of a row of one value; its gradient is all rounding.
            }
            let (x, dy) = (wide(&numbers(rows * cols, 1)), wide(&numbers(rows * cols, 2)));
            let (gamma, beta) = (wide(&numbers(cols, 3)), wide(&numbers(cols, 4)));
            let [mut y, mut dx] = [0; 2].map(|_| vec![0.0; x.len()]);
            let [mut dgamma, mut dbeta] = [0; 2].map(|_| vec![1.0; cols]);
            let n = cols as f64;
            for row in 0..rows {
                let range = row * cols..(row + 1) * cols;
                let (x, dy) = (&x[range.clone()], &dy[range.clone()]);
                let mean = x.iter().sum::<f64>() / n;
                let rstd = 1.0 / (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n + f64::from(EPS)).sqrt();
                let hat: Vec<f64> = x.iter().map(|x| (x - mean) * rstd).collect();
                let g: Vec<f64> = dy.iter().zip(&gamma).map(|(dy, gamma)| dy * gamma).collect();
                let average = g.iter().sum::<f64>() / n;
                let dot = g.iter().zip(&hat).map(|(g, h)| g * h).sum::<f64>() / n;
                for j in 0..cols {
                    y[row * cols + j] = hat[j] * gamma[j] + beta[j];
                    dx[row * cols + j] = rstd * (g[j] - average - hat[j] * dot);
                    dgamma[j] += dy[j] * hat[j];
                    dbeta[j] += dy[j];
                }
            }
            for (what, got, expected) in [("y", 0, &y), ("dx", 1, &dx), ("dgamma", 2, &dgamma), ("dbeta", 3, &dbeta)] {
                close(what, &results[got], expected);
            }
        },
    );
}

#[test]
fn rms_norm_and_its_gradients() {
    const EPS: f32 = 1e-6;
    for_all(
        |team, rows, cols| {
            let (x, dy, gamma) = (numbers(rows * cols, 1), numbers(rows * cols, 2), numbers(cols, 3));
            let [mut y, mut dx] = [0; 2].map(|_| vec![0.0; x.len()]);
            let (mut scale, mut dgamma) = (vec![0.0; rows], vec![1.0; cols]);
            rms_norm(team, &x, &gamma, EPS, &mut y, &mut scale);
            rms_norm_backward(team, &x, &dy, &gamma, &scale, &mut dx);
            rms_norm_backward_parameters(team, &x, &dy, &scale, &mut dgamma, true);
            vec![y, dx, dgamma]
        },
        |rows, cols, results| {
            let (x, dy) = (wide(&numbers(rows * cols, 1)), wide(&numbers(rows * cols, 2)));
            let gamma = wide(&numbers(cols, 3));
            let ([mut y, mut dx], mut dgamma) = ([0; 2].map(|_| vec![0.0; x.len()]), vec![1.0; cols]);
            let n = cols as f64;
            for row in 0..rows {
                let range = row * cols..(row + 1) * cols;
                let (x, dy) = (&x[range.clone()], &dy[range]);
                let r = 1.0 / (x.iter().map(|x| x * x).sum::<f64>() / n + f64::from(EPS)).sqrt();
                let dot = (0..cols).map(|j| dy[j] * gamma[j] * x[j] * r).sum::<f64>() / n;
                for j in 0..cols {
                    y[row * cols + j] = x[j] * r * gamma[j];
                    dx[row * cols + j] = r * (dy[j] * gamma[j] - x[j] * r * dot);
                    dgamma[j] += dy[j] * x[j] * r;
                }
            }
            close("y", &results[0], &y);
            if cols > 1 {
                // The gradient of a row of one value is all rounding.
                close("dx", &results[1], &dx);
            }
            close("dgamma", &results[2], &dgamma);
        },
    );
}

#[test]
fn a_row_added_to_all() {
    for_all(
        |team, rows, cols| {
            let (x, row, mut y) = (numbers(rows * cols, 1), numbers(cols, 2), vec![0.0; rows * cols]);
            add_row(team, &x, &row, &mut y);
            vec![y]
        },
        |rows, cols, results| {
            let (x, row) = (numbers(rows * cols, 1), numbers(cols, 2));
            let sums: Vec<f32> = x.chunks(cols).flat_map(|x| x.iter().zip(&row).map(|(x, row)| x + row)).collect();
            assert_eq!(results[0], sums);
        },
    );
}

#[test]
fn batch_norm_and_its_gradients() {
    const EPS: f32 = 1e-5;
    for_all(
        |team, rows, cols| {
            let (x, dy) = (numbers(rows * cols, 1), numbers(rows * cols, 2));
            let (gamma, beta) = (numbers(cols, 3), numbers(cols, 4));
            let [mut y, mut dx, mut frozen_dx, mut eval] = [0; 4].map(|_| vec![0.0; x.len()]);
            let [mut mean, mut rstd, mut variance, mut dgamma, mut dbeta] = [0; 5].map(|_| vec![0.5; cols]);
            batch_norm(team, &x, &gamma, &beta, EPS, false, &mut y, &mut mean, &mut rstd, &mut variance);
            batch_norm_eval(team, &x, &gamma, &beta, &mean, &variance, EPS, false, &mut eval);
            close("batch_norm_eval", &eval, &wide(&y));
            // Behind a ReLU: the same as one after the other.
            let mut rectified = vec![0.0; x.len()];
            batch_norm_eval(team, &x, &gamma, &beta, &mean, &variance, EPS, true, &mut rectified);
            assert!(rectified.iter().zip(&eval).all(|(a, b)| *a == b.max(0.0)), "batch_norm_eval and ReLU");
            batch_norm(team, &x, &gamma, &beta, EPS, true, &mut rectified, &mut mean, &mut rstd, &mut variance);
            assert!(rectified.iter().zip(&y).all(|(a, b)| *a == b.max(0.0)), "batch_norm and ReLU");
            let masked: Vec<f32> = dy.iter().zip(&y).map(|(dy, y)| if *y > 0.0 { *dy } else { 0.0 }).collect();
            let [mut ours, mut theirs] = [0; 2].map(|_| [vec![0.0; x.len()], vec![0.0; cols], vec![0.0; cols]]);
            for (results, dy, relu) in [(&mut ours, &dy, Some(&beta[..])), (&mut theirs, &masked, None)] {
                let saved = BatchNormSaved { x: &x, gamma: &gamma, mean: &mean, rstd: &rstd, frozen: false, relu };
                let [dx, dgamma, dbeta] = results;
                batch_norm_backward(team, saved, dy, Some(dx), Some((dgamma, dbeta)), false);
            }
            assert!(ours == theirs, "batch_norm_backward and ReLU");
            let saved = BatchNormSaved { x: &x, gamma: &gamma, mean: &mean, rstd: &rstd, frozen: false, relu: None };
            let parameters = Some((&mut dgamma[..], &mut dbeta[..]));
            batch_norm_backward(team, saved, &dy, Some(&mut dx), parameters, true);
            let saved = BatchNormSaved { frozen: true, ..saved };
            batch_norm_backward(team, saved, &dy, Some(&mut frozen_dx), None, false);
            vec![y, dx, dgamma, dbeta, frozen_dx, mean, variance]
        },
        |rows, cols, results| {
            if rows < 2 {
                return; // As for a row of one value.
            }
            let (x, dy) = (wide(&numbers(rows * cols, 1)), wide(&numbers(rows * cols, 2)));
            let (gamma, beta) = (wide(&numbers(cols, 3)), wide(&numbers(cols, 4)));
            let [mut y, mut dx, mut frozen_dx] = [0; 3].map(|_| vec![0.0; x.len()]);
            let [mut means, mut variances, mut dgamma, mut dbeta] = [0; 4].map(|_| vec![0.5; cols]);
            let n = rows as f64;
            for j in 0..cols {
                let column = |data: &[f64]| (0..rows).map(|i| data[i * cols + j]).collect::<Vec<f64>>();
                let (x, dy) = (column(&x), column(&dy));
                let mean = x.iter().sum::<f64>() / n;
                let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
                let rstd = 1.0 / (variance + f64::from(EPS)).sqrt();
                let hat: Vec<f64> = x.iter().map(|x| (x - mean) * rstd).collect();
                let (sum, dot) = (dy.iter().sum::<f64>(), dy.iter().zip(&hat).map(|(dy, h)| dy * h).sum::<f64>());
                (means[j], variances[j]) = (mean, variance);
                dgamma[j] += dot;
                dbeta[j] += sum;
                for i in 0..rows {
                    y[i * cols + j] = hat[i] * gamma[j] + beta[j];
                    dx[i * cols + j] = gamma[j] * rstd * (dy[i] - sum / n - hat[i] * dot / n);
                    frozen_dx[i * cols + j] = gamma[j] * rstd * dy[i];
                }
            }
            let expected = [&y, &dx, &dgamma, &dbeta, &frozen_dx, &means, &variances];
            for ((got, expected), what) in
                results.iter().zip(expected).zip(["y", "dx", "dgamma", "dbeta", "frozen dx", "mean", "variance"])
            {
                close(what, got, expected);
            }
        },
    );
}

#[test]
fn column_sums_add_up_and_accumulate() {
    for_all(
        |team, rows, cols| {
            let x = numbers(rows * cols, 5);
            let [mut sums, mut more] = [0; 2].map(|_| vec![7.0; cols]);
            column_sums(team, &x, &mut sums, false);
            column_sums(team, &x, &mut more, true);
            vec![sums, more]
        },
        |rows, cols, results| {
            let x = wide(&numbers(rows * cols, 5));
            let sums: Vec<f64> = (0..cols).map(|j| (0..rows).map(|i| x[i * cols + j]).sum()).collect();
            // Terms of both signs cancel: the bar is relative to what was added.
            let scale = 2.8 * rows as f64;
            let close = |got: &[f32], extra: f64| {
                assert!(got.iter().zip(&sums).all(|(g, s)| (f64::from(*g) - s - extra).abs() <= 1e-6 * scale));
            };
            close(&results[0], 0.0);
            close(&results[1], 7.0);
        },
    );
}

#[test]
fn prelu_and_its_gradients() {
    // Channels one after the other, and side by side.
    [5, 1].into_iter().for_each(prelu_with_channels_of);
}

fn prelu_with_channels_of(inner: usize) {
    for_all(
        |team, rows, cols| {
            let (x, dy) = (numbers(rows * cols * inner, 1), numbers(rows * cols * inner, 2));
            let slopes = numbers(cols, 3);
            let [mut y, mut dx] = [0; 2].map(|_| vec![0.0; x.len()]);
            let mut dslopes = vec![2.0; cols];
            prelu(team, &x, &slopes, inner, &mut y);
            prelu_backward(team, &x, &dy, &slopes, inner, Some(&mut dx), &mut dslopes, true);
            vec![y, dx, dslopes]
        },
        |rows, cols, results| {
            let (x, dy) = (wide(&numbers(rows * cols * inner, 1)), wide(&numbers(rows * cols * inner, 2)));
            let slopes = wide(&numbers(cols, 3));
            let slope = |i: usize| if x[i] > 0.0 { 1.0 } else { slopes[i / inner % cols] };
            let mut dslopes = vec![2.0; cols];
            (0..x.len()).filter(|&i| x[i] <= 0.0).for_each(|i| dslopes[i / inner % cols] += dy[i] * x[i]);
            close("prelu", &results[0], &(0..x.len()).map(|i| slope(i) * x[i]).collect::<Vec<_>>());
            close("prelu dx", &results[1], &(0..x.len()).map(|i| slope(i) * dy[i]).collect::<Vec<_>>());
            close("prelu dslopes", &results[2], &dslopes);
        },
    );
}
