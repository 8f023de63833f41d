//! Networks over tokens and steps.

use crate::case::Case;
use nn::loss::CrossEntropy;
use nn::optim::{Adam, LayerSettings};
use nn::{Parameters, network};

network! {
    /// Two blocks as GPT has them.
    struct Gpt: [u32; 8] -> [8, 17] {
        token: Embedding(17, 16),
        position: PositionEmbedding,
        block0: Block,
        block1: Block,
        norm: LayerNorm,
        head: Dense(17, bias = false),
    }

    /// A classifier of what it has read.
    struct Recurrent: [9, 6] -> [4] {
        lstm: Lstm(12),
        last: Last,
        head: Dense(4),
    }

    struct Block: [8, 16] -> [8, 16] {
        #[name = ""]
        look: Residual {
            norm1: LayerNorm,
            attention: MultiHeadAttention(2, causal = true),
        },
        #[name = ""]
        think: Residual {
            norm2: LayerNorm,
            up: Dense(64) + GeluTanh,
            down: Dense(16),
        },
    }
}

#[test]
fn a_gpt() {
    let case = Case::read("train_gpt");
    let (x, target) = (case.integers::<[u32; 8]>("x"), case.integers::<[u32; 8]>("target"));
    let layers = Gpt::per_layer(LayerSettings::TRAINED);
    case.follow_from::<Gpt, _, _, _, _>(x, CrossEntropy, Adam::default(), &target, layers);
}

#[test]
fn a_recurrent_network() {
    let case = Case::read("train_lstm");
    let layers = Recurrent::per_layer(LayerSettings::TRAINED);
    case.follow::<Recurrent, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}
