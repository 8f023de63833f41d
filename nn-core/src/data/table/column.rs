//! How a column is chosen.

use crate::storage::nearest::nearest;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A column of a [`Table`](super::Table), by name or by index (counted from 0). Strings and integers convert into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// The column with this name.
    Name(String),
    /// The column at this place, counted from 0.
    Index(usize),
}

impl Column {
    /// The index of the column among `names`, or what is wrong.
    pub(super) fn find(&self, names: &[String]) -> Result<usize, String> {
        match self {
            Self::Index(index) if *index < names.len() => Ok(*index),
            Self::Index(index) => match names.len() {
                0 => Err("there are no columns".into()),
                count => Err(format!("there is no column {index}; the columns are 0..={}", count - 1)),
            },
            Self::Name(name) => {
                let mut found = (0..names.len()).filter(|&index| names[index] == *name);
                match (found.next(), found.next()) {
                    (Some(index), None) => Ok(index),
                    (Some(a), Some(b)) => {
                        Err(format!("columns {a} and {b} are both called `{name}`; choose by index, counted from 0"))
                    }
                    (None, _) => Err(unknown("column", "columns", name, names)),
                }
            }
        }
    }
}

/// That there is no such thing, what was probably meant, and what there is.
pub(in crate::data) fn unknown(thing: &str, things: &str, name: &str, names: &[String]) -> String {
    let same_letters = names.iter().map(String::as_str).find(|other| other.eq_ignore_ascii_case(name));
    let meant = same_letters.or_else(|| nearest(name, names.iter().map(String::as_str)));
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    format!("there is no {thing} `{name}`{meant} (the {things} are {})", listed(names))
}

/// Names in a message: all of them, unless they are very many.
pub(in crate::data) fn listed(names: &[String]) -> String {
    const MOST: usize = 40;
    let mut list = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        list += &format!(" and {} more", names.len() - MOST);
    }
    list
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<&String> for Column {
    fn from(name: &String) -> Self {
        Self::Name(name.clone())
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<usize> for Column {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl From<&Column> for Column {
    fn from(column: &Column) -> Self {
        column.clone()
    }
}
