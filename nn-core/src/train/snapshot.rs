//! Copies of a network's tensors.

use crate::{Parameters, Path, Role, Tensor};
use nn_kernels::Team;

/// Elements of a task.
const BLENDED_AT_ONCE: usize = 16 << 10;

/// Copies of all tensors of a network: the parameters of the best epoch, averages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Snapshot(pub(super) Vec<(String, Tensor)>);

impl Snapshot {
    /// Takes a copy; the memory of an earlier one is used again.
    pub(super) fn take<N: Parameters>(&mut self, net: &N) {
        let mut i = 0;
        net.tensors(&Path::ROOT, &mut |path, _, tensor| {
            match self.0.get_mut(i) {
                Some((_, copy)) => copy.values_mut().copy_from_slice(tensor.values()),
                None => self.0.push((path.to_string(), tensor.clone())),
            }
            i += 1;
        });
    }

    /// Takes the copies of another one; the memory of earlier ones is used again.
    pub(super) fn copy(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        }
        for ((_, copy), (_, tensor)) in self.0.iter_mut().zip(&other.0) {
            copy.values_mut().copy_from_slice(tensor.values());
        }
    }

    /// copy ← copy + share · (network − copy), for every tensor.
    pub(super) fn blend<N: Parameters>(&mut self, net: &N, share: f32, team: &Team) {
        let mut copies = self.0.iter_mut();
        net.tensors(&Path::ROOT, &mut |_, _, tensor| {
            let (Some((_, copy)), values) = (copies.next(), tensor.values()) else { return };
            team.chunks_mut(copy.values_mut(), BLENDED_AT_ONCE, |i, copy| {
                for (copy, value) in copy.iter_mut().zip(&values[i * BLENDED_AT_ONCE..]) {
                    *copy += share * (value - *copy);
                }
            });
        });
    }

    /// Exchanges the network's tensors with the copies.
    pub(super) fn exchange<N: Parameters>(&mut self, net: &mut N) {
        let mut copies = self.0.iter_mut();
        net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
            if let Some((_, copy)) = copies.next() {
                tensor.values_mut().swap_with_slice(copy.values_mut());
            }
        });
    }

    /// Gives the network the buffers that it had when the copy was taken.
    pub(super) fn restore_buffers<N: Parameters>(&self, net: &mut N) {
        let mut copies = self.0.iter();
        net.tensors_mut(&Path::ROOT, &mut |_, role, tensor| {
            if let (Some((_, copy)), Role::Buffer) = (copies.next(), role) {
                tensor.values_mut().copy_from_slice(copy.values());
            }
        });
    }

    /// Gives the network what it had when the copy was taken; does nothing if there is none.
    pub(super) fn restore<N: Parameters>(&self, net: &mut N) {
        let mut copies = self.0.iter();
        net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
            if let Some((_, copy)) = copies.next() {
                tensor.values_mut().copy_from_slice(copy.values());
            }
        });
    }
}
