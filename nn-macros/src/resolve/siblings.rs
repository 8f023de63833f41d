//! The networks of one call, which may stand in each other: their shapes are known before any of them is resolved.

use crate::report::Report;
use crate::syntax::{Item, LayerExpr, Line, Network, Ports, ShapeExpr};
use syn::{Ident, Path, Visibility};

/// What is known of each network of the call.
#[derive(Default)]
pub struct Siblings {
    list: Vec<(Ident, Sibling)>,
    /// The networks that stand in each.
    inside: Vec<Vec<Ident>>,
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
        /// Who can see it.
        vis: Visibility,
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
                let mut inside = Vec::new();
                if let Item::Network(network) = item {
                    networks(&network.lines, &mut inside);
                }
                siblings.inside.push(inside);
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

    /// Whether `inner`, which stands in `outer`, contains `outer` in turn. Of the networks that contain each other only the first
    /// is told.
    pub fn contain_each_other(&self, outer: &Ident, inner: &Path) -> bool {
        let index = |name: &Ident| self.list.iter().position(|(known, _)| known == name);
        let (Some(outer), Some(inner)) = (index(outer), inner.get_ident().and_then(index)) else { return false };
        let first = (0..self.list.len()).find(|&other| self.reaches(outer, other) && self.reaches(other, outer));
        self.reaches(inner, outer) && first == Some(outer)
    }

    /// Whether a network contains another, directly or not.
    fn reaches(&self, from: usize, to: usize) -> bool {
        let mut known = vec![false; self.list.len()];
        let mut next = vec![from];
        while let Some(network) = next.pop() {
            for name in &self.inside[network] {
                let inner = self.list.iter().position(|(known, _)| known == name);
                next.extend(inner.filter(|&inner| !std::mem::replace(&mut known[inner], true)));
            }
        }
        known[to]
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.list.iter().map(|(name, _)| name.to_string())
    }
}

/// The names in lines that may be those of networks.
fn networks(lines: &[Line], names: &mut Vec<Ident>) {
    for line in lines {
        match &line.layer {
            LayerExpr::Call(call) => names.push(call.kind.clone()),
            LayerExpr::Network(path) | LayerExpr::Array { network: path, .. } => {
                names.extend(path.get_ident().cloned())
            }
            LayerExpr::Body(body) => networks(&body.lines, names),
            _ => {}
        }
    }
}

/// Whether fewer can see what has `inner` than what has `outer`, as far as the words tell: who sees `pub(crate)` depends on the place.
pub fn is_more_private(inner: &Visibility, outer: &Visibility) -> bool {
    matches!(outer, Visibility::Public(_)) && !matches!(inner, Visibility::Public(_))
}

impl Sibling {
    fn of(network: &Network) -> Self {
        let one = |ports: &Ports| match ports {
            Ports::One(shape) => Some(shape.clone()),
            Ports::Named(_) => None,
        };
        Self::Known { takes: one(&network.input), gives: one(&network.output), vis: network.vis.clone() }
    }
}
