//! Softmax and its logarithm, row by row.

use super::{rows, rows_per_task, same};
use crate::Team;
use crate::math::{exp, ln};
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, LANES, total, vectorize};

/// The largest value; NaN only if it comes first. (The exponentials carry a NaN on.)
#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = row.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &x) in lanes.iter_mut().zip(block) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = if x > *lane { x } else { *lane };
    }
    lanes.iter().fold(f32::NEG_INFINITY, |m, &x| if x > m { x } else { m })
}

/// The exponentials of up to a block of values, added to the partial sums; the rest of the block is exp(−∞) = 0.
#[inline(always)]
fn block<A: Arithmetic>(part: &[f32], m: f32, sums: &mut [f32; LANES]) -> [f32; LANES] {
    let mut block = [f32::NEG_INFINITY; LANES];
    block[..part.len()].copy_from_slice(part);
    for (x, sum) in block.iter_mut().zip(sums) {
        *x = exp::<A>(*x - m);
        *sum += *x;
    }
    block
}

/// `(m, Σ exp(x − m))` of a row with m its largest value, which is left as its exponentials.
#[inline(always)]
pub(super) fn exponentials<A: Arithmetic>(row: &mut [f32]) -> (f32, f32) {
    let m = largest(row);
    let mut sums = [0.0; LANES];
    for part in row.chunks_mut(LANES) {
        let block = block::<A>(part, m, &mut sums);
        part.copy_from_slice(&block[..part.len()]);
    }
    (m, total(sums))
}

/// `(m, Σ exp(x − m))` of a row with m its largest value.
#[inline(always)]
pub(super) fn sum_of_exponentials<A: Arithmetic>(row: &[f32]) -> (f32, f32) {
    let m = largest(row);
    let mut sums = [0.0; LANES];
    row.chunks(LANES).for_each(|part| {
        block::<A>(part, m, &mut sums);
    });
    (m, total(sums))
}

struct Softmax<'a>(&'a mut [f32], usize);

impl Kernel for Softmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for row in self.0.chunks_exact_mut(self.1) {
            let (_, sum) = exponentials::<A>(row);
            let scale = 1.0 / sum;
            row.iter_mut().for_each(|y| *y *= scale);
        }
    }
}

struct LogSoftmax<'a>(&'a mut [f32], usize);

impl Kernel for LogSoftmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for row in self.0.chunks_exact_mut(self.1) {
            let (m, sum) = sum_of_exponentials::<A>(row);
            let ln_sum = ln::<A>(sum);
            row.iter_mut().for_each(|y| *y = (*y - m) - ln_sum);
        }
    }
}

/// `Σ f(a, b)` over a row in [`LANES`] partial sums.
macro_rules! lane_sum {
    ($a:expr, $b:expr, |$x:ident, $y:ident, $sum:ident| $next:expr) => {{
        let mut sums = [0.0; LANES];
        let (a, a_rest) = $a.as_chunks::<LANES>();
        let (b, b_rest) = $b.as_chunks::<LANES>();
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                let ($x, $y, $sum) = (a[lane], b[lane], sums[lane]);
                sums[lane] = $next;
            }
        }
        for (lane, (&$x, &$y)) in a_rest.iter().zip(b_rest).enumerate() {
            let $sum = sums[lane];
            sums[lane] = $next;
        }
        total(sums)
    }};
}
pub(super) use lane_sum;

struct SoftmaxBackward<'a>(&'a [f32], &'a [f32], &'a mut [f32], usize);

impl Kernel for SoftmaxBackward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(y, dy, dx, cols) = self;
        for ((y, dy), dx) in y.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols)) {
            let dot: f32 = lane_sum!(y, dy, |y, dy, sum| A::mul_add(y, dy, sum));
            for ((&y, &dy), dx) in y.iter().zip(dy).zip(dx) {
                *dx = y * (dy - dot);
            }
        }
    }
}

struct LogSoftmaxBackward<'a>(&'a [f32], &'a [f32], &'a mut [f32], usize);

