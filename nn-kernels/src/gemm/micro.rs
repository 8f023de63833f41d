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
//!
//! A call computes all tiles of that height in a strip, one below the other: between two calls a dozen words would go through memory, and
//! their stores wait behind those of a tile that misses the caches (`Aᵀ·B` 4096 × 4096 × 256, with a call a tile: 48 GFLOP/s instead of 78).
//! For the same reason the rows of C that the next tile writes are fetched ahead.
//!
//! k is unrolled, and A's layout is known when the kernel is compiled, so that a step is little but its multiply-adds and loads: on a
//! core whose other thread somebody else uses, the number of instructions is the limit.

use crate::cache::{LINE, prefetch};
use crate::lanes::{Baseline, Lanes};

/// One call of the microkernel: tiles below each other.
pub(crate) struct Strip {
    /// Products to sum.
    pub k: usize,
    pub a: A,
    /// B's first element and its row stride: `b[p * ldb + j]`.
    pub b: *const f32,
    pub ldb: usize,
    /// Elements between panels of B, for tiles that are wider than one. (A panel's width where B lies as it is.)
    pub panel: usize,
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

/// A, from the first element that is needed of it.
#[derive(Clone, Copy)]
pub(crate) struct A {
    pub first: *const f32,
    pub lies: Lies,
}

/// Which elements of A lie side by side.
#[derive(Clone, Copy)]
pub(crate) enum Lies {
    /// Those of a row: `a[i * stride + p]`.
    Rows { stride: usize },
    /// Those of a column: `a[p * stride + i]`.
    Columns { stride: usize },
    /// Panels of `height` rows and `k` columns, one behind the other, each as its columns.
    Panels { height: usize, k: usize },
}

impl A {
    pub fn rows(first: *const f32, stride: usize) -> Self {
        Self { first, lies: Lies::Rows { stride } }
    }

    pub fn columns(first: *const f32, stride: usize) -> Self {
        Self { first, lies: Lies::Columns { stride } }
    }

    pub fn panels(first: *const f32, height: usize, k: usize) -> Self {
        Self { first, lies: Lies::Panels { height, k } }
    }

    /// The stride within a tile.
    fn stride(self) -> usize {
        match self.lies {
            Lies::Rows { stride } | Lies::Columns { stride } => stride,
            Lies::Panels { height, .. } => height,
        }
    }

    /// The most rows that a tile may have.
    pub fn most_rows(self) -> usize {
        if let Lies::Panels { height, .. } = self.lies { height } else { usize::MAX }
    }

