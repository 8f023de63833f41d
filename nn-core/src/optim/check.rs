//! What hyperparameters must be. Kernels compute with most of them as `f32`, so that this is what is checked; of the rates of moving averages they take
//! what is left to 1 as `f64`.

use crate::{Error, Result};

/// 0 or more: learning rates, decays, epsilons.
pub(super) fn not_negative(what: &'static str, value: f64) -> Result<()> {
    if value >= 0.0 && (value as f32).is_finite() {
        return Ok(());
    }
    let problem = if value > 0.0 && value.is_finite() {
        format!("{value:e} is too large for an `f32`; use a smaller number")
    } else {
        format!("{value} makes no sense; use a number of 0 or more")
    };
    Err(Error::argument(what, problem))
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

/// What is added to a denominator: without it, a gradient of 0 is divided by 0.
pub(super) fn epsilon(what: &'static str, value: f64) -> Result<()> {
    not_negative(what, value)?;
    if value as f32 > 0.0 {
        return Ok(());
    }
    Err(Error::argument(
        what,
        format!("{value:e} is 0 as an `f32`, and would divide a gradient of 0 by 0; use a number such as 1e-8"),
    ))
}
