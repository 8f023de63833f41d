//! How a table is read.

use super::meaning::Meaning;
use super::{Table, Text, read};
use crate::Result;
use crate::data::source::Source;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Settings for reading a [`Table`], from [`Table::options`].
///
/// ```
/// use nn_core::data::Table;
/// let file = "measured in spring\n# length, width\n5.1 3.5\n4.9 -1\n";
/// let table = Table::options()
///     .skip_lines(1)
///     .comment('#')
///     .no_header()
///     .names(["length", "width"])
///     .missing(["-1"])
///     .read(file.as_bytes(), "spring.txt")?;
/// assert_eq!(table.numbers("length")?, [5.1, 4.9]);
/// assert_eq!(
///     table.numbers("width").unwrap_err().to_string(),
///     "`spring.txt`, row 4, column `width`: the value is missing"
/// );
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TableOptions {
    pub(super) delimiter: Option<char>,
    pub(super) header: Header,
    pub(super) names: Option<Vec<String>>,
    pub(super) comment: Option<char>,
    pub(super) skip_lines: usize,
    pub(super) skip_after_header: usize,
    pub(super) meaning: Meaning,
}

/// What the first line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// The names of the columns.
    Names,
    /// Data.
    None,
    /// The number of rows, of features, and the names of the classes.
    Counts,
}

impl TableOptions {
    pub(super) fn new() -> Self {
        Self {
            delimiter: None,
            header: Header::Names,
            names: None,
            comment: None,
            skip_lines: 0,
            skip_after_header: 0,
            meaning: Meaning::default(),
        }
    }

    /// What separates fields, an ASCII character. Without this it is found out: what a first line `sep=;` says, else tab, `,`, `;`,
    /// `|`, or a space between numbers, whichever stands equally often in each of the first rows.
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// The first line is data. Columns are called `0`, `1`, … unless [`names`](Self::names) are given.
    pub fn no_header(mut self) -> Self {
        self.header = Header::None;
        self
    }

    /// The first line holds the number of rows, the number of features and the names of the classes, as in the files of
    /// scikit-learn: `150,4,setosa,versicolor,virginica`. The last column holds class indices; they are replaced by the
    /// names, whose order is kept. It is called `target`, the others `0`, `1`, … unless [`names`](Self::names) are given.
    ///
    /// ```
    /// use nn_core::data::Table;
    /// let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/iris/iris.csv");
    /// let table = Table::options().counts_header().open(file)?;
    /// assert_eq!(table.len(), 150);
    /// assert_eq!(table.column("target")?[149], "virginica");
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn counts_header(mut self) -> Self {
        self.header = Header::Counts;
        self
    }

    /// Names for the columns, instead of those in the file.
    pub fn names(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Lines that begin with this ASCII character are left out.
    pub fn comment(mut self, sign: char) -> Self {
        self.comment = Some(sign);
        self
    }

    /// Leaves out lines at the start of the file, before the header.
    pub fn skip_lines(mut self, count: usize) -> Self {
        self.skip_lines = count;
        self
    }

    /// Leaves out lines after the header: 2 for the `.tab` files of Orange, which have three header lines (names, types,
    /// roles), or 1 for a line of units.
    pub fn skip_after_header(mut self, count: usize) -> Self {
        self.skip_after_header = count;
        self
    }

    /// The texts that mean a missing value, instead of an empty cell, `?`, and what pandas takes for one (`na_values` of its `read_csv`): `NA`, `NaN`,
    /// `NULL`, `None` and the like. Where one of them is a value, such as a category `None`, say here what is missing: `missing([""])`. A
    /// [`Preprocessor`](crate::data::Preprocessor) keeps the texts of the table that it was fitted on, and takes them for missing in
    /// every table.
    pub fn missing(mut self, texts: impl IntoIterator<Item: Into<String>>) -> Self {
        self.meaning.missing = texts.into_iter().map(Into::into).collect();
        self
    }

    /// The sign in numbers that stands before the fraction, instead of a point; the point has no meaning then.
    ///
    /// ```
    /// use nn_core::data::Table;
    /// let table = Table::options().decimal(',').read("length;width\n5,1;3,5\n".as_bytes(), "t.csv")?;
    /// assert_eq!(table.numbers("width")?, [3.5]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn decimal(mut self, sign: char) -> Self {
        self.meaning.decimal = sign;
        self
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Table> {
        read::read(Source::open(path.as_ref(), "CSV")?, self)
    }

    /// Reads from anything; `name` stands for the file in messages.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn read(&self, reader: impl Read, name: impl AsRef<Path>) -> Result<Table> {
        read::read(Source::new(reader, name.as_ref(), "CSV")?, self)
    }

    /// A table from values at hand, whose texts mean what these settings say. What is about the form of a file has no meaning here.
    ///
    /// # Errors
    /// As [`Table::from_rows`].
    ///
    /// ```
    /// use nn_core::data::Table;
    /// let options = Table::options().missing(["-1"]);
    /// let applicants = options.from_rows(["Age", "Home"], [["-1", "rent"], ["30", "own"]])?;
    /// assert_eq!(applicants.without_missing(["Age"])?.len(), 1);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn from_rows<R: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item: Into<String>>,
        rows: impl IntoIterator<Item: IntoIterator<Item = R>>,
    ) -> Result<Table> {
        self.meaning.check()?;
        let names = names.into_iter().map(Into::into).collect();
        let mut text = Text::new(Path::new("given rows"), names);
        for (row, values) in rows.into_iter().enumerate() {
            let mut count = 0;
            for value in values {
                text.push_cell(value.as_ref().trim());
                count += 1;
            }
            text.end_row(row as u64 + 1, count)?;
        }
        Ok(Table::of(text, Arc::new(self.meaning.clone())))
    }
}
