//! Group normalisation of images that lie channels-last.
//!
//! A task has a sample. Sums over positions are made for each channel, a few positions at a time, and then added up within groups.

use super::layer_norm::part;
use super::same;
use crate::Team;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::SendPointer;

/// The sizes of a group normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Rows times columns of an image.
    pub positions: usize,
    /// Channels of an image.
    pub channels: usize,
    /// Groups of channels that lie side by side.
    pub groups: usize,
}

/// Channels whose sums are in registers at a time.
const STRIP: usize = 32;
/// Positions that are summed before their sum is put down.
const BLOCK: usize = 64;

impl Groups {
    const fn len(&self) -> usize {
        self.positions * self.channels
    }

    /// Channels of a group.
    const fn width(&self) -> usize {
        self.channels / self.groups
    }

    /// 1 / elements of a group.
    fn share(&self) -> f32 {
        1.0 / (self.positions * self.width()) as f32
    }

    /// The number of samples.
    fn check(&self, x: usize, gamma: usize, statistics: usize) -> usize {
        assert!(self.groups > 0 && self.channels.is_multiple_of(self.groups), "groups divide channels: {self:?}");
        let n = x / self.len().max(1);
        same("a group normalisation: elements", x, n * self.len());
        same("a group normalisation: channels and γ", self.channels, gamma);
        same("a group normalisation: groups and statistics", n * self.groups, statistics);
        n
    }
}

/// `sums[c] = Σ value(c, position · channels + c)` over the positions.
#[inline(always)]
fn channel_sums(of: &Groups, sums: &mut [f32], value: impl Fn(usize, usize) -> f32) {
    for first in (0..of.channels).step_by(STRIP) {
        let strip = STRIP.min(of.channels - first);
        let sums = &mut sums[first..first + strip];
        sums.fill(0.0);
        for start in (0..of.positions).step_by(BLOCK) {
            let mut partial = [0.0; STRIP];
            for position in start..(start + BLOCK).min(of.positions) {
                for (i, partial) in partial[..strip].iter_mut().enumerate() {
                    *partial += value(first + i, position * of.channels + first + i);
                }
            }
            sums.iter_mut().zip(partial).for_each(|(sum, partial)| *sum += partial);
        }
    }
}

/// Makes of each group's sums one value for all its channels.
#[inline(always)]
fn in_groups(of: &Groups, sums: &mut [f32], value: impl Fn(f32) -> f32) {
    for group in sums.chunks_exact_mut(of.width()) {
        let value = value(group.iter().sum::<f32>() * of.share());
        group.fill(value);
    }
}

/// One sample forward. Leaves the mean and 1 / √(variance + ε) of each channel's group.
struct Forward<'a> {
    of: &'a Groups,
    x: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    eps: f32,
    y: &'a mut [f32],
    mean: &'a mut [f32],
    rstd: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { of, x, gamma, beta, eps, y, mean, rstd } = self;
        channel_sums(of, mean, |_, i| x[i]);
        in_groups(of, mean, |mean| mean);
        channel_sums(of, rstd, |c, i| (x[i] - mean[c]) * (x[i] - mean[c]));
        in_groups(of, rstd, |variance| 1.0 / (variance + eps).sqrt());
        for (x, y) in x.chunks_exact(of.channels).zip(y.chunks_exact_mut(of.channels)) {
            let statistics = mean.iter().zip(&*rstd).zip(gamma.iter().zip(beta));
            for ((y, x), ((mean, rstd), (gamma, beta))) in y.iter_mut().zip(x).zip(statistics) {
                *y = (x - mean) * (rstd * gamma) + beta;
            }
        }
    }
}

