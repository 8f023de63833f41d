//! Tables of text, for summaries and histories.

use core::fmt;

/// On which side the cells of a column are flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells below heads. Each column is as wide as its widest cell.
pub(crate) struct Table {
    heads: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    pub(crate) fn new<S: Into<String>>(heads: impl IntoIterator<Item = (S, Align)>) -> Self {
        Self { heads: heads.into_iter().map(|(head, align)| (head.into(), align)).collect(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each column.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }

    fn line(f: &mut fmt::Formatter<'_>, widths: &[usize], [left, middle, right]: [char; 3]) -> fmt::Result {
        for (i, width) in widths.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { left } else { middle }, "─".repeat(width + 2))?;
        }
        writeln!(f, "{right}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: &str| text.chars().count();
        let mut widths: Vec<usize> = self.heads.iter().map(|(head, _)| width(head)).collect();
        for row in &self.rows {
            widths.iter_mut().zip(row).for_each(|(widest, cell)| *widest = width(cell).max(*widest));
        }
        let cells = |f: &mut fmt::Formatter<'_>, row: &mut dyn Iterator<Item = &str>| -> fmt::Result {
            for ((cell, &width), (_, align)) in row.zip(&widths).zip(&self.heads) {
                match align {
                    Align::Left => write!(f, "│ {cell:<width$} ")?,
                    Align::Right => write!(f, "│ {cell:>width$} ")?,
                }
            }
            writeln!(f, "│")
        };
        Self::line(f, &widths, ['┌', '┬', '┐'])?;
        cells(f, &mut self.heads.iter().map(|(head, _)| head.as_str()))?;
        Self::line(f, &widths, ['├', '┼', '┤'])?;
        for row in &self.rows {
            cells(f, &mut row.iter().map(String::as_str))?;
        }
        Self::line(f, &widths, ['└', '┴', '┘'])
    }
}

/// A number with its digits in groups of three: `109_386`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes: `512 B`, `427.3 KiB`, `1.2 GiB`.
pub(crate) fn bytes(count: usize) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64 / 1024.0;
    if value < 1.0 {
        return format!("{count} B");
    }
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new([("layer", Align::Left), ("n", Align::Right)]);
        table.row(["a".to_owned(), "1_000".to_owned()]);
        table.row(["größer".to_owned(), "7".to_owned()]);
        let expected = "\
┌────────┬───────┐
│ layer  │     n │
├────────┼───────┤
│ a      │ 1_000 │
│ größer │     7 │
└────────┴───────┘
";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1_000", "1_234_567"]);
        assert_eq!([0, 1023, 1024, 437_544, 1 << 31].map(bytes), ["0 B", "1023 B", "1.0 KiB", "427.3 KiB", "2.0 GiB"]);
    }
}
