//! Scores of classes, averaged: precision, recall, F1; and Matthews' correlation.

use super::decide::decided_by_highest;
use super::{Better, ConfusionMatrix, Decided, Measure};
use crate::{Error, Result};

/// How a score that every class has becomes one number (as in scikit-learn, but that a class of which all samples have weight 0 does not count).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// The mean over the classes that occur or are predicted: small classes count as much as large ones.
    #[default]
    Macro,
    /// One score from the counts of all classes together: the accuracy, where every sample has one class.
    Micro,
    /// The mean over classes weighted by how often each occurs.
    Weighted,
    /// The score of one class. `Class(1)` is what scikit-learn calls `binary`.
    Class(u32),
}

/// The state of a score of classes: a confusion matrix and how to average.
macro_rules! score {
    ($(#[$doc:meta])* $metric:ident, $name:literal, $score:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $metric {
            average: Average,
            matrix: ConfusionMatrix,
        }

        #[doc = concat!("[`", stringify!($metric), "`](struct@", stringify!($metric), ") averaged over classes, of no samples yet.")]
        #[allow(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(Recall)`")]
        pub const $metric: $metric = $metric::new(Average::Macro);

        impl $metric {
            /// Averaged as asked for.
            pub const fn new(average: Average) -> Self {
                Self { average, matrix: ConfusionMatrix }
            }

            /// Of class 1: yes, where classes are no and yes.
            pub const fn positive() -> Self {
                Self::new(Average::Class(1))
            }

            /// The score of every class.
            pub fn per_class(&self) -> Vec<f64> {
                (0..self.matrix.classes()).map(|class| self.matrix.$score(Average::Class(class as u32))).collect()
            }
        }

        impl Measure for $metric {
            fn name(&self) -> String {
                match self.average {
                    Average::Macro => $name.into(),
                    Average::Micro => concat!($name, "_micro").into(),
                    Average::Weighted => concat!($name, "_weighted").into(),
                    Average::Class(class) => format!(concat!($name, "_{}"), class),
                }
            }
            fn reset(&mut self) {
                self.matrix.reset();
            }
            fn value(&self) -> f64 {
                self.matrix.$score(self.average)
            }
            fn state(&self) -> Vec<f64> {
                self.matrix.state()
            }
            fn restore(&mut self, state: &[f64]) {
                self.matrix.restore(state);
            }
            fn better(&self) -> Better {
                Better::Higher
            }
        }

        impl Decided for $metric {
            fn decide(&mut self, classes: usize, meant: usize, predicted: usize, weight: f64) {
                self.matrix.decide(classes, meant, predicted, weight);
            }
            fn check_classes(&self, classes: usize) -> Result<()> {
                match self.average {
                    Average::Class(class) if class as usize >= classes => {
                        let last = classes.saturating_sub(1);
                        let problem = format!("class {class} is asked for, but there are {classes} (0 to {last})");
                        Err(Error::argument(stringify!($metric), problem))
                    }
                    _ => Ok(()),
                }
            }
        }

        decided_by_highest!($metric);
    };
}

score! {
    /// Of what was taken for a class, the share that belongs to it: `tp / (tp + fp)`; 0 for a class that nothing was taken for.
    ///
    /// ```
    /// use nn_core::metrics::{self, Precision};
    /// let scores = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]];
    /// assert_eq!(metrics::measure(Precision, &scores, &[0_u32, 1, 0]), 0.75);
    /// assert_eq!(metrics::measure(Precision::positive(), &scores, &[0_u32, 1, 0]), 0.5);
    /// ```
    Precision, "precision", precision
}

score! {
    /// Of what belongs to a class, the share that was found: `tp / (tp + fn)`; 0 for a class that nothing belongs to.
    ///
    /// ```
    /// use nn_core::metrics::{self, Average, Recall};
    /// let scores = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]];
    /// assert_eq!(metrics::measure(Recall, &scores, &[0_u32, 1, 0]), 0.75);
    /// assert_eq!(metrics::measure(Recall::new(Average::Class(0)), &scores, &[0_u32, 1, 0]), 0.5);
    /// ```
    Recall, "recall", recall
}

score! {
    /// The harmonic mean of precision and recall of a class: `2 tp / (2 tp + fp + fn)`.
    ///
    /// ```
    /// use nn_core::metrics::{self, F1};
    /// let scores = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]];
    /// assert_eq!(metrics::measure(F1, &scores, &[0_u32, 1, 0]), 2.0 / 3.0);
    /// ```
    F1, "f1", f1
}

/// Matthews' correlation of labels and predictions: 1 for all right, 0 for chance, −1 for two classes always mistaken; fair where
/// classes differ in size ([`ConfusionMatrix::matthews`]).
///
/// ```
/// use nn_core::metrics::{self, MatthewsCorrelation};
/// let scores = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]];
/// assert_eq!(metrics::measure(MatthewsCorrelation, &scores, &[0_u32, 1, 1]), 1.0);
/// assert_eq!(metrics::measure(MatthewsCorrelation, &scores, &[0_u32, 1, 0]), 0.5);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatthewsCorrelation {
    matrix: ConfusionMatrix,
}

/// [`MatthewsCorrelation`](struct@MatthewsCorrelation) of no samples yet.
#[expect(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(MatthewsCorrelation)`")]
pub const MatthewsCorrelation: MatthewsCorrelation = MatthewsCorrelation { matrix: ConfusionMatrix };

impl Measure for MatthewsCorrelation {
    fn name(&self) -> String {
        "matthews".into()
    }
    fn reset(&mut self) {
        self.matrix.reset();
    }
    fn value(&self) -> f64 {
        self.matrix.matthews()
    }
    fn state(&self) -> Vec<f64> {
        self.matrix.state()
    }
    fn restore(&mut self, state: &[f64]) {
        self.matrix.restore(state);
    }
    fn better(&self) -> Better {
        Better::Higher
    }
}

impl Decided for MatthewsCorrelation {
    fn decide(&mut self, classes: usize, meant: usize, predicted: usize, weight: f64) {
        self.matrix.decide(classes, meant, predicted, weight);
    }
}

decided_by_highest!(MatthewsCorrelation);
