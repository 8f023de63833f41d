//! What most programs need: `use nn::prelude::*;`.

pub use crate::data::{Cached, Dataset, Samples};
pub use crate::loss::{
    BinaryCrossEntropy, CrossEntropy, Huber, KlDivergence, MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood,
    SmoothL1,
};
pub use crate::metrics::{
    Accuracy, Auroc, AveragePrecision, Binary, ConfusionMatrix, F1, Mae, Precision, R2, Recall, Rmse, TopK,
};
pub use crate::optim::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Groups, LayerSettings, Lion, NAdam, Optimizer, Penalty, RAdam, RmsProp, Sgd,
};
pub use crate::schedule::Schedule;
pub use crate::train::{Checkpoints, EarlyStopping, Fit, Progress, Trainer, Unfreeze};
pub use crate::{Adapters, Batch, Network, Parameters, Store, Workspace, network};
