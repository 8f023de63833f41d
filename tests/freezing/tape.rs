//! The tape above the lowest line that learns: only what the gradients that are wanted look at.

use nn::random::Random;
use nn::{Batch, Layer, Parameters, Path, Size, Value, Workspace, network};

network! {
    /// Frozen by flags.
    #[derive(Clone)]
    struct Chain: [6] -> [3] {
        stem: Dense(16),
        plain: Dense(24),
        bent: Dense(20) + Gelu,
        norm: BatchNorm1d,
        drop: Dropout(0.25),
        bounded: Dense(10) + Tanh,
        scores: Dense(3),
    }

    /// [`Chain`] with everything in the middle frozen by type.
    struct Middle: [6] -> [3] {
        stem: Dense(16),
        #[frozen]
        plain: Dense(24),
        #[frozen]
        bent: Dense(20) + Gelu,
        #[frozen]
        norm: BatchNorm1d,
        drop: Dropout(0.25),
        #[frozen]
        bounded: Dense(10) + Tanh,
        scores: Dense(3),
    }

    struct Inner: [16] -> [16] {
        up: Dense(40) + Gelu,
        down: Dense(16),
    }

    /// Networks, bodies and arrays between lines that learn.
    struct Nested: [6] -> [3] {
        stem: Dense(16) + Relu,
        inner: Inner,
        body: Residual { up: Dense(32) + Tanh, down: Dense(16) },
        blocks: [Inner; 3],
        scores: Dense(3),
    }

    struct Block: [4, 8, 8] -> [4, 8, 8] {
        conv: Conv2d(4, kernel = 3, padding = 1) + Silu,
        body: Residual { first: Conv2d(4, kernel = 1) + Relu, second: Conv2d(4, kernel = 3, padding = 1) },
    }

    /// One of every kind that has weights, and some that have none.
    struct Kinds: [2, 8, 8] -> [4] {
        stem: Conv2d(4, kernel = 3, padding = 1) + Gelu,
        blocks: [Block; 2],
        picked: Conv2d(8, kernel = 3, padding = 1) + Relu,
        pool: MaxPool2d(2),
        groups: GroupNorm(2),
        places: Reshape([8, 16]),
        look: MultiHeadAttention(4, causal = true),
        image: Reshape([8, 4, 4]),
        up: ConvTranspose2d(3, kernel = 2, stride = 2) + Tanh,
        means: AvgPool2d(2),
        flat: Flatten,
        wide: Dense(12) + Silu,
        soft: Softmax,
        #[lora(rank = 2)]
        adapted: Dense(12) + Tanh,
        sum: Add from (adapted, soft),
        slope: PRelu,
        norm: LayerNorm,
        out: Dense(4),
    }
}

fn values(lens: &[usize]) -> Size {
    lens.iter().fold(Size::NONE, |size, &len| size.plus(Size::per_sample(len)))
}

#[test]
fn what_a_frozen_line_takes_is_not_kept() {
    // What Gelu is applied to, and the output of Tanh, which its derivative and the weights above look at.
    let ends = ChainPerLayer { stem: true, scores: true, ..Chain::per_layer(false) };
    let expected = values(&[20, 10]);
    assert_eq!(Chain::tape(ends, false), expected);
    assert_eq!(Middle::tape(Middle::per_layer(true), false), expected);
    // Whether the gradient of the input is wanted makes no difference here.
    assert_eq!(Chain::tape(ends, true), expected);
    // Everything learns: what each line takes, and the statistics of the batch. Nobody looks at what goes into the dropout.
    let statistics = Size::fixed(20).times(3);
    assert_eq!(Chain::tape(Chain::per_layer(true), false), values(&[16, 24, 20, 20, 20, 10]).plus(statistics));

    // And that is what a workspace has.
    let mut workspace = Workspace::new(64);
    workspace.set_trainable(ends);
    let (net, x) = (Chain::default(), [[0.5; 6]; 64]);
    let _ = workspace.forward_train(&net, &x);
    assert_eq!(workspace.tape_bytes(), expected.bytes(64));
}

#[test]
fn networks_bodies_and_arrays_keep_as_little() {
    let scores = NestedPerLayer { scores: true, ..Nested::per_layer(false) };
    let ends = NestedPerLayer { stem: true, ..scores };
    let first = NestedPerLayer { inner: Inner::per_layer(true), ..scores };
    // Of an `Inner`, what Gelu is applied to; of the body what Tanh gives; what `stem` gives for its Relu, and what `scores` takes.
    assert_eq!(Nested::tape(scores, false), values(&[16]));
    assert_eq!(Nested::tape(ends, false), values(&[16, 40, 32, 40, 40, 40, 16]));
    // `inner` learns, with what both of its lines take.
    assert_eq!(Nested::tape(first, false), values(&[16, 40, 40, 32, 40, 40, 40, 16]));
}

