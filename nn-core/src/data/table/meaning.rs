//! What the texts of cells mean.

/// Which texts mean a missing value.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) missing: Vec<String>,
}

impl Default for Meaning {
    fn default() -> Self {
        Self { missing: ["", "NA", "?", "NaN", "nan"].map(String::from).to_vec() }
    }
}

impl Meaning {
    pub(super) fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing == cell)
    }

    /// The number in a cell; `None` if it is missing.
    pub(super) fn number(&self, cell: &str) -> Result<Option<f64>, String> {
        if self.is_missing(cell) {
            return Ok(None);
        }
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            Ok(_) => Err(format!("`{cell}` is not a finite number")),
            Err(_) => Err(format!("`{cell}` is not a number")),
        }
    }
}
