//! Going through a dataset batch by batch.

use super::drawn::{Drawn, Order};
use super::prefetch::Prefetch;
use super::{Dataset, Pass};
use crate::random::Random;
use crate::{Error, Ref, Result, Team, Value};
use std::sync::Arc;
use std::thread::Scope;

/// Elements of a batch from which two threads load it: copying so many from memory takes some 10 µs.
const LOADED_TOGETHER: usize = 8 << 10;

/// A batch on its way from a dataset to training.
pub struct Minibatch<'a, X: Value, Y: Value> {
    /// The samples.
    pub x: Ref<'a, X>,
    /// Their targets.
    pub y: Ref<'a, Y>,
    /// How much each sample counts, if the dataset has weights.
    pub weights: Option<&'a [f32]>,
    /// Where the samples are in the dataset.
    pub indices: &'a [usize],
}

/// Loads a dataset batch by batch into buffers that are reused: after the first batch nothing is allocated.
///
/// [`start`](Self::start) begins a pass, [`next_batch`](Self::next_batch) gives its batches. The last one is shorter
/// where the batch size does not divide the number of samples.
///
/// ```
/// use nn_core::data::{Batches, Pass, Samples};
/// let data = Samples::new([[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 1, 2, 3, 4])?;
/// let mut batches = Batches::new(&data, 2)?;
/// for epoch in 0..3 {
///     batches.start(Pass::training(42, epoch));
///     let mut sizes = Vec::new();
///     while let Some(batch) = batches.next_batch()? {
///         assert_eq!(batch.x[0][0] as u32, batch.y[0]);
///         sizes.push(batch.x.len());
///     }
///     assert_eq!(sizes, [2, 2, 1]);
/// }
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Batches<'a, X: Value, Y: Value> {
    data: &'a dyn Dataset<X, Y>,
    /// As asked for, however few samples there are.
    batch_size: usize,
    drop_last: bool,
    order: Order,
    epoch: Option<u64>,
    /// How far `order` has been handed to loading.
    requested: usize,
    current: Slot<X, Y>,
    prefetch: Option<Prefetch<X, Y>>,
    team: Option<Arc<Team>>,
}

impl<'a, X: Value, Y: Value> Batches<'a, X, Y> {
    /// Batches of `batch_size` samples of `data`, loaded when asked for.
    ///
    /// # Errors
    /// [`Error::Argument`] if the batch size is 0 or the dataset is empty.
    pub fn new(data: &'a dyn Dataset<X, Y>, batch_size: usize) -> Result<Self> {
        if batch_size == 0 {
            return Err(Error::argument("batch_size", "0 samples in a batch; there must be at least 1"));
        }
        if data.is_empty() {
            return Err(Error::argument("dataset", format!("there are no samples ({})", data.describe())));
        }
        let order = Order::with_capacity(data.len());
        let current = Slot::new(batch_size.min(data.len()));
        Ok(Self {
            data,
            batch_size,
            drop_last: false,
            order,
            epoch: None,
            requested: 0,
            current,
            prefetch: None,
            team: None,
        })
    }