/// Runs backward for many choices of what learns, with and without the gradient of the input: every gradient has the bits that it has where
/// everything learns.
fn bits_do_not_depend_on_what_else_learns<N: Layer>(net: &N, x: &<N::In as Value>::Owned) {
    let n = N::In::count(N::In::borrow(x));
    let mut random = Random::new(1, "dy");
    let dy: Vec<f32> = (0..n * N::Out::LEN).map(|_| random.normal() as f32).collect();
    let mut layers = 0;
    N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| layers += 1);
    let run = |choice: usize, dx: bool| {
        let (mut layer, mut workspace) = (0, Workspace::new(n));
        if dx {
            workspace = workspace.keep_input_gradient();
        }
        workspace.set_trainable(N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| {
            layer += 1;
            choice >> (layer - 1) & 1 == 1
        }));
        let scored = workspace.forward_train(net, N::In::borrow(x)).loss_with(|_, to| {
            N::Out::each_part_mut(to, &mut |_, part| part.copy_from_slice(&dy));
            0.0
        });
        let (mut gradients, mut input) = (net.grads(), N::In::zeroed(n));
        match dx {
            true => scored.backward_to_input(&mut gradients, N::In::borrow_mut(&mut input)),
            false => scored.backward(&mut gradients),
        }
        let (mut all, bits) = (Vec::new(), |values: &[f32]| values.iter().map(|value| value.to_bits()).collect());
        N::gradients(&mut gradients, &Path::ROOT, &mut |path, tensor| {
            all.push((path.to_string(), bits(tensor.values())));
        });
        let mut dx: Vec<u32> = Vec::new();
        N::In::each_part(N::In::borrow(&input), &mut |_, part| dx.extend(bits(part)));
        (all, dx, workspace.tape_bytes())
    };
    let everything = (1 << layers) - 1;
    let (expected, expected_dx, bytes) = run(everything, true);
    let expected: Vec<(String, Vec<u32>)> = expected;
    let ones = (0..layers).flat_map(|one| [1 << one, everything ^ 1 << one, everything << one & everything]);
    for choice in ones.chain([0, 0x5555 & everything, 0xaaaa & everything]) {
        for dx in [false, true] {
            let (found, found_dx, fewer) = run(choice, dx);
            assert!(fewer <= bytes);
            assert!(!dx || found_dx == expected_dx, "{choice:b}");
            for ((name, found), (_, expected)) in found.iter().zip(&expected) {
                let idle = found.iter().all(|bits| *bits == 0);
                assert!(idle || found == expected, "`{name}` where {choice:b} learns, input gradient: {dx}");
            }
            assert_eq!(choice == 0, found.iter().all(|(_, found)| found.iter().all(|bits| *bits == 0)), "{choice:b}");
        }
    }
}

#[test]
fn gradients_do_not_depend_on_what_else_learns() {
    let mut random = Random::new(2, "x");
    let mut x = Batch::<[f32; 6]>::zeroed(3);
    x.flat_mut().fill_with(|| random.normal() as f32);
    bits_do_not_depend_on_what_else_learns(&Nested::seeded(1), &x);
    let mut x = Batch::<[[[f32; 8]; 8]; 2]>::zeroed(2);
    x.flat_mut().fill_with(|| random.normal() as f32);
    let mut net = Kinds::seeded(1);
    // An adapter starts with B = 0, where A has no gradient.
    net.adapters_mut(&Path::ROOT, &mut |_, adapter| adapter.factors_mut()[1].values_mut().fill(0.25));
    bits_do_not_depend_on_what_else_learns(&net, &x);
}

#[test]
fn looking_inside_shows_what_training_does_not_keep() {
    let (net, x) = (Nested::seeded(1), [[0.5; 6]; 4]);
    let mut workspace = Workspace::new(4);
    workspace.set_trainable(NestedPerLayer { stem: true, scores: true, ..Nested::per_layer(false) });
    let mut names = Vec::new();
    workspace.forward_train(&net, &x).outputs(&mut |path, _| names.push(path.to_string()));
    assert_eq!(names, ["stem", "blocks.2.down", "scores"]);
    names.clear();
    workspace.inspect(&net, &x).outputs(&mut |path, values| {
        assert!(values.len() >= 4 && values.iter().all(|value| value.is_finite()));
        names.push(path.to_string());
    });
    let expected = [
        "stem",
        "inner.up",
        "inner.down",
        "body.up",
        "body.down",
        "body",
        "blocks.0.up",
        "blocks.0.down",
        "blocks.1.up",
        "blocks.1.down",
        "blocks.2.up",
        "blocks.2.down",
        "scores",
    ];
    assert_eq!(names, expected);
}
