//! Changes together: the same bits however they are loaded, memory, and what they may not touch.

use super::*;
use crate::Batch;
use crate::data::{Batches, Pass, Samples};

const LEN: usize = 11;

fn images() -> Samples<[[[f32; 9]; 7]; 3], u32> {
    let mut x = Batch::<[[[f32; 9]; 7]; 3]>::zeroed(LEN);
    let mut random = Random::new(1, "images");
    x.flat_mut().fill_with(|| random.uniform() as f32);
    Samples::new(x, (0..LEN as u32).collect::<Vec<_>>()).unwrap()
}

type All = (RandomCrop, Flip, Flip, Rotate, Shift, ColorJitter, Cutout);

fn all() -> All {
    (
        RandomCrop { padding: 2, border: Border::Reflect },
        Flip::HORIZONTAL,
        Flip::VERTICAL,
        Rotate { degrees: 30.0, border: Border::Edge },
        Shift { x: 1, y: 3, border: Border::Fill(0.5) },
        ColorJitter { hue: 0.1, ..ColorJitter::default() },
        Cutout::size(3),
    )
}

/// The bits of all batches of a pass, one after the other.
fn bits(batches: &mut Batches<'_, [[[f32; 9]; 7]; 3], [f32; LEN]>, pass: Pass) -> Vec<Vec<u32>> {
    let mut seen = Vec::new();
    batches.start(pass);
    while let Some(batch) = batches.next_batch().unwrap() {
        let x = batch.x.as_flattened().as_flattened().as_flattened().iter();
        seen.push(x.chain(batch.y.as_flattened()).map(|value| value.to_bits()).collect());
    }
    seen
}

#[test]
fn prefetching_and_resuming_give_the_same_bits() {
    let data = images().transform(5, all()).one_hot::<LEN>().mixup(0.4, 6).unwrap();
    let mut direct = Batches::new(&data, 3).unwrap();
    let first = bits(&mut direct, Pass::training(1, 0));
    let second = bits(&mut direct, Pass::training(1, 1));
    assert_ne!(first, second);
    for ahead in [1, 2, 8] {
        std::thread::scope(|scope| {
            let mut loaded_ahead = Batches::new(&data, 3).unwrap().prefetch(scope, ahead).unwrap();
            assert_eq!(bits(&mut loaded_ahead, Pass::training(1, 0)), first);
            // A run that was stopped in its second epoch, and one that begins there.
            assert_eq!(bits(&mut loaded_ahead, Pass::training(1, 1).skip(2)), second[2..]);
        });
    }
    assert_eq!(bits(&mut direct, Pass::training(1, 1).skip(3)), second[3..]);
}

#[test]
fn a_sample_changes_alike_in_every_batch_and_evaluation_sees_it_unchanged() {
    let (source, data) = (images(), images().transform(5, all()));
    let fill = |epoch, indices: &[usize]| {
        let (mut x, mut y) = (Batch::<[[[f32; 9]; 7]; 3]>::zeroed(indices.len()), vec![0; indices.len()]);
        data.fill_for_training(epoch, indices, &mut x, &mut y).unwrap();
        x
    };
    let whole = fill(2, &[0, 1, 2, 3, 4]);
    assert_eq!(fill(2, &[4])[0], whole[4]);
    assert_eq!(fill(2, &[3, 1, 1])[2], whole[1]);
    assert_ne!(fill(3, &[4])[0], whole[4]);
    let plain = data.to_samples().unwrap();
    assert_eq!(plain.x(), source.x());
}

#[test]
fn a_change_in_a_tuple_draws_numbers_of_its_own() {
    let image = images().x()[0];
    let apply = |change: &dyn Transform<[[[f32; 9]; 7]; 3]>| {
        let mut image = image;
        change.apply(&mut Random::new(3, "image"), &mut image);
        image
    };
    // The crop draws two numbers, the flip one: the square stays where it is.
    let (crop, flip) = (RandomCrop::padding(0), Flip { probability: 0.0, ..Flip::HORIZONTAL });
    assert_eq!(apply(&(crop, Cutout::size(2))), apply(&(flip, Cutout::size(2))));
    assert_ne!(apply(&(crop, Cutout::size(2))), image);
}

