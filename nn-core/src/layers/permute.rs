//! The dimensions of a sample in another order.

use super::copy::CHUNK;
use crate::{Context, Layer, Reads, Sample, Saved, Scores, Team, parameters};
use core::marker::PhantomData;

/// The dimensions of x in the order A, B, C, D. They are counted from 1; dimension 0 is the batch, which stays where it is.
///
/// | | |
/// |---|---|
/// | takes | `I`, of 2 to 4 dimensions |
/// | gives | `O`, the same dimensions in another order |
/// | parameters | none |
/// | PyTorch | `x.permute(0, A, B, C, D)` |
/// | Keras | `Permute((A, B, C, D))` |
///
/// Elements are moved, unlike by [`Reshape`](super::Reshape). The gradient is dy in the order of x.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::Permute;
///
/// let transpose = Permute::<[[f32; 3]; 2], [[f32; 2]; 3], 2, 1>::new();
/// assert_eq!(*transpose.predict(&[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]), [[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]]);
/// ```
///
/// Shapes that do not fit are refused while the program is built:
///
/// ```compile_fail
/// let layer = nn_core::layers::Permute::<[[f32; 3]; 2], [[f32; 3]; 2], 2, 1>::new();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Permute<I, O, const A: usize, const B: usize, const C: usize = 3, const D: usize = 4>(
    PhantomData<fn(I) -> O>,
);

parameters! {
    impl[I: Sample<Element = f32>, O: Sample<Element = f32>, const A: usize, const B: usize, const C: usize, const D: usize]
    Permute<I, O, A, B, C, D>
}

/// Sizes, and how far apart neighbours along each dimension lie, for four dimensions of which the last may be of size 1.
type Strided = ([usize; 4], [usize; 4]);

impl<I, O, const A: usize, const B: usize, const C: usize, const D: usize> Permute<I, O, A, B, C, D>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    /// The same from 0; a dimension 0 becomes one that there is not.
    const ORDER: [usize; 4] = [A.wrapping_sub(1), B.wrapping_sub(1), C.wrapping_sub(1), D.wrapping_sub(1)];
    const SHAPES: () = {
        let (from, to) = (I::SHAPE.dims(), O::SHAPE.dims());
        assert!(from.len() == to.len() && from.len() >= 2 && from.len() <= 4, "a permutation has 2 to 4 dimensions");
        assert!(
            I::CHANNELS_LAST.is_none() && O::CHANNELS_LAST.is_none(),
            "a permutation takes samples as their shape says"
        );
        let (mut i, mut seen) = (0, [false; 4]);
        while i < 4 {
            let dim = Self::ORDER[i];
            assert!(dim < 4 && !seen[dim] && (i >= from.len()) == (dim >= from.len()), "each dimension stands once");
            assert!(i >= from.len() || to[i] == from[dim], "the dimensions are those of the input in the given order");
            seen[dim] = true;
            i += 1;
        }
    };

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }

    /// How to walk over x in the order of y, and over y in the order of x.
    fn walks() -> [Strided; 2] {
        let padded = |dims: &[usize]| core::array::from_fn::<usize, 4, _>(|i| dims.get(i).copied().unwrap_or(1));
        let strides = |sizes: [usize; 4]| core::array::from_fn::<usize, 4, _>(|i| sizes[i + 1..].iter().product());
        let (from, to) = (padded(I::SHAPE.dims()), padded(O::SHAPE.dims()));
        let (x, y) = (strides(from), strides(to));
        let mut back = [0; 4];
        Self::ORDER.iter().enumerate().for_each(|(i, &dim)| back[dim] = y[i]);
        [(to, Self::ORDER.map(|dim| x[dim])), (from, back)]
    }
}

impl<I, O, const A: usize, const B: usize, const C: usize, const D: usize> Default for Permute<I, O, A, B, C, D>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the elements of samples of `len` elements, read as `walk` says.
fn gather(team: &Team, from: &[f32], to: &mut [f32], len: usize, (sizes, strides): Strided) {
    if len == 0 {
        return;
    }
    let samples = CHUNK.div_ceil(len);
    team.chunks_mut(to, samples * len, |chunk, to| {
        let from = &from[chunk * samples * len..];
        for (from, to) in from.chunks_exact(len).zip(to.chunks_exact_mut(len)) {
            let rows = to.chunks_exact_mut(sizes[3]);
            for (row, to) in rows.enumerate() {
                let (i, j, k) = (row / sizes[2] / sizes[1], row / sizes[2] % sizes[1], row % sizes[2]);
                let start = i * strides[0] + j * strides[1] + k * strides[2];
                to.iter_mut().zip(from[start..].iter().step_by(strides[3])).for_each(|(to, from)| *to = *from);
            }
        }
    });
}

impl<I, O, const A: usize, const B: usize, const C: usize, const D: usize> Layer for Permute<I, O, A, B, C, D>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = "Permute";
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[I], y: &mut [O], cx: Context<'_>) {
        gather(cx.team, I::flat(x), O::flat_mut(y), I::LEN, Self::walks()[0]);
    }

    fn backward(&self, _: Saved<'_, Self>, dy: &mut [O], (): &mut (), (): (), dx: Option<&mut [I]>, cx: Context<'_>) {
        let Some(dx) = dx else { return };
        gather(cx.team, O::flat(dy), I::flat_mut(dx), I::LEN, Self::walks()[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::Permute;
    use crate::check::{self, Options};
    use crate::{Batch, Network};

    #[test]
    fn three_and_four_dimensions() {
        type Image = [[[f32; 4]; 3]; 2];
        let x = Batch::<Image>::from_flat(&(0..48).map(|i| i as f32).collect::<Vec<_>>()).unwrap();
        let y = Permute::<Image, [[[f32; 3]; 2]; 4], 3, 1, 2>::new().predict(&x);
        for (n, c, h, w) in [(0, 0, 0, 0), (0, 1, 2, 3), (1, 0, 2, 1), (1, 1, 1, 2)] {
            assert_eq!(y[n][w][c][h], x[n][c][h][w]);
        }
        let x = Batch::<[Image; 2]>::from_flat(x.flat()).unwrap();
        let y = Permute::<[Image; 2], [[[[f32; 3]; 2]; 4]; 2], 1, 4, 2, 3>::new().predict(&x);
        assert_eq!((y[0][1][3][0][2], y[0][0][2][1][0]), (x[0][1][0][2][3], x[0][0][1][0][2]));
    }

    #[test]
    fn gradients() {
        check::gradients(&mut Permute::<[[[f32; 4]; 3]; 2], [[[f32; 3]; 2]; 4], 3, 1, 2>::new(), &Options::default())
            .unwrap();
        check::threads(&mut Permute::<[[f32; 40]; 30], [[f32; 30]; 40], 2, 1>::new(), 33).unwrap();
    }
}
