//! Two small networks for MNIST: the one of Keras' example, and one with pretrained weights.

use crate::network;

network! {
    /// The network of Keras' example *Simple MNIST convnet* in its first form (`mnist_cnn.py`, 2015): two convolutions, one pool, two
    /// dense layers, dropout before both. Adam with a rate of 1e-3 and batches of 128 takes it to about 98.8 % in three epochs.
    ///
    /// | | |
    /// |---|---|
    /// | takes | a grey image of 28 × 28, values from 0 to 1 |
    /// | gives | 10 scores (Keras' has a softmax here; [`CrossEntropy`](crate::loss::CrossEntropy) takes scores) |
    /// | parameters | 1 199 882 |
    ///
    /// ```no_run
    /// use nn::prelude::*;
    /// use nn::zoo::KerasMnist;
    ///
    /// let (train, test) = nn::data::mnist("data/mnist")?;
    /// let mut trainer = Trainer::new(KerasMnist::seeded(0), CrossEntropy, Adam::default()).metric(Accuracy);
    /// trainer.fit(&train, &Fit { epochs: 3, batch_size: 128, validation: Some(&test), ..Fit::default() })?;
    /// # Ok::<(), nn::Error>(())
    /// ```
    pub struct KerasMnist: [1, 28, 28] -> [10] {
        conv1:  Conv2d(32, kernel = 3) + Relu,
        conv2:  Conv2d(64, kernel = 3) + Relu,
        pool:   MaxPool2d(2),
        drop1:  Dropout(0.25),
        flat:   Flatten,
        hidden: Dense(128) + Relu,
        drop2:  Dropout(0.5),
        logits: Dense(10),
    }

    /// The MNIST network of burn's example `import-model-weights`, for which weights from PyTorch exist.
    ///
    /// | | |
    /// |---|---|
    /// | takes | a grey image of 28 × 28, values (x / 255 − 0.1307) / 0.3081 |
    /// | gives | the logarithms of 10 probabilities |
    /// | parameters | 376 870, and 68 running statistics |
    /// | weights | GitHub: `tracel-ai/burn`, `examples/import-model-weights/weights/mnist.safetensors` and `mnist.pt` (MIT or Apache-2.0); 99.17 % of the MNIST test images |
    ///
    /// ```no_run
    /// use nn::prelude::*;
    /// use nn::zoo::MnistCnn;
    ///
    /// let net = MnistCnn::load("mnist.pt")?;
    /// let logarithms = net.predict(&[[[[0.0; 28]; 28]; 1]]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    pub struct MnistCnn: [1, 28, 28] -> [10] {
        conv1: Conv2d(8, kernel = 3) + Relu,
        conv2: Conv2d(16, kernel = 3) + Relu,
        conv3: Conv2d(24, kernel = 3) + Relu,
        norm1: BatchNorm2d,
        flat:  Flatten,
        fc1:   Dense(32) + Relu,
        drop:  Dropout(0.5),
        fc2:   Dense(10),
        norm2: BatchNorm1d + LogSoftmax,
    }
}
