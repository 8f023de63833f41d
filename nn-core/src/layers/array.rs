//! Arrays of layers: `[Block; 6]`.

use crate::expand::{forward, forward_train, kept, outputs};
use crate::lora::{EachAdapter, EachAdapterMut};
use crate::{
    Arena, Bottom, Context, Each, EachMut, EachPair, Layer, Memory, Parameters, Path, Reach, Reads, Row, Sample, Saved,
    Size, Tape, Tensor, Tensors, random,
};

impl<L: Parameters, const N: usize> Parameters for [L; N] {
    type Grads = [L::Grads; N];
    type PerLayer<T: Copy> = [L::PerLayer<T>; N];
    const PARAMS: usize = N * L::PARAMS;
    const FROZEN_PARAMS: usize = N * L::FROZEN_PARAMS;
    const TENSORS: Tensors = Tensors::Elements(N, &L::TENSORS);

    fn grads(&self) -> Self::Grads {
        self.each_ref().map(L::grads)
    }
    fn no_grads() -> Self::Grads {
        core::array::from_fn(|_| L::no_grads())
    }
    fn per_layer<T: Copy>(value: T) -> Self::PerLayer<T> {
        [L::per_layer(value); N]
    }
    fn map_layers<T: Copy, U: Copy>(
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> Self::PerLayer<U> {
        core::array::from_fn(|i| L::map_layers(per[i], &path.at(i), f))
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        for (i, layer) in self.iter().enumerate() {
            layer.tensors(&path.at(i), each);
        }
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        for (i, layer) in self.iter_mut().enumerate() {
            layer.tensors_mut(&path.at(i), each);
        }
    }
    fn pairs<T: Copy>(
        &mut self,
        grads: &mut Self::Grads,
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        each: EachPair<'_, T>,
    ) {
        for (i, ((layer, grads), per)) in self.iter_mut().zip(grads).zip(per).enumerate() {
            layer.pairs(grads, per, &path.at(i), each);
        }
    }
    fn gradients(grads: &mut Self::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        for (i, grads) in grads.iter_mut().enumerate() {
            L::gradients(grads, &path.at(i), each);
        }
    }
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        for (i, layer) in self.iter().enumerate() {
            layer.adapters(&path.at(i), each);
        }
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        for (i, layer) in self.iter_mut().enumerate() {
            layer.adapters_mut(&path.at(i), each);
        }
    }
}

/// What is between the elements of an array in training: kept on the tape where a derivative looks at it.
///
/// The tape holds, for each element, its own part if the backward pass reaches it, and then what it gave (but for the last, which gave y) if a
/// derivative looks at that. What is not kept runs in turn in y and one buffer more.
struct Between<L: Layer, S, const N: usize> {
    train: [L::PerLayer<bool>; N],
    dx: bool,
    whole: bool,
    /// The lowest element that the backward pass reaches; N if there is none.
    lowest: usize,
    sample: core::marker::PhantomData<fn(S)>,
}

impl<S: Sample<Element = f32>, L: Layer<In = S, Out = S>, const N: usize> Between<L, S, N> {
    /// One buffer for each output between elements.
    const OUTPUTS: Size = Size::per_sample(S::LEN).times(N.saturating_sub(1));
    /// One buffer in turn with y or dy.
    const SPARE: Size = Size::per_sample(if N > 1 { S::LEN } else { 0 });

    fn new(train: [L::PerLayer<bool>; N], dx: bool) -> Self {
        let lowest = if dx { 0 } else { train.iter().position(|&flags| L::any(flags)).unwrap_or(N) };
        Self { train, dx, whole: false, lowest, sample: core::marker::PhantomData }
    }

    fn on(train: [L::PerLayer<bool>; N], tape: Tape<'_>) -> Self {
        Self { whole: tape.is_whole(), ..Self::new(train, tape.dx()) }
    }

