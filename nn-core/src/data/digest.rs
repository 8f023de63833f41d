//! A number that stands for the contents of data or weights.

use crate::{Layer, Path, Ref, Value};
use core::any::type_name;

/// Sums up contents in 64 bits: the same contents give the same number, others almost certainly another. It is no protection against
/// contents that are made to be mistaken for others.
#[derive(Clone, Debug)]
pub struct Digest {
    // Four chains, which a processor follows at the same time.
    lanes: [u64; 4],
    words: u64,
}

/// An odd number with as many ones as zeros (the golden ratio's digits).
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Default for Digest {
    fn default() -> Self {
        Self { lanes: [1, 2, 3, 4], words: 0 }
    }
}

impl Digest {
    /// Adds words. Parts that are added one after the other are not the same as their whole.
    pub fn add(&mut self, words: impl ExactSizeIterator<Item = u32>) {
        self.words = self.words.wrapping_add(words.len() as u64);
        for (i, word) in words.enumerate() {
            let lane = &mut self.lanes[i % 4];
            *lane = (*lane ^ u64::from(word)).wrapping_mul(FACTOR).rotate_left(29);
        }
        self.lanes.rotate_left(1);
    }

    /// Adds a text.
    fn add_text(&mut self, text: &str) {
        self.add(text.as_bytes().iter().map(|&byte| u32::from(byte)));
    }

    /// Adds what a layer computes besides its tensors: its type and the lines that a summary shows.
    pub(crate) fn add_layer<L: Layer>(&mut self) {
        self.add_text(type_name::<L>());
        L::rows(&Path::ROOT, &mut |row| self.add_text(&row.to_string()));
    }

    /// Adds the alphas of the low-rank adapters of a layer: with the same factors another alpha gives other outputs.
    pub(crate) fn add_alphas<L: Layer>(&mut self, layer: &L) {
        layer.adapters(&Path::ROOT, &mut |_, adapter| self.add([adapter.alpha().to_bits()].into_iter()));
    }

    /// The number.
    pub fn finish(&self) -> u64 {
        self.lanes.iter().fold(self.words, |all, &lane| crate::random::mix(all, lane))
    }

    /// Adds a batch: its elements and where one sample ends.
    pub fn add_batch<V: Value>(&mut self, batch: Ref<'_, V>) {
        for i in 0..V::count(batch) {
            V::digest(V::part(batch, i..i + 1), self);
        }
    }

    /// The number of a layer: its type, the lines that a summary shows of it, all its tensors, parameters and running statistics, and the alphas of its
    /// low-rank adapters. The same weights behind another activation give other outputs, and another number.
    pub fn of_layer<L: Layer>(layer: &L) -> u64 {
        let mut digest = Self::default();
        digest.add_layer::<L>();
        layer.tensors(&Path::ROOT, &mut |_, _, tensor| digest.add(tensor.values().iter().map(|value| value.to_bits())));
        digest.add_alphas(layer);
        digest.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    fn of(parts: &[&[u32]]) -> u64 {
        let mut digest = Digest::default();
        parts.iter().for_each(|part| digest.add(part.iter().copied()));
        digest.finish()
    }

    #[test]
    fn every_change_shows() {
        let words: Vec<u32> = (0..40).map(|i| i * 77).collect();
        let whole = of(&[&words]);
        assert_eq!(whole, of(&[&words]));
        for bit in 0..40 * 32 {
            let mut changed = words.clone();
            changed[bit / 32] ^= 1 << (bit % 32);
            assert_ne!(of(&[&changed]), whole, "bit {bit}");
        }
        for i in 0..39 {
            let mut swapped = words.clone();
            swapped.swap(i, i + 1);
            assert_ne!(of(&[&swapped]), whole, "{i}");
        }
        assert_ne!(of(&[&words[..39]]), whole);
        assert_ne!(of(&[&[0, 0], &[0]]), of(&[&[0], &[0, 0]]));
        assert_ne!(of(&[&[0]]), of(&[&[0, 0]]));
    }
}
