//! Sizes and weights that do not fit.

use super::*;

/// One pixel times one weight.
const PIXEL: Conv = Conv {
    input: [1, 1, 1],
    output: [1, 1, 1],
    kernel: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 1,
};

#[test]
fn sizes_that_wrap_around_are_refused() {
    let far = 1 << 63;
    // Outputs or taps that wrap around to a few; strides, taps and zeros so far apart that a place wraps around to one inside the image.
    let cases = [
        (Conv { output: [(1 << 62) + 1, 4, 1], ..PIXEL }, 4, 1),
        (Conv { kernel: [(1 << 62) + 1, 4], ..PIXEL }, 1, 4),
        (Conv { output: [1 << 58, 1, 1], ..PIXEL }, 0, 1),
        (Conv { stride: [far, 1], output: [3, 1, 1], ..PIXEL }, 3, 1),
        (Conv { dilation: [far, 1], kernel: [3, 1], ..PIXEL }, 1, 3),
        (Conv { padding: [usize::MAX, 0], ..PIXEL }, 1, 1),
    ];
    for (conv, outputs, weights) in cases {
        let team = Team::serial();
        // So many samples that their outputs together wrap around to none.
        let samples = if outputs == 0 { 64 } else { 1 };
        let (x, y, w) = (&mut vec![1.0; samples][..], &mut vec![0.0; outputs][..], &mut vec![0.0; weights][..]);
        let mut refused = |f: &mut dyn FnMut([&mut [f32]; 3])| {
            let run = std::panic::AssertUnwindSafe(|| f([&mut *x, &mut *y, &mut *w]));
            let panic = std::panic::catch_unwind(run).expect_err("accepted");
            let message = panic.downcast_ref::<String>().expect("a message with the sizes");
            assert!(message.contains("Conv {"), "{message}");
        };
        refused(&mut |[x, y, w]| conv_forward(&team, &conv, x, w, ConvEpilogue::default(), y));
        refused(&mut |[x, y, w]| conv_backward_input(&team, &conv, y, w, &mut [0.0; 4], x));
        refused(&mut |[x, y, w]| conv_backward_weights(&team, &conv, x, y, w, &mut [], false));
    }
}

#[test]
#[should_panic(expected = "made ready for another convolution")]
fn a_pool_refuses_the_weights_of_another_convolution() {
    // 16 taps lie in as much memory as 9 that are transformed.
    let direct = Conv { input: [6, 6, 8], output: [3, 3, 8], kernel: [4, 4], ..PIXEL };
    let conv = Conv { output: [6, 6, 8], kernel: [3, 3], padding: [1, 1], ..direct };
    let ready = ReadyConv::new(direct, &vec![1.0; direct.weight_len()]);
    let (x, mut y) = (vec![1.0; conv.input_len()], vec![0.0; 3 * 3 * 8]);
    conv_pool(&Team::serial(), &conv, &x, ConvWeights::Ready(&ready), (None, false), &mut y, None);
}

#[test]
#[should_panic(expected = "the weights of Conv")]
fn a_convolution_of_pixels_refuses_weights_that_it_does_not_have() {
    conv_forward(&Team::serial(), &PIXEL, &[2.0], &[3.0, 5.0, 7.0], ConvEpilogue::default(), &mut [0.0]);
}
