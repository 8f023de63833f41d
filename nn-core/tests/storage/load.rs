//! Saving, strict and partial loading.

use crate::network::{Folder, Linear, Norm, Small};
use nn_core::storage::{MisShaped, Mode, SafeTensors, load_bytes, load_into};
use nn_core::{Error, Layout, Shape, Store, Tensor, parameters};

#[test]
fn a_saved_network_is_loaded_bit_for_bit() {
    let folder = Folder::new("roundtrip");
    let path = folder.file("net.safetensors");
    let net = Small::peculiar();
    net.save(&path).unwrap();
    assert_eq!(folder.names(), ["net.safetensors"]);
    let mut other = Small::new();
    other.load_from(&path).unwrap();
    assert_eq!(other.bits(), net.bits());
    assert_eq!(net.to_bytes().unwrap(), std::fs::read(&path).unwrap());
    assert!(SafeTensors::read(&path).unwrap().has_checksums());

    let mut third = Small::new();
    third.load_bytes(&net.to_bytes().unwrap()).unwrap();
    assert_eq!(third.bits(), net.bits());
}

/// The same lines with other sizes and names: `hiden`, a `norm` of three, `extra`.
#[derive(Clone)]
struct Other {
    hiden: Linear,
    norm: Norm,
    extra: Linear,
}

/// Written by hand with the layers' own walkers, as `network!` does.
mod other {
    use super::Other;
    use nn_core::{Each, EachMut, EachPair, Parameters, Path, Tensor};

    impl Parameters for Other {
        type Grads = ();
        type PerLayer<T: Copy> = ();
        const PARAMS: usize = 20;

        fn grads(&self) {}
        fn no_grads() {}
        fn per_layer<T: Copy>(_: T) {}
        fn map_layers<T: Copy, U: Copy>((): (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) {}
        fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
            self.hiden.tensors(&path.join("hiden"), each);
            self.norm.tensors(&path.join("norm"), each);
            self.extra.tensors(&path.join("extra"), each);
        }
        fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
            self.hiden.tensors_mut(&path.join("hiden"), each);
            self.norm.tensors_mut(&path.join("norm"), each);
            self.extra.tensors_mut(&path.join("extra"), each);
        }
        fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &Path<'_>, _: EachPair<'_, T>) {}
        fn gradients((): &mut (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {}
    }
}

fn other() -> Other {
    Other { hiden: Linear::new(3, 2), norm: Small::new().norm, extra: Linear::new(1, 5) }
}

