//! Whether a JPEG has its end.
//!
//! A decoder that shows pictures is glad of every row that has arrived; training would learn the grey below them.

/// Whether the segments follow each other up to the end of the image. What comes after it does not matter.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    // After the start of the image (FF D8).
    let mut at = 2;
    while let Some(&[byte, next]) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        at += match (byte, next) {
            (0xFF, 0xD9) => return true,
            // A byte FF of coded data, a marker without content, and places to restart at.
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD7) => 2,
            // Filling before a marker.
            (0xFF, 0xFF) => 1,
            // A segment with its length, within which anything may look like an end: a thumbnail has one.
            (0xFF, _) => match bytes.get(at + 2..).and_then(|rest| rest.first_chunk()) {
                Some(&length) => 2 + usize::from(u16::from_be_bytes(length)),
                None => return false,
            },
            // Coded data, which follows the segment that begins a scan.
            _ => 1,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn the_end_is_looked_for_outside_of_segments() {
        // Start, a comment with an end inside, a scan with a stuffed FF and a restart, the end.
        let whole = [
            &[0xFF, 0xD8][..],
            &[0xFF, 0xFE, 0, 4, 0xFF, 0xD9],
            &[0xFF, 0xDA, 0, 3, 1, 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD3, 0x56],
            &[0xFF, 0xD9],
        ]
        .concat();
        assert!(is_whole(&whole));
        assert!((0..whole.len()).all(|length| !is_whole(&whole[..length])));
        assert!(is_whole(&[&whole[..], b"more"].concat()));
        assert!(!is_whole(&[]));
    }
}
