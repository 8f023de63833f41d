//! Everything of one's own in one network: an activation, a layer, a loss, an optimiser, a metric, a schedule, a callback, a source of data.

use nn::data::{Dataset, Samples};
use nn::init::Init;
use nn::layers::Activation;
use nn::loss::{Accepts, Loss, elementwise};
use nn::metrics::Running;
use nn::optim::{Optimizer, Update};
use nn::random::Random;
use nn::schedule::Schedule;
use nn::storage::Checkpoint;
use nn::train::{Callback, Checkpoints, Every, Fit, Progress, Trainer, View};
use nn::{
    Arena, Better, Context, Error, Layer, Layout, Meaning, Measure, Memory, Metric, Network, Reads, Saved, Scores,
    Shape, Size, Store, Tensor, check, network, parameters,
};

/// y = x / √(1 + x²), whose derivative (1 − y²)^(3/2) reads the output alone.
#[derive(Clone, Copy, Debug, Default)]
struct Bounded;

impl Activation for Bounded {
    type Gives = Scores;
    const KIND: &'static str = "Bounded";
    const READS: Reads = Reads::OUTPUT;

    fn apply(&self, x: f32) -> f32 {
        x / (1.0 + x * x).sqrt()
    }
    fn derivative(&self, _: f32, y: f32) -> f32 {
        (1.0 - y * y).max(0.0).powf(1.5)
    }
}

/// y = sin(x), whose derivative reads the input.
#[derive(Clone, Copy, Debug, Default)]
struct Sine;

impl Activation for Sine {
    type Gives = Scores;
    const KIND: &'static str = "Sine";
    const READS: Reads = Reads::INPUT;

    fn apply(&self, x: f32) -> f32 {
        x.sin()
    }
    fn derivative(&self, x: f32, _: f32) -> f32 {
        x.cos()
    }
}

/// y = x · (1 + gate · √(mean of x²)): a layer with a parameter, a tape of its own and a derivative that reads its input.
struct Loudness<const N: usize> {
    gate: Tensor,
}

parameters! { impl[const N: usize] Loudness<N>, LoudnessGrads { gate }, count = N }

impl<const N: usize> Default for Loudness<N> {
    fn default() -> Self {
        Self { gate: Tensor::zeros(Shape::new(&[N]), Layout::Plain) }
    }
}

impl<const N: usize> Loudness<N> {
    fn loudness(x: &[f32; N]) -> f32 {
        (x.iter().map(|x| x * x).sum::<f32>() / N as f32).sqrt() + 1e-6
    }

    fn write(&self, x: &[f32; N], y: &mut [f32; N]) -> f32 {
        let loudness = Self::loudness(x);
        *y = std::array::from_fn(|i| x[i] * (1.0 + self.gate.values()[i] * loudness));
        loudness
    }
}

impl<const N: usize> Layer for Loudness<N> {
    type In = [f32; N];
    type Out = [f32; N];
    type Gives = Scores;
    const KIND: &'static str = "Loudness";
    const MEMORY: Memory = Memory { tape: Size::per_sample(1), ..Memory::NONE };
    const READS: Reads = Reads::INPUT;
    const FLOPS: u64 = 5 * N as u64;

    fn forward(&self, x: &[[f32; N]], y: &mut [[f32; N]], _: Context<'_>) {
        for (x, y) in x.iter().zip(y) {
            self.write(x, y);
        }
    }

    fn forward_train(&self, x: &[[f32; N]], y: &mut [[f32; N]], mut tape: Arena<'_>, _: bool, _: Context<'_>) {
        let loudness = tape.floats(x.len());
        for ((x, y), loudness) in x.iter().zip(y).zip(loudness) {
            *loudness = self.write(x, y);
        }
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [[f32; N]],
        grads: &mut LoudnessGrads,
        train: bool,
        mut dx: Option<&mut [[f32; N]]>,
        cx: Context<'_>,
    ) {
        let (gate, loudness) = (self.gate.values(), saved.tape.floats(dy.len()));
        if train && !cx.accumulate {
            grads.gate.values_mut().fill(0.0);
        }
        for (n, (x, dy)) in saved.x.iter().zip(&*dy).enumerate() {
            if train {
                let gradient = grads.gate.values_mut();
                (0..N).for_each(|i| gradient[i] += dy[i] * x[i] * loudness[n]);
            }
            if let Some(dx) = dx.as_deref_mut() {
                let shared: f32 =
                    (0..N).map(|i| dy[i] * x[i] * gate[i]).sum::<f32>() / (N as f32 * (loudness[n] - 1e-6));
                dx[n] = std::array::from_fn(|i| dy[i] * (1.0 + gate[i] * loudness[n]) + shared * x[i]);
            }
        }
    }

    fn reset(&mut self, key: u64) {
        Init::Uniform { low: -0.5, high: 0.5 }.fill(&mut self.gate, &mut Random::new(key, "gate"));
    }
}

network! {
    struct Inner: [8] -> [8] { body: Residual { loud: Loudness<8> as [8] -> [8], fc: Dense(8) + Sine } }

    struct Own: [4] -> [1] {
        hidden: Dense(8) + Bounded,
        loud: Loudness<8> as [8] -> [8],
        waves: Dense(8) + Sine,
        inner: [Inner; 2],
        out: Dense(1),
    }
}

