//! Pretrained weights: the check against the file, and the function that loads it.

use crate::model::{Model, Pretrained};
use crate::report::Place;
use nn_spec::rename::Rule;
use proc_macro2::TokenStream;
use quote::quote;

/// The assertion that the file fits, and what makes cargo compile again when the file changes.
pub fn check(model: &Model) -> TokenStream {
    let Some(Pretrained { weights, path, tensors }) = &model.weights else { return TokenStream::new() };
    let (name, file) = (&model.name, weights.file.value());
    let subject = format!("{} does not fit `{file}`:", model.title);
    let tensors = tensors.iter().map(|(name, shape)| quote!((#name, &[#(#shape),*])));
    let check = weights
        .file
        .range()
        .call("check_weights", quote!(#subject, &<#name as ::nn::Parameters>::TENSORS, &[#(#tensors),*]));
    quote! {
        #[allow(long_running_const_eval)]
        const _: () = #check;
        /// Names the file, so that the program is compiled again when it changes.
        const _: &[u8] = ::core::include_bytes!(#path);
    }
}

/// `fn pretrained`.
pub fn function(model: &Model, fine: bool) -> TokenStream {
    let Some(Pretrained { weights, path, .. }) = &model.weights else { return TokenStream::new() };
    let (vis, file) = (&model.vis, weights.file.value());
    let read = if weights.embed {
        quote!(::nn::storage::Weights::from_bytes(::core::include_bytes!(#path)))
    } else {
        quote!(::nn::storage::Weights::open(#path))
    };
    let rules = weights.rules.iter().map(|rule| match rule {
        Rule::Strip(prefix) => quote!(.strip_prefix(#prefix)),
        Rule::Add(prefix) => quote!(.add_prefix(#prefix)),
        Rule::Pair(from, to) => quote!(.pair(#from, #to)),
        Rule::Pattern(from, to) => quote!(.pattern(#from, #to)),
        Rule::Regex(from, to) => quote!(.regex(#from, #to)),
        Rule::LeaveOut(pattern) => quote!(.leave_out(#pattern)),
    });
    let rename = (!weights.rules.is_empty()).then(|| quote!(.rename(&::nn::storage::Rename::new() #(#rules)*)?));
    let doc = match weights.embed {
        true => format!(" The network with the weights of `{file}`, which are a part of the program."),
        false => format!(
            " The network with the weights of `{file}`, which is read from where it was when the program was compiled."
        ),
    };
    let body = if fine {
        quote! {
            let mut network = unset();
            #read? #rename .load_into(&mut network, ::nn::storage::Mode::Base)?;
            Ok(network)
        }
    } else {
        quote!(unreachable!())
    };
    quote! {
        #[doc = #doc]
        #vis fn pretrained() -> ::nn::Result<Self> {
            #body
        }
    }
}
