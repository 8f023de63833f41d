//! What can be done with any network, or any single layer.

use crate::prepared::team_for;
use crate::{Layer, Prepared, Ref, Summary, Value, Workspace};

/// Samples that [`Network::predict`] computes at once: enough to be fast, few enough to stay in the cache.
const AT_ONCE: usize = 128;

/// Methods that every [`Layer`] has: a network declared with `network!`, a built-in layer, one of your own.
pub trait Network: Layer + Sized {
    /// The output for a batch in evaluation, in memory of its own.
    ///
    /// Makes buffers and, for large work, starts threads each time. Whoever predicts often has a [`Workspace`] or a
    /// [`Prepared`] network.
    fn predict(&self, x: Ref<'_, Self::In>) -> <Self::Out as Value>::Owned {
        let n = Self::In::count(x);
        let mut y = Self::Out::zeroed(n);
        Workspace::without_output(n.min(AT_ONCE), team_for::<Self>(n)).forward_into(
            self,
            x,
            Self::Out::borrow_mut(&mut y),
        );
        y
    }

    /// This network made ready for inference with batches of `capacity` samples: see [`Prepared`].
    fn prepare(self, capacity: usize) -> Prepared<Self> {
        Prepared::new(self, capacity, team_for::<Self>(capacity))
    }

    /// A table of the layers with shapes, parameters and FLOPs, to be printed.
    fn summary(&self) -> Summary {
        crate::summary(self)
    }
}

impl<N: Layer> Network for N {}
