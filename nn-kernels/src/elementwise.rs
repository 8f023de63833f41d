//! Activations over slices, forward and backward.
//!
//! Work is spread over the team in chunks whose size is a constant, so that small slices stay on the calling thread.

use crate::activation::{Activation, Curve, Reads, Visitor};
use crate::lanes::{Elementwise, Floats, Lanes, sweep_in};
use crate::path::Isa;
use crate::team::Team;

/// Elements of a task for loops that compute little: at 37 GB/s some 5 µs.
pub(crate) const CHUNK: usize = 16 << 10;
/// Elements of a task for loops with exponentials.
const CHUNK_CURVE: usize = 8 << 10;

/// `y = f(y)`
#[derive(Clone, Copy)]
struct InPlace<C>(C);

impl<C: Curve> Elementwise<1, 0> for InPlace<C> {
    #[inline(always)]
    fn update<S: Lanes>(self, [y]: [Floats<S>; 1], []: [Floats<S>; 0]) -> [Floats<S>; 1] {
        [self.0.value(y)]
    }
}

/// `dx = dx · f'(saved)`
#[derive(Clone, Copy)]
struct Gradient<C>(C);

impl<C: Curve> Elementwise<1, 1> for Gradient<C> {
    #[inline(always)]
    fn update<S: Lanes>(self, [dx]: [Floats<S>; 1], [saved]: [Floats<S>; 1]) -> [Floats<S>; 1] {
        [self.0.gradient(saved, dx)]
    }
}

struct ApplyIn<'a>(Isa, &'a mut [f32]);

impl Visitor for ApplyIn<'_> {
    fn visit<C: Curve>(self, curve: C) {
        sweep_in(self.0, [self.1], [], InPlace(curve));
    }
}

struct GradientIn<'a>(Isa, &'a mut [f32], &'a [f32]);

impl Visitor for GradientIn<'_> {
    fn visit<C: Curve>(self, curve: C) {
        sweep_in(self.0, [self.1], [self.2], Gradient(curve));
    }
}

impl Activation {
    /// `y = f(y)` on one thread: the epilogue of products.
    pub(crate) fn apply_slice(self, isa: Isa, y: &mut [f32]) {
        self.visit(ApplyIn(isa, y));
    }

    /// f(x) of one number.
    pub fn value(self, x: f32) -> f32 {
        let mut y = [x];
        self.apply_slice(Isa::current(), &mut y);
        y[0]
    }

    /// f' at one place, from x or y, as [`reads`](Activation::reads) says.
    pub fn derivative(self, saved: f32) -> f32 {
        let mut slope = [1.0];
        self.visit(GradientIn(Isa::current(), &mut slope, &[saved]));
        slope[0]
    }

    /// `y = f(x)`.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn apply(self, team: &Team, x: &[f32], y: &mut [f32]) {
        assert_eq!(x.len(), y.len(), "{}: {} inputs, but room for {} outputs", self.name(), x.len(), y.len());
        self.forward(team, y, |start, y| y.copy_from_slice(&x[start..start + y.len()]));
    }

    /// `y = f(y)`.
    pub fn apply_inplace(self, team: &Team, y: &mut [f32]) {
        if self != Activation::Identity {
            self.forward(team, y, |_, _| ());
        }
    }

    /// `dx = dy · f'`, where `saved` is x or y, as [`reads`](Activation::reads) says (and may be empty if it says neither).
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn backward(self, team: &Team, saved: &[f32], dy: &[f32], dx: &mut [f32]) {
        let name = self.name();
        assert_eq!(
            dy.len(),
            dx.len(),
            "{name}: {} output gradients, but room for {} input gradients",
            dy.len(),
            dx.len()
        );
        if self.reads() == Reads::Neither {
            return dx.copy_from_slice(dy);
        }
        self.gradients(team, saved, dx, |start, dx| dx.copy_from_slice(&dy[start..start + dx.len()]));
    }

    /// `dy = dy · f'`, with `saved` as in [`backward`](Activation::backward).
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn backward_inplace(self, team: &Team, saved: &[f32], dy: &mut [f32]) {
        if self.reads() != Reads::Neither {
            self.gradients(team, saved, dy, |_, _| ());
        }
    }

    /// Blocks of y: `fill(start, y)` puts x there, then the formula is applied in place, while the block is in the nearest
    /// cache. So there is one loop for both forms.
    fn forward(self, team: &Team, y: &mut [f32], fill: impl Fn(usize, &mut [f32]) + Sync) {
        let isa = Isa::current();
        team.chunks_mut(y, CHUNK_CURVE, |chunk, y| {
            for (block, y) in y.chunks_mut(BLOCK).enumerate() {
                fill(chunk * CHUNK_CURVE + block * BLOCK, y);
                self.apply_slice(isa, y);
            }
        });
    }

    /// Blocks of dx: `fill(start, dx)` puts dy there.
    fn gradients(self, team: &Team, saved: &[f32], dx: &mut [f32], fill: impl Fn(usize, &mut [f32]) + Sync) {
        assert_eq!(saved.len(), dx.len(), "{}: {} saved values, but {} gradients", self.name(), saved.len(), dx.len());
        let isa = Isa::current();
        team.chunks_mut(dx, CHUNK_CURVE, |chunk, dx| {
            for (block, dx) in dx.chunks_mut(BLOCK).enumerate() {
                let start = chunk * CHUNK_CURVE + block * BLOCK;
                fill(start, dx);
                self.visit(GradientIn(isa, dx, &saved[start..start + dx.len()]));
            }
        });
    }
}

/// Elements of a block: with what else is read they fit the first-level cache.
const BLOCK: usize = 2 << 10;
