//! Scratch memory: a few buffers a thread, kept from call to call.
//!
//! Packed panels and partial sums need room for the length of one task. Each thread keeps the largest room it ever needed,
//! one for each depth of nesting, so that a training step allocates nothing after the first.

use crate::Buffer;
use std::cell::Cell;

/// How deep kernels nest: a normalisation that sums columns is two deep.
const DEPTH: usize = 4;
/// The least that a buffer has, in floats. More than most tasks need.
pub(crate) const LEAST: usize = 1 << 17;

thread_local! {
    static SCRATCH: [Cell<Buffer>; DEPTH] = std::array::from_fn(|_| Cell::new(Buffer::default()));
    static NESTED: Cell<usize> = const { Cell::new(0) };
}

/// Puts the depth back, also when a kernel panics.
struct Leave(usize);

impl Drop for Leave {
    fn drop(&mut self) {
        NESTED.set(self.0);
    }
}

/// Runs `f` on `len` floats of the calling thread's scratch. They hold anything.
pub(crate) fn with_scratch<R>(len: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    if len == 0 {
        return f(&mut []);
    }
    let depth = NESTED.get();
    NESTED.set(depth + 1);
    let _leave = Leave(depth);
    SCRATCH.with(|scratch| {
        let mut buffer = scratch.get(depth).map(Cell::take).unwrap_or_default();
        if buffer.len() < len {
            buffer = Buffer::zeroed(len.max(LEAST));
        }
        let result = f(&mut buffer[..len]);
        if let Some(cell) = scratch.get(depth) {
            cell.set(buffer);
        }
        result
    })
}

/// Makes the buffers of this thread before they are needed: which task a worker claims, and when, is left to chance, and a step
/// must not allocate because a worker has claimed its first task of some kind.
pub(crate) fn reserve() {
    with_scratch(LEAST, |_| with_scratch(LEAST, |_| ()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(len: usize) -> usize {
        with_scratch(len, |scratch| scratch.as_ptr() as usize)
    }

    #[test]
    fn each_depth_keeps_its_buffer() {
        let nested = || with_scratch(100, |outer| (outer.as_ptr() as usize, address(1000)));
        let first = nested();
        assert_eq!(nested(), first);
        assert_eq!(address(50), first.0);
        assert_ne!(first.0, first.1);
    }

    #[test]
    fn a_panic_leaves_the_depth_as_it_was() {
        let before = address(10);
        let _ = std::panic::catch_unwind(|| with_scratch(10, |_| panic!("on purpose")));
        assert_eq!(NESTED.get(), 0);
        assert_eq!(with_scratch(10, |scratch| scratch.len()), 10, "{before}");
    }

    #[test]
    fn any_depth_works() {
        fn go(depth: usize) -> usize {
            with_scratch(8, |scratch| {
                scratch.fill(depth as f32);
                let below = if depth == 0 { 0 } else { go(depth - 1) };
                assert!(scratch.iter().all(|&v| v == depth as f32));
                below + 1
            })
        }
        assert_eq!(go(9), 10);
    }
}
