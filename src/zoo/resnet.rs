//! ResNet-20.

use crate::network;

network! {
    /// ResNet-20 for CIFAR: 19 convolutions in blocks of two with a way around each (He, Zhang, Ren and Sun, *Deep Residual Learning for Image
    /// Recognition*, 2016, §4.2), with 1 × 1 convolutions on the ways around that change the shape (option B of the paper; the names in files
    /// are torchvision's, `layer2.0.downsample.0.weight`).
    ///
    /// | | |
    /// |---|---|
    /// | takes | an RGB image of 32 × 32, such as CIFAR-10's, normalised by channel |
    /// | gives | 10 scores |
    /// | parameters | 272 474, and 1 568 running statistics |
    ///
    /// The paper trains by SGD with momentum 0.9, weight decay 1e-4, a rate of 0.1 that is divided by 10 after 32 000 and 48 000 steps, batches of 128,
    /// and images that are padded by 4, cropped at random and mirrored; it reaches 91.25 %.
    ///
    /// ```
    /// use nn::prelude::*;
    /// use nn::zoo::ResNet20;
    ///
    /// let net = ResNet20::seeded(1);
    /// let image = Batch::<[[[f32; 32]; 32]; 3]>::zeroed(1);
    /// assert_eq!(net.predict(&image)[0].len(), 10);
    /// ```
    pub struct ResNet20: [3, 32, 32] -> [10] {
        conv1: Conv2d(16, kernel = 3, padding = 1, bias = false),
        bn1:   BatchNorm2d + Relu,
        layer1: [Sequential {
            conv1: Conv2d(16, kernel = 3, padding = 1, bias = false),
            bn1:   BatchNorm2d + Relu,
            conv2: Conv2d(16, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            sum:   Add + Relu from (bn2, input),
        }; 3],
        #[name = "layer2.0"]
        down2: Sequential {
            conv1: Conv2d(32, kernel = 3, stride = 2, padding = 1, bias = false),
            bn1:   BatchNorm2d + Relu,
            conv2: Conv2d(32, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            #[name = "downsample.0"]
            shortcut: Conv2d(32, kernel = 1, stride = 2, bias = false) from input,
            #[name = "downsample.1"]
            shortcut_bn: BatchNorm2d,
            sum:   Add + Relu from (bn2, shortcut_bn),
        },
        #[name = "layer2.1.."]
        layer2: [Sequential {
            conv1: Conv2d(32, kernel = 3, padding = 1, bias = false),
            bn1:   BatchNorm2d + Relu,
            conv2: Conv2d(32, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            sum:   Add + Relu from (bn2, input),
        }; 2],
        #[name = "layer3.0"]
        down3: Sequential {
            conv1: Conv2d(64, kernel = 3, stride = 2, padding = 1, bias = false),
            bn1:   BatchNorm2d + Relu,
            conv2: Conv2d(64, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            #[name = "downsample.0"]
            shortcut: Conv2d(64, kernel = 1, stride = 2, bias = false) from input,
            #[name = "downsample.1"]
            shortcut_bn: BatchNorm2d,
            sum:   Add + Relu from (bn2, shortcut_bn),
        },
        #[name = "layer3.1.."]
        layer3: [Sequential {
            conv1: Conv2d(64, kernel = 3, padding = 1, bias = false),
            bn1:   BatchNorm2d + Relu,
            conv2: Conv2d(64, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            sum:   Add + Relu from (bn2, input),
        }; 2],
        pool:  GlobalAvgPool2d,
        fc:    Dense(10),
    }
}
