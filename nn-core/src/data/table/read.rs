//! From bytes to a table.

use super::options::{Header, TableOptions};
use super::{Table, Text, column::listed, delimiter, meaning::Meaning, place::Place, quotes};
use crate::data::source::Source;
use crate::{Error, Result};
use csv::{ByteRecord, ReaderBuilder, Trim};
use std::sync::Arc;

/// Reads a whole source.
pub(super) fn read(mut source: Source<'_>, options: &TableOptions) -> Result<Table> {
    let comment = options.comment.map(|sign| ascii("TableOptions::comment", sign)).transpose()?;
    let delimiter = options.delimiter.map(|sign| ascii("TableOptions::delimiter", sign)).transpose()?;
    options.meaning.check()?;
    let mut bytes = Vec::new();
    source.read_up_to(u64::MAX, &mut bytes)?;
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(source.problem("it is UTF-16 text; save it as UTF-8"));
    }
    if !bytes.contains(&b'\n') {
        // Lines end as on old Macs.
        bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
    }
    let mut place = Place::start(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes));
    for _ in 0..options.skip_lines {
        place.skip_line();
    }
    place.skip_blank(comment);
    if place.rest().is_empty() {
        let problem = match options.skip_lines {
            0 => String::from("it is empty"),
            count => format!("nothing follows the {count} lines that `skip_lines` leaves out"),
        };
        return Err(source.problem(problem));
    }
    let announced = delimiter::announced(place.rest());
    if announced.is_some() {
        place.skip_line();
        place.skip_blank(comment);
        if place.rest().is_empty() {
            return Err(source.problem("nothing follows the first line, which says what separates fields"));
        }
    }
    let delimiter = delimiter.or(announced);
    let delimiter = delimiter.unwrap_or_else(|| delimiter::detect(place.rest(), comment, options.meaning.decimal));
    let bytes = quotes::without_blanks_before(place.rest(), delimiter, comment);
    let mut place = Place::on_line(&bytes, place.line);
    let mut reading = Reading { source, options, comment, delimiter, header: Vec::new(), header_line: place.line };
    if options.header != Header::None {
        reading.header(&mut place)?;
    }
    let text = reading.rows(place)?;
    let meaning = Arc::new(options.meaning.clone());
    match options.header {
        Header::Counts => with_class_names(text, meaning, &reading.header, reading.header_line),
        _ => Ok(Table::of(text, meaning)),
    }
}

/// A sign of one byte that has no other meaning.
fn ascii(what: &'static str, sign: char) -> Result<u8> {
    match u8::try_from(sign) {
        Ok(byte) if byte.is_ascii() && !matches!(sign, '"' | '\r' | '\n') => Ok(byte),
        _ => Err(Error::argument(
            what,
            format!("{sign:?} cannot be used; it must be an ASCII character, and no quote or line end"),
        )),
    }
}

/// What is known while the rows are read.
struct Reading<'a> {
    source: Source<'a>,
    options: &'a TableOptions,
    comment: Option<u8>,
    delimiter: u8,
    header: Vec<String>,
    header_line: u64,
}

