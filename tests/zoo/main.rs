//! The networks of `nn::zoo`: pretrained weights give what they give elsewhere, and what is not pretrained can be trained.
//!
//! Weights that are large are not in the repository. `NN_MODELS=folder cargo test --features zoo --test zoo` looks for `efficientnet-lite0`, `crepe-tiny`,
//! `mnist-cnn`, `g2p-en-gru` and `silero-vad-16k` in that folder, each with `model.safetensors` and `reference.safetensors`; without it those tests
//! say that they were skipped. The last two are recurrent networks that are no part of the zoo.

mod efficientnet;
mod gradients;
mod pronounce;
mod small;
mod training;
mod voice;

use nn::storage::{SafeTensors, Store};
use nn::{Batch, Parameters, Path, Sample};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The largest difference as a fraction of the largest value.
const TOLERANCE: f32 = 1e-4;

/// A file of a model that is not in the repository. Says so where it is not there.
fn outside(model: &str, file: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("NN_MODELS") else {
        println!("skipped: `{model}/{file}` is not in the repository; NN_MODELS names the folder with `{model}`");
        return None;
    };
    let path = PathBuf::from(folder).join(model).join(file);
    assert!(path.is_file(), "NN_MODELS is set, but there is no `{}`", path.display());
    Some(path)
}

/// A file of a model that is in the repository.
fn inside(model: &str, file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/reference/models", model, file].iter().collect()
}

/// Reference values.
struct Reference(SafeTensors<'static>);

impl Reference {
    fn read(path: PathBuf) -> Self {
        Self(SafeTensors::read(path).unwrap())
    }

    fn batch<S: Sample<Element = f32>>(&self, name: &str) -> Batch<S> {
        Batch::from_flat(&self.0.floats(name).unwrap()).unwrap()
    }

    #[track_caller]
    fn assert_close(&self, name: &str, found: &[f32]) {
        self.assert_within(TOLERANCE, name, found);
    }

    #[track_caller]
    fn assert_within(&self, tolerance: f32, name: &str, found: &[f32]) {
        let expected = self.0.floats(name).unwrap();
        assert_eq!(found.len(), expected.len(), "{name}");
        let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        // Written so that NaN fails.
        let off = off.fold(0.0_f32, |most, off| if off <= most { most } else { off }) / largest;
        assert!(off <= tolerance, "`{name}` is off by {off:e} of the largest value");
        println!("`{name}` is off by {off:.1e} of the largest value");
    }
}

/// That the network writes what it has read: every tensor of the file with the same name, shape and bytes, and no other. Counters of batches,
/// which are not kept, are left out.
fn assert_written_as_read<N: Parameters>(net: &N, path: PathBuf) {
    let (read, bytes) = (SafeTensors::read(path).unwrap(), net.to_bytes().unwrap());
    let written = SafeTensors::from_bytes(&bytes).unwrap();
    let tensors = |file: &SafeTensors<'_>| -> BTreeMap<String, (Vec<usize>, Vec<u8>)> {
        let names = file.names().filter(|name| !name.ends_with("num_batches_tracked"));
        names
            .map(|name| (name.to_owned(), (file.shape(name).unwrap().to_vec(), file.bytes(name).unwrap().to_vec())))
            .collect()
    };
    let (read, written) = (tensors(&read), tensors(&written));
    assert_eq!(read.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
    assert!(read == written, "shapes or bytes differ");
}

/// One tensor of the network, or its gradient, by its name in files, in the order of files.
fn gradient<N: Parameters>(grads: &mut N::Grads, name: &str) -> Vec<f32> {
    let mut found = None;
    N::gradients(grads, &Path::ROOT, &mut |path, tensor| {
        if path.to_string() == name {
            found = Some(tensor.to_vec());
        }
    });
    found.unwrap_or_else(|| panic!("no parameter `{name}`"))
}
