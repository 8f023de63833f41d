//! What [`Trainer::fit`](super::Trainer::fit) keeps of a frozen part of a network.

use super::kept::{Kept, Source};
use super::progress::Reporter;
use crate::bottom::{Bottom, Cut};
use crate::data::Batches;
use crate::table::{bytes, grouped};
use crate::{Layer, Result, Value, Workspace};
use std::path::PathBuf;

/// Where training keeps what the lower, frozen part of a network gives for each sample, so that it is computed once and not in every epoch.
///
/// Whenever an epoch begins, [`Trainer::fit`](super::Trainer::fit) looks for the highest line up to which nothing learns, by `#[frozen]`, by a
/// [plan](crate::plan) or by the settings of layers, and behind which nothing is read but what it gives; it may stand inside a network or an array that is a line
/// itself. If something up to it has parameters, all samples go through that part once, and steps take its outputs instead of loading
/// samples. The same is done for validation data. A line of progress says so.
///
/// It is not done
/// - for training data that differ from epoch to epoch ([`Dataset::is_augmented`](crate::data::Dataset::is_augmented)); for validation data it
///   still is,
/// - where [`Fit::epochs`](super::Fit::epochs) is 1,
/// - from the first layer on that draws random numbers or mixes the samples of a batch, such as a dropout on top of what is frozen: the part
///   then ends below it. Some samples go through the part twice for this to be seen, the second time as in another step and in a smaller batch,
/// - beyond the size that is allowed here.
///
/// What is kept is computed anew when another part is frozen ([`Unfreeze`](super::Unfreeze), callbacks; in the middle of an epoch it is dropped) and
/// when the part has other weights. Layers compute each sample by itself there, so training gives the same bits as with
/// [`FrozenCache::Off`], and a run that is resumed those of one that was not stopped.
///
/// ```
/// use nn_core::train::{Fit, FrozenCache};
/// let fit = Fit::<[f32; 4], u32> { frozen_cache: FrozenCache::Memory { at_most: 4 << 30 }, ..Fit::default() };
/// assert_eq!(FrozenCache::default(), FrozenCache::Memory { at_most: 1 << 30 });
/// # let _ = fit;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrozenCache {
    /// Nothing is kept.
    Off,
    /// In memory, where the outputs take at most so many bytes, those for validation data included. This with 1 GiB unless set.
    Memory {
        /// The bytes.
        at_most: usize,
    },
    /// In the files `training.features` and `validation.features` of this folder, whatever their size; a batch is read at a time. The next
    /// run finds them: if weights and data are the same, the data are read once and nothing is computed. Numbers that are no tensors (the
    /// slope of an activation) and the code of layers of your own are not compared: remove the files when these change.
    ///
    /// Training ends with [`Error::Io`](crate::Error::Io) if they cannot be written or read, and with
    /// [`Error::Format`](crate::Error::Format) if one is damaged.
    Disk(PathBuf),
}

impl Default for FrozenCache {
    fn default() -> Self {
        Self::Memory { at_most: 1 << 30 }
    }
}

/// The outputs for one set of data, and why there are none.
pub(super) struct Place<Y: Value> {
    file: &'static str,
    /// Stands for where the network could be cut when this was decided, and for its weights.
    decided: Option<u64>,
    kept: Option<Kept<Y>>,
    /// What has been said last; the same is not said again.
    said: String,
}

/// What decides whether and where outputs are kept.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) setting: &'a FrozenCache,
    /// Bytes that are taken by others.
    pub(super) taken: usize,
    /// Whether outputs are computed as in training, or as in evaluation.
    pub(super) training: bool,
    pub(super) seed: u64,
}

impl<Y: Value> Place<Y> {
    pub(super) fn new(file: &'static str) -> Self {
        Self { file, decided: None, kept: None, said: String::new() }
    }

    /// What is kept, if anything is.
    pub(super) fn kept(&mut self) -> Option<&mut Kept<Y>> {
        self.kept.as_mut()
    }

