//! Networks with low-rank adapters: files of Python's PEFT in both directions, merging, and what is refused.

mod alphas;
mod elsewhere;
mod files;
mod refused;
mod training;

use nn::network;

network! {
    /// The network of tests/reference/peft/generate.py, with the adapters of its case `patterns`.
    pub struct Adapted: [3, 8, 8] -> [4] {
        #[lora(rank = 4, alpha = 8, dropout = 0.1)]
        conv1: Conv2d(6, kernel = 3, padding = 1) + Relu,
        #[lora(rank = 2)]
        conv2: Conv2d(8, kernel = 3, stride = 2, bias = false) + Gelu,
        flat: Flatten,
        #[lora(rank = 4)]
        fc: Dense(16) + Tanh,
        head: Dense(4),
    }

    /// The same with those of its case `stabilized`.
    pub struct Stabilized: [3, 8, 8] -> [4] {
        conv1: Conv2d(6, kernel = 3, padding = 1) + Relu,
        conv2: Conv2d(8, kernel = 3, stride = 2, bias = false) + Gelu,
        flat: Flatten,
        #[lora(rank = 3)]
        fc: Dense(16) + Tanh,
        head: Dense(4),
    }

    /// The same with one rank for all, and no dropout.
    #[derive(Clone)]
    pub struct Twin: [3, 8, 8] -> [4] {
        #[lora(rank = 2, alpha = 4)]
        conv1: Conv2d(6, kernel = 3, padding = 1) + Relu,
        #[lora(rank = 2, alpha = 4)]
        conv2: Conv2d(8, kernel = 3, stride = 2, bias = false) + Gelu,
        flat: Flatten,
        #[lora(rank = 2, alpha = 4)]
        fc: Dense(16) + Tanh,
        head: Dense(4),
    }

    /// A network around one that was declared elsewhere.
    pub struct Around: [3, 8, 8] -> [4] {
        body: Plain,
        norm: LayerNorm,
        head: Dense(4),
    }

    /// A convolution in groups, and a line that is frozen by its type.
    pub struct Grouped: [4, 4, 4] -> [3] {
        conv: Conv2d(4, kernel = 3, groups = 2) + Relu,
        flat: Flatten,
        #[frozen]
        fixed: Dense(6) + Tanh,
        #[lora(rank = 2)]
        fc: Dense(4),
        head: Dense(3),
    }

    /// A mean over many places, with small gradients below it.
    pub struct Averaged: [3, 8, 8] -> [4] {
        #[lora(rank = 2, alpha = 4)]
        conv: Conv2d(8, kernel = 3, padding = 1) + Tanh,
        pool: GlobalAvgPool2d,
        head: Dense(4),
    }

    /// The network of `Adapted` without adapters.
    pub struct Plain: [3, 8, 8] -> [4] {
        conv1: Conv2d(6, kernel = 3, padding = 1) + Relu,
        conv2: Conv2d(8, kernel = 3, stride = 2, bias = false) + Gelu,
        flat: Flatten,
        fc: Dense(16) + Tanh,
        head: Dense(4),
    }
}
