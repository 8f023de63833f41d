//! Normalisations of values whose mean is large beside their spread.

use super::super::{Groups, batch_norm, group_norm, layer_norm};
use crate::{Path, Team, with_path};

/// What a normalisation gives for `x` with factors of 1 and shifts of 0, one thread and three: the same bits.
fn normalised(what: &str, x: &[f32], cols: usize, eps: f32) -> Vec<f32> {
    let [one, three] = [1, 3].map(Team::new).map(|team| {
        let mut y = vec![f32::NAN; x.len()];
        let rows = x.len() / cols;
        let (gamma, beta) = (vec![1.0; cols], vec![0.0; cols]);
        let [mut mean, mut rstd, mut variance] = [(); 3].map(|()| vec![0.0; rows.max(cols)]);
        match what {
            "batch" => {
                let [mean, rstd, variance] = [&mut mean, &mut rstd, &mut variance].map(|values| &mut values[..cols]);
                batch_norm(&team, x, &gamma, &beta, eps, false, &mut y, mean, rstd, variance);
            }
            "group" => {
                let of = Groups { positions: rows, channels: cols, groups: 1 };
                group_norm(&team, &of, x, &gamma, &beta, eps, &mut y, &mut mean[..1], &mut rstd[..1]);
            }
            _ => layer_norm(&team, x, &gamma, &beta, eps, &mut y, &mut mean[..rows], &mut rstd[..rows]),
        }
        y
    });
    assert_eq!(one, three, "{what}: threads change the bits");
    one
}

/// The kind of normalisation, and rows and columns.
const CASES: [(&str, usize, usize); 11] = [
    ("batch", 100_352, 1),
    ("batch", 100_352, 3),
    ("batch", 16_384, 32),
    ("batch", 300, 7),
    ("batch", 65, 130),
    ("group", 3136, 1),
    ("group", 3136, 8),
    ("group", 5, 3),
    ("layer", 1, 16_384),
    ("layer", 5, 1000),
    ("layer", 7, 37),
];

fn on_every_path(check: impl Fn(&str, usize, usize)) {
    for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
        with_path(path, || CASES.into_iter().for_each(|(what, rows, cols)| check(what, rows, cols))).unwrap();
    }
}

#[test]
fn what_is_the_same_everywhere_becomes_zero() {
    on_every_path(|what, rows, cols| {
        // What a layer normalisation leaves as it is in short rows.
        let most = if what == "layer" && cols <= 64 { 10.1 } else { 1000.1 };
        for value in [0.1, 10.1, 100.1, 1000.1].into_iter().filter(|value| *value <= most) {
            let y = normalised(what, &vec![value; rows * cols], cols, 1e-5);
            let worst = y.iter().fold(0.0_f32, |most, y| most.max(y.abs()));
            assert!(worst <= 0.03, "{what}, {rows} × {cols} of {value}: {worst}");
        }
    });
}

#[test]
fn a_little_noise_on_a_large_mean() {
    on_every_path(|what, rows, cols| {
        for mean in [0.1_f32, 10.1, 1000.1] {
            let noise = |i: usize| ((i * 7919 + 13) % 10_007) as f32 / 10_007.0 - 0.5;
            let x: Vec<f32> = (0..rows * cols).map(|i| mean + mean * 0.0024 * noise(i)).collect();
            let y = normalised(what, &x, cols, 0.0);
            // Each column, the whole, or each row by itself.
            let (count, stride, of) = match what {
                "batch" => (cols, cols, rows),
                "group" => (1, 1, x.len()),
                _ => (rows, 1, cols),
            };
            for part in 0..count {
                let start = if what == "layer" { part * cols } else { part };
                let places = || (0..of).map(|i| start + i * stride);
                let exact = places().map(|i| f64::from(x[i])).sum::<f64>() / of as f64;
                let variance = places().map(|i| (f64::from(x[i]) - exact).powi(2)).sum::<f64>() / of as f64;
                let off = |i: usize| ((f64::from(x[i]) - exact) / variance.sqrt() - f64::from(y[i])).abs();
                let worst = places().map(off).fold(0.0, f64::max);
                // Half the distance of two floats at the mean is this part of the deviation that 0.24 % give.
                let bar = if of < 100 { 2e-3 } else { 3e-4 };
                assert!(worst <= bar, "{what}, {rows} × {cols} around {mean}: {worst}");
            }
        }
    });
}

#[test]
fn a_column_with_nan_has_no_variance() {
    let (mut y, [mut mean, mut rstd, mut variance]) = ([0.0; 4], [[0.0; 2]; 3]);
    let (team, x) = (Team::serial(), [f32::NAN, 1.0, 2.0, 3.0]);
    batch_norm(&team, &x, &[1.0; 2], &[0.0; 2], 0.0, false, &mut y, &mut mean, &mut rstd, &mut variance);
    assert!(mean[0].is_nan() && variance[0].is_nan() && y[0].is_nan() && y[2].is_nan());
    assert_eq!((mean[1], variance[1], y[1], y[3]), (2.0, 1.0, -1.0, 1.0));
}
