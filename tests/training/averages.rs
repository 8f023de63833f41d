//! Averages of the weights on the way.

use crate::{Line, QUIET, line, sgd};
use nn::data::{Dataset, Samples};
use nn::layers::BatchNorm1d;
use nn::loss::MeanSquaredError;
use nn::random::Random;
use nn::storage::{Checkpoint, Rotation};
use nn::train::{Checkpoints, EarlyStopping, Ema, Every, Fit, Swa, Trainer};
use nn::{Parameters, network};
use std::sync::{Arc, Mutex};

fn fit(epochs: usize) -> Fit<'static, [f32; 3], [f32; 1]> {
    Fit { epochs, batch_size: 8, progress: QUIET, ..Fit::default() }
}

fn weights(net: &Line) -> Vec<f32> {
    [net.out.weight.values(), net.out.bias.values()].concat()
}

type Seen = Arc<Mutex<Vec<Vec<f32>>>>;

/// A trainer that writes down the weights after every batch.
fn watched(lr: f64) -> (Trainer<Line, MeanSquaredError, nn::optim::Sgd, [f32; 1]>, Seen) {
    let seen = Seen::default();
    let sink = seen.clone();
    let trainer = Trainer::new(Line::seeded(3), MeanSquaredError, sgd(lr))
        .on_batch_end(move |view| sink.lock().unwrap().push(weights(view.network)));
    (trainer, seen)
}

fn assert_close(found: &[f32], expected: &[f64]) {
    let close = found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6);
    assert!(close && found.len() == expected.len(), "{found:?}, not {expected:?}");
}

#[test]
fn an_exponential_average_is_measured_and_given_in_the_end() {
    let (data, validation) = (line(40, 1), line(24, 2));
    for warmup in [false, true] {
        let (trainer, seen) = watched(0.1);
        let mut trainer = trainer.ema(Ema { decay: 0.8, warmup });
        let history = trainer.fit(&data, &Fit { validation: Some(&validation), ..fit(3) }).unwrap();
        let seen = seen.lock().unwrap();
        let mut average: Vec<f64> = seen[0].iter().map(|w| f64::from(*w)).collect();
        for (n, weights) in seen.iter().enumerate().skip(1) {
            let decay = if warmup { 0.8_f64.min((1 + n) as f64 / (10 + n) as f64) } else { 0.8 };
            average.iter_mut().zip(weights).for_each(|(a, w)| *a = decay * *a + (1.0 - decay) * f64::from(*w));
        }
        assert_close(&weights(trainer.network()), &average);
        assert_ne!(weights(trainer.network()), seen[14]);
        let measured = trainer.evaluate(&validation).unwrap().loss();
        assert!((measured - history.values("val_loss")[2]).abs() < 1e-9);
    }
}

