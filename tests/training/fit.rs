//! `fit` and `evaluate`: what is learnt, what is measured.

use crate::{Line, QUIET, Xor, XorPerLayer, line, sgd, xor};
use nn::data::Samples;
use nn::loss::{CrossEntropy, MeanSquaredError, Weighted};
use nn::metrics::{Accuracy, Mae};
use nn::optim::{Adam, LayerSettings, Penalty};
use nn::random::Random;
use nn::schedule::{Exponential, Schedule};
use nn::storage::to_bytes;
use nn::train::{Fit, History, Trainer};
use nn::{Network, Parameters, network};

network! {
    struct Normed: [3] -> [1] {
        norm: BatchNorm1d,
        out: Dense(1),
    }

    /// Two inputs, two outputs.
    struct Heads: (image: [4], age: [1]) -> (class: [2], size: [1]) {
        features: Dense(8) + Tanh from image,
        class: Dense(2) from features,
        both: Concat from (features, age),
        size: Dense(1) from both,
    }
}

#[test]
fn xor_is_learnt() {
    let mut trainer = Trainer::new(Xor::seeded(1), CrossEntropy, Adam { lr: 0.05, ..Adam::default() }).metric(Accuracy);
    let data = xor();
    let history = trainer.fit(&data, &Fit { epochs: 200, batch_size: 4, progress: QUIET, ..Fit::default() }).unwrap();
    assert_eq!(history.last().unwrap().values.get("accuracy"), Some(1.0));
    let evaluation = trainer.evaluate(&data).unwrap();
    assert_eq!((evaluation.samples, evaluation.get("accuracy")), (4, Some(1.0)));
    assert!(evaluation.loss() < 0.05);
    let text = evaluation.to_string();
    assert!(text.starts_with("loss ") && text.ends_with(", accuracy 1.0000 (4 samples)"), "{text}");
    let scores = trainer.predict(data.x());
    assert_eq!(scores, trainer.network().predict(data.x()));
    assert_eq!(nn::metrics::measure(Accuracy, &scores, data.y()), 1.0);
}

#[test]
fn a_history_has_a_row_for_each_epoch() {
    let (train, validation) = (line(100, 1), line(40, 2));
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.05))
        .metric(Mae)
        .schedule(Exponential { gamma: 0.9 }.every(4));
    let fit = Fit { epochs: 3, validation: Some(&validation), progress: QUIET, ..Fit::default() };
    let history = trainer.fit(&train, &fit).unwrap();
    assert_eq!(history.names(), ["loss", "mae", "val_loss", "val_mae"]);
    assert_eq!(history.epochs().iter().map(|epoch| epoch.epoch).collect::<Vec<_>>(), [1, 2, 3]);
    let lrs: Vec<f64> = history.epochs().iter().map(|epoch| epoch.lr).collect();
    assert!(lrs.iter().zip([0.05, 0.045, 0.0405]).all(|(a, b)| (a - b).abs() < 1e-12), "{lrs:?}");
    let losses = history.values("val_loss");
    assert!(losses[2] < losses[0], "{losses:?}");

    // Validation is an evaluation.
    let evaluation = trainer.evaluate(&validation).unwrap();
    assert!((evaluation.loss() - losses[2]).abs() < 1e-6);

    let table = history.to_string();
    assert!(table.lines().nth(1).unwrap().contains("val_mae"), "{table}");
    assert_eq!(table.lines().count(), 3 + 3 + 1);
    assert_eq!(history.to_csv().lines().count(), 4);
    let json = history.to_json_lines().unwrap();
    assert_eq!(History::from_json_lines(&json).unwrap(), history);
    assert!(History::from_json_lines("{}").unwrap_err().to_string().starts_with("line 1 of a history"));

    // A second call goes on, with a history of its own; epochs are counted on.
    let again = trainer.fit(&train, &Fit { epochs: 1, progress: QUIET, ..Fit::default() }).unwrap();
    assert_eq!(again.last().unwrap().epoch, 4);
    assert_eq!(again.epochs().len(), 1);
}

#[test]
fn the_loss_of_an_epoch_is_the_mean_over_its_samples() {
    // Ten samples in batches of four: the last batch counts half. Without learning, the mean is that of all samples.
    let data = line(10, 3);
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.0)).metric(Mae);
    let history = trainer.fit(&data, &Fit { batch_size: 4, progress: QUIET, ..Fit::default() }).unwrap();
    let evaluation = trainer.evaluate(&data).unwrap();
    let epoch = &history.last().unwrap().values;
    assert!((epoch.get("loss").unwrap() - evaluation.loss()).abs() < 1e-6);
    assert!((epoch.get("mae").unwrap() - evaluation.get("mae").unwrap()).abs() < 1e-6);
}

