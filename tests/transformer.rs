//! Networks over sequences of vectors: attention, normalisation, and layers position by position.

use nn::check::{Options, gradients, threads};
use nn::prelude::*;
use nn::random::Random;
use nn::storage::{Mode, SafeTensors, load_bytes, to_bytes};
use nn::{Layer, Path, Sample, Team};
use std::sync::Arc;

network! {
    /// `nn.TransformerEncoderLayer(16, 4, 32, 0.0, "gelu", batch_first=True)`, with its names.
    struct EncoderLayer: [7, 16] -> [7, 16] {
        self_attn: MultiHeadAttention(4),
        attended:  Add from (self_attn, input),
        norm1:     LayerNorm,
        linear1:   Dense(32) + Gelu,
        linear2:   Dense(16),
        fed:       Add from (linear2, norm1),
        norm2:     LayerNorm,
    }
}

network! {
    /// A block of a network that writes text.
    struct Block: [10, 16] -> [10, 16] {
        attention: Residual { norm: LayerNorm, heads: MultiHeadAttention(4, causal = true) },
        feed:      Residual { norm: LayerNorm, up: Dense(64) + Gelu, down: Dense(16) },
    }

    struct Writer: [10, 3] -> [10, 3] {
        embed:  Dense(16),
        blocks: [Block; 4],
        norm:   LayerNorm,
        scores: Dense(3),
    }

    struct Tuned: [10, 3] -> [10, 3] {
        #[frozen]
        embed:  Dense(16),
        look:   Residual { norm: LayerNorm, #[frozen] heads: MultiHeadAttention(heads = 2, bias = false) },
        #[lora(rank = 4)]
        up:     Dense(24) + Gelu,
        scores: Dense(3),
    }
}

const TOLERANCE: f32 = 1e-5;

fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= TOLERANCE * largest, "{what}: {found} instead of {expected}");
    }
}

#[test]
fn an_encoder_layer_is_that_of_pytorch() {
    let path = format!("{}/tests/reference/cases/encoder_layer.safetensors", env!("CARGO_MANIFEST_DIR"));
    let case = SafeTensors::read(path).unwrap();
    let floats = |name: &str| case.floats(name).unwrap();
    let mut net = EncoderLayer::default();
    net.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        let name = format!("param.{path}");
        assert_eq!(case.shape(&name), Some(tensor.shape().dims()), "{name}");
        tensor.set(&floats(&name)).unwrap();
    });
    let x = Batch::<[[f32; 16]; 7]>::from_flat(&floats("x")).unwrap();
    let (mut gradients, mut dx) = (net.grads(), Batch::<[[f32; 16]; 7]>::zeroed(x.len()));
    let mut workspace = Workspace::new(x.len()).keep_input_gradient();
    let pass = workspace.forward_train(&net, &x);
    assert_close("y", pass.output().as_flattened().as_flattened(), &floats("y"));
    let scored = pass.loss_with(|_, dy| {
        Sample::flat_mut(dy).copy_from_slice(&floats("dy"));
        0.0
    });
    scored.backward_to_input(&mut gradients, &mut dx);
    assert_close("dx", dx.flat(), &floats("dx"));
    let mut compared = 0;
    EncoderLayer::gradients(&mut gradients, &Path::ROOT, &mut |path, gradient| {
        assert_close(&path.to_string(), &gradient.to_vec(), &floats(&format!("grad.{path}")));
        compared += 1;
    });
    assert_eq!(compared, case.names().filter(|name| name.starts_with("grad.")).count());
}

#[test]
fn gradients_are_right_and_threads_change_nothing() {
    let options = Options { elements: 10, ..Options::default() };
    gradients(&mut EncoderLayer::seeded(1), &options).unwrap();
    gradients(&mut Block::seeded(2), &options).unwrap();
    gradients(&mut Tuned::seeded(3), &options).unwrap();
    threads(&mut Writer::seeded(4), 33).unwrap();
}

type Sequence = [[f32; 3]; 10];

