//! A column of numbers.

use super::{Missing, Scale};
use crate::data::Table;
use crate::data::table::Column;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the numbers of a column are scaled, and what stands in for missing ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    pub(super) column: Column,
    pub(super) name: String,
    shift: f64,
    scale: f64,
    fill: Option<f64>,
    pub(super) indicator: bool,
}

impl Number {
    /// Statistics of the numbers that a column has.
    pub(super) fn fit(
        table: &Table,
        column: (usize, Column),
        scale: Scale,
        missing: Missing,
        indicator: bool,
    ) -> Result<Self> {
        let (index, column) = column;
        let name = table.names()[index].clone();
        let mut values = Vec::with_capacity(table.len());
        let mut gap = None;
        for row in 0..table.len() {
            match table.number(row, index)? {
                Some(value) => values.push(value),
                None => gap = gap.or(Some(row)),
            }
        }
        if values.is_empty() {
            let problem = "every value is missing; leave the column out (`Preprocess::without`, if `others` takes it)";
            return Err(table.problem(format!("column `{name}`: {problem}")));
        }
        if let Some(row) = gap.filter(|_| missing == Missing::Error) {
            return Err(missing_number(table, row, index));
        }
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        // Of a column of one value the mean is that value, which a sum would miss by its rounding.
        let (least, most) = (values[0], values[values.len() - 1]);
        let mean = || if least == most { least } else { values.iter().map(|value| value / count).sum::<f64>() };
        let (shift, spread) = match scale {
            Scale::None => (0.0, 1.0),
            Scale::Standard => {
                let mean = mean();
                (mean, values.iter().map(|value| (value - mean).powi(2) / count).sum::<f64>().sqrt())
            }
            Scale::MinMax => (least, most - least),
        };
        if !(shift.is_finite() && spread.is_finite()) {
            return Err(table.problem(format!("column `{name}`: the values are too large to be scaled")));
        }
        // A column whose values differ by rounding errors only is constant; of a mean there is one in each value (scikit-learn's bound).
        let errors = if scale == Scale::Standard { count } else { 1.0 };
        let constant = spread <= f64::EPSILON * errors * least.abs().max(most.abs());
        let fill = match missing {
            Missing::Error => None,
            Missing::Mean => Some(mean()),
            Missing::Median => Some(median(&values)),
            Missing::MostFrequent => Some(most_frequent(&values)),
            Missing::Category => {
                let problem = format!(
                    "column `{name}` holds numbers, for which missing is no category; take `Mean`, `Median` or \
                     `MostFrequent`, with an indicator if wanted"
                );
                return Err(Error::argument("Preprocess::missing_numbers", problem));
            }
        };
        Ok(Self { column, name, shift, scale: if constant { 1.0 } else { spread }, fill, indicator })
    }

    /// Calls `each` with every row, its scaled number, and whether it was missing.
    pub(super) fn encode(&self, table: &Table, mut each: impl FnMut(usize, f32, bool)) -> Result<()> {
        let index = table.find_again(&self.column, &self.name)?;
        for row in 0..table.len() {
            let found = table.number(row, index)?;
            let Some(value) = found.or(self.fill) else { return Err(missing_number(table, row, index)) };
            let scaled = ((value - self.shift) / self.scale) as f32;
            if !scaled.is_finite() {
                return Err(table.wrong(row, Some(index), format!("`{value}` is too large for an `f32` when scaled")));
            }
            each(row, scaled, found.is_none());
        }
        Ok(())
    }

    /// The number that was scaled to `scaled`.
    pub(super) fn unscale(&self, scaled: f32) -> f32 {
        (f64::from(scaled) * self.scale + self.shift) as f32
    }

    /// The names of the features.
    pub(super) fn feature_names(&self) -> impl Iterator<Item = String> {
        let indicator = self.indicator.then(|| format!("{} missing", self.name));
        [self.name.clone()].into_iter().chain(indicator)
    }

    /// What is wrong with numbers that were read from a file.
    pub(super) fn check(&self) -> Result<(), String> {
        let finite = self.shift.is_finite() && self.scale.is_finite() && self.fill.is_none_or(f64::is_finite);
        if finite && self.scale != 0.0 {
            return Ok(());
        }
        Err(format!("the scale of column `{}` makes no sense", self.name))
    }
}

fn missing_number(table: &Table, row: usize, column: usize) -> Error {
    let problem = format!(
        "the value {}; say what to do with `Preprocess::missing_numbers`, or leave such rows out with `Table::without_missing`",
        table.is_missing_because(row, column)
    );
    table.wrong(row, Some(column), problem)
}

/// The median of sorted numbers.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { sorted[middle - 1] / 2.0 + sorted[middle] / 2.0 } else { sorted[middle] }
}

/// The longest run in sorted numbers; the first of equally long ones.
fn most_frequent(sorted: &[f64]) -> f64 {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.rev().max_by_key(|run| run.len()).map_or(0.0, |run| run[0])
}