impl Kernel for LogSoftmaxBackward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(y, dy, dx, cols) = self;
        for ((y, dy), dx) in y.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols)) {
            let sum: f32 = lane_sum!(dy, dy, |dy, _same, sum| sum + dy);
            for ((&y, &dy), dx) in y.iter().zip(dy).zip(dx) {
                *dx = A::mul_add(-exp::<A>(y), sum, dy);
            }
        }
    }
}

/// How much an element costs beside a copied one.
const COST: usize = 2;

/// Softmax over each row of `cols` elements: `yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`. No overflow for finite x.
///
/// # Panics
///
/// When the lengths differ or are no whole rows, as in all functions here.
///
/// ```
/// use nn_kernels::{Team, softmax};
///
/// let mut y = [0.0; 4];
/// softmax(&Team::serial(), &[1000.0, 1000.0, 0.0, 3.0_f32.ln()], &mut y, 2);
/// assert!((y[0] - 0.5).abs() < 1e-6 && (y[3] - 0.75).abs() < 1e-6);
/// ```
pub fn softmax(team: &Team, x: &[f32], y: &mut [f32], cols: usize) {
    same("softmax", x.len(), y.len());
    y.copy_from_slice(x);
    softmax_inplace(team, y, cols);
}

/// [`softmax`] in place.
pub fn softmax_inplace(team: &Team, y: &mut [f32], cols: usize) {
    rows("softmax", y.len(), cols);
    let isa = Isa::current();
    team.chunks_mut(y, rows_per_task(cols, COST) * cols.max(1), |_, y| vectorize(isa, Softmax(y, cols)));
}

/// The gradient of [`softmax`] from its output: `dxᵢ = yᵢ · (dyᵢ − Σⱼ dyⱼ · yⱼ)`.
pub fn softmax_backward(team: &Team, y: &[f32], dy: &[f32], dx: &mut [f32], cols: usize) {
    backward(team, "softmax_backward", y, dy, dx, cols, |isa, y, dy, dx| {
        vectorize(isa, SoftmaxBackward(y, dy, dx, cols));
    });
}

/// The logarithm of [`softmax`] over each row of `cols` elements: `yᵢ = xᵢ − ln Σⱼ exp(xⱼ)`.
///
/// ```
/// use nn_kernels::{Team, log_softmax};
///
/// let mut y = [0.0; 2];
/// log_softmax(&Team::serial(), &[-100.0, 100.0], &mut y, 2);
/// assert_eq!(y, [-200.0, 0.0]);
/// ```
pub fn log_softmax(team: &Team, x: &[f32], y: &mut [f32], cols: usize) {
    same("log_softmax", x.len(), y.len());
    y.copy_from_slice(x);
    log_softmax_inplace(team, y, cols);
}

/// [`log_softmax`] in place.
pub fn log_softmax_inplace(team: &Team, y: &mut [f32], cols: usize) {
    rows("log_softmax", y.len(), cols);
    let isa = Isa::current();
    team.chunks_mut(y, rows_per_task(cols, COST) * cols.max(1), |_, y| vectorize(isa, LogSoftmax(y, cols)));
}

/// The gradient of [`log_softmax`] from its output: `dxᵢ = dyᵢ − exp(yᵢ) · Σⱼ dyⱼ`.
pub fn log_softmax_backward(team: &Team, y: &[f32], dy: &[f32], dx: &mut [f32], cols: usize) {
    backward(team, "log_softmax_backward", y, dy, dx, cols, |isa, y, dy, dx| {
        vectorize(isa, LogSoftmaxBackward(y, dy, dx, cols));
    });
}

fn backward(
    team: &Team,
    what: &str,
    y: &[f32],
    dy: &[f32],
    dx: &mut [f32],
    cols: usize,
    f: impl Fn(Isa, &[f32], &[f32], &mut [f32]) + Sync,
) {
    same(what, y.len(), dx.len());
    same(what, dy.len(), dx.len());
    rows(what, dx.len(), cols);
    let isa = Isa::current();
    let chunk = rows_per_task(cols, COST) * cols.max(1);
    team.chunks_mut(dx, chunk, |index, dx| {
        let range = index * chunk..index * chunk + dx.len();
        f(isa, &y[range.clone()], &dy[range], dx);
    });
}
