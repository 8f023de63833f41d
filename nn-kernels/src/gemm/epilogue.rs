//! What happens to a product before it is done: accumulate, bias, activation.

use super::MatMut;
use crate::Activation;
use crate::path::Isa;

/// `C = activation(A·B + C₀ + bias)`, each part optional.
///
/// ```
/// use nn_kernels::{Activation, Epilogue, Mat, MatMut, Team, matmul_nn};
///
/// let (x, w, bias) = ([1.0, 2.0], [1.0, -1.0, 0.5, 0.5], [0.25, -1.0]);
/// let mut y = [0.0; 2];
/// let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu, ..Epilogue::default() };
/// matmul_nn(&Team::serial(), Mat::new(&x, 1, 2), Mat::new(&w, 2, 2), MatMut::new(&mut y, 1, 2), epilogue);
/// assert_eq!(y, [2.25, 0.0]);
/// ```
#[derive(Debug, Default)]
pub struct Epilogue<'a> {
    /// Start from what C holds instead of zero: gradients that add up, residual connections.
    pub accumulate: bool,
    /// A row of n values that is added to every row of C.
    pub bias: Option<&'a [f32]>,
    /// Applied last.
    pub activation: Activation,
    /// Where to keep `A·B + C₀ + bias`, for activations whose derivative reads its input. Same size as C.
    pub preactivation: Option<MatMut<'a>>,
}

/// The epilogue as a task needs it: pointers to the whole matrices.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    pub isa: Isa,
    pub accumulate: bool,
    pub bias: *const f32,
    pub activation: Activation,
    pub z: *mut f32,
    pub ldz: usize,
}

// SAFETY: tasks read `bias` and write disjoint blocks of `z`.
unsafe impl Send for Finish {}
// SAFETY: as above.
unsafe impl Sync for Finish {}

impl Finish {
    pub(super) fn new(epilogue: &mut Epilogue<'_>, isa: Isa) -> Self {
        let (z, ldz) = match &mut epilogue.preactivation {
            Some(z) => (z.pointer(), z.stride()),
            None => (std::ptr::null_mut(), 0),
        };
        Self {
            isa,
            accumulate: epilogue.accumulate,
            bias: epilogue.bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
            activation: epilogue.activation,
            z,
            ldz,
        }
    }

    /// Whether the microkernel applies the activation itself.
    pub(super) fn relu_in_tile(&self) -> bool {
        matches!(self.activation, Activation::Relu) && self.z.is_null()
    }

    /// Whether `pass` has anything to do.
    pub(super) fn has_pass(&self) -> bool {
        !self.z.is_null() || !(matches!(self.activation, Activation::Identity) || self.relu_in_tile())
    }

    /// The whole epilogue on `rows × cols` elements of C from `(i, j)`, for products whose kernel adds no bias.
    ///
    /// # Safety
    ///
    /// As [`Finish::pass`].
    pub(super) unsafe fn complete(
        &self,
        c: *mut f32,
        ldc: usize,
        (i, j): (usize, usize),
        (rows, cols): (usize, usize),
    ) {
        // SAFETY: the block lies inside C, and the bias has C's columns.
        unsafe {
            for row in i..i + rows {
                let row = std::slice::from_raw_parts_mut(c.add(row * ldc + j), cols);
                if !self.bias.is_null() {
                    let bias = std::slice::from_raw_parts(self.bias.add(j), cols);
                    row.iter_mut().zip(bias).for_each(|(c, bias)| *c += bias);
                }
                if self.relu_in_tile() {
                    self.activation.apply_slice(self.isa, row);
                }
            }
            self.pass(c, ldc, (i, j), (rows, cols));
        }
    }

    /// Keeps the preactivation and applies the activation to `rows × cols` elements of C from `(i, j)`. The block was just
    /// written, so it comes from the nearest cache.
    ///
    /// # Safety
    ///
    /// The block lies inside C, and no other task touches it.
    pub(super) unsafe fn pass(&self, c: *mut f32, ldc: usize, (i, j): (usize, usize), (rows, cols): (usize, usize)) {
        if !self.has_pass() {
            return;
        }
        for row in i..i + rows {
            // SAFETY: inside C by contract, and `z` has the same size (checked by `gemm`).
            unsafe {
                let c = std::slice::from_raw_parts_mut(c.add(row * ldc + j), cols);
                if !self.z.is_null() {
                    std::slice::from_raw_parts_mut(self.z.add(row * self.ldz + j), cols).copy_from_slice(c);
                }
                self.activation.apply_slice(self.isa, c);
            }
        }
    }
}
