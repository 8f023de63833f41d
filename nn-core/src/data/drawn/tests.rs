//! What lies around a random change decides what it gets: parts of the samples, repeats, other changes.

use super::*;
use crate::data::transform::Transform;
use crate::data::{Balanced, Batches, Pass, Samples};

#[test]
fn repeats_are_counted_from_the_first_that_comes_again() {
    let repeats = |indices: &[usize], len| {
        let mut order = Order { indices: indices.to_vec(), ..Order::default() };
        order.count(Some(5));
        order.count(len);
        let (all, repeats) = order.part(0..indices.len());
        assert_eq!(all, indices);
        repeats.to_vec()
    };
    assert_eq!(repeats(&[4, 2, 0, 3, 1], Some(5)), [0; 0]);
    assert_eq!(repeats(&[4, 2, 4, 4, 2, 0, 4], Some(5)), [0, 0, 1, 2, 1, 0, 3]);
    assert_eq!(repeats(&[0, 0], Some(1)), [0, 1]);
    assert_eq!(repeats(&[9, 9, 1, 1], Some(5)), [0, 0, 0, 1]);
    assert_eq!(repeats(&[1, 1], None), [0; 0]);
    assert_eq!(repeats(&[], Some(0)), [0; 0]);
}

/// A hundred samples of their numbers, the last `rare` of class 1.
fn data(rare: usize) -> Samples<[f32; 1], u32> {
    let labels: Vec<u32> = (0..100).map(|i| u32::from(i >= 100 - rare)).collect();
    Samples::new((0..100).map(|i| [i as f32]).collect::<Vec<_>>(), labels).unwrap()
}

/// All samples and labels of a pass.
fn pass<Y: crate::Sample + Copy>(data: &dyn Dataset<[f32; 1], Y>, pass: Pass) -> Vec<([f32; 1], Y)> {
    let (mut batches, mut seen) = (Batches::new(data, 10).unwrap(), Vec::new());
    batches.start(pass);
    while let Some(batch) = batches.next_batch().unwrap() {
        seen.extend(batch.x.iter().copied().zip(batch.y.iter().copied()));
    }
    seen
}

#[test]
fn a_part_of_what_is_mixed_up_has_nothing_of_the_rest() {
    let data = data(20);
    let mixed = (&data).one_hot::<2>().mixup(1.0, 1).unwrap();
    for epoch in 0..20 {
        for (indices, class) in [(0..80, 0), (80..100, 1)] {
            let part = mixed.subset(indices.clone()).unwrap();
            let samples = pass(&part, Pass::training(0, epoch));
            let blends = samples.iter().filter(|(x, _)| x[0].fract() != 0.0).count();
            assert!(blends > indices.len() / 2, "{blends}");
            for (x, y) in samples {
                assert!(
                    y[1 - class] == 0.0 && (indices.start as f32..indices.end as f32).contains(&x[0]),
                    "{x:?} {y:?}"
                );
            }
        }
        // A part of a part, with changes between.
        let changed = mixed.subset((0..90).rev()).unwrap().map(|_, _| ()).augment(1, |_, _, _| ());
        let inner = changed.subset(10..90).unwrap();
        assert!(pass(&inner, Pass::training(0, epoch)).iter().all(|(x, y)| x[0] <= 79.0 && y[1] == 0.0));
        // Mixed up after the split, as ever.
        let after = data.subset(0..80).unwrap().one_hot::<2>().mixup(1.0, 1).unwrap();
        assert!(pass(&after, Pass::training(0, epoch)).iter().all(|(_, y)| y[1] == 0.0));
    }
    let problem = mixed.subset(0..80).unwrap().fill_for_training(0, &[80], &mut [[0.0]], &mut [[0.0; 2]]).unwrap_err();
    assert_eq!(problem.to_string(), "Subset::fill: index 80, but there are 80 samples");
}

#[test]
fn a_sample_that_comes_again_in_a_pass_is_changed_in_another_way() {
    let data = data(5);
    struct Noise;
    impl Transform<[f32; 1]> for Noise {
        fn apply(&self, random: &mut Random, x: &mut [f32; 1]) {
            x[0] += random.uniform() as f32;
        }
    }
    let noise = |random: &mut Random, x: &mut [[f32; 1]], _: &mut [u32]| x[0][0] += random.uniform() as f32;
    let (inside, outside) = ((&data).augment(1, noise), Balanced::new(&data, data.y()).unwrap());
    let inside = Balanced::new(inside, data.y()).unwrap();
    let (outside, transformed) = ((&outside).augment(1, noise), (&outside).transform(1, Noise));
    let all: [&dyn Dataset<[f32; 1], u32>; 3] = [&inside, &outside, &transformed];
    for data in all {
        let seen = pass(data, Pass::training(0, 3));
        let mut rare: Vec<f32> = seen.iter().filter(|(_, y)| *y == 1).map(|(x, _)| x[0]).collect();
        assert_eq!(rare.len(), 50);
        rare.sort_unstable_by(f32::total_cmp);
        rare.dedup();
        assert_eq!(rare.len(), 50);
        // The same however they are loaded, and where a run is resumed.
        for skip in 0..5 {
            assert_eq!(pass(data, Pass::training(0, 3).skip(skip)), seen[10 * skip..]);
        }
        std::thread::scope(|scope| {
            let mut batches = Batches::new(data, 7).unwrap().prefetch(scope, 2).unwrap();
            batches.start(Pass::training(0, 3));
            let mut rest = &seen[..];
            while let Some(batch) = batches.next_batch().unwrap() {
                let (now, later) = rest.split_at(batch.x.len());
                assert!(batch.x.iter().zip(batch.y).zip(now).all(|((x, y), now)| (*x, *y) == *now));
                rest = later;
            }
            assert!(rest.is_empty());
        });
        // What comes for the first time is as it is without repeats.
        let (mut x, mut y) = ([[0.0]], [0]);
        data.fill_for_training(3, &[seen[0].0[0] as usize], &mut x, &mut y).unwrap();
        assert_eq!((x[0], y[0]), seen[0]);
    }
    // An order of one's own may repeat samples too.
    let noisy = (&data).augment(1, noise);
    let mut batches = Batches::new(&noisy, 3).unwrap();
    batches.start_with(&[7, 7, 7], Pass::training(0, 0));
    let x = batches.next_batch().unwrap().unwrap().x;
    assert!(x[0] != x[1] && x[1] != x[2] && x[0] != x[2]);
}

