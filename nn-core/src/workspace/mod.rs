//! Memory to run a network in: made once, reused for ever.

mod forward;
mod part;

pub use forward::{Forward, Scored};

use crate::context::Part;
use crate::{Arena, Context, Layer, Mut, Ref, Saved, Size, Tape, Value};
use core::fmt;
use nn_kernels::{Buffer, Team};
use std::sync::Arc;

/// Buffers for one network on one thread of control, separate from the network: outputs, their gradients, tape and scratch.
///
/// A workspace is made for a number of samples, its capacity, and then runs any number of batches without allocating. A larger
/// batch makes it grow in training; in evaluation the batch is cut into parts, and only the output grows. Results do not depend
/// on the number of threads.
///
/// This is the level below [`Trainer`](crate::train::Trainer); the order of calls is checked by the compiler:
/// [`forward_train`](Self::forward_train) gives a [`Forward`], [`Forward::loss`] makes it [`Scored`], and only that can go
/// [`backward`](Scored::backward).
///
/// ```
/// use nn_core::{Context, Layer, Saved, Scores, Workspace, parameters};
/// # pub struct Square;
/// # parameters! { impl[] Square }
/// # impl Layer for Square {
/// #     type In = [f32; 2];
/// #     type Out = [f32; 2];
/// #     type Gives = Scores;
/// #     const KIND: &'static str = "Square";
/// #     const FLOPS: u64 = 2;
/// #     fn forward(&self, x: &[[f32; 2]], y: &mut [[f32; 2]], _: Context<'_>) {
/// #         x.as_flattened().iter().zip(y.as_flattened_mut()).for_each(|(x, y)| *y = x * x);
/// #     }
/// #     fn backward(
/// #         &self, saved: Saved<'_, Self>, dy: &mut [[f32; 2]], _: &mut (), _: (), dx: Option<&mut [[f32; 2]]>, _: Context<'_>,
/// #     ) {
/// #         let Some(dx) = dx else { return };
/// #         let pairs = dy.as_flattened().iter().zip(saved.x.as_flattened());
/// #         dx.as_flattened_mut().iter_mut().zip(pairs).for_each(|(dx, (dy, x))| *dx = 2.0 * x * dy);
/// #     }
/// # }
/// let net = Square; // y = x²
/// let mut workspace = Workspace::new(4);
/// assert_eq!(workspace.forward(&net, &[[1.0, 3.0]]), &[[1.0, 9.0]]);
///
/// // The gradient of the sum of the outputs with respect to the input.
/// let forward = workspace.forward_train(&net, &[[1.0, 3.0]]);
/// let scored = forward.loss_with(|y, dy| {
///     dy.as_flattened_mut().fill(1.0);
///     y.as_flattened().iter().map(|&y| f64::from(y)).sum()
/// });
/// assert_eq!(scored.value(), 10.0);
/// assert_eq!(scored.input_gradient().as_flattened(), &[2.0, 6.0]);
/// ```
pub struct Workspace<N: Layer> {
    team: Arc<Team>,
    seed: u64,
    step: u64,
    train: N::PerLayer<bool>,
    /// Samples that scratch is for.
    capacity: usize,
    scratch: Buffer,
    y: <N::Out as Value>::Owned,
    /// Samples that tape and `dy` are for.
    train_capacity: usize,
    tape: Buffer,
    dy: <N::Out as Value>::Owned,
    /// Whether passes in training keep what the gradient with respect to the input needs.
    dx: bool,
    /// What learned in the last pass in training, of how many samples, whose running statistics are still only on the tape.
    uncommitted: Option<(N::PerLayer<bool>, usize)>,
}

impl<N: Layer> Workspace<N> {
    /// Room to train with batches of up to `capacity` samples, on all cores that the process may use.
    pub fn new(capacity: usize) -> Self {
        Self::with_team(capacity, Arc::new(Team::new(0)))
    }

    /// The same on a team of threads that others may share.
    pub fn with_team(capacity: usize, team: Arc<Team>) -> Self {
        let mut workspace = Self::for_evaluation(capacity, team);
        workspace.reserve_training(capacity);
        workspace
    }

