//! The adapted network as a layer: parameters are the factors, and their gradients projections of those of the weights.

use super::{Adapted, AdaptedGrads, Change, ChangeGrads, Part, factors};
use crate::lora::factors::Factors;
use crate::lora::{EachAdapter, EachAdapterMut};
use crate::{
    Arena, Bottom, Context, Each, EachMut, EachPair, Layer, Memory, Mut, Parameters, Path, Reads, Ref, Refused, Role,
    Row, Saved, Size, Tape, Tensor,
};
use std::sync::Arc;

impl<N: Layer> Parameters for Adapted<N> {
    type Grads = AdaptedGrads<N::Grads>;
    type PerLayer<T: Copy> = N::PerLayer<T>;
    const PARAMS: usize = N::PARAMS;
    const FROZEN_PARAMS: usize = N::FROZEN_PARAMS;

    fn grads(&self) -> Self::Grads {
        let changes = self.changes.iter().map(|change| {
            let factors = || [change.factors.a.zeros_like(), change.factors.b.zeros_like()];
            ChangeGrads { factors: factors(), fresh: factors(), learns: false }
        });
        AdaptedGrads { net: self.net.grads(), changes: changes.collect(), plan: self.plan.clone() }
    }
    fn no_grads() -> Self::Grads {
        AdaptedGrads { net: N::no_grads(), changes: Vec::new(), plan: Arc::default() }
    }
    fn per_layer<T: Copy>(value: T) -> N::PerLayer<T> {
        N::per_layer(value)
    }
    fn map_layers<T: Copy, U: Copy>(
        per: N::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> N::PerLayer<U> {
        N::map_layers(per, path, f)
    }
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        let mut parts = self.plan.tensors.iter();
        self.net.tensors(path, &mut |own, role, tensor| match parts.next() {
            Some(Part::Changed(change)) => {
                let Change { path: layer, weight, factors: Factors { a, b, .. }, .. } = &self.changes[*change];
                each(own, Role::Frozen, weight);
                factors(path, layer, [a, b], &mut |path, tensor| each(path, Role::Parameter, tensor));
            }
            Some(Part::Frozen) if role == Role::Parameter => each(own, Role::Frozen, tensor),
            _ => each(own, role, tensor),
        });
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        let (mut parts, changes) = (self.plan.tensors.iter(), &mut self.changes);
        self.net.tensors_mut(path, &mut |own, role, tensor| match parts.next() {
            Some(Part::Changed(change)) => {
                let Change { path: layer, weight, factors: Factors { a, b, .. }, .. } = &mut changes[*change];
                each(own, Role::Frozen, weight);
                factors(path, layer, [a, b], &mut |path, tensor| each(path, Role::Parameter, tensor));
            }
            Some(Part::Frozen) if role == Role::Parameter => each(own, Role::Frozen, tensor),
            _ => each(own, role, tensor),
        });
        self.refresh();
    }
    fn pairs<T: Copy>(&mut self, grads: &mut Self::Grads, per: N::PerLayer<T>, path: &Path<'_>, each: EachPair<'_, T>) {
        let (mut parts, changes, team) = (self.plan.gradients.iter(), &mut self.changes, &self.team);
        let own = &mut grads.changes;
        self.net.pairs(&mut grads.net, per, path, &mut |place, tensor, grad, value| match parts.next() {
            Some(Part::Changed(index)) => {
                let change = &mut changes[*index];
                let ([da, db], Factors { a, b, .. }) = (&mut own[*index].factors, &mut change.factors);
                factors(path, &change.path, [(a, da), (b, db)], &mut |path, (tensor, grad)| {
                    each(path, tensor, grad, value)
                });
                change.merge(team, tensor);
            }
            Some(Part::Whole) => each(place, tensor, grad, value),
            _ => {}
        });
    }
    fn gradients(grads: &mut Self::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {
        let AdaptedGrads { net, changes, plan } = grads;
        let mut parts = plan.gradients.iter();
        N::gradients(net, path, &mut |own, grad| match parts.next() {
            Some(Part::Changed(index)) => {
                let [a, b] = &mut changes[*index].factors;
                factors(path, &plan.paths[*index], [a, b], each);
            }
            Some(Part::Whole) => each(own, grad),
            _ => {}
        });
    }
    /// Those that the network was declared with come last.
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        for change in &self.changes {
            let joined = path.join(&change.path);
            each(if change.path.is_empty() { path } else { &joined }, change);
        }
        self.net.adapters(path, each);
    }
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        for change in &mut self.changes {
            let layer = change.path.clone();
            let joined = path.join(&layer);
            each(if layer.is_empty() { path } else { &joined }, change);
        }
        // In this order, because a weight that is written takes declared adapters out of their copies.
        self.refresh();
        self.net.adapters_mut(path, each);
    }
}

