//! The product by the crate matrixmultiply, for processors that the microkernels here do not know.

use super::blocking::{Layout, Shape, even_parts};
use super::driver::Product;
use crate::Team;

/// Multiply-adds of a task, at least.
const TASK: usize = 1 << 20;
/// Rows or columns of a task come in multiples of this, matrixmultiply's largest tile side.
const UNIT: usize = 16;

/// Computes the product; tasks are strips of rows or of columns, whichever there are more of.
///
/// # Safety
///
/// The pointers are valid for the shape and C overlaps neither A nor B.
pub(super) unsafe fn multiply(team: &Team, product: &Product) {
    let Shape { m, n, k, .. } = product.shape;
    let tasks = (m * n * k / TASK).clamp(1, 4 * team.threads());
    let by_rows = m >= n;
    let side = if by_rows { m } else { n };
    let part = even_parts(side, side.div_ceil(tasks), UNIT);
    team.run(side.div_ceil(part), &|task| {
        let (start, len) = (task * part, part.min(side - task * part));
        // SAFETY: inside C; tasks have disjoint strips.
        unsafe { if by_rows { strip(product, (start, 0), (len, n)) } else { strip(product, (0, start), (m, len)) } }
    });
}

/// `rows × cols` elements of C from `(i, j)`, on the calling thread.
///
/// # Safety
///
/// As [`multiply`]; the elements are inside C and no other task's.
pub(super) unsafe fn strip(product: &Product, (i, j): (usize, usize), (rows, cols): (usize, usize)) {
    let Product { shape, a, b, c, ldc, finish } = *product;
    let (row_a, col_a) = if shape.a_trans { (1, shape.lda) } else { (shape.lda, 1) };
    let (row_b, col_b) = if shape.b == Layout::Transposed { (1, shape.ldb) } else { (shape.ldb, 1) };
    let beta = if finish.accumulate { 1.0 } else { 0.0 };
    // SAFETY: a strip of valid operands; strides that are multiplied by more than 0 are below `isize::MAX`, because they index slices.
    unsafe {
        matrixmultiply::sgemm(
            rows,
            shape.k,
            cols,
            1.0,
            a.add(i * row_a),
            row_a as isize,
            col_a as isize,
            b.add(j * col_b),
            row_b as isize,
            col_b as isize,
            beta,
            c.add(i * ldc + j),
            ldc as isize,
            1,
        );
        finish.complete(c, ldc, (i, j), (rows, cols));
    }
}
