//! Networks over images inside each other: the same numbers as in one piece, and no copies between orders.

use nn::layers::{Between, ImageNetwork, Reordered};
use nn::prelude::*;
use nn::{Hwc, Parameters, Path, check};

network! {
    /// Blocks, a residual, a join and a sum, nested.
    pub struct Nested: [3, 8, 6] -> [5] {
        stem:   Conv2d(4, kernel = 3, padding = 1, bias = false),
        norm:   BatchNorm2d,
        act:    Silu,
        blocks: [Block; 2],
        wide:   Widen,
        body:   Residual {
            slope: PRelu(init = 0.3),
            conv:  Conv2d(6, kernel = 3, padding = 1),
        },
        both:   Concat from (body, wide),
        sum:    Add from (both, both),
        pool:   GlobalAvgPool2d,
        logits: Dense(5),
    }

    /// Keeps its shape.
    pub struct Block: [4, 8, 6] -> [4, 8, 6] {
        conv: Conv2d(4, kernel = 3, padding = 1, bias = false),
        norm: BatchNorm2d,
        sum:  Add from (norm, input),
        act:  Tanh,
    }

    /// Changes its shape.
    pub struct Widen: [4, 8, 6] -> [6, 4, 3] {
        conv: Conv2d(6, kernel = 3, stride = 2, padding = 1, bias = false),
        norm: BatchNorm2d,
        act:  Softplus,
    }

    /// The same in one piece.
    pub struct Flat: [3, 8, 6] -> [5] {
        stem:      Conv2d(4, kernel = 3, padding = 1, bias = false),
        norm:      BatchNorm2d,
        act:       Silu,
        conv0:     Conv2d(4, kernel = 3, padding = 1, bias = false),
        norm0:     BatchNorm2d,
        sum0:      Add from (norm0, act),
        act0:      Tanh,
        conv1:     Conv2d(4, kernel = 3, padding = 1, bias = false),
        norm1:     BatchNorm2d,
        sum1:      Add from (norm1, act0),
        act1:      Tanh,
        wide_conv: Conv2d(6, kernel = 3, stride = 2, padding = 1, bias = false),
        wide_norm: BatchNorm2d,
        wide:      Softplus,
        slope:     PRelu(init = 0.3),
        conv:      Conv2d(6, kernel = 3, padding = 1),
        body:      Add from (wide, conv),
        both:      Concat from (body, wide),
        sum:       Add from (both, both),
        pool:      GlobalAvgPool2d,
        logits:    Dense(5),
    }

    /// Something that wants an image as its shape says, inside of something that does not.
    pub struct Mixed: [2, 5, 4] -> [2, 5, 4] {
        soft: Softmax,
        conv: Conv2d(2, kernel = 3, padding = 1),
    }

    /// Takes it in.
    pub struct AroundMixed: [2, 5, 4] -> [3] {
        first: Conv2d(2, kernel = 1),
        mixed: Mixed,
        last:  Conv2d(3, kernel = 1),
        pool:  GlobalAvgPool2d,
    }
}

#[test]
fn nested_networks_lie_channels_last_inside() {
    let net = Nested::seeded(0);
    // The types say so: nothing is copied between orders at these borders.
    let _: &[Reordered<Block, Hwc<4, 8, 6>, Hwc<4, 8, 6>>; 2] = &net.blocks;
    let _: &Reordered<Widen, Hwc<4, 8, 6>, Hwc<6, 4, 3>> = &net.wide;
    fn inside<N: ImageNetwork<In = Hwc<4, 8, 6>, Out = Hwc<4, 8, 6>>>(_: &N) {}
    inside(&*net.blocks[0]);
    let nothing = Between::<Block, Hwc<4, 8, 6>, Hwc<4, 8, 6>>::MEMORY;
    assert_eq!(nothing, <Block as ImageNetwork>::MEMORY);
    // Outside a network is what it is declared to be.
    let image = [[[[0.5; 6]; 8]; 4]];
    let y: Batch<[[[f32; 6]; 8]; 4]> = Block::predict(&net.blocks[0], &image);
    assert_eq!(y.len(), 1);
}

