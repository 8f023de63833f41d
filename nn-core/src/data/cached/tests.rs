use super::*;
use crate::Network;
use crate::data::Samples;
use crate::layers::{Dense, Lora, Relu, Tanh};
use crate::lora::Adapter;
use std::path::PathBuf;

type Backbone = Dense<[f32; 3], [f32; 5]>;

fn backbone(key: u64) -> Backbone {
    let mut layer = Backbone::new();
    layer.reset(key);
    layer
}

/// More samples than go through the layer at once.
fn data() -> Samples<[f32; 3], u32> {
    let x: Vec<[f32; 3]> = (0..75).map(|i| [i as f32 * 0.1, 1.0 - i as f32 * 0.05, (i % 7) as f32]).collect();
    let labels: Vec<u32> = (0..75).map(|i| i % 4).collect();
    let weights: Vec<f32> = (0..75).map(|i| 1.0 + i as f32).collect();
    Samples::new(x, labels).unwrap().with_weights(weights).unwrap()
}

/// A path for a file that is removed in the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-cached-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn assert_same(cached: &Cached<Backbone, u32>, layer: &Backbone) {
    let (data, outputs) = (data(), layer.predict(data().x()));
    assert_eq!((cached.len(), cached.weights()), (75, data.weights()));
    // In any order, and again.
    let (mut x, mut y) = ([[0.0; 5]; 4], [0; 4]);
    for indices in [[74, 0, 31, 32], [5, 5, 33, 74]] {
        cached.fill(&indices, &mut x, &mut y).unwrap();
        assert_eq!(x, indices.map(|i| outputs[i]));
        assert_eq!(y, indices.map(|i| data.y()[i]));
    }
    assert!(cached.fill(&[75], &mut x[..1], &mut y[..1]).is_err());
}

#[test]
fn outputs_are_those_of_the_layer() {
    let layer = backbone(1);
    assert_same(&Cached::new(&layer, &data()).unwrap(), &layer);
    let place = Place::new("outputs");
    assert_same(&Cached::on_disk(&layer, &data(), &place.0).unwrap(), &layer);
    assert_same(&Cached::on_disk(&layer, &data(), &place.0).unwrap(), &layer);
}

#[test]
fn data_with_an_order_of_their_own_are_kept_in_that_of_their_indices() {
    struct Backwards(Samples<[f32; 3], u32>);
    impl Dataset<[f32; 3], u32> for Backwards {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn fill(&self, indices: &[usize], x: &mut [[f32; 3]], y: &mut [u32]) -> Result<()> {
            self.0.fill(indices, x, y)
        }
        fn weights(&self) -> Option<&[f32]> {
            self.0.weights()
        }
        fn write_order(&self, _: &crate::data::Pass, order: &mut Vec<usize>) {
            order.clear();
            // Not every sample, and one twice.
            order.extend((1..self.0.len()).rev().chain([5]));
        }
    }
    let (layer, place) = (backbone(1), Place::new("backwards"));
    assert_same(&Cached::new(&layer, &Backwards(data())).unwrap(), &layer);
    assert_same(&Cached::on_disk(&layer, &Backwards(data()), &place.0).unwrap(), &layer);
}

#[test]
fn a_change_of_weights_or_data_is_noticed() {
    let layer = backbone(1);
    let cached = Cached::new(&layer, &data()).unwrap();
    assert!(cached.is_of(&layer, &data()).unwrap());
    let mut other = backbone(1);
    other.bias.values_mut()[4] += 1e-3;
    assert!(!cached.is_of(&other, &data()).unwrap());
    let changed = data().map(|x, _| x[0][2] += if x[0][0] == 0.0 { 1e-3 } else { 0.0 });
    assert!(!cached.is_of(&layer, &changed).unwrap());
    let relabelled = data().map(|_, y| y[0] ^= u32::from(y[0] == 3));
    assert!(!cached.is_of(&layer, &relabelled).unwrap());
    assert!(!cached.is_of(&layer, &data().subset(0..74).unwrap()).unwrap());
    let unweighted = Samples::new(data().x(), data().y()).unwrap();
    assert!(!cached.is_of(&layer, &unweighted).unwrap());

    // On disk, what has changed is computed anew; what has not, is not.
    let place = Place::new("changes");
    Cached::on_disk(&layer, &data(), &place.0).unwrap();
    let written = std::fs::metadata(&place.0).unwrap().modified().unwrap();
    Cached::on_disk(&layer, &data(), &place.0).unwrap();
    assert_eq!(std::fs::metadata(&place.0).unwrap().modified().unwrap(), written);
    assert_same(&Cached::on_disk(&other, &data(), &place.0).unwrap(), &other);
    let cached = Cached::on_disk(&other, &changed, &place.0).unwrap();
    assert_eq!(cached.to_samples().unwrap().x()[0], other.predict(&[[0.0, 1.0, 1e-3]])[0]);
}

