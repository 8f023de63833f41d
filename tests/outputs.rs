//! Several inputs and outputs, weights and penalties: what training does with them, end to end; and what can be seen inside.

use nn::data::{Dataset, Samples};
use nn::loss::{BinaryCrossEntropy, CrossEntropy, MeanSquaredError, Weighted};
use nn::metrics::{Accuracy, Binary, Mae, On, R2};
use nn::optim::{Adam, LayerSettings, Optimizer, Penalty, Sgd};
use nn::random::Random;
use nn::train::{Fit, Progress, Trainer};
use nn::{Batch, Network, Parameters, Value, Workspace, network};

network! {
    /// A picture and an age; which of three, how large, and whether at all. `large` also knows which.
    struct Patient: (image: [2, 4], age: [1]) -> (class: [3], large: [1], any: [1]) {
        flat: Flatten from image,
        seen: Dense(24) + Tanh,
        both: Concat from (seen, age),
        hidden: Dense(24) + Tanh,
        class: Dense(3) from hidden,
        known: Concat from (hidden, class),
        large: Dense(1) from known,
        any: Dense(1) from both,
    }

    #[derive(Clone)]
    struct Line: [3] -> [2] { out: Dense(2) }

    struct Block: [5] -> [5] { body: Residual { norm: LayerNorm, fc: Dense(5) + Gelu } }

    struct Inside: [2, 3] -> [2] {
        flat: Flatten,
        stem: Dense(5) + Relu,
        blocks: [Block; 2],
        drop: Dropout(0.5),
        out: Dense(2) + Softmax,
    }
}

/// Labels of the three outputs of [`Patient`].
type Labels = (u32, f32, [u32; 1]);
type Patients = Samples<PatientIn, Labels>;

fn patients(count: usize, seed: u64) -> Patients {
    let mut random = Random::new(seed, "patients");
    let mut input = PatientIn { image: Batch::zeroed(count), age: Batch::zeroed(count) };
    let (mut class, mut large, mut any) = (Batch::zeroed(count), Batch::zeroed(count), Batch::zeroed(count));
    for i in 0..count {
        let pixels: [[f32; 4]; 2] = std::array::from_fn(|_| std::array::from_fn(|_| random.normal() as f32));
        (input.image[i], input.age[i]) = (pixels, [random.normal() as f32]);
        let (sums, age) = (pixels.map(|row| row.iter().sum::<f32>()), input.age[i][0]);
        class[i] = if sums[0] + age > 1.0 { 2 } else { u32::from(sums[1] > 0.0) };
        large[i] = sums[0] - 2.0 * age + class[i] as f32;
        any[i] = [u32::from(sums[0] + sums[1] > age)];
    }
    Samples::from_owned(input, (class, large, any)).unwrap()
}

fn fit<X: Value, T: Value>(epochs: usize, batch_size: usize) -> Fit<'static, X, T> {
    Fit { epochs, batch_size, progress: Progress::Silent, ..Fit::default() }
}

#[test]
fn one_loss_and_one_metric_for_each_output() {
    let (train, test) = (patients(1500, 1), patients(300, 2));
    let loss = PatientLoss {
        class: CrossEntropy,
        large: Weighted { loss: MeanSquaredError, weight: 0.25 },
        any: BinaryCrossEntropy,
    };
    let any = On::new(
        |out: &PatientOutRef<'_>| out.any,
        |labels: &(&[u32], &[f32], &[[u32; 1]])| labels.2,
        Binary::logits(Accuracy),
    );
    let mut trainer = Trainer::new(Patient::seeded(1), loss, Adam { lr: 0.01, ..Adam::default() })
        .metric_on(|out| out.class, |labels: &(&[u32], &[f32], &[[u32; 1]])| labels.0, Accuracy)
        .metric_on(|out| out.large, |labels: &(&[u32], &[f32], &[[u32; 1]])| labels.1, R2)
        .metric_on(|out| out.large, |labels: &(&[u32], &[f32], &[[u32; 1]])| labels.1, Mae)
        .metric(any.named("any"));
    let history = trainer.fit(&train, &Fit { validation: Some(&test), ..fit(25, 32) }).unwrap();
    let names = ["loss", "accuracy", "r2", "mae", "any", "val_loss", "val_accuracy", "val_r2", "val_mae", "val_any"];
    assert_eq!(history.names(), names);

    let found = trainer.evaluate(&test).unwrap();
    for (name, bar) in [("accuracy", 0.93), ("r2", 0.95), ("any", 0.93)] {
        assert!(found.get(name).unwrap() >= bar, "{found}");
    }
    // The same by hand, from what `predict` gives under the names of the outputs.
    let outputs = trainer.predict(test.x());
    let (class, large, any) = test.y();
    let by_hand = [
        nn::loss::value(&CrossEntropy, &outputs.class, class),
        0.25 * nn::loss::value(&MeanSquaredError, &outputs.large, large),
        nn::loss::value(&BinaryCrossEntropy, &outputs.any, any),
    ];
    assert!((found.loss() - by_hand.iter().sum::<f64>()).abs() < 1e-5, "{found} {by_hand:?}");
    assert_eq!(nn::metrics::measure(Accuracy, &outputs.class, class), found.get("accuracy").unwrap());
}

