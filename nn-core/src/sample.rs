//! Samples: plain Rust arrays whose type is their shape.

use generic_array::{ArrayLength, GenericArray};
use nn_kernels::{Buffer, FlatHwc, Hwc, Lc};
use nn_spec::Shape;

/// A number that samples are made of: `f32` for values, `u32` for tokens and class indices.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of a sample",
    label = "samples hold `f32` values or `u32` tokens",
    note = "convert the data first, for instance with `.map(|x| x as f32)`"
)]
pub trait Element: Sample<Element = Self> + Copy + Default + PartialEq + core::fmt::Debug {
    /// The name as Rust writes it.
    const NAME: &'static str;
    /// What owns many of them; aligned to cache lines where kernels compute with them.
    type Store: AsRef<[Self]> + AsMut<[Self]> + Clone + Send + Sync;

    /// A store of `len` zeros.
    fn zeroed(len: usize) -> Self::Store;
    /// The elements as `f32`s, if that is what they are.
    fn values(elements: &[Self]) -> Option<&[f32]>;
    /// The elements as `f32`s to be written, if that is what they are.
    fn values_mut(elements: &mut [Self]) -> Option<&mut [f32]>;
    /// The bits that stand for the element.
    fn bits(self) -> u32;
}

impl Element for f32 {
    const NAME: &'static str = "f32";
    type Store = Buffer;

    fn zeroed(len: usize) -> Buffer {
        Buffer::zeroed(len)
    }
    fn values(elements: &[f32]) -> Option<&[f32]> {
        Some(elements)
    }
    fn values_mut(elements: &mut [f32]) -> Option<&mut [f32]> {
        Some(elements)
    }
    fn bits(self) -> u32 {
        self.to_bits()
    }
}

impl Element for u32 {
    const NAME: &'static str = "u32";
    type Store = Vec<u32>;

    fn zeroed(len: usize) -> Vec<u32> {
        vec![0; len]
    }
    fn values(_: &[u32]) -> Option<&[f32]> {
        None
    }
    fn values_mut(_: &mut [u32]) -> Option<&mut [f32]> {
        None
    }
    fn bits(self) -> u32 {
        self
    }
}

/// One sample: an array of a static shape, such as `[f32; 784]`, `[[[f32; 28]; 28]; 1]` (channels, height, width)
/// or `[u32; 64]` (tokens). A batch is a slice of samples.
///
/// Every sample can be seen as its elements in row-major order and back again without a copy:
///
/// ```
/// use nn_core::Sample;
/// let batch = [[[1.0_f32, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]];
/// assert_eq!(<[[f32; 2]; 2]>::flat(&batch), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
/// assert_eq!(<[f32; 4]>::of_flat(&[1.0, 2.0, 3.0, 4.0]), &[[1.0, 2.0, 3.0, 4.0]]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample",
    label = "expected an array such as `[f32; 784]` or `[[[f32; 28]; 28]; 1]`",
    note = "a sample is a Rust array of `f32` or `u32`; its type is its shape"
)]
pub trait Sample: Sized + Send + Sync + 'static {
    /// What the sample is made of.
    type Element: Element;
    /// The dimensions of one sample.
    const SHAPE: Shape;
    /// The number of elements in one sample.
    const LEN: usize = Self::SHAPE.elements();
    /// For samples that do not lie in row-major order: the image `[channels, height, width]` whose channels lie together, row by row and
    /// column by column. Only [`Hwc`], [`Lc`] and [`FlatHwc`] have one, which `network!` uses between layers that work on images.
    const CHANNELS_LAST: Option<Shape> = None;

    /// The elements of all samples, one after the other.
    fn flat(batch: &[Self]) -> &[Self::Element];
    /// The elements of all samples, one after the other, to be written.
    fn flat_mut(batch: &mut [Self]) -> &mut [Self::Element];
    /// Elements seen as samples; a remainder that does not fill a sample is left out.
    fn of_flat(elements: &[Self::Element]) -> &[Self];
    /// Elements seen as samples to be written; a remainder that does not fill a sample is left out.
    fn of_flat_mut(elements: &mut [Self::Element]) -> &mut [Self];
}

