//! Values with several named parts, for networks with several inputs or outputs.

/// Declares a [`Value`](crate::Value) with named parts: the owner of batches, what is read and what is written.
///
/// `network!` writes this for networks with several inputs or outputs.
///
/// ```
/// nn_core::several! {
///     /// A picture and what is known of the patient.
///     pub struct Case, CaseRef, CaseMut { image: [f32; 4], age: [f32; 1] }
/// }
/// use nn_core::{Batch, Value};
/// let case = Case { image: Batch::from([[0.0; 4]]), age: Batch::from([[54.0]]) };
/// assert_eq!(Case::borrow(&case).age, &[[54.0]]);
/// assert_eq!((Case::LEN, Case::text().as_str()), (5, "(image: [4], age: [1])"));
/// ```
#[macro_export]
macro_rules! several {
    ($(#[$meta:meta])* $vis:vis struct $owned:ident, $read:ident, $write:ident { $($part:ident: $sample:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $owned {
            $(#[doc = concat!("The samples of `", stringify!($part), "`.")] pub $part: $crate::Batch<$sample>,)+
        }

        #[doc = concat!("A batch of [`", stringify!($owned), "`], to be read.")]
        #[derive(Clone, Copy, Debug)]
        $vis struct $read<'a> {
            $(#[doc = concat!("The samples of `", stringify!($part), "`.")] pub $part: &'a [$sample],)+
        }

        #[doc = concat!("A batch of [`", stringify!($owned), "`], to be written.")]
        #[derive(Debug)]
        $vis struct $write<'a> {
            $(#[doc = concat!("The samples of `", stringify!($part), "`.")] pub $part: &'a mut [$sample],)+
        }

        const _: () = {
            #[allow(unused_imports)]
            use $crate::expand::names::*;

            impl $crate::Value for $owned {
                type Ref<'a> = $read<'a>;
                type Mut<'a> = $write<'a>;
                type Owned = Self;
                const LEN: usize = 0 $(+ <$sample as $crate::Sample>::LEN)+;

                fn count(batch: $read<'_>) -> usize {
                    let counts = [$(batch.$part.len()),+];
                    assert!(counts.iter().all(|count| *count == counts[0]), "the parts of a batch have different numbers of samples: {counts:?}");
                    counts[0]
                }
                fn zeroed(count: usize) -> Self {
                    Self { $($part: $crate::Batch::zeroed(count)),+ }
                }
                fn part<'a>(batch: Self::Ref<'a>, range: ::core::ops::Range<usize>) -> Self::Ref<'a> {
                    $read { $($part: &batch.$part[range.clone()]),+ }
                }
                fn split_mut<'a>(batch: Self::Mut<'a>, at: usize) -> (Self::Mut<'a>, Self::Mut<'a>) {
                    let ($($part,)+) = ($(batch.$part.split_at_mut(at),)+);
                    ($write { $($part: $part.0),+ }, $write { $($part: $part.1),+ })
                }
                fn borrow(owned: &Self) -> $read<'_> {
                    $read { $($part: &owned.$part),+ }
                }
                fn borrow_mut(owned: &mut Self) -> $write<'_> {
                    $write { $($part: &mut owned.$part),+ }
                }
                fn reborrow<'a>(batch: &'a mut Self::Mut<'_>) -> Self::Mut<'a> {
                    $write { $($part: &mut *batch.$part),+ }
                }
                fn share<'a>(batch: &'a Self::Mut<'_>) -> Self::Ref<'a> {
                    $read { $($part: &*batch.$part),+ }
                }
                fn shorten<'a: 'b, 'b>(batch: $read<'a>) -> $read<'b> {
                    batch
                }
                fn gather(from: $read<'_>, indices: &[usize], to: $write<'_>) {
                    $(<$sample as $crate::Value>::gather(from.$part, indices, to.$part);)+
                }
                fn each_part(batch: $read<'_>, each: &mut dyn FnMut(&str, &[f32])) {
                    $(<$sample as $crate::Value>::each_part(batch.$part, &mut |_, values| each(stringify!($part), values));)+
                }
                fn each_in_order(batch: $read<'_>, each: &mut dyn FnMut(&str, &[f32])) {
                    $(<$sample as $crate::Value>::each_in_order(batch.$part, &mut |_, values| each(stringify!($part), values));)+
                }
                fn each_part_mut(batch: $write<'_>, each: &mut dyn FnMut(&str, &mut [f32])) {
                    $(<$sample as $crate::Value>::each_part_mut(batch.$part, &mut |_, values| each(stringify!($part), values));)+
                }
                fn digest(batch: $read<'_>, digest: &mut $crate::data::Digest) {
                    $(<$sample as $crate::Value>::digest(batch.$part, digest);)+
                }
                fn counts(owned: &Self, each: &mut dyn FnMut(&str, usize)) {
                    $(each(stringify!($part), owned.$part.len());)+
                }
                fn text() -> ::std::string::String {
                    let parts = [$(::std::format!("{}: {}", stringify!($part), <$sample as $crate::Value>::text())),+];
                    ::std::format!("({})", parts.join(", "))
                }
            }
        };
    };
}

