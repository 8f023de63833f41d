//! One step of training: forward, loss, backward.

use crate::loss::{Accepts, Loss};
use crate::{Arena, Context, Layer, Mut, Path, Ref, Sample, Saved, Tape, Value};
use nn_kernels::Buffer;

/// A network that has been run forward, and what `backward` needs. Made by
/// [`Workspace::forward_train`](crate::Workspace::forward_train) and [`Workspace::inspect`](crate::Workspace::inspect).
#[must_use = "gradients are computed by `loss` and then `backward`"]
pub struct Forward<'a, N: Layer> {
    net: &'a N,
    saved: Saved<'a, N>,
    dy: Mut<'a, N::Out>,
    train: N::PerLayer<bool>,
    cx: Context<'a>,
}

impl<'a, N: Layer> Forward<'a, N> {
    pub(super) fn new(
        net: &'a N,
        saved: Saved<'a, N>,
        dy: Mut<'a, N::Out>,
        train: N::PerLayer<bool>,
        cx: Context<'a>,
    ) -> Self {
        Self { net, saved, dy, train, cx }
    }

    /// The number of samples.
    pub fn count(&self) -> usize {
        N::In::count(self.saved.x)
    }

    /// The input of the network.
    pub fn input(&self) -> Ref<'a, N::In> {
        self.saved.x
    }

    /// The output of the network.
    pub fn output(&self) -> Ref<'a, N::Out> {
        self.saved.y
    }

    /// Calls `each` with the output of every inner line that was kept, in order, under the line's path: `conv`, `blocks.3.norm`.
    ///
    /// Outputs lie one sample after the other, each in row-major order of the shape in the summary. Images and sequences whose channels lie together
    /// inside are copied for that, so this allocates: it is for looking at a network, not for training it.
    ///
    /// [`Workspace::inspect`](crate::Workspace::inspect) keeps all. A pass in training keeps what `backward` looks at, and a line whose output is not
    /// among that is missing: what a frozen `Dense` takes, what goes into a `Dropout` alone, everything below the lowest layer that learns.
    pub fn outputs(&self, each: &mut dyn FnMut(&Path<'_>, &[f32])) {
        if self.count() > 0 {
            N::outputs(self.saved, self.train, &Path::ROOT, each);
        }
    }

    /// The path of the first line whose output has a NaN or an infinity, and `output` if that is the network itself.
    ///
    /// Computes the pass again, in memory of its own, because a pass in training does not keep every output.
    pub fn first_not_finite(&self) -> Option<String> {
        let (n, mut first) = (self.count(), None);
        if n == 0 {
            return None;
        }
        let [mut tape, mut scratch] = [N::MEMORY.tape, N::MEMORY.train].map(|size| Buffer::zeroed(size.floats(n)));
        let (mut y, arena) = (N::Out::zeroed(n), Arena::new(&mut tape).looking_inside());
        let (x, cx) = (N::In::shorten(self.saved.x), self.cx.beside(&mut scratch));
        self.net.forward_train(x, N::Out::borrow_mut(&mut y), arena, self.train, cx);
        let saved = Saved::<N> { x, y: N::Out::borrow(&y), tape: Tape::new(&tape).looking_inside() };
        N::outputs(saved, self.train, &Path::ROOT, &mut |path, values| {
            if first.is_none() && !values.iter().all(|value| value.is_finite()) {
                first = Some(if path.is_root() { "output".to_owned() } else { path.to_string() });
            }
        });
        first
    }

    /// The mean loss of the batch, with labels that are samples: `&[u32]`, `&[[f32; 3]]`, ….
    ///
    /// # Panics
    /// If there are not as many labels as samples.
    pub fn loss<T: Sample, L>(self, loss: &L, target: &[T]) -> Scored<'a, N>
    where
        L: Loss<N::Out, T> + Accepts<N::Gives> + ?Sized,
    {
        self.weighted_loss::<T, L>(loss, target, None)
    }

    /// [`Forward::loss`] for labels of any kind, which has to be named (`weighted_loss::<u32, _>(…)`), each sample counting as `weights` say.
    ///
    /// # Panics
    /// If there are not as many labels or weights as samples.
    pub fn weighted_loss<T: Value, L>(self, loss: &L, target: Ref<'_, T>, weights: Option<&[f32]>) -> Scored<'a, N>
    where
        L: Loss<N::Out, T> + ?Sized,
    {
        self.loss_with(|y, dy| loss.loss(y, target, weights, Some(dy)))
    }

    /// The value of a loss that is written on the spot: `loss` is given the output and writes the gradient with respect to it.
    pub fn loss_with(mut self, loss: impl FnOnce(Ref<'_, N::Out>, Mut<'_, N::Out>) -> f64) -> Scored<'a, N> {
        let value = loss(self.saved.y, N::Out::reborrow(&mut self.dy));
        Scored { value, forward: self }
    }
}

