//! Prints a model as Rust: a struct with its API outside, and everything that implements it.
//!
//! The code is meant to be read: straight-line calls, one for each line and direction, over names that the user gave.

mod api;
mod backward;
mod constants;
mod docs;
mod forward;
mod layer;
mod locals;
mod memory;
mod parameters;
mod ports;
mod structs;

use crate::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// The code of a network and of its residual bodies. After a mistake (`fine` is false) everything that other code can name is
/// there too, but it does nothing, so that the mistake is told and not its echoes.
pub fn network(model: &Model, fine: bool) -> TokenStream {
    let bodies = model.bodies.iter().map(|body| network(body, fine));
    let (structs, ports, sizes) = (structs::expand(model), ports::expand(model), constants::sizes(model));
    let aliases = structs::aliases(model);
    let (api, checks) = (api::expand(model), &model.checks);
    let (memory, parameters, layer) =
        (memory::expand(model, fine), parameters::expand(model), layer::expand(model, fine));
    let budget = if fine { constants::budget(model) } else { TokenStream::new() };
    quote! {
        #(#bodies)*
        #structs
        #ports
        #sizes
        #(#checks)*
        #budget
        const _: () = {
            #aliases
            #api
            #memory
            #parameters
            #layer
        };
    }
}