#[test]
fn the_best_epoch_and_the_best_checkpoint_are_those_of_the_average() {
    let (data, validation) = (line(40, 1), line(24, 2));
    let folder = std::env::temp_dir().join(format!("nn-average-{}", std::process::id()));
    let fit = Fit {
        validation: Some(&validation),
        // With this rate the loss swings, so that the best epoch is not the last.
        early_stopping: Some(EarlyStopping { patience: 9, ..EarlyStopping::default() }),
        checkpoints: Some(Checkpoints { best: Some("val_loss"), ..Checkpoints::new(&folder) }),
        ..fit(10)
    };
    let (trainer, _) = watched(0.9);
    let mut trainer = trainer.ema(Ema { decay: 0.5, warmup: false });
    let history = trainer.fit(&data, &fit).unwrap();
    let losses = history.values("val_loss");
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(least < losses[losses.len() - 1], "{losses:?}");
    assert!((trainer.evaluate(&validation).unwrap().loss() - least).abs() < 1e-9);
    let best = Checkpoint::read(Rotation::new(&folder).best().unwrap()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    best.load_network(trainer.network_mut()).unwrap();
    assert!((trainer.evaluate(&validation).unwrap().loss() - least).abs() < 1e-9);
}

#[test]
fn the_mean_of_places() {
    let data = line(40, 1);
    // Five steps an epoch.
    for (swa, places) in [
        (Swa { start: 2, every: Every::Epochs(1) }, vec![14, 19, 24, 29]),
        (Swa { start: 1, every: Every::Epochs(3) }, vec![9, 24]),
        (Swa { start: 4, every: Every::Steps(4) }, vec![23, 27]),
    ] {
        let (trainer, seen) = watched(0.1);
        let mut trainer = trainer.swa(swa);
        trainer.fit(&data, &fit(6)).unwrap();
        let seen = seen.lock().unwrap();
        let mean = |i: usize| places.iter().map(|&place| f64::from(seen[place][i])).sum::<f64>() / places.len() as f64;
        assert_close(&weights(trainer.network()), &(0..4).map(mean).collect::<Vec<_>>());
    }
}

network! {
    #[derive(Clone)]
    struct Normed: [3] -> [1] {
        first: BatchNorm1d,
        hidden: Dense(8),
        second: BatchNorm1d,
        act: Tanh,
        out: Dense(1),
    }
}

/// Means and variances of the features of a batch.
fn statistics<const N: usize>(x: &[[f32; N]]) -> (Vec<f64>, Vec<f64>) {
    let n = x.len() as f64;
    let mean: Vec<f64> = (0..N).map(|i| x.iter().map(|x| f64::from(x[i])).sum::<f64>() / n).collect();
    let square = |i: usize| x.iter().map(|x| (f64::from(x[i]) - mean[i]).powi(2)).sum::<f64>() / (n - 1.0);
    let variance = (0..N).map(square).collect();
    (mean, variance)
}

fn assert_statistics<const N: usize, A>(norm: &BatchNorm1d<[f32; N], A>, batches: [&[[f32; N]]; 2]) {
    let [(mean, variance), (other_mean, other_variance)] = batches.map(statistics);
    let halves = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect::<Vec<_>>();
    let close = |found: &[f32], expected: Vec<f64>| {
        assert!(found.iter().zip(&expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4), "{found:?} {expected:?}");
    };
    close(norm.running_mean.values(), halves(mean, other_mean));
    close(norm.running_var.values(), halves(variance, other_variance));
}

#[test]
fn statistics_belong_to_the_mean_of_the_weights() {
    let mut random = Random::new(4, "averages");
    let x: Vec<[f32; 3]> = (0..32).map(|_| std::array::from_fn(|_| 5.0 + 3.0 * random.normal() as f32)).collect();
    let y: Vec<[f32; 1]> = x.iter().map(|x| [x[0] * 0.3 - x[1]]).collect();
    let data = Samples::new(x.clone(), y).unwrap();
    let mut trainer =
        Trainer::new(Normed::seeded(1), MeanSquaredError, sgd(0.05)).swa(Swa { start: 1, every: Every::Epochs(1) });
    trainer.fit(&data, &Fit { epochs: 4, batch_size: 16, progress: QUIET, ..Fit::default() }).unwrap();
    // Each batch is normalised by its own statistics before the second layer sees it.
    let net = trainer.network();
    let halves = [&x[..16], &x[16..]];
    assert_statistics(&net.first, halves);
    let inner = halves.map(|x| {
        let (mut alone, mut workspace) = (net.clone(), nn::Workspace::new(16));
        let mut kept = Vec::new();
        workspace.forward_train(&alone, x).outputs(&mut |path, values| {
            if path.to_string() == "hidden" {
                kept = values.as_chunks::<8>().0.to_vec();
            }
        });
        workspace.commit(&mut alone);
        kept
    });
    assert_statistics(&net.second, [&inner[0], &inner[1]]);

    // Frozen statistics stay.
    let start = Normed::seeded(1);
    let frozen = NormedPerLayer { first: false, ..Normed::per_layer(true) };
    let mut trainer = Trainer::new(start.clone(), MeanSquaredError, sgd(0.05))
        .train_only(frozen)
        .swa(Swa { start: 1, every: Every::Epochs(1) });
    trainer.fit(&data, &Fit { epochs: 2, batch_size: 16, progress: QUIET, ..Fit::default() }).unwrap();
    assert_eq!(trainer.network().first.running_mean, start.first.running_mean);
    assert_ne!(trainer.network().second.running_mean, start.second.running_mean);
}

#[test]
fn averages_that_make_no_sense() {
    let data = line(8, 1);
    let said = |ema: Option<Ema>, swa: Option<Swa>, early_stopping| {
        let trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
        let trainer = ema.into_iter().fold(trainer, |trainer, ema| trainer.ema(ema));
        let mut trainer = swa.into_iter().fold(trainer, |trainer, swa| trainer.swa(swa));
        let fit = Fit { validation: Some(&data as &dyn Dataset<_, _>), early_stopping, ..fit(3) };
        trainer.fit(&data, &fit).unwrap_err().to_string()
    };
    assert!(said(Some(Ema { decay: 1.0, warmup: false }), None, None).starts_with("Ema::decay: 1 is no rate"));
    let swa = Swa { start: 3, every: Every::Epochs(1) };
    assert_eq!(said(None, Some(swa), None), "Swa::start: 3 epochs pass before the first place, but there are 3 in all");
    assert!(said(None, Some(Swa { start: 1, every: Every::Steps(0) }), None).starts_with("Swa::every: 0"));
    let early = Some(EarlyStopping::default());
    assert!(said(None, Some(Swa { start: 1, ..swa }), early).contains("set `EarlyStopping::restore_best` to false"));
}
