//! Views of row-major matrices.

/// A row-major matrix that is read: `element(i, j) = data[i * stride + j]`.
///
/// ```
/// use nn_kernels::Mat;
///
/// let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let all = Mat::new(&data, 2, 3);
/// let left = Mat::with_stride(&data, 2, 2, 3); // the first two columns
/// assert_eq!((all.at(1, 0), left.at(1, 1)), (4.0, 5.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    stride: usize,
}

/// A row-major matrix that is written: `element(i, j) = data[i * stride + j]`.
#[derive(Debug)]
pub struct MatMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    cols: usize,
    stride: usize,
}

/// Panics unless a `rows × cols` view with this stride lies inside `len` floats.
fn check(len: usize, rows: usize, cols: usize, stride: usize) {
    if rows == 0 || cols == 0 {
        return;
    }
    assert!(
        rows == 1 || stride >= cols,
        "a matrix with {cols} columns needs a row stride of at least {cols}, not {stride}"
    );
    let needed = (rows - 1).checked_mul(stride).and_then(|start| start.checked_add(cols));
    assert!(
        needed.is_some_and(|needed| needed <= len),
        "a {rows} × {cols} matrix with row stride {stride} does not fit into {len} floats"
    );
}

impl<'a> Mat<'a> {
    /// Rows that follow each other without gaps.
    ///
    /// # Panics
    ///
    /// When `data` is shorter than `rows * cols`.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self::with_stride(data, rows, cols, cols)
    }

    /// Rows that start `stride` floats apart.
    ///
    /// # Panics
    ///
    /// When `stride` is less than `cols`, or `data` ends before the last row does.
    pub fn with_stride(data: &'a [f32], rows: usize, cols: usize, stride: usize) -> Self {
        check(data.len(), rows, cols, stride);
        Self { data, rows, cols, stride }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Floats from one row's start to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The element in row `i`, column `j`.
    ///
    /// # Panics
    ///
    /// When it lies outside.
    pub fn at(&self, i: usize, j: usize) -> f32 {
        self.row(i)[j]
    }

    /// Row `i`.
    ///
    /// # Panics
    ///
    /// When it lies outside.
    pub fn row(&self, i: usize) -> &'a [f32] {
        assert!(i < self.rows, "row {i} of a matrix with {} rows", self.rows);
        if self.cols == 0 { &[] } else { &self.data[i * self.stride..][..self.cols] }
    }

    pub(super) fn pointer(&self) -> *const f32 {
        self.data.as_ptr()
    }
}

impl<'a> MatMut<'a> {
    /// Rows that follow each other without gaps.
    ///
    /// # Panics
    ///
    /// When `data` is shorter than `rows * cols`.
    pub fn new(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
        Self::with_stride(data, rows, cols, cols)
    }

    /// Rows that start `stride` floats apart.
    ///
    /// # Panics
    ///
    /// When `stride` is less than `cols`, or `data` ends before the last row does.
    pub fn with_stride(data: &'a mut [f32], rows: usize, cols: usize, stride: usize) -> Self {
        check(data.len(), rows, cols, stride);
        Self { data, rows, cols, stride }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The same view, for reading.
    pub fn as_mat(&self) -> Mat<'_> {
        Mat { data: self.data, rows: self.rows, cols: self.cols, stride: self.stride }
    }

    /// The same view, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> MatMut<'_> {
        MatMut { data: self.data, rows: self.rows, cols: self.cols, stride: self.stride }
    }

    /// Row `i`.
    ///
    /// # Panics
    ///
    /// When it lies outside.
    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        assert!(i < self.rows, "row {i} of a matrix with {} rows", self.rows);
        if self.cols == 0 { &mut [] } else { &mut self.data[i * self.stride..][..self.cols] }
    }

    pub(super) fn pointer(&mut self) -> *mut f32 {
        self.data.as_mut_ptr()
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }
}
