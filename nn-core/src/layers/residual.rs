//! A body with a way around it.

use super::copy::copy;
use crate::Tensors;
use crate::lora::{EachAdapter, EachAdapterMut};
use crate::{
    Arena, Context, Each, EachMut, EachPair, Layer, Memory, Parameters, Path, Reads, Row, Sample, Saved, Scores, Size,
    Tape, Value,
};
use core::ops::{Deref, DerefMut};

/// y = x + body(x).
///
/// | | |
/// |---|---|
/// | takes, gives | what the body takes and gives, which must be the same |
/// | parameters | those of the body, under the same names |
/// | PyTorch | `x + self.body(x)` |
///
/// (He et al., 2016) Dereferences to the body, whose layers are so reached without a detour.
///
/// ```
/// use nn_core::layers::{Activate, Relu, Residual};
/// use nn_core::{Context, Layer, Team};
///
/// let layer = Residual(Activate::<[f32; 2], Relu>::new());
/// let mut y = [[0.0; 2]];
/// layer.forward(&[[-1.0, 3.0]], &mut y, Context::new(&Team::new(1), 0, 0, false, &mut []));
/// assert_eq!(y, [[-1.0, 6.0]]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Residual<L>(pub L);

impl<L> Deref for Residual<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.0
    }
}

impl<L> DerefMut for Residual<L> {
    fn deref_mut(&mut self) -> &mut L {
        &mut self.0
    }
}

impl<L: Parameters> Parameters for Residual<L> {
    type Grads = L::Grads;
    type PerLayer<T: Copy> = L::PerLayer<T>;
    const PARAMS: usize = L::PARAMS;
    const FROZEN_PARAMS: usize = L::FROZEN_PARAMS;
    const TENSORS: Tensors = L::TENSORS;

    fn grads(&self) -> L::Grads {
        self.0.grads()
    }
    fn no_grads() -> L::Grads {
        L::no_grads()
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
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.0.tensors(path, each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.0.tensors_mut(path, each);
    }
    fn pairs<T: Copy>(&mut self, grads: &mut L::Grads, per: L::PerLayer<T>, path: &Path<'_>, each: EachPair<'_, T>) {
        self.0.pairs(grads, per, path, each);
    }
    fn gradients(grads: &mut L::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut crate::Tensor)) {
        L::gradients(grads, path, each);
    }
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        self.0.adapters(path, each);
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        self.0.adapters_mut(path, each);
    }
}

impl<S: Sample<Element = f32>, L: Layer<In = S, Out = S>> Residual<L> {
    /// What the body gives.
    const BODY_OUTPUT: Size = Size::per_sample(S::LEN);

    /// Whether what the body gives is on the tape: if its derivative looks at it. y, which is all that others keep, is not that.
    fn keeps(train: L::PerLayer<bool>, dx: bool, whole: bool) -> bool {
        L::reads(train, dx).y || whole
    }
}

impl<S: Sample<Element = f32>, L: Layer<In = S, Out = S>> Layer for Residual<L> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "Residual";
    const MEMORY: Memory = L::MEMORY.plus(Self::BODY_OUTPUT, Size::NONE, Size::per_sample(S::LEN));
    const IDLE_TAPE: Size = L::IDLE_TAPE.plus(Self::BODY_OUTPUT.when(L::READS.y));
    const READS: Reads = Reads { x: L::READS.x, y: false };
    const FLOPS: u64 = L::FLOPS + S::LEN as u64;
    const BACKWARD_FLOPS: u64 = L::BACKWARD_FLOPS + S::LEN as u64;

    fn tape(train: Self::PerLayer<bool>, dx: bool) -> Size {
        L::tape(train, dx).plus(Self::BODY_OUTPUT.when(Self::keeps(train, dx, false)))
    }

    fn reads(train: Self::PerLayer<bool>, dx: bool) -> Reads {
        Reads { x: L::reads(train, dx).x, y: false }
    }

    fn forward(&self, x: &[S], y: &mut [S], cx: Context<'_>) {
        let team = cx.team;
        self.0.forward(x, y, cx);
        nn_kernels::add_assign(team, S::flat(x), S::flat_mut(y));
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, train: Self::PerLayer<bool>, cx: Context<'_>) {
        let team = cx.team;
        if Self::keeps(train, tape.dx(), tape.is_whole()) {
            let output: &mut [S] = tape.samples(x.len());
            self.0.forward_train(x, output, tape, train, cx);
            nn_kernels::add(team, S::flat(x), S::flat(output), S::flat_mut(y));
        } else {
            self.0.forward_train(x, y, tape, train, cx);
            nn_kernels::add_assign(team, S::flat(x), S::flat_mut(y));
        }
    }

    /// dx = dy + the body's dx.
    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut Self::Grads,
        train: Self::PerLayer<bool>,
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        let mut tape = saved.tape;
        let y = if Self::keeps(train, tape.dx(), tape.is_whole()) { tape.samples(dy.len()) } else { &[] };
        let body = Saved { x: saved.x, y, tape };
        let Some(dx) = dx else { return self.0.backward(body, dy, grads, train, None, cx) };
        // The body may overwrite what it is given, and the way around needs it still.
        let body_dy: &mut [S] = cx.samples(dy.len());
        let team = cx.team;
        copy(team, S::flat(dy), S::flat_mut(body_dy));
        self.0.backward(body, body_dy, grads, train, Some(&mut *dx), cx);
        nn_kernels::add_assign(team, S::flat(dy), S::flat_mut(dx));
    }

    fn reset(&mut self, key: u64) {
        self.0.reset(key);
    }

    fn commit(&mut self, mut tape: Tape<'_>, n: usize, train: Self::PerLayer<bool>) {
        if Self::keeps(train, tape.dx(), tape.is_whole()) {
            let _: &[S] = tape.samples(n);
        }
        self.0.commit(tape, n, train);
    }

    fn prepare(&mut self) {
        self.0.prepare();
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        L::rows(path, each);
        each(Row {
            name: path.to_string(),
            kind: Self::KIND.to_owned(),
            output: S::text(),
            params: 0,
            flops: S::LEN as u64,
            groups: 1,
        });
    }

    fn outputs(
        saved: Saved<'_, Self>,
        train: Self::PerLayer<bool>,
        path: &Path<'_>,
        each: &mut dyn FnMut(&Path<'_>, &[f32]),
    ) {
        let mut tape = saved.tape;
        if Self::keeps(train, tape.dx(), tape.is_whole()) {
            let y = tape.samples(saved.y.len());
            L::outputs(Saved { x: saved.x, y, tape }, train, path, each);
        }
        S::each_in_order(saved.y, &mut |_, part| each(path, part));
    }
}
