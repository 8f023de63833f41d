//! Which class is taken for which.

use super::decide::decided_by_highest;
use super::{Average, Better, Decided, Measure};
use core::fmt;

/// How often each class was taken for each: a row for every class meant, a column for every class predicted (scikit-learn's
/// `confusion_matrix`).
///
/// As a metric its value is the accuracy, and the table is printed at the end. All scores that follow from the counts can be asked for.
///
/// ```
/// use nn_core::metrics::{self, Average, ConfusionMatrix};
/// let mut matrix = ConfusionMatrix::named(["cat", "dog"]);
/// metrics::update(&mut matrix, &[[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], &[0_u32, 1, 1]);
/// assert_eq!(matrix.count(1, 0), 1.0); // one dog taken for a cat
/// assert_eq!(matrix.recall(Average::Class(1)), 0.5);
/// println!("{matrix}");
/// ```
/// prints
/// ```text
/// meant \ predicted     cat     dog  recall
/// cat                     1       0 100.0 %
/// dog                     1       1  50.0 %
/// precision          50.0 % 100.0 %
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfusionMatrix {
    names: Vec<String>,
    classes: usize,
    counts: Vec<f64>,
}

/// [`ConfusionMatrix`](struct@ConfusionMatrix) of no samples yet, its classes called by their numbers.
#[expect(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(ConfusionMatrix)`")]
pub const ConfusionMatrix: ConfusionMatrix = ConfusionMatrix { names: Vec::new(), classes: 0, counts: Vec::new() };

impl ConfusionMatrix {
    /// A matrix with names for the classes, in their order. A class without a name goes by its number.
    pub fn named<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), ..ConfusionMatrix }
    }

    /// The number of classes; 0 before the first batch.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many samples of class `meant` were taken for class `predicted` (their weights, where samples have weights). 0 for a class
    /// that there is not.
    pub fn count(&self, meant: usize, predicted: usize) -> f64 {
        let inside = meant < self.classes && predicted < self.classes;
        if inside { self.counts[meant * self.classes + predicted] } else { 0.0 }
    }

    /// How many samples belong to a class.
    pub fn support(&self, class: usize) -> f64 {
        (0..self.classes).map(|predicted| self.count(class, predicted)).sum()
    }

    /// How many samples were taken for a class.
    pub fn predicted(&self, class: usize) -> f64 {
        (0..self.classes).map(|meant| self.count(meant, class)).sum()
    }

    fn right(&self) -> f64 {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    fn total(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// The share of samples whose class was found; NaN for none.
    pub fn accuracy(&self) -> f64 {
        self.right() / self.total()
    }

    /// Of what was taken for a class, the share that belongs to it; 0 where nothing was taken for it.
    pub fn precision(&self, average: Average) -> f64 {
        self.averaged(average, |class| (self.count(class, class), self.predicted(class)))
    }

    /// Of what belongs to a class, the share that was found; 0 where nothing belongs to it.
    pub fn recall(&self, average: Average) -> f64 {
        self.averaged(average, |class| (self.count(class, class), self.support(class)))
    }

    /// The harmonic mean of precision and recall, `2 tp / (2 tp + fp + fn)`; 0 for a class that neither occurs nor is predicted.
    pub fn f1(&self, average: Average) -> f64 {
        self.averaged(average, |class| (2.0 * self.count(class, class), self.predicted(class) + self.support(class)))
    }

    /// A score that is a fraction for every class, averaged.
    fn averaged(&self, average: Average, fraction: impl Fn(usize) -> (f64, f64)) -> f64 {
        let of = |class| match fraction(class) {
            (_, 0.0) => 0.0,
            (part, whole) => part / whole,
        };
        let all = 0..self.classes;
        match average {
            _ if self.total() == 0.0 => f64::NAN,
            Average::Class(class) => of(class as usize),
            Average::Macro => {
                let seen = all.filter(|&class| self.support(class) + self.predicted(class) > 0.0);
                let (sum, count) = seen.fold((0.0, 0.0), |(sum, count), class| (sum + of(class), count + 1.0));
                sum / count
            }
            Average::Micro => {
                let (part, whole) = all.map(fraction).fold((0.0, 0.0), |(a, b), (part, whole)| (a + part, b + whole));
                part / whole
            }
            Average::Weighted => all.map(|class| of(class) * self.support(class)).sum::<f64>() / self.total(),
        }
    }

    /// Matthews' correlation of what was meant and what was predicted, between −1 and 1; 0 where either is constant
    /// (Matthews, 1975; for more than two classes Gorodkin, 2004).
    pub fn matthews(&self) -> f64 {
        let total = self.total();
        if total == 0.0 {
            return f64::NAN;
        }
        let (mut both, mut predicted, mut meant) = (0.0, 0.0, 0.0);
        for class in 0..self.classes {
            let (p, m) = (self.predicted(class), self.support(class));
            (both, predicted, meant) = (both + p * m, predicted + p * p, meant + m * m);
        }
        let spread = (total * total - predicted) * (total * total - meant);
        if spread > 0.0 { (self.right() * total - both) / spread.sqrt() } else { 0.0 }
    }

    fn title(&self, class: usize) -> String {
        self.names.get(class).cloned().unwrap_or_else(|| class.to_string())
    }
}

impl Measure for ConfusionMatrix {
    fn name(&self) -> String {
        // Not `accuracy`, so that both can be asked for.
        "confusion_accuracy".into()
    }
    fn reset(&mut self) {
        self.counts.fill(0.0);
    }
    fn value(&self) -> f64 {
        self.accuracy()
    }
    fn state(&self) -> Vec<f64> {
        self.counts.clone()
    }
    fn restore(&mut self, state: &[f64]) {
        self.classes = state.len().isqrt();
        self.counts = state.to_vec();
    }
    fn better(&self) -> Better {
        Better::Higher
    }
    fn details(&self) -> Option<String> {
        (self.classes > 0).then(|| self.to_string())
    }
}

impl Decided for ConfusionMatrix {
    fn decide(&mut self, classes: usize, meant: usize, predicted: usize, weight: f64) {
        if self.classes != classes {
            self.classes = classes;
            self.counts = vec![0.0; classes * classes];
        }
        self.counts[meant * classes + predicted] += weight;
    }
}

decided_by_highest!(ConfusionMatrix);

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let number = |count: f64| if count.fract() == 0.0 { format!("{count}") } else { format!("{count:.2}") };
        let corner = "meant \\ predicted";
        let mut all = 0..self.classes;
        let longest =
            |texts: &mut dyn Iterator<Item = String>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        let first = longest(&mut all.clone().map(|class| self.title(class)).chain([corner.to_owned()]));
        let counts = all.clone().flat_map(|meant| all.clone().map(move |predicted| (meant, predicted)));
        let width = longest(&mut all.clone().map(|class| self.title(class)).chain([percent(1.0)]))
            .max(longest(&mut counts.map(|(meant, predicted)| number(self.count(meant, predicted)))));

        write!(f, "{corner:first$}")?;
        all.clone().try_for_each(|class| write!(f, " {:>width$}", self.title(class)))?;
        writeln!(f, " {:>7}", "recall")?;
        for meant in all.clone() {
            write!(f, "{:first$}", self.title(meant))?;
            all.clone().try_for_each(|predicted| write!(f, " {:>width$}", number(self.count(meant, predicted))))?;
            writeln!(f, " {:>7}", percent(self.recall(Average::Class(meant as u32))))?;
        }
        write!(f, "{:first$}", "precision")?;
        all.try_for_each(|class| write!(f, " {:>width$}", percent(self.precision(Average::Class(class as u32)))))
    }
}
