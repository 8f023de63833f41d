//! Training that is killed and goes on: the same bits as training that was never stopped.

mod back;
mod changed;
mod more;
mod names;
mod steering;

use nn::data::Samples;
use nn::loss::CrossEntropy;
use nn::metrics::{Accuracy, F1};
use nn::optim::{Adam, Groups, LayerSettings};
use nn::random::Random;
use nn::schedule::{Cosine, ReduceOnPlateau, Schedule};
use nn::storage::{Checkpoint, Rotation, to_bytes};
use nn::train::{Checkpoints, EarlyStopping, Ema, Every, Fit, History, Progress, Swa, Trainer, Unfreeze};
use nn::{Error, Parameters, network};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

network! {
    #[derive(Clone)]
    struct Net: [6] -> [3] {
        hidden: Dense(16),
        norm: BatchNorm1d,
        drop: Dropout(0.2),
        scores: Dense(3),
    }

    struct Other: [6] -> [3] {
        hidden: Dense(17) + Relu,
        scores: Dense(3),
    }
}

fn data(count: usize, seed: u64) -> Samples<[f32; 6], u32> {
    let mut random = Random::new(seed, "resume");
    let x: Vec<[f32; 6]> = (0..count).map(|_| core::array::from_fn(|_| random.normal() as f32)).collect();
    let noise: Vec<f64> = (0..count).map(|_| random.normal()).collect();
    let label =
        |(x, noise): (&[f32; 6], f64)| ((x[0] + x[1] * x[2]) as f64 + 0.3 * noise).clamp(-1.0, 1.0).round() as i32;
    let labels: Vec<u32> = x.iter().zip(noise).map(|pair| (label(pair) + 1) as u32).collect();
    Samples::new(x, labels).unwrap()
}

type Training = Trainer<Net, CrossEntropy, Adam, u32>;

/// Everything that has a state: schedule, plateau, metrics, early stopping.
fn trainer(threads: usize) -> Training {
    Trainer::new(Net::seeded(5), CrossEntropy, Adam { lr: 0.01, ..Adam::default() })
        .metric(Accuracy)
        .metric(F1)
        .schedule(Cosine::new(400).warmup(10))
        .reduce_on_plateau("val_loss", ReduceOnPlateau { patience: 0, factor: 0.7, ..ReduceOnPlateau::default() })
        .clip_norm(1.0)
        .seed(11)
        .threads(threads)
}

const EPOCHS: usize = 8;

fn fit<'a>(validation: &'a Samples<[f32; 6], u32>, checkpoints: Option<Checkpoints>) -> Fit<'a, [f32; 6], u32> {
    Fit {
        epochs: EPOCHS,
        batch_size: 10,
        validation: Some(validation),
        early_stopping: Some(EarlyStopping { patience: 4, ..EarlyStopping::default() }),
        checkpoints,
        progress: Progress::Silent,
        ..Fit::default()
    }
}

/// What has to be the same: parameters, and all numbers of the history but the durations.
fn result(trainer: &Training, history: &History) -> (Vec<u8>, Vec<(String, u64)>) {
    let numbers = history.epochs().iter().flat_map(|epoch| {
        let lr = [("lr".to_owned(), epoch.lr.to_bits())];
        epoch.values.iter().map(|(name, value)| (name.to_owned(), value.to_bits())).chain(lr).collect::<Vec<_>>()
    });
    (to_bytes(trainer.network()).unwrap(), numbers.collect())
}

