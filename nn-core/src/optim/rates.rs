//! How fast each layer learns: settings, schedules and factors.

use super::{LayerSettings, Optimizer, Stepper};
use crate::schedule::Schedule;
use crate::{Error, Parameters, Path, Result};

/// How the learning rate of one layer runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    /// Which of the schedules of its own, if not that of the network.
    pub(super) schedule: Option<usize>,
    /// The step in which it began to learn, the last time.
    pub(super) since: u64,
}

/// What a layer is updated with.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) settings: LayerSettings,
    pub(super) lr: f64,
}

impl<N: Parameters, O: Optimizer> Stepper<N, O> {
    /// Makes this the learning rate, where there is no schedule.
    pub(crate) fn set_lr(&mut self, lr: f64) {
        self.set_lr_factor(lr / self.optimizer.lr());
    }

    /// With a schedule of the learning rate.
    #[must_use]
    pub fn schedule(mut self, schedule: impl Schedule + 'static) -> Self {
        self.schedule = Box::new(schedule);
        self
    }

    /// With another schedule for the layers for which `layers` is true: it takes the place of that of the network. Of several for a layer the
    /// last one holds. Steps are those of the whole training, whenever the layer learns.
    #[must_use]
    pub fn schedule_layers(mut self, layers: N::PerLayer<bool>, schedule: impl Schedule + 'static) -> Self {
        let (own, mut courses) = (self.own_schedules.len(), self.courses.iter_mut());
        N::map_layers(layers, &Path::ROOT, &mut |_, chosen| {
            if let Some(course) = courses.next().filter(|_| chosen) {
                course.schedule = Some(own);
            }
        });
        self.own_schedules.push(Box::new(schedule));
        self
    }

    /// With settings for each layer: which learn, and how fast.
    #[must_use]
    pub fn layers(mut self, layers: N::PerLayer<LayerSettings>) -> Self {
        self.set_layers(layers);
        self
    }

    /// Changes the settings of the layers from the next step on.
    ///
    /// A layer that is frozen keeps its moments and its count of updates, and goes on with them when it learns again: the moments are
    /// then those of its last steps, and decay within `1 / (1 − beta)` further ones, while a start from zero would forget the scale of the
    /// gradients and make the first steps as large as the learning rate. One that has never learnt starts with
    /// zeros and its own count, so that bias correction is that of a first step. [`LayerSettings::warmup`] begins anew in both cases.
    pub fn set_layers(&mut self, layers: N::PerLayer<LayerSettings>) {
        let (mut before, step) = (Vec::with_capacity(self.courses.len()), self.step);
        N::map_layers(self.layers, &Path::ROOT, &mut |_, settings| before.push(settings.train));
        let mut courses = self.courses.iter_mut().zip(before);
        N::map_layers(layers, &Path::ROOT, &mut |_, settings| {
            if let Some((course, _)) = courses.next().filter(|(_, before)| settings.train && !before) {
                course.since = step;
            }
        });
        self.restore_layers(layers);
    }

    /// Settings that a checkpoint has, as which layers began to learn when they did.
    pub(crate) fn restore_layers(&mut self, layers: N::PerLayer<LayerSettings>) {
        self.layers = layers;
        self.checked = false;
    }

    /// The settings of the layers.
    pub fn layer_settings(&self) -> N::PerLayer<LayerSettings> {
        self.layers
    }

    /// Which layers learn: what `forward_train` and `backward` are given.
    pub fn trained(&self) -> N::PerLayer<bool> {
        N::map_layers(self.layers, &Path::ROOT, &mut |_, settings| settings.train)
    }

    /// Multiplies the learning rate of all further steps, besides the schedule:
    /// what [`Plateau::observe`](crate::schedule::Plateau::observe) gives. It replaces an earlier factor.
    pub fn set_lr_factor(&mut self, factor: f64) {
        self.lr_factor = factor;
        self.checked = false;
    }

    /// The learning rate of the next step.
    pub fn lr(&self) -> f64 {
        self.scheduled(None)
    }

    /// The learning rate of each layer in the next step; 0 where it does not learn.
    pub fn lrs(&self) -> N::PerLayer<f64> {
        let learnt = |pace: Pace| if pace.settings.train { pace.lr } else { 0.0 };
        N::map_layers(self.paces(), &Path::ROOT, &mut |_, pace| learnt(pace))
    }

    /// The learning rate by the schedule of the network, or by one of some layers.
    fn scheduled(&self, own: Option<usize>) -> f64 {
        self.optimizer.lr() * self.schedule_of(own).factor(self.step) * self.lr_factor
    }

    fn schedule_of(&self, own: Option<usize>) -> &dyn Schedule {
        &**own.map_or(&self.schedule, |own| &self.own_schedules[own])
    }

    /// What each layer is updated with in the next step.
    pub(super) fn paces(&self) -> N::PerLayer<Pace> {
        let (all, mut courses) = (self.lr(), self.courses.iter());
        N::map_layers(self.layers, &Path::ROOT, &mut |_, settings| {
            let Course { schedule, since } = courses.next().copied().unwrap_or_default();
            let lr = schedule.map_or(all, |own| self.scheduled(Some(own)));
            Pace { settings, lr: lr * settings.lr * settings.warmth(self.step.saturating_sub(since)) }
        })
    }

    /// That schedules give learning rates for the next step that there can be.
    pub(super) fn check_rates(&self) -> Result<()> {
        let own = self.courses.iter().filter_map(|course| course.schedule);
        own.map(Some).chain([None]).try_for_each(|own| {
            let lr = self.scheduled(own);
            if lr >= 0.0 && (lr as f32).is_finite() {
                return Ok(());
            }
            let what = if own.is_some() { "Stepper::schedule_layers" } else { "Stepper::schedule" };
            let problem = format!(
                "the factor for step {} is {}, which makes a learning rate of {lr}; a schedule has to give finite numbers of 0 or more",
                self.step,
                self.schedule_of(own).factor(self.step)
            );
            Err(Error::argument(what, problem))
        })
    }
}
