//! Every path against sums written out.

mod refusals;

use super::*;
use crate::with_path;
use crate::{Activation, Path};

fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Calls `each(x index, w index, y index)` for every product.
fn every_product(conv: &Conv, n: usize, mut each: impl FnMut(usize, usize, usize)) {
    let ([h, w, c], [oh, ow, o], [kh, kw]) = (conv.input, conv.output, conv.kernel);
    let (cg, og) = (c / conv.groups, o / conv.groups);
    for s in 0..n {
        for (oy, ox) in (0..oh * ow).map(|i| (i / ow, i % ow)) {
            for (ky, kx) in (0..kh * kw).map(|i| (i / kw, i % kw)) {
                let y = oy * conv.stride[0] + ky * conv.dilation[0];
                let x = ox * conv.stride[1] + kx * conv.dilation[1];
                let (Some(y), Some(x)) = (y.checked_sub(conv.padding[0]), x.checked_sub(conv.padding[1])) else {
                    continue;
                };
                if y >= h || x >= w {
                    continue;
                }
                for out in 0..o {
                    for i in 0..cg {
                        let channel = out / og * cg + i;
                        each(
                            ((s * h + y) * w + x) * c + channel,
                            ((ky * kw + kx) * cg + i) * o + out,
                            ((s * oh + oy) * ow + ox) * o + out,
                        );
                    }
                }
            }
        }
    }
}

fn close(found: &[f32], expected: &[f64], what: &str) {
    let scale = expected.iter().fold(1e-3, |most: f64, v| most.max(v.abs()));
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(a) - b).abs() <= 1e-5 * scale, "{what}: element {i} is {a}, not {b}");
    }
}

fn check(conv: Conv, n: usize) {
    let (x, w) = (noise(n * conv.input_len(), 1), noise(conv.weight_len(), 2));
    let (bias, dy) = (noise(conv.output[2], 3), noise(n * conv.output_len(), 4));
    let mut y64: Vec<f64> = (0..dy.len()).map(|i| f64::from(bias[i % conv.output[2]])).collect();
    let (mut dx64, mut dw64) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    every_product(&conv, n, |i, k, o| {
        y64[o] += f64::from(x[i]) * f64::from(w[k]);
        dx64[i] += f64::from(dy[o]) * f64::from(w[k]);
        dw64[k] += f64::from(x[i]) * f64::from(dy[o]);
    });
    for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
        with_path(path, || {
            let mut first: Option<[Vec<f32>; 3]> = None;
            for threads in [1, 3] {
                let team = Team::new(threads);
                let what = format!("{conv:?}, {n} samples, {path}, {threads} threads");
                let (mut y, mut dx, mut dw) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()], vec![1.0; w.len()]);
                let mut scratch = vec![f32::NAN; conv.weights_scratch().max(w.len())];
                let epilogue = ConvEpilogue { bias: Some(&bias), ..ConvEpilogue::default() };
                conv_forward(&team, &conv, &x, &w, epilogue, &mut y);
                close(&y, &y64, &format!("y, {what}"));
                conv_backward_input(&team, &conv, &dy, &w, &mut scratch, &mut dx);
                close(&dx, &dx64, &format!("dx, {what}"));
                conv_backward_weights(&team, &conv, &x, &dy, &mut dw, &mut scratch, true);
                dw.iter_mut().for_each(|v| *v -= 1.0);
                close(&dw, &dw64, &format!("dw + 1, {what}"));
                conv_backward_weights(&team, &conv, &x, &dy, &mut dw, &mut scratch, false);
                close(&dw, &dw64, &format!("dw, {what}"));
                let found = [y, dx, dw];
                assert!(first.as_ref().is_none_or(|first| *first == found), "other bits: {what}");
                first.get_or_insert(found);
            }
        })
        .unwrap();
    }
}

