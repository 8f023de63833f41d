//! What is saved on the way, so that training can go on after a crash as if nothing had happened.

use super::average::{Average, Averaging, Kind};
use super::early_stopping::Best;
use super::snapshot::Snapshot;
use super::{History, Trainer};
use crate::metrics::Running;
use crate::optim::{LayerSettings, Optimizer};
use crate::schedule::{Plateau, ReduceOnPlateau};
use crate::storage::{Checkpoint, Exact, Rotation};
use crate::{Error, Layer, Path as TensorPath, Result, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How often checkpoints are saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// After so many epochs.
    Epochs(u64),
    /// After so many steps, also in the middle of an epoch.
    Steps(u64),
}

/// Where and how often training saves what it needs to go on after a crash.
///
/// A checkpoint holds network, optimiser, position, history and all else that decides how training goes on: a run that is killed and
/// [resumed](Trainer::resume) gives the same bits as one that was not. Files are written beside and then renamed, so that
/// there always is a whole one. One more is saved when training ends.
///
/// ```
/// use nn_core::train::{Checkpoints, Every};
/// let checkpoints = Checkpoints { every: Every::Steps(1000), best: Some("val_accuracy"), ..Checkpoints::new("runs/1") };
/// assert_eq!(checkpoints.keep_last, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    /// The folder. It is made if it is not there.
    pub folder: PathBuf,
    /// How often. After every epoch unless set.
    pub every: Every,
    /// How many are kept, the last ones; 0 keeps all. 3 unless set.
    pub keep_last: usize,
    /// The number of the history of which the best epoch is saved besides, as `best.safetensors`: the best of all calls of `fit` with this folder and
    /// this number.
    pub best: Option<&'static str>,
}

impl Checkpoints {
    /// After every epoch in `folder`, the last three.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), every: Every::Epochs(1), keep_last: 3, best: None }
    }

    pub(super) fn check(&self) -> Result<()> {
        match self.every {
            Every::Epochs(0) | Every::Steps(0) => {
                Err(Error::argument("Checkpoints::every", "0 makes no sense; use 1 for a checkpoint each time"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn rotation(&self) -> Rotation {
        Rotation::new(&self.folder).keep_last(self.keep_last)
    }
}

/// Where training is, besides network and optimiser. All that it takes to go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) seed: u64,
    /// Complete epochs in all.
    pub(super) epoch: u64,
    /// Batches done in the epoch that is not complete.
    pub(super) batch: usize,
    /// Passes in training: with the seed, what keys dropout.
    pub(super) passes: u64,
    /// The epoch in which the current call of `fit` began.
    pub(super) fit_start: u64,
    /// Whether that call has ended.
    pub(super) ended: bool,
    /// Whether early stopping or a callback has ended it, so that more epochs are not wanted. Files of before do not tell.
    #[serde(default = "unknown")]
    pub(super) stopped: bool,
    /// Whether the network was given the best weights in the end, so that the copies are those of the last step.
    #[serde(default)]
    pub(super) restored: bool,
    /// What the order of samples depends on.
    pub(super) data: DataOrder,
    /// What the epoch that is not complete has measured.
    pub(super) loss: Running,
    pub(super) metrics: Vec<Vec<Exact>>,
    /// The learning rate of the last step.
    pub(super) lr: f64,
    pub(super) samples: u64,
    pub(super) seconds: f64,
    pub(super) early_stopping: Best,
    pub(super) best_checkpoint: Best,
    /// How many weights are in the average.
    #[serde(default)]
    pub(super) averaged: u64,
    /// Which average that is. Files of before do not tell.
    #[serde(default)]
    pub(super) averaging: Option<Kind>,
    pub(super) plateau: Option<Plateau>,
    /// The number that the plateau is of. Files of before do not tell.
    #[serde(default)]
    pub(super) plateau_monitor: Option<String>,
    pub(super) lr_factor: Option<f64>,
    /// The settings of layers by their paths, once a callback has changed them.
    pub(super) layers: Option<BTreeMap<String, LayerSettings>>,
    pub(super) history: History,
}

/// What ended a run whose checkpoint does not say it: as if it was stopped, which leaves it alone.
fn unknown() -> bool {
    true
}

impl Position {
    /// Takes down settings of layers that a callback has made.
    pub(super) fn remember_layers<N: Layer>(&mut self, layers: N::PerLayer<LayerSettings>) {
        let mut settings = BTreeMap::new();
        N::map_layers(layers, &TensorPath::ROOT, &mut |path, layer| {
            settings.insert(path.to_string(), layer);
        });
        self.layers = Some(settings);
    }

    /// The plateau of a number. What was seen of another number, or with other settings, says nothing of it; the learning rate stays where that has brought it.
    pub(super) fn plateau_of(&mut self, monitor: &str, config: ReduceOnPlateau) -> &mut Plateau {
        let same = self.plateau_monitor.as_deref().is_none_or(|before| before == monitor);
        if self.plateau_monitor.as_deref() != Some(monitor) {
            self.plateau_monitor = Some(monitor.to_owned());
        }
        let factor = self.plateau.map_or(1.0, |before| before.factor());
        let before = self.plateau.take().filter(|before| same && before.config() == config);
        self.plateau.insert(before.unwrap_or_else(|| config.watch_from(factor)))
    }

    /// Goes on to the start of the next epoch.
    pub(super) fn next_epoch(&mut self) {
        self.epoch += 1;
        (self.batch, self.samples, self.seconds) = (0, 0, 0.0);
        self.loss = Running::EMPTY;
        self.metrics.clear();
    }
}

/// What the order of samples depends on: has to be the same to go on in the middle of an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DataOrder {
    pub(super) samples: usize,
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
    pub(super) drop_last: bool,
    pub(super) accumulate: usize,
}

impl core::fmt::Display for DataOrder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { samples, batch_size, shuffle, drop_last, accumulate } = self;
        write!(
            f,
            "{samples} samples with batch_size {batch_size}, shuffle {shuffle}, drop_last {drop_last}, accumulate {accumulate}"
        )
    }
}

