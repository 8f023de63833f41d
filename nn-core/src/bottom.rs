//! Where a network can be cut in two: a lower part in which nothing learns, and what is above it.

use crate::data::Digest;
use crate::random::{fold, mix};
use crate::{Layer, Path, Value};
use core::fmt::{self, Write};

/// Looks for the lower part of a network that does not learn and of which everything above it reads one value only: what
/// [`Layer::bottom`] is given. [`Trainer`](crate::train::Trainer) computes that value once for each sample.
///
/// A network tells its lines in order, and an array its elements, until the first that learns. A layer that consists of others in another way has
/// nothing to tell: it is a whole.
#[derive(Debug)]
pub struct Bottom {
    /// The key of the layer that is telling its lines, as [`Context`](crate::Context) has it.
    key: u64,
    /// Whether everything from the next line on reads at most what the line before it gives.
    narrow: bool,
    ended: bool,
    /// Whether what has been told has tensors.
    has_tensors: bool,
    /// The contents of what has been told, where they are wanted.
    weights: Option<Digest>,
    /// Stands for all cuts so far and what is below them.
    fingerprint: u64,
    /// The cuts themselves, where they are wanted.
    cuts: Option<Cuts>,
}

/// The line whose output is all that the lines above it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The keys of the layers that it is in, the outermost first, and its own.
    pub(crate) route: Vec<u64>,
    /// The names of the same: `features.blocks.2`.
    pub(crate) path: String,
    /// The elements that it gives for a sample.
    pub(crate) len: usize,
    /// Stands for the layers up to it and their tensors.
    pub(crate) weights: u64,
}

/// Cuts on their way.
#[derive(Debug, Default)]
struct Cuts {
    found: Vec<Cut>,
    /// The route and the path to the line that is being told.
    route: Vec<u64>,
    path: String,
}

impl Bottom {
    fn new(seed: u64, weights: Option<Digest>, cuts: Option<Cuts>) -> Self {
        Self { key: seed, narrow: true, ended: false, has_tensors: false, weights, fingerprint: 0, cuts }
    }

    /// Where a network of which `train` says what learns can be cut, from the lowest place above something with parameters to the highest.
    pub(crate) fn cuts<N: Layer>(net: &N, train: N::PerLayer<bool>, seed: u64) -> Vec<Cut> {
        let mut bottom = Self::new(seed, Some(Digest::default()), Some(Cuts::default()));
        net.bottom(train, &mut bottom);
        bottom.cuts.map_or_else(Vec::new, |cuts| cuts.found)
    }

    /// Whether the network can be cut at a line that has been one of its cuts.
    pub(crate) fn has_cut<N: Layer>(net: &N, train: N::PerLayer<bool>, seed: u64, route: &[u64]) -> bool {
        let mut bottom = Self::new(seed, None, Some(Cuts::default()));
        net.bottom(train, &mut bottom);
        bottom.cuts.is_some_and(|cuts| cuts.found.iter().any(|cut| cut.route == route))
    }

    /// Stands for the cuts of the network, and for all weights below them. Allocates nothing.
    pub(crate) fn fingerprint<N: Layer>(net: &N, train: N::PerLayer<bool>, seed: u64) -> u64 {
        let mut bottom = Self::new(seed, Some(Digest::default()), None);
        net.bottom(train, &mut bottom);
        bottom.fingerprint
    }

    /// The next line of a network. `reached` says whether the backward pass comes to it ([`Reach::line`](crate::Reach)), and `narrow` whether the
    /// lines behind it read nothing but what it gives, or what they give themselves.
    pub fn line<L: Layer>(&mut self, name: &str, layer: &L, train: L::PerLayer<bool>, reached: bool, narrow: bool) {
        self.next(fold(self.key, name), &name, layer, train, reached, narrow);
    }

    /// The next element of an array. `reached` says whether the backward pass comes to it.
    pub fn element<L: Layer>(&mut self, index: usize, layer: &L, train: L::PerLayer<bool>, reached: bool) {
        self.next(mix(self.key, index as u64), &index, layer, train, reached, true);
    }

