//! Outputs of a part of a network for every sample, and where they are.

use super::progress::Reporter;
use crate::bottom::Cut;
use crate::data::cached::file::{Key, Stored, find_or_write};
use crate::data::{Batches, Digest, Minibatch};
use crate::table::{bytes, grouped};
use crate::{Error, Layer, Ref, Refused, Result, Value, Workspace};
use nn_kernels::Buffer;
use std::path::Path;

/// The outputs at a cut for every sample, and the targets.
pub(super) struct Kept<Y: Value> {
    cut: Cut,
    place: Place,
    targets: Y::Owned,
    /// The outputs for one batch.
    batch: Buffer,
}

enum Place {
    Memory(Buffer),
    File(Stored),
}

/// Computes outputs batch by batch.
pub(super) struct Source<'a, N: Layer> {
    pub(super) net: &'a N,
    pub(super) workspace: &'a mut Workspace<N>,
    pub(super) cut: &'a Cut,
    /// Whether as in training, or as in evaluation.
    pub(super) training: bool,
    pub(super) reporter: &'a mut Reporter,
}

impl<N: Layer> Source<'_, N> {
    /// The outputs for the samples of a batch; false if they are not the same every time.
    fn compute<Y: Value>(&mut self, batch: &Minibatch<'_, N::In, Y>, values: &mut [f32]) -> Result<bool> {
        let Minibatch { x, indices, .. } = *batch;
        Refused::check::<N>(N::In::shorten(x), indices)?;
        Ok(self.workspace.up_to(self.net, x, self.training.then_some(1), &self.cut.route, values))
    }

    /// The outputs for all samples that `batches` loads, in memory; nothing if they turn out not to be the same every time.
    pub(super) fn in_memory<Y: Value>(mut self, batches: &mut Batches<'_, N::In, Y>) -> Result<Option<Kept<Y>>> {
        let (len, count, mut constant) = (self.cut.len, batches.data().len(), true);
        let mut all = Buffer::zeroed(count * len);
        let scan = Scan::of(batches, None, |batch, start| {
            self.reporter.computing(&self.cut.path, start, count);
            constant &= self.compute(batch, &mut all[start * len..(start + batch.indices.len()) * len])?;
            Ok(())
        })?;
        Ok(constant.then(|| self.kept(Place::Memory(all), scan, batches.batch_size())))
    }

    /// The same in a file. If it has them, nothing is computed; otherwise it is written anew, all or nothing.
    pub(super) fn in_file<Y: Value>(
        mut self,
        path: &Path,
        batches: &mut Batches<'_, N::In, Y>,
    ) -> Result<Option<Kept<Y>>> {
        let (len, weights, count) = (self.cut.len, self.cut.weights, batches.data().len());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
        }
        let mut values = vec![0.0; batches.batch_size() * len];
        let found = find_or_write(path, len, weights, |mut writer| {
            let mut constant = true;
            let scan = Scan::of(batches, Some(Digest::default()), |batch, start| {
                let Some(writer) = &mut writer else { return Ok(()) };
                let values = &mut values[..batch.indices.len() * len];
                self.reporter.computing(&self.cut.path, start, count);
                constant &= self.compute(batch, values)?;
                writer.add(values).map_err(|error| Error::io("write", path, error))
            })?;
            let key = Key { weights, data: scan.data, count: count as u64 };
            Ok(constant.then_some((scan, key)))
        })?;
        Ok(found.map(|(scan, stored)| self.kept(Place::File(stored), scan, batches.batch_size())))
    }

    fn kept<Y: Value>(self, place: Place, scan: Scan<Y>, batch_size: usize) -> Kept<Y> {
        let batch = Buffer::zeroed(batch_size * self.cut.len);
        Kept { cut: self.cut.clone(), place, targets: scan.targets, batch }
    }
}

/// What one pass over the data has found besides.
struct Scan<Y: Value> {
    targets: Y::Owned,
    /// Stands for the data, where that was asked for.
    data: u64,
}

impl<Y: Value> Scan<Y> {
    /// Goes through all samples, and calls `each` with a batch and the number of its first sample.
    fn of<X: Value>(
        batches: &mut Batches<'_, X, Y>,
        mut digest: Option<Digest>,
        mut each: impl FnMut(&Minibatch<'_, X, Y>, usize) -> Result<()>,
    ) -> Result<Self> {
        let data = batches.data();
        let (mut targets, mut start) = (Y::zeroed(data.len()), 0);
        let all: Vec<usize> = (0..batches.batch_size()).collect();
        batches.start_whole();
        while let Some(batch) = batches.next_batch()? {
            let end = start + batch.indices.len();
            Y::gather(batch.y, &all[..end - start], Y::part_mut(Y::borrow_mut(&mut targets), start..end));
            if let Some(digest) = &mut digest {
                digest.add_batch::<X>(batch.x);
                digest.add_batch::<Y>(batch.y);
            }
            each(&batch, start)?;
            start = end;
        }
        Ok(Self { targets, data: digest.map_or(0, |digest| digest.finish()) })
    }
}

impl<Y: Value> Kept<Y> {
    /// The line whose outputs these are.
    pub(super) fn cut(&self) -> &Cut {
        &self.cut
    }

    /// The bytes of outputs in memory.
    pub(super) fn bytes(&self) -> usize {
        match &self.place {
            Place::Memory(all) => size_of_val(&**all),
            Place::File(_) => 0,
        }
    }

    /// What is kept, in words.
    pub(super) fn describe(&self) -> String {
        let count = Y::count(Y::borrow(&self.targets));
        let size = bytes(count * self.cut.len * size_of::<f32>());
        let place = match &self.place {
            Place::Memory(_) => "in memory".to_owned(),
            Place::File(stored) => format!("in `{}`", stored.path().display()),
        };
        format!("outputs of `{}` are kept {place} for {} samples ({size})", self.cut.path, grouped(count as u64))
    }

    /// The targets of all samples.
    pub(super) fn targets(&self) -> Ref<'_, Y> {
        Y::borrow(&self.targets)
    }

    /// Where the network is cut, and what the samples at `indices` give there.
    pub(super) fn batch(&mut self, indices: &[usize]) -> Result<(&[u64], &mut [f32])> {
        let Self { cut, place, batch, .. } = self;
        let batch = &mut batch[..indices.len() * cut.len];
        let rows = batch.chunks_exact_mut(cut.len.max(1)).zip(indices);
        match place {
            Place::Memory(all) => rows.for_each(|(row, &i)| row.copy_from_slice(&all[i * cut.len..][..cut.len])),
            Place::File(stored) => {
                let mut reader = stored.reader();
                for (row, &index) in rows {
                    row.iter_mut().zip(reader.read(index)?).for_each(|(to, value)| *to = value);
                }
            }
        }
        Ok((&cut.route, batch))
    }
}
