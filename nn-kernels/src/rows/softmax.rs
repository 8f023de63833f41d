//! Softmax and its logarithm, row by row.

use super::{rows, rows_per_task, same};
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, SUMS, Sums, fold, vectorize};
use crate::math::{exp_flushed, ln};
use crate::path::Isa;

/// `y = f(y, x)` for each vector of `len` elements at `y` and `x`: stands in an `unsafe` block.
macro_rules! along {
    ($s:expr, $len:expr, $to:expr $(, $x:ident = $from:expr)+ => $value:expr) => {{
        let (len, lanes) = ($len, $crate::lanes::lanes_of($s));
        let mut i = 0;
        while i < len {
            $(let $x = $crate::lanes::Floats::load_up_to($s, $from.add(i), len - i);)+
            $value.store_up_to($to.add(i), len - i);
            i += lanes;
        }
    }};
}
pub(super) use along;

/// The largest element of a row; a NaN may be missed, but then the sum of exponentials carries it on.
///
/// # Safety
///
/// `row` is valid for `len` floats.
#[inline(always)]
pub(super) unsafe fn largest<S: Lanes>(s: S, row: *const f32, len: usize) -> f32 {
    let mut m = Sums::new(s, f32::NEG_INFINITY);
    // SAFETY: by contract.
    unsafe { fold!(s, m, len, (m, x = row) => x.at_least(m)) }
    m.largest()
}

/// A row of `N` vectors, the last partial, in registers: what a masked store has written cannot be loaded at once.
#[derive(Clone, Copy)]
pub(super) struct ShortRow<S: Lanes, const N: usize> {
    pub s: S,
    pub row: *mut f32,
    /// Lanes of the last vector.
    pub last: usize,
}

impl<S: Lanes, const N: usize> ShortRow<S, N> {
    /// The elements, −∞ behind them.
    #[inline(always)]
    pub(super) unsafe fn load(self) -> [Floats<S>; N] {
        let Self { s, row, last } = self;
        let mut x = [Floats::new(s, f32::NEG_INFINITY); N];
        // SAFETY: `N − 1` whole vectors and `last` lanes are there.
        unsafe {
            for (v, x) in x.iter_mut().enumerate() {
                let from = row.add(v * S::LANES);
                *x = if v + 1 < N {
                    Floats::load(s, from)
                } else {
                    x.replace_first(Floats::load_first(s, from, last), last)
                };
            }
        }
        x
    }

    #[inline(always)]
    pub(super) unsafe fn store(self, y: [Floats<S>; N]) {
        let Self { row, last, .. } = self;
        // SAFETY: as `load`.
        unsafe {
            for (v, y) in y.into_iter().enumerate() {
                let to = row.add(v * S::LANES);
                if v + 1 < N { y.store(to) } else { y.store_first(to, last) }
            }
        }
    }

    /// The largest element, and the exponentials of the distances from it with their sum. The order of the sum is that of
    /// [`fold!`].
    #[inline(always)]
    pub(super) fn exponentials(self, x: [Floats<S>; N]) -> (f32, [Floats<S>; N], f32) {
        let parts = SUMS / S::LANES;
        let mut m = Sums::new(self.s, f32::NEG_INFINITY);
        for (v, x) in x.into_iter().enumerate() {
            m.0[v % parts] = x.at_least(m.0[v % parts]);
        }
        let m = m.largest();
        let (mut y, mut sum) = (x, Sums::new(self.s, 0.0));
        for (v, y) in y.iter_mut().enumerate() {
            *y = exp_flushed(*y - m);
            sum.0[v % parts] = sum.0[v % parts] + *y;
        }
        (m, y, sum.total())
    }

    #[inline(always)]
    fn softmax(self, x: [Floats<S>; N]) -> [Floats<S>; N] {
        let (_, mut y, sum) = self.exponentials(x);
        let scale = 1.0 / sum;
        for y in &mut y {
            *y = *y * scale;
        }
        y
    }

    #[inline(always)]
    fn log_softmax(self, mut x: [Floats<S>; N]) -> [Floats<S>; N] {
        let (m, _, sum) = self.exponentials(x);
        let ln_sum = ln(Floats::new(self.s, sum));
        for x in &mut x {
            *x = (*x - m) - ln_sum;
        }
        x
    }
}

