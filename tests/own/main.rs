//! Everything of one's own in one network: an activation, a layer, a loss, an optimiser, a metric, a schedule, a callback, a source of data.

mod layers;
mod training;

use layers::{Bounded, Loudness, Sine};
use nn::data::Samples;
use nn::storage::Checkpoint;
use nn::train::{Callback, Checkpoints, Every, Fit, Progress, Trainer, View};
use nn::{Error, Network, Shape, Store, check, network};
use training::{Computed, Halves, LogCosh, SoftSign, within};

network! {
    struct Inner: [8] -> [8] { body: Residual { loud: Loudness<8> as [8] -> [8], fc: Dense(8) + Sine } }

    struct Own: [4] -> [1] {
        hidden: Dense(8) + Bounded,
        loud: Loudness<8> as [8] -> [8],
        waves: Dense(8) + Sine,
        inner: [Inner; 2],
        out: Dense(1),
    }
}

type Training = Trainer<Own, LogCosh, SoftSign, f32>;

fn trainer() -> Training {
    Trainer::new(Own::seeded(1), LogCosh, SoftSign { lr: 0.02, momentum: 0.9 })
        .schedule(Halves(300))
        .metric(within())
        .clip_norm(5.0)
        .seed(3)
}

const TRAIN: Computed = Computed(1000);

fn fit(epochs: usize) -> Fit<'static, [f32; 4], f32> {
    Fit { epochs, progress: Progress::Silent, ..Fit::default() }
}

#[test]
fn gradients_agree_with_finite_differences() {
    for seed in [1, 2, 3] {
        check::gradients(&mut Own::seeded(seed), &check::Options { seed, ..Default::default() }).unwrap();
        check::gradients(&mut Loudness::<5>::default(), &check::Options { seed, ..Default::default() }).unwrap();
    }
    check::threads(&mut Own::seeded(4), 50).unwrap();
}

#[test]
fn it_learns() {
    let mut trainer = trainer();
    let history = trainer.fit(&TRAIN, &fit(30)).unwrap();
    assert_eq!(history.names(), ["loss", "within_0.25"]);
    let last = &history.last().unwrap();
    assert_eq!(last.lr, 0.02 * 0.5_f64.powi(3)); // 959 steps and the last one
    let evaluation = trainer.evaluate(&TRAIN).unwrap();
    assert!(evaluation.loss() < 0.03 && evaluation.get("within_0.25").unwrap() > 0.8, "{evaluation}");
    assert!(evaluation.to_string().contains("% are off by less than 0.25"), "{evaluation}");

    let rows = trainer.network().summary().to_string();
    for row in ["hidden (Dense + Bounded)", "loud (Loudness)", "inner.1.body.loud (Loudness)"] {
        assert!(rows.contains(row), "no `{row}` in\n{rows}");
    }
}

#[test]
fn it_is_saved_and_loaded_and_resumed() {
    let folder = std::env::temp_dir().join(format!("nn-own-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let mut whole = trainer();
    whole.fit(&TRAIN, &fit(3)).unwrap();

    struct Crash;
    impl Callback<Own> for Crash {
        fn on_batch_end(&mut self, view: &mut View<'_, Own>) -> nn::Result<()> {
            if view.step == 50 { Err(Error::data("crash", "on purpose")) } else { Ok(()) }
        }
    }
    let checkpoints = Checkpoints { every: Every::Steps(20), ..Checkpoints::new(&folder) };
    let with_checkpoints = Fit { checkpoints: Some(checkpoints), ..fit(3) };
    trainer().callback(Crash).fit(&TRAIN, &with_checkpoints).unwrap_err();
    let mut resumed = trainer();
    assert!(resumed.resume(&folder).unwrap());
    assert_eq!(resumed.stepper().steps(), 40);
    resumed.fit(&TRAIN, &with_checkpoints).unwrap();
    let bytes = whole.network().to_bytes().unwrap();
    assert!(resumed.network().to_bytes().unwrap() == bytes, "a resumed run has the bits of one that was never stopped");
    let (_, last) = nn::storage::Rotation::new(&folder).latest().unwrap().unwrap();
    let checkpoint = Checkpoint::read(last).unwrap();
    assert_eq!(checkpoint.shape(&Checkpoint::state_name("loud.gate", "velocity")), Some(Shape::new(&[8])));
    std::fs::remove_dir_all(&folder).unwrap();

    let mut loaded = Own::seeded(9);
    loaded.load_bytes(&bytes).unwrap();
    let x = [[0.5, -0.25, 1.0, 0.0], [1.5, 0.75, -1.0, 2.0]];
    assert_eq!(loaded.predict(&x), whole.predict(&x));
    let mut prepared = loaded.prepare(2);
    assert_eq!(prepared.predict(&x).len(), 2);
}

#[test]
fn what_does_not_make_sense_is_told_before_training() {
    let mut trainer = Trainer::new(Own::seeded(1), LogCosh, SoftSign { lr: 0.02, momentum: 1.5 });
    let data = Samples::new([[0.0; 4]], [0.0_f32]).unwrap();
    let error = trainer.fit(&data, &fit(1)).unwrap_err().to_string();
    assert_eq!(error, "SoftSign::momentum: it has to be below 1");
}
