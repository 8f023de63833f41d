//! Thirty steps of training beside PyTorch: the losses on the way and the parameters at the end, by a loop written by hand and by
//! `Trainer`.

mod case;
mod sequences;

use case::Case;
use nn::loss::{CrossEntropy, MeanSquaredError};
use nn::optim::{Adam, AdamW, LayerSettings, Sgd};
use nn::{Parameters, network};

network! {
    /// Lines with PyTorch's names in an `nn.Sequential`, which counts activations too.
    struct Classifier: [20] -> [5] {
        #[name = "0"]
        first: Dense(16) + Relu,
        #[name = "2"]
        second: Dense(8) + Relu,
        #[name = "4"]
        third: Dense(5),
    }

    struct Regression: [13] -> [1] {
        #[name = "0"]
        first: Dense(24) + Tanh,
        #[name = "2"]
        second: Dense(1),
    }

    struct Cnn: [1, 14, 14] -> [10] {
        #[name = "0"]
        first: Conv2d(6, kernel = 3) + Relu,
        pool: MaxPool2d(2),
        #[name = "3"]
        second: Conv2d(8, kernel = 3, padding = 1) + Relu,
        flat: Flatten,
        #[name = "6"]
        scores: Dense(10),
    }

    struct ResNet: [3, 10, 10] -> [4] {
        #[name = "0"]
        stem: Conv2d(8, kernel = 3, padding = same, bias = false),
        #[name = "1"]
        norm: BatchNorm2d,
        start: Relu,
        #[name = "3.c1"]
        conv1: Conv2d(8, kernel = 3, padding = 1, bias = false),
        #[name = "3.b1"]
        norm1: BatchNorm2d,
        act1: Relu,
        #[name = "3.c2"]
        conv2: Conv2d(8, kernel = 3, padding = 1, bias = false),
        #[name = "3.b2"]
        norm2: BatchNorm2d,
        sum1: Add from (norm2, start),
        block1: Relu,
        #[name = "4.c1"]
        conv3: Conv2d(16, kernel = 3, stride = 2, padding = 1, bias = false),
        #[name = "4.b1"]
        norm3: BatchNorm2d,
        act3: Relu,
        #[name = "4.c2"]
        conv4: Conv2d(16, kernel = 3, padding = 1, bias = false),
        #[name = "4.b2"]
        norm4: BatchNorm2d,
        #[name = "4.short"]
        short: Conv2d(16, kernel = 1, stride = 2, bias = false) from block1,
        sum2: Add from (norm4, short),
        block2: Relu,
        mean: GlobalAvgPool2d,
        #[name = "7"]
        scores: Dense(4),
    }

    struct Small: [20] -> [5] {
        #[name = "0"]
        first: Dense(16) + Relu,
        #[name = "2"]
        second: Dense(5),
    }

    struct Adapted: [20] -> [5] {
        #[lora(rank = 4, alpha = 8)]
        #[name = "0"]
        first: Dense(16) + Relu,
        #[lora(rank = 2)]
        #[name = "2"]
        second: Dense(5),
    }
}

#[test]
fn a_classifier_trained_by_adam() {
    let case = Case::read("train_mlp");
    let layers = Classifier::per_layer(LayerSettings::TRAINED);
    case.follow::<Classifier, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_regression_trained_with_momentum() {
    let case = Case::read("train_regression");
    let optimizer = Sgd { lr: 0.05, momentum: 0.9, ..Sgd::default() };
    let layers = Regression::per_layer(LayerSettings::TRAINED);
    case.follow::<Regression, _, _, _, _>(MeanSquaredError, optimizer, &case.floats::<[f32; 1]>("target"), layers);
}

#[test]
fn layers_with_learning_rates_of_their_own() {
    let case = Case::read("train_groups");
    let optimizer = AdamW { lr: 1e-2, weight_decay: 0.01, ..AdamW::default() };
    let mut layers = Small::per_layer(LayerSettings::TRAINED);
    layers.first.lr = 1e-2; // 1e-4 in all
    case.follow::<Small, _, _, _, _>(CrossEntropy, optimizer, &case.labels(), layers);
}

#[test]
fn a_convolutional_network() {
    let case = Case::read("train_cnn");
    let layers = Cnn::per_layer(LayerSettings::TRAINED);
    case.follow::<Cnn, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_residual_network() {
    let case = Case::read("train_resnet");
    let optimizer = Sgd { lr: 0.05, momentum: 0.9, ..Sgd::default() };
    let layers = ResNet::per_layer(LayerSettings::TRAINED);
    case.follow::<ResNet, _, _, _, _>(CrossEntropy, optimizer, &case.labels(), layers);
}

#[test]
fn a_frozen_beginning() {
    let case = Case::read("train_frozen_prefix");
    let mut layers = Classifier::per_layer(LayerSettings::FROZEN);
    layers.third = LayerSettings::TRAINED;
    case.follow::<Classifier, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn a_frozen_middle() {
    let case = Case::read("train_frozen_middle");
    let mut layers = Classifier::per_layer(LayerSettings::TRAINED);
    layers.second = LayerSettings::FROZEN;
    case.follow::<Classifier, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}

#[test]
fn low_rank_adapters() {
    let case = Case::read("train_lora");
    let layers = Adapted::per_layer(LayerSettings::TRAINED);
    case.follow::<Adapted, _, _, _, _>(CrossEntropy, Adam::default(), &case.labels(), layers);
}
