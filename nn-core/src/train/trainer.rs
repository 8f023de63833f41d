//! `Trainer`: network, loss and optimiser together.

use super::average::{Average, Averaging};
use super::callback::{OnBatchEnd, OnEpochEnd};
use super::checkpoint::Position;
use super::evaluate::{self, Evaluation, Metrics};
use super::run::Run;
use super::snapshot::Snapshot;
use super::{Callback, Ema, Fit, History, Swa, Unfreeze, View, begin};
use crate::data::{Batches, Dataset};
use crate::loss::Accepts;
use crate::metrics::{On, Part};
use crate::optim::{Optimizer, Penalty, Stepper};
use crate::schedule::{ReduceOnPlateau, Schedule};
use crate::{Layer, Loss, Metric, Network, Ref, Result, Sample, Summary, Team, Value, Workspace, summary_of_part};
use std::path::PathBuf;
use std::sync::Arc;

/// Samples that evaluation takes at once.
const EVALUATED_AT_ONCE: usize = 256;

/// Trains a network: joins it with a loss, an optimiser, and what shall be measured on the way.
///
/// The labels `T` follow from the data given to [`Trainer::fit`]. That the samples are what the network takes, that the loss fits its
/// output and its meaning, and that the labels fit the loss, is checked while the program compiles.
///
/// ```
/// use nn_core::data::Samples;
/// use nn_core::layers::Dense;
/// use nn_core::loss::MeanSquaredError;
/// use nn_core::optim::Sgd;
/// use nn_core::train::{Fit, Progress, Trainer};
///
/// // y = 2 x − 1
/// let train = Samples::new([[0.0_f32], [1.0], [2.0], [3.0]], [[-1.0_f32], [1.0], [3.0], [5.0]])?;
/// let net = Dense::<[f32; 1], [f32; 1]>::new();
/// let mut trainer = Trainer::new(net, MeanSquaredError, Sgd { lr: 0.1, ..Sgd::default() });
/// let history = trainer.fit(&train, &Fit { epochs: 200, batch_size: 4, progress: Progress::Silent, ..Fit::default() })?;
/// assert!(history.values("loss")[199] < 1e-4);
/// assert!((trainer.predict(&[[10.0]])[0][0] - 19.0).abs() < 0.2);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Trainer<N: Layer, L, O, T: Value> {
    pub(super) net: N,
    pub(super) loss: L,
    pub(super) stepper: Stepper<N, O>,
    pub(super) metrics: Metrics<N, T>,
    pub(super) callbacks: Vec<Box<dyn Callback<N>>>,
    pub(super) plateau: Option<(&'static str, ReduceOnPlateau)>,
    /// A copy of the last callback of this kind, to tell what learns before the epoch has begun.
    pub(super) unfreeze: Option<Unfreeze<N>>,
    pub(super) position: Position,
    /// The parameters of the best epoch, where they are to be restored.
    pub(super) best: Snapshot,
    pub(super) averaging: Option<Averaging>,
    /// The average of the weights in the current call of `fit`.
    pub(super) average: Average,
    /// Where `fit` last kept the best checkpoint, and by which number.
    pub(super) best_place: Option<(PathBuf, &'static str)>,
    /// The position comes from a checkpoint, so that the next `fit` goes on with what that one began.
    pub(super) resumed: bool,
    threads: usize,
    team: Option<Arc<Team>>,
}

impl<N: Layer, L, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// A trainer without metrics, on all cores, with seed 0.
    pub fn new(net: N, loss: L, optimizer: O) -> Self
    where
        L: Accepts<N::Gives>,
    {
        Self {
            stepper: optimizer.stepper(&net),
            net,
            loss,
            metrics: Vec::new(),
            callbacks: Vec::new(),
            plateau: None,
            unfreeze: None,
            position: Position::default(),
            best: Snapshot::default(),
            averaging: None,
            average: Average::default(),
            best_place: None,
            resumed: false,
            threads: 0,
            team: None,
        }
    }

    /// With one more metric, measured in training and validation.
    #[must_use]
    pub fn metric<M: Metric<N::Out, T> + 'static>(mut self, metric: M) -> Self {
        self.metrics.push(Box::new(metric));
        self
    }

    /// With one more metric on one output of several:
    /// `.metric_on(|output| output.class, |labels: &(&[u32], &[f32])| labels.0, Accuracy)`. The labels are not known before the data, so
    /// their type is written. [`On`] gives a metric a name of its own, where two outputs have the same.
    #[must_use]
    pub fn metric_on<Q: Sample, U: Sample>(
        self,
        output: Part<N::Out, Q>,
        labels: Part<T, U>,
        metric: impl Metric<Q, U> + 'static,
    ) -> Self {
        self.metric(On::new(output, labels, metric))
    }

    /// With a schedule of the learning rate: a factor for each step. Steps are counted over all calls of `fit`, and a schedule that is over stays at
    /// its end: for a new one in a further call, `OneCycle::new(20)` with nothing before it, write
    /// `Constant.until(trainer.stepper().steps(), OneCycle::new(20))`.
    #[must_use]
    pub fn schedule(self, schedule: impl Schedule + 'static) -> Self {
        Self { stepper: self.stepper.schedule(schedule), ..self }
    }

    /// With a smaller learning rate each time that a number of the history, such as `val_loss`, gets no better.
    /// [`ReduceOnPlateau::better`] is taken from the number.
    ///
    /// Further calls of `fit`, and a run that is resumed, go on with what was seen before. With another number or other settings the watch begins anew, and
    /// the learning rate stays where the one before has brought it.
    #[must_use]
    pub fn reduce_on_plateau(self, monitor: &'static str, plateau: ReduceOnPlateau) -> Self {
        Self { plateau: Some((monitor, plateau)), ..self }
    }

    /// Multiplies the learning rate by `factor` from the next step on, besides the schedule: for a smaller one in the next call of `fit`. It replaces an
    /// earlier factor, as [`View::set_lr_factor`] does, is kept in checkpoints, and checked when training starts.
    ///
    /// ```
    /// # use nn_core::layers::Dense;
    /// # use nn_core::loss::MeanSquaredError;
    /// # use nn_core::optim::Sgd;
    /// # use nn_core::train::Trainer;
    /// # let net = Dense::<[f32; 1], [f32; 1]>::new();
    /// let mut trainer = Trainer::<_, _, _, [f32; 1]>::new(net, MeanSquaredError, Sgd { lr: 0.5, ..Sgd::default() });
    /// trainer.set_lr_factor(0.5);
    /// assert_eq!(trainer.stepper().lr(), 0.25);
    /// ```
    pub fn set_lr_factor(&mut self, factor: f64) {
        self.position.lr_factor = Some(factor);
        self.apply_lr_factor();
    }

    /// With a limit of the gradient's norm: [`Clip::norm`](crate::optim::Clip::norm).
    #[must_use]
    pub fn clip_norm(self, limit: f64) -> Self {
        Self { stepper: self.stepper.clip_norm(limit), ..self }
    }

    /// With a limit of the gradient's elements: [`Clip::value`](crate::optim::Clip::value).
    #[must_use]
    pub fn clip_value(self, limit: f64) -> Self {
        Self { stepper: self.stepper.clip_value(limit), ..self }
    }

    /// With a penalty on large weights (L1, L2). It is part of the loss that is shown for training.
    #[must_use]
    pub fn penalty(self, penalty: Penalty) -> Self {
        Self { stepper: self.stepper.penalty(penalty), ..self }
    }

    /// With an exponential moving average of the weights, instead of an [`Swa`].
    #[must_use]
    pub fn ema(self, ema: Ema) -> Self {
        Self { averaging: Some(Averaging::Ema(ema)), ..self }
    }

    /// With the mean of the weights at several places of the run, instead of an [`Ema`].
    #[must_use]
    pub fn swa(self, swa: Swa) -> Self {
        Self { averaging: Some(Averaging::Swa(swa)), ..self }
    }

    /// With another seed: it decides the order of the samples and what dropout drops. The network has its own.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.position.seed = seed;
        self
    }

    /// On so many threads, the caller included; 0 means as many as the process may use. The result is the same, bit for bit.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, team: None, ..self }
    }

    /// On a team of threads that others may share.
    #[must_use]
    pub fn team(self, team: Arc<Team>) -> Self {
        Self { team: Some(team), ..self }
    }

    /// With one more callback.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback<N> + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// With a closure that is called after each epoch.
    ///
    /// ```
    /// # use nn_core::layers::Dense;
    /// # use nn_core::loss::MeanSquaredError;
    /// # use nn_core::optim::Sgd;
    /// # use nn_core::train::Trainer;
    /// # let net = Dense::<[f32; 1], [f32; 1]>::new();
    /// let trainer = Trainer::<_, _, _, [f32; 1]>::new(net, MeanSquaredError, Sgd::default()).on_epoch_end(|view| {
    ///     if view.loss < 0.01 {
    ///         view.stop();
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn on_epoch_end(self, hook: impl FnMut(&mut View<'_, N>) + Send + 'static) -> Self {
        self.callback(OnEpochEnd(hook))
    }

    /// With a closure that is called after each batch.
    #[must_use]
    pub fn on_batch_end(self, hook: impl FnMut(&mut View<'_, N>) + Send + 'static) -> Self {
        self.callback(OnBatchEnd(hook))
    }

    /// Trains, and gives what was measured, epoch by epoch. A second call goes on where the first has ended, with a history of its own.
    ///
    /// What the frozen lower part of the network gives is computed once for each sample ([`Fit::frozen_cache`]).
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if a number makes no sense, or a label, if all samples have weight 0, if nothing learns, if a metric has a name of the history's, or if the folder of checkpoints has later
    /// ones of another run; what the dataset says; [`Error::Data`](crate::Error::Data) where a sample has NaN; [`Error::NotFinite`](crate::Error::NotFinite) when the loss, a gradient or
    /// the penalty becomes infinite or NaN, with the first layer to blame; [`Error::Io`](crate::Error::Io) if a checkpoint or what is kept cannot be written. The
    /// network is then as it was after the last complete step.
    pub fn fit<D>(&mut self, train: &D, fit: &Fit<'_, N::In, T>) -> Result<History>
    where
        D: Dataset<N::In, T> + ?Sized,
        L: Loss<N::Out, T>,
    {
        let team = self.shared_team();
        let batches = Batches::new(&train, fit.batch_size)?.with_team(team.clone());
        let batches = if fit.drop_last { batches.drop_last() } else { batches };
        begin::check_weights("the training data", train.weights())?;
        begin::check_weights("the validation data", fit.validation.and_then(|data| data.weights()))?;
        let validation = fit.validation.map(|data| Batches::new(data, fit.batch_size)).transpose()?;
        let validation = validation.map(|batches| batches.with_team(team));
        // All that may fail comes before, so that a call that begins trains.
        if fit.prefetch == 0 {
            self.begin(fit, train.len())?;
            Run::new(self, fit, batches, validation).finish()?;
        } else {
            std::thread::scope(|scope| {
                let batches = batches.prefetch(scope, fit.prefetch)?;
                self.begin(fit, train.len())?;
                Run::new(self, fit, batches, validation).finish()
            })?;
        }
        Ok(self.position.history.clone())
    }

    /// Measures loss and metrics on data, without training.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there are no samples or a label makes no sense; what the dataset says.
    pub fn evaluate<D>(&mut self, data: &D) -> Result<Evaluation>
    where
        D: Dataset<N::In, T> + ?Sized,
        L: Loss<N::Out, T>,
    {
        self.check()?;
        let team = self.shared_team();
        let mut batches = Batches::new(&data, EVALUATED_AT_ONCE)?.with_team(team.clone());
        let mut workspace = Workspace::for_evaluation(batches.batch_size(), team);
        let values = evaluate::evaluate(&self.net, &self.loss, &mut self.metrics, &mut workspace, &mut batches, None)?;
        let details = self.metrics.iter().filter_map(|metric| metric.details()).collect();
        Ok(Evaluation { values, samples: data.len(), details })
    }

    /// The output for a batch in evaluation.
    pub fn predict(&self, x: Ref<'_, N::In>) -> <N::Out as Value>::Owned {
        self.net.predict(x)
    }

    /// The team, made when it is first needed.
    pub(super) fn shared_team(&mut self) -> Arc<Team> {
        self.team.get_or_insert_with(|| Arc::new(Team::new(self.threads))).clone()
    }

    /// The network as a table, with what learns in the next epoch by [`layers`](Self::layers) and its relatives and by [`unfreeze`](Self::unfreeze)
    /// (Keras: `model.summary()`).
    pub fn summary(&self) -> Summary {
        summary_of_part(&self.net, self.learning())
    }

    /// The network.
    pub fn network(&self) -> &N {
        &self.net
    }

    /// The network, to be changed between two calls of `fit`.
    pub fn network_mut(&mut self) -> &mut N {
        &mut self.net
    }

    /// The network, trained.
    pub fn into_network(self) -> N {
        self.net
    }

    /// The optimiser with its state.
    pub fn stepper(&self) -> &Stepper<N, O> {
        &self.stepper
    }

    /// The history of the current or last call of `fit`; of the interrupted one after [`Trainer::resume`].
    pub fn history(&self) -> &History {
        &self.position.history
    }
}
