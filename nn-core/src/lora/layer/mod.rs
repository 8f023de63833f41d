//! A frozen layer with a low-rank adapter beside it.

mod parameters;
mod passes;

pub use parameters::LoraGrads;
pub(crate) use parameters::factors;

use super::Adapter;
use super::adaptable::Adaptable;
use super::factors::{Factors, shapes};
use super::product::Product;
use crate::layers::Frozen;
use crate::{Shape, Size, Tensors};
use core::ops::Deref;

/// y = f(W · x + b + (alpha / rank) · B · A · dropout(x)): a `Dense` or `Conv2d` that is frozen, and a low-rank change of its weight that learns.
///
/// | | |
/// |---|---|
/// | takes, gives | what the layer takes and gives |
/// | `weight`, `bias` | those of the layer: saved and loaded, with no gradient and no state of an optimiser |
/// | `lora_A.weight` | `[RANK, inputs]`, or `[RANK, in, kh, kw]` |
/// | `lora_B.weight` | `[outputs, RANK]`, or `[out, RANK, 1, 1]` |
/// | in a network | `#[lora(rank = 8, alpha = 16, dropout = 0.05)]` before the line |
/// | PyTorch | PEFT's `LoraConfig(r=8, lora_alpha=16, lora_dropout=0.05)` |
///
/// (Hu et al., 2022) The activation f comes last, after the sum. With s = alpha / rank, u = s · A · x′ (x′ being x after dropout) and dz = dy · f′,
/// backward computes du = s · Bᵀ · dz, dB = dz · uᵀ, dA = du · x′ᵀ and dx = Wᵀ · dz + dropout(Aᵀ · du); there is no code for dW.
///
/// A begins uniform in ±1 / √inputs and B at 0, as in PEFT: a fresh adapter changes nothing. In evaluation there is no dropout, nor is there any
/// while the layer is frozen at run time. [`Lora::merge`] and [`prepare`](crate::Network::prepare) add the change to a copy of the weight,
/// after which evaluation costs what the layer alone costs.
///
/// ```
/// use nn_core::layers::{Dense, Lora, Relu};
/// use nn_core::{Layer, Network, Parameters};
///
/// let mut layer = Lora::<Dense<[f32; 6], [f32; 4], Relu>, 2>::new(Dense::new(), 4.0, 0.0);
/// layer.reset(1);
/// let x = [[1.0, -0.5, 0.25, 2.0, 0.0, 1.0]];
/// assert_eq!(layer.predict(&x), layer.base().predict(&x)); // B is 0
/// assert_eq!(<Lora<Dense<[f32; 6], [f32; 4], Relu>, 2> as Parameters>::PARAMS, 2 * 6 + 4 * 2);
/// ```
///
/// A rank beyond the smaller side of the weight is refused while the program is built:
///
/// ```compile_fail
/// use nn_core::layers::{Dense, Lora};
/// let layer = Lora::<Dense<[f32; 6], [f32; 4]>, 5>::new(Dense::new(), 4.0, 0.0);
/// ```
///
/// So is a convolution over sequences:
///
/// ```compile_fail
/// use nn_core::layers::{Conv1d, Lora, Window1d};
/// let layer = Lora::<Conv1d<[[f32; 16]; 3], [[f32; 14]; 8], Window1d<3>>, 2>::new(Conv1d::new(), 4.0, 0.0);
/// ```
#[derive(Clone, Debug)]
pub struct Lora<L, const RANK: usize> {
    base: Frozen<L>,
    factors: Factors,
    dropout: f32,
    /// The layer with the change added to its weight: what evaluation uses while the adapter is merged.
    merged: Option<Box<L>>,
}

impl<L: Adaptable, const RANK: usize> Lora<L, RANK> {
    const DOWN: Product = L::PRODUCT.with_outputs(RANK);
    const FITS: () = {
        assert!(
            !L::PRODUCT.is_grouped(),
            "a grouped convolution cannot have a low-rank adapter: B · A is not cut into groups"
        );
        assert!(
            L::WEIGHT.rank() == 2 || L::WEIGHT.rank() == 4,
            "a convolution over sequences (`Conv1d`) cannot have a low-rank adapter: only `Dense` and `Conv2d` over images can"
        );
        assert!(RANK > 0, "the rank of a low-rank adapter is at least 1");
        assert!(
            RANK <= L::PRODUCT.largest_rank(),
            "the rank of a low-rank adapter is at most the smaller side of the weight"
        );
    };
    const FACTORS: [Shape; 2] = shapes(L::WEIGHT, RANK);
    /// What a file of the layer alone does not have.
    const ADAPTER: Tensors = Tensors::Lines(&[
        ("lora_A", 0, Tensors::Own(&[("weight", Self::FACTORS[0])])),
        ("lora_B", 0, Tensors::Own(&[("weight", Self::FACTORS[1])])),
    ]);
    /// u, which the gradient of B reads.
    const U: Size = Size::per_sample(L::PRODUCT.positions() * RANK);

    /// The layer with an adapter that changes nothing yet.
    ///
    /// # Panics
    /// If `dropout` is not in 0..1, or `alpha` is no number.
    pub fn new(base: L, alpha: f32, dropout: f32) -> Self {
        let () = Self::FITS;
        assert!(
            (0.0..1.0).contains(&dropout),
            "the dropout of an adapter is at least 0 and less than 1, not {dropout}"
        );
        assert!(alpha.is_finite(), "the alpha of an adapter is a number, not {alpha}");
        let factors = Factors::of(base.weight(), RANK, alpha)
            .unwrap_or_else(|| unreachable!("{base} has a weight", base = L::KIND));
        Self { base: Frozen(base), factors, dropout, merged: None }
    }

    /// The frozen layer.
    pub fn base(&self) -> &L {
        &self.base.0
    }

    /// The frozen layer, to be changed. A merged adapter is taken out first.
    pub fn base_mut(&mut self) -> &mut L {
        self.merged = None;
        &mut self.base.0
    }

    /// Adds the change to a copy of the weight, which evaluation uses from now on. Training does as before, and whatever changes a tensor of this
    /// layer (a step, loading) takes the adapter out again, so that no stale copy is ever used.
    pub fn merge(&mut self) {
        self.merged = Some(Box::new(self.base.with_weight(self.merged_weight())));
    }

    /// Takes the adapter out of the weight again, exactly: the weight itself was not changed.
    pub fn unmerge(&mut self) {
        self.merged = None;
    }

    /// The layer without adapter, with the change in its weight.
    pub fn into_merged(mut self) -> L {
        self.merge();
        self.merged.map_or(self.base.0, |merged| *merged)
    }
}

impl<L, const RANK: usize> Deref for Lora<L, RANK> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.base
    }
}

impl<L: Adaptable + Default, const RANK: usize> Default for Lora<L, RANK> {
    /// The layer with all parameters 0 and an adapter whose alpha is its rank, without dropout.
    fn default() -> Self {
        Self::new(L::default(), RANK as f32, 0.0)
    }
}