/// Group normalisation: `y = (x − mean) · rstd · γ + β` with mean and variance (biased) of each group of channels of each sample, and
/// `rstd = 1 / √(variance + eps)`. Keeps each group's mean and rstd for the backward pass. (Wu and He, 2018)
///
/// # Panics
///
/// When the lengths do not fit, as in all functions here.
///
/// ```
/// use nn_kernels::{Groups, Team, group_norm};
///
/// let of = Groups { positions: 1, channels: 4, groups: 2 };
/// let (mut y, mut mean, mut rstd) = ([0.0; 4], [0.0; 2], [0.0; 2]);
/// let x = [1.0, 3.0, 10.0, 14.0];
/// group_norm(&Team::serial(), &of, &x, &[1.0; 4], &[0.0, 0.0, 0.5, 0.5], 0.0, &mut y, &mut mean, &mut rstd);
/// assert_eq!((y, mean, rstd), ([-1.0, 1.0, -0.5, 1.5], [2.0, 12.0], [1.0, 0.5]));
/// ```
#[allow(clippy::too_many_arguments)]
pub fn group_norm(
    team: &Team,
    of: &Groups,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    eps: f32,
    y: &mut [f32],
    mean: &mut [f32],
    rstd: &mut [f32],
) {
    of.check(x.len(), gamma.len(), mean.len());
    same("group_norm: x and y", x.len(), y.len());
    same("group_norm: γ and β", gamma.len(), beta.len());
    same("group_norm: means and rstd", mean.len(), rstd.len());
    let (isa, groups) = (Isa::current(), of.groups);
    let (mean, rstd) = (SendPointer(mean.as_mut_ptr()), SendPointer(rstd.as_mut_ptr()));
    team.chunks_mut(y, of.len().max(1), |sample, y| {
        let x = &x[sample * of.len()..][..of.len()];
        with_scratch(2 * of.channels, |room| {
            let (means, rstds) = room.split_at_mut(of.channels);
            vectorize(isa, Forward { of, x, gamma, beta, eps, y, mean: &mut *means, rstd: &mut *rstds });
            for (to, from) in [(mean, means), (rstd, rstds)] {
                // SAFETY: the statistics of this sample are this task's.
                let to = unsafe { part(to, sample * groups, groups) };
                to.iter_mut().zip(from.iter().step_by(of.width())).for_each(|(to, from)| *to = *from);
            }
        });
    });
}

/// `Σ dy · x̂` and `Σ dy` of one sample, one for each channel.
struct Sums<'a> {
    of: &'a Groups,
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    rstd: &'a [f32],
    sums: &'a mut [f32],
}

impl Kernel for Sums<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { of, x, dy, mean, rstd, sums } = self;
        let (products, plain) = sums.split_at_mut(of.channels);
        channel_sums(of, plain, |_, i| dy[i]);
        with_scratch(of.channels, |means| {
            means.chunks_exact_mut(of.width()).zip(mean).for_each(|(means, mean)| means.fill(*mean));
            channel_sums(of, products, |c, i| dy[i] * (x[i] - means[c]));
        });
        products
            .chunks_exact_mut(of.width())
            .zip(rstd)
            .for_each(|(products, rstd)| products.iter_mut().for_each(|product| *product *= rstd));
    }
}

/// `dx = dy · a − (x − mean) · b − c`, each with one value for a channel.
struct Input<'a> {
    of: &'a Groups,
    x: &'a [f32],
    dy: &'a [f32],
    gamma: &'a [f32],
    mean: &'a [f32],
    rstd: &'a [f32],
    sums: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Input<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { of, x, dy, gamma, mean, rstd, sums, dx } = self;
        let channels = of.channels;
        let (products, plain) = sums.split_at(channels);
        with_scratch(4 * channels, |room| {
            let (a, rest) = room.split_at_mut(channels);
            let (b, rest) = rest.split_at_mut(channels);
            let (c, means) = rest.split_at_mut(channels);
            b.iter_mut().zip(gamma).zip(products).for_each(|((b, gamma), sum)| *b = gamma * sum);
            c.iter_mut().zip(gamma).zip(plain).for_each(|((c, gamma), sum)| *c = gamma * sum);
            in_groups(of, b, |mean| mean);
            in_groups(of, c, |mean| mean);
            for i in 0..channels {
                let (group, rstd) = (i / of.width(), rstd[i / of.width()]);
                (a[i], b[i], c[i], means[i]) = (gamma[i] * rstd, b[i] * rstd * rstd, c[i] * rstd, mean[group]);
            }
            let rows = x.chunks_exact(channels).zip(dy.chunks_exact(channels)).zip(dx.chunks_exact_mut(channels));
            for ((x, dy), dx) in rows {
                let values = a.iter().zip(&*b).zip(c.iter().zip(&*means));
                for (((dx, dy), x), ((a, b), (c, mean))) in dx.iter_mut().zip(dy).zip(x).zip(values) {
                    *dx = dy * a - (x - mean) * b - c;
                }
            }
        });
    }
}

