//! What flows between layers: a batch of samples, or several of them.

use crate::{Batch, Element, Sample, Team};
use core::ops::Range;
use nn_spec::Shape;

/// What a layer takes or gives for a whole batch.
///
/// Every [`Sample`] type is a value: a batch of it is `&[S]`. A tuple of values is what [`Add`](crate::layers::Add) and
/// [`Concat`](crate::layers::Concat) take. Networks with several inputs or outputs have a type of their own with the
/// declared names, which `network!` writes.
pub trait Value: 'static {
    /// A batch to read.
    type Ref<'a>: Copy + Send + Sync;
    /// A batch to write.
    type Mut<'a>: Send;
    /// The owner of a batch.
    type Owned: Clone + Send + Sync;
    /// The number of elements for one sample, all parts together.
    const LEN: usize;

    /// The number of samples.
    fn count(batch: Self::Ref<'_>) -> usize;
    /// A batch of zeros.
    fn zeroed(count: usize) -> Self::Owned;
    /// Some of the samples.
    fn part<'a>(batch: Self::Ref<'a>, range: Range<usize>) -> Self::Ref<'a>;
    /// The first `at` samples and the others, to be written.
    fn split_mut<'a>(batch: Self::Mut<'a>, at: usize) -> (Self::Mut<'a>, Self::Mut<'a>);
    /// Some of the samples, to be written.
    fn part_mut<'a>(batch: Self::Mut<'a>, range: Range<usize>) -> Self::Mut<'a> {
        let (front, _) = Self::split_mut(batch, range.end);
        Self::split_mut(front, range.start).1
    }
    /// An owned batch, to be read.
    fn borrow(owned: &Self::Owned) -> Self::Ref<'_>;
    /// An owned batch, to be written.
    fn borrow_mut(owned: &mut Self::Owned) -> Self::Mut<'_>;
    /// A writable batch, lent on.
    fn reborrow<'a>(batch: &'a mut Self::Mut<'_>) -> Self::Mut<'a>;
    /// A writable batch, read for a while.
    fn share<'a>(batch: &'a Self::Mut<'_>) -> Self::Ref<'a>;
    /// The same batch for a shorter time.
    fn shorten<'a: 'b, 'b>(batch: Self::Ref<'a>) -> Self::Ref<'b>;
    /// Copies the samples at `indices` of `from` to the front of `to`, in that order.
    fn gather(from: Self::Ref<'_>, indices: &[usize], to: Self::Mut<'_>);
    /// Calls `each` with every part of `f32`s and its name (empty where there is but one part).
    fn each_part(batch: Self::Ref<'_>, each: &mut dyn FnMut(&str, &[f32]));
    /// [`Value::each_part`] with elements in the order of the shape: a copy where they lie in another ([`Sample::CHANNELS_LAST`]).
    fn each_in_order(batch: Self::Ref<'_>, each: &mut dyn FnMut(&str, &[f32]));
    /// Calls `each` with every part of `f32`s and its name, to be written.
    fn each_part_mut(batch: Self::Mut<'_>, each: &mut dyn FnMut(&str, &mut [f32]));
    /// Adds all elements of a batch to a digest.
    fn digest(batch: Self::Ref<'_>, digest: &mut crate::data::Digest);
    /// Calls `each` with the name of every part (empty where there is but one) and the number of samples that its owner has, which may differ.
    fn counts(owned: &Self::Owned, each: &mut dyn FnMut(&str, usize)) {
        each("", Self::count(Self::borrow(owned)));
    }
    /// The shape in words: `[10]`, or `([10], [4])` for several parts.
    fn text() -> String;
}

impl<S: Sample> Value for S {
    type Ref<'a> = &'a [S];
    type Mut<'a> = &'a mut [S];
    type Owned = Batch<S>;
    const LEN: usize = S::LEN;

    fn count(batch: &[S]) -> usize {
        batch.len()
    }
    fn zeroed(count: usize) -> Batch<S> {
        Batch::zeroed(count)
    }
    fn part<'a>(batch: Self::Ref<'a>, range: Range<usize>) -> Self::Ref<'a> {
        &batch[range]
    }
    fn split_mut<'a>(batch: Self::Mut<'a>, at: usize) -> (Self::Mut<'a>, Self::Mut<'a>) {
        batch.split_at_mut(at)
    }
    fn borrow(owned: &Batch<S>) -> &[S] {
        owned
    }
    fn borrow_mut(owned: &mut Batch<S>) -> &mut [S] {
        owned
    }
    fn reborrow<'a>(batch: &'a mut &mut [S]) -> &'a mut [S] {
        batch
    }
    fn share<'a>(batch: &'a &mut [S]) -> &'a [S] {
        batch
    }
    fn shorten<'a: 'b, 'b>(batch: &'a [S]) -> &'b [S] {
        batch
    }
    fn gather(from: &[S], indices: &[usize], to: &mut [S]) {
        nn_kernels::gather_rows(S::flat(from), S::LEN, indices, S::flat_mut(to));
    }
    fn each_part(batch: &[S], each: &mut dyn FnMut(&str, &[f32])) {
        if let Some(values) = S::Element::values(S::flat(batch)) {
            each("", values);
        }
    }
    fn each_in_order(batch: &[S], each: &mut dyn FnMut(&str, &[f32])) {
        match S::CHANNELS_LAST {
            None => S::each_part(batch, each),
            Some(image) => S::each_part(batch, &mut |part, values| each(part, &channels_first(values, image))),
        }
    }
    fn each_part_mut(batch: &mut [S], each: &mut dyn FnMut(&str, &mut [f32])) {
        if let Some(values) = S::Element::values_mut(S::flat_mut(batch)) {
            each("", values);
        }
    }
    fn digest(batch: &[S], digest: &mut crate::data::Digest) {
        digest.add(S::flat(batch).iter().map(|element| element.bits()));
    }
    fn text() -> String {
        let text = S::SHAPE.to_string();
        // Tokens are said to be such; values need no word, and a label of one number is none.
        let tokens = S::Element::NAME == u32::NAME && S::SHAPE.rank() > 0;
        if tokens { text.replacen('[', "[u32; ", 1) } else { text }
    }
}

