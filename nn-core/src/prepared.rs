//! Networks that will not change any more.

use crate::{Layer, Ref, Workspace};
use core::fmt;
use nn_kernels::Team;
use std::sync::Arc;

/// A network for inference: immutable, with its weights copied into the order that is fastest to read, and with a workspace of its own.
///
/// [`Network::prepare`](crate::Network::prepare) makes one. [`Prepared::predict`] allocates nothing for batches up to the capacity; larger
/// ones are computed in parts. Each thread of a service has its own `Prepared`; [`Prepared::share`] makes further ones that use
/// the same weights.
///
/// ```
/// use nn_core::{Layer, Network};
/// # use nn_core::{Context, Saved, Scores, parameters};
/// # pub struct Square;
/// # parameters! { impl[] Square }
/// # impl Layer for Square {
/// #     type In = [f32; 2];
/// #     type Out = [f32; 2];
/// #     type Gives = Scores;
/// #     const KIND: &'static str = "Square";
/// #     const FLOPS: u64 = 2;
/// #     fn forward(&self, x: &[[f32; 2]], y: &mut [[f32; 2]], _: Context<'_>) {
/// #         x.as_flattened().iter().zip(y.as_flattened_mut()).for_each(|(x, y)| *y = x * x);
/// #     }
/// #     fn backward(
/// #         &self, _: Saved<'_, Self>, _: &mut [[f32; 2]], _: &mut (), _: (), _: Option<&mut [[f32; 2]]>, _: Context<'_>,
/// #     ) {
/// #     }
/// # }
/// let mut first = Square.prepare(1); // y = x²
/// let mut second = first.share();
/// let other = std::thread::spawn(move || second.predict(&[[2.0, 4.0]]).to_vec());
/// assert_eq!(first.predict(&[[1.0, 3.0]]), &[[1.0, 9.0]]);
/// assert_eq!(other.join().unwrap(), [[4.0, 16.0]]);
/// ```
pub struct Prepared<N: Layer> {
    net: Arc<N>,
    workspace: Workspace<N>,
    capacity: usize,
}

/// Below this much work in a batch, in FLOPs, a second thread cannot help: some 10 µs on one core.
const WORTH_THREADS: u64 = 2_000_000;

/// As many threads as `samples` samples of the network are worth: one, or all cores.
pub(crate) fn team_for<N: Layer>(samples: usize) -> Arc<Team> {
    let serial = N::FLOPS.saturating_mul(samples as u64) < WORTH_THREADS;
    Arc::new(Team::new(usize::from(serial)))
}

impl<N: Layer> Prepared<N> {
    pub(crate) fn new(mut net: N, capacity: usize, team: Arc<Team>) -> Self {
        net.prepare();
        Self { net: Arc::new(net), workspace: Workspace::for_evaluation(capacity, team), capacity }
    }

    /// The same on a team of threads that others may share. Without it, networks that are large for the capacity use all cores.
    #[must_use]
    pub fn with_team(mut self, team: Arc<Team>) -> Self {
        self.workspace = Workspace::for_evaluation(self.capacity, team);
        self
    }

    /// The same weights with buffers of their own, for another thread.
    #[must_use]
    pub fn share(&self) -> Self {
        let workspace = Workspace::for_evaluation(self.capacity, team_for::<N>(self.capacity));
        Self { net: self.net.clone(), workspace, capacity: self.capacity }
    }

    /// The output in evaluation. It stays until the next call.
    pub fn predict<'a>(&'a mut self, x: Ref<'_, N::In>) -> Ref<'a, N::Out> {
        self.workspace.forward(&self.net, x)
    }

    /// The network.
    pub fn network(&self) -> &N {
        &self.net
    }

    /// The number of samples that are computed at once.
    pub fn capacity(&self) -> usize {
        self.capacity
    }
}

impl<N: Layer> fmt::Debug for Prepared<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({} for {} samples)", N::KIND, self.capacity)
    }
}
