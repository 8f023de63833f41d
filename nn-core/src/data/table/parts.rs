//! Parts of a table: some of its rows.

use super::{Column, Table};
use crate::Result;
use crate::data::samples::check_indices;
use crate::data::split;

impl Table {
    /// The rows at `indices`, in that order.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if an index is out of range.
    pub fn rows(&self, indices: &[usize]) -> Result<Self> {
        check_indices("Table::rows", indices, self.len())?;
        let rows = indices.iter().map(|&index| self.rows[index]).collect();
        Ok(Self { text: self.text.clone(), meaning: self.meaning.clone(), rows })
    }

    /// The rows that have a value in each of `columns`.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if there is no such column.
    pub fn without_missing(&self, columns: impl IntoIterator<Item: Into<Column>>) -> Result<Self> {
        let columns: Result<Vec<usize>> = columns.into_iter().map(|column| self.find(&column.into())).collect();
        let columns = columns?;
        let whole = |row: &usize| columns.iter().all(|&column| !self.is_missing(self.cell(*row, column)));
        self.rows(&(0..self.len()).filter(whole).collect::<Vec<_>>())
    }

    /// Two parts chosen at random: the first has `fraction` of the rows.
    ///
    /// # Errors
    /// As [`split`](crate::data::split()).
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        let (first, second) = split::split(self.len_to_divide()?, fraction, seed)?;
        Ok((self.rows(&first)?, self.rows(&second)?))
    }

    /// As [`split`](Self::split), with the rows of each value of a column divided as the whole is (within one row).
    ///
    /// # Errors
    /// As [`split`](crate::data::split()); [`Error::Data`](crate::Error::Data) if there is no such column.
    pub fn stratified_split(&self, column: impl Into<Column>, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        let (first, second) = split::stratified_split(&self.strata(column)?, fraction, seed)?;
        Ok((self.rows(&first)?, self.rows(&second)?))
    }

    /// `k` pairs of a training and a validation part.
    ///
    /// # Errors
    /// As [`k_fold`](crate::data::k_fold()).
    pub fn k_fold(&self, k: usize, seed: u64) -> Result<Vec<(Self, Self)>> {
        let folds = split::k_fold(self.len_to_divide()?, k, seed)?;
        folds.into_iter().map(|(train, validation)| Ok((self.rows(&train)?, self.rows(&validation)?))).collect()
    }

    /// As [`k_fold`](Self::k_fold), with the rows of each value of a column spread evenly.
    ///
    /// # Errors
    /// As [`k_fold`](crate::data::k_fold()); [`Error::Data`](crate::Error::Data) if there is no such column.
    pub fn stratified_k_fold(&self, column: impl Into<Column>, k: usize, seed: u64) -> Result<Vec<(Self, Self)>> {
        let folds = split::stratified_k_fold(&self.strata(column)?, k, seed)?;
        folds.into_iter().map(|(train, validation)| Ok((self.rows(&train)?, self.rows(&validation)?))).collect()
    }

    /// The cells of a column as numbers that are equal where the cells are.
    fn strata(&self, column: impl Into<Column>) -> Result<Vec<u32>> {
        self.len_to_divide()?;
        let cells = self.column(column)?;
        let mut values = cells.clone();
        values.sort_unstable();
        values.dedup();
        Ok(cells.iter().map(|cell| values.partition_point(|value| value < cell) as u32).collect())
    }

    /// The number of rows, of which there must be some.
    fn len_to_divide(&self) -> Result<usize> {
        if self.is_empty() {
            Err(self.problem("there are no rows behind the names of the columns"))
        } else {
            Ok(self.len())
        }
    }
}
