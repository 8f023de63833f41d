//! Optimisers: how parameters follow their gradients.
//!
//! An optimiser is a plain struct of numbers with PyTorch's names and defaults. [`Optimizer::stepper`] joins it with the state
//! that a network needs; the [`Stepper`] also holds what goes around the update: schedule, clipping, penalties, and settings
//! for each layer.
//!
//! | optimiser | PyTorch | state of a parameter |
//! |---|---|---|
//! | [`Sgd`] | `SGD` | none, or `momentum_buffer` |
//! | [`Adam`], [`AdamW`] | `Adam`, `AdamW` | `exp_avg`, `exp_avg_sq`, with AMSGrad `max_exp_avg_sq` |
//! | [`RmsProp`] | `RMSprop` | `square_avg`, with momentum `momentum_buffer`, centred `grad_avg` |
//! | [`Adagrad`] | `Adagrad` | `sum` |
//! | [`Adadelta`] | `Adadelta` | `square_avg`, `acc_delta` |
//! | [`NAdam`] | `NAdam` | `exp_avg`, `exp_avg_sq`, `mu_product` |
//! | [`RAdam`] | `RAdam` | `exp_avg`, `exp_avg_sq` |
//! | [`Adamax`] | `Adamax` | `exp_avg`, `exp_inf` |
//! | [`Lion`] | none | `exp_avg` |
//!
//! Layers have settings of their own ([`LayerSettings`]; [`Groups`] makes them by position or path), which take the place of PyTorch's
//! parameter groups. A frozen layer keeps its moments and its count of updates; [`Stepper::set_layers`] says why.
//!
//! Hyperparameters are `f64`, as in PyTorch; tensors are `f32`. The updates themselves are kernels of nn-kernels, one pass over memory each.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod check;
mod gradient;
mod groups;
mod lion;
mod nadam;
mod radam;
mod rates;
mod rmsprop;
mod settings;
mod sgd;
mod state;
mod stepper;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub(crate) use check::fraction;
pub use groups::Groups;
pub use lion::Lion;
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use settings::{Clip, LayerSettings, Penalty};
pub use sgd::Sgd;
pub use stepper::{Stepped, Stepper};

use crate::{Parameters, Result, Tensor};
use nn_kernels::Team;

/// What an optimiser is told about one update of one parameter, besides the parameter, its gradient and its state.
#[derive(Debug)]
pub struct Update<'a> {
    /// The threads that kernels may use.
    pub team: &'a Team,
    /// How many updates this parameter has had, this one included: 1 at first. It does not count steps in which the layer
    /// was frozen, so that the bias correction of a layer that learns later starts where its moments start.
    pub step: u64,
    /// The learning rate: the optimiser's, times schedule and factor of the layer.
    pub lr: f64,
    /// The weight decay: the optimiser's, times the factor of the layer.
    pub weight_decay: f64,
    /// What the gradient has to be multiplied by: less than 1 if it is clipped by norm.
    pub grad_scale: f32,
}

/// A rule that updates one parameter from its gradient.
///
/// Your own optimiser implements this and is then used like any other:
///
/// ```
/// use nn_core::optim::{Optimizer, Update};
/// use nn_core::{Result, Tensor};
///
/// /// w ← w − lr · sign(g) (Riedmiller and Braun's Rprop without the adaptation).
/// struct SignSgd {
///     lr: f64,
/// }
///
/// impl Optimizer for SignSgd {
///     const NAME: &'static str = "sign_sgd";
///
///     fn lr(&self) -> f64 {
///         self.lr
///     }
///
///     fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, _: &mut [Tensor]) {
///         for (w, g) in param.values_mut().iter_mut().zip(grad.values()) {
///             *w -= update.lr as f32 * g.signum();
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimiser",
    label = "expected one such as `Adam::default()`",
    note = "`Trainer::new` takes the network, the loss and the optimiser, in this order",
    note = "an own optimiser needs `impl nn::optim::Optimizer for {Self}`"
)]
pub trait Optimizer: Send + Sync {
    /// The name in checkpoints and messages.
    const NAME: &'static str;

    /// The learning rate without schedule.
    fn lr(&self) -> f64;

    /// The weight decay.
    fn weight_decay(&self) -> f64 {
        0.0
    }

    /// Whether the numbers make sense. Called before the first step.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) with the number that does not.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// The state of one parameter before its first update: tensors by name. Names are those of PyTorch's `state_dict` where
    /// there is one. A tensor that belongs element by element to the parameter is [`Tensor::zeros_like`] it, and then also
    /// saved in PyTorch's order; others may have any shape.
    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        let _ = param;
        Vec::new()
    }

    /// Updates one parameter. `slots` holds the tensors that [`Optimizer::slots`] gave, in that order.
    ///
    /// This is called in every step for every parameter that learns, and should allocate nothing.
    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]);

    /// This optimiser with the state that `net` needs.
    fn stepper<N: Parameters>(self, net: &N) -> Stepper<N, Self>
    where
        Self: Sized,
    {
        Stepper::new(self, net)
    }
}

/// Zeros like `param` under each name.
fn zeros<const N: usize>(names: [&'static str; N], param: &Tensor) -> Vec<(&'static str, Tensor)> {
    names.map(|name| (name, param.zeros_like())).into()
}
