//! Softmax and its logarithm over the last dimension.

use crate::{Context, Layer, LogProbabilities, Probabilities, Reads, Sample, Saved, parameters};
use core::marker::PhantomData;

macro_rules! over_rows {
    ($(#[$doc:meta])* $name:ident gives $gives:ident, $forward:path, $backward:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<S>(PhantomData<fn(S)>);

        parameters! { impl[S: Sample<Element = f32>] $name<S> }

        impl<S> $name<S> {
            /// The layer.
            pub fn new() -> Self {
                Self(PhantomData)
            }
        }

        impl<S> Default for $name<S> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<S: Sample<Element = f32>> Layer for $name<S> {
            type In = S;
            type Out = S;
            type Gives = $gives;
            const KIND: &'static str = stringify!($name);
            const READS: Reads = Reads::OUTPUT;
            // The largest, the difference from it, the exponential, their sum, the quotient.
            const FLOPS: u64 = 5 * S::LEN as u64;
            const BACKWARD_FLOPS: u64 = 4 * S::LEN as u64;

            fn forward(&self, x: &[S], y: &mut [S], cx: Context<'_>) {
                $forward(cx.team, S::flat(x), S::flat_mut(y), S::SHAPE.last());
            }

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
                    $backward(cx.team, S::flat(saved.y), S::flat(dy), S::flat_mut(dx), S::SHAPE.last());
                }
            }
        }
    };
}

over_rows! {
    /// yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) over the last dimension.
    ///
    /// | | |
    /// |---|---|
    /// | takes, gives | any sample of `f32`, the same |
    /// | parameters | none |
    /// | PyTorch | `nn.Softmax(-1)` |
    ///
    /// The gradient is dxᵢ = yᵢ · (dyᵢ − Σⱼ dyⱼ · yⱼ). For training a classifier, leave the softmax to the loss, which takes scores: that is
    /// more precise and does less.
    ///
    /// ```
    /// use nn_core::layers::Softmax;
    /// use nn_core::Network;
    ///
    /// let y = Softmax::<[f32; 2]>::new().predict(&[[1000.0, 1000.0]]);
    /// assert_eq!(*y, [[0.5, 0.5]]);
    /// ```
    Softmax gives Probabilities, nn_kernels::softmax, nn_kernels::softmax_backward
}

over_rows! {
    /// yᵢ = xᵢ − ln Σⱼ exp(xⱼ) over the last dimension: the logarithm of [`Softmax`], precise where that rounds to 0 or 1.
    ///
    /// | | |
    /// |---|---|
    /// | takes, gives | any sample of `f32`, the same |
    /// | parameters | none |
    /// | PyTorch | `nn.LogSoftmax(-1)` |
    ///
    /// The gradient is dxᵢ = dyᵢ − exp(yᵢ) · Σⱼ dyⱼ.
    ///
    /// ```
    /// use nn_core::layers::LogSoftmax;
    /// use nn_core::Network;
    ///
    /// let y = LogSoftmax::<[f32; 2]>::new().predict(&[[-100.0, 100.0]]);
    /// assert_eq!(*y, [[-200.0, 0.0]]);
    /// ```
    LogSoftmax gives LogProbabilities, nn_kernels::log_softmax, nn_kernels::log_softmax_backward
}
