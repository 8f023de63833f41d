//! What a column becomes.

use crate::data::Column;
use serde::{Deserialize, Serialize};

/// How numbers are scaled, with statistics of the training part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Not at all.
    None,
    /// (x − mean) / standard deviation (of the population); a constant column becomes 0.
    #[default]
    Standard,
    /// (x − min) / (max − min); a constant column becomes 0. Other parts may have values outside of 0..=1.
    MinMax,
}

/// What is done where a value is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// An error that names the row.
    #[default]
    Error,
    /// The mean of the training part takes its place (numbers).
    Mean,
    /// The median of the training part takes its place (numbers).
    Median,
    /// The most frequent value of the training part takes its place; of equally frequent ones the first in order.
    MostFrequent,
    /// Missing is a category of its own (categories).
    Category,
}

/// What is done with a category that the training part does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unknown {
    /// An error that names the row.
    #[default]
    Error,
    /// All features of the column are 0; an index is one more than the last category's.
    Ignore,
}

/// A column with settings of its own; what is not set is as [`Preprocess`](super::Preprocess) says.
///
/// ```
/// use nn_core::data::{Feature, Missing, Preprocess, Scale, Table};
/// let table = Table::read("size,weight\nS,1\nL,\nM,3\n".as_bytes(), "shirts.csv")?;
/// let preprocessor = Preprocess::new()
///     .feature(Feature::categorical("size").categories(["S", "M", "L"]))
///     .feature(Feature::numeric("weight").scale(Scale::MinMax).missing(Missing::Mean).indicator())
///     .fit(&table)?;
/// assert_eq!(preprocessor.feature_names(), ["size=S", "size=M", "size=L", "weight", "weight missing"]);
/// let features = preprocessor.features::<[f32; 5]>(&table)?;
/// assert_eq!(features[1], [0.0, 0.0, 1.0, 0.5, 1.0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Feature {
    pub(super) column: Column,
    pub(super) kind: Kind,
    pub(super) scale: Option<Scale>,
    pub(super) missing: Option<Missing>,
    pub(super) unknown: Option<Unknown>,
    pub(super) indicator: Option<bool>,
    pub(super) categories: Option<Vec<String>>,
}

/// What a column gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value.
    Numeric,
    /// A value for each category.
    OneHot,
    /// An index.
    Indices,
}

impl Feature {
    fn new(column: Column, kind: Kind) -> Self {
        Self { column, kind, scale: None, missing: None, unknown: None, indicator: None, categories: None }
    }

    /// A column of numbers.
    pub fn numeric(column: impl Into<Column>) -> Self {
        Self::new(column.into(), Kind::Numeric)
    }

    /// A column of categories, one-hot.
    pub fn categorical(column: impl Into<Column>) -> Self {
        Self::new(column.into(), Kind::OneHot)
    }

    /// A column of categories, as indices.
    pub fn indices(column: impl Into<Column>) -> Self {
        Self::new(column.into(), Kind::Indices)
    }

    /// How the numbers are scaled.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// What is done where a value is missing.
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = Some(missing);
        self
    }

    /// What is done with a category that the training part does not have.
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = Some(unknown);
        self
    }

    /// Adds a feature that is 1 where the value was missing.
    pub fn indicator(mut self) -> Self {
        self.indicator = Some(true);
        self
    }

    /// The categories and their order, instead of those of the training part, sorted.
    pub fn categories(mut self, categories: impl IntoIterator<Item: Into<String>>) -> Self {
        self.categories = Some(categories.into_iter().map(Into::into).collect());
        self
    }
}
