//! Fitting on the training part.

use super::categories::Categories;
use super::feature::{Feature, Kind};
use super::fitted::{Parts, Preprocessor};
use super::number::Number;
use super::others::is_numeric;
use super::{Missing, Preprocess};
use crate::Result;
use crate::data::Table;
use crate::data::table::Column;

/// A column's index, and how it will be found in other tables.
type Found = (usize, Column);

pub(super) fn fit(plan: &Preprocess, table: &Table) -> Result<Preprocessor> {
    if table.is_empty() {
        return Err(table.problem("there are no rows to fit a preprocessor on"));
    }
    let mut targets: Vec<usize> = Vec::new();
    let mut parts = Parts::new(table.missing_texts());
    for target in &plan.targets {
        let column = found(table, target.column())?;
        if targets.contains(&column.0) {
            return Err(table.problem(format!("column `{}` is declared as a target twice", table.names()[column.0])));
        }
        targets.push(column.0);
        parts.targets.push(target.fit(table, column)?);
    }

    let mut used: Vec<(usize, Kind)> = Vec::new();
    for feature in &plan.features {
        let column = found(table, &feature.column)?;
        let name = &table.names()[column.0];
        if targets.contains(&column.0) {
            return Err(table.problem(format!("column `{name}` is both a feature and a target")));
        }
        if used.contains(&(column.0, feature.kind)) {
            return Err(table.problem(format!("column `{name}` is declared as a feature twice")));
        }
        used.push((column.0, feature.kind));
        parts.add(plan, feature, table, column)?;
    }
    if plan.others {
        let mut left_out = targets;
        left_out.extend(used.iter().map(|(index, _)| *index));
        for column in &plan.without {
            left_out.push(table.find(column)?);
        }
        for index in (0..table.names().len()).filter(|index| !left_out.contains(index)) {
            let feature = if is_numeric(table, index)? { Feature::numeric(index) } else { Feature::categorical(index) };
            parts.add(plan, &feature, table, found(table, &feature.column)?)?;
        }
    }
    Ok(Preprocessor::of(parts))
}

/// Looks a column up. It is remembered by name where its name is the only one, since other tables may have other orders.
fn found(table: &Table, column: &Column) -> Result<Found> {
    let index = table.find(column)?;
    let name = Column::Name(table.names()[index].clone());
    let column = if table.find(&name).is_ok() { name } else { Column::Index(index) };
    Ok((index, column))
}

impl Parts {
    /// Fits a feature and adds it.
    fn add(&mut self, plan: &Preprocess, feature: &Feature, table: &Table, column: Found) -> Result<()> {
        let settled = plan.settled(feature);
        let missing = settled.missing.unwrap_or_default();
        let indicator = settled.indicator.unwrap_or_default();
        match settled.kind {
            Kind::Numeric => {
                let scale = settled.scale.unwrap_or_default();
                self.add_number(Number::fit(table, column, scale, missing, indicator)?);
            }
            Kind::OneHot | Kind::Indices => {
                let index = column.0;
                let unknown = settled.unknown.unwrap_or_default();
                let categories = Categories::fit(table, column, settled.categories.as_deref(), missing, unknown)?;
                if missing == Missing::Error || settled.categories.is_some() {
                    // Says now, not first in use, which rows of the training part are missing or not among the given.
                    categories.encode(table, |_, _| {})?;
                }
                if indicator {
                    let name = &table.names()[index];
                    let problem = "an indicator is for numbers; for categories use `Missing::Category`";
                    return Err(table.problem(format!("column `{name}`: {problem}")));
                }
                self.add_categories(categories, settled.kind == Kind::Indices);
            }
        }
        Ok(())
    }
}
