//! Matrix products, activations and optimiser updates over slices.

mod activation;
mod attention;
mod buffer;
mod cache;
mod conv;
mod elementwise;
mod embedding;
mod gather;
mod gemm;
mod hwc;
mod image;
mod lanes;
mod layout;
mod linear;
mod logistic;
mod math;
mod optim;
mod path;
mod pool;
mod random;
mod recurrent;
mod rows;
mod scratch;
mod sizes;
mod team;
mod vector;

pub use activation::{Activation, Reads};
pub use attention::{Attention, attention, attention_backward};
pub use buffer::{ALIGNMENT, Buffer};
pub use conv::{
    Conv, ConvEpilogue, ConvWeights, ReadyConv, conv_backward_input, conv_backward_weights, conv_forward,
    conv_forward_ready, conv_pool, conv_transposed,
};
pub use embedding::{embedding, embedding_backward};
pub use gather::gather_rows;
pub use gemm::{Epilogue, Mat, MatMut, PackedB, matmul_nn, matmul_nt, matmul_packed, matmul_tn};
pub use hwc::{FlatHwc, Hwc, Lc};
pub use image::{Border, Interpolation, Resize, resize, resize_backward, scale_channels, zero_pad, zero_pad_backward};
pub use layout::{channels_first, channels_last};
pub use linear::{LinearGradients, linear_backward};
pub use logistic::logistic;
pub use optim::{
    AdadeltaStep, AdagradStep, AdamStep, AdamaxStep, LionStep, NadamStep, RadamStep, RmspropStep, SgdStep, adadelta,
    adagrad, adam, adam_amsgrad, adamax, lion, nadam, radam, rmsprop, sgd,
};
pub use path::{Path, PathError, VARIABLE, path, with_path};
pub use pool::{
    AdaptivePool, Pool, adaptive_avg_pool, adaptive_avg_pool_backward, avg_pool, avg_pool_backward, max_pool,
    max_pool_backward,
};
#[cfg(test)]
pub(crate) use random::uniform_fill;
pub use random::{dropout, dropout_inplace, philox4x32};
pub use recurrent::{
    Direction, Recurrence, RecurrentBuffers, RecurrentCell, RecurrentGradients, RecurrentSaved, RecurrentScratch,
    RecurrentWeights,
};
pub use rows::{
    BatchNormSaved, GroupNormSaved, Groups, add_row, batch_norm, batch_norm_backward, batch_norm_eval,
    batch_norm_update_running, column_sums, group_norm, group_norm_backward, layer_norm, layer_norm_backward,
    layer_norm_backward_parameters, log_softmax, log_softmax_backward, log_softmax_inplace, prelu, prelu_backward,
    rms_norm, rms_norm_backward, rms_norm_backward_parameters, row_exponentials, softmax, softmax_backward,
    softmax_inplace,
};
pub use team::Team;
pub use vector::{add, add_assign, add_relu, all_finite, axpy, dot, fill, scale, sum_of_squares};
