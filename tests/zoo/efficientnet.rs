//! EfficientNet-Lite0 with its pretrained weights, and what it costs to have such a network in a debug build.

use crate::{Reference, TOLERANCE, assert_written_as_read, gradient, outside};
use nn::prelude::*;
use nn::storage::{Mode, Rename, Weights};
use nn::zoo::{EfficientNetLite0, EfficientNetLite0Features};
use nn::{Path, Team};
use std::sync::Arc;

const MODEL: &str = "efficientnet-lite0";

#[test]
fn sizes() {
    assert_eq!(EfficientNetLite0::PARAMS, 4_652_008);
    assert_eq!(EfficientNetLite0Features::PARAMS, 3_371_008);
    let mut running = 0;
    EfficientNetLite0::seeded(0).tensors(&Path::ROOT, &mut |_, role, tensor| {
        running += if role == nn::Role::Buffer { tensor.len() } else { 0 };
    });
    assert_eq!(running, 42_016);
}

#[test]
fn logits_and_features_are_those_of_pytorch() {
    let (Some(weights), Some(reference)) =
        (outside(MODEL, "model.safetensors"), outside(MODEL, "reference.safetensors"))
    else {
        return;
    };
    let reference = Reference::read(reference);
    let net = EfficientNetLite0::load(&weights).unwrap();
    let photos: Batch<[[[f32; 224]; 224]; 3]> = reference.batch("input");
    let logits = net.predict(&photos);
    reference.assert_close("logits", logits.flat());
    let best = |scores: &[f32]| (0..1000).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    // A palace and a daisy.
    assert_eq!(
        [best(&logits[0]), best(&logits[1])].map(Option::unwrap).map(|class| [698, 985].contains(&class)),
        [true; 2]
    );
    reference.assert_close("features", net.backbone.predict(&photos).flat());

    let mut prepared = net.prepare(2);
    reference.assert_close("logits", prepared.predict(&photos).as_flattened());

    let mut features = EfficientNetLite0Features::seeded(3);
    let weights = Weights::open(weights).unwrap().rename(&Rename::new().leave_out("_fc.*")).unwrap();
    weights.load_into(&mut features, Mode::Strict).unwrap();
    reference.assert_close("features", features.predict(&photos).flat());
}

#[test]
fn gradients_with_frozen_statistics_are_those_of_pytorch() {
    let files =
        ["model.safetensors", "reference.safetensors", "reference_grad.safetensors"].map(|file| outside(MODEL, file));
    let [Some(weights), Some(reference), Some(gradients)] = files else { return };
    let (reference, expected) = (Reference::read(reference), Reference::read(gradients));
    let net = EfficientNetLite0::load(weights).unwrap();
    let photos: Batch<[[[f32; 224]; 224]; 3]> = reference.batch("input");
    let mut workspace = Workspace::with_team(2, Arc::new(Team::new(2)));
    // Batch normalisation that does not learn behaves as in evaluation.
    let all = EfficientNetLite0::per_layer(true);
    workspace.set_trainable(EfficientNetLite0::map_layers(all, &Path::ROOT, &mut |path, _| {
        !path.to_string().contains("_bn")
    }));
    let mut grads = net.grads();
    let scored = workspace.forward_train(&net, &photos).loss(&CrossEntropy, &[985_u32, 832]);
    expected.assert_close("loss", &[scored.value() as f32]);
    scored.backward(&mut grads);
    // The derivative of ReLU6 jumps at 0 and 6, and of 10 million activations some are so near that rounding decides. PyTorch on another
    // machine, and in float64, is off by 0.0036 to 0.0079 of the largest value from these two references; the bias comes after all of them.
    for (name, tolerance) in
        [("_conv_stem.weight", 1e-2), ("_blocks.5._depthwise_conv.weight", 1e-2), ("_fc.bias", TOLERANCE)]
    {
        let found = gradient::<EfficientNetLite0>(&mut grads, name);
        expected.assert_within(tolerance, &format!("grad.{name}"), &found);
    }
}

#[test]
fn files_keep_their_names_and_bytes() {
    let Some(weights) = outside(MODEL, "model.safetensors") else { return };
    assert_written_as_read(&EfficientNetLite0::load(&weights).unwrap(), weights);
}

/// All of a network's life on a thread with the stack that tests have, whatever `RUST_MIN_STACK` says.
#[test]
fn two_mebibytes_of_stack_are_enough() {
    let life = || {
        let net = EfficientNetLite0::seeded(1);
        let mut other = Box::new(EfficientNetLite0::seeded(2));
        other.load_bytes(&net.to_bytes().unwrap()).unwrap();
        let photo = Batch::<[[[f32; 224]; 224]; 3]>::zeroed(1);
        let scores = other.predict(&photo);
        assert_eq!(scores.flat(), net.predict(&photo).flat());
        let mut trainer = Trainer::new(*other, CrossEntropy, Sgd { lr: 0.01, ..Sgd::default() });
        let data = Samples::new(photo.clone(), Batch::from_samples(&[3_u32])).unwrap();
        let fit = Fit { epochs: 1, batch_size: 1, progress: Progress::Silent, ..Fit::default() };
        let history = trainer.fit(&data, &fit).unwrap();
        assert_eq!(history.epochs().len(), 1);
        assert_eq!(net.prepare(1).predict(&photo).len(), 1);
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(life).unwrap().join().unwrap();
}
