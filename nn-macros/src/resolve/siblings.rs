//! The networks of one call, which may stand in each other: their shapes are known before any of them is resolved.

use crate::report::Report;
use crate::syntax::{Item, Network, Ports, ShapeExpr};
use syn::{Ident, Path};

/// What is known of each network of the call.
#[derive(Default)]
pub struct Siblings {
    list: Vec<(Ident, Sibling)>,
}

/// What is known of a network by its head.
#[derive(Clone)]
pub enum Sibling {
    /// The shapes.
    Known {
        /// What it takes, unless it takes several values.
        takes: Option<ShapeExpr>,
        /// What it gives, unless it gives several values.
        gives: Option<ShapeExpr>,
    },
    /// Only the name: the head has a mistake, which has been reported.
    Headless,
}

impl Siblings {
    /// Reads the heads. A second network of the same name is reported and removed.
    pub fn new(items: &mut Vec<Item>, report: &mut Report) -> Self {
        let mut siblings = Self::default();
        items.retain(|item| {
            let (name, sibling) = match item {
                Item::Network(network) => (&network.name, Sibling::of(network)),
                Item::Headless { name, .. } => (name, Sibling::Headless),
            };
            let repeated = siblings.list.iter().any(|(known, _)| known == name);
            if repeated {
                report.error_help(name, format!("two networks are called `{name}`"), "choose another name");
            } else {
                siblings.list.push((name.clone(), sibling));
            }
            !repeated
        });
        siblings
    }

    /// The network of this call that a path names.
    pub fn find(&self, path: &Path) -> Option<&Sibling> {
        let name = path.get_ident()?;
        self.list.iter().find(|(known, _)| known == name).map(|(_, sibling)| sibling)
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.list.iter().map(|(name, _)| name.to_string())
    }
}

impl Sibling {
    fn of(network: &Network) -> Self {
        let one = |ports: &Ports| match ports {
            Ports::One(shape) => Some(shape.clone()),
            Ports::Named(_) => None,
        };
        Self::Known { takes: one(&network.input), gives: one(&network.output) }
    }
}
