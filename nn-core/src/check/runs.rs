//! Runs of one layer against each other: what must not depend on what.

use super::SMALLEST;
use super::bench::{Bench, Outcome, Start, close, fill, largest, parts};
use crate::{Context, Layer, Path, Result, Value};
use nn_kernels::Buffer;

impl<L: Layer> Bench<'_, L> {
    /// `forward` against `forward_train` outside of training.
    pub(super) fn evaluation(&mut self) -> Result<()> {
        let training = core::mem::replace(&mut self.options.training, false);
        self.number(L::per_layer(true));
        self.options.training = training;
        let expected = parts::<L::Out>(L::Out::borrow(&self.y));
        let mut scratch = Buffer::zeroed(L::MEMORY.forward.floats(self.options.samples));
        scratch.fill(f32::NAN);
        fill::<L::Out>(L::Out::borrow_mut(&mut self.y), f32::NAN);
        let cx = Context::new(&self.team, self.options.seed, 0, false, &mut scratch);
        self.layer.forward(L::In::borrow(&self.x), L::Out::borrow_mut(&mut self.y), cx);
        let found = parts::<L::Out>(L::Out::borrow(&self.y));
        for ((_, a), (_, b)) in expected.iter().zip(&found) {
            let scale = largest(a);
            if let Some(at) = (0..a.len()).find(|&i| !close(a[i], b[i], 1e-5 * scale)) {
                let problem =
                    format!("in evaluation, forward gives {} and forward_train {} (element {at})", b[at], a[at]);
                return Err(self.wrong(problem));
            }
        }
        Ok(())
    }

    pub(super) fn same_gradients(&self, expected: &Outcome, found: &Outcome, tolerance: f64, when: &str) -> Result<()> {
        for ((name, a), (_, b)) in expected.parameters.iter().zip(&found.parameters) {
            let allowed = tolerance * largest(a).max(SMALLEST);
            if let Some(at) = (0..a.len()).find(|&i| a[i].to_bits() != b[i].to_bits() && !close(a[i], b[i], allowed)) {
                return Err(
                    self.wrong(format!("the gradient of `{name}` is {} at element {at}, but {} {when}", a[at], b[at]))
                );
            }
        }
        Ok(())
    }

    pub(super) fn same_input_gradient(&self, expected: &Outcome, found: &Outcome) -> Result<()> {
        for ((_, a), (_, b)) in expected.dx.iter().zip(&found.dx) {
            if let Some(at) = (0..a.len()).find(|&i| a[i].to_bits() != b[i].to_bits()) {
                let problem = format!(
                    "the gradient of the input is {} at element {at}, but {} where what backward does not look at is not there",
                    a[at], b[at]
                );
                return Err(self.wrong(problem));
            }
        }
        Ok(())
    }

    /// Whether exactly the gradients of the layers that train are written.
    pub(super) fn untouched(&mut self, flags: L::PerLayer<bool>, dx: bool) -> Result<()> {
        let mut outcome = self.run(flags, dx, Start::Nan).parameters.into_iter();
        let mut grads = self.layer.grads();
        let mut wrong = None;
        self.layer.pairs(&mut grads, flags, &Path::ROOT, &mut |path, _, _, trains| {
            let Some((_, gradient)) = outcome.next() else { return };
            if trains && gradient.iter().any(|value| value.is_nan()) {
                wrong = Some(format!("`{path}` trains alone and its gradient is not written"));
            }
            if !trains && gradient.iter().any(|value| !value.is_nan()) {
                wrong = Some(format!("`{path}` does not train, but backward writes its gradient"));
            }
        });
        wrong.map_or(Ok(()), |problem| Err(self.wrong(problem)))
    }
}