    fn reach(&self, i: usize) -> Reach {
        Reach::of::<L>(i > self.lowest || self.dx, self.train[i])
    }

    /// Whether what element `i` gives is on the tape: if it looks at that itself, or the one above it does.
    fn keeps(&self, i: usize) -> bool {
        i + 1 < N && (self.whole || self.reach(i).reads.y || self.reach(i + 1).reads.x)
    }

    fn size(&self) -> Size {
        (0..N).fold(Size::NONE, |size, i| {
            let output = Size::per_sample(S::LEN).when(self.keeps(i));
            size.plus(self.reach(i).tape::<L>(self.train[i])).plus(output)
        })
    }

    /// Calls `each` with the index and what was saved for every element.
    fn each<'a>(&self, saved: Saved<'a, [L; N]>, n: usize, mut each: impl FnMut(usize, Saved<'a, L>)) {
        let (mut tape, mut x) = (saved.tape, saved.x);
        for i in 0..N {
            let own = tape.line::<L>(self.reach(i), self.train[i], n);
            let y = match i + 1 == N {
                true => saved.y,
                false => kept(self.keeps(i), &mut tape, n),
            };
            each(i, Saved { x, y, tape: own });
            x = y;
        }
    }
}

/// Layers one after the other: y = Lₙ(… L₁(L₀(x))).
///
/// Each takes what it gives. Parameters are called `0.weight`, `1.weight` and so on. An array of none gives what it takes.
impl<S: Sample<Element = f32>, L: Layer<In = S, Out = S>, const N: usize> Layer for [L; N] {
    type In = S;
    type Out = S;
    type Gives = L::Gives;
    const KIND: &'static str = L::KIND;
    const MEMORY: Memory = Memory {
        tape: L::MEMORY.tape.times(N).plus(Between::<L, S, N>::OUTPUTS),
        forward: L::MEMORY.forward.plus(Between::<L, S, N>::SPARE),
        train: L::MEMORY.train.plus(Between::<L, S, N>::SPARE).plus(L::IDLE_TAPE),
    };
    const IDLE_TAPE: Size = Size::NONE;
    const READS: Reads = if N == 0 { Reads::NEITHER } else { L::READS };
    const FLOPS: u64 = N as u64 * L::FLOPS;
    const BACKWARD_FLOPS: u64 = N as u64 * L::BACKWARD_FLOPS;

    fn tape(train: Self::PerLayer<bool>, dx: bool) -> Size {
        Between::<L, S, N>::new(train, dx).size()
    }

    fn reads(train: Self::PerLayer<bool>, dx: bool) -> Reads {
        let Some(last) = N.checked_sub(1) else { return Reads::NEITHER };
        let between = Between::<L, S, N>::new(train, dx);
        Reads { x: between.reach(0).reads.x, y: between.reach(last).reads.y }
    }

    fn forward(&self, x: &[S], y: &mut [S], mut cx: Context<'_>) {
        if N == 0 {
            return S::flat_mut(y).copy_from_slice(S::flat(x));
        }
        // Outputs go to y and to a spare buffer in turn, so that the last one goes to y.
        let (mut to, mut from) = if N > 1 { (y, cx.samples(x.len())) } else { (y, <&mut [S]>::default()) };
        if N.is_multiple_of(2) {
            core::mem::swap(&mut to, &mut from);
        }
        for (i, layer) in self.iter().enumerate() {
            forward(layer, if i == 0 { x } else { from }, to, cx.element(i));
            core::mem::swap(&mut to, &mut from);
        }
    }

