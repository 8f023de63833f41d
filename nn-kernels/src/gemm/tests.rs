//! Every path through one runner against the naive product.
//!
//! The operands hold small integers, so that all sums are exact and a single wrong bit shows on every path.

mod views;

use super::*;
use crate::{Activation, Path, with_path};

/// Small integers that look random, different for each seed.
fn integers(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state % 17) as f32 - 8.0
    };
    (0..len).map(next).collect()
}

/// Fractions, for what depends on rounding.
fn fractions(len: usize, seed: u32) -> Vec<f32> {
    integers(len, seed).iter().zip(integers(len, seed + 1)).map(|(a, b)| a * 0.37 + b / 61.0).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Nn,
    Tn,
    Nt,
    Packed,
}

const FORMS: [Form; 4] = [Form::Nn, Form::Tn, Form::Nt, Form::Packed];

/// The operands of one case: views with gaps between the rows.
struct Case {
    form: Form,
    m: usize,
    n: usize,
    k: usize,
    gap: usize,
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Case {
    fn new(form: Form, (m, n, k): (usize, usize, usize), gap: usize, data: fn(usize, u32) -> Vec<f32>) -> Self {
        let mut case = Case { form, m, n, k, gap, a: vec![], b: vec![] };
        let ((ra, ca), (rb, cb)) = case.sizes();
        case.a = data(ra * (ca + gap), 1);
        case.b = data(rb * (cb + gap), 2);
        case
    }

    fn sizes(&self) -> ((usize, usize), (usize, usize)) {
        let Case { m, n, k, .. } = *self;
        match self.form {
            Form::Nn | Form::Packed => ((m, k), (k, n)),
            Form::Tn => ((k, m), (k, n)),
            Form::Nt => ((m, k), (n, k)),
        }
    }

    fn views(&self) -> (Mat<'_>, Mat<'_>) {
        let ((ra, ca), (rb, cb)) = self.sizes();
        (Mat::with_stride(&self.a, ra, ca, ca + self.gap), Mat::with_stride(&self.b, rb, cb, cb + self.gap))
    }

    /// C with a gap after each row and a row of guards at the end.
    fn room(&self) -> Vec<f32> {
        integers((self.m + 1) * (self.n + self.gap), 3)
    }

    fn c<'a>(&self, data: &'a mut [f32]) -> MatMut<'a> {
        MatMut::with_stride(data, self.m, self.n, self.n + self.gap)
    }

    fn run(&self, team: &Team, c: &mut [f32], epilogue: Epilogue<'_>) {
        let (a, b) = self.views();
        let c = self.c(c);
        match self.form {
            Form::Nn => matmul_nn(team, a, b, c, epilogue),
            Form::Tn => matmul_tn(team, a, b, c, epilogue),
            Form::Nt => matmul_nt(team, a, b, c, epilogue),
            Form::Packed => matmul_packed(team, a, &PackedB::pack(b), c, epilogue),
        }
    }

    fn reference(&self, c: &mut [f32], accumulate: bool) {
        let (a, b) = self.views();
        let mut c = self.c(c);
        match self.form {
            Form::Nn | Form::Packed => reference::nn(a, b, &mut c, accumulate),
            Form::Tn => reference::tn(a, b, &mut c, accumulate),
            Form::Nt => reference::nt(a, b, &mut c, accumulate),
        }
    }

    fn result(&self, team: &Team, epilogue: Epilogue<'_>) -> Vec<f32> {
        let mut c = self.room();
        self.run(team, &mut c, epilogue);
        c
    }
}

/// Runs `f` on every path that the processor has, and says which it lacks.
fn on_every_path(f: impl Fn(Path)) {
    for path in Path::ALL {
        if with_path(path, || f(path)).is_err() {
            println!("path {path} could not run: this processor lacks its instructions");
        }
    }
}

/// Checks a shape in all forms against the naive product, overwriting and accumulating.
fn check(team: &Team, size: (usize, usize, usize), gap: usize) {
    for form in FORMS {
        let case = Case::new(form, size, gap, integers);
        for accumulate in [false, true] {
            let mut expected = case.room();
            case.reference(&mut expected, accumulate);
            on_every_path(|path| {
                let c = case.result(team, Epilogue { accumulate, ..Epilogue::default() });
                let wrong = c.iter().zip(&expected).position(|(c, e)| c != e);
                assert_eq!(
                    wrong, None,
                    "{form:?} {size:?} gap {gap} accumulate {accumulate} on {path}: first wrong index"
                );
            });
        }
    }
}

#[test]
fn small_sizes_and_all_edges() {
    let team = Team::serial();
    for m in 0..=10 {
        for n in 0..=10 {
            for k in 0..=10 {
                check(&team, (m, n, k), (m + n + k) % 3);
            }
        }
    }
}

#[test]
fn around_powers_of_two() {
    let team = Team::new(2);
    for side in [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129] {
        check(&team, (side, side, side), 0);
        check(&team, (side, 129 - side.min(128), 33), 3);
        check(&team, (7, side, side + 1), 0);
        check(&team, (side, 3, side), 1);
    }
}

