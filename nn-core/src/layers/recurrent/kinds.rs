//! The three recurrent layers.

use super::{Gated, LongShortTerm, Recurrent, Simple};

/// The simple recurrence: `hₜ = tanh(W_ih · xₜ + b_ih + W_hh · hₜ₋₁ + b_hh)`, from h = 0; it gives h of all steps.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[steps, features]` |
/// | gives | `O`: `[steps, units]`; with `BOTH`, `[steps, 2 · units]` |
/// | `weight_ih_l0` | `[units, features]` |
/// | `weight_hh_l0` | `[units, units]` |
/// | `bias_ih_l0`, `bias_hh_l0` | `[units]`; absent where `BIAS` is false |
/// | PyTorch | `nn.RNN(features, units, batch_first=True)`, with `bidirectional=True` where `BOTH` is true |
///
/// (Elman, 1990) See [`Recurrent`] for what all recurrent layers have in common, the second direction among it. With
/// dzₜ = (dyₜ + dhₜ) · (1 − hₜ²), the gradients are dhₜ₋₁ = dzₜ · W_hh, dxₜ = dzₜ · W_ih, dW_ih = Σ dzₜᵀ · xₜ,
/// dW_hh = Σ dzₜᵀ · hₜ₋₁ and db = Σ dzₜ.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::Rnn;
///
/// let mut layer = Rnn::<[[f32; 1]; 2], [[f32; 1]; 2]>::new();
/// layer.weight_ih_l0.set(&[1.0])?;
/// layer.weight_hh_l0.set(&[0.5])?;
/// let y = layer.predict(&[[[1.0], [-1.0]]]);
/// let first = 1.0_f32.tanh();
/// assert!((y[0][0][0] - first).abs() < 1e-6 && (y[0][1][0] - (0.5 * first - 1.0).tanh()).abs() < 1e-6);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub type Rnn<I, O, const BIAS: bool = true, const BOTH: bool = false> = Recurrent<I, O, Simple, BIAS, BOTH>;

/// Long short-term memory: `cₜ = σ(f) · cₜ₋₁ + σ(i) · tanh(g)` and `hₜ = σ(o) · tanh(cₜ)`, from h = c = 0, with
/// `(i, f, g, o) = W_ih · xₜ + b_ih + W_hh · hₜ₋₁ + b_hh`; it gives h of all steps.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[steps, features]` |
/// | gives | `O`: `[steps, units]`; with `BOTH`, `[steps, 2 · units]` |
/// | `weight_ih_l0` | `[4 · units, features]`: the rows of i, f, g, o |
/// | `weight_hh_l0` | `[4 · units, units]` |
/// | `bias_ih_l0`, `bias_hh_l0` | `[4 · units]`; absent where `BIAS` is false |
/// | PyTorch | `nn.LSTM(features, units, batch_first=True)`, with `bidirectional=True` where `BOTH` is true |
///
/// (Hochreiter and Schmidhuber, 1997; the gate f: Gers, Schmidhuber and Cummins, 2000) See [`Recurrent`] for what all recurrent layers
/// have in common, the second direction among it. With gates after their activations, d = dyₜ + dhₜ, τ = tanh(cₜ) and
/// dc = dcₜ + d · o · (1 − τ²), the gradients of the sums are dc · g · i(1 − i), dc · cₜ₋₁ · f(1 − f), dc · i · (1 − g²) and
/// d · τ · o(1 − o), and dcₜ₋₁ = dc · f; from there on they go as those of an [`Rnn`].
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::Lstm;
///
/// let mut layer = Lstm::<[[f32; 1]; 2], [[f32; 1]; 2]>::new();
/// // All gates are 1/2, and g is the input.
/// layer.weight_ih_l0.set(&[0.0, 0.0, 1.0, 0.0])?;
/// let y = layer.predict(&[[[1.0], [0.0]]]);
/// let c = 0.5 * 1.0_f32.tanh();
/// assert!((y[0][0][0] - 0.5 * c.tanh()).abs() < 1e-6 && (y[0][1][0] - 0.5 * (0.5 * c).tanh()).abs() < 1e-6);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub type Lstm<I, O, const BIAS: bool = true, const BOTH: bool = false> = Recurrent<I, O, LongShortTerm, BIAS, BOTH>;

/// The gated recurrent unit: `hₜ = (1 − z) · n + z · hₜ₋₁`, from h = 0; it gives h of all steps. Its gates are
/// `r = σ(W_ir · xₜ + b_ir + W_hr · hₜ₋₁ + b_hr)`, z likewise, and `n = tanh(W_in · xₜ + b_in + r · (W_hn · hₜ₋₁ + b_hn))`.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[steps, features]` |
/// | gives | `O`: `[steps, units]`; with `BOTH`, `[steps, 2 · units]` |
/// | `weight_ih_l0` | `[3 · units, features]`: the rows of r, z, n |
/// | `weight_hh_l0` | `[3 · units, units]` |
/// | `bias_ih_l0`, `bias_hh_l0` | `[3 · units]`; absent where `BIAS` is false |
/// | PyTorch | `nn.GRU(features, units, batch_first=True)`, with `bidirectional=True` where `BOTH` is true |
///
/// (Cho et al., 2014) r is multiplied by the projection of the state, as in PyTorch (and in Keras with `reset_after=True`), and not by the
/// state. See [`Recurrent`] for what all recurrent layers have in common, the second direction among it. With d = dyₜ + dhₜ and
/// q = W_hn · hₜ₋₁ + b_hn, the gradients of the sums are dn = d · (1 − z) · (1 − n²), dz = d · (hₜ₋₁ − n) · z(1 − z) and
/// dr = dn · q · r(1 − r), that of q is dn · r, and d · z is added to dhₜ₋₁; from there on they go as those of an [`Rnn`].
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::Gru;
///
/// let mut layer = Gru::<[[f32; 1]; 2], [[f32; 1]; 2]>::new();
/// // r and z are 1/2, and n is the input.
/// layer.weight_ih_l0.set(&[0.0, 0.0, 1.0])?;
/// let y = layer.predict(&[[[1.0], [0.0]]]);
/// let first = 0.5 * 1.0_f32.tanh();
/// assert!((y[0][0][0] - first).abs() < 1e-6 && (y[0][1][0] - 0.5 * first).abs() < 1e-6);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub type Gru<I, O, const BIAS: bool = true, const BOTH: bool = false> = Recurrent<I, O, Gated, BIAS, BOTH>;
