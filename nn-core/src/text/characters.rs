//! Characters and their numbers.

use crate::storage::atomic_write;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The characters of a text, numbered from 0 in the order of Unicode. Keras: `StringLookup` over characters.
///
/// An application that uses the network needs the same numbers: [`save`](Self::save) and [`load`](Self::load) them beside the network, or include them in
/// a file of your own (they implement serde's traits, as the string of the characters).
///
/// ```
/// use nn_core::text::Characters;
///
/// let characters = Characters::of("to be or not to be");
/// assert_eq!(characters.len(), 7); // " benort"
/// let tokens = characters.encode("or not")?;
/// assert_eq!(tokens, [4, 5, 0, 3, 4, 6]);
/// assert_eq!(characters.decode(&tokens)?, "or not");
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Characters {
    /// In order, each once.
    sorted: Vec<char>,
}

impl Characters {
    /// The characters that occur in `text`.
    pub fn of(text: &str) -> Self {
        let mut sorted: Vec<char> = text.chars().collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted }
    }

    /// How many there are: the vocabulary of an embedding.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The token of each character of `text`.
    ///
    /// # Errors
    /// [`Error::Data`] with the first character that has none.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let mut tokens = Vec::with_capacity(text.len());
        for (place, character) in text.chars().enumerate() {
            let Ok(token) = self.sorted.binary_search(&character) else {
                let problem = format!(
                    "character {} is {character:?}, which is none of the {} that are known; leave it out, or count it in when the characters are collected",
                    place + 1,
                    self.len()
                );
                return Err(Error::data("Characters::encode", problem));
            };
            // There are fewer than 2^21 characters.
            tokens.push(token as u32);
        }
        Ok(tokens)
    }

    /// The character of each token.
    ///
    /// # Errors
    /// [`Error::Data`] with the first token that stands for none.
    pub fn decode(&self, tokens: &[u32]) -> Result<String> {
        let character = |(place, &token): (usize, &u32)| {
            self.sorted.get(token as usize).copied().ok_or_else(|| {
                let problem = format!("token {} is {token}, but there are {} characters", place + 1, self.len());
                Error::data("Characters::decode", problem)
            })
        };
        tokens.iter().enumerate().map(character).collect()
    }

    /// Writes the characters to a file, as one string of JSON, all or nothing.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        atomic_write(path, |file| Ok(serde_json::to_writer(file, self)?))
    }

    /// Reads a file that [`save`](Self::save) has written.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Format`] if it is no string of JSON.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let json = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
        serde_json::from_slice(&json).map_err(|error| Error::format(path, "characters", error.to_string()))
    }
}

impl From<String> for Characters {
    fn from(text: String) -> Self {
        Self::of(&text)
    }
}

impl From<Characters> for String {
    fn from(characters: Characters) -> Self {
        characters.sorted.into_iter().collect()
    }
}
