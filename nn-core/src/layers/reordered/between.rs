//! A network over images between images of other orders.

use super::{ImageNetwork, SavedImages};
use crate::expand::kept;
use crate::layers::image::{convert, lies_as, room_between, same_sizes};
use crate::{Arena, Context, Memory, Path, Reads, Sample, Size, Tape, Value};
use core::marker::PhantomData;

/// The images in another order, unless the pass begins behind them.
fn converted<'a, A: Sample<Element = f32>, B: Sample<Element = f32>>(
    x: &[A],
    copy: &'a mut [B],
    cx: &Context<'_>,
) -> &'a [B] {
    if cx.lacks_input() { copy } else { convert(cx.team, x, copy) }
}

/// An image network between images of other orders: the functions behind [`Reordered`](super::Reordered) and behind `impl Layer` of the network itself.
///
/// Where an order differs, training keeps a copy on the tape, before what the network keeps, if the network looks at it.
#[derive(Debug)]
pub struct Between<N, I, O>(PhantomData<(N, I, O)>);

impl<N: ImageNetwork, I: Sample<Element = f32>, O: Sample<Element = f32>> Between<N, I, O> {
    const SHAPES: () = assert!(
        same_sizes::<I, N::In>() && same_sizes::<O, N::Out>(),
        "a network in another order takes and gives images of the same sizes"
    );
    const COPY_OF_X: Size = room_between::<I, N::In>();
    const COPY_OF_Y: Size = room_between::<O, N::Out>();
    const COPIES: Size = Self::COPY_OF_X.plus(Self::COPY_OF_Y);
    /// The memory of the network and of the copies.
    pub const MEMORY: Memory = {
        let () = Self::SHAPES;
        N::MEMORY.plus(Self::COPIES, Self::COPIES, Self::COPIES)
    };

    /// [`Layer::IDLE_TAPE`](crate::Layer::IDLE_TAPE).
    pub const IDLE_TAPE: Size = N::IDLE_TAPE.plus(Self::COPIES);

    /// [`Layer::tape`](crate::Layer::tape).
    pub fn tape(train: N::PerLayer<bool>, dx: bool) -> Size {
        let reads = N::reads(train, dx);
        N::tape(train, dx).plus(Self::COPY_OF_X.when(reads.x)).plus(Self::COPY_OF_Y.when(reads.y))
    }

    /// [`Layer::reads`](crate::Layer::reads): what is copied need not be kept beside the copy.
    pub fn reads(train: N::PerLayer<bool>, dx: bool) -> Reads {
        let reads = N::reads(train, dx);
        Reads { x: reads.x && lies_as::<I, N::In>(), y: reads.y && lies_as::<O, N::Out>() }
    }

    /// Which copies are on the tape.
    fn copies(train: N::PerLayer<bool>, tape: Tape<'_>) -> Reads {
        if tape.is_whole() { Reads::BOTH } else { N::reads(train, tape.dx()) }
    }

    /// [`Layer::forward`](crate::Layer::forward).
    pub fn forward(network: &N, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = match lies_as::<I, N::In>() {
            true => N::In::of_flat(I::flat(x)),
            false => converted(x, cx.samples(x.len()), &cx),
        };
        if lies_as::<O, N::Out>() {
            return network.forward(x, N::Out::of_flat_mut(O::flat_mut(y)), cx);
        }
        let (team, copy) = (cx.team, cx.samples(y.len()));
        network.forward(x, copy, cx);
        convert(team, copy, y);
    }

    /// [`Layer::forward_train`](crate::Layer::forward_train).
    pub fn forward_train(
        network: &N,
        x: &[I],
        y: &mut [O],
        mut tape: Arena<'_>,
        train: N::PerLayer<bool>,
        mut cx: Context<'_>,
    ) {
        let copies = Self::copies(train, tape.share());
        let x = match (lies_as::<I, N::In>(), copies.x) {
            (true, _) => N::In::of_flat(I::flat(x)),
            (false, true) => converted(x, tape.samples(x.len()), &cx),
            (false, false) => converted(x, cx.samples(x.len()), &cx),
        };
        if lies_as::<O, N::Out>() {
            return network.forward_train(x, N::Out::of_flat_mut(O::flat_mut(y)), tape, train, cx);
        }
        let (team, n) = (cx.team, y.len());
        let copy = if copies.y { tape.samples(n) } else { cx.samples(n) };
        network.forward_train(x, copy, tape, train, cx);
        convert(team, copy, y);
    }

