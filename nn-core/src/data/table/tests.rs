//! Good tables of every kind are read; for bad ones the message says where and what.

use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

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
fn the_usual_forms_give_the_same_table() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"a,b c\n1,x y\n2,\n").unwrap();
    let gzip = gzip.finish().unwrap();
    let forms: [&[u8]; 8] = [
        b"a,b c\n1,x y\n2,\n",
        b"a,b c\r\n1,x y\r\n2,",
        b"\xEF\xBB\xBFa,b c\n1,x y\n2,\n",
        b"a;b c\n1;x y\n2;\n",
        b"a\tb c\n1\tx y\n2\t\n",
        b"\n\"a\",\"b c\"\n\n 1 , x y\n   \n2,\"\"\n\n",
        b"a|b c\n1|x y\n2|NA\n",
        &gzip,
    ];
    for form in forms {
        let table = Table::read(form, "t.csv").unwrap();
        assert_eq!(table.names(), ["a", "b c"]);
        assert_eq!(table.column("a").unwrap(), ["1", "2"]);
        assert_eq!(table.cell(0, 1), "x y");
        assert!(table.is_missing(table.cell(1, 1)));
        assert_eq!(format!("{table:?}"), "Table(`t.csv`, 2 rows, 2 columns)");
    }
}

#[test]
fn errors_name_the_line_that_an_editor_shows() {
    let text = "# made by hand\r\na,b\r\n\r\n1,2\r\n# more\r\n\"x\r\ny\",4\r\n\r\nz,w\r\n";
    let table = Table::options().comment('#').read(text.as_bytes(), "t.csv").unwrap();
    assert_eq!(cells(&table), [["1", "2"], ["x\r\ny", "4"], ["z", "w"]]);
    assert_eq!(problem(table.numbers("a")), "`t.csv`, row 6, column `a`: `x\r\ny` is not a number");
    assert_eq!(problem(table.numbers("b")), "`t.csv`, row 9, column `b`: `w` is not a number");
    let part = table.rows(&[2]).unwrap();
    assert_eq!(problem(part.numbers(0)), "`t.csv`, row 9, column `a`: `z` is not a number");
    let text = "units\na,b\nm,s\n1,2\n3\n";
    let skipping = Table::options().skip_lines(1).skip_after_header(1);
    assert_eq!(problem(skipping.read(text.as_bytes(), "t.csv")), "`t.csv`, row 5: 1 field, but there are 2 columns");
}

#[test]
fn ragged_rows_and_open_quotes_are_errors() {
    assert_eq!(problem(read("a,b\n1,2\n1,2,3\n")), "`t.csv`, row 3: 3 fields, but there are 2 columns");
    assert_eq!(
        problem(read("569,2,malignant,benign\n1,2,0\n")),
        "`t.csv`, row 2: 3 fields, but there are 4 columns in the header, line 1 (`569`, `2`, `malignant`, `benign`); if that \
         line is no header, use `no_header`, `counts_header` or `skip_lines`"
    );
    assert_eq!(
        problem(read("a,b\n1,2\n\"3,4\n5,6\n")),
        "`t.csv`, row 3: 1 field, but there are 2 columns; a quote (\") is opened and never closed"
    );
    assert_eq!(problem(read("a,b\n1,2\n3,\"4\n5,6\n")), "`t.csv`, row 3: a quote (\") is opened and never closed");
    assert_eq!(problem(read("a,b\n1,2\n3,\"4")), "`t.csv`, row 3: a quote (\") is opened and never closed");
    let header = "`t.csv`, row 2: in the header, a quote (\") is opened and never closed";
    assert_eq!(problem(read("\nid,\"name,age\n1,Bob,30\n2,Ann,40\n")), header);
    assert_eq!(problem(read("\n\"")), header);
    assert_eq!(read("a,\"b\"\"\nc\"").unwrap().names(), ["a", "b\"\nc"]);
    assert_eq!(cells(&read("a,b\n5\" disk,\"say \"\"hi\"\"\"\n").unwrap()), [["5\" disk", "say \"hi\""]]);
}

#[test]
fn blanks_before_a_quote_do_not_count() {
    for (text, expected) in [
        ("a, b\n1, \"yes\"\n2, yes\n", [["1", "yes"], ["2", "yes"]]),
        ("a, b\n  \"1\" ,\t \"x, \"\"y\"\"\"\n2, \"\"", [["1", "x, \"y\""], ["2", ""]]),
        ("a; b\n1; \"x\n; \"\"y\"\r\n2;z \"\n", [["1", "x\n; \"y"], ["2", "z \""]]),
        ("a\tb\n1\t \"x\ty\"\n\"2\" \"\"\t\"\"\n", [["1", "x\ty"], ["2 \"\"", ""]]),
        ("a,b\n\"1, \"\"\",2\n3,4", [["1, \"", "2"], ["3", "4"]]),
    ] {
        assert_eq!(cells(&read(text).unwrap()), expected, "{text:?}");
    }
    assert_eq!(read("name, \"Smith, John\"\n").unwrap().names(), ["name", "Smith, John"]);
    let text = "# \"x\n#,\"\na,b\n1, \"x\ny\"\n# \"\n2, \"z\n";
    let commented = Table::options().comment('#').read(text.as_bytes(), "t.csv");
    assert_eq!(problem(commented), "`t.csv`, row 7: a quote (\") is opened and never closed");
}

