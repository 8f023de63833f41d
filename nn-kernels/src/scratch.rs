//! Scratch memory: one buffer a thread, kept from call to call.
//!
//! Packed panels and partial sums need room for the length of one task. Each thread keeps the largest room it ever needed,
//! so that a training step allocates nothing after the first.

use crate::Buffer;
use std::cell::Cell;

thread_local! {
    static SCRATCH: Cell<Buffer> = Cell::new(Buffer::default());
}

/// Runs `f` on `len` floats of the calling thread's scratch. They hold anything.
///
/// The buffer is taken out while `f` runs, so a nested call works (it allocates anew, and the larger of the two is kept).
pub(crate) fn with_scratch<R>(len: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = SCRATCH.take();
    if buffer.len() < len {
        buffer = Buffer::zeroed(len);
    }
    let result = f(&mut buffer[..len]);
    let other = SCRATCH.take();
    SCRATCH.set(if other.len() > buffer.len() { other } else { buffer });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_and_nests() {
        let first = with_scratch(100, |outer| {
            outer.fill(1.0);
            with_scratch(10, |inner| inner.fill(2.0));
            assert!(outer.iter().all(|&v| v == 1.0));
            outer.as_ptr() as usize
        });
        assert_eq!(with_scratch(50, |again| again.as_ptr() as usize), first);
    }
}
