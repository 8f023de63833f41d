//! How well a score puts yes above no, whatever the threshold.

use super::binary::answers;
use super::{Better, BinaryTruth, Measure, Metric, PositiveScore};

/// Scores with what was meant, kept until the end: a ranking needs all of them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ranking(Vec<(f64, bool, f32)>);

impl Ranking {
    fn update<P: PositiveScore, T: BinaryTruth>(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
        answers(prediction, target, weights, |output, truth, weight| {
            self.0.push((output.margin(), truth, weight as f32));
        });
    }

    /// From the highest score down, the weight of yes and of no at each distinct score; none where a score is NaN.
    fn groups(&self) -> Option<Vec<(f64, f64)>> {
        let mut sorted = self.0.clone();
        if sorted.iter().any(|(score, ..)| score.is_nan()) {
            return None;
        }
        sorted.sort_unstable_by(|(a, ..), (b, ..)| b.total_cmp(a));
        let sum = |group: &[(f64, bool, f32)], which: bool| -> f64 {
            group.iter().filter(|(_, truth, _)| *truth == which).map(|(.., weight)| f64::from(*weight)).sum()
        };
        Some(sorted.chunk_by(|(a, ..), (b, ..)| a == b).map(|group| (sum(group, true), sum(group, false))).collect())
    }
}

macro_rules! ranking {
    ($(#[$doc:meta])* $metric:ident, $name:literal, $value:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $metric {
            ranking: Ranking,
        }

        #[doc = concat!("[`", stringify!($metric), "`](struct@", stringify!($metric), ") of no samples yet.")]
        #[expect(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(Auroc)`")]
        pub const $metric: $metric = $metric { ranking: Ranking(Vec::new()) };

        impl Measure for $metric {
            fn name(&self) -> String {
                $name.into()
            }
            fn reset(&mut self) {
                self.ranking.0.clear();
            }
            fn value(&self) -> f64 {
                self.ranking.groups().map_or(f64::NAN, |groups| $value(&groups))
            }
            fn state(&self) -> Vec<f64> {
                let each = |&(score, truth, weight): &(f64, bool, f32)| [score, truth.into(), weight.into()];
                self.ranking.0.iter().flat_map(each).collect()
            }
            fn restore(&mut self, state: &[f64]) {
                let each = |&[score, truth, weight]: &[f64; 3]| (score, truth == 1.0, weight as f32);
                self.ranking.0 = state.as_chunks().0.iter().map(each).collect();
            }
            fn better(&self) -> Better {
                Better::Higher
            }
        }

        impl<P: PositiveScore, T: BinaryTruth> Metric<P, T> for $metric {
            fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
                self.ranking.update(prediction, target, weights);
            }
        }
    };
}

ranking! {
    /// The area under the receiver operating characteristic: how likely a yes scores above a no, equal scores counting half
    /// (Hanley and McNeil, 1982; scikit-learn's `roc_auc_score`). 0.5 is chance; NaN where there is only yes or only no.
    ///
    /// Scores and probabilities give the same, as only their order counts. Of `[f32; 2]` the difference is the score. It keeps 16 bytes a
    /// sample until the next reset.
    ///
    /// ```
    /// use nn_core::metrics::{self, Auroc};
    /// assert_eq!(metrics::measure(Auroc, &[[0.1], [0.4], [0.35], [0.8]], &[0_u32, 0, 1, 1]), 0.75);
    /// ```
    Auroc, "auroc", area
}

ranking! {
    /// The mean of the precision at every threshold, weighted by what it adds to the recall: `Σ (Rₙ − Rₙ₋₁) Pₙ` (scikit-learn's
    /// `average_precision_score`). Better than [`Auroc`](struct@Auroc) where yes is rare; NaN where there is no yes.
    ///
    /// Scores and probabilities give the same. Of `[f32; 2]` the difference is the score. It keeps 16 bytes a sample until the next
    /// reset.
    ///
    /// ```
    /// use nn_core::metrics::{self, AveragePrecision};
    /// let value = metrics::measure(AveragePrecision, &[[0.1], [0.4], [0.35], [0.8]], &[0_u32, 0, 1, 1]);
    /// assert!((value - 5.0 / 6.0).abs() < 1e-12);
    /// ```
    AveragePrecision, "average_precision", average_precision
}

fn area(groups: &[(f64, f64)]) -> f64 {
    let (mut area, mut yes, mut no) = (0.0, 0.0, 0.0);
    for &(more_yes, more_no) in groups {
        area += more_no * (yes + 0.5 * more_yes);
        (yes, no) = (yes + more_yes, no + more_no);
    }
    area / (yes * no)
}

fn average_precision(groups: &[(f64, f64)]) -> f64 {
    let (mut sum, mut yes, mut all) = (0.0, 0.0, 0.0);
    for &(more_yes, more_no) in groups {
        (yes, all) = (yes + more_yes, all + more_yes + more_no);
        if more_yes != 0.0 {
            sum += more_yes * (yes / all);
        }
    }
    sum / yes
}
