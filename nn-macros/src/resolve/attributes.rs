//! The attributes of a line: docs, `#[name = "…"]`, `#[frozen]` and `#[lora(…)]`.

use crate::kinds::Lora;
use crate::names::closest;
use crate::report::Report;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta};

/// What the attributes of a line say.
pub struct LineAttributes {
    /// Docs, for the field.
    pub docs: Vec<Attribute>,
    /// The name in files.
    pub file_name: Option<FileName>,
    /// A low-rank adapter.
    pub lora: Option<Lora>,
    /// `#[frozen]`.
    pub frozen: Option<Attribute>,
}

/// A name in files: `"backbone.0"`, or `"blocks.6.."` for an array whose first element is number 6.
pub struct FileName {
    /// As written.
    pub text: LitStr,
    /// Without the number.
    pub name: String,
    /// The number of the first element.
    pub first: Option<usize>,
}

impl FileName {
    fn new(text: &LitStr) -> Self {
        let whole = text.value();
        let array = whole.strip_suffix("..").and_then(|start| start.rsplit_once('.'));
        let array = array.and_then(|(name, first)| Some((name.to_owned(), first.parse().ok()?)));
        let (name, first) = array.map_or((whole, None), |(name, first)| (name, Some(first)));
        Self { text: text.clone(), name, first }
    }
}

/// Reads the attributes of the line called `line`.
pub fn read(attrs: Vec<Attribute>, line: &Ident, report: &mut Report) -> LineAttributes {
    let mut read = LineAttributes { docs: Vec::new(), file_name: None, lora: None, frozen: None };
    for attr in attrs {
        if attr.path().is_ident("doc") {
            read.docs.push(attr);
        } else if attr.path().is_ident("name") {
            if read.file_name.is_some() {
                report.error(&attr, format!("layer `{line}` has two names in files"));
            }
            read.file_name = file_name(&attr, line, report).or(read.file_name);
        } else if attr.path().is_ident("lora") {
            if read.lora.is_some() {
                report.error(&attr, format!("layer `{line}` has two low-rank adapters"));
            }
            read.lora = Lora::read(&attr, line, report).or(read.lora);
        } else if attr.path().is_ident("frozen") {
            if !matches!(attr.meta, Meta::Path(_)) {
                report.error_help(&attr, "`frozen` takes no arguments", "write `#[frozen]`");
            }
            if read.frozen.is_some() {
                report.error(&attr, format!("layer `{line}` is frozen twice"));
            }
            read.frozen = Some(attr);
        } else {
            let name = attr.path().get_ident().map_or_else(String::new, ToString::to_string);
            let help = match closest(&name, ["name", "frozen", "lora", "doc"]) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    "docs, `#[name = \"…\"]`, `#[frozen]` and `#[lora(rank = 8)]` can stand before a line".to_owned()
                }
            };
            report.error_help(attr.path(), format!("a line has no attribute `{name}`"), help);
        }
    }
    read
}

fn file_name(attr: &Attribute, line: &Ident, report: &mut Report) -> Option<FileName> {
    if let Meta::NameValue(pair) = &attr.meta
        && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
    {
        let found = FileName::new(text);
        let name = &found.name;
        if !name.is_empty() && name.split('.').any(str::is_empty) {
            let message = format!("`{name}` cannot be the name of `{line}` in files: a part between dots is empty");
            report.error_help(text, message, format!("write `#[name = \"{line}\"]`, or `#[name = \"backbone.0\"]`"));
            return None;
        }
        return Some(found);
    }
    report.error_help(attr, "the name in files is a string", format!("write `#[name = \"{line}\"]`"));
    None
}
