//! Good tables of every kind are read; for bad ones the message says where and what.

mod forms;

use super::*;

fn read(text: &str) -> Result<Table> {
    Table::read(text.as_bytes(), "t.csv")
}

fn problem<T>(result: Result<T>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

/// All cells, row by row.
fn cells(table: &Table) -> Vec<Vec<&str>> {
    (0..table.len()).map(|row| (0..table.names().len()).map(|column| table.cell(row, column)).collect()).collect()
}

#[test]
fn columns_are_found_by_name_or_index() {
    let table = read("Age,Home,Age\n1,2,3\n").unwrap();
    assert_eq!(table.column(2).unwrap(), ["3"]);
    let all = "(the columns are `Age`, `Home`, `Age`)";
    assert_eq!(
        problem(table.column("HOME")),
        format!("`t.csv`: there is no column `HOME`; did you mean `Home`? {all}")
    );
    assert_eq!(problem(table.column("Income")), format!("`t.csv`: there is no column `Income` {all}"));
    assert_eq!(problem(table.column(3)), "`t.csv`: there is no column 3; the columns are 0..=2");
    assert_eq!(
        problem(table.column("Age")),
        "`t.csv`: columns 0 and 2 are both called `Age`; choose by index, counted from 0"
    );
    let unnamed = Table::options().no_header().read("1,2\n3,4\n".as_bytes(), "t.csv").unwrap();
    assert_eq!(unnamed.column("1").unwrap(), ["2", "4"]);
    assert_eq!(read(",b\n1,2\n").unwrap().names(), ["0", "b"]);
}

#[test]
fn numbers_are_finite() {
    let table = read("a\n1e3\n-.5\ninf\n1e999\n").unwrap();
    assert_eq!(table.rows(&[0, 1]).unwrap().numbers("a").unwrap(), [1000.0, -0.5]);
    assert_eq!(problem(table.numbers("a")), "`t.csv`, row 4, column `a`: `inf` is not a finite number");
    assert_eq!(
        problem(table.rows(&[3]).unwrap().numbers("a")),
        "`t.csv`, row 5, column `a`: `1e999` is not a finite number"
    );
    let large = read("a\n3.4e38\n-1e39\n").unwrap();
    assert_eq!(problem(large.numbers("a")), "`t.csv`, row 3, column `a`: `-1e39` is too large for an `f32`");
    assert_eq!(large.rows(&[0]).unwrap().numbers("a").unwrap(), [3.4e38]);
    let missing = read("a,b\n1,1\n?,2\n3,NA\n").unwrap();
    assert_eq!(problem(missing.numbers("a")), "`t.csv`, row 3, column `a`: the value is missing");
    assert_eq!(missing.without_missing(["a"]).unwrap().numbers("a").unwrap(), [1.0, 3.0]);
    assert_eq!(missing.without_missing(["a", "b"]).unwrap().len(), 1);
}

#[test]
fn numbers_may_have_commas() {
    let comma = Table::options().decimal(',');
    let table = comma.read("a;b\n1,5;-1e3\n-,5;1.5\n1,5,0;\n".as_bytes(), "t.csv").unwrap();
    assert_eq!(table.rows(&[0, 1]).unwrap().numbers("a").unwrap(), [1.5, -0.5]);
    assert_eq!(
        problem(table.numbers("b")),
        "`t.csv`, row 3, column `b`: `1.5` is not a number where the decimal sign is `,` (`TableOptions::decimal`)"
    );
    assert_eq!(problem(table.rows(&[2]).unwrap().numbers("a")), "`t.csv`, row 4, column `a`: `1,5,0` is not a number");
    assert_eq!(comma.from_rows(["a"], [["2,5"]]).unwrap().numbers("a").unwrap(), [2.5]);
    for cell in ["1,5", "-1,000", "1,234,567.5"] {
        let point = Table::from_rows(["a"], [[cell]]).unwrap();
        assert_eq!(
            problem(point.numbers("a")),
            format!(
                "`given rows`, row 1, column `a`: `{cell}` is not a number; if its comma is a decimal one, read the table with \
                 `TableOptions::decimal(',')`, else write it without"
            )
        );
    }
    for cell in ["1,2,3", "a,b", ",", "1,5.0", "1,000.5,0"] {
        let point = Table::from_rows(["a"], [[cell]]).unwrap();
        assert_eq!(problem(point.numbers("a")), format!("`given rows`, row 1, column `a`: `{cell}` is not a number"));
    }
}

#[test]
fn what_pandas_takes_for_missing_is_missing() {
    let texts = ["NULL", "null", "None", "N/A", "n/a", "NaN", "nan", "NA", "#N/A", "-nan", "<NA>", "", "?"];
    let table = Table::from_rows(["a"], texts.map(|text| [text])).unwrap();
    assert!(table.without_missing(["a"]).unwrap().is_empty());
    let table = Table::options().missing([""]).from_rows(["a"], texts.map(|text| [text])).unwrap();
    assert_eq!(table.without_missing(["a"]).unwrap().len(), texts.len() - 1);
}

#[test]
fn settings_that_make_no_sense_are_errors() {
    let with = |options: TableOptions| problem(options.read("a,b\n1,2\n".as_bytes(), "t.csv"));
    assert_eq!(
        with(Table::options().names(["x"])),
        "`t.csv` is not a usable CSV file: 1 names are given for 2 columns"
    );
    assert_eq!(
        with(Table::options().delimiter('\u{20ac}')),
        "TableOptions::delimiter: '\u{20ac}' cannot be used; it must be an ASCII character, and no quote or line end"
    );
    assert_eq!(
        with(Table::options().decimal('e')),
        "TableOptions::decimal: 'e' cannot be used; it stands for something else in numbers. Write ',', for instance"
    );
    assert!(with(Table::options().comment('"')).starts_with("TableOptions::comment: '\"' cannot be used"));
    assert_eq!(
        with(Table::options().skip_lines(9)),
        "`t.csv` is not a usable CSV file: nothing follows the 9 lines that `skip_lines` leaves out"
    );
    assert_eq!(problem(Table::from_rows(["a", "b"], [["1"]])), "`given rows`, row 1: 1 field, but there are 2 columns");
}

#[test]
fn a_table_without_rows_is_not_divided() {
    let table = Table::options().read("a,b\n".as_bytes(), "t.csv").unwrap();
    let said = "`t.csv`: there are no rows behind the names of the columns";
    assert_eq!(table.split(0.8, 1).unwrap_err().to_string(), said);
    assert_eq!(table.stratified_split("a", 0.8, 1).unwrap_err().to_string(), said);
    assert_eq!(table.k_fold(2, 1).unwrap_err().to_string(), said);
}

#[test]
fn a_header_with_counts_is_checked() {
    let with = |text: &str| Table::options().counts_header().read(text.as_bytes(), "t.csv");
    let table = with("2,2,no,yes\n1,2,1\n3,4,0\n").unwrap();
    assert_eq!(table.names(), ["0", "1", "target"]);
    assert_eq!(table.column("target").unwrap(), ["yes", "no"]);
    assert_eq!(table.order(2), Some(&["no".to_string(), "yes".to_string()][..]));
    let cases = [
        ("a,b\n1,2\n", "row 1: it should begin with the number of rows and the number of features"),
        ("1,2\n1,2,0\n", "row 1: the names of the classes should follow the two counts"),
        ("3,2,no,yes\n1,2,1\n3,4,0\n", "row 1: 3 rows are announced, but there are 2"),
        ("1,3,no,yes\n1,2,1\n", "row 1: 3 features and a target are announced, but there are 3 columns"),
        ("1,2,no,yes\n1,2,2\n", "row 2, column `target`: `2` is no class index; the header names 2 classes"),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(with(text)), format!("`t.csv`, {expected}"));
    }
}

