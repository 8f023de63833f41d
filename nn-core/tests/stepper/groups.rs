//! Groups with learning rates of their own, against PyTorch.

use crate::common;
use crate::two::{Two, TwoGrads, TwoPerLayer};
use nn_core::optim::*;
use nn_core::{Parameters, Path, Team, Tensor};

/// Relu between the two maps, cross-entropy after them, in plain loops: the loss, and the gradients.
fn backward(net: &Two, grads: &mut TwoGrads, x: &[f32], targets: &[i32]) -> f32 {
    let [w1, b1, w2, b2] =
        [&net.first.weight, &net.first.bias, &net.second.weight, &net.second.bias].map(Tensor::to_vec);
    let (inputs, hidden, outputs, batch) = (w1.len() / b1.len(), b1.len(), b2.len(), targets.len() as f32);
    let mut g = [vec![0.0; w1.len()], vec![0.0; hidden], vec![0.0; w2.len()], vec![0.0; outputs]];
    let mut loss = 0.0;
    for (x, &target) in x.chunks(inputs).zip(targets) {
        let dot = |row: &[f32], x: &[f32]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
        let h: Vec<f32> = (0..hidden).map(|j| (dot(&w1[j * inputs..][..inputs], x) + b1[j]).max(0.0)).collect();
        let z: Vec<f32> = (0..outputs).map(|k| dot(&w2[k * hidden..][..hidden], &h) + b2[k]).collect();
        let sum: f32 = z.iter().map(|z| z.exp()).sum();
        loss -= (z[target as usize] - sum.ln()) / batch;
        let mut dh = vec![0.0; hidden];
        for k in 0..outputs {
            let dz = (z[k].exp() / sum - f32::from(u8::from(k == target as usize))) / batch;
            g[3][k] += dz;
            for j in 0..hidden {
                g[2][k * hidden + j] += dz * h[j];
                dh[j] += dz * w2[k * hidden + j];
            }
        }
        for j in (0..hidden).filter(|&j| h[j] > 0.0) {
            g[1][j] += dh[j];
            for i in 0..inputs {
                g[0][j * inputs + i] += dh[j] * x[i];
            }
        }
    }
    let mut values = g.into_iter();
    Two::gradients(grads, &Path::ROOT, &mut |_, grad| {
        grad.set(&values.next().expect("four")).expect("as long");
    });
    loss
}

#[test]
fn groups_train_as_in_pytorch() {
    let case = common::case("train_groups");
    let mut net = Two::new(20, 16, 5);
    net.set(|path, i| {
        let name = path.replace("first", "start.0").replace("second", "start.2");
        case.floats(&name)[i]
    });
    let (mut grads, team) = (net.grads(), Team::new(1));
    let settings = |lr| LayerSettings { lr, ..LayerSettings::TRAINED };
    let layers = TwoPerLayer { first: settings(0.1), second: settings(10.0) };
    let mut stepper = AdamW { lr: 1e-3, weight_decay: 0.01, ..AdamW::default() }.stepper(&net).layers(layers);
    let mut losses = Vec::new();
    for step in 0..30 {
        let rows = step % 4 * 16;
        let (x, targets) = (&case.floats("x")[rows * 20..][..16 * 20], &case.integers("target")[rows..][..16]);
        losses.push(backward(&net, &mut grads, x, targets));
        stepper.step(&mut net, &mut grads, &team).expect("a step");
    }
    case.assert_close("losses", &losses, 1e-5);
    case.assert_close("end.0.weight", &net.first.weight.to_vec(), 1e-4);
    case.assert_close("end.0.bias", &net.first.bias.to_vec(), 1e-4);
    case.assert_close("end.2.weight", &net.second.weight.to_vec(), 1e-4);
    case.assert_close("end.2.bias", &net.second.bias.to_vec(), 1e-4);
}
