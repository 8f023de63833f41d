//! Loops over slices: elementwise updates and sums.

use super::{Floats, Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::team::{SendPointer, Team};

/// An update of `W` slices, element by element, that also reads `R` slices.
///
/// All elementwise kernels (activations, their derivatives, optimisers) are of this form; [`sweep`] is their loop.
pub(crate) trait Elementwise<const W: usize, const R: usize>: Copy + Sync {
    /// The new values of the written slices from their old ones and from those that are read.
    fn update<S: Lanes>(self, written: [Floats<S>; W], read: [Floats<S>; R]) -> [Floats<S>; W];
}

/// The loop: `len` elements of each slice.
pub(super) struct Sweep<E, const W: usize, const R: usize> {
    pub(super) kernel: E,
    pub(super) len: usize,
    pub(super) written: [*mut f32; W],
    pub(super) read: [*const f32; R],
}

impl<E: Elementwise<W, R>, const W: usize, const R: usize> Kernel for Sweep<E, W, R> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { kernel, len, written, read } = self;
        let mut i = 0;
        while i < len {
            // One loop for whole vectors and the rest: the branches cost nothing, a second copy of every formula would.
            let rest = len - i;
            let (mut old, mut values) = ([Floats::new(s, 0.0); W], [Floats::new(s, 0.0); R]);
            // SAFETY: `rest` elements are left of all slices.
            unsafe {
                for (old, &w) in old.iter_mut().zip(&written) {
                    *old = Floats::load_up_to(s, w.add(i), rest);
                }
                for (value, &r) in values.iter_mut().zip(&read) {
                    *value = Floats::load_up_to(s, r.add(i), rest);
                }
                for (new, &w) in kernel.update(old, values).iter().zip(&written) {
                    new.store_up_to(w.add(i), rest);
                }
            }
            i += S::LANES;
        }
    }
}

/// Runs `kernel` over whole slices on one thread.
///
/// # Panics
///
/// When the lengths differ, which is for the callers to check with words.
#[inline]
pub(crate) fn sweep_in<E: Elementwise<W, R>, const W: usize, const R: usize>(
    isa: Isa,
    written: [&mut [f32]; W],
    read: [&[f32]; R],
    kernel: E,
) {
    let len = written[0].len();
    assert!(written.iter().all(|w| w.len() == len) && read.iter().all(|r| r.len() == len));
    vectorize(isa, Sweep { kernel, len, written: written.map(<[f32]>::as_mut_ptr), read: read.map(<[f32]>::as_ptr) });
}

/// Runs `kernel` over whole slices, `chunk` elements a task.
///
/// # Panics
///
/// As [`sweep_in`].
pub(crate) fn sweep<E: Elementwise<W, R>, const W: usize, const R: usize>(
    team: &Team,
    chunk: usize,
    written: [&mut [f32]; W],
    read: [&[f32]; R],
    kernel: E,
) {
    let isa = Isa::current();
    let len = written[0].len();
    if len <= chunk {
        return sweep_in(isa, written, read, kernel);
    }
    assert!(written.iter().all(|w| w.len() == len) && read.iter().all(|r| r.len() == len));
    let written = written.map(|w| SendPointer(w.as_mut_ptr()));
    let read = read.map(|r| SendPointer(r.as_ptr().cast_mut()));
    team.run(len.div_ceil(chunk), &|task| {
        let start = task * chunk;
        // SAFETY: inside the slices; no other task has this chunk.
        let (written, read) =
            unsafe { (written.map(|w| w.get().add(start)), read.map(|r| r.get().add(start).cast_const())) };
        vectorize(isa, Sweep { kernel, len: chunk.min(len - start), written, read });
    });
}

/// How many partial sums a reduction keeps.
pub(crate) const SUMS: usize = 16;

/// Sixteen partial sums, whatever the width of a vector: element i of a slice goes to sum `i % 16`. So a sum has the same
/// bits on every instruction set with FMA. [`fold!`] adds to them.
#[derive(Clone, Copy)]
pub(crate) struct Sums<S: Lanes>(pub(crate) [Floats<S>; 4]);

impl<S: Lanes> Sums<S> {
    #[inline(always)]
    pub(crate) fn new(s: S, value: f32) -> Self {
        Self([Floats::new(s, value); 4])
    }

    /// The sum of the partial sums, in a fixed order.
    #[inline(always)]
    pub(crate) fn total(self) -> f32 {
        Floats::total(self.0)
    }

    /// The largest of the partial results.
    #[inline(always)]
    pub(crate) fn largest(self) -> f32 {
        Floats::largest(self.0)
    }
}

/// `fold!(s, sums, len, (sum, x = pointer, …) => next)`: folds `len` elements of some slices into [`Sums`]: `sum = next` for each
/// vector of elements, with the values before and the elements as [`Floats`]. (A closure would not be inlined for certain.)
///
/// The pointers must be valid for `len` floats; the macro stands in an `unsafe` block.
///
/// `fold!(s, [a, b], len, ([sum of a, sum of b], x = pointer, …) => [next of a, next of b])` folds to several in one pass.
macro_rules! fold {
    ($s:expr, $sums:ident, $len:expr, ($sum:ident $(, $x:ident = $from:expr)+) => $next:expr) => {
        $crate::lanes::fold!($s, [$sums], $len, ([$sum] $(, $x = $from)+) => [$next])
    };
    ($s:expr, [$($sums:ident),+], $len:expr, ([$($sum:ident),+] $(, $x:ident = $from:expr)+) => $next:expr) => {{
        let (len, lanes) = ($len, $crate::lanes::lanes_of($s));
        let mut i = 0;
        while i < len {
            for part in 0..$crate::lanes::SUMS / lanes {
                let place = i + part * lanes;
                if place < len {
                    $(let $x = $crate::lanes::Floats::load_up_to($s, $from.add(place), len - place);)+
                    let next = {
                        $(let $sum = $sums.0[part];)+
                        $next
                    };
                    [$($sums.0[part]),+] = if place + lanes <= len {
                        next
                    } else {
                        $crate::lanes::replace_first([$($sums.0[part]),+], next, len - place)
                    };
                }
            }
            i += $crate::lanes::SUMS;
        }
    }};
}
pub(crate) use fold;

/// [`Floats::replace_first`] for each of some vectors.
#[inline(always)]
pub(crate) fn replace_first<S: Lanes, const N: usize>(
    mut old: [Floats<S>; N],
    new: [Floats<S>; N],
    n: usize,
) -> [Floats<S>; N] {
    for (old, new) in old.iter_mut().zip(new) {
        *old = old.replace_first(new, n);
    }
    old
}

/// The number of lanes of a token's vectors.
#[inline(always)]
pub(crate) fn lanes_of<S: Lanes>(_: S) -> usize {
    S::LANES
}
