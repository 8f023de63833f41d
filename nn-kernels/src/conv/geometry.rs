//! What a convolution does with sizes, and what its passes read and write.

use crate::sizes::{elements, samples};

/// The geometry of a two-dimensional convolution over images that lie channels-last.
///
/// `y[oy, ox, o] = Σ x[oy·s − p + ky·d, ox·s − p + kx·d, i] · w[ky, kx, i, o]`, where positions outside of the image count as 0. With groups,
/// output channels of group g read the input channels of group g only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// Height, width and channels of the output.
    pub output: [usize; 3],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Rows and columns from one output to the next.
    pub stride: [usize; 2],
    /// Rows of zeros above and columns of zeros to the left. (Below and to the right as many as the output needs.)
    pub padding: [usize; 2],
    /// Rows and columns from one tap of the kernel to the next.
    pub dilation: [usize; 2],
    /// Groups of channels.
    pub groups: usize,
}

impl Conv {
    /// Elements of an input sample.
    pub const fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.input[2]
    }

    /// Elements of an output sample.
    pub const fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.output[2]
    }

    /// Elements of the weight, `[kh, kw, in / groups, out]`.
    pub const fn weight_len(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.input[2] / self.groups * self.output[2]
    }

    /// Whether every channel has a kernel of its own and nothing else.
    pub(crate) const fn is_depthwise(&self) -> bool {
        self.groups == self.input[2] && self.groups == self.output[2] && self.groups > 1
    }

    /// Whether it is the product of a matrix of pixels with one of weights.
    pub(super) fn is_product(&self) -> bool {
        let same_size = self.input[..2] == self.output[..2];
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0] && self.groups == 1 && same_size
    }

    pub(super) fn check(&self) {
        let Self { input, output, kernel, stride, dilation, groups, .. } = *self;
        let positive = |sizes: &[usize]| sizes.iter().all(|&size| size > 0);
        assert!(
            positive(&input) && positive(&output) && positive(&kernel) && positive(&stride) && positive(&dilation),
            "a convolution with a size of 0: {self:?}"
        );
        assert!(
            groups > 0 && input[2] % groups == 0 && output[2] % groups == 0,
            "groups that do not divide the channels: {self:?}"
        );
        elements(self, &[kernel[0], kernel[1], input[2], output[2]]);
        // What lies between the ends of an axis, of whichever pass: products of these sizes are places in images and in rows with zeros around.
        let span = |i: usize| {
            let outputs = output[i].checked_mul(stride[i])?.checked_add(kernel[i].checked_mul(dilation[i])?)?;
            outputs.checked_add(input[i])?.checked_add(self.padding[i])
        };
        match (span(0), span(1)) {
            (Some(height), Some(width)) => elements(self, &[height, width, input[2].max(output[2])]),
            _ => panic!("an image without end: {self:?}"),
        };
    }

    /// The number of samples in a batch with `x` elements of input and `y` of output.
    pub(super) fn samples(&self, x: usize, y: usize) -> usize {
        self.check();
        samples(x, self.input_len(), y, self.output_len())
            .unwrap_or_else(|| panic!("input or output is no whole batch: {x} and {y} elements, {self:?}"))
    }

    /// The pass that computes the output.
    pub(super) fn forward(&self) -> Pass {
        let axis = |i: usize| Taps {
            count: self.kernel[i],
            from: 0,
            step: self.dilation[i] as isize,
            kernel: 0,
            kernel_step: 1,
        };
        Pass {
            source: self.input,
            margin: self.padding,
            step: self.stride,
            size: [self.output[0], self.output[1]],
            target: self.output,
            target_from: [0, 0],
            target_step: [1, 1],
            taps: [axis(0), axis(1)],
            kernel_width: self.kernel[1],
            groups: self.groups,
            depthwise: self.is_depthwise(),
        }
    }

    /// How many passes the gradient of the input takes: one for each position between two outputs.
    pub(super) fn phases(&self) -> usize {
        self.stride[0] * self.stride[1]
    }

    /// The pass that computes the gradient of those inputs that lie at the same place between outputs: a convolution of dy whose taps go
    /// backwards.
    pub(super) fn backward(&self, phase: usize) -> Pass {
        let from = [phase / self.stride[1], phase % self.stride[1]];
        let size = [0, 1].map(|i| self.input[i].saturating_sub(from[i]).div_ceil(self.stride[i]));
        let (mut taps, mut margin) = ([Taps::NONE; 2], [0; 2]);
        for i in 0..2 {
            let (stride, dilation) = (self.stride[i] as isize, self.dilation[i] as isize);
            let position = |tap: usize| (from[i] + self.padding[i]) as isize - tap as isize * dilation;
            // Taps that meet an output lie at even distances.
            let mut hits = (0..self.kernel[i]).filter(|&tap| position(tap).rem_euclid(stride) == 0);
            let Some(first) = hits.next() else { continue };
            let kernel_step = hits.next().map_or(self.kernel[i], |second| second - first);
            let count = (self.kernel[i] - first).div_ceil(kernel_step);
            let step = kernel_step as isize * dilation / stride;
            let low = position(first + (count - 1) * kernel_step).div_euclid(stride);
            margin[i] = low.min(0).unsigned_abs();
            let from = position(first).div_euclid(stride) + margin[i] as isize;
            taps[i] = Taps { count, from, step: -step, kernel: first, kernel_step };
        }
        Pass {
            source: self.output,
            margin,
            step: [1, 1],
            size,
            target: self.input,
            target_from: from,
            target_step: self.stride,
            taps,
            kernel_width: self.kernel[1],
            groups: self.groups,
            depthwise: self.is_depthwise(),
        }
    }
}

