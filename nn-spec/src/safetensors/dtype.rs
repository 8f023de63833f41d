//! Element types of tensors in files, and how they become `f32`.

use core::fmt;

/// The element type of a tensor in a file, under the name that safetensors gives it: `F32`, `F16`, `I64`, …
///
/// A name that this version does not know is kept, so that a file with one exotic tensor can still be read for the others.
///
/// ```
/// use nn_spec::safetensors::Dtype;
/// assert!(Dtype::new("BF16").is_float());
/// assert_eq!(Dtype::new("I64").bytes(), Some(8));
/// assert_eq!(Dtype::new("F8_E4M3").is_float(), false); // eight bits: not converted
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtype(String);

impl Dtype {
    /// What this library writes.
    pub fn f32() -> Self {
        Self::new("F32")
    }

    /// The type with this name.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The number of bytes of an element, where that is known and whole.
    pub fn bytes(&self) -> Option<usize> {
        match self.0.as_str() {
            "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" => Some(1),
            "U16" | "I16" | "F16" | "BF16" => Some(2),
            "U32" | "I32" | "F32" => Some(4),
            "U64" | "I64" | "F64" | "C64" => Some(8),
            _ => None,
        }
    }

    /// Whether [`Dtype::decode`] makes `f32` of it: `F32`, `F64`, `F16` and `BF16`.
    pub fn is_float(&self) -> bool {
        matches!(self.0.as_str(), "F32" | "F64" | "F16" | "BF16")
    }

    /// The elements as `f32`, or `None` if [`Dtype::is_float`] is false. Bytes beyond the last whole element are ignored.
    ///
    /// - `F32` is taken bit for bit.
    /// - `F16` and `BF16` are widened, which is exact; subnormal numbers, infinities and the payloads of NaN are kept.
    /// - `F64` is rounded to the nearest `f32`, ties to even, as PyTorch's `.float()` does: too large becomes infinite, too small
    ///   becomes subnormal or zero, and a NaN stays a NaN.
    pub fn decode(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        Some(match self.0.as_str() {
            "F32" => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            "F64" => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
            "F16" => bytes.as_chunks().0.iter().map(|b| half(u16::from_le_bytes(*b))).collect(),
            "BF16" => {
                bytes.as_chunks().0.iter().map(|b| f32::from_bits(u32::from(u16::from_le_bytes(*b)) << 16)).collect()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// IEEE 754 binary16 to binary32.
fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) =
        (u32::from(bits >> 15) << 31, u32::from(bits >> 10 & 0x1F), u32::from(bits & 0x3FF));
    let magnitude = match exponent {
        // Zero and subnormal: a multiple of 2^-24, which binary32 has as a normal number.
        0 => (fraction as f32 / (1 << 24) as f32).to_bits(),
        0x1F => 0x7F80_0000 | fraction << 13,
        _ => (exponent + (127 - 15)) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(name: &str, bytes: &[u8]) -> Vec<u32> {
        Dtype::new(name).decode(bytes).unwrap().into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn half_precision_is_widened_exactly() {
        // Every finite half is sign · significand · 2^exponent, computed here in f64 independently of the bit work above.
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
            let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
            let expected = match exponent {
                0 => sign * fraction * 2f64.powi(-24),
                0x1F if fraction == 0.0 => sign * f64::INFINITY,
                0x1F => f64::NAN,
                _ => sign * (1024.0 + fraction) * 2f64.powi(exponent - 25),
            };
            let got = half(bits);
            assert!(f64::from(got).to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(), "{bits:#x}");
        }
        assert_eq!(decode("F16", &[0x01, 0xFE]), [0xFFC0_2000]);
    }

    #[test]
    fn brain_floats_are_the_upper_half() {
        assert_eq!(decode("BF16", &[0x80, 0x3F, 0x81, 0x7F]), [0x3F80_0000, 0x7F81_0000]);
    }

    #[test]
    fn doubles_are_rounded_to_the_nearest() {
        let of = |x: f64| f32::from_bits(decode("F64", &x.to_le_bytes())[0]);
        assert_eq!(of(1.0 + 2f64.powi(-24)), 1.0, "a tie goes to the even neighbour");
        assert_eq!(of(1.0 + 3.0 * 2f64.powi(-24)), 1.0 + 2.0 * f32::EPSILON);
        assert_eq!(of(1e300), f32::INFINITY);
        assert_eq!(of(1e-300), 0.0);
        assert!(of(f64::NAN).is_nan());
    }

    #[test]
    fn singles_keep_every_bit() {
        for bits in [0x7F80_0001_u32, 0xFFC1_2345, 0x0000_0001, 0x8000_0000] {
            assert_eq!(decode("F32", &bits.to_le_bytes()), [bits]);
        }
    }

    #[test]
    fn integers_are_no_floats() {
        for name in ["I64", "U8", "BOOL", "F8_E4M3", "F4", "C64", ""] {
            assert_eq!(Dtype::new(name).decode(&[0; 8]), None);
        }
    }
}