#[test]
fn a_loss_of_weight_zero_teaches_nothing() {
    let nothing = Weighted { loss: MeanSquaredError, weight: 0.0 };
    let start = Patient::seeded(2);
    let (large, class) = (start.large.weight.to_vec(), start.class.weight.to_vec());
    let loss = PatientLoss { class: CrossEntropy, large: nothing, any: BinaryCrossEntropy };
    let mut trainer = Trainer::new(start, loss, Sgd { lr: 0.1, ..Sgd::default() });
    trainer.fit(&patients(64, 3), &fit(2, 16)).unwrap();
    assert_eq!(trainer.network().large.weight.to_vec(), large);
    assert_ne!(trainer.network().class.weight.to_vec(), class);
}

#[test]
fn labels_that_make_no_sense_are_told_whichever_output_they_are_for() {
    let (input, (class, large, mut any)) = patients(10, 4).into_owned();
    any[7] = [3];
    let data = Patients::from_owned(input, (class, large, any)).unwrap();
    let loss = PatientLoss { class: CrossEntropy, large: MeanSquaredError, any: BinaryCrossEntropy };
    let mut trainer = Trainer::new(Patient::seeded(1), loss, Adam::default());
    let error = trainer.fit(&data, &fit(1, 4)).unwrap_err().to_string();
    assert!(error.contains("sample 7") && error.contains('3'), "{error}");
}

/// Standard normal numbers.
fn numbers<const N: usize>(count: usize, purpose: &str) -> Vec<[f32; N]> {
    let mut random = Random::new(9, purpose);
    (0..count).map(|_| std::array::from_fn(|_| random.normal() as f32)).collect()
}

/// The weights after some steps over all samples at once.
fn trained(data: &dyn Dataset<[f32; 3], [f32; 2]>) -> Vec<f32> {
    let mut trainer = Trainer::new(Line::seeded(1), MeanSquaredError, Sgd { lr: 0.1, ..Sgd::default() });
    trainer.fit(data, &Fit { shuffle: false, ..fit(5, data.len()) }).unwrap();
    trainer.into_network().out.weight.to_vec()
}

fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {expected:?}");
}

#[test]
fn a_sample_of_weight_three_is_three_samples() {
    let (x, y) = (numbers::<3>(6, "x"), numbers::<2>(6, "y"));
    let times = [1, 3, 0, 2, 1, 1];
    let repeated: Vec<usize> = (0..6).flat_map(|i| vec![i; times[i]]).collect();
    let all = Samples::new(x.clone(), y.clone()).unwrap();
    let weighted = all.clone().with_weights(times.map(|n| n as f32)).unwrap();
    let repeated = Samples::new(Batch::gather(&x, &repeated), Batch::gather(&y, &repeated)).unwrap();
    assert_close(&trained(&weighted), &trained(&repeated));
    assert!(trained(&all).iter().zip(trained(&weighted)).any(|(a, b)| (a - b).abs() > 1e-3), "weights matter");
}

#[test]
fn weights_of_samples_reach_every_output() {
    let (input, labels) = patients(8, 5).into_owned();
    let first = Patients::from_owned(input.clone(), labels.clone()).unwrap();
    let weights: Vec<f32> = (0..8).map(|i| if i < 4 { 1.0 } else { 0.0 }).collect();
    let weighted = first.clone().with_weights(weights).unwrap();
    let half = first.subset(0..4).unwrap();
    let train = |data: &dyn Dataset<PatientIn, Labels>| {
        let loss = PatientLoss { class: CrossEntropy, large: MeanSquaredError, any: BinaryCrossEntropy };
        let mut trainer = Trainer::new(Patient::seeded(1), loss, Sgd { lr: 0.1, ..Sgd::default() });
        trainer.fit(data, &Fit { shuffle: false, ..fit(3, 8) }).unwrap();
        let net = trainer.into_network();
        [net.class.weight.to_vec(), net.large.weight.to_vec(), net.any.weight.to_vec(), net.seen.weight.to_vec()]
            .concat()
    };
    assert_close(&train(&weighted), &train(&half));
}

