//! What a column that is not declared is taken for.

use crate::data::Table;
use crate::{Error, Result};
use std::collections::HashSet;

/// Columns with fewer different numbers may well be categories with numbers among their names: `2`, `3`, `4`, `5 or more`.
const DIFFERENT: usize = 10;

/// Whether all values of a column are numbers. It is an error if they seem to be meant as numbers and some are not: one-hot, each
/// number would be a category of its own.
pub(super) fn is_numeric(table: &Table, index: usize) -> Result<bool> {
    let (mut numbers, mut different) = (0, HashSet::new());
    let mut others: Vec<usize> = Vec::new();
    for row in 0..table.len() {
        match table.number(row, index) {
            Ok(None) => continue,
            Ok(Some(_)) => numbers += 1,
            Err(_) => others.push(row),
        }
        if others.last() != Some(&row) || table.has_comma(row, index) {
            different.insert(table.cell(row, index));
        }
    }
    let Some(&first) = others.first() else { return Ok(true) };
    let with_comma = others.iter().filter(|&&row| table.has_comma(row, index)).count();
    let (alike, present) = (numbers + with_comma, numbers + others.len());
    let mostly_numbers = alike * 4 >= present * 3 && different.len() >= DIFFERENT;
    if alike < present && !mostly_numbers {
        return Ok(false);
    }
    let Err(error) = table.number(first, index) else { return Ok(false) };
    let advice = match table.cell(first, index) {
        _ if table.has_comma(first, index) => {
            "; if it is a category, declare the column with `categorical`".to_string()
        }
        cell => format!(
            ", but {alike} of {present} values are; if it means a missing value, read the table with `TableOptions::missing([\"\", \
             \"{cell}\"])`, and if it is a category, declare the column with `categorical`"
        ),
    };
    Err(with(error, &advice))
}

/// An error about a cell, with advice behind it.
fn with(error: Error, advice: &str) -> Error {
    match error {
        Error::Row { path, row, column, problem } => Error::Row { path, row, column, problem: problem + advice },
        error => error,
    }
}
