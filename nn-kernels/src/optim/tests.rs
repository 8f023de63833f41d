//! What holds for every optimiser; their values are tested against PyTorch by nn-core.

use super::*;
use crate::{Path, Team, with_path};

const LEN: usize = 20_011;

/// Runs six steps of an optimiser with gradients times `factor` and gives parameters and state.
fn run(team: &Team, name: &str, factor: f32, grad_scale: f32) -> [Vec<f32>; 4] {
    let param = (0..LEN).map(|i| (i as f32 * 0.71).sin()).collect();
    run_from(team, name, param, 0.0, factor, grad_scale)
}

/// The same from given parameters, and a state that is the same for all.
fn run_from(team: &Team, name: &str, mut param: Vec<f32>, state: f32, factor: f32, grad_scale: f32) -> [Vec<f32>; 4] {
    let [mut a, mut b, mut c] = [0; 3].map(|_| vec![state; LEN]);
    let (lr, eps, weight_decay, beta1, beta2, mut momentum_product) = (0.01, 1e-8, 0.03, 0.9, 0.999, 1.0);
    for step in 1..=6 {
        let grad: Vec<f32> = (0..LEN).map(|i| factor * ((i as u64 * step) as f32 * 0.37).cos()).collect();
        let adam_step = |decoupled| AdamStep { lr, beta1, beta2, eps, weight_decay, decoupled, step, grad_scale };
        let decoupled = step % 2 == 0;
        match name {
            "sgd" | "nesterov" => {
                let (momentum, dampening, nesterov) = (0.9, 0.1, name == "nesterov");
                let step = SgdStep { lr, momentum, dampening, nesterov, weight_decay, first: step == 1, grad_scale };
                sgd(team, &mut param, &grad, Some(&mut a), step);
                sgd(team, &mut param, &grad, None, step);
            }
            "adam" => adam(team, &mut param, &grad, &mut a, &mut b, adam_step(decoupled)),
            "amsgrad" => adam_amsgrad(team, &mut param, &grad, &mut a, &mut b, &mut c, adam_step(decoupled)),
            "rmsprop" => {
                let step = RmspropStep { lr, alpha: 0.99, eps, momentum: 0.9, weight_decay, grad_scale };
                rmsprop(team, &mut param, &grad, &mut a, None, None, step);
                rmsprop(team, &mut param, &grad, &mut a, Some(&mut b), None, step);
                rmsprop(team, &mut param, &grad, &mut a, None, Some(&mut c), step);
                rmsprop(team, &mut param, &grad, &mut a, Some(&mut b), Some(&mut c), step);
            }
            "adagrad" => {
                let step = AdagradStep { lr, lr_decay: 0.1, eps: 1e-10, weight_decay, step, grad_scale };
                adagrad(team, &mut param, &grad, &mut a, step);
            }
            "adadelta" => {
                let step = AdadeltaStep { lr, rho: 0.9, eps: 1e-6, weight_decay, grad_scale };
                adadelta(team, &mut param, &grad, &mut a, &mut b, step);
            }
            "nadam" => {
                let (momentum_decay, s) = (0.004, adam_step(decoupled));
                let step = NadamStep {
                    lr,
                    beta1,
                    beta2,
                    eps,
                    weight_decay,
                    decoupled,
                    momentum_decay,
                    momentum_product,
                    step: s.step,
                    grad_scale,
                };
                nadam(team, &mut param, &grad, &mut a, &mut b, step);
                momentum_product *= step.momentum();
            }
            "radam" => {
                let step = RadamStep { lr, beta1, beta2, eps, weight_decay, decoupled, step, grad_scale };
                radam(team, &mut param, &grad, &mut a, &mut b, step);
            }
            "adamax" => {
                let step = AdamaxStep { lr, beta1, beta2, eps, weight_decay, step, grad_scale };
                adamax(team, &mut param, &grad, &mut a, &mut b, step);
            }
            "lion" => {
                let step = LionStep { lr, beta1, beta2, weight_decay, grad_scale };
                lion(team, &mut param, &grad, &mut a, step);
            }
            _ => unreachable!("{name}"),
        }
    }
    [param, a, b, c]
}

