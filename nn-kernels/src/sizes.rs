//! Sizes that are multiplied before memory is trusted to them. A product that wraps around would pass for a small one.

/// The number of elements of something with these sizes.
///
/// # Panics
///
/// When no memory could hold so many.
pub(crate) fn elements(what: &dyn std::fmt::Debug, sizes: &[usize]) -> usize {
    let count = sizes.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
    count.filter(|&count| count <= MOST).unwrap_or_else(|| panic!("more elements than memory can hold: {what:?}"))
}

/// Floats that fit an address space: pointers to them can be subtracted, and there is room left for sums of a few sizes.
const MOST: usize = isize::MAX as usize / size_of::<f32>();

/// The number of samples in a batch whose samples go from `input` elements to `output`; `None` if `x` and `y` are no whole batch.
pub(crate) fn samples(x: usize, input: usize, y: usize, output: usize) -> Option<usize> {
    let n = x / input.max(1);
    (n.checked_mul(input) == Some(x) && n.checked_mul(output) == Some(y)).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wraps_around_is_refused() {
        assert_eq!(elements(&"", &[3, 4, 5]), 60);
        assert_eq!(elements(&"", &[0, usize::MAX]), 0);
        for sizes in [[1 << 62, 4], [1 << 63, 2], [(1 << 62) + 1, 4], [1 << 61, 1]] {
            let message = std::panic::catch_unwind(|| elements(&"the image", &sizes)).unwrap_err();
            let message = message.downcast_ref::<String>().unwrap();
            assert!(message.contains("the image"), "{message}");
        }
        assert_eq!([samples(6, 3, 4, 2), samples(0, 0, 0, 7), samples(7, 3, 4, 2)], [Some(2), Some(0), None]);
        assert_eq!([samples(6, 3, 5, 2), samples(4, 1, 0, 1 << 62), samples(3, 0, 0, 0)], [None; 3]);
    }
}
