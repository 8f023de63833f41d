//! Layer kinds, their arguments and shape rules: the facts that the macro and the library share.
//!
//! The macro calls these functions while it expands, where every size is a literal; the code that it emits calls
//! the same functions in `const` assertions, where a size is a const item or comes from another type. A rule
//! therefore stands in one place.
#![forbid(unsafe_code)]

mod activation;
mod checks;
mod shape;

pub use activation::{ACTIVATIONS, Activation, Gives};
pub use checks::{check_budget, check_elements, check_rank, check_same};
pub use shape::{MAX_RANK, Shape};