    /// Loads each half of a large batch on a thread of its own, where there is no thread that [prefetches](Self::prefetch). The batches are the same.
    ///
    /// ```
    /// use nn_core::Team;
    /// use nn_core::data::{Batches, Pass, Samples};
    /// let data = Samples::new(vec![[0.5; 784]; 64], vec![0; 64])?;
    /// let mut batches = Batches::new(&data, 32)?.with_team(Team::new(2).into());
    /// batches.start(Pass::training(42, 0));
    /// assert_eq!(batches.next_batch()?.map(|batch| batch.x.len()), Some(32));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_team(mut self, team: Arc<Team>) -> Self {
        self.team = Some(team);
        self
    }

    /// Leaves out a shorter batch at the end of a pass, unless it is the only one.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// Loads up to `ahead` batches in advance on a thread of `scope`, for sources that are slow. The batches are the same.
    ///
    /// Errors and panics of the source come back from [`next_batch`](Self::next_batch) at the batch that they concern.
    /// Dropping the batches ends the thread after the batch that it is loading.
    ///
    /// # Errors
    /// [`Error::Argument`] if `ahead` is 0, [`Error::Data`] if the system gives no thread.
    ///
    /// ```
    /// use nn_core::data::{Batches, Pass, Samples};
    /// let data = Samples::new([[0.0], [1.0], [2.0]], [0, 1, 2])?;
    /// let seen = std::thread::scope(|scope| {
    ///     let mut batches = Batches::new(&data, 1)?.prefetch(scope, 2)?;
    ///     batches.start(Pass::evaluation());
    ///     let mut seen = Vec::new();
    ///     while let Some(batch) = batches.next_batch()? {
    ///         seen.push(batch.y[0]);
    ///     }
    ///     Ok::<_, nn_core::Error>(seen)
    /// })?;
    /// assert_eq!(seen, [0, 1, 2]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn prefetch<'scope>(mut self, scope: &'scope Scope<'scope, '_>, ahead: usize) -> Result<Self>
    where
        'a: 'scope,
    {
        if ahead == 0 {
            let problem = "0 batches ahead; there must be at least 1 (leave `prefetch` out to load without a thread)";
            return Err(Error::argument("prefetch", problem));
        }
        let slots = (0..ahead).map(|_| Slot::new(self.batch_size()));
        self.prefetch = Some(Prefetch::start(scope, self.data, slots)?);
        Ok(self)
    }

    /// Begins a pass. What is left of the pass before is forgotten.
    pub fn start(&mut self, pass: Pass) {
        self.start_pass(pass, false);
    }

    /// Begins a pass in an order of your own: any indices, also repeated ones. The order of `pass` is not used. [Mixup](super::Mixup) blends with any
    /// samples of the dataset; a [subset](Dataset::subset) keeps it to some.
    pub fn start_with(&mut self, order: &[usize], pass: Pass) {
        self.order.indices.clear();
        self.order.indices.extend_from_slice(order);
        self.place(pass);
        self.load_ahead();
    }

    /// Begins a pass over every sample once, in their order, the last ones too: to compute what is kept of each.
    pub(crate) fn start_whole(&mut self) {
        self.order.indices.clear();
        self.order.indices.extend(0..self.data.len());
        self.order.count(None);
        (self.epoch, self.requested) = (None, 0);
        self.load_ahead();
    }

    /// [`start`](Self::start), or the same for a pass whose samples are not loaded.
    pub(crate) fn start_pass(&mut self, pass: Pass, kept: bool) {
        self.data.write_order(&pass, &mut self.order.indices);
        self.place(pass);
        if !kept {
            self.load_ahead();
        }
    }

    fn place(&mut self, pass: Pass) {
        let order = &mut self.order.indices;
        if self.drop_last && order.len() > self.batch_size {
            order.truncate(order.len() / self.batch_size * self.batch_size);
        }
        self.epoch = pass.epoch();
        self.requested = pass.skipped().saturating_mul(self.batch_size).min(order.len());
        // Evaluation, and samples that nothing changes, are the same however often they come.
        let counted = self.epoch.is_some() && self.data.is_augmented();
        self.order.count(counted.then(|| self.data.len()));
    }

    fn load_ahead(&mut self) {
        let Self { order, batch_size, epoch, requested, prefetch, .. } = self;
        if let Some(prefetch) = prefetch {
            prefetch.restart(|slot| request(slot, order, *batch_size, *epoch, requested));
        }
    }

    /// The next batch of the pass; `None` at its end and before the first [`start`](Self::start).
    ///
    /// # Errors
    /// What the dataset says; [`Error::Data`] if it panics on the prefetching thread.
    pub fn next_batch(&mut self) -> Result<Option<Minibatch<'_, X, Y>>> {
        let Self { data, order, batch_size, epoch, requested, current, prefetch, team, .. } = self;
        match prefetch {
            None => {
                if !request(current, order, *batch_size, *epoch, requested) {
                    return Ok(None);
                }
                current.load(*data, team.as_deref())?;
            }
            Some(prefetch) => {
                if !prefetch.next(current, |slot| request(slot, order, *batch_size, *epoch, requested))? {
                    return Ok(None);
                }
            }
        }
        Ok(Some(self.current.view()))
    }

    /// [`next_batch`](Self::next_batch), or, of a pass whose samples are not loaded, one with targets from those of the whole dataset. The
    /// samples are then whatever was loaded before.
    pub(crate) fn next_of(&mut self, targets: Option<Ref<'_, Y>>) -> Result<Option<Minibatch<'_, X, Y>>> {
        let Some(targets) = targets else { return self.next_batch() };
        let Self { data, order, batch_size, epoch, requested, current, .. } = self;
        if !request(current, order, *batch_size, *epoch, requested) {
            return Ok(None);
        }
        super::samples::check_indices("Dataset::write_order", &current.indices, data.len())?;
        current.make_room();
        let y = Y::part_mut(Y::borrow_mut(&mut current.y), 0..current.indices.len());
        Y::gather(targets, &current.indices, y);
        current.weigh(*data)?;
        Ok(Some(self.current.view()))
    }

    /// The indices of the samples of a batch of the current pass.
    pub(crate) fn indices(&self, batch: usize) -> &[usize] {
        self.order.indices.chunks(self.batch_size).nth(batch).unwrap_or(&[])
    }

    /// The dataset.
    pub(crate) fn data(&self) -> &'a dyn Dataset<X, Y> {
        self.data
    }

    /// The number of samples in all batches but perhaps the last. [An order of your own](Self::start_with) may have more samples than the dataset, and
    /// batches as large as they were asked for.
    pub fn batch_size(&self) -> usize {
        self.batch_size.min(self.data.len())
    }

    /// The number of batches in a whole pass over the dataset.
    pub fn batches_per_pass(&self) -> usize {
        if self.drop_last {
            (self.data.len() / self.batch_size).max(1)
        } else {
            self.data.len().div_ceil(self.batch_size)
        }
    }
}

