//! How samples are put into batches does not change what is measured and learnt, whatever a loss divides by.

use crate::{QUIET, sgd};
use nn::data::Samples;
use nn::loss::{self, Accepts, CrossEntropy, Loss, NegativeLogLikelihood, Weighted};
use nn::metrics::MeanLoss;
use nn::random::Random;
use nn::train::{Fit, Trainer};
use nn::{Network, Scores, Value, network};

network! {
    #[derive(Clone)]
    struct Classes: [3] -> [3] {
        hidden: Dense(5) + Tanh,
        scores: Dense(3),
    }

    #[derive(Clone)]
    struct Logs: [3] -> [3] {
        scores: Dense(3),
        logs: LogSoftmax,
    }

    /// A class for each of two positions.
    #[derive(Clone)]
    struct Tagger: [2, 3] -> [2, 3] {
        scores: Dense(3),
    }

    #[derive(Clone)]
    struct Twins: [3] -> (left: [3], right: [3]) {
        hidden: Dense(5) + Tanh,
        left: Dense(3) from hidden,
        right: Dense(3) from hidden,
    }
}

/// Class 2 is rare, and weighs much; 9 is padding.
fn labels(count: usize, seed: u64) -> Vec<u32> {
    let mut random = Random::new(seed, "labels");
    (0..count).map(|_| [0, 0, 0, 1, 1, 2, 9, 9, 9][random.below(9)]).collect()
}

fn inputs(count: usize) -> Vec<[f32; 3]> {
    let mut random = Random::new(3, "inputs");
    (0..count).map(|_| core::array::from_fn(|_| random.normal() as f32)).collect()
}

fn padded() -> CrossEntropy {
    CrossEntropy { class_weights: vec![1.0, 2.5, 9.0], ignore_index: Some(9), ..CrossEntropy }
}

const COUNT: usize = 24;
/// Batch sizes, and over how many of them a step goes: always all samples.
const BATCHES: [(usize, usize); 5] = [(24, 1), (12, 2), (6, 4), (2, 12), (1, 24)];

