//! Frozen at run time and by type.

mod builtin_plans;
mod cache;
mod heads;
mod plans;
mod state;
mod tape;
mod types;
mod work;