#[test]
fn halves_of_a_batch_have_the_repeats_of_the_whole() {
    let x: Vec<[f32; 2000]> = (0..10).map(|i| [i as f32; 2000]).collect();
    let data = Samples::new(x, [0_u32, 0, 0, 0, 0, 0, 0, 0, 0, 1]).unwrap();
    let noisy = Balanced::new(&data, data.y()).unwrap();
    let noisy = noisy.augment(1, |random, x: &mut [[f32; 2000]], _: &mut [u32]| x[0][0] += random.uniform() as f32);
    let firsts = |batches: Batches<'_, [f32; 2000], u32>| {
        let mut batches = batches;
        batches.start(Pass::training(0, 1));
        let firsts: Vec<f32> = batches.next_batch().unwrap().unwrap().x.iter().map(|x| x[0]).collect();
        firsts
    };
    let alone = firsts(Batches::new(&noisy, 9).unwrap());
    assert_eq!(firsts(Batches::new(&noisy, 9).unwrap().with_team(crate::Team::new(2).into())), alone);
    let mut rare: Vec<f32> = alone.into_iter().filter(|&x| x >= 9.0).collect();
    rare.dedup();
    assert!(rare.len() >= 4);
}

#[test]
fn what_is_mixed_up_stays_balanced() {
    let data = data(5);
    let inside = (&data).one_hot::<2>().mixup(1.0, 1).unwrap();
    let inside = Balanced::new(inside, data.y()).unwrap();
    let outside = Balanced::new(&data, data.y()).unwrap().one_hot::<2>().mixup(1.0, 1).unwrap();
    let all: [&dyn Dataset<[f32; 1], [f32; 2]>; 2] = [&inside, &outside];
    for data in all {
        let (mut rare, mut count) = (0.0, 0);
        for epoch in 0..50 {
            for (_, y) in pass(data, Pass::training(0, epoch)) {
                rare += f64::from(y[1]);
                count += 1;
            }
        }
        // The standard deviation of a mean of 5000.
        let mean = rare / f64::from(count);
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
    // Partners that are rare come in all the ways in which a pass shows them.
    let noise = |random: &mut Random, x: &mut [[f32; 1]], _: &mut [u32]| x[0][0] = random.uniform() as f32;
    let noisy = Balanced::new((&data).augment(1, noise), data.y()).unwrap();
    let mut random = Random::new(1, "draws");
    let mut drawn: Vec<(usize, u32)> =
        (0..5000).map(|_| Dataset::<[f32; 1], u32>::draw_index(&noisy, &mut random)).collect();
    drawn.retain(|(index, _)| *index >= 95);
    assert!(drawn.len().abs_diff(2500) < 150);
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn, (95..100).flat_map(|index| (0..10).map(move |repeat| (index, repeat))).collect::<Vec<_>>());
}

#[test]
fn changes_around_each_other_draw_different_numbers_with_the_same_seed() {
    let noise = |random: &mut Random, x: &mut [[f32; 1]], _: &mut [u32]| {
        x[0][0] = 10.0 * x[0][0] + random.uniform().round() as f32
    };
    let zeros = Samples::new(vec![[0.0]; 1000], vec![0_u32; 1000]).unwrap();
    let once = (&zeros).augment(42, noise);
    // Whatever lies between.
    let between = once.clone().map(|_, _| ());
    let twice = Balanced::new(between.subset(0..1000).unwrap(), zeros.y()).unwrap().augment(42, noise);
    let mut counts = [0_usize; 4];
    for (x, _) in pass(&twice, Pass::training_in_order(0)) {
        counts[(x[0] / 10.0) as usize * 2 + (x[0] % 10.0) as usize] += 1;
    }
    // Means of 250, with a standard deviation of 14.
    assert!(counts.iter().all(|count| count.abs_diff(250) < 70), "{counts:?}");
    // The innermost draws what it draws alone.
    let (alone, inner) = (pass(&once, Pass::training_in_order(5)), pass(&twice, Pass::training_in_order(5)));
    assert!(alone.iter().zip(&inner).all(|(a, b)| a.0[0] == (b.0[0] / 10.0).floor()));

    // Two blends have partners of their own.
    let mixed = (&zeros).one_hot::<1>().mixup(1.0, 3).unwrap();
    assert_eq!(Dataset::<[f32; 1], [f32; 1]>::changes_for(&&mixed, "mixup"), 1);
    assert_eq!(Dataset::<[f32; 1], [f32; 1]>::changes_for(&(&mixed).mixup(1.0, 3).unwrap(), "mixup"), 2);
    assert_eq!(Dataset::<[f32; 1], [f32; 1]>::changes_for(&&mixed, "augment"), 0);
}
