//! What learns, and what does not.

use crate::{Adapted, Averaged};
use nn::check::{self, Options};
use nn::data::Samples;
use nn::lora::Adapter;
use nn::loss::CrossEntropy;
use nn::optim::{Adam, LayerSettings};
use nn::random::Random;
use nn::train::{Fit, Progress, Trainer};
use nn::{Batch, Layer, Network, Parameters, Path, Role};

type Image = [[[f32; 8]; 8]; 3];

pub fn data() -> Samples<Image, u32> {
    let mut random = Random::new(1, "data");
    let mut x = Batch::<Image>::zeroed(64);
    x.flat_mut().fill_with(|| random.normal() as f32);
    let labels: Vec<u32> =
        (0..64).map(|i| u32::from(x[i][0][0][0] > 0.0) + 2 * u32::from(x[i][1][4][4] > 0.0)).collect();
    Samples::new(x, labels).unwrap()
}

fn tensors<N: Layer>(net: &N) -> Vec<(String, Role, Vec<f32>)> {
    let mut all = Vec::new();
    net.tensors(&Path::ROOT, &mut |path, role, tensor| all.push((path.to_string(), role, tensor.to_vec())));
    all
}

#[test]
fn adapters_learn_and_their_layers_stay_bit_for_bit() {
    let net = Adapted::seeded(3);
    let before = tensors(&net);
    let settings = Fit { epochs: 20, batch_size: 16, progress: Progress::Silent, ..Fit::default() };
    let mut layers = Adapted::per_layer(LayerSettings::TRAINED);
    layers.conv1 = LayerSettings::FROZEN;
    let mut trainer = Trainer::new(net, CrossEntropy, Adam { lr: 1e-2, ..Adam::default() }).layers(layers);
    let history = trainer.fit(&data(), &settings).unwrap();
    let losses = history.values("loss");
    assert!(losses[19] < 0.8 * losses[0], "{losses:?}");
    let net = trainer.into_network();
    for ((name, role, old), (_, _, new)) in before.iter().zip(tensors(&net)) {
        let stays = *role == Role::Frozen || name.starts_with("conv1");
        assert_eq!(*old == new, stays, "{name}");
    }
    assert_eq!(Adapted::PARAMS, 4 * (27 + 6) + 2 * (54 + 8) + 4 * (72 + 16) + 17 * 4);
    let summary = net.summary();
    assert_eq!(summary.trainable, Adapted::PARAMS);
    assert_eq!(summary.params, Adapted::PARAMS + 6 * 28 + 8 * 54 + 16 * 73);
}

/// The gradients of a network with adapters have nothing for their layers.
#[test]
fn no_gradient_is_there_for_what_is_frozen() {
    let mut names = Vec::new();
    let mut gradients = Adapted::seeded(1).grads();
    Adapted::gradients(&mut gradients, &Path::ROOT, &mut |path, tensor| names.push((path.to_string(), tensor.len())));
    let expected = [
        ("conv1.lora_A.weight", 4 * 27),
        ("conv1.lora_B.weight", 6 * 4),
        ("conv2.lora_A.weight", 2 * 54),
        ("conv2.lora_B.weight", 8 * 2),
        ("fc.lora_A.weight", 4 * 72),
        ("fc.lora_B.weight", 16 * 4),
        ("head.weight", 64),
        ("head.bias", 4),
    ];
    assert_eq!(names, expected.map(|(name, len)| (name.to_owned(), len)));
}

/// Two hundred small products are added to what is there: a check that begins with a number far larger than the gradient measures its rounding.
#[test]
fn small_gradients_of_many_products_pass_the_check() {
    for seed in 1..=8 {
        let (mut net, mut random) = (Averaged::seeded(seed), Random::new(seed, "factor"));
        net.conv.factors_mut()[1].values_mut().fill_with(|| 0.3 * random.normal() as f32);
        check::gradients(&mut net, &Options { samples: 3, elements: 8, ..Options::default() }).unwrap();
    }
}
