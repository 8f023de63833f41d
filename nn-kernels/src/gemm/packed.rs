//! Weights packed once, for networks that do not change any more.

use super::blocking::{Layout, Shape};
use super::micro::Compiled;
use super::pack::PackRows;
use super::{Epilogue, Mat, MatMut, checked, driver, empty_sum, gemm};
use crate::lanes::{Baseline, vectorize};
use crate::path::{Isa, Path, path};
use crate::{Buffer, Team};

/// A right operand `B [k, n]` in the order in which this machine's microkernel reads it.
///
/// Packing costs one pass over B; products with it then never pack, and read B in one stream. Useful when B stays the same
/// for many products with few rows: inference, frozen layers.
///
/// ```
/// use nn_kernels::{Epilogue, Mat, MatMut, PackedB, Team, matmul_packed};
///
/// let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let packed = PackedB::pack(Mat::new(&weights, 3, 2));
/// let mut y = [0.0; 2];
/// let x = [1.0, 0.0, -1.0];
/// matmul_packed(&Team::serial(), Mat::new(&x, 1, 3), &packed, MatMut::new(&mut y, 1, 2), Epilogue::default());
/// assert_eq!(y, [-4.0, -4.0]);
/// ```
#[derive(Clone, Debug)]
pub struct PackedB {
    path: Path,
    rows: usize,
    cols: usize,
    /// Panels of `NR` columns, `rows` long; on the path `matrixmultiply`, which packs for itself, the rows as they are.
    panels: Buffer,
}

impl PackedB {
    /// Whether packing a matrix of this size pays: when it does not fit the nearest large cache (1 MiB). Below, products with
    /// it packed and as it is take the same time (measured with 1 to 128 rows); above, a row by 1024 × 1024 gains a third.
    pub const fn pays(rows: usize, cols: usize) -> bool {
        rows.saturating_mul(cols) > (1 << 20) / size_of::<f32>()
    }

    /// Packs `b` for the path of the calling thread.
    pub fn pack(b: Mat<'_>) -> Self {
        let panels = match Isa::current() {
            // Nothing, however wide or high.
            _ if b.rows() == 0 || b.cols() == 0 => Buffer::default(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(token) => panels(token, b),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(token) => panels(token, b),
            Isa::Baseline if path() == Path::Scalar => panels(Baseline, b),
            Isa::Baseline => {
                let mut copy = Buffer::zeroed(b.rows() * b.cols());
                (0..b.rows()).for_each(|i| copy[i * b.cols()..][..b.cols()].copy_from_slice(b.row(i)));
                copy
            }
        };
        Self { path: path(), rows: b.rows(), cols: b.cols(), panels }
    }

    /// Rows of the matrix that was packed (k).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the matrix that was packed (n).
    pub fn cols(&self) -> usize {
        self.cols
    }
}

fn panels<S: Compiled>(_: S, b: Mat<'_>) -> Buffer {
    let (k, cols) = (b.rows(), b.cols());
    let mut to = Buffer::zeroed(k * cols.next_multiple_of(S::NR));
    vectorize(Isa::current(), PackRows { from: b.pointer(), ld: b.stride(), k, cols, to: to.as_mut_ptr(), nr: S::NR });
    to
}

/// `C = activation(A·B + …)` with B packed: A is `[m, k]`, C is `[m, n]`. The same bits as [`matmul_nn`](super::matmul_nn); on the path
/// `matrixmultiply` only where the rows of B lay without gaps, because there few rows of A are multiplied in another way if those of B lie apart.
///
/// # Panics
///
/// When the sizes do not fit each other, or B was packed for another path than the calling thread's (paths change only
/// inside [`with_path`](crate::with_path)).
pub fn matmul_packed(team: &Team, a: Mat<'_>, b: &PackedB, mut c: MatMut<'_>, mut epilogue: Epilogue<'_>) {
    assert_eq!(b.path, path(), "B was packed for path `{}`, but the path here is `{}`", b.path, path());
    assert_eq!(a.cols(), b.rows, "A·B: A has {} columns, but B has {} rows", a.cols(), b.rows);
    let shape =
        Shape { m: a.rows(), n: b.cols, k: b.rows, lda: a.stride(), a_trans: false, ldb: b.cols, b: Layout::Packed };
    if b.path == Path::Matrixmultiply {
        let rows = Mat::new(&b.panels, b.rows, b.cols);
        return gemm(team, Shape { b: Layout::Rows, ..shape }, a, rows, c, epilogue);
    }
    let Some(product) = checked(shape, a, b.panels.as_ptr(), &mut c, &mut epilogue) else { return };
    if shape.k == 0 {
        return empty_sum(&product);
    }
    // SAFETY: as `gemm`; the panels were packed for this path and shape.
    unsafe {
        match Isa::current() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(token) => driver::multiply(team, token, &product),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(token) => driver::multiply(team, token, &product),
            Isa::Baseline => driver::multiply(team, Baseline, &product),
        }
    }
}
