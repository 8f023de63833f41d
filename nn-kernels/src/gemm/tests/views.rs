//! Which strides and sizes of views are taken, and which are not.

use super::*;

#[test]
fn the_stride_of_a_single_row_is_never_used() {
    let (team, ones) = (Team::serial(), [1.0; 180]);
    on_every_path(|_| {
        for stride in [0, 5, usize::MAX] {
            let row = |cols| Mat::with_stride(&ones[..cols], 1, cols, stride);
            let mut c = [0.0; 180];
            let mut product = |m, n, multiply: &dyn Fn(MatMut<'_>), k: usize| {
                c.fill(f32::NAN);
                multiply(MatMut::new(&mut c, m, n));
                assert!(c[..m * n].iter().all(|c| *c == k as f32), "{m} × {n} of {k}, stride {stride}");
            };
            let (tall, square) = (Mat::new(&ones, 20, 1), Mat::new(&ones, 13, 13));
            product(1, 13, &|c| matmul_nn(&team, row(13), square, c, Epilogue::default()), 13);
            product(20, 9, &|c| matmul_nn(&team, tall, row(9), c, Epilogue::default()), 1);
            product(9, 20, &|c| matmul_tn(&team, row(9), row(20), c, Epilogue::default()), 1);
            product(1, 13, &|c| matmul_nt(&team, row(13), square, c, Epilogue::default()), 13);
            product(13, 1, &|c| matmul_nt(&team, square, row(13), c, Epilogue::default()), 13);
            product(20, 9, &|c| matmul_packed(&team, tall, &PackedB::pack(row(9)), c, Epilogue::default()), 1);
            let mut c = [0.0; 13];
            matmul_nn(&team, row(13), square, MatMut::with_stride(&mut c, 1, 13, stride), Epilogue::default());
            assert_eq!(c, [13.0; 13]);
        }
    });
}

#[test]
fn matrices_of_nothing_are_packed_however_wide() {
    on_every_path(|_| {
        for (rows, cols) in [(0, usize::MAX), (usize::MAX, 0), (0, 0)] {
            let packed = PackedB::pack(Mat::new(&[], rows, cols));
            assert_eq!((packed.rows(), packed.cols()), (rows, cols));
        }
    });
    assert!(PackedB::pays(usize::MAX, 2) && !PackedB::pays(512, 512) && PackedB::pays(512, 513));
}

#[test]
#[should_panic(expected = "A·B: A has 3 columns, but B has 2 rows")]
fn operands_that_do_not_fit_are_named() {
    let data = [0.0; 6];
    let mut c = [0.0; 6];
    matmul_nn(
        &Team::serial(),
        Mat::new(&data, 2, 3),
        Mat::new(&data, 2, 3),
        MatMut::new(&mut c, 2, 3),
        Epilogue::default(),
    );
}

#[test]
#[should_panic(expected = "the product is 2 × 2, but C is 3 × 2")]
fn a_result_that_does_not_fit_is_named() {
    let data = [0.0; 6];
    let mut c = [0.0; 6];
    matmul_nn(
        &Team::serial(),
        Mat::new(&data, 2, 3),
        Mat::new(&data, 3, 2),
        MatMut::new(&mut c, 3, 2),
        Epilogue::default(),
    );
}

#[test]
#[should_panic(expected = "a 3 × 4 matrix with row stride 4 does not fit into 11 floats")]
fn a_view_beyond_its_data_is_refused() {
    Mat::new(&[0.0; 11], 3, 4);
}
