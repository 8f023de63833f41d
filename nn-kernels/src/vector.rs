//! Vectors: sums, scalings, dot products.

use crate::elementwise::CHUNK;
use crate::lanes::{Elementwise, Floats, Kernel, Lanes, Sums, fold, sweep, vectorize};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::Team;
use std::sync::atomic::{AtomicBool, Ordering};

/// Declares an update `y = expression of y and x` as an [`Elementwise`].
macro_rules! update {
    ($name:ident ( $($field:ident)? ), |$y:ident, $x:ident| $value:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name { $($field: f32)? }
        impl Elementwise<1, 1> for $name {
            #[inline(always)]
            fn update<S: Lanes>(self, [$y]: [Floats<S>; 1], [$x]: [Floats<S>; 1]) -> [Floats<S>; 1] {
                $(let $field = self.$field;)?
                [$value]
            }
        }
    };
}

update!(Add(), |y, x| y + x);
update!(Axpy(factor), |y, x| x.mul_add(factor, y));

#[derive(Clone, Copy)]
pub(crate) struct Sum;

impl Elementwise<1, 2> for Sum {
    #[inline(always)]
    fn update<S: Lanes>(self, _: [Floats<S>; 1], [a, b]: [Floats<S>; 2]) -> [Floats<S>; 1] {
        [a + b]
    }
}

#[derive(Clone, Copy)]
struct SumRelu;

impl Elementwise<1, 2> for SumRelu {
    #[inline(always)]
    fn update<S: Lanes>(self, _: [Floats<S>; 1], [a, b]: [Floats<S>; 2]) -> [Floats<S>; 1] {
        [(a + b).at_least(0.0)]
    }
}

#[derive(Clone, Copy)]
struct Scale(f32);

impl Elementwise<1, 0> for Scale {
    #[inline(always)]
    fn update<S: Lanes>(self, [y]: [Floats<S>; 1], []: [Floats<S>; 0]) -> [Floats<S>; 1] {
        [y * self.0]
    }
}

/// Panics unless two operands have the same length.
fn check(what: &str, x: usize, y: usize) {
    assert_eq!(x, y, "{what}: {x} values on one side, {y} on the other");
}

/// `y = a + b`
///
/// # Panics
///
/// When the lengths differ, as in all functions here.
pub fn add(team: &Team, a: &[f32], b: &[f32], y: &mut [f32]) {
    check("add", a.len(), y.len());
    check("add", b.len(), y.len());
    sweep(team, CHUNK, [y], [a, b], Sum);
}

/// `y = max(a + b, 0)`
pub fn add_relu(team: &Team, a: &[f32], b: &[f32], y: &mut [f32]) {
    check("add_relu", a.len(), y.len());
    check("add_relu", b.len(), y.len());
    sweep(team, CHUNK, [y], [a, b], SumRelu);
}

/// `y = y + x`
pub fn add_assign(team: &Team, x: &[f32], y: &mut [f32]) {
    check("add_assign", x.len(), y.len());
    sweep(team, CHUNK, [y], [x], Add {});
}

/// `y = y + factor · x`
///
/// ```
/// use nn_kernels::{Team, axpy};
///
/// let mut y = [1.0, 2.0];
/// axpy(&Team::serial(), 0.5, &[4.0, -4.0], &mut y);
/// assert_eq!(y, [3.0, 0.0]);
/// ```
pub fn axpy(team: &Team, factor: f32, x: &[f32], y: &mut [f32]) {
    check("axpy", x.len(), y.len());
    sweep(team, CHUNK, [y], [x], Axpy { factor });
}

/// `y = factor · y`
pub fn scale(team: &Team, factor: f32, y: &mut [f32]) {
    sweep(team, CHUNK, [y], [], Scale(factor));
}

