//! Networks over images in the order that their lines want, and in any other.

mod between;
mod network;

pub use between::Between;
pub use network::{ImageNetwork, SavedImages};

use crate::lora::{EachAdapter, EachAdapterMut};
use crate::{Each, EachMut, EachPair, Parameters, Path, Sample, Tensor, Tensors};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// The image network `N` as a layer that takes `I` and gives `O`: its own images, each in the order that the type says.
///
/// | | |
/// |---|---|
/// | takes, gives | what `N` does; `[[[f32; W]; H]; C]` or [`Hwc`](crate::Hwc) |
/// | parameters | those of `N`, under the same names |
///
/// Dereferences to the network. Where `I` and `O` lie as the lines of the network want them, nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct Reordered<N, I, O>(pub N, PhantomData<fn(I) -> O>);

impl<N, I, O> Reordered<N, I, O> {
    /// The network in this order.
    pub fn new(network: N) -> Self {
        Self(network, PhantomData)
    }
}

impl<N: Default, I, O> Default for Reordered<N, I, O> {
    fn default() -> Self {
        Self::new(N::default())
    }
}

impl<N, I, O> Deref for Reordered<N, I, O> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.0
    }
}

impl<N, I, O> DerefMut for Reordered<N, I, O> {
    fn deref_mut(&mut self) -> &mut N {
        &mut self.0
    }
}

impl<N: Parameters, I, O> Parameters for Reordered<N, I, O> {
    type Grads = N::Grads;
    type PerLayer<T: Copy> = N::PerLayer<T>;
    const PARAMS: usize = N::PARAMS;
    const FROZEN_PARAMS: usize = N::FROZEN_PARAMS;
    const TENSORS: Tensors = N::TENSORS;

    fn grads(&self) -> N::Grads {
        self.0.grads()
    }
    fn no_grads() -> N::Grads {
        N::no_grads()
    }
    fn per_layer<T: Copy>(value: T) -> N::PerLayer<T> {
        N::per_layer(value)
    }
    fn map_layers<T: Copy, U: Copy>(
        per: N::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> N::PerLayer<U> {
        N::map_layers(per, path, f)
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.0.tensors(path, each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.0.tensors_mut(path, each);
    }
    fn pairs<T: Copy>(&mut self, grads: &mut N::Grads, per: N::PerLayer<T>, path: &Path<'_>, each: EachPair<'_, T>) {
        self.0.pairs(grads, per, path, each);
    }
    fn gradients(grads: &mut N::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        N::gradients(grads, path, each);
    }
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        self.0.adapters(path, each);
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        self.0.adapters_mut(path, each);
    }
}

crate::image_network! {
    impl[N: ImageNetwork, I: Sample<Element = f32>, O: Sample<Element = f32>] Reordered<N, I, O>, this => this.0, N, I, O
}
