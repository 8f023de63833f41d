//! Names that could collide with those of the code that `network!` writes, and with Rust's own.

use elsewhere::{SpoolNet1d, UNet3d};
use nn::plan::{Biases, Freeze, Planned, Train};
use nn::prelude::*;
use nn::{check, network};

const WIDTH: usize = 4;

/// Named as a type for the line `encoder` of `Numbers` would be.
#[derive(Clone, Debug, Default)]
struct NumbersEncoder;
nn::parameters! { impl[] NumbersEncoder }

impl nn::Layer for NumbersEncoder {
    type In = [f32; 4];
    type Out = [f32; 4];
    type Gives = nn::Scores;
    const KIND: &'static str = "NumbersEncoder";
    const FLOPS: u64 = 4;

    fn forward(&self, x: &[[f32; 4]], y: &mut [[f32; 4]], _: nn::Context<'_>) {
        x.iter().zip(y).for_each(|(x, y)| *y = x.map(|x| 2.0 * x));
    }

    fn backward(
        &self,
        _: nn::Saved<'_, Self>,
        dy: &mut [[f32; 4]],
        (): &mut (),
        (): (),
        dx: Option<&mut [[f32; 4]]>,
        _: nn::Context<'_>,
    ) {
        let Some(dx) = dx else { return };
        dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy.map(|dy| 2.0 * dy));
    }
}

mod elsewhere {
    nn::network! {
        /// A network over volumes by its name.
        pub struct UNet3d: [4] -> [4] { fc: nn::layers::Dense<[f32; 4], [f32; 4]> as [4] -> [4] }

        /// A network that pools by its name.
        pub struct SpoolNet1d: [4] -> [4] { fc: Dense(4) }
    }
}

mod sizes {
    pub const WIDTH: usize = 3;
    #[allow(non_upper_case_globals)]
    pub const r#type: usize = 5;
}