impl Reading<'_> {
    /// Reads the header and goes behind it.
    fn header(&mut self, place: &mut Place<'_>) -> Result<()> {
        let mut reader = self.reader(place.rest());
        let mut record = ByteRecord::new();
        self.next(&mut reader, &mut record)?;
        let end = place.at + reader.position().byte() as usize;
        if quotes::leaves_one_open(place.until(end), self.delimiter) {
            return Err(self.wrong_header(format!("in the header, {OPEN_QUOTE}")));
        }
        // Names that are given take the place of those in the file, whatever these are.
        let read = self.options.names.is_none() || self.options.header == Header::Counts;
        for (column, field) in record.iter().enumerate() {
            if read && core::str::from_utf8(field).is_err() {
                return Err(self.wrong_header(format!("in the header, field {}: {NOT_UTF8}", column + 1)));
            }
            self.header.push(String::from_utf8_lossy(field).into_owned());
        }
        place.advance(end);
        place.end_line();
        for _ in 0..self.options.skip_after_header {
            place.skip_line();
        }
        Ok(())
    }

    /// Reads all rows from `place` on.
    fn rows(&self, mut place: Place<'_>) -> Result<Text> {
        let start = place.at;
        let mut reader = self.reader(place.rest());
        let mut record = ByteRecord::new();
        let mut text: Option<Text> = None;
        let mut open = false;
        loop {
            let begin = start + reader.position().byte() as usize;
            if !self.next(&mut reader, &mut record)? {
                break;
            }
            place.advance(begin);
            place.skip_blank(self.comment);
            let raw = place.until(start + reader.position().byte() as usize);
            if raw.trim_ascii().is_empty() && (record.len() == 1 || self.delimiter == b' ') {
                continue;
            }
            open = quotes::leaves_one_open(raw, self.delimiter);
            let text = match &mut text {
                Some(text) => text,
                None => text.insert(self.text(record.len())?),
            };
            for (column, field) in record.iter().enumerate() {
                match core::str::from_utf8(field) {
                    Ok(field) => text.push_cell(field.trim()),
                    Err(_) => {
                        let column = Some(column).filter(|&column| column < text.names.len());
                        return Err(text.wrong(place.line, column, NOT_UTF8));
                    }
                }
            }
            text.end_row(place.line, record.len()).map_err(|error| self.explained(error, text, open))?;
        }
        match text {
            Some(text) if open => Err(text.wrong(place.line, None, OPEN_QUOTE)),
            Some(text) => Ok(text),
            None => self.text(self.header.len()),
        }
    }

    fn reader<'a>(&self, bytes: &'a [u8]) -> csv::Reader<&'a [u8]> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .comment(self.comment)
            .trim(Trim::All)
            .from_reader(bytes)
    }

    fn next(&self, reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> Result<bool> {
        reader.read_byte_record(record).map_err(|error| self.source.problem(error.to_string()))
    }

    fn wrong_header(&self, problem: String) -> Error {
        Error::Row { path: self.source.path().to_path_buf(), row: self.header_line, column: None, problem }
    }

    /// An empty table for rows of `fields` cells.
    fn text(&self, fields: usize) -> Result<Text> {
        let names = names(self.options, &self.header, fields).map_err(|problem| self.source.problem(problem))?;
        Ok(Text::new(self.source.path(), names))
    }

    /// The error about a row of another length, with what the cause may be.
    fn explained(&self, error: Error, text: &Text, open: bool) -> Error {
        let Error::Row { path, row, column, mut problem } = error else { return error };
        if open {
            problem += &format!("; {OPEN_QUOTE}");
        } else if text.lines.is_empty() && self.options.header == Header::Names && self.options.names.is_none() {
            problem += &format!(
                " in the header, line {} ({}); if that line is no header, use `no_header`, `counts_header` or `skip_lines`",
                self.header_line,
                listed(&self.header)
            );
        }
        Error::Row { path, row, column, problem }
    }
}

const OPEN_QUOTE: &str = "a quote (\") is opened and never closed";
const NOT_UTF8: &str = "the text is not UTF-8; save the file as UTF-8";

/// The names of the columns.
fn names(options: &TableOptions, header: &[String], fields: usize) -> Result<Vec<String>, String> {
    if let Some(names) = &options.names {
        let expected = if options.header == Header::Names { header.len() } else { fields };
        return match names.len() == expected {
            true => Ok(names.clone()),
            false => Err(format!("{} names are given for {expected} columns", names.len())),
        };
    }
    Ok(match options.header {
        Header::Names => {
            let named =
                |(index, name): (usize, &String)| if name.is_empty() { index.to_string() } else { name.clone() };
            header.iter().enumerate().map(named).collect()
        }
        Header::None => (0..fields).map(|index| index.to_string()).collect(),
        Header::Counts => {
            let features = (0..fields.saturating_sub(1)).map(|index| index.to_string());
            features.chain([String::from("target")]).collect()
        }
    })
}

/// Checks the counts of a header such as `150,4,setosa,versicolor,virginica`, and puts names in place of class indices.
fn with_class_names(text: Text, meaning: Arc<Meaning>, header: &[String], header_line: u64) -> Result<Table> {
    let wrong = |problem: String| Err(text.wrong(header_line, None, problem));
    let counts: Option<Vec<usize>> = header.iter().take(2).map(|field| field.parse().ok()).collect();
    let Some(&[rows, features]) = counts.as_deref() else {
        return wrong("it should begin with the number of rows and the number of features".into());
    };
    let classes = &header[2..];
    if classes.is_empty() {
        return wrong("the names of the classes should follow the two counts".into());
    }
    let (found, columns) = (text.lines.len(), text.names.len());
    if found != rows {
        return wrong(format!("{rows} rows are announced, but there are {found}"));
    }
    if columns != features + 1 && found > 0 {
        return wrong(format!("{features} features and a target are announced, but there are {columns} columns"));
    }
    let table = Table::of(text, meaning);
    let last = columns - 1;
    let mut named = Text::new(&table.text.path, table.text.names.clone());
    for row in 0..table.len() {
        for column in 0..last {
            named.push_cell(table.cell(row, column));
        }
        let cell = table.cell(row, last);
        match cell.parse::<usize>().ok().and_then(|class| classes.get(class)) {
            Some(class) => named.push_cell(class),
            None => {
                let problem = format!("`{cell}` is no class index; the header names {} classes", classes.len());
                return Err(table.wrong(row, Some(last), problem));
            }
        }
        named.end_row(table.text.lines[row], columns)?;
    }
    named.order = Some((last, classes.to_vec()));
    Ok(Table::of(named, table.meaning))
}
