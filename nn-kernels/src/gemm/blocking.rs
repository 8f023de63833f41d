//! How a product is cut up: pure functions of its shape, the tile and the caches.
//!
//! ```text
//! grid    C is cut into blocks, one a task                         (which thread takes which does not matter)
//! nc, kc  a task walks over its columns nc at a time, over k kc at a time, and packs that part of B if it pays
//! mc      over its rows mc at a time, and packs that part of A if it pays
//! ```
//!
//! A strip of B, `kc × nr`, is read once for every `mr` rows: it should stay in L2 (L1 does not matter, because a tile does
//! enough work for each load). A block of A, `mc × kc`, is read once for every `nr` columns: L2 too.

use super::pack::CopyOfA;
use crate::cache::Cache;

/// Where B comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Rows of k steps, read in place or packed by copying.
    Rows,
    /// Rows of columns (`A·Bᵀ`): has to be transposed into panels.
    Transposed,
    /// Already in panels.
    Packed,
}

/// What the blocking depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    /// A's row stride, and whether its rows are steps of k (`Aᵀ·B`).
    pub lda: usize,
    pub a_trans: bool,
    pub ldb: usize,
    pub b: Layout,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blocking {
    /// Rows and columns of C in a task.
    pub task: (usize, usize),
    pub mc: usize,
    pub nc: usize,
    pub kc: usize,
    pub copy_a: Option<CopyOfA>,
    pub pack_b: bool,
    /// The most rows of a tile.
    pub rows: usize,
}

/// Bytes of a block of B from which it is packed wherever its rows lie. (Found with a megabyte of second-level cache, kept with half of one.)
const LARGE: usize = 512 << 10;
/// The longest block of k.
const KC: usize = 512;
/// The most columns packed at a time: two megabytes of B, which come from the third-level cache for every block of rows, even when others
/// use it too (256 × 4096 × 1024 takes 5 to 8 per cent longer with 2048).
const NC: usize = 1024;
/// Tiles of up to so many columns are narrow: a row of one is a line or less of a row of B.
const NARROW: usize = 16;
/// The most rows at a time: with rows of C a page apart, more would not fit the first-level TLB.
const MC: usize = 120;
/// The same for narrow tiles, which read a strip of B so slowly that it may come from further away.
const MC_NARROW: usize = 60;
/// Rows from which packing B pays.
const PACK: usize = 64;
/// The same for narrow tiles: with rows of B a page apart they wait for a page at every step (8, 16, 32 rows by 1024 × 1024: 1.4, 1.4 and
/// 1.9 times as fast packed).
const PACK_NARROW: usize = 8;
/// Columns from which copying a transposed A for narrow tiles pays wherever it lies: the copy takes as long as the products with five to ten columns.
const COPY: usize = 256;
/// Multiply-adds below which a product is one task. A join costs 0.3 µs, or 5 µs when the workers sleep. (32 × 64 × 128 takes 7 µs on one
/// thread and 5 on two.)
const SMALL: usize = 200_000;
/// Multiply-adds of a task, at least.
const TASK: usize = 120_000;

/// The largest part of `total` that cuts it into equal parts of at most `limit`, in multiples of `unit`.
pub(super) fn even_parts(total: usize, limit: usize, unit: usize) -> usize {
    let parts = total.div_ceil(limit.max(unit)).max(1);
    total.div_ceil(parts).next_multiple_of(unit)
}

