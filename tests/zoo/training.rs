//! What is not pretrained learns.

use nn::prelude::*;
use nn::random::Random;
use nn::zoo::{LeNet5, ResNet20, UNet};
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

/// Finds the squares in noise.
#[test]
fn unet_learns() {
    type Image = [[[f32; 64]; 64]; 1];
    let mut random = Random::new(3, "squares");
    let (mut x, mut y) = (Batch::<Image>::zeroed(16), Batch::<Image>::zeroed(16));
    for (i, (image, mask)) in x.iter_mut().zip(y.iter_mut()).enumerate() {
        let (top, left) = (i * 7 % 40, i * 13 % 40);
        for (row, column) in (0..64 * 64).map(|pixel| (pixel / 64, pixel % 64)) {
            let inside = (top..top + 20).contains(&row) && (left..left + 20).contains(&column);
            mask[0][row][column] = f32::from(inside);
            image[0][row][column] = f32::from(inside) + 0.7 * random.normal() as f32;
        }
    }
    let data = Samples::new(x, y).unwrap();
    let mut trainer =
        Trainer::new(UNet::seeded(1), BinaryCrossEntropy::default(), Adam { lr: 1e-2, ..Adam::default() });
    let fit = Fit { epochs: 12, batch_size: 4, progress: Progress::Silent, ..Fit::default() };
    let losses = trainer.fit(&data, &fit).unwrap().values("loss");
    assert!(losses[11] < 0.2 * losses[0], "{losses:?}");
    let found = trainer.predict(data.x());
    let right =
        found.flat().iter().zip(Image::flat(data.y())).filter(|(score, mask)| (**score > 0.0) == (**mask > 0.5));
    let part = right.count() as f64 / found.flat().len() as f64;
    assert!(part > 0.95, "{part} of the pixels");
}