    /// Room to evaluate batches of up to `capacity` samples. Training in it makes it grow once.
    pub fn for_evaluation(capacity: usize, team: Arc<Team>) -> Self {
        Self::make(capacity.max(1), capacity.max(1), team)
    }

    /// Room to evaluate with [`Workspace::forward_into`] only.
    pub(crate) fn without_output(capacity: usize, team: Arc<Team>) -> Self {
        Self::make(capacity.max(1), 0, team)
    }

    fn make(capacity: usize, outputs: usize, team: Arc<Team>) -> Self {
        Self {
            team,
            seed: 0,
            step: 0,
            train: N::per_layer(true),
            capacity,
            scratch: Buffer::zeroed(N::MEMORY.forward.floats(capacity)),
            y: N::Out::zeroed(outputs),
            train_capacity: 0,
            tape: Buffer::default(),
            dy: N::Out::zeroed(0),
            dx: false,
            uncommitted: None,
        }
    }

    /// Keeps what [`Scored::backward_to_input`] and [`Scored::input_gradient`] need where everything at the bottom of the network is frozen: for
    /// training something that stands before it. Without this, they compute the forward pass again, in memory of their own.
    #[must_use]
    pub fn keep_input_gradient(mut self) -> Self {
        self.dx = true;
        self
    }

    /// What keys all random choices of layers (dropout), together with the step and the layer's path. 0 unless set.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Which layers learn; all unless set. For the others, `backward` computes no gradient.
    pub fn set_trainable(&mut self, layers: N::PerLayer<bool>) {
        self.train = layers;
    }

    /// Which layers learn.
    pub fn trainable(&self) -> N::PerLayer<bool> {
        self.train
    }

    /// How many passes in training have been made: with the seed, this decides what dropout drops.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Goes on as if `step` passes in training had been made.
    pub fn set_step(&mut self, step: u64) {
        self.step = step;
    }

    /// The threads that it computes on.
    pub fn team(&self) -> &Arc<Team> {
        &self.team
    }

    /// The bytes of a workspace that evaluates batches of `n` samples.
    pub const fn bytes(n: usize) -> usize {
        N::MEMORY.forward.bytes(n) + Size::per_sample(<N::Out as Value>::LEN).bytes(n)
    }

    /// The bytes of the tape that the passes so far have needed: what they keep for the pass backward. Of layers below the lowest
    /// one that learns that is nothing; above it, what gradients are computed from.
    pub fn tape_bytes(&self) -> usize {
        self.tape.len() * size_of::<f32>()
    }

    /// The bytes of a workspace that trains all layers with batches of `n` samples.
    pub fn training_bytes(n: usize) -> usize {
        let scratch = N::MEMORY.forward.or(N::MEMORY.train).bytes(n);
        N::tape(N::per_layer(true), false).bytes(n) + scratch + 2 * Size::per_sample(<N::Out as Value>::LEN).bytes(n)
    }

    /// The output of the network in evaluation. It stays until the next call.
    ///
    /// A batch larger than the capacity is computed in parts.
    pub fn forward<'a>(&'a mut self, net: &N, x: Ref<'_, N::In>) -> Ref<'a, N::Out> {
        let n = N::In::count(x);
        let mut y = core::mem::replace(&mut self.y, N::Out::zeroed(0));
        if n > N::Out::count(N::Out::borrow(&y)) {
            y = N::Out::zeroed(n);
        }
        self.forward_into(net, x, N::Out::part_mut(N::Out::borrow_mut(&mut y), 0..n));
        self.y = y;
        N::Out::part(N::Out::borrow(&self.y), 0..n)
    }

    /// [`Workspace::forward`] that writes the output to `y`.
    ///
    /// # Panics
    /// If `y` has fewer samples than `x`.
    pub fn forward_into(&mut self, net: &N, x: Ref<'_, N::In>, mut y: Mut<'_, N::Out>) {
        let n = N::In::count(x);
        for start in (0..n).step_by(self.capacity) {
            let part = start..n.min(start + self.capacity);
            let y = N::Out::part_mut(N::Out::reborrow(&mut y), part.clone());
            let cx = Context::new(&self.team, self.seed, self.step, false, &mut self.scratch);
            net.forward(N::In::part(x, part), y, cx);
        }
    }