const NAMES: [&str; 11] =
    ["sgd", "nesterov", "adam", "amsgrad", "rmsprop", "adagrad", "adadelta", "nadam", "radam", "adamax", "lion"];

#[test]
fn the_same_bits_for_every_number_of_threads_on_every_path() {
    let teams = [1, 2, 3, 8].map(Team::new);
    for path in Path::ALL {
        for name in NAMES {
            let results = with_path(path, || teams.each_ref().map(|team| run(team, name, 1.0, 1.0)));
            let Ok(results) = results else {
                println!("path {path} could not run here");
                break;
            };
            assert!(results[0].iter().flatten().all(|v| v.is_finite()), "{name} on {path}");
            assert!(results.iter().all(|result| *result == results[0]), "{name} on {path}");
        }
    }
}

#[test]
fn paths_agree_within_rounding() {
    let team = Team::serial();
    for name in NAMES.into_iter().filter(|&name| name != "lion") {
        let [scalar, ..] = with_path(Path::Scalar, || run(&team, name, 1.0, 1.0)).unwrap();
        let [fastest, ..] = run(&team, name, 1.0, 1.0);
        let worst = scalar.iter().zip(&fastest).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 2e-5, "{name}: {worst}");
    }
}

#[test]
fn grad_scale_scales_the_gradient() {
    let team = Team::serial();
    for name in NAMES {
        // A power of two changes no rounding.
        assert!(run(&team, name, 1.0, 0.25) == run(&team, name, 0.25, 1.0), "{name}");
        assert!(run(&team, name, 1.0, 0.25)[0] != run(&team, name, 1.0, 0.0)[0], "{name}");
    }
}

#[test]
fn a_state_that_decays_ends_at_zero() {
    let team = Team::serial();
    for path in Path::ALL {
        for name in NAMES {
            for state in [f32::MIN_POSITIVE, 1.0001 * f32::MIN_POSITIVE] {
                let Ok([_, a, b, c]) = with_path(path, || run_from(&team, name, vec![0.0; LEN], state, 0.0, 1.0))
                else {
                    println!("path {path} could not run here");
                    continue;
                };
                let denormal = [a, b, c].iter().flatten().find(|value| value.is_subnormal()).copied();
                assert_eq!(denormal, None, "{name} on {path}");
            }
        }
    }
}

#[test]
fn steps_count_from_one() {
    let (team, grad) = (Team::serial(), [5.0]);
    let (lr, beta1, beta2, eps, weight_decay, grad_scale, step) = (0.1, 0.9, 0.999, 1e-8, 0.0, 1.0, 0);
    let (momentum_decay, momentum_product, decoupled) = (0.004, 1.0, false);
    let refused = |update: &dyn Fn([&mut [f32]; 3])| {
        let (mut param, mut m, mut v) = ([1.0], [0.0], [0.0]);
        let run = std::panic::AssertUnwindSafe(|| update([&mut param, &mut m, &mut v]));
        assert!(std::panic::catch_unwind(run).is_err());
        assert_eq!(param, [1.0]);
    };
    let of_adam = AdamStep { lr, beta1, beta2, eps, weight_decay, decoupled, step, grad_scale };
    refused(&|[p, m, v]| adam(&team, p, &grad, m, v, of_adam));
    refused(&|[p, m, v]| adam_amsgrad(&team, p, &grad, m, v, &mut [0.0], of_adam));
    let of_radam = RadamStep { lr, beta1, beta2, eps, weight_decay, decoupled, step, grad_scale };
    refused(&|[p, m, v]| radam(&team, p, &grad, m, v, of_radam));
    let of_adamax = AdamaxStep { lr, beta1, beta2, eps, weight_decay, step, grad_scale };
    refused(&|[p, m, v]| adamax(&team, p, &grad, m, v, of_adamax));
    let of_nadam = NadamStep {
        lr,
        beta1,
        beta2,
        eps,
        weight_decay,
        decoupled,
        momentum_decay,
        momentum_product,
        step,
        grad_scale,
    };
    refused(&|[p, m, v]| nadam(&team, p, &grad, m, v, of_nadam));
}
