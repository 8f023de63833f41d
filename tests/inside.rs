//! What inner lines give is seen in the order of its shape, however it lies between the lines.

use nn::prelude::*;
use nn::random::Random;
use nn::{FlatHwc, Hwc, Layer, Lc, Sample, Value};
use std::collections::BTreeMap;

network! {
    /// Images, and an image as a vector.
    struct Photo: [2, 6, 5] -> [3] {
        #[frozen]
        first:  Conv2d(4, kernel = 3, padding = 1),
        blocks: [Block; 2],
        body:   Residual { conv: Conv2d(4, kernel = 1) + Tanh, norm: GroupNorm(2) },
        soft:   Rows,
        pool:   MaxPool2d(2),
        flat:   Flatten,
        drop:   Dropout(0.5),
        out:    Dense(3),
    }

    struct Block: [4, 6, 5] -> [4, 6, 5] { conv: Conv2d(4, kernel = 3, padding = 1), norm: BatchNorm2d }

    /// Lies in the order of its shape, inside of something that does not.
    struct Rows: [4, 6, 5] -> [4, 6, 5] { rows: Softmax }

    struct Steps: [3, 8] -> [2] {
        conv: Conv1d(4, kernel = 3) + Relu,
        drop: Dropout(0.5),
        pool: GlobalAvgPool1d,
        out:  Dense(2),
    }
}

/// Images channel by channel.
fn channels_first<const C: usize, const H: usize, const W: usize>(images: &[Hwc<C, H, W>]) -> Vec<f32> {
    let mut values = Vec::new();
    for image in images {
        for channel in 0..C {
            values.extend(image.0.iter().flatten().map(|pixel| pixel[channel]));
        }
    }
    values
}

fn start<N: Network<In = S>, S: Sample<Element = f32>>(net: N) -> (N, Batch<S>) {
    let (mut x, mut random) = (Batch::zeroed(3), Random::new(7, "images"));
    S::flat_mut(&mut x).fill_with(|| random.normal() as f32);
    (net, x)
}

fn assert_seen<N: Layer<In = S>, S: Sample>(net: &N, x: &[S], expected: &[(&str, Vec<f32>)]) {
    let (mut workspace, mut found) = (Workspace::new(3), BTreeMap::new());
    workspace.inspect(net, x).outputs(&mut |path, values| {
        assert!(found.insert(path.to_string(), values.to_vec()).is_none(), "{path} is seen twice");
    });
    for (name, expected) in expected {
        let found = found.remove(*name).unwrap_or_else(|| panic!("{name} is not seen"));
        let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-5);
        assert!(near && found.len() == expected.len(), "{name}: {found:?} {expected:?}");
    }
    assert!(found.is_empty(), "{:?}", found.keys());
}

#[test]
fn images_are_seen_channel_by_channel() {
    let (net, x) = start(Photo::seeded(3));
    let first: Batch<Hwc<4, 6, 5>> = net.first.predict(&x);
    let convs = [net.blocks[0].conv.predict(&first), net.blocks[1].conv.predict(&net.blocks[0].predict(&first))];
    let norms = [net.blocks[0].norm.predict(&convs[0]), net.blocks[1].norm.predict(&convs[1])];
    let conv: Batch<Hwc<4, 6, 5>> = net.body.0.conv.predict(&norms[1]);
    let norm: Batch<Hwc<4, 6, 5>> = net.body.0.norm.predict(&conv);
    let body: Batch<Hwc<4, 6, 5>> = net.body.predict(&norms[1]);
    let soft: Batch<[[[f32; 5]; 6]; 4]> = Rows::predict(&net.soft, &Batch::from_flat(&channels_first(&body)).unwrap());
    let pool: Batch<Hwc<4, 3, 2>> = net.pool.predict(&net.soft.predict(&body));
    let flat: &[FlatHwc<4, 3, 2>] = nn::view(&pool);
    assert_seen(
        &net,
        &x,
        &[
            ("first", channels_first(&first)),
            ("blocks.0.conv", channels_first(&convs[0])),
            ("blocks.0.norm", channels_first(&norms[0])),
            ("blocks.1.conv", channels_first(&convs[1])),
            ("blocks.1.norm", channels_first(&norms[1])),
            ("body.conv", channels_first(&conv)),
            ("body.norm", channels_first(&norm)),
            ("body", channels_first(&body)),
            ("soft.rows", soft.flat().to_vec()),
            ("pool", channels_first(&pool)),
            ("drop", channels_first(&pool)),
            ("out", net.out.predict(flat).flat().to_vec()),
        ],
    );
}

#[test]
fn sequences_are_seen_channel_by_channel() {
    let (net, x) = start(Steps::seeded(3));
    let conv: Batch<Lc<4, 6>> = net.conv.predict(&x);
    let images: Vec<Hwc<4, 1, 6>> = conv.iter().map(|sequence| sequence.0).collect();
    let pool = net.pool.predict(&conv);
    assert_seen(
        &net,
        &x,
        &[
            ("conv", channels_first(&images)),
            ("drop", channels_first(&images)),
            ("pool", pool.flat().to_vec()),
            ("out", net.out.predict(&pool).flat().to_vec()),
        ],
    );
}

#[test]
fn several_values_are_seen_part_by_part() {
    let images = [Hwc::<2, 1, 2>::of_flat(&[1.0, 10.0, 2.0, 20.0])[0]];
    let mut parts = Vec::new();
    let pair = (&images[..], &[[3.0, 4.0]][..]);
    <(Hwc<2, 1, 2>, [f32; 2])>::each_in_order(pair, &mut |name, values| parts.push((name.to_owned(), values.to_vec())));
    assert_eq!(parts, [("0".to_owned(), vec![1.0, 2.0, 10.0, 20.0]), ("1".to_owned(), vec![3.0, 4.0])]);
}
