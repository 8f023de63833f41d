//! LeNet-5.

use crate::network;

network! {
    /// LeNet-5, the first convolutional network that read digits for a living (LeCun, Bottou, Bengio and Haffner, *Gradient-Based Learning
    /// Applied to Document Recognition*, 1998), as it is taught today: all maps of `conv1` go to all of `conv2`, subsampling is a mean
    /// without weights, and the output is scores for cross-entropy in place of radial basis functions.
    ///
    /// | | |
    /// |---|---|
    /// | takes | a grey image of 28 × 28, such as MNIST's; padded to the 32 × 32 of the paper |
    /// | gives | 10 scores |
    /// | parameters | 61 706 |
    ///
    /// ```
    /// use nn::prelude::*;
    /// use nn::zoo::LeNet5;
    ///
    /// let net = LeNet5::seeded(1);
    /// assert_eq!(net.predict(&[[[[0.0; 28]; 28]; 1]]).len(), 1);
    /// assert_eq!(LeNet5::PARAMS, 61_706);
    /// ```
    pub struct LeNet5: [1, 28, 28] -> [10] {
        conv1: Conv2d(6, kernel = 5, padding = 2) + Tanh,
        pool1: AvgPool2d(2),
        conv2: Conv2d(16, kernel = 5) + Tanh,
        pool2: AvgPool2d(2),
        flat:  Flatten,
        fc1:   Dense(120) + Tanh,
        fc2:   Dense(84) + Tanh,
        fc3:   Dense(10),
    }
}
