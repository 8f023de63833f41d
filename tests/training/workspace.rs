//! The level below the trainer.

use crate::Xor;
use nn::loss::CrossEntropy;
use nn::{Network, Parameters, Workspace};
use std::sync::Arc;

#[test]
fn a_workspace_grows_and_cuts() {
    let net = Xor::seeded(1);
    let x: Vec<[f32; 2]> = (0..10).map(|i| [i as f32, 1.0]).collect();
    let whole = net.predict(&x);
    let mut small = Workspace::for_evaluation(3, Arc::new(nn::Team::serial()));
    let parts = small.forward(&net, &x);
    assert!(parts.as_flattened().iter().zip(whole.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_eq!(small.forward(&net, &[]).len(), 0);

    let mut gradients = net.grads();
    let labels = [0_u32; 10];
    small.forward_train(&net, &x).loss(&CrossEntropy, &labels).backward(&mut gradients);
    let grown = gradients.scores.weight.to_vec();
    Workspace::new(10).forward_train(&net, &x).loss(&CrossEntropy, &labels).backward(&mut gradients);
    assert_eq!(grown, gradients.scores.weight.to_vec());

    // Twice the same gradient, added up.
    small.forward_train(&net, &x).loss(&CrossEntropy, &labels).accumulate(&mut gradients);
    let twice = gradients.scores.weight.to_vec();
    assert!(twice.iter().zip(&grown).all(|(a, b)| (a - 2.0 * b).abs() < 1e-6));
}

#[test]
fn inner_outputs_and_the_gradient_of_the_input_can_be_asked_for() {
    let net = Xor::seeded(1);
    let mut workspace = Workspace::new(1);
    let inspected = workspace.inspect(&net, &[[0.3, -0.2]]);
    let mut lines = Vec::new();
    inspected.outputs(&mut |path, values| lines.push((path.to_string(), values.len())));
    assert_eq!(lines, [("hidden".to_owned(), 8), ("scores".to_owned(), 2)]);

    let slope = inspected
        .loss_with(|y, dy| {
            dy[0] = [1.0, 0.0];
            f64::from(y[0][0])
        })
        .input_gradient();
    let score = |x: [f32; 2]| f64::from(net.predict(&[x])[0][0]);
    let step = 1e-2;
    let expected = [
        (score([0.3 + step, -0.2]) - score([0.3 - step, -0.2])) / (2.0 * f64::from(step)),
        (score([0.3, -0.2 + step]) - score([0.3, -0.2 - step])) / (2.0 * f64::from(step)),
    ];
    assert!(slope[0].iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-3), "{slope:?} {expected:?}");
}

#[test]
fn a_prepared_network_predicts_the_same() {
    let net = Xor::seeded(1);
    let x: Vec<[f32; 2]> = (0..7).map(|i| [i as f32 - 3.0, 0.5]).collect();
    let expected = net.predict(&x);
    let mut prepared = net.prepare(2);
    let mut shared = prepared.share();
    assert!(prepared.predict(&x).as_flattened().iter().zip(expected.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_eq!(prepared.predict(&x[..2]), shared.predict(&x[..2]));
}

#[test]
fn a_summary_counts() {
    let summary = Network::summary(&Xor::seeded(1));
    assert_eq!(summary.params, Xor::PARAMS);
    let text = summary.to_string();
    assert!(text.starts_with("Xor: [2] -> [2]\n"), "{text}");
    assert!(text.contains("│ hidden (Dense") && text.contains("│ scores (Dense"), "{text}");
    assert!(text.contains("parameters: 42 (168 B), trainable: 42"), "{text}");
}
