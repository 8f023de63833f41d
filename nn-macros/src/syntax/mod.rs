//! What a user writes, as it is written: no name is looked up and no size is computed here.

mod args;
mod line;
mod network;
mod shape;

pub use args::{Arg, Args, Value};
pub use line::{Call, LayerExpr, Line};
pub use network::{Limit, Network, Networks, Ports, Quantity};
pub use shape::{Dim, Element, ShapeExpr};