#[test]
fn lines_may_end_as_on_old_macs() {
    assert_eq!(cells(&read("a,b\r1,x;y\r2,z\r").unwrap()), [["1", "x;y"], ["2", "z"]]);
    assert_eq!(problem(read("a,b\r1,x\r2,y,z\r")), "`t.csv`, row 3: 3 fields, but there are 2 columns");
    let options = Table::options().skip_lines(1).comment('#').skip_after_header(1);
    let table = options.read("spring\ra,b\rm,s\r# x\r1,2\r".as_bytes(), "t.csv").unwrap();
    assert_eq!(cells(&table), [["1", "2"]]);
}

#[test]
fn the_first_line_may_say_the_delimiter() {
    let table = read("\u{feff}sep=;\r\na,b;c\r\n1;2\r\nx;y\r\n").unwrap();
    assert_eq!(table.names(), ["a,b", "c"]);
    assert_eq!(problem(table.numbers("c")), "`t.csv`, row 4, column `c`: `y` is not a number");
    let comma = Table::options().delimiter(',').read("sep=;\na,b\n1,2\n".as_bytes(), "t.csv").unwrap();
    assert_eq!(comma.names(), ["a", "b"]);
    assert_eq!(read("sep=\t\na\tb\n").unwrap().names(), ["a", "b"]);
    assert_eq!(read("sep=x\n1\n").unwrap().names(), ["sep=x"]);
    let nothing = "`t.csv` is not a usable CSV file: nothing follows the first line, which says what separates fields";
    assert_eq!(problem(read("sep=;\n\n")), nothing);
}

#[test]
fn what_is_no_text_is_an_error() {
    let bytes = b"a,b\n1,2\n3,\xE9t\xE9\n";
    assert_eq!(
        problem(Table::read(&bytes[..], "t.csv")),
        "`t.csv`, row 3, column `b`: the text is not UTF-8; save the file as UTF-8"
    );
    let header = b"a,Gr\xf6\xdfe\n1,2\n";
    assert_eq!(
        problem(Table::read(&header[..], "t.csv")),
        "`t.csv`, row 1: in the header, field 2: the text is not UTF-8; save the file as UTF-8"
    );
    let named = Table::options().names(["a", "b"]).read(&header[..], "t.csv").unwrap();
    assert_eq!(cells(&named), [["1", "2"]]);
    let utf16 = b"\xFF\xFEa\0,\0b\0";
    assert_eq!(
        problem(Table::read(&utf16[..], "t.csv")),
        "`t.csv` is not a usable CSV file: it is UTF-16 text; save it as UTF-8"
    );
    assert_eq!(problem(read("")), "`t.csv` is not a usable CSV file: it is empty");
    assert_eq!(
        problem(read("\n\n  ").map(|table| assert!(table.is_empty())).and(read("\n\n"))),
        "`t.csv` is not a usable CSV file: it is empty"
    );
    assert!(read("a,b\n").unwrap().is_empty());
    let damaged = [&[0x1F, 0x8B, 8, 0][..], &[7; 20]].concat();
    let message = problem(Table::read(&damaged[..], "t.csv.gz"));
    assert!(message.starts_with("`t.csv.gz` is not a usable CSV file: its gzip stream is "), "{message}");
    assert!(problem(Table::open("no/such.csv")).starts_with("cannot read `no/such.csv`: "));
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
fn damage_never_panics() {
    let text = "a;b;\"c d\"\n# x\n1;\"2;3\";\n4;5;\"6\"\"\"\r\n";
    let options = Table::options().comment('#');
    for length in 0..text.len() {
        let _ = options.read(&text.as_bytes()[..length], "t.csv");
    }
    for bit in 0..text.len() * 8 {
        let mut damaged = text.as_bytes().to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(table) = options.read(&damaged[..], "t.csv") {
            assert!(cells(&table).iter().all(|row| row.len() == table.names().len()));
        }
        let _ = Table::options().counts_header().read(&damaged[..], "t.csv");
    }
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

#[test]
fn three_header_lines_of_orange() {
    let text = "age\tpain\tnarrowing\nc\td\td\n\t\tclass\n63\ttypical ang\t0\n67\t?\t1\n";
    let table = Table::options().skip_after_header(2).read(text.as_bytes(), "heart.tab").unwrap();
    assert_eq!(cells(&table), [["63", "typical ang", "0"], ["67", "?", "1"]]);
}
