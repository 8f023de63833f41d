//! A network by a plan.

use super::share::{PlannedBy, Share};
use crate::lora::{EachAdapter, EachAdapterMut};
use crate::{
    Arena, Bottom, Context, Each, EachMut, EachPair, Layer, Memory, Mut, Parameters, Path, Reads, Ref, Refused, Row,
    Saved, Size, Tape, Tensor, Tensors,
};
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// The network `N`, of which learns what the plan `P` says.
///
/// | | |
/// |---|---|
/// | takes, gives | what the network takes and gives |
/// | parameters | those of the network, under the same names; what does not learn with [`Role::Frozen`](crate::Role::Frozen) |
/// | gradients, `PerLayer` | under the names of the lines: those of what learns, and [`Freeze`](super::Freeze) for what does not |
/// | files, checkpoints | those of the network; [`storage`](crate::storage) knows no difference |
///
/// A line that learns may still be frozen at run time, by [`Trainer::train_only`](crate::train::Trainer::train_only) or a rate of 0.
///
/// Dereferences to the network. [`Planned::into_inner`] gives it back, for another plan: first the head, then more.
/// [`plan`](super) says how plans are written.
///
/// ```
/// use nn_core::layers::{Dense, Frozen};
/// use nn_core::plan::{Biases, Planned, Train};
/// use nn_core::{Network, Parameters, Path};
///
/// type Base = Dense<[f32; 2], [f32; 1]>;
/// let mut layer = Planned::<Base, Biases>::new(Base::new());
/// layer.weight.set(&[2.0, -1.0])?;
/// assert_eq!(*layer.predict(&[[5.0, 3.0]]), [[7.0]]);
///
/// let mut names = Vec::new();
/// Planned::<Base, Biases>::gradients(&mut layer.grads(), &Path::ROOT, &mut |path, _| names.push(path.to_string()));
/// assert_eq!(names, ["bias"]);
/// let all = Planned::<_, Train>::new(layer.into_inner());
/// assert_eq!(all.grads().weight.len(), 2);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Planned<N, P>(N, PhantomData<fn() -> P>);

/// What learns.
type ShareOf<N, P> = <N as PlannedBy<P>>::Share;
type GradsOf<N, P> = <ShareOf<N, P> as Share<N>>::Grads;
type PerLayerOf<N, P, T> = <ShareOf<N, P> as Share<N>>::PerLayer<T>;

impl<N, P> Planned<N, P> {
    /// The network by the plan. Nothing of it changes.
    pub fn new(network: N) -> Self
    where
        N: PlannedBy<P>,
    {
        Self(network, PhantomData)
    }

    /// The network without plan, as it is now.
    pub fn into_inner(self) -> N {
        self.0
    }
}

impl<N: PlannedBy<P>, P> Planned<N, P> {
    /// Calls `f` with the gradients as those of the whole network.
    fn lent<R>(grads: &mut GradsOf<N, P>, f: impl FnOnce(&mut N::Grads) -> R) -> R {
        let none = ShareOf::<N, P>::take_back(N::no_grads());
        let mut lent = ShareOf::<N, P>::lend(core::mem::replace(grads, none));
        let result = f(&mut lent);
        *grads = ShareOf::<N, P>::take_back(lent);
        result
    }

    /// The flags of the whole network: false for what does not learn by the plan.
    fn flags(train: PerLayerOf<N, P, bool>) -> N::PerLayer<bool> {
        let flags = ShareOf::<N, P>::widen(train);
        N::map_layers(flags, &Path::ROOT, &mut |_, flag| flag == Some(true))
    }
}

impl<N: Default, P> Default for Planned<N, P> {
    fn default() -> Self {
        Self(N::default(), PhantomData)
    }
}

impl<N: Clone, P> Clone for Planned<N, P> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<N: fmt::Debug, P> fmt::Debug for Planned<N, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Planned").field(&self.0).finish()
    }
}

impl<N, P> Deref for Planned<N, P> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.0
    }
}

impl<N, P> DerefMut for Planned<N, P> {
    fn deref_mut(&mut self) -> &mut N {
        &mut self.0
    }
}

impl<N: PlannedBy<P>, P> Parameters for Planned<N, P> {
    type Grads = GradsOf<N, P>;
    type PerLayer<T: Copy> = PerLayerOf<N, P, T>;
    const PARAMS: usize = <ShareOf<N, P> as Share<N>>::PARAMS;
    const FROZEN_PARAMS: usize = N::PARAMS + N::FROZEN_PARAMS - Self::PARAMS;
    const TENSORS: Tensors = N::TENSORS;

