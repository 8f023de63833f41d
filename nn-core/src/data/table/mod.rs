//! Tables of text: CSV, TSV and their relatives.

mod column;
mod delimiter;
mod options;
mod place;
mod read;

pub use column::Column;
pub(super) use column::{listed, unknown};
pub use options::TableOptions;

use super::split;
use crate::{Error, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A table of text with named columns, read from CSV, TSV or something similar, plain or gzip.
///
/// Cells stay text; [`Preprocess`](super::Preprocess) makes samples of them. Parts of a table (from
/// [`split`](Self::split), [`rows`](Self::rows), …) share the text, and know the lines in the file that their rows come from.
///
/// ```
/// use nn_core::data::Table;
/// let file = "\
/// city;height;coastal
/// Bergen;12;yes
/// Bern;540;no
/// ";
/// let table = Table::read(file.as_bytes(), "cities.csv")?;
/// assert_eq!(table.names(), ["city", "height", "coastal"]);
/// assert_eq!(table.column("city")?, ["Bergen", "Bern"]);
/// assert_eq!(table.numbers("height")?, [12.0, 540.0]);
/// assert_eq!(
///     table.numbers("heigth").unwrap_err().to_string(),
///     "`cities.csv`: there is no column `heigth`; did you mean `height`? (the columns are `city`, `height`, `coastal`)"
/// );
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Table {
    text: Arc<Text>,
    rows: Vec<usize>,
}

/// What was read; parts of a table share it.
struct Text {
    path: PathBuf,
    names: Vec<String>,
    /// All cells, row after row.
    cells: String,
    /// Where in `cells` each cell ends.
    ends: Vec<usize>,
    /// The line in the file that each row starts on.
    lines: Vec<u64>,
    /// The texts that mean a missing value.
    missing: Vec<String>,
    /// A column whose values the header gives an order to.
    order: Option<(usize, Vec<String>)>,
}

impl Table {
    /// Reads a file with a header line; the delimiter is found out. [`options`](Self::options) has the other cases.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Format`] if it is no table; [`Error::Row`] if a row has not as many
    /// fields as the header, is not UTF-8, or leaves a quote open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open(path)
    }

    /// Reads from anything; `name` stands for the file in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(reader: impl Read, name: impl AsRef<Path>) -> Result<Self> {
        Self::options().read(reader, name)
    }

    /// Settings for files without a header, with comments, with a given delimiter, …
    pub fn options() -> TableOptions {
        TableOptions::new()
    }

    /// A table from values at hand, for instance one row that an application wants a prediction for.
    ///
    /// # Errors
    /// [`Error::Row`] if a row has not as many values as there are names.
    ///
    /// ```
    /// use nn_core::data::Table;
    /// let applicant = Table::from_rows(["Age", "Home"], [["30", "rent"]])?;
    /// assert_eq!(applicant.len(), 1);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn from_rows<R: AsRef<str>>(
        names: impl IntoIterator<Item: Into<String>>,
        rows: impl IntoIterator<Item: IntoIterator<Item = R>>,
    ) -> Result<Self> {
        let names = names.into_iter().map(Into::into).collect();
        let mut text = Text::new(Path::new("given rows"), names, TableOptions::new().missing_texts());
        for (row, values) in rows.into_iter().enumerate() {
            let mut count = 0;
            for value in values {
                text.push_cell(value.as_ref().trim());
                count += 1;
            }
            text.end_row(row as u64 + 1, count)?;
        }
        Ok(Self::of(text))
    }

    fn of(text: Text) -> Self {
        Self { rows: (0..text.lines.len()).collect(), text: Arc::new(text) }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names of the columns; their indices if the file has no names.
    pub fn names(&self) -> &[String] {
        &self.text.names
    }

    /// The cells of a column, chosen by name or index.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such column.
    pub fn column(&self, column: impl Into<Column>) -> Result<Vec<&str>> {
        let column = self.find(&column.into())?;
        Ok((0..self.len()).map(|row| self.cell(row, column)).collect())
    }

    /// The cells of a column as numbers.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such column; [`Error::Row`] where a cell is missing, not a finite number, or too large for an `f32`.
    pub fn numbers(&self, column: impl Into<Column>) -> Result<Vec<f32>> {
        let column = self.find(&column.into())?;
        (0..self.len())
            .map(|row| match self.number(row, column)? {
                Some(number) if (number as f32).is_finite() => Ok(number as f32),
                Some(_) => {
                    let problem = format!("`{}` is too large for an `f32`", self.cell(row, column));
                    Err(self.wrong(row, Some(column), problem))
                }
                None => Err(self.wrong(row, Some(column), "the value is missing")),
            })
            .collect()
    }

    /// The rows at `indices`, in that order.
    ///
    /// # Errors
    /// [`Error::Argument`] if an index is out of range.
    pub fn rows(&self, indices: &[usize]) -> Result<Self> {
        super::samples::check_indices("Table::rows", indices, self.len())?;
        Ok(Self { text: self.text.clone(), rows: indices.iter().map(|&index| self.rows[index]).collect() })
    }

    /// The rows that have a value in each of `columns`.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such column.
    pub fn without_missing(&self, columns: impl IntoIterator<Item: Into<Column>>) -> Result<Self> {
        let columns: Result<Vec<usize>> = columns.into_iter().map(|column| self.find(&column.into())).collect();
        let columns = columns?;
        let whole = |row: &usize| columns.iter().all(|&column| !self.is_missing(self.cell(*row, column)));
        self.rows(&(0..self.len()).filter(whole).collect::<Vec<_>>())
    }

    /// Two parts chosen at random: the first has `fraction` of the rows.
    ///
    /// # Errors
    /// As [`split`](super::split()).
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        let (first, second) = split::split(self.len_to_divide()?, fraction, seed)?;
        Ok((self.rows(&first)?, self.rows(&second)?))
    }

    /// As [`split`](Self::split), with the rows of each value of a column divided as the whole is (within one row).
    ///
    /// # Errors
    /// As [`split`](super::split()); [`Error::Data`] if there is no such column.
    pub fn stratified_split(&self, column: impl Into<Column>, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        let (first, second) = split::stratified_split(&self.strata(column)?, fraction, seed)?;
        Ok((self.rows(&first)?, self.rows(&second)?))
    }

    /// `k` pairs of a training and a validation part.
    ///
    /// # Errors
    /// As [`k_fold`](super::k_fold()).
    pub fn k_fold(&self, k: usize, seed: u64) -> Result<Vec<(Self, Self)>> {
        let folds = split::k_fold(self.len_to_divide()?, k, seed)?;
        folds.into_iter().map(|(train, validation)| Ok((self.rows(&train)?, self.rows(&validation)?))).collect()
    }

    /// As [`k_fold`](Self::k_fold), with the rows of each value of a column spread evenly.
    ///
    /// # Errors
    /// As [`k_fold`](super::k_fold()); [`Error::Data`] if there is no such column.
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

    /// The index of a column.
    pub(super) fn find(&self, column: &Column) -> Result<usize> {
        column.find(&self.text.names).map_err(|problem| self.problem(problem))
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        let at = self.rows[row] * self.text.names.len() + column;
        let start = if at == 0 { 0 } else { self.text.ends[at - 1] };
        &self.text.cells[start..self.text.ends[at]]
    }

    pub(super) fn is_missing(&self, cell: &str) -> bool {
        self.text.missing.iter().any(|missing| missing == cell)
    }

    /// The number in a cell; `None` if it is missing.
    pub(super) fn number(&self, row: usize, column: usize) -> Result<Option<f64>> {
        let cell = self.cell(row, column);
        if self.is_missing(cell) {
            return Ok(None);
        }
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            Ok(_) => Err(self.wrong(row, Some(column), format!("`{cell}` is not a finite number"))),
            Err(_) => Err(self.wrong(row, Some(column), format!("`{cell}` is not a number"))),
        }
    }

    /// The order of a column's values that the header gives, if it does.
    pub(super) fn order(&self, column: usize) -> Option<&[String]> {
        self.text.order.as_ref().filter(|(ordered, _)| *ordered == column).map(|(_, values)| &values[..])
    }

    /// An error about a row, or about one cell of it.
    pub(super) fn wrong(&self, row: usize, column: Option<usize>, problem: impl Into<String>) -> Error {
        self.text.wrong(self.text.lines[self.rows[row]], column, problem)
    }

    /// The number of rows, of which there must be some.
    fn len_to_divide(&self) -> Result<usize> {
        if self.is_empty() {
            Err(self.problem("there are no rows behind the names of the columns"))
        } else {
            Ok(self.len())
        }
    }

    /// An error about the table as a whole.
    pub(super) fn problem(&self, problem: impl Into<String>) -> Error {
        Error::data(format!("`{}`", self.text.path.display()), problem.into())
    }
}

