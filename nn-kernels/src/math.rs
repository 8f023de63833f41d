//! Elementary functions without branches, so that loops over them become vector code.
//!
//! The coefficients are least-maximum fits (Chebyshev interpolation, checked against 50 digits). The errors are measured by
//! the tests below against f64 on every path, in units of the last place (ulp) of the result:
//!
//! | function | range | largest error |
//! |---|---|---|
//! | [`exp`] | all; gradual underflow, overflow to ∞ | 1.5 ulp |
//! | [`expm1`] | x ≤ 88 | 2.5 ulp |
//! | [`ln_1p`] | 0 ≤ x ≤ 1 | 2 ulp |
//! | [`ln`] | normal numbers | 2 ulp |
//! | [`sigmoid`] | all (0 below −88.7) | 3 ulp |
//! | [`tanh`] | all | 3 ulp |
//! | [`normal_tail`] | x ≥ 0, Φ(−x) | 14 ulp below x = 5, 80 ulp below x = 12 (x² is rounded) |
//!
//! NaN gives NaN.

use crate::vectorize::Arithmetic;

/// `1.5 · 2²³`: adding it rounds to an integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts; the first has few enough bits that `n · LN2_HIGH` is exact.
const LN2_HIGH: f32 = 0.693_359_375;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `x = n · ln 2 + r` with an integer n and |r| ≤ ln 2 / 2; gives `(n, r)`.
#[inline(always)]
fn reduce<A: Arithmetic>(x: f32) -> (f32, f32) {
    let n = A::mul_add(x, std::f32::consts::LOG2_E, ROUND) - ROUND;
    let r = A::mul_add(n, -LN2_HIGH, x);
    (n, A::mul_add(n, -LN2_LOW, r))
}

/// `exp(r) − 1` for |r| ≤ ln 2 / 2.
#[inline(always)]
fn expm1_reduced<A: Arithmetic>(r: f32) -> f32 {
    let q = 0.001_392_625_1;
    let q = A::mul_add(q, r, 0.008_363_233);
    let q = A::mul_add(q, r, 0.041_666_555);
    let q = A::mul_add(q, r, 0.166_665_77);
    let q = A::mul_add(q, r, 0.5);
    A::mul_add(q, r * r, r)
}

