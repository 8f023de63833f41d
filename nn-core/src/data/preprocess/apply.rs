//! From tables to samples.

use super::fitted::{Encoding, Preprocessor};
use super::target::{Goal, Goals, TargetElement};
use crate::data::table::listed;
use crate::data::{Samples, Table};
use crate::{Batch, Error, Result, Sample};

impl Preprocessor {
    /// The features and the targets of every row.
    ///
    /// The types decide what is made: `Samples<[f32; 15], u32>` for class labels, `Samples<[f32; 15], [f32; 1]>` for a number
    /// or a binary target, `Samples<[f32; 15], [f32; 3]>` for three classes one-hot.
    ///
    /// # Errors
    /// As [`features`](Self::features) and [`targets`](Self::targets).
    pub fn samples<X, Y>(&self, table: &Table) -> Result<Samples<X, Y>>
    where
        X: Sample<Element = f32>,
        Y: Sample<Element: TargetElement>,
    {
        Samples::new(self.features::<X>(table)?, self.targets::<Y>(table)?)
    }

    /// The features of every row. The table needs no target, and its columns may have another order. What counted as missing in the training
    /// part does so here, too.
    ///
    /// # Errors
    /// [`Error::Argument`] if the samples have not as many values as there are features, naming them; [`Error::Data`] if a
    /// column is missing; [`Error::Row`] where a value is missing without a rule for it, is not a number where one is needed,
    /// or is an unknown category.
    pub fn features<X: Sample<Element = f32>>(&self, table: &Table) -> Result<Batch<X>> {
        let names = self.feature_names();
        fits::<X>("Preprocessor::features", names.len(), "feature", &names)?;
        let table = &*table.with_missing(&self.parts.missing);
        let mut batch = Batch::<X>::zeroed(table.len());
        let values = batch.flat_mut();
        let mut offset = 0;
        for feature in &self.parts.features {
            match feature {
                Encoding::Number(number) => {
                    number.encode(table, |row, value, missing| {
                        values[row * X::LEN + offset] = value;
                        if number.indicator {
                            values[row * X::LEN + offset + 1] = f32::from(u8::from(missing));
                        }
                    })?;
                    offset += 1 + usize::from(number.indicator);
                }
                Encoding::OneHot(categories) => {
                    categories.encode(table, |row, place| {
                        if let Some(place) = place {
                            values[row * X::LEN + offset + place] = 1.0;
                        }
                    })?;
                    offset += categories.len();
                }
            }
        }
        Ok(batch)
    }

    /// The categories of every row as indices, for the columns declared by
    /// [`Preprocess::indices`](super::Preprocess::indices).
    ///
    /// # Errors
    /// As [`features`](Self::features).
    ///
    /// ```
    /// use nn_core::data::{Preprocess, Table, Unknown};
    /// let train = Table::read("home,job\nrent,cook\nown,smith\n".as_bytes(), "train.csv")?;
    /// let preprocessor = Preprocess::new().indices(["home", "job"]).unknown(Unknown::Ignore).fit(&train)?;
    /// assert_eq!(preprocessor.index_columns(), [("home", 3), ("job", 3)]);
    /// let request = Table::from_rows(["home", "job"], [["own", "pilot"]])?;
    /// assert_eq!(preprocessor.indices::<[u32; 2]>(&request)?[0], [0, 2]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn indices<X: Sample<Element = u32>>(&self, table: &Table) -> Result<Batch<X>> {
        let names: Vec<String> = self.index_columns().iter().map(|(name, _)| name.to_string()).collect();
        fits::<X>("Preprocessor::indices", names.len(), "index column", &names)?;
        let table = &*table.with_missing(&self.parts.missing);
        let mut batch = Batch::<X>::zeroed(table.len());
        let values = batch.flat_mut();
        for (offset, column) in self.parts.indices.iter().enumerate() {
            let unknown = column.len();
            column.encode(table, |row, place| values[row * X::LEN + offset] = place.unwrap_or(unknown) as u32)?;
        }
        Ok(batch)
    }

    /// The targets of every row: class indices for `u32`, everything else for `f32`. See [`samples`](Self::samples).
    ///
    /// # Errors
    /// [`Error::Argument`] if the targets do not fit the type; [`Error::Data`] if a column is missing; [`Error::Row`] where a
    /// target is missing, not a number, or a class that the training part does not have.
    pub fn targets<Y: Sample<Element: TargetElement>>(&self, table: &Table) -> Result<Batch<Y>> {
        const WHAT: &str = "Preprocessor::targets";
        if self.parts.targets.is_empty() {
            let problem = "no target was declared; do so with `Preprocess::value`, `class` or `binary` before `fit`";
            return Err(Error::argument(WHAT, problem));
        }
        let widths: Result<Vec<usize>, String> = self.parts.targets.iter().map(Y::Element::width).collect();
        let widths = widths.map_err(|problem| Error::argument(WHAT, problem))?;
        let names: Vec<String> = self.target_names().into_iter().map(String::from).collect();
        fits::<Y>(WHAT, widths.iter().sum(), "target value", &names)?;
        let table = &*table.with_missing(&self.parts.missing);
        let mut batch = Batch::<Y>::zeroed(table.len());
        let mut offset = 0;
        for (goal, width) in self.parts.targets.iter().zip(widths) {
            Y::Element::write(goal, table, batch.flat_mut(), offset, Y::LEN)?;
            offset += width;
        }
        Ok(batch)
    }

    /// Takes predictions back to the scale that the targets have in the table.
    ///
    /// # Errors
    /// [`Error::Argument`] if the predictions do not fit the targets.
    ///
    /// ```
    /// use nn_core::data::{Preprocess, Scale, Table};
    /// let train = Table::read("x,y\n1,100\n2,300\n".as_bytes(), "train.csv")?;
    /// let preprocessor = Preprocess::new().numeric(["x"]).scaled_value("y", Scale::Standard).fit(&train)?;
    /// let mut y = preprocessor.targets::<[f32; 1]>(&train)?;
    /// assert_eq!(*y, [[-1.0], [1.0]]);
    /// preprocessor.unscale(&mut y)?;
    /// assert_eq!(*y, [[100.0], [300.0]]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn unscale<Y: Sample<Element = f32>>(&self, predictions: &mut [Y]) -> Result<()> {
        let names: Vec<String> = self.target_names().into_iter().map(String::from).collect();
        let width = self.parts.targets.iter().map(Goal::width).sum();
        fits::<Y>("Preprocessor::unscale", width, "target value", &names)?;
        for sample in Y::flat_mut(predictions).chunks_exact_mut(Y::LEN.max(1)) {
            let mut offset = 0;
            for goal in &self.parts.targets {
                if let Goal::Value(number) = goal {
                    sample[offset] = number.unscale(sample[offset]);
                }
                offset += goal.width();
            }
        }
        Ok(())
    }
}

/// That a sample has as many elements as are made.
fn fits<S: Sample>(what: &'static str, made: usize, thing: &str, names: &[String]) -> Result<()> {
    if S::LEN == made {
        return Ok(());
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let problem = format!(
        "samples of shape {} hold {} value{}, but there {} {made} {thing}{} ({})",
        S::SHAPE,
        S::LEN,
        plural(S::LEN),
        if made == 1 { "is" } else { "are" },
        plural(made),
        listed(names)
    );
    Err(Error::argument(what, problem))
}
