//! Every type and rank is read; every kind of damage is an error that says what is wrong.

use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// An IDX file.
fn file(kind: u8, dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, kind, dims.len() as u8];
    dims.iter().for_each(|dim| file.extend(dim.to_be_bytes()));
    file.extend(data);
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(bytes: &[u8]) -> Result<Idx> {
    Idx::read(bytes, "a.idx")
}

/// The message without the words that all have in common.
fn problem<T>(result: Result<T>) -> String {
    let message = result.map(|_| ()).unwrap_err().to_string();
    message.strip_prefix("`a.idx` is not a usable IDX file: ").expect(&message).into()
}

#[test]
fn every_type_is_read_plain_and_compressed() {
    let cases: [(u8, Vec<u8>, Elements); 6] = [
        (0x08, vec![1, 255], Elements::U8(vec![1, 255])),
        (0x09, vec![1, 255], Elements::I8(vec![1, -1])),
        (0x0B, vec![1, 0, 255, 254], Elements::I16(vec![256, -2])),
        (0x0C, vec![0, 0, 1, 0, 255, 255, 255, 253], Elements::I32(vec![256, -3])),
        (0x0D, [1.5_f32, -0.1].map(f32::to_be_bytes).concat(), Elements::F32(vec![1.5, -0.1])),
        (0x0E, [1.5_f64, -0.1].map(f64::to_be_bytes).concat(), Elements::F64(vec![1.5, -0.1])),
    ];
    for (kind, data, expected) in cases {
        for dims in [&[2][..], &[1, 2], &[2, 1, 1, 1, 1, 1, 1, 1]] {
            let plain = file(kind, dims, &data);
            let idx = read(&plain).unwrap();
            assert_eq!(idx.elements(), &expected);
            assert_eq!(idx.dims(), dims.iter().map(|&dim| dim as usize).collect::<Vec<_>>());
            assert_eq!(read(&gzip(&plain)).unwrap(), idx);
            let expected: Vec<f32> = match kind {
                0x08 => vec![1.0, 255.0],
                0x09 => vec![1.0, -1.0],
                0x0B => vec![256.0, -2.0],
                0x0C => vec![256.0, -3.0],
                _ => vec![1.5, -0.1],
            };
            if dims.len() == 1 {
                assert_eq!(idx.to_batch::<f32>(|value| value as f32).unwrap().flat(), expected);
            }
        }
    }
}

#[test]
fn what_is_no_idx_file_is_refused() {
    assert_eq!(problem(read(&[])), "it is empty");
    assert_eq!(
        problem(read(b"PK\x03\x04 and more")),
        "it begins with 50 4b 03 04, but an IDX file begins with 00 00 and two more bytes"
    );
    assert_eq!(problem(read(&[0, 0])), "it begins with 00 00, but an IDX file begins with 00 00 and two more bytes");
    assert_eq!(
        problem(read(&file(0x0A, &[1], &[1]))),
        "its element type is 0a; known are 08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64"
    );
    assert_eq!(problem(read(&file(0x08, &[], &[]))), "it has 0 dimensions; there must be at least 1");
}

#[test]
fn lengths_that_do_not_fit_the_header_are_refused() {
    assert_eq!(
        problem(read(&file(0x0B, &[2, 3], &[0; 11]))),
        "it is cut short: the header promises 2 x 3 elements of i16 (12 bytes), but 11 bytes follow"
    );
    assert_eq!(
        problem(read(&file(0x0B, &[2, 3], &[0; 13]))),
        "it goes on after the 2 x 3 elements of i16 (12 bytes) that its header promises"
    );
    assert_eq!(problem(read(&file(0x08, &[2, 3], &[])[..9])), "it is cut short in the sizes of its 2 dimensions");
    assert_eq!(problem(read(&gzip(&[]))), "it is empty");
}

