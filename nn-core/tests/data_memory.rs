//! After the first batch, loading allocates nothing.

use nn_core::Sample;
use nn_core::data::{Balanced, Batches, Dataset, Pass, Samples};
use nn_core::random::Random;

/// Subset of a subset, augmented and weighted: everything that a batch can pass through.
fn with_all<R>(run: impl FnOnce(&dyn Dataset<[f32; 8], u32>) -> R) -> R {
    let x: Vec<[f32; 8]> = (0..1000).map(|i| [i as f32; 8]).collect();
    let y: Vec<u32> = (0..1000).collect();
    let data = Samples::new(x, y).unwrap().with_weights(vec![1.0; 1000]).unwrap();
    let (train, _) = data.split(0.9, 1).unwrap();
    let (train, _) = train.split(0.9, 1).unwrap();
    let noisy =
        train.augment(1, |random: &mut Random, x: &mut [[f32; 8]], _: &mut [u32]| x[0][0] += random.uniform() as f32);
    run(&noisy)
}

/// Samples that come several times a pass, blended with others.
fn with_repeats<R>(run: impl FnOnce(&dyn Dataset<[f32; 8], [f32; 2]>) -> R) -> R {
    let x: Vec<[f32; 8]> = (0..810).map(|i| [i as f32; 8]).collect();
    let y: Vec<u32> = (0..810).map(|i| u32::from(i < 9)).collect();
    let data = Samples::new(x, y).unwrap().with_weights(vec![1.0; 810]).unwrap();
    let balanced = Balanced::new(&data, data.y()).unwrap();
    let noisy = balanced
        .augment(1, |random: &mut Random, x: &mut [[f32; 8]], _: &mut [u32]| x[0][0] += random.uniform() as f32);
    run(&noisy.one_hot().mixup(0.2, 1).unwrap())
}

/// Three passes; how much the last two allocate on this thread.
fn allocations<Y: Sample>(batches: &mut Batches<'_, [f32; 8], Y>) -> u64 {
    let mut pass = |epoch| {
        batches.start(Pass::training(7, epoch));
        let mut samples = 0;
        while let Some(batch) = batches.next_batch().unwrap() {
            samples += batch.x.len() + batch.weights.unwrap().len();
        }
        assert_eq!(samples, 2 * 810);
    };
    pass(0);
    allocation_counter::measure(|| {
        pass(1);
        pass(2);
    })
    .count_total
}

#[test]
fn loading_on_the_spot_allocates_nothing() {
    with_all(|data| assert_eq!(allocations(&mut Batches::new(data, 32).unwrap()), 0));
    with_repeats(|data| assert_eq!(allocations(&mut Batches::new(data, 32).unwrap()), 0));
}

#[test]
fn loading_ahead_allocates_nothing() {
    with_all(|data| {
        std::thread::scope(|scope| {
            let mut batches = Batches::new(data, 32).unwrap().prefetch(scope, 4).unwrap();
            assert_eq!(allocations(&mut batches), 0);
        });
    });
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1.0; 10])));
    assert_eq!(counted.count_total, 1);
}
