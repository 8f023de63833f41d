//! Values that are read under another shape or order than they lie in, networks of other modules beside lines, lines that are used again.

use nn::layers::{Activate, BatchNorm1d, Tanh};
use nn::{Batch, Layer, Network, Path, Workspace, check, network};

const K: usize = 2;

/// Networks whose names resemble those of kinds and of each other.
mod blocks {
    nn::network! {
        pub struct DenseBlock: [1, 2, 2] -> [1, 2, 2] { conv: Conv2d(1, kernel = 1) + Tanh }
        pub struct Block1: [3] -> [3] { fc: Dense(3) + Tanh }
        pub struct Upsampler: [2] -> [2] { fc: Dense(2) }
    }
}
use blocks::{Block1, DenseBlock};

network! {
    /// An output is a view of what a line gives, and another line reads it.
    struct Views: [2, 3] -> (rows: [6], class: [5]) { fc: Dense(3) + Tanh, rows: Flatten, class: Dense(5) }

    /// Features and scores.
    struct Features: [3, 1, 1] -> (features: [3], scores: [2]) {
        conv: Conv2d(3, kernel = 1) + Tanh,
        features: Flatten,
        scores: Dense(2),
    }

    /// The same output in three words: declared, given, taken.
    struct Words: [2] -> (first: [2], second: [2]) { first: Dense(K) + Tanh, second: Block2 }
    struct Block2: [2] -> [2] { fc: Dense(2) }

    /// Types of elsewhere, whose shapes are written otherwise than declared.
    struct Written: [3] -> [3] { fc: Dense(3), own: Block1 as [3] -> [K + 1] }
    struct Declared: [3] -> [K + 1] { fc: Dense(3), own: Block1 as [3] -> [3] }

    /// Beside one of this call whose name is nearly the same.
    struct Neighbours: [3] -> [2] { first: Block1, many: [Block1; 2], cut: Dense(2), second: Block2, third: self::blocks::Upsampler }

    /// Images are joined with what networks of other modules give.
    struct Behind: [1, 2, 2] -> [2, 2, 2] { other: DenseBlock, both: Concat from (input, other) }
    struct Before: [1, 2, 2] -> [2, 2, 2] { other: DenseBlock, both: Concat from (other, input) }

    /// Statistics of both uses.
    struct Twice: [1] -> (again: [1], first: [1]) {
        shift: Dense(1),
        first: BatchNorm1d from input,
        again: same_as first from shift,
    }
    struct Whole: [1] -> [1] { norm: BatchNorm1d }
    struct TwiceWhole: [1] -> (again: [1], first: [1]) {
        shift: Dense(1),
        first: Whole from input,
        again: same_as first from shift,
    }

    /// What stands behind `+` is of the line.
    struct Again: [3] -> [3] { norm: LayerNorm + Tanh, again: same_as norm, third: same_as again + Sigmoid }
    struct Several: [3] -> [3] { fc: Dense(3) + Tanh + Tanh, again: same_as fc }
}

fn checked<N: Layer>(mut net: N) {
    check::gradients(&mut net, &check::Options::default()).unwrap();
    check::threads(&mut net, 9).unwrap();
}

#[test]
fn gradients_and_threads() {
    checked(Views::seeded(1));
    checked(Features::seeded(2));
    checked(Words::seeded(3));
    checked(Written::seeded(4));
    checked(Declared::seeded(5));
    checked(Neighbours::seeded(6));
    checked(Behind::seeded(7));
    checked(Before::seeded(8));
    checked(TwiceWhole::seeded(9));
    checked(Again::seeded(10));
    checked(Several::seeded(11));
}

#[test]
fn images_are_joined_in_the_order_that_is_written() {
    let x: Batch<[[[f32; 2]; 2]; 1]> = Batch::from_flat(&[0.1, 0.2, 0.3, 0.4]).unwrap();
    let (behind, before) = (Behind::seeded(1), Before::seeded(1));
    let other = behind.other.predict(&x);
    assert_eq!(behind.predict(&x).flat(), [x.flat(), other.flat()].concat());
    let other = before.other.predict(&x);
    assert_eq!(before.predict(&x).flat(), [other.flat(), x.flat()].concat());
}

#[test]
fn a_normalisation_that_is_used_twice_has_seen_both() {
    // Ten times as much for the second use; means 4 and 40, and a tenth of each is taken, one after the other.
    fn mean<N: Layer<In = [f32; 1]>>(mut net: N, commit: impl Fn(&mut Workspace<N>, &mut N)) -> f32 {
        net.tensors_mut(&Path::ROOT, &mut |path, _, tensor| match path.to_string().as_str() {
            "shift.weight" => tensor.set(&[10.0]).unwrap(),
            "shift.bias" => tensor.set(&[0.0]).unwrap(),
            _ => {}
        });
        let mut workspace = Workspace::new(3);
        let _ = workspace.forward_train(&net, &[[1.0], [3.0], [8.0]]);
        commit(&mut workspace, &mut net);
        let mut mean = f32::NAN;
        net.tensors(&Path::ROOT, &mut |path, _, tensor| {
            if path.to_string().ends_with("running_mean") {
                mean = tensor.values()[0];
            }
        });
        mean
    }
    let expected = 0.9 * (0.1 * 4.0) + 0.1 * 40.0;
    for found in [mean(Twice::seeded(1), Workspace::commit), mean(TwiceWhole::seeded(1), Workspace::commit)] {
        assert!((found - expected).abs() < 1e-5, "{found}");
    }
    // The mean of all that was seen, as after a pass over a data set of one batch.
    let found = mean(TwiceWhole::seeded(1), |workspace, net| workspace.commit_with_momentum(net, 1.0));
    assert!((found - 22.0).abs() < 1e-5, "{found}");
    let _: &BatchNorm1d<[f32; 1]> = &Twice::seeded(1).first;
}

#[test]
fn a_line_is_used_again_with_its_activations() {
    let x: Batch<[f32; 3]> = Batch::from_flat(&[0.5, -1.0, 2.0]).unwrap();
    let tanh = |x: &Batch<[f32; 3]>| Activate::<[f32; 3], Tanh>::new().predict(x);
    let net = Again::seeded(1);
    let y = tanh(&net.norm.predict(&tanh(&net.norm.predict(&x))));
    let y = tanh(&net.norm.predict(&y));
    let y: Vec<f32> = y.flat().iter().map(|y| 1.0 / (1.0 + (-y).exp())).collect();
    let found = net.predict(&x);
    assert!(found.flat().iter().zip(&y).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {y:?}");
    let net = Several::seeded(1);
    let y = tanh(&net.fc.predict(&tanh(&net.fc.predict(&x))));
    assert_eq!(net.predict(&x), y);
}
