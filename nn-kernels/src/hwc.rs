//! Images channels-last: a type of its own for the order in which kernels want them.

/// An image of `C` channels, `H` rows and `W` columns whose channels lie together: row, column, channel.
///
/// Convolutions and pools read it in long runs; files, samples and messages keep to channels, height, width. It is a type of
/// its own, because `[[[f32; 8]; 8]; 8]` reads the same in both orders.
///
/// ```
/// use nn_kernels::Hwc;
///
/// // Two channels of one row and two columns: (1, 10) and (2, 20).
/// let images = Hwc::<2, 1, 2>::of_flat(&[1.0, 10.0, 2.0, 20.0]);
/// assert_eq!(images[0].0, [[[1.0, 10.0], [2.0, 20.0]]]);
/// assert_eq!(Hwc::flat(images), [1.0, 10.0, 2.0, 20.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct Hwc<const C: usize, const H: usize, const W: usize>(pub [[[f32; C]; W]; H]);

impl<const C: usize, const H: usize, const W: usize> Hwc<C, H, W> {
    /// The elements of all images, one after the other.
    pub fn flat(images: &[Self]) -> &[f32] {
        // SAFETY: `repr(transparent)`: an image is its array and nothing else.
        let arrays = unsafe { &*(std::ptr::from_ref(images) as *const [[[[f32; C]; W]; H]]) };
        arrays.as_flattened().as_flattened().as_flattened()
    }

    /// The elements of all images, to be written.
    pub fn flat_mut(images: &mut [Self]) -> &mut [f32] {
        // SAFETY: as `flat`; any floats make an image.
        let arrays = unsafe { &mut *(std::ptr::from_mut(images) as *mut [[[[f32; C]; W]; H]]) };
        arrays.as_flattened_mut().as_flattened_mut().as_flattened_mut()
    }

    /// Elements seen as images; a remainder that does not fill one is left out.
    pub fn of_flat(elements: &[f32]) -> &[Self] {
        let arrays: &[[[[f32; C]; W]; H]] = elements.as_chunks().0.as_chunks().0.as_chunks().0;
        // SAFETY: as `flat`.
        unsafe { &*(std::ptr::from_ref(arrays) as *const [Self]) }
    }

    /// Elements seen as images to be written; a remainder that does not fill one is left out.
    pub fn of_flat_mut(elements: &mut [f32]) -> &mut [Self] {
        let arrays: &mut [[[[f32; C]; W]; H]] = elements.as_chunks_mut().0.as_chunks_mut().0.as_chunks_mut().0;
        // SAFETY: as `flat_mut`.
        unsafe { &mut *(std::ptr::from_mut(arrays) as *mut [Self]) }
    }
}

/// An image whose channels lie together, seen as one vector: what `Flatten` gives of a [`Hwc`].
///
/// The next layer has its weights in the same order, so that nothing is moved; files still have them in the order channels, height,
/// width.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct FlatHwc<const C: usize, const H: usize, const W: usize>(pub Hwc<C, H, W>);

/// A sequence of `C` channels and `L` steps whose channels lie together: an image of one row under the shape `[C, L]`.
///
/// ```
/// use nn_kernels::Lc;
///
/// // Two channels, (1, 10) and (2, 20).
/// let sequences = Lc::<2, 2>::of_flat(&[1.0, 2.0, 10.0, 20.0]);
/// assert_eq!(sequences[0].0.0, [[[1.0, 2.0], [10.0, 20.0]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct Lc<const C: usize, const L: usize>(pub Hwc<C, 1, L>);

/// Types that are images under another shape.
macro_rules! seen_as {
    ($($name:ident<$($size:ident),+> of $image:ty;)+) => {$(
        impl<$(const $size: usize),+> $name<$($size),+> {
            /// The elements of all samples, one after the other.
            pub fn flat(samples: &[Self]) -> &[f32] {
                // SAFETY: `repr(transparent)` over an image.
                <$image>::flat(unsafe { &*(std::ptr::from_ref(samples) as *const [$image]) })
            }

            /// The elements of all samples, to be written.
            pub fn flat_mut(samples: &mut [Self]) -> &mut [f32] {
                // SAFETY: as `flat`; any floats make an image.
                <$image>::flat_mut(unsafe { &mut *(std::ptr::from_mut(samples) as *mut [$image]) })
            }

            /// Elements seen as samples; a remainder that does not fill one is left out.
            pub fn of_flat(elements: &[f32]) -> &[Self] {
                // SAFETY: as `flat`.
                unsafe { &*(std::ptr::from_ref(<$image>::of_flat(elements)) as *const [Self]) }
            }

            /// Elements seen as samples to be written; a remainder that does not fill one is left out.
            pub fn of_flat_mut(elements: &mut [f32]) -> &mut [Self] {
                // SAFETY: as `flat_mut`.
                unsafe { &mut *(std::ptr::from_mut(<$image>::of_flat_mut(elements)) as *mut [Self]) }
            }
        }
    )+};
}
seen_as! {
    FlatHwc<C, H, W> of Hwc<C, H, W>;
    Lc<C, L> of Hwc<C, 1, L>;
}
