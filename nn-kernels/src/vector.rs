//! Vectors: sums, scalings, dot products.

use crate::elementwise::CHUNK;
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::Team;
use crate::vectorize::{Arithmetic, Kernel, LANES, total, vectorize};

/// Declares a loop `y[i] = expression of y[i] and x[i]` as a [`Kernel`].
macro_rules! update {
    ($name:ident { $($field:ident),* }, |$y:ident, $x:ident, $a:ident| $value:expr) => {
        struct $name<'a> {
            y: &'a mut [f32],
            x: &'a [f32],
            $($field: f32,)*
        }
        impl Kernel for $name<'_> {
            type Output = ();
            #[inline(always)]
            fn run<$a: Arithmetic>(self) {
                $(let $field = self.$field;)*
                for (y, &$x) in self.y.iter_mut().zip(self.x) {
                    let $y = *y;
                    *y = $value;
                }
            }
        }
    };
}

update!(AddAssign {}, |y, x, A| y + x);
update!(MulAssign {}, |y, x, A| y * x);
update!(Axpy { factor }, |y, x, A| A::mul_add(factor, x, y));

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
    let isa = Isa::current();
    team.chunks_mut(y, CHUNK, |chunk, y| {
        let range = chunk * CHUNK..chunk * CHUNK + y.len();
        y.copy_from_slice(&a[range.clone()]);
        vectorize(isa, AddAssign { y, x: &b[range] });
    });
}

/// `y = y + x`
pub fn add_assign(team: &Team, x: &[f32], y: &mut [f32]) {
    check("add_assign", x.len(), y.len());
    let isa = Isa::current();
    team.chunks_mut(y, CHUNK, |chunk, y| vectorize(isa, AddAssign { x: &x[chunk * CHUNK..][..y.len()], y }));
}

/// `y = y · x`, element by element.
pub fn mul_assign(team: &Team, x: &[f32], y: &mut [f32]) {
    check("mul_assign", x.len(), y.len());
    let isa = Isa::current();
    team.chunks_mut(y, CHUNK, |chunk, y| vectorize(isa, MulAssign { x: &x[chunk * CHUNK..][..y.len()], y }));
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
    let isa = Isa::current();
    team.chunks_mut(y, CHUNK, |chunk, y| vectorize(isa, Axpy { x: &x[chunk * CHUNK..][..y.len()], y, factor }));
}

/// `y = factor · y`
pub fn scale(team: &Team, factor: f32, y: &mut [f32]) {
    team.chunks_mut(y, CHUNK, |_, y| y.iter_mut().for_each(|y| *y *= factor));
}

/// `y = value`
pub fn fill(team: &Team, value: f32, y: &mut [f32]) {
    team.chunks_mut(y, CHUNK, |_, y| y.fill(value));
}

struct Dot<'a>(&'a [f32], &'a [f32]);

/// Adds 64 products to as many sums.
#[inline(always)]
fn accumulate<A: Arithmetic>(sums: &mut [[f32; LANES]; 4], x: &[f32; 4 * LANES], y: &[f32; 4 * LANES]) {
    let (x, y) = (x.as_chunks::<LANES>().0, y.as_chunks::<LANES>().0);
    for ((sums, x), y) in sums.iter_mut().zip(x).zip(y) {
        for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
            *sum = A::mul_add(x, y, *sum);
        }
    }
}

impl Kernel for Dot<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<A: Arithmetic>(self) -> f32 {
        let mut sums = [[0.0; LANES]; 4];
        let (x4, x_rest) = self.0.as_chunks::<{ 4 * LANES }>();
        let (y4, y_rest) = self.1.as_chunks::<{ 4 * LANES }>();
        for (x, y) in x4.iter().zip(y4) {
            accumulate::<A>(&mut sums, x, y);
        }
        // The rest goes through the same loop, padded with zeros: an index that varies would keep the sums in memory.
        let (mut x, mut y) = ([0.0; 4 * LANES], [0.0; 4 * LANES]);
        x[..x_rest.len()].copy_from_slice(x_rest);
        y[..y_rest.len()].copy_from_slice(y_rest);
        accumulate::<A>(&mut sums, &x, &y);
        let [a, b, c, d] = sums;
        total(std::array::from_fn(|lane| (a[lane] + b[lane]) + (c[lane] + d[lane])))
    }
}

/// Elements whose products are summed in f32 before the sums are added in f64.
const DOT_CHUNK: usize = 4096;

/// `Σ x·y`: sums of 4096 products in f32 (in 64 lanes), these sums in f64. The order does not depend on the threads.
///
/// ```
/// use nn_kernels::{Team, dot};
///
/// assert_eq!(dot(&Team::serial(), &[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
pub fn dot(team: &Team, x: &[f32], y: &[f32]) -> f64 {
    check("dot", x.len(), y.len());
    let isa = Isa::current();
    let part = |chunk: usize| {
        let range = chunk * DOT_CHUNK..x.len().min((chunk + 1) * DOT_CHUNK);
        vectorize(isa, Dot(&x[range.clone()], &y[range]))
    };
    let parts = x.len().div_ceil(DOT_CHUNK);
    if x.len() <= CHUNK {
        return (0..parts).map(|chunk| f64::from(part(chunk))).sum();
    }
    with_scratch(parts, |sums| {
        const PARTS_PER_TASK: usize = CHUNK / DOT_CHUNK;
        team.chunks_mut(sums, PARTS_PER_TASK, |task, sums| {
            sums.iter_mut().enumerate().for_each(|(i, sum)| *sum = part(task * PARTS_PER_TASK + i));
        });
        sums.iter().copied().map(f64::from).sum()
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
    fn run<A: Arithmetic>(self) -> bool {
        // An exponent of all ones is infinite or not a number. Blocks, so that a bad value early ends the search.
        const EXPONENT: u32 = 0x7F80_0000;
        self.0.chunks(1024).all(|block| {
            let worst = block.iter().fold(0, |worst, x| worst.max(x.to_bits() & EXPONENT));
            worst != EXPONENT
        })
    }
}

/// Whether no value is infinite or NaN.
///
/// ```
/// use nn_kernels::all_finite;
///
/// assert!(all_finite(&[1.0, f32::MAX]));
/// assert!(!all_finite(&[1.0, f32::NAN]));
/// ```
pub fn all_finite(x: &[f32]) -> bool {
    vectorize(Isa::current(), AllFinite(x))
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
                    mul_assign(&team, &x, &mut y);
                    assert!((0..len).all(|i| y[i] == 3.0 * x[i] * z[i]));
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
        for len in [1, 16, 1023, 1024, 1025, 5000] {
            let mut x = vec![f32::MAX; len];
            assert!(all_finite(&x));
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN] {
                for place in [0, len / 2, len - 1] {
                    let good = std::mem::replace(&mut x[place], bad);
                    assert!(!all_finite(&x), "{bad} at {place} of {len}");
                    x[place] = good;
                }
            }
        }
        assert!(all_finite(&[]));
    }

    #[test]
    fn dot_has_the_same_bits_for_every_number_of_threads() {
        let x: Vec<f32> = (0..100_003).map(|i| (i as f32 * 0.37).sin()).collect();
        let sums = [1, 2, 3, 8].map(|threads| sum_of_squares(&Team::new(threads), &x).to_bits());
        assert!(sums.iter().all(|&sum| sum == sums[0]));
    }
}
