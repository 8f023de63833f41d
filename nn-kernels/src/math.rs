//! Elementary functions without branches, so that loops over them become vector code.
//!
//! The coefficients are least-maximum fits (Chebyshev interpolation, checked against 50 digits). The errors are measured by
//! the tests below against f64 on every path, in units of the last place (ulp) of the result:
//!
//! | function | range | largest error |
//! |---|---|---|
//! | [`exp`] | all; gradual underflow, overflow to ∞ | 1.5 ulp |
//! | [`exp_flushed`] | x ≤ 88; 0 below −87.3 | 1.5 ulp |
//! | [`expm1`] | x ≤ 88 | 2.5 ulp |
//! | [`ln_1p`] | 0 ≤ x ≤ 1 | 2 ulp |
//! | [`ln`] | normal numbers | 2 ulp |
//! | [`sigmoid`] | all (0 below −88.7) | 3 ulp |
//! | [`tanh`] | all | 3 ulp |
//! | [`normal_tail`] | x ≥ 0, Φ(−x) | 14 ulp below x = 5, 80 ulp below x = 12 (x² is rounded) |
//!
//! NaN gives NaN.

use crate::lanes::{Floats, Lanes};

/// `1.5 · 2²³`: adding it rounds to an integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts; the first has few enough bits that `n · LN2_HIGH` is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `x = n · ln 2 + r` with an integer n and |r| ≤ ln 2 / 2; gives `(n, r)`.
#[inline(always)]
fn reduce<S: Lanes>(x: Floats<S>) -> (Floats<S>, Floats<S>) {
    let n = x.mul_add(std::f32::consts::LOG2_E, ROUND) - ROUND;
    let r = n.mul_add(-LN2_HIGH, x);
    (n, n.mul_add(-LN2_LOW, r))
}

/// `exp(r) − 1` for |r| ≤ ln 2 / 2.
#[inline(always)]
fn expm1_reduced<S: Lanes>(r: Floats<S>) -> Floats<S> {
    let q = r.mul_add(0.001_392_625_1, 0.008_363_233);
    let q = q.mul_add(r, 0.041_666_555);
    let q = q.mul_add(r, 0.166_665_77);
    let q = q.mul_add(r, 0.5);
    q.mul_add(r * r, r)
}

/// `2ⁿ` for integers n from −126 to 127.
#[inline(always)]
fn power_of_two<S: Lanes>(n: Floats<S>) -> Floats<S> {
    (n + ROUND).exponent_from_low_bits()
}

/// `min(max(x, low), high)`, and NaN for NaN.
#[inline(always)]
pub(crate) fn clamp<S: Lanes>(x: Floats<S>, low: f32, high: f32) -> Floats<S> {
    x.at_least(low).at_most(high)
}

/// `eˣ`.
#[inline(always)]
pub(crate) fn exp<S: Lanes>(x: Floats<S>) -> Floats<S> {
    // Beyond these the result is 0 and ∞ anyhow, and 2ⁿ stays within what two factors can express.
    let (n, r) = reduce(clamp(x, -105.0, 89.5));
    // Two factors, each a normal number: their product may be subnormal or infinite.
    let half = n.mul_add(0.5, ROUND) - ROUND;
    (expm1_reduced(r) + 1.0) * power_of_two(half) * power_of_two(n - half)
}

/// `eˣ` where it is a normal number or smaller: for x ≤ 88. Below −87.3 it is 0.
///
/// For terms that are added to larger ones; one factor less than [`exp`].
#[inline(always)]
pub(crate) fn exp_flushed<S: Lanes>(x: Floats<S>) -> Floats<S> {
    let (n, r) = reduce(clamp(x, -87.3, 88.0));
    let y = (expm1_reduced(r) + 1.0) * power_of_two(n);
    x.less(-87.3).of(0.0, y)
}

/// `eˣ − 1` for x ≤ 88, precise near 0.
#[inline(always)]
pub(crate) fn expm1<S: Lanes>(x: Floats<S>) -> Floats<S> {
    let (n, r) = reduce(clamp(x, -30.0, 88.0));
    let scale = power_of_two(n);
    expm1_reduced(r).mul_add(scale, scale - 1.0)
}

