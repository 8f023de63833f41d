//! Activation functions: the trait, and a type for each row of [`nn_spec::activations!`].

use crate::{LogProbabilities, Meaning, Probabilities, Reads, Sample, Scores, Tape, Team};

/// Elements for one task of the default loops: a few microseconds of work.
const CHUNK: usize = 4096;

/// A function of single numbers with a known derivative: the last argument of [`Dense`](super::Dense) and of
/// [`Activate`](super::Activate).
///
/// The built-in ones are [`Relu`], [`Gelu`], [`Sigmoid`] and so on. One of your own needs the function, its derivative and which of
/// input and output the derivative looks at; what it does not look at is not kept in training.
///
/// ```
/// use nn_core::layers::{Activation, Dense};
/// use nn_core::{Reads, Scores};
///
/// /// y = x².
/// #[derive(Clone, Copy, Debug, Default)]
/// struct Square;
///
/// impl Activation for Square {
///     type Gives = Scores;
///     const KIND: &'static str = "Square";
///     const READS: Reads = Reads::INPUT;
///
///     fn apply(&self, x: f32) -> f32 {
///         x * x
///     }
///     fn derivative(&self, x: f32, _y: f32) -> f32 {
///         2.0 * x
///     }
/// }
///
/// let layer = Dense::<[f32; 3], [f32; 4], Square>::new();
/// # let _ = layer;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activation",
    label = "`nn::layers::Activation` is not implemented for `{Self}`",
    note = "an activation is a built-in one, such as `Relu`, or your own type with `impl nn::layers::Activation`"
)]
pub trait Activation: Copy + core::fmt::Debug + Send + Sync + 'static {
    /// What the output means; [`Scores`] unless it is bounded to 0..=1.
    type Gives: Meaning;
    /// The name, for tables and messages.
    const KIND: &'static str;
    /// Which of its arguments `derivative` looks at.
    const READS: Reads;
    /// Floating-point operations for one element: 1 by convention, 0 for the identity.
    const FLOPS: u64 = 1;

    /// y.
    fn apply(&self, x: f32) -> f32;

    /// dy/dx at `x`, where the output is `y`. Of the two, only those that [`Activation::READS`] names have a meaning.
    fn derivative(&self, x: f32, y: f32) -> f32;

    /// Whether the derivative can be told from what [`Activation::READS`] names, for the arguments that this activation has.
    fn is_valid(&self) -> bool {
        true
    }

    /// The kernel that computes the same, which products apply while their result is in registers. Only built-in activations have one.
    fn kernel(&self) -> Option<nn_kernels::Activation> {
        None
    }

    /// `y = apply(x)`, element by element.
    fn forward(&self, team: &Team, x: &[f32], y: &mut [f32]) {
        team.chunks_mut(y, CHUNK, |chunk, y| {
            y.iter_mut().zip(&x[chunk * CHUNK..]).for_each(|(y, &x)| *y = self.apply(x));
        });
    }

    /// `y = apply(y)`, element by element.
    fn forward_inplace(&self, team: &Team, y: &mut [f32]) {
        team.chunks_mut(y, CHUNK, |_, y| y.iter_mut().for_each(|y| *y = self.apply(*y)));
    }

    /// `dx = dy · derivative(x, y)`, element by element.
    fn backward(&self, team: &Team, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        team.chunks_mut(dx, CHUNK, |chunk, dx| {
            let from = chunk * CHUNK;
            for (((dx, &dy), &x), &y) in dx.iter_mut().zip(&dy[from..]).zip(&x[from..]).zip(&y[from..]) {
                *dx = dy * self.derivative(x, y);
            }
        });
    }

    /// `dy = dy · derivative(x, y)`, element by element.
    fn backward_inplace(&self, team: &Team, x: &[f32], y: &[f32], dy: &mut [f32]) {
        team.chunks_mut(dy, CHUNK, |chunk, dy| {
            let from = chunk * CHUNK;
            for ((dy, &x), &y) in dy.iter_mut().zip(&x[from..]).zip(&y[from..]) {
                *dy *= self.derivative(x, y);
            }
        });
    }
}

/// Whether there is nothing to compute.
pub(super) fn is_identity<A: Activation>(activation: &A) -> bool {
    matches!(activation.kernel(), Some(nn_kernels::Activation::Identity))
}

