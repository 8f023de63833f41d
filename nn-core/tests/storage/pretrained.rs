//! Files that PyTorch and NumPy have written (`tests/reference/pretrained/generate.py`), and those of other names and layouts.

use crate::network::{Folder, Linear, Small, reference};
use nn_core::storage::{Dtype, MisShaped, Mode, Rename, SafeTensors, Weights, load_bytes, load_into};
use nn_core::{Error, Layout, Shape, Store, Tensor, parameters};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    reference(&format!("pretrained/{name}"))
}

/// That a file has the tensors that PyTorch or NumPy has written to safetensors, but for `more` and `fewer`.
fn assert_same(name: &str, expected: &str, more: &[&str], fewer: &[&str]) {
    let (weights, expected) = (Weights::open(file(name)).unwrap(), SafeTensors::read(file(expected)).unwrap());
    let mut names: BTreeSet<_> = expected.names().collect();
    names.extend(more);
    fewer.iter().for_each(|fewer| assert!(names.remove(fewer)));
    assert_eq!(weights.names().collect::<BTreeSet<_>>(), names, "{name}");
    let mut compared = 0;
    for tensor in names.into_iter().filter(|tensor| !more.contains(tensor)) {
        let place = format!("{tensor} of {name}");
        assert_eq!(weights.shape(tensor), expected.shape(tensor), "{place}");
        assert_eq!(weights.dtype(tensor), expected.dtype(tensor), "{place}");
        match expected.floats(tensor) {
            Ok(floats) => {
                let bits = |floats: Vec<f32>| floats.into_iter().map(f32::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(weights.floats(tensor).unwrap()), bits(floats), "{place}");
                compared += 1;
            }
            Err(_) => assert!(weights.floats(tensor).unwrap_err().to_string().contains("is needed"), "{place}"),
        }
    }
    assert!(compared >= 8, "{compared} of {name}");
}

#[test]
fn torch_save_of_every_kind_has_the_tensors_that_pytorch_has() {
    for name in ["views.pt", "views_protocol4.pt", "views_no_crc.pt"] {
        assert_same(name, "views.safetensors", &[], &[]);
    }
    assert_same("views_legacy.pt", "views.safetensors", &[], &["type.uint16"]);
}

#[test]
fn numpy_arrays_of_every_kind_are_those_that_numpy_has() {
    let others = ["other.objects", "other.text", "other.big", "other.fields"];
    assert_same("arrays.npz", "arrays.safetensors", &others, &[]);
    assert_same("compressed.npz", "arrays.safetensors", &others, &[]);
    let weights = Weights::open(file("arrays.npz")).unwrap();
    assert_eq!(weights.dtype("other.big"), Some(&Dtype::new("NumPy's `>f4`")));

    let one = Weights::open(file("fortran.npy")).unwrap();
    let floats = one.floats("fortran").unwrap();
    assert_eq!((one.shape("fortran"), floats), (Some([2, 3, 4].as_slice()), (0..24).map(|i| i as f32).collect()));
    let bytes = std::fs::read(file("fortran.npy")).unwrap();
    assert_eq!(Weights::from_bytes(&bytes).unwrap().names().collect::<Vec<_>>(), ["arr_0"]);
}

#[test]
fn networks_load_every_format_by_the_ordinary_methods() {
    let mut expected = Small::new();
    expected.load_from(reference("storage/small.safetensors")).unwrap();
    for name in ["storage/small.pt", "storage/small_legacy.pt"] {
        let mut net = Small::peculiar();
        let report = load_into(&mut net, reference(name), Mode::Strict).unwrap();
        assert_eq!((net.bits(), report.loaded.len()), (expected.bits(), 6));
        let mut net = Small::peculiar();
        net.load_bytes(&std::fs::read(reference(name)).unwrap()).unwrap();
        assert_eq!(net.bits(), expected.bits());
    }
}

