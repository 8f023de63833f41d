//! Layers with a low-rank adapter.

use crate::gradients::checked_from;
use generic_array::GenericArray;
use generic_array::typenum::{U5, U8};
use nn_core::init::Init;
use nn_core::layers::*;
use nn_core::lora::{Adaptable, Adapted, Tuning};
use nn_core::random::Random;
use nn_core::{FlatHwc, Hwc, Layer, Network, Parameters, Path, Role, Tensor};

/// A layer whose adapter changes something.
fn adapted<L: Adaptable, const RANK: usize>(base: L, alpha: f32, dropout: f32) -> Lora<L, RANK>
where
    Lora<L, RANK>: Layer,
{
    let mut layer = Lora::new(base, alpha, dropout);
    layer.reset(3);
    layer.tensors_mut(&Path::ROOT, &mut |path, role, tensor| {
        let init = if role == Role::Parameter { 0.5 } else { 0.3 };
        let mut random = Random::new(5, &path.to_string());
        Init::Normal { mean: 0.0, std: init }.fill(tensor, &mut random);
    });
    layer
}

#[test]
fn gradients_of_dense() {
    checked_from("plain", adapted::<Dense<[f32; 7], [f32; 5]>, 2>(Dense::new(), 4.0, 0.0));
    checked_from("one by one", adapted::<Dense<[f32; 1], [f32; 1], Relu>, 1>(Dense::new(), 1.0, 0.0));
    checked_from("largest rank", adapted::<Dense<[f32; 17], [f32; 9], Relu>, 9>(Dense::new(), 3.0, 0.0));
    checked_from("reads x", adapted::<Dense<[[f32; 6]; 3], [[f32; 5]; 3], Gelu>, 2>(Dense::new(), 2.0, 0.0));
    checked_from("dropout", adapted::<Dense<[f32; 9], [f32; 4], Tanh, false>, 3>(Dense::new(), 6.0, 0.4));
    checked_from("dropout, z kept", adapted::<Dense<[[f32; 6]; 2], [[f32; 5]; 2], Silu>, 2>(Dense::new(), 2.0, 0.3));
    checked_from(
        "generic arrays",
        adapted::<Dense<GenericArray<f32, U5>, GenericArray<f32, U8>, Silu>, 2>(Dense::new(), 1.0, 0.0),
    );
    checked_from("a flat image", adapted::<Dense<FlatHwc<3, 2, 2>, [f32; 5], Relu>, 2>(Dense::new(), 1.0, 0.0));
}

type Image<const C: usize, const H: usize, const W: usize> = [[[f32; W]; H]; C];

#[test]
fn gradients_of_convolutions() {
    checked_from(
        "3 by 3",
        adapted::<Conv2d<Image<2, 6, 5>, Image<4, 4, 3>, Window<3, 3>, Relu>, 2>(Conv2d::new(), 4.0, 0.0),
    );
    checked_from(
        "strides and borders, dropout",
        adapted::<Conv2d<Hwc<3, 6, 6>, Hwc<4, 3, 3>, Window<3, 3, 2, 2, 1, 1, 1, 1>, Gelu>, 3>(Conv2d::new(), 2.0, 0.3),
    );
    checked_from(
        "mixed orders, dropout",
        adapted::<Conv2d<Hwc<3, 4, 4>, Image<4, 4, 4>, Window<1, 1>, Silu, false>, 2>(Conv2d::new(), 2.0, 0.2),
    );
    checked_from(
        "dilated",
        adapted::<Conv2d<Image<2, 7, 7>, Hwc<3, 3, 3>, Window<3, 3, 1, 1, 0, 0, 0, 0, 2, 2>, Tanh>, 1>(
            Conv2d::new(),
            1.0,
            0.0,
        ),
    );
}

fn close(a: &[f32], b: &[f32]) {
    let largest = b.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let off = a.iter().zip(b).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(a.len() == b.len() && off <= 1e-5 * largest, "off by {off}, the largest is {largest}");
}

#[test]
fn a_merged_layer_gives_the_same_and_comes_apart_exactly() {
    let x = [core::array::from_fn(|i| (i as f32 * 0.7).sin()), [0.25; 9]];
    let mut layer = adapted::<Dense<[f32; 9], [f32; 4], Tanh>, 3>(Dense::new(), 6.0, 0.4);
    let (apart, weight) = (layer.predict(&x), layer.weight.clone());
    layer.merge();
    close(layer.predict(&x).flat(), apart.flat());
    let plain = layer.clone().into_merged();
    assert_eq!(*plain.predict(&x), *layer.predict(&x));
    assert!(plain.weight != weight);
    layer.unmerge();
    assert_eq!((&*layer.predict(&x), &layer.weight), (&*apart, &weight));
    close(layer.clone().prepare(2).predict(&x).as_flattened(), apart.flat());

    let mut conv = adapted::<Conv2d<Image<2, 6, 5>, Image<4, 4, 3>, Window<3, 3>, Relu>, 2>(Conv2d::new(), 4.0, 0.0);
    let x = [core::array::from_fn(|c| {
        core::array::from_fn(|h| core::array::from_fn(|w| ((c + 3 * h + 7 * w) as f32).cos()))
    })];
    let apart = conv.predict(&x);
    conv.merge();
    close(conv.predict(&x).flat(), apart.flat());
}

