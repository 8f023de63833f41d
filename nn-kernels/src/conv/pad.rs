//! Rows with zeros around them: what makes a padded convolution one without padding.

use super::geometry::Pass;
use crate::scratch::with_scratch;

/// Runs `f` with a pointer to the element that output row `from`, column 0 reads with a tap at 0, and the row stride behind it. Where
/// the pass reads nothing outside of the image, that is the image itself; else a copy of the rows that `rows` outputs read.
///
/// # Safety
///
/// `source` is a whole image of the pass.
pub(super) unsafe fn with_rows<R>(
    pass: &Pass,
    source: *const f32,
    from: usize,
    rows: usize,
    f: impl FnOnce(*const f32, usize) -> R,
) -> R {
    let [height, width, channels] = pass.source;
    let (top, stride) = (from * pass.step[0], width * channels);
    if !pass.is_padded() {
        // SAFETY: a pass without padding reads inside the image.
        return f(unsafe { source.add(top * stride) }, stride);
    }
    let (count, padded) = (pass.rows_read(rows), pass.width() * channels);
    let left = pass.margin[1] * channels;
    with_scratch(count * padded, |scratch| {
        for (row, to) in scratch.chunks_exact_mut(padded).enumerate() {
            match (top + row).checked_sub(pass.margin[0]).filter(|&row| row < height) {
                None => to.fill(0.0),
                Some(row) => {
                    let inside = stride.min(padded.saturating_sub(left));
                    to[..left.min(padded)].fill(0.0);
                    // SAFETY: a row of the image.
                    let image = unsafe { std::slice::from_raw_parts(source.add(row * stride), inside) };
                    if inside > 0 {
                        to[left..left + inside].copy_from_slice(image);
                        to[left + inside..].fill(0.0);
                    }
                }
            }
        }
        f(scratch.as_ptr(), padded)
    })
}
