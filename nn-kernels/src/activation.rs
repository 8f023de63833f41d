//! The elementwise activations: each formula beside its derivative.
//!
//! To add one, add an entry to `activations!` below; everything else (loops, epilogues of products, names) follows from it.
//! An entry says
//!
//! * its parameters, fields of the variant;
//! * its name, and whether the gradient is computed from the input x or the output y ([`Reads`]): from y where that loses
//!   little, because then backward does not need x (Elu and Selu lose most: their gradient is within 2e-7, which are 200 ulp at
//!   x = −5, and 0 from −17 on);
//! * the formula, and the gradient dx = dy · dy/dx from what it reads. Both are free of branches (a condition selects
//!   between two values). The formula gives NaN for NaN; so does the gradient, except where it is 0 outside of an interval
//!   (Relu, Relu6, HardTanh, HardSigmoid, HardSwish): NaN is not inside, and gives 0.

use crate::lanes::{Floats, Lanes};
use crate::math::{clamp, exp, exp_flushed, expm1, ln_1p, normal_tail, sigmoid, softplus, tanh};

/// What the derivative of an activation is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The input x.
    Input,
    /// The output y.
    Output,
    /// Nothing: the derivative is constant.
    Neither,
}

/// A formula and its derivative: what an entry of `activations!` becomes.
pub(crate) trait Curve: Copy + Sync {
    fn value<S: Lanes>(self, x: Floats<S>) -> Floats<S>;
    fn gradient<S: Lanes>(self, saved: Floats<S>, dy: Floats<S>) -> Floats<S>;
}

/// What to do with the [`Curve`] of an activation, once for each kind: see [`Activation::visit`].
pub(crate) trait Visitor {
    fn visit<C: Curve>(self, curve: C);
}

macro_rules! activations {
    ($(
        $(#[$doc:meta])*
        $variant:ident $({ $($(#[$field_doc:meta])* $field:ident),* })? $name:literal reads $reads:expr,
            value($x:ident) $value:expr,
            gradient($saved:ident, $dy:ident) $gradient:expr;
    )*) => {
        /// An elementwise activation with its parameters; formulas and defaults are PyTorch's.
        ///
        /// ```
        /// use nn_kernels::{Activation, Reads, Team};
        ///
        /// let (team, silu) = (Team::serial(), Activation::Silu);
        /// let (x, mut y, mut dx) = ([-1.0, 0.0, 2.0], [0.0; 3], [0.0; 3]);
        /// silu.apply(&team, &x, &mut y);
        /// assert_eq!(y[1], 0.0);
        /// assert_eq!(silu.reads(), Reads::Input);
        /// silu.backward(&team, &x, &[1.0; 3], &mut dx);
        /// assert_eq!(dx[1], 0.5);
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub enum Activation {
            #[default]
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: f32),* })?,)*
        }

        impl Activation {
            /// The name in snake case, as Keras has it.
            pub const fn name(self) -> &'static str {
                match self { $(Activation::$variant { .. } => $name,)* }
            }

            /// What the derivative is computed from: what [`backward`](Activation::backward) takes as `saved`.
            #[allow(unused_variables)]
            pub const fn reads(self) -> Reads {
                match self { $(Activation::$variant $({ $($field),* })? => $reads,)* }
            }

            /// Hands the formulas to `visitor`.
            #[inline(always)]
            pub(crate) fn visit(self, visitor: impl Visitor) {
                match self {
                    $(Activation::$variant $({ $($field),* })? => visitor.visit(curves::$variant { $($($field),*)? }),)*
                }
            }
        }

        pub(crate) mod curves {
            use super::*;
            $(
                #[derive(Clone, Copy)]
                pub(crate) struct $variant { $($(pub $field: f32),*)? }
                impl Curve for $variant {
                    #[inline(always)]
                    #[allow(unused_variables)]
                    fn value<S: Lanes>(self, $x: Floats<S>) -> Floats<S> {
                        let Self { $($($field),*)? } = self;
                        $value
                    }
                    #[inline(always)]
                    #[allow(unused_variables)]
                    fn gradient<S: Lanes>(self, $saved: Floats<S>, $dy: Floats<S>) -> Floats<S> {
                        let Self { $($($field),*)? } = self;
                        $gradient
                    }
                }
            )*
        }
    };
}

