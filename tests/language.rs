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

    /// Lines in braces: a body that gives another shape, bodies that are repeated, names in files that go on counting.
    struct Bodies: [6] -> [2] {
        #[name = "layers.0"]
        down: Sequential { fc: Dense(4) + Tanh, norm: LayerNorm, sum: Add + Tanh from (norm, fc) },
        #[name = "layers.1.."]
        rest: [Sequential { fc: Dense(4) + Tanh, cut: Sequential { narrow: Dense(2), wide: Dense(4) } }; 2],
        tail: [Residual { fc: Dense(4) + Tanh }; WIDTH / 2],
        #[name = ""]
        head: Sequential { fc: Dense(3) + Tanh, #[name = ""] out: Sequential { logits: Dense(2) } },
    }

    /// Along sequences, whose steps and sizes come from lines, const items and nested networks.
    struct Sequences: [2, 9] -> [WIDTH, 4] {
        steps: Reshape([WIDTH, 3]),
        states: Lstm(3 -> 5),
        both: Gru(WIDTH, bidirectional = true, bias = false),
        tags: Tagger,
        along: Dense(4) + Tanh,
        last: Rnn(4),
    }

    /// A state that is given: two steps with the same weights, then other cells.
    struct Steps: (x: [3], state: [2, 4]) -> (h: [5], next: [2, 4]) {
        first: LstmCell(3 -> 4) from (x, state),
        next: same_as first from (x, first),
        all: Flatten from next,
        before: Dense(5) from all,
        again: GruCell(5, bias = false) from (x, before),
        h: RnnCell(5) from (all, again),
    }

    struct Tagger: [WIDTH, 2 * WIDTH] -> [WIDTH, 3] { tags: Rnn(3) }

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
    assert_eq!(Bodies::PARAMS, (28 + 8) + 2 * (20 + 10 + 12) + 3 * 20 + 15 + 8);
    let (tags, both) = (3 * (12 + 3 + 2), 2 * 3 * 6 * (5 + 6));
    assert_eq!(Sequences::PARAMS, 4 * 5 * (3 + 5 + 2) + both + tags + 3 * 4 + 4 + 4 * (4 + 4 + 2));
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
    check::gradients(&mut Bodies::seeded(7), &options).unwrap();
    check::gradients(&mut Lines::seeded(6), &options).unwrap();
    check::gradients(&mut Sequences::seeded(8), &options).unwrap();
    check::gradients(&mut Steps::seeded(9), &options).unwrap();
}

#[test]
fn bits_do_not_depend_on_threads() {
    check::threads(&mut Chain::seeded(1), 33).unwrap();
    check::threads(&mut Branches::seeded(2), 33).unwrap();
    check::threads(&mut Residuals::seeded(3), 33).unwrap();
    check::threads(&mut Nested::seeded(4), 33).unwrap();
    check::threads(&mut Heads::seeded(5), 33).unwrap();
    check::threads(&mut Bodies::seeded(7), 33).unwrap();
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
    let bodies = Bodies::default();
    let found = names(&|each| bodies.tensors(&Path::ROOT, each));
    let expected = ["layers.0.fc.weight", "layers.1.fc.weight", "layers.1.cut.narrow.weight", "layers.2.cut.wide.bias"];
    assert_eq!([0, 4, 6, 15].map(|i| found[i].as_str()), expected);
    assert_eq!(found[16..18], ["tail.0.fc.weight", "tail.0.fc.bias"]);
    assert_eq!(found[22..], ["fc.weight", "fc.bias", "logits.weight", "logits.bias"]);
    assert_eq!(bodies.rest[1].cut.narrow.weight.shape().dims(), [2, 4]);
    let mut grads = bodies.grads();
    let mut paths = Vec::new();
    Bodies::gradients(&mut grads, &Path::ROOT, &mut |path, _| paths.push(path.to_string()));
    assert_eq!(paths, found);
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