/// Writes the next indices of `order` into a slot; false at the end.
fn request<X: Value, Y: Value>(
    slot: &mut Slot<X, Y>,
    order: &Order,
    batch_size: usize,
    epoch: Option<u64>,
    requested: &mut usize,
) -> bool {
    let end = order.indices.len().min(requested.saturating_add(batch_size));
    let (indices, repeats) = order.part(*requested..end);
    slot.indices.clear();
    slot.indices.extend_from_slice(indices);
    slot.repeats.clear();
    slot.repeats.extend_from_slice(repeats);
    slot.epoch = epoch;
    *requested = end;
    !slot.indices.is_empty()
}

/// The buffers of one batch.
pub(super) struct Slot<X: Value, Y: Value> {
    x: X::Owned,
    y: Y::Owned,
    weights: Vec<f32>,
    weighted: bool,
    indices: Vec<usize>,
    /// As in [`Drawn`].
    repeats: Vec<u32>,
    epoch: Option<u64>,
}

impl<X: Value, Y: Value> Slot<X, Y> {
    fn new(capacity: usize) -> Self {
        Self {
            x: X::zeroed(capacity),
            y: Y::zeroed(capacity),
            weights: Vec::with_capacity(capacity),
            weighted: false,
            indices: Vec::with_capacity(capacity),
            repeats: Vec::with_capacity(capacity),
            epoch: None,
        }
    }

    /// An order may be longer than the data, and a batch of it than the buffers are.
    fn make_room(&mut self) {
        let count = self.indices.len();
        if X::count(X::borrow(&self.x)) < count {
            (self.x, self.y) = (X::zeroed(count), Y::zeroed(count));
        }
    }

    /// Loads the samples at `self.indices`, on two threads of a team if that pays.
    pub(super) fn load(&mut self, data: &dyn Dataset<X, Y>, team: Option<&Team>) -> Result<()> {
        let count = self.indices.len();
        self.make_room();
        let x = X::part_mut(X::borrow_mut(&mut self.x), 0..count);
        let y = Y::part_mut(Y::borrow_mut(&mut self.y), 0..count);
        let epoch = self.epoch;
        let draw = |random: &mut Random| data.draw_index(random);
        let fill = |indices: &[usize], repeats: &[u32], x, y| match epoch {
            Some(epoch) => data.fill_drawn(&Drawn { epoch, indices, repeats, draw: &draw }, x, y),
            None => data.fill(indices, x, y),
        };
        match team.filter(|_| count > 1 && count * X::LEN >= LOADED_TOGETHER) {
            None => fill(&self.indices, &self.repeats, x, y)?,
            Some(team) => {
                let (first, second) = self.indices.split_at(count / 2);
                let (x1, x2) = X::split_mut(x, first.len());
                let (y1, y2) = Y::split_mut(y, first.len());
                let (repeats1, repeats2) = self.repeats.split_at(self.repeats.len() / 2);
                let (one, two) = team.join(|| fill(first, repeats1, x1, y1), || fill(second, repeats2, x2, y2));
                one.and(two)?;
            }
        }
        self.weigh(data)
    }

    /// Takes what the samples count.
    fn weigh(&mut self, data: &dyn Dataset<X, Y>) -> Result<()> {
        self.weights.clear();
        self.weighted = false;
        if let Some(weights) = data.weights() {
            super::samples::check_indices("Dataset::weights", &self.indices, weights.len())?;
            self.weights.extend(self.indices.iter().map(|&index| weights[index]));
            self.weighted = true;
        }
        Ok(())
    }

    fn view(&self) -> Minibatch<'_, X, Y> {
        let count = self.indices.len();
        Minibatch {
            x: X::part(X::borrow(&self.x), 0..count),
            y: Y::part(Y::borrow(&self.y), 0..count),
            weights: self.weighted.then_some(&self.weights),
            indices: &self.indices,
        }
    }
}

#[cfg(test)]
mod tests;
