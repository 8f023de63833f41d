//! When outputs are kept, and of which line.

use super::*;
use nn::data::Dataset;
use nn::lora::{Adapted, Tuning};
use nn::plan::{Freeze, Planned, Train};
use nn::train::{Ema, Every, Swa};
use nn::{Parameters, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What [`plain`] says by flags.
struct HeadOnly;

impl PlainPlan for HeadOnly {
    type Body = Freeze;
    type Norm = Freeze;
    type Hidden = Train;
    type Scores = Train;
}

#[test]
fn every_sample_goes_through_the_frozen_part_once() {
    let once = TRAIN + TEST + PLAIN + TRIED;
    assert_eq!(compare(plain), once);
    let by_type = || trainer(ByType::seeded(1), ByTypePerLayer { hidden: true, scores: true });
    assert_eq!(compare(by_type), once);
    let planned = Planned::<Plain, HeadOnly>::new;
    let by_plan = || trainer(planned(Plain::seeded(1)), Planned::<Plain, HeadOnly>::per_layer(true));
    assert_eq!(compare(by_plan), once);
    // Also as an average of weights, over several batches for a step, with a last batch left out, and one thread more to load.
    assert_eq!(compare(|| plain().ema(Ema::default())), once);
    let (train, swa) = (data(1, TRAIN), Swa { start: 1, every: Every::Epochs(1) });
    let mut found = Vec::new();
    for frozen_cache in [kept(), FrozenCache::Off] {
        let mut trainer = plain().swa(swa);
        let fit = Fit { accumulate: 2, drop_last: true, prefetch: 2, ..fit(frozen_cache) };
        let history = trainer.fit(&train, &fit).unwrap();
        found.push(bits(trainer.network(), &history));
    }
    assert!(found[0] == found[1]);
}

#[test]
fn networks_that_are_adapted_and_networks_of_several_inputs() {
    let choose = |path: &str, _: &str| match path {
        "hidden" => Tuning::LowRank,
        "scores" => Tuning::Whole,
        _ => Tuning::Frozen,
    };
    let adapted = || trainer(Adapted::new(Plain::seeded(1), 2, 4.0, choose).unwrap(), Plain::per_layer(true));
    assert_eq!(compare(adapted), TRAIN + TEST + PLAIN + TRIED);

    let (one, two) = (data(1, TRAIN), data(2, TRAIN));
    let x = PairIn { one: nn::Batch::from_samples(one.x()), two: nn::Batch::from_samples(two.x()) };
    let train = Samples::<PairIn, u32>::from_owned(x, nn::Batch::from_samples(one.y())).unwrap();
    let run = |frozen_cache| {
        let mut trainer = Trainer::new(Pair::seeded(1), CrossEntropy, Adam::default())
            .train_only(PairPerLayer { stem: false, scores: true });
        counts::take();
        let fit = Fit { epochs: EPOCHS, batch_size: 8, progress: QUIET, frozen_cache, ..Fit::default() };
        let history = trainer.fit(&train, &fit).unwrap();
        (bits(trainer.network(), &history), counts::take())
    };
    let ((found, with), (expected, without)) = (run(kept()), run(FrozenCache::Off));
    assert!(found == expected);
    assert_eq!((with, without), (2 * (TRAIN + TRIED), 2 * EPOCHS * TRAIN));
}

/// Counts the samples that are loaded.
struct Loaded(Samples<[f32; 6], u32>, AtomicUsize);

impl Dataset<[f32; 6], u32> for Loaded {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn fill(&self, indices: &[usize], x: &mut [[f32; 6]], y: &mut [u32]) -> Result<()> {
        self.1.fetch_add(indices.len(), Ordering::Relaxed);
        self.0.fill(indices, x, y)
    }
    fn weights(&self) -> Option<&[f32]> {
        self.0.weights()
    }
}

#[test]
fn samples_are_loaded_once() {
    let data = Loaded(data(1, TRAIN), AtomicUsize::new(0));
    plain().fit(&data, &fit(kept())).unwrap();
    // The first batch comes twice: to be tried.
    assert_eq!(data.1.into_inner(), TRAIN + 8);
}

#[test]
fn one_epoch_and_networks_that_learn_from_the_first_line_on_keep_nothing() {
    let count = |net: &mut Training<Plain>, epochs| {
        counts::take();
        net.fit(&data(1, TRAIN), &Fit { epochs, ..fit(kept()) }).unwrap();
        counts::take()
    };
    assert_eq!(count(&mut plain(), 1), TRAIN);
    assert_eq!(count(&mut trainer(Plain::seeded(1), Plain::per_layer(true)), EPOCHS), EPOCHS * TRAIN);
}

#[test]
fn augmented_samples_are_computed_every_time_and_validation_once() {
    let (train, test) = (data(1, TRAIN).augment(5, |random, x, _| x[0][0] += random.uniform() as f32), data(2, TEST));
    let mut found = Vec::new();
    for (setting, expected) in [(kept(), EPOCHS * TRAIN + TEST + TRIED), (FrozenCache::Off, EPOCHS * (TRAIN + TEST))] {
        let mut trainer = plain();
        counts::take();
        let history = trainer.fit(&train, &Fit { validation: Some(&test), ..fit(setting) }).unwrap();
        assert_eq!(counts::take(), expected);
        found.push(bits(trainer.network(), &history));
    }
    assert!(found[0] == found[1]);
}

#[test]
fn what_is_random_or_mixes_the_batch_is_not_kept_but_what_is_below_it() {
    // Validation is the same every time; in training, only the first of the two counting layers is.
    let training = |cuts: usize| TRAIN + EPOCHS * TRAIN + cuts;
    let validation = 2 * (TEST + TRIED);
    let noisy = compare(|| trainer(Noisy::seeded(1), NoisyPerLayer { scores: true, ..Noisy::per_layer(false) }));
    let mixing = compare(|| trainer(Mixing::seeded(1), MixingPerLayer { scores: true, ..Mixing::per_layer(false) }));
    for found in [noisy, mixing] {
        let tried = found - training(0) - validation;
        assert!(tried <= 4 * 2 * TRIED, "{found}");
    }
    // Below a dropout at the bottom there is nothing.
    let found =
        compare(|| trainer(DropFirst::seeded(1), DropFirstPerLayer { scores: true, ..DropFirst::per_layer(false) }));
    let tried = found - EPOCHS * TRAIN - (TEST + TRIED);
    assert!(tried <= TRIED, "{found}");
}

#[test]
fn what_turns_out_to_be_random_is_not_kept_either() {
    // None of the samples that are tried is one of those to which noise is added.
    let noisy = |x: &[f32; 6]| (1.5 * x[0]).tanh() > 0.97;
    assert!(!data(1, 4).x().iter().any(noisy) && data(1, TRAIN).x().iter().any(noisy));
    let make = || trainer(Moody::seeded(1), MoodyPerLayer { scores: true, ..Moody::per_layer(false) });
    compare(make);
    let (folder, train) = (Folder::new("moody"), data(1, TRAIN));
    let run = |setting| {
        let mut trainer = make();
        let history = trainer.fit(&train, &fit(setting)).unwrap();
        bits(trainer.network(), &history)
    };
    assert!(run(FrozenCache::Disk(folder.0.clone())) == run(FrozenCache::Off));
    assert!(!folder.0.join("training.features").exists());
}

#[test]
fn what_is_to_blame_for_a_loss_without_a_number_is_found_below_too() {
    let mut x = data(1, TRAIN).x().to_vec();
    x[20][3] = f32::NAN;
    let train = Samples::new(x, data(1, TRAIN).y()).unwrap();
    let say = |setting| plain().fit(&train, &fit(setting)).unwrap_err().to_string();
    let said = say(kept());
    assert!(said.starts_with("sample 20: its input ") && said.contains(" has NaN"), "{said}");
    assert_eq!(said, say(FrozenCache::Off));
}

fn nested(learns: NestedPerLayer<bool>) -> usize {
    compare(|| trainer(Nested::seeded(1), learns))
}

#[test]
fn the_part_may_end_inside_networks_and_arrays() {
    let features =
        |stem, blocks: [bool; 3], last| FeaturesPerLayer { stem, blocks: blocks.map(Block::per_layer), last };
    let learns = |features| NestedPerLayer { features, scores: true };
    let once = TRAIN + TEST + 2 * TRIED;
    let always = EPOCHS * (TRAIN + TEST);
    assert_eq!(nested(learns(features(false, [false; 3], false))), 3 * once);
    assert_eq!(nested(learns(features(false, [false; 3], true))), 3 * once);
    assert_eq!(nested(learns(features(false, [false, false, true], true))), 2 * once + always);
    assert_eq!(nested(learns(features(false, [false, true, true], true))), once + 2 * always);
    assert_eq!(nested(learns(features(false, [true; 3], true))), 3 * always);
    assert_eq!(nested(learns(features(true, [false; 3], false))), 3 * always);
    // In the middle of a block: its first line is frozen, the body behind it learns.
    let half = BlockPerLayer { inner: false, ..Block::per_layer(true) };
    let blocks = [Block::per_layer(false), half, Block::per_layer(true)];
    assert_eq!(nested(learns(FeaturesPerLayer { stem: false, blocks, last: true })), 2 * once + always);
}

#[test]
fn branches_are_cut_where_all_goes_through_one_line() {
    let run = |learns| compare(|| trainer(Branches::seeded(1), learns));
    let (all, none) = (Branches::per_layer(true), Branches::per_layer(false));
    let once = TRAIN + TEST + 2 * TRIED;
    let always = EPOCHS * (TRAIN + TEST);
    assert_eq!(run(BranchesPerLayer { scores: true, ..none }), 3 * once);
    // `sum` is read by two lines, but by nothing that is not behind it.
    assert_eq!(run(BranchesPerLayer { scores: true, next: true, ..none }), 3 * once);
    // One of the two ways learns: below both is the stem.
    assert_eq!(run(BranchesPerLayer { left: Block::per_layer(true), scores: true, ..none }), once + 2 * always);
    assert_eq!(run(BranchesPerLayer { right: true, scores: true, ..none }), once + 2 * always);
    assert_eq!(run(BranchesPerLayer { stem: false, ..all }), once + 2 * always);
    assert_eq!(run(BranchesPerLayer { stem: true, ..none }), 3 * always);
    let around = |learns| compare(|| trainer(Around::seeded(1), learns));
    let none = AroundPerLayer { scores: true, ..Around::per_layer(false) };
    assert_eq!(around(none), 2 * once, "what both give together");
    assert_eq!(around(AroundPerLayer { side: true, ..none }), 2 * always, "what the stem gives is not all");
    assert_eq!(around(AroundPerLayer { stem: true, ..none }), 2 * always);
}

#[test]
fn what_is_too_large_is_not_kept() {
    let run = |at_most, validation: bool| {
        let (train, test) = (data(1, TRAIN), data(2, TEST));
        counts::take();
        let fit = Fit { validation: validation.then_some(&test as _), ..fit(FrozenCache::Memory { at_most }) };
        plain().fit(&train, &fit).unwrap();
        counts::take()
    };
    let bytes = 6 * 4 * TRAIN;
    assert_eq!(run(bytes, false), TRAIN + PLAIN);
    assert_eq!(run(bytes - 1, false), EPOCHS * TRAIN + PLAIN);
    // What is left is for validation.
    assert_eq!(run(bytes + 6 * 4 * TEST, true), TRAIN + TEST + PLAIN + TRIED);
    assert_eq!(run(bytes + 6 * 4 * TEST - 1, true), TRAIN + PLAIN + EPOCHS * TEST + TRIED);
}

#[test]
fn validation_may_take_larger_batches_than_training() {
    let (train, test) = (data(1, 5), data(2, TRAIN));
    let run = |frozen_cache| {
        let mut trainer = plain();
        let fit = Fit { batch_size: 16, validation: Some(&test as _), ..fit(frozen_cache) };
        let history = trainer.fit(&train, &fit).unwrap();
        bits(trainer.network(), &history)
    };
    assert!(run(kept()) == run(FrozenCache::Off));
}

#[test]
fn images_have_the_same_bits_on_any_number_of_threads() {
    type Image = [[[f32; 12]; 12]; 3];
    let mut random = Random::new(4, "images");
    let mut x = nn::Batch::<Image>::zeroed(30);
    x.flat_mut().fill_with(|| random.normal() as f32);
    let train = Samples::<Image, u32>::from_owned(x, nn::Batch::from((0..30).map(|i| i % 4).collect::<Vec<u32>>()));
    let train = train.unwrap();
    let test = train.subset([3, 1, 28, 29, 4]).unwrap();
    let learns = |stages: [bool; 2], down| PhotographsPerLayer {
        stages: stages.map(Stage::per_layer),
        down,
        scores: true,
        ..Photographs::per_layer(false)
    };
    for learns in [learns([false; 2], false), learns([false; 2], true), learns([false, true], true)] {
        let run = |frozen_cache, threads| {
            let mut net = Photographs::seeded(2);
            net.norm.running_mean.values_mut().fill(0.1);
            let mut trainer =
                Trainer::new(net, CrossEntropy, Adam::default()).train_only(learns).metric(Accuracy).threads(threads);
            let fit = Fit {
                epochs: 3,
                batch_size: 7,
                validation: Some(&test),
                progress: QUIET,
                frozen_cache,
                ..Fit::default()
            };
            let history = trainer.fit(&train, &fit).unwrap();
            bits(trainer.network(), &history)
        };
        let expected = run(FrozenCache::Off, 1);
        for threads in [1, 2, 3, 8] {
            assert!(run(kept(), threads) == expected, "{threads} threads");
        }
    }
}
