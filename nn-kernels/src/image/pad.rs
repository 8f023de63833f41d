//! Zeros around images.

use super::rows_mut;
use crate::Team;
use crate::sizes::{elements, samples};

/// An image and the zeros around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// Height, width and channels of the image.
    pub input: [usize; 3],
    /// Rows above and below, columns to the left and to the right.
    pub padding: [[usize; 2]; 2],
}

impl Border {
    /// Elements of the image.
    pub const fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.input[2]
    }

    /// Height and width with the zeros.
    pub const fn output(&self) -> [usize; 2] {
        let [[top, bottom], [left, right]] = self.padding;
        [self.input[0] + top + bottom, self.input[1] + left + right]
    }

    /// Elements with the zeros.
    pub const fn output_len(&self) -> usize {
        let [height, width] = self.output();
        height * width * self.input[2]
    }

    fn check(&self, x: usize, y: usize) {
        let ([height, width, channels], [[top, bottom], [left, right]]) = (self.input, self.padding);
        let around = |size: usize, before: usize, after: usize| size.checked_add(before)?.checked_add(after);
        let (Some(rows), Some(columns)) = (around(height, top, bottom), around(width, left, right)) else {
            panic!("zeros without end: {self:?}")
        };
        let (input, output) = (elements(self, &[height, width, channels]), elements(self, &[rows, columns, channels]));
        assert!(samples(x, input, y, output).is_some(), "{self:?} around no whole batch");
    }
}

/// `y` is `x` with zeros around it.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Border, Team, zero_pad};
/// let mut y = [9.0; 6];
/// zero_pad(&Team::serial(), &Border { input: [1, 2, 1], padding: [[1, 0], [0, 1]] }, &[1.0, 2.0], &mut y);
/// assert_eq!(y, [0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
/// ```
pub fn zero_pad(team: &Team, border: &Border, x: &[f32], y: &mut [f32]) {
    border.check(x.len(), y.len());
    let ([height, width, channels], [[top, _], [left, _]]) = (border.input, border.padding);
    let [rows, columns] = border.output();
    let (len, left) = (width * channels, left * channels);
    rows_mut(team, y, rows, columns * channels, |sample, row, y| {
        match row.checked_sub(top).filter(|&row| row < height) {
            None => y.fill(0.0),
            Some(row) => {
                y[..left].fill(0.0);
                y[left..left + len].copy_from_slice(&x[(sample * height + row) * len..][..len]);
                y[left + len..].fill(0.0);
            }
        }
    });
}

/// The gradient of [`zero_pad`]: what lies inside of the border.
///
/// # Panics
///
/// When the sizes do not fit each other.
pub fn zero_pad_backward(team: &Team, border: &Border, dy: &[f32], dx: &mut [f32]) {
    border.check(dx.len(), dy.len());
    let ([height, width, channels], [[top, _], [left, _]]) = (border.input, border.padding);
    let [rows, columns] = border.output();
    rows_mut(team, dx, height, width * channels, |sample, row, dx| {
        let from = ((sample * rows + row + top) * columns + left) * channels;
        dx.copy_from_slice(&dy[from..][..dx.len()]);
    });
}
