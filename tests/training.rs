//! What `fit` and `evaluate` do, seen from outside.

use nn::data::{Dataset, Samples};
use nn::loss::{CrossEntropy, MeanSquaredError};
use nn::metrics::{Accuracy, Mae};
use nn::optim::{Adam, LayerSettings, Penalty, Sgd};
use nn::random::Random;
use nn::schedule::{Exponential, ReduceOnPlateau, Schedule};
use nn::storage::to_bytes;
use nn::train::{EarlyStopping, Fit, History, Progress, Trainer};
use nn::{Error, Measure, Network, Parameters, Workspace, network};
use std::sync::{Arc, Mutex};

network! {
    #[derive(Clone)]
    struct Xor: [2] -> [2] {
        hidden: Dense(8) + Tanh,
        scores: Dense(2),
    }

    #[derive(Clone)]
    struct Line: [3] -> [1] {
        out: Dense(1),
    }
}

const QUIET: Progress = Progress::Silent;

fn xor() -> Samples<[f32; 2], u32> {
    Samples::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]).unwrap()
}

/// y = x₀ − 2 x₁ + noise.
fn line(count: usize, seed: u64) -> Samples<[f32; 3], [f32; 1]> {
    let mut random = Random::new(seed, "line");
    let x: Vec<[f32; 3]> = (0..count).map(|_| core::array::from_fn(|_| random.normal() as f32)).collect();
    let y: Vec<[f32; 1]> = x.iter().map(|x| [x[0] - 2.0 * x[1] + 0.1 * random.normal() as f32]).collect();
    Samples::new(x, y).unwrap()
}

fn sgd(lr: f64) -> Sgd {
    Sgd { lr, ..Sgd::default() }
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
}

/// A metric that says what it is told to.
struct Script(Arc<Mutex<Vec<f64>>>, f64);

impl Measure for Script {
    fn name(&self) -> String {
        "script".into()
    }
    fn reset(&mut self) {}
    fn value(&self) -> f64 {
        let mut script = self.0.lock().unwrap();
        if script.is_empty() { self.1 } else { script.remove(0) }
    }
    fn better(&self) -> nn::Better {
        nn::Better::Higher
    }
}

impl nn::Metric<[f32; 1], [f32; 1]> for Script {
    fn update(&mut self, _: &[[f32; 1]], _: &[[f32; 1]], _: Option<&[f32]>) {}
}

fn script(values: &[f64]) -> Script {
    Script(Arc::new(Mutex::new(values.to_vec())), f64::NAN)
}

#[test]
fn early_stopping_goes_back_to_the_best_epoch() {
    let data = line(32, 8);
    let weights = Arc::new(Mutex::new(Vec::new()));
    let train = |restore_best| {
        let sink = weights.clone();
        sink.lock().unwrap().clear();
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.01))
            .metric(script(&[0.1, 0.5, 0.4, 0.5, 0.3, 0.9]))
            .on_epoch_end(move |view| sink.lock().unwrap().push(view.network.out.weight.to_vec()));
        let early = EarlyStopping { monitor: "script", patience: 3, restore_best, ..EarlyStopping::default() };
        let fit = Fit { epochs: 10, early_stopping: Some(early), progress: QUIET, ..Fit::default() };
        let history = trainer.fit(&data, &fit).unwrap();
        assert_eq!(history.values("script"), [0.1, 0.5, 0.4, 0.5, 0.3]);
        trainer.into_network().out.weight.to_vec()
    };
    assert_eq!(train(true), weights.lock().unwrap()[1]);
    assert_eq!(train(false), weights.lock().unwrap()[4]);
}

#[test]
fn the_learning_rate_follows_a_plateau() {
    let data = line(8, 9);
    let plateau = ReduceOnPlateau { factor: 0.5, patience: 0, ..ReduceOnPlateau::default() };
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.08))
        .metric(script(&[1.0, 2.0, 2.0, 3.0, 1.0]))
        .reduce_on_plateau("script", plateau);
    let history = trainer.fit(&data, &Fit { epochs: 5, progress: QUIET, ..Fit::default() }).unwrap();
    let lrs: Vec<f64> = history.epochs().iter().map(|epoch| epoch.lr).collect();
    assert_eq!(lrs, [0.08, 0.08, 0.08, 0.04, 0.04]);
    assert_eq!(trainer.stepper().lr(), 0.02);
}

#[test]
fn callbacks_see_and_steer() {
    let data = line(40, 10);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1))
        .on_batch_end(move |view| {
            sink.lock().unwrap().push((view.epoch, view.batch, view.step, view.lr));
            assert_eq!(view.batches, 4);
            assert!(view.loss.is_finite() && view.batch_loss.is_finite());
        })
        .on_epoch_end(|view| {
            assert_eq!(view.history.epochs().len() as u64, view.epoch);
            view.set_lr_factor(0.5);
            if view.epoch == 2 {
                view.stop();
            }
        });
    let history = trainer.fit(&data, &Fit { epochs: 9, batch_size: 10, progress: QUIET, ..Fit::default() }).unwrap();
    assert_eq!(history.epochs().len(), 2);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], (1, 1, 1, 0.1));
    assert_eq!(seen[7], (2, 4, 8, 0.05));
    assert_eq!(seen.len(), 8);
}

