//! Arithmetic of windows that move over an image: convolutions and pools.

/// A window and how it moves over rows and columns.
///
/// All methods are `const`, so that the macro, a `const` assertion and the layers compute with the same rule.
///
/// ```
/// use nn_spec::Window;
/// const WINDOW: Window = Window { stride: [2, 2], padding: [[1, 1], [1, 1]], ..Window::new([3, 3]) };
/// assert_eq!(WINDOW.output([28, 28]), [14, 14]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width.
    pub kernel: [usize; 2],
    /// Rows and columns from one position to the next.
    pub stride: [usize; 2],
    /// Zeros above and below, to the left and to the right.
    pub padding: [[usize; 2]; 2],
    /// Rows and columns from one element of the window to the next.
    pub dilation: [usize; 2],
    /// Whether a last position that reaches beyond the image counts.
    pub ceil: bool,
}

impl Window {
    /// A window that moves by one, without padding.
    pub const fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], ceil: false }
    }

    /// Positions over `size` rows (axis 0) or columns (axis 1): `⌊(size + padding − extent) / stride⌋ + 1`, as PyTorch counts; 0 if the window
    /// does not fit once.
    pub const fn positions(&self, axis: usize, size: usize) -> usize {
        let padding = self.padding[axis];
        window_positions(size, extent(self.kernel[axis], self.dilation[axis]), self.stride[axis], padding, self.ceil)
    }

    /// Height and width of what comes out.
    pub const fn output(&self, size: [usize; 2]) -> [usize; 2] {
        [self.positions(0, size[0]), self.positions(1, size[1])]
    }
}

/// The most elements that the window of a max pool can have: it remembers in a byte which was the largest.
pub const MAX_POOL_WINDOW: usize = 256;

/// Rows that a kernel of `kernel` elements covers when they are `dilation` apart.
pub const fn extent(kernel: usize, dilation: usize) -> usize {
    if kernel == 0 { 0 } else { (kernel - 1) * dilation + 1 }
}

/// Positions of a window that covers `extent` of `size` elements; 0 if it does not fit, or if a size is 0.
///
/// With `ceil`, a last position that lies partly outside counts if it starts inside the image or the padding before it.
pub const fn window_positions(size: usize, extent: usize, stride: usize, padding: [usize; 2], ceil: bool) -> usize {
    let padded = size + padding[0] + padding[1];
    if extent == 0 || stride == 0 || padded < extent {
        return 0;
    }
    let free = padded - extent;
    if ceil {
        let positions = free.div_ceil(stride) + 1;
        if (positions - 1) * stride >= size + padding[0] { positions - 1 } else { positions }
    } else {
        free / stride + 1
    }
}

/// The padding before and after for which `⌈size / stride⌉` positions come out, as TensorFlow's `same` has it: what does not divide by
/// two is one more after than before.
///
/// ```
/// assert_eq!(nn_spec::same_padding(28, 3, 1), [1, 1]);
/// assert_eq!(nn_spec::same_padding(224, 3, 2), [0, 1]);
/// ```
pub const fn same_padding(size: usize, extent: usize, stride: usize) -> [usize; 2] {
    if stride == 0 || size == 0 {
        return [0, 0];
    }
    let needed = (size.div_ceil(stride) - 1) * stride + extent;
    let total = needed.saturating_sub(size);
    [total / 2, total - total / 2]
}

/// Rows that a transposed convolution gives: `(size − 1) · stride + extent − padding + extra`; 0 if the padding takes all of them.
///
/// A window over so many rows has `size` positions if `extra` is less than the stride.
///
/// ```
/// assert_eq!(nn_spec::transposed_positions(14, 2, 2, [0, 0], 0), 28);
/// assert_eq!(nn_spec::transposed_positions(7, 3, 2, [1, 1], 1), 14);
/// ```
pub const fn transposed_positions(
    size: usize,
    extent: usize,
    stride: usize,
    padding: [usize; 2],
    extra: usize,
) -> usize {
    ((size.saturating_sub(1)) * stride + extent + extra).saturating_sub(padding[0] + padding[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_as_by_hand() {
        // size, extent, stride, padding, floor, ceil
        let cases = [
            (28, 3, 1, [0, 0], 26, 26),
            (28, 3, 1, [1, 1], 28, 28),
            (7, 2, 2, [0, 0], 3, 4),
            (6, 2, 2, [0, 0], 3, 3),
            (9, 3, 2, [1, 1], 5, 5),
            (4, 1, 3, [0, 0], 2, 2),
            (5, 1, 3, [0, 0], 2, 2),
            (2, 3, 1, [0, 0], 0, 0),
            (3, 3, 7, [0, 0], 1, 1),
            (5, 5, 0, [0, 0], 0, 0),
        ];
        for (size, extent, stride, padding, floor, ceil) in cases {
            assert_eq!(window_positions(size, extent, stride, padding, false), floor, "{size} {extent} {stride}");
            assert_eq!(window_positions(size, extent, stride, padding, true), ceil, "{size} {extent} {stride}, ceil");
        }
        assert_eq!(extent(3, 2), 5);
    }

    #[test]
    fn same_gives_one_output_for_each_stride() {
        for size in 1..40 {
            for kernel in 1..8 {
                for stride in 1..4 {
                    let padding = same_padding(size, kernel, stride);
                    let positions = window_positions(size, kernel, stride, padding, false);
                    assert_eq!(positions, size.div_ceil(stride), "{size} {kernel} {stride}");
                    assert!(padding[1] - padding[0] <= 1);
                }
            }
        }
    }

    #[test]
    fn a_transposed_window_has_as_many_positions_as_there_were() {
        for size in 1..12 {
            for (extent, stride) in (1..8).flat_map(|extent| (1..5).map(move |stride| (extent, stride))) {
                for (padding, extra) in [([0, 0], 0), ([1, 0], 0), ([1, 2], stride - 1)] {
                    let output = transposed_positions(size, extent, stride, padding, extra);
                    if output + padding[0] + padding[1] >= extent && output > 0 {
                        let positions = window_positions(output, extent, stride, padding, false);
                        assert_eq!(positions, size, "{size} {extent} {stride} {padding:?} {extra}");
                    }
                }
                // `same` multiplies the size.
                let padding = same_padding(size * stride, extent, stride);
                assert_eq!(window_positions(size * stride, extent, stride, padding, false), size);
            }
        }
    }
}
