//! The forms that a file may have.

use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

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
fn three_header_lines_of_orange() {
    let text = "age\tpain\tnarrowing\nc\td\td\n\t\tclass\n63\ttypical ang\t0\n67\t?\t1\n";
    let table = Table::options().skip_after_header(2).read(text.as_bytes(), "heart.tab").unwrap();
    assert_eq!(cells(&table), [["63", "typical ang", "0"], ["67", "?", "1"]]);
}