#[test]
fn a_strict_load_lists_all_differences_and_changes_nothing() {
    let bytes = other().to_bytes().unwrap();
    let before = Small::peculiar();
    let mut net = before.clone();
    let error = load_bytes(&mut net, &bytes, Mode::Strict).unwrap_err();
    assert_eq!(net.bits(), before.bits());
    let said = error.to_string();
    for part in [
        "`<in memory>` does not fit the network, which is left as it was: 4 of the network's 6 tensors are in the file",
        "missing in the file: `hidden.weight` [2, 3]; did you mean `hiden.weight` of the file?",
        "missing in the file: `hidden.bias` [2]; did you mean `hiden.bias` of the file?",
        "not in the network: `extra.weight` [5, 1]",
        "not in the network: `hiden.bias` [2]",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_partial_load_takes_what_fits_and_reports_the_rest() {
    let mut source = other();
    source.hiden.weight.set(&[9.0; 6]).unwrap();
    let mut net = Small::peculiar();
    let before = net.clone();
    let report = load_bytes(&mut net, &source.to_bytes().unwrap(), Mode::Partial).unwrap();
    assert_eq!(report.missing, ["hidden.weight", "hidden.bias"]);
    assert_eq!(report.unexpected, ["extra.bias", "extra.weight", "hiden.bias", "hiden.weight"]);
    assert_eq!(report.loaded, ["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"]);
    assert_eq!(net.norm, source.norm);
    assert_eq!(net.bits()[..2], before.bits()[..2]);
}

#[test]
fn other_shapes_are_told_with_both_and_left_alone() {
    let mut wide = Linear::new(2, 3);
    wide.weight.set(&[1.0; 6]).unwrap();
    wide.bias.set(&[1.0; 3]).unwrap();
    let bytes = wide.to_bytes().unwrap();
    let mut net = Linear::new(3, 2);
    let error = load_bytes(&mut net, &bytes, Mode::Partial).unwrap_err();
    let nn_core::Error::Mismatch { report, .. } = error else { panic!("nothing fits: {error}") };
    let expected = [
        MisShaped { name: "weight".to_owned(), file: vec![3, 2], network: Shape::new(&[2, 3]) },
        MisShaped { name: "bias".to_owned(), file: vec![3], network: Shape::new(&[2]) },
    ];
    assert_eq!(report.mis_shaped, expected);
    assert_eq!(net, Linear::new(3, 2));
    let said = net.load_bytes(&bytes).unwrap_err().to_string();
    assert!(said.contains("`weight` is [3, 2] in the file, [2, 3] in the network; transposed it would fit"), "{said}");
    assert!(said.contains("`bias` is [3] in the file, [2] in the network"), "{said}");
}

#[test]
fn integers_for_a_parameter_are_an_error_in_both_modes() {
    let header = br#"{"weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"bias":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_slice(), &[1; 8]].concat();
    for mode in [Mode::Strict, Mode::Partial] {
        let mut net = Linear::new(1, 1);
        let said = load_bytes(&mut net, &bytes, mode).unwrap_err().to_string();
        assert!(said.contains("`bias` is I32 in the file; F32, F64, F16 or BF16 is needed"), "{said}");
        assert_eq!(net, Linear::new(1, 1));
    }
}

/// Two tensors that are saved under one name would be one tensor when loaded.
#[derive(Clone)]
struct Twice(Linear);

mod twice {
    use super::Twice;
    use nn_core::{Each, EachMut, EachPair, Parameters, Path, Tensor};

    impl Parameters for Twice {
        type Grads = ();
        type PerLayer<T: Copy> = ();
        const PARAMS: usize = 16;

        fn grads(&self) {}
        fn no_grads() {}
        fn per_layer<T: Copy>(_: T) {}
        fn map_layers<T: Copy, U: Copy>((): (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) {}
        fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
            self.0.tensors(&path.join("a"), each);
            self.0.tensors(&path.join("a"), each);
        }
        fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
            self.0.tensors_mut(&path.join("a"), each);
        }
        fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &Path<'_>, _: EachPair<'_, T>) {}
        fn gradients((): &mut (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {}
    }
}

#[test]
fn two_tensors_of_one_name_are_refused_before_anything_is_written() {
    let folder = Folder::new("twice");
    let said = Twice(Linear::new(3, 2)).save(folder.file("net.safetensors")).unwrap_err().to_string();
    assert!(said.contains("two tensors are called `a.weight`"), "{said}");
    assert!(folder.names().is_empty());
}

#[test]
fn what_is_absent_is_neither_saved_nor_missed() {
    let without_bias = || Linear { bias: Tensor::absent(), ..Linear::new(3, 2) };
    let bytes = without_bias().to_bytes().unwrap();
    assert_eq!(SafeTensors::from_bytes(&bytes).unwrap().names().collect::<Vec<_>>(), ["weight"]);
    without_bias().load_bytes(&bytes).unwrap();
}

struct Scalar {
    gain: Tensor,
}
parameters! { impl[] Scalar, ScalarGrads { gain }, count = 1 }

#[test]
fn scalars_have_no_dimensions() {
    let mut scalar = Scalar { gain: Tensor::zeros(Shape::SCALAR, Layout::Plain) };
    scalar.gain.set(&[7.5]).unwrap();
    let bytes = scalar.to_bytes().unwrap();
    assert_eq!(SafeTensors::from_bytes(&bytes).unwrap().shape("gain"), Some([].as_slice()));
    let mut other = Scalar { gain: Tensor::zeros(Shape::SCALAR, Layout::Plain) };
    other.load_bytes(&bytes).unwrap();
    assert_eq!(other.gain, scalar.gain);
}

#[test]
fn files_that_are_not_there_say_so() {
    let folder = Folder::new("absent");
    let said = load_into(&mut Small::new(), folder.file("none.safetensors"), Mode::Strict).unwrap_err();
    assert!(matches!(&said, Error::Io { action: "read", .. }), "{said}");
    assert!(said.to_string().contains("none.safetensors"), "{said}");
    let said = Small::new().load_from(folder.file("")).unwrap_err().to_string();
    assert!(said.contains("it is a folder, not a file"), "{said}");
}
