//! The built-in layers, one file each: formula, shapes, parameters, forward and backward next to each other.

mod activate;
mod activation;
mod add;
mod array;
mod batch_norm;
mod concat;
mod conv2d;
mod copy;
mod dense;
mod dropout;
mod image;
mod layer_norm;
mod pool;
mod prelu;
mod reordered;
mod reshape;
mod residual;
mod softmax;

pub use crate::lora::{Lora, LoraGrads};
pub use activate::Activate;
pub use activation::*;
pub use add::Add;
pub use batch_norm::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNormGrads};
pub use concat::Concat;
pub use conv2d::{Conv2d, Conv2dGrads};
pub use dense::{Dense, DenseGrads};
pub use dropout::Dropout;
pub use image::{Frame, Window};
pub(crate) use image::{channels_last, room, write};
pub use layer_norm::{LayerNorm, LayerNormGrads};
pub use pool::{AvgPool2d, GlobalAvgPool2d, MaxPool2d};
pub use prelu::{PRelu, PReluGrads};
pub use reordered::{Between, ImageNetwork, Reordered, SavedImages};
pub use reshape::Reshape;
pub use residual::Residual;
pub use softmax::{LogSoftmax, Softmax};
