//! Pooling: the largest or the mean value of a window, of parts, of all. A sequence is an image of one row.

mod adaptive;
mod avg;
mod global;
mod max;

pub use adaptive::{AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d};
pub use avg::{AvgPool1d, AvgPool2d};
pub use global::{GlobalAvgPool, GlobalAvgPool1d, GlobalAvgPool2d};
pub use max::{MaxPool1d, MaxPool2d};

use super::Frame;
use super::image::{fits, sizes};
use crate::Sample;
use nn_kernels::Pool;

const fn pool<I: Sample, O: Sample, K: Frame>() -> Pool {
    let ([rows, columns, _], window) = (sizes::<O>(), K::WINDOW);
    Pool {
        input: sizes::<I>(),
        output: [rows, columns],
        kernel: window.kernel,
        stride: window.stride,
        padding: [window.padding[0][0], window.padding[1][0]],
        padding_end: [window.padding[0][1], window.padding[1][1]],
    }
}

const fn assert_pool<I: Sample, O: Sample, K: Frame>() {
    let window = K::WINDOW;
    assert!(
        I::SHAPE.rank() != 2 || K::DIMENSIONS == 1,
        "a pool over sequences, `[channels, length]`, has a `Window1d`; one over images, `[channels, height, width]`, a `Window`"
    );
    assert!(fits::<I, O, K>(), "the height and width of the output are not what the window gives");
    assert!(sizes::<I>()[2] == sizes::<O>()[2], "a pool gives as many channels as it takes");
    assert!(window.dilation[0] == 1 && window.dilation[1] == 1, "the window of a pool has no gaps");
    let mut axis = 0;
    while axis < 2 {
        let most = window.kernel[axis] / 2;
        let [before, after] = window.padding[axis];
        assert!(before <= most && after <= most, "the padding of a pool is at most half of its window");
        axis += 1;
    }
}
