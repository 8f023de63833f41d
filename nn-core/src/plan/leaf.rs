//! Layers that have tensors of their own, and plans that say the same of all of them.

use super::Freeze;
use super::share::{PlannedBy, Share};
use crate::{Each, EachMut, Parameters, Path, Role, Shape, Tensors};

/// A layer with tensors of its own, or without any: what [`parameters!`](crate::parameters) is written for. A network has lines instead.
///
/// A layer whose [`Parameters`] are written by hand says it too, so that it can be a line of a network:
///
/// ```
/// # use nn_core::{Each, EachMut, EachPair, Parameters, Path, Tensor};
/// use nn_core::plan::{Leaf, No};
/// # struct ByHand;
/// # impl Parameters for ByHand {
/// #     type Grads = ();
/// #     type PerLayer<T: Copy> = ();
/// #     const PARAMS: usize = 0;
/// #     fn grads(&self) {}
/// #     fn no_grads() {}
/// #     fn per_layer<T: Copy>(_: T) {}
/// #     fn map_layers<T: Copy, U: Copy>((): (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) {}
/// #     fn tensors(&self, _: &Path<'_>, _: Each<'_>) {}
/// #     fn tensors_mut(&mut self, _: &Path<'_>, _: EachMut<'_>) {}
/// #     fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &Path<'_>, _: EachPair<'_, T>) {}
/// #     fn gradients((): &mut (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {}
/// # }
/// impl Leaf for ByHand {
///     type HasBiases = No;
///     type IsNorm = No;
/// }
/// ```
pub trait Leaf: Parameters {
    /// Whether some tensors are biases, which can learn alone.
    type HasBiases: Choice;
    /// Whether it is a normalisation.
    type IsNorm: Choice;
    /// The names of the tensors that are added. Backward leaves the gradients of the others alone where those have no elements.
    const BIASES: &'static [&'static str] = &[];

    /// Gradients of zeros of the tensors for which `learns` is true, and gradients without elements of the others. Asked for where the layer
    /// has biases.
    fn grads_of(&self, learns: &dyn Fn(&str) -> bool) -> Self::Grads {
        let _ = learns;
        self.grads()
    }
}

/// An answer that types depend on: [`Yes`] or [`No`].
pub trait Choice: 'static {
    /// `A` or `B`.
    type Then<L: Leaf, A: Share<L>, B: Share<L>>: Share<L>;
}

/// It is so.
#[derive(Clone, Copy, Debug)]
pub struct Yes;

/// It is not so.
#[derive(Clone, Copy, Debug)]
pub struct No;

impl Choice for Yes {
    type Then<L: Leaf, A: Share<L>, B: Share<L>> = A;
}

impl Choice for No {
    type Then<L: Leaf, A: Share<L>, B: Share<L>> = B;
}

/// A plan of every single layer: [`Train`](super::Train), [`Freeze`], [`Biases`](super::Biases), [`Norms`](super::Norms). `network!` makes a plan of every network
/// of these four.
pub trait Uniform: 'static {
    /// What learns of a layer.
    type Of<L: Leaf>: Share<L>;
}

impl<L: Leaf, P: Uniform> PlannedBy<P> for L {
    type Share = P::Of<L>;
}

/// All tensors of a layer learn, or only those of [`Leaf::BIASES`].
#[derive(Clone, Copy, Debug)]
pub struct Learns<const ALL: bool>;

impl<const ALL: bool> Learns<ALL> {
    fn learns<L: Leaf>(name: &str) -> bool {
        ALL || L::BIASES.contains(&name)
    }

    /// The role of a tensor of a layer.
    fn role<L: Leaf>(path: &Path<'_>, role: Role) -> Role {
        let learns = role != Role::Parameter || ALL || path.name().is_some_and(Self::learns::<L>);
        if learns { role } else { Role::Frozen }
    }
}

