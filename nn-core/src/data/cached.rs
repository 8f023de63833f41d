//! What a layer gives for a whole data set, computed once.

pub(crate) mod file;

use super::samples::check_indices;
use super::{Batches, Dataset, Digest};
use crate::prepared::team_for;
use crate::{Error, Layer, Mut, Ref, Refused, Result, Value, Workspace};
use file::{Key, Stored, find_or_write};
use std::path::Path;

/// The outputs of a layer that does not change, for every sample of a data set: the data on which what comes behind it is trained.
///
/// The layer is mostly the pretrained part of a network, and what is trained the head on it. It computes as in evaluation, so it has to be frozen
/// where this makes a difference (batch normalisation, dropout), and the data must not be augmented. A whole network with a frozen part needs none of this:
/// [`Trainer::fit`](crate::train::Trainer::fit) keeps its outputs by itself. Here a head is trained on its own:
///
/// ```
/// use nn_core::Network;
/// use nn_core::data::{Cached, Dataset, Samples};
/// use nn_core::layers::Dense;
/// use nn_core::loss::MeanSquaredError;
/// use nn_core::optim::Sgd;
/// use nn_core::train::{Fit, Progress, Trainer};
/// # use nn_core::Layer;
/// # let mut backbone = Dense::<[f32; 3], [f32; 2]>::new();
/// # backbone.reset(1);
/// // With a network `{ backbone: Features, head: Dense(1) }` these are `net.backbone` and `net.head`.
/// let head = Dense::<[f32; 2], [f32; 1]>::new();
/// let data = Samples::new([[0.0_f32, 1.0, 2.0], [1.0, 0.0, 0.5]], [[1.0_f32], [0.0]])?;
///
/// let features = Cached::new(&backbone, &data)?;
/// assert_eq!(features.to_samples()?.x(), &*backbone.predict(data.x()));
/// let mut trainer = Trainer::new(head, MeanSquaredError, Sgd { lr: 0.1, ..Sgd::default() });
/// trainer.fit(&features, &Fit { epochs: 10, progress: Progress::Silent, ..Fit::default() })?;
/// let head = trainer.into_network(); // net.head = …
/// # let _ = head;
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Cached<L: Layer, Y: Value> {
    outputs: Outputs<L::Out>,
    targets: Y::Owned,
    weights: Option<Vec<f32>>,
    key: Key,
}

enum Outputs<V: Value> {
    Memory(V::Owned),
    Disk(Stored),
}

/// Samples that go through the layer at once.
const AT_ONCE: usize = 32;

impl<L: Layer, Y: Value> Cached<L, Y> {
    /// Computes the outputs and keeps them in memory, with targets and weights of the data.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are no samples, or if they differ from epoch to epoch ([`Dataset::is_augmented`]); what the dataset says.
    pub fn new<D: Dataset<L::In, Y> + ?Sized>(layer: &L, data: &D) -> Result<Self> {
        let mut outputs = L::Out::zeroed(data.len());
        let scan = Scan::of(data, Some(layer), |start, y| {
            let range = start..start + L::Out::count(y);
            let all: Vec<usize> = (0..range.len()).collect();
            L::Out::gather(y, &all, L::Out::part_mut(L::Out::borrow_mut(&mut outputs), range));
            Ok(())
        })?;
        Ok(scan.with(Digest::of_layer(layer), Outputs::Memory(outputs)))
    }

    /// The same in a file, of which a batch is read at a time: for outputs that memory does not hold, and for those that the next run of the program shall find.
    ///
    /// If the file is there and has the outputs of this layer, with these weights, for these data, nothing is computed; the
    /// data are read once to see that they are the same. Otherwise the file is written anew, all or nothing. Of the layer, its type, its
    /// shapes and all tensors are compared. Numbers that are no tensors (the slope of an activation) and the code of layers of your own are not:
    /// remove the file when these change.
    ///
    /// # Errors
    /// As [`Cached::new`]; [`Error::Io`] if the file cannot be read or written; [`Error::Format`] if there is a file that no `Cached` has written, or a damaged one.
    pub fn on_disk<D: Dataset<L::In, Y> + ?Sized>(layer: &L, data: &D, path: impl AsRef<Path>) -> Result<Self> {
        let (path, weights) = (path.as_ref(), Digest::of_layer(layer));
        let found = find_or_write(path, L::Out::LEN, weights, |mut writer| {
            let layer = writer.is_some().then_some(layer);
            let scan = Scan::of(data, layer, |_, y: Ref<'_, L::Out>| match &mut writer {
                Some(writer) => writer.add_batch::<L::Out>(y).map_err(|error| Error::io("write", path, error)),
                None => Ok(()),
            })?;
            let key = scan.key(weights);
            Ok(Some((scan, key)))
        })?;
        let (scan, stored) = found.ok_or_else(|| Error::data("Cached", "nothing was computed"))?;
        Ok(scan.with(weights, Outputs::Disk(stored)))
    }

    /// Whether these are the outputs of `layer`, with the weights that it has now, for `data` as they are now; compared as by
    /// [`Cached::on_disk`].
    ///
    /// # Errors
    /// What the dataset says.
    pub fn is_of<D: Dataset<L::In, Y> + ?Sized>(&self, layer: &L, data: &D) -> Result<bool> {
        let weights = Digest::of_layer(layer);
        if weights != self.key.weights || data.len() != self.len() || data.is_augmented() {
            return Ok(false);
        }
        Ok(Scan::<Y>::of(data, None::<&L>, |_, _| Ok(()))?.key(weights) == self.key)
    }
}

