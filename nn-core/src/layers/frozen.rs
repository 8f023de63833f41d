//! A layer that never learns.

use crate::lora::{EachAdapter, EachAdapterMut};
use crate::plan::{Leaf, No};
use crate::{
    Arena, Context, Each, EachMut, EachPair, Layer, Memory, Mut, Parameters, Path, Reads, Ref, Refused, Row, Saved,
    Size, Tensor, Tensors,
};
use core::ops::{Deref, DerefMut};

/// y = layer(x), with parameters that never learn: what `#[frozen]` before a line makes of its layer.
///
/// | | |
/// |---|---|
/// | takes, gives | what the layer takes and gives |
/// | parameters | those of the layer, under the same names; saved and loaded, with [`Role::Frozen`](crate::Role::Frozen) |
/// | gradients, `PerLayer` | none: `()` |
/// | PyTorch | `layer.requires_grad_(False).eval()` |
///
/// The whole layer runs as in evaluation, in training too: batch normalisation uses its running statistics and does not move them, and a
/// dropout inside drops nothing. It is one fixed function, so that what it gives can be computed once and kept.
///
/// Where nothing below it learns, backward does not come here and nothing is kept on the tape. Where something does, backward computes the
/// gradient of the input and nothing else, and only what that looks at is kept: of a `Dense` its output, if the derivative of its activation does.
///
/// Dereferences to the layer, whose tensors are so reached without a detour.
///
/// ```
/// use nn_core::layers::{Dense, Frozen};
/// use nn_core::{Layer, Network, Parameters};
///
/// type Layer2 = Frozen<Dense<[f32; 2], [f32; 1]>>;
/// let mut layer = Layer2::default();
/// layer.weight.set(&[2.0, -1.0])?;
/// assert_eq!(*layer.predict(&[[5.0, 3.0]]), [[7.0]]);
/// let () = layer.grads();
/// assert_eq!((Layer2::PARAMS, Layer2::FROZEN_PARAMS), (0, 3));
/// assert_eq!(Layer2::tape((), false).bytes(128), 0);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Frozen<L>(pub L);

impl<L> Deref for Frozen<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.0
    }
}

impl<L> DerefMut for Frozen<L> {
    fn deref_mut(&mut self) -> &mut L {
        &mut self.0
    }
}

impl<L> From<L> for Frozen<L> {
    fn from(layer: L) -> Self {
        Self(layer)
    }
}

impl<L: Parameters> Parameters for Frozen<L> {
    type Grads = ();
    type PerLayer<T: Copy> = ();
    const PARAMS: usize = 0;
    const FROZEN_PARAMS: usize = L::PARAMS + L::FROZEN_PARAMS;
    const TENSORS: Tensors = L::TENSORS;

    fn grads(&self) {}
    fn no_grads() {}
    fn per_layer<T: Copy>(_: T) {}
    fn map_layers<T: Copy, U: Copy>((): (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) {}
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.0.tensors(path, &mut |path, role, tensor| each(path, role.frozen(), tensor));
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.0.tensors_mut(path, &mut |path, role, tensor| each(path, role.frozen(), tensor));
    }
    fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &Path<'_>, _: EachPair<'_, T>) {}
    fn gradients((): &mut (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {}
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        self.0.adapters(path, each);
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        self.0.adapters_mut(path, each);
    }
}

impl<L: Parameters> Leaf for Frozen<L> {
    type HasBiases = No;
    type IsNorm = No;

    fn grads_of(&self, _: &dyn Fn(&str) -> bool) {}
}

impl<L: Layer> Layer for Frozen<L> {
    type In = L::In;
    type Out = L::Out;
    type Gives = L::Gives;
    const KIND: &'static str = L::KIND;
    const MEMORY: Memory = Memory { train: L::MEMORY.train.or(L::MEMORY.forward), ..L::MEMORY };
    const IDLE_TAPE: Size = Size::NONE;
    const READS: Reads = L::READS;
    const FLOPS: u64 = L::FLOPS;
    // One of the two products of a layer with weights.
    const BACKWARD_FLOPS: u64 = L::BACKWARD_FLOPS / 2;

    fn tape((): (), dx: bool) -> Size {
        if dx { L::tape(L::per_layer(false), true) } else { Size::NONE }
    }

    fn reads((): (), dx: bool) -> Reads {
        if dx { L::reads(L::per_layer(false), true) } else { Reads::NEITHER }
    }

    fn refused(x: Ref<'_, L::In>, path: &Path<'_>) -> Option<Refused> {
        L::refused(x, path)
    }

    fn forward(&self, x: Ref<'_, L::In>, y: Mut<'_, L::Out>, cx: Context<'_>) {
        self.0.forward(x, y, cx.evaluating());
    }

    fn forward_train(&self, x: Ref<'_, L::In>, y: Mut<'_, L::Out>, tape: Arena<'_>, (): (), cx: Context<'_>) {
        if tape.dx() {
            self.0.forward_train(x, y, tape, L::per_layer(false), cx.evaluating());
        } else {
            self.0.forward(x, y, cx.evaluating());
        }
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: Mut<'_, L::Out>,
        (): &mut (),
        (): (),
        dx: Option<Mut<'_, L::In>>,
        cx: Context<'_>,
    ) {
        if dx.is_some() {
            let saved = Saved { x: saved.x, y: saved.y, tape: saved.tape };
            self.0.backward(saved, dy, &mut L::no_grads(), L::per_layer(false), dx, cx.evaluating());
        }
    }

    fn reset(&mut self, key: u64) {
        self.0.reset(key);
    }

    fn prepare(&mut self) {
        self.0.prepare();
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        L::rows(path, &mut |row| each(Row { kind: format!("{}, frozen", row.kind), ..row }));
    }

    fn outputs(saved: Saved<'_, Self>, (): (), path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &[f32])) {
        if saved.tape.dx() {
            L::outputs(Saved { x: saved.x, y: saved.y, tape: saved.tape }, L::per_layer(false), path, each);
        } else {
            <L::Out as crate::Value>::each_in_order(saved.y, &mut |_, part| each(path, part));
        }
    }
}
