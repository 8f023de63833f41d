//! Files that are well formed and no checkpoints of ours.

use super::*;
use crate::storage::checksums;

/// What is said about a file with right checksums that `change` has made differ from a checkpoint.
fn refused(change: impl FnOnce(&mut BTreeMap<String, String>)) -> String {
    let checkpoint = Checkpoint::new();
    let mut metadata = checkpoint.metadata();
    change(&mut metadata);
    let mut bytes = Vec::new();
    safetensors::write(&mut bytes, &metadata, &checkpoint.tensors).unwrap();
    Checkpoint::from_bytes(&bytes).unwrap_err().to_string()
}

#[test]
fn another_version_is_told_with_ours() {
    let said = refused(|metadata| drop(metadata.insert(KEY.to_owned(), "2".to_owned())));
    assert!(said.contains("it has version 2 of the format, but this program reads version 1"), "{said}");
    assert!(refused(|metadata| drop(metadata.remove(KEY))).contains("weights only"));
}

/// Well-formed tensors that [`Checkpoint::insert`] could never have taken, without a checksum and with.
#[test]
fn tensors_of_another_type_or_rank_are_refused() {
    for (dtype, shape, bytes) in [("F64", vec![1], 8), ("F32", vec![1; MAX_RANK + 1], 4)] {
        let sums = |sum: u32| {
            let mut metadata = Checkpoint::new().metadata();
            checksums::add(&mut metadata, [("w", sum)]);
            metadata
        };
        let tensor = format!(r#"{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[0,{bytes}]}}"#);
        let file = |metadata: &BTreeMap<String, String>| {
            let metadata = serde_json::to_string(metadata).unwrap();
            let header = format!(r#"{{"__metadata__":{metadata},"w":{tensor}}}"#);
            [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; bytes]].concat()
        };
        let sum = checksums::of_tensor(dtype, &shape, |each| each(&vec![0; bytes]));
        let said = Checkpoint::from_bytes(&file(&sums(sum))).unwrap_err().to_string();
        assert!(said.contains(&format!("tensor `w` of type {dtype} and shape {shape:?} is none")), "{said}");
        let said = Checkpoint::from_bytes(&file(&Checkpoint::new().metadata())).unwrap_err().to_string();
        assert!(said.contains("its checksums are gone"), "{said}");
    }
}
