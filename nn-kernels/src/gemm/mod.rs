//! Matrix products: `C = activation(A·B + C₀ + bias)` in the three orientations that training needs.
//!
//! | function | product | shapes | in a dense layer with weights `[in, out]` |
//! |---|---|---|---|
//! | [`matmul_nn`] | `A·B` | `[m, k] · [k, n]` | forward: `Y = X·W` |
//! | [`matmul_tn`] | `Aᵀ·B` | `[k, m]ᵀ · [k, n]` | weight gradient: `dW = Xᵀ·dY` |
//! | [`matmul_nt`] | `A·Bᵀ` | `[m, k] · [n, k]ᵀ` | input gradient: `dX = dY·Wᵀ` |
//! | [`matmul_packed`] | `A·B` | `[m, k] · [k, n]` | forward with weights packed once |
//!
//! Layered as the BLIS papers name it (Van Zee and van de Geijn, "BLIS: A Framework for Rapidly Instantiating BLAS
//! Functionality", 2015): `micro` computes a tile in registers, `pack` copies panels where that pays, `driver` has the loops,
//! `blocking` their sizes, `epilogue` what follows. `fallback` hands the product to the crate matrixmultiply.
//!
//! **Same bits.** Outputs are partitioned among tasks and each element is summed by one task in the order of k, so the number
//! of threads does not change a bit; on the paths `avx2`, `avx512` and `scalar` neither does the shape of tiles and blocks,
//! and the first two agree with each other. (`A·Bᵀ` with up to 8 rows sums in another order than with more, see `thin`.)

mod blocking;
mod driver;
mod epilogue;
mod fallback;
mod inside;
mod mat;
mod micro;
mod pack;
mod packed;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
mod thin;

pub use epilogue::Epilogue;
pub use mat::{Mat, MatMut};
pub(crate) use packed::Panels;
pub use packed::{PackedB, matmul_packed};

pub(crate) use driver::strip;
pub(crate) use inside::{Target, nn_inside, nt_inside, tn_inside};
pub(crate) use micro::{A, Compiled, Strip};

use crate::Team;
use crate::lanes::Baseline;
use crate::path::{Isa, Path, path};
use blocking::{Layout, Shape};
use driver::Product;
use epilogue::Finish;

/// `C = activation(A·B + …)`: A is `[m, k]`, B is `[k, n]`, C is `[m, n]`.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Epilogue, Mat, MatMut, Team, matmul_nn};
///
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]);
/// let mut c = [0.0; 4];
/// let (a, b, c_view) = (Mat::new(&a, 2, 2), Mat::new(&b, 2, 2), MatMut::new(&mut c, 2, 2));
/// matmul_nn(&Team::serial(), a, b, c_view, Epilogue::default());
/// assert_eq!(c, [19.0, 22.0, 43.0, 50.0]);
/// ```
pub fn matmul_nn(team: &Team, a: Mat<'_>, b: Mat<'_>, c: MatMut<'_>, epilogue: Epilogue<'_>) {
    gemm(team, Shape::nn(a, b), a, b, c, epilogue);
}

/// `C = activation(Aᵀ·B + …)`: A is `[k, m]`, B is `[k, n]`, C is `[m, n]`.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Epilogue, Mat, MatMut, Team, matmul_tn};
///
/// // dW = Xᵀ·dY, added to what is there.
/// let (x, dy) = ([1.0, 2.0], [3.0, 4.0, 5.0]);
/// let mut dw = [1.0; 6];
/// let epilogue = Epilogue { accumulate: true, ..Epilogue::default() };
/// matmul_tn(&Team::serial(), Mat::new(&x, 1, 2), Mat::new(&dy, 1, 3), MatMut::new(&mut dw, 2, 3), epilogue);
/// assert_eq!(dw, [4.0, 5.0, 6.0, 7.0, 9.0, 11.0]);
/// ```
pub fn matmul_tn(team: &Team, a: Mat<'_>, b: Mat<'_>, c: MatMut<'_>, epilogue: Epilogue<'_>) {
    gemm(team, Shape::tn(a, b), a, b, c, epilogue);
}

/// `C = activation(A·Bᵀ + …)`: A is `[m, k]`, B is `[n, k]`, C is `[m, n]`.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Epilogue, Mat, MatMut, Team, matmul_nt};
///
/// // dX = dY·Wᵀ with W as [in, out] = [2, 3].
/// let (dy, w) = ([1.0, 0.0, -1.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// let mut dx = [0.0; 2];
/// let (dy, w, dx_view) = (Mat::new(&dy, 1, 3), Mat::new(&w, 2, 3), MatMut::new(&mut dx, 1, 2));
/// matmul_nt(&Team::serial(), dy, w, dx_view, Epilogue::default());
/// assert_eq!(dx, [-2.0, -2.0]);
/// ```
pub fn matmul_nt(team: &Team, a: Mat<'_>, b: Mat<'_>, c: MatMut<'_>, epilogue: Epilogue<'_>) {
    gemm(team, Shape::nt(a, b), a, b, c, epilogue);
}