/// `y = value`
pub fn fill(team: &Team, value: f32, y: &mut [f32]) {
    team.chunks_mut(y, CHUNK, |_, y| y.fill(value));
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl Kernel for Dot<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) -> f32 {
        let Self(x, y) = self;
        assert_eq!(x.len(), y.len());
        // Four sets of sums hide the latency of an addition.
        let quarter = x.len() / 64 * 16;
        let mut parts = [Sums::new(s, 0.0); 4];
        // SAFETY: four quarters and the rest are the whole slices.
        unsafe {
            for (part, sums) in parts.iter_mut().enumerate() {
                let (x, y) = (x.as_ptr().add(part * quarter), y.as_ptr().add(part * quarter));
                fold!(s, sums, quarter, (sum, x = x, y = y) => x.mul_add(y, sum));
            }
            let [sums, ..] = &mut parts;
            let (x, y, rest) = (x.as_ptr().add(4 * quarter), y.as_ptr().add(4 * quarter), x.len() - 4 * quarter);
            fold!(s, sums, rest, (sum, x = x, y = y) => x.mul_add(y, sum));
        }
        let [a, b, c, d] = parts.map(Sums::total);
        (a + b) + (c + d)
    }
}

/// The same in f64, for sums that f32 cannot hold.
struct DotWide<'a>(&'a [f32], &'a [f32]);

impl Kernel for DotWide<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) -> f64 {
        let mut sums = [0.0; 16];
        for (x, y) in self.0.chunks(16).zip(self.1.chunks(16)) {
            for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
                *sum += f64::from(*x) * f64::from(*y);
            }
        }
        sums.iter().sum()
    }
}

/// Elements whose products are summed in f32 before the sums are added in f64.
const DOT_CHUNK: usize = 4096;

/// `Σ x·y`: sums of 4096 products in f32 (in 64 lanes), these sums in f64. Where a sum overflows, or is too small to be a normal number, it is computed in f64.
/// The order does not depend on the threads.
///
/// ```
/// use nn_kernels::{Team, dot};
///
/// assert_eq!(dot(&Team::serial(), &[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
pub fn dot(team: &Team, x: &[f32], y: &[f32]) -> f64 {
    check("dot", x.len(), y.len());
    let isa = Isa::current();
    let range = |chunk: usize| chunk * DOT_CHUNK..x.len().min((chunk + 1) * DOT_CHUNK);
    let narrow = |chunk: usize| vectorize(isa, Dot(&x[range(chunk)], &y[range(chunk)]));
    let wide = |chunk: usize| vectorize(isa, DotWide(&x[range(chunk)], &y[range(chunk)]));
    let parts = x.len().div_ceil(DOT_CHUNK);
    if x.len() <= CHUNK {
        let part = |chunk| Some(narrow(chunk)).filter(|sum| sum.is_normal()).map_or_else(|| wide(chunk), f64::from);
        return (0..parts).map(part).sum();
    }
    with_scratch(parts, |sums| {
        const PARTS_PER_TASK: usize = CHUNK / DOT_CHUNK;
        team.chunks_mut(sums, PARTS_PER_TASK, |task, sums| {
            for (i, sum) in sums.iter_mut().enumerate() {
                let chunk = task * PARTS_PER_TASK + i;
                *sum = narrow(chunk);
                // NaN says that it is to be computed in f64, which has no room here. Zeros, the usual case, are done with.
                if !sum.is_normal() {
                    *sum = if wide(chunk) == 0.0 { 0.0 } else { f32::NAN };
                }
            }
        });
        let part = |(chunk, sum): (usize, &f32)| if sum.is_nan() { wide(chunk) } else { f64::from(*sum) };
        sums.iter().enumerate().map(part).sum()
    })
}

/// `Σ x²`, as [`dot`] of x with itself: the square of a gradient's norm.
pub fn sum_of_squares(team: &Team, x: &[f32]) -> f64 {
    dot(team, x, x)
}

struct AllFinite<'a>(&'a [f32]);

impl Kernel for AllFinite<'_> {
    type Output = bool;
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) -> bool {
        // An exponent of all ones is infinite or not a number. Blocks, so that a bad value early ends the search.
        const EXPONENT: u32 = 0x7F80_0000;
        for block in self.0.chunks(1024) {
            let mut largest = 0;
            for x in block {
                largest = largest.max(x.to_bits() & EXPONENT);
            }
            if largest == EXPONENT {
                return false;
            }
        }
        true
    }
}