/// `dy = dy · A′` for a layer that applies A last, with what A was applied to next on its tape, where the derivative looks at that.
///
/// What the derivative does not look at is not there; what it does look at is as long, and stands in for it.
pub(crate) fn backward_through<S: Sample<Element = f32>, A: Activation>(
    activation: &A,
    team: &Team,
    tape: &mut Tape<'_>,
    y: &[S],
    dy: &mut [S],
) {
    let z = if A::READS.x { tape.samples(dy.len()) } else { y };
    let y = if A::READS.y { y } else { z };
    if A::READS != Reads::NEITHER {
        return activation.backward_inplace(team, S::flat(z), S::flat(y), S::flat_mut(dy));
    }
    // A derivative that looks at nothing is the same everywhere.
    if !is_identity(activation) {
        nn_kernels::scale(team, activation.derivative(0.0, 0.0), S::flat_mut(dy));
    }
}

/// Refuses arguments with which a derivative would be wrong.
pub(super) fn assert_valid<A: Activation>(activation: &A) {
    assert!(
        activation.is_valid(),
        "{activation:?}: the derivative cannot be told from the output with such arguments, which should not be negative"
    );
}

/// Makes types of the elementwise rows of the table; the rowwise ones are layers of their own (softmax.rs).
macro_rules! types {
    ($($(#[$doc:meta])* $how:ident $name:ident $snake:literal
       [$($(#[$about:meta])* $argument:ident = $default:literal),*] $gives:ident;)*) => {
        $(one! { $how $(#[$doc])* $name [$($(#[$about])* $argument = $default),*] $gives })*
    };
}

macro_rules! one {
    (rowwise $($row:tt)*) => {};
    (elementwise $(#[$doc:meta])* $name:ident [] $gives:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $name;

        built_in!($name, nn_kernels::Activation::$name, $gives, |_| nn_kernels::Activation::$name);
    };
    (elementwise $(#[$doc:meta])* $name:ident [$($(#[$about:meta])* $argument:ident = $default:literal),+] $gives:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $(
                $(#[$about])*
                #[doc = concat!("Default: ", $default, ".")]
                pub $argument: f32,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($argument: $default),+ }
            }
        }

        built_in!(
            $name,
            nn_kernels::Activation::$name { $($argument: $default),+ },
            $gives,
            |&$name { $($argument),+ }| nn_kernels::Activation::$name { $($argument),+ }
        );
    };
}

const fn reads(kernel: nn_kernels::Activation) -> Reads {
    match kernel.reads() {
        nn_kernels::Reads::Input => Reads::INPUT,
        nn_kernels::Reads::Output => Reads::OUTPUT,
        nn_kernels::Reads::Neither => Reads::NEITHER,
    }
}

macro_rules! built_in {
    ($name:ident, $typical:expr, $gives:ident, $kernel:expr) => {
        impl $name {
            fn built_in(&self) -> nn_kernels::Activation {
                let kernel: fn(&Self) -> nn_kernels::Activation = $kernel;
                kernel(self)
            }
        }

        impl Activation for $name {
            type Gives = $gives;
            const KIND: &'static str = stringify!($name);
            const READS: Reads = reads($typical);
            const FLOPS: u64 = if matches!($typical, nn_kernels::Activation::Identity) { 0 } else { 1 };

            fn apply(&self, x: f32) -> f32 {
                self.built_in().value(x)
            }
            fn derivative(&self, x: f32, y: f32) -> f32 {
                self.built_in().derivative(if Self::READS.x { x } else { y })
            }
            fn is_valid(&self) -> bool {
                match self.built_in().reads() {
                    nn_kernels::Reads::Input => Self::READS.x,
                    nn_kernels::Reads::Output => Self::READS.y,
                    nn_kernels::Reads::Neither => true,
                }
            }
            fn kernel(&self) -> Option<nn_kernels::Activation> {
                Some(self.built_in())
            }
            fn forward(&self, team: &Team, x: &[f32], y: &mut [f32]) {
                self.built_in().apply(team, x, y);
            }
            fn forward_inplace(&self, team: &Team, y: &mut [f32]) {
                self.built_in().apply_inplace(team, y);
            }
            fn backward(&self, team: &Team, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
                self.built_in().backward(team, if Self::READS.x { x } else { y }, dy, dx);
            }
            fn backward_inplace(&self, team: &Team, x: &[f32], y: &[f32], dy: &mut [f32]) {
                self.built_in().backward_inplace(team, if Self::READS.x { x } else { y }, dy);
            }
        }
    };
}

nn_spec::activations!(types);
