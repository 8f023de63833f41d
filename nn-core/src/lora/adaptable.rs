//! The layers that a low-rank adapter can be put on.

use super::product::Product;
use crate::layers::{Activation, Conv2d, Dense, Frame, channels_last, room, write};
use crate::{Context, Layer, Sample, Shape, Size, Tensor};

/// `Dense` and `Conv2d`: a linear map, then an activation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot have a low-rank adapter",
    label = "only `Dense` and `Conv2d` can"
)]
pub trait Adaptable: Layer {
    /// The activation.
    type Function: Activation;
    /// The linear map.
    const PRODUCT: Product;
    /// The shape of the weight.
    const WEIGHT: Shape;
    /// Scratch memory for the input and for the output in the order of the kernels.
    const ROOM: [Size; 2];

    /// The weight, `[outputs, inputs]` or `[out, in, kh, kw]`.
    fn weight(&self) -> &Tensor;
    /// The bias, if there is one.
    fn bias(&self) -> Option<&[f32]>;
    /// The activation.
    fn function(&self) -> &Self::Function;
    /// The same layer with another weight of this shape.
    #[must_use]
    fn with_weight(&self, weight: Tensor) -> Self;
    /// Samples in the order of the kernels.
    fn read<'s, 'a: 's, S: Sample<Element = f32>>(x: &'s [S], cx: &mut Context<'a>) -> &'s [f32];
    /// Lets `each` write samples in the order of the kernels.
    fn write<'a, S: Sample<Element = f32>>(
        y: &mut [S],
        cx: &mut Context<'a>,
        each: impl FnOnce(&mut [f32], &mut Context<'a>),
    );
}

impl<I, O, A, const BIAS: bool> Adaptable for Dense<I, O, A, BIAS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    A: Activation,
{
    type Function = A;
    const PRODUCT: Product =
        Product::Rows { positions: I::LEN / I::SHAPE.last(), inputs: I::SHAPE.last(), outputs: O::SHAPE.last() };
    const WEIGHT: Shape = Self::WEIGHT;
    const ROOM: [Size; 2] = [Size::NONE; 2];

    fn weight(&self) -> &Tensor {
        &self.weight
    }
    fn bias(&self) -> Option<&[f32]> {
        BIAS.then(|| self.bias.values())
    }
    fn function(&self) -> &A {
        self.activation()
    }
    fn with_weight(&self, weight: Tensor) -> Self {
        let mut other = Self::with(*self.activation());
        (other.weight, other.bias) = (weight, self.bias.clone());
        other
    }
    fn read<'s, 'a: 's, S: Sample<Element = f32>>(x: &'s [S], _: &mut Context<'a>) -> &'s [f32] {
        S::flat(x)
    }
    fn write<'a, S: Sample<Element = f32>>(
        y: &mut [S],
        cx: &mut Context<'a>,
        each: impl FnOnce(&mut [f32], &mut Context<'a>),
    ) {
        each(S::flat_mut(y), cx);
    }
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Adaptable for Conv2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation,
{
    type Function = A;
    const PRODUCT: Product = Product::Window(Self::CONV);
    const WEIGHT: Shape = Self::WEIGHT;
    const ROOM: [Size; 2] = [room::<I>(), room::<O>()];

    fn weight(&self) -> &Tensor {
        &self.weight
    }
    fn bias(&self) -> Option<&[f32]> {
        BIAS.then(|| self.bias.values())
    }
    fn function(&self) -> &A {
        self.activation()
    }
    fn with_weight(&self, weight: Tensor) -> Self {
        let mut other = Self::with(*self.activation());
        (other.weight, other.bias) = (weight, self.bias.clone());
        other
    }
    fn read<'s, 'a: 's, S: Sample<Element = f32>>(x: &'s [S], cx: &mut Context<'a>) -> &'s [f32] {
        channels_last(x, cx)
    }
    fn write<'a, S: Sample<Element = f32>>(
        y: &mut [S],
        cx: &mut Context<'a>,
        each: impl FnOnce(&mut [f32], &mut Context<'a>),
    ) {
        write(y, cx, each);
    }
}