/// What one pass over the data has found.
struct Scan<Y: Value> {
    targets: Y::Owned,
    weights: Option<Vec<f32>>,
    data: u64,
    count: usize,
}

impl<Y: Value> Scan<Y> {
    /// Goes through the data, and calls `each` with the outputs of the layer, if there is one, and where they begin.
    fn of<L: Layer, D: Dataset<L::In, Y> + ?Sized>(
        data: &D,
        layer: Option<&L>,
        mut each: impl FnMut(usize, Ref<'_, L::Out>) -> Result<()>,
    ) -> Result<Self> {
        if data.is_augmented() {
            let problem =
                format!("the samples differ from epoch to epoch ({}); leave the augmentation out", data.describe());
            return Err(Error::argument("Cached", problem));
        }
        let (mut targets, mut digest, mut start) = (Y::zeroed(data.len()), Digest::default(), 0);
        let mut workspace = layer.map(|layer| (layer, Workspace::<L>::for_evaluation(AT_ONCE, team_for::<L>(AT_ONCE))));
        std::thread::scope(|scope| {
            let mut batches = Batches::new(&data, AT_ONCE)?.prefetch(scope, 2)?;
            batches.start_whole();
            while let Some(batch) = batches.next_batch()? {
                digest.add_batch::<L::In>(batch.x);
                digest.add_batch::<Y>(batch.y);
                let n = batch.indices.len();
                let all: [usize; AT_ONCE] = core::array::from_fn(|i| i);
                Y::gather(batch.y, &all[..n], Y::part_mut(Y::borrow_mut(&mut targets), start..start + n));
                if let Some((layer, workspace)) = &mut workspace {
                    Refused::check::<L>(batch.x, batch.indices)?;
                    each(start, workspace.forward(*layer, batch.x))?;
                }
                start += n;
            }
            Ok::<_, Error>(())
        })?;
        let weights = data.weights().map(<[f32]>::to_vec);
        weights.iter().for_each(|weights| digest.add(weights.iter().map(|weight| weight.to_bits())));
        Ok(Self { targets, weights, data: digest.finish(), count: start })
    }

    fn key(&self, weights: u64) -> Key {
        Key { weights, data: self.data, count: self.count as u64 }
    }

    fn with<L: Layer>(self, weights: u64, outputs: Outputs<L::Out>) -> Cached<L, Y> {
        let key = self.key(weights);
        Cached { outputs, targets: self.targets, weights: self.weights, key }
    }
}

#[diagnostic::do_not_recommend]
impl<L: Layer, Y: Value> Dataset<L::Out, Y> for Cached<L, Y> {
    fn len(&self) -> usize {
        Y::count(Y::borrow(&self.targets))
    }

    fn fill(&self, indices: &[usize], mut x: Mut<'_, L::Out>, y: Mut<'_, Y>) -> Result<()> {
        check_indices("Cached::fill", indices, self.len())?;
        Y::gather(Y::borrow(&self.targets), indices, y);
        match &self.outputs {
            Outputs::Memory(outputs) => L::Out::gather(L::Out::borrow(outputs), indices, x),
            Outputs::Disk(stored) => {
                let mut reader = stored.reader();
                for (i, &index) in indices.iter().enumerate() {
                    let sample = L::Out::part_mut(L::Out::reborrow(&mut x), i..i + 1);
                    reader.read_sample::<L::Out>(index, sample)?;
                }
            }
        }
        Ok(())
    }

    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    fn describe(&self) -> String {
        let place = match &self.outputs {
            Outputs::Memory(_) => "in memory".to_owned(),
            Outputs::Disk(stored) => format!("in `{}`", stored.path().display()),
        };
        format!("outputs of {} of shape {} for {} samples, {place}", L::KIND, L::Out::text(), self.len())
    }
}

impl<L: Layer, Y: Value> Cached<L, Y> {
    /// The number of samples.
    pub fn len(&self) -> usize {
        Y::count(Y::borrow(&self.targets))
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<L: Layer, Y: Value> core::fmt::Debug for Cached<L, Y> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Cached({})", self.describe())
    }
}

#[cfg(test)]
mod tests;
