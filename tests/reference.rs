//! Thirty steps of training beside PyTorch: the losses on the way and the parameters at the end, by a loop written by hand and by
//! `Trainer`.

use nn::data::Samples;
use nn::loss::{Accepts, CrossEntropy, Loss, MeanSquaredError};
use nn::optim::{Adam, AdamW, LayerSettings, Optimizer, Sgd};
use nn::storage::SafeTensors;
use nn::train::{Fit, Progress, Trainer};
use nn::{Batch, Context, Layer, Parameters, Path, Reads, Sample, Saved, Scores, Workspace, network};
use std::sync::{Arc, Mutex};

network! {
    /// Lines with PyTorch's names in an `nn.Sequential`, which counts activations too.
    struct Classifier: [20] -> [5] {
        #[name = "0"]
        first: Dense(16) + Relu,
        #[name = "2"]
        second: Dense(8) + Relu,
        #[name = "4"]
        third: Dense(5),
    }

    struct Regression: [13] -> [1] {
        #[name = "0"]
        first: Dense(24) + Tanh,
        #[name = "2"]
        second: Dense(1),
    }

    struct Cnn: [1, 14, 14] -> [10] {
        #[name = "0"]
        first: Conv2d(6, kernel = 3) + Relu,
        pool: MaxPool2d(2),
        #[name = "3"]
        second: Conv2d(8, kernel = 3, padding = 1) + Relu,
        flat: Flatten,
        #[name = "6"]
        scores: Dense(10),
    }

    struct ResNet: [3, 10, 10] -> [4] {
        #[name = "0"]
        stem: Conv2d(8, kernel = 3, padding = same, bias = false),
        #[name = "1"]
        norm: BatchNorm2d,
        start: Relu,
        #[name = "3.c1"]
        conv1: Conv2d(8, kernel = 3, padding = 1, bias = false),
        #[name = "3.b1"]
        norm1: BatchNorm2d,
        act1: Relu,
        #[name = "3.c2"]
        conv2: Conv2d(8, kernel = 3, padding = 1, bias = false),
        #[name = "3.b2"]
        norm2: BatchNorm2d,
        sum1: Add from (norm2, start),
        block1: Relu,
        #[name = "4.c1"]
        conv3: Conv2d(16, kernel = 3, stride = 2, padding = 1, bias = false),
        #[name = "4.b1"]
        norm3: BatchNorm2d,
        act3: Relu,
        #[name = "4.c2"]
        conv4: Conv2d(16, kernel = 3, padding = 1, bias = false),
        #[name = "4.b2"]
        norm4: BatchNorm2d,
        #[name = "4.short"]
        short: Conv2d(16, kernel = 1, stride = 2, bias = false) from block1,
        sum2: Add from (norm4, short),
        block2: Relu,
        mean: GlobalAvgPool2d,
        #[name = "7"]
        scores: Dense(4),
    }

    struct Small: [20] -> [5] {
        #[name = "0"]
        first: Dense(16) + Relu,
        #[name = "2"]
        second: Dense(5),
    }

    struct Adapted: [20] -> [5] {
        #[lora(rank = 4, alpha = 8)]
        #[name = "0"]
        first: Dense(16) + Relu,
        #[lora(rank = 2)]
        #[name = "2"]
        second: Dense(5),
    }
}

network! {
    struct Recurrent: [9, 6] -> [4] {
        lstm: Lstm(12),
        last: Last as [9, 12] -> [12],
        head: Dense(4),
    }
}

/// What a sequence ends with.
#[derive(Default)]
struct Last;

nn::parameters! { impl[] Last }

impl Layer for Last {
    type In = [[f32; 12]; 9];
    type Out = [f32; 12];
    type Gives = Scores;
    const KIND: &'static str = "Last";
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[[[f32; 12]; 9]], y: &mut [[f32; 12]], _: Context<'_>) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x[8]);
    }

    fn backward(
        &self,
        _: Saved<'_, Self>,
        dy: &mut [[f32; 12]],
        (): &mut (),
        (): (),
        dx: Option<&mut [[[f32; 12]; 9]]>,
        _: Context<'_>,
    ) {
        let Some(dx) = dx else { return };
        for (dx, dy) in dx.iter_mut().zip(dy) {
            *dx = [[0.0; 12]; 9];
            dx[8] = *dy;
        }
    }
}

