//! Prints a model as Rust: a struct with its API outside, and everything that implements it.
//!
//! The code is meant to be read: straight-line calls, one for each line and direction, over names that the user gave.

mod api;
mod backward;
mod bottom;
mod constants;
mod docs;
mod forward;
mod layer;
mod locals;
mod memory;
mod names;
mod parameters;
mod plan;
mod ports;
mod pretrained;
mod reach;
mod structs;
mod stub;

pub use stub::headless;

use crate::model::Model;
use crate::report::Report;
use proc_macro2::TokenStream;
use quote::quote;
use stub::Mistake;

/// The code of a network and of its residual bodies, and its mistakes. After a mistake everything that other code can name is
/// there too, but it does nothing, so that the mistake is told and not its echoes.
pub fn network(model: &Model, mut report: Report) -> TokenStream {
    let fine = report.is_empty();
    let mistake = Mistake::new(model, &mut report);
    let item = mistake.as_ref().map(|mistake| &mistake.item);
    let names = (fine && mistake.is_none()).then(|| names::check(model));
    let (errors, code) = (report.to_tokens(), print(model, fine && mistake.is_none(), mistake.as_ref()));
    quote!(#errors #item #code #names)
}

fn print(model: &Model, fine: bool, mistake: Option<&Mistake>) -> TokenStream {
    let bodies = model.bodies.iter().map(|body| print(body, fine, mistake));
    let (sizes, types, checks) = (constants::sizes(model), &model.types, &model.checks);
    let network = match mistake {
        Some(mistake) if stub::is_broken(model) => stub::expand(model, &mistake.ty),
        _ => whole(model, fine),
    };
    quote! {
        #(#bodies)*
        #sizes
        #(#types)*
        #(#checks)*
        #network
    }
}

fn whole(model: &Model, fine: bool) -> TokenStream {
    let (structs, ports, aliases) = (structs::expand(model), ports::expand(model), structs::aliases(model));
    let (api, memory) = (api::expand(model, fine), memory::expand(model, fine));
    let (parameters, layer) = (parameters::expand(model), layer::expand(model, fine, None));
    let (plan, planned) = (plan::declared(model), plan::expand(model));
    let budget = if fine { constants::budget(model) } else { TokenStream::new() };
    let weights = if fine { pretrained::check(model) } else { TokenStream::new() };
    quote! {
        #structs
        #plan
        #ports
        #budget
        #weights
        const _: () = {
            #[allow(unused_imports)]
            use ::nn::expand::names::*;
            #aliases
            #api
            #memory
            #parameters
            #layer
            #planned
        };
    }
}
