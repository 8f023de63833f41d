//! Whatever stands in a call, the macro does not panic, what it writes is Rust, and a mistake is reported.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::str::FromStr;

/// What takes the place of a token, one at a time.
const OTHERS: [&str; 14] = ["", ",", ";", "+", "->", "from", "0", "-1", "1.5", "\"text\"", "()", "[]", "{}", "r#type"];

/// All token streams that differ from `tokens` in one token.
fn mutations(tokens: &TokenStream) -> Vec<TokenStream> {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut all = Vec::new();
    for i in 0..list.len() {
        let with = |middle: TokenStream| -> TokenStream {
            list[..i].iter().cloned().chain(middle).chain(list[i + 1..].iter().cloned()).collect()
        };
        all.extend(OTHERS.iter().map(|other| with(TokenStream::from_str(other).expect("tokens"))));
        all.push(with([list[i].clone(), list[i].clone()].into_iter().collect()));
        if let TokenTree::Group(group) = &list[i] {
            let inner = mutations(&group.stream());
            all.extend(
                inner.into_iter().map(|inner| with(TokenTree::from(Group::new(group.delimiter(), inner)).into())),
            );
            all.push(with(TokenTree::from(Group::new(Delimiter::Parenthesis, group.stream())).into()));
        }
    }
    all
}

fn expand(tokens: &TokenStream) -> TokenStream {
    let tokens = tokens.clone();
    let shown = tokens.to_string();
    let expanded = catch_unwind(|| crate::network_tokens(tokens)).unwrap_or_else(|_| panic!("panics at: {shown}"));
    let parsed = syn::parse2::<syn::File>(expanded.clone());
    assert!(parsed.is_ok(), "is no Rust at: {shown}\n{}", parsed.err().expect("an error"));
    expanded
}

fn sources() -> Vec<TokenStream> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let paths = fs::read_dir(folder).expect("the folder of snapshots").map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "network"));
    paths.map(|path| fs::read_to_string(path).expect("a network").parse().expect("tokens")).collect()
}

#[test]
fn one_wrong_token_never_breaks_the_macro() {
    let mut count = 0;
    for source in sources() {
        assert!(!expand(&source).to_string().contains("compile_error"), "a network without mistakes");
        for mutation in mutations(&source) {
            expand(&mutation);
            count += 1;
        }
    }
    assert!(count > 1000, "{count} mutations");
}

#[test]
fn odd_networks_never_break_the_macro() {
    let odd = [
        "struct A: [99999999999, 99999999999, 99999999999] -> [1] { a: Flatten, b: Dense(1) }",
        "struct A: [340282366920938463463374607431768211456] -> [1] { b: Dense(1) }",
        "struct A: [4] -> [4] { r#type: Dense(4) + Softmax, r#match: Residual { r#in: Dense(4) }, }",
        "struct r#A: [4] -> [4] { a: Dense(4) }",
        "struct A: [W] -> [W] { a: [B; W - W], b: <T as U>::V as [W] -> [W], c: crate::x::Y, d: self::Z }",
        "struct A: [4] -> [4] { a: A }",
        "struct A: [4] -> [4] { a: B } struct B: [4] -> [4] { a: A }",
        "struct A: [4] -> [4] { _a: Dense(4), __: Dense(4), a__b: Residual { c: Dense(4) } }",
        "struct A: [4] -> (a: [4], b: [4]) { a: Identity, b: Identity from input }",
        "struct A: (a: [4], b: [4]) -> [4] { c: Add from (a, b, a, a, a, a, a, a, a) }",
        "struct A: [4] -> [4] { a: Dense(4), b: same_as a, c: same_as b, d: same_as d }",
    ];
    for source in odd {
        expand(&source.parse().expect("tokens"));
    }
}
