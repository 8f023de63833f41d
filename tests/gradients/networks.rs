//! Networks that are larger than those of single tests, some of them wired at random.

use nn::network;

network! {
    /// Every activation, each with a layer below that it may be computed with and one above that tells its outputs apart.
    pub struct Activations: [12] -> [6] {
        identity: Dense(5) + Identity from input,
        relu: Dense(5) + Relu from input,
        leaky: Dense(5) + LeakyRelu(slope = 0.2) from input,
        elu: Dense(5) + Elu(alpha = 1.3) from input,
        selu: Dense(5) + Selu from input,
        sigmoid: Dense(5) + Sigmoid from input,
        tanh: Dense(5) + Tanh from input,
        softplus: Dense(5) + Softplus(beta = 2.0) from input,
        a: Concat from (identity, relu, leaky, elu, selu, sigmoid, tanh, softplus),
        gelu: Dense(5) + Gelu from input,
        gelu_tanh: Dense(5) + GeluTanh from input,
        silu: Dense(5) + Silu from input,
        mish: Dense(5) + Mish from input,
        hard_sigmoid: Dense(5) + HardSigmoid from input,
        hard_swish: Dense(5) + HardSwish from input,
        hard_tanh: Dense(5) + HardTanh(min = -0.5, max = 0.75) from input,
        relu6: Dense(5) + Relu6 from input,
        b: Concat from (gelu, gelu_tanh, silu, mish, hard_sigmoid, hard_swish, hard_tanh, relu6),
        softsign: Dense(5) + Softsign from input,
        log_sigmoid: Dense(5) + LogSigmoid from input,
        softmax: Dense(5) + Softmax from input,
        log_softmax: Dense(5) + LogSoftmax from input,
        slope: PRelu from input,
        c: Concat from (softsign, log_sigmoid, softmax, log_softmax, slope),
        all: Concat from (a, b, c),
        out: Dense(6),
    }

    /// Low-rank adapters in a body, in an array, on weights that are used twice, and over images.
    pub struct Adapted: [2, 4, 4] -> [5] {
        #[lora(rank = 2, alpha = 4, dropout = 0.2)]
        conv: Conv2d(4, kernel = 3, padding = 1, stride = 2) + Tanh,
        flat: Flatten,
        #[lora(rank = 3)]
        wide: Dense(8, bias = false) + Gelu,
        blocks: [AdaptedBlock; 2],
        body: Residual {
            #[lora(rank = 1, dropout = 0.3)]
            inner: Dense(8) + Silu,
        },
        #[lora(rank = 2)]
        first: Dense(8) + Sigmoid,
        again: same_as first,
        out: Dense(5),
    }

    pub struct AdaptedBlock: [8] -> [8] {
        norm: LayerNorm,
        #[lora(rank = 2, alpha = 1)]
        fc: Dense(8) + Elu,
    }

    /// Wired at random, once, with smooth functions only.
    pub struct WovenOne: [20] -> [7] {
        l0: Dense(16) + Gelu from input,
        l1: Dropout(0.25) from l0,
        l2: Dropout(0.25) from l1,
        l3: LayerNorm from l0,
        l4: Dense(16) + Sigmoid from l2,
        l5: LayerNorm from l3,
        l6: Dense(24) + Softplus from l5,
        l7: Dense(16) + Elu from l5,
        l8: Dense(16) from l2,
        l9: Dense(40) + Mish from l6,
        l10: LayerNorm from l9,
        l11: Dense(16) + GeluTanh from l9,
        l12: Dropout(0.25) from l10,
        l13: Dense(16) + Mish from l9,
        l14: Dropout(0.25) from l10,
        l15: Dense(31) + Gelu from l12,
        l16: Dense(40) + Softplus from l15,
        l17: Dense(16) from l16,
        all: Concat from (l4, l7, l8, l11, l13, l14, l17),
        out: Dense(7),
    }

    /// Wired at random, once.
    pub struct WovenTwo: [33] -> [5] {
        l0: Dense(16) + Elu from input,
        l1: Dense(16) + Mish from l0,
        l2: Dense(40) + Silu from l1,
        l3: LayerNorm from l2,
        l4: Residual { up: Dense(24) + GeluTanh, down: Dense(16) } from l1,
        l5: Residual { up: Dense(8) + Tanh, down: Dense(16) } from l1,
        l6: Concat from (l1, l2, l4),
        l7: Residual { up: Dense(24) + Silu, down: Dense(40) } from l2,
        l8: Dense(16) + Silu from l3,
        l9: Concat from (l3, l6),
        l10: Residual { up: Dense(24) + Silu, down: Dense(72) } from l6,
        l11: Dropout(0.25) from l8,
        l12: Residual { up: Dense(24) + Elu, down: Dense(16) } from l8,
        l13: Dense(31) + Mish from l12,
        l14: Dropout(0.25) from l10,
        l15: Dropout(0.25) from l13,
        l16: Residual { up: Dense(24) + GeluTanh, down: Dense(16) } from l12,
        l17: Dropout(0.25) from l13,
        l18: Residual { up: Dense(12) + GeluTanh, down: Dense(31) } from l17,
        l19: Dense(40) + Silu from l15,
        all: Concat from (l5, l7, l9, l11, l14, l16, l18, l19),
        out: Dense(5),
    }

    /// Wired at random, once.
    pub struct WovenThree: [16] -> [9] {
        l0: Dense(24) + Mish from input,
        l1: Dense(16) + Elu from input,
        l2: Dropout(0.25) from input,
        l3: LayerNorm from input,
        l4: Dense(40) + Mish from input,
        l5: LayerNorm from l1,
        l6: Dense(16) + Gelu from l3,
        l7: Dense(31) + GeluTanh from l5,
        l8: Dense(16) + Tanh from l3,
        l9: Dense(16) + Silu from l4,
        l10: Add from (l6, l5),
        l11: Dense(40) + Mish from l6,
        l12: LayerNorm from l8,
        l13: Dense(24) + Silu from l9,
        l14: Dense(16) + Elu from l10,
        l15: Add from (l13, l0),
        l16: Concat from (l11, l15),
        l17: Add from (l14, l6, l2, l9),
        l18: Dropout(0.25) from l17,
        l19: Dense(16) + Tanh from l13,
        l20: Concat from (l13, l17, l16),
        l21: Concat from (l18, l14, l17),
        l22: Dense(16) + Mish from l21,
        l23: Dense(24) + Elu from l18,
        l24: Residual { up: Dense(24) + Softplus, down: Dense(104) } from l20,
        l25: Dropout(0.25) from l19,
        all: Concat from (l7, l12, l22, l23, l24, l25),
        out: Dense(9),
    }

    pub struct Block: [48] -> [48] {
        body: Residual {
            norm: BatchNorm1d,
            inner: Residual { fc: Dense(48) + Gelu, drop: Dropout(0.1) },
            up: Dense(96) + Silu,
            down: Dense(48),
        },
        norm: LayerNorm,
    }

    /// Blocks within blocks, repeated.
    pub struct Deep: [6, 8] -> [10] {
        flat: Flatten,
        blocks: [Block; 2],
        between: Block,
        logits: Dense(10),
    }

    /// The same weights three times, with different inputs.
    pub struct Shared: [16] -> [4] {
        first: Dense(16) + Tanh,
        second: same_as first from first,
        sum: Add from (second, input),
        third: same_as first from sum,
        all: Concat from (first, second, third),
        out: Dense(4),
    }

    /// Layers that work at every position alike.
    pub struct Positions: [12, 16] -> [5] {
        norm: LayerNorm,
        up: Dense(24) + Gelu,
        down: Dense(16),
        sum: Add from (down, norm, input),
        cut: Reshape([8, 24]),
        mixed: Dense(8) + Tanh,
        flat: Flatten,
        out: Dense(5),
    }

    /// Networks in one with several inputs and outputs; an output that another line uses, an input that goes two ways.
    pub struct Patient: (image: [6, 8], blood: [9], age: [1]) -> (disease: [5], risk: [1], days: [2]) {
        seen: Scan from image,
        measured: Concat from (blood, age),
        hidden: Dense(24) + Silu,
        both: Concat from (seen, hidden, age),
        disease: Dense(5) from both,
        known: Concat from (both, disease),
        risk: Dense(1) from known,
        days: Dense(2) + Softplus from hidden,
    }

    pub struct Scan: [6, 8] -> [48] { flat: Flatten, block: Block, act: Tanh }

    pub struct Normed: [3, 24, 24] -> [1, 24, 24] {
        conv: Conv2d(1, kernel = 1),
        norm: BatchNorm2d,
    }
}
