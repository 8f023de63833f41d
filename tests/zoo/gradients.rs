//! The blocks of the networks at a size at which finite differences are quick.

use nn::{check, network};

network! {
    /// The blocks of ResNet-20.
    struct SmallResNet: [3, 6, 6] -> [4] {
        conv1: Conv2d(4, kernel = 3, padding = 1, bias = false),
        bn1:   BatchNorm2d + Tanh,
        layer1: [Sequential {
            conv1: Conv2d(4, kernel = 3, padding = 1, bias = false),
            bn1:   BatchNorm2d + Tanh,
            conv2: Conv2d(4, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            sum:   Add + Tanh from (bn2, input),
        }; 2],
        down2: Sequential {
            conv1: Conv2d(6, kernel = 3, stride = 2, padding = 1, bias = false),
            bn1:   BatchNorm2d + Tanh,
            conv2: Conv2d(6, kernel = 3, padding = 1, bias = false),
            bn2:   BatchNorm2d,
            shortcut: Conv2d(6, kernel = 1, stride = 2, bias = false) from input,
            shortcut_bn: BatchNorm2d,
            sum:   Add + Tanh from (bn2, shortcut_bn),
        },
        pool:  GlobalAvgPool2d,
        fc:    Dense(4),
    }

    /// The blocks of EfficientNet-Lite0.
    struct SmallEfficientNet: [3, 9, 8] -> [5] {
        stem:  Conv2d(4, kernel = 3, stride = 2, padding = same, bias = false),
        norm0: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Silu,
        block0: Sequential {
            expand: Conv2d(8, kernel = 1, bias = false),
            norm0: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Silu,
            depthwise: Conv2d(8, kernel = 5, stride = 2, padding = same, groups = 8, bias = false),
            norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Silu,
            project: Conv2d(6, kernel = 1, bias = false),
            norm2: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        },
        blocks1: [Residual {
            expand: Conv2d(12, kernel = 1, bias = false),
            norm0: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Silu,
            depthwise: Conv2d(12, kernel = 3, padding = same, groups = 12, bias = false),
            norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01) + Silu,
            project: Conv2d(6, kernel = 1, bias = false),
            norm2: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        }; 2],
        pool:  GlobalAvgPool2d,
        fc:    Dense(5),
    }

    /// The blocks of the U-Net.
    struct SmallUNet: [1, 8, 6] -> [2, 8, 6] {
        down: Sequential {
            conv: Conv2d(3, kernel = 3, padding = same, bias = false),
            norm: BatchNorm2d + Tanh,
        },
        pool: AvgPool2d(2),
        middle: Sequential {
            conv: Conv2d(4, kernel = 3, padding = same, bias = false),
            norm: BatchNorm2d + Tanh,
        },
        larger: Upsample(2, mode = bilinear),
        joined: Concat from (larger, down),
        scores: Conv2d(2, kernel = 1),
    }
}

/// As in training and with frozen statistics. (Smooth activations: a difference across a kink means nothing.)
#[test]
fn blocks_agree_with_finite_differences() {
    for training in [true, false] {
        let options = check::Options { samples: 4, elements: 8, training, ..Default::default() };
        check::gradients(&mut SmallResNet::seeded(1), &options).unwrap();
        check::gradients(&mut SmallEfficientNet::seeded(2), &options).unwrap();
        check::gradients(&mut SmallUNet::seeded(3), &options).unwrap();
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    check::threads(&mut SmallResNet::seeded(1), 5).unwrap();
    check::threads(&mut SmallEfficientNet::seeded(2), 5).unwrap();
    check::threads(&mut SmallUNet::seeded(3), 5).unwrap();
}
