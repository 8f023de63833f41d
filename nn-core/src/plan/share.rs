//! What plans and layers say of each other.

use crate::{Each, EachMut, Parameters, Path};

/// The part of a layer's parameters that learns by a plan: what [`Parameters`] is for the whole layer.
///
/// A backward pass wants the gradients of the whole layer. It gets them lent: tensors that learn are moved there and back, and the others have no
/// elements, which says that they are not asked for. Nothing is copied or allocated.
pub trait Share<L: Parameters>: 'static {
    /// The gradients of what learns; [`Freeze`](super::Freeze) where nothing does.
    type Grads: Send + Sync;
    /// A `T` for each layer that learns; [`Freeze`](super::Freeze) for those that do not.
    type PerLayer<T: Copy>: Copy;
    /// The number of parameters that learn.
    const PARAMS: usize;

    /// Gradients of zeros.
    fn grads(layer: &L) -> Self::Grads;
    /// The gradients as those of the whole layer.
    fn lend(grads: Self::Grads) -> L::Grads;
    /// What learns of the gradients of the whole layer.
    fn take_back(grads: L::Grads) -> Self::Grads;
    /// See [`Parameters::per_layer`].
    fn per_layer<T: Copy>(value: T) -> Self::PerLayer<T>;
    /// See [`Parameters::map_layers`].
    fn map_layers<T: Copy, U: Copy>(
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> Self::PerLayer<U>;
    /// The mirror of the whole layer, with `None` for what does not learn.
    fn widen<T: Copy>(per: Self::PerLayer<T>) -> L::PerLayer<Option<T>>;
    /// [`Parameters::tensors`], with [`Role::Frozen`](crate::Role::Frozen) for what does not learn.
    fn tensors(layer: &L, path: &Path<'_>, each: Each<'_>);
    /// [`Parameters::tensors_mut`], with [`Role::Frozen`](crate::Role::Frozen) for what does not learn.
    fn tensors_mut(layer: &mut L, path: &Path<'_>, each: EachMut<'_>);
}

/// A layer that the plan `P` can be for. `network!` and [`parameters!`](crate::parameters) see to it; what a plan implements for a network is the network's
/// own trait.
#[diagnostic::on_unimplemented(
    message = "`{P}` is no plan of `{Self}`",
    label = "no plan of `{Self}`",
    note = "`Train`, `Freeze`, `Biases` and `Norms` of `nn::plan` are plans of everything; a type that implements `FeaturesPlan` is one of the network \
            `Features`, of arrays of it and of a residual around it",
    note = "a layer of your own is said to be one by `parameters!`, or by `impl nn::plan::Leaf` where its `Parameters` are written by hand"
)]
pub trait PlannedBy<P>: Parameters + Sized {
    /// What learns by it.
    type Share: Share<Self>;
}

/// A plan of the layer `L`: [`PlannedBy`] seen from the other side.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no plan of `{L}`",
    label = "no plan of `{L}`",
    note = "`Train`, `Freeze`, `Biases` and `Norms` of `nn::plan` are plans of everything; a type that implements `FeaturesPlan` is one of the network \
            `Features`, of arrays of it and of a residual around it",
    note = "a layer of your own is said to be one by `parameters!`, or by `impl nn::plan::Leaf` where its `Parameters` are written by hand"
)]
pub trait Plan<L: Parameters> {
    /// What learns by it.
    type Share: Share<L>;
}

impl<P, L: PlannedBy<P>> Plan<L> for P {
    type Share = L::Share;
}

/// What learns of the layer `L` by the plan `P`.
pub type Of<P, L> = <P as Plan<L>>::Share;
