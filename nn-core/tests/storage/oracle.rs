//! Agreement with the `safetensors` crate, which is the format's own implementation.

use crate::network::{Small, reference};
use nn_core::Store;
use nn_core::random::Random;
use nn_core::storage::{Dtype, SafeTensors};
use safetensors::tensor::{SafeTensors as Theirs, TensorView};

#[test]
fn what_we_write_they_read() {
    let net = Small::peculiar();
    let bytes = net.to_bytes().unwrap();
    let theirs = Theirs::deserialize(&bytes).unwrap();
    assert_eq!(theirs.len(), net.bits().len());
    for (name, bits) in net.bits() {
        let view = theirs.tensor(&name).unwrap();
        let found: Vec<u32> = view.data().as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        assert_eq!(found, bits, "{name}");
        assert_eq!(view.dtype().to_string(), "F32");
    }
    assert_eq!(theirs.tensor("hidden.weight").unwrap().shape(), [2, 3]);
}

#[test]
fn what_they_write_we_read() {
    let mut random = Random::new(1, "oracle");
    let types = [safetensors::Dtype::F32, safetensors::Dtype::U8, safetensors::Dtype::I64, safetensors::Dtype::BF16];
    for round in 0..200 {
        let tensors: Vec<(String, safetensors::Dtype, Vec<usize>, Vec<u8>)> = (0..random.below(6))
            .map(|i| {
                let shape: Vec<usize> = (0..random.below(4)).map(|_| random.below(4)).collect();
                let dtype = types[random.below(types.len())];
                let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
                (format!("t{i}\"ü"), dtype, shape, (0..bytes).map(|_| random.bits() as u8).collect())
            })
            .collect();
        let views = tensors
            .iter()
            .map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
        let bytes = safetensors::serialize(views, None).unwrap();
        let ours = SafeTensors::from_bytes(&bytes).unwrap_or_else(|e| panic!("round {round}: {e}"));
        assert_eq!(ours.names().count(), tensors.len());
        for (name, dtype, shape, data) in &tensors {
            assert_eq!(ours.dtype(name), Some(&Dtype::new(&dtype.to_string())));
            assert_eq!((ours.shape(name), ours.bytes(name)), (Some(shape.as_slice()), Some(data.as_slice())));
        }
    }
}

/// Whatever they refuse we refuse, except that we keep tensors of unknown type. (They take doubled names, we do not.)
#[test]
fn what_they_refuse_we_refuse() {
    let mut random = Random::new(2, "oracle");
    let mut refused = 0;
    let original = std::fs::read(reference("storage/small.safetensors")).unwrap();
    for _ in 0..20_000 {
        let mut bytes = original.clone();
        let end = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        for _ in 0..=random.below(2) {
            let at = random.below(end);
            // Digits and signs of JSON make headers that are still JSON, which random bytes hardly ever do.
            bytes[at] = *b"0123456789,[]{}:\" -".get(random.below(40)).unwrap_or(&(random.bits() as u8));
        }
        let theirs = Theirs::deserialize(&bytes);
        let ours = SafeTensors::from_bytes(&bytes);
        if theirs.is_err() {
            refused += 1;
            let unknown = |file: SafeTensors| file.names().any(|name| file.dtype(name).unwrap().bytes().is_none());
            assert!(ours.is_err() || ours.is_ok_and(unknown), "{}", String::from_utf8_lossy(&bytes[..end]));
        }
    }
    assert!(refused > 1000, "only {refused} of 20000 were damaged");
}
