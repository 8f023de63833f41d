//! The backward pass of a linear map.

use crate::rows::rows;
use crate::{Epilogue, Mat, MatMut, Team, column_sums, matmul_nt, matmul_tn};
use std::ops::Range;

/// Multiply-adds of a product for which the two are better run side by side than each cut into tasks: a join less, and each thread reads one
/// set of operands (32 × 64 × 128 twice on two threads: 7.5 µs instead of 10). Below, nobody is woken for a microsecond of work.
const SIDE_BY_SIDE: Range<usize> = 50_000..500_000;

/// Where the gradients of `z = x · w + b` go; what is `None` is not computed.
#[derive(Debug, Default)]
pub struct LinearGradients<'a> {
    /// `dw = xᵀ · dz`, the size of w.
    pub weight: Option<MatMut<'a>>,
    /// `db[j] = Σᵢ dz[i, j]`.
    pub bias: Option<&'a mut [f32]>,
    /// `dx = dz · wᵀ`, the size of x.
    pub input: Option<MatMut<'a>>,
    /// Add the gradients of weight and bias to what is there.
    pub accumulate: bool,
}

/// Gradients of `z = x · w + b` from `dz`: x is `[m, inputs]`, w `[inputs, outputs]`, dz `[m, outputs]` without gaps. x is not looked
/// at where the gradient of the weight is not asked for.
///
/// The same as [`matmul_tn`], [`column_sums`] and [`matmul_nt`] one after the other, to the bit; small products run side by side.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{LinearGradients, Mat, MatMut, Team, linear_backward};
///
/// let (x, w, dz) = ([1.0, 2.0], [3.0, 4.0, 5.0, 6.0], [1.0, -1.0]);
/// let (mut dw, mut db, mut dx) = ([0.0; 4], [0.0; 2], [0.0; 2]);
/// let gradients = LinearGradients {
///     weight: Some(MatMut::new(&mut dw, 2, 2)),
///     bias: Some(&mut db),
///     input: Some(MatMut::new(&mut dx, 1, 2)),
///     accumulate: false,
/// };
/// linear_backward(&Team::new(2), Mat::new(&x, 1, 2), Mat::new(&w, 2, 2), &dz, gradients);
/// assert_eq!((dw, db, dx), ([1.0, -1.0, 2.0, -2.0], [1.0, -1.0], [-1.0, -1.0]));
/// ```
pub fn linear_backward(team: &Team, x: Mat<'_>, w: Mat<'_>, dz: &[f32], gradients: LinearGradients<'_>) {
    let LinearGradients { weight, bias, input, accumulate } = gradients;
    let m = rows("linear_backward", dz.len(), w.cols());
    let side_by_side = weight.is_some() && input.is_some() && SIDE_BY_SIDE.contains(&(m * w.rows() * w.cols()));
    let (values, dz) = (dz, Mat::new(dz, m, w.cols()));
    let parameters = || {
        if let Some(weight) = weight {
            matmul_tn(team, x, dz, weight, Epilogue { accumulate, ..Epilogue::default() });
        }
        if let Some(bias) = bias {
            column_sums(team, values, bias, accumulate);
        }
    };
    let inputs = || {
        if let Some(input) = input {
            matmul_nt(team, dz, w, input, Epilogue::default());
        }
    };
    if side_by_side {
        team.join(parameters, inputs);
    } else {
        parameters();
        inputs();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some numbers with all bits in use.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed) % 1000) as f32 / 997.0 - 0.5).collect()
    }

    #[test]
    fn the_bits_of_one_after_the_other() {
        for (m, inputs, outputs) in [(1, 1, 1), (3, 5, 2), (32, 128, 64), (32, 128, 123), (130, 70, 65)] {
            let (x, w, dz) = (numbers(m * inputs, 1), numbers(inputs * outputs, 2), numbers(m * outputs, 3));
            let (x, w) = (Mat::new(&x, m, inputs), Mat::new(&w, inputs, outputs));
            let rows = Mat::new(&dz, m, outputs);
            for accumulate in [false, true] {
                let serial = Team::serial();
                let [dw, db, dx] = [inputs * outputs, outputs, m * inputs].map(|count| numbers(count, 4));
                let (mut dw1, mut db1, mut dx1) = (dw.clone(), db.clone(), dx.clone());
                let epilogue = Epilogue { accumulate, ..Epilogue::default() };
                matmul_tn(&serial, x, rows, MatMut::new(&mut dw1, inputs, outputs), epilogue);
                column_sums(&serial, &dz, &mut db1, accumulate);
                matmul_nt(&serial, rows, w, MatMut::new(&mut dx1, m, inputs), Epilogue::default());
                for team in [serial, Team::new(2), Team::new(3)] {
                    for wanted in 0..8 {
                        let (mut dw2, mut db2, mut dx2) = (dw.clone(), db.clone(), dx.clone());
                        let gradients = LinearGradients {
                            weight: (wanted & 1 != 0).then(|| MatMut::new(&mut dw2, inputs, outputs)),
                            bias: (wanted & 2 != 0).then_some(&mut db2),
                            input: (wanted & 4 != 0).then(|| MatMut::new(&mut dx2, m, inputs)),
                            accumulate,
                        };
                        let x = if wanted & 1 != 0 { x } else { Mat::new(&[], 0, inputs) };
                        linear_backward(&team, x, w, &dz, gradients);
                        assert_eq!(&dw2, if wanted & 1 != 0 { &dw1 } else { &dw });
                        assert_eq!(&db2, if wanted & 2 != 0 { &db1 } else { &db });
                        assert_eq!(&dx2, if wanted & 4 != 0 { &dx1 } else { &dx });
                    }
                }
            }
        }
    }
}
