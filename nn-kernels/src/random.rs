//! Counter-based random numbers: the i-th number of a stream is a function of a key and i.
//!
//! Nothing is carried from number to number, so any part of a stream can be computed anywhere: by any thread, or again by
//! the backward pass, which is why dropout needs no memory for its mask.
//!
//! The generator is Philox 4×32 with 10 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! SC 2011), which passes TestU01's BigCrush. One call turns a 128-bit counter and a 64-bit key into four 32-bit words.
//!
//! Streams of numbers take sixteen counters at a time, so that their lanes become vectors:
//!
//! ```text
//! number i = word (i / 16) % 4 of counter 16 · (i / 64) + i % 16
//! ```

use crate::elementwise::CHUNK;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::team::Team;

/// Multipliers of the two halves and increments of the two key words (from the paper).
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: u32 = 10;

/// Philox 4×32-10: four random words from a counter and a key.
///
/// ```
/// use nn_kernels::philox4x32;
///
/// // A known answer of the authors' library.
/// assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
/// ```
#[inline(always)]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let p0 = u64::from(MULTIPLIERS[0]) * u64::from(c0);
        let p1 = u64::from(MULTIPLIERS[1]) * u64::from(c2);
        (c0, c1, c2, c3) = ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32, (p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        (k0, k1) = (k0.wrapping_add(WEYL[0]), k1.wrapping_add(WEYL[1]));
    }
    [c0, c1, c2, c3]
}

/// Numbers that come from one group of sixteen counters.
const GROUP: usize = 64;

/// The words of group `group` in the stream of `key`.
#[inline(always)]
fn group_words(key: u64, group: u64) -> [u32; GROUP] {
    let key = [key as u32, (key >> 32) as u32];
    let first = group * 16;
    let mut words = [0; GROUP];
    for lane in 0..16 {
        // `first` is a multiple of 16: adding a lane carries nothing.
        let [w0, w1, w2, w3] = philox4x32([first as u32 + lane as u32, (first >> 32) as u32, 0, 0], key);
        words[lane] = w0;
        words[16 + lane] = w1;
        words[32 + lane] = w2;
        words[48 + lane] = w3;
    }
    words
}

/// Splits `start..start + len` at multiples of [`GROUP`]: `(group, first word, place, count)` of each piece.
#[inline(always)]
fn pieces(start: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut place = 0;
    std::iter::from_fn(move || {
        if place == len {
            return None;
        }
        let index = start.wrapping_add(place as u64);
        let word = (index % GROUP as u64) as usize;
        let piece = (index / GROUP as u64, word, place, (GROUP - word).min(len - place));
        place += piece.3;
        Some(piece)
    })
}

struct Dropout<'a> {
    key: u64,
    start: u64,
    /// Words below this are dropped.
    threshold: u32,
    scale: f32,
    y: &'a mut [f32],
}

impl Kernel for Dropout<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        for (group, word, place, count) in pieces(self.start, self.y.len()) {
            let words = group_words(self.key, group);
            for (y, &word) in self.y[place..place + count].iter_mut().zip(&words[word..word + count]) {
                // Not a product with 0: what is dropped is 0 even where it was infinite.
                *y = if word < self.threshold { 0.0 } else { *y * self.scale };
            }
        }
    }
}

/// Dropout in place: each element becomes 0 with probability `rate`, else it is multiplied by `1 / (1 − rate)`.
///
/// Element i is dropped if number `offset + i` (modulo 2⁶⁴) of the stream `key` is below `rate`. The backward pass is the same function
/// with the same key and offset on the gradient: the mask is computed again, not kept. (Srivastava et al., 2014)
///
/// A rate of 0 or less changes nothing, a rate of 1 or more gives zeros.
///
/// ```
/// use nn_kernels::{Team, dropout_inplace};
///
/// let (mut y, mut dy) = ([1.0; 1000], [1.0; 1000]);
/// dropout_inplace(&Team::serial(), 42, 0, 0.25, &mut y);
/// dropout_inplace(&Team::serial(), 42, 0, 0.25, &mut dy);
/// assert_eq!(y, dy);
/// assert!((700..800).contains(&y.iter().filter(|&&v| v == 1.0 / 0.75).count()));
/// ```
pub fn dropout_inplace(team: &Team, key: u64, offset: u64, rate: f32, y: &mut [f32]) {
    if rate > 0.0 {
        run(team, key, offset, rate, y, |_, _| ());
    }
}

/// [`dropout_inplace`] from `x` to `y`; the backward pass is the same from `dy` to `dx`.
///
/// # Panics
///
/// When the lengths differ.
pub fn dropout(team: &Team, key: u64, offset: u64, rate: f32, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "dropout: {} inputs, but room for {} outputs", x.len(), y.len());
    run(team, key, offset, rate, y, |start, y| y.copy_from_slice(&x[start..start + y.len()]));
}

/// Dropout of what `fill(start, chunk)` puts into `y`, chunk by chunk.
fn run(team: &Team, key: u64, offset: u64, rate: f32, y: &mut [f32], fill: impl Fn(usize, &mut [f32]) + Sync) {
    if rate >= 1.0 {
        return crate::vector::fill(team, 0.0, y);
    }
    let isa = Isa::current();
    let threshold = (f64::from(rate) * 4_294_967_296.0) as u32;
    let scale = 1.0 / (1.0 - rate);
    const DROPOUT_CHUNK: usize = CHUNK / 4;
    team.chunks_mut(y, DROPOUT_CHUNK, |chunk, y| {
        let start = chunk * DROPOUT_CHUNK;
        fill(start, y);
        if rate > 0.0 {
            vectorize(isa, Dropout { key, start: offset.wrapping_add(start as u64), threshold, scale, y });
        }
    });
}

