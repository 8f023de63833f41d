//! Group normalisation of images that lie channels-last.
//!
//! A task has a sample, whose rows are positions. Sums over rows are made for each channel, as batch normalisation makes them, and then added up
//! within groups.

use super::batch_norm::Affine;
use super::columns::{At, Summand, Values, sum_rows};
use super::moments::{Deviations, not_negative};
use super::same;
use super::softmax::along;
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::sizes::elements;
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
        let n = x / elements(self, &[self.positions, self.channels]).max(1);
        same("a group normalisation: elements", x, n * self.len());
        same("a group normalisation: channels and γ", self.channels, gamma);
        same("a group normalisation: groups and statistics", n * self.groups, statistics);
        n
    }
}

/// `dy · x̂` and `dy`.
#[derive(Clone, Copy)]
struct Gradients<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    rstd: &'a [f32],
}

impl Summand for Gradients<'_> {
    const TWO: bool = true;
    #[inline(always)]
    unsafe fn add<S: Lanes>(&self, [products, plain]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        unsafe {
            let (x, dy) = (at.element(self.x), at.element(self.dy));
            [dy.mul_add((x - at.column(self.mean)) * at.column(self.rstd), products), plain + dy]
        }
    }
}

/// Makes of each group's sums their mean, for all its channels.
fn in_groups(of: &Groups, sums: &mut [f32]) {
    for group in sums.chunks_exact_mut(of.width()) {
        group.fill(group.iter().sum::<f32>() * of.share());
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
    let (isa, positions, channels) = (Isa::current(), of.positions, of.channels);
    let statistics = [mean, rstd].map(|values| SendPointer(values.as_mut_ptr()));
    team.chunks_mut(y, of.len().max(1), |sample, y| {
        let x = &x[sample * of.len()..][..of.len()];
        with_scratch(3 * channels, |room| {
            let (means, room) = room.split_at_mut(channels);
            let (factors, apart) = room.split_at_mut(channels);
            let keep = |to: SendPointer<f32>, values: &[f32]| {
                // SAFETY: the statistics of this sample are this task's.
                let to = unsafe { to.part(sample * of.groups, of.groups) };
                to.iter_mut().zip(values.iter().step_by(of.width())).for_each(|(to, value)| *to = *value);
            };
            // SAFETY: `x` has so many positions and channels.
            unsafe { sum_rows(team, positions, channels, Values(x), means, &mut [], false) };
            in_groups(of, means);
            // SAFETY: as above.
            unsafe { sum_rows(team, positions, channels, Deviations(x, means), factors, apart, false) };
            let [means_of, factors_of] = [&mut *means, &mut *factors].map(|values| values.chunks_exact_mut(of.width()));
            for ((means, factors), apart) in means_of.zip(factors_of).zip(apart.chunks_exact(of.width())) {
                // What the mean was off by (`moments.rs`).
                let [off, variance] = [apart, &*factors].map(|sums| sums.iter().sum::<f32>() * of.share());
                means.iter_mut().for_each(|mean| *mean += off);
                factors.fill(1.0 / (not_negative(variance - off * off) + eps).sqrt());
            }
            keep(statistics[0], means);
            keep(statistics[1], factors);
            factors.iter_mut().zip(gamma).for_each(|(factor, gamma)| *factor *= gamma);
            vectorize(isa, Affine::<false> { x, shift: means, factor: factors, offset: beta, y });
        });
    });
}

/// `dx = dy · factor − average − (x − mean) · slope`, each with one value for a channel.
struct InputGradient<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    factor: &'a [f32],
    average: &'a [f32],
    slope: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for InputGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { x, dy, mean, factor, average, slope, dx } = self;
        let len = factor.len();
        assert!(mean.len() == len && average.len() == len && slope.len() == len);
        let (mean, factor, average, slope) = (mean.as_ptr(), factor.as_ptr(), average.as_ptr(), slope.as_ptr());
        for ((x, dy), dx) in x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
            let (x, dy, dx) = (x.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            // SAFETY: rows of `len` elements.
            unsafe {
                along!(s, len, dx, x = x, dy = dy, mean = mean, factor = factor, average = average, slope = slope => {
                    (mean - x).mul_add(slope, dy * factor - average)
                });
            }
        }
    }
}

/// The values of each group, one for each of its channels.
fn spread(of: &Groups, values: &[f32], to: &mut [f32]) {
    to.chunks_exact_mut(of.width()).zip(values).for_each(|(to, value)| to.fill(*value));
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
/// `sums` has room for two values for each channel of each sample. Of dγ and dβ, one that has no elements is not asked for.
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
        let (products, plain) = sums.split_at_mut(of.channels);
        with_scratch(width, |room| {
            let (means, rstds) = room.split_at_mut(of.channels);
            spread(of, mean, means);
            spread(of, rstd, rstds);
            let summand = Gradients { x, dy, mean: means, rstd: rstds };
            // SAFETY: `x` and `dy` have so many positions and channels.
            unsafe { sum_rows(team, of.positions, of.channels, summand, products, plain, false) };
        });
    });
    if let Some((dgamma, dbeta)) = parameters {
        for (to, from) in [(dgamma, 0), (dbeta, of.channels)] {
            if to.is_empty() {
                continue;
            }
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
            let (products, plain) = sums[sample * width..][..width].split_at(of.channels);
            with_scratch(2 * width, |room| {
                let (factor, room) = room.split_at_mut(of.channels);
                let (average, room) = room.split_at_mut(of.channels);
                let (slope, means) = room.split_at_mut(of.channels);
                for (to, sums) in [(&mut *average, plain), (&mut *slope, products)] {
                    to.iter_mut().zip(gamma).zip(sums).for_each(|((to, gamma), sum)| *to = gamma * sum);
                    in_groups(of, to);
                }
                spread(of, mean, means);
                spread(of, rstd, factor);
                for ((rstd, gamma), (average, slope)) in
                    factor.iter_mut().zip(gamma).zip(average.iter_mut().zip(&mut *slope))
                {
                    (*average, *slope) = (*average * *rstd, *slope * *rstd * *rstd);
                    *rstd *= gamma;
                }
                vectorize(isa, InputGradient { x, dy, mean: means, factor, average, slope, dx });
            });
        });
    }
}

#[cfg(test)]
mod tests;