/// A [`Forward`] with the value of a loss and the gradient with respect to the output: ready for `backward`.
#[must_use = "the gradients are computed by `backward`"]
pub struct Scored<'a, N: Layer> {
    value: f64,
    forward: Forward<'a, N>,
}

impl<'a, N: Layer> Scored<'a, N> {
    /// The value of the loss.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Multiplies the gradient with respect to the output: what the loss counts beside others.
    pub fn scale(&mut self, factor: f32) {
        N::Out::each_part_mut(N::Out::reborrow(&mut self.forward.dy), &mut |_, part| {
            part.iter_mut().for_each(|value| *value *= factor);
        });
    }

    /// The forward part, to look at outputs.
    pub fn forward(&self) -> &Forward<'a, N> {
        &self.forward
    }

    /// Overwrites `gradients` with the gradients of the parameters that learn.
    pub fn backward(self, gradients: &mut N::Grads) {
        self.run(gradients, None, false);
    }

    /// Adds the gradients of the parameters that learn to `gradients`.
    pub fn accumulate(self, gradients: &mut N::Grads) {
        self.run(gradients, None, true);
    }

    /// [`Scored::backward`] that writes the gradient with respect to the input too. Tokens have none, and `dx` stays as it is.
    ///
    /// # Panics
    /// If `dx` has another number of samples than the input.
    pub fn backward_to_input(self, gradients: &mut N::Grads, dx: Mut<'_, N::In>) {
        self.run(gradients, Some(dx), false);
    }

    /// The gradient with respect to the input alone. Allocates: this is for looking at a network, not for training it.
    pub fn input_gradient(self) -> <N::In as Value>::Owned {
        // After a pass in training, what learns stays what learns: batch normalisation has another derivative where it is frozen.
        let mut dx = N::In::zeroed(self.forward.count());
        let mut gradients = self.forward.net.grads();
        self.run(&mut gradients, Some(N::In::borrow_mut(&mut dx)), false);
        dx
    }

    fn run(self, gradients: &mut N::Grads, dx: Option<Mut<'_, N::In>>, accumulate: bool) {
        let Forward { net, saved, dy, train, mut cx } = self.forward;
        let (n, mut tape) = (N::In::count(saved.x), None);
        let mut saved = Saved::<N> { x: N::In::shorten(saved.x), y: N::Out::shorten(saved.y), tape: saved.tape };
        if dx.is_some() && !saved.tape.dx() {
            // The tape may lack what only the gradient with respect to the input reads. Random numbers depend on the step and not on how
            // often they are drawn, so the same pass can be made again.
            if n > 0 && N::tape(train, true) != N::tape(train, false) {
                let tape = tape.insert(Buffer::zeroed(N::tape(train, true).floats(n)));
                let mut y = N::Out::zeroed(n);
                net.forward_train(saved.x, N::Out::borrow_mut(&mut y), Arena::new(tape), train, cx.again());
                saved.tape = Tape::new(tape);
            }
            saved.tape = saved.tape.with_dx(true);
        }
        if n > 0 {
            cx.accumulate = accumulate;
            net.backward(saved, dy, gradients, train, dx, cx);
        } else if !accumulate {
            N::gradients(gradients, &Path::ROOT, &mut |_, gradient| gradient.values_mut().fill(0.0));
        }
    }
}
