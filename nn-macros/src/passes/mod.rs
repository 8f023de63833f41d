//! Transformations between syntax and code, each in a file that says which.

pub mod fold;
pub mod fuse;
pub mod order;
pub mod pool;
pub mod slots;