impl Shape {
    /// Of `A·B`.
    fn nn(a: Mat<'_>, b: Mat<'_>) -> Self {
        assert_eq!(a.cols(), b.rows(), "A·B: A has {} columns, but B has {} rows", a.cols(), b.rows());
        let (m, n, k) = (a.rows(), b.cols(), a.cols());
        Self { m, n, k, lda: a.stride(), a_trans: false, ldb: b.stride(), b: Layout::Rows }
    }

    /// Of `Aᵀ·B`.
    fn tn(a: Mat<'_>, b: Mat<'_>) -> Self {
        assert_eq!(a.rows(), b.rows(), "Aᵀ·B: A has {} rows, but B has {} rows", a.rows(), b.rows());
        let (m, n, k) = (a.cols(), b.cols(), a.rows());
        Self { m, n, k, lda: a.stride(), a_trans: true, ldb: b.stride(), b: Layout::Rows }
    }

    /// Of `A·Bᵀ`.
    fn nt(a: Mat<'_>, b: Mat<'_>) -> Self {
        assert_eq!(a.cols(), b.cols(), "A·Bᵀ: A has {} columns, but B has {} columns", a.cols(), b.cols());
        let (m, n, k) = (a.rows(), b.rows(), a.cols());
        Self { m, n, k, lda: a.stride(), a_trans: false, ldb: b.stride(), b: Layout::Transposed }
    }
}

/// Checks C and the epilogue against the shape and gives the product as pointers; `None` when there is nothing to compute.
fn checked(
    shape: Shape,
    a: Mat<'_>,
    b: *const f32,
    c: &mut MatMut<'_>,
    epilogue: &mut Epilogue<'_>,
) -> Option<Product> {
    let Shape { m, n, .. } = shape;
    assert!(c.rows() == m && c.cols() == n, "the product is {m} × {n}, but C is {} × {}", c.rows(), c.cols());
    if let Some(bias) = epilogue.bias {
        assert_eq!(bias.len(), n, "the product has {n} columns, but the bias {} values", bias.len());
    }
    if let Some(z) = &epilogue.preactivation {
        assert!(
            z.rows() == m && z.cols() == n,
            "the product is {m} × {n}, but the preactivation {} × {}",
            z.rows(),
            z.cols()
        );
    }
    let finish = Finish::new(epilogue, Isa::current());
    let (c, ldc) = (c.pointer(), c.stride());
    (m > 0 && n > 0).then_some(Product { shape, a: a.pointer(), b, c, ldc, finish })
}

fn gemm(team: &Team, shape: Shape, a: Mat<'_>, b: Mat<'_>, mut c: MatMut<'_>, mut epilogue: Epilogue<'_>) {
    let Some(product) = checked(shape, a, b.pointer(), &mut c, &mut epilogue) else { return };
    if shape.k == 0 {
        empty_sum(&product);
        return;
    }
    let dots = shape.b == Layout::Transposed && shape.m <= thin::ROWS && shape.k >= thin::K;
    let sums = shape.b == Layout::Rows && !shape.a_trans && shape.m <= thin::SUMMED && shape.ldb >= thin::APART;
    // SAFETY: the views vouch for the pointers, the asserts for the sizes, `&mut` for C overlapping nothing.
    unsafe {
        match Isa::current() {
            _ if dots => thin::multiply_dots(team, &product),
            _ if sums => thin::multiply_sums(team, &product),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(token) => driver::multiply(team, token, &product),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(token) => driver::multiply(team, token, &product),
            Isa::Baseline if path() == Path::Scalar => driver::multiply(team, Baseline, &product),
            Isa::Baseline => fallback::multiply(team, &product),
        }
    }
}

/// A product with k = 0: zero, then the epilogue.
fn empty_sum(product: &Product) {
    let Product { shape: Shape { m, n, .. }, c, ldc, finish, .. } = *product;
    // SAFETY: rows of C, which `checked` has seen.
    unsafe {
        if !finish.accumulate {
            (0..m).for_each(|i| std::slice::from_raw_parts_mut(c.add(i * ldc), n).fill(0.0));
        }
        finish.complete(c, ldc, (0, 0), (m, n));
    }
}
