//! The same elements in another shape.

use crate::{Context, Layer, Reads, Sample, Saved, Scores, parameters};
use core::marker::PhantomData;

/// y = x: the elements in row-major order, seen as another shape.
///
/// | | |
/// |---|---|
/// | takes, gives | any samples with as many elements of the same kind |
/// | parameters | none |
/// | PyTorch | `nn.Flatten()`, `nn.Unflatten` |
///
/// As a layer it copies. `network!` has no need of it: there, `Flatten` and `Reshape` are views of the line before.
///
/// ```
/// use nn_core::layers::Reshape;
/// use nn_core::{Context, Layer, Team};
///
/// let layer = Reshape::<[[f32; 2]; 2], [f32; 4]>::new();
/// let mut y = [[0.0; 4]];
/// layer.forward(&[[[1.0, 2.0], [3.0, 4.0]]], &mut y, Context::new(&Team::new(1), 0, 0, false, &mut []));
/// assert_eq!(y, [[1.0, 2.0, 3.0, 4.0]]);
/// ```
///
/// A shape of another size is refused while the program is built:
///
/// ```compile_fail
/// let layer = nn_core::layers::Reshape::<[[f32; 2]; 2], [f32; 5]>::new();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reshape<I, O>(PhantomData<fn(I) -> O>);

parameters! { impl[I: Sample, O: Sample<Element = I::Element>] Reshape<I, O> }

impl<I: Sample, O: Sample<Element = I::Element>> Reshape<I, O> {
    const SHAPES: () = assert!(I::LEN == O::LEN, "a reshaped sample must keep its number of elements");

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I: Sample, O: Sample<Element = I::Element>> Default for Reshape<I, O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample, O: Sample<Element = I::Element>> Layer for Reshape<I, O> {
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = if O::SHAPE.rank() == 1 { "Flatten" } else { "Reshape" };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[I], y: &mut [O], _: Context<'_>) {
        O::flat_mut(y).copy_from_slice(I::flat(x));
    }

    fn backward(&self, _: Saved<'_, Self>, dy: &mut [O], (): &mut (), (): (), dx: Option<&mut [I]>, _: Context<'_>) {
        if let Some(dx) = dx {
            I::flat_mut(dx).copy_from_slice(O::flat(dy));
        }
    }
}
