//! Whatever stands in a call, the macro does not panic, what it writes is Rust, and a mistake is reported.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::panic::catch_unwind;
use std::str::FromStr;

/// What takes the place of a token, one at a time.
const OTHERS: [&str; 5] = ["", "->", "0", "()", "r#type"];

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

/// Every construct of the language once, as small as can be.
const NETWORK: &str = "
    #[budget(params <= 1_000)]
    pub struct A: (a: [2, 4], b: [N]) -> (c: [4], d: [8]) {
        #[name = \"x.y\"]
        e: Flatten from a,
        c: Dense(8 -> 4, bias = false) + Relu from e,
        f: Residual { g: Dense(4) },
        h: [B; 2],
        i: Own as [4] -> [4],
        j: same_as i,
        k: path::Own,
        d: Concat from (j, k),
    }
    struct B: [4] -> [4] { l: Dropout(0.1), m: Dense(4) }
";

#[test]
fn one_wrong_token_never_breaks_the_macro() {
    let source = TokenStream::from_str(NETWORK).expect("tokens");
    let reported = expand(&source).to_string().matches("compile_error").count();
    assert_eq!(reported, 1, "only the input `b` is not used");
    let mutations = mutations(&source);
    assert!(mutations.len() > 500, "{} mutations", mutations.len());
    mutations.iter().for_each(|mutation| drop(expand(mutation)));
}

#[test]
fn odd_networks_never_break_the_macro() {
    let odd = [
        "struct A: [99999999999, 99999999999, 99999999999] -> [1] { a: Flatten, b: Dense(1) }",
        "struct A: [340282366920938463463374607431768211456] -> [1] { b: Dense(1) }",
        "struct A: [4] -> [4] { r#type: Dense(4) + Softmax, r#match: Residual { r#in: Dense(4) }, }",
        "struct r#A: [4] -> [4] { a: Dense(4) }",
        "struct A: [W] -> [W] { a: [B; W - W], b: <T as U>::V as [W] -> [W], c: crate::x::Y, d: self::Z }",
        "struct A: [4] -> [4] { _1: Dense(4), __: Dense(4), ___: Dense(4), _0: Residual { _1: Dense(4) }, _2: Own as [4] -> [4] }",
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
