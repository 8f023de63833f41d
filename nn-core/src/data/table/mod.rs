//! Tables of text: CSV, TSV and their relatives.

mod column;
mod delimiter;
mod meaning;
mod options;
mod parts;
mod place;
mod quotes;
mod read;

pub use column::Column;
pub(super) use column::{listed, unknown};
pub use options::TableOptions;

use crate::{Error, Result};
use meaning::Meaning;
use std::borrow::Cow;
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
    meaning: Arc<Meaning>,
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

    /// A table from values at hand, for instance one row that an application wants a prediction for. What counts as missing is
    /// what does so in a file; [`TableOptions::from_rows`] takes other settings.
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
        Self::options().from_rows(names, rows)
    }

    fn of(text: Text, meaning: Arc<Meaning>) -> Self {
        Self { rows: (0..text.lines.len()).collect(), text: Arc::new(text), meaning }
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

    /// The index of a column.
    pub(super) fn find(&self, column: &Column) -> Result<usize> {
        column.find(&self.text.names).map_err(|problem| self.problem(problem))
    }

    /// The index of a column that was called `name` in the training part. One that is remembered by its place, since others had
    /// its name, has to be called so here.
    pub(super) fn find_again(&self, column: &Column, name: &str) -> Result<usize> {
        let index = self.find(column)?;
        match column {
            Column::Index(_) if self.text.names[index] != name => Err(self.problem(format!(
                "column {index} is called `{}`, but it should be `{name}`: several columns of the training part have that name, so \
                 they are told apart by their places; give each a name of its own with `TableOptions::names`",
                self.text.names[index]
            ))),
            _ => Ok(index),
        }
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        let at = self.rows[row] * self.text.names.len() + column;
        let start = if at == 0 { 0 } else { self.text.ends[at - 1] };
        &self.text.cells[start..self.text.ends[at]]
    }

    pub(super) fn is_missing(&self, cell: &str) -> bool {
        self.meaning.is_missing(cell)
    }

    /// The texts that mean a missing value.
    pub(super) fn missing_texts(&self) -> &[String] {
        &self.meaning.missing
    }

    /// The table with `texts` among those that mean a missing value.
    pub(super) fn with_missing(&self, texts: &[String]) -> Cow<'_, Self> {
        let more: Vec<&String> = texts.iter().filter(|text| !self.is_missing(text)).collect();
        if more.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut meaning = Meaning::clone(&self.meaning);
        meaning.missing.extend(more.into_iter().cloned());
        Cow::Owned(Self { text: self.text.clone(), meaning: Arc::new(meaning), rows: self.rows.clone() })
    }

    /// The number in a cell; `None` if it is missing.
    pub(super) fn number(&self, row: usize, column: usize) -> Result<Option<f64>> {
        self.meaning.number(self.cell(row, column)).map_err(|problem| self.wrong(row, Some(column), problem))
    }

    /// The number that a text is; `None` if it is none, or not finite.
    pub(super) fn parse(&self, text: &str) -> Option<f64> {
        self.meaning.parse(text).filter(|number| number.is_finite())
    }

    /// Whether a cell would be a number with another meaning of its commas.
    pub(super) fn has_comma(&self, row: usize, column: usize) -> bool {
        self.meaning.has_comma(self.cell(row, column))
    }

    /// That a value is missing, for messages.
    pub(super) fn is_missing_because(&self, row: usize, column: usize) -> String {
        match self.cell(row, column) {
            "" => "is missing".into(),
            cell => format!("is missing (`{cell}` counts as such unless `TableOptions::missing` says otherwise)"),
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
    fn new(path: &Path, names: Vec<String>) -> Self {
        let path = path.to_path_buf();
        Self { path, names, cells: String::new(), ends: Vec::new(), lines: Vec::new(), order: None }
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
