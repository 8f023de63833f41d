//! `Floats`: a vector with operators, so that formulas read as formulas.

use super::Lanes;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A vector of one instruction set. Operators and methods act lane by lane; a plain `f32` stands for a vector of it.
#[derive(Clone, Copy)]
pub(crate) struct Floats<S: Lanes> {
    s: S,
    vector: S::Vector,
}

/// A yes or no for each lane.
#[derive(Clone, Copy)]
pub(crate) struct Select<S: Lanes> {
    s: S,
    mask: S::Mask,
}

/// A vector, or a number that stands for a vector of it.
pub(crate) trait IntoFloats<S: Lanes> {
    fn floats(self, s: S) -> Floats<S>;
}

impl<S: Lanes> IntoFloats<S> for Floats<S> {
    #[inline(always)]
    fn floats(self, _: S) -> Floats<S> {
        self
    }
}

impl<S: Lanes> IntoFloats<S> for f32 {
    #[inline(always)]
    fn floats(self, s: S) -> Floats<S> {
        Floats { s, vector: s.splat(self) }
    }
}

impl<S: Lanes> Floats<S> {
    #[inline(always)]
    pub(crate) fn new(s: S, value: f32) -> Self {
        value.floats(s)
    }

    /// # Safety
    ///
    /// `from` is valid for [`Lanes::LANES`] floats.
    #[inline(always)]
    pub(crate) unsafe fn load(s: S, from: *const f32) -> Self {
        // SAFETY: by contract.
        Self { s, vector: unsafe { s.load(from) } }
    }

    /// The first `n` lanes from memory, the others 0.
    ///
    /// # Safety
    ///
    /// `from` is valid for `n` floats, `n` from 1 to [`Lanes::LANES`].
    #[inline(always)]
    pub(crate) unsafe fn load_first(s: S, from: *const f32, n: usize) -> Self {
        // SAFETY: by contract.
        Self { s, vector: unsafe { s.load_masked(from, s.mask(n)) } }
    }

    /// A whole vector if `rest` floats suffice, else [`load_first`](Floats::load_first) of them.
    ///
    /// # Safety
    ///
    /// `from` is valid for `rest` floats, at least one.
    #[inline(always)]
    pub(crate) unsafe fn load_up_to(s: S, from: *const f32, rest: usize) -> Self {
        // SAFETY: by contract.
        unsafe { if rest >= S::LANES { Self::load(s, from) } else { Self::load_first(s, from, rest) } }
    }

    /// Stores a whole vector if there is room for it, else the first `rest` lanes.
    ///
    /// # Safety
    ///
    /// `to` is valid for `rest` floats, at least one.
    #[inline(always)]
    pub(crate) unsafe fn store_up_to(self, to: *mut f32, rest: usize) {
        // SAFETY: by contract.
        unsafe { if rest >= S::LANES { self.store(to) } else { self.store_first(to, rest) } }
    }

    /// # Safety
    ///
    /// `to` is valid for [`Lanes::LANES`] floats.
    #[inline(always)]
    pub(crate) unsafe fn store(self, to: *mut f32) {
        // SAFETY: by contract.
        unsafe { self.s.store(to, self.vector) }
    }

    /// # Safety
    ///
    /// `to` is valid for `n` floats, `n` from 1 to [`Lanes::LANES`].
    #[inline(always)]
    pub(crate) unsafe fn store_first(self, to: *mut f32, n: usize) {
        // SAFETY: by contract.
        unsafe { self.s.store_masked(to, self.s.mask(n), self.vector) }
    }

    /// The first `n` lanes of `new` (n from 1), the others of self.
    #[inline(always)]
    pub(crate) fn replace_first(self, new: Self, n: usize) -> Self {
        self.with(self.s.select(self.s.mask(n), new.vector, self.vector))
    }

    #[inline(always)]
    fn with(self, vector: S::Vector) -> Self {
        Self { s: self.s, vector }
    }

    /// `self * b + c`: rounded once where there is an FMA instruction, twice elsewhere.
    #[inline(always)]
    pub(crate) fn mul_add(self, b: impl IntoFloats<S>, c: impl IntoFloats<S>) -> Self {
        self.with(self.s.mul_add(self.vector, b.floats(self.s).vector, c.floats(self.s).vector))
    }

