//! Loading on the spot and loading ahead give the same; errors and panics arrive where they belong.

use super::*;
use crate::data::{Dataset, Samples};
use crate::random::Random;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn numbers(len: usize) -> Samples<[f32; 2], u32> {
    let x: Vec<[f32; 2]> = (0..len).map(|i| [i as f32, -(i as f32)]).collect();
    let y: Vec<u32> = (0..len as u32).collect();
    let weights: Vec<f32> = (0..len).map(|i| i as f32 / 2.0 + 1.0).collect();
    Samples::new(x, y).unwrap().with_weights(weights).unwrap()
}

fn source(len: usize) -> impl Dataset<[f32; 2], u32> {
    numbers(len).augment(9, |random: &mut Random, x: &mut [[f32; 2]], _: &mut [u32]| x[0][1] = random.uniform() as f32)
}

type Seen = Vec<(Vec<[f32; 2]>, Vec<u32>, Vec<f32>)>;

fn rest_of_pass(batches: &mut Batches<'_, [f32; 2], u32>) -> Seen {
    let mut seen = Seen::new();
    while let Some(batch) = batches.next_batch().unwrap() {
        seen.push((batch.x.to_vec(), batch.y.to_vec(), batch.weights.unwrap().to_vec()));
    }
    seen
}

#[test]
fn a_pass_gives_every_sample_once_with_its_target_and_weight() {
    let data = source(10);
    let mut batches = Batches::new(&data, 4).unwrap();
    assert!(batches.next_batch().unwrap().is_none());
    batches.start(Pass::training(1, 0));
    let seen = rest_of_pass(&mut batches);
    assert_eq!(seen.iter().map(|batch| batch.0.len()).collect::<Vec<_>>(), [4, 4, 2]);
    let mut labels = Vec::new();
    for (x, y, weights) in &seen {
        for ((x, &y), &weight) in x.iter().zip(y).zip(weights) {
            assert_eq!((x[0], weight), (y as f32, y as f32 / 2.0 + 1.0));
            labels.push(y);
        }
    }
    labels.sort_unstable();
    assert_eq!(labels, (0..10).collect::<Vec<_>>());
    assert!(batches.next_batch().unwrap().is_none());
}

#[test]
fn prefetching_changes_nothing() {
    let data = source(23);
    for ahead in [1, 2, 3, 50] {
        std::thread::scope(|scope| {
            let mut direct = Batches::new(&data, 4).unwrap();
            let mut ahead = Batches::new(&data, 4).unwrap().prefetch(scope, ahead).unwrap();
            assert!(ahead.next_batch().unwrap().is_none());
            let passes =
                [Pass::training(1, 0), Pass::training(1, 1).skip(2), Pass::evaluation(), Pass::training_in_order(1)];
            for pass in passes {
                direct.start(pass);
                ahead.start(pass);
                assert_eq!(rest_of_pass(&mut direct), rest_of_pass(&mut ahead));
            }
            // A pass that is given up in the middle leaves nothing behind.
            for given_up_after in 0..5 {
                ahead.start(Pass::training(2, 0));
                for _ in 0..given_up_after {
                    ahead.next_batch().unwrap().unwrap();
                }
                direct.start(Pass::training(2, 1));
                ahead.start(Pass::training(2, 1));
                assert_eq!(rest_of_pass(&mut direct), rest_of_pass(&mut ahead));
            }
        });
    }
}

/// Large samples of two parts; sample 7 cannot be read. Remembers the most that it was asked for at a time.
#[derive(Default)]
struct Large {
    most: AtomicUsize,
}

type Parts = ([f32; 3000], [u32; 2]);

impl Dataset<Parts, u32> for Large {
    fn len(&self) -> usize {
        11
    }
    fn fill(&self, indices: &[usize], (numbers, words): crate::Mut<'_, Parts>, y: &mut [u32]) -> Result<()> {
        self.most.fetch_max(indices.len(), Ordering::Relaxed);
        assert!(numbers.len() == indices.len() && words.len() == indices.len() && y.len() == indices.len());
        for (i, &index) in indices.iter().enumerate() {
            if index == 7 {
                return Err(Error::data("Large", format!("sample {index} is unreadable")));
            }
            (numbers[i], words[i], y[i]) = ([index as f32; 3000], [index as u32; 2], index as u32);
        }
        Ok(())
    }
}

