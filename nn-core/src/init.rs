//! Initial values of parameters.
//!
//! Each layer has a default, which its documentation names; `Network::seeded(seed)` and [`Layer::reset`](crate::Layer::reset) draw from it. To start
//! otherwise, fill a tensor afterwards with an [`Init`], or give a layer its own ([`Dense::initialized`](crate::layers::Dense::initialized)) before it is reset.

use crate::random::Random;
use crate::{Shape, Tensor};

/// Which connections decide how large initial weights are.
///
/// For a weight `[out, in]` (or `[out, in, kernel…]`) there are in · kernel connections into each output and
/// out · kernel connections out of each input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// Those into an output: keeps the variance of what flows forward.
    In,
    /// Those out of an input: keeps the variance of gradients.
    Out,
    /// The mean of both.
    Average,
}

impl Fan {
    /// The number of connections for a weight of `shape`, in PyTorch's order. A vector counts as a column.
    fn of(self, shape: Shape) -> f64 {
        let dims = shape.dims();
        let kernel: usize = dims.iter().skip(2).product();
        let outputs = dims.first().map_or(1, |out| out * kernel) as f64;
        let inputs = dims.get(1).map_or(1, |input| input * kernel) as f64;
        match self {
            Self::In => inputs,
            Self::Out => outputs,
            Self::Average => (inputs + outputs) / 2.0,
        }
    }
}

/// The form of the distribution whose standard deviation a [`Fan`] decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Uniform in ±√3 · std.
    Uniform,
    /// Normal.
    Normal,
}

/// How a parameter is initialised.
///
/// ```
/// use nn_core::init::Init;
/// use nn_core::random::Random;
/// use nn_core::{Layout, Shape, Tensor};
///
/// let mut weight = Tensor::zeros(Shape::new(&[64, 100]), Layout::Plain);
/// Init::kaiming_normal().fill(&mut weight, &mut Random::new(42, "weight"));
/// let mean_square = weight.values().iter().map(|w| w * w).sum::<f32>() / 6400.0;
/// assert!((mean_square - 2.0 / 100.0).abs() < 0.002);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// One value.
    Constant(f32),
    /// Uniform in low..high.
    Uniform {
        /// The least value.
        low: f32,
        /// The bound above.
        high: f32,
    },
    /// Normal.
    Normal {
        /// The mean.
        mean: f32,
        /// The standard deviation.
        std: f32,
    },
    /// Normal, drawn again while further than two standard deviations from the mean.
    TruncatedNormal {
        /// The mean.
        mean: f32,
        /// The standard deviation of the normal before it is cut; what is left has 0.88 of it.
        std: f32,
    },
    /// Mean 0 and standard deviation gain / √fan.
    Scaled {
        /// The connections that count.
        fan: Fan,
        /// The factor that makes up for what the activation takes away.
        gain: f32,
        /// Uniform or normal.
        distribution: Distribution,
    },
    /// Orthonormal rows (or columns, where there are more rows than columns), times `gain`, uniform among all such matrices.
    /// A tensor of more than two dimensions counts as `[out, rest]`. PyTorch: `nn.init.orthogonal_`. (Saxe, McClelland and Ganguli, 2014)
    Orthogonal {
        /// The length of a row.
        gain: f32,
    },
}

impl Init {
    /// All 0.
    pub const ZEROS: Self = Self::Constant(0.0);
    /// All 1.
    pub const ONES: Self = Self::Constant(1.0);

    const fn scaled(fan: Fan, gain: f32, distribution: Distribution) -> Self {
        Self::Scaled { fan, gain, distribution }
    }

    /// He's: variance 2 / fan_in, uniform; for ReLU and its kind. PyTorch: `nn.init.kaiming_uniform_`. (He et al., 2015)
    pub const fn kaiming_uniform() -> Self {
        Self::scaled(Fan::In, core::f32::consts::SQRT_2, Distribution::Uniform)
    }

    /// He's: variance 2 / fan_in, normal; for ReLU and its kind. PyTorch: `nn.init.kaiming_normal_`. (He et al., 2015)
    pub const fn kaiming_normal() -> Self {
        Self::scaled(Fan::In, core::f32::consts::SQRT_2, Distribution::Normal)
    }

    /// Glorot's: variance 2 / (fan_in + fan_out), uniform; for tanh, sigmoid and linear layers. Keras' default for `Dense`.
    /// PyTorch: `nn.init.xavier_uniform_`. (Glorot and Bengio, 2010)
    pub const fn xavier_uniform() -> Self {
        Self::scaled(Fan::Average, 1.0, Distribution::Uniform)
    }

    /// Glorot's: variance 2 / (fan_in + fan_out), normal. PyTorch: `nn.init.xavier_normal_`. (Glorot and Bengio, 2010)
    pub const fn xavier_normal() -> Self {
        Self::scaled(Fan::Average, 1.0, Distribution::Normal)
    }

