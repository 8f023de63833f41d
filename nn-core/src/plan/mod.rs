//! What learns, said by a type: freezing while compiling for networks that were declared elsewhere.
//!
//! For every network `Photos`, `network!` writes a trait `PhotosPlan` with a type for each line that has parameters, its name in capitals: that of
//! `fc_1` is `Fc1`. A type that implements it is a *plan*, and [`Planned<Photos, HeadOnly>`](Planned) is the network by that plan. What does not learn
//! has no gradient, no state of an optimiser and no work done for gradients of its weights, and asking for its gradient or its rate does not compile.
//!
//! ```text
//! pub struct HeadOnly;
//! impl PhotosPlan for HeadOnly {
//!     type Features = Freeze;
//!     type Hidden = Biases;
//!     type Logits = Train;
//! }
//! let net = Planned::<Photos, HeadOnly>::new(photos);
//! ```
//!
//! | for a line | what of it learns | Keras, PyTorch |
//! |---|---|---|
//! | [`Train`] | everything | `layer.trainable = True` |
//! | [`Freeze`] | nothing | `layer.trainable = False`; `layer.requires_grad_(False)` |
//! | [`Biases`] | tensors that are added: BitFit | `requires_grad` of what is called `bias` |
//! | [`Norms`] | layers that normalise | `requires_grad` of the parameters of norms |
//! | a plan of the network that the line is | what that plan says | |
//!
//! The first four are plans of every network too: `Planned<Photos, Norms>` needs no declaration. The plan of an array is that of each of its
//! elements, and the plan of a `Residual` or a `Sequential` that of its body, a network named after both: `PhotosBlockPlan` for line `block` of `Photos`.
//!
//! A forgotten or misspelt line is an ordinary error of rustc. A plan does what freezing by flags does, bit for bit, without the memory:
//! batch normalisation that does not learn uses its statistics and leaves them as they are, while a dropout goes on dropping wherever it stands
//! (`#[frozen]` makes one fixed function of a line instead). Below the lowest layer that learns nothing is kept on the tape.
//!
//! ```
//! use nn_core::layers::Dense;
//! use nn_core::plan::{Biases, Freeze, Planned};
//! use nn_core::Parameters;
//!
//! type Base = Dense<[f32; 64], [f32; 3]>;
//! assert_eq!((Planned::<Base, Biases>::PARAMS, Planned::<Base, Biases>::FROZEN_PARAMS), (3, 64 * 3));
//! let layer = Planned::<Base, Biases>::new(Base::new());
//! assert_eq!((layer.grads().weight.len(), layer.grads().bias.len()), (0, 3));
//! let Freeze = Planned::<_, Freeze>::new(layer.into_inner()).grads();
//! ```

mod leaf;
mod lines;
mod markers;
mod planned;
mod share;
mod wrappers;

pub use leaf::{Choice, Leaf, Learns, No, Nothing, Uniform, Yes};
pub use markers::{Biases, Freeze, Norms, Train};
pub use planned::Planned;
pub use share::{Of, Plan, PlannedBy, Share};
pub use wrappers::{Elements, Inner, Lines};
