//! Assertions about sizes that name what is wrong, evaluated while the program compiles.
//!
//! A `const` item cannot format numbers, so the text is put together by hand in a buffer.

use crate::Shape;

/// Text that a `const fn` writes: what does not fit is cut off.
struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 1024], len: 0 }
    }

    const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    const fn number(mut self, number: u64) -> Self {
        if number >= 10 {
            self = self.number(number / 10);
        }
        if self.len < self.bytes.len() {
            self.bytes[self.len] = b'0' + (number % 10) as u8;
            self.len += 1;
        }
        self
    }

    const fn shape(mut self, shape: &Shape) -> Self {
        self = self.text("[");
        let dims = shape.dims();
        let mut i = 0;
        while i < dims.len() {
            if i > 0 {
                self = self.text(", ");
            }
            self = self.number(dims[i] as u64);
            i += 1;
        }
        self.text("]")
    }

    const fn panic(&self) -> ! {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("a mistake whose description is too long to show"),
        }
    }
}

/// Asserts that two shapes are equal. The message is `subject`, the first shape, `middle`, the second shape, `end`:
/// *network \`Digits\`: layer \`head\` takes [512], but \`backbone\` gives [256]*.
///
/// ```
/// use nn_spec::{Shape, check_same};
/// const _: () = check_same("`head` takes ", Shape::new(&[512]), ", but `body` gives ", Shape::new(&[2 * 256]), "");
/// ```
///
/// ```compile_fail
/// use nn_spec::{Shape, check_same};
/// const _: () = check_same("`head` takes ", Shape::new(&[512]), ", but `body` gives ", Shape::new(&[256]), "");
/// ```
///
/// # Panics
/// If they differ, with the message.
pub const fn check_same(subject: &str, first: Shape, middle: &str, second: Shape, end: &str) {
    if !first.same_as(&second) {
        Text::new().text(subject).shape(&first).text(middle).shape(&second).text(end).panic();
    }
}

/// Asserts that a shape has `rank` dimensions. The message is `subject`, the shape, `end`.
///
/// # Panics
/// If it has not, with the message.
pub const fn check_rank(subject: &str, found: Shape, rank: usize, end: &str) {
    if found.rank() != rank {
        Text::new().text(subject).shape(&found).text(end).panic();
    }
}

/// Asserts that two shapes have as many elements. The message is `subject`, the first shape and its elements, `middle`, the same of
/// the second.
///
/// # Panics
/// If they have not, with the message.
pub const fn check_elements(subject: &str, first: Shape, middle: &str, second: Shape) {
    if first.elements() != second.elements() {
        let text =
            Text::new().text(subject).shape(&first).text(" (").number(first.elements() as u64).text(" elements)");
        let text = text.text(middle).shape(&second).text(" (").number(second.elements() as u64).text(" elements)");
        text.text("\n\nhelp: the dimensions must multiply to ").number(second.elements() as u64).panic();
    }
}

/// Asserts that a number is at most `most`. The message is `subject`, the number, `middle`, the limit.
///
/// # Panics
/// If it is more, with the message.
pub const fn check_budget(subject: &str, found: u64, middle: &str, most: u64) {
    if found > most {
        Text::new().text(subject).number(found).text(middle).number(most).text("`").panic();
    }
}