#[test]
fn a_callback_may_stop_in_the_middle_of_an_epoch() {
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).on_batch_end(|view| {
        if view.batch == 3 {
            view.stop();
        }
    });
    trainer.fit(&line(40, 11), &Fit { epochs: 9, batch_size: 10, progress: QUIET, ..Fit::default() }).unwrap();
    assert_eq!(trainer.stepper().steps(), 3);
}

#[test]
fn mistakes_are_told_before_training() {
    let (data, validation) = (line(8, 12), line(4, 13));
    let trainer = || Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).metric(Mae);
    let told = |fit: &Fit<'_, [f32; 3], [f32; 1]>| trainer().fit(&data, fit).unwrap_err().to_string();

    let early = |monitor| Some(EarlyStopping { monitor, ..EarlyStopping::default() });
    assert_eq!(
        told(&Fit { early_stopping: early("val_mae"), ..Fit::default() }),
        "EarlyStopping::monitor: there is no `val_mae`; what is measured is `loss`, `mae`; for it, `Fit::validation` is needed"
    );
    assert_eq!(
        told(&Fit { early_stopping: early("val_maee"), validation: Some(&validation), ..Fit::default() }),
        "EarlyStopping::monitor: there is no `val_maee`; what is measured is `loss`, `mae`, `val_loss`, `val_mae`"
    );
    assert!(told(&Fit { batch_size: 0, ..Fit::default() }).starts_with("batch_size: 0 samples"));
    assert!(told(&Fit { accumulate: 0, ..Fit::default() }).starts_with("Fit::accumulate: 0 batches"));
    let twice = trainer().metric(Mae).fit(&data, &Fit::default()).unwrap_err();
    assert!(twice.to_string().starts_with("Trainer::metric: two of them give `mae`"), "{twice}");
    let wrong = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(-1.0)).fit(&data, &Fit::default()).unwrap_err();
    assert!(wrong.to_string().contains("-1"), "{wrong}");
}

#[test]
fn a_label_that_is_no_class_is_named_by_its_place() {
    let data = Samples::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 2, 0]).unwrap();
    let mut trainer = Trainer::new(Xor::seeded(1), CrossEntropy, Adam::default());
    for told in [
        trainer.fit(&data, &Fit { batch_size: 2, progress: QUIET, ..Fit::default() }).unwrap_err(),
        trainer.evaluate(&data).unwrap_err(),
    ] {
        let told = told.to_string();
        assert!(told.contains("the label of sample 2 is 2"), "{told}");
    }
}

#[test]
fn what_diverges_is_named_and_the_network_stays_finite() {
    let data = line(8, 14);
    let finite = |net: &Line| net.out.weight.values().iter().all(|w| w.is_finite());

    // A learning rate that makes the parameters grow until something overflows.
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(1e18));
    let error = trainer.fit(&data, &Fit { epochs: 50, progress: QUIET, ..Fit::default() }).unwrap_err();
    let Error::NotFinite { epoch: Some(epoch), what, .. } = &error else { panic!("{error}") };
    assert!(*epoch > 1 && what.starts_with("the loss (all outputs are finite; the largest is "), "{error}");
    assert!(finite(trainer.network()));

    // A gradient that overflows although the loss is small.
    let mut net = Line::seeded(0);
    net.out.weight.values_mut().fill(0.0);
    let far = Samples::new([[3e38, 0.0, 0.0]], [[10.0]]).unwrap();
    let mut trainer = Trainer::new(net, MeanSquaredError, sgd(0.1));
    let error = trainer.fit(&far, &Fit { progress: QUIET, ..Fit::default() }).unwrap_err().to_string();
    assert!(error.starts_with("epoch 1, step 0: the gradient of `out.weight` is not finite (-inf)"), "{error}");
    assert_eq!(trainer.network().out.weight.values(), [0.0; 3]);

    // A sample that is not a number.
    let mut x = data.x().to_vec();
    x[3][1] = f32::NAN;
    let bad = Samples::new(x, data.y().to_vec()).unwrap();
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
    let error = trainer.fit(&bad, &Fit { batch_size: 1, progress: QUIET, ..Fit::default() }).unwrap_err().to_string();
    assert!(
        error.starts_with("epoch 1, step ") && error.contains("the loss (and the input already) is not finite"),
        "{error}"
    );
    assert!(finite(trainer.network()));

    // A parameter that was not finite before.
    let mut net = Line::seeded(0);
    net.out.bias.values_mut()[0] = f32::INFINITY;
    let mut trainer = Trainer::new(net, MeanSquaredError, sgd(0.1));
    let error = trainer.fit(&data, &Fit { progress: QUIET, ..Fit::default() }).unwrap_err().to_string();
    assert!(error.contains("the parameter `out.bias`"), "{error}");
}

