//! Checkpoints: what goes in comes out bit for bit, and nothing changes unless all of it fits.

use crate::network::{Folder, Linear, Small};
use nn_core::storage::{Checkpoint, Exact, shapes};
use nn_core::{Error, Layout, Shape, Store, Tensor};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Progress {
    epoch: u32,
    step: u64,
    seed: u64,
    lr: f32,
    momentum: f64,
    best: Exact,
    history: Vec<(String, f32)>,
}

fn progress() -> Progress {
    Progress {
        epoch: 3,
        step: u64::MAX,
        seed: 1 << 63 | 1,
        lr: 0.1 + f32::EPSILON,
        momentum: 0.1 + 0.2,
        best: Exact(f64::INFINITY),
        history: vec![("loss \"a\"\n".to_owned(), f32::MIN_POSITIVE / 2.0), ("ü".to_owned(), -0.0)],
    }
}

fn state() -> (String, Shape, Vec<f32>) {
    let odd = [0x7FC0_0001_u32, 0x7F80_0001, 0xFFFF_FFFF, 0x8000_0000, 1, 0x007F_FFFF].map(f32::from_bits);
    (Checkpoint::state_name("hidden.weight", "exp_avg"), Shape::new(&[2, 3]), odd.to_vec())
}

fn checkpoint() -> Checkpoint {
    let mut checkpoint = Checkpoint::new();
    checkpoint.add_network(&Small::peculiar()).unwrap();
    let (name, shape, values) = state();
    checkpoint.insert(name, shape, values).unwrap();
    checkpoint.set("progress", &progress()).unwrap();
    checkpoint
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn everything_comes_back_bit_for_bit() {
    let folder = Folder::new("checkpoint");
    let path = folder.file("a.safetensors");
    checkpoint().write(&path).unwrap();
    let read = Checkpoint::read(&path).unwrap();
    assert_eq!(read.path(), path);

    let mut net = Small::new();
    read.load_network(&mut net).unwrap();
    assert_eq!(net.bits(), Small::peculiar().bits());

    let (name, shape, values) = state();
    assert_eq!(name, "optimizer.hidden.weight.exp_avg");
    assert_eq!(read.shape(&name), Some(shape));
    assert_eq!(bits(read.values(&name).unwrap()), bits(&values));
    // The state of a transposed weight lies transposed as well.
    let mut slot = Tensor::zeros(shape, Layout::Transposed);
    read.read_into(&name, &mut slot).unwrap();
    assert_eq!(bits(&slot.to_vec()), bits(&values));
    assert_eq!(slot.values()[1].to_bits(), values[3].to_bits());

    let found: Progress = read.get("progress").unwrap();
    assert_eq!(found, progress());
    assert_eq!(
        (found.lr.to_bits(), found.momentum.to_bits()),
        (progress().lr.to_bits(), progress().momentum.to_bits())
    );
    assert!(found.history[1].1.is_sign_negative());
    // Written again it is the same file.
    assert_eq!(read.to_bytes().unwrap(), std::fs::read(&path).unwrap());
}

#[test]
fn a_checkpoint_serves_as_a_file_of_weights() {
    let mut net = Small::new();
    net.load_bytes(&checkpoint().to_bytes().unwrap()).unwrap();
    assert_eq!(net.bits(), Small::peculiar().bits());
}

#[test]
fn a_file_of_weights_is_no_checkpoint() {
    let said = Checkpoint::from_bytes(&Small::new().to_bytes().unwrap()).unwrap_err().to_string();
    assert!(said.contains("not a usable checkpoint file: it has weights only"), "{said}");
}

#[test]
fn another_network_is_refused_and_left_alone() {
    let mut net = Linear::new(3, 2);
    let error = checkpoint().load_network(&mut net).unwrap_err();
    assert!(matches!(&error, Error::Mismatch { report, .. } if report.missing == ["weight", "bias"]), "{error}");
    assert_eq!(net, Linear::new(3, 2));
}

#[test]
fn a_check_lists_all_that_is_missing_left_over_or_of_another_shape() {
    let mut expected = shapes(&Small::new());
    let state_name = |slot| Checkpoint::state_name("hidden.weight", slot);
    expected.push((state_name("exp_avg"), Shape::new(&[2, 3])));
    checkpoint().check(&expected).unwrap();

    expected.last_mut().unwrap().1 = Shape::new(&[6]);
    expected.push((state_name("exp_avg_sq"), Shape::new(&[2, 3])));
    expected.remove(0);
    let Err(Error::Mismatch { report, .. }) = checkpoint().check(&expected) else { panic!("this does not fit") };
    assert_eq!(report.missing, [state_name("exp_avg_sq")]);
    assert_eq!(report.unexpected, ["hidden.weight"]);
    assert_eq!(report.mis_shaped.len(), 1);
    assert_eq!(
        (report.mis_shaped[0].file.as_slice(), report.mis_shaped[0].network),
        ([2, 3].as_slice(), Shape::new(&[6]))
    );
}

#[test]
fn what_cannot_be_kept_is_refused_when_it_is_set() {
    let mut checkpoint = checkpoint();
    for error in [
        checkpoint.set("loss", &f32::NAN).unwrap_err(),
        checkpoint.set("losses", &vec![1.0, f64::INFINITY]).unwrap_err(),
        checkpoint.set("nn.checkpoint", &1).unwrap_err(),
        checkpoint.set("format", &1).unwrap_err(),
        checkpoint.insert("hidden.bias", Shape::new(&[1]), vec![0.0]).unwrap_err(),
        checkpoint.insert("__metadata__", Shape::new(&[1]), vec![0.0]).unwrap_err(),
        checkpoint.insert("short", Shape::new(&[2]), vec![0.0]).unwrap_err(),
        checkpoint.add_network(&Small::new()).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Argument { .. }), "{error}");
    }
    let said = checkpoint.set("loss", &f32::NAN).unwrap_err().to_string();
    assert!(said.contains("`loss` could not be read again") && said.contains("storage::Exact"), "{said}");
    assert_eq!(checkpoint.to_bytes().unwrap(), self::checkpoint().to_bytes().unwrap());
}

#[test]
fn what_is_not_there_is_told() {
    let checkpoint = checkpoint();
    for (said, words) in [
        (checkpoint.get::<u32>("epoch").unwrap_err(), "no value `epoch`, only [\"progress\"]"),
        (checkpoint.get::<u32>("progress").unwrap_err(), "its value `progress` is not what is needed: invalid type"),
        (checkpoint.read_into("w", &mut Tensor::absent()).unwrap_err(), "it has no tensor `w`"),
        (
            checkpoint.read_into("hidden.bias", &mut Tensor::absent()).unwrap_err(),
            "`hidden.bias` has shape [2], but [0]",
        ),
    ] {
        assert!(said.to_string().contains(words), "{said}");
    }
    assert!(checkpoint.values("w").is_none() && checkpoint.shape("w").is_none());
}

/// Names of the network may look like those of an optimiser.
#[test]
fn a_line_called_optimizer_is_found() {
    let mut checkpoint = Checkpoint::new();
    checkpoint.insert("optimizer.weight", Shape::new(&[1]), vec![1.0]).unwrap();
    checkpoint.check(&[("optimizer.weight".to_owned(), Shape::new(&[1]))]).unwrap();
}
