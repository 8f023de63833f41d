//! Zip archives, as far as PyTorch and NumPy write them: stored or deflated entries, also beyond 4 GiB.
//!
//! The table of contents at the end of the file says where entries lie; it is believed only where entries stay inside the file and do not
//! overlap, so that what is unpacked is bounded by what is there.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

/// How far DEFLATE can compress: 258 bytes take two bits at least.
const MOST: usize = 1032;
/// What takes the place of a number that stands in the extra field for files beyond 4 GiB.
const ELSEWHERE: u64 = 0xFFFF_FFFF;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where its bytes lie in the archive.
    pub range: Range<usize>,
    /// How many bytes it has once unpacked.
    pub size: usize,
    crc: u32,
    deflated: bool,
}

/// All entries under their names.
pub(super) fn entries(file: &[u8]) -> Result<BTreeMap<String, Entry>, String> {
    let (count, directory) = directory(file)?;
    let mut entries = BTreeMap::new();
    let mut places = Vec::new();
    let mut at = directory.start;
    for _ in 0..count {
        let (name, header, entry, length) = entry(file, at, directory.clone())?;
        at += length;
        places.push((header..entry.range.end, name.clone()));
        if entries.insert(name.clone(), entry).is_some() {
            return Err(format!("its entry {name:?} stands there twice"));
        }
    }
    places.sort_by_key(|(place, _)| (place.start, place.end));
    match places.windows(2).find(|pair| pair[1].0.start < pair[0].0.end) {
        Some([(_, first), (_, second)]) => Err(format!("its entries {first:?} and {second:?} overlap")),
        _ => Ok(entries),
    }
}

impl Entry {
    /// The unpacked bytes, checked against their checksum.
    pub fn read<'a>(&self, file: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        let packed = file.get(self.range.clone()).ok_or("is truncated")?;
        let bytes = if self.deflated {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(self.size).map_err(|e| e.to_string())?;
            let mut decoder = flate2::read::DeflateDecoder::new(packed).take(self.size as u64 + 1);
            decoder.read_to_end(&mut bytes).map_err(|e| format!("cannot be unpacked: {e}"))?;
            Cow::Owned(bytes)
        } else {
            Cow::Borrowed(packed)
        };
        if bytes.len() != self.size {
            return Err(format!("should have {} bytes once unpacked, but has {}", self.size, bytes.len()));
        }
        match crc32fast::hash(&bytes) == self.crc {
            true => Ok(bytes),
            false => Err("does not have the checksum that the archive gives for it: it is damaged".to_owned()),
        }
    }

    /// The first `most` unpacked bytes, unchecked.
    pub fn head(&self, file: &[u8], most: usize) -> Result<Vec<u8>, String> {
        let packed = file.get(self.range.clone()).ok_or("is truncated")?;
        if !self.deflated {
            return Ok(packed[..most.min(packed.len())].to_vec());
        }
        let mut bytes = Vec::new();
        let mut decoder = flate2::read::DeflateDecoder::new(packed).take(most.min(self.size) as u64);
        decoder.read_to_end(&mut bytes).map_err(|e| format!("cannot be unpacked: {e}"))?;
        Ok(bytes)
    }

    /// Whether its bytes stand in the archive as they are.
    pub fn is_stored(&self) -> bool {
        !self.deflated
    }

    /// Whether the archive gives a checksum. (PyTorch can be told not to compute any, and writes zero then.)
    pub fn has_checksum(&self) -> bool {
        self.crc != 0
    }
}

