//! What is to be predicted.

use super::categories::{Categories, distinct};
use super::number::Number;
use super::{Missing, Scale, Unknown};
use crate::data::Table;
use crate::data::table::{Column, listed};
use crate::{Element, Result};
use serde::{Deserialize, Serialize};

/// A target as it is declared.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Value { column: Column, scale: Scale },
    Class { column: Column, order: Option<Vec<String>> },
    Binary { column: Column, positive: String },
}

/// A target that was fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Goal {
    Value(Number),
    Class(Categories),
    /// Two categories: what is 0 and what is 1.
    Binary(Categories),
}

impl Target {
    pub(super) fn column(&self) -> &Column {
        match self {
            Self::Value { column, .. } | Self::Class { column, .. } | Self::Binary { column, .. } => column,
        }
    }

    pub(super) fn fit(&self, table: &Table, column: (usize, Column)) -> Result<Goal> {
        let index = column.0;
        all_there(table, index)?;
        let classes =
            |order: Option<&[String]>| Categories::fit(table, column.clone(), order, Missing::Error, Unknown::Error);
        match self {
            Self::Value { scale, .. } => Ok(Goal::Value(Number::fit(table, column, *scale, Missing::Error, false)?)),
            Self::Class { order, .. } => {
                let classes = classes(order.as_deref())?;
                // That every row has one of the given classes.
                classes.encode(table, |_, _| {})?;
                Ok(Goal::Class(classes))
            }
            Self::Binary { positive, .. } => {
                let (values, name) = (distinct(table, index), &table.names()[index]);
                let wrong = |problem: String| Err(table.problem(format!("column `{name}`: {problem}")));
                if values.len() != 2 {
                    return wrong(format!(
                        "a binary target has 2 different values, but there are {} ({})",
                        values.len(),
                        listed(&values)
                    ));
                }
                match values.iter().position(|value| value == positive) {
                    None => {
                        wrong(format!("`{positive}` should be the positive value, but there are {}", listed(&values)))
                    }
                    Some(at) => Ok(Goal::Binary(classes(Some(&[values[1 - at].clone(), values[at].clone()]))?)),
                }
            }
        }
    }
}

impl Goal {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Value(number) => &number.name,
            Self::Class(classes) | Self::Binary(classes) => &classes.name,
        }
    }

    fn column(&self) -> &Column {
        match self {
            Self::Value(number) => &number.column,
            Self::Class(classes) | Self::Binary(classes) => &classes.column,
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Value(number) => number.check(),
            Self::Class(classes) => classes.check(),
            Self::Binary(classes) if classes.values.len() == 2 => classes.check(),
            Self::Binary(classes) => Err(format!("the binary target `{}` has not 2 values", classes.name)),
        }
    }

    /// How many elements it takes in a sample of `f32`s.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Class(classes) => classes.values.len(),
            Self::Value(_) | Self::Binary(_) => 1,
        }
    }
}

/// That no target is missing.
fn all_there(table: &Table, column: usize) -> Result<()> {
    match (0..table.len()).find(|&row| table.is_missing(table.cell(row, column))) {
        None => Ok(()),
        Some(row) => {
            let missing = table.is_missing_because(row, column);
            let problem = format!("the target {missing}; leave such rows out with `Table::without_missing`");
            Err(table.wrong(row, Some(column), problem))
        }
    }
}

/// What targets are made of: `u32` for class indices; `f32` for numbers, binary targets (0 or 1) and one-hot classes.
/// There are no others.
pub trait TargetElement: Element + Goals {}
impl TargetElement for u32 {}
impl TargetElement for f32 {}

/// Writing targets of a type of element.
pub trait Goals: Sized {
    /// How many elements a target takes; what is wrong if it cannot be made of this element.
    fn width(goal: &Goal) -> Result<usize, String>;
    /// Writes the target of every row: the first at `offset`, the next `stride` further on.
    fn write(goal: &Goal, table: &Table, to: &mut [Self], offset: usize, stride: usize) -> Result<()>;
}

impl Goals for u32 {
    fn width(goal: &Goal) -> Result<usize, String> {
        match goal {
            Goal::Class(_) | Goal::Binary(_) => Ok(1),
            Goal::Value(number) => {
                Err(format!("`{}` is a number, so it cannot be a class index; take targets of `f32`", number.name))
            }
        }
    }

    fn write(goal: &Goal, table: &Table, to: &mut [u32], offset: usize, stride: usize) -> Result<()> {
        match goal {
            Goal::Class(classes) | Goal::Binary(classes) => {
                all_there(table, table.find_again(&classes.column, &classes.name)?)?;
                classes.encode(table, |row, place| to[row * stride + offset] = place.unwrap_or(0) as u32)
            }
            Goal::Value(_) => Ok(()),
        }
    }
}

impl Goals for f32 {
    fn width(goal: &Goal) -> Result<usize, String> {
        Ok(goal.width())
    }

    fn write(goal: &Goal, table: &Table, to: &mut [f32], offset: usize, stride: usize) -> Result<()> {
        all_there(table, table.find_again(goal.column(), goal.name())?)?;
        match goal {
            Goal::Value(number) => number.encode(table, |row, value, _| to[row * stride + offset] = value),
            Goal::Binary(classes) => {
                classes.encode(table, |row, place| to[row * stride + offset] = place.unwrap_or(0) as f32)
            }
            Goal::Class(classes) => classes.encode(table, |row, place| {
                let one_hot = &mut to[row * stride + offset..][..classes.values.len()];
                one_hot.fill(0.0);
                if let Some(place) = place {
                    one_hot[place] = 1.0;
                }
            }),
        }
    }
}
