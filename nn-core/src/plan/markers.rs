//! The plans that every network and every layer has.

use super::leaf::{Choice, Leaf, Learns, Nothing, Uniform};

/// Everything learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Train;

/// Nothing learns. It also stands in gradients and mirrors where there would be something of a layer that learns.
///
/// ```
/// use nn_core::layers::Dense;
/// use nn_core::plan::{Freeze, Planned};
/// use nn_core::Parameters;
///
/// let layer = Planned::<_, Freeze>::new(Dense::<[f32; 2], [f32; 1]>::new());
/// let Freeze = layer.grads();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freeze;

/// Tensors that are added learn: the biases of dense layers and convolutions, and β of normalisations. No gradient of any weight is computed.
///
/// BitFit (Ben Zaken, Goldberg and Ravfogel, 2021): about a thousandth of the parameters of a large network, and for small data sets often as good
/// as all. A new head learns nothing but its bias by this plan; in a plan of your own its line is [`Train`].
///
/// A layer of your own says in [`parameters!`](crate::parameters) which of its tensors these are; one that does not is frozen. The gradient of a weight is a
/// tensor without elements. A layer without bias (`bias = false`) has its place in the mirror, but nothing of it learns.
///
/// ```
/// use nn_core::layers::{Dense, LayerNorm};
/// use nn_core::plan::{Biases, Planned};
/// use nn_core::Parameters;
///
/// assert_eq!(Planned::<Dense<[f32; 64], [f32; 8]>, Biases>::PARAMS, 8);
/// assert_eq!(Planned::<LayerNorm<[f32; 64]>, Biases>::PARAMS, 64);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Biases;

/// Normalisations learn, both γ and β, and nothing else does: `BatchNorm`, `LayerNorm`, `GroupNorm`, and your own layers that say so in
/// [`parameters!`](crate::parameters).
///
/// (Frankle, Schwab and Morcos, 2020, for batch normalisation.) The running statistics of a batch normalisation move as in any training.
///
/// ```
/// use nn_core::layers::{Dense, LayerNorm};
/// use nn_core::plan::{Norms, Planned};
/// use nn_core::Parameters;
///
/// assert_eq!(Planned::<Dense<[f32; 64], [f32; 8]>, Norms>::PARAMS, 0);
/// assert_eq!(Planned::<LayerNorm<[f32; 64]>, Norms>::PARAMS, 2 * 64);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Norms;

impl Uniform for Train {
    type Of<L: Leaf> = Learns<true>;
}

impl Uniform for Freeze {
    type Of<L: Leaf> = Nothing;
}

impl Uniform for Biases {
    type Of<L: Leaf> = <L::HasBiases as Choice>::Then<L, Learns<false>, Nothing>;
}

impl Uniform for Norms {
    type Of<L: Leaf> = <L::IsNorm as Choice>::Then<L, Learns<true>, Nothing>;
}
