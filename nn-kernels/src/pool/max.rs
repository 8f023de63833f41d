//! The largest value of a window.

use super::{Pool, STRIP, share_rows};
use crate::Team;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::team::SendPointer;

/// `y = max x` over each window; the first where several are equal, NaN where there is one. `picks`, of [`Pool::picks_len`] floats a sample,
/// takes which element of its window each output is, for [`max_pool_backward`].
///
/// # Panics
///
/// When sizes do not fit each other, or a window has more than 256 elements.
///
/// ```
/// use nn_kernels::{Pool, Team, max_pool};
///
/// let pool = Pool {
///     input: [1, 4, 1],
///     output: [1, 2],
///     kernel: [1, 2],
///     stride: [1, 2],
///     padding: [0, 0],
///     padding_end: [0, 0],
/// };
/// let mut y = [0.0; 2];
/// max_pool(&Team::serial(), &pool, &[1.0, 2.0, 4.0, 3.0], &mut y, None);
/// assert_eq!(y, [2.0, 4.0]);
/// ```
pub fn max_pool(team: &Team, pool: &Pool, x: &[f32], y: &mut [f32], picks: Option<&mut [f32]>) {
    let n = pool.check(x.len(), y.len());
    let taps = pool.kernel[0].checked_mul(pool.kernel[1]);
    assert!(taps.is_some_and(|taps| taps <= 256), "a window of more than 256 elements: {pool:?}");
    assert!(picks.as_ref().is_none_or(|picks| picks.len() >= n * pool.picks_len()), "too few picks");
    let (isa, y) = (Isa::current(), SendPointer(y.as_mut_ptr()));
    let picks = picks.map(|picks| SendPointer(picks.as_mut_ptr()));
    let row = pool.output[1] * pool.input[2];
    let work = pool.stride[0] * pool.input[1] * pool.input[2];
    share_rows(team, n, pool.output[0], work, &|sample, first, rows| {
        let x = &x[sample * pool.input_len()..][..pool.input_len()];
        // SAFETY: these rows of the output and their picks are the task's own; any bits are bytes.
        unsafe {
            let y = y.part(sample * pool.output_len() + first * row, rows * row);
            let picks = picks.as_ref().map(|picks| {
                let bytes = picks.get().add(sample * pool.picks_len()).cast::<u8>();
                std::slice::from_raw_parts_mut(bytes.add(first * row), rows * row)
            });
            vectorize(isa, Max { pool, x, y, picks, first });
        }
    });
}

struct Max<'a> {
    pool: &'a Pool,
    x: &'a [f32],
    y: &'a mut [f32],
    picks: Option<&'a mut [u8]>,
    first: usize,
}

impl Kernel for Max<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(mut self, _: S) {
        let Self { pool, x, first, .. } = self;
        let [_, width, channels] = pool.input;
        for at in 0..self.y.len() / channels {
            let (oy, ox) = (first + at / pool.output[1], at % pool.output[1]);
            let ((rows, top), (columns, left)) = (pool.inside(0, oy), pool.inside(1, ox));
            for channel in (0..channels).step_by(STRIP) {
                let strip = STRIP.min(channels - channel);
                // The first element inside the image, not of the window: it is what is picked where all are −∞.
                let first = (top * pool.kernel[1] + left) as u32;
                let (mut best, mut pick) = ([f32::NEG_INFINITY; STRIP], [first; STRIP]);
                for (ky, row) in (top..).zip(rows.clone()) {
                    for (kx, column) in (left..).zip(columns.clone()) {
                        let tap = (ky * pool.kernel[1] + kx) as u32;
                        let x = &x[(row * width + column) * channels + channel..];
                        if strip == STRIP {
                            larger::<STRIP>(&x[..STRIP], tap, &mut best, &mut pick);
                        } else {
                            for (i, &x) in x[..strip].iter().enumerate() {
                                let wins = x > best[i] || x.is_nan();
                                (best[i], pick[i]) = if wins { (x, tap) } else { (best[i], pick[i]) };
                            }
                        }
                    }
                }
                let to = at * channels + channel;
                self.y[to..to + strip].copy_from_slice(&best[..strip]);
                if let Some(picks) = &mut self.picks {
                    for (to, pick) in picks[to..to + strip].iter_mut().zip(pick) {
                        *to = pick as u8;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn larger<const N: usize>(x: &[f32], tap: u32, best: &mut [f32; N], pick: &mut [u32; N]) {
    for i in 0..N {
        let wins = (x[i] > best[i]) | x[i].is_nan();
        best[i] = if wins { x[i] } else { best[i] };
        pick[i] = if wins { tap } else { pick[i] };
    }
}

/// The gradient of the input: dy goes to the element that was picked.
///
/// # Panics
///
/// When sizes do not fit each other.
pub fn max_pool_backward(team: &Team, pool: &Pool, dy: &[f32], picks: &[f32], dx: &mut [f32]) {
    let n = pool.check(dx.len(), dy.len());
    assert!(picks.len() >= n * pool.picks_len(), "too few picks");
    let isa = Isa::current();
    team.chunks_mut(dx, pool.input_len().max(1), |sample, dx| {
        let dy = &dy[sample * pool.output_len()..][..pool.output_len()];
        let picks = &picks[sample * pool.picks_len()..][..pool.picks_len()];
        // SAFETY: floats are made of bytes.
        let picks = unsafe { std::slice::from_raw_parts(picks.as_ptr().cast::<u8>(), pool.output_len()) };
        vectorize(isa, Scatter { pool, dy, picks, dx });
    });
}

struct Scatter<'a> {
    pool: &'a Pool,
    dy: &'a [f32],
    picks: &'a [u8],
    dx: &'a mut [f32],
}

impl Kernel for Scatter<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { pool, dy, picks, dx } = self;
        let [_, width, channels] = pool.input;
        // Windows that do not meet need no sum, but leave gaps.
        let apart = pool.kernel == pool.stride && pool.padding == [0, 0];
        let whole = apart && (0..2).all(|axis| pool.output[axis] * pool.stride[axis] == pool.input[axis]);
        if !whole {
            dx.fill(0.0);
        }
        for at in 0..dy.len() / channels {
            let ((rows, top), (columns, left)) =
                (pool.inside(0, at / pool.output[1]), pool.inside(1, at % pool.output[1]));
            let (dy, picks) = (&dy[at * channels..][..channels], &picks[at * channels..][..channels]);
            for (ky, row) in (top..).zip(rows) {
                for (kx, column) in (left..).zip(columns.clone()) {
                    let tap = (ky * pool.kernel[1] + kx) as u8;
                    let dx = &mut dx[(row * width + column) * channels..][..channels];
                    if whole {
                        for ((dx, &dy), &pick) in dx.iter_mut().zip(dy).zip(picks) {
                            *dx = if pick == tap { dy } else { 0.0 };
                        }
                    } else {
                        for ((dx, &dy), &pick) in dx.iter_mut().zip(dy).zip(picks) {
                            *dx += if pick == tap { dy } else { 0.0 };
                        }
                    }
                }
            }
        }
    }
}
