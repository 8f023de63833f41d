//! Frozen at run time and by type.

mod state;
mod types;
mod work;
