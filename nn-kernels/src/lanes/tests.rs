//! Every operation of every instruction set against plain Rust.

use super::sweep::Sweep;
use super::*;
use crate::{Path, Team, with_path};

/// Values with all kinds of trouble, enough for one and a half vectors of sixteen.
const VALUES: [f32; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1.5,
    -2.25,
    1e-30,
    -1e-30,
    1e30,
    -1e30,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    0.7,
    std::f32::consts::FRAC_1_SQRT_2.next_up(),
    std::f32::consts::FRAC_1_SQRT_2.next_down(),
    3.0,
    1e-38,
    100.0,
    12345.678,
    2.0,
    0.5,
    1.4143,
    7.0,
];

#[derive(Clone, Copy)]
struct Operation(usize);

impl Elementwise<1, 2> for Operation {
    #[inline(always)]
    fn update<S: Lanes>(self, [_]: [Floats<S>; 1], [a, b]: [Floats<S>; 2]) -> [Floats<S>; 1] {
        [match self.0 {
            0 => a + b,
            1 => a - b,
            2 => a * b,
            3 => a / b,
            4 => a.sqrt(),
            5 => a.abs(),
            6 => a.copysign(b),
            7 => a.at_least(b),
            8 => a.at_most(b),
            9 => a.less(b).of(1.0, a),
            10 => a.greater(b).of(a, 2.0),
            11 => a.is_nan().of(5.0, a),
            12 => -a,
            13 => 1.0 - a,
            14 => a.abs().split().0,
            15 => a.abs().split().1,
            16 => (a.at_most(20.0).at_least(-20.0) * 0.0 + 12_582_917.0).exponent_from_low_bits(),
            _ => a.mul_add(2.0, b),
        }]
    }
}

/// The same in plain Rust; `None` where any result will do.
fn plain(operation: usize, a: f32, b: f32) -> Option<f32> {
    let normal = a.abs() >= f32::MIN_POSITIVE && a.is_finite();
    Some(match operation {
        0 => a + b,
        1 => a - b,
        2 => a * b,
        3 => a / b,
        4 => a.sqrt(),
        5 => a.abs(),
        6 => a.copysign(b),
        7 => {
            if b > a {
                b
            } else {
                a
            }
        }
        8 => {
            if b < a {
                b
            } else {
                a
            }
        }
        9 => {
            if a < b {
                1.0
            } else {
                a
            }
        }
        10 => {
            if a > b {
                a
            } else {
                2.0
            }
        }
        11 => {
            if a.is_nan() {
                5.0
            } else {
                a
            }
        }
        12 => -a,
        13 => 1.0 - a,
        14 | 15 if !normal => return None,
        14 | 15 => {
            let (mut m, mut e) = (a.abs(), 0.0);
            while f64::from(m) < std::f64::consts::FRAC_1_SQRT_2 {
                (m, e) = (m * 2.0, e - 1.0);
            }
            while f64::from(m) >= std::f64::consts::SQRT_2 {
                (m, e) = (m / 2.0, e + 1.0);
            }
            if operation == 14 { m } else { e }
        }
        16 if a.is_nan() => return None,
        16 => 32.0,
        _ if (a * 2.0 + b).is_nan() => f32::NAN,
        _ => a.mul_add(2.0, b),
    })
}

/// All operations on all values, and all lengths, so that partial vectors are tested too; `run` calls the loop.
fn check_operations(name: &str, run: impl Fn(Sweep<Operation, 1, 2>)) {
    for operation in 0..=17 {
        for shift in 0..VALUES.len() {
            let b: Vec<f32> = (0..VALUES.len()).map(|i| VALUES[(i + shift) % VALUES.len()]).collect();
            for len in 1..=VALUES.len() {
                let mut out = [77.0; VALUES.len() + 1];
                let (written, read) = ([out.as_mut_ptr()], [VALUES.as_ptr(), b.as_ptr()]);
                run(Sweep { kernel: Operation(operation), len, written, read });
                assert!(out[len..].iter().all(|&v| v == 77.0), "wrote behind the end on {name}");
                for i in 0..len {
                    let Some(expected) = plain(operation, VALUES[i], b[i]) else { continue };
                    // The sign of NaN is nobody's.
                    let same = out[i].to_bits() == expected.to_bits() || (out[i].is_nan() && expected.is_nan());
                    let rounded_twice = operation == 17 && (out[i] - expected).abs() <= 1e-6 * expected.abs();
                    assert!(same || rounded_twice, "{operation}({}, {}) = {} on {name}", VALUES[i], b[i], out[i]);
                }
            }
        }
    }
}