    #[inline(always)]
    pub(crate) fn sqrt(self) -> Self {
        self.with(self.s.sqrt(self.vector))
    }

    #[inline(always)]
    pub(crate) fn abs(self) -> Self {
        self.with(self.s.abs(self.vector))
    }

    #[inline(always)]
    pub(crate) fn copysign(self, sign: Self) -> Self {
        self.with(self.s.copysign(self.vector, sign.vector))
    }

    /// The larger; NaN if self is NaN.
    #[inline(always)]
    pub(crate) fn at_least(self, low: impl IntoFloats<S>) -> Self {
        self.with(self.s.max(low.floats(self.s).vector, self.vector))
    }

    /// The smaller; NaN if self is NaN.
    #[inline(always)]
    pub(crate) fn at_most(self, high: impl IntoFloats<S>) -> Self {
        self.with(self.s.min(high.floats(self.s).vector, self.vector))
    }

    /// 0 where the number is too small to be normal, itself elsewhere. A mean that decays would otherwise end in a denormal number,
    /// with which multiplications take many times as long, and stay there, since 0.9 times the smallest of them rounds to it.
    #[inline(always)]
    pub(crate) fn or_zero(self) -> Self {
        self.abs().less(f32::MIN_POSITIVE).of(0.0, self)
    }

    /// Yes where `self < b`, no where either is NaN.
    #[inline(always)]
    pub(crate) fn less(self, b: impl IntoFloats<S>) -> Select<S> {
        Select { s: self.s, mask: self.s.less(self.vector, b.floats(self.s).vector) }
    }

    /// Yes where `self > b`, no where either is NaN.
    #[inline(always)]
    pub(crate) fn greater(self, b: impl IntoFloats<S>) -> Select<S> {
        Select { s: self.s, mask: self.s.less(b.floats(self.s).vector, self.vector) }
    }

    #[inline(always)]
    pub(crate) fn is_nan(self) -> Select<S> {
        Select { s: self.s, mask: self.s.is_nan(self.vector) }
    }

    /// See [`Lanes::exponent_from_low_bits`].
    #[inline(always)]
    pub(crate) fn exponent_from_low_bits(self) -> Self {
        self.with(self.s.exponent_from_low_bits(self.vector))
    }

    /// See [`Lanes::total`].
    #[inline(always)]
    pub(crate) fn total(parts: [Self; 4]) -> f32 {
        let [a, b, c, d] = parts;
        a.s.total([a.vector, b.vector, c.vector, d.vector])
    }

    /// See [`Lanes::largest`].
    #[inline(always)]
    pub(crate) fn largest(parts: [Self; 4]) -> f32 {
        let [a, b, c, d] = parts;
        a.s.largest([a.vector, b.vector, c.vector, d.vector])
    }

    /// See [`Lanes::split`].
    #[inline(always)]
    pub(crate) fn split(self) -> (Self, Self) {
        let (m, e) = self.s.split(self.vector);
        (self.with(m), self.with(e))
    }
}

impl<S: Lanes> Select<S> {
    /// `yes` in the lanes that are yes, `no` in the others.
    #[inline(always)]
    pub(crate) fn of(self, yes: impl IntoFloats<S>, no: impl IntoFloats<S>) -> Floats<S> {
        let (yes, no) = (yes.floats(self.s).vector, no.floats(self.s).vector);
        Floats { s: self.s, vector: self.s.select(self.mask, yes, no) }
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        // One implementation for each kind of operand: each level of calls costs compile time.
        impl<S: Lanes> $trait for Floats<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, right: Self) -> Self {
                Self { s: self.s, vector: self.s.$method(self.vector, right.vector) }
            }
        }

        impl<S: Lanes> $trait<f32> for Floats<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, right: f32) -> Self {
                Self { s: self.s, vector: self.s.$method(self.vector, self.s.splat(right)) }
            }
        }

        impl<S: Lanes> $trait<Floats<S>> for f32 {
            type Output = Floats<S>;
            #[inline(always)]
            fn $method(self, right: Floats<S>) -> Floats<S> {
                Floats { s: right.s, vector: right.s.$method(right.s.splat(self), right.vector) }
            }
        }
    )*};
}
operators!(Add add, Sub sub, Mul mul, Div div);

impl<S: Lanes> Neg for Floats<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        // A product, not 0 − x: −0 is the negative of 0.
        self * -1.0
    }
}