    fn forward_train(
        &self,
        x: &[S],
        y: &mut [S],
        mut tape: Arena<'_>,
        train: Self::PerLayer<bool>,
        mut cx: Context<'_>,
    ) {
        if N == 0 {
            return S::flat_mut(y).copy_from_slice(S::flat(x));
        }
        let (n, between) = (x.len(), Between::<L, S, N>::on(train, tape.share()));
        let idle = cx.slot(L::IDLE_TAPE, n);
        // What is not kept goes to y and to a spare buffer in turn, so that the last output goes to y.
        let (mut to, mut from) = if N > 1 { (y, cx.samples(n)) } else { (y, <&mut [S]>::default()) };
        if N.is_multiple_of(2) {
            core::mem::swap(&mut to, &mut from);
        }
        let mut kept = Some(x);
        for (i, layer) in self.iter().enumerate() {
            let own = tape.line::<L>(between.reach(i), train[i], idle, n);
            let x = kept.take().unwrap_or(from);
            if between.keeps(i) {
                let output: &mut [S] = tape.samples(n);
                forward_train(layer, x, output, own, train[i], cx.element(i));
                kept = Some(output);
            } else {
                forward_train(layer, x, to, own, train[i], cx.element(i));
            }
            core::mem::swap(&mut to, &mut from);
        }
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut Self::Grads,
        train: Self::PerLayer<bool>,
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        let Some(last) = N.checked_sub(1) else {
            if let Some(dx) = dx {
                S::flat_mut(dx).copy_from_slice(S::flat(dy));
            }
            return;
        };
        let mut parts = [saved_of_none::<S, L>(); N];
        Between::<L, S, N>::on(train, saved.tape).each(saved, dy.len(), |i, part| parts[i] = part);
        // Nothing is computed below the lowest element that learns, unless dx is asked for.
        let lowest = Between::<L, S, N>::new(train, dx.is_some()).lowest;
        if lowest == N {
            return;
        }
        let n = dy.len();
        let (mut dy, mut spare) = if N > 1 { (dy, cx.samples(n)) } else { (dy, <&mut [S]>::default()) };
        for i in (lowest + 1..=last).rev() {
            self[i].backward(parts[i], dy, &mut grads[i], train[i], Some(&mut *spare), cx.element(i));
            core::mem::swap(&mut dy, &mut spare);
        }
        self[lowest].backward(parts[lowest], dy, &mut grads[lowest], train[lowest], dx, cx.element(lowest));
    }

    fn reset(&mut self, key: u64) {
        for (i, layer) in self.iter_mut().enumerate() {
            layer.reset(random::mix(key, i as u64));
        }
    }

    fn commit(&mut self, mut tape: Tape<'_>, n: usize, train: Self::PerLayer<bool>) {
        let between = Between::<L, S, N>::on(train, tape);
        for (i, layer) in self.iter_mut().enumerate() {
            let own = tape.line::<L>(between.reach(i), train[i], n);
            if between.reach(i).line {
                layer.commit(own, n, train[i]);
            }
            if between.keeps(i) {
                let _: &[S] = tape.samples(n);
            }
        }
    }

    fn prepare(&mut self) {
        self.iter_mut().for_each(L::prepare);
    }

    fn bottom(&self, train: Self::PerLayer<bool>, bottom: &mut Bottom) {
        let between = Between::<L, S, N>::new(train, false);
        for (i, layer) in self.iter().enumerate() {
            bottom.element(i, layer, train[i], between.reach(i).line);
        }
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        for i in 0..N {
            L::rows(&path.at(i), each);
        }
    }

    fn outputs(
        saved: Saved<'_, Self>,
        train: Self::PerLayer<bool>,
        path: &Path<'_>,
        each: &mut dyn FnMut(&Path<'_>, &[f32]),
    ) {
        let between = Between::<L, S, N>::on(train, saved.tape);
        let n = saved.y.len();
        between.each(saved, n, |i, part| outputs(between.reach(i), part, train[i], &path.at(i), each));
    }
}

/// What stands in an array of parts until they are known.
fn saved_of_none<'a, S: Sample, L: Layer<In = S, Out = S>>() -> Saved<'a, L> {
    Saved { x: &[], y: &[], tape: Tape::new(&[]) }
}
