//! Every mistake that the compiler can find, and what it says.
//!
//! `tests/ui/fail/NAME.rs` makes one mistake, and `NAME.stderr` is what rustc prints. `tests/ui/pass/NAME.rs` is its twin: the same
//! program without the mistake, which compiles and runs here, so that a case fails for its reason and no other. Files in
//! `tests/ui/several` make several mistakes at once.
//!
//! After a change of messages, `TRYBUILD=overwrite cargo test --test ui` writes the `.stderr` files anew; read the difference as the
//! person who gets it. A new case is two files and a name in `twins.rs`.
#![allow(dead_code)]

mod gallery;
mod twins;

use gallery::{gallery, page};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode};
use twins::TWINS;

/// The version of rustc whose words the `.stderr` files have.
const RUSTC: &str = "1.95.";

#[test]
fn mistakes_are_told() {
    let version = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into())).arg("--version").output();
    let version = String::from_utf8(version.expect("rustc runs").stdout).expect("a version");
    if !version.starts_with(&format!("rustc {RUSTC}")) {
        println!("skipped: the messages are those of rustc {RUSTC}x, and this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.compile_fail("tests/ui/several/*.rs");
    drop(cases); // which runs them
    if overwrites() {
        std::fs::write(page(), gallery()).expect("the gallery is written");
    }
}

fn overwrites() -> bool {
    std::env::var("TRYBUILD").is_ok_and(|mode| mode == "overwrite")
}

/// The names of the files with this extension in a folder of `tests/ui`.
fn files(folder: &str, extension: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(folder);
    let paths = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    paths.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn lines(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_mistake_has_a_twin() {
    let listed: BTreeSet<String> = TWINS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (folder, extension) in [("fail", "rs"), ("fail", "stderr"), ("pass", "rs")] {
        let found = files(folder, extension);
        let differences: Vec<&String> = found.symmetric_difference(&listed).collect();
        assert!(differences.is_empty(), "only in `{folder}/*.{extension}` or only in `twins.rs`: {differences:?}");
    }
}

#[test]
fn twins_differ_in_one_line() {
    for (name, _) in TWINS {
        let (mut fail, mut pass) = (lines(&format!("fail/{name}.rs")), lines(&format!("pass/{name}.rs")));
        while !fail.is_empty() && fail.first() == pass.first() {
            fail.remove(0);
            pass.remove(0);
        }
        while !fail.is_empty() && fail.last() == pass.last() {
            fail.pop();
            pass.pop();
        }
        assert!(
            fail.len().max(pass.len()) == 1,
            "{name}: the twins differ in more than one line: {fail:#?} and {pass:#?}"
        );
    }
}

/// Mistakes that are told more than once. Most are outside of networks: rustc tells a bound on the type of a value wherever the value is
/// used.
const TOLD_AGAIN: &[(&str, usize)] = &[
    // What goes into the body of the residual, and what comes out.
    ("elsewhere_in_residual", 2),
    // Each of the two losses.
    ("loss_of_outputs_swapped", 2),
    // Once as a loss for the meaning of the output, once for its shape.
    ("loss_that_is_none", 2),
    ("one_loss_for_two_outputs", 3),
    ("optimizer_that_is_none", 2),
    // A name that is none, and one that is missing.
    ("plan_line_misspelt", 2),
];

#[test]
fn mistakes_are_told_once() {
    for name in files("fail", "stderr") {
        let errors = lines(&format!("fail/{name}.stderr")).iter().filter(|line| line.starts_with("error")).count();
        let expected = TOLD_AGAIN.iter().find(|(known, _)| *known == name).map_or(1, |(_, count)| *count);
        assert_eq!(errors, expected, "{name}: one mistake, {errors} errors");
    }
}

#[test]
fn twins_run() {
    for (name, run) in TWINS {
        assert_eq!(run(), ExitCode::SUCCESS, "{name}");
    }
}
