//! The sum of several samples.

use super::activation::{assert_valid, backward_through, is_identity};
use super::copy::copy;
use super::{Activation, Identity};
use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Size, Value, parameters};
use core::marker::PhantomData;

/// y = A(x₀ + x₁ + …), element by element.
///
/// | | |
/// |---|---|
/// | takes | a tuple `T` of 2 to 8 equal samples |
/// | gives | one of them |
/// | parameters | none |
/// | PyTorch | `a + b`, then the activation; Keras: `Add` |
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
pub struct Add<T, A = Identity> {
    activation: A,
    samples: PhantomData<fn(T)>,
}

impl<T, A: Activation + Default> Add<T, A> {
    /// The layer, and the activation with its default arguments.
    pub fn new() -> Self {
        Self::with(A::default())
    }
}

impl<T, A: Activation> Add<T, A> {
    /// The layer with an activation with the arguments that it has.
    ///
    /// # Panics
    /// If the arguments are none that the activation can have, such as a negative slope.
    pub fn with(activation: A) -> Self {
        assert_valid(&activation);
        Self { activation, samples: PhantomData }
    }
}

impl<T, A: Activation> Add<T, A> {
    fn is_relu(&self) -> bool {
        matches!(self.activation.kernel(), Some(nn_kernels::Activation::Relu))
    }
}

impl<T, A: Activation + Default> Default for Add<T, A> {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! add_of {
    ($count:literal: $($part:ident $index:tt),*) => {
        parameters! { impl[S: Sample<Element = f32>, A: Activation] Add<(S, S, $($part),*), A> }

        impl<S: Sample<Element = f32>, A: Activation> Layer for Add<(S, S, $($part),*), A> {
            type In = (S, S, $($part),*);
            type Out = S;
            type Gives = A::Gives;
            const KIND: &'static str = "Add";
            const MEMORY: Memory =
                Memory { tape: Size::per_sample(if A::READS.x { S::LEN } else { 0 }), ..Memory::NONE };
            const READS: Reads = Reads { x: false, y: A::READS.y };
            const FLOPS: u64 = ($count - 1 + A::FLOPS) * S::LEN as u64;
            const BACKWARD_FLOPS: u64 = A::FLOPS * S::LEN as u64;

            fn forward(&self, x: <Self::In as Value>::Ref<'_>, y: &mut [S], cx: Context<'_>) {
                let y = S::flat_mut(y);
                if $count == 2 && self.is_relu() {
                    return nn_kernels::add_relu(cx.team, S::flat(x.0), S::flat(x.1), y);
                }
                nn_kernels::add(cx.team, S::flat(x.0), S::flat(x.1), y);
                $(nn_kernels::add_assign(cx.team, S::flat(x.$index), y);)*
                if !is_identity(&self.activation) {
                    self.activation.forward_inplace(cx.team, y);
                }
            }

            fn forward_train(
                &self,
                x: <Self::In as Value>::Ref<'_>,
                y: &mut [S],
                mut tape: Arena<'_>,
                (): (),
                cx: Context<'_>,
            ) {
                if !A::READS.x {
                    return self.forward(x, y, cx);
                }
                let z: &mut [S] = tape.samples(y.len());
                let sum = S::flat_mut(z);
                nn_kernels::add(cx.team, S::flat(x.0), S::flat(x.1), sum);
                $(nn_kernels::add_assign(cx.team, S::flat(x.$index), sum);)*
                self.activation.forward(cx.team, sum, S::flat_mut(y));
            }

            /// Each dx = dy · A′.
            fn backward(
                &self,
                mut saved: Saved<'_, Self>,
                dy: &mut [S],
                (): &mut (),
                (): (),
                dx: Option<<Self::In as Value>::Mut<'_>>,
                cx: Context<'_>,
            ) {
                let Some(dx) = dx else { return };
                backward_through(&self.activation, cx.team, &mut saved.tape, saved.y, dy);
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
