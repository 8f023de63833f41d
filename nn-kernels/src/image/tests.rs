//! Against loops written out, on every path and any number of threads.

use super::*;
use crate::{Path, with_path};

fn ramp(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + 13) % 101) as f32 / 16.0 - 3.0).collect()
}

/// On every path, with one thread and with three.
fn everywhere(check: impl Fn(&Team)) {
    for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
        with_path(path, || [1, 3].into_iter().for_each(|threads| check(&Team::new(threads)))).unwrap();
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The gradient of a linear function is its transpose: ⟨f(x), dy⟩ = ⟨x, f'(dy)⟩.
fn transposed(x: &[f32], y: &[f32], dy: &[f32], dx: &[f32]) {
    let (one, other) = (dot(y, dy), dot(x, dx));
    assert!((one - other).abs() <= 1e-4 * (1.0 + one.abs()), "{one} and {other}");
}

#[test]
fn zeros_lie_around() {
    let border = Border { input: [3, 2, 2], padding: [[2, 1], [0, 3]] };
    let (n, [height, width]) = (3, border.output());
    let (x, dy) = (ramp(n * border.input_len()), ramp(n * border.output_len()));
    everywhere(|team| {
        let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
        zero_pad(team, &border, &x, &mut y);
        for (i, &y) in y.iter().enumerate() {
            let (channel, column, row, sample) = (i % 2, i / 2 % width, i / 2 / width % height, i / 2 / width / height);
            let inside = (2..5).contains(&row) && column < 2;
            let expected = if inside { x[((sample * 3 + row - 2) * 2 + column) * 2 + channel] } else { 0.0 };
            assert_eq!(y, expected, "element {i}");
        }
        zero_pad_backward(team, &border, &dy, &mut dx);
        transposed(&x, &y, &dy, &dx);
    });
}

#[test]
fn sizes_that_do_not_divide() {
    use Interpolation::{Bilinear, Nearest};
    for interpolation in [Nearest, Bilinear { align_corners: true }, Bilinear { align_corners: false }] {
        for (input, output) in [([3, 4, 5], [7, 9]), ([5, 7, 17], [3, 2]), ([1, 1, 1], [4, 1]), ([2, 3, 1], [1, 6])] {
            let resized = Resize { input, output, interpolation };
            let (x, dy) = (ramp(2 * resized.input_len()), ramp(2 * resized.output_len()));
            everywhere(|team| {
                let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
                resize(team, &resized, &x, &mut y);
                resize_backward(team, &resized, &dy, &mut dx);
                transposed(&x, &y, &dy, &dx);
                // What is the same everywhere stays so.
                resize(team, &resized, &vec![3.0; x.len()], &mut y);
                assert!(y.iter().all(|y| (y - 3.0).abs() < 1e-5), "{resized:?}");
            });
        }
    }
}

#[test]
fn corners_stay_where_they_are() {
    let interpolation = Interpolation::Bilinear { align_corners: true };
    let mut y = [0.0; 5];
    resize(&Team::serial(), &Resize { input: [1, 2, 1], output: [1, 5], interpolation }, &[1.0, 5.0], &mut y);
    assert_eq!(y, [1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn factors_in_both_orders() {
    let (factors, x) = ([2.0, 3.0, 5.0, 7.0], ramp(2 * 2 * 9000));
    everywhere(|team| {
        let mut y = vec![0.0; x.len()];
        scale_channels(team, 2, &factors, &x, &mut y);
        assert!((0..x.len()).all(|i| y[i] == x[i] * factors[i / 18_000 * 2 + i % 2]), "channels last");
        scale_channels(team, 1, &factors, &x, &mut y);
        assert!((0..x.len()).all(|i| y[i] == x[i] * factors[i / 9000]), "channels first");
    });
}

#[test]
fn sizes_that_wrap_around_are_refused() {
    let refused = |f: &dyn Fn()| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("accepted");
        let message = panic.downcast_ref::<String>().expect("a message with the sizes");
        assert!(message.contains("Border {") || message.contains("Resize {"), "{message}");
    };
    let (team, half) = (Team::serial(), 1 << 63);
    for padding in [[[half - 1, 0], [0, 1]], [[usize::MAX, 0], [0, 0]]] {
        let border = Border { input: [1, 1, 1], padding };
        refused(&|| zero_pad(&team, &border, &[1.0], &mut []));
        refused(&|| zero_pad_backward(&team, &border, &[], &mut [1.0]));
    }
    let sizes = Resize { input: [1, 1, 1], output: [half, 2], interpolation: Interpolation::Nearest };
    refused(&|| resize(&team, &sizes, &[1.0], &mut []));
    refused(&|| resize_backward(&team, &sizes, &[], &mut [1.0]));
}