impl core::fmt::Debug for Table {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (rows, columns) = (self.rows.len(), self.text.names.len());
        write!(f, "Table(`{}`, {rows} rows, {columns} columns)", self.text.path.display())
    }
}

impl Text {
    fn new(path: &Path, names: Vec<String>, missing: Vec<String>) -> Self {
        let path = path.to_path_buf();
        Self { path, names, cells: String::new(), ends: Vec::new(), lines: Vec::new(), missing, order: None }
    }

    fn push_cell(&mut self, cell: &str) {
        self.cells.push_str(cell);
        self.ends.push(self.cells.len());
    }

    /// Ends a row of `count` cells that starts on `line`.
    fn end_row(&mut self, line: u64, count: usize) -> Result<()> {
        let columns = self.names.len();
        if count != columns {
            let fields = if count == 1 { "field" } else { "fields" };
            return Err(self.wrong(line, None, format!("{count} {fields}, but there are {columns} columns")));
        }
        self.lines.push(line);
        Ok(())
    }

    fn wrong(&self, line: u64, column: Option<usize>, problem: impl Into<String>) -> Error {
        let column = column.map(|column| self.names[column].clone());
        Error::Row { path: self.path.clone(), row: line, column, problem: problem.into() }
    }
}

#[cfg(test)]
mod tests;
