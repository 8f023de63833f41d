//! Training: `fit`, `evaluate`, and what belongs to them.
//!
//! [`Trainer`] joins a network with a loss, an optimiser and metrics. [`Fit`] says how long and on which batches; a [`History`] comes back.
//! The level below, for loops of your own, is [`Workspace`](crate::Workspace).
//!
//! | wanted | how |
//! |---|---|
//! | loss and metrics on other data after each epoch | [`Fit::validation`] |
//! | an end when nothing gets better | [`EarlyStopping`] |
//! | a learning rate that changes | [`Trainer::schedule`], [`Trainer::reduce_on_plateau`] |
//! | a learning rate to begin with | [`Trainer::find_lr`] |
//! | limits and penalties | [`Trainer::clip_norm`], [`Trainer::clip_value`], [`Trainer::penalty`] |
//! | layers that learn slowly or not at all | [`Trainer::layers`], [`Trainer::train_only`], [`Groups`](crate::optim::Groups) |
//! | layers that begin to learn one after the other | [`Unfreeze`] |
//! | outputs of what is frozen, computed once | [`Fit::frozen_cache`] |
//! | going on after a crash | [`Checkpoints`], [`Trainer::resume`] |
//! | averages of the weights | [`Ema`], [`Swa`] |
//! | large batches in little memory | [`Fit::accumulate`] |
//! | something of your own after a batch or an epoch | [`Callback`], [`Trainer::on_epoch_end`], [`Trainer::on_batch_end`] |

mod accumulate;
mod average;
mod begin;
mod callback;
mod checkpoint;
mod diverged;
mod early_stopping;
mod evaluate;
mod find_lr;
mod fit;
mod frozen_cache;
mod history;
mod kept;
mod layers;
mod progress;
mod run;
mod snapshot;
mod trainer;
mod unfreeze;
mod values;

pub use average::{Ema, Swa};
pub use callback::{Callback, View};
pub use checkpoint::{Checkpoints, Every};
pub use early_stopping::EarlyStopping;
pub use evaluate::Evaluation;
pub use find_lr::{FindLr, LrCurve, LrPoint};
pub use fit::Fit;
pub use frozen_cache::FrozenCache;
pub use history::{Epoch, History};
pub use progress::Progress;
pub use trainer::Trainer;
pub use unfreeze::Unfreeze;
pub use values::Values;
