//! Data for training: reading it, splitting it, and going through it batch by batch.
//!
//! | what | where |
//! |---|---|
//! | samples in memory | [`Samples`] |
//! | an own source | implement [`Dataset`] |
//! | parts | [`Dataset::split`], [`Samples::stratified_split`], [`Dataset::k_fold`], [`Dataset::subset`] |
//! | changes on the way | [`Dataset::map`], [`Dataset::augment`], [`Dataset::transform`] with the images' [`transform`]s, [`Dataset::mixup`] |
//! | classes that are rare | [`Balanced`] batches, [`balanced_class_weights`] |
//! | batches, also loaded ahead | [`Batches`], [`Pass`] |
//! | outputs of a frozen part of a network | [`Cached`] |
//! | files | [`mnist`] (also Fashion-MNIST), [`Idx`], [`cifar10`], [`cifar100`] |
//! | folders of photographs | `ImageFolder`, with the feature `images` |
//! | tables | [`Table`] (CSV, TSV), [`Preprocess`] (encoding, missing values, scaling), [`Preprocessor`] |
//! | arrays of `ndarray` | [`Batch::from_ndarray`](crate::Batch), with the feature `ndarray` |
//! | labels | [`check_labels`], [`class_counts`], [`Dataset::one_hot`] |

mod augment;
mod balanced;
mod batches;
pub(crate) mod cached;
mod cifar;
mod dataset;
mod digest;
mod drawn;
mod idx;
#[cfg(feature = "images")]
mod images;
mod labels;
mod mixup;
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
pub mod transform;

pub use augment::{Augment, Map};
pub use balanced::Balanced;
pub use batches::{Batches, Minibatch};
pub use cached::Cached;
pub use cifar::{CIFAR10_CLASSES, cifar10, cifar100, cifar100_coarse};
pub use dataset::Dataset;
pub use digest::Digest;
#[doc(hidden)]
pub use drawn::Drawn;
pub use idx::{Elements, Idx};
#[cfg(feature = "images")]
pub use images::{IMAGENET_MEAN, IMAGENET_STD, ImageFolder};
pub use labels::{balanced_class_weights, check_labels, class_counts};
pub use mixup::{Mixup, OneHot};
pub use mnist::mnist;
pub use order::{Pass, epoch_order};
pub use preprocess::{Feature, Missing, Preprocess, Preprocessor, Scale, TargetElement, Unknown};
pub use samples::Samples;
pub use split::{Fold, k_fold, split, stratified_k_fold, stratified_split};
pub use subset::Subset;
pub use table::{Column, Table, TableOptions};
