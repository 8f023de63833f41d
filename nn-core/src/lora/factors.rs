//! The two factors of a low-rank change of a weight.

use super::product::{rows, rows_mut};
use crate::init::Init;
use crate::random::{Random, fold};
use crate::{Layout, Shape, Tensor};
use nn_kernels::{Epilogue, Mat, MatMut, Team};

/// A and B of ΔW = (alpha / rank) · B · A.
///
/// For a weight `[out, in]`, A is `[rank, in]` and B is `[out, rank]`; for a kernel `[out, in, kh, kw]`, A is `[rank, in, kh, kw]` and B is
/// `[out, rank, 1, 1]`, as PEFT has them. Inside, A lies as the weight does.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    pub(crate) a: Tensor,
    pub(crate) b: Tensor,
    pub(crate) alpha: f32,
    /// The alpha that they were made with.
    pub(crate) declared: f32,
    rank: usize,
}

/// The shapes of A and B for a weight of this shape.
pub(super) const fn shapes(weight: Shape, rank: usize) -> [Shape; 2] {
    let (mut a, mut b) = ([1; nn_spec::MAX_RANK], [1; nn_spec::MAX_RANK]);
    (a[0], b[0], b[1]) = (rank, weight.dims()[0], rank);
    let mut i = 1;
    while i < weight.rank() {
        a[i] = weight.dims()[i];
        i += 1;
    }
    [Shape::new(a.split_at(weight.rank()).0), Shape::new(b.split_at(weight.rank()).0)]
}

impl Factors {
    /// Factors for this weight, with the initial values of seed 0. `None` for a weight that is no matrix and no kernel of a convolution.
    pub(crate) fn of(weight: &Tensor, rank: usize, alpha: f32) -> Option<Self> {
        let layout = match (weight.layout(), weight.shape().rank()) {
            (Layout::Transposed | Layout::ChannelsLast { .. }, 2) => Layout::Transposed,
            (Layout::Convolution, 4) => Layout::Convolution,
            _ => return None,
        };
        let [a, b] = shapes(weight.shape(), rank);
        let mut factors =
            Self { a: Tensor::zeros(a, weight.layout()), b: Tensor::zeros(b, layout), alpha, declared: alpha, rank };
        factors.reset(0);
        Some(factors)
    }

    /// A uniform in ±1 / √inputs (Kaiming's with a = √5) and B zero, as PEFT begins: ΔW is 0.
    pub(crate) fn reset(&mut self, key: u64) {
        Init::linear().fill(&mut self.a, &mut Random::new(fold(key, "lora_A"), "weight"));
        self.b.values_mut().fill(0.0);
    }

    /// alpha / rank.
    pub(crate) fn scale(&self) -> f32 {
        self.alpha / self.rank as f32
    }

    /// The rank.
    pub(crate) fn rank(&self) -> usize {
        self.rank
    }

    /// Products for one output.
    fn depth(&self) -> usize {
        self.a.len() / self.rank
    }

    /// The number of outputs.
    fn outputs(&self) -> usize {
        self.b.len() / self.rank
    }

    /// `to = weight + (alpha / rank) · B · A`, as they lie inside. `scratch` has the size of A.
    pub(crate) fn merge(&self, team: &Team, weight: &[f32], scratch: &mut [f32], to: &mut [f32]) {
        to.copy_from_slice(weight);
        scratch.copy_from_slice(self.a.values());
        nn_kernels::scale(team, self.scale(), scratch);
        let b = rows(self.b.values(), self.outputs());
        let epilogue = Epilogue { accumulate: true, ..Epilogue::default() };
        nn_kernels::matmul_nn(team, rows(scratch, self.rank), b, rows_mut(to, self.outputs()), epilogue);
    }

    /// The gradients of A and B from that of the weight: dA = s · Bᵀ · dW, dB = s · dW · Aᵀ.
    pub(crate) fn project(&self, team: &Team, dw: &[f32], da: &mut [f32], db: &mut [f32]) {
        let (depth, outputs) = (self.depth(), self.outputs());
        let dw = Mat::new(dw, depth, outputs);
        let (a, b) = (rows(self.a.values(), self.rank), rows(self.b.values(), outputs));
        nn_kernels::matmul_nt(team, dw, b, MatMut::new(da, depth, self.rank), Epilogue::default());
        nn_kernels::matmul_tn(team, a, dw, MatMut::new(db, self.rank, outputs), Epilogue::default());
        nn_kernels::scale(team, self.scale(), da);
        nn_kernels::scale(team, self.scale(), db);
    }
}