#[test]
fn the_first_output_that_is_not_finite_is_named() {
    // The hidden layer saturates at 1, so only the scores overflow.
    let mut net = Xor::seeded(1);
    net.scores.weight.values_mut().fill(f32::MAX);
    net.hidden.bias.values_mut().fill(100.0);
    let mut trainer = Trainer::new(net, CrossEntropy, Adam::default());
    let error = trainer.fit(&xor(), &Fit { progress: QUIET, ..Fit::default() }).unwrap_err().to_string();
    assert!(error.contains("the first output that is not finite is that of `scores`"), "{error}");
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
fn a_workspace_grows_and_cuts() {
    let net = Xor::seeded(1);
    let x: Vec<[f32; 2]> = (0..10).map(|i| [i as f32, 1.0]).collect();
    let whole = net.predict(&x);
    let mut small = Workspace::for_evaluation(3, Arc::new(nn::Team::serial()));
    let parts = small.forward(&net, &x);
    assert!(parts.as_flattened().iter().zip(whole.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_eq!(small.forward(&net, &[]).len(), 0);

    let mut gradients = net.grads();
    let labels = [0_u32; 10];
    small.forward_train(&net, &x).loss(&CrossEntropy, &labels).backward(&mut gradients);
    let grown = gradients.scores.weight.to_vec();
    Workspace::new(10).forward_train(&net, &x).loss(&CrossEntropy, &labels).backward(&mut gradients);
    assert_eq!(grown, gradients.scores.weight.to_vec());

    // Twice the same gradient, added up.
    small.forward_train(&net, &x).loss(&CrossEntropy, &labels).accumulate(&mut gradients);
    let twice = gradients.scores.weight.to_vec();
    assert!(twice.iter().zip(&grown).all(|(a, b)| (a - 2.0 * b).abs() < 1e-6));
}

#[test]
fn inner_outputs_and_the_gradient_of_the_input_can_be_asked_for() {
    let net = Xor::seeded(1);
    let mut workspace = Workspace::new(1);
    let inspected = workspace.inspect(&net, &[[0.3, -0.2]]);
    let mut lines = Vec::new();
    inspected.outputs(&mut |path, values| lines.push((path.to_string(), values.len())));
    assert_eq!(lines, [("hidden".to_owned(), 8), ("scores".to_owned(), 2)]);

    let slope = inspected
        .loss_with(|y, dy| {
            dy[0] = [1.0, 0.0];
            f64::from(y[0][0])
        })
        .input_gradient();
    let score = |x: [f32; 2]| f64::from(net.predict(&[x])[0][0]);
    let step = 1e-2;
    let expected = [
        (score([0.3 + step, -0.2]) - score([0.3 - step, -0.2])) / (2.0 * f64::from(step)),
        (score([0.3, -0.2 + step]) - score([0.3, -0.2 - step])) / (2.0 * f64::from(step)),
    ];
    assert!(slope[0].iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-3), "{slope:?} {expected:?}");
}

#[test]
fn a_prepared_network_predicts_the_same() {
    let net = Xor::seeded(1);
    let x: Vec<[f32; 2]> = (0..7).map(|i| [i as f32 - 3.0, 0.5]).collect();
    let expected = net.predict(&x);
    let mut prepared = net.prepare(2);
    let mut shared = prepared.share();
    assert!(prepared.predict(&x).as_flattened().iter().zip(expected.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_eq!(prepared.predict(&x[..2]), shared.predict(&x[..2]));
}

#[test]
fn a_summary_counts() {
    let summary = Network::summary(&Xor::seeded(1));
    assert_eq!(summary.params, Xor::PARAMS);
    let text = summary.to_string();
    assert!(text.starts_with("Xor: [2] -> [2]\n"), "{text}");
    assert!(text.contains("│ hidden (Dense") && text.contains("│ scores (Dense"), "{text}");
    assert!(text.contains("parameters: 42 (168 B), trainable: 42"), "{text}");
}

#[test]
fn data_that_fails_ends_training_with_its_words() {
    struct Broken;
    impl Dataset<[f32; 3], [f32; 1]> for Broken {
        fn len(&self) -> usize {
            10
        }
        fn fill(&self, indices: &[usize], _: &mut [[f32; 3]], _: &mut [[f32; 1]]) -> nn::Result<()> {
            if indices.contains(&7) { Err(Error::data("row 7", "the disk is gone")) } else { Ok(()) }
        }
    }
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
    for prefetch in [0, 2] {
        let fit = Fit { batch_size: 2, prefetch, progress: QUIET, ..Fit::default() };
        assert_eq!(trainer.fit(&Broken, &fit).unwrap_err().to_string(), "row 7: the disk is gone");
    }
}
