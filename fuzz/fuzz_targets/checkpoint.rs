//! Checkpoints: reading anything, and reading what was written from anything.
//!
//! A fuzzer cannot guess checksums, so the bytes are also read as a file without, whose contents then go through a checkpoint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_core::Shape;
use nn_core::storage::{Checkpoint, SafeTensors};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(checkpoint) = Checkpoint::from_bytes(bytes) {
        assert_same(&checkpoint);
    }
    let Ok(file) = SafeTensors::from_bytes(bytes) else { return };
    let mut checkpoint = Checkpoint::new();
    for name in file.names() {
        if let (Some(shape), Ok(values)) = (file.shape(name).filter(|shape| shape.len() <= 6), file.floats(name)) {
            checkpoint.insert(name, Shape::new(shape), values).unwrap();
        }
    }
    for (key, value) in file.metadata() {
        assert!(checkpoint.set(key, value).is_ok() || key == "format" || key.starts_with("nn."));
    }
    assert_same(&checkpoint);
});

fn assert_same(checkpoint: &Checkpoint) {
    let bytes = checkpoint.to_bytes().unwrap();
    let read = Checkpoint::from_bytes(&bytes).unwrap();
    for name in checkpoint.names() {
        let (ours, theirs) = (checkpoint.values(name).unwrap(), read.values(name).unwrap());
        assert!(ours.iter().map(|v| v.to_bits()).eq(theirs.iter().map(|v| v.to_bits())));
        assert_eq!(checkpoint.shape(name), read.shape(name));
    }
    assert_eq!(read.to_bytes().unwrap().len(), bytes.len());
}
