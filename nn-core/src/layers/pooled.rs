//! A convolution with ReLU and the max pool right behind it, as one layer: what is between them is computed and forgotten.

use super::image::{channels_last, room, write};
use super::{Conv2d, Frame, MaxPool2d, Relu};
use crate::plan::Leaf;
use crate::{
    Arena, Context, Each, EachMut, EachPair, Layer, Memory, Parameters, Path, Reads, Row, Sample, Saved, Scores, Size,
    Tensor, Tensors,
};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// y = pool(convolution(x)): the layer `C`, a [`Conv2d`] with ReLU, followed by `M`, a [`MaxPool2d`].
///
/// | | |
/// |---|---|
/// | takes | what the convolution takes |
/// | gives | what the pool gives |
/// | parameters | those of the convolution, under the same names |
///
/// `network!` makes one of two lines that follow each other. Dereferences to the convolution. Where the convolution is of 3 × 3 with stride
/// 1 and the windows of the pool are 2 × 2 side by side, a tile of Winograd's algorithm is a window: the image between, four times
/// the output, is never written. Backward makes the gradient of that image for some samples at a time.
#[derive(Clone, Copy, Debug)]
pub struct Pooled<C, M> {
    convolution: C,
    pool: M,
}

impl<C, M: Default> Pooled<C, M> {
    /// The convolution with the pool behind it.
    pub fn new(convolution: C) -> Self {
        Self { convolution, pool: M::default() }
    }
}

impl<C: Default, M: Default> Default for Pooled<C, M> {
    fn default() -> Self {
        Self::new(C::default())
    }
}

impl<C, M> Deref for Pooled<C, M> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.convolution
    }
}

impl<C, M> DerefMut for Pooled<C, M> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.convolution
    }
}

impl<C: Parameters, M> Parameters for Pooled<C, M> {
    type Grads = C::Grads;
    type PerLayer<T: Copy> = C::PerLayer<T>;
    const PARAMS: usize = C::PARAMS;
    const TENSORS: Tensors = C::TENSORS;

    fn grads(&self) -> C::Grads {
        self.convolution.grads()
    }
    fn no_grads() -> C::Grads {
        C::no_grads()
    }
    fn per_layer<T: Copy>(value: T) -> C::PerLayer<T> {
        C::per_layer(value)
    }
    fn map_layers<T: Copy, U: Copy>(
        per: C::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> C::PerLayer<U> {
        C::map_layers(per, path, f)
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        self.convolution.tensors(path, each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.convolution.tensors_mut(path, each);
    }
    fn pairs<T: Copy>(&mut self, grads: &mut C::Grads, per: C::PerLayer<T>, path: &Path<'_>, each: EachPair<'_, T>) {
        self.convolution.pairs(grads, per, path, each);
    }
    fn gradients(grads: &mut C::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        C::gradients(grads, path, each);
    }
}

impl<C: Leaf, M> Leaf for Pooled<C, M> {
    type HasBiases = C::HasBiases;
    type IsNorm = C::IsNorm;
    const BIASES: &'static [&'static str] = C::BIASES;

    fn grads_of(&self, learns: &dyn Fn(&str) -> bool) -> C::Grads {
        self.convolution.grads_of(learns)
    }
}

/// Samples whose image between is made at a time in backward.
const SAMPLES: usize = 32;

/// The two layers by their parameters.
type Both<I, O, P, K, W, const BIAS: bool, const GROUPS: usize> =
    Pooled<Conv2d<I, O, K, Relu, BIAS, GROUPS>, MaxPool2d<O, P, W>>;

/// What decides how the two are computed.
struct Way<I, O, P, K, W, const BIAS: bool, const GROUPS: usize>(PhantomData<(I, O, P, K, W)>);

impl<I, O, P, K, W, const BIAS: bool, const GROUPS: usize> Way<I, O, P, K, W, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    P: Sample<Element = f32>,
    K: Frame,
    W: Frame,
{
    /// Whether windows are tiles.
    const TILES: bool = {
        let (conv, window) = (Conv2d::<I, O, K, Relu, BIAS, GROUPS>::CONV, W::WINDOW);
        let [[top, bottom], [left, right]] = window.padding;
        conv.is_winograd()
            && window.kernel[0] == 2
            && window.kernel[1] == 2
            && window.stride[0] == 2
            && window.stride[1] == 2
            && top + bottom + left + right == 0
            && !window.ceil
    };
    const PICKS: usize = MaxPool2d::<O, P, W>::POOL.picks_len();
}

impl<I, O, P, K, W, const BIAS: bool, const GROUPS: usize> Both<I, O, P, K, W, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    P: Sample<Element = f32>,
    K: Frame,
    W: Frame,
{
    fn tiles(&self, x: &[I], y: &mut [P], picks: Option<&mut [f32]>, mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        let bias = BIAS.then(|| self.convolution.bias.values());
        write(y, &mut cx, |y, cx| self.convolution.pooled(cx.team, x, (bias, true), y, picks));
    }
}

impl<I, O, P, K, W, const BIAS: bool, const GROUPS: usize> Layer for Both<I, O, P, K, W, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    P: Sample<Element = f32>,
    K: Frame,
    W: Frame,
{
    type In = I;
    type Out = P;
    type Gives = Scores;
    const KIND: &'static str = "Conv2d";
    /// The tape holds which element of its window each output is; elsewhere the image between, and what both layers keep.
    const MEMORY: Memory = {
        let (conv, pool) = (<Conv2d<I, O, K, Relu, BIAS, GROUPS>>::MEMORY, <MaxPool2d<O, P, W>>::MEMORY);
        if Way::<I, O, P, K, W, BIAS, GROUPS>::TILES {
            let between = Size::fixed(SAMPLES * O::LEN);
            let picks = Size::per_sample(Way::<I, O, P, K, W, BIAS, GROUPS>::PICKS);
            let copies = room::<I>().times(2).plus(room::<P>());
            let sizes = Conv2d::<I, O, K, Relu, BIAS, GROUPS>::CONV;
            let kernels = Size::fixed(sizes.weights_scratch()).plus(Size::fixed(sizes.input_scratch()));
            Memory { tape: picks, forward: copies, train: copies.plus(between).plus(kernels) }
        } else {
            let between = Size::per_sample(O::LEN);
            let lines = Memory::of_lines(&[conv, pool]);
            lines.plus(between, between, between)
        }
    };
    const READS: Reads = Reads { x: true, y: Way::<I, O, P, K, W, BIAS, GROUPS>::TILES };
    const FLOPS: u64 = <Conv2d<I, O, K, Relu, BIAS, GROUPS>>::FLOPS + <MaxPool2d<O, P, W>>::FLOPS;
    const BACKWARD_FLOPS: u64 =
        <Conv2d<I, O, K, Relu, BIAS, GROUPS>>::BACKWARD_FLOPS + <MaxPool2d<O, P, W>>::BACKWARD_FLOPS;

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[I], y: &mut [P], mut cx: Context<'_>) {
        if Way::<I, O, P, K, W, BIAS, GROUPS>::TILES {
            return self.tiles(x, y, None, cx);
        }
        let between: &mut [O] = cx.samples(x.len());
        self.convolution.forward(x, between, cx.lent());
        self.pool.forward(between, y, cx);
    }