fn uninterrupted() -> (Vec<u8>, Vec<(String, u64)>) {
    let (train, validation) = (data(205, 1), data(60, 2));
    let mut trainer = trainer(1);
    let history = trainer.fit(&train, &fit(&validation, None)).unwrap();
    result(&trainer, &history)
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-resume-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn every(folder: &Path, every: Every) -> Option<Checkpoints> {
    Some(Checkpoints { every, keep_last: 2, ..Checkpoints::new(folder) })
}

/// Stops as a crash would: by an error in the middle of everything.
struct Crash(u64);

impl<N: nn::Layer> nn::train::Callback<N> for Crash {
    fn on_batch_end(&mut self, view: &mut nn::train::View<'_, N>) -> nn::Result<()> {
        if view.step == self.0 { Err(Error::data("crash", "on purpose")) } else { Ok(()) }
    }
}

#[test]
fn a_resumed_run_has_the_bits_of_one_that_was_never_stopped() {
    let expected = uninterrupted();
    let (train, validation) = (data(205, 1), data(60, 2));
    // 21 steps an epoch: crashes in the middle of the first epoch, at an end, in the middle of a later one.
    for (crash, rhythm, threads, prefetch) in [
        (17, Every::Steps(5), 1, 0),
        (42, Every::Steps(7), 3, 2),
        (60, Every::Epochs(1), 2, 0),
        (85, Every::Steps(4), 8, 1),
    ] {
        let folder = Folder::new(&format!("bits-{crash}"));
        let fit = Fit { prefetch, ..fit(&validation, every(&folder.0, rhythm)) };
        let crashed = trainer(threads).callback(Crash(crash)).fit(&train, &fit).unwrap_err();
        assert_eq!(crashed.to_string(), "crash: on purpose");
        let mut trainer = trainer(2);
        assert!(trainer.resume(&folder.0).unwrap());
        let history = trainer.fit(&train, &fit).unwrap();
        assert!(result(&trainer, &history) == expected, "crash at step {crash}");
        assert!(Rotation::new(&folder.0).all().unwrap().len() <= 2);
    }
}

/// Lets the hidden layer learn from the second epoch on.
fn unfreezing(threads: usize) -> Training {
    let frozen = NetPerLayer { hidden: LayerSettings::FROZEN, ..Net::per_layer(LayerSettings::TRAINED) };
    trainer(threads).layers(frozen).on_epoch_end(|view| {
        if view.epoch == 1 {
            view.set_layers(Net::per_layer(LayerSettings { lr: 0.5, ..LayerSettings::TRAINED }));
            view.set_lr_factor(0.9);
        }
    })
}

#[test]
fn what_callbacks_have_changed_is_kept() {
    let (train, validation) = (data(205, 1), data(60, 2));
    let mut whole = unfreezing(1);
    let history = whole.fit(&train, &fit(&validation, None)).unwrap();
    let expected = result(&whole, &history);

    let folder = Folder::new("unfreezing");
    let fit = fit(&validation, every(&folder.0, Every::Steps(10)));
    unfreezing(1).callback(Crash(75)).fit(&train, &fit).unwrap_err();
    let mut trainer = unfreezing(1);
    assert!(trainer.resume(&folder.0).unwrap());
    let history = trainer.fit(&train, &fit).unwrap();
    assert!(result(&trainer, &history) == expected);
}

/// Groups, unfreezing with rates that rise, schedules of some layers, and an average of the weights.
fn fine_tuning(swa: bool) -> Training {
    let scores = NetPerLayer { scores: true, ..Net::per_layer(false) };
    let without_norm = NetPerLayer { norm: false, ..Net::per_layer(true) };
    let tuning = trainer(1)
        .layers(Net::discriminative(0.6))
        .decay_matrices_only()
        .schedule_layers(scores, Cosine::new(150))
        .unfreeze(Unfreeze::first(scores).after(1, without_norm).after(3, Net::per_layer(true)).warmup(15));
    if swa {
        tuning.swa(Swa { start: 2, every: Every::Steps(7) })
    } else {
        tuning.ema(Ema { decay: 0.95, warmup: true })
    }
}

#[test]
fn fine_tuning_goes_on_with_the_same_bits() {
    let (train, validation) = (data(205, 1), data(60, 2));
    for swa in [false, true] {
        let early = EarlyStopping { patience: 4, restore_best: !swa, ..EarlyStopping::default() };
        let fit = |checkpoints| Fit { early_stopping: Some(early), ..fit(&validation, checkpoints) };
        let mut whole = fine_tuning(swa);
        let history = whole.fit(&train, &fit(None)).unwrap();
        let expected = result(&whole, &history);
        // In the middle of a rise, of the first epoch with an average, and at the end of an epoch.
        for (crash, rhythm) in [(27, Every::Steps(5)), (50, Every::Steps(6)), (66, Every::Epochs(1))] {
            let folder = Folder::new(&format!("tuning-{swa}-{crash}"));
            let fit = fit(every(&folder.0, rhythm));
            fine_tuning(swa).callback(Crash(crash)).fit(&train, &fit).unwrap_err();
            let mut trainer = fine_tuning(swa);
            assert!(trainer.resume(&folder.0).unwrap());
            let history = trainer.fit(&train, &fit).unwrap();
            assert!(result(&trainer, &history) == expected, "swa {swa}, crash at step {crash}");
        }
    }
}

#[test]
fn a_run_that_has_ended_does_nothing_more() {
    let folder = Folder::new("ended");
    let (train, validation) = (data(205, 1), data(60, 2));
    let fit = fit(&validation, every(&folder.0, Every::Epochs(3)));
    let mut first = trainer(1);
    assert!(!first.resume(&folder.0).unwrap(), "there is nothing to resume yet");
    let history = first.fit(&train, &fit).unwrap();
    let mut second = trainer(1);
    assert!(second.resume(&folder.0).unwrap());
    let again = second.fit(&train, &fit).unwrap();
    assert_eq!(again, history);
    assert!(result(&second, &again) == result(&first, &history));

    // The next call trains further.
    let more = Fit { epochs: 1, ..self::fit(&validation, None) };
    assert_eq!(second.fit(&train, &more).unwrap().epochs().len(), 1);
}

#[test]
fn the_best_epoch_is_kept() {
    let folder = Folder::new("best");
    let (train, validation) = (data(205, 1), data(60, 2));
    let checkpoints = Checkpoints { best: Some("val_loss"), ..Checkpoints::new(&folder.0) };
    let mut trainer = trainer(1);
    let fit = Fit { early_stopping: None, ..fit(&validation, Some(checkpoints)) };
    let history = trainer.fit(&train, &fit).unwrap();
    let losses = history.values("val_loss");
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let best = Checkpoint::read(Rotation::new(&folder.0).best().unwrap()).unwrap();
    let mut net = Net::seeded(0);
    best.load_network(&mut net).unwrap();
    *trainer.network_mut() = net;
    assert!((trainer.evaluate(&validation).unwrap().loss() - least).abs() < 1e-6, "{losses:?}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = Folder::new("refused");
    let (train, validation) = (data(205, 1), data(60, 2));
    let fit = fit(&validation, every(&folder.0, Every::Steps(5)));
    trainer(1).callback(Crash(12)).fit(&train, &fit).unwrap_err();

    // Another network, another optimiser.
    let error =
        Trainer::<_, _, _, u32>::new(Other::seeded(0), CrossEntropy, Adam::default()).resume(&folder.0).unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    let error = Trainer::<_, _, _, u32>::new(Net::seeded(0), CrossEntropy, nn::optim::Sgd::default())
        .resume(&folder.0)
        .unwrap_err();
    assert!(error.to_string().contains("adam"), "{error}");

    // Other batches in the middle of an epoch.
    let mut other = trainer(1);
    other.resume(&folder.0).unwrap();
    let error = other.fit(&train, &Fit { batch_size: 11, ..fit.clone() }).unwrap_err().to_string();
    assert!(error.contains("batch_size 10") && error.contains("batch_size 11"), "{error}");
    other.fit(&train, &fit).unwrap();

    // A fresh run into the folder of another.
    let error = trainer(1).fit(&train, &fit).unwrap_err().to_string();
    assert!(error.starts_with("Checkpoints::folder: ") && error.contains("Trainer::resume"), "{error}");

    // A file that is damaged.
    let (_, file) = Rotation::new(&folder.0).latest().unwrap().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(trainer(1).resume(&file).unwrap_err(), Error::Format { .. }));
}

/// The variable that makes this program the one that is killed.
const VICTIM: &str = "NN_RESUME_TEST_FOLDER";

/// Not a test by itself: what the next one starts and kills.
#[test]
fn victim() {
    let Ok(folder) = std::env::var(VICTIM) else { return };
    let (train, validation) = (data(205, 1), data(60, 2));
    let slow = |view: &mut nn::train::View<'_, Net>| {
        println!("{}", view.step);
        std::thread::sleep(Duration::from_millis(3));
    };
    let mut trainer = trainer(2).on_batch_end(slow);
    trainer.resume(&folder).unwrap();
    trainer.fit(&train, &fit(&validation, every(Path::new(&folder), Every::Steps(4)))).unwrap();
}

#[test]
fn a_killed_program_goes_on_where_it_was() {
    let expected = uninterrupted();
    let folder = Folder::new("killed");
    let mut kills = 0;
    for milliseconds in [150, 90, 210, 120, 170] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["victim", "--exact", "--nocapture", "--test-threads=1"])
            .env(VICTIM, &folder.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Let it get further than the run before, so that every run loses and gains something.
        let before = Rotation::new(&folder.0).latest().unwrap().map_or(0, |(number, _)| number);
        let start = Instant::now();
        let gained = || Rotation::new(&folder.0).latest().unwrap().is_some_and(|(number, _)| number > before);
        while !gained() && child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap(); // SIGKILL
            kills += 1;
        }
        child.wait().unwrap();
    }
    assert!(kills >= 2, "the program was too fast to be killed more than {kills} times");

    let (train, validation) = (data(205, 1), data(60, 2));
    let mut trainer = trainer(1);
    assert!(trainer.resume(&folder.0).unwrap());
    let history = trainer.fit(&train, &fit(&validation, every(&folder.0, Every::Steps(4)))).unwrap();
    assert!(result(&trainer, &history) == expected);
}