/// `2ⁿ` for an integer n from −126 to 127.
#[inline(always)]
fn power_of_two(n: f32) -> f32 {
    // The low bits of n + ROUND are n; shifted to the exponent's place they are added to those of 1.
    f32::from_bits(((n + ROUND).to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// `min(max(x, low), high)`, and NaN for NaN.
#[inline(always)]
pub(crate) fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// `eˣ`.
#[inline(always)]
pub(crate) fn exp<A: Arithmetic>(x: f32) -> f32 {
    // Beyond these the result is 0 and ∞ anyhow, and 2ⁿ stays within what two factors can express.
    let (n, r) = reduce::<A>(clamp(x, -105.0, 89.5));
    // Two factors, each a normal number: their product may be subnormal or infinite.
    let half = A::mul_add(n, 0.5, ROUND) - ROUND;
    (expm1_reduced::<A>(r) + 1.0) * power_of_two(half) * power_of_two(n - half)
}

/// `eˣ − 1` for x ≤ 88, precise near 0.
#[inline(always)]
pub(crate) fn expm1<A: Arithmetic>(x: f32) -> f32 {
    let (n, r) = reduce::<A>(clamp(x, -30.0, 88.0));
    let scale = power_of_two(n);
    A::mul_add(expm1_reduced::<A>(r), scale, scale - 1.0)
}

/// `ln((1 + s) / (1 − s)) = 2s + s³ · …` for |s| ≤ 1/3.
#[inline(always)]
fn ln_ratio<A: Arithmetic>(s: f32) -> f32 {
    let w = s * s;
    let q = 0.232_243_29;
    let q = A::mul_add(q, w, 0.217_065_76);
    let q = A::mul_add(q, w, 0.285_923_58);
    let q = A::mul_add(q, w, 0.399_997_06);
    let q = A::mul_add(q, w, 0.666_666_7);
    A::mul_add(q, w * s, s + s)
}

/// `ln(1 + x)` for 0 ≤ x ≤ 1.
#[inline(always)]
pub(crate) fn ln_1p<A: Arithmetic>(x: f32) -> f32 {
    ln_ratio::<A>(x / (2.0 + x))
}

/// `ln x` for positive normal numbers.
#[inline(always)]
pub(crate) fn ln<A: Arithmetic>(x: f32) -> f32 {
    // x = m · 2ᵉ with m from √½ to √2: shift the mantissa's carry so that the exponent rounds at √½.
    const SQRT_HALF: u32 = 0x3F35_04F3;
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = (shifted as i32 >> 23) as f32;
    let m = f32::from_bits((shifted & 0x007F_FFFF).wrapping_add(SQRT_HALF));
    let ln_m = ln_ratio::<A>((m - 1.0) / (m + 1.0));
    let result = A::mul_add(exponent, LN2_HIGH, A::mul_add(exponent, LN2_LOW, ln_m));
    if x.is_nan() { x } else { result }
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(crate) fn sigmoid<A: Arithmetic>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<A>(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<A: Arithmetic>(x: f32) -> f32 {
    // tanh |x| = −t / (2 + t) with t = e^(−2|x|) − 1, which loses nothing near 0.
    let t = expm1::<A>(-2.0 * x.abs());
    (-t / (2.0 + t)).copysign(x)
}

/// `ln(1 + eˣ)`.
#[inline(always)]
pub(crate) fn softplus<A: Arithmetic>(x: f32) -> f32 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + ln_1p::<A>(exp::<A>(-x.abs()))
}

/// `(e^(−x²/2), Φ(−|x|))`: the bell curve, and the area under the normal density beyond |x|.
#[inline(always)]
pub(crate) fn normal_tail<A: Arithmetic>(x: f32) -> (f32, f32) {
    // Φ(−x) = e^(−x²/2) · t · P(t) with t = 1 / (1 + x/4): the quotient of tail and bell is smooth in t.
    let t = 1.0 / A::mul_add(x.abs(), 0.25, 1.0);
    let p = 0.029_492_697;
    let p = A::mul_add(p, t, -0.171_137_47);
    let p = A::mul_add(p, t, 0.334_024_76);
    let p = A::mul_add(p, t, -0.249_225_21);
    let p = A::mul_add(p, t, 0.231_871_89);
    let p = A::mul_add(p, t, 0.020_027_435);
    let p = A::mul_add(p, t, 0.107_075_905);
    let p = A::mul_add(p, t, 0.098_044_26);
    let p = A::mul_add(p, t, 0.099_825_714);
    let bell = exp::<A>(-0.5 * x * x);
    (bell, bell * t * p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{Isa, Path, with_path};
    use crate::vectorize::{Kernel, vectorize};

    macro_rules! function {
        ($name:ident, |$x:ident, $a:ident| $body:expr) => {
            struct $name<'a>(&'a mut [f32]);
            impl Kernel for $name<'_> {
                type Output = ();
                #[inline(always)]
                fn run<$a: Arithmetic>(self) {
                    self.0.iter_mut().for_each(|v| {
                        let $x = *v;
                        *v = $body;
                    });
                }
            }
        };
    }
    function!(Exp, |x, A| exp::<A>(x));
    function!(Expm1, |x, A| expm1::<A>(x));
    function!(Ln1p, |x, A| ln_1p::<A>(x));
    function!(Ln, |x, A| ln::<A>(x));
    function!(Sigmoid, |x, A| sigmoid::<A>(x));
    function!(Tanh, |x, A| tanh::<A>(x));
    function!(Tail, |x, A| normal_tail::<A>(x).1);

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
        let exp = |v: &mut [f32]| vectorize(Isa::current(), Exp(v));
        assert!(worst(-87.0, 88.7, exp, f64::exp) < 1.5);
        assert!(worst(-1.0, 1.0, exp, f64::exp) < 1.5);
        let expm1 = |v: &mut [f32]| vectorize(Isa::current(), Expm1(v));
        assert!(worst(-40.0, 88.0, expm1, f64::exp_m1) < 2.5);
        assert!(worst(-1.0, 1.0, expm1, f64::exp_m1) < 2.5);
        assert!(worst(0.0, 1.0, |v| vectorize(Isa::current(), Ln1p(v)), f64::ln_1p) < 2.0);
        let ln = |v: &mut [f32]| vectorize(Isa::current(), Ln(v));
        assert!(worst(1e-6, 2.0, ln, f64::ln) < 2.0);
        assert!(worst(2.0, 3e38, ln, f64::ln) < 2.0);
        let sigmoid = |v: &mut [f32]| vectorize(Isa::current(), Sigmoid(v));
        assert!(worst(-87.0, 30.0, sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 3.0);
        let tanh = |v: &mut [f32]| vectorize(Isa::current(), Tanh(v));
        assert!(worst(-12.0, 12.0, tanh, f64::tanh) < 3.0);
        assert!(worst(-0.01, 0.01, tanh, f64::tanh) < 3.0);
        let normal = |v: &mut [f32]| vectorize(Isa::current(), Tail(v));
        assert!(worst(0.0, 5.0, normal, tail) < 14.0);
        assert!(worst(5.0, 12.0, normal, tail) < 80.0);
    }

    #[test]
    fn the_ends_are_right() {
        let inf = f32::INFINITY;
        let mut values = [0.0, 88.73, 1e4, inf, -100.0, -104.0, -1e4, -inf, f32::NAN];
        vectorize(Isa::current(), Exp(&mut values));
        assert_eq!(&values[..4], &[1.0, inf, inf, inf]);
        assert!((values[4] - 3.783_506e-44).abs() < 2e-45, "gradual underflow: {:e}", values[4]);
        assert_eq!(&values[6..8], &[0.0, 0.0]);
        assert!(values[8].is_nan());
        let mut values = [1e4, inf, -1e4, -inf, 0.0, f32::NAN];
        vectorize(Isa::current(), Tanh(&mut values));
        assert_eq!(&values[..5], &[1.0, 1.0, -1.0, -1.0, 0.0]);
        assert!(values[5].is_nan());
        let mut values = [1e4, inf, -1e4, -inf, f32::NAN];
        vectorize(Isa::current(), Sigmoid(&mut values));
        assert_eq!(&values[..4], &[1.0, 1.0, 0.0, 0.0]);
        assert!(values[4].is_nan());
    }
}
