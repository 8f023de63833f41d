//! A loss, an optimiser, a schedule, a metric and a source of data of one's own.

use nn::data::Dataset;
use nn::loss::{Accepts, Loss, elementwise};
use nn::metrics::Running;
use nn::optim::{Optimizer, Update};
use nn::random::Random;
use nn::schedule::Schedule;
use nn::{Better, Error, Meaning, Measure, Metric, Tensor};

/// log cosh(x − t): nearly squares near 0, nearly distances far away.
pub struct LogCosh;

impl<G: Meaning> Accepts<G> for LogCosh {}

impl Loss<[f32; 1], f32> for LogCosh {
    fn loss(
        &self,
        prediction: &[[f32; 1]],
        target: &[f32],
        weights: Option<&[f32]>,
        gradient: Option<&mut [[f32; 1]]>,
    ) -> f64 {
        elementwise(prediction, target, weights, gradient, |_, x, t| {
            let d = x - t;
            (d.abs() + (-2.0 * d.abs()).exp().ln_1p() - std::f32::consts::LN_2, d.tanh())
        })
    }
}

/// Heavy ball with a sign: v ← μ v + g; w ← w − lr · v / (|v| + 0.1), decayed by the schedule.
pub struct SoftSign {
    pub lr: f64,
    pub momentum: f32,
}

impl Optimizer for SoftSign {
    const NAME: &'static str = "soft_sign";

    fn lr(&self) -> f64 {
        self.lr
    }
    fn check(&self) -> nn::Result<()> {
        if self.momentum < 1.0 { Ok(()) } else { Err(Error::argument("SoftSign::momentum", "it has to be below 1")) }
    }
    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        vec![("velocity", param.zeros_like())]
    }
    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [velocity] = slots else { return };
        for ((w, &g), v) in param.values_mut().iter_mut().zip(grad.values()).zip(velocity.values_mut()) {
            *v = self.momentum * *v + update.grad_scale * g;
            *w -= update.lr as f32 * *v / (v.abs() + 0.1);
        }
    }
}

/// Halves the learning rate every so many steps.
pub struct Halves(pub u64);

impl Schedule for Halves {
    fn factor(&self, step: u64) -> f64 {
        0.5_f64.powi((step / self.0) as i32)
    }
}

/// The share of predictions that are within a limit.
pub struct Within {
    limit: f32,
    share: Running,
}

impl Measure for Within {
    fn name(&self) -> String {
        format!("within_{}", self.limit)
    }
    fn reset(&mut self) {
        self.share = Running::default();
    }
    fn value(&self) -> f64 {
        self.share.value()
    }
    fn better(&self) -> Better {
        Better::Higher
    }
    fn details(&self) -> Option<String> {
        Some(format!("{:.0} % are off by less than {}", 100.0 * self.value(), self.limit))
    }
}

impl Metric<[f32; 1], f32> for Within {
    fn update(&mut self, prediction: &[[f32; 1]], target: &[f32], _: Option<&[f32]>) {
        for ([x], t) in prediction.iter().zip(target) {
            self.share.add(f64::from((x - t).abs() <= self.limit), 1.0);
        }
    }
}

pub fn within() -> Within {
    Within { limit: 0.25, share: Running::default() }
}

/// Samples that are computed when they are asked for: x from the standard normal distribution, t = sin(2 x₀) + x₁ · x₂.
pub struct Computed(pub usize);

impl Dataset<[f32; 4], f32> for Computed {
    fn len(&self) -> usize {
        self.0
    }
    fn fill(&self, indices: &[usize], x: &mut [[f32; 4]], y: &mut [f32]) -> nn::Result<()> {
        for ((&index, x), y) in indices.iter().zip(x).zip(y) {
            let mut random = Random::new(1, "sample").at(index as u64);
            *x = std::array::from_fn(|_| random.normal() as f32);
            *y = (2.0 * x[0]).sin() + x[1] * x[2];
        }
        Ok(())
    }
}
