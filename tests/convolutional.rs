//! Networks over images and sequences: what `network!` makes of their layers is what the layers give one after the other.

use nn::layers::*;
use nn::{Batch, Hwc, Layer, Lc, Network, Path, Sample, check, network};

network! {
    /// Down and up again, in the order that kernels want.
    struct Image: [2, 8, 7] -> [3, 8, 6] {
        zeros: ZeroPad2d([[0, 1], 1]),
        down: Conv2d(6, kernel = 3, padding = [[1, 0], [2, 0]]) + Silu,
        norm: GroupNorm(3),
        slope: PRelu,
        drop: Dropout2d(0.25),
        pool: AvgPool2d(2, ceil = true, count_padding = false),
        deep: Conv2d(8, kernel = [3, 2], stride = 2, padding = same, groups = 2) + Tanh,
        large: Upsample([2, 1], mode = bilinear),
        up: ConvTranspose2d(5, kernel = 3, stride = [2, 3], padding = 1, output_padding = [1, 0]) + Gelu,
        cut: AdaptiveAvgPool2d([4, 3]),
        twice: Upsample(2),
        out: ConvTranspose2d(3, kernel = 3, padding = same),
    }

    struct Sequence: [3, 21] -> [4] {
        first: Conv1d(6, kernel = 5, stride = 2, padding = [2, 1], bias = false),
        norm: BatchNorm1d,
        slope: PRelu,
        drop: Dropout2d(0.2),
        second: Conv1d(8, kernel = 3, dilation = 2, padding = same, groups = 2) + Silu,
        groups: GroupNorm(4),
        flat: Flatten,
        scores: Dense(4),
    }

    struct Pools: [3, 21] -> [32] {
        conv: Conv1d(6, kernel = 3) + Tanh,
        pool: MaxPool1d(2, padding = [1, 0], ceil = true) + Tanh,
        more: Conv1d(2, kernel = 1) + Tanh,
        wide: Concat from (pool, more),
        mean: AvgPool1d(3, stride = 1, padding = same, count_padding = false),
        parts: AdaptiveAvgPool1d(3),
        flat: Flatten,
        all: GlobalAvgPool1d from mean,
        both: Concat from (flat, all),
    }

    /// What has to lie in the order of its shape: dimensions that are cut anew, `Dense` along the last one.
    struct Shapes: [2, 4, 4] -> [6, 5] {
        conv: Conv2d(4, kernel = 1) + Tanh,
        other: Reshape([8, 2, 4]),
        deep: Conv2d(3, kernel = 1) + Tanh,
        rows: Reshape([6, 4]),
        line: Conv1d(6, kernel = 3, padding = 1) + Tanh,
        wide: Dense(5),
    }
}

fn checked<N: Layer>(mut net: N) {
    for (samples, training) in [(1, true), (2, true), (3, false)] {
        let options = check::Options { samples, training, elements: 12, ..Default::default() };
        check::gradients(&mut net, &options).unwrap();
    }
    check::threads(&mut net, 7).unwrap();
}

#[test]
fn gradients_and_threads() {
    checked(Image::seeded(1));
    checked(Sequence::seeded(2));
    checked(Pools::seeded(4));
    checked(Shapes::seeded(3));
}

#[test]
fn images_lie_channels_last_between_layers() {
    let net = Sequence::seeded(1);
    let _: &Conv1d<[[f32; 21]; 3], Lc<6, 10>, Window1d<5, 2, 2, 1>, Identity, false> = &net.first;
    let _: &PRelu<Lc<6, 10>> = &net.slope;
    let _: &Dense<nn::FlatHwc<8, 1, 10>, [f32; 4]> = &net.scores;
    let net = Pools::seeded(1);
    let _: &MaxPool1d<Lc<6, 19>, Lc<6, 10>, Window1d<2, 2, 1, 0, 1, true>> = &net.pool;
    let _: &Concat<(Lc<6, 10>, Lc<2, 10>), Lc<8, 10>> = &net.wide;
    let net = Image::seeded(1);
    let _: &GroupNorm<Hwc<6, 8, 9>, 3> = &net.norm;
    let _: &Upsample<Hwc<5, 4, 3>, Hwc<5, 8, 6>> = &net.twice;
}

