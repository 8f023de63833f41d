//! What the macro writes is reviewed like source: each `snapshots/NAME.network` expands to `snapshots/NAME.rs`.
//!
//! After a change of the expansion, `UPDATE_SNAPSHOTS=1 cargo test -p nn-macros` writes the files anew; read the difference.

use std::fs;
use std::path::{Path, PathBuf};

fn networks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of snapshots")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "network"))
        .collect();
    files.sort();
    files
}

#[test]
fn expansions_are_as_reviewed() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let files = networks();
    assert!(!files.is_empty(), "there are no snapshots");
    let mut changed = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a network");
        let tokens = crate::network_tokens(source.parse().expect("tokens"));
        let parsed = syn::parse2(tokens)
            .unwrap_or_else(|error| panic!("{}: the expansion does not parse: {error}", file.display()));
        let header =
            "// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.\n\n";
        let printed = format!("{header}{}", prettyplease::unparse(&parsed));
        let expected = file.with_extension("rs");
        if update {
            fs::write(&expected, printed).expect("a snapshot to write");
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&*printed) {
            changed.push(expected);
        }
    }
    assert!(changed.is_empty(), "these expansions changed, see src/snapshots.rs: {changed:#?}");
}
