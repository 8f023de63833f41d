//! Networks from the literature, ready to train or to load. They need the feature `zoo`.
//!
//! Each is declared by [`network!`](crate::network!) as any network is: its source shows how, and is a place to begin a network of your own.
//!
//! | network | takes | gives | parameters | pretrained weights |
//! |---|---|---|---|---|
//! | [`LeNet5`] | `[1, 28, 28]` | `[10]` | 61 706 | |
//! | [`KerasMnist`] | `[1, 28, 28]` | `[10]` | 1 199 882 | |
//! | [`MnistCnn`] | `[1, 28, 28]` | `[10]` | 376 870 | MNIST |
//! | [`ResNet20`] | `[3, 32, 32]` | `[10]` | 272 474 | |
//! | [`UNet`] | `[1, 64, 64]` | `[1, 64, 64]` | 118 305 | |
//! | [`EfficientNetLite0`] | `[3, 224, 224]` | `[1000]` | 4 652 008 | ImageNet |
//! | [`EfficientNetLite0Features`] | `[3, 224, 224]` | `[1280]` | 3 371 008 | ImageNet |
//! | [`CrepeTiny`] | `[1024]` | `[360]` | 486 552 | MIR-1K and others |
//!
//! Names in files are those of the framework that the weights come from, when loading and when saving.

mod crepe;
mod efficientnet;
mod lenet;
mod mnist;
mod resnet;
mod unet;

pub use crepe::*;
pub use efficientnet::*;
pub use lenet::*;
pub use mnist::*;
pub use resnet::*;
pub use unet::*;
