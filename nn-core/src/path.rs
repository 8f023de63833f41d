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
    /// The number of the first element below.
    first: usize,
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl Path<'static> {
    /// The network itself: an empty path.
    pub const ROOT: Self = Path { parent: None, segment: Segment::Root, first: 0 };
}

impl<'a> Path<'a> {
    /// What is called `name` below this. Names may have dots of their own; what has an empty name adds nothing to the path.
    pub fn join<'b>(&'b self, name: &'b str) -> Path<'b>
    where
        'a: 'b,
    {
        Path { parent: Some(self), segment: Segment::Name(name), first: 0 }
    }

    /// Element `index` below this.
    pub fn at(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), segment: Segment::Index(self.first + index), first: 0 }
    }

    /// The same path with the elements below it counted from `first`: an array of layers that is the rest of a longer one in files.
    ///
    /// ```
    /// use nn_core::Path;
    /// let rest = Path::ROOT.join("blocks").counting_from(4);
    /// assert_eq!(rest.at(0).to_string(), "blocks.4");
    /// ```
    #[must_use]
    pub fn counting_from(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// Whether this is the network itself, or a part of it that has no name of its own.
    pub fn is_root(&self) -> bool {
        match self.segment {
            Segment::Root => true,
            Segment::Name("") => self.parent.is_none_or(Path::is_root),
            _ => false,
        }
    }

    /// The last name, if the last part is one.
    pub(crate) fn name(&self) -> Option<&'a str> {
        match self.segment {
            Segment::Name(name) => Some(name),
            Segment::Root | Segment::Index(_) => None,
        }
    }

    fn is_nameless(&self) -> bool {
        matches!(self.segment, Segment::Name(""))
    }
}

/// The path without regard to width.
struct Plain<'a>(&'a Path<'a>);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nameless() {
            return self.0.parent.map_or(Ok(()), |parent| Plain(parent).fmt(f));
        }
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

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn empty_names_are_not_seen() {
        let (root, none) = (Path::ROOT, Path::ROOT.join(""));
        assert_eq!(
            [&root, &none, &none.join("")].map(|path| (path.to_string(), path.is_root())),
            [(String::new(), true), (String::new(), true), (String::new(), true)]
        );
        assert_eq!(none.join("fc").join("").join("weight").to_string(), "fc.weight");
        assert_eq!(none.counting_from(2).at(1).to_string(), "3");
        assert!(!root.join("fc").join("").is_root());
    }
}
