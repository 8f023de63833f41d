//! Runs a convolution's loops inside a function that is compiled for the instruction set.

use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;

/// Loops over vectors of `S`; `run` must be `inline(always)`, and so must what it calls.
pub(super) trait Loops {
    /// # Safety
    ///
    /// The operands are as the implementation says.
    unsafe fn run<S: Tiles>(self, s: S);
}

/// Which tiles fit the registers.
pub(super) trait Tiles: Lanes {
    /// The widest tile in vectors: there are 32 registers where a vector has 16 lanes, else 16.
    const VECTORS: usize = if Self::LANES == 16 { 4 } else { 2 };
}

impl<S: Lanes> Tiles for S {}

/// Runs the loops with the instructions of `isa`.
///
/// # Safety
///
/// The operands are as the implementation of `Loops` says.
pub(super) unsafe fn compiled<L: Loops>(isa: Isa, loops: L) {
    struct Vouched<L>(L);
    impl<L: Loops> Kernel for Vouched<L> {
        type Output = ();
        #[inline(always)]
        fn run<S: Lanes>(self, s: S) {
            // SAFETY: whoever made this vouches for the operands.
            unsafe { self.0.run(s) }
        }
    }
    vectorize(isa, Vouched(loops));
}

/// Calls `$function::<_, ROWS, VECTORS, MASKED>` with the tile for `$vectors` vectors that fits the registers: accumulators, a row
/// of B, a broadcast and a pointer for each row.
macro_rules! with_tile {
    ($s:ident: $S:ident, $vectors:expr, $masked:expr, $function:ident($($argument:expr),*)) => {
        match ($vectors, $masked) {
            (1, false) => $function::<$S, 8, 1, false>($s, $($argument),*),
            (1, true) => $function::<$S, 8, 1, true>($s, $($argument),*),
            (2, masked) if $S::VECTORS == 2 => {
                if masked {
                    $function::<$S, 6, 2, true>($s, $($argument),*)
                } else {
                    $function::<$S, 6, 2, false>($s, $($argument),*)
                }
            }
            (2, false) => $function::<$S, 8, 2, false>($s, $($argument),*),
            (2, true) => $function::<$S, 8, 2, true>($s, $($argument),*),
            (3, false) => $function::<$S, 8, 3, false>($s, $($argument),*),
            (3, true) => $function::<$S, 8, 3, true>($s, $($argument),*),
            (_, false) => $function::<$S, 6, 4, false>($s, $($argument),*),
            (_, true) => $function::<$S, 6, 4, true>($s, $($argument),*),
        }
    };
}
pub(super) use with_tile;