/// The number of entries, and where the table of contents lies.
fn directory(file: &[u8]) -> Result<(u64, Range<usize>), String> {
    // The last record is followed by a comment of at most 65535 bytes.
    let last = file.len().checked_sub(22).ok_or("it is truncated")?;
    let end = (last.saturating_sub(0xFFFF)..=last)
        .rev()
        .find(|at| file[*at..].starts_with(b"PK\x05\x06") && number(file, at + 20, 2) == Some((last - at) as u64))
        .ok_or("it is a zip archive without the table of contents at its end: it is truncated")?;
    let field = |at, bytes| number(file, at, bytes).ok_or("it is truncated");
    let mut fields = (field(end + 10, 2)?, field(end + 12, 4)?, field(end + 16, 4)?);
    if let Some(locator) = end.checked_sub(20).filter(|at| file[*at..].starts_with(b"PK\x06\x07")) {
        let at = usize::try_from(field(locator + 8, 8)?).ok().filter(|at| *at < locator);
        let at = at.filter(|at| file[*at..].starts_with(b"PK\x06\x06"));
        let at = at.ok_or("its table of contents is not where it should be: it is damaged")?;
        fields = (field(at + 32, 8)?, field(at + 40, 8)?, field(at + 48, 8)?);
    }
    let (count, size, start) = fields;
    let range = start.checked_add(size).filter(|stop| *stop <= end as u64).map(|stop| start as usize..stop as usize);
    let range = range.ok_or("its table of contents lies outside of the file: it is damaged")?;
    if count > (range.len() / 46) as u64 {
        return Err(format!("it announces {count} entries, for which its table of contents is too short"));
    }
    Ok((count, range))
}

/// Name, place of the header, entry, and the length of what stands about it in the table of contents.
fn entry(file: &[u8], at: usize, directory: Range<usize>) -> Result<(String, usize, Entry, usize), String> {
    let record = file.get(at..directory.end).filter(|record| record.starts_with(b"PK\x01\x02"));
    let record = record.ok_or("its table of contents is damaged")?;
    let field = |at, bytes| number(record, at, bytes).ok_or("its table of contents is truncated");
    let (flags, method, crc) = (field(8, 2)?, field(10, 2)?, field(16, 4)? as u32);
    let (mut packed, mut size, mut header) = (field(20, 4)?, field(24, 4)?, field(42, 4)?);
    let [name, extra, comment] = [field(28, 2)? as usize, field(30, 2)? as usize, field(32, 2)? as usize];
    let length = 46 + name + extra + comment;
    let tail = record.get(46..length).ok_or("its table of contents is truncated")?;
    let (name, mut extra) = (String::from_utf8_lossy(&tail[..name]).into_owned(), &tail[name..name + extra]);
    let refuse = |what: &str| Err(format!("its entry {name:?} {what}"));
    while let (Some(kind), Some(bytes)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let Some(content) = extra.get(4..4 + bytes as usize) else { return refuse("has a damaged extra field") };
        if kind == 1 {
            let large = [&mut size, &mut packed, &mut header].into_iter().filter(|value| **value == ELSEWHERE);
            for (i, value) in large.enumerate() {
                let Some(found) = number(content, 8 * i, 8) else { return refuse("has a damaged extra field") };
                *value = found;
            }
        }
        extra = &extra[4 + bytes as usize..];
    }
    if flags & 1 != 0 {
        return refuse("is encrypted");
    }
    if !matches!(method, 0 | 8) {
        return refuse(&format!("is compressed by method {method}; only stored and deflated entries are read"));
    }
    // The header before the data repeats what is known, but says itself how long it is.
    let start = usize::try_from(header).ok().filter(|start| *start < directory.start);
    let local = start.and_then(|start| file.get(start..directory.start)).filter(|l| l.starts_with(b"PK\x03\x04"));
    let (Some(start), Some(local)) = (start, local) else { return refuse("is not where it should be") };
    let skip = number(local, 26, 2).zip(number(local, 28, 2)).map(|(name, extra)| 30 + (name + extra) as usize);
    let data = skip.and_then(|skip| local.get(skip..)).map_or(0, <[u8]>::len);
    let (Ok(packed), Ok(size)) = (usize::try_from(packed), usize::try_from(size)) else {
        return refuse("is larger than a computer can hold");
    };
    if packed > data {
        return refuse(&format!("should take {packed} bytes, but only {data} follow"));
    }
    let range = directory.start - data..directory.start - data + packed;
    let deflated = method == 8;
    if !deflated && size != packed {
        return refuse(&format!("is stored in {packed} bytes, but should have {size}"));
    }
    if deflated && size > packed.saturating_mul(MOST) {
        return refuse(&format!("should have {size} bytes once unpacked, which {packed} bytes cannot hold"));
    }
    Ok((name, start, Entry { range, size, crc, deflated }, length))
}

/// The little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, count: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(count)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