    /// The bytes of memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.kept.as_ref().map_or(0, Kept::bytes)
    }

    /// Keeps nothing any more.
    pub(super) fn clear(&mut self) {
        self.decided = None;
        self.kept = None;
    }

    /// Whether what is kept can be used still when `train` says what learns. The weights are those that they were.
    pub(super) fn fits<N: Layer>(&self, net: &N, train: N::PerLayer<bool>, seed: u64) -> bool {
        self.kept.as_ref().is_none_or(|kept| Bottom::has_cut(net, train, seed, &kept.cut().route))
    }

    /// Sees to it that what is kept is what the network gives now: nothing, what there is, or what is computed for it. Says whether there was
    /// something to do.
    pub(super) fn update<N: Layer>(
        &mut self,
        net: &N,
        workspace: &mut Workspace<N>,
        batches: &mut Batches<'_, N::In, Y>,
        rules: Rules<'_>,
        reporter: &mut Reporter,
    ) -> Result<bool> {
        if *rules.setting == FrozenCache::Off {
            return Ok(false);
        }
        let train = workspace.trainable();
        let fingerprint = Some(Bottom::fingerprint(net, train, rules.seed));
        if fingerprint == self.decided {
            return Ok(false);
        }
        let cuts = Bottom::cuts(net, train, rules.seed);
        self.clear();
        if let Some(highest) = cuts.last() {
            let constant = constant(net, workspace, batches, rules.training, &cuts)?;
            let samples = batches.data().len();
            let size = |cut: &Cut| samples.saturating_mul(cut.len).saturating_mul(size_of::<f32>());
            let fits = |cut: &&Cut| match rules.setting {
                FrozenCache::Memory { at_most } => size(cut).saturating_add(rules.taken) <= *at_most,
                _ => true,
            };
            let chosen = constant.iter().rev().find(fits);
            if let Some(cut) = chosen {
                let source = Source { net, workspace, cut, training: rules.training, reporter: &mut *reporter };
                self.kept = match rules.setting {
                    FrozenCache::Disk(folder) => source.in_file(&folder.join(self.file), batches)?,
                    _ => source.in_memory(batches)?,
                };
            }
            let line = match (&self.kept, chosen, constant.last()) {
                (Some(kept), ..) => kept.describe(),
                (None, None, Some(cut)) => format!(
                    "outputs of `{}` for {} samples would take {}, more than `Fit::frozen_cache` allows: they are computed in every epoch",
                    cut.path,
                    grouped(samples as u64),
                    bytes(size(cut))
                ),
                _ => format!(
                    "outputs of `{}` are not kept: a layer up to it draws random numbers or mixes the samples of a batch",
                    highest.path
                ),
            };
            self.say(reporter, line);
        }
        self.decided = fingerprint;
        Ok(true)
    }

    fn say(&mut self, reporter: &Reporter, line: String) {
        if self.said != line {
            reporter.say(&line);
            self.said = line;
        }
    }
}

/// Samples on which it is seen whether outputs are the same every time.
const TRIED: usize = 4;

/// The cuts up to which nothing is drawn at random and samples do not depend on each other: all up to one of them.
fn constant<'c, N: Layer, Y: Value>(
    net: &N,
    workspace: &mut Workspace<N>,
    batches: &mut Batches<'_, N::In, Y>,
    training: bool,
    cuts: &'c [Cut],
) -> Result<&'c [Cut]> {
    batches.start_whole();
    let Some(batch) = batches.next_batch()? else { return Ok(&[]) };
    let count = batch.indices.len().min(TRIED);
    let mut is_constant = |cut: &Cut| {
        let [mut one, mut other] = [count, count.div_ceil(2)].map(|count| vec![0.0; count * cut.len]);
        let mut try_step = |step, values: &mut [f32]| {
            let x = N::In::part(batch.x, 0..values.len() / cut.len.max(1));
            workspace.up_to(net, x, training.then_some(step), &cut.route, values)
        };
        try_step(1, &mut one) && try_step(2, &mut other) && agree(&one, &other)
    };
    // Mostly it is the highest.
    match cuts.split_last() {
        Some((highest, lower)) if !is_constant(highest) => Ok(&cuts[..lower.partition_point(is_constant)]),
        _ => Ok(cuts),
    }
}

/// Whether numbers are the same but for rounding.
fn agree(a: &[f32], b: &[f32]) -> bool {
    let largest = a.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-5 * largest)
}
