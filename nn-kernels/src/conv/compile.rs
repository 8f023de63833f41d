//! Runs a convolution's loops inside a function that is compiled for the instruction set.

use crate::lanes::{Lanes, Portable};
use crate::path::Isa;

/// Loops over vectors of `S`; `run` must be `inline(always)`, and so must what it calls.
pub(super) trait Loops {
    /// # Safety
    ///
    /// Call only from a function compiled for `S`, with operands as the implementation says.
    unsafe fn run<S: Tiles>(self, s: S);
}

/// Which tiles fit the registers.
pub(super) trait Tiles: Lanes {
    /// The widest tile in vectors.
    const VECTORS: usize;
}

impl Tiles for Portable {
    const VECTORS: usize = 2;
}
#[cfg(target_arch = "x86_64")]
impl Tiles for crate::path::Avx2 {
    const VECTORS: usize = 2;
}
#[cfg(target_arch = "x86_64")]
impl Tiles for crate::path::Avx512 {
    const VECTORS: usize = 4;
}

/// Runs the loops with the instructions of `isa`.
///
/// # Safety
///
/// The operands are as the implementation of `Loops` says.
pub(super) unsafe fn compiled<L: Loops>(isa: Isa, loops: L) {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx2,fma")]
    unsafe fn avx512<L: Loops>(s: crate::path::Avx512, loops: L) {
        // SAFETY: this function is compiled for the instruction set.
        unsafe { loops.run(s) }
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2<L: Loops>(s: crate::path::Avx2, loops: L) {
        // SAFETY: this function is compiled for the instruction set.
        unsafe { loops.run(s) }
    }
    // SAFETY: the tokens prove that the processor has the instructions; the rest is the caller's contract.
    unsafe {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(s) => avx512(s, loops),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(s) => avx2(s, loops),
            Isa::Baseline => loops.run(Portable),
        }
    }
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
