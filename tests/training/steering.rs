//! What changes the course of training: early stopping, plateaus, callbacks.

use crate::{Line, QUIET, Xor, XorPerLayer, line, sgd};
use nn::Measure;
use nn::data::Samples;
use nn::loss::{CrossEntropy, MeanSquaredError};
use nn::optim::LayerSettings;
use nn::schedule::{Constant, ReduceOnPlateau, Schedule};
use nn::train::{Callback, EarlyStopping, Fit, History, Trainer, View};
use std::sync::{Arc, Mutex};

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
fn a_plateau_of_another_number_begins_anew_and_keeps_the_rate() {
    let data = line(8, 9);
    let plateau = |patience| ReduceOnPlateau { patience, factor: 0.5, ..ReduceOnPlateau::default() };
    let lrs = |history: &History| history.epochs().iter().map(|epoch| epoch.lr).collect::<Vec<_>>();
    let fit = |epochs| Fit { epochs, progress: QUIET, ..Fit::default() };
    // The loss stays at first; the script, and the loss as another number of epochs that may pass, are watched from their own first epoch on.
    let trainer = || Trainer::new(Line::seeded(0), MeanSquaredError, sgd(1e-30)).metric(script(&[0.5; 20]));
    let mut trainer = trainer().reduce_on_plateau("loss", plateau(1));
    assert_eq!(lrs(&trainer.fit(&data, &fit(4)).unwrap()), [1e-30, 1e-30, 1e-30, 5e-31]);
    for (name, patience) in [("script", 0), ("script", 1), ("loss", 1)] {
        let before = trainer.stepper().lr();
        trainer = trainer.reduce_on_plateau(name, plateau(patience));
        let rates = lrs(&trainer.fit(&data, &fit(2 + patience as usize)).unwrap());
        assert!(rates.iter().all(|&lr| lr == before), "{name}: {rates:?}");
        assert_eq!(trainer.stepper().lr(), before / 2.0, "{name}");
    }
    // The same again goes on.
    trainer = trainer.reduce_on_plateau("loss", plateau(1));
    let before = trainer.stepper().lr();
    assert_eq!(lrs(&trainer.fit(&data, &fit(3)).unwrap()), [before, before, before / 2.0]);
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

/// Stops where an epoch begins.
struct StopBefore(u64);

impl Callback<Line> for StopBefore {
    fn on_epoch_begin(&mut self, view: &mut View<'_, Line>) -> nn::Result<()> {
        if view.epoch == self.0 {
            view.stop();
        }
        Ok(())
    }
}

#[test]
fn an_epoch_that_was_stopped_before_it_began_is_not_in_the_history() {
    for stop in [1, 2] {
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).callback(StopBefore(stop));
        let fit = Fit { epochs: 5, progress: QUIET, ..Fit::default() };
        let history = trainer.fit(&line(40, 11), &fit).unwrap();
        assert_eq!(history.epochs().len() as u64, stop - 1);
        assert!(history.values("loss").iter().all(|loss| loss.is_finite()));
        // It is still the next epoch, before which the next call stops, too.
        assert!(trainer.fit(&line(40, 11), &fit).unwrap().epochs().is_empty());
    }
}

/// Sets whether the scores learn after given batches.
struct Switch(&'static [(usize, bool)]);

impl Callback<Xor> for Switch {
    fn on_batch_end(&mut self, view: &mut View<'_, Xor>) -> nn::Result<()> {
        if let Some(&(_, train)) = self.0.iter().find(|(batch, _)| *batch == view.batch) {
            view.set_layers(XorPerLayer { scores: LayerSettings { train, ..view.layers.scores }, ..view.layers });
        }
        Ok(())
    }
}

#[test]
fn what_is_set_between_accumulated_batches_holds_from_the_step_behind_on() {
    let x: Vec<[f32; 2]> = (0..16).map(|i| [(i as f32).sin(), (i as f32 * 0.7).cos()]).collect();
    let data = Samples::new(x, (0..16).map(|i| i % 2).collect::<Vec<u32>>()).unwrap();
    let learnt = |switches| {
        let mut trainer = Trainer::new(Xor::seeded(3), CrossEntropy, sgd(0.5)).callback(Switch(switches));
        let fit = Fit { batch_size: 2, accumulate: 2, shuffle: false, progress: QUIET, ..Fit::default() };
        trainer.fit(&data, &fit).unwrap();
        nn::storage::to_bytes(trainer.network()).unwrap()
    };
    // Four steps of two batches. The scores learn in the first and in the last two.
    let at_steps = learnt(&[(2, false), (4, true)]);
    assert!(learnt(&[(2, false), (3, true)]) == at_steps, "an old gradient was used");
    assert!(learnt(&[(1, false), (4, true)]) == at_steps, "half of a gradient was left out");
    assert!(learnt(&[]) != at_steps);
}

/// Writes down what it sees at the end of training; fails at the end of an epoch.
struct AtTheEnd(Arc<Mutex<Vec<(u64, usize, f64)>>>, u64);

impl Callback<Line> for AtTheEnd {
    fn on_epoch_end(&mut self, view: &mut View<'_, Line>) -> nn::Result<()> {
        if view.epoch == self.1 { Err(nn::Error::data("callback", "on purpose")) } else { Ok(()) }
    }
    fn on_train_end(&mut self, view: &mut View<'_, Line>) -> nn::Result<()> {
        self.0.lock().unwrap().push((view.epoch, view.batch, view.loss));
        Ok(())
    }
}

#[test]
fn the_end_of_training_is_that_of_its_last_epoch() {
    let seen = Arc::default();
    let mut trainer =
        Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).callback(AtTheEnd(Arc::clone(&seen), 0));
    let fit = Fit { epochs: 2, batch_size: 10, progress: QUIET, ..Fit::default() };
    let loss = trainer.fit(&line(40, 11), &fit).unwrap().values("loss")[1];
    assert_eq!(*seen.lock().unwrap(), [(2, 4, loss)]);
}

#[test]
fn an_epoch_is_over_whatever_a_callback_says_of_it() {
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).callback(AtTheEnd(Arc::default(), 2));
    let fit = Fit { epochs: 3, batch_size: 10, progress: QUIET, ..Fit::default() };
    assert_eq!(trainer.fit(&line(40, 11), &fit).unwrap_err().to_string(), "callback: on purpose");
    assert_eq!(trainer.history().epochs().len(), 2);
    let numbers = |history: &History| history.epochs().iter().map(|epoch| epoch.epoch).collect::<Vec<_>>();
    assert_eq!(numbers(&trainer.fit(&line(40, 11), &fit).unwrap()), [3, 4, 5]);
}

#[test]
fn a_factor_between_two_calls() {
    let fit = Fit { epochs: 1, progress: QUIET, ..Fit::default() };
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
    trainer.fit(&line(8, 1), &fit).unwrap();
    trainer.set_lr_factor(0.25);
    assert_eq!(trainer.fit(&line(8, 1), &fit).unwrap().last().unwrap().lr, 0.025);
    trainer.set_lr_factor(-1.0);
    assert!(trainer.fit(&line(8, 1), &fit).is_err());
    // A schedule that begins now.
    let steps = trainer.stepper().steps();
    trainer.set_lr_factor(1.0);
    trainer = trainer.schedule(Constant.until(steps, |step: u64| 0.5_f64.powi(1 + step as i32)));
    assert_eq!(trainer.fit(&line(8, 1), &fit).unwrap().last().unwrap().lr, 0.05);
}
