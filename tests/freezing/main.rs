//! Frozen at run time.

mod state;
mod work;
