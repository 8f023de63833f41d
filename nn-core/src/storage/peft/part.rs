//! The part of a network that PEFT saves, under the names that it gives.

use super::PREFIX;
use crate::{Each, EachMut, EachPair, Parameters, Path, Role, Tensor};

/// The adapters, and the layers that are saved whole.
pub(super) struct Part<'a, P> {
    pub net: &'a mut P,
    pub whole: &'a [String],
}

/// What the factors are called.
pub(super) const FACTORS: [&str; 2] = ["lora_A", "lora_B"];

/// The path of a tensor without the name of the tensor itself.
pub(super) fn layer_of(name: &str) -> Option<&str> {
    let layer = name.rsplit_once('.').map_or("", |(layer, _)| layer);
    // The factors have a part of the path of their own.
    let last = layer.rsplit('.').next();
    (!FACTORS.iter().any(|factor| last == Some(factor))).then_some(layer)
}

/// Whether the path of a layer is or ends with `name`, or lies below such a layer.
pub(super) fn is_at(layer: &str, name: &str) -> bool {
    let mut ends = layer.match_indices('.').map(|(at, _)| at).chain([layer.len()]);
    ends.any(|end| {
        let part = &layer[..end];
        part == name || part.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
    })
}

/// Whether a tensor belongs to a layer that is saved whole.
pub(super) fn is_whole(tensor: &str, whole: &[impl AsRef<str>]) -> bool {
    layer_of(tensor).is_some_and(|layer| whole.iter().any(|name| is_at(layer, name.as_ref())))
}

/// The first of these names that stands for layers of which no tensor learns. A name that stands for no layer is none.
pub(super) fn frozen<'a, P: Parameters, S: AsRef<str>>(net: &P, whole: &'a [S]) -> Option<&'a str> {
    whole.iter().map(AsRef::as_ref).find(|name| {
        let (mut exists, mut learns) = (false, false);
        net.tensors(&Path::ROOT, &mut |path, role, _| {
            if is_whole(&path.to_string(), &[name]) {
                exists = true;
                learns |= role == Role::Parameter;
            }
        });
        exists && !learns
    })
}

/// Calls `each` for the factors of all adapters, then for what is saved whole.
pub(super) fn tensors<P: Parameters>(net: &P, whole: &[impl AsRef<str>], path: &Path<'_>, each: Each<'_>) {
    let path = path.join(PREFIX);
    net.adapters(&path, &mut |path, adapter| {
        for (name, tensor) in FACTORS.iter().zip(adapter.factors()) {
            each(&path.join(name).join("weight"), Role::Parameter, tensor);
        }
    });
    net.tensors(&Path::ROOT, &mut |own, role, tensor| {
        let own = own.to_string();
        if role != Role::Frozen && is_whole(&own, whole) {
            each(&path.join(&own), role, tensor);
        }
    });
}

impl<P: Parameters> Parameters for Part<'_, P> {
    type Grads = ();
    type PerLayer<T: Copy> = ();
    const PARAMS: usize = 0;

    fn grads(&self) {}
    fn no_grads() {}
    fn per_layer<T: Copy>(_: T) {}
    fn map_layers<T: Copy, U: Copy>((): (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) {}
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        tensors(self.net, self.whole, path, each);
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        self.net.adapters_mut(&path.join(PREFIX), &mut |path, adapter| {
            for (name, tensor) in FACTORS.iter().zip(adapter.factors_mut()) {
                each(&path.join(name).join("weight"), Role::Parameter, tensor);
            }
        });
        self.net.tensors_mut(&Path::ROOT, &mut |own, role, tensor| {
            let own = own.to_string();
            if role != Role::Frozen && is_whole(&own, self.whole) {
                each(&path.join(PREFIX).join(&own), role, tensor);
            }
        });
    }
    fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &Path<'_>, _: EachPair<'_, T>) {}
    fn gradients((): &mut (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, &mut Tensor)) {}
}
