//! Low-rank adapters: a large weight stays as it is, and a small change of it learns. (Hu et al., 2022)

mod adaptable;
mod adapted;
mod factors;
mod layer;
mod product;

pub use adaptable::Adaptable;
pub use adapted::{Adapted, AdaptedGrads, Tuning};
pub(crate) use layer::factors;
pub use layer::{Lora, LoraGrads};
pub use product::Product;

use crate::{Path, Tensor};

/// A low-rank change ΔW = (alpha / rank) · B · A of the weight of a layer.
pub trait Adapter {
    /// The number of rows of A and of columns of B.
    fn rank(&self) -> usize;
    /// How much the change counts: it is multiplied by alpha / rank.
    fn alpha(&self) -> f32;
    /// The alpha that the adapter was made with. Where another has been set, files have it.
    fn declared_alpha(&self) -> f32 {
        self.alpha()
    }
    /// What to write for another rank.
    fn advice_on_rank(&self, rank: u64) -> String {
        format!("write `#[lora(rank = {rank})]`")
    }
    /// Whether the layer is a convolution in groups, for which PEFT has factors of another shape.
    fn is_grouped(&self) -> bool {
        false
    }
    /// Sets alpha.
    fn set_alpha(&mut self, alpha: f32);
    /// The probability with which an element of the adapter's input is dropped in training.
    fn dropout(&self) -> f32;
    /// A, then B.
    fn factors(&self) -> [&Tensor; 2];
    /// A, then B, to be changed.
    fn factors_mut(&mut self) -> [&mut Tensor; 2];
    /// W + ΔW.
    fn merged_weight(&self) -> Tensor;
    /// Whether evaluation uses W + ΔW.
    fn is_merged(&self) -> bool;
    /// Lets evaluation use W + ΔW.
    fn merge(&mut self);
    /// Takes the change out again.
    fn unmerge(&mut self);
}

/// What is called for every adapter of a network, with the path of its layer.
pub type EachAdapter<'a> = &'a mut dyn FnMut(&Path<'_>, &dyn Adapter);
/// [`EachAdapter`] for adapters that may be changed.
pub type EachAdapterMut<'a> = &'a mut dyn FnMut(&Path<'_>, &mut dyn Adapter);
