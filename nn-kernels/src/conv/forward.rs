//! The outputs of a convolution.

use super::geometry::Conv;
use super::{Operands, run, winograd};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::sizes::samples;
use crate::team::SendPointer;
use crate::{Activation, Buffer, Epilogue, Mat, MatMut, Team, matmul_nn};

/// Floats that a task copies.
const TASK_COPY: usize = 1 << 14;

/// What happens to the output of a convolution while it is near.
#[derive(Debug, Default)]
pub struct ConvEpilogue<'a> {
    /// Added to every pixel.
    pub bias: Option<&'a [f32]>,
    /// Applied last.
    pub activation: Activation,
    /// Where to keep what the activation is applied to.
    pub preactivation: Option<&'a mut [f32]>,
}

/// `y = activation(x ∗ w + bias)` for a batch.
///
/// 3 × 3 taps between 8 channels or more go by Winograd's algorithm, which takes differences of pixels: an infinite one, or one near the largest
/// float, gives NaN rather than infinities, up to a pixel beyond the outputs that see it.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Conv, ConvEpilogue, Team, conv_forward};
///
/// // A kernel of one row and two columns that adds neighbours.
/// let conv = Conv {
///     input: [1, 4, 1],
///     output: [1, 3, 1],
///     kernel: [1, 2],
///     stride: [1, 1],
///     padding: [0, 0],
///     dilation: [1, 1],
///     groups: 1,
/// };
/// let mut y = [0.0; 3];
/// conv_forward(&Team::serial(), &conv, &[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0], ConvEpilogue::default(), &mut y);
/// assert_eq!(y, [3.0, 5.0, 7.0]);
/// ```
pub fn conv_forward(team: &Team, conv: &Conv, x: &[f32], w: &[f32], epilogue: ConvEpilogue<'_>, y: &mut [f32]) {
    forward(team, conv, x, Weights::Plain(w), epilogue, y);
}

/// [`conv_forward`] with weights made ready once.
///
/// # Panics
///
/// When the sizes do not fit each other.
pub fn conv_forward_ready(
    team: &Team,
    conv: &Conv,
    x: &[f32],
    weights: &ReadyConv,
    epilogue: ConvEpilogue<'_>,
    y: &mut [f32],
) {
    forward(team, conv, x, weights.of(conv), epilogue, y);
}

/// The weights of a convolution in the form that [`conv_forward_ready`] reads: transformed, where that is done anyway.
#[derive(Clone, Debug)]
pub struct ReadyConv {
    conv: Conv,
    values: Buffer,
}

impl ReadyConv {
    /// From weights `[kh, kw, in / groups, out]`.
    ///
    /// # Panics
    ///
    /// When there are not as many as the convolution has.
    pub fn new(conv: Conv, w: &[f32]) -> Self {
        conv.check();
        assert_eq!(w.len(), conv.weight_len(), "the weights of {conv:?}");
        let values = if conv.is_winograd() {
            let mut values = Buffer::zeroed(conv.transformed_len());
            winograd::transform_weights(&Team::serial(), &conv, w, false, &mut values);
            values
        } else {
            let mut values = Buffer::zeroed(w.len());
            values.copy_from_slice(w);
            values
        };
        Self { conv, values }
    }

    /// The weights, for the convolution that they were made ready for.
    fn of(&self, conv: &Conv) -> Weights<'_> {
        assert_eq!(*conv, self.conv, "the weights were made ready for another convolution");
        match conv.is_winograd() {
            true => Weights::Transformed(&self.values),
            false => Weights::Plain(&self.values),
        }
    }
}