/// The value of a checkpoint under which the position stands.
const POSITION: &str = "training";

impl<N: Layer, L, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// All that it takes to go on from here.
    pub(super) fn checkpoint(&self) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint::new();
        checkpoint.add_network(&self.net)?;
        self.stepper.save_state(&self.net, &mut checkpoint)?;
        for (name, tensor) in &self.best.0 {
            checkpoint.insert(Checkpoint::best_name(name), tensor.shape(), tensor.to_vec())?;
        }
        if self.average.count > 0 {
            for (name, tensor) in &self.average.weights.0 {
                checkpoint.insert(Checkpoint::average_name(name), tensor.shape(), tensor.to_vec())?;
            }
        }
        checkpoint.set(POSITION, &Position { averaged: self.average.count, ..self.position.clone() })?;
        Ok(checkpoint)
    }

    /// The checkpoint of the network as it is measured: with the average instead of the weights, if there is one.
    pub(super) fn checkpoint_as_measured(&mut self) -> Result<Checkpoint> {
        if self.average.count == 0 || !matches!(self.averaging, Some(Averaging::Ema(_))) {
            return self.checkpoint();
        }
        let mut average = core::mem::take(&mut self.average);
        average.exchange(&mut self.net);
        let checkpoint = self.checkpoint();
        average.exchange(&mut self.net);
        self.average = average;
        checkpoint
    }

    /// Goes on from a checkpoint: a file, or a folder, of which the last one is taken. Says whether there was one; if the folder
    /// has none, or does not exist, nothing is changed, so that a program can ask each time it starts:
    ///
    /// ```
    /// # use nn_core::data::Samples;
    /// # use nn_core::layers::Dense;
    /// # use nn_core::loss::MeanSquaredError;
    /// # use nn_core::optim::Sgd;
    /// # use nn_core::train::{Checkpoints, Fit, Trainer};
    /// # let folder = std::env::temp_dir().join(format!("nn-resume-doc-{}", std::process::id()));
    /// # let train = Samples::new([[0.0_f32], [1.0]], [[0.0_f32], [1.0]])?;
    /// let net = Dense::<[f32; 1], [f32; 1]>::new();
    /// let mut trainer = Trainer::new(net, MeanSquaredError, Sgd::default());
    /// trainer.resume(&folder)?;
    /// trainer.fit(&train, &Fit { epochs: 3, checkpoints: Some(Checkpoints::new(&folder)), ..Fit::default() })?;
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// The next call of [`Trainer::fit`] then does what the interrupted one still had to do, and gives the whole history. [`Fit::epochs`](super::Fit::epochs)
    /// counts the epochs that are done already: with more of them, a run that has ended goes on, with the bits of one that was as long from the
    /// start. If nothing is left, or if early stopping or a callback has ended the run, it does nothing; a further call trains on. Loss, optimiser and its numbers, schedule, metrics and callbacks are not part of a checkpoint: make the trainer in the
    /// same way as before. The seed is.
    ///
    /// From a file that is not the last of its folder training goes on in another folder, or once the later files are removed: they are those of a run
    /// that has been given up, and `fit` refuses to mix the two.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] if the file cannot be read or is damaged, [`Error::Mismatch`] if it belongs to another network,
    /// or to another optimiser. The trainer is then as it was.
    pub fn resume(&mut self, path: impl AsRef<Path>) -> Result<bool> {
        let path = path.as_ref();
        let file = if path.is_dir() || !path.exists() {
            let Some((_, file)) = Rotation::new(path).latest()? else { return Ok(false) };
            file
        } else {
            path.to_path_buf()
        };
        self.resume_from(&Checkpoint::read(file)?)?;
        Ok(true)
    }

    fn resume_from(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        let position: Position = checkpoint.get(POSITION)?;
        // All is checked before the first thing is changed.
        let mut best = Snapshot::default();
        if checkpoint.has_best(&self.net) {
            best.take(&self.net);
            for (name, tensor) in &mut best.0 {
                checkpoint.read_into(&Checkpoint::best_name(name), tensor)?;
            }
        }
        let mut average = Average { count: position.averaged, ..Average::default() };
        if position.averaged > 0 {
            average.weights.take(&self.net);
            for (name, tensor) in &mut average.weights.0 {
                checkpoint.read_into(&Checkpoint::average_name(name), tensor)?;
            }
        }
        checkpoint.check_network(&self.net)?;
        self.stepper.load_state(&self.net, checkpoint)?;
        checkpoint.load_network(&mut self.net)?;
        if let Some(layers) = &position.layers {
            let own = self.stepper.layer_settings();
            self.stepper.restore_layers(N::map_layers(own, &TensorPath::ROOT, &mut |path, own| {
                layers.get(&path.to_string()).copied().unwrap_or(own)
            }));
        }
        self.best = best;
        self.average = average;
        self.position = position;
        self.resumed = true;
        Ok(())
    }
}