    /// LeCun's: variance 1 / fan_in, uniform. Keras: `lecun_uniform`. (LeCun et al., 1998)
    pub const fn lecun_uniform() -> Self {
        Self::scaled(Fan::In, 1.0, Distribution::Uniform)
    }

    /// LeCun's: variance 1 / fan_in, normal; for SELU. Keras' `lecun_normal` also cuts the tails. (LeCun et al., 1998)
    pub const fn lecun_normal() -> Self {
        Self::scaled(Fan::In, 1.0, Distribution::Normal)
    }

    /// Uniform in ±1 / √fan_in, variance 1 / (3 · fan_in): what PyTorch's `nn.Linear` and `nn.Conv2d` start from, and so the default here.
    ///
    /// It is smaller than Kaiming's, which in networks of a few layers does no harm: 784-128-64-10 with ReLU reaches 97.5 to 97.8 % on
    /// MNIST from it (five epochs of Adam, seeds 0 to 2), and 97.2 to 97.6 % from [`Init::kaiming_normal`] with biases of 0.
    pub const fn linear() -> Self {
        // 1/√3: the standard deviation of a uniform distribution in ±1.
        Self::scaled(Fan::In, 0.577_350_26, Distribution::Uniform)
    }

    /// The same with standard deviations times `gain`, where the kind has one.
    #[must_use]
    pub const fn with_gain(self, gain: f32) -> Self {
        match self {
            Self::Scaled { fan, distribution, .. } => Self::Scaled { fan, gain, distribution },
            Self::Orthogonal { .. } => Self::Orthogonal { gain },
            other => other,
        }
    }

    /// The same with other connections counted, where the kind counts any.
    #[must_use]
    pub const fn with_fan(self, fan: Fan) -> Self {
        match self {
            Self::Scaled { gain, distribution, .. } => Self::Scaled { fan, gain, distribution },
            other => other,
        }
    }

    /// Overwrites a tensor. The values do not depend on how it lies inside.
    pub fn fill(self, tensor: &mut Tensor, random: &mut Random) {
        let uniform = |random: &mut Random, low: f64, high: f64| low + (high - low) * random.uniform();
        match self {
            Self::Constant(value) => tensor.values_mut().fill(value),
            Self::Uniform { low, high } => {
                tensor.fill_with(|| uniform(random, f64::from(low), f64::from(high)) as f32);
            }
            Self::Normal { mean, std } => tensor.fill_with(|| mean + std * random.normal() as f32),
            Self::TruncatedNormal { mean, std } => tensor.fill_with(|| mean + std * truncated(random) as f32),
            Self::Scaled { fan, gain, distribution } => {
                let std = f64::from(gain) / fan.of(tensor.shape()).max(1.0).sqrt();
                match distribution {
                    Distribution::Uniform => {
                        let bound = 3.0_f64.sqrt() * std;
                        tensor.fill_with(|| uniform(random, -bound, bound) as f32);
                    }
                    Distribution::Normal => tensor.fill_with(|| (std * random.normal()) as f32),
                }
            }
            Self::Orthogonal { gain } => orthogonal(tensor, gain, random),
        }
    }
}

