//! The one argument of small examples.

use clap::Parser;

/// The options of an example that only takes a seed.
#[derive(Parser)]
struct Options {
    /// What the initial weights and the order of the samples are drawn from.
    seed: Option<u64>,
}

/// The seed that was given, or `default`. Ends the program with a message where something else was.
pub fn or(default: u64) -> u64 {
    Options::parse().seed.unwrap_or(default)
}
