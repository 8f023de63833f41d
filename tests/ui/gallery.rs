//! The gallery of messages, `docs/errors.md`.

use crate::{lines, overwrites};
use std::path::{Path, PathBuf};

pub fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")
}

/// `docs/errors.md` with its blocks filled: behind a comment such as `<!-- fail/wrong_input -->` come the program and the message.
pub fn gallery() -> String {
    let page = std::fs::read_to_string(page()).expect("the gallery");
    let mut filled = String::new();
    let mut lines_of_page = page.lines();
    while let Some(line) = lines_of_page.next() {
        filled += &format!("{line}\n");
        let Some(case) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) else { continue };
        for _ in 0..2 {
            lines_of_page.by_ref().find(|line| line.starts_with("```")).expect("a block");
            lines_of_page.by_ref().find(|line| *line == "```").expect("the end of a block");
        }
        let (program, message) = (lines(&format!("{case}.rs")), lines(&format!("{case}.stderr")));
        let start = program.iter().position(|line| line.is_empty()).expect("a line behind the imports") + 1;
        let end = program.iter().position(|line| line.starts_with("fn main") && !line.contains("Result"));
        // Of a mistake in a network the network is shown, of one elsewhere everything.
        let shown = &program[start..if case.contains("per_layer") { None } else { end }.unwrap_or(program.len())];
        filled += &format!(
            "```rust\n{}\n```\n\n```text\n{}\n```\n",
            shown.join("\n").trim_end(),
            message.join("\n").trim_end()
        );
    }
    filled
}

#[test]
fn the_gallery_is_as_printed() {
    let printed = std::fs::read_to_string(page()).expect("the gallery");
    assert!(
        overwrites() || printed == gallery(),
        "docs/errors.md is old: run `TRYBUILD=overwrite cargo test --test ui`"
    );
}
