//! A small U-Net.

use crate::network;

network! {
    /// A small U-Net: for every pixel whether it belongs to what is looked for (Ronneberger, Fischer and Brox, *U-Net: Convolutional Networks for
    /// Biomedical Image Segmentation*, 2015), with two steps down instead of four, a quarter of the channels, borders kept (`same`), batch
    /// normalisation, and bilinear enlargement in place of transposed convolutions.
    ///
    /// | | |
    /// |---|---|
    /// | takes | a grey image of 64 × 64 |
    /// | gives | a score for each pixel, for [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy): above 0 it more likely belongs |
    /// | parameters | 118 305, and 672 running statistics |
    ///
    /// ```
    /// use nn::prelude::*;
    /// use nn::zoo::UNet;
    ///
    /// let net = UNet::seeded(1);
    /// let image = Batch::<[[[f32; 64]; 64]; 1]>::zeroed(1);
    /// let mask = net.predict(&image)[0][0].map(|row| row.map(|score| score > 0.0));
    /// assert_eq!(mask.len(), 64);
    /// ```
    pub struct UNet: [1, 64, 64] -> [1, 64, 64] {
        down1: Sequential {
            conv1: Conv2d(16, kernel = 3, padding = same, bias = false),
            norm1: BatchNorm2d + Relu,
            conv2: Conv2d(16, kernel = 3, padding = same, bias = false),
            norm2: BatchNorm2d + Relu,
        },
        pool1: MaxPool2d(2),
        down2: Sequential {
            conv1: Conv2d(32, kernel = 3, padding = same, bias = false),
            norm1: BatchNorm2d + Relu,
            conv2: Conv2d(32, kernel = 3, padding = same, bias = false),
            norm2: BatchNorm2d + Relu,
        },
        pool2: MaxPool2d(2),
        middle: Sequential {
            conv1: Conv2d(64, kernel = 3, padding = same, bias = false),
            norm1: BatchNorm2d + Relu,
            conv2: Conv2d(64, kernel = 3, padding = same, bias = false),
            norm2: BatchNorm2d + Relu,
        },
        larger2: Upsample(2, mode = bilinear),
        joined2: Concat from (larger2, down2),
        up2: Sequential {
            conv1: Conv2d(32, kernel = 3, padding = same, bias = false),
            norm1: BatchNorm2d + Relu,
            conv2: Conv2d(32, kernel = 3, padding = same, bias = false),
            norm2: BatchNorm2d + Relu,
        },
        larger1: Upsample(2, mode = bilinear),
        joined1: Concat from (larger1, down1),
        up1: Sequential {
            conv1: Conv2d(16, kernel = 3, padding = same, bias = false),
            norm1: BatchNorm2d + Relu,
            conv2: Conv2d(16, kernel = 3, padding = same, bias = false),
            norm2: BatchNorm2d + Relu,
        },
        scores: Conv2d(1, kernel = 1),
    }
}
