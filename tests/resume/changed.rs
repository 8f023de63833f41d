//! Trainers that are told something else between two calls, or after a run was resumed.

use crate::{Crash, Folder, Net, NetPerLayer, Training, data};
use nn::data::{Dataset, Samples};
use nn::loss::{BinaryCrossEntropy, CrossEntropy};
use nn::metrics::{Accuracy, MeanLoss};
use nn::optim::{Adam, LayerSettings};
use nn::schedule::ReduceOnPlateau;
use nn::storage::{Rotation, to_bytes};
use nn::train::{Checkpoints, EarlyStopping, Ema, Every, Fit, Progress, Swa, Trainer, Unfreeze};
use nn::{Network, Parameters, network};
use std::path::Path;

network! {
    struct Yes: [6] -> [1] {
        yes: Dense(1),
    }
}

fn trainer() -> Training {
    Trainer::new(Net::seeded(5), CrossEntropy, Adam { lr: 0.01, ..Adam::default() }).seed(11)
}

fn fit<'a>(epochs: usize, folder: &Path) -> Fit<'a, [f32; 6], u32> {
    let checkpoints = Some(Checkpoints::new(folder));
    Fit { epochs, batch_size: 45, checkpoints, progress: Progress::Silent, ..Fit::default() }
}

fn resumed(folder: &Folder, mut trainer: Training) -> Training {
    assert!(trainer.resume(&folder.0).unwrap());
    trainer
}

#[test]
fn a_plateau_with_other_settings_begins_anew() {
    let (folder, train) = (Folder::new("plateau"), data(45, 1));
    let still = |patience| {
        let plateau = ReduceOnPlateau { patience, factor: 0.5, ..ReduceOnPlateau::default() };
        let adam = Adam { lr: 1e-30, ..Adam::default() };
        Trainer::new(Net::seeded(5), CrossEntropy, adam).metric(Accuracy).reduce_on_plateau("accuracy", plateau)
    };
    still(100).fit(&train, &fit(3, &folder.0)).unwrap();
    let mut trainer = resumed(&folder, still(0));
    trainer.fit(&train, &fit(20, &folder.0)).unwrap();
    assert!(trainer.stepper().lr() < 0.5e-30, "{}", trainer.stepper().lr());
}

/// About 100, and less is better: nothing to compare an accuracy or a loss with.
fn big() -> MeanLoss<nn::loss::Weighted<CrossEntropy>> {
    MeanLoss::new("big", nn::loss::Weighted { loss: CrossEntropy, weight: 100.0 })
}

#[test]
fn another_number_has_a_best_of_its_own() {
    let (folder, train) = (Folder::new("other-number"), data(45, 1));
    let trainer = || trainer().metric(Accuracy).metric(big());
    let fit = |epochs, monitor| {
        let early = EarlyStopping { monitor, patience: 3, ..EarlyStopping::default() };
        let checkpoints = Some(Checkpoints { best: Some(monitor), ..Checkpoints::new(&folder.0) });
        Fit { early_stopping: Some(early), checkpoints, ..fit(epochs, &folder.0) }
    };
    let best = || std::fs::read(folder.0.join("best.safetensors")).unwrap();
    // No loss of the next epochs is less than this accuracy, and no accuracy better than 100.
    trainer().fit(&train, &fit(1, "accuracy")).unwrap();
    let mut by_loss = resumed(&folder, trainer());
    let history = by_loss.fit(&train, &fit(8, "loss")).unwrap();
    assert_eq!(history.epochs().len(), 8, "{history}");
    // The best epoch is one of the second run.
    let mut of_loss = Net::seeded(0);
    nn::storage::Checkpoint::from_bytes(&best()).unwrap().load_network(&mut of_loss).unwrap();
    assert!(*of_loss.predict(train.x()) == *by_loss.network().predict(train.x()));

    let first = Folder::new("big-number");
    let fit = |epochs, best| Fit {
        checkpoints: Some(Checkpoints { best: Some(best), ..Checkpoints::new(&first.0) }),
        early_stopping: None,
        ..fit(epochs, "loss")
    };
    let best = || std::fs::read(first.0.join("best.safetensors")).unwrap();
    trainer().fit(&train, &fit(2, "big")).unwrap();
    let before = best();
    resumed(&first, trainer()).fit(&train, &fit(3, "accuracy")).unwrap();
    assert!(best() != before);
}

#[test]
fn settings_of_layers_take_the_place_of_those_of_a_callback() {
    let train = data(45, 1);
    let all = Net::per_layer(LayerSettings::TRAINED);
    let frozen = NetPerLayer { hidden: LayerSettings::FROZEN, ..all };
    let freezing = || {
        trainer().on_epoch_end(move |view| {
            if view.epoch == 1 {
                view.set_layers(NetPerLayer { scores: LayerSettings { lr: 0.5, ..LayerSettings::TRAINED }, ..frozen });
            }
        })
    };
    type Change = fn(Training) -> Training;
    let changes: [(&str, Change); 2] = [
        ("layers", |trainer| trainer.layers(Net::per_layer(LayerSettings::TRAINED))),
        // What a callback has set besides stays.
        ("train_only", |trainer| trainer.train_only(NetPerLayer { norm: false, ..Net::per_layer(true) })),
    ];
    for (name, change) in changes {
        let folder = [1, 2].map(|i| Folder::new(&format!("settings-{name}-{i}")));
        let mut whole = freezing();
        whole.fit(&train, &fit(1, &folder[0].0)).unwrap();
        let mut whole = change(whole);
        whole.fit(&train, &fit(2, &folder[0].0)).unwrap();

        let mut short = freezing();
        short.fit(&train, &fit(1, &folder[1].0)).unwrap();
        let mut short = change(short);
        short.fit(&train, &fit(1, &folder[1].0)).unwrap();
        let mut longer = resumed(&folder[1], change(freezing()));
        longer.fit(&train, &fit(2, &folder[1].0)).unwrap();
        assert!(to_bytes(longer.network()).unwrap() == to_bytes(whole.network()).unwrap(), "{name}");
    }
}