    fn grads(&self) -> Self::Grads {
        ShareOf::<N, P>::grads(&self.0)
    }
    fn no_grads() -> Self::Grads {
        ShareOf::<N, P>::take_back(N::no_grads())
    }
    fn per_layer<T: Copy>(value: T) -> Self::PerLayer<T> {
        ShareOf::<N, P>::per_layer(value)
    }
    fn map_layers<T: Copy, U: Copy>(
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> Self::PerLayer<U> {
        ShareOf::<N, P>::map_layers(per, path, f)
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        ShareOf::<N, P>::tensors(&self.0, path, each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        ShareOf::<N, P>::tensors_mut(&mut self.0, path, each);
    }
    fn pairs<T: Copy>(
        &mut self,
        grads: &mut Self::Grads,
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        each: EachPair<'_, T>,
    ) {
        let per = ShareOf::<N, P>::widen(per);
        Self::lent(grads, |grads| {
            self.0.pairs(grads, per, path, &mut |path, tensor, grad, value| {
                if let (Some(value), false) = (value, grad.is_empty()) {
                    each(path, tensor, grad, value);
                }
            });
        });
    }
    fn gradients(grads: &mut Self::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        Self::lent(grads, |grads| {
            N::gradients(grads, path, &mut |path, grad| {
                if !grad.is_empty() {
                    each(path, grad);
                }
            });
        });
    }
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        self.0.adapters(path, each);
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        self.0.adapters_mut(path, each);
    }
    fn any(flags: Self::PerLayer<bool>) -> bool {
        N::any(Self::flags(flags))
    }
}

impl<N: Layer + PlannedBy<P>, P: 'static> Layer for Planned<N, P> {
    type In = N::In;
    type Out = N::Out;
    type Gives = N::Gives;
    const KIND: &'static str = N::KIND;
    const MEMORY: Memory = N::MEMORY;
    const IDLE_TAPE: Size = N::IDLE_TAPE;
    const READS: Reads = N::READS;
    const FLOPS: u64 = N::FLOPS;
    const BACKWARD_FLOPS: u64 = N::BACKWARD_FLOPS;

    fn tape(train: Self::PerLayer<bool>, dx: bool) -> Size {
        N::tape(Self::flags(train), dx)
    }

    fn reads(train: Self::PerLayer<bool>, dx: bool) -> Reads {
        N::reads(Self::flags(train), dx)
    }

    fn refused(x: Ref<'_, N::In>, path: &Path<'_>) -> Option<Refused> {
        N::refused(x, path)
    }

    fn forward(&self, x: Ref<'_, N::In>, y: Mut<'_, N::Out>, cx: Context<'_>) {
        self.0.forward(x, y, cx);
    }

    fn forward_train(
        &self,
        x: Ref<'_, N::In>,
        y: Mut<'_, N::Out>,
        tape: Arena<'_>,
        train: Self::PerLayer<bool>,
        cx: Context<'_>,
    ) {
        self.0.forward_train(x, y, tape, Self::flags(train), cx);
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: Mut<'_, N::Out>,
        grads: &mut Self::Grads,
        train: Self::PerLayer<bool>,
        dx: Option<Mut<'_, N::In>>,
        cx: Context<'_>,
    ) {
        let saved = Saved { x: saved.x, y: saved.y, tape: saved.tape };
        Self::lent(grads, |grads| self.0.backward(saved, dy, grads, Self::flags(train), dx, cx));
    }

    fn reset(&mut self, key: u64) {
        self.0.reset(key);
    }

    fn commit(&mut self, tape: Tape<'_>, n: usize, train: Self::PerLayer<bool>) {
        self.0.commit(tape, n, Self::flags(train));
    }

    fn prepare(&mut self) {
        self.0.prepare();
    }

    fn bottom(&self, train: Self::PerLayer<bool>, bottom: &mut Bottom) {
        self.0.bottom(Self::flags(train), bottom);
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        let mut frozen = Vec::new();
        let learning = ShareOf::<N, P>::widen(ShareOf::<N, P>::per_layer(()));
        N::map_layers(learning, path, &mut |path, learns| {
            if learns.is_none() {
                frozen.push(path.to_string());
            }
        });
        N::rows(path, &mut |row| {
            let kind = if frozen.contains(&row.name) { format!("{}, frozen", row.kind) } else { row.kind.clone() };
            each(Row { kind, ..row });
        });
    }

    fn outputs(
        saved: Saved<'_, Self>,
        train: Self::PerLayer<bool>,
        path: &Path<'_>,
        each: &mut dyn FnMut(&Path<'_>, &[f32]),
    ) {
        N::outputs(Saved { x: saved.x, y: saved.y, tape: saved.tape }, Self::flags(train), path, each);
    }
}
