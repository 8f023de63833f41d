//! Every path and form of every activation against its formula.

use super::*;
use crate::{Path, Team, with_path};

fn sigmoid64(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `∫ density` from −∞ to x, by the series at 0.
fn normal(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for i in 1..400 {
        term *= x * x / f64::from(2 * i + 1);
        sum += term;
    }
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if x < -8.0 {
        0.0
    } else if x > 8.0 {
        1.0
    } else {
        0.5 + density * sum
    }
}

/// Every activation, beside its formula as PyTorch's documentation has it.
type Formula = fn(f64) -> f64;

fn formulas() -> Vec<(Activation, Formula)> {
    vec![
        (Activation::Identity, |x| x),
        (Activation::Relu, |x| x.max(0.0)),
        (Activation::LeakyRelu { slope: 0.01 }, |x| if x > 0.0 { x } else { 0.01 * x }),
        (Activation::LeakyRelu { slope: -0.5 }, |x| if x > 0.0 { x } else { -0.5 * x }),
        (Activation::Elu { alpha: 1.5 }, |x| if x > 0.0 { x } else { 1.5 * x.exp_m1() }),
        (Activation::Elu { alpha: -1.0 }, |x| if x > 0.0 { x } else { -x.exp_m1() }),
        (Activation::Selu, |x| 1.0507009873554805 * if x > 0.0 { x } else { 1.6732632423543772 * x.exp_m1() }),
        (Activation::Sigmoid, sigmoid64),
        (Activation::Tanh, f64::tanh),
        (Activation::Softplus { beta: 1.0, threshold: 20.0 }, |x| x.max(0.0) + (-x.abs()).exp().ln_1p()),
        (Activation::Softplus { beta: 2.0, threshold: 3.0 }, |x| {
            if 2.0 * x > 3.0 { x } else { (2.0 * x).exp().ln_1p() / 2.0 }
        }),
        (Activation::Gelu, |x| x * normal(x)),
        (Activation::GeluTanh, |x| {
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
        }),
        (Activation::Silu, |x| x * sigmoid64(x)),
        (Activation::Mish, |x| x * (x.max(0.0) + (-x.abs()).exp().ln_1p()).tanh()),
        (Activation::HardSigmoid, |x| (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        (Activation::HardSwish, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        (Activation::HardTanh { min: -1.0, max: 1.0 }, |x| x.clamp(-1.0, 1.0)),
        (Activation::HardTanh { min: -0.5, max: 3.0 }, |x| x.clamp(-0.5, 3.0)),
        (Activation::Relu6, |x| x.clamp(0.0, 6.0)),
        (Activation::Softsign, |x| x / (1.0 + x.abs())),
        (Activation::LogSigmoid, |x| x.min(0.0) - (-x.abs()).exp().ln_1p()),
    ]
}

/// Values at which activations misbehave, and many between them; none on a corner, where there is no derivative.
fn points() -> Vec<f32> {
    let ends = [-1e4, -100.0, -89.0, -30.0, -20.5, 20.5, 30.0, 89.0, 100.0, 1e4, -1e-3, 1e-3, 1e-20, -1e-20];
    ends.into_iter().chain((0..2001).map(|i| (i as f32 - 1000.3) * 0.012)).collect()
}

fn on_every_path(f: impl Fn(Path)) {
    for path in Path::ALL {
        if with_path(path, || f(path)).is_err() {
            println!("path {path} could not run: this processor lacks its instructions");
        }
    }
}

#[test]
fn values_and_derivatives_are_right() {
    let (team, x) = (Team::serial(), points());
    for (activation, formula) in formulas() {
        on_every_path(|path| {
            let mut y = vec![0.0; x.len()];
            activation.apply(&team, &x, &mut y);
            let saved = if activation.reads() == Reads::Output { &y } else { &x };
            let mut dx = vec![0.0; x.len()];
            activation.backward(&team, saved, &vec![1.0; x.len()], &mut dx);
            for ((&x, &y), &dx) in x.iter().zip(&y).zip(&dx) {
                let wide = f64::from(x);
                let exact = formula(wide);
                // Relative to what the formula adds and subtracts: values of the size of 1 and of x.
                let error = (f64::from(y) - exact).abs() / exact.abs().max(1e-2);
                assert!(error < 2e-6, "{activation:?}({x}) = {y}, not {exact}, on {path}");
                if x.abs() < 1e-6 {
                    continue; // The difference below would reach over the corner at 0.
                }
                let h = 1e-6 * wide.abs();
                let slope = (formula(wide + h) - formula(wide - h)) / (2.0 * h);
                let error = (f64::from(dx) - slope).abs();
                assert!(error < 2e-6, "{activation:?}'({x}) = {dx}, not {slope}, on {path}");
            }
        });
    }
}

#[test]
fn infinities_and_nan_pass_as_in_the_formula() {
    let team = Team::serial();
    for (activation, formula) in formulas() {
        on_every_path(|path| {
            let mut y = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
            activation.apply_inplace(&team, &mut y);
            assert!(y[0].is_nan(), "{activation:?} hides NaN on {path}");
            for (y, end) in [(y[1], 1e30), (y[2], -1e30)] {
                let limit = formula(end);
                let fits = if limit.abs() > 1e20 {
                    f64::from(y) == limit * f64::INFINITY
                } else {
                    (f64::from(y) - limit).abs() < 1e-6
                };
                assert!(fits, "{activation:?}: {y} at the end, not {limit}, on {path}");
            }
            let (mut dx, reads) = ([1.0; 2], activation.reads());
            let saved = if reads == Reads::Output { [y[1], y[2]] } else { [f32::INFINITY, f32::NEG_INFINITY] };
            activation.backward_inplace(&team, &saved, &mut dx);
            assert!(dx.iter().all(|dx| dx.is_finite()), "{activation:?}' at the ends is {dx:?} on {path}");
        });
    }
}

#[test]
fn all_forms_agree_for_every_length_and_number_of_threads() {
    let teams = [1, 2, 3, 8].map(Team::new);
    for activation in [Activation::Identity, Activation::Relu, Activation::Gelu, Activation::Tanh] {
        for len in [0, 1, 31, 32, 33, 8191, 8193, 40_000] {
            let x: Vec<f32> = (0..len).map(|i| (i as f32 * 0.61).sin() * 4.0).collect();
            let dy: Vec<f32> = (0..len).map(|i| (i as f32 * 0.23).cos()).collect();
            on_every_path(|path| {
                let results = teams.each_ref().map(|team| {
                    let (mut y, mut z) = (vec![9.0; len], x.clone());
                    activation.apply(team, &x, &mut y);
                    activation.apply_inplace(team, &mut z);
                    assert!(y == z, "{activation:?} in place, {len} on {path}");
                    let saved = if activation.reads() == Reads::Output { &y } else { &x };
                    let (mut dx, mut dz) = (vec![9.0; len], dy.clone());
                    activation.backward(team, saved, &dy, &mut dx);
                    activation.backward_inplace(team, saved, &mut dz);
                    assert!(dx == dz, "{activation:?}' in place, {len} on {path}");
                    (y, dx)
                });
                assert!(results.iter().all(|r| *r == results[0]), "{activation:?}, {len} on {path}");
            });
        }
    }
}
