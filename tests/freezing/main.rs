//! Frozen at run time and by type.

mod cache;
mod heads;
mod state;
mod tape;
mod types;
mod work;
