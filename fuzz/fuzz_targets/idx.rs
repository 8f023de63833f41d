//! IDX files, plain and compressed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_core::data::Idx;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = Idx::read(bytes, "fuzz.idx") {
        assert_eq!(file.dims().first().copied().unwrap_or_default(), file.len());
        let _ = file.to_labels();
        let _ = file.to_batch::<[f32; 3]>(|x| x as f32);
    }
});
