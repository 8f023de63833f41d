//! Plans of what is around other layers: arrays, residuals, networks in another order of their images, networks of lines.

use super::share::{PlannedBy, Share};
use crate::layers::{Reordered, Residual};
use crate::{Each, EachMut, Parameters, Path};
use core::marker::PhantomData;

/// What learns of each line of a network by the plan `P`: what `network!` writes for a network by
/// [`planned_network!`](crate::planned_network).
#[derive(Clone, Copy, Debug)]
pub struct Lines<P>(PhantomData<P>);

/// What learns of a layer around another: what does of that one.
#[derive(Clone, Copy, Debug)]
pub struct Inner<S>(PhantomData<S>);

macro_rules! around {
    ([$($generics:tt)*] $layer:ty) => {
        impl<P, L: PlannedBy<P>, $($generics)*> PlannedBy<P> for $layer {
            type Share = Inner<L::Share>;
        }

        impl<L: Parameters, S: Share<L>, $($generics)*> Share<$layer> for Inner<S> {
            type Grads = S::Grads;
            type PerLayer<T: Copy> = S::PerLayer<T>;
            const PARAMS: usize = S::PARAMS;

            fn grads(layer: &$layer) -> S::Grads {
                S::grads(&layer.0)
            }
            fn lend(grads: S::Grads) -> L::Grads {
                S::lend(grads)
            }
            fn take_back(grads: L::Grads) -> S::Grads {
                S::take_back(grads)
            }
            fn per_layer<T: Copy>(value: T) -> S::PerLayer<T> {
                S::per_layer(value)
            }
            fn map_layers<T: Copy, U: Copy>(
                per: S::PerLayer<T>,
                path: &Path<'_>,
                f: &mut dyn FnMut(&Path<'_>, T) -> U,
            ) -> S::PerLayer<U> {
                S::map_layers(per, path, f)
            }
            fn widen<T: Copy>(per: S::PerLayer<T>) -> L::PerLayer<Option<T>> {
                S::widen(per)
            }
            fn tensors(layer: &$layer, path: &Path<'_>, each: Each<'_>) {
                S::tensors(&layer.0, path, each);
            }
            fn tensors_mut(layer: &mut $layer, path: &Path<'_>, each: EachMut<'_>) {
                S::tensors_mut(&mut layer.0, path, each);
            }
        }
    };
}

around! { [] Residual<L> }
around! { [I: 'static, O: 'static] Reordered<L, I, O> }

/// What learns of each element of an array: the same, by one plan.
#[derive(Clone, Copy, Debug)]
pub struct Elements<S>(PhantomData<S>);

impl<P, L: PlannedBy<P>, const N: usize> PlannedBy<P> for [L; N] {
    type Share = Elements<L::Share>;
}

impl<L: Parameters, S: Share<L>, const N: usize> Share<[L; N]> for Elements<S> {
    type Grads = [S::Grads; N];
    type PerLayer<T: Copy> = [S::PerLayer<T>; N];
    const PARAMS: usize = N * S::PARAMS;

    fn grads(layer: &[L; N]) -> Self::Grads {
        layer.each_ref().map(S::grads)
    }
    fn lend(grads: Self::Grads) -> [L::Grads; N] {
        grads.map(S::lend)
    }
    fn take_back(grads: [L::Grads; N]) -> Self::Grads {
        grads.map(S::take_back)
    }
    fn per_layer<T: Copy>(value: T) -> Self::PerLayer<T> {
        [S::per_layer(value); N]
    }
    fn map_layers<T: Copy, U: Copy>(
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> Self::PerLayer<U> {
        core::array::from_fn(|i| S::map_layers(per[i], &path.at(i), f))
    }
    fn widen<T: Copy>(per: Self::PerLayer<T>) -> [L::PerLayer<Option<T>>; N] {
        per.map(S::widen)
    }
    fn tensors(layer: &[L; N], path: &Path<'_>, each: Each<'_>) {
        for (i, layer) in layer.iter().enumerate() {
            S::tensors(layer, &path.at(i), each);
        }
    }
    fn tensors_mut(layer: &mut [L; N], path: &Path<'_>, each: EachMut<'_>) {
        for (i, layer) in layer.iter_mut().enumerate() {
            S::tensors_mut(layer, &path.at(i), each);
        }
    }
}
