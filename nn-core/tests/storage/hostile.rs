//! Files of PyTorch's and NumPy's that are damaged or want to do harm: an error each, never a panic, never a call, and a network that is as
//! it was.

use crate::damage::damage;
use crate::network::{Linear, reference};
use nn_core::random::Random;
use nn_core::storage::{Mode, Rename, Weights};

const FILES: [&str; 8] = [
    "only.pt",
    "several.pt",
    "views_no_crc.pt",
    "views_legacy.pt",
    "arrays.npz",
    "compressed.npz",
    "fortran.npy",
    "keras.npz",
];

fn read(name: &str) -> Vec<u8> {
    std::fs::read(reference(&format!("pretrained/{name}"))).unwrap()
}

/// Reads everything. Returns how many tensors there are.
fn try_all(bytes: &[u8]) -> Result<usize, String> {
    let mut net = Linear::new(3, 2);
    if let Ok(part) = Weights::part_from_bytes(bytes, "ema.net") {
        let _ =
            part.rename(&Rename::new().strip_prefix("hidden.")).and_then(|part| part.load_into(&mut net, Mode::Strict));
    }
    let weights = Weights::from_bytes(bytes).map_err(|error| error.to_string())?;
    for name in weights.names() {
        let floats = weights.floats(name);
        let elements = weights.shape(name).unwrap().iter().product::<usize>();
        assert!(floats.is_err() || floats.is_ok_and(|floats| floats.len() == elements), "{name}");
    }
    let count = weights.names().count();
    let mut net = Linear::new(3, 2);
    let rules = Rename::new().strip_prefix("module.hidden.").strip_prefix("dense/").pattern("kernel", "weight");
    if let Ok(weights) = weights.rename(&rules)
        && weights.load_into(&mut net, Mode::Strict).is_err()
    {
        assert_eq!(net, Linear::new(3, 2));
    }
    Ok(count)
}

#[test]
fn files_cut_off_anywhere_are_refused() {
    for name in FILES {
        let bytes = read(name);
        assert!(name == "several.pt" || try_all(&bytes).unwrap() > 0, "{name}");
        for end in 0..bytes.len() {
            let said = try_all(&bytes[..end]).unwrap_err();
            assert!(said.contains("<in memory>"), "{said}");
        }
        assert!(try_all(&[bytes.as_slice(), &[0]].concat()).is_err(), "{name}");
    }
}

#[test]
fn a_flipped_bit_of_a_weight_is_noticed_where_there_are_checksums() {
    let bytes = read("only.pt");
    let whole = Weights::from_bytes(&bytes).unwrap();
    let names: Vec<_> = whole.names().collect();
    for bit in 0..8 * bytes.len() {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        let Ok(weights) = Weights::from_bytes(&other) else { continue };
        assert_eq!(weights.names().collect::<Vec<_>>(), names, "bit {bit}");
        for name in &names {
            assert_eq!(weights.floats(name).unwrap(), whole.floats(name).unwrap(), "bit {bit}");
        }
    }
}

/// Stands in for a fuzzer in every run of the tests (`fuzz/` has a real one): 100 000 files that are wrong in up to eight places.
#[test]
fn random_damage_never_panics() {
    let seeds = FILES.map(read);
    let mut random = Random::new(5, "hostile");
    let mut loaded = 0;
    for _ in 0..100_000 / seeds.len() {
        for seed in &seeds {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(8) {
                damage(&mut bytes, &mut random);
            }
            loaded += u32::from(try_all(&bytes).is_ok());
        }
    }
    // Some must survive, or only the first check would have been tried.
    assert!((100..50_000).contains(&loaded), "{loaded}");
}

/// A file of the older format, whose third pickle is `object`.
fn legacy(object: &[u8]) -> Vec<u8> {
    let whole = read("views_legacy.pt");
    let system = b"\x80\x02}q\x00(X";
    let start = whole.windows(system.len()).position(|window| window == system).unwrap();
    let end = start + whole[start..].iter().position(|byte| *byte == b'.').unwrap() + 1;
    [&whole[..end], object, b"\x80\x02]."].concat()
}

