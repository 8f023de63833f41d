//! The language of `network!`: every construct declared, predicted, and its gradients checked by finite differences.

use nn::{Network, check, network};

const WIDTH: usize = 6;

network! {
    /// A chain with everything that has one source.
    #[derive(Clone)]
    pub struct Chain: [2, 4] -> [3] {
        flat: Flatten,
        hidden: Dense(8 -> 2 * WIDTH) + Tanh,
        norm: Tanh,
        shaped: Reshape([3, 4]),
        again: Flatten,
        drop: Identity,
        slope: Silu,
        logits: Dense(3, bias = false),
    }

    /// Several consumers, sums and joins.
    pub struct Branches: [5] -> [4] {
        stem: Dense(WIDTH) + Gelu,
        left: Dense(WIDTH) + Silu from stem,
        right: Dense(3) from stem,
        sum: Add from (stem, left),
        joined: Concat from (sum, right, input),
        out: Dense(4) from joined,
    }

    /// Residuals, one of them inside another.
    struct Residuals: [4] -> [2] {
        block: Residual {
            norm: Tanh,
            inner: Residual { fc: Dense(4) + Tanh },
            fc: Dense(4),
        },
        head: Dense(2) + Sigmoid,
    }

    struct Block: [4] -> [4] { fc: Dense(4) + Tanh }

    /// Networks inside networks, repeated, and weights used twice.
    struct Nested: [8] -> [4] {
        down: Dense(4),
        blocks: [Block; 3],
        single: Block,
        first: Dense(4) + Tanh,
        again: same_as first,
    }

    /// Several inputs and outputs, one of which is used by a line.
    struct Heads: (image: [4], age: [1]) -> (class: [3], size: [2]) {
        features: Dense(5) + Tanh from image,
        both: Concat from (features, age),
        class: Dense(3) from both,
        all: Concat from (both, class),
        size: Dense(2) from all,
    }

    /// Activations on lines of their own, the first of which is computed with the layer above.
    struct Lines: [3] -> [4] {
        hidden: Dense(4),
        act: Relu,
        soft: Softplus(beta = 2.0),
        out: LogSigmoid,
    }

    /// Names in files.
    struct Named: [2] -> [2] {
        #[name = "backbone.0.fc"]
        first: Dense(2),
        /// The head.
        #[name = "head"]
        second: Dense(2),
    }
}

#[test]
fn shapes_are_inferred_and_counted() {
    assert_eq!(Chain::PARAMS, 8 * 12 + 12 + 12 * 3);
    assert_eq!(Branches::PARAMS, (5 * 6 + 6) + (6 * 6 + 6) + (6 * 3 + 3) + (14 * 4 + 4));
    assert_eq!(Nested::PARAMS, 8 * 4 + 4 + 4 * 20 + 20);
    assert_eq!(Chain::seeded(0).predict(&[[[0.5; 4]; 2]; 3]).len(), 3);
}

#[test]
fn gradients_agree_with_finite_differences() {
    let options = check::Options::default();
    check::gradients(&mut Chain::seeded(1), &options).unwrap();
    check::gradients(&mut Branches::seeded(2), &options).unwrap();
    check::gradients(&mut Residuals::seeded(3), &options).unwrap();
    check::gradients(&mut Nested::seeded(4), &options).unwrap();
    check::gradients(&mut Heads::seeded(5), &options).unwrap();
    check::gradients(&mut Lines::seeded(6), &options).unwrap();
}

#[test]
fn bits_do_not_depend_on_threads() {
    check::threads(&mut Chain::seeded(1), 33).unwrap();
    check::threads(&mut Branches::seeded(2), 33).unwrap();
    check::threads(&mut Residuals::seeded(3), 33).unwrap();
    check::threads(&mut Nested::seeded(4), 33).unwrap();
    check::threads(&mut Heads::seeded(5), 33).unwrap();
}
