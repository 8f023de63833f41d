//! Layer kinds, their arguments and shape rules: the facts that the macro and the library share.
//!
//! The macro calls these functions while it expands, where every size is a literal; the code that it emits calls
//! the same functions in `const` assertions, where a size is a const item or comes from another type. A rule
//! therefore stands in one place.
#![forbid(unsafe_code)]

mod activation;
mod checks;
pub mod nearest;
pub mod rename;
pub mod safetensors;
mod shape;
mod text;
mod weights;
mod window;

pub use activation::{ACTIVATIONS, Activation, Gives};
pub use checks::{
    Found, check_activation, check_adapter, check_budget, check_divides, check_elements, check_equal, check_groups,
    check_joined, check_layer, check_less, check_pool_padding, check_pool_window, check_range, check_rank, check_same,
    check_size, check_transposed, check_window,
};
pub use shape::{MAX_RANK, Shape};
pub use weights::{InFile, Tensors, check_names, check_weights};
pub use window::{MAX_POOL_WINDOW, Window, extent, same_padding, transposed_positions, window_positions};