    /// What lies `count` tiles of `rows` rows further down. Of panels, whole ones or a part of the last.
    pub fn below(self, rows: usize, count: usize) -> Self {
        let step = match self.lies {
            Lies::Rows { stride } => stride,
            Lies::Panels { height, k } if rows == height => k,
            Lies::Columns { .. } | Lies::Panels { .. } => 1,
        };
        Self { first: self.first.wrapping_add(count * rows * step), ..self }
    }
}

/// A compiled microkernel; the last argument is the number of tiles.
pub(crate) type TileFn<S> = unsafe fn(S, &Strip, usize);

/// The source of all microkernels: `count` tiles of `MR` rows by `NV` vectors. `ALONG`: A lies as [`Lies::Rows`].
///
/// # Safety
///
/// Call only from a function compiled for `S`. All `count * MR` rows and all columns (`NV` vectors, the last cut to `last` if
/// `MASKED`) of the operands must be valid, and what lies between B's rows; C must not overlap the others.
#[inline(always)]
unsafe fn tiles<S: Compiled, const MR: usize, const NV: usize, const MASKED: bool, const ALONG: bool>(
    s: S,
    t: &Strip,
    count: usize,
) {
    let stride = t.a.stride();
    let (mut tile_a, mut c) = (t.a, t.c);
    for tile in 0..count {
        if tile + 1 < count {
            for i in MR..2 * MR {
                for j in (0..NV * S::LANES).step_by(LINE / size_of::<f32>()) {
                    prefetch(c.wrapping_add(i * t.ldc + j));
                }
            }
        }
        // SAFETY: within the operands by contract; partial vectors go through the mask.
        unsafe {
            let mask = s.mask(if MASKED { t.last } else { S::LANES });
            macro_rules! load {
                ($from:expr, $v:expr) => {
                    if MASKED && $v == NV - 1 { s.load_masked($from, mask) } else { s.load($from) }
                };
            }
            let mut acc = [[s.splat(0.0); NV]; MR];
            if t.from_c {
                for (i, acc) in acc.iter_mut().enumerate() {
                    for (v, acc) in acc.iter_mut().enumerate() {
                        *acc = load!(c.add(i * t.ldc + v * S::LANES), v);
                    }
                }
            }
            // Pointers to the rows of A, or to its column (the first).
            let mut a = [tile_a.first; MR];
            if ALONG {
                for (i, a) in a.iter_mut().enumerate() {
                    *a = a.wrapping_add(i * stride);
                }
            }
            let mut b = t.b;
            // The step that is `$ahead` of the rows' pointers.
            macro_rules! step {
                ($masked:expr, $ahead:expr) => {
                    let mut row = [s.splat(0.0); NV];
                    for (v, row) in row.iter_mut().enumerate() {
                        let from = b.add(v / S::VECTORS * t.panel + v % S::VECTORS * S::LANES);
                        *row = if $masked { load!(from, v) } else { s.load(from) };
                    }
                    for (i, acc) in acc.iter_mut().enumerate() {
                        let a = s.splat(if ALONG { *a[i].add($ahead) } else { *a[0].add(i) });
                        for (acc, b) in acc.iter_mut().zip(row) {
                            *acc = s.mul_add(a, b, *acc);
                        }
                    }
                    if !ALONG {
                        a[0] = a[0].wrapping_add(stride);
                    }
                    b = b.wrapping_add(t.ldb);
                };
            }
            macro_rules! advance {
                ($by:expr) => {
                    if ALONG {
                        for a in &mut a {
                            *a = a.wrapping_add($by);
                        }
                    }
                };
            }
            // Whole vectors, as long as what lies behind a row of B is its next rows: lanes that nobody stores. A mask would take a
            // register that the tile needs. Such a vector ends at or before the element of the same column one row later if rows are
            // LANES apart, and LANES rows later in any case, as rows are at least one element apart.
            let masked = match (MASKED && !S::FREE_MASKS, MASKED) {
                (true, _) => t.k.min(if t.ldb >= S::LANES { 1 } else { S::LANES }),
                (false, true) => t.k,
                (false, false) => 0,
            };
            let mut whole = t.k - masked;
            // Small tiles, of which a strip has one or two, are not worth their compilation time.
            while MR * NV >= 8 && whole >= 4 {
                step!(false, 0);
                step!(false, 1);
                step!(false, 2);
                step!(false, 3);
                advance!(4);
                whole -= 4;
            }
            for _ in 0..whole {
                step!(false, 0);
                advance!(1);
            }
            for _ in 0..masked {
                step!(true, 0);
                advance!(1);
            }
            if !t.bias.is_null() {
                for v in 0..NV {
                    let bias = load!(t.bias.add(v * S::LANES), v);
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
                let c = c.add(i * t.ldc);
                for (v, &acc) in acc.iter().enumerate() {
                    if MASKED && v == NV - 1 && t.last != S::LANES {
                        s.store_masked(c.add(v * S::LANES), mask, acc);
                    } else {
                        s.store(c.add(v * S::LANES), acc);
                    }
                }
            }
        }
        tile_a = tile_a.below(MR, 1);
        c = c.wrapping_add(MR * t.ldc);
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
    /// Rows of the widest tile: the height of a packed panel of A. (Narrower tiles have that height too.)
    const MR: usize = Self::ROWS[Self::VECTORS - 1][0];

    /// Vectors of a strip for `rows` rows of A: for a few, more than the widest tile has, because it takes eight accumulators to hide the
    /// latency of a multiply-add.
    fn across(rows: usize) -> usize {
        let fits = |&vectors: &usize| Self::ROWS[vectors - 1].first().is_some_and(|&most| most >= rows);
        (Self::VECTORS + 1..=Self::ROWS.len()).rev().find(fits).unwrap_or(Self::VECTORS)
    }

    /// The kernel for `rows` (one of `ROWS[vectors - 1]`) by `vectors`, and A's rows along k or not.
    fn tile(rows: usize, vectors: usize, masked: bool, along: bool) -> TileFn<Self>;
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

            fn tile(rows: usize, vectors: usize, masked: bool, along: bool) -> TileFn<Self> {
                $(#[$feature])?
                unsafe fn compiled<const MR: usize, const NV: usize, const MASKED: bool, const ALONG: bool>(
                    s: $token,
                    t: &Strip,
                    count: usize,
                ) {
                    // SAFETY: the caller's contract; this function is compiled for the instruction set.
                    unsafe { tiles::<$token, MR, NV, MASKED, ALONG>(s, t, count) }
                }
                match (vectors, rows, masked, along) {
                    $($(
                        ($vectors, $rows, false, false) => compiled::<$rows, $vectors, { $always_masked }, false>,
                        ($vectors, $rows, false, true) => compiled::<$rows, $vectors, { $always_masked }, true>,
                        ($vectors, $rows, true, false) => compiled::<$rows, $vectors, true, false>,
                        ($vectors, $rows, true, true) => compiled::<$rows, $vectors, true, true>,
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