    fn saved<'a>(
        (x, y, mut tape): (&'a [I], &'a [O], Tape<'a>),
        n: usize,
        train: N::PerLayer<bool>,
    ) -> SavedImages<'a, N> {
        let copies = Self::copies(train, tape);
        let x = if lies_as::<I, N::In>() { N::In::of_flat(I::flat(x)) } else { kept(copies.x, &mut tape, n) };
        let y = if lies_as::<O, N::Out>() { N::Out::of_flat(O::flat(y)) } else { kept(copies.y, &mut tape, n) };
        SavedImages { x, y, tape }
    }

    /// [`Layer::backward`](crate::Layer::backward).
    #[allow(clippy::too_many_arguments, reason = "what `Layer::backward` takes, one by one")]
    pub fn backward(
        network: &N,
        saved: (&[I], &[O], Tape<'_>),
        dy: &mut [O],
        grads: &mut N::Grads,
        train: N::PerLayer<bool>,
        dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        let (saved, team) = (Self::saved(saved, dy.len(), train), cx.team);
        let dy = if lies_as::<O, N::Out>() {
            N::Out::of_flat_mut(O::flat_mut(dy))
        } else {
            let copy = cx.samples(dy.len());
            convert(team, dy, copy);
            copy
        };
        match dx {
            None => network.backward(saved, dy, grads, train, None, cx),
            Some(dx) if lies_as::<I, N::In>() => {
                network.backward(saved, dy, grads, train, Some(N::In::of_flat_mut(I::flat_mut(dx))), cx);
            }
            Some(dx) => {
                let copy = cx.samples(dx.len());
                network.backward(saved, dy, grads, train, Some(&mut *copy), cx);
                convert(team, copy, dx);
            }
        }
    }

    /// [`Layer::commit`](crate::Layer::commit).
    pub fn commit(network: &mut N, mut tape: Tape<'_>, n: usize, train: N::PerLayer<bool>) {
        let copies = Self::copies(train, tape);
        if !lies_as::<I, N::In>() {
            let _: &[N::In] = kept(copies.x, &mut tape, n);
        }
        if !lies_as::<O, N::Out>() {
            let _: &[N::Out] = kept(copies.y, &mut tape, n);
        }
        network.commit(tape, n, train);
    }

    /// [`Layer::outputs`](crate::Layer::outputs).
    pub fn outputs(
        saved: (&[I], &[O], Tape<'_>),
        train: N::PerLayer<bool>,
        path: &Path<'_>,
        each: &mut dyn FnMut(&Path<'_>, &[f32]),
    ) {
        let (y, n) = (saved.1, saved.1.len());
        let saved = Self::saved(saved, n, train);
        if saved.y.is_empty() {
            return O::each_in_order(y, &mut |_, part| each(path, part));
        }
        N::outputs(saved, train, path, each);
    }
}

/// `impl Layer` of the image network `$network` between images of the types `$takes` and `$gives`.
#[doc(hidden)]
#[macro_export]
macro_rules! image_network {
    (impl[$($generics:tt)*] $layer:ty, $this:ident => $inner:expr, $network:ty, $takes:ty, $gives:ty) => {
        impl<$($generics)*> $crate::Layer for $layer {
            type In = $takes;
            type Out = $gives;
            type Gives = <$network as $crate::layers::ImageNetwork>::Gives;
            const KIND: &'static str = <$network as $crate::layers::ImageNetwork>::KIND;
            const MEMORY: $crate::Memory = $crate::layers::Between::<$network, $takes, $gives>::MEMORY;
            const IDLE_TAPE: $crate::Size = $crate::layers::Between::<$network, $takes, $gives>::IDLE_TAPE;
            const FLOPS: u64 = <$network as $crate::layers::ImageNetwork>::FLOPS;
            const BACKWARD_FLOPS: u64 = <$network as $crate::layers::ImageNetwork>::BACKWARD_FLOPS;

            fn tape(train: Self::PerLayer<bool>, dx: bool) -> $crate::Size {
                $crate::layers::Between::<$network, $takes, $gives>::tape(train, dx)
            }
            fn reads(train: Self::PerLayer<bool>, dx: bool) -> $crate::Reads {
                $crate::layers::Between::<$network, $takes, $gives>::reads(train, dx)
            }
            fn forward(&self, x: &[$takes], y: &mut [$gives], cx: $crate::Context<'_>) {
                let $this = self;
                $crate::layers::Between::<$network, $takes, $gives>::forward(&$inner, x, y, cx);
            }
            fn forward_train(
                &self,
                x: &[$takes],
                y: &mut [$gives],
                tape: $crate::Arena<'_>,
                train: Self::PerLayer<bool>,
                cx: $crate::Context<'_>,
            ) {
                let $this = self;
                $crate::layers::Between::<$network, $takes, $gives>::forward_train(&$inner, x, y, tape, train, cx);
            }
            fn backward(
                &self,
                saved: $crate::Saved<'_, Self>,
                dy: &mut [$gives],
                grads: &mut Self::Grads,
                train: Self::PerLayer<bool>,
                dx: Option<&mut [$takes]>,
                cx: $crate::Context<'_>,
            ) {
                let ($this, saved) = (self, (saved.x, saved.y, saved.tape));
                $crate::layers::Between::<$network, $takes, $gives>::backward(
                    &$inner, saved, dy, grads, train, dx, cx,
                );
            }
            fn reset(&mut self, key: u64) {
                let $this = self;
                $crate::layers::ImageNetwork::reset(&mut $inner, key);
            }
            fn commit(&mut self, tape: $crate::Tape<'_>, n: usize, train: Self::PerLayer<bool>) {
                let $this = self;
                $crate::layers::Between::<$network, $takes, $gives>::commit(&mut $inner, tape, n, train);
            }
            fn prepare(&mut self) {
                let $this = self;
                $crate::layers::ImageNetwork::prepare(&mut $inner);
            }
            fn bottom(&self, train: Self::PerLayer<bool>, bottom: &mut $crate::Bottom) {
                let $this = self;
                $crate::layers::ImageNetwork::bottom(&$inner, train, bottom);
            }
            fn rows(path: &$crate::Path<'_>, each: &mut dyn FnMut($crate::Row)) {
                <$network as $crate::layers::ImageNetwork>::rows(path, each);
            }
            fn outputs(
                saved: $crate::Saved<'_, Self>,
                train: Self::PerLayer<bool>,
                path: &$crate::Path<'_>,
                each: &mut dyn FnMut(&$crate::Path<'_>, &[f32]),
            ) {
                let saved = (saved.x, saved.y, saved.tape);
                $crate::layers::Between::<$network, $takes, $gives>::outputs(saved, train, path, each);
            }
        }
    };
}
