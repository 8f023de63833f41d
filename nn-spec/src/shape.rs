//! The shape of one sample, as a value that the macro and `const` assertions both compute with.

use core::fmt;

/// The highest rank a sample can have.
pub const MAX_RANK: usize = 6;

/// The shape of one sample, outermost dimension first: `[1, 28, 28]` for a grey image, `[]` for a scalar.
///
/// All methods are `const`, so that a rule gives the same answer in the macro, in a `const` assertion and at run time.
///
/// ```
/// use nn_spec::Shape;
/// const IMAGE: Shape = Shape::new(&[1, 28, 28]);
/// assert_eq!(IMAGE.elements(), 784);
/// assert_eq!(IMAGE.to_string(), "[1, 28, 28]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    rank: usize,
    dims: [usize; MAX_RANK],
}

impl Shape {
    /// The shape of a single number.
    pub const SCALAR: Self = Self::new(&[]);

    /// A shape from its dimensions.
    ///
    /// # Panics
    /// If there are more than [`MAX_RANK`] dimensions.
    pub const fn new(dims: &[usize]) -> Self {
        assert!(dims.len() <= MAX_RANK, "a sample has at most 6 dimensions");
        let mut shape = Self { rank: dims.len(), dims: [0; MAX_RANK] };
        let mut i = 0;
        while i < dims.len() {
            shape.dims[i] = dims[i];
            i += 1;
        }
        shape
    }

    /// `[count, ..self]`: the shape of an array of `count` samples of this shape.
    pub const fn array_of(self, count: usize) -> Self {
        assert!(self.rank < MAX_RANK, "a sample has at most 6 dimensions");
        let mut shape = Self { rank: self.rank + 1, dims: [0; MAX_RANK] };
        shape.dims[0] = count;
        let mut i = 0;
        while i < self.rank {
            shape.dims[i + 1] = self.dims[i];
            i += 1;
        }
        shape
    }

    /// The number of dimensions.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The dimensions, outermost first.
    pub const fn dims(&self) -> &[usize] {
        self.dims.split_at(self.rank).0
    }

    /// The product of the dimensions; 1 for a scalar.
    pub const fn elements(&self) -> usize {
        let mut product = 1;
        let mut i = 0;
        while i < self.rank {
            product *= self.dims[i];
            i += 1;
        }
        product
    }

    /// The innermost dimension; 1 for a scalar.
    pub const fn last(&self) -> usize {
        if self.rank == 0 { 1 } else { self.dims[self.rank - 1] }
    }

    /// The same shape with another innermost dimension.
    ///
    /// # Panics
    /// If the shape is a scalar.
    pub const fn with_last(mut self, last: usize) -> Self {
        assert!(self.rank > 0, "a scalar has no innermost dimension");
        self.dims[self.rank - 1] = last;
        self
    }

    /// Whether both shapes have the same dimensions; `==` for `const` contexts.
    pub const fn same_as(&self, other: &Self) -> bool {
        if self.rank != other.rank {
            return false;
        }
        let mut i = 0;
        while i < self.rank {
            if self.dims[i] != other.dims[i] {
                return false;
            }
            i += 1;
        }
        true
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.dims()).finish()
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
