//! Losses for values.

use super::elementwise::{check_floats, elementwise};
use super::{Loss, Numbers, Targets};
use crate::{Error, Result};

/// Mean of `(x − t)²` over all elements (PyTorch's `MSELoss`).
///
/// Takes outputs of any shape with labels of the same shape; `[f32; 1]` also takes `f32`.
///
/// ```
/// use nn_core::loss::{self, MeanSquaredError};
/// assert_eq!(loss::value(&MeanSquaredError, &[[1.0, 2.0]], &[[1.0, 4.0]]), 2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanSquaredError;

/// Mean of `|x − t|` over all elements (PyTorch's `L1Loss`). The derivative at `x = t` is taken as 0.
///
/// Takes outputs of any shape with labels of the same shape; `[f32; 1]` also takes `f32`.
///
/// ```
/// use nn_core::loss::{self, MeanAbsoluteError};
/// assert_eq!(loss::value(&MeanAbsoluteError, &[[1.0, 2.0]], &[[1.0, 4.0]]), 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanAbsoluteError;

/// Mean of `d²/2` where `|d| ≤ delta` and `delta (|d| − delta/2)` elsewhere, with `d = x − t` (Huber, 1964; PyTorch's
/// `HuberLoss`): quadratic near the label, linear far away.
///
/// Takes outputs of any shape with labels of the same shape; `[f32; 1]` also takes `f32`. `Huber` alone has a delta of 1.
///
/// ```
/// use nn_core::loss::{self, Huber};
/// assert_eq!(loss::value(&Huber, &[[1.0]], &[[4.0]]), 2.5);
/// assert_eq!(loss::value(&Huber { delta: 4.0 }, &[[1.0]], &[[4.0]]), 4.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// Where quadratic turns into linear; above 0.
    pub delta: f32,
}

/// [`Huber`](struct@Huber) with a delta of 1.
#[expect(non_upper_case_globals, reason = "the defaults read like a unit struct: `Trainer::new(net, Huber, …)`")]
pub const Huber: Huber = Huber { delta: 1.0 };

impl Default for Huber {
    fn default() -> Self {
        Huber
    }
}

/// Mean of `d²/(2 beta)` where `|d| < beta` and `|d| − beta/2` elsewhere, with `d = x − t` (Girshick, 2015; PyTorch's
/// `SmoothL1Loss`). It is [`Huber`](struct@Huber) divided by beta; a beta of 0 makes it [`MeanAbsoluteError`].
///
/// Takes outputs of any shape with labels of the same shape; `[f32; 1]` also takes `f32`. `SmoothL1` alone has a beta of 1.
///
/// ```
/// use nn_core::loss::{self, SmoothL1};
/// assert_eq!(loss::value(&SmoothL1 { beta: 2.0 }, &[[1.0, 1.0]], &[[2.0, 5.0]]), 1.625);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothL1 {
    /// Where quadratic turns into linear; at least 0.
    pub beta: f32,
}

/// [`SmoothL1`](struct@SmoothL1) with a beta of 1.
#[expect(non_upper_case_globals, reason = "the defaults read like a unit struct: `Trainer::new(net, SmoothL1, …)`")]
pub const SmoothL1: SmoothL1 = SmoothL1 { beta: 1.0 };

impl Default for SmoothL1 {
    fn default() -> Self {
        SmoothL1
    }
}

/// The sign, and 0 for 0.
fn sign(d: f32) -> f32 {
    if d == 0.0 { 0.0 } else { d.signum() }
}

/// `c (d − c/2)` with `c` the difference cut off at ±delta, which is both branches of the definition without a branch.
fn huber(d: f32, delta: f32) -> (f32, f32) {
    // Not `clamp`, which panics where delta makes no sense, nor `min`, which hides a NaN.
    let c = if d > delta { delta } else { d };
    let c = if c < -delta { -delta } else { c };
    (c * (d - 0.5 * c), c)
}

macro_rules! regression {
    ($loss:ident, |$self:ident, $d:ident| $value:expr, $check:expr) => {
        impl<P: Numbers, T: Targets<P>> Loss<P, T> for $loss {
            fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
                let $self = self;
                elementwise(prediction, T::flat(target), weights, gradient, |_, x, t| {
                    let $d = x - t;
                    $value
                })
            }
            fn check(&self) -> Result<()> {
                $check(self)
            }
            fn check_target(&self, target: &[T], first: usize) -> Result<()> {
                check_floats::<T>(
                    T::flat(target),
                    first,
                    stringify!($loss),
                    f32::is_finite,
                    "but values are finite numbers",
                )
            }
        }
    };
}

regression!(MeanSquaredError, |_this, d| (d * d, 2.0 * d), |_| Ok(()));
regression!(MeanAbsoluteError, |_this, d| (d.abs(), sign(d)), |_| Ok(()));
regression!(Huber, |this, d| huber(d, this.delta), |this: &Self| at_least(
    "Huber::delta",
    this.delta,
    this.delta > 0.0,
    "above 0"
));
regression!(
    SmoothL1,
    |this, d| {
        let (value, slope) = huber(d, this.beta);
        if this.beta == 0.0 { (d.abs(), sign(d)) } else { (value / this.beta, slope / this.beta) }
    },
    |this: &Self| at_least("SmoothL1::beta", this.beta, this.beta >= 0.0, "at least 0")
);

fn at_least(what: &'static str, value: f32, right: bool, need: &str) -> Result<()> {
    if right && value.is_finite() {
        Ok(())
    } else {
        Err(Error::argument(what, format!("is {value}, but has to be {need}")))
    }
}
