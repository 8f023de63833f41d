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

/// The path without regard to width.
struct Plain<'a>(&'a Path<'a>);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.0.parent.filter(|parent| !parent.is_root()) {
            write!(f, "{}.", Plain(parent))?;
        }
        match self.0.segment {
            Segment::Root => Ok(()),
            Segment::Name(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{index}"),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only a width needs the whole text at once.
        match f.width() {
            Some(_) => f.pad(&Plain(self).to_string()),
            None => Plain(self).fmt(f),
        }
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}
