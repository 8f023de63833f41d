//! What users call: constants, `seeded`, `load`.

use super::structs::fields;
use crate::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// The inherent items of the struct, which need not be seen to be used: they stand in the block of implementations.
pub fn expand(model: &Model, fine: bool) -> TokenStream {
    let (vis, name) = (&model.vis, &model.name);
    let (names, values): (Vec<_>, Vec<_>) = fields(model).map(|(_, node, _, new)| (&node.name, new)).unzip();
    let unset = if fine { quote!(#name { #(#names: #values),* }) } else { quote!(unreachable!()) };
    let pretrained = super::pretrained::function(model, fine);
    quote! {
        /// A network whose parameters have no values yet.
        fn unset() -> #name {
            #unset
        }

        impl #name {
            /// The number of trained parameters.
            #vis const PARAMS: usize = <Self as ::nn::Parameters>::PARAMS;
            /// Floating-point operations of inference for one sample; a multiply-add is two.
            #vis const FLOPS: u64 = <Self as ::nn::Layer>::FLOPS;
            /// Floating-point operations of a training step for one sample, without the optimiser.
            #vis const TRAINING_FLOPS: u64 = Self::FLOPS + <Self as ::nn::Layer>::BACKWARD_FLOPS;
            /// Bytes of workspace that inference of one sample needs.
            #vis const WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY.inference_bytes(1);
            /// The most bytes of workspace that a training step with one sample needs.
            #vis const TRAINING_WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY.training_bytes(1);

            /// The network with initial values that a seed stands for.
            #vis fn seeded(seed: u64) -> Self {
                let mut network = unset();
                ::nn::Layer::reset(&mut network, seed);
                network
            }

            /// The network with the weights of a safetensors file, which must have all of them and no others.
            #vis fn load(path: impl ::core::convert::AsRef<::std::path::Path>) -> ::nn::Result<Self> {
                let mut network = unset();
                ::nn::storage::load_into(&mut network, path, ::nn::storage::Mode::Strict)?;
                Ok(network)
            }
            #pretrained
        }

        impl ::core::default::Default for #name {
            /// The network with initial values from seed 0.
            fn default() -> Self {
                Self::seeded(0)
            }
        }
    }
}
