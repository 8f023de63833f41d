//! What is timed.

use nn::network;

network! {
    /// 784-128-64-10, the usual first network for MNIST.
    pub struct Mlp: [784] -> [10] {
        hidden1: Dense(128) + Relu,
        hidden2: Dense(64) + Relu,
        logits:  Dense(10),
    }

    /// The MNIST network of Keras' examples, without its dropout.
    pub struct Cnn: [1, 28, 28] -> [10] {
        conv1:  Conv2d(32, kernel = 3) + Relu,
        conv2:  Conv2d(64, kernel = 3) + Relu,
        pool:   MaxPool2d(2),
        flat:   Flatten,
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }

    /// ResNet-20 for images of 32 × 32 pixels (He et al., 2016), with convolutions in the shortcuts.
    pub struct Resnet20: [3, 32, 32] -> [10] {
        conv:   Conv2d(16, kernel = 3, padding = 1, bias = false),
        norm:   BatchNorm2d,
        relu:   Relu,
        first:  [Block16; 3],
        down2:  Down32,
        second: [Block32; 2],
        down3:  Down64,
        third:  [Block64; 2],
        pool:   GlobalAvgPool2d,
        logits: Dense(10),
    }

    struct Block16: [16, 32, 32] -> [16, 32, 32] {
        conv1: Conv2d(16, kernel = 3, padding = 1, bias = false),
        norm1: BatchNorm2d,
        relu1: Relu,
        conv2: Conv2d(16, kernel = 3, padding = 1, bias = false),
        norm2: BatchNorm2d,
        sum:   Add from (norm2, input),
        relu2: Relu,
    }

    struct Down32: [16, 32, 32] -> [32, 16, 16] {
        conv1: Conv2d(32, kernel = 3, stride = 2, padding = 1, bias = false),
        norm1: BatchNorm2d,
        relu1: Relu,
        conv2: Conv2d(32, kernel = 3, padding = 1, bias = false),
        norm2: BatchNorm2d,
        short: Conv2d(32, kernel = 1, stride = 2, bias = false) from input,
        norm3: BatchNorm2d,
        sum:   Add from (norm2, norm3),
        relu2: Relu,
    }

    struct Block32: [32, 16, 16] -> [32, 16, 16] {
        conv1: Conv2d(32, kernel = 3, padding = 1, bias = false),
        norm1: BatchNorm2d,
        relu1: Relu,
        conv2: Conv2d(32, kernel = 3, padding = 1, bias = false),
        norm2: BatchNorm2d,
        sum:   Add from (norm2, input),
        relu2: Relu,
    }

    struct Down64: [32, 16, 16] -> [64, 8, 8] {
        conv1: Conv2d(64, kernel = 3, stride = 2, padding = 1, bias = false),
        norm1: BatchNorm2d,
        relu1: Relu,
        conv2: Conv2d(64, kernel = 3, padding = 1, bias = false),
        norm2: BatchNorm2d,
        short: Conv2d(64, kernel = 1, stride = 2, bias = false) from input,
        norm3: BatchNorm2d,
        sum:   Add from (norm2, norm3),
        relu2: Relu,
    }

    struct Block64: [64, 8, 8] -> [64, 8, 8] {
        conv1: Conv2d(64, kernel = 3, padding = 1, bias = false),
        norm1: BatchNorm2d,
        relu1: Relu,
        conv2: Conv2d(64, kernel = 3, padding = 1, bias = false),
        norm2: BatchNorm2d,
        sum:   Add from (norm2, input),
        relu2: Relu,
    }

    /// 10-45-45-10: too small for a second thread to help.
    pub struct Tiny: [10] -> [10] {
        hidden1: Dense(45) + Relu,
        hidden2: Dense(45) + Relu,
        logits:  Dense(10),
    }

    /// Two layers of 4096, bound by memory and by products of large matrices.
    pub struct Wide: [1024] -> [10] {
        hidden1: Dense(4096) + Relu,
        hidden2: Dense(4096) + Relu,
        logits:  Dense(10),
    }

    /// The rows of a digit, read one after the other.
    pub struct Recurrent: [28, 28] -> [10] {
        lstm: Lstm(128),
        last: Last,
        scores: Dense(10),
    }

    /// A GPT of four blocks over 64 characters: matrix products, attention, normalisations.
    pub struct Gpt: [u32; 64] -> [64, 65] {
        token: Embedding(65, 128),
        position: PositionEmbedding,
        blocks: [GptBlock; 4],
        norm: LayerNorm,
        scores: Dense(65, bias = false),
    }

    struct GptBlock: [64, 128] -> [64, 128] {
        look: Residual {
            norm: LayerNorm,
            attention: MultiHeadAttention(heads = 4, causal = true),
        },
        think: Residual {
            norm: LayerNorm,
            up: Dense(512) + GeluTanh,
            down: Dense(128),
        },
    }
}
