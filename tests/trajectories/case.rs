//! A case of thirty steps, and the two ways to take them.

use nn::data::Samples;
use nn::loss::{Accepts, Loss};
use nn::optim::{LayerSettings, Optimizer};
use nn::storage::SafeTensors;
use nn::train::{Fit, Progress, Trainer};
use nn::{Batch, Layer, Path, Sample, Workspace};
use std::sync::{Arc, Mutex};

const STEPS: usize = 30;
/// A case has four batches, taken in turn.
const BATCHES: usize = 4;
/// The largest difference as a fraction of the largest value: the rounding of thirty steps.
const TOLERANCE: f32 = 1e-4;

/// The same for biases of keys, in full: PyTorch in float32 is off by 5e-4, and thirty steps along a gradient that is none move by 3e-2.
const OF_KEYS: f32 = 2e-3;

/// A case of `tests/reference/cases`: what PyTorch started with, what it was given, where it ended.
pub struct Case(SafeTensors<'static>);

impl Case {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/tests/reference/cases/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Self(SafeTensors::read(path).unwrap())
    }

    pub fn floats<S: Sample<Element = f32>>(&self, name: &str) -> Batch<S> {
        Batch::from_flat(&self.0.floats(name).unwrap()).unwrap()
    }

    /// Labels or tokens, which the file has as integers.
    pub fn integers<S: Sample<Element = u32>>(&self, name: &str) -> Batch<S> {
        assert_eq!(self.0.dtype(name).unwrap().to_string(), "I32");
        let words = self.0.bytes(name).unwrap();
        let values: Vec<u32> = words.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect();
        Batch::from_flat(&values).unwrap()
    }

    /// The labels.
    pub fn labels(&self) -> Batch<u32> {
        self.integers("target")
    }

    /// What a tensor is called in the file: some cases have names of their own.
    fn name(&self, when: &str, path: &Path<'_>) -> String {
        let name = format!("{when}.{path}");
        let adapters = name.replace("lora_A.weight", "a").replace("lora_B.weight", "b");
        let adapters = adapters.replace(".weight", ".base.weight").replace(".bias", ".base.bias");
        let attention = name.replace("in_proj_", "qkv.").replace("out_proj.", "out.");
        let bare = name.trim_end_matches(".weight").to_owned();
        let mut names = [name, attention, bare, adapters].into_iter();
        names.find(|name| self.0.shape(name).is_some()).unwrap_or_else(|| panic!("the case has no `{when}.{path}`"))
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
        // A bias of keys moves all scores of a query alike, which the softmax takes out again: its gradient is 0 but for rounding, of which Adam makes
        // steps where it is not as small as in float64.
        let of_keys = |i: usize| name.ends_with("qkv.bias") && 3 * i / found.len() == 1;
        let off = |of: fn(bool) -> bool| {
            let pairs = found.iter().zip(&expected).enumerate().filter(|(i, _)| of(of_keys(*i)));
            pairs.fold(0.0_f32, |most, (_, (a, b))| most.max((a - b).abs()))
        };
        assert!(
            off(|keys| !keys) <= TOLERANCE * largest,
            "{who}: `{name}` is off by {:e}",
            off(|keys| !keys) / largest
        );
        assert!(off(|keys| keys) <= OF_KEYS, "{who}: the keys of `{name}` are off by {:e}", off(|keys| keys));
    }

    /// Trains twice, by hand and by `Trainer`, and compares both with PyTorch.
    pub fn follow<N, X, L, O, T>(&self, loss: L, optimizer: O, target: &Batch<T>, layers: N::PerLayer<LayerSettings>)
    where
        N: Layer<In = X> + Default,
        X: Sample<Element = f32>,
        L: Loss<N::Out, T> + Accepts<N::Gives> + Clone,
        O: Optimizer + Clone,
        T: Sample,
    {
        self.follow_from::<N, X, L, O, T>(self.floats("x"), loss, optimizer, target, layers);
    }

    /// The same from samples of any kind.
    pub fn follow_from<N, X, L, O, T>(
        &self,
        x: Batch<X>,
        loss: L,
        optimizer: O,
        target: &Batch<T>,
        layers: N::PerLayer<LayerSettings>,
    ) where
        N: Layer<In = X> + Default,
        X: Sample,
        L: Loss<N::Out, T> + Accepts<N::Gives> + Clone,
        O: Optimizer + Clone,
        T: Sample,
    {
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