    fn forward_train(&self, x: &[I], y: &mut [P], mut tape: Arena<'_>, train: bool, mut cx: Context<'_>) {
        let n = x.len();
        if Way::<I, O, P, K, W, BIAS, GROUPS>::TILES {
            let picks = tape.floats(n * Way::<I, O, P, K, W, BIAS, GROUPS>::PICKS);
            return self.tiles(x, y, Some(picks), cx);
        }
        let between: &mut [O] = tape.samples(n);
        let own = tape.part(<Conv2d<I, O, K, Relu, BIAS, GROUPS>>::MEMORY.tape, n);
        self.convolution.forward_train(x, between, own, train, cx.lent());
        self.pool.forward_train(between, y, tape, (), cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [P],
        grads: &mut Self::Grads,
        train: bool,
        dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let n = dy.len();
        if !Way::<I, O, P, K, W, BIAS, GROUPS>::TILES {
            let between: &[O] = saved.tape.samples(n);
            let own = saved.tape.part(<Conv2d<I, O, K, Relu, BIAS, GROUPS>>::MEMORY.tape, n);
            let gradient: &mut [O] = cx.samples(n);
            let pool = Saved { x: between, y: saved.y, tape: saved.tape };
            self.pool.backward(pool, dy, &mut (), (), Some(&mut *gradient), cx.lent());
            let conv = Saved { x: saved.x, y: between, tape: own };
            return self.convolution.backward(conv, gradient, grads, train, dx, cx);
        }
        let (conv, pool) = (Conv2d::<I, O, K, Relu, BIAS, GROUPS>::CONV, MaxPool2d::<O, P, W>::POOL);
        let picks = saved.tape.floats(n * Way::<I, O, P, K, W, BIAS, GROUPS>::PICKS);
        // The largest of several ReLUs is the ReLU of the largest.
        nn_kernels::Activation::Relu.backward_inplace(cx.team, P::flat(saved.y), P::flat_mut(dy));
        let dy = channels_last(dy, &mut cx);
        let weight_learns = train && !grads.weight.is_empty();
        let x = if weight_learns { channels_last(saved.x, &mut cx) } else { &[] };
        if train && BIAS {
            nn_kernels::column_sums(cx.team, dy, grads.bias.values_mut(), cx.accumulate);
        }
        if !weight_learns && dx.is_none() {
            return;
        }
        let between = cx.floats(SAMPLES * O::LEN);
        let [weights, input] = [conv.weights_scratch(), conv.input_scratch()].map(|len| cx.floats(len));
        let mut each = |mut dx: Option<&mut [f32]>, cx: &mut Context<'_>| {
            for first in (0..n).step_by(SAMPLES) {
                let part = first..n.min(first + SAMPLES);
                let of = |len: usize| part.start * len..part.end * len;
                let dz = &mut between[..part.len() * O::LEN];
                let picks = &picks[of(Way::<I, O, P, K, W, BIAS, GROUPS>::PICKS)];
                nn_kernels::max_pool_backward(cx.team, &pool, &dy[of(P::LEN)], picks, dz);
                if weight_learns {
                    let (dw, accumulate) = (grads.weight.values_mut(), cx.accumulate || first > 0);
                    nn_kernels::conv_backward_weights(cx.team, &conv, &x[of(I::LEN)], dz, dw, weights, accumulate);
                }
                if let Some(dx) = &mut dx {
                    let (w, dx) = (self.convolution.weight.values(), &mut dx[of(I::LEN)]);
                    nn_kernels::conv_backward_input(cx.team, &conv, dz, w, input, dx);
                }
            }
        };
        match dx {
            None => each(None, &mut cx),
            Some(dx) => write(dx, &mut cx, |dx, cx| each(Some(dx), cx)),
        }
    }

    fn reset(&mut self, key: u64) {
        self.convolution.reset(key);
    }

    fn prepare(&mut self) {
        self.convolution.prepare();
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        <Conv2d<I, O, K, Relu, BIAS, GROUPS>>::rows(path, each);
    }
}