#[test]
fn an_average_that_the_trainer_does_not_take_is_left_out() {
    let train = data(45, 1);
    let slow = || trainer().ema(Ema { decay: 0.9999, warmup: false });
    let plain = Folder::new("average-plain");
    let mut never = trainer();
    never.fit(&train, &fit(6, &plain.0)).unwrap();
    let expected = to_bytes(never.network()).unwrap();
    // The checkpoint is of a run that has ended, and of one that was in its middle.
    for crash in [None, Some(3)] {
        let folder = Folder::new(&format!("average-{crash:?}"));
        match crash {
            None => drop(slow().fit(&train, &fit(3, &folder.0)).unwrap()),
            Some(step) => drop(slow().callback(Crash(step)).fit(&train, &fit(6, &folder.0)).unwrap_err()),
        }
        let file = Rotation::new(&folder.0).latest().unwrap().unwrap().1;
        let elsewhere = [1, 2, 3].map(|i| Folder::new(&format!("average-{crash:?}-{i}")));
        let goes_on = |mut trainer: Training, folder: &Folder| {
            assert!(trainer.resume(&file).unwrap());
            trainer.fit(&train, &fit(6, &folder.0)).unwrap();
            to_bytes(trainer.network()).unwrap()
        };
        // A trainer without an average does what it would have done without one from the start.
        assert!(goes_on(trainer(), &elsewhere[0]) == expected, "{crash:?}");
        // The mean over places begins with its own.
        let places = || trainer().swa(Swa { start: 5, every: Every::Epochs(1) });
        let mean = Folder::new("average-mean");
        let mut from_the_start = places();
        from_the_start.fit(&train, &fit(6, &mean.0)).unwrap();
        assert!(goes_on(places(), &elsewhere[1]) == to_bytes(from_the_start.network()).unwrap(), "{crash:?}");
        assert!(goes_on(slow(), &elsewhere[2]) != expected, "{crash:?}");
    }
}

#[test]
fn statistics_that_are_frozen_later_are_those_of_a_longer_run() {
    let (whole_folder, folder, train) = (Folder::new("swa-whole"), Folder::new("swa-short"), data(90, 1));
    let head = NetPerLayer { scores: true, ..Net::per_layer(false) };
    let trainer = || {
        trainer()
            .swa(Swa { start: 0, every: Every::Epochs(1) })
            .unfreeze(Unfreeze::first(Net::per_layer(true)).after(2, head))
    };
    let mut whole = trainer();
    whole.fit(&train, &fit(4, &whole_folder.0)).unwrap();
    trainer().fit(&train, &fit(2, &folder.0)).unwrap();
    let mut longer = resumed(&folder, trainer());
    longer.fit(&train, &fit(4, &folder.0)).unwrap();
    assert!(to_bytes(longer.network()).unwrap() == to_bytes(whole.network()).unwrap());
}

#[test]
fn a_call_that_was_refused_has_changed_nothing() {
    let (folder, train) = (Folder::new("refused-call"), data(45, 1));
    trainer().fit(&train, &fit(2, &folder.0)).unwrap();
    let mut again = resumed(&folder, trainer());
    let none = train.subset([]).unwrap();
    again.fit(&train, &Fit { validation: Some(&none), ..fit(4, &folder.0) }).unwrap_err();
    let history = again.fit(&train, &fit(4, &folder.0)).unwrap();
    assert_eq!(history.epochs().iter().map(|epoch| epoch.epoch).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn labels_are_looked_at_once_more_by_a_run_that_goes_on() {
    let folder = Folder::new("labels");
    let x: Vec<[f32; 6]> = data(9, 1).x().to_vec();
    let labels = |yes| Samples::new(x.clone(), vec![yes; 9]).unwrap();
    let trainer = || Trainer::<_, _, _, f32>::new(Yes::seeded(1), BinaryCrossEntropy, Adam::default());
    let fit = |epochs| Fit {
        epochs,
        checkpoints: Some(Checkpoints::new(&folder.0)),
        progress: Progress::Silent,
        ..Fit::<[f32; 6], f32>::default()
    };
    trainer().fit(&labels(1.0), &fit(1)).unwrap();
    let mut other = trainer();
    assert!(other.resume(&folder.0).unwrap());
    let told = other.fit(&labels(7.0), &fit(2)).unwrap_err().to_string();
    assert!(told.contains("the label of sample"), "{told}");
}
