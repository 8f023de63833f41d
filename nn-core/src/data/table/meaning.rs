//! What the texts of cells mean.

use crate::{Error, Result};

/// Which texts mean a missing value, and how numbers are written.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) missing: Vec<String>,
    pub(super) decimal: char,
}

/// What pandas takes for missing, and `?`.
const MISSING: [&str; 20] = [
    "", "NA", "?", "NaN", "nan", "-NaN", "-nan", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null",
    "None", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
];

/// What is written where a comma is in a number.
const COMMA: &str =
    "if its comma is a decimal one, read the table with `TableOptions::decimal(',')`, else write it without";

impl Default for Meaning {
    fn default() -> Self {
        Self { missing: MISSING.map(String::from).to_vec(), decimal: '.' }
    }
}

impl Meaning {
    /// What is wrong with the decimal sign.
    pub(super) fn check(&self) -> Result<()> {
        let sign = self.decimal;
        if sign.is_alphanumeric() || sign.is_whitespace() || matches!(sign, '+' | '-' | '"') {
            let problem =
                format!("{sign:?} cannot be used; it stands for something else in numbers. Write ',', for instance");
            return Err(Error::argument("TableOptions::decimal", problem));
        }
        Ok(())
    }

    pub(super) fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing == cell)
    }

    /// The number in a cell; `None` if it is missing.
    pub(super) fn number(&self, cell: &str) -> Result<Option<f64>, String> {
        if self.is_missing(cell) {
            return Ok(None);
        }
        match self.parse(cell) {
            Some(number) if number.is_finite() => Ok(Some(number)),
            Some(_) => Err(format!("`{cell}` is not a finite number")),
            None if self.has_comma(cell) => Err(format!("`{cell}` is not a number; {COMMA}")),
            None if self.decimal != '.' && cell.parse::<f64>().is_ok() => {
                let sign = self.decimal;
                Err(format!("`{cell}` is not a number where the decimal sign is `{sign}` (`TableOptions::decimal`)"))
            }
            None => Err(format!("`{cell}` is not a number")),
        }
    }

    /// Whether a cell would be a number with another meaning of its commas: `1,5` or `1,000.5`.
    pub(super) fn has_comma(&self, cell: &str) -> bool {
        if self.decimal != '.' || !cell.contains(',') {
            return false;
        }
        let parses = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
        let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
        let mut groups = whole.split(',');
        let first = groups.next().unwrap_or_default().trim_start_matches(['-', '+']);
        let thousands =
            (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3) && !fraction.contains(',');
        match thousands {
            true => parses(&cell.replace(',', "")),
            false => parses(&cell.replacen(',', ".", 1)),
        }
    }

    pub(super) fn parse(&self, cell: &str) -> Option<f64> {
        match self.decimal {
            '.' => cell.parse().ok(),
            _ if cell.contains('.') => None,
            decimal => cell.replacen(decimal, ".", 1).parse().ok(),
        }
    }
}
