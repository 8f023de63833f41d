//! Two linear maps, as `network!` would write their parameters: a network to train without layers.

use nn_core::{Each, EachMut, EachPair, Layout, Parameters, Path, Shape, Tensor, parameters};

/// `weight` [out, in] and `bias` [out].
pub struct Linear {
    pub weight: Tensor,
    pub bias: Tensor,
}
parameters! { impl[] Linear, LinearGrads { weight, bias }, count = 0 }

impl Linear {
    pub fn new(input: usize, output: usize) -> Self {
        let weight = Tensor::zeros(Shape::new(&[output, input]), Layout::Transposed);
        Self { weight, bias: Tensor::zeros(Shape::new(&[output]), Layout::Plain) }
    }
}

/// The network.
pub struct Two {
    pub first: Linear,
    pub second: Linear,
}

/// Its gradients.
pub struct TwoGrads {
    pub first: LinearGrads,
    pub second: LinearGrads,
}

/// Its mirror.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoPerLayer<T> {
    pub first: T,
    pub second: T,
}

impl Two {
    pub fn new(input: usize, hidden: usize, output: usize) -> Self {
        Self { first: Linear::new(input, hidden), second: Linear::new(hidden, output) }
    }

    /// Every weight and bias from `value(path, index)`, in PyTorch's order.
    pub fn set(&mut self, mut value: impl FnMut(&str, usize) -> f32) {
        self.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
            let path = path.to_string();
            let values: Vec<f32> = (0..tensor.len()).map(|i| value(&path, i)).collect();
            tensor.set(&values).expect("as many values as elements");
        });
    }

    /// All weights and biases in the order in which they lie.
    pub fn values(&self) -> Vec<f32> {
        let mut all = Vec::new();
        self.tensors(&Path::ROOT, &mut |_, _, tensor| all.extend_from_slice(tensor.values()));
        all
    }
}

impl Parameters for Two {
    type Grads = TwoGrads;
    type PerLayer<T: Copy> = TwoPerLayer<T>;
    const PARAMS: usize = 0;

    fn grads(&self) -> TwoGrads {
        TwoGrads { first: self.first.grads(), second: self.second.grads() }
    }
    fn no_grads() -> TwoGrads {
        TwoGrads { first: Linear::no_grads(), second: Linear::no_grads() }
    }
    fn per_layer<T: Copy>(value: T) -> TwoPerLayer<T> {
        TwoPerLayer { first: value, second: value }
    }
    fn map_layers<T: Copy, U: Copy>(
        per: TwoPerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> TwoPerLayer<U> {
        TwoPerLayer {
            first: Linear::map_layers(per.first, &path.join("first"), f),
            second: Linear::map_layers(per.second, &path.join("second"), f),
        }
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.first.tensors(&path.join("first"), each);
        self.second.tensors(&path.join("second"), each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.first.tensors_mut(&path.join("first"), each);
        self.second.tensors_mut(&path.join("second"), each);
    }
    fn pairs<T: Copy>(&mut self, grads: &mut TwoGrads, per: TwoPerLayer<T>, path: &Path<'_>, each: EachPair<'_, T>) {
        self.first.pairs(&mut grads.first, per.first, &path.join("first"), each);
        self.second.pairs(&mut grads.second, per.second, &path.join("second"), each);
    }
    fn gradients(grads: &mut TwoGrads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        Linear::gradients(&mut grads.first, &path.join("first"), each);
        Linear::gradients(&mut grads.second, &path.join("second"), each);
    }
}
