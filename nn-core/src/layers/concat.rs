//! Several samples one behind the other.

use super::copy::CHUNK;
use crate::{Context, Layer, Reads, Sample, Saved, Scores, Shape, Team, Value, parameters};
use core::marker::PhantomData;

/// y = (x₀, x₁, …): samples joined along their first dimension.
///
/// | | |
/// |---|---|
/// | takes | a tuple `T` of 2 to 8 samples whose dimensions agree but for the first |
/// | gives | `O`, whose first dimension is the sum of theirs |
/// | parameters | none |
/// | PyTorch | `torch.cat(…, dim=1)`, dimension 0 being the batch |
///
/// The first dimension of an image `[channels, height, width]` is its channels, and a vector has no other. Keras joins along the
/// last dimension, which for its channels-last images is the same thing.
///
/// ```
/// use nn_core::layers::Concat;
/// use nn_core::{Context, Layer, Team};
///
/// let layer = Concat::<([f32; 2], [f32; 1]), [f32; 3]>::new();
/// let mut y = [[0.0; 3]; 2];
/// let x: (&[_], &[_]) = (&[[1.0, 2.0], [4.0, 5.0]], &[[3.0], [6.0]]);
/// layer.forward(x, &mut y, Context::new(&Team::new(1), 0, 0, false, &mut []));
/// assert_eq!(y, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// ```
///
/// Shapes that do not fit are refused while the program is built:
///
/// ```compile_fail
/// let layer = nn_core::layers::Concat::<([f32; 2], [f32; 1]), [f32; 4]>::new();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Concat<T, O>(PhantomData<fn(T) -> O>);

/// Whether samples of the shapes `parts`, joined along their first dimension, have the shape `whole`.
const fn joins(parts: &[Shape], whole: Shape) -> bool {
    let mut first = 0;
    let mut i = 0;
    while i < parts.len() {
        if parts[i].rank() == 0 || parts[i].elements() == 0 || parts[i].rank() != whole.rank() {
            return false;
        }
        let mut dim = 1;
        while dim < whole.rank() {
            if parts[i].dims()[dim] != whole.dims()[dim] {
                return false;
            }
            dim += 1;
        }
        first += parts[i].dims()[0];
        i += 1;
    }
    whole.rank() > 0 && first == whole.dims()[0]
}

/// The elements that lie together: those of a sample, or the channels of a pixel where these lie together.
const fn run<S: Sample>() -> usize {
    if S::CHANNELS_LAST.is_some() { S::SHAPE.dims()[0] } else { S::LEN }
}

/// Copies one part of every sample (or pixel): into the columns from `at` of `whole`.
fn put<S: Sample, O: Sample<Element = S::Element>>(team: &Team, part: &[S], at: usize, whole: &mut [O]) {
    let (part, runs) = (S::flat(part), CHUNK.div_ceil(run::<O>()));
    team.chunks_mut(O::flat_mut(whole), runs * run::<O>(), |chunk, whole| {
        let part = &part[chunk * runs * run::<S>()..];
        for (from, to) in part.chunks_exact(run::<S>()).zip(whole.chunks_exact_mut(run::<O>())) {
            to[at..at + run::<S>()].copy_from_slice(from);
        }
    });
}

/// Copies one part of every sample (or pixel): out of the columns from `at` of `whole`.
fn take<S: Sample, O: Sample<Element = S::Element>>(team: &Team, whole: &[O], at: usize, part: &mut [S]) {
    let (whole, runs) = (O::flat(whole), CHUNK.div_ceil(run::<S>()));
    team.chunks_mut(S::flat_mut(part), runs * run::<S>(), |chunk, part| {
        let whole = &whole[chunk * runs * run::<O>()..];
        for (to, from) in part.chunks_exact_mut(run::<S>()).zip(whole.chunks_exact(run::<O>())) {
            to.copy_from_slice(&from[at..at + run::<S>()]);
        }
    });
}

macro_rules! concat_of {
    ($($part:ident $index:tt),+) => {
        parameters! { impl[$($part: Sample<Element = O::Element>,)+ O: Sample] Concat<($($part,)+), O> }

        impl<$($part: Sample<Element = O::Element>,)+ O: Sample> Concat<($($part,)+), O> {
            const SHAPES: () = {
                assert!(
                    joins(&[$($part::SHAPE),+], O::SHAPE),
                    "the parts of a concatenation must agree in all dimensions but the first, and those must add up to the whole's"
                );
                assert!(
                    $($part::CHANNELS_LAST.is_some() == O::CHANNELS_LAST.is_some() &&)+
                        (O::CHANNELS_LAST.is_none() || O::SHAPE.rank() > 1),
                    "the parts of a concatenation lie in the order of the whole"
                );
            };

            /// The layer.
            #[allow(clippy::new_without_default, reason = "there is one Default for all numbers of parts")]
            pub fn new() -> Self {
                let () = Self::SHAPES;
                Self(PhantomData)
            }
        }

        impl<$($part: Sample<Element = O::Element>,)+ O: Sample> Default for Concat<($($part,)+), O> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<$($part: Sample<Element = O::Element>,)+ O: Sample> Layer for Concat<($($part,)+), O> {
            type In = ($($part,)+);
            type Out = O;
            type Gives = Scores;
            const KIND: &'static str = "Concat";
            const READS: Reads = Reads::NEITHER;
            const FLOPS: u64 = 0;

            fn forward(&self, x: <Self::In as Value>::Ref<'_>, y: &mut [O], cx: Context<'_>) {
                let mut at = 0;
                $(
                    put(cx.team, x.$index, at, y);
                    at += run::<$part>();
                )+
                debug_assert_eq!(at, run::<O>());
            }

            fn backward(
                &self,
                _: Saved<'_, Self>,
                dy: &mut [O],
                (): &mut (),
                (): (),
                dx: Option<<Self::In as Value>::Mut<'_>>,
                cx: Context<'_>,
            ) {
                let Some(dx) = dx else { return };
                let mut at = 0;
                $(
                    take(cx.team, dy, at, dx.$index);
                    at += run::<$part>();
                )+
                debug_assert_eq!(at, run::<O>());
            }
        }
    };
}
concat_of!(A 0, B 1);
concat_of!(A 0, B 1, C 2);
concat_of!(A 0, B 1, C 2, D 3);
concat_of!(A 0, B 1, C 2, D 3, E 4);
concat_of!(A 0, B 1, C 2, D 3, E 4, F 5);
concat_of!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
concat_of!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_shapes_join() {
        let image = |channels| Shape::new(&[channels, 4, 5]);
        assert!(joins(&[image(2), image(3)], image(5)));
        assert!(!joins(&[image(2), image(3)], image(6)));
        assert!(!joins(&[image(2), Shape::new(&[3, 4, 6])], image(5)));
        assert!(!joins(&[image(2), Shape::new(&[3])], image(5)));
        assert!(joins(&[Shape::new(&[2]), Shape::new(&[3])], Shape::new(&[5])));
        assert!(!joins(&[Shape::SCALAR, Shape::SCALAR], Shape::SCALAR));
    }
}
