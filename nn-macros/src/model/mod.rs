//! A network with every name resolved and every shape known: what the passes and the expansion work on.

mod shape;
mod sizes;

pub use shape::Shape;
pub use sizes::Size;

use crate::report::Place;
use crate::syntax::{Limit, Weights};
use proc_macro2::TokenStream;
use quote::quote;
use std::rc::Rc;
use syn::{Attribute, Ident, Visibility};

/// One network, or the body of a residual line.
pub struct Model {
    /// Docs, derives and what else is passed through.
    pub attrs: Vec<Attribute>,
    /// The limits it promises to keep.
    pub budget: Vec<Limit>,
    /// The file with its pretrained weights.
    pub weights: Option<Pretrained>,
    /// The visibility of the struct.
    pub vis: Visibility,
    /// The name of the struct.
    pub name: Ident,
    /// How messages call it: ``network `Digits` ``.
    pub title: String,
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// Whether it takes one image and gives one: then its code is in the order that its lines want (`passes/order.rs`), and outside it is a
    /// layer in the order of its shapes.
    pub image: bool,
    /// For each output the value that it is; `None` after a mistake.
    pub results: Vec<Option<ValueId>>,
    /// The lines, in order.
    pub nodes: Vec<Node>,
    /// The bodies of its `Residual` and `Sequential` lines.
    pub bodies: Vec<Model>,
    /// The names of types that are made for lines.
    pub made: Vec<Ident>,
    /// Constants that are computed from const items, each named once.
    pub sizes: Vec<Size>,
    /// The type that these are constants of: one for a network and its bodies.
    pub sizes_type: Ident,
    /// Types whose kind only the compiler knows, each as an alias that is checked.
    pub types: Vec<TokenStream>,
    /// What can be checked only when the program compiles.
    pub checks: Vec<TokenStream>,
    /// The lines that are networks which fewer can see than this one, with their names.
    pub hidden: Vec<(Ident, Ident)>,
    /// A type that has a mistake, if one stands in a line: what is made of it is left out.
    pub poison: Option<TokenStream>,
}

/// A file with weights, read while the program compiles.
pub struct Pretrained {
    /// What was written.
    pub weights: Weights,
    /// Where the file is.
    pub path: String,
    /// Names, changed by the rules, and shapes of the tensors.
    pub tensors: Vec<(String, Vec<usize>)>,
}

/// An input or an output.
pub struct Port {
    /// The name, where there are several.
    pub name: Option<Ident>,
    /// The shape as declared.
    pub declared: Shape,
    /// The shape that lines see: the same, but for the order of an image.
    pub shape: Shape,
}

impl Port {
    /// An input or output as declared.
    pub fn new(name: Option<Ident>, shape: Shape) -> Self {
        Self { name, declared: shape.clone(), shape }
    }
}

/// Something that a line can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueId {
    /// Input number so-and-so of the network.
    Input(usize),
    /// What a line gives.
    Node(usize),
}

/// One line.
pub struct Node {
    /// The name of the field.
    pub name: Ident,
    /// The name of the line that it belongs to: an activation behind `+` may need a node of its own.
    pub line: Ident,
    /// The name in files and tables: the line's own unless `#[name = "…"]` says otherwise.
    pub file_name: String,
    /// For an array whose elements are not counted from 0 in files: the number of the first, and how many there are if that is known.
    pub file_elements: Option<(usize, usize)>,
    /// Its docs.
    pub docs: Vec<Attribute>,
    /// The kind, for messages and tables.
    pub kind: String,
    /// What it takes.
    pub sources: Vec<ValueId>,
    /// The shapes it takes them in.
    pub takes: Vec<Shape>,
    /// What it gives.
    pub gives: Shape,
    /// What it does.
    pub op: Op,
}

impl Node {
    /// The names that files have for the line, or for each element of an array.
    pub fn names_in_files(&self) -> Vec<String> {
        match self.file_elements {
            None => vec![self.file_name.clone()],
            Some((first, count)) => (first..first + count).map(|i| format!("{}.{i}", self.file_name)).collect(),
        }
    }
}

/// What a line does.
#[derive(Clone)]
pub enum Op {
    /// A layer that is a field of the struct.
    Layer {
        /// Its type.
        ty: TokenStream,
        /// The expression that makes one.
        new: TokenStream,
        /// Its place in the mirror of the network.
        mirror: Mirror,
        /// Whether what it gives is written differently from the shape of the line, and only known to be the same.
        recast: bool,
        /// What it makes of images whose channels lie together.
        order: Order,
    },
    /// The same numbers under another shape: no code and no memory.
    View,
    /// The layer of another line, with the same weights.
    Same {
        /// The other line.
        of: usize,
    },
    /// Nothing can be said of it after a mistake.
    Broken,
}

/// In which order a layer takes and gives the elements of images (`passes/order.rs`). Those that have a choice can be made again for other
/// types of samples.
#[derive(Clone)]
pub enum Order {
    /// As the shape says: channels, height, width.
    Fixed,
    /// Any, and what it gives lies as what it takes: layers that treat all elements alike.
    Same(Remake),
    /// Any on both sides: layers over images.
    Any(Remake),
    /// Either, the same for all images that it takes and the one that it gives.
    Joined(RemakeJoined),
    /// It takes a flattened image in any order, and gives values in the order of their shape.
    Takes(Remake),
}

/// The type of a layer from that of what it takes and that of what it gives.
pub type Remake = Rc<dyn Fn(&TokenStream, &TokenStream) -> TokenStream>;

/// The same for a layer that takes several values.
pub type RemakeJoined = Rc<dyn Fn(&[TokenStream], &TokenStream) -> TokenStream>;

/// What the mirror `PerLayer<T>` of a network holds for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirror {
    /// Nothing: the layer learns nothing.
    Nothing,
    /// A `T`: a built-in layer with parameters.
    Value,
    /// The same, of a layer with a low-rank adapter.
    Adapted,
    /// The mirror of the layer itself: a network or a user's type.
    Own,
    /// Nothing: the layer has parameters that never learn.
    Frozen,
}

impl Model {
    /// What a value is called in messages.
    pub fn value_name(&self, value: ValueId) -> String {
        match value {
            ValueId::Input(i) => self.inputs[i].name.as_ref().map_or_else(|| "input".to_owned(), ToString::to_string),
            ValueId::Node(i) => self.nodes[i].line.to_string(),
        }
    }

    /// The shape of a value.
    pub fn shape(&self, value: ValueId) -> &Shape {
        match value {
            ValueId::Input(i) => &self.inputs[i].shape,
            ValueId::Node(i) => &self.nodes[i].gives,
        }
    }

    /// The value that holds the numbers of `value`: views are followed to what they view.
    pub fn root(&self, value: ValueId) -> ValueId {
        match value {
            ValueId::Node(i) if matches!(self.nodes[i].op, Op::View) => self.root(self.nodes[i].sources[0]),
            other => other,
        }
    }

    /// The output that a value (or a view of it) is, if any.
    pub fn output_of(&self, value: ValueId) -> Option<usize> {
        self.results.iter().position(|result| result.is_some_and(|result| self.root(result) == self.root(value)))
    }

    /// Leaves a check for the compiler: a call of a function of the library's `expand` module that panics if it fails.
    pub fn check(&mut self, place: &(impl Place + ?Sized), function: &str, arguments: TokenStream) {
        let call = place.range().call(function, arguments);
        self.checks.push(quote!(const _: () = #call;));
    }
}
