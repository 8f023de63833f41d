//! What layers and activations are called in other libraries, for those who come from there.

/// Names in PyTorch, Keras and elsewhere (in lower case, without underscores) that do not resemble ours, and ours.
const NAMES: &[(&str, &str)] = &[
    ("linear", "Dense"),
    ("fullyconnected", "Dense"),
    ("fc", "Dense"),
    ("lazylinear", "Dense"),
    ("layernormalization", "LayerNorm"),
    ("rmsnormalization", "RmsNorm"),
    ("batchnormalization", "BatchNorm1d"),
    ("batchnorm", "BatchNorm1d"),
    ("parametricrelu", "PRelu"),
    ("swish", "Silu"),
    ("hardsilu", "HardSwish"),
    ("logistic", "Sigmoid"),
    ("expit", "Sigmoid"),
    ("convolution2d", "Conv2d"),
    ("averagepooling2d", "AvgPool2d"),
    ("averagepool2d", "AvgPool2d"),
    ("globalaveragepooling2d", "GlobalAvgPool2d"),
    ("adaptiveaveragepooling2d", "AdaptiveAvgPool2d"),
    ("averagepooling1d", "AvgPool1d"),
    ("averagepool1d", "AvgPool1d"),
    ("globalaveragepooling1d", "GlobalAvgPool1d"),
    ("adaptiveaveragepooling1d", "AdaptiveAvgPool1d"),
    ("convolution1d", "Conv1d"),
    ("conv2dtranspose", "ConvTranspose2d"),
    ("deconv2d", "ConvTranspose2d"),
    ("deconvolution2d", "ConvTranspose2d"),
    ("groupnormalization", "GroupNorm"),
    ("attention", "MultiHeadAttention"),
    ("selfattention", "MultiHeadAttention"),
    ("causalselfattention", "MultiHeadAttention"),
    ("mha", "MultiHeadAttention"),
    ("spatialdropout2d", "Dropout2d"),
    ("featuredropout", "Dropout2d"),
    ("upsampling2d", "Upsample"),
    ("interpolate", "Upsample"),
    ("resize", "Upsample"),
    ("zeropadding2d", "ZeroPad2d"),
    ("pad", "ZeroPad2d"),
    ("simplernn", "Rnn"),
    ("elman", "Rnn"),
    ("longshorttermmemory", "Lstm"),
    ("gatedrecurrentunit", "Gru"),
    ("concatenate", "Concat"),
    ("cat", "Concat"),
    ("stack", "Concat"),
    ("sum", "Add"),
    ("unflatten", "Reshape"),
    ("view", "Reshape"),
    ("transpose", "Permute"),
    ("skip", "Residual"),
    ("lookup", "Embedding"),
    ("positionalencoding", "PositionEmbedding"),
    ("positionalembedding", "PositionEmbedding"),
    ("select", "Last"),
];

/// What is said otherwise here, and how.
const IN_WORDS: &[(&str, &str)] = &[
    ("bidirectional", "write `Lstm(128, bidirectional = true)`"),
    ("timedistributed", "`Dense` treats every step of [steps, features] alike: write it by itself"),
    ("transformerencoderlayer", TRANSFORMER),
    ("transformerdecoderlayer", TRANSFORMER),
    ("transformerencoder", TRANSFORMER),
    ("transformerblock", TRANSFORMER),
    ("transformer", TRANSFORMER),
];
const TRANSFORMER: &str = "write its lines: `look: Residual { norm: LayerNorm, heads: MultiHeadAttention(4) }`, then `think: Residual { norm: LayerNorm, \
                           up: Dense(512) + Gelu, down: Dense(128) }`";

/// Arguments of other libraries, and what stands in their place.
const ARGUMENTS: &[(&[&str], &str, &str)] = &[
    (&RECURRENT, "num_layers", "every layer is a line: write the next one below it"),
    (&RECURRENT, "return_sequences", "it gives all steps: put a `Last` line behind it for the last one"),
    (
        &RECURRENT,
        "return_state",
        "it gives the states of all steps; from a state that is given there are cells: `GruCell(128) from (x, state)`",
    ),
    (&RECURRENT, "batch_first", "samples always come first: leave it out"),
    (&RECURRENT, "dropout", "write a line of its own: `drop: Dropout(0.25)`"),
    (&["Embedding"], "padding_idx", PADDING),
    (&["Embedding"], "mask_zero", PADDING),
    (&["MultiHeadAttention"], "embed_dim", "what it takes follows from the line above: leave it out"),
    (&["MultiHeadAttention"], "key_dim", "the features of a head follow from the line above: leave it out"),
    (&["MultiHeadAttention"], "is_causal", "write `causal = true`"),
    (&["MultiHeadAttention"], "use_causal_mask", "write `causal = true`"),
    (&["MultiHeadAttention"], "dropout", "write a line of its own: `drop: Dropout(0.25)`"),
];
const RECURRENT: [&str; 3] = ["Lstm", "Gru", "Rnn"];
const PADDING: &str = "a token for padding is one like the others; `CrossEntropy { ignore_index: Some(0), ..CrossEntropy }` leaves its steps out of the loss";

/// What to write for an argument that a kind has in other libraries.
pub fn argument(kind: &str, name: &str) -> Option<&'static str> {
    ARGUMENTS.iter().find(|(kinds, theirs, _)| kinds.contains(&kind) && *theirs == name).map(|(.., help)| *help)
}

/// What to say of a layer that is no kind here: one over volumes (`Conv3d`), or one that other kinds make.
pub fn in_words(name: &str) -> Option<&'static str> {
    let plain = name.to_lowercase().replace('_', "");
    let words = IN_WORDS.iter().find(|(theirs, _)| *theirs == plain).map(|(_, help)| *help);
    words.or_else(|| of_other_rank(name))
}

fn of_other_rank(name: &str) -> Option<&'static str> {
    const OVER_VOLUMES: [&str; 9] = [
        "conv3d",
        "convtranspose3d",
        "conv3dtranspose",
        "batchnorm3d",
        "dropout3d",
        "maxpool3d",
        "maxpooling3d",
        "avgpool3d",
        "averagepooling3d",
    ];
    OVER_VOLUMES.contains(&&*name.to_lowercase()).then_some("there are no layers over volumes")
}

/// Our name of what is called `name` elsewhere.
pub fn elsewhere(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace('_', "");
    NAMES.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_ours_exists() {
        for (theirs, ours) in NAMES {
            assert!(crate::kinds::names().any(|name| name == *ours), "{theirs}: there is no `{ours}`");
            assert!(crate::kinds::names().all(|name| name.to_lowercase() != *theirs), "`{theirs}` is a name of ours");
        }
    }

    #[test]
    fn arguments_of_theirs_are_none_of_ours() {
        for (kinds, theirs, _) in ARGUMENTS {
            for kind in *kinds {
                let ours = crate::kinds::find(kind).unwrap_or_else(|| panic!("there is no `{kind}`"));
                assert!(ours.params.iter().all(|param| param.name != *theirs), "`{kind}` has `{theirs}`");
            }
        }
        for (theirs, _) in IN_WORDS {
            assert!(crate::kinds::names().all(|name| name.to_lowercase() != *theirs), "`{theirs}` is a name of ours");
        }
    }
}
