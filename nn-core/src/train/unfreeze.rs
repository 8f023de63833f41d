//! Layers that begin to learn one after the other.

use super::{Callback, View};
use crate::optim::{Groups, LayerSettings};
use crate::{Layer, Path, Result};
use core::marker::PhantomData;

/// Gradual unfreezing: which layers learn, epoch by epoch. [`Trainer::unfreeze`](super::Trainer::unfreeze) takes it.
///
/// (Howard and Ruder, 2018) A new head gives gradients that say little; what lies below it begins to learn when it has settled.
///
/// ```
/// use nn_core::layers::Dense;
/// use nn_core::train::Unfreeze;
/// type Net = [Dense<[f32; 4], [f32; 4]>; 3];
///
/// // The last group of layers learns at first, one more after every second epoch, each with a rate that rises over 100 steps.
/// let gradual = Unfreeze::<Net>::gradual(1, 2).warmup(100);
/// // The head for three epochs, then everything.
/// let two_stages = Unfreeze::<Net>::first([false, false, true]).after(3, [true; 3]);
/// assert_eq!(gradual.layers(4), [false, true, true]);
/// assert_eq!(two_stages.layers(4), [true; 3]);
/// ```
///
/// Epochs are counted from 1 over all calls of `fit`. Which layers learn follows from the number of the epoch alone, so that a resumed run does
/// what an uninterrupted one does. What the trainer's settings say of it does not count: a layer that is frozen by
/// [`Trainer::layers`](super::Trainer::layers) learns once its group does. One that shall never learn is left out of the stages of [`Unfreeze::first`] and
/// [`Unfreeze::after`], or is `#[frozen]`. Learning rates and all other settings are those of the trainer
/// ([`Trainer::layers`](super::Trainer::layers)); what becomes of moments is said at [`Stepper::set_layers`](crate::optim::Stepper::set_layers).
pub struct Unfreeze<N: Layer> {
    /// From which epoch on which layers learn, in the order of epochs; the layers in that of the mirror.
    stages: Vec<(u64, Vec<bool>)>,
    warmup: Option<u64>,
    network: PhantomData<fn(N)>,
}

impl<N: Layer> Unfreeze<N> {
    /// These layers learn from the first epoch on.
    pub fn first(layers: N::PerLayer<bool>) -> Self {
        Self { stages: vec![(1, flat::<N>(layers))], warmup: None, network: PhantomData }
    }

    /// After `epochs` epochs, counted from the start, these layers learn instead.
    #[must_use]
    pub fn after(mut self, epochs: u64, layers: N::PerLayer<bool>) -> Self {
        let at = self.stages.partition_point(|(first, _)| *first <= epochs + 1);
        self.stages.insert(at, (epochs + 1, flat::<N>(layers)));
        self
    }

    /// The last `groups` groups of layers learn at first ([`Groups`] says what a group is), and one more below them after every `epochs` epochs
    /// until all do, those among them that the trainer's settings have frozen. 0 epochs count as 1.
    pub fn gradual(groups: usize, epochs: u64) -> Self {
        let first = Self::first(N::last(groups));
        (groups + 1..=N::count_groups())
            .zip(1..)
            .fold(first, |stages, (groups, stage)| stages.after(stage * epochs.max(1), N::last(groups)))
    }

    /// The learning rate of a layer rises over so many steps each time that it begins to learn:
    /// [`LayerSettings::warmup`] for all layers.
    #[must_use]
    pub fn warmup(self, steps: u64) -> Self {
        Self { warmup: Some(steps), ..self }
    }

    /// Which layers learn in an epoch; the first is 1.
    pub fn layers(&self, epoch: u64) -> N::PerLayer<bool> {
        let begun = self.stages.iter().take_while(|(first, _)| *first <= epoch);
        let mut flags = begun.last().into_iter().flat_map(|(_, layers)| layers.iter().copied());
        N::map_layers(N::per_layer(true), &Path::ROOT, &mut |_, train| flags.next().unwrap_or(train))
    }
}

impl<N: Layer> Clone for Unfreeze<N> {
    fn clone(&self) -> Self {
        Self { stages: self.stages.clone(), warmup: self.warmup, network: PhantomData }
    }
}

/// What a mirror holds, in order.
fn flat<N: Layer>(layers: N::PerLayer<bool>) -> Vec<bool> {
    let mut flags = Vec::new();
    N::map_layers(layers, &Path::ROOT, &mut |_, flag| flags.push(flag));
    flags
}

impl<N: Layer> Callback<N> for Unfreeze<N> {
    fn on_epoch_begin(&mut self, view: &mut View<'_, N>) -> Result<()> {
        let mut wanted = N::with_train(view.layers, self.layers(view.epoch));
        if let Some(warmup) = self.warmup {
            wanted = N::map_layers(wanted, &Path::ROOT, &mut |_, settings| LayerSettings { warmup, ..settings });
        }
        view.set_layers(wanted);
        Ok(())
    }
}
