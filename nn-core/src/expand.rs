//! What the code that `network!` writes calls, and nobody else needs to.

pub use nn_spec::{
    Found, check_activation, check_adapter, check_budget, check_divides, check_elements, check_equal, check_groups,
    check_joined, check_layer, check_less, check_names, check_pool_padding, check_pool_window, check_range, check_rank,
    check_same, check_size, check_transposed, check_weights, check_window, extent, same_padding, transposed_positions,
    window_positions,
};

/// The names that every program knows, for code in modules that have others of the same name.
pub mod names {
    pub use core::prelude::rust_2024::*;
}

use crate::layers::Activation;
use crate::{Arena, Context, Layer, Mut, Path, Reach, Ref, Sample, Saved, Tape, Team, Value, samples_in};
use core::marker::PhantomData;

/// `T`, if `FITS`. `network!` computes that in a constant, which panics with a message where it is false. rustc tells that once
/// and is silent about whatever is then done with a type that is not known.
pub type Known<T, const FITS: bool> = <Fits<FITS> as Choose<T>>::Type;

/// Says by its parameter whether a type fits.
pub struct Fits<const FITS: bool>;

/// Gives a type back.
pub trait Choose<T> {
    /// `T`.
    type Type;
}

impl<T> Choose<T> for Fits<true> {
    type Type = T;
}

/// Tells by its constants what a type of the user's implements: those here, where the bounds hold, hide those of [`Unknown`].
pub struct Probe<T>(PhantomData<T>);

/// What [`Probe`] says where nothing better is known.
pub trait Unknown {
    /// Whether it is a layer.
    const LAYER: bool = false;
    /// Whether it takes one value.
    const TAKES_ONE: bool = false;
    /// Whether it takes one value of `f32`.
    const TAKES_VALUES: bool = false;
    /// Whether it takes one value of `u32`.
    const TAKES_TOKENS: bool = false;
    /// Whether it gives one value.
    const GIVES_ONE: bool = false;
    /// Whether it gives one value of `f32`.
    const GIVES_VALUES: bool = false;
    /// Whether it is an activation.
    const ACTIVATION: bool = false;
    /// Whether there is a `Default`.
    const DEFAULT: bool = false;
}

impl<T> Unknown for Probe<T> {}

impl<T: Layer> Probe<T> {
    /// It is a layer.
    pub const LAYER: bool = true;
}

impl<T: Layer<In: Sample>> Probe<T> {
    /// It takes one value.
    pub const TAKES_ONE: bool = true;
}

impl<T: Layer<In: Sample<Element = f32>>> Probe<T> {
    /// It takes one value of `f32`.
    pub const TAKES_VALUES: bool = true;
}

impl<T: Layer<In: Sample<Element = u32>>> Probe<T> {
    /// It takes one value of `u32`.
    pub const TAKES_TOKENS: bool = true;
}

impl<T: Layer<Out: Sample>> Probe<T> {
    /// It gives one value.
    pub const GIVES_ONE: bool = true;
}

impl<T: Layer<Out: Sample<Element = f32>>> Probe<T> {
    /// It gives one value of `f32`.
    pub const GIVES_VALUES: bool = true;
}

impl<T: Activation> Probe<T> {
    /// It is an activation.
    pub const ACTIVATION: bool = true;
}

impl<T: Default> Probe<T> {
    /// It has a `Default`.
    pub const DEFAULT: bool = true;
}

/// [`Layer::forward`] of a line. A pass through a part of the network ([`Layer::bottom`]) may leave it out.
pub fn forward<L: Layer>(layer: &L, x: Ref<'_, L::In>, y: Mut<'_, L::Out>, cx: Context<'_>) {
    cx.run::<L::Out>(y, |y, cx| layer.forward(x, y, cx));
}

/// [`Layer::forward_train`] of a line. A pass through a part of the network ([`Layer::bottom`]) may leave it out.
pub fn forward_train<L: Layer>(
    layer: &L,
    x: Ref<'_, L::In>,
    y: Mut<'_, L::Out>,
    tape: Arena<'_>,
    train: L::PerLayer<bool>,
    cx: Context<'_>,
) {
    cx.run::<L::Out>(y, |y, cx| layer.forward_train(x, y, tape, train, cx));
}

/// A buffer for a gradient, if it is wanted.
pub fn wanted<S: Sample<Element = f32>>(learns: bool, slot: &mut [f32], n: usize) -> Option<&mut [S]> {
    learns.then(|| samples_in(slot, n))
}

/// Where a line writes in training: to the tape if that is read later, and else to a slot.
pub fn place<'a, 'b, S: Sample<Element = f32>>(
    kept: bool,
    tape: &mut Arena<'a>,
    slot: &'b mut [f32],
    n: usize,
) -> &'b mut [S]
where
    'a: 'b,
{
    if kept || tape.is_whole() { tape.samples(n) } else { samples_in(slot, n) }
}

/// What a line has written, from the tape: nothing if it is not there.
pub fn kept<'a, S: Sample<Element = f32>>(kept: bool, tape: &mut Tape<'a>, n: usize) -> &'a [S] {
    tape.samples(if kept || tape.is_whole() { n } else { 0 })
}

/// Calls `each` with what a line has given, and before that with what is on its own tape, if that has been kept.
pub fn outputs<L: Layer>(
    reach: Reach,
    saved: Saved<'_, L>,
    train: L::PerLayer<bool>,
    path: &Path<'_>,
    each: &mut dyn FnMut(&Path<'_>, &[f32]),
) {
    if L::Out::count(saved.y) == 0 {
        return;
    }
    if reach.line {
        L::outputs(saved, train, path, each);
    } else {
        L::Out::each_in_order(saved.y, &mut |_, part| each(path, part));
    }
}

/// `to += part`: the gradient of a value that several lines take is the sum of their parts.
pub fn add<S: Sample<Element = f32>>(team: &Team, to: &mut [S], part: &[S]) {
    nn_kernels::add_assign(team, S::flat(part), S::flat_mut(to));
}

/// `to = part`: the first of several parts.
pub fn copy<S: Sample<Element = f32>>(team: &Team, to: &mut [S], part: &[S]) {
    crate::layers::copy(team, S::flat(part), S::flat_mut(to));
}
