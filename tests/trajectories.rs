//! Thirty steps of training beside PyTorch: the losses on the way and the parameters at the end.

use nn::data::Samples;
use nn::loss::{CrossEntropy, MeanSquaredError};
use nn::optim::{Adam, Optimizer, Sgd};
use nn::storage::{SafeTensors, shapes};
use nn::train::{Fit, Progress, Trainer};
use nn::{Batch, Layer, Path, Sample, Workspace, network};

network! {
    struct Classifier: [20] -> [5] {
        first: Dense(16) + Relu,
        second: Dense(8) + Relu,
        third: Dense(5),
    }

    struct Regression: [13] -> [1] {
        first: Dense(24) + Tanh,
        second: Dense(1),
    }
}

const STEPS: u64 = 30;

/// A case of `tests/reference/cases`.
fn case(name: &str) -> SafeTensors<'static> {
    let path = format!("{}/tests/reference/cases/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    SafeTensors::read(path).unwrap()
}

fn batch<S: Sample<Element = f32>>(case: &SafeTensors<'_>, name: &str) -> Batch<S> {
    Batch::from_flat(&case.floats(name).unwrap()).unwrap()
}

/// The names of PyTorch's `Sequential` in the order of declaration: `0.weight`, `0.bias`, `2.weight`, ….
fn torch_names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{}.{}", i / 2 * 2, ["weight", "bias"][i % 2])).collect()
}

/// Gives a network the parameters that PyTorch started with.
fn start<N: Layer>(net: &mut N, case: &SafeTensors<'_>) {
    let mut names = torch_names(shapes(net).len()).into_iter();
    net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
        let name = format!("start.{}", names.next().unwrap());
        assert_eq!(tensor.shape().dims(), case.shape(&name).unwrap(), "{name}");
        tensor.set(&case.floats(&name).unwrap()).unwrap();
    });
}

/// The largest difference relative to the largest expected value.
fn off(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

fn assert_end<N: Layer>(net: &N, case: &SafeTensors<'_>) {
    let mut names = torch_names(shapes(net).len()).into_iter();
    net.tensors(&Path::ROOT, &mut |_, _, tensor| {
        let name = format!("end.{}", names.next().unwrap());
        let off = off(&tensor.to_vec(), &case.floats(&name).unwrap());
        assert!(off < 1e-4, "`{name}` is off by {off:e}");
    });
}

#[test]
fn a_loop_written_by_hand_follows_pytorch() {
    let case = case("train_mlp");
    let (x, labels): (Batch<[f32; 20]>, Vec<u32>) = (batch(&case, "x"), labels(&case));
    let mut net = Classifier::seeded(0);
    start(&mut net, &case);

    let mut workspace = Workspace::new(16);
    let mut gradients = nn::Parameters::grads(&net);
    let mut optimizer = Adam::default().stepper(&net);
    let mut losses = Vec::new();
    for step in 0..STEPS as usize {
        let rows = step % 4 * 16..(step % 4 + 1) * 16;
        let scored = workspace.forward_train(&net, &x[rows.clone()]).loss(&CrossEntropy, &labels[rows]);
        losses.push(scored.value() as f32);
        scored.backward(&mut gradients);
        optimizer.step(&mut net, &mut gradients, workspace.team()).unwrap();
    }
    assert_end(&net, &case);
    let off = off(&losses, &case.floats("losses").unwrap());
    assert!(off < 1e-4, "the losses are off by {off:e}");
}

/// The labels, which the file has as integers.
fn labels(case: &SafeTensors<'_>) -> Vec<u32> {
    let bytes = case.bytes("target").unwrap();
    assert_eq!(case.dtype("target").unwrap().to_string(), "I32");
    bytes.as_chunks::<4>().0.iter().map(|&word| u32::from_le_bytes(word)).collect()
}

/// The batches of the case, over and over: epochs of four steps, and a last one that is stopped after two.
fn follow<N, L, O, T: nn::Value>(
    mut trainer: Trainer<N, L, O, T>,
    train: &Samples<N::In, T>,
    batch_size: usize,
) -> (N, Vec<f32>)
where
    N: Layer,
    L: nn::Loss<N::Out, T>,
    O: Optimizer,
{
    let losses = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = losses.clone();
    trainer = trainer.on_batch_end(move |view| {
        sink.lock().unwrap().push(view.batch_loss as f32);
        if view.step == STEPS {
            view.stop();
        }
    });
    let fit = Fit { epochs: 8, batch_size, shuffle: false, progress: Progress::Silent, ..Fit::default() };
    trainer.fit(train, &fit).unwrap();
    assert_eq!(trainer.stepper().steps(), STEPS);
    let losses = losses.lock().unwrap().clone();
    (trainer.into_network(), losses)
}

#[test]
fn the_trainer_follows_pytorch_on_a_classifier() {
    let case = case("train_mlp");
    let mut net = Classifier::seeded(0);
    start(&mut net, &case);
    let train = Samples::new(batch::<[f32; 20]>(&case, "x"), labels(&case)).unwrap();
    let (net, losses) = follow(Trainer::new(net, CrossEntropy, Adam::default()), &train, 16);
    assert_end(&net, &case);
    assert!(off(&losses, &case.floats("losses").unwrap()) < 1e-4);
}

#[test]
fn the_trainer_follows_pytorch_on_a_regression() {
    let case = case("train_regression");
    let mut net = Regression::seeded(0);
    start(&mut net, &case);
    let train = Samples::new(batch::<[f32; 13]>(&case, "x"), batch::<[f32; 1]>(&case, "target")).unwrap();
    let sgd = Sgd { lr: 0.05, momentum: 0.9, ..Sgd::default() };
    let (net, losses) = follow(Trainer::new(net, MeanSquaredError, sgd), &train, 8);
    assert_end(&net, &case);
    assert!(off(&losses, &case.floats("losses").unwrap()) < 1e-4);
}
