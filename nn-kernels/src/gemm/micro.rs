//! The microkernel: one tile of C, from registers.
//!
//! ```text
//!                 n: NV vectors
//!               ┌───────────────┐
//!               │ b (one row a  │   for p in 0..k:
//!               │    step of k) │       row of b → NV registers
//!     ┌───┐     ├───────────────┤       for each of the MR rows of a:
//!  MR │ a │     │ c: MR × NV    │           acc[i] += broadcast(a[i, p]) * b
//!     └───┘     │ accumulators  │
//!               └───────────────┘
//! ```
//!
//! The accumulators start from C (or zero) and every element takes its products in the order of k, one fused multiply-add
//! after the other. So an element's bits are the same for every tile shape, every blocking of k and every lane width.
//!
//! Bias and ReLU happen while the tile is in registers; other activations pass over the block afterwards (`epilogue.rs`).

use crate::lanes::{Baseline, Lanes};

/// One call of the microkernel.
pub(crate) struct Tile {
    /// Products to sum.
    pub k: usize,
    /// A's first element and its strides: `a[i * row_a + p * col_a]`.
    pub a: *const f32,
    pub row_a: usize,
    pub col_a: usize,
    /// B's first element and its row stride: `b[p * ldb + j]`.
    pub b: *const f32,
    pub ldb: usize,
    /// C's first element and its row stride.
    pub c: *mut f32,
    pub ldc: usize,
    /// Columns of the last vector, for the `MASKED` kernels.
    pub last: usize,
    /// Start from what C holds.
    pub from_c: bool,
    /// Added to each row at the end, unless null.
    pub bias: *const f32,
    /// Replace negative results by 0.
    pub relu: bool,
}

/// A compiled microkernel.
pub(crate) type TileFn<S> = unsafe fn(S, &Tile);

/// The source of all microkernels: `MR` rows by `NV` vectors.
///
/// # Safety
///
/// Call only from a function compiled for `S`. All `MR` rows and all columns (`NV` vectors, the last cut to `last` if
/// `MASKED`) of the operands must be valid, and what lies between B's rows; C must not overlap the others.
#[inline(always)]
unsafe fn tile<S: Lanes, const MR: usize, const NV: usize, const MASKED: bool>(s: S, t: &Tile) {
    // SAFETY: within the operands by contract; partial vectors go through the mask.
    unsafe {
        let mask = s.mask(if MASKED { t.last } else { S::LANES });
        macro_rules! load {
            ($row:expr, $v:expr) => {
                if MASKED && $v == NV - 1 {
                    s.load_masked($row.add($v * S::LANES), mask)
                } else {
                    s.load($row.add($v * S::LANES))
                }
            };
        }
        macro_rules! load_whole {
            ($row:expr, $v:expr) => {
                s.load($row.add($v * S::LANES))
            };
        }
        let mut acc = [[s.splat(0.0); NV]; MR];
        if t.from_c {
            for (i, acc) in acc.iter_mut().enumerate() {
                for (v, acc) in acc.iter_mut().enumerate() {
                    *acc = load!(t.c.add(i * t.ldc), v);
                }
            }
        }
        let (mut a, mut b) = (t.a, t.b);
        macro_rules! step {
            ($load:ident) => {
                let mut row = [s.splat(0.0); NV];
                for (v, row) in row.iter_mut().enumerate() {
                    *row = $load!(b, v);
                }
                for (i, acc) in acc.iter_mut().enumerate() {
                    let a = s.splat(*a.add(i * t.row_a));
                    for (acc, b) in acc.iter_mut().zip(row) {
                        *acc = s.mul_add(a, b, *acc);
                    }
                }
                a = a.wrapping_add(t.col_a);
                b = b.wrapping_add(t.ldb);
            };
        }
        // Whole vectors, as long as what lies behind a row of B is its next rows: lanes that nobody stores. A mask would take a register
        // that the tile needs. Such a vector ends at or before the element of the same column one row later if rows are LANES apart, and
        // LANES rows later in any case, as rows are at least one element apart.
        let masked = match (MASKED && !S::FREE_MASKS, MASKED) {
            (true, _) => t.k.min(if t.ldb >= S::LANES { 1 } else { S::LANES }),
            (false, true) => t.k,
            (false, false) => 0,
        };
        for _ in masked..t.k {
            step!(load_whole);
        }
        for _ in 0..masked {
            step!(load);
        }
        if !t.bias.is_null() {
            for v in 0..NV {
                let bias = load!(t.bias, v);
                for acc in &mut acc {
                    acc[v] = s.add(acc[v], bias);
                }
            }
        }
        if t.relu {
            for acc in acc.as_flattened_mut() {
                // In this order a NaN stays.
                *acc = s.max(s.splat(0.0), *acc);
            }
        }
        for (i, acc) in acc.iter().enumerate() {
            let c = t.c.add(i * t.ldc);
            for (v, &acc) in acc.iter().enumerate() {
                if MASKED && v == NV - 1 && t.last != S::LANES {
                    s.store_masked(c.add(v * S::LANES), mask, acc);
                } else {
                    s.store(c.add(v * S::LANES), acc);
                }
            }
        }
    }
}

