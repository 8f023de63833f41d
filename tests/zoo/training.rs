//! What is not pretrained learns.

use nn::prelude::*;
use nn::random::Random;
use nn::zoo::{LeNet5, ResNet20};
use nn::{Layer, Sample, Scores};

/// Noise in which every class has a brighter spot of its own.
fn spots<S: Sample<Element = f32>>(count: usize) -> Samples<S, u32> {
    let mut random = Random::new(7, "spots");
    let mut x = Batch::<S>::zeroed(count);
    x.flat_mut().fill_with(|| 0.5 * random.normal() as f32);
    let labels: Batch<u32> = (0..count as u32).map(|i| i % 10).collect();
    for (image, label) in x.flat_mut().chunks_exact_mut(S::LEN).zip(labels.iter()) {
        let spot = *label as usize * S::LEN / 10;
        image[spot..spot + S::LEN / 10].iter_mut().for_each(|x| *x += 1.0);
    }
    Samples::new(x, labels).unwrap()
}

/// The part of the samples that the network tells apart after a few epochs, and the first and the last loss.
fn learn<N, S>(net: N, epochs: usize) -> (f64, Vec<f64>)
where
    N: Layer<In = S, Out = [f32; 10], Gives = Scores>,
    S: Sample<Element = f32>,
{
    let data = spots::<S>(80);
    let mut trainer = Trainer::new(net, CrossEntropy, Adam { lr: 2e-3, ..Adam::default() }).metric(Accuracy);
    let fit = Fit { epochs, batch_size: 16, progress: Progress::Silent, ..Fit::default() };
    let history = trainer.fit(&data, &fit).unwrap();
    (trainer.evaluate(&data).unwrap().values.get("accuracy").unwrap(), history.values("loss"))
}

#[test]
fn lenet_learns() {
    let (accuracy, losses) = learn(LeNet5::seeded(1), 15);
    assert!(accuracy > 0.9, "{accuracy} after {losses:?}");
}

#[test]
fn resnet_learns() {
    let (accuracy, losses) = learn(ResNet20::seeded(1), 10);
    assert!(losses[9] < 0.1 * losses[0] && accuracy > 0.9, "{accuracy} after {losses:?}");
}