/// Sequences of random vectors, and at each position the vector before it.
fn data(count: usize) -> (Batch<Sequence>, Batch<Sequence>) {
    let mut random = Random::new(5, "sequences");
    let x: Vec<Sequence> =
        (0..count).map(|_| std::array::from_fn(|_| std::array::from_fn(|_| random.normal() as f32))).collect();
    let before = |x: &Sequence, t: usize, i: usize| if t == 0 { 0.0 } else { x[t - 1][i] };
    let y: Vec<Sequence> =
        x.iter().map(|x| std::array::from_fn(|t| std::array::from_fn(|i| before(x, t, i)))).collect();
    (Batch::from_samples(&x), Batch::from_samples(&y))
}

/// Losses of some steps with what learns.
fn losses<N>(net: &mut N, layers: N::PerLayer<bool>, steps: usize) -> Vec<f64>
where
    N: Layer<In = Sequence, Out = Sequence, Gives = nn::Scores>,
{
    let (x, y) = data(48);
    let mut workspace = Workspace::with_team(x.len(), Arc::new(Team::new(2)));
    workspace.set_trainable(layers);
    let mut gradients = net.grads();
    let mut optimizer = Adam { lr: 3e-3, ..Adam::default() }.stepper(net);
    let mut losses = Vec::new();
    for _ in 0..steps {
        let scored = workspace.forward_train(net, &x).loss(&MeanSquaredError, &y);
        losses.push(scored.value());
        scored.backward(&mut gradients);
        optimizer.step(net, &mut gradients, workspace.team()).unwrap();
    }
    losses
}

#[test]
fn what_stands_before_can_be_learned_by_attention_alone() {
    let mut net = Writer::seeded(6);
    let with = losses(&mut net, Writer::per_layer(true), 120);
    assert!(with[119] < 0.2 * with[0], "{} after {}", with[119], with[0]);

    // No position sees a later one.
    let (x, _) = data(1);
    let (mut other, y) = (x.clone(), net.predict(&x));
    other[0][6] = [3.0, -1.0, 2.0];
    let changed = net.predict(&other);
    assert_eq!(y[0][..6], changed[0][..6]);
    assert!(y[0][6..].iter().zip(&changed[0][6..]).all(|(y, changed)| y != changed));
}

#[test]
fn files_and_prepared_networks_give_the_same() {
    let net = Writer::seeded(7);
    let (x, _) = data(5);
    let expected = net.predict(&x);
    let bytes = to_bytes(&net).unwrap();
    let names = SafeTensors::from_bytes(&bytes).unwrap();
    for (name, shape) in [("in_proj_weight", [48, 16]), ("out_proj.weight", [16, 16])] {
        assert_eq!(names.shape(&format!("blocks.3.attention.heads.{name}")), Some(&shape[..]));
    }
    let mut loaded = Writer::default();
    load_bytes(&mut loaded, &bytes, Mode::Strict).unwrap();
    assert_eq!(loaded.predict(&x), expected);
    assert_eq!(loaded.prepare(5).predict(&x), &expected[..]);
}

/// The tensors that some steps change.
fn moved<N>(mut net: N, layers: N::PerLayer<bool>) -> Vec<String>
where
    N: Layer<In = Sequence, Out = Sequence, Gives = nn::Scores>,
{
    let tensors = |net: &N| {
        let mut all = Vec::new();
        net.tensors(&Path::ROOT, &mut |path, _, tensor| all.push((path.to_string(), tensor.to_vec())));
        all
    };
    let before = tensors(&net);
    let losses = losses(&mut net, layers, 5);
    assert!(losses[4] < losses[0], "{losses:?}");
    let changed = before.into_iter().zip(tensors(&net)).filter(|(before, after)| before != after);
    changed.map(|((name, _), _)| name).collect()
}

#[test]
fn frozen_attention_keeps_less_and_passes_gradients_on() {
    let scores = WriterPerLayer { scores: true, ..Writer::per_layer(false) };
    // Only what goes into the last line is kept.
    assert_eq!(Writer::tape(scores, false).floats(48), 48 * 160);
    assert_eq!(moved(Writer::seeded(8), scores), ["scores.weight", "scores.bias"]);

    // Below frozen attention something learns.
    let expected =
        ["look.norm.weight", "look.norm.bias", "up.lora_A.weight", "up.lora_B.weight", "scores.weight", "scores.bias"];
    assert_eq!(moved(Tuned::seeded(9), Tuned::per_layer(true)), expected);
}
