//! One step of a sequence.

use crate::{Context, Layer, Reads, Sample, Saved, Scores, parameters};
use core::marker::PhantomData;

/// y = `x[INDEX]`: one element of the first dimension.
///
/// | | |
/// |---|---|
/// | takes | `[O; STEPS]`: `[steps, …]` |
/// | gives | `O`: `[…]` |
/// | parameters | none |
/// | PyTorch | `x[:, INDEX]`; what `network!` calls `First` is `x[:, 0]`, and `Last` is `x[:, -1]` |
///
/// What a recurrent layer gives for the last step has seen all of them: it is what a classifier of sequences reads. dx is dy in that place and 0
/// elsewhere.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::Select;
///
/// let last = Select::<[f32; 2], 3, 2>::new();
/// assert_eq!(*last.predict(&[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]), [[5.0, 6.0]]);
/// ```
///
/// ```compile_fail
/// let behind = nn_core::layers::Select::<[f32; 2], 3, 3>::new();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Select<O, const STEPS: usize, const INDEX: usize>(PhantomData<fn() -> O>);

parameters! { impl[O: Sample<Element = f32>, const STEPS: usize, const INDEX: usize] Select<O, STEPS, INDEX> }

impl<O, const STEPS: usize, const INDEX: usize> Select<O, STEPS, INDEX> {
    const INSIDE: () = assert!(INDEX < STEPS, "the index of a step is below their number");

    /// The layer.
    pub fn new() -> Self {
        let () = Self::INSIDE;
        Self(PhantomData)
    }
}

impl<O, const STEPS: usize, const INDEX: usize> Default for Select<O, STEPS, INDEX> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Sample<Element = f32>, const STEPS: usize, const INDEX: usize> Layer for Select<O, STEPS, INDEX> {
    type In = [O; STEPS];
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = match INDEX {
        0 => "First",
        _ if INDEX + 1 == STEPS => "Last",
        _ => "Select",
    };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[[O; STEPS]], y: &mut [O], _: Context<'_>) {
        for (x, y) in x.iter().zip(y.chunks_mut(1)) {
            O::flat_mut(y).copy_from_slice(O::flat(&x[INDEX..=INDEX]));
        }
    }

    fn backward(
        &self,
        _: Saved<'_, Self>,
        dy: &mut [O],
        (): &mut (),
        (): (),
        dx: Option<&mut [[O; STEPS]]>,
        cx: Context<'_>,
    ) {
        let Some(dx) = dx else { return };
        nn_kernels::fill(cx.team, 0.0, <[O; STEPS]>::flat_mut(dx));
        for (dx, dy) in dx.iter_mut().zip(dy.chunks(1)) {
            O::flat_mut(&mut dx[INDEX..=INDEX]).copy_from_slice(O::flat(dy));
        }
    }
}