/// `ln((1 + s) / (1 − s)) = 2s + s³ · …` for |s| ≤ 1/3.
#[inline(always)]
fn ln_ratio<S: Lanes>(s: Floats<S>) -> Floats<S> {
    let w = s * s;
    let q = w.mul_add(0.232_243_29, 0.217_065_76);
    let q = q.mul_add(w, 0.285_923_58);
    let q = q.mul_add(w, 0.399_997_06);
    let q = q.mul_add(w, 0.666_666_7);
    q.mul_add(w * s, s + s)
}

/// `ln(1 + x)` for 0 ≤ x ≤ 1.
#[inline(always)]
pub(crate) fn ln_1p<S: Lanes>(x: Floats<S>) -> Floats<S> {
    ln_ratio(x / (x + 2.0))
}

/// `ln x` for positive normal numbers.
#[inline(always)]
pub(crate) fn ln<S: Lanes>(x: Floats<S>) -> Floats<S> {
    let (m, e) = x.split();
    let result = e.mul_add(LN2_HIGH, e.mul_add(LN2_LOW, ln_ratio((m - 1.0) / (m + 1.0))));
    x.is_nan().of(x, result)
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(crate) fn sigmoid<S: Lanes>(x: Floats<S>) -> Floats<S> {
    1.0 / (exp(-x) + 1.0)
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<S: Lanes>(x: Floats<S>) -> Floats<S> {
    // tanh |x| = −t / (2 + t) with t = e^(−2|x|) − 1, which loses nothing near 0.
    let t = expm1(x.abs() * -2.0);
    (t / (t + 2.0)).copysign(x)
}

/// `ln(1 + eˣ)`.
#[inline(always)]
pub(crate) fn softplus<S: Lanes>(x: Floats<S>) -> Floats<S> {
    x.at_least(0.0) + ln_1p(exp_flushed(-x.abs()))
}

/// `(e^(−x²/2), Φ(−|x|))`: the bell curve, and the area under the normal density beyond |x|.
#[inline(always)]
pub(crate) fn normal_tail<S: Lanes>(x: Floats<S>) -> (Floats<S>, Floats<S>) {
    // Φ(−x) = e^(−x²/2) · t · P(t) with t = 1 / (1 + x/4): the quotient of tail and bell is smooth in t.
    let t = 1.0 / x.abs().mul_add(0.25, 1.0);
    let p = t.mul_add(0.029_492_697, -0.171_137_47);
    let p = p.mul_add(t, 0.334_024_76);
    let p = p.mul_add(t, -0.249_225_21);
    let p = p.mul_add(t, 0.231_871_89);
    let p = p.mul_add(t, 0.020_027_435);
    let p = p.mul_add(t, 0.107_075_91);
    let p = p.mul_add(t, 0.098_044_26);
    let p = p.mul_add(t, 0.099_825_72);
    let bell = exp(x * x * -0.5);
    (bell, bell * t * p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Elementwise, sweep_in};
    use crate::path::{Isa, Path, with_path};

    macro_rules! function {
        ($name:ident, $f:expr) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Elementwise<1, 0> for $name {
                #[inline(always)]
                fn update<S: Lanes>(self, [x]: [Floats<S>; 1], []: [Floats<S>; 0]) -> [Floats<S>; 1] {
                    [$f(x)]
                }
            }
        };
    }
    function!(Exp, exp);
    function!(ExpFlushed, exp_flushed);
    function!(Expm1, expm1);
    function!(Ln1p, ln_1p);
    function!(Ln, ln);
    function!(Sigmoid, sigmoid);
    function!(Tanh, tanh);
    function!(Tail, |x| normal_tail(x).1);

    fn apply<E: Elementwise<1, 0>>(values: &mut [f32], function: E) {
        sweep_in(Isa::current(), [values], [], function);
    }

    /// The distance of neighbouring floats at `exact`.
    fn ulp(exact: f64) -> f64 {
        let near = (exact.abs() as f32).max(f32::MIN_POSITIVE);
        f64::from(near.next_up()) - f64::from(near)
    }

    /// The largest error in ulp on each path over `count` points of `low..=high`.
    fn worst(low: f32, high: f32, run: impl Fn(&mut [f32]), exact: impl Fn(f64) -> f64) -> f64 {
        let count = 200_000;
        let points: Vec<f32> = (0..=count).map(|i| low + (high - low) * (i as f32 / count as f32)).collect();
        let mut largest = 0.0_f64;
        for path in Path::ALL {
            let mut values = points.clone();
            if with_path(path, || run(&mut values)).is_err() {
                println!("path {path} could not run here");
                continue;
            }
            for (&x, &y) in points.iter().zip(&values) {
                let exact = exact(f64::from(x));
                let error = (f64::from(y) - exact).abs() / ulp(exact);
                assert!(!error.is_nan(), "f({x}) = {y}, not {exact}");
                largest = largest.max(error);
            }
        }
        println!("{low}..{high}: {largest:.2} ulp");
        largest
    }

    /// Φ(−x) by its continued fraction for large x, by its series for small x.
    fn tail(x: f64) -> f64 {
        let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if x > 3.0 {
            let fraction = (1..200).rev().fold(x, |f, i| x + f64::from(i) / f);
            density / fraction
        } else {
            let (mut term, mut sum) = (x, x);
            for i in 1..200 {
                term *= x * x / f64::from(2 * i + 1);
                sum += term;
            }
            0.5 - density * sum
        }
    }

    #[test]
    fn errors_are_within_the_documented_bounds() {
        let exp = |v: &mut [f32]| apply(v, Exp);
        assert!(worst(-87.0, 88.7, exp, f64::exp) < 1.5);
        assert!(worst(-1.0, 1.0, exp, f64::exp) < 1.5);
        let flushed = |v: &mut [f32]| apply(v, ExpFlushed);
        assert!(worst(-87.0, 88.0, flushed, f64::exp) < 1.5);
        let expm1 = |v: &mut [f32]| apply(v, Expm1);
        assert!(worst(-40.0, 88.0, expm1, f64::exp_m1) < 2.5);
        assert!(worst(-1.0, 1.0, expm1, f64::exp_m1) < 2.5);
        assert!(worst(0.0, 1.0, |v| apply(v, Ln1p), f64::ln_1p) < 2.0);
        let ln = |v: &mut [f32]| apply(v, Ln);
        assert!(worst(1e-6, 2.0, ln, f64::ln) < 2.0);
        assert!(worst(2.0, 3e38, ln, f64::ln) < 2.0);
        let sigmoid = |v: &mut [f32]| apply(v, Sigmoid);
        assert!(worst(-87.0, 30.0, sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 3.0);
        let tanh = |v: &mut [f32]| apply(v, Tanh);
        assert!(worst(-12.0, 12.0, tanh, f64::tanh) < 3.0);
        assert!(worst(-0.01, 0.01, tanh, f64::tanh) < 3.0);
        let normal = |v: &mut [f32]| apply(v, Tail);
        assert!(worst(0.0, 5.0, normal, tail) < 14.0);
        assert!(worst(5.0, 12.0, normal, tail) < 80.0);
    }

    #[test]
    fn the_ends_are_right() {
        let inf = f32::INFINITY;
        let mut values = [0.0, 88.73, 1e4, inf, -100.0, -104.0, -1e4, -inf, f32::NAN];
        apply(&mut values, Exp);
        assert_eq!(&values[..4], &[1.0, inf, inf, inf]);
        assert!((values[4] - 3.783_5e-44).abs() < 2e-45, "gradual underflow: {:e}", values[4]);
        assert_eq!(&values[6..8], &[0.0, 0.0]);
        assert!(values[8].is_nan());
        let mut values = [1e4, inf, -1e4, -inf, 0.0, f32::NAN];
        apply(&mut values, Tanh);
        assert_eq!(&values[..5], &[1.0, 1.0, -1.0, -1.0, 0.0]);
        assert!(values[5].is_nan());
        let mut values = [1e4, inf, -1e4, -inf, f32::NAN];
        apply(&mut values, Sigmoid);
        assert_eq!(&values[..4], &[1.0, 1.0, 0.0, 0.0]);
        assert!(values[4].is_nan());
    }
}
