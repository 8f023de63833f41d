//! The smaller networks with pretrained weights.

use crate::{Reference, assert_written_as_read, inside, outside};
use nn::prelude::*;
use nn::zoo::{CrepeTiny, KerasMnist, LeNet5, MnistCnn, ResNet20, UNet};

#[test]
fn sizes() {
    assert_eq!(LeNet5::PARAMS, 61_706);
    assert_eq!(KerasMnist::PARAMS, 1_199_882);
    assert_eq!(MnistCnn::PARAMS, 376_870);
    assert_eq!(ResNet20::PARAMS, 272_474);
    assert_eq!(UNet::PARAMS, 118_305);
    assert_eq!(CrepeTiny::PARAMS, 486_552);
}

#[test]
fn mnist_cnn_is_as_in_pytorch() {
    let reference = Reference::read(inside("mnist-cnn", "reference.safetensors"));
    let net = MnistCnn::load(inside("mnist-cnn", "model.safetensors")).unwrap();
    let images: Batch<[[[f32; 28]; 28]; 1]> = reference.batch("input");
    reference.assert_close("log_softmax", net.predict(&images).flat());
    assert_written_as_read(&net, inside("mnist-cnn", "model.safetensors"));
    reference.assert_close("log_softmax", net.prepare(16).predict(&images).as_flattened());
}

/// How many of the first 500 test images of MNIST the network reads.
fn read_digits(net: &MnistCnn) -> usize {
    let (_, test) =
        nn::data::mnist::<[[[f32; 28]; 28]; 1]>(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist")).unwrap();
    let mut images = Batch::from_samples(&test.x()[..500]);
    images.flat_mut().iter_mut().for_each(|x| *x = (*x - 0.1307) / 0.3081);
    let found = net.predict(&images);
    let best = |scores: &[f32; 10]| (0..10).max_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize])).unwrap();
    found.iter().zip(test.y()).filter(|(scores, label)| best(scores) == **label).count()
}

#[test]
fn mnist_cnn_reads_digits() {
    let right = read_digits(&MnistCnn::load(inside("mnist-cnn", "model.safetensors")).unwrap());
    assert!(right >= 490, "{right} of 500 digits");
}

/// Another training run than that of `model.safetensors`, which reads 98.8 % of the digits.
#[test]
fn mnist_cnn_loads_a_pickle() {
    let Some(path) = outside("mnist-cnn", "mnist.pt") else { return };
    let right = read_digits(&MnistCnn::load(path).unwrap());
    assert!(right >= 485, "{right} of 500 digits");
}

#[test]
fn crepe_is_as_in_pytorch() {
    let files = ["model.safetensors", "reference.safetensors"].map(|file| outside("crepe-tiny", file));
    let [Some(weights), Some(reference)] = files else { return };
    let reference = Reference::read(reference);
    let net = CrepeTiny::load(&weights).unwrap();
    let frames: Batch<[f32; 1024]> = reference.batch("input");
    let likely = net.predict(&frames);
    reference.assert_close("output", likely.flat());
    // Sines of 110, 220, 440 and 880 Hz.
    for (likely, expected) in likely.iter().zip([110.4, 220.8, 441.5, 883.1]) {
        let best = (0..360).max_by(|&a, &b| likely[a].total_cmp(&likely[b])).unwrap();
        let found = CrepeTiny::frequency(best);
        assert!((found - expected).abs() < 0.1, "{found} Hz instead of {expected}");
    }
    assert_written_as_read(&net, weights);
}