#[test]
fn penalties_shrink_weights_by_their_formula() {
    let (lr, l1, l2) = (0.1, 0.05, 0.2);
    let start = Line::seeded(3);
    let mut net = start.clone();
    let mut gradients = net.grads(); // zeros, as of a loss that is content
    let mut optimizer = Sgd { lr, ..Sgd::default() }.stepper(&net).penalty(Penalty { l1, l2 });
    let team = nn::Team::serial();
    let told = optimizer.step(&mut net, &mut gradients, &team).unwrap().penalty;
    let weights: Vec<f64> = start.out.weight.values().iter().map(|&w| f64::from(w)).collect();
    let expected: Vec<f32> = weights.iter().map(|w| (w - lr * (l1 * w.signum() + 2.0 * l2 * w)) as f32).collect();
    assert_close(net.out.weight.values(), &expected);
    assert_eq!(net.out.bias, start.out.bias, "biases have no penalty");
    let penalty: f64 = weights.iter().map(|w| l1 * w.abs() + l2 * w * w).sum();
    assert!((told - penalty).abs() < 1e-6, "{told} {penalty}");

    // A factor for a layer.
    let mut net = start.clone();
    let mut gradients = net.grads();
    let none = LinePerLayer { out: LayerSettings { penalty: 0.0, ..LayerSettings::TRAINED } };
    let mut optimizer = Sgd { lr, ..Sgd::default() }.stepper(&net).penalty(Penalty { l1, l2 }).layers(none);
    assert_eq!(optimizer.step(&mut net, &mut gradients, &team).unwrap().penalty, 0.0);
    assert_eq!(net.out.weight, start.out.weight);
}

#[test]
fn an_l1_penalty_finds_the_inputs_that_matter() {
    // Only the first of three inputs matters.
    let (x, noise) = (numbers::<3>(200, "x"), numbers::<2>(200, "noise"));
    let y: Vec<[f32; 2]> = x.iter().zip(&noise).map(|(x, e)| [2.0 * x[0] + 0.3 * e[0], -x[0] + 0.3 * e[1]]).collect();
    let data = Samples::new(x, y).unwrap();
    let sizes = |penalty| {
        let mut trainer =
            Trainer::new(Line::seeded(1), MeanSquaredError, Adam { lr: 0.02, ..Adam::default() }).penalty(penalty);
        trainer.fit(&data, &fit(60, 20)).unwrap();
        let weight = trainer.into_network().out.weight.to_vec(); // [out, in]
        let largest =
            |inputs: &[usize]| inputs.iter().flat_map(|i| [weight[*i].abs(), weight[3 + i].abs()]).fold(0.0, f32::max);
        (largest(&[0]), largest(&[1, 2]))
    };
    let (without, with) = (sizes(Penalty::default()), sizes(Penalty { l1: 0.1, l2: 0.0 }));
    assert!(with.0 > 1.5 && with.1 < 0.02 && without.1 > with.1, "{without:?} {with:?}");
}

#[test]
fn outputs_of_inner_lines_are_what_the_lines_compute() {
    let net = Inside::seeded(6);
    let x: Vec<[[f32; 3]; 2]> = numbers::<6>(4, "x").iter().map(|x| [[x[0], x[1], x[2]], [x[3], x[4], x[5]]]).collect();
    let mut workspace = Workspace::new(4);
    let mut found = std::collections::BTreeMap::new();
    let inspected = workspace.inspect(&net, &x);
    inspected.outputs(&mut |path, values| assert!(found.insert(path.to_string(), values.to_vec()).is_none()));
    assert!(inspected.output().iter().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));

    let flat: Vec<[f32; 6]> = x.iter().map(|x| x.as_flattened().try_into().unwrap()).collect();
    let stem = net.stem.predict(&flat);
    let first = net.blocks[0].predict(&stem);
    let second = net.blocks[1].predict(&first);
    for (name, expected) in [("stem", &stem), ("blocks.0.body", &first), ("blocks.1.body", &second)] {
        assert_close(&found[name], expected.flat());
    }
    let norm = net.blocks[1].body.0.norm.predict(&first);
    assert_close(&found["blocks.1.body.norm"], norm.flat());
    // A softmax is a step of its own, with the scores before it.
    assert_close(&found["out_softmax"], net.predict(&x).flat());
    assert_close(&found["out"], net.out.predict(&second).flat());
    assert_eq!(found["drop"], found["blocks.1.body"], "nothing is dropped in evaluation");
}
