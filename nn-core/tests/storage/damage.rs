//! Damaged and foreign files: an error that names the file, and a network that is as it was. Never a panic.

use crate::network::{Folder, Small, reference};
use nn_core::random::Random;
use nn_core::storage::{Checkpoint, Mode, load_bytes};
use nn_core::{Error, Shape, Store};

/// Loads `bytes` as a network in both modes and as a checkpoint. Returns whether a strict load succeeds.
fn try_all(bytes: &[u8]) -> bool {
    let before = Small::peculiar();
    let mut net = before.clone();
    let strict = load_bytes(&mut net, bytes, Mode::Strict);
    match &strict {
        Ok(report) => assert!(report.is_complete()),
        Err(e) => {
            assert!(e.to_string().contains("<in memory>"), "{e}");
            assert_eq!(net.bits(), before.bits(), "{e}");
        }
    }
    let mut net = before.clone();
    if load_bytes(&mut net, bytes, Mode::Partial).is_err() {
        assert_eq!(net.bits(), before.bits());
    }
    let mut net = before.clone();
    if let Ok(checkpoint) = Checkpoint::from_bytes(bytes)
        && checkpoint.load_network(&mut net).is_err()
    {
        assert_eq!(net.bits(), before.bits());
    }
    strict.is_ok()
}

fn checkpoint_bytes() -> Vec<u8> {
    let mut checkpoint = Checkpoint::new();
    checkpoint.add_network(&Small::peculiar()).unwrap();
    let name = Checkpoint::state_name("hidden.weight", "exp_avg");
    checkpoint.insert(name, Shape::new(&[2, 3]), vec![0.5; 6]).unwrap();
    checkpoint.set("progress", &(3_u64, 0.1_f64, vec!["loss".to_owned()])).unwrap();
    checkpoint.to_bytes().unwrap()
}

