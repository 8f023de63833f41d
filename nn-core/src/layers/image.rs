//! Images in the order in which kernels want them: what the layers over images share.
//!
//! Such a layer takes and gives `[[[f32; W]; H]; C]` or [`Hwc`](crate::Hwc), each as it likes. Kernels work channels-last; a sample in the other
//! order is copied to scratch memory and back, unless the copy would be the same. A sequence `[[f32; L]; C]` is an image of one row.

use crate::{Context, Sample, Size, Team};

/// Height, width, channels.
pub(super) const fn sizes<S: Sample>() -> [usize; 3] {
    match *S::SHAPE.dims() {
        [channels, height, width] => [height, width, channels],
        [channels, length] => [1, length, channels],
        _ => panic!("a layer over images takes and gives samples of three dimensions, `[channels, height, width]`"),
    }
}

/// Whether the order of the elements is another than channels-last.
const fn moves<S: Sample>() -> bool {
    if S::CHANNELS_LAST.is_some() || !matches!(S::SHAPE.rank(), 2 | 3) {
        return false;
    }
    let [height, width, channels] = sizes::<S>();
    channels > 1 && height * width > 1
}

/// The scratch memory that a copy takes, if there has to be one.
pub(crate) const fn room<S: Sample>() -> Size {
    if moves::<S>() { Size::per_sample(S::LEN) } else { Size::NONE }
}

/// Whether images of both types have the same height, width and channels.
pub(super) const fn same_sizes<A: Sample, B: Sample>() -> bool {
    let (a, b) = (sizes::<A>(), sizes::<B>());
    a[0] == b[0] && a[1] == b[1] && a[2] == b[2]
}

/// Whether images of both types lie in the same order.
pub(super) const fn lies_as<A: Sample, B: Sample>() -> bool {
    moves::<A>() == moves::<B>()
}

/// The memory for a copy in the order of `B` of images in the order of `A`, if it is another.
pub(super) const fn room_between<A: Sample, B: Sample>() -> Size {
    if lies_as::<A, B>() { Size::NONE } else { Size::per_sample(A::LEN) }
}

/// Copies images to another order.
pub(super) fn convert<'a, A: Sample<Element = f32>, B: Sample<Element = f32>>(
    team: &Team,
    from: &[A],
    to: &'a mut [B],
) -> &'a [B] {
    let [height, width, channels] = sizes::<A>();
    let (from, target) = (A::flat(from), B::flat_mut(to));
    match moves::<A>() {
        true => nn_kernels::channels_last(team, channels, height * width, from, target),
        false => nn_kernels::channels_first(team, channels, height * width, from, target),
    }
    to
}

/// The samples channels-last.
pub(crate) fn channels_last<'s, 'a: 's, S: Sample<Element = f32>>(x: &'s [S], cx: &mut Context<'a>) -> &'s [f32] {
    if !moves::<S>() {
        return S::flat(x);
    }
    let [height, width, channels] = sizes::<S>();
    let copy = cx.floats(x.len() * S::LEN);
    nn_kernels::channels_last(cx.team, channels, height * width, S::flat(x), copy);
    copy
}

/// Lets `write` write the samples channels-last.
pub(crate) fn write<'a, S: Sample<Element = f32>>(
    y: &mut [S],
    cx: &mut Context<'a>,
    write: impl FnOnce(&mut [f32], &mut Context<'a>),
) {
    if !moves::<S>() {
        return write(S::flat_mut(y), cx);
    }
    let copy = cx.floats(y.len() * S::LEN);
    write(copy, cx);
    put_back(y, copy, cx);
}

/// Copies what was computed channels-last to where it belongs.
fn put_back<S: Sample<Element = f32>>(y: &mut [S], copy: &[f32], cx: &Context<'_>) {
    let [height, width, channels] = sizes::<S>();
    nn_kernels::channels_first(cx.team, channels, height * width, copy, S::flat_mut(y));
}

/// The type of a window over an image: what a convolution or a pool has besides its samples.
///
/// ```
/// use nn_core::layers::{Frame, Window};
/// /// 3 × 3, every second row and column, with a border of one zero.
/// type Halving = Window<3, 3, 2, 2, 1, 1, 1, 1>;
/// assert_eq!(Halving::WINDOW.output([28, 28]), [14, 14]);
/// ```
pub trait Frame: core::fmt::Debug + Send + Sync + 'static {
    /// The numbers.
    const WINDOW: nn_spec::Window;
    /// Dimensions that it moves along: 2 over images, 1 over sequences, which are images of one row.
    const DIMENSIONS: usize = 2;
}

/// A window of `KH × KW` that moves by `SH` rows and `SW` columns, with `TOP`, `BOTTOM`, `LEFT` and `RIGHT` rows and columns of zeros around the
/// image, whose elements are `DH` rows and `DW` columns apart; with `CEIL`, a last position that reaches beyond the image counts.
#[derive(Clone, Copy, Debug)]
pub struct Window<
    const KH: usize,
    const KW: usize,
    const SH: usize = 1,
    const SW: usize = 1,
    const TOP: usize = 0,
    const BOTTOM: usize = 0,
    const LEFT: usize = 0,
    const RIGHT: usize = 0,
    const DH: usize = 1,
    const DW: usize = 1,
    const CEIL: bool = false,
>;

impl<
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const TOP: usize,
    const BOTTOM: usize,
    const LEFT: usize,
    const RIGHT: usize,
    const DH: usize,
    const DW: usize,
    const CEIL: bool,
> Frame for Window<KH, KW, SH, SW, TOP, BOTTOM, LEFT, RIGHT, DH, DW, CEIL>
{
    const WINDOW: nn_spec::Window = nn_spec::Window {
        kernel: [KH, KW],
        stride: [SH, SW],
        padding: [[TOP, BOTTOM], [LEFT, RIGHT]],
        dilation: [DH, DW],
        ceil: CEIL,
    };
}

/// A window of `K` elements over a sequence that moves by `S`, with `BEFORE` and `AFTER` zeros around it, whose elements are `D` apart; with `CEIL`, a last
/// position that reaches beyond the sequence counts.
///
/// ```
/// use nn_core::layers::{Frame, Window1d};
/// assert_eq!(Window1d::<3, 2, 1, 1>::WINDOW.output([1, 100]), [1, 50]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Window1d<
    const K: usize,
    const S: usize = 1,
    const BEFORE: usize = 0,
    const AFTER: usize = 0,
    const D: usize = 1,
    const CEIL: bool = false,
>;

impl<const K: usize, const S: usize, const BEFORE: usize, const AFTER: usize, const D: usize, const CEIL: bool> Frame
    for Window1d<K, S, BEFORE, AFTER, D, CEIL>
{
    const WINDOW: nn_spec::Window = nn_spec::Window {
        kernel: [1, K],
        stride: [1, S],
        padding: [[0, 0], [BEFORE, AFTER]],
        dilation: [1, D],
        ceil: CEIL,
    };
    const DIMENSIONS: usize = 1;
}

/// Whether a window over `I` gives images of the height and width of `O`.
pub(super) const fn fits<I: Sample, O: Sample, K: Frame>() -> bool {
    let ([height, width, _], [rows, columns, _]) = (sizes::<I>(), sizes::<O>());
    let [found_rows, found_columns] = K::WINDOW.output([height, width]);
    rows > 0 && columns > 0 && rows == found_rows && columns == found_columns
}