#[test]
fn absurd_sizes_take_no_memory() {
    let max = u32::MAX;
    assert_eq!(
        problem(read(&file(0x0E, &[max, max, max], &[0; 8]))),
        format!("its header promises {max} x {max} x {max} elements of f64, more than memory can hold")
    );
    assert_eq!(
        problem(read(&file(0x08, &[max, 200], &[0; 8]))),
        format!(
            "it is cut short: the header promises {max} x 200 elements of u8 ({} bytes), but 8 bytes follow",
            200 * u64::from(max)
        )
    );
    assert!(read(&file(0x08, &[0, max, max], &[])).unwrap().is_empty());
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let plain = file(0x0B, &[3, 2], &[7; 12]);
    let compressed = gzip(&plain);
    for whole in [plain, compressed] {
        assert!(read(&whole).is_ok());
        for length in 0..whole.len() {
            let problem = problem(read(&whole[..length]));
            let known = [
                "empty",
                "cut short",
                "begins with 00 00, ",
                "begins with 00, ",
                "begins with 00 00 0b, ",
                "begins with 1f, ",
            ];
            assert!(known.iter().any(|words| problem.contains(words)), "{length} bytes: {problem}");
        }
    }
}

#[test]
fn a_flipped_bit_never_panics_and_is_seen_by_gzip() {
    let plain = file(0x0B, &[3, 2], &[7; 12]);
    let compressed = gzip(&plain);
    let original = read(&plain).unwrap();
    for at in 0..plain.len() * 8 {
        let mut damaged = plain.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        // The elements themselves carry no check sum; everything before them does not go unnoticed.
        assert!(read(&damaged).map_or(true, |idx| idx != original), "bit {at}");
    }
    for at in 0..compressed.len() * 8 {
        let mut damaged = compressed.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        // Some bits of the gzip header (time, system) say nothing about the contents.
        assert!(read(&damaged).map_or(true, |idx| idx == original), "bit {at}");
    }
    let mut with_tail = compressed.clone();
    with_tail.extend([1, 2, 3]);
    assert!(problem(read(&with_tail)).starts_with("its gzip stream is "));
}

#[test]
fn batches_and_labels_need_fitting_files() {
    let images = read(&file(0x08, &[2, 2, 2], &[0; 8])).unwrap();
    assert_eq!(
        problem(images.to_batch::<[f32; 5]>(|pixel| pixel as f32)),
        "its items have 4 elements (2 x 2), but samples of shape [5] have 5"
    );
    assert_eq!(problem(images.to_labels()), "labels have 1 dimension, but it has 3");
    let floats = read(&file(0x0D, &[1], &[0; 4])).unwrap();
    assert_eq!(problem(floats.to_labels()), "labels are integers, but its elements are not");
    let negative = read(&file(0x09, &[3], &[1, 2, 128])).unwrap();
    assert_eq!(problem(negative.to_labels()), "label 2 (counted from 0) is negative");
    let labels = read(&file(0x0B, &[2], &[1, 0, 0, 9])).unwrap();
    assert_eq!(labels.to_labels().unwrap().flat(), [256, 9]);
}

#[test]
fn a_missing_file_is_named() {
    let problem = Idx::open("no/such/file.idx").unwrap_err().to_string();
    assert!(problem.starts_with("cannot read `no/such/file.idx`: "), "{problem}");
}

/// Found by fuzzing: the size of an item overflowed although there was none.
#[test]
fn items_that_are_too_large_are_refused_even_if_there_are_none() {
    let said = problem(read(&file(0x08, &[0, u32::MAX, u32::MAX, u32::MAX], &[])));
    assert!(said.ends_with("more than memory can hold"), "{said}");
    assert!(read(&file(0x08, &[0, 3, 5], &[])).unwrap().is_empty());
}

#[test]
fn more_bytes_than_a_chunk_are_all_converted_in_their_places() {
    let count = CHUNK / 3 + 1000;
    let bytes: Vec<u8> = (0..3 * count).map(|i| (i % 251) as u8).collect();
    let idx = read(&file(0x08, &[count as u32, 3], &bytes)).unwrap();
    let batch = idx.to_batch::<[f32; 3]>(|value| value as f32 + 0.5).unwrap();
    assert!(batch.flat().iter().zip(&bytes).all(|(&found, &byte)| found == f32::from(byte) + 0.5));
    assert_eq!(batch.flat().len(), bytes.len());
}