macro_rules! scalar_samples {
    ($($element:ty),*) => {$(
        impl Sample for $element {
            type Element = Self;
            const SHAPE: Shape = Shape::SCALAR;

            fn flat(batch: &[Self]) -> &[Self] {
                batch
            }
            fn flat_mut(batch: &mut [Self]) -> &mut [Self] {
                batch
            }
            fn of_flat(elements: &[Self]) -> &[Self] {
                elements
            }
            fn of_flat_mut(elements: &mut [Self]) -> &mut [Self] {
                elements
            }
        }
    )*};
}
scalar_samples!(f32, u32);

impl<S: Sample, const N: usize> Sample for [S; N] {
    type Element = S::Element;
    const SHAPE: Shape = S::SHAPE.array_of(N);

    fn flat(batch: &[Self]) -> &[S::Element] {
        S::flat(batch.as_flattened())
    }
    fn flat_mut(batch: &mut [Self]) -> &mut [S::Element] {
        S::flat_mut(batch.as_flattened_mut())
    }
    fn of_flat(elements: &[S::Element]) -> &[Self] {
        S::of_flat(elements).as_chunks().0
    }
    fn of_flat_mut(elements: &mut [S::Element]) -> &mut [Self] {
        S::of_flat_mut(elements).as_chunks_mut().0
    }
}

impl<S: Sample, N: ArrayLength + Send + Sync + 'static> Sample for GenericArray<S, N> {
    type Element = S::Element;
    const SHAPE: Shape = S::SHAPE.array_of(N::USIZE);

    fn flat(batch: &[Self]) -> &[S::Element] {
        S::flat(GenericArray::slice_from_chunks(batch))
    }
    fn flat_mut(batch: &mut [Self]) -> &mut [S::Element] {
        S::flat_mut(GenericArray::slice_from_chunks_mut(batch))
    }
    fn of_flat(elements: &[S::Element]) -> &[Self] {
        GenericArray::chunks_from_slice(S::of_flat(elements)).0
    }
    fn of_flat_mut(elements: &mut [S::Element]) -> &mut [Self] {
        GenericArray::chunks_from_slice_mut(S::of_flat_mut(elements)).0
    }
}

macro_rules! images {
    ($($image:ident<$($size:ident),+>, [$($dim:expr),+], [$($of_image:expr),+];)+) => {$(
        impl<$(const $size: usize),+> Sample for $image<$($size),+> {
            type Element = f32;
            const SHAPE: Shape = Shape::new(&[$($dim),+]);
            const CHANNELS_LAST: Option<Shape> = Some(Shape::new(&[$($of_image),+]));

            fn flat(batch: &[Self]) -> &[f32] {
                Self::flat(batch)
            }
            fn flat_mut(batch: &mut [Self]) -> &mut [f32] {
                Self::flat_mut(batch)
            }
            fn of_flat(elements: &[f32]) -> &[Self] {
                Self::of_flat(elements)
            }
            fn of_flat_mut(elements: &mut [f32]) -> &mut [Self] {
                Self::of_flat_mut(elements)
            }
        }
    )+};
}
images! {
    Hwc<C, H, W>, [C, H, W], [C, H, W];
    Lc<C, L>, [C, L], [C, 1, L];
    FlatHwc<C, H, W>, [C * H * W], [C, H, W];
}

/// Whether elements of both lie in the same order.
const fn same_order<A: Sample, B: Sample>() -> bool {
    match (A::CHANNELS_LAST, B::CHANNELS_LAST) {
        (None, None) => true,
        (Some(a), Some(b)) => a.same_as(&b),
        _ => false,
    }
}

/// A batch seen as samples of another shape with as many elements; nothing is copied.
///
/// ```
/// let images = [[[1.0_f32, 2.0], [3.0, 4.0]]];
/// let flat: &[[f32; 4]] = nn_core::view(&images);
/// assert_eq!(flat, &[[1.0, 2.0, 3.0, 4.0]]);
/// ```
pub fn view<A: Sample, B: Sample<Element = A::Element>>(batch: &[A]) -> &[B] {
    const { assert!(same_order::<A, B>(), "a view cannot reorder channels") }
    B::of_flat(A::flat(batch))
}

/// A batch seen as samples of another shape with as many elements, to be written; nothing is copied.
pub fn view_mut<A: Sample, B: Sample<Element = A::Element>>(batch: &mut [A]) -> &mut [B] {
    const { assert!(same_order::<A, B>(), "a view cannot reorder channels") }
    B::of_flat_mut(A::flat_mut(batch))
}