#[test]
fn pickles_that_call_something_are_refused_by_its_name() {
    for (pickle, words) in [
        (b"cos\nsystem\n(S'touch harm'\ntR.".as_slice(), "wants to use Python's `os.system`"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04harm\x85R.", "wants to use Python's `posix.system`"),
        (b"c__builtin__\neval\n(S'1'\ntR.", "`__builtin__.eval`"),
        (b"ctorch.hub\nload\n.", "`torch.hub.load`"),
        (b"ctorch\nload\n.", "`torch.load`"),
        (b"(S'harm'\nios\nsystem\n.", "the instruction 0x69"),
        (b"(cos\nsystem\nS'harm'\no.", "`os.system`"),
        (b"\x82\x01.", "the instruction 0x82"),
        (b"K\x01)R.", "calls something that is no function"),
        (b"}}b.", "an empty dictionary"),
        (b"]}b.", "sets attributes of something that is no dictionary"),
        (b"ctorch._utils\n_rebuild_tensor_v2\n)R.", "arguments that are not known"),
        (b"Pname\n.", "the instruction 0x50"),
        (b"K\x01Q.", "outside of the pickle"),
    ] {
        let said = try_all(&legacy(pickle)).unwrap_err();
        assert!(said.contains(words), "{}: {said}", pickle.escape_ascii());
    }
    let said = try_all(&legacy(b"cos\nsystem\n(S'touch harm'\ntR.")).unwrap_err();
    assert!(said.contains("nothing in it was executed") && said.contains("state_dict"), "{said}");
}

#[test]
fn pickles_that_want_the_memory_or_the_stack_are_refused() {
    // Lists within lists, of which the last would have 2^1000 elements, and which contain themselves.
    let doubled = [b"]q\x00".as_slice(), &b"h\x00h\x00\x86q\x00".repeat(1000), b"."].concat();
    assert!(try_all(&legacy(&doubled)).unwrap_err().contains("but a list"));
    assert!(try_all(&legacy(b"]q\x00h\x00a.")).unwrap_err().contains("but a list"));
    assert!(try_all(&legacy(b"}q\x00X\x01\0\0\0ah\x00s.")).unwrap_err().contains("a dictionary of \"a\""));
    let deep = [b"}".repeat(100_000), b"X\x01\0\0\0a.".to_vec()].concat();
    assert!(try_all(&legacy(&deep)).unwrap_err().contains("no dictionary of tensors"));
    let nested = [b"(".repeat(100_000), b"t".repeat(100_000), b".".to_vec()].concat();
    assert!(try_all(&legacy(&nested)).unwrap_err().contains("but a list"));
    // A text, a place in the memo and a number that are longer than any file.
    assert!(try_all(&legacy(b"X\xFF\xFF\xFF\xFF.")).unwrap_err().contains("truncated"));
    assert!(try_all(&legacy(b"\x8d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF.")).unwrap_err().contains("truncated"));
    assert!(try_all(&legacy(b"]r\xFF\xFF\xFF\xFF.")).unwrap_err().contains("but a list"));
    assert!(try_all(&legacy(b"\x8b\xFF\xFF\xFF\xFF.")).unwrap_err().contains("truncated"));
    // A list of many pairs that is made a dictionary again and again.
    let pairs =
        [b"ccollections\nOrderedDict\nq\x01](".as_slice(), &b"K\x01K\x02\x86".repeat(1000), b"e\x85q\x02"].concat();
    let copies = [pairs.as_slice(), &b"h\x01h\x02R".repeat(1000), b"."].concat();
    assert!(try_all(&legacy(&copies)).unwrap_err().contains("copies of copies"));
}

#[test]
fn views_outside_of_their_storage_are_refused() {
    let legacy = read("views_legacy.pt");
    assert!(try_all(&legacy).is_ok());
    // The size of `view.whole`, (4, 6), becomes (5, 6), and its strides (255, 1).
    let size = legacy.windows(4).position(|window| window == b"K\x04K\x06").unwrap();
    let mut taller = legacy.clone();
    taller[size + 1] = 5;
    let said = try_all(&taller).unwrap_err();
    assert!(
        said.contains("tensor `view.whole` of shape [5, 6] needs elements that its storage of 24 does not have"),
        "{said}"
    );
    let stride = size + legacy[size..].windows(4).position(|window| window == b"K\x06K\x01").unwrap();
    let mut wider = legacy.clone();
    wider[stride + 1] = 255;
    assert!(try_all(&wider).unwrap_err().contains("needs elements"));
}

#[test]
fn archives_that_contradict_themselves_are_refused() {
    let whole = read("compressed.npz");
    let directory: Vec<_> =
        whole.windows(4).enumerate().filter(|(_, w)| w == b"PK\x01\x02").map(|(at, _)| at).collect();
    let said = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        try_all(&bytes).unwrap_err()
    };
    let first = directory[0];
    for (change, words) in [
        (Box::new(|b: &mut Vec<u8>| b[first + 8] |= 1) as Box<dyn Fn(&mut Vec<u8>)>, "is encrypted"),
        (Box::new(|b| b[first + 10] = 12), "is compressed by method 12"),
        // A bomb by its own account: 4 GiB from some bytes.
        (Box::new(|b| b[first + 24..first + 28].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes())), "bytes cannot hold"),
        (Box::new(|b| b[first + 20..first + 24].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes())), "bytes, but only"),
        (
            Box::new(|b| b[first + 42..first + 46].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes())),
            "is not where it should be",
        ),
        // The second entry is the first once more.
        (
            Box::new(|b| {
                let header = b[first + 42..first + 46].to_vec();
                b[directory[1] + 42..directory[1] + 46].copy_from_slice(&header);
            }),
            "overlap",
        ),
        (Box::new(|b| b[first..first + 4].fill(0)), "its table of contents is damaged"),
    ] {
        let said = said(&*change);
        assert!(said.contains(words), "{said}");
    }
}