/// What [`group_norm`] had and what it kept.
#[derive(Clone, Copy, Debug)]
pub struct GroupNormSaved<'a> {
    /// The input.
    pub x: &'a [f32],
    /// γ.
    pub gamma: &'a [f32],
    /// The mean of each group.
    pub mean: &'a [f32],
    /// 1 / √(variance + eps) of each group.
    pub rstd: &'a [f32],
}

/// The gradients of [`group_norm`]. With `x̂ = (x − mean) · rstd` and `g = dy · γ`: `dγ = Σ dy · x̂` and `dβ = Σ dy` over samples and
/// positions, added to what is there if `accumulate`, and `dx = rstd · (g − average(g) − x̂ · average(g · x̂))`, the averages over each group.
/// `sums` has room for two values for each channel of each sample.
///
/// ```
/// use nn_kernels::{GroupNormSaved, Groups, Team, group_norm_backward};
///
/// // A gradient that is the same everywhere moves only the mean, which the normalisation removes.
/// let of = Groups { positions: 1, channels: 2, groups: 1 };
/// let saved = GroupNormSaved { x: &[1.0, 3.0], gamma: &[1.0; 2], mean: &[2.0], rstd: &[1.0] };
/// let (mut dx, mut sums) = ([9.0; 2], [0.0; 4]);
/// group_norm_backward(&Team::serial(), &of, saved, &[5.0, 5.0], &mut sums, Some(&mut dx), None, false);
/// assert_eq!(dx, [0.0, 0.0]);
/// ```
#[allow(clippy::too_many_arguments)]
pub fn group_norm_backward(
    team: &Team,
    of: &Groups,
    saved: GroupNormSaved<'_>,
    dy: &[f32],
    sums: &mut [f32],
    dx: Option<&mut [f32]>,
    parameters: Option<(&mut [f32], &mut [f32])>,
    accumulate: bool,
) {
    let GroupNormSaved { x, gamma, mean, rstd } = saved;
    let n = of.check(x.len(), gamma.len(), mean.len());
    let (isa, len, width) = (Isa::current(), of.len(), 2 * of.channels);
    same("group_norm_backward: x and dy", x.len(), dy.len());
    same("group_norm_backward: means and rstd", mean.len(), rstd.len());
    same("group_norm_backward: two sums for each channel", sums.len(), n * width);
    let part = |sample: usize| {
        let (elements, groups) = (sample * len..(sample + 1) * len, sample * of.groups..(sample + 1) * of.groups);
        (&x[elements.clone()], &dy[elements], &mean[groups.clone()], &rstd[groups])
    };
    team.chunks_mut(sums, width.max(1), |sample, sums| {
        let (x, dy, mean, rstd) = part(sample);
        vectorize(isa, Sums { of, x, dy, mean, rstd, sums });
    });
    if let Some((dgamma, dbeta)) = parameters {
        for (to, from) in [(dgamma, 0), (dbeta, of.channels)] {
            same("group_norm_backward: γ and a gradient", gamma.len(), to.len());
            if !accumulate {
                to.fill(0.0);
            }
            for sums in sums.chunks_exact(width) {
                to.iter_mut().zip(&sums[from..]).for_each(|(to, sum)| *to += sum);
            }
        }
    }
    if let Some(dx) = dx {
        same("group_norm_backward: x and dx", x.len(), dx.len());
        team.chunks_mut(dx, len.max(1), |sample, dx| {
            let (x, dy, mean, rstd) = part(sample);
            vectorize(isa, Input { of, x, dy, gamma, mean, rstd, sums: &sums[sample * width..][..width], dx });
        });
    }
}

#[cfg(test)]
mod tests;