#[test]
fn the_same_weights_behind_another_activation_are_another_layer() {
    let (mut relu, mut tanh) = (Dense::<[f32; 3], [f32; 5], Relu>::new(), Dense::<[f32; 3], [f32; 5], Tanh>::new());
    relu.reset(1);
    tanh.reset(1);
    assert_eq!(relu.weight.values(), tanh.weight.values());
    assert_ne!(Digest::of_layer(&relu), Digest::of_layer(&tanh));
    let place = Place::new("activation");
    Cached::on_disk(&relu, &data(), &place.0).unwrap();
    let cached = Cached::on_disk(&tanh, &data(), &place.0).unwrap();
    assert_eq!(cached.to_samples().unwrap().x(), &*tanh.predict(data().x()));
    assert!(cached.is_of(&tanh, &data()).unwrap());
}

#[test]
fn another_alpha_of_an_adapter_is_noticed() {
    let mut layer = Lora::<Backbone, 2>::new(backbone(1), 4.0, 0.0);
    layer.factors_mut()[1].values_mut().fill(0.3);
    let place = Place::new("alpha");
    let cached = Cached::on_disk(&layer, &data(), &place.0).unwrap();
    layer.set_alpha(1.0);
    assert!(!cached.is_of(&layer, &data()).unwrap());
    let cached = Cached::on_disk(&layer, &data(), &place.0).unwrap();
    assert_eq!(cached.to_samples().unwrap().x(), &*layer.predict(data().x()));
}

#[test]
fn a_damaged_file_is_an_error_and_is_left_alone() {
    let (layer, place) = (backbone(1), Place::new("damaged"));
    Cached::on_disk(&layer, &data(), &place.0).unwrap();
    let whole = std::fs::read(&place.0).unwrap();
    for length in [0, 1, 55, 56, 100, whole.len() - 4, whole.len() - 1] {
        std::fs::write(&place.0, &whole[..length]).unwrap();
        let said = Cached::on_disk(&layer, &data(), &place.0).unwrap_err().to_string();
        assert!(said.contains("is not a usable features file"), "{length}: {said}");
    }
    for bit in (0..whole.len() * 8).step_by(1009) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&place.0, &bytes).unwrap();
        // Where the digests of weights or data are hit, the outputs are those of others, and are computed anew.
        match Cached::on_disk(&layer, &data(), &place.0) {
            Ok(cached) => assert_same(&cached, &layer),
            Err(error) => assert!(error.to_string().contains("is not a usable features file"), "{bit}: {error}"),
        }
    }
    std::fs::write(&place.0, "a letter, not features, that somebody wants to keep, however long it may be....")
        .unwrap();
    assert!(Cached::on_disk(&layer, &data(), &place.0).is_err());
    assert!(std::fs::read(&place.0).unwrap().starts_with(b"a letter"));
}

#[test]
fn what_cannot_be_kept() {
    let layer = backbone(1);
    let said = Cached::new(&layer, &data().augment(0, |_, _, _| {})).unwrap_err().to_string();
    assert!(said.starts_with("Cached: the samples differ from epoch to epoch (75 samples"), "{said}");
    let place = Place::new("failing");
    struct Failing;
    impl Dataset<[f32; 3], u32> for Failing {
        fn len(&self) -> usize {
            50
        }
        fn fill(&self, indices: &[usize], _: &mut [[f32; 3]], _: &mut [u32]) -> Result<()> {
            if indices.contains(&40) { Err(Error::data("camera", "is off")) } else { Ok(()) }
        }
    }
    assert_eq!(Cached::on_disk(&layer, &Failing, &place.0).unwrap_err().to_string(), "camera: is off");
    assert!(!place.0.exists());
}
