//! A preprocessor that was fitted, and its file.

use super::categories::Categories;
use super::number::Number;
use super::target::Goal;
use crate::storage::atomic_write;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Makes samples of tables, with the categories and statistics that [`Preprocess::fit`](super::Preprocess::fit) has found in
/// the training part.
///
/// An application that uses the network needs it too: [`save`](Self::save) and [`load`](Self::load) it beside the
/// network, or include it in a file of your own (it implements serde's traits).
///
/// ```
/// use nn_core::data::{Preprocess, Preprocessor, Table};
/// let train = Table::read("age,home\n20,rent\n40,own\n".as_bytes(), "train.csv")?;
/// let fitted = Preprocess::new().numeric(["age"]).categorical(["home"]).fit(&train)?;
/// let json = fitted.to_json();
///
/// // In the application:
/// let preprocessor = Preprocessor::from_json(&json)?;
/// let request = Table::from_rows(["home", "age"], [["rent", "40"]])?;
/// let features = preprocessor.features::<[f32; 3]>(&request)?;
/// assert_eq!(features[0], [1.0, 0.0, 1.0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Preprocessor {
    pub(super) parts: Parts,
}

/// What a preprocessor consists of, as it stands in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    /// The version of this form.
    version: u32,
    pub(super) features: Vec<Encoding>,
    pub(super) indices: Vec<Categories>,
    pub(super) targets: Vec<Goal>,
    /// The texts that meant a missing value in the training part; files of before have none.
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

/// What a column gives to the features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Encoding {
    Number(Number),
    OneHot(Categories),
}

impl Parts {
    /// Nothing yet, for tables in which `missing` mean a missing value.
    pub(super) fn new(missing: &[String]) -> Self {
        Self { version: 1, features: Vec::new(), indices: Vec::new(), targets: Vec::new(), missing: missing.to_vec() }
    }

    pub(super) fn add_number(&mut self, number: Number) {
        self.features.push(Encoding::Number(number));
    }

    pub(super) fn add_categories(&mut self, categories: Categories, as_index: bool) {
        if as_index {
            self.indices.push(categories);
        } else {
            self.features.push(Encoding::OneHot(categories));
        }
    }
}

impl TryFrom<Parts> for Preprocessor {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        if parts.version != 1 {
            return Err(format!("it has version {}, but this program knows version 1", parts.version));
        }
        for feature in &parts.features {
            match feature {
                Encoding::Number(number) => number.check()?,
                Encoding::OneHot(categories) => categories.check()?,
            }
        }
        parts.indices.iter().try_for_each(Categories::check)?;
        parts.targets.iter().try_for_each(Goal::check)?;
        Ok(Self { parts })
    }
}

impl From<Preprocessor> for Parts {
    fn from(preprocessor: Preprocessor) -> Self {
        preprocessor.parts
    }
}

impl Preprocessor {
    pub(super) fn of(parts: Parts) -> Self {
        Self { parts }
    }

    /// The names of the features in their order: `Age`, `Age missing`, `Home=rent`.
    pub fn feature_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for feature in &self.parts.features {
            match feature {
                Encoding::Number(number) => names.extend(number.feature_names()),
                Encoding::OneHot(categories) => names.extend(categories.feature_names()),
            }
        }
        names
    }

    /// The names of the columns that are given as indices, and how many different indices each has: how many vectors a layer that looks them up needs.
    pub fn index_columns(&self) -> Vec<(&str, usize)> {
        self.parts.indices.iter().map(|column| (column.name.as_str(), column.indices())).collect()
    }

    /// The names of the classes of the first target that has classes, in the order of their indices; empty if none has.
    pub fn class_names(&self) -> &[String] {
        let classes = self.parts.targets.iter().find_map(|target| match target {
            Goal::Class(classes) | Goal::Binary(classes) => Some(&classes.values[..]),
            Goal::Value(_) => None,
        });
        classes.unwrap_or_default()
    }

    /// The names of the targets' columns.
    pub fn target_names(&self) -> Vec<&str> {
        self.parts.targets.iter().map(Goal::name).collect()
    }

    /// The preprocessor as JSON.
    pub fn to_json(&self) -> String {
        // Strings, finite numbers and lists always have a form in JSON.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// A preprocessor from its JSON.
    ///
    /// # Errors
    /// [`Error::Data`] if it is no JSON of a preprocessor, or contradicts itself.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| Error::data("Preprocessor::from_json", error))
    }

    /// Writes the JSON to a file, all or nothing.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        atomic_write(path, |file| writeln!(file, "{}", self.to_json()))
    }

    /// Reads a file that [`save`](Self::save) has written.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Format`] if it is no preprocessor.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let json = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
        serde_json::from_slice(&json).map_err(|error| Error::format(path, "preprocessor", error.to_string()))
    }
}
