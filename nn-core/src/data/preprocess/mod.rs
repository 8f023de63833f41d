//! From tables to samples: encoding, imputing and scaling, fitted on the training part.

mod apply;
mod categories;
mod feature;
mod fit;
mod fitted;
mod number;
mod others;
mod target;

pub use feature::{Feature, Missing, Scale, Unknown};
pub use fitted::Preprocessor;
pub use target::TargetElement;

use super::{Column, Table};
use crate::Result;
use feature::Kind;
use target::Target;

/// Which columns of a table become features and targets, and how; [`fit`](Self::fit) on the training part gives the
/// [`Preprocessor`] that makes samples of any part.
///
/// Features come out in the order in which they are declared: a numeric column gives one value, a categorical one as many as
/// it has categories (one-hot). Numeric columns are standardised unless [`scale`](Self::scale) says otherwise. Missing values
/// are an error unless a rule for them is given.
///
/// ```
/// use nn_core::data::{Missing, Preprocess, Samples, Table};
/// let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/credit/credit.csv.gz");
/// let table = Table::open(file)?;
/// let (train, test) = table.stratified_split("Status", 0.8, 42)?;
///
/// let preprocessor = Preprocess::new()
///     .numeric(["Age", "Income", "Amount"])
///     .categorical(["Home", "Job"])
///     .missing_numbers(Missing::Median)
///     .missing_categories(Missing::Category)
///     .class("Status")
///     .fit(&train)?;
/// assert_eq!(preprocessor.feature_names()[..4], ["Age", "Income", "Amount", "Home=ignore"]);
/// assert_eq!(preprocessor.class_names(), ["bad", "good"]);
///
/// // 3 numbers, 6 kinds of homes and 4 kinds of jobs, each with a category for missing values.
/// let train: Samples<[f32; 15], u32> = preprocessor.samples(&train)?;
/// let test: Samples<[f32; 15], u32> = preprocessor.samples(&test)?;
/// assert_eq!((train.len(), test.len()), (3563, 891));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// The number of features depends on the categories that the training part happens to have; where a rare one may be absent,
/// give them all with [`Feature::categories`].
///
/// The rules are those of scikit-learn's `StandardScaler`, `MinMaxScaler`, `SimpleImputer`, `MissingIndicator` and
/// `OneHotEncoder`; statistics are taken over the values that are present.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Preprocess {
    features: Vec<Feature>,
    others: bool,
    without: Vec<Column>,
    targets: Vec<Target>,
    scale: Scale,
    missing_numbers: Missing,
    missing_categories: Missing,
    unknown: Unknown,
    indicators: bool,
}

impl Preprocess {
    /// No features and no targets yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Columns of numbers, each a feature.
    pub fn numeric(self, columns: impl IntoIterator<Item: Into<Column>>) -> Self {
        columns.into_iter().fold(self, |all, column| all.feature(Feature::numeric(column)))
    }

    /// Columns of categories: each category of the training part is a feature that is 1 or 0.
    pub fn categorical(self, columns: impl IntoIterator<Item: Into<Column>>) -> Self {
        columns.into_iter().fold(self, |all, column| all.feature(Feature::categorical(column)))
    }

    /// Columns of categories that are given as indices instead, by [`Preprocessor::indices`]: for layers that look vectors up.
    pub fn indices(self, columns: impl IntoIterator<Item: Into<Column>>) -> Self {
        columns.into_iter().fold(self, |all, column| all.feature(Feature::indices(column)))
    }

    /// A column with settings of its own.
    pub fn feature(mut self, feature: Feature) -> Self {
        self.features.push(feature);
        self
    }

    /// Every column that is not named otherwise: numeric if all its values in the training part are numbers, else
    /// categorical. A column of numbers that has a few other cells, or numbers with commas, is an error of [`fit`](Self::fit), which
    /// says what such cells can be declared as.
    pub fn others(mut self) -> Self {
        self.others = true;
        self
    }

    /// Columns that [`others`](Self::others) leaves out.
    pub fn without(mut self, columns: impl IntoIterator<Item: Into<Column>>) -> Self {
        self.without.extend(columns.into_iter().map(Into::into));
        self
    }

    /// How numeric columns are scaled.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }

    /// What is done where a number is missing.
    pub fn missing_numbers(mut self, missing: Missing) -> Self {
        self.missing_numbers = missing;
        self
    }

    /// What is done where a category is missing.
    pub fn missing_categories(mut self, missing: Missing) -> Self {
        self.missing_categories = missing;
        self
    }

    /// Adds a feature after each numeric column that is 1 where the value was missing and 0 elsewhere.
    pub fn indicators(mut self) -> Self {
        self.indicators = true;
        self
    }

    /// What is done with a category that the training part does not have.
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// A target that is a number, for regression. Several targets come out in the order in which they are declared.
    pub fn value(self, column: impl Into<Column>) -> Self {
        self.target(Target::Value { column: column.into(), scale: Scale::None })
    }

    /// A target that is a number and is scaled; [`Preprocessor::unscale`] takes predictions back.
    pub fn scaled_value(self, column: impl Into<Column>, scale: Scale) -> Self {
        self.target(Target::Value { column: column.into(), scale })
    }

    /// A target that is a class. Classes are numbered in the order that the file gives, or else sorted.
    pub fn class(self, column: impl Into<Column>) -> Self {
        self.target(Target::Class { column: column.into(), order: None })
    }

    /// A target that is a class, with the classes in a given order.
    pub fn class_in_order(self, column: impl Into<Column>, classes: impl IntoIterator<Item: Into<String>>) -> Self {
        let order = Some(classes.into_iter().map(Into::into).collect());
        self.target(Target::Class { column: column.into(), order })
    }

    /// A target with two values, of which `positive` is 1 and the other 0.
    pub fn binary(self, column: impl Into<Column>, positive: impl Into<String>) -> Self {
        self.target(Target::Binary { column: column.into(), positive: positive.into() })
    }

    fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// Takes categories, statistics and classes from the training part.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if a column is missing, used twice, or of no use;
    /// [`Error::Row`](crate::Error::Row) if a value is missing without a rule for it, or not a number where one is needed;
    /// [`Error::Argument`](crate::Error::Argument) if a rule does not fit a column.
    pub fn fit(&self, table: &Table) -> Result<Preprocessor> {
        fit::fit(self, table)
    }

    /// The features with the settings for all filled in.
    fn settled(&self, feature: &Feature) -> Feature {
        let mut feature = feature.clone();
        let numeric = feature.kind == Kind::Numeric;
        let missing = if numeric { self.missing_numbers } else { self.missing_categories };
        feature.missing.get_or_insert(missing);
        feature.scale.get_or_insert(self.scale);
        feature.unknown.get_or_insert(self.unknown);
        feature.indicator.get_or_insert(self.indicators && numeric);
        feature
    }
}

#[cfg(test)]
mod tests;