/// An entry that becomes a thousand times as large costs what the network's tensor costs, and nothing if it is not wanted.
#[test]
fn what_is_packed_is_unpacked_only_where_it_fits() {
    let bytes = read("compressed.npz");
    let weights = Weights::from_bytes(&bytes).unwrap();
    let said = weights.load_into(&mut Linear::new(3, 2), Mode::Strict).unwrap_err().to_string();
    assert!(said.contains("not in the network: `order.c` [2, 3, 4]"), "{said}");
}

#[test]
fn headers_of_arrays_that_announce_too_much_are_refused() {
    let array = |header: &str| {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\0".as_slice(), &length, header.as_bytes(), &[0; 16]].concat()
    };
    let of_shape = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    assert_eq!(try_all(&array(&of_shape("(2, 2)"))), Ok(1));
    for (bytes, words) in [
        (array(&of_shape("(4611686018427387904, 4)")), "more than a computer can hold"),
        (array(&of_shape("(0, 4611686018427387904, 4)")), "more than a computer can hold"),
        (array(&of_shape("(2, 3)")), "takes 24 bytes, but has 16"),
        (array(&of_shape("(-4,)")), "has a header that cannot be read"),
        (array(&of_shape(&format!("({}2,2)", "1,".repeat(98)))), "has 100 dimensions"),
        (b"\x93NUMPY\x02\0\xFF\xFF\xFF\xFFxxxx".to_vec(), "announces a header of 4294967295 bytes"),
        (b"\x93NUMPY\x09\0\xFF\xFFxxxx".to_vec(), "version 9 of the format"),
        (b"\x93NUMPY\x01\0\xFF\x00{'d".to_vec(), "truncated inside its header"),
    ] {
        let said = try_all(&bytes).unwrap_err();
        assert!(said.contains(words), "{said}");
    }
}
