//! Large buffers ask for huge pages: the first touch of a page of 4 KiB costs the system about as much as of one of 2 MiB costs it to
//! clear 50 KiB, and a row read at random finds its page in the translation buffer more often.

/// Bytes from which a buffer asks. (NumPy's number too: a buffer of so many has a whole huge page inside, wherever it begins.)
#[cfg(target_os = "linux")]
const LEAST: usize = 4 << 20;

/// Tells the system that `values` may lie in huge pages. Where it has none or gives none to programs that ask, nothing changes.
#[cfg(target_os = "linux")]
pub(super) fn advise(values: &[f32]) {
    const PAGE: usize = 4096;
    let bytes = size_of_val(values);
    if bytes < LEAST {
        return;
    }
    let before = values.as_ptr().cast::<u8>().align_offset(PAGE);
    // SAFETY: the range lies inside of `values`, and the advice changes no byte of it. An error, say of a kernel without huge pages,
    // leaves everything as it was.
    unsafe {
        let first = values.as_ptr().cast::<u8>().add(before).cast_mut();
        libc::madvise(first.cast(), bytes - before, libc::MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn advise(_: &[f32]) {}
