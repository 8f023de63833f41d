//! Runs that have ended and are given more epochs.

use crate::{EPOCHS, Folder, Training, data, every, fine_tuning, fit, result, trainer};
use nn::storage::{Checkpoint, Rotation, to_bytes};
use nn::train::{Checkpoints, EarlyStopping, Ema, Every, Fit, Swa};

/// A trainer, whether the best weights are restored, and what to call it.
type Case = (&'static str, bool, fn() -> Training);

const CASES: [Case; 7] = [
    ("plain", false, || trainer(1)),
    ("best", true, || trainer(1)),
    ("ema", false, || trainer(1).ema(Ema { decay: 0.95, warmup: true })),
    ("ema-best", true, || trainer(1).ema(Ema { decay: 0.95, warmup: true })),
    ("swa-epochs", false, || trainer(1).swa(Swa { start: 1, every: Every::Epochs(1) })),
    ("swa-steps", false, || trainer(1).swa(Swa { start: 2, every: Every::Steps(7) })),
    ("tuning", true, || fine_tuning(false)),
];

#[test]
fn a_run_that_has_ended_goes_on_as_if_it_had_been_longer() {
    let (train, validation) = (data(205, 1), data(60, 2));
    for (name, restore_best, trainer) in CASES {
        let fit = |epochs, checkpoints| Fit {
            epochs,
            early_stopping: Some(EarlyStopping { monitor: "loss", min_delta: 0.1, patience: 100, restore_best }),
            ..fit(&validation, checkpoints)
        };
        let mut whole = trainer();
        let history = whole.fit(&train, &fit(EPOCHS, None)).unwrap();
        let expected = result(&whole, &history);

        let folder = Folder::new(&format!("more-{name}"));
        let checkpoints = || every(&folder.0, Every::Epochs(2));
        let mut short = trainer();
        short.fit(&train, &fit(3, checkpoints())).unwrap();
        // Further twice, the second time to the same length as before.
        for (epochs, done) in [(5, 5), (EPOCHS, EPOCHS), (EPOCHS, EPOCHS), (3, EPOCHS)] {
            let mut longer = trainer();
            assert!(longer.resume(&folder.0).unwrap());
            if epochs == 5 {
                assert_eq!(to_bytes(longer.network()).unwrap(), to_bytes(short.network()).unwrap(), "{name}");
            }
            let history = longer.fit(&train, &fit(epochs, checkpoints())).unwrap();
            assert_eq!(history.epochs().len(), done, "{name}");
            assert!(done < EPOCHS || result(&longer, &history) == expected, "{name}");
        }
    }
}

#[test]
fn a_run_that_was_stopped_has_no_more_epochs() {
    let (train, validation) = (data(205, 1), data(60, 2));
    let folder = Folder::new("stopped");
    let fit = |epochs| Fit { epochs, ..fit(&validation, Some(Checkpoints::new(&folder.0))) };
    let stopping = || {
        trainer(1).on_epoch_end(|view| {
            if view.epoch == 2 {
                view.stop();
            }
        })
    };
    let mut first = stopping();
    first.fit(&train, &fit(4)).unwrap();
    let mut second = stopping();
    second.resume(&folder.0).unwrap();
    assert_eq!(second.fit(&train, &fit(6)).unwrap().epochs().len(), 2);
    // It is a call of its own that trains on.
    assert_eq!(second.fit(&train, &fit(1)).unwrap().epochs().len(), 1);
}

#[test]
fn files_of_before_are_read_and_stay_ended() {
    let (train, validation) = (data(205, 1), data(60, 2));
    let folder = Folder::new("before");
    let fit = |epochs| Fit { epochs, ..fit(&validation, Some(Checkpoints::new(&folder.0))) };
    let mut first = trainer(1);
    first.fit(&train, &fit(2)).unwrap();
    // They do not say what has ended the run.
    let (_, file) = Rotation::new(&folder.0).latest().unwrap().unwrap();
    let mut checkpoint = Checkpoint::read(&file).unwrap();
    let mut position: serde_json::Value = checkpoint.get("training").unwrap();
    for name in ["stopped", "restored"] {
        assert!(position.as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    checkpoint.set("training", &position).unwrap();
    checkpoint.write(&file).unwrap();
    let mut second = trainer(1);
    second.resume(&folder.0).unwrap();
    assert_eq!(second.fit(&train, &fit(4)).unwrap().epochs().len(), 2);
    assert_eq!(to_bytes(second.network()).unwrap(), to_bytes(first.network()).unwrap());
}