fn values(net: &impl Parameters) -> Vec<Vec<f32>> {
    let mut all = Vec::new();
    net.tensors(&Path::ROOT, &mut |_, _, tensor| all.push(tensor.to_vec()));
    all
}

/// The same but for the order in which gradients that meet are added.
fn near(a: &[f32], b: &[f32], what: &str) {
    let largest = b.iter().fold(0.0_f32, |most, b| most.max(b.abs()));
    let error = a.iter().zip(b).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(a.len() == b.len() && error <= 1e-5 * largest, "{what}: {error} of {largest}");
}

#[test]
fn nested_networks_compute_what_they_do_in_one_piece() {
    let (mut nested, mut flat) = (Nested::seeded(3), Flat::seeded(0));
    let mut all = values(&nested).into_iter();
    flat.tensors_mut(&Path::ROOT, &mut |_, _, tensor| tensor.set(&all.next().unwrap()).unwrap());
    let mut x: Batch<[[[f32; 6]; 8]; 3]> = Batch::zeroed(4);
    x.flat_mut().iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32 * 0.37).sin());
    let labels = [0, 1, 2, 3];
    near(nested.predict(&x).flat(), flat.predict(&x).flat(), "the output");
    let (mut a, mut b) = (Workspace::new(4), Workspace::new(4));
    let (mut da, mut db) = (nested.grads(), flat.grads());
    for _ in 0..2 {
        let [mut dx, mut dz] = [(); 2].map(|()| Batch::<[[[f32; 6]; 8]; 3]>::zeroed(4));
        a.forward_train(&nested, &x).loss(&CrossEntropy, &labels).backward_to_input(&mut da, &mut dx);
        b.forward_train(&flat, &x).loss(&CrossEntropy, &labels).backward_to_input(&mut db, &mut dz);
        near(dx.flat(), dz.flat(), "dx");
        a.commit(&mut nested);
        b.commit(&mut flat);
        values(&nested).iter().zip(&values(&flat)).for_each(|(a, b)| near(a, b, "statistics"));
    }
    let mut gradients = Vec::new();
    Nested::gradients(&mut da, &Path::ROOT, &mut |_, tensor| gradients.push(tensor.to_vec()));
    let mut gradients = gradients.into_iter();
    Flat::gradients(&mut db, &Path::ROOT, &mut |path, tensor| {
        near(&gradients.next().unwrap(), &tensor.to_vec(), &path.to_string());
    });
}

#[test]
fn gradients_are_right_and_the_same_for_any_threads() {
    check::gradients(&mut Nested::seeded(1), &check::Options::default()).unwrap();
    check::gradients(&mut Block::seeded(1), &check::Options::default()).unwrap();
    check::gradients(&mut Mixed::seeded(1), &check::Options::default()).unwrap();
    check::gradients(&mut AroundMixed::seeded(1), &check::Options::default()).unwrap();
    check::threads(&mut Nested::seeded(2), 5).unwrap();
}

#[test]
fn batch_normalisation_folds_into_prepared_convolutions() {
    let (mut net, mut x) = (Flat::seeded(4), Batch::<[[[f32; 6]; 8]; 3]>::zeroed(5));
    x.flat_mut().iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32 * 0.61).sin() + 0.2);
    let (mut workspace, mut grads) = (Workspace::new(5), net.grads());
    for _ in 0..3 {
        // Statistics that are not those of the beginning.
        workspace.forward_train(&net, &x).loss(&CrossEntropy, &[0_u32, 1, 2, 3, 4]).backward(&mut grads);
        workspace.commit(&mut net);
    }
    net.norm0.weight.set(&[0.5, -1.5, 2.0, 0.1]).unwrap();
    net.wide_norm.bias.set(&[0.5, -1.5, 2.0, 0.1, 0.0, 1.0]).unwrap();
    let expected = net.predict(&x);
    let mut prepared = net.prepare(5);
    assert!(prepared.network().stem.is_folded() && prepared.network().wide_conv.is_folded());
    assert!(!prepared.network().conv.is_folded(), "nothing is behind it to fold");
    near(prepared.predict(&x).as_flattened(), expected.flat(), "the output");
}

