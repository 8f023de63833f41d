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

/// What to say of a layer over volumes, of which there are none: `Conv3d`.
pub fn of_other_rank(name: &str) -> Option<&'static str> {
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
}