#[test]
fn parts_are_a_partition_and_can_be_stratified() {
    let text: String = (0..100).map(|i| format!("{i},{}\n", if i % 5 == 0 { "rare" } else { "common" })).collect();
    let table = read(&format!("n,kind\n{text}")).unwrap();
    let numbers = |parts: [&Table; 2]| {
        let mut all = parts.map(|part| part.numbers("n").unwrap()).concat();
        all.sort_by(f32::total_cmp);
        all
    };
    let rare = |part: &Table| part.column("kind").unwrap().iter().filter(|&&kind| kind == "rare").count();
    let all: Vec<f32> = (0..100).map(|i| i as f32).collect();
    let (train, test) = table.split(0.7, 1).unwrap();
    assert_eq!((train.len(), numbers([&train, &test])), (70, all.clone()));
    let (train, test) = table.stratified_split("kind", 0.7, 1).unwrap();
    assert_eq!((rare(&train), rare(&test), numbers([&train, &test])), (14, 6, all.clone()));
    for (train, test) in table.stratified_k_fold("kind", 4, 1).unwrap() {
        assert_eq!((rare(&test), numbers([&train, &test])), (5, all.clone()));
    }
    assert_eq!(table.k_fold(3, 1).unwrap().len(), 3);
    assert_eq!(problem(table.rows(&[100])), "Table::rows: index 100, but there are 100 samples");
}

#[test]
fn the_files_of_the_repository_are_read() {
    let file = |name: &str| format!("{}/../data/{name}", env!("CARGO_MANIFEST_DIR"));
    let credit = Table::open(file("credit/credit.csv.gz")).unwrap();
    assert_eq!((credit.len(), credit.names().len()), (4454, 14));
    assert_eq!(credit.without_missing(credit.names()).unwrap().len(), 4039);
    let bikes = Table::open(file("bikeshare/bikeshare.csv.gz")).unwrap();
    assert_eq!((bikes.len(), bikes.names().len()), (8645, 15));
    for (name, rows, columns) in
        [("iris/iris", 150, 5), ("wine/wine", 178, 14), ("breast_cancer/breast_cancer", 569, 31)]
    {
        let table = Table::options().counts_header().open(file(&format!("{name}.csv"))).unwrap();
        assert_eq!((table.len(), table.names().len()), (rows, columns));
    }
}