/// Declares a [`Loss`](crate::Loss) with one loss for each named output of a value that [`several!`](crate::several) declares: their
/// sum. Labels are a tuple in the same order. A factor is a [`Weighted`](crate::loss::Weighted) loss.
///
/// `network!` writes this for networks with several outputs.
///
/// ```
/// use nn_core::loss::{CrossEntropy, MeanSquaredError, Weighted};
/// use nn_core::{Batch, Loss, Value};
/// nn_core::several! { pub struct Found, FoundRef, FoundMut { class: [f32; 3], size: [f32; 1] } }
/// nn_core::several_losses! { pub struct FoundLoss for Found { class: [f32; 3], size: [f32; 1] } }
///
/// let loss = FoundLoss { class: CrossEntropy, size: Weighted { loss: MeanSquaredError, weight: 0.5 } };
/// let found = Found { class: Batch::from([[0.0; 3]]), size: Batch::from([[1.0]]) };
/// let value = Loss::<Found, (u32, [f32; 1])>::loss(&loss, Found::borrow(&found), (&[2], &[[3.0]]), None, None);
/// assert!((value - (3.0_f64.ln() + 0.5 * 4.0)).abs() < 1e-6);
/// ```
#[macro_export]
macro_rules! several_losses {
    ($(#[$meta:meta])* $vis:vis struct $losses:ident for $out:ident { $($part:ident: $sample:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[allow(non_camel_case_types)]
        $vis struct $losses<$($part),+> {
            $(#[doc = concat!("The loss of `", stringify!($part), "`.")] pub $part: $part,)+
        }
        $crate::several_losses! { @impl $losses $out [$($part $sample),+] [A B C D E F G H] [M0 M1 M2 M3 M4 M5 M6 M7] [] }
    };
    // Pairs each output with a name for the type of its labels and one for its meaning.
    (@impl $losses:ident $out:ident [$part:ident $sample:ty $(, $parts:ident $samples:ty)*] [$t:ident $($ts:ident)*] [$m:ident $($ms:ident)*] [$($done:tt)*]) => {
        $crate::several_losses! { @impl $losses $out [$($parts $samples),*] [$($ts)*] [$($ms)*] [$($done)* ($part $sample, $t, $m)] }
    };
    (@impl $losses:ident $out:ident [] $t:tt $m:tt [$(($part:ident $sample:ty, $label:ident, $meaning:ident))+]) => {
        const _: () = {
            #[allow(unused_imports)]
            use $crate::expand::names::*;

            #[allow(non_camel_case_types)]
            impl<$($meaning: $crate::Meaning,)+ $($part: $crate::Accepts<$meaning>),+> $crate::Accepts<($($meaning,)+)> for $losses<$($part),+> {}

            #[allow(non_camel_case_types, non_snake_case)]
            impl<$($label: $crate::Value,)+ $($part: $crate::Loss<$sample, $label>),+> $crate::Loss<$out, ($($label,)+)> for $losses<$($part),+> {
                fn loss(
                    &self,
                    prediction: $crate::Ref<'_, $out>,
                    target: $crate::Ref<'_, ($($label,)+)>,
                    weights: Option<&[f32]>,
                    gradient: Option<$crate::Mut<'_, $out>>,
                ) -> f64 {
                    let ($($label,)+) = target;
                    match gradient {
                        Some(gradient) => 0.0 $(+ self.$part.loss(prediction.$part, $label, weights, Some(gradient.$part)))+,
                        None => 0.0 $(+ self.$part.loss(prediction.$part, $label, weights, None))+,
                    }
                }
                fn divisor(&self, target: $crate::Ref<'_, ($($label,)+)>, weights: Option<&[f32]>) -> f64 {
                    let ($($label,)+) = target;
                    let divisors = [$($crate::Loss::<$sample, $label>::divisor(&self.$part, $label, weights)),+];
                    $crate::loss::shared_divisor(divisors)
                }
                fn check(&self) -> $crate::Result<()> {
                    $(self.$part.check()?;)+
                    Ok(())
                }
                fn check_target(&self, target: $crate::Ref<'_, ($($label,)+)>, first: usize) -> $crate::Result<()> {
                    let ($($label,)+) = target;
                    $(self.$part.check_target($label, first)?;)+
                    Ok(())
                }
            }
        };
    };
}
