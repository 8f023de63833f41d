//! Random numbers from a counter: every choice is a function of a seed and of what it is for.

/// Two numbers made one, so that different pairs give unrelated keys (the finaliser of SplitMix64).
pub const fn mix(key: u64, value: u64) -> u64 {
    let mut z = key ^ value.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15).rotate_left(17);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A key for what is called `name` below `key`.
pub const fn fold(key: u64, name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        i += 1;
    }
    mix(key, hash)
}

/// A stream of random numbers: number `i` is a function of the key and of `i`.
///
/// ```
/// use nn_core::random::Random;
/// let (mut a, mut b) = (Random::new(1, "shuffle"), Random::new(1, "shuffle"));
/// assert_eq!(a.uniform(), b.uniform());
/// assert!(a.below(10) < 10);
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    key: u64,
    counter: u64,
}

impl Random {
    /// The stream for a purpose below a seed.
    pub fn new(seed: u64, purpose: &str) -> Self {
        Self { key: fold(seed, purpose), counter: 0 }
    }

    /// The stream of one of many things that share a purpose: an epoch, a sample.
    #[must_use]
    pub fn at(mut self, index: u64) -> Self {
        self.key = mix(self.key, index);
        self
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.counter += 1;
        mix(self.key, self.counter)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Standard normal (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (core::f64::consts::TAU * self.uniform()).cos()
    }

    /// Uniform in `0..bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
