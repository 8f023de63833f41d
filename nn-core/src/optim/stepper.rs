//! A training step, once the gradients are there.

use super::gradient::{clip_value, norm_scale, penalize};
use super::rates::{Course, Pace};
use super::state::{self, Entry};
use super::{Clip, LayerSettings, Optimizer, Penalty, Update};
use crate::schedule::{Constant, Schedule};
use crate::storage::Checkpoint;
use crate::{Error, Parameters, Path, Result, Shape, Tensor};
use nn_kernels::{Team, all_finite, sum_of_squares};

/// An optimiser at work on a network: its state, the count of steps, the schedule, limits, penalties and settings by layer.
///
/// It is the last line of a training loop written by hand. The state is made here, once; [`Stepper::step`]
/// allocates nothing after the first.
///
/// ```
/// use nn_core::optim::{Adam, Optimizer};
/// use nn_core::schedule::{Cosine, Schedule};
/// use nn_core::{Layout, Parameters, Shape, Team, Tensor, parameters};
///
/// struct Line { weight: Tensor }
/// parameters! { impl[] Line, LineGrads { weight }, count = 2 }
///
/// let mut net = Line { weight: Tensor::zeros(Shape::new(&[1, 2]), Layout::Plain) };
/// let mut grads = net.grads();
/// let mut optimizer = Adam::default().stepper(&net).clip_norm(1.0).schedule(Cosine::new(100).warmup(10));
/// let team = Team::new(1);
/// for _ in 0..100 {
///     grads.weight.values_mut().fill(1.0); // what a backward pass does
///     optimizer.step(&mut net, &mut grads, &team)?;
/// }
/// assert!(net.weight.values()[0] < 0.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Stepper<N: Parameters, O> {
    pub(super) optimizer: O,
    pub(super) schedule: Box<dyn Schedule>,
    /// Schedules of some layers, instead of that of the network.
    pub(super) own_schedules: Vec<Box<dyn Schedule>>,
    /// For each layer, in the order of the mirror, its schedule and when it began to learn.
    pub(super) courses: Vec<Course>,
    clip: Clip,
    penalty: Penalty,
    pub(super) layers: N::PerLayer<LayerSettings>,
    pub(super) lr_factor: f64,
    pub(super) step: u64,
    entries: Vec<Entry>,
    /// Whether the numbers have been found to make sense since they were last set.
    pub(super) checked: bool,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stepped {
    /// The learning rate of this step, for layers whose factor is 1.
    pub lr: f64,
    /// The norm of the gradient before it was limited, if there is a limit.
    pub norm: Option<f64>,
    /// The penalty, to be added to the loss that is shown.
    pub penalty: f64,
}

