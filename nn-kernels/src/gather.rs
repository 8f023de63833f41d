//! Rows in another order: the samples of a batch.

use crate::cache::{LINE, prefetch};

/// About how many bytes are fetched ahead.
const AHEAD: usize = 4 << 10;

/// Copies the rows `indices` of `source` to the front of `target`, in that order. A row has `len` elements.
///
/// The rows of a shuffled batch lie anywhere in memory, where no processor expects them: those that come next are fetched while one is copied.
///
/// # Panics
///
/// When `source` has no such row, or `target` no room for them.
///
/// ```
/// let source = [1, 2, 3, 4, 5, 6];
/// let mut target = [0; 4];
/// nn_kernels::gather_rows(&source, 2, &[2, 0], &mut target);
/// assert_eq!(target, [5, 6, 1, 2]);
/// ```
pub fn gather_rows<T: Copy>(source: &[T], len: usize, indices: &[usize], target: &mut [T]) {
    let rows = source.len().checked_div(len).unwrap_or(usize::MAX);
    let bytes = len.saturating_mul(size_of::<T>()).min(size_of_val(source));
    let ahead = AHEAD.div_ceil(bytes.max(1));
    let fetch = |row: &usize| {
        let row = source.as_ptr().wrapping_add(row.wrapping_mul(len)).cast::<u8>();
        (0..bytes).step_by(LINE).for_each(|byte| prefetch(row.wrapping_add(byte)));
    };
    indices.iter().take(ahead).for_each(fetch);
    for (i, &row) in indices.iter().enumerate() {
        if let Some(next) = indices.get(i + ahead) {
            fetch(next);
        }
        assert!(row < rows, "row {row} is out of range: the source has {rows} rows of {len} elements");
        target[i * len..][..len].copy_from_slice(&source[row * len..][..len]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length() {
        let source: Vec<u16> = (0..3000).collect();
        for len in [1, 2, 7, 64, 300] {
            let rows = source.len() / len;
            let indices: Vec<usize> = (0..50).map(|i| (i * 7919) % rows).collect();
            let mut target = vec![9; 50 * len + 1];
            gather_rows(&source, len, &indices, &mut target);
            for (i, &row) in indices.iter().enumerate() {
                assert_eq!(target[i * len..][..len], source[row * len..][..len], "{len} {i}");
            }
            assert_eq!(target[50 * len], 9, "the rest stays");
        }
    }

    #[test]
    fn nothing_to_copy() {
        gather_rows(&[1, 2], 2, &[], &mut []);
        gather_rows::<f32>(&[], 0, &[0, 3], &mut []);
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn a_row_that_is_not_there() {
        gather_rows(&[1, 2], 1, &[2], &mut [0]);
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn a_row_whose_place_wraps_around() {
        gather_rows(&[1, 2, 3, 4], 2, &[1 << 63], &mut [0; 2]);
    }
}