/// Calls a method of [`ShortRow`] for all rows and returns, if they are short.
macro_rules! if_short {
    ($s:expr, $rows:expr, $len:expr, $method:ident) => {{
        macro_rules! all {
            ($n:literal) => {{
                let count = $rows.len() / $len;
                let last = $len - ($n - 1) * S::LANES;
                let start = $rows.as_mut_ptr();
                // SAFETY: a row has `n − 1` whole vectors and `last` lanes.
                let row = |i: usize| ShortRow::<S, $n> { s: $s, row: unsafe { start.add(i * $len) }, last };
                // A row is loaded before the three above it are stored: a load waits for a masked store that overlaps it, and the
                // unwritten lanes of one row's store overlap the next row. (Behind the last row the last is loaded again.)
                // SAFETY: as above.
                let load = |i: usize| unsafe { row(i.min(count - 1)).load() };
                let mut next = [load(0), load(1), load(2)];
                for i in 0..count {
                    let [x, a, b] = next;
                    next = [a, b, load(i + 3)];
                    let row = row(i);
                    // SAFETY: as above.
                    unsafe { row.store(row.$method(x)) }
                }
                return;
            }};
        }
        match $len.div_ceil(S::LANES) {
            1 if !$rows.is_empty() => all!(1),
            2 if !$rows.is_empty() => all!(2),
            _ => {}
        }
    }};
}

struct Softmax<'a>(&'a mut [f32], usize);

impl Kernel for Softmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        if_short!(s, self.0, self.1, softmax);
        for row in self.0.chunks_exact_mut(self.1) {
            // SAFETY: the row's elements.
            unsafe { softmax_row(s, row.as_mut_ptr(), row.len(), 1.0) }
        }
    }
}

/// The softmax of `scale · x`, in place; `scale` is positive.
///
/// # Safety
///
/// `row` is valid for `len` floats.
#[inline(always)]
pub(crate) unsafe fn softmax_row<S: Lanes>(s: S, row: *mut f32, len: usize, scale: f32) {
    // SAFETY: by contract.
    unsafe {
        let m = largest(s, row, len);
        along!(s, len, row, x = row => exp_flushed((x - m) * scale));
        let mut sum = Sums::new(s, 0.0);
        fold!(s, sum, len, (sum, y = row) => sum + y);
        let share = 1.0 / sum.total();
        along!(s, len, row, y = row => y * share);
    }
}

struct LogSoftmax<'a>(&'a mut [f32], usize);

impl Kernel for LogSoftmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        if_short!(s, self.0, self.1, log_softmax);
        for row in self.0.chunks_exact_mut(self.1) {
            let (len, row) = (row.len(), row.as_mut_ptr());
            // SAFETY: the row's elements.
            unsafe {
                let m = largest(s, row, len);
                let mut sum = Sums::new(s, 0.0);
                fold!(s, sum, len, (sum, x = row) => sum + exp_flushed(x - m));
                let ln_sum = ln(Floats::new(s, sum.total()));
                along!(s, len, row, x = row => (x - m) - ln_sum);
            }
        }
    }
}

struct SoftmaxBackward<'a>(&'a [f32], &'a [f32], &'a mut [f32], usize);

impl Kernel for SoftmaxBackward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self(y, dy, dx, len) = self;
        for ((y, dy), dx) in y.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
            let (y, dy, dx) = (y.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            // SAFETY: the rows' elements.
            unsafe { softmax_backward_row(s, y, dy, dx, len, 1.0) }
        }
    }
}

/// The gradient of the softmax of `scale · x` from its output. `dx` may be `dy`.
///
/// # Safety
///
/// The pointers are valid for `len` floats.
#[inline(always)]
pub(crate) unsafe fn softmax_backward_row<S: Lanes>(
    s: S,
    y: *const f32,
    dy: *const f32,
    dx: *mut f32,
    len: usize,
    scale: f32,
) {
    let mut dot = Sums::new(s, 0.0);
    // SAFETY: by contract; a vector of `dy` is read before its place in `dx` is written.
    unsafe {
        fold!(s, dot, len, (sum, y = y, dy = dy) => y.mul_add(dy, sum));
        let dot = dot.total();
        along!(s, len, dx, y = y, dy = dy => y * (dy - dot) * scale);
    }
}

struct LogSoftmaxBackward<'a>(&'a [f32], &'a [f32], &'a mut [f32], usize);

impl Kernel for LogSoftmaxBackward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self(y, dy, dx, len) = self;
        for ((y, dy), dx) in y.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
            let (y, dy, dx) = (y.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            let mut sum = Sums::new(s, 0.0);
            // SAFETY: the rows' elements.
            unsafe {
                fold!(s, sum, len, (sum, dy = dy) => sum + dy);
                let sum = sum.total();
                along!(s, len, dx, y = y, dy = dy => exp_flushed(y).mul_add(-sum, dy));
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