#[test]
fn every_operation_on_every_path() {
    for path in Path::ALL {
        let run = || check_operations(path.name(), |sweep| vectorize(Isa::current(), sweep));
        if with_path(path, run).is_err() {
            println!("path {path} could not run here");
        }
    }
    // The baseline of other processors is plain Rust and runs here too.
    check_operations("portable", |sweep| sweep.run(portable::Portable));
}

struct SumOf<'a>(&'a [f32]);

impl Kernel for SumOf<'_> {
    type Output = (f32, f32);
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) -> (f32, f32) {
        let (x, len) = (self.0.as_ptr(), self.0.len());
        let (mut sums, mut largest) = (Sums::new(s, 0.0), Sums::new(s, f32::NEG_INFINITY));
        // SAFETY: the length of the slice.
        unsafe {
            fold!(s, sums, len, (sum, x = x) => sum + x);
            fold!(s, largest, len, (sum, x = x) => sum.at_least(x));
        }
        (sums.total(), largest.largest())
    }
}

#[test]
fn folds_see_each_element_once_and_have_the_same_bits() {
    for len in 0..100 {
        let x: Vec<f32> = (0..len).map(|i| -1.0 - (i as f32 * 0.37).sin() * 0.3).collect();
        let exact: f64 = x.iter().copied().map(f64::from).sum();
        let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut seen = Vec::new();
        for path in Path::ALL {
            let Ok((sum, m)) = with_path(path, || vectorize(Isa::current(), SumOf(&x))) else { continue };
            assert!((f64::from(sum) - exact).abs() < 1e-5 * exact.abs().max(1.0), "{sum} {exact} on {path}");
            assert_eq!(m, largest, "on {path}");
            seen.push(sum.to_bits());
        }
        let (sum, m) = SumOf(&x).run(portable::Portable);
        assert_eq!(m, largest);
        seen.push(sum.to_bits());
        assert!(seen.iter().all(|&bits| bits == seen[0]), "additions alone have the same bits on every path");
    }
}

#[test]
fn a_sweep_covers_chunks_of_a_team() {
    let team = Team::new(3);
    let a: Vec<f32> = (0..1000).map(|i| i as f32).collect();
    let mut out = vec![0.0; 1000];
    sweep(&team, 64, [&mut out], [&a, &a], Operation(0));
    assert!((0..1000).all(|i| out[i] == 2.0 * i as f32));
}

/// A transposed block with gaps.
struct Block<'a>(&'a [f32], &'a mut [f32]);

impl Kernel for Block<'_> {
    type Output = usize;
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) -> usize {
        // SAFETY: both hold 16 rows of 20.
        unsafe { s.transpose(self.0.as_ptr(), 20, self.1.as_mut_ptr(), 20) }
        S::LANES
    }
}

#[test]
fn blocks_are_transposed() {
    let from: Vec<f32> = (0..320).map(|i| i as f32).collect();
    let check = |name: &str, run: &dyn Fn(Block<'_>) -> usize| {
        let mut to = vec![-1.0; 320];
        let lanes = run(Block(&from, &mut to));
        for i in 0..16 {
            for j in 0..20 {
                let inside = i < lanes && j < lanes;
                assert_eq!(to[i * 20 + j], if inside { (j * 20 + i) as f32 } else { -1.0 }, "{i} {j} on {name}");
            }
        }
    };
    for path in Path::ALL {
        if with_path(path, || check(path.name(), &|block| vectorize(Isa::current(), block))).is_err() {
            println!("path {path} could not run here");
        }
    }
    check("portable", &|block| block.run(portable::Portable));
}
