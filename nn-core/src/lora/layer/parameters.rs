//! What learns of a layer with an adapter: A and B.

use super::Lora;
use crate::layers::Frozen;
use crate::lora::factors::Factors;
use crate::lora::{Adaptable, Adapter, EachAdapter, EachAdapterMut};
use crate::plan::{Leaf, No};
use crate::{Each, EachMut, EachPair, Parameters, Path, Role, Tensor, Tensors};
use nn_kernels::Team;

/// The gradients of an adapter. The layer below it has none.
#[derive(Clone, Debug)]
pub struct LoraGrads {
    /// The gradient of A.
    pub lora_a: Tensor,
    /// The gradient of B.
    pub lora_b: Tensor,
}

/// Calls `each` with the tensors of A and B.
pub(crate) fn factors<T>(path: &Path<'_>, [a, b]: [T; 2], each: &mut dyn FnMut(&Path<'_>, T)) {
    each(&path.join("lora_A").join("weight"), a);
    each(&path.join("lora_B").join("weight"), b);
}

impl<L: Adaptable, const RANK: usize> Parameters for Lora<L, RANK> {
    type Grads = LoraGrads;
    type PerLayer<T: Copy> = T;
    const PARAMS: usize = RANK * (L::PRODUCT.depth() + L::PRODUCT.outputs());
    const FROZEN_PARAMS: usize = <Frozen<L> as Parameters>::FROZEN_PARAMS;
    const TENSORS: Tensors = Tensors::Lines(&[("", 0, L::TENSORS), ("", 0, Tensors::Adapter(&Self::ADAPTER))]);

    fn grads(&self) -> LoraGrads {
        LoraGrads { lora_a: self.factors.a.zeros_like(), lora_b: self.factors.b.zeros_like() }
    }
    fn no_grads() -> LoraGrads {
        LoraGrads { lora_a: Tensor::absent(), lora_b: Tensor::absent() }
    }
    fn per_layer<T: Copy>(value: T) -> T {
        value
    }
    fn map_layers<T: Copy, U: Copy>(per: T, path: &Path<'_>, f: &mut dyn FnMut(&Path<'_>, T) -> U) -> U {
        f(path, per)
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.base.tensors(path, each);
        let Factors { a, b, .. } = &self.factors;
        factors(path, [a, b], &mut |path, tensor| each(path, Role::Parameter, tensor));
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.merged = None;
        self.base.tensors_mut(path, each);
        let Factors { a, b, .. } = &mut self.factors;
        factors(path, [a, b], &mut |path, tensor| each(path, Role::Parameter, tensor));
    }
    fn pairs<T: Copy>(&mut self, grads: &mut LoraGrads, per: T, path: &Path<'_>, each: EachPair<'_, T>) {
        self.merged = None;
        let (Factors { a, b, .. }, LoraGrads { lora_a, lora_b }) = (&mut self.factors, grads);
        factors(path, [(a, lora_a), (b, lora_b)], &mut |path, (tensor, grad)| each(path, tensor, grad, per));
    }
    fn gradients(grads: &mut LoraGrads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        factors(path, [&mut grads.lora_a, &mut grads.lora_b], each);
    }
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        each(path, self);
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        each(path, self);
    }
}

/// The biases are the layer's, which is frozen.
impl<L: Adaptable, const RANK: usize> Leaf for Lora<L, RANK> {
    type HasBiases = No;
    type IsNorm = No;

    fn grads_of(&self, learns: &dyn Fn(&str) -> bool) -> LoraGrads {
        let of = |name: &str, factor: &Tensor| if learns(name) { factor.zeros_like() } else { Tensor::absent() };
        LoraGrads { lora_a: of("lora_A", &self.factors.a), lora_b: of("lora_B", &self.factors.b) }
    }
}

impl<L: Adaptable, const RANK: usize> Adapter for Lora<L, RANK> {
    fn rank(&self) -> usize {
        RANK
    }
    fn alpha(&self) -> f32 {
        self.factors.alpha
    }
    fn declared_alpha(&self) -> f32 {
        self.factors.declared
    }
    fn set_alpha(&mut self, alpha: f32) {
        self.merged = None;
        self.factors.alpha = alpha;
    }
    fn dropout(&self) -> f32 {
        self.dropout
    }
    fn factors(&self) -> [&Tensor; 2] {
        [&self.factors.a, &self.factors.b]
    }
    fn factors_mut(&mut self) -> [&mut Tensor; 2] {
        self.merged = None;
        [&mut self.factors.a, &mut self.factors.b]
    }
    fn merged_weight(&self) -> Tensor {
        let (weight, mut scratch) = (self.base.weight(), vec![0.0; self.factors.a.len()]);
        let mut merged = weight.zeros_like();
        self.factors.merge(&Team::new(1), weight.values(), &mut scratch, merged.values_mut());
        merged
    }
    fn is_merged(&self) -> bool {
        self.merged.is_some()
    }
    fn merge(&mut self) {
        Lora::merge(self);
    }
    fn unmerge(&mut self) {
        Lora::unmerge(self);
    }
}
