//! What `network!` writes for a network that takes an image and gives one.

use crate::{Arena, Bottom, Context, Meaning, Memory, Parameters, Path, Reads, Row, Sample, Size, Tape};

/// What [`ImageNetwork::forward_train`] has left for `backward`: [`Saved`](crate::Saved) for images in the order of the network's lines.
pub struct SavedImages<'a, N: ImageNetwork + ?Sized> {
    /// The input, if [`ImageNetwork::reads`] asks for it.
    pub x: &'a [N::In],
    /// The output, if [`ImageNetwork::reads`] asks for it.
    pub y: &'a [N::Out],
    /// What the lines have put on the tape.
    pub tape: Tape<'a>,
}

/// A network that takes one image and gives one, in the orders that its lines want: what `network!` writes the code of such a network for.
///
/// Outside, as a [`Layer`](crate::Layer), it takes and gives `[[[f32; W]; H]; C]`. Inside another network it stands as [`Reordered`](super::Reordered), which copies nothing
/// where both agree on the order; the types on both sides say which it is. The methods are those of [`Layer`](crate::Layer).
pub trait ImageNetwork: Parameters + Send + Sync + 'static {
    /// What the first lines take.
    type In: Sample<Element = f32>;
    /// What the last line gives.
    type Out: Sample<Element = f32>;
    /// See [`Layer::Gives`](crate::Layer::Gives).
    type Gives: Meaning;
    /// See [`Layer::KIND`](crate::Layer::KIND).
    const KIND: &'static str;
    /// See [`Layer::MEMORY`](crate::Layer::MEMORY).
    const MEMORY: Memory = Memory::NONE;
    /// See [`Layer::IDLE_TAPE`](crate::Layer::IDLE_TAPE).
    const IDLE_TAPE: Size;
    /// See [`Layer::FLOPS`](crate::Layer::FLOPS).
    const FLOPS: u64;
    /// See [`Layer::BACKWARD_FLOPS`](crate::Layer::BACKWARD_FLOPS).
    const BACKWARD_FLOPS: u64 = 2 * Self::FLOPS;

    /// See [`Layer::tape`](crate::Layer::tape).
    fn tape(train: Self::PerLayer<bool>, dx: bool) -> Size;
    /// See [`Layer::reads`](crate::Layer::reads).
    fn reads(train: Self::PerLayer<bool>, dx: bool) -> Reads;
    /// See [`Layer::forward`](crate::Layer::forward).
    fn forward(&self, x: &[Self::In], y: &mut [Self::Out], cx: Context<'_>);
    /// See [`Layer::forward_train`](crate::Layer::forward_train).
    fn forward_train(
        &self,
        x: &[Self::In],
        y: &mut [Self::Out],
        tape: Arena<'_>,
        train: Self::PerLayer<bool>,
        cx: Context<'_>,
    );
    /// See [`Layer::backward`](crate::Layer::backward).
    fn backward(
        &self,
        saved: SavedImages<'_, Self>,
        dy: &mut [Self::Out],
        grads: &mut Self::Grads,
        train: Self::PerLayer<bool>,
        dx: Option<&mut [Self::In]>,
        cx: Context<'_>,
    );
    /// See [`Layer::reset`](crate::Layer::reset).
    fn reset(&mut self, key: u64) {
        let _ = key;
    }
    /// See [`Layer::commit`](crate::Layer::commit).
    fn commit(&mut self, tape: Tape<'_>, n: usize, train: Self::PerLayer<bool>) {
        let _ = (tape, n, train);
    }
    /// See [`Layer::prepare`](crate::Layer::prepare).
    fn prepare(&mut self) {}
    /// See [`Layer::bottom`](crate::Layer::bottom).
    fn bottom(&self, train: Self::PerLayer<bool>, bottom: &mut Bottom) {
        let _ = (train, bottom);
    }
    /// See [`Layer::rows`](crate::Layer::rows).
    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        let _ = (path, each);
    }
    /// See [`Layer::outputs`](crate::Layer::outputs).
    fn outputs(
        saved: SavedImages<'_, Self>,
        train: Self::PerLayer<bool>,
        path: &Path<'_>,
        each: &mut dyn FnMut(&Path<'_>, &[f32]),
    ) {
        let _ = (saved, train, path, each);
    }
}
