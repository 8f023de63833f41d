//! Which labels fit which outputs, as types.

use crate::{Element, Sample};
use generic_array::{ArrayLength, GenericArray};

/// One output of numbers: any sample of `f32`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one output of numbers",
    label = "expected an output such as `[f32; 10]`",
    note = "a network with several outputs takes one loss for each of them, and a metric on one of them (`On`)"
)]
pub trait Numbers: Sample<Element = f32> {}
impl Numbers for f32 {}
impl<S: Sample<Element = f32>, const N: usize> Numbers for [S; N] {}
#[diagnostic::do_not_recommend]
impl<S: Sample<Element = f32>, N: Length> Numbers for GenericArray<S, N> {}

/// Labels that say which class a sample belongs to, or with which probability to each.
///
/// An output of `[f32; N]` takes `u32` (an index below `N`) or `[f32; N]`; a further dimension outside takes the same dimension
/// outside.
#[diagnostic::on_unimplemented(
    message = "labels of `{Self}` do not fit classes scored as `{P}`",
    label = "these labels are `{Self}`",
    note = "`[f32; N]` takes class indices (`u32`) or class probabilities (`[f32; N]`), `[[f32; N]; T]` takes `[u32; T]` or `[[f32; N]; T]`",
    note = "for labels that are values rather than classes, use a regression loss such as `MeanSquaredError`, and a metric such as `Mae`"
)]
pub trait ClassLabels<P>: Sample<Element: LabelElement> {}
impl<const N: usize> ClassLabels<[f32; N]> for u32 {}
impl<const N: usize> ClassLabels<[f32; N]> for [f32; N] {}
#[diagnostic::do_not_recommend]
impl<N: Length> ClassLabels<GenericArray<f32, N>> for u32 {}
#[diagnostic::do_not_recommend]
impl<N: Length> ClassLabels<GenericArray<f32, N>> for GenericArray<f32, N> {}
#[diagnostic::do_not_recommend]
impl<P, T: ClassLabels<P>, const N: usize> ClassLabels<[P; N]> for [T; N] {}
#[diagnostic::do_not_recommend]
impl<P, T: ClassLabels<P>, N: Length> ClassLabels<GenericArray<P, N>> for GenericArray<T, N> {}

/// Labels that say which class a sample belongs to: `u32` for an output of `[f32; N]`, `[u32; T]` for `[[f32; N]; T]`.
#[diagnostic::on_unimplemented(
    message = "labels of `{Self}` are no class indices for an output of `{P}`",
    label = "these labels are `{Self}`",
    note = "`[f32; N]` takes `u32`, `[[f32; N]; T]` takes `[u32; T]`",
    note = "for class probabilities as labels, use `CrossEntropy` on scores or `KlDivergence` on log-probabilities"
)]
pub trait ClassIndices<P>: Sample<Element = u32> {}
impl<const N: usize> ClassIndices<[f32; N]> for u32 {}
#[diagnostic::do_not_recommend]
impl<N: Length> ClassIndices<GenericArray<f32, N>> for u32 {}
#[diagnostic::do_not_recommend]
impl<P, T: ClassIndices<P>, const N: usize> ClassIndices<[P; N]> for [T; N] {}
#[diagnostic::do_not_recommend]
impl<P, T: ClassIndices<P>, N: Length> ClassIndices<GenericArray<P, N>> for GenericArray<T, N> {}

/// Labels that say yes or no for every element of an output, as 1 and 0 (or, as `f32`, with a probability between).
#[diagnostic::on_unimplemented(
    message = "labels of `{Self}` do not say yes or no to an output of `{P}`",
    label = "these labels are `{Self}`",
    note = "`[f32; N]` takes `[f32; N]` or `[u32; N]` with elements 0 and 1; `[f32; 1]` also takes `f32` and `u32`",
    note = "for one class out of `N` as a label, use the loss `CrossEntropy`, and metrics without `Binary`"
)]
pub trait BinaryLabels<P>: Sample<Element: LabelElement> {}
impl BinaryLabels<f32> for f32 {}
impl BinaryLabels<f32> for u32 {}
impl BinaryLabels<[f32; 1]> for f32 {}
impl BinaryLabels<[f32; 1]> for u32 {}
#[diagnostic::do_not_recommend]
impl<P, T: BinaryLabels<P>, const N: usize> BinaryLabels<[P; N]> for [T; N] {}
#[diagnostic::do_not_recommend]
impl<P, T: BinaryLabels<P>, N: Length> BinaryLabels<GenericArray<P, N>> for GenericArray<T, N> {}

/// Labels that are values, one for every element of an output.
#[diagnostic::on_unimplemented(
    message = "labels of `{Self}` are no values for an output of `{P}`",
    label = "these labels are `{Self}`",
    note = "a regression takes labels of the same type as the output, `{P}`; `[f32; 1]` also takes `f32`",
    note = "for class indices (`u32`), use the loss `CrossEntropy`, and a metric such as `Accuracy`"
)]
pub trait Targets<P>: Sample<Element = f32> {}
impl Targets<f32> for f32 {}
impl Targets<[f32; 1]> for f32 {}
#[diagnostic::do_not_recommend]
impl<P, T: Targets<P>, const N: usize> Targets<[P; N]> for [T; N] {}
#[diagnostic::do_not_recommend]
impl<P, T: Targets<P>, N: Length> Targets<GenericArray<P, N>> for GenericArray<T, N> {}

/// The length of a [`GenericArray`] that is a sample.
pub trait Length: ArrayLength + Send + Sync + 'static {}
impl<N: ArrayLength + Send + Sync + 'static> Length for N {}

/// Labels as they lie in memory.
#[derive(Clone, Copy, Debug)]
pub enum Labels<'a> {
    /// Indices of classes.
    Indices(&'a [u32]),
    /// Probabilities, or 0 and 1.
    Floats(&'a [f32]),
}

/// What labels are made of.
pub trait LabelElement: Element {
    /// The elements with their kind.
    fn labels(elements: &[Self]) -> Labels<'_>;
}
impl LabelElement for u32 {
    fn labels(elements: &[u32]) -> Labels<'_> {
        Labels::Indices(elements)
    }
}
impl LabelElement for f32 {
    fn labels(elements: &[f32]) -> Labels<'_> {
        Labels::Floats(elements)
    }
}

/// All labels of a batch, one after the other.
pub fn labels<T: Sample<Element: LabelElement>>(batch: &[T]) -> Labels<'_> {
    T::Element::labels(T::flat(batch))
}