/// Whatever changes a tensor takes the adapter out, so that evaluation never uses an old copy.
#[test]
fn a_change_unmerges() {
    let x = [[1.0, -2.0, 0.5]];
    let mut layer = adapted::<Dense<[f32; 3], [f32; 2]>, 1>(Dense::new(), 1.0, 0.0);
    layer.merge();
    let before = layer.predict(&x);
    layer.tensors_mut(&Path::ROOT, &mut |_, _, tensor: &mut Tensor| tensor.values_mut().fill(0.5));
    assert_ne!(*layer.predict(&x), *before);
    assert_eq!(*layer.predict(&x), [[-0.25 + 0.5 - 0.125; 2]]);
}

/// What is frozen has no gradient and is called so; the adapter is all that is trained.
#[test]
fn the_layer_below_is_frozen_by_type() {
    let layer = adapted::<Dense<[f32; 7], [f32; 5]>, 2>(Dense::new(), 4.0, 0.0);
    let mut seen = Vec::new();
    layer.tensors(&Path::ROOT.join("fc"), &mut |path, role, tensor| {
        seen.push((path.to_string(), role, tensor.shape().to_string()));
    });
    let expected = [
        ("fc.weight", Role::Frozen, "[5, 7]"),
        ("fc.bias", Role::Frozen, "[5]"),
        ("fc.lora_A.weight", Role::Parameter, "[2, 7]"),
        ("fc.lora_B.weight", Role::Parameter, "[5, 2]"),
    ];
    assert_eq!(seen, expected.map(|(name, role, shape)| (name.to_owned(), role, shape.to_owned())));
    let LoraGrads { lora_a, lora_b } = layer.grads();
    assert_eq!((lora_a.len(), lora_b.len()), (14, 10));
    assert_eq!(<Lora<Dense<[f32; 7], [f32; 5]>, 2> as Parameters>::PARAMS, 24);
    // As PEFT starts: A within ±1/√inputs, B zero; the layer itself as it would be alone.
    let (mut fresh, mut alone) =
        (Lora::<Dense<[f32; 7], [f32; 5]>, 2>::new(Dense::new(), 4.0, 0.0), Dense::<[f32; 7], [f32; 5]>::new());
    fresh.reset(9);
    alone.reset(9);
    assert_eq!(fresh.weight, alone.weight);
    let [a, b] = nn_core::lora::Adapter::factors(&fresh);
    assert!(a.values().iter().all(|v| v.abs() <= 7.0_f32.sqrt().recip()) && a.values().iter().any(|v| v.abs() > 0.2));
    assert!(b.values().iter().all(|&v| v == 0.0));
}

/// The first factors of the adapters of a network.
fn starts(adapted: &Adapted<[Dense<[f32; 4], [f32; 4]>; 2]>) -> Vec<Vec<f32>> {
    let mut starts = Vec::new();
    adapted.adapters(&Path::ROOT, &mut |_, adapter| starts.push(adapter.factors()[0].to_vec()));
    starts
}

#[test]
fn every_adapter_begins_otherwise() {
    let net: [Dense<[f32; 4], [f32; 4]>; 2] = core::array::from_fn(|_| Dense::new());
    let new = || Adapted::new(net.clone(), 2, 4.0, |_, _| Tuning::LowRank).unwrap();
    let first = starts(&new());
    assert_ne!(first[0], first[1]);
    assert_eq!(starts(&new()), first);
    let mut other = new();
    other.adapters_mut(&Path::ROOT, &mut |_, adapter| adapter.factors_mut()[1].values_mut().fill(1.0));
    assert_ne!(*other.predict(&[[1.0; 4]]), *net.predict(&[[1.0; 4]]));
    other.reset_adapters(7);
    assert_eq!(*other.predict(&[[1.0; 4]]), *net.predict(&[[1.0; 4]]));
    let seventh = starts(&other);
    assert!(seventh[0] != seventh[1] && seventh[0] != first[0] && seventh[1] != first[1]);
    other.reset_adapters(0);
    assert_eq!(starts(&other), first);
}
