//! The language of `network!`: every construct declared, predicted, and its gradients checked by finite differences.

use nn::{Network, Parameters, Path, check, network};

const WIDTH: usize = 6;

network! {
    /// A chain with everything that has one source.
    #[derive(Clone)]
    pub struct Chain: [2, 4] -> [3] {
        flat: Flatten,
        hidden: Dense(8 -> 2 * WIDTH) + Tanh,
        norm: LayerNorm,
        shaped: Reshape([3, 4]),
        again: Flatten,
        drop: Dropout(0.5),
        slope: PRelu,
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
            norm: LayerNorm,
            inner: Residual { fc: Dense(4) + Tanh },
            fc: Dense(4),
        },
        head: Dense(2) + Softmax,
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
        out: LogSoftmax,
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
    assert_eq!(Chain::PARAMS, 8 * 12 + 12 + 24 + 12 + 12 * 3);
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

#[test]
fn tensors_have_the_names_of_lines() {
    let names = |net: &dyn Fn(nn::Each<'_>)| {
        let mut names = Vec::new();
        net(&mut |path, _, _| names.push(path.to_string()));
        names
    };
    let nested = Nested::default();
    let found = names(&|each| nested.tensors(&Path::ROOT, each));
    assert_eq!(found[..4], ["down.weight", "down.bias", "blocks.0.fc.weight", "blocks.0.fc.bias"]);
    assert_eq!(found[8..], ["single.fc.weight", "single.fc.bias", "first.weight", "first.bias"]);
    let residuals = Residuals::default();
    let found = names(&|each| residuals.tensors(&Path::ROOT, each));
    assert_eq!(found[..4], ["block.norm.weight", "block.norm.bias", "block.inner.fc.weight", "block.inner.fc.bias"]);
    let named = Named::default();
    let found = names(&|each| named.tensors(&Path::ROOT, each));
    assert_eq!(found, ["backbone.0.fc.weight", "backbone.0.fc.bias", "head.weight", "head.bias"]);
}

#[test]
fn the_mirror_has_the_names_of_lines() {
    let mut rates = Nested::per_layer(1.0_f32);
    rates.blocks[1].fc = 0.1;
    rates.down = 0.0;
    let mut seen = Vec::new();
    Nested::map_layers(rates, &Path::ROOT, &mut |path, rate| seen.push(format!("{path} {rate}")));
    assert_eq!(seen, ["down 0", "blocks.0.fc 1", "blocks.1.fc 0.1", "blocks.2.fc 1", "single.fc 1", "first 1"]);
}

#[test]
fn an_activation_on_a_line_of_its_own_is_computed_with_the_layer_above() {
    let net = Lines::seeded(0);
    let _: &nn::layers::Dense<[f32; 3], [f32; 4], nn::layers::Relu> = &net.hidden;
    let y = net.predict(&[[1.0, -2.0, 3.0]]);
    let sum: f32 = y[0].iter().map(|log| log.exp()).sum();
    assert!((sum - 1.0).abs() < 1e-6, "{y:?} is no distribution");
}

#[test]
fn the_summary_shows_every_line() {
    let text = Chain::default().summary().to_string();
    for line in ["flat", "hidden", "norm", "shaped", "again", "drop", "slope", "logits"] {
        assert!(text.contains(line), "no line {line} in\n{text}");
    }
}
