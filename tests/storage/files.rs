//! What files hold: names, bits, all or nothing.

use super::*;
use nn::Batch;
use nn::storage::shapes;

#[test]
fn what_is_saved_is_what_is_loaded() {
    let file = Temporary::new("same");
    let net = peculiar::<Everything>(1);
    net.save(&file.0).unwrap();
    let loaded = Everything::load(&file.0).unwrap();
    assert_eq!(bits(&loaded), bits(&net));
    same_predictions(&loaded, &net);

    let heads = peculiar::<Heads>(2);
    heads.save(&file.0).unwrap();
    let loaded = Heads::load(&file.0).unwrap();
    assert_eq!(bits(&loaded), bits(&heads));
    same_predictions(&loaded, &heads);

    // In memory, into a network that is there.
    let mut other = Everything::seeded(9);
    other.load_bytes(&net.to_bytes().unwrap()).unwrap();
    same_predictions(&other, &net);
}

#[test]
fn files_have_the_names_of_lines_or_those_that_attributes_give() {
    let expected = [
        ("backbone.0.weight", vec![8, 12]),
        ("norm.weight", vec![8]),
        ("norm.bias", vec![8]),
        ("norm.running_mean", vec![8]),
        ("norm.running_var", vec![8]),
        ("slope.weight", vec![8]),
        ("layer1.0.body.conv1.weight", vec![16, 8]),
        ("layer1.0.body.conv1.bias", vec![16]),
        ("layer1.0.body.down.weight", vec![8, 16]),
        ("layer1.0.body.down.bias", vec![8]),
        ("layer1.0.out.weight", vec![8, 8]),
        ("layer1.0.out.bias", vec![8]),
        ("layer1.1.body.conv1.weight", vec![16, 8]),
        ("layer1.1.body.conv1.bias", vec![16]),
        ("layer1.1.body.down.weight", vec![8, 16]),
        ("layer1.1.body.down.bias", vec![8]),
        ("layer1.1.out.weight", vec![8, 8]),
        ("layer1.1.out.bias", vec![8]),
        ("block.in.weight", vec![8]),
        ("block.in.bias", vec![8]),
        ("block.deep.fc.weight", vec![8, 8]),
        ("block.deep.fc.bias", vec![8]),
        ("first.weight", vec![8, 8]),
        ("first.bias", vec![8]),
        ("single.body.conv1.weight", vec![16, 8]),
        ("single.body.conv1.bias", vec![16]),
        ("single.body.down.weight", vec![8, 16]),
        ("single.body.down.bias", vec![8]),
        ("single.out.weight", vec![8, 8]),
        ("single.out.bias", vec![8]),
        ("fc.weight", vec![5, 8]),
        ("fc.bias", vec![5]),
    ];
    let found: Vec<_> =
        shapes(&Everything::default()).into_iter().map(|(name, shape)| (name, shape.dims().to_vec())).collect();
    assert!(
        found.iter().map(|(name, dims)| (name.as_str(), dims)).eq(expected.iter().map(|(name, dims)| (*name, dims))),
        "{found:#?}"
    );
    let bytes = Everything::default().to_bytes().unwrap();
    let file = SafeTensors::from_bytes(&bytes).unwrap();
    for (name, dims) in &expected {
        assert_eq!(file.shape(name), Some(dims.as_slice()), "{name}");
    }
    assert_eq!(file.names().count(), expected.len());
}

#[test]
fn a_file_that_pytorch_has_written() {
    let path = format!("{}/tests/reference/storage/small.safetensors", env!("CARGO_MANIFEST_DIR"));
    let net = Small::load(&path).unwrap();
    let y = net.predict(&[[1.0, 2.0, 3.0]]);
    // Tenths in the order of the file: y = γ (x · Wᵀ + b − mean) / √(variance + ε) + β.
    let weight = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]];
    for j in 0..2 {
        let tenth = |first: usize| (first + j) as f64 / 10.0;
        let z: f64 = tenth(7) + (0..3).map(|i| weight[j][i] * (i + 1) as f64).sum::<f64>();
        let expected = tenth(9) * (z - tenth(13)) / (tenth(15) + 1e-5).sqrt() + tenth(11);
        assert!((f64::from(y[0][j]) - expected).abs() < 1e-6, "{} {expected}", y[0][j]);
    }
}

#[test]
fn saving_is_all_or_nothing() {
    let file = Temporary::new("kept");
    let net = peculiar::<Small>(9);
    net.save(&file.0).unwrap();
    // A folder that is not there.
    let error = net.save(file.0.join("below")).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(bits(&Small::load(&file.0).unwrap()), bits(&net));

    // The larger file takes the place of the smaller one as a whole.
    peculiar::<Everything>(9).save(&file.0).unwrap();
    assert_eq!(bits(&Everything::load(&file.0).unwrap()), bits(&peculiar::<Everything>(9)));
}

#[test]
fn a_network_loaded_into_service() {
    let net = peculiar::<Older>(10);
    let bytes = net.to_bytes().unwrap();
    let mut loaded = Older::default();
    loaded.load_bytes(&bytes).unwrap();
    let x = Batch::from_samples(&[[0.25_f32; 12]; 3]);
    let expected = net.predict(&x);
    let mut prepared = loaded.prepare(2);
    let close = |a: &f32, b: &f32| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
    assert!(prepared.predict(&x).as_flattened().iter().zip(expected.flat()).all(|(a, b)| close(a, b)));
}