/// The next layer, with the parameters of `from`, over samples in the order of files.
fn next<L, I, O>(mut layer: L, from: &impl Layer, x: &Batch<I>) -> Batch<O>
where
    L: Layer<In = I, Out = O>,
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    let mut tensors = Vec::new();
    from.tensors(&Path::ROOT, &mut |_, _, tensor| tensors.push(tensor.to_vec()));
    let mut tensors = tensors.into_iter();
    layer.tensors_mut(&Path::ROOT, &mut |_, _, tensor| tensor.set(&tensors.next().unwrap()).unwrap());
    assert_eq!(tensors.next(), None);
    layer.predict(x)
}

/// Inputs, and a network whose parameters are all different.
fn start<N: Layer, I: Sample<Element = f32>>(mut net: N) -> (N, Batch<I>) {
    let mut random = nn::random::Random::new(3, "images");
    net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
        tensor.values_mut().iter_mut().for_each(|value| *value += 0.2 * random.uniform() as f32);
    });
    let mut x = Batch::<I>::zeroed(3);
    x.flat_mut().fill_with(|| random.normal() as f32);
    (net, x)
}

/// Two values of each of three samples, one behind the other.
fn joined(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.chunks(a.len() / 3).zip(b.chunks(b.len() / 3)).flat_map(|(a, b)| [a, b].concat()).collect()
}

fn assert_close(found: &[f32], expected: &[f32]) {
    let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    assert!(largest > 0.0 && found.len() == expected.len());
    let off = found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(off <= 1e-5 * largest, "off by {off:e}, the largest is {largest:e}");
}

type Chw<const C: usize, const H: usize, const W: usize> = [[[f32; W]; H]; C];

#[test]
fn an_image_layer_by_layer() {
    let (net, x) = start::<_, Chw<2, 8, 7>>(Image::seeded(5));
    let y = next(ZeroPad2d::<_, Chw<2, 9, 9>, 0, 1, 1, 1>::new(), &net.zeros, &x);
    let y = next(Conv2d::<_, Chw<6, 8, 9>, Window<3, 3, 1, 1, 1, 0, 2, 0>, Silu>::new(), &net.down, &y);
    let y = next(GroupNorm::<_, 3>::new(), &net.norm, &y);
    let y = next(PRelu::<_>::new(), &net.slope, &y);
    type Ceil = Window<2, 2, 2, 2, 0, 0, 0, 0, 1, 1, true>;
    let y = next(AvgPool2d::<_, Chw<6, 4, 5>, Ceil, false>::new(), &net.pool, &y);
    type Same = Window<3, 2, 2, 2, 0, 1, 0, 1>;
    let y = next(Conv2d::<_, Chw<8, 2, 3>, Same, Tanh, true, 2>::new(), &net.deep, &y);
    let y = next(Upsample::<_, Chw<8, 4, 3>, Bilinear>::new(), &net.large, &y);
    type Up = Window<3, 3, 2, 3, 1, 1, 1, 1>;
    let y = next(ConvTranspose2d::<_, Chw<5, 8, 7>, Up, Gelu>::new(), &net.up, &y);
    let y = next(AdaptiveAvgPool2d::<_, Chw<5, 4, 3>>::new(), &net.cut, &y);
    let y = next(Upsample::<_, Chw<5, 8, 6>>::new(), &net.twice, &y);
    type Keep = Window<3, 3, 1, 1, 1, 1, 1, 1>;
    let y = next(ConvTranspose2d::<_, Chw<3, 8, 6>, Keep>::new(), &net.out, &y);
    assert_close(net.predict(&x).flat(), y.flat());
}

#[test]
fn a_sequence_layer_by_layer() {
    let (net, x) = start::<_, [[f32; 21]; 3]>(Sequence::seeded(5));
    let y = next(Conv1d::<_, [[f32; 10]; 6], Window1d<5, 2, 2, 1>, Identity, false>::new(), &net.first, &x);
    let y = next(BatchNorm1d::<_>::new(), &net.norm, &y);
    let y = next(PRelu::<_>::new(), &net.slope, &y);
    let y = next(Conv1d::<_, [[f32; 10]; 8], Window1d<3, 1, 2, 2, 2>, Silu, true, 2>::new(), &net.second, &y);
    let y = next(GroupNorm::<_, 4>::new(), &net.groups, &y);
    let y = Batch::<[f32; 80]>::from_flat(y.flat()).unwrap();
    let y = next(Dense::<_, [f32; 4]>::new(), &net.scores, &y);
    assert_close(net.predict(&x).flat(), y.flat());
}