impl<L: Leaf, const ALL: bool> Share<L> for Learns<ALL> {
    type Grads = L::Grads;
    type PerLayer<T: Copy> = L::PerLayer<T>;
    const PARAMS: usize = match L::TENSORS {
        Tensors::Own(tensors) if !ALL => elements(tensors, L::BIASES),
        _ => L::PARAMS,
    };

    fn grads(layer: &L) -> L::Grads {
        if ALL { layer.grads() } else { layer.grads_of(&|name| Self::learns::<L>(name)) }
    }
    fn lend(grads: L::Grads) -> L::Grads {
        grads
    }
    fn take_back(grads: L::Grads) -> L::Grads {
        grads
    }
    fn per_layer<T: Copy>(value: T) -> L::PerLayer<T> {
        L::per_layer(value)
    }
    fn map_layers<T: Copy, U: Copy>(
        per: L::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> L::PerLayer<U> {
        L::map_layers(per, path, f)
    }
    fn widen<T: Copy>(per: L::PerLayer<T>) -> L::PerLayer<Option<T>> {
        // A layer that has no bias at all does not learn, and a backward pass need not come to it.
        let learns = ALL || <Self as Share<L>>::PARAMS > 0;
        L::map_layers(per, &Path::ROOT, &mut |_, value| learns.then_some(value))
    }
    fn tensors(layer: &L, path: &Path<'_>, each: Each<'_>) {
        layer.tensors(path, &mut |path, role, tensor| each(path, Self::role::<L>(path, role), tensor));
    }
    fn tensors_mut(layer: &mut L, path: &Path<'_>, each: EachMut<'_>) {
        layer.tensors_mut(path, &mut |path, role, tensor| each(path, Self::role::<L>(path, role), tensor));
    }
}

/// Nothing of a layer learns.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl<L: Parameters> Share<L> for Nothing {
    type Grads = Freeze;
    type PerLayer<T: Copy> = Freeze;
    const PARAMS: usize = 0;

    fn grads(_: &L) -> Freeze {
        Freeze
    }
    fn lend(Freeze: Freeze) -> L::Grads {
        L::no_grads()
    }
    fn take_back(_: L::Grads) -> Freeze {
        Freeze
    }
    fn per_layer<T: Copy>(_: T) -> Freeze {
        Freeze
    }
    fn map_layers<T: Copy, U: Copy>(Freeze: Freeze, _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) -> Freeze {
        Freeze
    }
    fn widen<T: Copy>(Freeze: Freeze) -> L::PerLayer<Option<T>> {
        L::per_layer(None)
    }
    fn tensors(layer: &L, path: &Path<'_>, each: Each<'_>) {
        layer.tensors(path, &mut |path, role, tensor| each(path, role.frozen(), tensor));
    }
    fn tensors_mut(layer: &mut L, path: &Path<'_>, each: EachMut<'_>) {
        layer.tensors_mut(path, &mut |path, role, tensor| each(path, role.frozen(), tensor));
    }
}

/// The elements of those tensors that have one of the names.
const fn elements(tensors: &[(&str, Shape)], names: &[&str]) -> usize {
    let (mut sum, mut i) = (0, 0);
    while i < tensors.len() {
        let mut j = 0;
        while j < names.len() {
            sum += if same(tensors[i].0, names[j]) { tensors[i].1.elements() } else { 0 };
            j += 1;
        }
        i += 1;
    }
    sum
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

#[cfg(test)]
mod tests {
    use super::{Shape, elements};

    #[test]
    fn elements_of_names() {
        let tensors = [("weight", Shape::new(&[3, 4])), ("bias", Shape::new(&[3])), ("bias_2", Shape::new(&[5]))];
        assert_eq!(elements(&tensors, &["bias"]), 3);
        assert_eq!(elements(&tensors, &["bias_2", "weight"]), 17);
        assert_eq!(elements(&tensors, &["b", "bias_"]), 0);
    }
}