/// Trains one step on all samples, in batches of all kinds, and compares what is measured before and learnt with one large batch.
fn same_in_all_batches<N, L, T>(net: &N, loss: &L, data: &Samples<N::In, T>)
where
    N: Network + Clone,
    L: Loss<N::Out, T> + Accepts<N::Gives> + Clone + 'static,
    T: Value,
{
    let out = net.predict(data.x());
    let whole = loss.loss(N::Out::borrow(&out), data.y(), nn::data::Dataset::weights(data), None);
    let mut learnt: Option<Vec<f32>> = None;
    for (batch_size, accumulate) in BATCHES {
        let fit =
            Fit { batch_size, accumulate, shuffle: false, validation: Some(data), progress: QUIET, ..Fit::default() };
        // With a learning rate of 0, every batch is measured by the same network.
        let mut still = Trainer::new(net.clone(), loss.clone(), sgd(0.0)).metric(MeanLoss::new("again", loss.clone()));
        let values = still.fit(data, &fit).unwrap().last().unwrap().values.clone();
        for name in ["loss", "again", "val_loss", "val_again"] {
            let value = values.get(name).unwrap();
            assert!((value - whole).abs() < 1e-6, "{name} in batches of {batch_size}: {value}, not {whole}");
        }
        let mut trainer = Trainer::new(net.clone(), loss.clone(), sgd(0.5));
        trainer.fit(data, &fit).unwrap();
        let mut weights = Vec::new();
        trainer.network().tensors(&nn::Path::ROOT, &mut |_, _, tensor| weights.extend_from_slice(tensor.values()));
        let expected = learnt.get_or_insert_with(|| weights.clone());
        let error = weights.iter().zip(&*expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(error < 1e-6, "{accumulate} batches of {batch_size}: {error}");
    }
}

#[test]
fn class_weights_and_padding() {
    let data = Samples::new(inputs(COUNT), labels(COUNT, 1)).unwrap();
    same_in_all_batches(&Classes::seeded(1), &padded(), &data);
    same_in_all_batches(&Classes::seeded(1), &Weighted { loss: padded(), weight: 0.3 }, &data);
    let loss = NegativeLogLikelihood { class_weights: vec![1.0, 2.5, 9.0], ignore_index: Some(9) };
    same_in_all_batches(&Logs::seeded(1), &loss, &data);
    let weights: Vec<f32> = (0..COUNT).map(|i| [0.0, 1.0, 3.5][i % 3]).collect();
    same_in_all_batches(&Classes::seeded(1), &padded(), &data.with_weights(weights).unwrap());
}

#[test]
fn positions_of_a_sample() {
    let x = inputs(2 * COUNT).chunks(2).map(|x| [x[0], x[1]]).collect::<Vec<_>>();
    let y = labels(2 * COUNT, 2).chunks(2).map(|y| [y[0], y[1]]).collect::<Vec<_>>();
    same_in_all_batches(&Tagger::seeded(1), &padded(), &Samples::new(x, y).unwrap());
}

#[test]
fn several_losses_with_one_divisor() {
    // Both leave out the same samples.
    let y = labels(COUNT, 3);
    let data = Samples::<[f32; 3], (u32, u32)>::from_owned(inputs(COUNT).into(), (y.clone().into(), y.into())).unwrap();
    let loss = TwinsLoss { left: padded(), right: Weighted { loss: padded(), weight: 2.0 } };
    same_in_all_batches(&Twins::seeded(1), &loss, &data);
}

#[test]
fn labels_that_do_not_count_at_all() {
    let data = Samples::new(inputs(4), [9, 9, 9, 0]).unwrap();
    let net = Classes::seeded(1);
    let last = loss::value(&padded(), &net.predict(&data.x()[3..]), &[0_u32]);
    let fit = Fit { batch_size: 1, shuffle: false, validation: Some(&data), progress: QUIET, ..Fit::default() };
    let history = Trainer::new(net, padded(), sgd(0.0)).fit(&data, &fit).unwrap();
    assert_eq!((history.values("loss")[0], history.values("val_loss")[0]), (last, last));
}

/// A loss of a user that says nothing of what it divides by.
#[derive(Clone)]
struct Own;

impl Accepts<Scores> for Own {}
impl Loss<[f32; 3], u32> for Own {
    fn loss(&self, x: &[[f32; 3]], y: &[u32], weights: Option<&[f32]>, gradient: Option<&mut [[f32; 3]]>) -> f64 {
        Loss::<[f32; 3], u32>::loss(&CrossEntropy, x, y, weights, gradient)
    }
}

#[test]
fn a_loss_that_says_nothing_counts_samples() {
    let y: Vec<u32> = labels(COUNT, 4).into_iter().map(|y| y % 3).collect();
    let data = Samples::new(inputs(COUNT), y).unwrap();
    same_in_all_batches(&Classes::seeded(1), &Own, &data);
    let weights: Vec<f32> = (0..COUNT).map(|i| [0.0, 1.0, 3.5][i % 3]).collect();
    same_in_all_batches(&Classes::seeded(1), &Own, &data.with_weights(weights).unwrap());
}

#[test]
fn several_losses_with_other_divisors_count_by_their_mean() {
    let left_out = || CrossEntropy { ignore_index: Some(9), ..CrossEntropy };
    let divisor = |loss: &(CrossEntropy, CrossEntropy), a: &[u32], b: &[u32]| {
        Loss::<([f32; 3], [f32; 3]), (u32, u32)>::divisor(loss, (a, b), None)
    };
    let padded = (left_out(), left_out());
    assert_eq!(divisor(&padded, &[0, 9, 9, 9], &[9, 1, 9, 9]), 1.0);
    // One label more or less changes little.
    assert_eq!(divisor(&padded, &[0, 1, 9, 9], &[9, 1, 9, 9]), 1.5);
    assert_eq!(divisor(&(left_out(), CrossEntropy), &[9, 9, 0, 9], &[0; 4]), 2.5);
}
