//! Where something stands in a network: `blocks.3.norm.weight`.

use core::fmt;

/// A name below other names, without allocation. Displays joined by dots, as saved files have it.
///
/// ```
/// use nn_core::Path;
/// let root = Path::ROOT;
/// let block = root.join("blocks");
/// let third = block.at(3);
/// assert_eq!(third.join("weight").to_string(), "blocks.3.weight");
/// ```
#[derive(Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl Path<'static> {
    /// The network itself: an empty path.
    pub const ROOT: Self = Path { parent: None, segment: Segment::Root };
}

impl<'a> Path<'a> {
    /// What is called `name` below this. Names may have dots of their own.
    pub fn join<'b>(&'b self, name: &'b str) -> Path<'b>
    where
        'a: 'b,
    {
        Path { parent: Some(self), segment: Segment::Name(name) }
    }

    /// Element `index` below this.
    pub fn at(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), segment: Segment::Index(index) }
    }

    /// Whether this is the network itself.
    pub fn is_root(&self) -> bool {
        matches!(self.segment, Segment::Root)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.width().is_some() {
            return f.pad(&self.to_string());
        }
        if let Some(parent) = self.parent.filter(|parent| !parent.is_root()) {
            write!(f, "{parent}.")?;
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Name(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{index}"),
        }
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}
