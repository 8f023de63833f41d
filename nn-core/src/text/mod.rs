//! Text as tokens: numbering it, learning what comes next, and writing on.
//!
//! | what | where |
//! |---|---|
//! | a token for each character | [`Characters`] |
//! | windows of a long text with the tokens that follow | [`NextToken`] |
//! | a text that a network goes on with | [`Generator`], [`Sampling`] |
//!
//! Tokens are `u32`s below the vocabulary of an [`Embedding`](crate::layers::Embedding). A tokenizer of another library (the crate `tokenizers`, for
//! one) gives such numbers too; everything here but [`Characters`] takes them from anywhere.

mod characters;
mod generator;
mod next_token;
#[cfg(test)]
mod tests;

pub use characters::Characters;
pub use generator::{Generator, Sampling};
pub use next_token::NextToken;
