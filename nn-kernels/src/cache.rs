//! Caches: what a block of a matrix finds in the second level, and fetching ahead.

use std::sync::OnceLock;

/// Bytes of a cache line.
pub(crate) const LINE: usize = 64;

/// Brings the line of an address into the nearest cache. Any address will do; nothing is read.
#[inline(always)]
pub(crate) fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing, and SSE is part of every x86-64.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Size and associativity of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cache {
    pub bytes: usize,
    /// How many lines that fall into one set it holds.
    pub ways: usize,
}

impl Cache {
    /// What is taken for granted where the processor does not say: half a megabyte, eight ways.
    pub const COMMON: Self = Self { bytes: 512 << 10, ways: 8 };

    /// The second-level cache of this machine's cores, asked for once.
    pub fn second_level() -> Self {
        static CACHE: OnceLock<Cache> = OnceLock::new();
        *CACHE.get_or_init(|| processor::second_level().unwrap_or(Self::COMMON))
    }

    /// Whether `rows` pieces of `span` bytes, `stride` bytes apart, are all held at once.
    ///
    /// A line's set is its address modulo `bytes / ways`, so pieces a power of two apart share few sets: 256 rows 16 KiB apart, eight
    /// lines of each, are 128 KiB that half a megabyte with eight ways does not hold.
    pub fn holds(self, rows: usize, span: usize, stride: usize) -> bool {
        let way = self.bytes / self.ways;
        let apart = greatest_common_divisor(stride, way);
        let lines = span.div_ceil(LINE);
        // Different first sets, and sets that a piece takes before the next first one.
        let sets = (way / apart) * lines.min((apart / LINE).max(1));
        rows * lines <= sets.min(way / LINE) * self.ways
    }
}

fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(target_arch = "x86_64")]
mod processor {
    use super::{Cache, LINE};
    use std::arch::x86_64::__cpuid_count;

    /// CPUID's list of caches: leaf 4 of Intel's processors, leaf 0x8000001D of AMD's, in the same format. (Intel, "Software Developer's
    /// Manual", volume 2A, CPUID; AMD, "Architecture Programmer's Manual", volume 3, E.4.15)
    pub(super) fn second_level() -> Option<Cache> {
        [(0, 4), (0x8000_0000, 0x8000_001D)].into_iter().find_map(|(base, leaf)| {
            let known = __cpuid_count(base, 0).eax >= leaf;
            known.then(|| (0..8).find_map(|index| described(leaf, index)))?
        })
    }

    /// Cache `index` of the list, if it is a second-level cache with believable numbers.
    fn described(leaf: u32, index: u32) -> Option<Cache> {
        let answer = __cpuid_count(leaf, index);
        let (kind, level) = (answer.eax & 31, answer.eax >> 5 & 7);
        let field = |from: u32, bits: u32| (answer.ebx >> from & ((1 << bits) - 1)) as usize + 1;
        let (line, partitions, ways) = (field(0, 12), field(12, 10), field(22, 10));
        let bytes = ways * partitions * line * (answer.ecx as usize + 1);
        let believable = line == LINE && (64 << 10..=64 << 20).contains(&bytes) && (bytes / ways).is_multiple_of(LINE);
        // Kind 1 holds data, 2 instructions, 3 both.
        (level == 2 && kind & 1 == 1 && believable).then_some(Cache { bytes, ways })
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod processor {
    pub(super) fn second_level() -> Option<super::Cache> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the lines of each set, one by one.
    fn counted(cache: Cache, rows: usize, span: usize, stride: usize) -> bool {
        let sets = cache.bytes / cache.ways / LINE;
        let mut held = vec![0; sets];
        for row in 0..rows {
            for line in 0..span.div_ceil(LINE) {
                held[(row * stride / LINE + line) % sets] += 1;
            }
        }
        held.into_iter().all(|lines| lines <= cache.ways)
    }

    #[test]
    fn holds_what_counting_says() {
        let mut seen = [0; 2];
        for cache in [Cache::COMMON, Cache { bytes: 1 << 20, ways: 16 }, Cache { bytes: 2 << 20, ways: 16 }] {
            for rows in [1, 60, 120, 256, 512] {
                for span in [64, 480, 2048] {
                    for stride in [2048, 4096, 8192, 16384, 65536] {
                        let holds = cache.holds(rows, span, stride);
                        seen[usize::from(holds)] += 1;
                        // Rows that share a first set are as evenly spread as can be, up to a last incomplete round.
                        assert_eq!(holds, counted(cache, rows, span, stride), "{cache:?} {rows} {span} {stride}");
                    }
                }
            }
        }
        assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
    }

    #[test]
    fn odd_strides_fill_the_cache() {
        assert!(Cache::COMMON.holds(512, 480, 784 * 4));
        assert!(!Cache::COMMON.holds(2000, 480, 784 * 4), "as many bytes as it has");
        assert!(Cache::COMMON.holds(10, 40, 40));
    }

    #[test]
    fn this_machine_has_one() {
        let Cache { bytes, ways } = Cache::second_level();
        assert!(bytes >= 64 << 10 && bytes.is_multiple_of(ways * LINE), "{bytes} bytes, {ways} ways");
    }
}
