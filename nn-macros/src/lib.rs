//! The network! macro of the nn library.
