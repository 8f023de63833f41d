//! Neural networks whose shapes are checked while the program compiles.
//!
//! ```no_run
//! use nn::prelude::*;
//!
//! network! {
//!     /// Handwritten digits.
//!     pub struct Digits: [1, 28, 28] -> [10] {
//!         flat:   Flatten,
//!         hidden: Dense(128) + Relu,
//!         drop:   Dropout(0.25),
//!         logits: Dense(10),
//!     }
//! }
//!
//! fn main() -> nn::Result<()> {
//!     let (train, test) = nn::data::mnist("data/mnist")?;
//!     let net = Digits::seeded(42);
//!     let mut trainer = Trainer::new(net, CrossEntropy, Adam::default()).metric(Accuracy);
//!     let fit = Fit { epochs: 5, batch_size: 128, validation: Some(&test), ..Fit::default() };
//!     let history = trainer.fit(&train, &fit)?;
//!     trainer.network().save("digits.safetensors")?;
//!     println!("{history}");
//!     Ok(())
//! }
//! ```
//!
//! A sample is a Rust array, a batch is a slice of samples, a network is a struct. [`network!`] infers the shape of every line,
//! proves every edge again in the code that it writes, and names both layers, both shapes and the fix where they do not fit.

// What `network!` writes names the library from outside.
#[cfg(feature = "zoo")]
extern crate self as nn;

pub mod prelude;
#[cfg(feature = "zoo")]
pub mod zoo;

pub use nn_core::*;