#[test]
fn halves_on_two_threads_are_the_same_batches() {
    for team in [Team::new(1), Team::new(2), Team::new(3)].map(Arc::new) {
        for size in 1..=6 {
            let large = Large::default();
            let mut batches = Batches::new(&large, size).unwrap().with_team(team.clone());
            batches.start_with(&[10, 2, 3, 3, 0, 5, 1], Pass::evaluation());
            let mut seen = Vec::new();
            while let Some(batch) = batches.next_batch().unwrap() {
                assert_eq!((batch.x.0.len(), batch.x.1.len()), (batch.indices.len(), batch.indices.len()));
                for ((numbers, words), &label) in batch.x.0.iter().zip(batch.x.1).zip(batch.y) {
                    assert!(numbers.iter().all(|&number| number == label as f32) && *words == [label; 2]);
                    seen.push(label);
                }
            }
            assert_eq!(seen, [10, 2, 3, 3, 0, 5, 1], "{size}");
            // Two samples are less than what is loaded together.
            let most = if size > 2 { size.div_ceil(2) } else { size };
            assert_eq!(large.most.load(Ordering::Relaxed), most, "{size}");
            for order in [[7, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 7]] {
                batches.start_with(&order, Pass::evaluation());
                let error = (0..6).find_map(|_| batches.next_batch().err()).unwrap();
                assert_eq!(error.to_string(), "Large: sample 7 is unreadable");
            }
        }
    }
}

#[test]
fn a_resumed_pass_goes_on_where_it_was_left() {
    let data = source(11);
    let mut batches = Batches::new(&data, 3).unwrap();
    batches.start(Pass::training(5, 2));
    let whole = rest_of_pass(&mut batches);
    for skip in 0..6 {
        batches.start(Pass::training(5, 2).skip(skip));
        assert_eq!(rest_of_pass(&mut batches), whole[skip.min(4)..]);
    }
}

#[test]
fn the_short_last_batch_can_be_dropped_but_not_the_only_one() {
    let data = source(10);
    let mut batches = Batches::new(&data, 4).unwrap().drop_last();
    batches.start(Pass::evaluation());
    assert_eq!((rest_of_pass(&mut batches).len(), batches.batches_per_pass()), (2, 2));
    let mut batches = Batches::new(&data, 100).unwrap().drop_last();
    batches.start(Pass::evaluation());
    assert_eq!((rest_of_pass(&mut batches).len(), batches.batches_per_pass()), (1, 1));
}

#[test]
fn an_order_may_be_longer_than_the_data_and_its_batches_too() {
    let (data, order) = (numbers(3), [0, 1, 2, 2, 1, 0, 1, 2, 1]);
    for size in [1, 3, 4, 8, 100, usize::MAX] {
        std::thread::scope(|scope| {
            let direct = Batches::new(&data, size).unwrap();
            assert_eq!(direct.batch_size(), size.min(3));
            for mut batches in [direct, Batches::new(&data, size).unwrap().prefetch(scope, 2).unwrap()] {
                for _ in 0..2 {
                    batches.start_with(&order, Pass::evaluation());
                    let labels: Vec<Vec<u32>> = rest_of_pass(&mut batches).into_iter().map(|batch| batch.1).collect();
                    assert_eq!(labels, order.map(|index| index as u32).chunks(size).collect::<Vec<_>>());
                    batches.start(Pass::evaluation());
                    assert_eq!(rest_of_pass(&mut batches).len(), batches.batches_per_pass());
                }
            }
        });
    }
    let mut whole = Batches::new(&data, 4).unwrap().drop_last();
    whole.start_with(&order, Pass::evaluation());
    assert_eq!(rest_of_pass(&mut whole).iter().map(|batch| batch.0.len()).collect::<Vec<_>>(), [4, 4]);
}