fn foreign() -> Vec<u8> {
    std::fs::read(reference("storage/small.safetensors")).unwrap()
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for bytes in [foreign(), Small::peculiar().to_bytes().unwrap(), checkpoint_bytes()] {
        assert!(try_all(&bytes));
        for end in 0..bytes.len() {
            assert!(!try_all(&bytes[..end]), "cut to {end} of {} bytes", bytes.len());
            assert!(Checkpoint::from_bytes(&bytes[..end]).is_err());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(!try_all(&longer));
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_checkpoint_is_noticed() {
    let original = checkpoint_bytes();
    for bit in 0..8 * original.len() {
        let mut bytes = original.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(Checkpoint::from_bytes(&bytes).is_err(), "bit {} of byte {}", bit % 8, bit / 8);
    }
}

#[test]
fn a_flipped_bit_in_a_network_is_noticed_or_harmless() {
    let net = Small::peculiar();
    let original = net.to_bytes().unwrap();
    let mut harmless = 0;
    for bit in 0..8 * original.len() {
        let mut bytes = original.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut other = Small::new();
        if other.load_bytes(&bytes).is_ok() {
            harmless += 1;
            assert_eq!(other.bits(), net.bits(), "bit {} of byte {}", bit % 8, bit / 8);
        }
    }
    // What stays unnoticed is a flip in the name of the entry that holds the checksums: 12 letters of 8 bits at most.
    assert!(harmless <= 12 * 8, "{harmless}");
}

#[test]
fn a_damaged_number_is_told_with_its_tensor() {
    let mut bytes = Small::peculiar().to_bytes().unwrap();
    // The last bytes are those of the last tensor.
    *bytes.last_mut().unwrap() ^= 1;
    let said = Small::new().load_bytes(&bytes).unwrap_err().to_string();
    assert!(said.contains("tensor `norm.running_var` does not have the checksum"), "{said}");
}

/// Changes that leave the file well formed: only a checksum over the header's words can notice them.
#[test]
fn another_name_type_or_shape_is_noticed() {
    let original = Small::peculiar().to_bytes().unwrap();
    let text = original.iter().map(|byte| char::from(*byte)).collect::<String>();
    for (before, after) in [
        (r#""hidden.weight":{"#, r#""hidden.weighs":{"#),
        (r#""F32","shape":[2, 3]"#, r#""I32","shape":[2, 3]"#),
        (r#""shape":[2, 3]"#, r#""shape":[3, 2]"#),
        (r#""pt""#, r#""tf""#),
    ] {
        assert!(text.contains(before), "{before}");
        let bytes: Vec<u8> = text.replacen(before, after, 1).chars().map(|c| c as u8).collect();
        let said = load_bytes(&mut Small::new(), &bytes, Mode::Partial).unwrap_err().to_string();
        assert!(said.contains("does not have the checksum"), "{before}: {said}");
    }
}

/// Stands in for a fuzzer in every run of the tests (`fuzz/` has a real one): 60 000 files that are wrong in up to eight places.
#[test]
fn random_damage_never_panics_and_never_half_loads() {
    let seeds = [foreign(), Small::peculiar().to_bytes().unwrap(), checkpoint_bytes()];
    let mut random = Random::new(3, "damage");
    let mut loaded = 0;
    for _ in 0..20_000 {
        for seed in &seeds {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(8) {
                damage(&mut bytes, &mut random);
            }
            loaded += u32::from(try_all(&bytes));
        }
    }
    // Some must survive (a changed number in the file without checksums), or only the first check would have been tried.
    assert!((100..50_000).contains(&loaded), "{loaded}");
}

pub fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let Some(last) = bytes.len().checked_sub(1) else { return bytes.push(random.bits() as u8) };
    let (a, b) = (random.below(last + 1), random.below(last + 1));
    let range = a.min(b)..(a.max(b) + 1).min(a.min(b) + 16);
    match random.below(8) {
        0 => bytes[a] ^= 1 << random.below(8),
        1 => bytes[a] = random.bits() as u8,
        2 => drop(bytes.drain(range)),
        3 => {
            let copy = bytes[range].to_vec();
            bytes.splice(b..b, copy);
        }
        4 => bytes[range].fill(*[0, 0xFF, b'9', b'['].get(random.below(4)).unwrap_or(&0)),
        // A number made larger.
        5 => {
            if let Some(digit) = (a..=last).find(|i| bytes[*i].is_ascii_digit()) {
                let digits = core::iter::repeat_n(b'9', random.below(20));
                bytes.splice(digit..digit, digits);
            }
        }
        6 => bytes.truncate(a),
        _ => bytes[..8].copy_from_slice(&(random.bits() >> random.below(64)).to_le_bytes()),
    }
    // Row 6 and 2 may leave less than the length of a header, which row 7 needs.
    if bytes.len() < 8 {
        bytes.resize(8, b' ');
    }
}

/// Offsets whose sum with the header's length exceeds 2⁶⁴, which made another reader overflow.
#[test]
fn sizes_near_the_end_of_the_address_space() {
    let step = (1_u64 << 61) - 1;
    let mut entries = Vec::new();
    let mut start = 0_u64;
    while start < u64::MAX {
        let size = step.min(u64::MAX - start);
        let end = start + size;
        entries.push(format!(
            r#""t{:02}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{start},{end}]}}"#,
            entries.len()
        ));
        start = end;
    }
    let header = format!("{{{}}}", entries.join(","));
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    let said = Small::new().load_bytes(&bytes).unwrap_err().to_string();
    assert!(said.contains("it is truncated: tensor `t00` ends"), "{said}");
}

#[test]
fn files_of_other_kinds_are_told_by_name() {
    let folder = Folder::new("foreign");
    for (name, bytes, words) in [
        ("empty.safetensors", b"".as_slice(), "it is empty"),
        ("short.safetensors", b"abc", "it has only 3 bytes"),
        ("keras.h5", b"\x89HDF\r\n\x1A\n\0\0\0\0\0\x08\x08\0", "it is an HDF5 file"),
        ("model.onnx", b"\x08\x07\x12\x07pytorch", "probably an ONNX model"),
        ("page.safetensors", b"<!DOCTYPE html><html>not found</html>", "it is a text file"),
        ("pointer.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    ] {
        let path = folder.file(name);
        std::fs::write(&path, bytes).unwrap();
        let mut net = Small::peculiar();
        for error in [net.load_from(&path).unwrap_err(), Checkpoint::read(&path).unwrap_err()] {
            assert!(matches!(&error, Error::Format { .. }), "{error}");
            let said = error.to_string();
            assert!(said.contains(words) && said.contains(name), "{said}");
        }
        assert_eq!(net.bits(), Small::peculiar().bits());
    }
    assert!(matches!(Checkpoint::read(folder.file("")), Err(Error::Io { .. })));
}
