//! Networks whose lines are called as what stands in checkpoints besides.

use crate::{Crash, Folder, data, every};
use nn::loss::CrossEntropy;
use nn::network;
use nn::optim::Adam;
use nn::storage::to_bytes;
use nn::train::{EarlyStopping, Ema, Every, Fit, Progress, Trainer};

network! {
    struct Peculiar: [6] -> [3] {
        average: Dense(8) + Tanh,
        optimizer: Dense(8) + Tanh,
        best: Dense(3),
    }

    /// A name that is a tensor's and that of a copy.
    struct Both: [6] -> [3] {
        hidden: Dense(8) + Tanh,
        best: Inner,
    }

    struct Inner: [8] -> [3] {
        hidden: Dense(3),
    }
}

#[test]
fn lines_called_best_average_and_optimizer_are_resumed() {
    let (train, validation) = (data(45, 1), data(20, 2));
    for (ema, early) in [(false, false), (true, false), (false, true), (true, true)] {
        let folder = Folder::new(&format!("peculiar-{ema}-{early}"));
        let trainer = || {
            let trainer = Trainer::new(Peculiar::seeded(5), CrossEntropy, Adam { lr: 0.01, ..Adam::default() });
            if ema { trainer.ema(Ema { decay: 0.9, warmup: true }) } else { trainer }
        };
        let fit = |checkpoints| Fit {
            epochs: 4,
            batch_size: 10,
            validation: Some(&validation),
            early_stopping: early.then(EarlyStopping::default),
            checkpoints,
            progress: Progress::Silent,
            ..Fit::default()
        };
        let mut whole = trainer();
        whole.fit(&train, &fit(None)).unwrap();
        let fit = fit(every(&folder.0, Every::Steps(3)));
        trainer().callback(Crash(13)).fit(&train, &fit).unwrap_err();
        let mut resumed = trainer();
        assert!(resumed.resume(&folder.0).unwrap());
        resumed.fit(&train, &fit).unwrap();
        assert!(to_bytes(resumed.network()).unwrap() == to_bytes(whole.network()).unwrap(), "{ema} {early}");
    }
}

#[test]
fn a_name_that_is_both_is_no_copy_where_there_are_none() {
    let (folder, train) = (Folder::new("both"), data(45, 1));
    let trainer = || Trainer::new(Both::seeded(5), CrossEntropy, Adam::default());
    let fit = Fit { checkpoints: every(&folder.0, Every::Epochs(1)), progress: Progress::Silent, ..Fit::default() };
    trainer().fit(&train, &fit).unwrap();
    assert!(Trainer::<_, _, _, u32>::resume(&mut trainer(), &folder.0).unwrap());
}
