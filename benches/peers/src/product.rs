//! A product of given shape and orientation, computed by each library.

use faer::{Accum, MatMut as FaerMut, MatRef as FaerRef, Par};
use nn_kernels::{Buffer, Epilogue, Mat, MatMut, PackedB, Team, matmul_nn, matmul_nt, matmul_packed, matmul_tn};

/// How the operands lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `A·B`
    Nn,
    /// `Aᵀ·B`
    Tn,
    /// `A·Bᵀ`
    Nt,
    /// `A·B` with B packed beforehand; the others have nothing of the kind.
    Packed,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Nn => "A·B ",
            Kind::Tn => "Aᵀ·B",
            Kind::Nt => "A·Bᵀ",
            Kind::Packed => "A·P ",
        }
    }
}

/// Operands, row after row.
pub struct Product {
    pub kind: Kind,
    pub m: usize,
    pub n: usize,
    pub k: usize,
    a: Buffer,
    b: Buffer,
    packed: Option<PackedB>,
    c: Buffer,
}

impl Product {
    pub fn new(kind: Kind, m: usize, n: usize, k: usize) -> Self {
        let filled = |len: usize| {
            let mut buffer = Buffer::zeroed(len);
            buffer.iter_mut().enumerate().for_each(|(i, x)| *x = (i * 37 % 101) as f32 / 101.0 - 0.5);
            buffer
        };
        let (a, b, c) = (filled(m * k), filled(k * n), Buffer::zeroed(m * n));
        let packed = (kind == Kind::Packed).then(|| PackedB::pack(Mat::new(&b, k, n)));
        Self { kind, m, n, k, a, b, packed, c }
    }

    pub fn flops(&self) -> f64 {
        2.0 * self.m as f64 * self.n as f64 * self.k as f64
    }

    pub fn c(&self) -> &[f32] {
        &self.c
    }

    pub fn ours(&mut self, team: &Team) {
        let &mut Self { kind, m, n, k, ref a, ref b, ref packed, ref mut c } = self;
        let c = MatMut::new(c, m, n);
        let epilogue = Epilogue::default();
        match (kind, packed) {
            (Kind::Tn, _) => matmul_tn(team, Mat::new(a, k, m), Mat::new(b, k, n), c, epilogue),
            (Kind::Nt, _) => matmul_nt(team, Mat::new(a, m, k), Mat::new(b, n, k), c, epilogue),
            (_, Some(b)) => matmul_packed(team, Mat::new(a, m, k), b, c, epilogue),
            (_, None) => matmul_nn(team, Mat::new(a, m, k), Mat::new(b, k, n), c, epilogue),
        }
    }

    /// Strides of A and B, row and column.
    fn strides(&self) -> ([isize; 2], [isize; 2]) {
        let (m, n, k) = (self.m as isize, self.n as isize, self.k as isize);
        match self.kind {
            Kind::Tn => ([1, m], [n, 1]),
            Kind::Nt => ([k, 1], [1, k]),
            Kind::Nn | Kind::Packed => ([k, 1], [n, 1]),
        }
    }

    pub fn faer(&mut self, threads: usize) {
        let (a, b) = self.strides();
        let Self { m, n, k, .. } = *self;
        // SAFETY: the strides describe the operands, which are of these sizes.
        let (a, b, c) = unsafe {
            (
                FaerRef::from_raw_parts(self.a.as_ptr(), m, k, a[0], a[1]),
                FaerRef::from_raw_parts(self.b.as_ptr(), k, n, b[0], b[1]),
                FaerMut::from_raw_parts_mut(self.c.as_mut_ptr(), m, n, n as isize, 1),
            )
        };
        let par = if threads == 1 { Par::Seq } else { Par::rayon(threads) };
        faer::linalg::matmul::matmul(c, Accum::Replace, a, b, 1.0, par);
    }

    pub fn gemm(&mut self, threads: usize) {
        let (a, b) = self.strides();
        let Self { m, n, k, .. } = *self;
        let parallelism = if threads == 1 { gemm::Parallelism::None } else { gemm::Parallelism::Rayon(threads) };
        let (pa, pb, pc) = (self.a.as_ptr(), self.b.as_ptr(), self.c.as_mut_ptr());
        // SAFETY: as in `faer`.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                pc,
                1,
                n as isize,
                false,
                pa,
                a[1],
                a[0],
                pb,
                b[1],
                b[0],
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
    }

    /// Its own threads cannot be chosen at run time, so two threads take half of the rows or columns each.
    pub fn matrixmultiply(&mut self, threads: usize) {
        let (a, b) = self.strides();
        let Self { m, n, k, .. } = *self;
        let operands = [self.a.as_ptr() as usize, self.b.as_ptr() as usize, self.c.as_mut_ptr() as usize];
        let part = |(i, j): (usize, usize), (rows, cols): (usize, usize)| {
            let [pa, pb, pc] = operands;
            // SAFETY: a part of the operands, whose part of C nobody else writes.
            unsafe {
                let (pa, pb) =
                    ((pa as *const f32).offset(i as isize * a[0]), (pb as *const f32).offset(j as isize * b[1]));
                let pc = (pc as *mut f32).add(i * n + j);
                matrixmultiply::sgemm(rows, k, cols, 1.0, pa, a[0], a[1], pb, b[0], b[1], 0.0, pc, n as isize, 1);
            }
        };
        if threads == 1 {
            part((0, 0), (m, n));
        } else if m >= n {
            let half = m / 2;
            rayon::join(|| part((0, 0), (half, n)), || part((half, 0), (m - half, n)));
        } else {
            let half = n / 2;
            rayon::join(|| part((0, 0), (m, half)), || part((0, half), (m, n - half)));
        }
    }
}