/// Declares neural networks whose shapes are checked while the program compiles.
///
/// ```
/// use nn::prelude::*;
///
/// network! {
///     /// A classifier of flowers.
///     pub struct Iris: [4] -> [3] {
///         hidden: Dense(16) + Relu,
///         scores: Dense(3),
///     }
/// }
///
/// assert_eq!(Iris::PARAMS, 4 * 16 + 16 + 16 * 3 + 3);
/// let flowers = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.1, 5.6, 2.4]];
/// assert_eq!(Iris::seeded(1).predict(&flowers).len(), 2);
/// ```
///
/// # The language
///
/// ```text
/// network := attributes visibility "struct" Name ":" shape "->" shape "{" line, … "}"
/// line    := name ":" layer ("+" Activation)* ("from" name | "from" "(" name, … ")")?
/// layer   := Kind | Kind(arguments) | body | [body; N]
///          | path::to::Network | [Network; N] | Type as shape -> shape | same_as name
/// body    := Residual { line, … } | Sequential { line, … }
/// shape   := [dim, …] | [u32; dim] | (name: shape, …)
/// ```
///
/// - Several networks may stand in one call. The last form of a shape is for several inputs or outputs.
/// - A line takes what the line above gives, unless `from` names another; `input` is what the network takes. What a line gives may be taken
///   by several lines, and must be taken by one or be the output.
/// - Only output sizes are written; input sizes are inferred, and checked where they are written (`Dense(784 -> 128)`). A dimension is a
///   number, a const item or a const expression.
/// - Arguments that must be written may stand without their names, in the order of the table; what has a default is written with its name
///   (`stride = 2`). What a layer takes is no argument: `Conv2d(16, kernel = 3)`, `BatchNorm2d`.
/// - `+ Relu` is computed together with the layer before it; so is an activation on the next line.
/// - The names of lines become fields, and the names of tensors in files (`hidden.weight`); `#[name = "0"]` before a line gives another
///   name for files, `#[name = "blocks.1.."]` counts the elements of an array from 1, and `#[name = ""]` leaves the name of a network or
///   a body out.
/// - `#[budget(params <= 120_000, flops <= 2e6, workspace <= 64 KiB)]` before the struct holds the network to limits.
/// - `#[lora(rank = 8, alpha = 16, dropout = 0.05)]` before a `Dense` or `Conv2d` line freezes the layer and lets a low-rank change of its weight
///   learn instead ([`Lora`](layers::Lora)); `alpha` is the rank and `dropout` 0 where they are left out.
/// - `#[frozen]` before a line with parameters, or a whole network, makes of it a fixed function ([`Frozen`](layers::Frozen)): it has no field in
///   `…Grads` and `…PerLayer`, no state of an optimiser, and below the lowest line that learns nothing is kept for the pass backward.
/// - `#[weights("digits.safetensors")]` before the struct reads the header of the file while the program compiles: a tensor that is missing, left
///   over or of another shape is a compile error, and `Digits::pretrained()` loads it. The file is found below the folder of `Cargo.toml` or beside
///   the source file. Behind the name can stand `strip_prefix("model.")`, `add_prefix("body.")`, `pair("fc.weight", "logits.weight")`,
///   `pattern("layers.*", "blocks.*")`, `regex(r"^conv(\d+)\.", "convs.$1.")`, `leave_out("head.*")`, which change the names of the file one after
///   the other as [`Rename`](storage::Rename) does, and `embed`, which makes the file a part of the program. Low-rank adapters may be absent from the
///   file, and are fresh then. Layers of your own are checked where [`parameters!`] says their `tensors`.
/// - `same_as name` is another line once more, with its weights and its activations.
///
/// | kind | arguments | takes | gives |
/// |---|---|---|---|
/// | [`Dense`](layers::Dense) | `units`, `bias = true` | `[n]` or `[t, n]` | the last dimension becomes `units` |
/// | activations, such as [`Relu`](layers::Relu) | their own, such as `LeakyRelu(slope = 0.1)` | any shape | the same |
/// | [`Softmax`](layers::Softmax), [`LogSoftmax`](layers::LogSoftmax) | | any shape | the same; along the last dimension |
/// | [`PRelu`](layers::PRelu) | `init = 0.25` | any shape | the same |
/// | [`Dropout`](layers::Dropout) | `rate` | any shape | the same |
/// | [`Dropout2d`](layers::Dropout2d) | `rate` | `[c, …]` | the same; whole channels are dropped |
/// | [`GroupNorm`](layers::GroupNorm) | `groups`, `eps = 1e-5` | `[c, …]` | the same; over groups of channels |
/// | [`LayerNorm`](layers::LayerNorm) | `eps = 1e-5` | any shape | the same; along the last dimension |
/// | [`RmsNorm`](layers::RmsNorm) | `eps = 1.19e-7` | any shape | the same; along the last dimension |
/// | [`Conv2d`](layers::Conv2d) | `channels`, `kernel`, `stride = 1`, `padding = 0` (or `same`, `valid`), `dilation = 1`, `groups = 1`, `bias = true` | `[c, h, w]` | `[channels, …]` |
/// | [`Conv1d`](layers::Conv1d) | the same, each a single number | `[c, length]` | `[channels, …]` |
/// | [`ConvTranspose2d`](layers::ConvTranspose2d) | the same, and `output_padding = 0` | `[c, h, w]` | `[channels, …]`; with `padding = same`, `stride` times the size |
/// | [`MaxPool2d`](layers::MaxPool2d), [`AvgPool2d`](layers::AvgPool2d) | `kernel`, `stride = kernel`, `padding = 0`, `ceil = false`; `count_padding = true` for means | `[c, h, w]` | `[c, …]` |
/// | [`AdaptiveAvgPool2d`](layers::AdaptiveAvgPool2d) | `size` | `[c, h, w]` | `[c, size, size]` |
/// | [`GlobalAvgPool2d`](layers::GlobalAvgPool2d) | | `[c, h, w]` | `[c]` |
/// | [`MaxPool1d`](layers::MaxPool1d), [`AvgPool1d`](layers::AvgPool1d), [`AdaptiveAvgPool1d`](layers::AdaptiveAvgPool1d), [`GlobalAvgPool1d`](layers::GlobalAvgPool1d) | the same, each a single number | `[c, length]` | `[c, …]`; `[c]` |
/// | [`Upsample`](layers::Upsample) | `factor`, `mode = nearest` (or `bilinear`), `align_corners = false` | `[c, h, w]` | `factor` times as many rows and columns |
/// | [`ZeroPad2d`](layers::ZeroPad2d) | `padding` | `[c, h, w]` | with zeros around |
/// | [`BatchNorm2d`](layers::BatchNorm2d) | `eps = 1e-5`, `momentum = 0.1` | `[c, h, w]` | the same |
/// | [`BatchNorm1d`](layers::BatchNorm1d) | `eps = 1e-5`, `momentum = 0.1` | `[n]` or `[c, length]` | the same |
/// | [`Embedding`](layers::Embedding) | `vocabulary`, `features` | tokens, `[u32; steps]` | `[steps, features]` |
/// | [`PositionEmbedding`](layers::PositionEmbedding) | | `[steps, features]` | the same; learned positions are added |
/// | [`Lstm`](layers::Lstm), [`Gru`](layers::Gru), [`Rnn`](layers::Rnn) | `units`, `bias = true`, `bidirectional = false` | `[steps, features]` | `[steps, units]`, the states of all steps; `[steps, 2 · units]` in both directions |
/// | [`LstmCell`](layers::LstmCell), [`GruCell`](layers::GruCell), [`RnnCell`](layers::RnnCell) | `units`, `bias = true` | `from (x, state)`: `[features]` and `[units]`, `[2, units]` for an `LstmCell` | the state after one step |
/// | [`MultiHeadAttention`](layers::MultiHeadAttention) | `heads`, `causal = false`, `bias = true` | `[steps, features]` | the same; each step takes from the others |
/// | `First`, `Last` ([`Select`](layers::Select)) | | `[steps, …]` | `[…]`; that step |
/// | `Flatten`, `Reshape([…])` | the shape | any shape | the same numbers under another shape |
/// | [`Permute`](layers::Permute) | `order`: `Permute([2, 1, 3])` | 2 to 4 dimensions | the same dimensions in this order |
/// | [`Add`](layers::Add) | | 2 to 8 of one shape | their sum |
/// | [`Concat`](layers::Concat) | | 2 to 8 that differ in the first dimension | one after the other |
/// | [`Residual`](layers::Residual) | lines in braces | any shape | what it takes plus what its lines give |
/// | `Sequential` | lines in braces | any shape, tokens too | what its last line gives |
///
/// A sequence of vectors is `[steps, features]`, as PyTorch's layers with `batch_first=True` have it; convolutions and pools along time take
/// `[channels, length]`, and `Permute([2, 1])` stands between the two: no size tells them apart, but the line that made a sequence does, and one that takes the
/// other order is a mistake. `[steps, features]` goes through `Dense` and the normalisations step by step.
///
/// Sizes of rows and columns are a number for both or `[rows, columns]`; a padding may differ by side: `padding = [[0, 1], 2]` is nothing above, one row
/// below, two columns on either side.
///
/// ```
/// use nn::prelude::*;
///
/// network! {
///     pub struct Block: [64] -> [64] {
///         body: Residual { norm: LayerNorm, up: Dense(128) + Gelu, down: Dense(64) },
///     }
///
///     /// Two inputs, two outputs, blocks in a row.
///     pub struct Patient: (image: [28, 28], age: [1]) -> (illness: [5], days: [1]) {
///         flat:    Flatten from image,
///         stem:    Dense(64),
///         blocks:  [Block; 3],
///         all:     Concat from (blocks, age),
///         illness: Dense(5) from all,
///         days:    Dense(1) + Softplus from all,
///     }
/// }
///
/// let net = Patient::seeded(0);
/// let found = net.predict(PatientInRef { image: &[[[0.0; 28]; 28]], age: &[[54.0]] });
/// assert!(found.days[0][0] > 0.0);
/// ```
///
/// # What it writes
///
/// For a network `Digits`:
///
/// | item | what it is |
/// |---|---|
/// | `Digits` | the struct, with a public field for each layer; a [`Layer`], so it can stand in other networks |
/// | `Digits::seeded(seed)`, `Digits::load(path)` | a network with initial values, or with those of a file |
/// | `Digits::pretrained()` | with `#[weights]`: the network with those weights |
/// | `Digits::PARAMS`, `FLOPS`, `WORKSPACE_BYTES` | the size of inference for one sample |
/// | `Digits::TRAINING_FLOPS`, `TRAINING_WORKSPACE_BYTES` | the same for training |
/// | `DigitsGrads` | the gradients, under the names of the lines |
/// | `DigitsPerLayer<T>` | a `T` for each layer that learns: `Digits::per_layer(1.0)`, then `rates.hidden = 0.1` |
/// | `DigitsPlan` | what a type implements that says what learns of each line, for [`Planned`](plan::Planned) |
/// | `DigitsIn`, `DigitsOut`, `…Ref`, `…Mut`, `DigitsLoss` | for several inputs or outputs: batches by name, and a loss for each output |
///
/// Methods that every network has are in [`Network`] (`predict`, `prepare`, `summary`) and [`Store`] (`save`, `load_partial`); what can be done with low-rank adapters is in
/// [`Adapters`] (`save_adapters`, `merge_adapters`).
///
/// # What learns, said by a type
///
/// `#[frozen]` stands where a network is declared. What learns of one that was declared elsewhere is said by a type, a [`plan`]:
///
/// ```
/// use nn::plan::{Biases, Freeze, Planned, Train};
/// use nn::prelude::*;
///
/// network! {
///     pub struct Features: [8] -> [16] {
///         stem:  Dense(16) + Gelu,
///         norm:  LayerNorm,
///     }
///
///     pub struct Photos: [8] -> [5] {
///         features: Features,
///         hidden:   Dense(16) + Relu,
///         logits:   Dense(5),
///     }
/// }
///
/// pub struct HeadOnly;
/// impl PhotosPlan for HeadOnly {
///     type Features = Freeze;
///     type Hidden = Biases;
///     type Logits = Train;
/// }
///
/// let net = Planned::<Photos, HeadOnly>::new(Photos::seeded(1));
/// assert_eq!(Planned::<Photos, HeadOnly>::PARAMS, 16 + 16 * 5 + 5);
/// let Freeze = net.grads().features; // no gradients there; `net.grads().features.stem` does not compile
///
/// let x = Samples::new(vec![[0.5; 8]; 20], vec![3; 20])?;
/// let mut trainer = Trainer::new(net, CrossEntropy, Adam::default());
/// trainer.fit(&x, &Fit { progress: Progress::Silent, ..Fit::default() })?;
///
/// // Then everything, more slowly.
/// let net: Photos = trainer.into_network().into_inner();
/// let trainer = Trainer::new(net, CrossEntropy, Adam { lr: 1e-4, ..Adam::default() });
/// # let _: Trainer<Photos, _, _, u32> = trainer;
/// # Ok::<(), nn::Error>(())
/// ```
#[doc(inline)]
pub use nn_macros::network;

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
