//! Data for training: reading it, splitting it, and going through it batch by batch.
//!
//! | what | where |
//! |---|---|
//! | samples in memory | [`Samples`] |
//! | an own source | implement [`Dataset`] |
//! | parts | [`Dataset::split`], [`Samples::stratified_split`], [`Dataset::k_fold`], [`Dataset::subset`] |
//! | changes on the way | [`Dataset::map`], [`Dataset::augment`] |
//! | batches, also loaded ahead | [`Batches`], [`Pass`] |
//! | outputs of a frozen part of a network | [`Cached`] |
//! | files | [`mnist`] (also Fashion-MNIST), [`Idx`] |
//! | tables | [`Table`] (CSV, TSV), [`Preprocess`] (encoding, missing values, scaling), [`Preprocessor`] |
//! | arrays of `ndarray` | [`Batch::from_ndarray`](crate::Batch), with the feature `ndarray` |
//! | labels | [`check_labels`], [`class_counts`], [`balanced_class_weights`] |

mod augment;
mod batches;
mod cached;
mod dataset;
mod digest;
mod idx;
mod labels;
mod mnist;
#[cfg(feature = "ndarray")]
mod ndarray;
mod order;
mod prefetch;
mod preprocess;
mod samples;
mod source;
mod split;
mod subset;
mod table;

pub use augment::{Augment, Map};
pub use batches::{Batches, Minibatch};
pub use cached::Cached;
pub use dataset::Dataset;
pub use digest::Digest;
pub use idx::{Elements, Idx};
pub use labels::{balanced_class_weights, check_labels, class_counts};
pub use mnist::mnist;
pub use order::{Pass, epoch_order};
pub use preprocess::{Feature, Missing, Preprocess, Preprocessor, Scale, TargetElement, Unknown};
pub use samples::Samples;
pub use split::{Fold, k_fold, split, stratified_k_fold, stratified_split};
pub use subset::Subset;
pub use table::{Column, Table, TableOptions};