#[test]
fn pools_over_a_sequence() {
    let (net, x) = start::<_, [[f32; 21]; 3]>(Pools::seeded(5));
    let y = next(Conv1d::<_, [[f32; 19]; 6], Window1d<3>, Tanh>::new(), &net.conv, &x);
    let y = next(MaxPool1d::<_, [[f32; 10]; 6], Window1d<2, 2, 1, 0, 1, true>>::new(), &net.pool, &y);
    let y = Activate::<[[f32; 10]; 6], Tanh>::new().predict(&y);
    let more = next(Conv1d::<_, [[f32; 10]; 2], Window1d<1>, Tanh>::new(), &net.more, &y);
    let y: Batch<[[f32; 10]; 8]> = Batch::from_flat(&joined(y.flat(), more.flat())).unwrap();
    let y = next(AvgPool1d::<_, [[f32; 10]; 8], Window1d<3, 1, 1, 1>, false>::new(), &net.mean, &y);
    let parts: Batch<[[f32; 3]; 8]> = next(AdaptiveAvgPool1d::new(), &net.parts, &y);
    let all: Batch<[f32; 8]> = next(GlobalAvgPool1d::<[[f32; 10]; 8], _>::new(), &net.all, &y);
    assert_close(net.predict(&x).flat(), &joined(parts.flat(), all.flat()));
}

#[test]
fn other_dimensions_are_those_of_the_shape() {
    let (net, x) = start::<_, Chw<2, 4, 4>>(Shapes::seeded(5));
    let y = next(Conv2d::<_, Chw<4, 4, 4>, Window<1, 1>, Tanh>::new(), &net.conv, &x);
    let y = Batch::<Chw<8, 2, 4>>::from_flat(y.flat()).unwrap();
    let y = next(Conv2d::<_, Chw<3, 2, 4>, Window<1, 1>, Tanh>::new(), &net.deep, &y);
    let y = Batch::<[[f32; 4]; 6]>::from_flat(y.flat()).unwrap();
    let y = next(Conv1d::<_, [[f32; 4]; 6], Window1d<3, 1, 1, 1>, Tanh>::new(), &net.line, &y);
    let y = next(Dense::<_, [[f32; 5]; 6]>::new(), &net.wide, &y);
    assert_close(net.predict(&x).flat(), y.flat());
}

const CHANNELS: usize = 6;
const FACTOR: usize = 2;
const EDGE: usize = 1;

network! {
    /// Sizes that only the compiler computes.
    struct Computed: [CHANNELS, 3, 2] -> [CHANNELS / 2, 16, 12] {
        zeros: ZeroPad2d([EDGE, [0, EDGE]]),
        norm: GroupNorm(CHANNELS / 2),
        up: ConvTranspose2d(CHANNELS, kernel = 3, stride = FACTOR, padding = EDGE, output_padding = FACTOR - 1),
        twice: ConvTranspose2d(4, kernel = 3, stride = FACTOR, padding = same),
        cut: AdaptiveAvgPool2d([4 * FACTOR, 3 * FACTOR]),
        large: Upsample(FACTOR),
        last: Conv2d(CHANNELS / 2, kernel = 1),
    }

    struct ComputedSequence: [CHANNELS, 10] -> [4, 6 - EDGE] {
        conv: Conv1d(4, kernel = FACTOR + 1, stride = FACTOR, padding = [EDGE, EDGE]),
    }

    struct ComputedPools: [CHANNELS, 10] -> [CHANNELS] {
        most: MaxPool1d(FACTOR, padding = EDGE),
        mean: AvgPool1d(FACTOR + 1, stride = FACTOR),
        cut: AdaptiveAvgPool1d(FACTOR + EDGE),
        all: GlobalAvgPool1d,
    }
}

#[test]
fn computed_sizes() {
    checked(Computed::seeded(1));
    checked(ComputedSequence::seeded(1));
    checked(ComputedPools::seeded(1));
}

#[test]
fn budgets_count_what_is_computed() {
    // Twelve products for each pixel and channel of the input.
    network! { struct Up: [2, 3, 3] -> [3, 6, 6] { up: ConvTranspose2d(3, kernel = 2, stride = 2, bias = false) } }
    assert_eq!((Up::PARAMS, Up::FLOPS), (2 * 3 * 4, 2 * 12 * 2 * 9));
}
