//! `Buffer`: owned `f32`s that start on a cache line.
//!
//! A `Vec<f32>` is aligned to 4 bytes, so a vector register loaded from it may straddle two cache lines, and two threads
//! that write neighbouring buffers may share one. A [`Buffer`] starts at a multiple of 64 bytes and never moves or grows.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// The alignment of a [`Buffer`] in bytes: one cache line, one AVX-512 register.
pub const ALIGNMENT: usize = 64;

/// Owned, zero-initialised `f32`s that start at a multiple of 64 bytes.
///
/// The length is fixed when the buffer is made. It is a slice in every other respect.
///
/// ```
/// use nn_kernels::Buffer;
///
/// let mut buffer = Buffer::zeroed(100);
/// buffer[3] = 1.5;
/// assert_eq!(buffer.len(), 100);
/// assert_eq!(buffer.as_ptr() as usize % 64, 0);
/// assert_eq!(buffer.iter().sum::<f32>(), 1.5);
/// ```
pub struct Buffer {
    /// The first float: the first multiple of [`ALIGNMENT`] in the allocation.
    start: NonNull<f32>,
    len: usize,
    allocation: NonNull<u8>,
}

// SAFETY: a `Buffer` owns its memory alone, as `Vec<f32>` does, and `f32` may be sent and shared.
unsafe impl Send for Buffer {}
// SAFETY: as above; a shared `Buffer` only gives `&[f32]`.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A buffer of `len` zeros.
    ///
    /// # Panics
    ///
    /// When `len` floats are more than an allocation may hold (`isize::MAX` bytes).
    pub fn zeroed(len: usize) -> Self {
        let layout = Self::layout(len);
        if len == 0 {
            return Self { start: NonNull::dangling(), len: 0, allocation: NonNull::dangling() };
        }
        // SAFETY: the layout has a size above zero.
        let allocation = unsafe { alloc_zeroed(layout) };
        let Some(allocation) = NonNull::new(allocation) else { handle_alloc_error(layout) };
        // SAFETY: the layout has `ALIGNMENT` bytes more than the floats take.
        let start = unsafe { allocation.add(allocation.align_offset(ALIGNMENT)) }.cast();
        Self { start, len, allocation }
    }

    /// What is asked of the allocator. It is asked for no more than its own alignment, because it takes untouched zero pages of the
    /// system only then; with a stricter one Rust has it write the zeros itself.
    fn layout(len: usize) -> Layout {
        let bytes = len.checked_mul(size_of::<f32>()).and_then(|bytes| bytes.checked_add(ALIGNMENT));
        bytes
            .and_then(|bytes| Layout::array::<u8>(bytes).ok())
            .unwrap_or_else(|| panic!("a buffer of {len} floats is larger than an allocation may be"))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: allocated in `zeroed` with the same layout.
            unsafe { dealloc(self.allocation.as_ptr(), Self::layout(self.len)) }
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // SAFETY: `start` points at `len` initialised floats (or dangles, well aligned, for none) that we own.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`, and `&mut self` makes the borrow unique.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl AsRef<[f32]> for Buffer {
    fn as_ref(&self) -> &[f32] {
        self
    }
}

impl AsMut<[f32]> for Buffer {
    fn as_mut(&mut self) -> &mut [f32] {
        self
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::zeroed(0)
    }
}

impl From<&[f32]> for Buffer {
    fn from(values: &[f32]) -> Self {
        let mut buffer = Self::zeroed(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Short: the length and the first few values.
impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        write!(f, "Buffer({}: ", self.len)?;
        let mut list = f.debug_list();
        list.entries(self.iter().take(SHOWN));
        if self.len > SHOWN {
            list.entry(&format_args!("…"));
        }
        list.finish()?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_aligned_zeroed_and_compares_by_value() {
        for len in [0, 1, 15, 16, 17, 1000] {
            let buffer = Buffer::zeroed(len);
            assert_eq!(buffer.len(), len);
            assert!(buffer.iter().all(|&v| v == 0.0));
            assert!(len == 0 || (buffer.as_ptr() as usize).is_multiple_of(ALIGNMENT));
            assert_eq!(buffer, buffer.clone());
        }
        let mut a = Buffer::zeroed(3);
        a[1] = 2.0;
        assert_eq!(a, Buffer::from(&[0.0, 2.0, 0.0][..]));
        assert_ne!(a, Buffer::zeroed(3));
        assert_eq!(Buffer::default().len(), 0);
    }

    #[test]
    fn prints_short() {
        assert_eq!(format!("{:?}", Buffer::zeroed(2)), "Buffer(2: [0.0, 0.0])");
        assert!(format!("{:?}", Buffer::zeroed(100_000)).len() < 60);
    }
}