/// Chooses the blocking for tiles of `mr × nr` and cores with the second-level cache `l2`.
pub(super) fn blocking(shape: Shape, mr: usize, nr: usize, threads: usize, l2: Cache) -> Blocking {
    let k = shape.k;
    let task = grid(shape, mr, nr, threads);
    let kc = even_parts(k, KC, 1);
    // Rows a page or more apart, or a power of two apart, fall into few cache sets and each needs a TLB entry.
    let far = |ld: usize| ld >= 1024 || (ld >= 512 && ld.is_power_of_two());
    // Beside a transposed A, which brings in a line for each step of k too, a narrow strip is pushed out of the first-level cache by that
    // sooner: Aᵀ·B 128 × 128 × 784 is 17 per cent faster packed (AVX2), A·B no faster.
    let few_sets = shape.a_trans && nr <= NARROW && task.0 >= PACK && shape.ldb >= 128 && shape.ldb.is_power_of_two();
    let read_often = task.0 >= if nr <= NARROW { PACK_NARROW } else { PACK };
    let pack_b = match shape.b {
        Layout::Transposed => true,
        Layout::Packed => false,
        Layout::Rows => few_sets || read_often && (far(shape.ldb) || kc * task.1 * size_of::<f32>() > LARGE),
    };
    let most = if nr <= NARROW { MC_NARROW } else { MC };
    let mc = if task.1 > nr { even_parts(task.0, most, mr) } else { task.0 };
    // Every strip of columns reads the block of A again: it is copied if its rows (of k steps if transposed) would push each other out.
    let (count, span) = if shape.a_trans { (kc, mc) } else { (mc, kc) };
    // A single row may be any number of floats from the next, which is not there.
    let stride = shape.lda.saturating_mul(size_of::<f32>());
    let stays = l2.holds(count, span * size_of::<f32>(), stride);
    // Narrow tiles hurry from step to step, and each step of a transposed A is another line, or even another page. (Aᵀ·B 300 × 1000 × 256 on
    // two threads 139 instead of 120 GFLOP/s, 1024 × 512 × 128 127 instead of 79.)
    let hurries = shape.a_trans && task.1 >= COPY && nr <= NARROW;
    let copies = hurries || task.1 >= 64 && !stays;
    let copy_a = copies.then_some(if shape.a_trans { CopyOfA::Panels(mr) } else { CopyOfA::Rows });
    // The rows of A in a tile are read side by side. If they lie a multiple of 4 KiB apart they share one set of the
    // first-level cache, which has 8 ways or more.
    let one_set = copy_a.is_none() && !shape.a_trans && stride.is_multiple_of(4096);
    let rows = if one_set { 8 } else { usize::MAX };
    Blocking { task, mc, nc: even_parts(task.1, NC, nr), kc, copy_a, pack_b, rows }
}

/// Rows and columns of C in a task.
///
/// Every element is computed by one task in the order of k, so this may depend on the number of threads: it changes no bits.
/// Of the grids with one, two or four tasks a thread, the one is taken whose slowest thread is done first; more tasks win when
/// that costs little, because they even out cores that are busy with something else.
fn grid(shape: Shape, mr: usize, nr: usize, threads: usize) -> (usize, usize) {
    let Shape { m, n, k, .. } = shape;
    // Transposing a column of B costs as much as reading it some more times.
    let column = if shape.b == Layout::Transposed { 4 } else { 1 };
    let work = m.saturating_mul(n).saturating_mul(k);
    if work < SMALL || threads == 1 {
        return (m, n);
    }
    let (row_tiles, col_tiles) = (m.div_ceil(mr), n.div_ceil(nr));
    let mut best = (u64::MAX, (m, n));
    for per_thread in [4, 2, 1] {
        let tasks = per_thread * threads;
        if tasks > threads && work / tasks < TASK {
            continue;
        }
        for cols in (1..=tasks.min(col_tiles)).filter(|&cols| tasks.is_multiple_of(cols)) {
            let task = (row_tiles.div_ceil(tasks / cols), col_tiles.div_ceil(cols));
            let tiles = slowest((row_tiles, col_tiles), task, threads);
            // A tile costs its multiply-adds; a task loads its rows of A and columns of B besides.
            let load = (tiles * (task.0 * mr + task.1 * nr * column)).div_ceil(task.0 * task.1 * nr);
            let cost = (tiles * 64 + load) as u64 * (100 + 4 / per_thread as u64);
            if cost < best.0 {
                best = (cost, ((task.0 * mr).min(m), (task.1 * nr).min(n)));
            }
        }
    }
    best.1
}

