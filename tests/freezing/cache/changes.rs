//! What is kept when something changes: what learns, weights, data, the run of the program.

use super::*;
use nn::optim::Groups;
use nn::train::{Callback, Checkpoints, Every, Unfreeze, View};
use nn::{Error, Parameters, Result};

#[test]
fn what_begins_to_learn_is_computed_again() {
    // One line more learns in every epoch: what is kept is of no use a second time, but costs only what is tried.
    let gradual = compare(|| trainer(Nested::seeded(1), Nested::per_layer(true)).unfreeze(Unfreeze::gradual(1, 1)));
    assert_eq!(gradual, EPOCHS * 3 * (TRAIN + TEST) + (3 + 3 + 2 + 1) * 2 * TRIED);
    let only = NestedPerLayer { scores: true, ..Nested::per_layer(false) };
    let later =
        compare(|| trainer(Nested::seeded(1), only).unfreeze(Unfreeze::first(only).after(2, Nested::per_layer(true))));
    assert_eq!(later, 3 * (TRAIN + TEST + 2 * TRIED) + 2 * 3 * (TRAIN + TEST));
}

/// Makes other layers learn after some batches, in the middle of epochs.
struct Switch(Vec<(u64, NestedPerLayer<bool>)>);

impl Callback<Nested> for Switch {
    fn on_batch_end(&mut self, view: &mut View<'_, Nested>) -> Result<()> {
        for (step, learns) in &self.0 {
            if view.step == *step {
                view.set_layers(Nested::with_train(view.layers, *learns));
            }
        }
        Ok(())
    }
}

#[test]
fn in_the_middle_of_an_epoch_too() {
    let only = NestedPerLayer { scores: true, ..Nested::per_layer(false) };
    let last = NestedPerLayer { features: FeaturesPerLayer { last: true, ..Features::per_layer(false) }, scores: true };
    for prefetch in [0, 2] {
        let mut found = Vec::new();
        for frozen_cache in [kept(), FrozenCache::Off] {
            let mut trainer = trainer(Nested::seeded(1), last).callback(Switch(vec![
                (2, only),
                (7, Nested::per_layer(true)),
                (10, last),
                (18, only),
            ]));
            let history = trainer.fit(&data(1, TRAIN), &Fit { prefetch, ..fit(frozen_cache) }).unwrap();
            found.push(bits(trainer.network(), &history));
        }
        assert!(found[0] == found[1], "prefetch {prefetch}");
    }
}

#[test]
fn other_weights_are_noticed() {
    let run = |setting: FrozenCache| {
        let (train, mut trainer) = (data(1, TRAIN), plain());
        trainer.fit(&train, &fit(setting.clone())).unwrap();
        trainer.network_mut().body.gain.values_mut()[3] = 0.5;
        let history = trainer.fit(&train, &fit(setting)).unwrap();
        bits(trainer.network(), &history)
    };
    let place = Folder::new("weights");
    assert!(run(kept()) == run(FrozenCache::Off));
    assert!(run(FrozenCache::Disk(place.0.clone())) == run(FrozenCache::Off));
}

#[test]
fn files_serve_the_next_run() {
    let place = Folder::new("disk");
    let disk = || FrozenCache::Disk(place.0.join("outputs"));
    let (train, test) = (data(1, TRAIN), data(2, TEST));
    let run = |mut trainer: Training<Plain>, setting, train: &Samples<[f32; 6], u32>| {
        counts::take();
        let history = trainer.fit(train, &Fit { validation: Some(&test), ..fit(setting) })?;
        Ok::<_, Error>((bits(trainer.network(), &history), counts::take()))
    };
    let (expected, _) = run(plain(), FrozenCache::Off, &train).unwrap();
    for computed in [TRAIN + TEST, 0] {
        let (found, count) = run(plain(), disk(), &train).unwrap();
        assert!(found == expected);
        assert_eq!(count, computed + PLAIN + TRIED);
    }
    // Other data, other weights, another line: all computed anew, each where it differs.
    let other = data(7, TRAIN);
    assert_eq!(run(plain(), disk(), &other).unwrap().1, TRAIN + PLAIN + TRIED);
    let (expected, _) = run(plain(), FrozenCache::Off, &other).unwrap();
    assert!(run(plain(), disk(), &other).unwrap().0 == expected);
    let moved = || {
        let mut trainer = plain();
        trainer.network_mut().norm.running_mean.values_mut()[0] = 0.25;
        trainer
    };
    assert_eq!(run(moved(), disk(), &other).unwrap().1, TRAIN + TEST + PLAIN + TRIED);
    assert!(run(moved(), disk(), &other).unwrap().0 == run(moved(), FrozenCache::Off, &other).unwrap().0);

    // What is damaged is told and left alone.
    let file = place.0.join("outputs/training.features");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    let said = run(moved(), disk(), &other).unwrap_err().to_string();
    assert!(said.contains("training.features") && said.contains("damaged"), "{said}");
    assert!(std::fs::read(&file).unwrap() == bytes);
}

/// Stops as a crash would.
struct Crash(u64);

impl<N: Layer> Callback<N> for Crash {
    fn on_batch_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
        if view.step == self.0 { Err(Error::data("crash", "on purpose")) } else { Ok(()) }
    }
}

#[test]
fn a_resumed_run_has_the_bits_of_one_that_was_never_stopped() {
    let (train, test) = (data(1, TRAIN), data(2, TEST));
    let make = || {
        let only = NestedPerLayer { scores: true, ..Nested::per_layer(false) };
        let last = NestedPerLayer { features: FeaturesPerLayer { last: true, ..only.features }, ..only };
        trainer(Nested::seeded(1), only).unfreeze(Unfreeze::first(only).after(2, last))
    };
    let run = |trainer: &mut Training<Nested>, checkpoints| {
        let history = trainer.fit(&train, &Fit { validation: Some(&test), checkpoints, ..fit(kept()) })?;
        Ok::<_, Error>(bits(trainer.network(), &history))
    };
    let expected = run(&mut make(), None).unwrap();
    // Five steps an epoch: in the first, in the middle of the second, at an end, in the last.
    for crash in [2, 8, 15, 18] {
        let folder = Folder::new(&format!("resume-{crash}"));
        let every = || Some(Checkpoints { every: Every::Steps(1), ..Checkpoints::new(&folder.0) });
        run(&mut make().callback(Crash(crash)), every()).unwrap_err();
        let mut resumed = make();
        assert!(resumed.resume(&folder.0).unwrap());
        assert!(run(&mut resumed, every()).unwrap() == expected, "a crash at step {crash}");
    }
}
