//! Text put together while the program compiles.
//!
//! A `const` item cannot format numbers, so this is done by hand in a buffer.

use crate::Shape;

/// Text that a `const fn` writes: what does not fit is cut off.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Text {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; 1024], len: 0 }
    }

    /// Text as it is.
    pub(crate) const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// In decimal.
    pub(crate) const fn number(mut self, number: u64) -> Self {
        if number >= 10 {
            self = self.number(number / 10);
        }
        if self.len < self.bytes.len() {
            self.bytes[self.len] = b'0' + (number % 10) as u8;
            self.len += 1;
        }
        self
    }

    /// With `_` between groups of three digits.
    pub(crate) const fn grouped(mut self, number: u64) -> Self {
        if number < 1000 {
            return self.number(number);
        }
        self = self.grouped(number / 1000).text("_");
        let rest = number % 1000;
        if rest < 100 {
            self = self.text("0");
        }
        if rest < 10 {
            self = self.text("0");
        }
        self.number(rest)
    }

    /// With up to six decimals.
    pub(crate) const fn float(mut self, number: f32) -> Self {
        if number.is_nan() {
            return self.text("NaN");
        }
        if number < 0.0 {
            return self.text("-").float(-number);
        }
        if number.is_infinite() {
            return self.text("inf");
        }
        let millionths = (number as f64 * 1e6 + 0.5) as u64;
        self = self.number(millionths / 1_000_000);
        let (mut rest, mut unit) = (millionths % 1_000_000, 100_000);
        if rest > 0 {
            self = self.text(".");
        }
        while rest > 0 {
            self = self.number(rest / unit);
            rest %= unit;
            unit /= 10;
        }
        self
    }

    /// As `[1, 28, 28]`.
    pub(crate) const fn shape(mut self, shape: &Shape) -> Self {
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

    /// What was written.
    pub(crate) const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "a mistake whose description is too long to show",
        }
    }

    /// Ends the evaluation with the text as the message.
    #[track_caller]
    pub(crate) const fn panic(&self) -> ! {
        panic!("{}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &Text) -> &str {
        core::str::from_utf8(&text.bytes[..text.len]).expect("text")
    }

    #[test]
    fn numbers_are_written_as_people_do() {
        assert_eq!(shown(&Text::new().number(0).text(" ").number(1024)), "0 1024");
        assert_eq!(
            shown(&Text::new().grouped(999).text(" ").grouped(1000).text(" ").grouped(12_034_005)),
            "999 1_000 12_034_005"
        );
        assert_eq!(shown(&Text::new().float(1.5).text(" ").float(-0.25).text(" ").float(25.0)), "1.5 -0.25 25");
        assert_eq!(shown(&Text::new().float(1e-5).text(" ").float(0.1).text(" ").float(f32::NAN)), "0.00001 0.1 NaN");
        assert_eq!(shown(&Text::new().shape(&Shape::new(&[1, 28, 28])).shape(&Shape::SCALAR)), "[1, 28, 28][]");
    }
}