/// The most tiles that one of `threads` has to compute when they take the tasks of a grid in order.
fn slowest(tiles: (usize, usize), task: (usize, usize), threads: usize) -> usize {
    const MOST: usize = 64;
    let mut done = [0; MOST];
    let done = &mut done[..threads.min(MOST)];
    for i in (0..tiles.0).step_by(task.0) {
        for j in (0..tiles.1).step_by(task.1) {
            let size = task.0.min(tiles.0 - i) * task.1.min(tiles.1 - j);
            if let Some(free) = done.iter_mut().min() {
                *free += size;
            }
        }
    }
    done.iter().copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(m: usize, n: usize, k: usize) -> Shape {
        Shape { m, n, k, lda: k, a_trans: false, ldb: n, b: Layout::Rows }
    }

    #[test]
    fn parts_are_even_and_cover() {
        assert_eq!(even_parts(784, 512, 1), 392);
        assert_eq!(even_parts(384, 384, 1), 384);
        assert_eq!(even_parts(385, 384, 1), 193);
        assert_eq!(even_parts(128, 1024, 64), 128);
        assert_eq!(even_parts(130, 128, 64), 128);
        assert_eq!(even_parts(1, 128, 64), 64);
        for total in 1..300 {
            for limit in [8, 24, 100] {
                let part = even_parts(total, limit, 8);
                assert!(part.is_multiple_of(8) && part <= limit.next_multiple_of(8), "{total} {limit} {part}");
            }
        }
    }

    #[test]
    fn tasks_cover_c_and_small_products_are_one_task() {
        for threads in [1, 2, 3, 8] {
            for (m, n, k) in
                [(1, 1, 1), (128, 10, 64), (128, 128, 784), (1, 4096, 4096), (4096, 1, 4096), (1000, 1000, 1000)]
            {
                let b = blocking(shape(m, n, k), 6, 64, threads, Cache::COMMON);
                assert!(b.task.0 >= 1 && b.task.0 <= m && b.task.1 >= 1 && b.task.1 <= n);
                if m * n * k < SMALL || threads == 1 {
                    assert_eq!(b.task, (m, n));
                } else if m * n > 64 * 64 {
                    assert!(m.div_ceil(b.task.0) * n.div_ceil(b.task.1) >= 2, "{m} {n} {k} {threads}: {b:?}");
                }
            }
        }
    }

    #[test]
    fn threads_have_the_same_share() {
        // 22 × 1 and 22 × 2 tiles on two threads: 11 and 22 each.
        assert_eq!(slowest((22, 1), (6, 1), 2), 12);
        for (m, n, k) in [(128, 64, 128), (128, 128, 784), (784, 128, 128), (3136, 32, 288), (1024, 1024, 1024)] {
            let task = blocking(shape(m, n, k), 6, 64, 2, Cache::COMMON).task;
            let (tiles, task) = ((m.div_ceil(6), n.div_ceil(64)), (task.0.div_ceil(6), task.1.div_ceil(64)));
            let (share, most) = (tiles.0 * tiles.1, slowest(tiles, task, 2));
            assert!(most * 200 <= share * 103, "{m} {n} {k}: {most} of {share} tiles");
        }
    }

    #[test]
    fn packing_is_for_what_is_far_apart_and_read_often() {
        assert!(!blocking(shape(128, 128, 784), 6, 64, 2, Cache::COMMON).pack_b, "stays in L2 as it is");
        assert!(!blocking(shape(128, 128, 784), 6, 16, 1, Cache::COMMON).pack_b, "the same in narrow strips");
        assert!(
            blocking(Shape { a_trans: true, ..shape(128, 128, 784) }, 6, 16, 1, Cache::COMMON).pack_b,
            "too few cache sets"
        );
        assert!(blocking(shape(1024, 1024, 1024), 6, 64, 2, Cache::COMMON).pack_b);
        assert!(!blocking(shape(8, 1024, 1024), 6, 64, 2, Cache::COMMON).pack_b, "read too seldom");
        assert!(blocking(shape(8, 1024, 1024), 6, 16, 1, Cache::COMMON).pack_b, "a page for every line");
        let transposed = |m, k| {
            blocking(Shape { a_trans: true, lda: m, ..shape(m, 1024, k) }, 6, 64, 2, Cache::COMMON).copy_a.is_some()
        };
        assert!(transposed(1024, 1024) && transposed(4096, 256) && !transposed(784, 1024));
        let narrow = |n| Shape { a_trans: true, lda: 784, ..shape(784, n, 128) };
        assert!(blocking(narrow(512), 6, 16, 1, Cache::COMMON).copy_a.is_some(), "a line for every step");
        assert!(blocking(narrow(128), 6, 16, 1, Cache::COMMON).copy_a.is_none(), "read too seldom");
        let megabyte = Cache { bytes: 1 << 20, ways: 16 };
        let square = Shape { a_trans: true, ..shape(512, 512, 512) };
        assert!(blocking(square, 6, 64, 1, Cache::COMMON).copy_a.is_some(), "512 lines, 2 KiB apart");
        assert!(
            blocking(square, 6, 64, 1, megabyte).copy_a.is_none(),
            "held: 3 to 5 per cent faster as it is, on two threads 10"
        );
        assert!(blocking(shape(256, 4096, 4096), 6, 16, 1, Cache::COMMON).copy_a.is_some(), "rows 16 KiB apart");
        assert!(blocking(shape(256, 4096, 1000), 6, 16, 1, Cache::COMMON).copy_a.is_none());
        assert!(blocking(shape(256, 10, 4096), 6, 16, 1, Cache::COMMON).copy_a.is_none(), "read too seldom");
        assert!(
            blocking(Shape { b: Layout::Transposed, ..shape(8, 64, 64) }, 6, 64, 2, Cache::COMMON).pack_b,
            "has to be transposed"
        );
        assert!(!blocking(Shape { b: Layout::Packed, ..shape(1024, 1024, 1024) }, 6, 64, 2, Cache::COMMON).pack_b);
    }
}
