//! A small network written by hand, the layers of PyTorch's `Linear(3, 2)` and `BatchNorm1d(2)`, and places for its files.

use nn_core::{Each, EachMut, EachPair, Layout, Parameters, Path, Shape, Tensor, parameters};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    pub weight: Tensor,
    pub bias: Tensor,
}
parameters! { impl[] Linear, LinearGrads { weight, bias }, count = 8 }

impl Linear {
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self {
            weight: Tensor::zeros(Shape::new(&[outputs, inputs]), Layout::Transposed),
            bias: Tensor::zeros(Shape::new(&[outputs]), Layout::Plain),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
}
parameters! { impl[] Norm, NormGrads { weight, bias }, buffers { running_mean, running_var }, count = 4 }

#[derive(Clone, Debug, PartialEq)]
pub struct Small {
    pub hidden: Linear,
    pub norm: Norm,
}

impl Small {
    /// All tensors zero.
    pub fn new() -> Self {
        let two = || Tensor::zeros(Shape::new(&[2]), Layout::Plain);
        let norm = Norm { weight: two(), bias: two(), running_mean: two(), running_var: two() };
        Self { hidden: Linear::new(3, 2), norm }
    }

    /// Tensors with values that are all different and beyond any shortcut: NaN with a payload, -0.0, subnormal, infinite.
    pub fn peculiar() -> Self {
        let mut net = Self::new();
        let values = [0x7FC1_2345, 0x8000_0000, 0x0000_0001, 0x7F80_0000, 0xFF80_0001, 0x3F80_0001].map(f32::from_bits);
        net.hidden.weight.set(&values).unwrap();
        net.hidden.bias.set(&[1.0, -2.5]).unwrap();
        net.norm.weight.set(&[3.0, f32::MIN_POSITIVE]).unwrap();
        net.norm.running_var.set(&[f32::MAX, 1e-42]).unwrap();
        net
    }

    /// Names and bits of everything.
    pub fn bits(&self) -> Vec<(String, Vec<u32>)> {
        let mut all = Vec::new();
        self.tensors(&Path::ROOT, &mut |path, _, tensor| {
            all.push((path.to_string(), tensor.to_vec().into_iter().map(f32::to_bits).collect()));
        });
        all
    }
}

impl Parameters for Small {
    type Grads = (LinearGrads, NormGrads);
    type PerLayer<T: Copy> = (T, T);
    const PARAMS: usize = 12;

    fn grads(&self) -> Self::Grads {
        (self.hidden.grads(), self.norm.grads())
    }
    fn no_grads() -> Self::Grads {
        (Linear::no_grads(), Norm::no_grads())
    }
    fn per_layer<T: Copy>(value: T) -> (T, T) {
        (value, value)
    }
    fn map_layers<T: Copy, U: Copy>(per: (T, T), path: &Path<'_>, f: &mut dyn FnMut(&Path<'_>, T) -> U) -> (U, U) {
        (f(&path.join("hidden"), per.0), f(&path.join("norm"), per.1))
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.hidden.tensors(&path.join("hidden"), each);
        self.norm.tensors(&path.join("norm"), each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.hidden.tensors_mut(&path.join("hidden"), each);
        self.norm.tensors_mut(&path.join("norm"), each);
    }
    fn pairs<T: Copy>(&mut self, grads: &mut Self::Grads, per: (T, T), path: &Path<'_>, each: EachPair<'_, T>) {
        self.hidden.pairs(&mut grads.0, per.0, &path.join("hidden"), each);
        self.norm.pairs(&mut grads.1, per.1, &path.join("norm"), each);
    }
    fn gradients(grads: &mut Self::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        Linear::gradients(&mut grads.0, &path.join("hidden"), each);
        Norm::gradients(&mut grads.1, &path.join("norm"), each);
    }
}

/// A file of `tests/reference`.
pub fn reference(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "reference", name].iter().collect()
}

/// An empty folder for one test, removed when the test has passed (a failed one leaves its files to be looked at).
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("nn-storage-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }
}