/// The taps of a kernel along one axis: tap t reads the source at `from + t · step` and the kernel at `kernel + t · kernel_step`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps {
    pub count: usize,
    pub from: isize,
    pub step: isize,
    pub kernel: usize,
    pub kernel_step: usize,
}

impl Taps {
    const NONE: Self = Self { count: 0, from: 0, step: 1, kernel: 0, kernel_step: 1 };

    /// One more than the last position read for output 0.
    fn extent(&self) -> usize {
        if self.count == 0 { 0 } else { self.from.max(self.from + (self.count as isize - 1) * self.step) as usize + 1 }
    }
}

/// A correlation: `target[from + j · target_step] = Σ source[j · step − margin + tap] · kernel[tap]` over rows and columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// Height, width, channels.
    pub source: [usize; 3],
    /// Zeros above and to the left.
    pub margin: [usize; 2],
    pub step: [usize; 2],
    /// Rows and columns to compute.
    pub size: [usize; 2],
    pub target: [usize; 3],
    pub target_from: [usize; 2],
    pub target_step: [usize; 2],
    pub taps: [Taps; 2],
    /// Taps in a row of the whole kernel.
    pub kernel_width: usize,
    pub groups: usize,
    /// Whether each channel of the target is computed from the same channel of the source.
    pub depthwise: bool,
}

/// The room of a band of padded rows, in floats: what every thread has from its start (`scratch.rs`).
const ROOM: usize = 1 << 16;

impl Pass {
    /// Rows of the source, zeros included, that `rows` rows of the target read.
    pub fn rows_read(&self, rows: usize) -> usize {
        (rows.max(1) - 1) * self.step[0] + self.taps[0].extent()
    }

    /// Columns of a row, zeros included.
    pub fn width(&self) -> usize {
        let needed = (self.size[1].max(1) - 1) * self.step[1] + self.taps[1].extent();
        needed.max(if self.is_padded() { 1 } else { self.source[1] })
    }

    /// Whether anything outside of the source is read.
    pub fn is_padded(&self) -> bool {
        let outside = |i: usize| {
            self.margin[i] > 0 || (self.size[i].max(1) - 1) * self.step[i] + self.taps[i].extent() > self.source[i]
        };
        outside(0) || outside(1)
    }

    /// The most rows of the target whose padded rows have room.
    pub fn most_rows(&self) -> usize {
        if !self.is_padded() {
            return self.size[0].max(1);
        }
        let row = (self.width() * self.source[2]).max(1);
        let rows = (ROOM / row).saturating_sub(self.taps[0].extent()) / self.step[0] + 1;
        rows.clamp(1, self.size[0].max(1))
    }
}
