//! Products that are a part of a task of another kernel.
//!
//! They run on the calling thread, and C is a pointer: tasks that write columns of the same rows (the heads of an attention) could not
//! have slices of them, which would overlap.

use super::blocking::Shape;
use super::driver::{Product, multiply_inside};
use super::epilogue::{Epilogue, Finish};
use super::{Mat, empty_sum, fallback};
use crate::lanes::Baseline;
use crate::path::{Isa, Path, path};

/// Where a product goes.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    /// The first element of C.
    pub c: *mut f32,
    /// Floats from one row's start to the next.
    pub ldc: usize,
    /// Add to what is there.
    pub accumulate: bool,
}

/// `C = A·B`.
///
/// # Safety
///
/// C has room for the product, overlaps neither A nor B, and nobody else looks at its elements.
pub(crate) unsafe fn nn_inside(a: Mat<'_>, b: Mat<'_>, c: Target) {
    // SAFETY: by contract.
    unsafe { inside(Shape::nn(a, b), a, b, c) }
}

/// `C = Aᵀ·B`.
///
/// # Safety
///
/// As [`nn_inside`].
pub(crate) unsafe fn tn_inside(a: Mat<'_>, b: Mat<'_>, c: Target) {
    // SAFETY: by contract.
    unsafe { inside(Shape::tn(a, b), a, b, c) }
}

/// `C = A·Bᵀ`.
///
/// # Safety
///
/// As [`nn_inside`].
pub(crate) unsafe fn nt_inside(a: Mat<'_>, b: Mat<'_>, c: Target) {
    // SAFETY: by contract.
    unsafe { inside(Shape::nt(a, b), a, b, c) }
}

unsafe fn inside(shape: Shape, a: Mat<'_>, b: Mat<'_>, to: Target) {
    let Shape { m, n, k, .. } = shape;
    let isa = Isa::current();
    let finish = Finish::new(&mut Epilogue { accumulate: to.accumulate, ..Epilogue::default() }, isa);
    let product = Product { shape, a: a.pointer(), b: b.pointer(), c: to.c, ldc: to.ldc, finish };
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        return empty_sum(&product);
    }
    // SAFETY: the views vouch for A and B, the caller for C; `Shape` has checked the sizes.
    unsafe {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(token) => multiply_inside(token, &product),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(token) => multiply_inside(token, &product),
            Isa::Baseline if path() == Path::Scalar => multiply_inside(Baseline, &product),
            Isa::Baseline => fallback::strip(&product, (0, 0), (m, n)),
        }
    }
}
