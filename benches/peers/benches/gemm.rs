//! Products beside matrixmultiply, gemm and faer: first a table, measured in turns, then criterion's times of each.
//!
//! `cargo bench --bench gemm -- nothing` prints the table only; `PEERS_SECS=2` measures longer, `PEERS_ONLY=512` only lines with that text,
//! `PEERS_THREADS=2` only with two threads.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nn_kernels::Team;
use nn_peers::machine::peak;
use nn_peers::product::{Kind, Product};
use nn_peers::turns::turns;
use std::cell::RefCell;
use std::time::Duration;

/// m, n, k and the orientations that training or inference needs of it.
const SHAPES: &[(usize, usize, usize, &[Kind])] = &[
    (512, 512, 512, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (1024, 1024, 1024, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (2048, 2048, 2048, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (128, 128, 784, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (128, 64, 128, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (784, 128, 128, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (3136, 32, 288, &[Kind::Nn, Kind::Tn, Kind::Nt]),
    (4096, 4096, 256, &[Kind::Tn]),
    (64, 4096, 1024, &[Kind::Nn, Kind::Packed]),
    (128, 10, 64, &[Kind::Nn]),
    (64, 10, 128, &[Kind::Tn]),
    (1, 1024, 1024, &[Kind::Nn, Kind::Packed]),
];

fn number(variable: &str, default: f64) -> f64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn table(_: &mut Criterion) {
    let duration = Duration::from_secs_f64(number("PEERS_SECS", 0.5));
    let only = std::env::var("PEERS_ONLY").unwrap_or_default();
    println!("GFLOP/s of the best turn (of the median one); kernel path `{}`", nn_kernels::path());
    let chosen = number("PEERS_THREADS", 0.0) as usize;
    for threads in [1, 2].into_iter().filter(|&threads| chosen == 0 || threads == chosen) {
        let team = Team::new(threads);
        let peak_before = peak(threads);
        println!("\n{threads} thread(s), FMA peak {peak_before:.0} GFLOP/s");
        println!(
            "{:25} {:>15} {:>6} {:>15} {:>15} {:>15} {:>13}",
            "product", "nn", "peak", "matrixmultiply", "gemm", "faer", "nn / best"
        );
        for &(m, n, k, kinds) in SHAPES {
            for &kind in kinds {
                let name = format!("{} {m}x{n}x{k}", kind.name());
                if !name.contains(&only) {
                    continue;
                }
                let product = RefCell::new(Product::new(kind, m, n, k));
                let times = turns(
                    duration,
                    &mut [
                        &mut || product.borrow_mut().ours(&team),
                        &mut || product.borrow_mut().matrixmultiply(threads),
                        &mut || product.borrow_mut().gemm(threads),
                        &mut || product.borrow_mut().faer(threads),
                    ],
                );
                let rate = |seconds: f64| product.borrow().flops() / seconds / 1e9;
                let cell = |i: usize| format!("{:6.1} ({:6.1})", rate(times[i].best), rate(times[i].median));
                let best = |of: fn(&nn_peers::turns::Times) -> f64| {
                    times[1..].iter().map(of).fold(f64::INFINITY, f64::min) / of(&times[0])
                };
                println!(
                    "{name:25} {} {:5.1}% {} {} {}  {:.2} ({:.2})",
                    cell(0),
                    100.0 * rate(times[0].best) / peak_before,
                    cell(1),
                    cell(2),
                    cell(3),
                    best(|times| times.best),
                    best(|times| times.median),
                );
            }
        }
    }
}

fn criterion_times(criterion: &mut Criterion) {
    for threads in [1, 2] {
        let team = Team::new(threads);
        for &(m, n, k, kinds) in SHAPES {
            for &kind in kinds {
                let mut product = Product::new(kind, m, n, k);
                let mut group = criterion.benchmark_group(format!("{} {m}x{n}x{k}, {threads} thread(s)", kind.name()));
                group.throughput(Throughput::Elements(product.flops() as u64));
                let id = |name: &str| BenchmarkId::from_parameter(name);
                group.bench_function(id("nn"), |b| b.iter(|| product.ours(&team)));
                group.bench_function(id("matrixmultiply"), |b| b.iter(|| product.matrixmultiply(threads)));
                group.bench_function(id("gemm"), |b| b.iter(|| product.gemm(threads)));
                group.bench_function(id("faer"), |b| b.iter(|| product.faer(threads)));
                group.finish();
            }
        }
    }
}

criterion_group!(all, table, criterion_times);
criterion_main!(all);
