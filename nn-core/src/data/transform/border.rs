//! What lies outside of an image.

/// What a change sees beyond the border of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Border {
    /// One number everywhere: 0 unless set, which is black.
    Fill(f32),
    /// The nearest pixel of the image.
    Edge,
    /// The image mirrored at the middle of its outermost pixels, as NumPy's and PyTorch's `reflect`: `c b | a b c | b a`.
    Reflect,
}

impl Default for Border {
    fn default() -> Self {
        Self::Fill(0.0)
    }
}

impl Border {
    /// Where the value at `at` of a line of `len` pixels stands; `None` for the number of [`Border::Fill`].
    pub(super) fn place(self, at: isize, len: usize) -> Option<usize> {
        let last = len as isize - 1;
        match self {
            _ if (0..=last).contains(&at) => Some(at as usize),
            Self::Fill(_) => None,
            Self::Edge => Some(at.clamp(0, last) as usize),
            Self::Reflect if last == 0 => Some(0),
            Self::Reflect => {
                let at = at.rem_euclid(2 * last);
                Some(at.min(2 * last - at) as usize)
            }
        }
    }

    /// The number outside, where it is one.
    pub(super) fn fill(self) -> f32 {
        if let Self::Fill(value) = self { value } else { 0.0 }
    }

    /// Where the value at a column and a row stands in a plane.
    pub(super) fn index(self, width: usize, height: usize, column: isize, row: isize) -> Option<usize> {
        Some(self.place(row, height)? * width + self.place(column, width)?)
    }
}