const STEPS: usize = 30;
/// A case has four batches, taken in turn.
const BATCHES: usize = 4;
/// The largest difference as a fraction of the largest value: the rounding of thirty steps.
const TOLERANCE: f32 = 1e-4;

/// A case of `tests/reference/cases`: what PyTorch started with, what it was given, where it ended.
struct Case(SafeTensors<'static>);

impl Case {
    fn read(name: &str) -> Self {
        let path = format!("{}/tests/reference/cases/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Self(SafeTensors::read(path).unwrap())
    }

    fn floats<S: Sample<Element = f32>>(&self, name: &str) -> Batch<S> {
        Batch::from_flat(&self.0.floats(name).unwrap()).unwrap()
    }

    /// The labels, which the file has as integers.
    fn labels(&self) -> Batch<u32> {
        assert_eq!(self.0.dtype("target").unwrap().to_string(), "I32");
        self.0.bytes("target").unwrap().as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect()
    }

    /// What a tensor is called in the file: the case of adapters has names of its own.
    fn name(&self, when: &str, path: &Path<'_>) -> String {
        let name = format!("{when}.{path}");
        if self.0.shape(&name).is_some() {
            return name;
        }
        let own = name.replace("lora_A.weight", "a").replace("lora_B.weight", "b");
        own.replace(".weight", ".base.weight").replace(".bias", ".base.bias")
    }

    /// The network as PyTorch started with it: every `start.` tensor under its name.
    fn start<N: Layer + Default>(&self) -> N {
        let (mut net, mut count) = (N::default(), 0);
        net.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
            let name = self.name("start", path);
            assert_eq!(self.0.shape(&name), Some(tensor.shape().dims()), "{name}");
            tensor.set(&self.0.floats(&name).unwrap()).unwrap();
            count += 1;
        });
        let known = |name: &&str| name.starts_with("start.") && !name.ends_with("num_batches_tracked");
        assert_eq!(self.0.names().filter(known).count(), count);
        net
    }

    fn assert_close(&self, name: &str, found: &[f32], who: &str) {
        let expected = self.0.floats(name).unwrap();
        assert_eq!(found.len(), expected.len(), "{name}");
        let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let off = found.iter().zip(&expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest;
        assert!(off <= TOLERANCE, "{who}: `{name}` is off by {off:e}");
    }

    /// Trains twice, by hand and by `Trainer`, and compares both with PyTorch.
    fn follow<N, X, L, O, T>(&self, loss: L, optimizer: O, target: &Batch<T>, layers: N::PerLayer<LayerSettings>)
    where
        N: Layer<In = X> + Default,
        X: Sample<Element = f32>,
        L: Loss<N::Out, T> + Accepts<N::Gives> + Clone,
        O: Optimizer + Clone,
        T: Sample,
    {
        let x = self.floats::<X>("x");
        let by_hand = by_hand(self.start::<N>(), &loss, optimizer.clone(), layers, (&x, target));
        let by_trainer = by_trainer(self.start::<N>(), loss, optimizer, layers, (x, target.clone()));
        for (who, (net, losses)) in [("by hand", by_hand), ("by the trainer", by_trainer)] {
            self.assert_close("losses", &losses, who);
            net.tensors(&Path::ROOT, &mut |path, _, tensor| {
                self.assert_close(&self.name("end", path), &tensor.to_vec(), who);
            });
        }
    }
}

fn by_hand<N, X, L, O, T>(
    mut net: N,
    loss: &L,
    optimizer: O,
    layers: N::PerLayer<LayerSettings>,
    (x, target): (&[X], &[T]),
) -> (N, Vec<f32>)
where
    N: Layer<In = X>,
    X: Sample,
    L: Loss<N::Out, T> + Accepts<N::Gives>,
    O: Optimizer,
    T: Sample,
{
    let batch = x.len() / BATCHES;
    let mut workspace = Workspace::new(batch);
    let mut optimizer = optimizer.stepper(&net).layers(layers);
    workspace.set_trainable(optimizer.trained());
    let (mut gradients, mut losses) = (net.grads(), Vec::new());
    for step in 0..STEPS {
        let rows = step % BATCHES * batch..(step % BATCHES + 1) * batch;
        let scored = workspace.forward_train(&net, &x[rows.clone()]).loss(loss, &target[rows]);
        losses.push(scored.value() as f32);
        scored.backward(&mut gradients);
        optimizer.step(&mut net, &mut gradients, workspace.team()).unwrap();
        workspace.commit(&mut net);
    }
    (net, losses)
}

/// Epochs of four steps, the last of which is stopped after two.
fn by_trainer<N, X, L, O, T>(
    net: N,
    loss: L,
    optimizer: O,
    layers: N::PerLayer<LayerSettings>,
    (x, target): (Batch<X>, Batch<T>),
) -> (N, Vec<f32>)
where
    N: Layer<In = X>,
    X: Sample,
    L: Loss<N::Out, T> + Accepts<N::Gives>,
    O: Optimizer,
    T: Sample,
{
    let losses = Arc::new(Mutex::new(Vec::new()));
    let sink = losses.clone();
    let mut trainer = Trainer::new(net, loss, optimizer).layers(layers).on_batch_end(move |view| {
        sink.lock().unwrap().push(view.batch_loss as f32);
        if view.step == STEPS as u64 {
            view.stop();
        }
    });
    let fit = Fit {
        epochs: STEPS.div_ceil(BATCHES),
        batch_size: x.len() / BATCHES,
        shuffle: false,
        progress: Progress::Silent,
        ..Fit::default()
    };
    trainer.fit(&Samples::new(x, target).unwrap(), &fit).unwrap();
    let losses = losses.lock().unwrap().clone();
    (trainer.into_network(), losses)
}

#[test]
fn a_classifier_trained_by_adam() {
    let case = Case::read("train_mlp");
    let layers = Classifier::per_layer(LayerSettings::TRAINED);
    case.follow::<Classifier, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_regression_trained_with_momentum() {
    let case = Case::read("train_regression");
    let optimizer = Sgd { lr: 0.05, momentum: 0.9, ..Sgd::default() };
    let layers = Regression::per_layer(LayerSettings::TRAINED);
    case.follow::<Regression, _, _, _, _>(MeanSquaredError, optimizer, &case.floats::<[f32; 1]>("target"), layers);
}

#[test]
fn layers_with_learning_rates_of_their_own() {
    let case = Case::read("train_groups");
    let optimizer = AdamW { lr: 1e-2, weight_decay: 0.01, ..AdamW::default() };
    let mut layers = Small::per_layer(LayerSettings::TRAINED);
    layers.first.lr = 1e-2; // 1e-4 in all
    case.follow::<Small, _, _, _, _>(CrossEntropy, optimizer, &case.labels(), layers);
}

#[test]
fn a_convolutional_network() {
    let case = Case::read("train_cnn");
    let layers = Cnn::per_layer(LayerSettings::TRAINED);
    case.follow::<Cnn, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_residual_network() {
    let case = Case::read("train_resnet");
    let optimizer = Sgd { lr: 0.05, momentum: 0.9, ..Sgd::default() };
    let layers = ResNet::per_layer(LayerSettings::TRAINED);
    case.follow::<ResNet, _, _, _, _>(CrossEntropy, optimizer, &case.labels(), layers);
}

#[test]
fn a_frozen_beginning() {
    let case = Case::read("train_frozen_prefix");
    let mut layers = Classifier::per_layer(LayerSettings::FROZEN);
    layers.third = LayerSettings::TRAINED;
    case.follow::<Classifier, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_frozen_middle() {
    let case = Case::read("train_frozen_middle");
    let mut layers = Classifier::per_layer(LayerSettings::TRAINED);
    layers.second = LayerSettings::FROZEN;
    case.follow::<Classifier, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_recurrent_network() {
    let case = Case::read("train_lstm");
    let layers = Recurrent::per_layer(LayerSettings::TRAINED);
    case.follow::<Recurrent, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn low_rank_adapters() {
    let case = Case::read("train_lora");
    let layers = Adapted::per_layer(LayerSettings::TRAINED);
    case.follow::<Adapted, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}
