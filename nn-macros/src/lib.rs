//! The network! macro of the nn library.
//!
//! `syntax` is what was written, `resolve` makes a `model` of it with the help of the `kinds`, `passes` transform, `expand` prints
//! Rust. A mistake anywhere goes to the `report`, and the rest goes on, so that all are told in one run.
#![forbid(unsafe_code)]

mod expand;
mod kinds;
#[cfg(test)]
mod mistakes;
mod model;
mod names;
mod passes;
mod report;
mod resolve;
#[cfg(test)]
mod snapshots;
mod syntax;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "the library documents it where it is exported: both texts would stand on one page")]
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    network_tokens(input.into()).into()
}

fn network_tokens(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let syntax::Networks { mut list, errors } = match syn::parse2(input) {
        Ok(networks) => networks,
        Err(error) => return error.to_compile_error(),
    };
    let mut report = report::Report::default();
    errors.into_iter().for_each(|error| report.push(error));
    let siblings = resolve::Siblings::new(&mut list, &mut report);
    let mut tokens = report.to_tokens();
    for item in list {
        tokens.extend(match item {
            syntax::Item::Network(network) => {
                let mut report = report::Report::default();
                let model = resolve::network(network, &siblings, &mut report);
                expand::network(&model, report)
            }
            syntax::Item::Headless { vis, name, several, error } => expand::headless(&vis, &name, several, error),
        });
    }
    tokens
}
