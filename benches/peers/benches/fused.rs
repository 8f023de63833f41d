//! Every fused path beside the same in two passes: first a table, measured in turns, then criterion's times of each.
//!
//! `cargo bench --bench fused -- nothing` prints the table only.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use nn_kernels::{
    Activation, Buffer, Epilogue, Mat, MatMut, PackedB, Team, add_assign, matmul_nn, matmul_packed, matmul_tn,
};
use nn_peers::turns::turns;
use std::time::Duration;

/// Operands of a product `[m, k] · [k, n]`, and what follows it.
struct Case {
    team: Team,
    size: [usize; 3],
    a: Buffer,
    b: Buffer,
    packed: PackedB,
    bias: Buffer,
    c: Buffer,
    other: Buffer,
}

/// What is fused.
#[derive(Clone, Copy, Debug)]
enum What {
    /// `f(A·B + bias)`; apart: the product, the bias row by row, the activation.
    BiasAnd(Activation),
    /// `f(A·B + bias)` and `A·B + bias` kept; apart: a copy between.
    Kept(Activation),
    /// `C + Aᵀ·B`; apart: the product, then a sum.
    Accumulate,
    /// `A·B` with B packed before; apart: with B as it is.
    Packed,
}

const WHAT: [(&str, What); 6] = [
    ("bias + relu", What::BiasAnd(Activation::Relu)),
    ("bias + gelu", What::BiasAnd(Activation::Gelu)),
    ("bias + tanh", What::BiasAnd(Activation::Tanh)),
    ("bias + silu, input kept", What::Kept(Activation::Silu)),
    ("accumulate", What::Accumulate),
    ("packed weights", What::Packed),
];

const SIZES: [[usize; 3]; 5] = [[1, 1024, 1024], [32, 128, 784], [128, 128, 784], [128, 64, 128], [64, 4096, 1024]];

impl Case {
    fn new(threads: usize, size: [usize; 3]) -> Self {
        let [m, n, k] = size;
        let filled = |len: usize| {
            let mut buffer = Buffer::zeroed(len);
            buffer.iter_mut().enumerate().for_each(|(i, x)| *x = (i * 37 % 101) as f32 / 1010.0 - 0.05);
            buffer
        };
        let b = filled(k * n);
        let packed = PackedB::pack(Mat::new(&b, k, n));
        Self {
            team: Team::new(threads),
            size,
            a: filled(m * k),
            b,
            packed,
            bias: filled(n),
            c: filled(m * n),
            other: filled(m * n),
        }
    }

    fn fused(&mut self, what: What) {
        let Self { team, size: [m, n, k], a, b, packed, bias, c, other } = self;
        let (m, n, k) = (*m, *n, *k);
        let (left, right) = (Mat::new(a, m, k), Mat::new(b, k, n));
        let to = MatMut::new(c, m, n);
        match what {
            What::BiasAnd(activation) => {
                matmul_nn(team, left, right, to, Epilogue { bias: Some(bias), activation, ..Epilogue::default() });
            }
            What::Kept(activation) => {
                let preactivation = Some(MatMut::new(other, m, n));
                let epilogue = Epilogue { bias: Some(bias), activation, preactivation, ..Epilogue::default() };
                matmul_nn(team, left, right, to, epilogue);
            }
            What::Accumulate => {
                let epilogue = Epilogue { accumulate: true, ..Epilogue::default() };
                matmul_tn(team, Mat::new(a, k, m), right, to, epilogue);
            }
            What::Packed => matmul_packed(team, left, packed, to, Epilogue::default()),
        }
    }

    fn apart(&mut self, what: What) {
        let Self { team, size: [m, n, k], a, b, bias, c, other, .. } = self;
        let (m, n, k) = (*m, *n, *k);
        let (left, right) = (Mat::new(a, m, k), Mat::new(b, k, n));
        match what {
            What::BiasAnd(activation) | What::Kept(activation) => {
                matmul_nn(team, left, right, MatMut::new(c, m, n), Epilogue::default());
                c.chunks_exact_mut(n).for_each(|row| row.iter_mut().zip(&**bias).for_each(|(c, bias)| *c += bias));
                if matches!(what, What::Kept(_)) {
                    other.copy_from_slice(c);
                }
                activation.apply_inplace(team, c);
            }
            What::Accumulate => {
                matmul_tn(team, Mat::new(a, k, m), right, MatMut::new(other, m, n), Epilogue::default());
                add_assign(team, other, c);
            }
            What::Packed => matmul_nn(team, left, right, MatMut::new(c, m, n), Epilogue::default()),
        }
    }
}

fn table(_: &mut Criterion) {
    println!("µs, median turn; ratio = apart / fused; kernel path `{}`", nn_kernels::path());
    for threads in [1, 2] {
        for size in SIZES {
            for (name, what) in WHAT {
                let case = std::cell::RefCell::new(Case::new(threads, size));
                let times = turns(
                    Duration::from_millis(200),
                    &mut [&mut || case.borrow_mut().fused(what), &mut || case.borrow_mut().apart(what)],
                );
                let [m, n, k] = size;
                println!(
                    "{threads} thread(s) {:16} {name:24} fused {:9.2}  apart {:9.2}  ratio {:.2}",
                    format!("{m}x{n}x{k}"),
                    1e6 * times[0].median,
                    1e6 * times[1].median,
                    times[1].median / times[0].median
                );
            }
        }
    }
}

fn criterion_times(criterion: &mut Criterion) {
    for size in SIZES {
        for (name, what) in WHAT {
            let [m, n, k] = size;
            let mut case = Case::new(1, size);
            let mut group = criterion.benchmark_group(format!("{name} {m}x{n}x{k}"));
            group.bench_function(BenchmarkId::from_parameter("fused"), |b| b.iter(|| case.fused(what)));
            group.bench_function(BenchmarkId::from_parameter("apart"), |b| b.iter(|| case.apart(what)));
            group.finish();
        }
    }
}

criterion_group!(all, table, criterion_times);
criterion_main!(all);