/// A copy of images whose channels lie together, in the order channels, height, width.
fn channels_first(values: &[f32], image: Shape) -> Vec<f32> {
    let (channels, mut copy) = (image.dims()[0], vec![0.0; values.len()]);
    let positions = image.elements().checked_div(channels).unwrap_or(0);
    nn_kernels::channels_first(&Team::serial(), channels, positions, values, &mut copy);
    copy
}

macro_rules! tuple_values {
    ($($part:ident $index:tt),+) => {
        impl<$($part: Value),+> Value for ($($part,)+) {
            type Ref<'a> = ($($part::Ref<'a>,)+);
            type Mut<'a> = ($($part::Mut<'a>,)+);
            type Owned = ($($part::Owned,)+);
            const LEN: usize = 0 $(+ $part::LEN)+;

            fn count(batch: Self::Ref<'_>) -> usize {
                A::count(batch.0)
            }
            fn zeroed(count: usize) -> Self::Owned {
                ($($part::zeroed(count),)+)
            }
            fn part<'a>(batch: Self::Ref<'a>, range: Range<usize>) -> Self::Ref<'a> {
                ($($part::part(batch.$index, range.clone()),)+)
            }
            fn split_mut<'a>(batch: Self::Mut<'a>, at: usize) -> (Self::Mut<'a>, Self::Mut<'a>) {
                let parts = ($($part::split_mut(batch.$index, at),)+);
                (($(parts.$index.0,)+), ($(parts.$index.1,)+))
            }
            fn borrow(owned: &Self::Owned) -> Self::Ref<'_> {
                ($($part::borrow(&owned.$index),)+)
            }
            fn borrow_mut(owned: &mut Self::Owned) -> Self::Mut<'_> {
                ($($part::borrow_mut(&mut owned.$index),)+)
            }
            fn reborrow<'a>(batch: &'a mut Self::Mut<'_>) -> Self::Mut<'a> {
                ($($part::reborrow(&mut batch.$index),)+)
            }
            fn share<'a>(batch: &'a Self::Mut<'_>) -> Self::Ref<'a> {
                ($($part::share(&batch.$index),)+)
            }
            fn shorten<'a: 'b, 'b>(batch: Self::Ref<'a>) -> Self::Ref<'b> {
                ($($part::shorten(batch.$index),)+)
            }
            fn gather(from: Self::Ref<'_>, indices: &[usize], to: Self::Mut<'_>) {
                $($part::gather(from.$index, indices, to.$index);)+
            }
            fn each_part(batch: Self::Ref<'_>, each: &mut dyn FnMut(&str, &[f32])) {
                $($part::each_part(batch.$index, &mut |_, values| each(stringify!($index), values));)+
            }
            fn each_in_order(batch: Self::Ref<'_>, each: &mut dyn FnMut(&str, &[f32])) {
                $($part::each_in_order(batch.$index, &mut |_, values| each(stringify!($index), values));)+
            }
            fn each_part_mut(batch: Self::Mut<'_>, each: &mut dyn FnMut(&str, &mut [f32])) {
                $($part::each_part_mut(batch.$index, &mut |_, values| each(stringify!($index), values));)+
            }
            fn digest(batch: Self::Ref<'_>, digest: &mut crate::data::Digest) {
                $($part::digest(batch.$index, digest);)+
            }
            fn counts(owned: &Self::Owned, each: &mut dyn FnMut(&str, usize)) {
                $($part::counts(&owned.$index, &mut |name, count| match name {
                    "" => each(stringify!($index), count),
                    _ => each(&format!("{}.{name}", stringify!($index)), count),
                });)+
            }
            fn text() -> String {
                let parts: &[String] = &[$($part::text()),+];
                format!("({})", parts.join(", "))
            }
        }
    };
}
tuple_values!(A 0);
tuple_values!(A 0, B 1);
tuple_values!(A 0, B 1, C 2);
tuple_values!(A 0, B 1, C 2, D 3);
tuple_values!(A 0, B 1, C 2, D 3, E 4);
tuple_values!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_values!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_values!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
