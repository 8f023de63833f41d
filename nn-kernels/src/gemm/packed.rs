//! Weights packed once, for networks that do not change any more.

use super::blocking::{Layout, Shape};
use super::micro::Compiled;
use super::pack::{PackRows, PackTransposed};
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
        let mut panels = Buffer::zeroed(Panels::room(b.rows(), b.cols()));
        Panels::pack(b, &mut panels);
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

/// A right operand `B [k, n]` that is packed in memory of the caller's, for kernels that multiply by it many times in one pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panels<'a> {
    path: Path,
    rows: usize,
    cols: usize,
    /// Panels of `NR` columns, `rows` long; on the path `matrixmultiply`, which packs for itself, the rows without gaps.
    panels: &'a [f32],
}

impl<'a> Panels<'a> {
    /// The floats that a matrix of this size takes, on the path of the calling thread.
    pub(crate) fn room(rows: usize, cols: usize) -> usize {
        // Nothing, however wide or high.
        if rows == 0 || cols == 0 { 0 } else { rows * panel().map_or(cols, |nr| cols.next_multiple_of(nr)) }
    }

    /// Packs `b` for the path of the calling thread into [`room`](Panels::room) floats.
    pub(crate) fn pack(b: Mat<'_>, to: &'a mut [f32]) -> Self {
        Self::packed((b.rows(), b.cols()), to, |to, nr| match nr {
            Some(nr) => {
                let (k, cols) = (b.rows(), b.cols());
                vectorize(
                    Isa::current(),
                    PackRows { from: b.pointer(), ld: b.stride(), k, cols, to: to.as_mut_ptr(), nr },
                );
            }
            None => to.chunks_exact_mut(b.cols()).enumerate().for_each(|(i, row)| row.copy_from_slice(b.row(i))),
        })
    }

    /// Packs the transpose of `b`, so that [`multiply`](Panels::multiply) is `A·Bᵀ`, into room for the transpose.
    pub(crate) fn pack_transposed(b: Mat<'_>, to: &'a mut [f32]) -> Self {
        Self::packed((b.cols(), b.rows()), to, |to, nr| match nr {
            Some(nr) => {
                let (k, cols) = (b.cols(), b.rows());
                let to = to.as_mut_ptr();
                vectorize(Isa::current(), PackTransposed { from: b.pointer(), ld: b.stride(), k, cols, to, nr });
            }
            None => {
                for (k, row) in to.chunks_exact_mut(b.rows()).enumerate() {
                    row.iter_mut().enumerate().for_each(|(j, to)| *to = b.at(j, k));
                }
            }
        })
    }

    /// `pack` is given the room, and the width of a panel where there are panels.
    fn packed((rows, cols): (usize, usize), to: &'a mut [f32], pack: impl FnOnce(&mut [f32], Option<usize>)) -> Self {
        let room = Self::room(rows, cols);
        assert!(to.len() >= room, "packing {rows} × {cols} takes {room} floats, but {} are there", to.len());
        let panels = &mut to[..room];
        if room > 0 {
            pack(panels, panel());
        }
        Self { path: path(), rows, cols, panels }
    }

    /// `C = activation(A·B + …)`, as [`matmul_packed`].
    pub(crate) fn multiply(self, team: &Team, a: Mat<'_>, mut c: MatMut<'_>, mut epilogue: Epilogue<'_>) {
        assert_eq!(self.path, path(), "B was packed for path `{}`, but the path here is `{}`", self.path, path());
        assert_eq!(a.cols(), self.rows, "A·B: A has {} columns, but B has {} rows", a.cols(), self.rows);
        let Self { rows: k, cols: n, panels, .. } = self;
        let shape = Shape { m: a.rows(), n, k, lda: a.stride(), a_trans: false, ldb: n, b: Layout::Packed };
        if self.path == Path::Matrixmultiply {
            return gemm(team, Shape { b: Layout::Rows, ..shape }, a, Mat::new(panels, k, n), c, epilogue);
        }
        let Some(product) = checked(shape, a, panels.as_ptr(), &mut c, &mut epilogue) else { return };
        if k == 0 {
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
}

/// The columns of a panel on the path of the calling thread; none on the path `matrixmultiply`.
fn panel() -> Option<usize> {
    fn columns<S: Compiled>(_: S) -> Option<usize> {
        Some(S::NR)
    }
    match Isa::current() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(token) => columns(token),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(token) => columns(token),
        Isa::Baseline if path() == Path::Scalar => columns(Baseline),
        Isa::Baseline => None,
    }
}

/// `C = activation(A·B + …)` with B packed: A is `[m, k]`, C is `[m, n]`. The same bits as [`matmul_nn`](super::matmul_nn); on the path
/// `matrixmultiply` only where the rows of B lay without gaps, because there few rows of A are multiplied in another way if those of B lie apart.
///
/// # Panics
///
/// When the sizes do not fit each other, or B was packed for another path than the calling thread's (paths change only
/// inside [`with_path`](crate::with_path)).
pub fn matmul_packed(team: &Team, a: Mat<'_>, b: &PackedB, c: MatMut<'_>, epilogue: Epilogue<'_>) {
    let PackedB { path, rows, cols, ref panels } = *b;
    Panels { path, rows, cols, panels }.multiply(team, a, c, epilogue);
}