#[cfg(test)]
pub(crate) use tests::uniform_fill;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{Path, with_path};

    /// A float in [0, 1) from the upper 24 bits.
    #[inline(always)]
    fn unit(word: u32) -> f32 {
        (word >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    struct Uniform<'a> {
        key: u64,
        start: u64,
        out: &'a mut [f32],
    }

    impl Kernel for Uniform<'_> {
        type Output = ();
        #[inline(always)]
        fn run<S: Lanes>(self, _: S) {
            for (group, word, place, count) in pieces(self.start, self.out.len()) {
                let numbers = group_words(self.key, group).map(unit);
                self.out[place..place + count].copy_from_slice(&numbers[word..word + count]);
            }
        }
    }

    /// Fills `out` with numbers `counter`, `counter + 1`, … of the stream `key`, uniform in [0, 1) with 24 bits: what dropout compares
    /// with its rate, as floats. After number 2⁶⁴ − 1 comes 0.
    pub(crate) fn uniform_fill(key: u64, counter: u64, out: &mut [f32]) {
        vectorize(Isa::current(), Uniform { key, start: counter, out });
    }

    #[test]
    fn known_answers_of_the_authors() {
        let ones = [u32::MAX; 4];
        assert_eq!(philox4x32(ones, [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        assert_eq!(philox4x32(pi, [0xa409_3822, 0x299f_31d0]), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn numbers_are_where_the_documentation_says() {
        let (key, start) = (0x1234_5678_9abc_def0, (1 << 40) + 5);
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            let mut out = [0.0; 200];
            with_path(path, || uniform_fill(key, start, &mut out)).unwrap();
            for (place, &number) in out.iter().enumerate() {
                let i = start + place as u64;
                let counter = 16 * (i / 64) + i % 16;
                let words =
                    philox4x32([counter as u32, (counter >> 32) as u32, 0, 0], [key as u32, (key >> 32) as u32]);
                assert_eq!(number, unit(words[(i / 16 % 4) as usize]), "number {i} on {path}");
            }
        }
    }

    #[test]
    fn a_stream_begins_again_behind_its_end() {
        let (mut across, mut end, mut begin) = ([0.0; 100], [0.0; 30], [0.0; 70]);
        uniform_fill(7, u64::MAX - 29, &mut across);
        uniform_fill(7, u64::MAX - 29, &mut end);
        uniform_fill(7, 0, &mut begin);
        assert!(across[..30] == end && across[30..] == begin);
        let (mut all, mut part) = ([1.0; 9000], [1.0; 10]);
        dropout_inplace(&Team::new(2), 7, u64::MAX - 5000, 0.5, &mut all);
        dropout_inplace(&Team::serial(), 7, 0, 0.5, &mut part);
        assert_eq!(all[5001..5011], part);
    }

    #[test]
    fn uniform_numbers_are_uniform() {
        let mut out = vec![0.0; 1 << 16];
        uniform_fill(3, 0, &mut out);
        let mut bins = [0; 16];
        for &number in &out {
            assert!((0.0..1.0).contains(&number));
            bins[(number * 16.0) as usize] += 1;
        }
        // 4096 expected, standard deviation 62.
        assert!(bins.iter().all(|&count: &i32| (count - 4096).abs() < 5 * 62), "{bins:?}");
        let neighbours: f64 = out.windows(2).map(|w| f64::from(w[0] - 0.5) * f64::from(w[1] - 0.5)).sum();
        assert!((neighbours / out.len() as f64).abs() < 5.0 / 12.0 / 256.0, "{neighbours}");
    }

    #[test]
    fn dropout_keeps_its_rate_and_its_bits() {
        let x: Vec<f32> = (0..30_001).map(|i| 1.0 + i as f32).collect();
        for rate in [0.1, 0.5, 0.9] {
            let mut first = vec![0.0; x.len()];
            dropout(&Team::serial(), 9, 77, rate, &x, &mut first);
            let dropped = first.iter().filter(|&&y| y == 0.0).count() as f32 / x.len() as f32;
            assert!((dropped - rate).abs() < 0.015, "{dropped} instead of {rate}");
            assert!(x.iter().zip(&first).all(|(x, y)| *y == 0.0 || *y == x * (1.0 / (1.0 - rate))));
            for threads in [2, 3, 8] {
                let mut again = vec![0.0; x.len()];
                dropout(&Team::new(threads), 9, 77, rate, &x, &mut again);
                assert_eq!(first, again);
            }
            // A part of the stream is the same part of the result.
            let mut part = vec![0.0; 500];
            dropout(&Team::serial(), 9, 77 + 123, rate, &x[123..623], &mut part);
            assert_eq!(part, first[123..623]);
        }
        let mut y = [f32::INFINITY, 1.0];
        dropout_inplace(&Team::serial(), 1, 0, 0.0, &mut y);
        assert_eq!(y[1], 1.0);
        dropout_inplace(&Team::serial(), 1, 0, 1.0, &mut y);
        assert_eq!(y, [0.0, 0.0]);
    }
}
