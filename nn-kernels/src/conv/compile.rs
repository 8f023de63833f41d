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
    /// 32 registers of 16 lanes, and not 16 registers.
    const WIDE: bool = Self::LANES == 16;
    /// The widest tile in vectors.
    const VECTORS: usize = if Self::WIDE { 4 } else { 2 };
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

/// Runs the kernel `$kernel::<ROWS, VECTORS, MASKED>($tile)` with the tile for `$vectors` vectors that fits the registers: accumulators,
/// a row of B, a broadcast and a pointer for each row. With sixteen lanes masks cost nothing, so one kernel serves whole and
/// partial vectors.
macro_rules! with_tile {
    ($s:ident: $S:ident, $vectors:expr, $masked:expr, $kernel:ident($tile:expr)) => {
        if $S::WIDE {
            match $vectors {
                1 => $s.call($kernel::<8, 1, true>($tile)),
                2 => $s.call($kernel::<8, 2, true>($tile)),
                3 => $s.call($kernel::<8, 3, true>($tile)),
                _ => $s.call($kernel::<6, 4, true>($tile)),
            }
        } else {
            match ($vectors, $masked) {
                (1, false) => $s.call($kernel::<8, 1, false>($tile)),
                (1, true) => $s.call($kernel::<8, 1, true>($tile)),
                (_, false) => $s.call($kernel::<6, 2, false>($tile)),
                (_, true) => $s.call($kernel::<6, 2, true>($tile)),
            }
        }
    };
}
pub(super) use with_tile;

/// The same for a kernel that reads a vector of the source for each product: fewer accumulators, which leave registers for these.
macro_rules! with_depthwise_tile {
    ($s:ident: $S:ident, $vectors:expr, $masked:expr, $kernel:ident($tile:expr)) => {
        if $S::WIDE {
            match $vectors {
                1 => $s.call($kernel::<8, 1, true>($tile)),
                2 => $s.call($kernel::<6, 2, true>($tile)),
                3 => $s.call($kernel::<4, 3, true>($tile)),
                _ => $s.call($kernel::<4, 4, true>($tile)),
            }
        } else {
            match ($vectors, $masked) {
                (1, false) => $s.call($kernel::<8, 1, false>($tile)),
                (1, true) => $s.call($kernel::<8, 1, true>($tile)),
                (_, false) => $s.call($kernel::<4, 2, false>($tile)),
                (_, true) => $s.call($kernel::<4, 2, true>($tile)),
            }
        }
    };
}
pub(super) use with_depthwise_tile;
