//! Archives that become much larger when they are unpacked.

use crate::network::Linear;
use flate2::{Compression, write::DeflateEncoder};
use nn_core::storage::{Mode, Weights};
use std::io::Write;

/// What a thousandfold entry becomes: 64 MiB of zeros.
const SIDE: usize = 4096;

/// A `.npz` with one matrix of zeros, announced as so many bytes.
fn bomb(name: &str, announced: Option<u32>) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({SIDE}, {SIDE}), }}");
    let mut array = b"\x93NUMPY\x01\x00".to_vec();
    array.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    array.extend(header.as_bytes());
    array.resize(array.len() + 4 * SIDE * SIDE, 0);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&array).unwrap();
    let packed = encoder.finish().unwrap();
    let sizes = [
        crc32fast::hash(&array).to_le_bytes(),
        (packed.len() as u32).to_le_bytes(),
        announced.unwrap_or(array.len() as u32).to_le_bytes(),
        [name.len() as u8, 0, 0, 0],
    ]
    .concat();
    let mut file = [b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0", &sizes[..], name.as_bytes(), &packed].concat();
    let directory = file.len() as u32;
    let entry = [b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0", &sizes[..], &[0; 14], name.as_bytes()].concat();
    file.extend(&entry);
    file.extend(
        [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &(entry.len() as u32).to_le_bytes()[..], &directory.to_le_bytes(), &[0; 2]]
            .concat(),
    );
    file
}

/// The most memory that `run` has at once, in bytes.
fn most(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).bytes_max
}

#[test]
fn a_bomb_is_not_unpacked_for_a_network_that_has_no_use_for_it() {
    let file = bomb("weight.npy", None);
    assert!(file.len() < 100_000, "{} bytes", file.len());
    let used = most(|| {
        let weights = Weights::from_bytes(&file).unwrap();
        assert_eq!(weights.shape("weight"), Some([SIDE, SIDE].as_slice()));
        for mode in [Mode::Strict, Mode::Partial] {
            let mut net = Linear::new(3, 2);
            let said = weights
                .load_into(&mut net, mode)
                .map(|report| report.to_string())
                .unwrap_or_else(|error| error.to_string());
            assert!(said.contains("of another shape: `weight` is [4096, 4096] in the file"), "{said}");
            assert_eq!(net, Linear::new(3, 2));
        }
    });
    assert!(used < 1 << 20, "{used} bytes");
}

#[test]
fn a_bomb_that_announces_less_or_more_is_refused() {
    for announced in [1000, 64 << 20, u32::MAX - 1] {
        let file = bomb("weight.npy", Some(announced));
        let used = most(|| {
            let refused = Weights::from_bytes(&file).and_then(|weights| weights.floats("weight"));
            let said = refused.unwrap_err().to_string();
            assert!(["once unpacked", "needs elements", "takes"].iter().any(|words| said.contains(words)), "{said}");
        });
        assert!(used < 80 << 20, "{announced}: {used} bytes");
    }
}