/// Weights as they are trained, `[kh, kw, in / groups, out]`, or made ready once.
#[derive(Clone, Copy, Debug)]
pub enum ConvWeights<'a> {
    /// As they are trained.
    Plain(&'a [f32]),
    /// Made ready for the same convolution.
    Ready(&'a ReadyConv),
}

/// Weights as they lie, or transformed for Winograd's algorithm.
#[derive(Clone, Copy)]
enum Weights<'a> {
    Plain(&'a [f32]),
    Transformed(&'a [f32]),
}

impl Weights<'_> {
    fn check(&self, conv: &Conv) {
        let (found, expected) = match self {
            Weights::Plain(w) => (w.len(), conv.weight_len()),
            Weights::Transformed(u) => (u.len(), conv.transformed_len()),
        };
        assert_eq!(found, expected, "the weights of {conv:?}");
    }
}

fn forward(team: &Team, conv: &Conv, x: &[f32], w: Weights<'_>, epilogue: ConvEpilogue<'_>, y: &mut [f32]) {
    let n = conv.samples(x.len(), y.len());
    w.check(conv);
    let ConvEpilogue { bias, activation, preactivation } = epilogue;
    assert!(bias.is_none_or(|bias| bias.len() == conv.output[2]), "a bias has one value for each output channel");
    assert!(preactivation.as_ref().is_none_or(|z| z.len() == y.len()), "the preactivation has the size of y");
    if conv.is_product()
        && let Weights::Plain(w) = w
    {
        // Cut by pixels and channels, where a pass is cut by rows of the image: of 7 × 7 pixels that is twice as fast, of 56 × 56 a fifth.
        let (pixels, [.., depth], [.., out]) = (n * conv.input[0] * conv.input[1], conv.input, conv.output);
        let preactivation = preactivation.map(|z| MatMut::new(z, pixels, out));
        let epilogue = Epilogue { bias, activation, preactivation, ..Epilogue::default() };
        let (x, w) = (Mat::new(x, pixels, depth), Mat::new(w, depth, out));
        return matmul_nn(team, x, w, MatMut::new(y, pixels, out), epilogue);
    }
    let isa = Isa::current();
    let bias = bias.map_or(std::ptr::null(), <[f32]>::as_ptr);
    let relu = matches!(activation, Activation::Relu) && preactivation.is_none();
    let finished = preactivation.is_none() && (relu || matches!(activation, Activation::Identity));
    if conv.is_winograd() {
        let finish = winograd::Finish { bias, relu, y: y.as_mut_ptr(), pool: None };
        transformed(team, conv, w, |u| {
            // SAFETY: the sizes were checked.
            unsafe { winograd::run(team, &conv.tiles_forward(), n, x, u, &finish) }
        });
        if let Some(z) = preactivation {
            team.chunks_mut(z, TASK_COPY, |task, z| z.copy_from_slice(&y[task * TASK_COPY..][..z.len()]));
        }
        if !finished {
            activation.apply_inplace(team, y);
        }
        return;
    }
    let z = preactivation.map(|z| SendPointer(z.as_mut_ptr()));
    let (Weights::Plain(w) | Weights::Transformed(w)) = w;
    let pass = conv.forward();
    let row_len = conv.output[1] * conv.output[2];
    let bias = SendPointer(bias.cast_mut());
    let operands =
        Operands { x, w, y: SendPointer(y.as_mut_ptr()), columns: conv.output[2], group: conv.output[2] / conv.groups };
    run(team, isa, conv, &pass, n, &operands, bias, relu, &|sample, first, rows| {
        if finished {
            return;
        }
        let at = sample * conv.output_len() + first * row_len;
        // SAFETY: these rows are the task's own.
        unsafe {
            let y = std::slice::from_raw_parts_mut(operands.y.get().add(at), rows * row_len);
            if let Some(z) = &z {
                std::slice::from_raw_parts_mut(z.get().add(at), rows * row_len).copy_from_slice(y);
            }
            activation.apply_slice(isa, y);
        }
    });
}

/// Runs `f` with weights that are transformed.
fn transformed(team: &Team, conv: &Conv, w: Weights<'_>, f: impl FnOnce(&[f32])) {
    match w {
        Weights::Transformed(u) => f(u),
        Weights::Plain(w) => with_scratch(conv.transformed_len(), |u| {
            winograd::transform_weights(team, conv, w, false, u);
            f(u);
        }),
    }
}

/// `y = max pool of 2 × 2 of activation(x ∗ w + bias)`, with ReLU or nothing as the activation: what is between is not kept. `picks`, of as many
/// floats a sample as [`Pool::picks_len`](crate::Pool::picks_len) says, takes which of its window each output is, for
/// [`max_pool_backward`](crate::max_pool_backward).
///
/// # Panics
///
/// When the sizes do not fit each other, or the convolution is none that [`Conv::pools`].
pub fn conv_pool(
    team: &Team,
    conv: &Conv,
    x: &[f32],
    w: ConvWeights<'_>,
    (bias, relu): (Option<&[f32]>, bool),
    y: &mut [f32],
    picks: Option<&mut [f32]>,
) {
    conv.check();
    let [height, width, out] = conv.output;
    let len = height / 2 * (width / 2) * out;
    let sample = len.div_ceil(size_of::<f32>()) * size_of::<f32>();
    assert!(conv.pools(), "{conv:?} is not computed together with a pool");
    let n = samples(x.len(), conv.input_len(), y.len(), len).expect("x or y is no whole batch");
    let w = match w {
        ConvWeights::Plain(w) => Weights::Plain(w),
        ConvWeights::Ready(ready) => ready.of(conv),
    };
    w.check(conv);
    assert!(bias.is_none_or(|bias| bias.len() == out), "a bias has one value for each output channel");
    assert!(picks.as_ref().is_none_or(|picks| size_of_val(*picks) >= n * sample), "too few picks");
    let picks = picks.map_or(std::ptr::null_mut(), |picks| picks.as_mut_ptr().cast::<u8>());
    let bias = bias.map_or(std::ptr::null(), <[f32]>::as_ptr);
    let finish = winograd::Finish { bias, relu, y: y.as_mut_ptr(), pool: Some(winograd::Pool { picks, sample }) };
    transformed(team, conv, w, |u| {
        // SAFETY: the sizes were checked.
        unsafe { winograd::run(team, &conv.tiles_forward(), n, x, u, &finish) }
    });
}
