//! Loops over slices: activations forward and backward, sums and scalings.
//!
//! Work is spread over the team in chunks whose size is a constant, so that small slices stay on the calling thread.

use crate::activation::{Activation, Curve, Reads, Visitor};
use crate::path::Isa;
use crate::team::{SendPointer, Team};
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// Elements of a task for loops that compute little: at 37 GB/s some 5 µs.
pub(crate) const CHUNK: usize = 16 << 10;
/// Elements of a task for loops with exponentials.
const CHUNK_CURVE: usize = 8 << 10;
/// Elements that a loop takes at once: whole registers, with the rest padded, so that no scalar loop follows.
const BLOCK: usize = 32;

/// `y = f(x)` from `x` to `y`, which may be the same.
struct Map {
    isa: Isa,
    x: *const f32,
    y: *mut f32,
    len: usize,
}

impl Visitor for Map {
    fn visit<C: Curve>(self, curve: C) {
        vectorize(self.isa, MapLoop(self, curve));
    }
}

struct MapLoop<C>(Map, C);

impl<C: Curve> Kernel for MapLoop<C> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(Map { x, y, len: total, .. }, curve) = self;
        let mut block = [0.0; BLOCK];
        for start in (0..total).step_by(BLOCK) {
            let len = BLOCK.min(total - start);
            // SAFETY: `x` and `y` have `len` elements; a block is read before it is written, so they may be the same.
            unsafe {
                if len == BLOCK {
                    block = x.add(start).cast::<[f32; BLOCK]>().read_unaligned();
                } else {
                    std::ptr::copy_nonoverlapping(x.add(start), block.as_mut_ptr(), len);
                }
                for value in &mut block {
                    *value = curve.value::<A>(*value);
                }
                if len == BLOCK {
                    y.add(start).cast::<[f32; BLOCK]>().write_unaligned(block);
                } else {
                    std::ptr::copy_nonoverlapping(block.as_ptr(), y.add(start), len);
                }
            }
        }
    }
}

/// `dx = dy · f'(saved)` from `saved` and `dy` to `dx`, which may be the same as `dy`.
struct MapDerivative {
    isa: Isa,
    saved: *const f32,
    dy: *const f32,
    dx: *mut f32,
    len: usize,
}

impl Visitor for MapDerivative {
    fn visit<C: Curve>(self, curve: C) {
        vectorize(self.isa, MapDerivativeLoop(self, curve));
    }
}

struct MapDerivativeLoop<C>(MapDerivative, C);

impl<C: Curve> Kernel for MapDerivativeLoop<C> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(MapDerivative { saved: from, dy, dx, len: total, .. }, curve) = self;
        let (mut saved, mut grad) = ([0.0; BLOCK], [0.0; BLOCK]);
        for start in (0..total).step_by(BLOCK) {
            let len = BLOCK.min(total - start);
            // SAFETY: all three have `len` elements; a block is read before it is written.
            unsafe {
                if len == BLOCK {
                    saved = from.add(start).cast::<[f32; BLOCK]>().read_unaligned();
                    grad = dy.add(start).cast::<[f32; BLOCK]>().read_unaligned();
                } else {
                    std::ptr::copy_nonoverlapping(from.add(start), saved.as_mut_ptr(), len);
                    std::ptr::copy_nonoverlapping(dy.add(start), grad.as_mut_ptr(), len);
                }
                for (grad, &saved) in grad.iter_mut().zip(&saved) {
                    *grad *= curve.derivative::<A>(saved);
                }
                if len == BLOCK {
                    dx.add(start).cast::<[f32; BLOCK]>().write_unaligned(grad);
                } else {
                    std::ptr::copy_nonoverlapping(grad.as_ptr(), dx.add(start), len);
                }
            }
        }
    }
}

impl Activation {
    /// `y = f(y)` on one thread: the epilogue of products.
    pub(crate) fn apply_slice(self, isa: Isa, y: &mut [f32]) {
        let (x, len, y) = (y.as_ptr(), y.len(), y.as_mut_ptr());
        self.visit(Map { isa, x, y, len });
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
        let dx = slope.as_mut_ptr();
        self.visit(MapDerivative { isa: Isa::current(), saved: &raw const saved, dy: dx, dx, len: 1 });
        slope[0]
    }

    /// `y = f(x)`.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn apply(self, team: &Team, x: &[f32], y: &mut [f32]) {
        assert_eq!(x.len(), y.len(), "{}: {} inputs, but room for {} outputs", self.name(), x.len(), y.len());
        if self == Activation::Identity {
            return y.copy_from_slice(x);
        }
        let isa = Isa::current();
        team.chunks_mut(y, CHUNK_CURVE, |chunk, y| {
            let (x, len, y) = (x[chunk * CHUNK_CURVE..].as_ptr(), y.len(), y.as_mut_ptr());
            self.visit(Map { isa, x, y, len });
        });
    }

    /// `y = f(y)`.
    pub fn apply_inplace(self, team: &Team, y: &mut [f32]) {
        if self == Activation::Identity {
            return;
        }
        let isa = Isa::current();
        team.chunks_mut(y, CHUNK_CURVE, |_, y| self.apply_slice(isa, y));
    }

    /// `dx = dy · f'`, where `saved` is x or y, as [`reads`](Activation::reads) says (and may be empty if it says neither).
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn backward(self, team: &Team, saved: &[f32], dy: &[f32], dx: &mut [f32]) {
        assert_eq!(
            dy.len(),
            dx.len(),
            "{}: {} output gradients, but room for {} input gradients",
            self.name(),
            dy.len(),
            dx.len()
        );
        if self.reads() == Reads::Neither {
            return dx.copy_from_slice(dy);
        }
        let (isa, dy) = (Isa::current(), SendPointer(dy.as_ptr().cast_mut()));
        self.backward_chunks(team, saved, dx, |start, _| unsafe { dy.get().add(start) }, isa);
    }

    /// `dy = dy · f'`, with `saved` as in [`backward`](Activation::backward).
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn backward_inplace(self, team: &Team, saved: &[f32], dy: &mut [f32]) {
        if self.reads() != Reads::Neither {
            self.backward_chunks(team, saved, dy, |_, dx| dx, Isa::current());
        }
    }

    /// The chunks of `dx`, with `dy` given as a function of a chunk's start and of its `dx`.
    fn backward_chunks(
        self,
        team: &Team,
        saved: &[f32],
        dx: &mut [f32],
        dy: impl Fn(usize, *mut f32) -> *mut f32 + Sync,
        isa: Isa,
    ) {
        assert_eq!(saved.len(), dx.len(), "{}: {} saved values, but {} gradients", self.name(), saved.len(), dx.len());
        team.chunks_mut(dx, CHUNK_CURVE, |chunk, dx| {
            let start = chunk * CHUNK_CURVE;
            let (saved, len, dx) = (saved[start..].as_ptr(), dx.len(), dx.as_mut_ptr());
            let dy = dy(start, dx);
            self.visit(MapDerivative { isa, saved, dy, dx, len });
        });
    }
}
