//! `#[weights("file")]`: reads the header of the file. Whether it fits the network is a check for the compiler, which knows all its tensors.

use crate::model::Pretrained;
use crate::report::Report;
use crate::syntax::Weights;
use nn_spec::rename::{self, Rule};
use nn_spec::safetensors::{self, Header};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use syn::{Ident, LitStr};

/// More than enough to tell what a file is.
const HEAD: usize = 512;

/// Reads what the compiler has to know of the file for the network called `name`.
pub fn read(weights: Weights, name: &Ident, report: &mut Report) -> Pretrained {
    let file = weights.file.value();
    let mut pretrained = Pretrained { weights, path: file.clone(), tensors: Vec::new() };
    let place = pretrained.weights.file.clone();
    let title = format!("network `{name}`: `{file}`");
    let Some(path) = find(&place) else {
        let help = "the name is that of a file below the folder of `Cargo.toml`, or of one beside this source file";
        report.error_help(&place, format!("{title} is not there"), help);
        return pretrained;
    };
    pretrained.path = path.display().to_string();
    let header = match header(&path) {
        Ok(header) => header,
        Err(problem) => {
            let help =
                "weights are checked in safetensors files: `nn::storage::Weights` reads others when the program runs";
            report.error_help(&place, format!("{title} cannot be read: {problem}"), help);
            return pretrained;
        }
    };
    match tensors(header, &pretrained.weights.rules) {
        Ok(tensors) => pretrained.tensors = tensors,
        Err(problem) => report.error(&place, format!("{title}: {problem}")),
    }
    pretrained
}

/// The file, below the folder of `Cargo.toml` or beside the source file.
fn find(file: &LitStr) -> Option<PathBuf> {
    let name = file.value();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(|folder| Path::new(&folder).join(&name));
    // Only inside of the compiler is a span in a file.
    let source = proc_macro::is_available().then(|| file.span().unwrap().local_file()).flatten();
    let source = source.and_then(|source| Some(source.parent()?.join(&name)));
    [package, source].into_iter().flatten().find(|path| path.is_file())?.canonicalize().ok()
}

/// The header of a file, of which no more than that is read.
fn header(path: &Path) -> Result<Header, String> {
    let problem = |error: std::io::Error| error.to_string();
    let mut file = File::open(path).map_err(problem)?;
    let total = file.metadata().map_err(problem)?.len();
    let mut head = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(problem)?;
    let length = safetensors::length(&head, total)?;
    let end = safetensors::LENGTH + length;
    let missing = end.saturating_sub(head.len());
    file.take(missing as u64).read_to_end(&mut head).map_err(problem)?;
    let text = head.get(safetensors::LENGTH..end).ok_or("it became shorter while it was read")?;
    safetensors::parse(text, total - end as u64)
}

/// Names and shapes, after the rules.
fn tensors(header: Header, rules: &[Rule]) -> Result<Vec<(String, Vec<usize>)>, String> {
    let names = rename::apply(rules, header.tensors.keys().map(String::as_str))?;
    let mut tensors = Vec::new();
    for ((old, entry), name) in header.tensors.into_iter().zip(names) {
        let Some(name) = name else { continue };
        if !entry.dtype.is_float() && !name.ends_with("num_batches_tracked") {
            return Err(format!("tensor `{old}` holds {}, but weights are F32, F64, F16 or BF16", entry.dtype));
        }
        tensors.push((name, entry.shape));
    }
    Ok(tensors)
}
