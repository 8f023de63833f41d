//! A frozen layer with a low-rank adapter beside it.

use super::adaptable::Adaptable;
use super::factors::{Factors, shapes};
use super::product::{Product, rows, rows_mut};
use super::{Adapter, EachAdapter, EachAdapterMut};
use crate::layers::{Activation, Frozen, backward_through};
use crate::plan::{Leaf, No};
use crate::random::fold;
use crate::{
    Arena, Context, Each, EachMut, EachPair, Layer, Memory, Parameters, Path, Reads, Role, Row, Sample, Saved, Shape,
    Size, Tensor, Tensors,
};
use core::ops::Deref;
use nn_kernels::{Epilogue, Team};

/// y = f(W · x + b + (alpha / rank) · B · A · dropout(x)): a `Dense` or `Conv2d` that is frozen, and a low-rank change of its weight that learns.
///
/// | | |
/// |---|---|
/// | takes, gives | what the layer takes and gives |
/// | `weight`, `bias` | those of the layer: saved and loaded, with no gradient and no state of an optimiser |
/// | `lora_A.weight` | `[RANK, inputs]`, or `[RANK, in, kh, kw]` |
/// | `lora_B.weight` | `[outputs, RANK]`, or `[out, RANK, 1, 1]` |
/// | in a network | `#[lora(rank = 8, alpha = 16, dropout = 0.05)]` before the line |
/// | PyTorch | PEFT's `LoraConfig(r=8, lora_alpha=16, lora_dropout=0.05)` |
///
/// (Hu et al., 2022) The activation f comes last, after the sum. With s = alpha / rank, u = s · A · x′ (x′ being x after dropout) and dz = dy · f′,
/// backward computes du = s · Bᵀ · dz, dB = dz · uᵀ, dA = du · x′ᵀ and dx = Wᵀ · dz + dropout(Aᵀ · du); there is no code for dW.
///
/// A begins uniform in ±1 / √inputs and B at 0, as in PEFT: a fresh adapter changes nothing. In evaluation there is no dropout, nor is there any
/// while the layer is frozen at run time. [`Lora::merge`] and [`prepare`](crate::Network::prepare) add the change to a copy of the weight,
/// after which evaluation costs what the layer alone costs.
///
/// ```
/// use nn_core::layers::{Dense, Lora, Relu};
/// use nn_core::{Layer, Network, Parameters};
///
/// let mut layer = Lora::<Dense<[f32; 6], [f32; 4], Relu>, 2>::new(Dense::new(), 4.0, 0.0);
/// layer.reset(1);
/// let x = [[1.0, -0.5, 0.25, 2.0, 0.0, 1.0]];
/// assert_eq!(layer.predict(&x), layer.base().predict(&x)); // B is 0
/// assert_eq!(<Lora<Dense<[f32; 6], [f32; 4], Relu>, 2> as Parameters>::PARAMS, 2 * 6 + 4 * 2);
/// ```
///
/// A rank beyond the smaller side of the weight is refused while the program is built:
///
/// ```compile_fail
/// use nn_core::layers::{Dense, Lora};
/// let layer = Lora::<Dense<[f32; 6], [f32; 4]>, 5>::new(Dense::new(), 4.0, 0.0);
/// ```
#[derive(Clone, Debug)]
pub struct Lora<L, const RANK: usize> {
    base: Frozen<L>,
    factors: Factors,
    dropout: f32,
    /// The layer with the change added to its weight: what evaluation uses while the adapter is merged.
    merged: Option<Box<L>>,
}

impl<L: Adaptable, const RANK: usize> Lora<L, RANK> {
    const DOWN: Product = L::PRODUCT.with_outputs(RANK);
    const FITS: () = {
        assert!(
            !L::PRODUCT.is_grouped(),
            "a grouped convolution cannot have a low-rank adapter: B · A is not cut into groups"
        );
        assert!(RANK > 0, "the rank of a low-rank adapter is at least 1");
        assert!(
            RANK <= L::PRODUCT.largest_rank(),
            "the rank of a low-rank adapter is at most the smaller side of the weight"
        );
    };
    const FACTORS: [Shape; 2] = shapes(L::WEIGHT, RANK);
    /// What a file of the layer alone does not have.
    const ADAPTER: Tensors = Tensors::Lines(&[
        ("lora_A", 0, Tensors::Own(&[("weight", Self::FACTORS[0])])),
        ("lora_B", 0, Tensors::Own(&[("weight", Self::FACTORS[1])])),
    ]);
    /// u, which the gradient of B reads.
    const U: Size = Size::per_sample(L::PRODUCT.positions() * RANK);

    /// The layer with an adapter that changes nothing yet.
    ///
    /// # Panics
    /// If `dropout` is not in 0..1, or `alpha` is no number.
    pub fn new(base: L, alpha: f32, dropout: f32) -> Self {
        let () = Self::FITS;
        assert!(
            (0.0..1.0).contains(&dropout),
            "the dropout of an adapter is at least 0 and less than 1, not {dropout}"
        );
        assert!(alpha.is_finite(), "the alpha of an adapter is a number, not {alpha}");
        let factors = Factors::of(base.weight(), RANK, alpha)
            .unwrap_or_else(|| unreachable!("{base} has a weight", base = L::KIND));
        Self { base: Frozen(base), factors, dropout, merged: None }
    }

    /// The frozen layer.
    pub fn base(&self) -> &L {
        &self.base.0
    }

    /// The frozen layer, to be changed. A merged adapter is taken out first.
    pub fn base_mut(&mut self) -> &mut L {
        self.merged = None;
        &mut self.base.0
    }

    /// Adds the change to a copy of the weight, which evaluation uses from now on. Training does as before, and whatever changes a tensor of this
    /// layer (a step, loading) takes the adapter out again, so that no stale copy is ever used.
    pub fn merge(&mut self) {
        self.merged = Some(Box::new(self.base.with_weight(self.merged_weight())));
    }

    /// Takes the adapter out of the weight again, exactly: the weight itself was not changed.
    pub fn unmerge(&mut self) {
        self.merged = None;
    }

    /// The layer without adapter, with the change in its weight.
    pub fn into_merged(mut self) -> L {
        self.merge();
        self.merged.map_or(self.base.0, |merged| *merged)
    }

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

impl<L, const RANK: usize> Deref for Lora<L, RANK> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.base
    }
}

impl<L: Adaptable + Default, const RANK: usize> Default for Lora<L, RANK> {
    /// The layer with all parameters 0 and an adapter whose alpha is its rank, without dropout.
    fn default() -> Self {
        Self::new(L::default(), RANK as f32, 0.0)
    }
}

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