/// λ and α of SELU, chosen so that mean 0 and variance 1 are a fixed point.
const SELU_SCALE: f32 = 1.050_701;
const SELU_ALPHA: f32 = 1.673_263_2;
/// √(2/π) and the cubic coefficient of GELU's approximation.
const GELU_SCALE: f32 = 0.797_884_6;
const GELU_CUBIC: f32 = 0.044_715;
/// 1 / √(2π).
const NORMAL_DENSITY: f32 = 0.398_942_3;

/// `(e, e·(e + 2))` with e = eˣ: tanh(softplus(x)) = n / (n + 2). Beyond x = 20 the quotient is 1.
#[inline(always)]
fn mish_terms<S: Lanes>(x: Floats<S>) -> (Floats<S>, Floats<S>) {
    let e = exp(x.at_most(20.0));
    (e, e * (e + 2.0))
}

/// `sigmoid(2 · √(2/π) · (x + 0.044715 · x³))`, which is (1 + tanh) / 2 of half as much.
#[inline(always)]
fn gelu_gate<S: Lanes>(x: Floats<S>) -> Floats<S> {
    sigmoid(x * (2.0 * GELU_SCALE) * (x * GELU_CUBIC).mul_add(x, 1.0))
}

activations! {
    /// `x`
    Identity "identity" reads Reads::Neither,
        value(x) x,
        gradient(_neither, dy) dy;
    /// `max(x, 0)`; the derivative at 0 is 0.
    Relu "relu" reads Reads::Output,
        value(x) x.at_least(0.0),
        gradient(y, dy) y.greater(0.0).of(dy, 0.0);
    /// `x` where x > 0, else `slope · x`.
    LeakyRelu {
        /// The slope for negative inputs; PyTorch's default is 0.01.
        slope
    } "leaky_relu" reads if slope >= 0.0 { Reads::Output } else { Reads::Input },
        value(x) x.less(0.0).of(x * slope, x),
        // With a slope that is not negative, y has the sign of x (and is 0 for x ≤ 0 if the slope is 0).
        gradient(s, dy) s.greater(0.0).of(dy, dy * slope);
    /// `x` where x > 0, else `α · (eˣ − 1)`.
    Elu {
        /// The limit −α for large negative inputs; PyTorch's default is 1.
        alpha
    } "elu" reads if alpha >= 0.0 { Reads::Output } else { Reads::Input },
        value(x) x.greater(0.0).of(x, expm1(x.at_most(0.0)) * alpha),
        gradient(s, dy) {
            let negative = if alpha >= 0.0 { s + alpha } else { exp(s) * alpha };
            s.greater(0.0).of(dy, dy * negative)
        };
    /// `λ · x` where x > 0, else `λ · α · (eˣ − 1)`, with λ = 1.0507… and α = 1.6733….
    Selu "selu" reads Reads::Output,
        value(x) x.greater(0.0).of(x, expm1(x.at_most(0.0)) * SELU_ALPHA) * SELU_SCALE,
        gradient(y, dy) dy * y.greater(0.0).of(SELU_SCALE, y + SELU_SCALE * SELU_ALPHA);
    /// `1 / (1 + e⁻ˣ)`
    Sigmoid "sigmoid" reads Reads::Output,
        value(x) sigmoid(x),
        gradient(y, dy) dy * (y * (1.0 - y));
    /// `tanh(x)`
    Tanh "tanh" reads Reads::Output,
        value(x) tanh(x),
        gradient(y, dy) dy * (-y).mul_add(y, 1.0);
    /// `ln(1 + exp(β · x)) / β`; `x` where β · x > threshold.
    Softplus {
        /// How sharp the bend is; PyTorch's default is 1.
        beta,
        /// From which β · x on the function is linear; PyTorch's default is 20.
        threshold
    } "softplus" reads Reads::Input,
        value(x) (x * beta).greater(threshold).of(x, softplus(x * beta) / beta),
        gradient(x, dy) (x * beta).greater(threshold).of(dy, dy * sigmoid(x * beta));
    /// `x · Φ(x)`, with Φ the distribution function of the standard normal.
    Gelu "gelu" reads Reads::Input,
        value(x) {
            // −∞ · 0 is not a number, but the limit is 0: the tail is 0 from 20 on.
            let tail = clamp(x, -20.0, 20.0) * normal_tail(x).1;
            x.greater(0.0).of(x - tail, tail)
        },
        gradient(x, dy) {
            let (bell, tail) = normal_tail(x);
            let area = x.greater(0.0).of(1.0 - tail, tail);
            dy * (clamp(x, -20.0, 20.0) * NORMAL_DENSITY).mul_add(bell, area)
        };
    /// `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`, an approximation of GELU.
    GeluTanh "gelu_tanh" reads Reads::Input,
        value(x) { let x = x.at_least(-20.0); x * gelu_gate(x) },
        gradient(x, dy) {
            let x = clamp(x, -20.0, 20.0);
            let gate = gelu_gate(x);
            let inner = (x * (6.0 * GELU_SCALE * GELU_CUBIC)).mul_add(x, 2.0 * GELU_SCALE);
            dy * (x * gate * (1.0 - gate)).mul_add(inner, gate)
        };
    /// `x · sigmoid(x)`, also called swish.
    Silu "silu" reads Reads::Input,
        value(x) x.at_least(-100.0) * sigmoid(x),
        gradient(x, dy) { let s = sigmoid(x); dy * (s * clamp(x, -100.0, 100.0).mul_add(1.0 - s, 1.0)) };
    /// `x · tanh(softplus(x))`
    Mish "mish" reads Reads::Input,
        value(x) { let (_, n) = mish_terms(x); x.at_least(-105.0) * (n / (n + 2.0)) },
        gradient(x, dy) {
            // With t = tanh(softplus(x)): t + x · (1 − t²) · sigmoid(x). Beyond x = 20 it is 1.
            let (e, n) = mish_terms(x);
            let d = 1.0 / (n + 2.0);
            let bend = e * (e + 1.0) * 4.0 * d * d;
            dy * clamp(x, -105.0, 20.0).mul_add(bend, n * d)
        };
    /// `min(max(x / 6 + 1/2, 0), 1)`
    HardSigmoid "hard_sigmoid" reads Reads::Output,
        value(x) clamp(x + 3.0, 0.0, 6.0) / 6.0,
        gradient(y, dy) y.greater(0.0).of(y.less(1.0).of(dy / 6.0, 0.0), 0.0);
    /// `x · min(max(x / 6 + 1/2, 0), 1)`
    HardSwish "hard_swish" reads Reads::Input,
        value(x) x.at_least(-3.0) * (clamp(x + 3.0, 0.0, 6.0) / 6.0),
        gradient(x, dy) {
            let inside = x.less(3.0).of(clamp(x, -3.0, 3.0).mul_add(1.0 / 3.0, 0.5), 1.0);
            x.greater(-3.0).of(dy * inside, 0.0)
        };
    /// `min(max(x, min), max)`
    HardTanh {
        /// The least output; PyTorch's default is −1.
        min,
        /// The greatest output; PyTorch's default is 1.
        max
    } "hard_tanh" reads Reads::Output,
        value(x) clamp(x, min, max),
        gradient(y, dy) y.greater(min).of(y.less(max).of(dy, 0.0), 0.0);
    /// `min(max(x, 0), 6)`
    Relu6 "relu6" reads Reads::Output,
        value(x) clamp(x, 0.0, 6.0),
        gradient(y, dy) y.greater(0.0).of(y.less(6.0).of(dy, 0.0), 0.0);
    /// `x / (1 + |x|)`
    Softsign "softsign" reads Reads::Input,
        // ∞ / ∞ is not a number, but the limit is 1.
        value(x) { let x = clamp(x, -1e30, 1e30); x / (x.abs() + 1.0) },
        gradient(x, dy) { let d = 1.0 / (x.abs() + 1.0); dy * (d * d) };
    /// `ln(sigmoid(x))`
    LogSigmoid "log_sigmoid" reads Reads::Output,
        value(x) x.at_most(0.0) - ln_1p(exp_flushed(-x.abs())),
        // sigmoid(−x) = 1 − eʸ
        gradient(y, dy) -(dy * expm1(y));
}

#[cfg(test)]
mod tests;