fn out(size: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> usize {
    (size + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1
}

#[test]
fn all_geometries() {
    // height, width, in, out, kernel, stride, padding, dilation, groups
    type Pair = [usize; 2];
    type Case = (usize, usize, usize, usize, Pair, Pair, Pair, Pair, usize);
    let cases: [Case; 20] = [
        (6, 7, 1, 5, [3, 3], [1, 1], [0, 0], [1, 1], 1),
        (5, 9, 3, 17, [3, 3], [1, 1], [1, 1], [1, 1], 1),
        (7, 7, 32, 64, [3, 3], [1, 1], [0, 0], [1, 1], 1),
        (8, 8, 16, 32, [3, 3], [2, 2], [1, 1], [1, 1], 1),
        (8, 9, 16, 40, [1, 1], [2, 2], [0, 0], [1, 1], 1),
        (9, 14, 3, 5, [3, 5], [1, 2], [1, 2], [1, 1], 1),
        (11, 12, 4, 6, [3, 2], [2, 3], [2, 1], [2, 3], 2),
        (12, 11, 6, 9, [2, 3], [3, 2], [0, 2], [3, 4], 3),
        (6, 6, 20, 20, [3, 3], [1, 1], [1, 1], [1, 1], 20),
        (7, 8, 5, 5, [5, 5], [2, 2], [2, 2], [1, 1], 5),
        (9, 8, 44, 44, [5, 3], [1, 2], [2, 1], [1, 1], 44),
        (1, 1, 70, 130, [1, 1], [1, 1], [0, 0], [1, 1], 1),
        (7, 6, 24, 40, [1, 1], [1, 1], [0, 0], [1, 1], 1),
        (4, 4, 2, 48, [4, 4], [4, 4], [0, 0], [1, 1], 1),
        (3, 3, 2, 3, [3, 3], [1, 1], [3, 3], [1, 1], 1),
        (5, 5, 300, 70, [3, 3], [1, 1], [1, 1], [1, 1], 1),
        (8, 8, 16, 16, [3, 3], [1, 1], [1, 1], [1, 1], 1),
        (13, 9, 24, 40, [3, 3], [1, 1], [2, 2], [1, 1], 1),
        (10, 12, 8, 8, [3, 3], [1, 1], [0, 1], [1, 1], 1),
        (40, 38, 64, 48, [3, 3], [1, 1], [2, 0], [1, 1], 1),
    ];
    for (h, w, c, o, kernel, stride, padding, dilation, groups) in cases {
        let size = |size, i: usize| out(size, kernel[i], stride[i], padding[i], dilation[i]);
        let output = [size(h, 0), size(w, 1), o];
        let conv = Conv { input: [h, w, c], output, kernel, stride, padding, dilation, groups };
        check(conv, 1);
        check(conv, 3);
    }
}

#[test]
fn padding_that_differs_by_side() {
    // TensorFlow's `same` with stride 2: nothing above and to the left, one below and to the right.
    check(
        Conv {
            input: [8, 6, 3],
            output: [4, 3, 8],
            kernel: [3, 3],
            stride: [2, 2],
            padding: [0, 0],
            dilation: [1, 1],
            groups: 1,
        },
        20,
    );
}

#[test]
fn activations_and_what_they_are_applied_to() {
    let conv = Conv {
        input: [5, 5, 3],
        output: [5, 5, 20],
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
        groups: 1,
    };
    let (x, w, team) = (noise(2 * conv.input_len(), 1), noise(conv.weight_len(), 2), Team::new(2));
    let run = |activation, z: Option<&mut [f32]>| {
        let mut y = vec![0.0; 2 * conv.output_len()];
        conv_forward(&team, &conv, &x, &w, ConvEpilogue { bias: None, activation, preactivation: z }, &mut y);
        y
    };
    let plain = run(Activation::Identity, None);
    let mut z = vec![0.0; plain.len()];
    let rectified = run(Activation::Relu, Some(&mut z));
    assert_eq!(z, plain);
    assert!(rectified.iter().zip(&plain).all(|(a, b)| *a == b.max(0.0)));
    assert_eq!(run(Activation::Relu, None), rectified);
    let squashed = run(Activation::Tanh, None);
    assert!(squashed.iter().zip(&plain).all(|(a, b)| (a - b.tanh()).abs() < 1e-5));
}

#[test]
fn a_transposed_convolution_adds_its_bias_everywhere() {
    // Between taps that are three apart lie pixels that no tap reaches.
    let conv = |groups| Conv {
        input: [8, 7, 4],
        output: [3, 2, 4],
        kernel: [2, 1],
        stride: [3, 3],
        padding: [1, 0],
        dilation: [1, 1],
        groups,
    };
    for conv in [conv(1), conv(4)] {
        let (dy, w, bias) = (noise(2 * conv.output_len(), 1), noise(conv.weight_len(), 2), noise(4, 3));
        let (team, mut scratch) = (Team::new(2), vec![f32::NAN; conv.input_scratch()]);
        let [mut plain, mut biased] = [(); 2].map(|()| vec![f32::NAN; 2 * conv.input_len()]);
        conv_backward_input(&team, &conv, &dy, &w, &mut scratch, &mut plain);
        conv_transposed(&team, &conv, &dy, &w, Some(&bias), &mut scratch, &mut biased);
        assert!((0..plain.len()).all(|i| biased[i] == plain[i] + bias[i % 4]), "{conv:?}");
    }
}

#[test]
fn winograd_is_as_exact_as_the_sum() {
    // Against the root mean square of what is computed: forward, the gradient of the input and that of the weights.
    let conv = Conv {
        input: [26, 26, 32],
        output: [24, 24, 64],
        kernel: [3, 3],
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
    };
    assert!(conv.is_winograd());
    let (x, w, dy) = (noise(conv.input_len(), 1), noise(conv.weight_len(), 2), noise(conv.output_len(), 3));
    let (mut y64, mut dx64, mut dw64) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
    every_product(&conv, 1, |i, k, o| {
        y64[o] += f64::from(x[i]) * f64::from(w[k]);
        dx64[i] += f64::from(dy[o]) * f64::from(w[k]);
        dw64[k] += f64::from(dy[o]) * f64::from(x[i]);
    });
    let (team, mut y, mut dx, mut dw) = (Team::new(2), vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
    conv_forward(&team, &conv, &x, &w, ConvEpilogue::default(), &mut y);
    conv_backward_input(&team, &conv, &dy, &w, &mut vec![0.0; conv.input_scratch()], &mut dx);
    conv_backward_weights(&team, &conv, &x, &dy, &mut dw, &mut vec![0.0; conv.weights_scratch()], false);
    for (found, expected, what) in [(y, y64, "y"), (dx, dx64, "dx"), (dw, dw64, "dw")] {
        let mean = |squares: f64| (squares / found.len() as f64).sqrt();
        let rms = mean(expected.iter().map(|v| v * v).sum());
        let errors = found.iter().zip(&expected).map(|(&a, b)| (f64::from(a) - b).abs());
        let largest = errors.fold(0.0, f64::max) / rms;
        println!("{what}: {largest:.1e} of the root mean square");
        assert!(largest < 1e-5, "{what}: an error of {largest:e} of the root mean square");
    }
}
