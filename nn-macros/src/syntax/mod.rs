//! What a user writes, as it is written: no name is looked up and no size is computed here.

mod args;
mod budget;
mod layer;
mod line;
mod network;
mod shape;
mod weights;

pub use args::{Arg, Args, Sides, Value};
pub use budget::{Limit, Quantity};
pub use layer::{Body, Call, LayerExpr};
pub use line::Line;
pub use network::{Item, Network, Networks, Ports};
pub use shape::{Dim, Element, ShapeExpr, is_literal, tidy};
pub use weights::Weights;
