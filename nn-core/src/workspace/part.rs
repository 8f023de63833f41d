//! Passes through a part of a network: up to a cut, and from what is known of it.

use super::{Forward, Workspace};
use crate::context::{Notes, Part};
use crate::{Context, Layer, Mut, Ref, Value};

impl<N: Layer> Workspace<N> {
    /// Runs the lines up to a cut, as a pass in training with the number `step` does or as in evaluation (`None`), and writes what the last one
    /// gives to `values`. Says whether that depends on nothing but the input and the parameters: not if a layer has asked for random numbers.
    pub(crate) fn up_to(
        &mut self,
        net: &N,
        x: Ref<'_, N::In>,
        step: Option<u64>,
        route: &[u64],
        values: &mut [f32],
    ) -> bool {
        if let Some(step) = step {
            let (notes, own) = (Notes::default(), core::mem::replace(&mut self.step, step));
            let part = Part { route, values, given: false, notes: &notes };
            let _ = self.pass(net, N::In::shorten(x), self.train, self.dx, true, Some(part));
            self.step = own;
            return notes.is_constant();
        }
        let n = N::In::count(x);
        let mut y = core::mem::replace(&mut self.y, N::Out::zeroed(0));
        let mut constant = true;
        let len = values.len() / n.max(1);
        for start in (0..n).step_by(self.capacity) {
            let part = start..n.min(start + self.capacity);
            let (notes, values) = (Notes::default(), &mut values[part.start * len..part.end * len]);
            let y = N::Out::part_mut(N::Out::borrow_mut(&mut y), 0..part.len());
            self.evaluate_part(net, N::In::part(x, part), y, Part { route, values, given: false, notes: &notes });
            constant &= notes.is_constant();
        }
        self.y = y;
        constant
    }

    /// [`Workspace::forward_train`] from what the lines up to a cut give. Of the input only the number of samples counts.
    pub(crate) fn forward_train_from<'a>(
        &'a mut self,
        net: &'a N,
        x: Ref<'a, N::In>,
        route: &[u64],
        values: &mut [f32],
    ) -> Forward<'a, N> {
        self.step += 1;
        self.uncommitted = Some((self.train, N::In::count(x)));
        let (notes, dx) = (Notes::default(), self.dx);
        self.pass(net, x, self.train, dx, true, Some(Part { route, values, given: true, notes: &notes }))
    }

    /// [`Workspace::forward`] from what the lines up to a cut give. Of the input only the number of samples counts.
    pub(crate) fn forward_from<'a>(
        &'a mut self,
        net: &N,
        x: Ref<'_, N::In>,
        route: &[u64],
        values: &mut [f32],
    ) -> Ref<'a, N::Out> {
        let n = N::In::count(x);
        let mut y = core::mem::replace(&mut self.y, N::Out::zeroed(0));
        if n > N::Out::count(N::Out::borrow(&y)) {
            y = N::Out::zeroed(n);
        }
        let len = values.len() / n.max(1);
        for start in (0..n).step_by(self.capacity) {
            let part = start..n.min(start + self.capacity);
            let (notes, values) = (Notes::default(), &mut values[part.start * len..part.end * len]);
            let y = N::Out::part_mut(N::Out::borrow_mut(&mut y), part.clone());
            self.evaluate_part(net, N::In::part(x, part), y, Part { route, values, given: true, notes: &notes });
        }
        self.y = y;
        N::Out::part(N::Out::borrow(&self.y), 0..n)
    }

    fn evaluate_part(&mut self, net: &N, x: Ref<'_, N::In>, y: Mut<'_, N::Out>, part: Part<'_>) {
        let cx = Context::new(&self.team, self.seed, self.step, false, &mut self.scratch);
        net.forward(x, y, cx.with_part(Some(part)));
    }
}