network! {
    /// A pool right behind a convolution, which is computed in the same pass.
    pub struct Together: [1, 12, 11] -> [4] {
        stem:   Conv2d(8, kernel = 3) + Tanh,
        conv:   Conv2d(9, kernel = 3) + Relu,
        pool:   MaxPool2d(2),
        deep:   Conv2d(8, kernel = 2, bias = false) + Relu,
        pool2:  MaxPool2d(2, stride = 1),
        logits: Flatten,
        out:    Dense(4),
    }

    /// The same with something between that does nothing.
    pub struct Apart: [1, 12, 11] -> [4] {
        stem:   Conv2d(8, kernel = 3) + Tanh,
        conv:   Conv2d(9, kernel = 3) + Relu,
        same:   Dropout(0.0),
        pool:   MaxPool2d(2),
        deep:   Conv2d(8, kernel = 2, bias = false) + Relu,
        same2:  Dropout(0.0),
        pool2:  MaxPool2d(2, stride = 1),
        logits: Flatten,
        out:    Dense(4),
    }
}

#[test]
fn a_convolution_and_its_pool_in_one_pass() {
    let (together, mut apart) = (Together::seeded(7), Apart::seeded(0));
    let _: &nn::layers::Pooled<_, _> = &together.conv;
    let mut all = values(&together).into_iter();
    apart.tensors_mut(&Path::ROOT, &mut |_, _, tensor| tensor.set(&all.next().unwrap()).unwrap());
    // More samples than backward takes at a time.
    let mut x: Batch<[[[f32; 11]; 12]; 1]> = Batch::zeroed(70);
    x.flat_mut().iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32 * 0.77).sin());
    let labels: Vec<u32> = (0..70).map(|i| i % 4).collect();
    near(together.predict(&x).flat(), apart.predict(&x).flat(), "the output");
    let (mut a, mut b) = (Workspace::new(70), Workspace::new(70));
    let (mut da, mut db) = (together.grads(), apart.grads());
    let [mut dx, mut dz] = [(); 2].map(|()| Batch::<[[[f32; 11]; 12]; 1]>::zeroed(70));
    a.forward_train(&together, &x).loss(&CrossEntropy, &labels).backward_to_input(&mut da, &mut dx);
    b.forward_train(&apart, &x).loss(&CrossEntropy, &labels).backward_to_input(&mut db, &mut dz);
    near(dx.flat(), dz.flat(), "dx");
    let mut gradients = Vec::new();
    Together::gradients(&mut da, &Path::ROOT, &mut |_, tensor| gradients.push(tensor.to_vec()));
    let mut gradients = gradients.into_iter();
    Apart::gradients(&mut db, &Path::ROOT, &mut |path, tensor| {
        near(&gradients.next().unwrap(), &tensor.to_vec(), &path.to_string());
    });
    check::threads(&mut Together::seeded(2), 40).unwrap();
    // Nothing of the first image between is kept, nor of its gradient beyond some samples. (The other has the image, which the ReLU looks at, but
    // not what the dropout gives; gradients share slots.)
    let bytes = [Workspace::<Together>::training_bytes(256), Workspace::<Apart>::training_bytes(256)];
    let between = 256 * 9 * 8 * 7 * size_of::<f32>();
    assert!(bytes[0] + between + between / 2 < bytes[1], "{bytes:?}");
    near(together.prepare(70).predict(&x).as_flattened(), apart.predict(&x).flat(), "prepared");
}

network! {
    /// The MNIST network of Keras' examples, without its dropout.
    pub struct Cnn: [1, 28, 28] -> [10] {
        conv1:  Conv2d(32, kernel = 3) + Relu,
        conv2:  Conv2d(64, kernel = 3) + Relu,
        pool:   MaxPool2d(2),
        flat:   Flatten,
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

#[test]
fn a_step_of_the_mnist_network_needs_little_memory() {
    // The first image and its gradient are 22 MB; the second, of 19 MB, is never whole.
    let bytes = Workspace::<Cnn>::training_bytes(128);
    assert!(bytes < 42_000_000, "{bytes} bytes");
}
