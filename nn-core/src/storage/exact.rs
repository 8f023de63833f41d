//! Numbers that JSON cannot hold.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An `f64` that keeps its value in a checkpoint even where it is infinite or not a number, for which JSON has no numbers.
///
/// Finite numbers are written as numbers, with as many digits as it takes to read the same bits again (also `-0.0`); the others as the
/// texts `"inf"`, `"-inf"` and `"NaN"` (its sign and payload are not kept). Use it for what may become such a value: the best loss so
/// far, which begins as infinity, or a metric that is undefined for some data.
///
/// ```
/// use nn_core::storage::{Checkpoint, Exact};
/// let mut checkpoint = Checkpoint::new();
/// checkpoint.set("best", &Exact(f64::INFINITY))?;
/// assert_eq!(checkpoint.get::<Exact>("best")?.0, f64::INFINITY);
/// // A bare f64 is refused here rather than when training is resumed.
/// assert!(checkpoint.set("best", &f64::INFINITY).is_err());
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Exact(pub f64);

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Number(f64),
    Word(String),
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str(&self.0.to_string())
        }
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Text::deserialize(deserializer)? {
            Text::Number(number) => Ok(Self(number)),
            Text::Word(word) => match word.as_str() {
                "inf" => Ok(Self(f64::INFINITY)),
                "-inf" => Ok(Self(f64::NEG_INFINITY)),
                "NaN" => Ok(Self(f64::NAN)),
                _ => Err(serde::de::Error::custom(format!("`{word}` is no number, `inf`, `-inf` or `NaN`"))),
            },
        }
    }
}

/// A field of type `f64` that is written and read like [`Exact`]: `#[serde(with = "crate::storage::exact")]`.
pub(crate) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    Exact(*number).serialize(serializer)
}

/// The counterpart of [`serialize`].
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Exact::deserialize(deserializer).map(|Exact(number)| number)
}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn every_number_is_read_as_it_was_written() {
        for bits in [
            0_u64,
            1 << 63,
            1,
            0x3FB9_9999_9999_999A,
            0x0010_0000_0000_0000,
            0x7FEF_FFFF_FFFF_FFFF,
            0x7FF0_0000_0000_0000,
            0xFFF0_0000_0000_0000,
        ] {
            let text = serde_json::to_string(&Exact(f64::from_bits(bits))).unwrap();
            assert_eq!(serde_json::from_str::<Exact>(&text).unwrap().0.to_bits(), bits, "{text}");
        }
        // Random significands and exponents, so that the digits are exercised too.
        let mut random = crate::random::Random::new(7, "exact");
        for number in core::iter::repeat_with(|| f64::from_bits(random.bits())).filter(|x| x.is_finite()).take(20_000) {
            let text = serde_json::to_string(&Exact(number)).unwrap();
            assert_eq!(serde_json::from_str::<Exact>(&text).unwrap().0.to_bits(), number.to_bits(), "{text}");
        }
        assert!(serde_json::from_str::<Exact>("\"NaN\"").unwrap().0.is_nan());
        assert!(serde_json::from_str::<Exact>("\"naught\"").is_err());
        assert!(serde_json::from_str::<Exact>("null").is_err());
    }
}
