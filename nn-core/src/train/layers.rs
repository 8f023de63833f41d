//! What a trainer is told of single layers: which learn, and how fast.

use super::{Trainer, Unfreeze};
use crate::optim::{Groups, LayerSettings, Optimizer};
use crate::schedule::Schedule;
use crate::{Layer, Path, Value};

impl<N: Layer, L, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// With settings for each layer: which learn, and how fast.
    ///
    /// They replace all that callbacks have set, and that [`train_only`](Self::train_only), [`lr_factors`](Self::lr_factors), [`weight_decay_factors`](Self::weight_decay_factors) and
    /// [`decay_matrices_only`](Self::decay_matrices_only) have set before, each of which changes one thing and leaves the rest. So this comes first:
    ///
    /// ```
    /// # use nn_core::layers::Dense;
    /// # use nn_core::loss::MeanSquaredError;
    /// # use nn_core::optim::{Groups, Sgd};
    /// # use nn_core::train::Trainer;
    /// type Net = [Dense<[f32; 4], [f32; 4]>; 3];
    /// let net: Net = std::array::from_fn(|_| Dense::new());
    /// let trainer = Trainer::<_, _, _, [f32; 4]>::new(net, MeanSquaredError, Sgd::default())
    ///     .layers(Net::discriminative(0.5))
    ///     .train_only(Net::last(2))
    ///     .decay_matrices_only();
    /// let settings = trainer.stepper().layer_settings();
    /// assert_eq!(settings.map(|layer| (layer.lr, layer.train)), [(0.25, false), (0.5, true), (1.0, true)]);
    /// ```
    #[must_use]
    pub fn layers(mut self, layers: N::PerLayer<LayerSettings>) -> Self {
        self.stepper.set_layers(layers);
        self.position.layers = None;
        self
    }

    /// Settings that change one thing of those before, which may be a callback's.
    fn with_settings(mut self, layers: N::PerLayer<LayerSettings>) -> Self {
        self.stepper.set_layers(layers);
        if self.position.layers.is_some() {
            self.position.remember_layers::<N>(layers);
        }
        self
    }

    /// With layers that learn and others that do not; all else stays as it is set.
    #[must_use]
    pub fn train_only(self, layers: N::PerLayer<bool>) -> Self {
        let settings = N::with_train(self.stepper.layer_settings(), layers);
        self.with_settings(settings)
    }

    /// With a factor of the learning rate for each layer; all else stays as it is set.
    #[must_use]
    pub fn lr_factors(self, lr: N::PerLayer<f32>) -> Self {
        let settings = N::with_lr(self.stepper.layer_settings(), lr);
        self.with_settings(settings)
    }

    /// With a factor of the weight decay for each layer; all else stays as it is set.
    #[must_use]
    pub fn weight_decay_factors(self, weight_decay: N::PerLayer<f32>) -> Self {
        let settings = N::with_weight_decay(self.stepper.layer_settings(), weight_decay);
        self.with_settings(settings)
    }

    /// Without weight decay on biases and the gains of norms, which are vectors: [`LayerSettings::decay_vectors`] for all layers.
    #[must_use]
    pub fn decay_matrices_only(self) -> Self {
        let settings = N::map_layers(self.stepper.layer_settings(), &Path::ROOT, &mut |_, settings| LayerSettings {
            decay_vectors: false,
            ..settings
        });
        self.with_settings(settings)
    }

    /// With another schedule for some layers, instead of that of the network. See
    /// [`Stepper::schedule_layers`](crate::optim::Stepper::schedule_layers).
    #[must_use]
    pub fn schedule_layers(mut self, layers: N::PerLayer<bool>, schedule: impl Schedule + 'static) -> Self {
        self.stepper = self.stepper.schedule_layers(layers, schedule);
        self
    }

    /// With layers that begin to learn one after the other. From the first epoch on this alone decides which layers learn: what
    /// [`layers`](Self::layers) or [`train_only`](Self::train_only) have frozen learns in its turn, whatever the order of the calls. All other settings stay.
    #[must_use]
    pub fn unfreeze(mut self, unfreeze: Unfreeze<N>) -> Self {
        self.unfreeze = Some(unfreeze.clone());
        self.callback(unfreeze)
    }

    /// Which layers learn in the next epoch, as far as callbacks of one's own do not change it.
    pub(super) fn learning(&self) -> N::PerLayer<bool> {
        let stage = self.unfreeze.as_ref().map(|unfreeze| unfreeze.layers(self.position.epoch + 1));
        stage.unwrap_or_else(|| self.stepper.trained())
    }
}
