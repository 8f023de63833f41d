//! An activation as a line of its own.

use super::Activation;
use super::activation::assert_valid;
use crate::{Context, Layer, Reads, Sample, Saved, parameters};
use core::marker::PhantomData;

/// y = A(x), element by element.
///
/// | | |
/// |---|---|
/// | takes, gives | any sample of `f32`, the same |
/// | parameters | none |
/// | PyTorch | `nn.ReLU()`, `nn.GELU()`, … |
///
/// ```
/// use nn_core::layers::{Activate, LeakyRelu};
/// use nn_core::{Context, Layer, Team};
///
/// let layer = Activate::<[f32; 3], _>::with(LeakyRelu { slope: 0.5 });
/// let mut y = [[0.0; 3]];
/// layer.forward(&[[-2.0, 0.0, 2.0]], &mut y, Context::new(&Team::new(1), 0, 0, false, &mut []));
/// assert_eq!(y, [[-1.0, 0.0, 2.0]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Activate<S, A> {
    activation: A,
    sample: PhantomData<fn(S)>,
}

parameters! { impl[S: Sample<Element = f32>, A: Activation] Activate<S, A> }

impl<S, A: Activation + Default> Activate<S, A> {
    /// The activation with its default arguments.
    pub fn new() -> Self {
        Self::with(A::default())
    }
}

impl<S, A: Activation> Activate<S, A> {
    /// An activation with the arguments that it has.
    ///
    /// # Panics
    /// If the arguments are none that the activation can have, such as a negative slope.
    pub fn with(activation: A) -> Self {
        assert_valid(&activation);
        Self { activation, sample: PhantomData }
    }

    /// The activation.
    pub fn activation(&self) -> &A {
        &self.activation
    }
}

impl<S, A: Activation + Default> Default for Activate<S, A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>, A: Activation> Layer for Activate<S, A> {
    type In = S;
    type Out = S;
    type Gives = A::Gives;
    const KIND: &'static str = A::KIND;
    const READS: Reads = A::READS;
    const FLOPS: u64 = A::FLOPS * S::LEN as u64;
    const BACKWARD_FLOPS: u64 = Self::FLOPS;

    fn forward(&self, x: &[S], y: &mut [S], cx: Context<'_>) {
        self.activation.forward(cx.team, S::flat(x), S::flat_mut(y));
    }

    /// dx = dy · A′.
    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [S],
        (): &mut (),
        (): (),
        dx: Option<&mut [S]>,
        cx: Context<'_>,
    ) {
        if let Some(dx) = dx {
            // What the derivative does not look at is not there; what is as long stands in for it.
            let dy = &*dy;
            let x = if A::READS.x { saved.x } else { dy };
            let y = if A::READS.y { saved.y } else { dy };
            self.activation.backward(cx.team, S::flat(x), S::flat(y), S::flat(dy), S::flat_mut(dx));
        }
    }
}