/// The compiled microkernels of one instruction set.
pub(crate) trait Compiled: Lanes {
    /// `ROWS[v - 1]`: the row counts for which tiles of `v` vectors are compiled, largest first. The largest is the most
    /// whose accumulators, one row of B and one broadcast fit the registers. Empty: no tiles of that width.
    const ROWS: [&'static [usize]; 8];
    /// The widest tile in vectors, but for those of [`Compiled::across`].
    const VECTORS: usize;
    /// Columns of the widest tile: the width of a packed panel of B.
    const NR: usize = Self::VECTORS * Self::LANES;
    /// Rows of the widest tile: the height of a packed panel of A.
    const MR: usize = Self::ROWS[Self::VECTORS - 1][0];

    /// Vectors of a strip for `rows` rows where B is read in place: for a few, more than the widest tile has, because it takes eight
    /// accumulators to hide the latency of a multiply-add.
    fn across(rows: usize) -> usize {
        let fits = |&vectors: &usize| Self::ROWS[vectors - 1].first().is_some_and(|&most| most >= rows);
        (Self::VECTORS + 1..=Self::ROWS.len()).rev().find(fits).unwrap_or(Self::VECTORS)
    }

    /// The kernel for `rows` (one of `ROWS[vectors - 1]`) by `vectors`.
    fn tile(rows: usize, vectors: usize, masked: bool) -> TileFn<Self>;
}

macro_rules! compiled {
    ($token:ty, [$($feature:meta)?], widest $widest:literal, always masked $always_masked:literal, $($vectors:literal => [$($rows:literal),*],)*) => {
        impl Compiled for $token {
            const ROWS: [&'static [usize]; 8] = {
                let mut rows: [&'static [usize]; 8] = [&[]; 8];
                $(rows[$vectors - 1] = &[$($rows),*];)*
                rows
            };
            const VECTORS: usize = $widest;

            fn tile(rows: usize, vectors: usize, masked: bool) -> TileFn<Self> {
                $(#[$feature])?
                unsafe fn compiled<const MR: usize, const NV: usize, const MASKED: bool>(
                    s: $token,
                    t: &Tile,
                ) {
                    // SAFETY: the caller's contract; this function is compiled for the instruction set.
                    unsafe { tile::<$token, MR, NV, MASKED>(s, t) }
                }
                match (vectors, rows, masked) {
                    $($(
                        ($vectors, $rows, false) => compiled::<$rows, $vectors, { $always_masked }>,
                        ($vectors, $rows, true) => compiled::<$rows, $vectors, true>,
                    )*)*
                    _ => unreachable!("no tile of {rows} rows by {vectors} vectors"),
                }
            }
        }
    };
}

// 16 registers of four lanes. Few tiles: processors without AVX2 take matrixmultiply unless they are told not to.
compiled!(Baseline, [], widest 2, always masked false,
    1 => [6, 1],
    2 => [6, 1],
);
// 16 registers of eight lanes: 6 × 2 + 2 + 1, and one for a mask.
#[cfg(target_arch = "x86_64")]
compiled!(crate::path::Avx2, [target_feature(enable = "avx2,fma")], widest 2, always masked false,
    1 => [12, 6, 4, 2, 1],
    2 => [6, 4, 2, 1],
    3 => [3, 2, 1],
    4 => [2, 1],
    5 => [1],
    6 => [1],
    7 => [1],
    8 => [1],
);
// 32 registers of sixteen lanes: 6 × 4 + 4 + 1. Masks cost nothing here, so one kernel serves whole and partial vectors.
#[cfg(target_arch = "x86_64")]
compiled!(crate::path::Avx512, [target_feature(enable = "avx512f,avx2,fma")], widest 4, always masked true,
    1 => [14, 8, 6, 4, 2, 1],
    2 => [12, 6, 4, 2, 1],
    3 => [8, 6, 4, 2, 1],
    4 => [6, 4, 2, 1],
);
