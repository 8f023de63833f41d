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
//!     let mut trainer = Trainer::new(Digits::seeded(42), CrossEntropy, Adam::default()).metric(Accuracy);
//!     let history = trainer.fit(&train, &Fit { epochs: 5, batch_size: 128, validation: Some(&test), ..Fit::default() })?;
//!     trainer.network().save("digits.safetensors")?;
//!     println!("{history}");
//!     Ok(())
//! }
//! ```
//!
//! A sample is a Rust array, a batch is a slice of samples, a network is a struct. [`network!`] infers the shape of every line,
//! proves every edge again in the code that it writes, and names both layers, both shapes and the fix where they do not fit.

pub mod prelude;

pub use nn_core::*;
pub use nn_macros::network;
