//! The built-in layers, one file each: formula, shapes, parameters, forward and backward next to each other.

mod activate;
mod activation;
mod add;
mod array;
mod attention;
mod batch_norm;
mod concat;
mod conv2d;
mod conv_transpose2d;
mod copy;
mod dense;
mod dropout;
mod dropout2d;
mod embedding;
mod frozen;
mod group_norm;
mod image;
mod layer_norm;
mod permute;
mod pool;
mod pooled;
mod position_embedding;
mod prelu;
mod recurrent;
mod reordered;
mod reshape;
mod residual;
mod rms_norm;
mod select;
mod softmax;
mod upsample;
mod zero_pad;

pub use crate::lora::{Lora, LoraGrads};
pub use activate::Activate;
pub(crate) use activation::backward_through;
pub use activation::*;
pub use add::Add;
pub use attention::{MultiHeadAttention, MultiHeadAttentionGrads};
pub use batch_norm::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNormGrads};
pub use concat::Concat;
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dGrads};
pub use conv2d::{Conv1d, Conv2d, Conv2dGrads};
pub(crate) use copy::copy;
pub use dense::{Dense, DenseGrads};
pub use dropout::Dropout;
pub use dropout2d::Dropout2d;
pub use embedding::{Embedding, EmbeddingGrads};
pub use frozen::Frozen;
pub use group_norm::{GroupNorm, GroupNormGrads};
pub use image::{Frame, Window, Window1d};
pub(crate) use image::{channels_last, room, write};
pub use layer_norm::{LayerNorm, LayerNormGrads};
pub use permute::Permute;
pub use pool::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, GlobalAvgPool, GlobalAvgPool1d,
    GlobalAvgPool2d, MaxPool1d, MaxPool2d,
};
pub use pooled::Pooled;
pub use position_embedding::{PositionEmbedding, PositionEmbeddingGrads};
pub use prelu::{PRelu, PReluGrads};
pub use recurrent::{
    Gated, Gru, GruCell, LongShortTerm, Lstm, LstmCell, Recurrent, RecurrentGrads, RecurrentStep, RecurrentStepGrads,
    Rnn, RnnCell, Simple, Unit,
};
pub use reordered::{Between, ImageNetwork, Reordered, SavedImages};
pub use reshape::Reshape;
pub use residual::Residual;
pub use rms_norm::{RmsNorm, RmsNormGrads};
pub use select::Select;
pub use softmax::{LogSoftmax, Softmax};
pub use upsample::{Bilinear, Interpolate, Nearest, Upsample};
pub use zero_pad::ZeroPad2d;