#[test]
fn weights_reach_loss_gradient_and_metrics() {
    // Weight 0 is as good as not being there.
    let data = line(8, 4);
    let (x, y) = (data.x().to_vec(), data.y().to_vec());
    let weights: Vec<f32> = (0..8).map(|i| f32::from(i < 5)).collect();
    let weighted = Samples::new(x.clone(), y.clone()).unwrap().with_weights(weights).unwrap();
    let part = Samples::new(x[..5].to_vec(), y[..5].to_vec()).unwrap();
    let train = |data: &Samples<[f32; 3], [f32; 1]>| {
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).metric(Mae);
        let fit = Fit { epochs: 5, batch_size: 8, shuffle: false, progress: QUIET, ..Fit::default() };
        let history = trainer.fit(data, &fit).unwrap();
        let values = &history.last().unwrap().values;
        let evaluation = trainer.evaluate(data).unwrap();
        let weight = trainer.network().out.weight.to_vec();
        (
            weight,
            [values.get("loss"), values.get("mae"), evaluation.get("loss"), evaluation.get("mae")].map(Option::unwrap),
        )
    };
    let ((a, a_values), (b, b_values)) = (train(&weighted), train(&part));
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
    assert!(a_values.iter().zip(&b_values).all(|(a, b)| (a - b).abs() < 1e-6), "{a_values:?} {b_values:?}");
}

#[test]
fn accumulated_batches_are_one_large_batch() {
    let data = line(20, 5);
    let train = |batch_size, accumulate| {
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
        // 20 samples: two steps of 8 and one of 4, which is left of the epoch.
        let fit = Fit { epochs: 3, batch_size, accumulate, shuffle: false, progress: QUIET, ..Fit::default() };
        trainer.fit(&data, &fit).unwrap();
        assert_eq!(trainer.stepper().steps(), 9);
        trainer.into_network().out.weight.to_vec()
    };
    let (large, small, uneven) = (train(8, 1), train(4, 2), train(2, 4));
    for other in [small, uneven] {
        assert!(large.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5), "{large:?} {other:?}");
    }
}

#[test]
fn each_output_has_a_loss_and_metrics_of_its_own() {
    let mut random = Random::new(1, "heads");
    let image: Vec<[f32; 4]> = (0..200).map(|_| core::array::from_fn(|_| random.normal() as f32)).collect();
    let age: Vec<[f32; 1]> = (0..200).map(|_| [random.normal() as f32]).collect();
    let class: Vec<u32> = image.iter().map(|image| u32::from(image[0] > 0.0)).collect();
    let size: Vec<[f32; 1]> = image.iter().zip(&age).map(|(image, age)| [image[1] + 2.0 * age[0]]).collect();
    let x = HeadsIn { image: image.into(), age: age.into() };
    let train = Samples::<HeadsIn, (u32, [f32; 1])>::from_owned(x, (class.into(), size.into())).unwrap();

    let loss = HeadsLoss { class: CrossEntropy, size: Weighted { loss: MeanSquaredError, weight: 0.5 } };
    let mut trainer =
        Trainer::<_, _, _, (u32, [f32; 1])>::new(Heads::seeded(1), loss, Adam { lr: 0.01, ..Adam::default() })
            .metric_on(|p| p.class, |t| t.0, Accuracy)
            .metric_on(|p| p.size, |t| t.1, Mae);
    let fit = Fit { epochs: 60, batch_size: 20, validation: Some(&train), progress: QUIET, ..Fit::default() };
    let history = trainer.fit(&train, &fit).unwrap();
    assert_eq!(history.names(), ["loss", "accuracy", "mae", "val_loss", "val_accuracy", "val_mae"]);
    let last = &history.last().unwrap().values;
    assert!(last.get("val_accuracy").unwrap() > 0.95 && last.get("val_mae").unwrap() < 0.3, "{last}");
    let y = trainer.predict(train.x());
    assert_eq!((y.class.len(), y.size.len()), (200, 200));
}