    /// Runs the network as in training and counts a step. The input has to stay until `backward` is done.
    pub fn forward_train<'a>(&'a mut self, net: &'a N, x: Ref<'a, N::In>) -> Forward<'a, N> {
        self.step += 1;
        self.uncommitted = Some((self.train, N::In::count(x)));
        self.pass(net, x, self.train, self.dx, true, None)
    }

    /// Runs the network as in evaluation (no dropout, running statistics), but keeps what [`Forward::outputs`] and
    /// [`Scored::input_gradient`] need: to look inside.
    pub fn inspect<'a>(&'a mut self, net: &'a N, x: Ref<'a, N::In>) -> Forward<'a, N> {
        self.uncommitted = None;
        self.pass(net, x, N::per_layer(false), true, false, None)
    }

    fn pass<'a>(
        &'a mut self,
        net: &'a N,
        x: Ref<'a, N::In>,
        train: N::PerLayer<bool>,
        dx: bool,
        training: bool,
        part: Option<Part<'_>>,
    ) -> Forward<'a, N> {
        let n = N::In::count(x);
        self.reserve_training(n);
        // What is not for training is for looking inside.
        let (size, whole) = if training { (N::tape(train, dx), false) } else { (N::MEMORY.tape, true) };
        let floats = size.floats(self.train_capacity);
        if self.tape.len() < floats {
            self.tape = Buffer::zeroed(floats);
        }
        let Self { team, seed, step, scratch, y, tape, dy, .. } = self;
        if n > 0 {
            let cx = Context::new(team, *seed, *step, training, scratch).with_part(part);
            let tape = Arena::new(tape).with_dx(dx);
            let tape = if whole { tape.looking_inside() } else { tape };
            let y = N::Out::part_mut(N::Out::borrow_mut(y), 0..n);
            net.forward_train(N::In::shorten(x), y, tape, train, cx);
        }
        let tape = Tape::new(tape).with_dx(dx);
        let tape = if whole { tape.looking_inside() } else { tape };
        let saved = Saved { x, y: N::Out::part(N::Out::borrow(y), 0..n), tape };
        let dy = N::Out::part_mut(N::Out::borrow_mut(dy), 0..n);
        let cx = Context::new(team, *seed, *step, training, scratch);
        Forward::new(net, saved, dy, train, cx)
    }

    /// Takes over the running statistics (batch normalisation) of the last pass in training. Does nothing if that has been done.
    pub fn commit(&mut self, net: &mut N) {
        if let Some((train, n)) = self.uncommitted.take().filter(|&(_, n)| n > 0) {
            net.commit(Tape::new(&self.tape).with_dx(self.dx), n, train);
        }
    }

    /// [`Workspace::commit`] with a share of the last pass in the running statistics that takes the place of the layers' own `momentum`. With 1, 1/2, 1/3, … after
    /// the passes over a data set, the statistics become the means of those of its batches (PyTorch: `update_bn`).
    pub fn commit_with_momentum(&mut self, net: &mut N, momentum: f32) {
        if let Some((train, n)) = self.uncommitted.take().filter(|&(_, n)| n > 0) {
            net.commit(Tape::new(&self.tape).with_dx(self.dx).with_momentum(momentum), n, train);
        }
    }

    /// Makes room to train with batches of `n` samples.
    fn reserve_training(&mut self, n: usize) {
        if n <= self.train_capacity {
            return;
        }
        let capacity = n.max(self.capacity);
        self.capacity = capacity;
        self.train_capacity = capacity;
        self.scratch = Buffer::zeroed(N::MEMORY.forward.or(N::MEMORY.train).floats(capacity));
        self.dy = N::Out::zeroed(capacity);
        if N::Out::count(N::Out::borrow(&self.y)) < capacity {
            self.y = N::Out::zeroed(capacity);
        }
    }
}

impl<N: Layer> fmt::Debug for Workspace<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace({} for {} samples, {:?})", N::KIND, self.capacity, self.team)
    }
}
