//! Losses made of losses: for networks with several outputs.

use super::{Accepts, Loss, Numbers};
use crate::{Error, Meaning, Mut, Ref, Result, Value};

/// A loss times a factor: `weight · loss`, with the gradient to match.
///
/// ```
/// use nn_core::loss::{self, MeanSquaredError, Weighted};
/// let loss = Weighted { loss: MeanSquaredError, weight: 0.5 };
/// assert_eq!(loss::value(&loss, &[[1.0_f32]], &[[3.0_f32]]), 2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted<L> {
    /// The loss.
    pub loss: L,
    /// Its factor, 0 or more.
    pub weight: f32,
}

#[diagnostic::do_not_recommend]
impl<G: Meaning, L: Accepts<G>> Accepts<G> for Weighted<L> {}

impl<P: Numbers, T: Value, L: Loss<P, T>> Loss<P, T> for Weighted<L> {
    fn loss(
        &self,
        prediction: &[P],
        target: Ref<'_, T>,
        weights: Option<&[f32]>,
        mut gradient: Option<&mut [P]>,
    ) -> f64 {
        let value = self.loss.loss(prediction, target, weights, gradient.as_deref_mut());
        if let Some(gradient) = gradient {
            P::flat_mut(gradient).iter_mut().for_each(|g| *g *= self.weight);
        }
        f64::from(self.weight) * value
    }
    fn divisor(&self, target: Ref<'_, T>, weights: Option<&[f32]>) -> f64 {
        self.loss.divisor(target, weights)
    }
    fn check(&self) -> Result<()> {
        if !(self.weight >= 0.0 && self.weight.is_finite()) {
            let problem = format!("is {}, but has to be a number of 0 or more", self.weight);
            return Err(Error::argument("Weighted::weight", problem));
        }
        self.loss.check()
    }
    fn check_target(&self, target: Ref<'_, T>, first: usize) -> Result<()> {
        self.loss.check_target(target, first)
    }
}

#[diagnostic::do_not_recommend]
impl<G: Meaning, L: Accepts<G> + ?Sized> Accepts<G> for &L {}

#[diagnostic::do_not_recommend]
impl<P: Value, T: Value, L: Loss<P, T> + ?Sized> Loss<P, T> for &L {
    fn loss(
        &self,
        prediction: Ref<'_, P>,
        target: Ref<'_, T>,
        weights: Option<&[f32]>,
        gradient: Option<Mut<'_, P>>,
    ) -> f64 {
        (**self).loss(prediction, target, weights, gradient)
    }
    fn divisor(&self, target: Ref<'_, T>, weights: Option<&[f32]>) -> f64 {
        (**self).divisor(target, weights)
    }
    fn check(&self) -> Result<()> {
        (**self).check()
    }
    fn check_target(&self, target: Ref<'_, T>, first: usize) -> Result<()> {
        (**self).check_target(target, first)
    }
}

/// The divisor of a sum of losses: the mean of theirs, which is the one that all of them have if they agree. Where they differ (class weights of one output,
/// labels that another leaves out) no number would put the sums of batches together as one large batch does. This one does not jump between batches in
/// which they happen to agree and others.
#[doc(hidden)]
pub fn shared_divisor<const N: usize>(divisors: [f64; N]) -> f64 {
    match &divisors[..] {
        [first, others @ ..] if others.iter().all(|other| other == first) => *first,
        _ => divisors.iter().sum::<f64>() / N as f64,
    }
}

/// A tuple of losses is the loss of a tuple of outputs: their sum. What `network!` writes for named outputs calls this.
macro_rules! tuple_losses {
    ($($l:ident $p:ident $t:ident $g:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($g: Meaning, $l: Accepts<$g>),+> Accepts<($($g,)+)> for ($($l,)+) {}

        impl<$($p: Value, $t: Value, $l: Loss<$p, $t>),+> Loss<($($p,)+), ($($t,)+)> for ($($l,)+) {
            fn loss(
                &self,
                prediction: Ref<'_, ($($p,)+)>,
                target: Ref<'_, ($($t,)+)>,
                weights: Option<&[f32]>,
                gradient: Option<Mut<'_, ($($p,)+)>>,
            ) -> f64 {
                match gradient {
                    Some(gradient) => 0.0 $(+ self.$index.loss(prediction.$index, target.$index, weights, Some(gradient.$index)))+,
                    None => 0.0 $(+ self.$index.loss(prediction.$index, target.$index, weights, None))+,
                }
            }
            fn divisor(&self, target: Ref<'_, ($($t,)+)>, weights: Option<&[f32]>) -> f64 {
                shared_divisor([$(self.$index.divisor(target.$index, weights)),+])
            }
            fn check(&self) -> Result<()> {
                $(self.$index.check()?;)+
                Ok(())
            }
            fn check_target(&self, target: Ref<'_, ($($t,)+)>, first: usize) -> Result<()> {
                $(self.$index.check_target(target.$index, first)?;)+
                Ok(())
            }
        }
    };
}
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1);
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1, L2 P2 T2 G2 2);
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1, L2 P2 T2 G2 2, L3 P3 T3 G3 3);
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1, L2 P2 T2 G2 2, L3 P3 T3 G3 3, L4 P4 T4 G4 4);
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1, L2 P2 T2 G2 2, L3 P3 T3 G3 3, L4 P4 T4 G4 4, L5 P5 T5 G5 5);
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1, L2 P2 T2 G2 2, L3 P3 T3 G3 3, L4 P4 T4 G4 4, L5 P5 T5 G5 5, L6 P6 T6 G6 6);
tuple_losses!(L0 P0 T0 G0 0, L1 P1 T1 G1 1, L2 P2 T2 G2 2, L3 P3 T3 G3 3, L4 P4 T4 G4 4, L5 P5 T5 G5 5, L6 P6 T6 G6 6, L7 P7 T7 G7 7);