#[test]
fn deep_shallow_narrow_and_vectors() {
    let team = Team::new(3);
    let sizes = [
        (1, 1, 2000),
        (3, 5, 1031),
        (20, 70, 1000),
        (200, 300, 1),
        (301, 199, 2),
        (1000, 1, 37),
        (1000, 3, 64),
        (1, 1000, 100),
        (3, 1000, 70),
        (8, 6, 65),
        (5, 203, 333),
        (997, 10, 17),
        (128, 10, 64),
        (10, 128, 64),
        (64, 64, 784),
        (20, 1100, 390),
        (66, 1030, 40),
        (250, 70, 390),
    ];
    for size in sizes {
        check(&team, size, 0);
    }
    // Strides of a page and more, as of slices of wide matrices.
    for size in [(70, 70, 70), (250, 80, 40), (5, 64, 300), (70, 70, 530)] {
        check(&team, size, 1024);
    }
}

#[test]
fn rows_that_push_each_other_out_of_the_cache() {
    // Rows of A 64 KiB apart: all in one or two sets of any second-level cache, so that blocks of A are copied, the last ones a few rows high.
    for size in [(200, 70, 200), (61, 130, 200)] {
        check(&Team::serial(), size, 16384 - 200);
    }
}

#[test]
fn the_same_bits_for_every_number_of_threads() {
    let teams = [1, 2, 3, 8].map(Team::new);
    for form in FORMS {
        for size in [(128, 128, 784), (33, 700, 129), (300, 20, 500), (1, 3000, 300)] {
            let case = Case::new(form, size, 0, fractions);
            on_every_path(|path| {
                let results = teams.each_ref().map(|team| case.result(team, Epilogue::default()));
                for (team, result) in teams.iter().zip(&results) {
                    assert!(*result == results[0], "{form:?} {size:?} on {path} with {} threads", team.threads());
                }
            });
        }
    }
}

#[test]
fn the_same_bits_for_every_instruction_set_with_fma() {
    if !Path::Avx512.is_available() {
        println!("path avx512 could not run: this processor lacks its instructions");
        return;
    }
    let team = Team::new(2);
    for size in [(1, 10, 64), (7, 33, 100), (128, 64, 128), (65, 300, 1000)] {
        let results = FORMS.map(|form| {
            let case = Case::new(form, size, 0, fractions);
            let result = |path| with_path(path, || case.result(&team, Epilogue::default())).unwrap();
            assert!(result(Path::Avx2) == result(Path::Avx512), "{form:?} {size:?}");
            result(Path::Avx2)
        });
        assert!(results[0] == results[3], "packing changes no bit");
    }
}

#[test]
fn fused_epilogues_equal_separate_passes() {
    let team = Team::new(2);
    let activations = [Activation::Identity, Activation::Relu, Activation::Tanh, Activation::Gelu];
    for form in FORMS {
        for size in [(1, 1, 1), (5, 7, 3), (13, 70, 500), (128, 64, 128), (4, 5, 0)] {
            let case = Case::new(form, size, 2, fractions);
            let bias = fractions(case.n, 9);
            for (activation, accumulate) in activations.into_iter().flat_map(|a| [(a, false), (a, true)]) {
                on_every_path(|path| {
                    let mut z = case.result(&team, Epilogue { accumulate, ..Epilogue::default() });
                    for i in 0..case.m {
                        case.c(&mut z).row_mut(i).iter_mut().zip(&bias).for_each(|(z, bias)| *z += bias);
                    }
                    let mut y = z.clone();
                    for i in 0..case.m {
                        activation.apply_inplace(&team, case.c(&mut y).row_mut(i));
                    }
                    let fused = Epilogue { accumulate, bias: Some(&bias), activation, preactivation: None };
                    assert!(case.result(&team, fused) == y, "{form:?} {size:?} {activation:?} on {path}");
                    let mut kept = case.room();
                    let preactivation = Some(case.c(&mut kept));
                    let fused = Epilogue { accumulate, bias: Some(&bias), activation, preactivation };
                    assert!(case.result(&team, fused) == y && kept == z, "{form:?} {size:?} {activation:?} on {path}");
                });
            }
        }
    }
}

#[test]
fn not_a_number_reaches_the_output() {
    let team = Team::serial();
    for form in FORMS {
        let mut case = Case::new(form, (9, 20, 6), 0, integers);
        case.a[0] = f32::NAN;
        on_every_path(|path| {
            let mut c = case.result(&team, Epilogue { activation: Activation::Relu, ..Epilogue::default() });
            let c = case.c(&mut c);
            assert!(c.as_mat().row(0).iter().all(|v| v.is_nan()), "{form:?} on {path}");
            assert!(c.as_mat().row(1).iter().all(|v| !v.is_nan()), "{form:?} on {path}");
        });
    }
}
