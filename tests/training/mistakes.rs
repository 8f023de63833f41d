//! What is told when something is wrong.

use crate::{Line, QUIET, Xor, line, sgd, xor};
use nn::data::{Dataset, Samples};
use nn::loss::{CrossEntropy, MeanSquaredError, Weighted};
use nn::metrics::{Mae, MeanLoss};
use nn::optim::{Adam, LayerSettings};
use nn::schedule::ReduceOnPlateau;
use nn::train::{EarlyStopping, Fit, Trainer, Unfreeze};
use nn::{Error, Network, Parameters};

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
    for name in ["lr", "epoch", "seconds", "samples_per_second", "val_loss", "val_mae"] {
        let named = trainer().metric(MeanLoss::new(name, MeanSquaredError)).fit(&data, &Fit::default()).unwrap_err();
        let start = format!("Trainer::metric: one gives `{name}`, but that is what the history calls");
        assert!(named.to_string().starts_with(&start), "{named}");
    }
    let wrong = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(-1.0)).fit(&data, &Fit::default()).unwrap_err();
    assert!(wrong.to_string().contains("-1"), "{wrong}");
}

#[test]
fn numbers_that_could_not_work_are_told_before_training() {
    let data = line(8, 12);
    for (plateau, what) in [
        (ReduceOnPlateau { factor: 10.0, ..ReduceOnPlateau::default() }, "ReduceOnPlateau::factor: 10 "),
        (ReduceOnPlateau { factor: f64::NAN, ..ReduceOnPlateau::default() }, "ReduceOnPlateau::factor: NaN "),
        (ReduceOnPlateau { threshold: -3.0, ..ReduceOnPlateau::default() }, "ReduceOnPlateau::threshold: -3 "),
        (ReduceOnPlateau { minimum: 3.0, ..ReduceOnPlateau::default() }, "ReduceOnPlateau::minimum: 3 "),
    ] {
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1)).reduce_on_plateau("loss", plateau);
        let told = trainer.fit(&data, &Fit { progress: QUIET, ..Fit::default() }).unwrap_err().to_string();
        assert!(told.starts_with(what), "{told}");
        assert_eq!(trainer.stepper().steps(), 0);
    }
    for weight in [f32::NAN, f32::INFINITY, -1.0] {
        let loss = Weighted { loss: MeanSquaredError, weight };
        let told = Trainer::new(Line::seeded(0), loss, sgd(0.1)).fit(&data, &Fit { progress: QUIET, ..Fit::default() });
        let told = told.unwrap_err().to_string();
        assert!(told.starts_with(&format!("Weighted::weight: is {weight}, ")), "{told}");
    }
    for min_delta in [f64::NAN, f64::INFINITY, -1.0] {
        let early = EarlyStopping { monitor: "loss", min_delta, ..EarlyStopping::default() };
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
        let fit = Fit { early_stopping: Some(early), progress: QUIET, ..Fit::default() };
        let told = trainer.fit(&data, &fit).unwrap_err().to_string();
        assert!(told.starts_with(&format!("EarlyStopping::min_delta: is {min_delta}, ")), "{told}");
    }
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
fn data_of_which_nothing_counts_are_refused() {
    let data = line(4, 12).with_weights([0.0, 0.0, 1.0, 1.0]).unwrap();
    let (none, some) = (data.subset([0, 1]).unwrap(), data.subset([1, 2]).unwrap());
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
    let fit = Fit { progress: QUIET, ..Fit::default() };
    let told = trainer.fit(&none, &fit).unwrap_err().to_string();
    assert!(told.starts_with("Trainer::fit: all 2 samples of the training data have weight 0"), "{told}");
    let told = trainer.fit(&some, &Fit { validation: Some(&none), ..fit.clone() }).unwrap_err().to_string();
    assert!(told.starts_with("Trainer::fit: all 2 samples of the validation data have weight 0"), "{told}");
    trainer.fit(&some, &fit).unwrap();
}

#[test]
fn a_wrong_label_that_comes_by_later_is_no_divergence() {
    for wrong in 0..5 {
        let mut y = [0, 1, 0, 1, 0];
        y[wrong] = 7;
        let data = Samples::new([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.2, 0.1], [0.3, 0.9]], y).unwrap();
        let mut trainer = Trainer::new(Xor::seeded(1), CrossEntropy, Adam::default());
        // One of the five is left out in every epoch.
        let fit = Fit { epochs: 30, batch_size: 2, drop_last: true, progress: QUIET, ..Fit::default() };
        let told = trainer.fit(&data, &fit).unwrap_err().to_string();
        assert!(told.starts_with(&format!("CrossEntropy: the label of sample {wrong} is 7")), "{told}");
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
        error.starts_with("sample 3: its input ")
            && error.contains(" has NaN, and so the loss of epoch 1, step ")
            && error.contains("leave the sample out"),
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
fn a_sample_of_weight_0_that_is_no_number_is_named() {
    let data = line(8, 14);
    let mut x = data.x().to_vec();
    x[3][1] = f32::NAN;
    let weights: Vec<f32> = (0..8).map(|i| f32::from(u8::from(i != 3))).collect();
    let bad = Samples::new(x, data.y().to_vec()).unwrap().with_weights(weights).unwrap();
    for (batch_size, accumulate) in [(8, 1), (2, 4), (1, 3)] {
        let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, sgd(0.1));
        let fit = Fit { batch_size, accumulate, progress: QUIET, ..Fit::default() };
        let told = trainer.fit(&bad, &fit).map(|_| ()).map_or_else(|error| error.to_string(), |()| String::new());
        assert!(
            told.starts_with("sample 3 (of weight 0): its input ")
                && told.contains("has NaN, and so a gradient of epoch 1, step "),
            "{batch_size} {accumulate}: {told}"
        );
    }
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

#[test]
fn a_network_in_which_nothing_learns_is_not_trained() {
    let frozen = || Line::per_layer(LayerSettings::FROZEN);
    let (data, fit) = (line(8, 1), Fit { epochs: 2, batch_size: 4, progress: QUIET, ..Fit::default() });
    let mut trainer = Trainer::new(Line::seeded(1), MeanSquaredError, sgd(0.1)).layers(frozen());
    let said = trainer.fit(&data, &fit).unwrap_err().to_string();
    assert!(said.contains("Trainer::fit: all layers are frozen, so that nothing learns"), "{said}");
    assert!(said.contains("`Trainer::train_only`"), "{said}");
    let none = nn::plan::Planned::<Line, nn::plan::Freeze>::new(Line::seeded(1));
    let said = Trainer::new(none, MeanSquaredError, sgd(0.1)).fit(&data, &fit).unwrap_err().to_string();
    assert!(said.contains("the network has no parameters that learn"), "{said}");
    // Some are let learn later.
    let unfreeze = Unfreeze::first(Line::per_layer(false)).after(1, Line::per_layer(true));
    let mut trainer = Trainer::new(Line::seeded(1), MeanSquaredError, sgd(0.1)).layers(frozen()).unfreeze(unfreeze);
    trainer.fit(&data, &fit).unwrap();
    assert_ne!(*trainer.predict(&[[1.0; 3]]), *Line::seeded(1).predict(&[[1.0; 3]]));
}