impl<N: Layer> Layer for Adapted<N> {
    type In = N::In;
    type Out = N::Out;
    type Gives = N::Gives;
    const KIND: &'static str = N::KIND;
    const MEMORY: Memory = N::MEMORY;
    const IDLE_TAPE: Size = N::IDLE_TAPE;
    const READS: Reads = N::READS;
    const FLOPS: u64 = N::FLOPS;
    const BACKWARD_FLOPS: u64 = N::BACKWARD_FLOPS;

    fn tape(train: N::PerLayer<bool>, dx: bool) -> Size {
        N::tape(train, dx)
    }

    fn reads(train: N::PerLayer<bool>, dx: bool) -> Reads {
        N::reads(train, dx)
    }

    fn refused(x: Ref<'_, N::In>, path: &Path<'_>) -> Option<Refused> {
        N::refused(x, path)
    }

    fn forward(&self, x: Ref<'_, N::In>, y: Mut<'_, N::Out>, cx: Context<'_>) {
        self.net.forward(x, y, cx);
    }

    fn forward_train(
        &self,
        x: Ref<'_, N::In>,
        y: Mut<'_, N::Out>,
        tape: Arena<'_>,
        train: N::PerLayer<bool>,
        cx: Context<'_>,
    ) {
        self.net.forward_train(x, y, tape, self.learning(train), cx);
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: Mut<'_, N::Out>,
        grads: &mut Self::Grads,
        train: N::PerLayer<bool>,
        dx: Option<Mut<'_, N::In>>,
        cx: Context<'_>,
    ) {
        let AdaptedGrads { net: dw, changes, plan } = grads;
        let (team, accumulate, train) = (cx.team, cx.accumulate, self.learning(train));
        let mut layers = plan.layers.iter();
        N::map_layers(train, &Path::ROOT, &mut |_, learns| {
            if let Some((_, Some(change))) = layers.next() {
                changes[*change].learns = learns;
            }
        });
        if accumulate {
            // The factors add up themselves: dW is that of this batch alone.
            let mut parts = plan.gradients.iter();
            N::gradients(dw, &Path::ROOT, &mut |_, grad| {
                if let Some(Part::Changed(_)) = parts.next() {
                    grad.values_mut().fill(0.0);
                }
            });
        }
        let Saved { x, y, tape } = saved;
        self.net.backward(Saved { x, y, tape }, dy, dw, train, dx, cx);
        let mut parts = plan.gradients.iter();
        N::gradients(dw, &Path::ROOT, &mut |_, grad| {
            let Some(Part::Changed(index)) = parts.next() else { return };
            let ChangeGrads { factors, fresh: [a, b], learns: true } = &mut changes[*index] else { return };
            self.changes[*index].factors.project(team, grad.values(), a.values_mut(), b.values_mut());
            for (factor, fresh) in factors.iter_mut().zip([a, b]) {
                match accumulate {
                    true => nn_kernels::add_assign(team, fresh.values(), factor.values_mut()),
                    false => factor.values_mut().copy_from_slice(fresh.values()),
                }
            }
        });
    }

    fn reset(&mut self, key: u64) {
        self.net.reset(key);
        let (changes, plan, mut at) = (&mut self.changes, &self.plan, 0);
        self.net.tensors(&Path::ROOT, &mut |_, _, tensor| {
            if let Some(Part::Changed(change)) = plan.tensors.get(at) {
                changes[*change].weight.clone_from(tensor);
                changes[*change].reset(key);
            }
            at += 1;
        });
    }

    fn commit(&mut self, tape: Tape<'_>, n: usize, train: N::PerLayer<bool>) {
        let train = self.learning(train);
        self.net.commit(tape, n, train);
    }

    fn prepare(&mut self) {
        self.net.prepare();
    }

    fn bottom(&self, train: N::PerLayer<bool>, bottom: &mut Bottom) {
        self.net.bottom(self.learning(train), bottom);
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        N::rows(path, each);
    }
}