#[test]
fn the_only_dictionary_of_tensors_is_found_and_of_several_one_is_chosen() {
    let rules = Rename::new().strip_prefix("module.");
    let only = Weights::open(file("only.pt")).unwrap().rename(&rules).unwrap();
    assert_eq!(only.floats("hidden.weight").unwrap(), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    assert_eq!(only.floats("hidden.bias").unwrap(), [0.7, 0.8]);
    let part = Weights::open_part(file("only.pt"), "state_dict").unwrap();
    assert_eq!(part.names().collect::<Vec<_>>(), ["module.hidden.bias", "module.hidden.weight"]);

    let model = Weights::open_part(file("several.pt"), "model").unwrap();
    let ema = Weights::open_part(file("several.pt"), "ema.net").unwrap();
    let before = model.floats("hidden.bias").unwrap();
    assert_eq!(before, [0.7, 0.8]);
    // Adam's first step is the learning rate.
    for (after, before) in ema.floats("hidden.bias").unwrap().iter().zip(before) {
        assert!((before - after - 1e-3).abs() < 1e-6, "{after} {before}");
    }

    let path = file("several.pt");
    let said = Weights::open(&path).unwrap_err().to_string();
    let list = "\"model\" (2 tensors), \"ema.net\" (2 tensors)";
    assert!(
        said.ends_with(&format!(
            "it has several dictionaries of tensors: {list}; choose one by `Weights::open_part(path, \"model\")`"
        )),
        "{said}"
    );
    let said = Weights::open_part(&path, "modell").unwrap_err().to_string();
    assert!(
        said.ends_with(&format!("no dictionary of tensors \"modell\", but {list}; did you mean \"model\"?")),
        "{said}"
    );
    let said = Weights::open_part(file("keras.npz"), "model").unwrap_err().to_string();
    assert!(said.contains("not a usable NumPy file: it has no part \"model\""), "{said}");
}

#[test]
fn a_pickled_module_is_refused_by_the_name_of_its_class() {
    let said = Weights::open(file("module.pt")).unwrap_err().to_string();
    for words in ["module.pt", "`__main__.Net`", "nothing in it was executed", "torch.save(model.state_dict(), path)"] {
        assert!(said.contains(words), "{said}");
    }
}

/// A convolution and a matrix.
#[derive(Clone, Debug, PartialEq)]
struct Conv {
    weight: Tensor,
    bias: Tensor,
}
parameters! { impl[] Conv, ConvGrads { weight, bias }, count = 28 }

fn conv() -> Conv {
    Conv {
        weight: Tensor::zeros(Shape::new(&[4, 1, 2, 3]), Layout::Plain),
        bias: Tensor::zeros(Shape::new(&[4]), Layout::Plain),
    }
}

#[test]
fn kernels_of_keras_are_turned_round() {
    let rules = Rename::new().pattern("*/kernel", "*.weight").pattern("*/bias", "*.bias");
    let renamed = || Weights::open(file("keras.npz")).unwrap().rename(&rules).unwrap();
    let expected = SafeTensors::read(file("keras.safetensors")).unwrap();
    let keras = renamed().keras_kernels("*.weight").unwrap();
    for name in expected.names() {
        assert_eq!(keras.shape(name), expected.shape(name), "{name}");
        assert_eq!(keras.floats(name).unwrap(), expected.floats(name).unwrap(), "{name}");
    }
    let by_hand = renamed().transposed("dense.weight").unwrap().permuted("conv.w*", &[3, 2, 0, 1]).unwrap();
    for name in expected.names() {
        assert_eq!(by_hand.floats(name).unwrap(), expected.floats(name).unwrap(), "{name}");
    }

    // What is not turned is told with both shapes and what to do, and changes nothing; half of it loads.
    let only_conv = Rename::new().leave_out("dense.*").strip_prefix("conv.");
    let straight = renamed().rename(&only_conv).unwrap();
    let mut net = conv();
    let error = straight.load_into(&mut net, Mode::Strict).unwrap_err();
    assert!(
        error.to_string().contains("permuted it would fit") && error.to_string().contains("keras_kernels"),
        "{error}"
    );
    let Error::Mismatch { report, .. } = error else { panic!("{error}") };
    let wrong = MisShaped { name: "weight".to_owned(), file: vec![2, 3, 1, 4], network: net.weight.shape() };
    assert_eq!((report.mis_shaped, net.clone()), (vec![wrong], conv()));
    assert_eq!(straight.load_into(&mut net, Mode::Partial).unwrap().loaded, ["bias"]);
    assert_eq!(net.bias.to_vec(), expected.floats("conv.bias").unwrap());
    straight.keras_kernels("weight").unwrap().load_into(&mut net, Mode::Strict).unwrap();
    assert_eq!(net.weight.to_vec(), expected.floats("conv.weight").unwrap());

    let mut dense = Linear::new(3, 2);
    let rules = Rename::new().leave_out("conv.*").strip_prefix("dense.");
    keras.rename(&rules).unwrap().load_into(&mut dense, Mode::Strict).unwrap();
    assert_eq!(dense.weight.to_vec(), expected.floats("dense.weight").unwrap());
}

#[test]
fn layouts_that_make_no_sense_are_errors() {
    let keras = || Weights::open(file("keras.npz")).unwrap();
    for (result, words) in [
        (keras().transposed("dens/kernel"), "no tensor is called `dens/kernel`; did you mean `dense/kernel`?"),
        (keras().transposed("*/kernel"), "tensor `conv/kernel` of shape [2, 3, 1, 4] does not have 2 dimensions"),
        (keras().permuted("*", &[1, 1]), "[1, 1] are not the numbers from 0 in some order"),
        (keras().rename(&Rename::new().pattern("*/*", "*")), "do not have the same number of `*`"),
    ] {
        let said = result.unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_is_compressed_and_damaged_changes_nothing_although_it_is_noticed_late() {
    let mut bytes = std::fs::read(file("keras.npz")).unwrap();
    // A number of the dense kernel: 1.1 as NumPy has added it up.
    let at = bytes.windows(4).position(|window| window == 1.1_f32.to_le_bytes()).unwrap();
    bytes[at] ^= 1;
    let rules = Rename::new().leave_out("conv/*").strip_prefix("dense/").pair("kernel", "weight");
    let weights = Weights::from_bytes(&bytes).unwrap().rename(&rules).unwrap().keras_kernels("weight").unwrap();
    let mut net = Linear::new(3, 2);
    for mode in [Mode::Strict, Mode::Partial] {
        let said = weights.load_into(&mut net, mode).unwrap_err().to_string();
        assert!(said.contains("tensor `weight` does not have the checksum"), "{said}");
        assert_eq!(net, Linear::new(3, 2));
    }
}

#[test]
fn a_checkpoint_is_weights_too() {
    let folder = Folder::new("weights");
    let path = folder.file("net.safetensors");
    let net = Small::peculiar();
    net.save(&path).unwrap();
    let mut other = Small::new();
    let rules = Rename::new().add_prefix("a.").strip_prefix("a.");
    Weights::open(&path).unwrap().rename(&rules).unwrap().load_into(&mut other, Mode::Strict).unwrap();
    assert_eq!(other.bits(), net.bits());
    let mut other = Small::new();
    load_bytes(&mut other, &net.to_bytes().unwrap(), Mode::Strict).unwrap();
    assert_eq!(other.bits(), net.bits());
}
