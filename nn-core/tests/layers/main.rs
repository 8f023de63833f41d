//! The built-in layers: against PyTorch's values, against finite differences, and what else they promise.

#[path = "../common/mod.rs"]
mod common;

mod attention;
mod behaviour;
mod gradients;
mod lora;
mod paths;
mod recurrent;
mod reference;
mod tokens;