impl<N: Parameters, O: Optimizer> Stepper<N, O> {
    /// The state that `net` needs, for its first step. [`Optimizer::stepper`] reads better.
    pub fn new(optimizer: O, net: &N) -> Self {
        let entries = state::entries(&optimizer, net);
        let mut courses = Vec::new();
        N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| courses.push(Course::default()));
        Self {
            optimizer,
            schedule: Box::new(Constant),
            own_schedules: Vec::new(),
            courses,
            clip: Clip::default(),
            penalty: Penalty::default(),
            layers: N::per_layer(LayerSettings::TRAINED),
            lr_factor: 1.0,
            step: 0,
            entries,
            checked: false,
        }
    }

    /// The same optimiser, limits, penalties and settings with nothing learnt, without schedules and warm-up: to try learning rates.
    pub(crate) fn anew(&self, net: &N) -> Self
    where
        O: Clone,
    {
        let settings = |settings| LayerSettings { warmup: 0, ..settings };
        let layers = N::map_layers(self.layers, &Path::ROOT, &mut |_, layer| settings(layer));
        Self { clip: self.clip, penalty: self.penalty, layers, ..Self::new(self.optimizer.clone(), net) }
    }

    /// With a limit of the gradient's norm: [`Clip::norm`].
    #[must_use]
    pub fn clip_norm(self, limit: f64) -> Self {
        Self { clip: Clip { norm: Some(limit), ..self.clip }, checked: false, ..self }
    }

    /// With a limit of the gradient's elements: [`Clip::value`].
    #[must_use]
    pub fn clip_value(self, limit: f64) -> Self {
        Self { clip: Clip { value: Some(limit), ..self.clip }, checked: false, ..self }
    }

    /// With a penalty on large weights.
    #[must_use]
    pub fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty, checked: false, ..self }
    }

    /// The number of steps made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The optimiser.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// Whether all numbers make sense. The first step asks, too; this lets a longer preparation ask before it starts.
    ///
    /// # Errors
    /// [`Error::Argument`] with the number that does not.
    pub fn check(&self) -> Result<()> {
        self.optimizer.check()?;
        self.clip.check()?;
        self.penalty.check()?;
        super::check::not_negative("Stepper::set_lr_factor", self.lr_factor)?;
        let mut checked = Ok(());
        N::map_layers(self.layers, &Path::ROOT, &mut |path, settings| {
            if let (Ok(()), Err(Error::Argument { what, problem })) = (&checked, settings.check()) {
                let place = if path.is_root() { String::new() } else { format!("layer `{path}`: ") };
                checked = Err(Error::argument(what, format!("{place}{problem}")));
            }
        });
        checked
    }

    /// One step: penalties are added to the gradients, their values limited, then their norm; then the optimiser updates every
    /// parameter whose layer learns. Gradients are left as they are after the limit of the values.
    ///
    /// # Errors
    /// Before anything but gradients is changed: [`Error::Argument`] if a number makes no sense, a schedule gives no learning rate, or `net` has other
    /// parameters than the network that this was made for; [`Error::NotFinite`] if the norm has a limit and is infinite or NaN.
    pub fn step(&mut self, net: &mut N, grads: &mut N::Grads, team: &Team) -> Result<Stepped> {
        if !self.checked {
            self.check()?;
            self.checked = true;
        }
        self.check_rates()?;
        state::same_parameters(&self.entries, net)?;
        let penalty = self.prepare(net, grads, team);
        let norm = self.clip.norm.map(|_| self.gradient_norm(net, grads, team));
        if let Some(value) = norm.filter(|norm| !norm.is_finite()) {
            let what = match first_not_finite(net, grads, self.layers, team) {
                Some(name) => format!("the gradient of `{name}`"),
                None => "the norm of the gradient".to_owned(),
            };
            return Err(Error::NotFinite { epoch: None, step: self.step, what, value });
        }
        let grad_scale = norm.zip(self.clip.norm).map_or(1.0, |(norm, limit)| norm_scale(norm, limit));
        let (lr, weight_decay) = (self.lr(), self.optimizer.weight_decay());
        let paces = self.paces();
        let (optimizer, mut entries) = (&self.optimizer, self.entries.iter_mut());
        net.pairs(grads, paces, &Path::ROOT, &mut |_, param, grad, Pace { settings, lr }| {
            let Some(entry) = entries.next().filter(|_| settings.train) else { return };
            entry.updates += 1;
            let update = Update {
                team,
                step: entry.updates,
                lr,
                weight_decay: if settings.decay_vectors || param.shape().rank() > 1 {
                    weight_decay * settings.weight_decay
                } else {
                    0.0
                },
                grad_scale,
            };
            optimizer.update(&update, param, grad, &mut entry.slots);
        });
        self.step += 1;
        Ok(Stepped { lr, norm, penalty })
    }

    /// Adds the penalties and limits the values; returns the penalty.
    fn prepare(&self, net: &mut N, grads: &mut N::Grads, team: &Team) -> f64 {
        let (penalty, limit, mut total) = (self.penalty, self.clip.value, 0.0);
        if penalty.is_none() && limit.is_none() {
            return total;
        }
        net.pairs(grads, self.layers, &Path::ROOT, &mut |_, param, grad, settings| {
            if !settings.train {
                return;
            }
            total += penalize(team, penalty.times(settings.penalty), param, grad);
            if let Some(limit) = limit {
                clip_value(team, grad.values_mut(), limit as f32);
            }
        });
        total
    }

    /// The Euclidean norm of the gradients of all layers that learn, seen as one vector. It is summed in a fixed order:
    /// the same bits for any number of threads.
    pub fn gradient_norm(&self, net: &mut N, grads: &mut N::Grads, team: &Team) -> f64 {
        let mut squares = 0.0;
        net.pairs(grads, self.layers, &Path::ROOT, &mut |_, _, grad, settings| {
            if settings.train {
                squares += sum_of_squares(team, grad.values());
            }
        });
        squares.sqrt()
    }

    /// The Euclidean norm of each layer's gradients; 0 for layers that do not learn.
    pub fn gradient_norms(&self, net: &mut N, grads: &mut N::Grads, team: &Team) -> N::PerLayer<f64> {
        let mut squares = Vec::new();
        let numbered = N::map_layers(self.layers, &Path::ROOT, &mut |_, settings| {
            squares.push(0.0);
            (squares.len() - 1, settings.train)
        });
        net.pairs(grads, numbered, &Path::ROOT, &mut |_, _, grad, (layer, train)| {
            if train {
                squares[layer] += sum_of_squares(team, grad.values());
            }
        });
        N::map_layers(numbered, &Path::ROOT, &mut |_, (layer, _)| squares[layer].sqrt())
    }

    /// Names and shapes of the tensors that [`Stepper::save_state`] adds to a checkpoint.
    pub fn state_shapes(&self, net: &N) -> Vec<(String, Shape)> {
        state::shapes(&self.entries, net)
    }

    /// Adds the state to a checkpoint: tensors `optimizer.PARAMETER.SLOT` in PyTorch's order, and a value `optimizer` with the
    /// counts of steps and updates. When each layer began to
    /// learn is there too; the optimiser's numbers, schedule, limits, penalties and settings are not.
    ///
    /// # Errors
    /// [`Error::Argument`] if the checkpoint has tensors of these names already.
    pub fn save_state(&self, net: &N, checkpoint: &mut Checkpoint) -> Result<()> {
        let since = self.courses.iter().map(|course| course.since).collect();
        state::save::<N, O>(&self.entries, (self.step, self.lr_factor, since), net, checkpoint)
    }

    /// Takes over what [`Stepper::save_state`] has added, so that the next step is the one that would have come.
    ///
    /// # Errors
    /// [`Error::Format`] or [`Error::Mismatch`] if it is the state of another optimiser or network, with what is missing,
    /// left over or of another shape. Nothing is changed then.
    pub fn load_state(&mut self, net: &N, checkpoint: &Checkpoint) -> Result<()> {
        let (entries, progress) = state::load(&self.optimizer, net, checkpoint)?;
        (self.entries, self.step, self.lr_factor) = (entries, progress.step, progress.lr_factor);
        self.courses.iter_mut().zip(progress.since).for_each(|(course, since)| course.since = since);
        Ok(())
    }
}

/// The path of the first gradient of a layer that learns that has an infinity or a NaN.
fn first_not_finite<N: Parameters>(
    net: &mut N,
    grads: &mut N::Grads,
    layers: N::PerLayer<LayerSettings>,
    team: &Team,
) -> Option<String> {
    let mut first = None;
    net.pairs(grads, layers, &Path::ROOT, &mut |path, _: &mut Tensor, grad, settings| {
        if first.is_none() && settings.train && !all_finite(team, grad.values()) {
            first = Some(path.to_string());
        }
    });
    first
}

impl<N: Parameters, O> core::fmt::Debug for Stepper<N, O> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Stepper({} parameters, {} steps)", self.entries.len(), self.step)
    }
}
