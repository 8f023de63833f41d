//! Parts of a slice for tasks.

/// A pointer that tasks share; each writes only its own part.
pub(crate) struct SendPointer<T>(pub(crate) *mut T);

impl<T> SendPointer<T> {
    /// By method, so that closures capture the wrapper and not the bare pointer inside.
    pub(crate) fn get(&self) -> *mut T {
        self.0
    }

    /// `len` elements from `from` on.
    ///
    /// # Safety
    ///
    /// They lie inside the allocation, and nobody else uses them meanwhile.
    pub(crate) unsafe fn part<'a>(&self, from: usize, len: usize) -> &'a mut [T] {
        // SAFETY: by contract.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(from), len) }
    }
}

impl<T> Clone for SendPointer<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for SendPointer<T> {}

// SAFETY: whoever dereferences the pointer says why its part is its own.
unsafe impl<T: Send> Send for SendPointer<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for SendPointer<T> {}