/// Standard normal, within two standard deviations.
fn truncated(random: &mut Random) -> f64 {
    loop {
        let value = random.normal();
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

/// Gram and Schmidt on normally distributed vectors, each twice, which makes up for what the first pass loses to rounding.
fn orthogonal(tensor: &mut Tensor, gain: f32, random: &mut Random) {
    let rows = tensor.shape().dims().first().copied().unwrap_or(1);
    let columns = tensor.len() / rows.max(1);
    let (count, len) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut vector: Vec<f64> = (0..len).map(|_| random.normal()).collect();
        for _ in 0..2 {
            for earlier in &vectors {
                let along: f64 = vector.iter().zip(earlier).map(|(a, b)| a * b).sum();
                vector.iter_mut().zip(earlier).for_each(|(a, b)| *a -= along * b);
            }
        }
        let length = vector.iter().map(|a| a * a).sum::<f64>().sqrt();
        vector.iter_mut().for_each(|a| *a /= length);
        vectors.push(vector);
    }
    let mut index = 0;
    tensor.fill_with(|| {
        let (row, column) = (index / columns, index % columns);
        index += 1;
        let value = if rows <= columns { vectors[row][column] } else { vectors[column][row] };
        gain * value as f32
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layout;

    const SHAPE: Shape = Shape::new(&[50, 200]);

    fn drawn(init: Init, layout: Layout) -> Tensor {
        let mut tensor = Tensor::zeros(SHAPE, layout);
        init.fill(&mut tensor, &mut Random::new(7, "weight"));
        tensor
    }

    /// Mean, standard deviation and largest magnitude.
    fn moments(values: &[f32]) -> (f64, f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
        (mean, variance.sqrt(), values.iter().fold(0.0, |most, v| most.max(f64::from(v.abs()))))
    }

    #[test]
    fn each_kind_has_its_mean_and_deviation() {
        let (f_in, f_out) = (200.0_f64, 50.0_f64);
        let cases: [(Init, f64, f64, f64); 11] = [
            (Init::kaiming_uniform(), 0.0, (2.0 / f_in).sqrt(), (6.0 / f_in).sqrt()),
            (Init::kaiming_normal(), 0.0, (2.0 / f_in).sqrt(), f64::INFINITY),
            (Init::kaiming_normal().with_fan(Fan::Out), 0.0, (2.0 / f_out).sqrt(), f64::INFINITY),
            (Init::xavier_uniform(), 0.0, (2.0 / (f_in + f_out)).sqrt(), (6.0 / (f_in + f_out)).sqrt()),
            (Init::xavier_normal().with_gain(3.0), 0.0, 3.0 * (2.0 / (f_in + f_out)).sqrt(), f64::INFINITY),
            (Init::lecun_uniform(), 0.0, (1.0 / f_in).sqrt(), (3.0 / f_in).sqrt()),
            (Init::lecun_normal(), 0.0, (1.0 / f_in).sqrt(), f64::INFINITY),
            (Init::linear(), 0.0, (1.0 / (3.0 * f_in)).sqrt(), (1.0 / f_in).sqrt()),
            (Init::Uniform { low: 1.0, high: 4.0 }, 2.5, (9.0_f64 / 12.0).sqrt(), 4.0),
            (Init::Normal { mean: -1.0, std: 0.5 }, -1.0, 0.5, f64::INFINITY),
            (Init::TruncatedNormal { mean: 3.0, std: 1.0 }, 3.0, 0.8796, 5.0),
        ];
        for (init, mean, std, bound) in cases {
            let (found_mean, found_std, most) = moments(drawn(init, Layout::Plain).values());
            // 10 000 values: the mean is good to a few hundredths of a deviation, the deviation to 2 or 3 %.
            assert!((found_mean - mean).abs() < 0.04 * std, "{init:?}: mean {found_mean}, not {mean}");
            assert!((found_std / std - 1.0).abs() < 0.03, "{init:?}: deviation {found_std}, not {std}");
            assert!(most <= bound * (1.0 + 1e-6), "{init:?}: {most} is beyond {bound}");
        }
    }

    #[test]
    fn constants_are_constant() {
        assert!(drawn(Init::ZEROS, Layout::Plain).values().iter().all(|&v| v == 0.0));
        assert!(drawn(Init::Constant(0.25), Layout::Transposed).values().iter().all(|&v| v == 0.25));
    }

    #[test]
    fn values_depend_on_the_key_and_not_on_the_layout() {
        for init in [Init::kaiming_normal(), Init::Orthogonal { gain: 1.0 }] {
            assert_eq!(drawn(init, Layout::Plain).to_vec(), drawn(init, Layout::Transposed).to_vec());
            let mut other = Tensor::zeros(SHAPE, Layout::Plain);
            init.fill(&mut other, &mut Random::new(8, "weight"));
            assert_ne!(other.to_vec(), drawn(init, Layout::Plain).to_vec());
        }
    }

    #[test]
    fn orthogonal_rows_or_columns() {
        for shape in [Shape::new(&[20, 30]), Shape::new(&[30, 20]), Shape::new(&[8, 3, 3, 3])] {
            let mut tensor = Tensor::zeros(shape, Layout::Plain);
            Init::Orthogonal { gain: 2.0 }.fill(&mut tensor, &mut Random::new(1, "weight"));
            let rows = shape.dims()[0];
            let columns = shape.elements() / rows;
            let values = tensor.to_vec();
            let at = |vector: usize, i: usize| {
                f64::from(if rows <= columns { values[vector * columns + i] } else { values[i * columns + vector] })
            };
            for a in 0..rows.min(columns) {
                for b in 0..=a {
                    let dot: f64 = (0..rows.max(columns)).map(|i| at(a, i) * at(b, i)).sum();
                    let expected = if a == b { 4.0 } else { 0.0 };
                    assert!((dot - expected).abs() < 1e-5, "{shape}: {a} · {b} = {dot}");
                }
            }
        }
    }

    #[test]
    fn kernels_count_as_connections() {
        let shape = Shape::new(&[16, 8, 3, 3]);
        assert_eq!((Fan::In.of(shape), Fan::Out.of(shape), Fan::Average.of(shape)), (72.0, 144.0, 108.0));
    }
}
