//! What preprocessing gives, refuses and keeps.

mod files;
mod problems;
mod values;

use super::*;

fn table(text: &str) -> Table {
    Table::read(text.as_bytes(), "t.csv").unwrap()
}

fn problem<T>(result: Result<T>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

const PEOPLE: &str = "\
age,home,size,paid
20,rent,S,yes
40,own,M,no
,rent,L,yes
60,,S,no
40,other,M,yes
";