#[test]
fn penalties_are_part_of_the_loss() {
    let data = line(4, 6);
    let mut trainer = Trainer::new(Line::seeded(7), MeanSquaredError, sgd(0.0)).penalty(Penalty { l1: 0.5, l2: 0.25 });
    let weight = trainer.network().out.weight.to_vec();
    let penalty: f32 = weight.iter().map(|w| 0.5 * w.abs() + 0.25 * w * w).sum();
    let history = trainer.fit(&data, &Fit { batch_size: 4, progress: QUIET, ..Fit::default() }).unwrap();
    let shown = history.values("loss")[0];
    let bare = trainer.evaluate(&data).unwrap().loss();
    assert!((shown - bare - f64::from(penalty)).abs() < 1e-5, "{shown} {bare} {penalty}");
}

#[test]
fn penalties_of_accumulated_batches_are_shown_whole() {
    let data = line(30, 6);
    let shown = |accumulate| {
        let mut trainer =
            Trainer::new(Line::seeded(7), MeanSquaredError, sgd(0.0)).penalty(Penalty { l1: 0.5, l2: 0.25 });
        let fit = Fit { batch_size: 2, accumulate, shuffle: false, progress: QUIET, ..Fit::default() };
        trainer.fit(&data, &fit).unwrap().values("loss")[0]
    };
    // The last step of an epoch may have fewer batches.
    for accumulate in [2, 4, 15] {
        assert!((shown(accumulate) - shown(1)).abs() < 1e-9, "{accumulate}: {} {}", shown(accumulate), shown(1));
    }
}

#[test]
fn frozen_layers_stay_as_they_are() {
    let layers = XorPerLayer { hidden: LayerSettings::FROZEN, ..Xor::per_layer(LayerSettings::TRAINED) };
    let start = Xor::seeded(1);
    let mut trainer = Trainer::new(start.clone(), CrossEntropy, Adam::default()).layers(layers);
    trainer.fit(&xor(), &Fit { epochs: 5, progress: QUIET, ..Fit::default() }).unwrap();
    let net = trainer.network();
    assert_eq!(net.hidden.weight, start.hidden.weight);
    assert_ne!(net.scores.weight, start.scores.weight);
    let summary = nn::summary_of_part(net, XorPerLayer { hidden: false, scores: true });
    assert_eq!((summary.params, summary.trainable), (2 * 8 + 8 + 8 * 2 + 2, 8 * 2 + 2));
    assert_eq!(trainer.summary(), summary);
    assert_eq!(summary.rows.iter().map(|row| row.kind.contains("frozen")).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_same_bits_for_any_number_of_threads_prefetched_or_not() {
    let (train, validation) = (line(300, 15), line(50, 16));
    let run = |threads, prefetch| {
        let mut trainer =
            Trainer::new(Line::seeded(3), MeanSquaredError, Adam::default()).metric(Mae).seed(9).threads(threads);
        let fit = Fit { epochs: 3, validation: Some(&validation), prefetch, progress: QUIET, ..Fit::default() };
        let history = trainer.fit(&train, &fit).unwrap();
        let values: Vec<u64> =
            history.epochs().iter().flat_map(|e| e.values.iter().map(|(_, v)| v.to_bits())).collect();
        (to_bytes(trainer.network()).unwrap(), values)
    };
    let one = run(1, 0);
    for (threads, prefetch) in [(2, 0), (3, 0), (8, 0), (1, 1), (2, 3)] {
        assert!(run(threads, prefetch) == one, "{threads} threads, {prefetch} batches ahead");
    }
}

#[test]
fn running_statistics_follow_training_and_serve_evaluation() {
    let (train, layers) = (line(64, 17), Normed::per_layer(LayerSettings::TRAINED));
    let statistics = |layers| {
        let mut trainer = Trainer::new(Normed::seeded(1), MeanSquaredError, sgd(0.05)).layers(layers);
        let fit = Fit { epochs: 20, batch_size: 64, validation: Some(&train), progress: QUIET, ..Fit::default() };
        let history = trainer.fit(&train, &fit).unwrap();
        let norm = &trainer.network().norm;
        (norm.running_mean.to_vec(), history.values("val_loss")[19])
    };
    // After 20 updates with a momentum of 0.1, 88 % of the way to the mean of the batch, which is the mean of all.
    let mean = |j: usize| train.x().iter().map(|x| x[j]).sum::<f32>() / 64.0;
    let (found, loss) = statistics(layers);
    assert!((0..3).all(|j| (found[j] - mean(j) * (1.0 - 0.9_f32.powi(20))).abs() < 1e-5), "{found:?}");
    assert!(loss < 0.1, "{loss}");

    let (kept, _) = statistics(NormedPerLayer { norm: LayerSettings::FROZEN, ..layers });
    assert_eq!(kept, [0.0; 3]);
}
