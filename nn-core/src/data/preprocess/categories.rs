//! A column with few different texts.

use super::{Missing, Unknown};
use crate::data::Table;
use crate::data::table::{Column, unknown};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// The categories of a column, and what is done with other cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Categories {
    pub(super) column: Column,
    pub(super) name: String,
    pub(super) values: Vec<String>,
    pub(super) missing: IfMissing,
    pub(super) unknown: Unknown,
}

/// What a missing cell counts as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IfMissing {
    Error,
    /// One of the categories.
    Value(usize),
    /// A category after all others.
    Own,
}

/// The name of the category for missing cells.
const OWN: &str = "(missing)";

impl Categories {
    /// The categories of a column, in a given order or as the column has them.
    pub(super) fn fit(
        table: &Table,
        column: (usize, Column),
        order: Option<&[String]>,
        missing: Missing,
        unknown: Unknown,
    ) -> Result<Self> {
        let (index, column) = column;
        let name = table.names()[index].clone();
        let values = match order.or_else(|| table.order(index)) {
            Some(order) => order.to_vec(),
            None => distinct(table, index),
        };
        let wrong = |problem: String| Err(table.problem(format!("column `{name}`: {problem}")));
        if values.is_empty() {
            return wrong("every value is missing, so there are no categories".into());
        }
        let mut seen = HashSet::new();
        if let Some(twice) = values.iter().find(|value| !seen.insert(value.as_str())) {
            return wrong(format!("category `{twice}` is given twice"));
        }
        let mut categories = Self { column, name, values, missing: IfMissing::Error, unknown };
        categories.missing = match missing {
            Missing::Error => IfMissing::Error,
            Missing::Category => IfMissing::Own,
            Missing::MostFrequent => IfMissing::Value(categories.most_frequent(table, index)),
            Missing::Mean | Missing::Median => {
                let problem = format!(
                    "column `{}` holds categories, which have no mean or median; take `MostFrequent` or `Category`",
                    categories.name
                );
                return Err(Error::argument("Preprocess::missing_categories", problem));
            }
        };
        Ok(categories)
    }

    /// The category that most cells have; the first of equally frequent ones.
    fn most_frequent(&self, table: &Table, index: usize) -> usize {
        let places = Places::new(&self.values, table);
        let mut counts = vec![0_usize; self.values.len()];
        for row in 0..table.len() {
            if let Some(place) = places.get(table.cell(row, index)) {
                counts[place] += 1;
            }
        }
        // Reversed, because `max_by_key` gives the last of equals.
        (0..counts.len()).rev().max_by_key(|&place| counts[place]).unwrap_or(0)
    }

    /// Calls `each` with every row and its category; `None` for an unknown one that is to be ignored.
    pub(super) fn encode(&self, table: &Table, mut each: impl FnMut(usize, Option<usize>)) -> Result<()> {
        let index = table.find_again(&self.column, &self.name)?;
        let places = Places::new(&self.values, table);
        for row in 0..table.len() {
            let cell = table.cell(row, index);
            let place = match (places.get(cell), &self.missing) {
                (Some(place), _) => Some(place),
                (None, missing) if table.is_missing(cell) => match missing {
                    IfMissing::Value(place) => Some(*place),
                    IfMissing::Own => Some(self.values.len()),
                    IfMissing::Error => {
                        let problem = format!(
                            "the value {}; say what to do with `Preprocess::missing_categories`, or leave such rows out with \
                             `Table::without_missing`",
                            table.is_missing_because(row, index)
                        );
                        return Err(table.wrong(row, Some(index), problem));
                    }
                },
                (None, _) if self.unknown == Unknown::Ignore => None,
                (None, _) => {
                    let problem = unknown("category", "categories", cell, &self.values);
                    return Err(table.wrong(row, Some(index), problem));
                }
            };
            each(row, place);
        }
        Ok(())
    }

    /// The number of categories, with that for missing cells.
    pub(super) fn len(&self) -> usize {
        self.values.len() + usize::from(self.missing == IfMissing::Own)
    }

    /// The number of different indices, with that for unknown categories.
    pub(super) fn indices(&self) -> usize {
        self.len() + usize::from(self.unknown == Unknown::Ignore)
    }

    /// The names of the features.
    pub(super) fn feature_names(&self) -> impl Iterator<Item = String> {
        let own = (self.missing == IfMissing::Own).then_some(OWN);
        self.values.iter().map(String::as_str).chain(own).map(|value| format!("{}={value}", self.name))
    }

    /// What is wrong with categories that were read from a file.
    pub(super) fn check(&self) -> Result<(), String> {
        let valid = match self.missing {
            IfMissing::Value(place) => place < self.values.len(),
            _ => true,
        };
        if self.values.is_empty() || self.values.iter().collect::<HashSet<_>>().len() < self.values.len() || !valid {
            return Err(format!("the categories of column `{}` contradict each other", self.name));
        }
        Ok(())
    }
}

/// Where categories stand, by their texts, and by their numbers if all are numbers: a column with gaps is often written with `1.0`
/// for `1`.
struct Places<'a> {
    table: &'a Table,
    texts: HashMap<&'a str, usize>,
    /// By the bits; `None` for a number that several categories have.
    numbers: HashMap<u64, Option<usize>>,
}

impl<'a> Places<'a> {
    fn new(values: &'a [String], table: &'a Table) -> Self {
        let mut numbers = HashMap::new();
        for (place, value) in values.iter().enumerate() {
            let Some(number) = Self::number(table, value) else {
                numbers.clear();
                break;
            };
            numbers.entry(number).and_modify(|place| *place = None).or_insert(Some(place));
        }
        let texts = values.iter().enumerate().map(|(place, value)| (value.as_str(), place)).collect();
        Self { table, texts, numbers }
    }

    fn get(&self, cell: &str) -> Option<usize> {
        let text = self.texts.get(cell).copied();
        if text.is_some() || self.numbers.is_empty() || self.table.is_missing(cell) {
            return text;
        }
        *self.numbers.get(&Self::number(self.table, cell)?)?
    }

    /// The bits of a number, with one zero. Larger ones may be identifiers that differ by less than rounding.
    fn number(table: &Table, text: &str) -> Option<u64> {
        const EXACT: f64 = (1_u64 << 53) as f64;
        table.parse(text).filter(|number| number.abs() < EXACT).map(|number| (number + 0.0).to_bits())
    }
}

/// The different values of a column that are not missing: by size if all are numbers, else by letters.
pub(super) fn distinct(table: &Table, index: usize) -> Vec<String> {
    let cells = (0..table.len()).map(|row| table.cell(row, index));
    let mut values: Vec<&str> = cells.filter(|cell| !table.is_missing(cell)).collect();
    values.sort_unstable();
    values.dedup();
    let numbers: Option<Vec<f64>> = values.iter().map(|value| table.parse(value)).collect();
    match numbers {
        Some(numbers) => {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
            order.into_iter().map(|at| values[at].to_string()).collect()
        }
        None => values.into_iter().map(String::from).collect(),
    }
}
