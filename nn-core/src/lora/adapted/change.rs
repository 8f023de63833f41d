//! The low-rank change of a weight that the network itself holds.

use crate::Tensor;
use crate::lora::Adapter;
use crate::lora::factors::Factors;
use crate::random::fold;
use nn_kernels::Team;

/// The change of one weight.
#[derive(Debug)]
pub(super) struct Change {
    /// The path of the layer.
    pub path: String,
    /// W.
    pub weight: Tensor,
    pub factors: Factors,
    pub scratch: Vec<f32>,
    /// Whether the layer is a convolution in groups.
    pub is_grouped: bool,
}

impl Change {
    /// Initial values of the factors; other layers have others.
    pub fn reset(&mut self, key: u64) {
        self.factors.reset(fold(key, &self.path));
    }

    /// W + ΔW.
    pub fn merge(&mut self, team: &Team, to: &mut Tensor) {
        self.factors.merge(team, self.weight.values(), &mut self.scratch, to.values_mut());
    }
}

impl Adapter for Change {
    fn rank(&self) -> usize {
        self.factors.rank()
    }
    fn alpha(&self) -> f32 {
        self.factors.alpha
    }
    fn declared_alpha(&self) -> f32 {
        self.factors.declared
    }
    fn advice_on_rank(&self, rank: u64) -> String {
        format!("give `Adapted::new` the rank {rank}, which all its adapters have")
    }
    fn is_grouped(&self) -> bool {
        self.is_grouped
    }
    fn set_alpha(&mut self, alpha: f32) {
        self.factors.alpha = alpha;
    }
    fn dropout(&self) -> f32 {
        0.0
    }
    fn factors(&self) -> [&Tensor; 2] {
        [&self.factors.a, &self.factors.b]
    }
    fn factors_mut(&mut self) -> [&mut Tensor; 2] {
        [&mut self.factors.a, &mut self.factors.b]
    }
    fn merged_weight(&self) -> Tensor {
        let (mut merged, mut scratch) = (self.weight.zeros_like(), vec![0.0; self.factors.a.len()]);
        self.factors.merge(&Team::new(1), self.weight.values(), &mut scratch, merged.values_mut());
        merged
    }
    fn is_merged(&self) -> bool {
        true
    }
    /// Nothing: it always is.
    fn merge(&mut self) {}
    /// Nothing: [`Adapted::into_base`](super::Adapted::into_base) gives the network without changes.
    fn unmerge(&mut self) {}
}
