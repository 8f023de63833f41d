//! Forward and backward of a layer with an adapter.

use super::{Lora, LoraGrads};
use crate::layers::{Activation, backward_through};
use crate::lora::Adaptable;
use crate::lora::factors::Factors;
use crate::lora::product::{rows, rows_mut};
use crate::random::fold;
use crate::{Arena, Context, Layer, Memory, Parameters, Path, Reads, Row, Sample, Saved, Size};
use nn_kernels::Epilogue;

impl<L: Adaptable, const RANK: usize> Lora<L, RANK> {
    /// The key of what is dropped from x, if anything is.
    fn dropped(&self, train: bool, cx: &mut Context<'_>) -> Option<u64> {
        (cx.training && train && self.dropout > 0.0).then(|| cx.line("lora_dropout").random_key())
    }

    /// x, or what dropout leaves of it in `copy`.
    fn thinned<'s, 'a: 's>(&self, x: &'s [f32], dropped: Option<u64>, cx: &mut Context<'a>) -> &'s [f32] {
        let Some(key) = dropped else { return x };
        let copy = cx.floats(x.len());
        nn_kernels::dropout(cx.team, key, 0, self.dropout, x, copy);
        copy
    }
}

impl<I, O, L, const RANK: usize> Lora<L, RANK>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    L: Adaptable + Layer<In = I, Out = O>,
{
    fn compute(&self, x: &[I], y: &mut [O], z: Option<&mut [O]>, u: &mut [f32], train: bool, mut cx: Context<'_>) {
        let (function, outputs) = (self.base.function(), L::PRODUCT.outputs());
        let kernel = function.kernel();
        let dropped = self.dropped(train, &mut cx);
        let x = L::read(x, &mut cx);
        let thinned = self.thinned(x, dropped, &mut cx);
        Self::DOWN.forward(cx.team, thinned, self.factors.a.values(), None, u);
        nn_kernels::scale(cx.team, self.factors.scale(), u);
        let run = |y: &mut [f32], z: Option<&mut [f32]>, cx: &mut Context<'_>| {
            L::PRODUCT.forward(cx.team, x, self.base.weight().values(), self.base.bias(), y);
            let epilogue = Epilogue {
                accumulate: true,
                activation: kernel.unwrap_or_default(),
                preactivation: z.map(|z| rows_mut(z, outputs)),
                ..Epilogue::default()
            };
            let b = rows(self.factors.b.values(), outputs);
            nn_kernels::matmul_nn(cx.team, rows(u, RANK), b, rows_mut(y, outputs), epilogue);
        };
        L::write(y, &mut cx, |y, cx| match z {
            Some(z) => L::write(z, cx, |z, cx| run(y, Some(z), cx)),
            None => run(y, None, cx),
        });
        if kernel.is_none() {
            function.forward_inplace(cx.team, O::flat_mut(y));
        }
    }
}

impl<I, O, L, const RANK: usize> Layer for Lora<L, RANK>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    L: Adaptable + Layer<In = I, Out = O>,
{
    type In = I;
    type Out = O;
    type Gives = L::Gives;
    const KIND: &'static str = "Lora";
    const MEMORY: Memory = {
        let [x, y] = L::ROOM;
        let copy = Size::per_sample(I::LEN);
        let kernels = Size::fixed(Self::DOWN.weights_scratch())
            .plus(Size::fixed(L::PRODUCT.input_scratch()))
            .plus(Size::fixed(Self::DOWN.input_scratch()));
        Memory {
            tape: Self::U.plus(Self::IDLE_TAPE),
            forward: x.plus(y).plus(Self::U).or(L::MEMORY.forward),
            // Forward: x, a copy of it for dropout, y and z. Backward: dz, x, the copy, du, dx, its second part, what kernels want.
            train: x.times(2).plus(y.times(2)).plus(copy.times(2)).plus(Self::U).plus(kernels),
        }
    };
    /// What the activation is applied to.
    const IDLE_TAPE: Size = Size::per_sample(if L::Function::READS.x { O::LEN } else { 0 });
    const READS: Reads = Reads { x: true, y: L::Function::READS.y };
    const FLOPS: u64 =
        L::FLOPS + 2 * (RANK * L::PRODUCT.positions() * (L::PRODUCT.depth() + L::PRODUCT.outputs())) as u64;
    /// The input gradient of the layer, and twice the adapter's forward pass.
    const BACKWARD_FLOPS: u64 = L::FLOPS + 2 * (Self::FLOPS - L::FLOPS);

    fn tape(train: bool, _: bool) -> Size {
        if train { Self::MEMORY.tape } else { Self::IDLE_TAPE }
    }

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        if let Some(merged) = &self.merged {
            return merged.forward(x, y, cx);
        }
        let u = cx.floats(x.len() * L::PRODUCT.positions() * RANK);
        self.compute(x, y, None, u, false, cx);
    }

    fn forward_train(&self, x: &[I], y: &mut [O], mut tape: Arena<'_>, train: bool, mut cx: Context<'_>) {
        let len = x.len() * L::PRODUCT.positions() * RANK;
        let u = if train { tape.floats(len) } else { cx.floats(len) };
        let z = L::Function::READS.x.then(|| tape.samples(x.len()));
        self.compute(x, y, z, u, train, cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [O],
        grads: &mut LoraGrads,
        train: bool,
        dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let (function, outputs, Factors { a, b, .. }) = (self.base.function(), L::PRODUCT.outputs(), &self.factors);
        let len = dy.len() * L::PRODUCT.positions() * RANK;
        let u = if train { saved.tape.floats(len) } else { &[] };
        // dz = dy · f′, in place.
        backward_through(function, cx.team, &mut saved.tape, saved.y, dy);
        let dropped = self.dropped(train, &mut cx);
        let dz = L::read(dy, &mut cx);
        let du = cx.floats(len);
        nn_kernels::matmul_nt(
            cx.team,
            rows(dz, outputs),
            rows(b.values(), outputs),
            rows_mut(du, RANK),
            Epilogue::default(),
        );
        nn_kernels::scale(cx.team, self.factors.scale(), du);
        if train {
            let epilogue = Epilogue { accumulate: cx.accumulate, ..Epilogue::default() };
            let db = rows_mut(grads.lora_b.values_mut(), outputs);
            nn_kernels::matmul_tn(cx.team, rows(u, RANK), rows(dz, outputs), db, epilogue);
            let x = L::read(saved.x, &mut cx);
            let x = self.thinned(x, dropped, &mut cx);
            Self::DOWN.weights(&mut cx, x, du, grads.lora_a.values_mut());
        }
        let Some(dx) = dx else { return };
        L::write(dx, &mut cx, |dx, cx| {
            L::PRODUCT.input(cx, dz, self.base.weight().values(), dx);
            let part = cx.floats(dx.len());
            Self::DOWN.input(cx, du, a.values(), part);
            if let Some(key) = dropped {
                nn_kernels::dropout_inplace(cx.team, key, 0, self.dropout, part);
            }
            nn_kernels::add_assign(cx.team, part, dx);
        });
    }

    fn reset(&mut self, key: u64) {
        self.merged = None;
        self.base.reset(key);
        self.factors.reset(fold(key, "lora"));
    }

    fn prepare(&mut self) {
        self.merge();
        if let Some(merged) = &mut self.merged {
            merged.prepare();
        }
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        L::rows(path, &mut |row| {
            let kind = format!("{} + LoRA {RANK}", row.kind);
            each(Row { kind, params: row.params + Self::PARAMS, flops: Self::FLOPS, ..row });
        });
    }
}