/// Whether no value is infinite or NaN.
///
/// ```
/// use nn_kernels::{Team, all_finite};
///
/// assert!(all_finite(&Team::serial(), &[1.0, f32::MAX]));
/// assert!(!all_finite(&Team::serial(), &[1.0, f32::NAN]));
/// ```
pub fn all_finite(team: &Team, x: &[f32]) -> bool {
    let (isa, finite) = (Isa::current(), AtomicBool::new(true));
    team.run(x.len().div_ceil(CHUNK), &|chunk| {
        let values = &x[chunk * CHUNK..x.len().min((chunk + 1) * CHUNK)];
        // A bad value in one chunk ends the search in those that have not begun.
        if finite.load(Ordering::Relaxed) && !vectorize(isa, AllFinite(values)) {
            finite.store(false, Ordering::Relaxed);
        }
    });
    finite.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{Path, with_path};

    #[test]
    fn updates_and_sums_are_right_for_every_length_and_path() {
        let team = Team::new(2);
        for len in [0, 1, 15, 16, 17, 63, 64, 65, 4095, 4097, CHUNK - 1, CHUNK + 1, 100_000] {
            let x: Vec<f32> = (0..len).map(|i| (i % 7) as f32 - 3.0).collect();
            let z: Vec<f32> = (0..len).map(|i| (i % 5) as f32).collect();
            for path in Path::ALL {
                let run = || {
                    let mut y = vec![9.0; len];
                    add(&team, &x, &z, &mut y);
                    assert!((0..len).all(|i| y[i] == x[i] + z[i]));
                    add_assign(&team, &x, &mut y);
                    axpy(&team, -2.0, &x, &mut y);
                    assert_eq!(y, z);
                    scale(&team, 3.0, &mut y);
                    assert!((0..len).all(|i| y[i] == 3.0 * z[i]));
                    let exact: f64 = x.iter().zip(&z).map(|(x, z)| f64::from(x * z)).sum();
                    assert_eq!(dot(&team, &x, &z), exact);
                    fill(&team, 2.0, &mut y);
                    assert_eq!(sum_of_squares(&team, &y), 4.0 * len as f64);
                };
                if with_path(path, run).is_err() {
                    println!("path {path} could not run here");
                }
            }
        }
    }

    #[test]
    fn one_bad_value_anywhere_is_found() {
        let team = Team::new(2);
        for len in [1, 16, 1023, 1024, 1025, 5000, CHUNK, 3 * CHUNK + 5] {
            let mut x = vec![f32::MAX; len];
            assert!(all_finite(&team, &x));
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN] {
                for place in [0, len / 2, len - 1] {
                    let good = std::mem::replace(&mut x[place], bad);
                    assert!(!all_finite(&team, &x), "{bad} at {place} of {len}");
                    x[place] = good;
                }
            }
        }
        assert!(all_finite(&team, &[]));
    }

    #[test]
    fn sums_that_are_too_large_or_too_small_for_f32() {
        let team = Team::new(2);
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            for len in [1, 20, CHUNK, 3 * CHUNK + 5] {
                for value in [1e20_f32, -3e38, 1e-23, 1e-45, 0.0] {
                    // One chunk of such values among others that are as usual.
                    let mut x = vec![if value.abs() > 1.0 { 1.0 } else { 0.0 }; len];
                    let last = len.min(DOT_CHUNK);
                    x[len - last..].fill(value);
                    let exact: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
                    let found = with_path(path, || sum_of_squares(&team, &x)).unwrap();
                    assert!((found - exact).abs() <= 1e-6 * exact, "{len} of {value} on {path}: {found}, not {exact}");
                }
                let bad = [f32::INFINITY, f32::NAN].map(|bad| sum_of_squares(&team, &vec![bad; len]));
                assert!(bad[0] == f64::INFINITY && bad[1].is_nan());
            }
        }
    }

    #[test]
    fn dot_has_the_same_bits_for_every_number_of_threads() {
        let x: Vec<f32> = (0..100_003).map(|i| (i as f32 * 0.37).sin()).collect();
        let sums = [1, 2, 3, 8].map(|threads| sum_of_squares(&Team::new(threads), &x).to_bits());
        assert!(sums.iter().all(|&sum| sum == sums[0]));
    }
}