#[test]
fn changes_around_each_other_draw_different_numbers_with_the_same_seed() {
    let image = [[[1.0, 2.0], [3.0, 4.0]]];
    let data = Samples::new(vec![image; 1000], vec![0_u32; 1000]).unwrap();
    let data = data.transform(42, Flip::HORIZONTAL).map(|_, _| ()).transform(42, Flip::VERTICAL);
    let (mut x, mut y) = (vec![image; 1000], vec![0; 1000]);
    data.fill_for_training(0, &(0..1000).collect::<Vec<_>>(), &mut x, &mut y).unwrap();
    // Means of 250, with a standard deviation of 14.
    for first in [1.0, 2.0, 3.0, 4.0] {
        let count = x.iter().filter(|image| image[0][0][0] == first).count();
        assert!(count.abs_diff(250) < 70, "{first}: {count}");
    }
}

#[test]
fn nothing_is_allocated_after_the_first_batch() {
    let data = images().transform(5, all()).one_hot::<LEN>().mixup(0.4, 6).unwrap();
    let mut x = Batch::<[[[f32; 9]; 7]; 3]>::zeroed(4);
    let mut y = [[0.0; LEN]; 4];
    data.fill_for_training(0, &[0, 1, 2, 3], &mut x, &mut y).unwrap();
    let counted = allocation_counter::measure(|| {
        for epoch in 1..5 {
            data.fill_for_training(epoch, &[7, 1, 10, 2], &mut x, &mut y).unwrap();
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn flips_happen_as_often_as_they_should_and_undo_themselves() {
    let image = images().x()[0];
    let flip = Flip { probability: 0.25, ..Flip::HORIZONTAL };
    let mut flipped = 0;
    for seed in 0..4000 {
        let mut once = image;
        flip.apply(&mut Random::new(seed, "flip"), &mut once);
        flipped += usize::from(once != image);
    }
    // Binomial with mean 1000 and standard deviation 27.
    assert!((890..1110).contains(&flipped), "{flipped}");
    for flip in [Flip::HORIZONTAL, Flip::VERTICAL].map(|flip| Flip { probability: 1.0, ..flip }) {
        let mut twice = image;
        flip.apply(&mut Random::new(0, "flip"), &mut twice);
        assert_ne!(twice, image);
        flip.apply(&mut Random::new(0, "flip"), &mut twice);
        assert_eq!(twice, image);
    }
}

#[test]
fn a_square_is_cut_out_anywhere_and_may_stick_out() {
    let (mut smallest, mut corners) = (usize::MAX, [false; 4]);
    for seed in 0..2000 {
        let mut image = [[[1.0_f32; 9]; 7]; 3];
        Cutout { size: 4, fill: -1.0 }.apply(&mut Random::new(seed, "cutout"), &mut image);
        let blank = |plane: &[[f32; 9]; 7]| plane.as_flattened().iter().filter(|&&value| value == -1.0).count();
        assert!(image.iter().all(|plane| blank(plane) == blank(&image[0])));
        assert!((1..=16).contains(&blank(&image[0])));
        smallest = smallest.min(blank(&image[0]));
        let at = [image[0][0][0], image[0][0][8], image[0][6][0], image[0][6][8]];
        corners = core::array::from_fn(|i| corners[i] || at[i] == -1.0);
    }
    assert_eq!((smallest, corners), (4, [true; 4]));
    let mut whole = [[[1.0_f32; 9]; 7]; 1];
    Cutout::size(100).apply(&mut Random::new(0, "cutout"), &mut whole);
    assert_eq!(whole, [[[0.0; 9]; 7]; 1]);
    Cutout { size: 0, fill: 5.0 }.apply(&mut Random::new(0, "cutout"), &mut whole);
    assert_eq!(whole, [[[0.0; 9]; 7]; 1]);
}

#[test]
fn shifts_reach_both_ends_of_their_range() {
    let mut seen = [false; 5];
    for seed in 0..200 {
        let mut image = [[[0.0_f32, 0.0, 1.0, 0.0, 0.0]]];
        Shift { x: 2, y: 0, border: Border::default() }.apply(&mut Random::new(seed, "shift"), &mut image);
        seen[image[0][0].iter().position(|&value| value == 1.0).unwrap()] = true;
    }
    assert_eq!(seen, [true; 5]);
}

#[test]
fn images_without_pixels_are_left_alone() {
    let mut empty: [[[f32; 0]; 0]; 3] = [[], [], []];
    all().apply(&mut Random::new(0, "empty"), &mut empty);
    normalize(core::slice::from_mut(&mut empty), &[0.0; 3], &[1.0; 3]);
}
