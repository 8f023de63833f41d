//! Transformations between syntax and code, each in a file that says which.

pub mod fuse;
pub mod order;
pub mod slots;