network! {
    /// The variables of generated functions.
    struct Variables: [4] -> [4] {
        x: Dense(4) + Tanh,
        y: Dense(4) + Tanh,
        n: Dense(4),
        tape: Dense(4) + Tanh,
        train: Dense(4),
        cx: Dense(4) + Tanh,
        saved: Dense(4),
        dy: Dense(4) + Tanh,
        dx: Dense(4),
        grads: Dense(4) + Tanh,
        path: Dense(4),
        each: Dense(4) + Tanh,
        per: Dense(4),
        key: Dense(4) + Tanh,
        slot0: Dense(4),
        d_x: Dense(4) + Tanh,
        learns_x: Dense(4),
        x_tape: Dense(4) + Tanh,
        part0: Dense(4),
        part: Dense(4),
        sum: Add from (part0, part, x),
        network: Dense(4),
        unset: Dense(4),
        f: Dense(4),
        value: Dense(4),
        usize: Dense(4),
    }

    /// Keywords, and what an activation behind `+` is called.
    struct Raw: [4] -> [4] {
        r#type: Dense(4) + Softmax,
        r#match: Residual { r#in: Dense(4) + Softmax, r#fn: Dense(4) },
        scores: Dense(4) + Softmax + Softmax,
        scores_softmax: Dense(4),
    }

    /// Const items of one name in two places.
    struct Sizes: [WIDTH] -> [WIDTH] {
        inner: Dense(sizes::WIDTH),
        outer: Dense(sizes::r#type),
        sum: Dense(WIDTH + sizes::WIDTH),
        last: Dense(WIDTH),
    }

    /// Numbers as in files of PyTorch, and names that others are made of.
    #[derive(Clone, Debug)]
    struct Numbers: [4] -> [4] {
        _0: Dense(4) + Tanh,
        _1: Residual { _0: Dense(4), _1: Dense(4) },
        __: Dense(4),
        x: Dense(4),
        x_value: Dense(4),
        block: BlockLayer,
        encoder: NumbersEncoder as [4] -> [4],
        last: LastLayer,
    }

    /// Named as an alias for the line `block` of another network would be.
    #[derive(Clone, Debug)]
    struct BlockLayer: [4] -> [4] {
        block: Dense(4),
    }

    /// The same.
    #[derive(Clone, Debug)]
    struct LastLayer: [4] -> [4] {
        last: BlockLayer,
    }

    /// Named as parameters of types mostly are.
    struct P: [4] -> [4] { p: Dense(4) + Tanh, t: Dense(4) }

    /// The same.
    struct T: [4] -> [4] { p: P, t: Dense(4) + Tanh }

    /// The same.
    struct U: [4] -> [4] { n: [T; 2], u: Residual { p: P, l: Dense(4) }, #[frozen] f: P, x: Dense(4) }

    /// Named as layers of other libraries that there are none of, a size in braces, and a meaning that a private network does not give.
    pub struct Elsewhere: [4] -> [4] {
        volumes: UNet3d,
        pooled: SpoolNet1d,
        sized: Dense({ WIDTH * 2 }),
        scores: Scored + Softmax,
    }

    /// Seen here only.
    struct Scored: [8] -> [4] { fc: Dense(4) }

    /// Inputs and outputs.
    struct Ports: (x: [4], y: [4]) -> (saved: [4], dy: [2]) {
        saved: Add from (x, y),
        dy: Dense(2) from saved,
    }
}

/// A plan of a network that is called as the plan of a network might be.
struct OnlyT;

impl UPlan for OnlyT {
    type N = OnlyT;
    type U = Freeze;
    type X = Freeze;
}

impl TPlan for OnlyT {
    type P = Freeze;
    type T = Train;
}

/// Names of the prelude that mean something else here.
#[allow(dead_code)]
mod shadowed {
    use Choice::*;

    #[derive(Debug)]
    pub enum Choice {
        Some,
        None,
        Ok,
        Err,
    }
    pub struct Option;
    pub struct Result;
    pub struct Vec;
    pub struct String;
    pub trait Copy {}
    pub trait Clone {}
    pub trait Default {}
    pub trait FnMut {}
    pub trait Send {}
    pub trait Sync {}
    pub trait Iterator {}

    nn::network! {
        /// Everything that is written for a network.
        pub struct Ordinary: (a: [2, 4], b: [8]) -> (c: [8], d: [3]) {
            flat: Flatten from a,
            body: Residual { fc: Dense(8) + Relu, drop: Dropout(0.1) },
            many: [Block; 2],
            c:    Add from (many, b),
            d:    Dense(3) from c,
        }

        /// Over images.
        pub struct Image: [1, 6, 6] -> [2, 4, 4] {
            conv: Conv2d(2, kernel = 3),
            norm: BatchNorm2d,
        }

        /// Repeated.
        pub struct Block: [8] -> [8] {
            fc: Dense(8),
        }
    }

    pub const ALL: [Choice; 4] = [Some, None, Ok, Err];
}

#[test]
fn no_name_collides() {
    let options = check::Options::default();
    check::gradients(&mut Variables::seeded(1), &options).unwrap();
    check::gradients(&mut Raw::seeded(2), &options).unwrap();
    check::gradients(&mut Sizes::seeded(3), &options).unwrap();
    check::gradients(&mut Ports::seeded(4), &options).unwrap();
    check::gradients(&mut Elsewhere::seeded(8), &options).unwrap();
    check::gradients(&mut Numbers::seeded(5).clone(), &options).unwrap();
    check::gradients(&mut U::seeded(5), &options).unwrap();
    check::gradients(&mut Planned::<U, Biases>::new(U::seeded(5)), &options).unwrap();
    check::gradients(&mut Planned::<U, OnlyT>::new(U::seeded(5)), &options).unwrap();
    check::gradients(&mut shadowed::Ordinary::seeded(6), &options).unwrap();
    check::gradients(&mut shadowed::Image::seeded(7), &options).unwrap();
    assert_eq!(Sizes::PARAMS, (4 * 3 + 3) + (3 * 5 + 5) + (5 * 7 + 7) + (7 * 4 + 4));
    assert_eq!(Raw::seeded(1).predict(&[[0.0; 4]]).len(), 1);
}

#[test]
fn files_have_plain_names() {
    let mut names = Vec::new();
    Raw::seeded(1).tensors(&nn::Path::ROOT, &mut |path, _, _| names.push(path.to_string()));
    assert_eq!(names[0], "type.weight");
    assert!(names.contains(&"match.in.bias".to_owned()), "{names:?}");
}