#[test]
fn buffers_are_reused() {
    let data = source(12);
    let mut batches = Batches::new(&data, 4).unwrap();
    let mut memory = None;
    for epoch in 0..3 {
        batches.start(Pass::training(0, epoch));
        while let Some(batch) = batches.next_batch().unwrap() {
            let here = (batch.x.as_ptr(), batch.y.as_ptr(), batch.weights.unwrap().as_ptr(), batch.indices.as_ptr());
            assert_eq!(*memory.get_or_insert(here), here);
        }
    }
}

/// Fails or panics at sample 5, counts what is loaded, takes its time.
struct Broken {
    panics: bool,
    loaded: AtomicUsize,
}

impl Dataset<[f32; 1], u32> for Broken {
    fn len(&self) -> usize {
        1000
    }
    fn fill(&self, indices: &[usize], _: &mut [[f32; 1]], y: &mut [u32]) -> Result<()> {
        std::thread::sleep(Duration::from_millis(1));
        self.loaded.fetch_add(1, Ordering::Relaxed);
        for (&index, y) in indices.iter().zip(y) {
            assert!(!(index == 5 && self.panics), "sample {index} fell on the floor");
            if index == 5 {
                return Err(Error::data("shelf", "sample 5 is missing"));
            }
            *y = index as u32;
        }
        Ok(())
    }
}

#[test]
fn an_error_or_panic_of_the_source_arrives_at_its_batch() {
    let cases = [
        (false, "shelf: sample 5 is missing"),
        (true, "Dataset::fill, on the prefetching thread: panicked: sample 5 fell on the floor"),
    ];
    for (panics, expected) in cases {
        let data = Broken { panics, loaded: AtomicUsize::new(0) };
        std::thread::scope(|scope| {
            let mut batches = Batches::new(&data, 2).unwrap().prefetch(scope, 3).unwrap();
            batches.start(Pass::evaluation());
            for first in [0, 2] {
                assert_eq!(batches.next_batch().unwrap().unwrap().y, &[first, first + 1]);
            }
            assert_eq!(batches.next_batch().map(|_| ()).unwrap_err().to_string(), expected);
            assert_eq!(batches.next_batch().unwrap().unwrap().y, &[6, 7]);
        });
    }
}

#[test]
fn dropping_in_the_middle_ends_the_thread() {
    let data = Broken { panics: false, loaded: AtomicUsize::new(0) };
    std::thread::scope(|scope| {
        let mut batches = Batches::new(&data, 1).unwrap().prefetch(scope, 2).unwrap();
        batches.start(Pass::evaluation());
        batches.next_batch().unwrap();
    });
    // The scope has ended, so the thread has; of the 1000 batches it has loaded those that were asked for.
    assert!(data.loaded.load(Ordering::Relaxed) <= 4);
}

#[test]
fn senseless_settings_are_errors() {
    let data = numbers(3);
    let empty = Samples::new(Vec::<[f32; 2]>::new(), Vec::<u32>::new()).unwrap();
    let message = |result: Result<Batches<'_, [f32; 2], u32>>| result.map(|_| ()).unwrap_err().to_string();
    assert_eq!(message(Batches::new(&data, 0)), "batch_size: 0 samples in a batch; there must be at least 1");
    assert_eq!(
        message(Batches::new(&empty, 1)),
        "dataset: there are no samples (0 samples of shape [2] with targets of shape [])"
    );
    std::thread::scope(|scope| {
        let problem = message(Batches::new(&data, 1).unwrap().prefetch(scope, 0));
        assert!(problem.starts_with("prefetch: 0 batches ahead; there must be at least 1"), "{problem}");
    });
    let mut batches = Batches::new(&data, 2).unwrap();
    batches.start_with(&[2, 2, 9], Pass::evaluation());
    assert_eq!(batches.next_batch().unwrap().unwrap().y, &[2, 2]);
    let problem = batches.next_batch().map(|_| ()).unwrap_err().to_string();
    assert_eq!(problem, "Samples::fill: index 9, but there are 3 samples");
}
