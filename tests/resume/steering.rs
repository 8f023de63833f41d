//! What callbacks set in the middle of a step.

use crate::{Crash, Folder, NetPerLayer, Training, data, every, fit, result, trainer};
use nn::optim::LayerSettings;
use nn::train::{Every, Fit};

/// Lets the hidden layer rest and learn in turns, always between two batches of one step.
fn switching() -> Training {
    trainer(1).on_batch_end(|view| {
        if view.batch % 4 == 1 {
            let train = view.batch % 8 == 1;
            let hidden = LayerSettings { train, ..view.layers.hidden };
            view.set_layers(NetPerLayer { hidden, ..view.layers });
        }
    })
}

#[test]
fn layers_that_are_set_between_accumulated_batches() {
    let (train, validation) = (data(205, 1), data(60, 2));
    let with = |checkpoints| Fit { accumulate: 3, early_stopping: None, ..fit(&validation, checkpoints) };
    let mut whole = switching();
    let history = whole.fit(&train, &with(None)).unwrap();
    let expected = result(&whole, &history);
    for crash in [4, 5, 12] {
        let folder = Folder::new(&format!("switching-{crash}"));
        let fit = with(every(&folder.0, Every::Steps(1)));
        switching().callback(Crash(crash)).fit(&train, &fit).unwrap_err();
        let mut trainer = switching();
        assert!(trainer.resume(&folder.0).unwrap());
        let history = trainer.fit(&train, &fit).unwrap();
        assert!(result(&trainer, &history) == expected, "crash at step {crash}");
    }
}