/// log cosh(x − t): nearly squares near 0, nearly distances far away.
struct LogCosh;

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
struct SoftSign {
    lr: f64,
    momentum: f32,
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
struct Halves(u64);

impl Schedule for Halves {
    fn factor(&self, step: u64) -> f64 {
        0.5_f64.powi((step / self.0) as i32)
    }
}

/// The share of predictions that are within a limit.
struct Within {
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

fn within() -> Within {
    Within { limit: 0.25, share: Running::default() }
}

/// Samples that are computed when they are asked for: x from the standard normal distribution, t = sin(2 x₀) + x₁ · x₂.
struct Computed(usize);

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

type Training = Trainer<Own, LogCosh, SoftSign, f32>;

fn trainer() -> Training {
    Trainer::new(Own::seeded(1), LogCosh, SoftSign { lr: 0.02, momentum: 0.9 })
        .schedule(Halves(300))
        .metric(within())
        .clip_norm(5.0)
        .seed(3)
}

const TRAIN: Computed = Computed(1000);

fn fit(epochs: usize) -> Fit<'static, [f32; 4], f32> {
    Fit { epochs, progress: Progress::Silent, ..Fit::default() }
}

#[test]
fn gradients_agree_with_finite_differences() {
    for seed in [1, 2, 3] {
        check::gradients(&mut Own::seeded(seed), &check::Options { seed, ..Default::default() }).unwrap();
        check::gradients(&mut Loudness::<5>::default(), &check::Options { seed, ..Default::default() }).unwrap();
    }
    check::threads(&mut Own::seeded(4), 50).unwrap();
}

#[test]
fn it_learns() {
    let mut trainer = trainer();
    let history = trainer.fit(&TRAIN, &fit(30)).unwrap();
    assert_eq!(history.names(), ["loss", "within_0.25"]);
    let last = &history.last().unwrap();
    assert_eq!(last.lr, 0.02 * 0.5_f64.powi(3)); // 959 steps and the last one
    let evaluation = trainer.evaluate(&TRAIN).unwrap();
    assert!(evaluation.loss() < 0.03 && evaluation.get("within_0.25").unwrap() > 0.8, "{evaluation}");
    assert!(evaluation.to_string().contains("% are off by less than 0.25"), "{evaluation}");

    let rows = trainer.network().summary().to_string();
    for row in ["hidden (Dense)", "loud (Loudness)", "inner.1.body.loud (Loudness)"] {
        assert!(rows.contains(row), "no `{row}` in\n{rows}");
    }
}

#[test]
fn it_is_saved_and_loaded_and_resumed() {
    let folder = std::env::temp_dir().join(format!("nn-own-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let mut whole = trainer();
    whole.fit(&TRAIN, &fit(3)).unwrap();

    struct Crash;
    impl Callback<Own> for Crash {
        fn on_batch_end(&mut self, view: &mut View<'_, Own>) -> nn::Result<()> {
            if view.step == 50 { Err(Error::data("crash", "on purpose")) } else { Ok(()) }
        }
    }
    let checkpoints = Checkpoints { every: Every::Steps(20), ..Checkpoints::new(&folder) };
    let with_checkpoints = Fit { checkpoints: Some(checkpoints), ..fit(3) };
    trainer().callback(Crash).fit(&TRAIN, &with_checkpoints).unwrap_err();
    let mut resumed = trainer();
    assert!(resumed.resume(&folder).unwrap());
    assert_eq!(resumed.stepper().steps(), 40);
    resumed.fit(&TRAIN, &with_checkpoints).unwrap();
    let bytes = whole.network().to_bytes().unwrap();
    assert!(resumed.network().to_bytes().unwrap() == bytes, "a resumed run has the bits of one that was never stopped");
    let (_, last) = nn::storage::Rotation::new(&folder).latest().unwrap().unwrap();
    let checkpoint = Checkpoint::read(last).unwrap();
    assert_eq!(checkpoint.shape(&Checkpoint::state_name("loud.gate", "velocity")), Some(Shape::new(&[8])));
    std::fs::remove_dir_all(&folder).unwrap();

    let mut loaded = Own::seeded(9);
    loaded.load_bytes(&bytes).unwrap();
    let x = [[0.5, -0.25, 1.0, 0.0], [1.5, 0.75, -1.0, 2.0]];
    assert_eq!(loaded.predict(&x), whole.predict(&x));
    let mut prepared = loaded.prepare(2);
    assert_eq!(prepared.predict(&x).len(), 2);
}

#[test]
fn what_does_not_make_sense_is_told_before_training() {
    let mut trainer = Trainer::new(Own::seeded(1), LogCosh, SoftSign { lr: 0.02, momentum: 1.5 });
    let data = Samples::new([[0.0; 4]], [0.0_f32]).unwrap();
    let error = trainer.fit(&data, &fit(1)).unwrap_err().to_string();
    assert_eq!(error, "SoftSign::momentum: it has to be below 1");
}
