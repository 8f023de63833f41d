//! What hyperparameters must be.

use crate::{Error, Result};

/// 0 or more: learning rates, decays, epsilons.
pub(super) fn not_negative(what: &'static str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::argument(what, format!("{value} makes no sense; use a number of 0 or more")))
}

/// More than 0: limits.
pub(super) fn positive(what: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::argument(what, format!("{value} makes no sense; use a number above 0")))
}

/// In 0..1: rates of moving averages.
pub(crate) fn fraction(what: &'static str, value: f64) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::argument(what, format!("{value} is no rate of a moving average; use a number of 0 or more and below 1")))
}