    fn next<L: Layer>(
        &mut self,
        key: u64,
        name: &dyn fmt::Display,
        layer: &L,
        train: L::PerLayer<bool>,
        reached: bool,
        narrow: bool,
    ) {
        if self.ended {
            return;
        }
        let outside = self.cuts.as_mut().map_or(0, |cuts| cuts.enter(key, name));
        if narrow && self.narrow {
            let outer = core::mem::replace(&mut self.key, key);
            layer.bottom(train, self);
            self.key = outer;
        }
        if reached {
            self.ended = true;
        } else {
            self.weigh(layer);
            self.narrow = narrow;
            if narrow && self.has_tensors {
                let weights = self.weights.as_ref().map_or(0, Digest::finish);
                self.fingerprint = mix(mix(self.fingerprint, key), weights);
                if let Some(Cuts { found, route, path }) = &mut self.cuts {
                    found.push(Cut { route: route.clone(), path: path.clone(), len: L::Out::LEN, weights });
                }
            }
        }
        if let Some(cuts) = &mut self.cuts {
            cuts.leave(outside);
        }
    }

    fn weigh<L: Layer>(&mut self, layer: &L) {
        let Some(digest) = &mut self.weights else {
            return layer.tensors(&Path::ROOT, &mut |_, _, _| self.has_tensors = true);
        };
        if self.cuts.is_some() {
            // What is kept in a file shall not be taken for what another layer gives.
            digest.add_layer::<L>();
        }
        layer.tensors(&Path::ROOT, &mut |_, _, tensor| {
            self.has_tensors = true;
            digest.add(tensor.values().iter().map(|value| value.to_bits()));
        });
        digest.add_alphas(layer);
    }
}

impl Cuts {
    fn enter(&mut self, key: u64, name: &dyn fmt::Display) -> usize {
        let outside = self.path.len();
        self.route.push(key);
        // Writing to a string cannot fail.
        let _ = write!(self.path, "{}{name}", if outside == 0 { "" } else { "." });
        outside
    }

    fn leave(&mut self, outside: usize) {
        self.route.pop();
        self.path.truncate(outside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Dense, Lora};
    use crate::lora::Adapter;

    type Net = [[Dense<[f32; 2], [f32; 2]>; 2]; 2];

    fn net() -> Net {
        std::array::from_fn(|_| std::array::from_fn(|_| Dense::new()))
    }

    /// The paths at which the network can be cut.
    fn paths(train: [[bool; 2]; 2]) -> Vec<String> {
        let cuts = Bottom::cuts(&net(), train, 7);
        assert!(cuts.iter().all(|cut| cut.len == 2 && Bottom::has_cut(&net(), train, 7, &cut.route)));
        cuts.into_iter().map(|cut| cut.path).collect()
    }

    #[test]
    fn cuts_are_where_everything_below_does_not_learn() {
        assert_eq!(paths([[false, false], [false, false]]), ["0.0", "0.1", "0", "1.0", "1.1", "1"]);
        assert_eq!(paths([[false, false], [false, true]]), ["0.0", "0.1", "0", "1.0"]);
        assert_eq!(paths([[false, false], [true, false]]), ["0.0", "0.1", "0"]);
        assert_eq!(paths([[false, true], [false, false]]), ["0.0"]);
        assert_eq!(paths([[true, false], [false, false]]), [""; 0]);
    }

    #[test]
    fn the_fingerprint_is_that_of_the_cuts_and_of_what_is_below_them() {
        let of = |net: &Net, train| Bottom::fingerprint(net, train, 7);
        let train = [[false, false], [false, true]];
        let first = of(&net(), train);
        assert_eq!(of(&net(), train), first);
        assert_ne!(of(&net(), [[false, false], [true, true]]), first);
        assert_eq!(of(&net(), [[false, true], [true, true]]), of(&net(), [[false, true], [false, false]]));
        for (i, j, changes) in [(0, 0, true), (0, 1, true), (1, 0, true), (1, 1, false)] {
            let mut other = net();
            other[i][j].bias.values_mut()[1] = 1e-3;
            assert_eq!(of(&other, train) != first, changes, "{i}.{j}");
            let weights = |net: &Net| Bottom::cuts(net, train, 7).last().map(|cut| cut.weights);
            assert_eq!(weights(&other) != weights(&net()), changes, "{i}.{j}");
        }
    }

    #[test]
    fn the_alpha_of_an_adapter_is_part_of_the_weights() {
        let of = |alpha| {
            let mut net = [Lora::<Dense<[f32; 2], [f32; 2]>, 1>::new(Dense::new(), 2.0, 0.0), Lora::default()];
            net[0].set_alpha(alpha);
            let train = [false, true];
            (Bottom::fingerprint(&net, train, 7), Bottom::cuts(&net, train, 7)[0].weights)
        };
        assert_eq!(of(2.0), of(2.0));
        assert!(of(2.0).0 != of(3.0).0 && of(2.0).1 != of(3.0).1);
    }
}
