//! The attributes of a line: docs and `#[name = "…"]`.

use crate::report::Report;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta};

/// What the attributes of a line say.
pub struct LineAttributes {
    /// Docs, for the field.
    pub docs: Vec<Attribute>,
    /// The name in files.
    pub file_name: Option<String>,
}

/// Reads the attributes of the line called `line`.
pub fn read(attrs: Vec<Attribute>, line: &Ident, report: &mut Report) -> LineAttributes {
    let mut read = LineAttributes { docs: Vec::new(), file_name: None };
    for attr in attrs {
        if attr.path().is_ident("doc") {
            read.docs.push(attr);
        } else if attr.path().is_ident("name") {
            read.file_name = file_name(&attr, line, report).or(read.file_name);
        } else {
            let path = attr.path();
            let name = path.get_ident().map_or_else(String::new, ToString::to_string);
            let message = format!("a line has no attribute `{name}`");
            report.error_help(&attr, message, "docs and `#[name = \"…\"]` can stand before a line");
        }
    }
    read
}

fn file_name(attr: &Attribute, line: &Ident, report: &mut Report) -> Option<String> {
    if let Meta::NameValue(pair) = &attr.meta
        && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
    {
        let name = text.value();
        if name.is_empty() || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
            report.error(
                text,
                format!("`{name}` is no name for `{line}` in files: parts between dots must not be empty"),
            );
            return None;
        }
        return Some(name);
    }
    report.error_help(attr, "the name in files is a string", format!("write `#[name = \"{line}\"]`"));
    None
}
