//! Frozen at run time and by type.

mod heads;
mod state;
mod types;
mod work;
