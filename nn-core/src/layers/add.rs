//! The sum of several samples.

use super::copy::copy;
use crate::{Context, Layer, Reads, Sample, Saved, Scores, Value, parameters};
use core::marker::PhantomData;

/// y = x₀ + x₁ + …, element by element.
///
/// | | |
/// |---|---|
/// | takes | a tuple `T` of 2 to 8 equal samples |
/// | gives | one of them |
/// | parameters | none |
/// | PyTorch | `a + b`; Keras: `Add` |
///
/// ```
/// use nn_core::layers::Add;
/// use nn_core::{Context, Layer, Team};
///
/// let layer = Add::<([f32; 2], [f32; 2])>::new();
/// let mut y = [[0.0; 2]];
/// layer.forward((&[[1.0, 2.0]], &[[10.0, 20.0]]), &mut y, Context::new(&Team::new(1), 0, 0, false, &mut []));
/// assert_eq!(y, [[11.0, 22.0]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Add<T>(PhantomData<fn(T)>);

impl<T> Add<T> {
    /// The layer.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for Add<T> {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! add_of {
    ($count:literal: $($part:ident $index:tt),*) => {
        parameters! { impl[S: Sample<Element = f32>] Add<(S, S, $($part),*)> }

        impl<S: Sample<Element = f32>> Layer for Add<(S, S, $($part),*)> {
            type In = (S, S, $($part),*);
            type Out = S;
            type Gives = Scores;
            const KIND: &'static str = "Add";
            const READS: Reads = Reads::NEITHER;
            const FLOPS: u64 = ($count - 1) * S::LEN as u64;
            const BACKWARD_FLOPS: u64 = 0;

            fn forward(&self, x: <Self::In as Value>::Ref<'_>, y: &mut [S], cx: Context<'_>) {
                let y = S::flat_mut(y);
                nn_kernels::add(cx.team, S::flat(x.0), S::flat(x.1), y);
                $(nn_kernels::add_assign(cx.team, S::flat(x.$index), y);)*
            }

            /// Each dx = dy.
            fn backward(
                &self,
                _: Saved<'_, Self>,
                dy: &mut [S],
                (): &mut (),
                (): (),
                dx: Option<<Self::In as Value>::Mut<'_>>,
                cx: Context<'_>,
            ) {
                let Some(dx) = dx else { return };
                let dy = S::flat(dy);
                copy(cx.team, dy, S::flat_mut(dx.0));
                copy(cx.team, dy, S::flat_mut(dx.1));
                $(copy(cx.team, dy, S::flat_mut(dx.$index));)*
            }
        }
    };
}
add_of!(2:);
add_of!(3: S 2);
add_of!(4: S 2, S 3);
add_of!(5: S 2, S 3, S 4);
add_of!(6: S 2, S 3, S 4, S 5);
add_of!(7: S 2, S 3, S 4, S 5, S 6);
add_of!(8: S 2, S 3, S 4, S 5, S 6, S 7);
