//! Metrics against scikit-learn, in batches, with weights, and at their edges.

mod common;

use common::{Case, case};
use nn_core::metrics::*;
use nn_core::{Batch, Better, Measure, Metric, Sample};

/// A metric over batches of 1, 2, 3, … samples against a value of the case; a second time after a reset.
#[track_caller]
fn reference<P: Sample, T: Sample>(name: &str, mut metric: impl Metric<P, T>, prediction: &[P], target: &[T]) {
    metric.check().unwrap();
    assert!(metric.value().is_nan(), "{name}: a value without samples");
    for _ in 0..2 {
        metric.reset();
        let (mut from, mut size) = (0, 1);
        while from < prediction.len() {
            let to = (from + size).min(prediction.len());
            metric.update(&prediction[from..to], &target[from..to], None);
            (from, size) = (to, size + 1);
        }
        metric.update(&[], &[], None);
        case("metrics").assert_close(name, &[metric.value() as f32], 1e-6);
    }
    let found = metric.value();
    let ones = vec![1.0; prediction.len()];
    metric.reset();
    metric.update(prediction, target, Some(&ones));
    assert!((metric.value() - found).abs() < 1e-12, "{name}: weights of 1 change it");
}

fn scores(case: &Case) -> Batch<[f32; 4]> {
    Batch::from_flat(case.floats("scores")).unwrap()
}

fn classes(case: &Case, name: &str) -> Vec<u32> {
    case.integers(name).iter().map(|&class| class as u32).collect()
}

#[test]
fn metrics_of_classes_are_as_in_scikit_learn() {
    let case = case("metrics");
    let (scores, target) = (scores(&case), classes(&case, "target"));
    reference::<[f32; 4], u32>("accuracy", Accuracy, &scores, &target);
    reference::<[f32; 4], u32>("top2", TopK::new(2), &scores, &target);
    reference::<[f32; 4], u32>("precision_macro", Precision, &scores, &target);
    reference::<[f32; 4], u32>("recall_macro", Recall, &scores, &target);
    reference::<[f32; 4], u32>("f1_macro", F1, &scores, &target);
    reference::<[f32; 4], u32>("matthews", MatthewsCorrelation, &scores, &target);
    reference::<[f32; 4], u32>("accuracy", ConfusionMatrix, &scores, &target);
    reference::<[f32; 4], u32>("accuracy", F1::new(Average::Micro), &scores, &target);
    reference::<[f32; 4], u32>("accuracy", Recall::new(Average::Weighted), &scores, &target);
    let one_hot: Vec<[f32; 4]> =
        target.iter().map(|&class| core::array::from_fn(|c| f32::from(c as u32 == class))).collect();
    reference::<[f32; 4], [f32; 4]>("accuracy", Accuracy, &scores, &one_hot);

    let mut matrix = ConfusionMatrix;
    update(&mut matrix, &scores, &target);
    for (i, &count) in case.integers("confusion").iter().enumerate() {
        assert_eq!(matrix.count(i / 4, i % 4), f64::from(count));
    }
}

#[test]
fn binary_metrics_are_as_in_scikit_learn() {
    let case = case("metrics");
    let (score, target) = (case.floats("binary_score"), classes(&case, "binary_target"));
    let one: Vec<[f32; 1]> = score.iter().map(|&p| [p]).collect();
    let two: Vec<[f32; 2]> = score.iter().map(|&p| [1.0 - p, p]).collect();
    let logit: Vec<[f32; 1]> = score.iter().map(|&p| [(p / (1.0 - p)).ln()]).collect();
    let logits: Vec<[f32; 2]> = score.iter().map(|&p| [(1.0 - p).ln() + 3.0, p.ln() + 3.0]).collect();
    let floats: Vec<f32> = target.iter().map(|&y| y as f32).collect();

    reference::<[f32; 1], u32>("auroc", Auroc, &one, &target);
    reference::<[f32; 1], f32>("auroc", Auroc, &one, &floats);
    reference::<f32, u32>("auroc", Auroc, score, &target);
    reference::<[f32; 2], u32>("auroc", Auroc, &two, &target);
    reference::<[f32; 1], u32>("average_precision", AveragePrecision, &one, &target);
    reference::<[f32; 2], u32>("average_precision", AveragePrecision, &two, &target);
    reference::<[f32; 1], u32>("brier", Brier, &one, &target);
    reference::<[f32; 2], u32>("brier", Brier::probabilities(), &two, &target);
    reference::<[f32; 1], f32>("brier", Brier::logits(), &logit, &floats);
    reference::<[f32; 2], u32>("brier", Brier::logits(), &logits, &target);

    // Above the threshold in one number is the higher of two.
    let found = measure(Binary::probabilities(F1::positive()), &one, &target);
    assert_eq!(measure(Binary::logits(F1::positive()), &logit, &target), found);
    assert_eq!(measure(F1::positive(), &two, &target), found);
    assert_eq!(measure(Binary::probabilities(F1::positive()), &one, &floats), found);
}

#[test]
fn metrics_of_values_are_as_in_scikit_learn() {
    let case = case("metrics");
    let (prediction, target) = (case.floats("regression_prediction"), case.floats("regression_target"));
    let one: Vec<[f32; 1]> = prediction.iter().map(|&x| [x]).collect();
    reference::<f32, f32>("mae", Mae, prediction, target);
    reference::<f32, f32>("rmse", Rmse, prediction, target);
    reference::<f32, f32>("r2", R2, prediction, target);
    reference::<[f32; 1], f32>("r2", R2, &one, target);
    assert!((measure(Mse, prediction, target).sqrt() - measure(Rmse, prediction, target)).abs() < 1e-12);
}

/// A metric with weights against the same samples repeated.
#[track_caller]
fn copies<P: Sample + Copy, T: Sample + Copy>(mut metric: impl Metric<P, T>, prediction: &[P], target: &[T]) {
    let weights: Vec<f32> = (0..prediction.len()).map(|i| (i % 4) as f32).collect();
    metric.update(prediction, target, Some(&weights));
    let weighted = metric.value();
    metric.reset();
    for ((x, t), &weight) in prediction.iter().zip(target).zip(&weights) {
        (0..weight as usize).for_each(|_| metric.update(&[*x], &[*t], None));
    }
    let (name, repeated) = (metric.name(), metric.value());
    assert!((weighted - repeated).abs() < 1e-9, "{name}: {weighted} with weights, {repeated} with copies");
}

#[test]
fn a_weight_is_a_number_of_copies() {
    let case = case("metrics");
    let (scores, target) = (scores(&case), classes(&case, "target"));
    copies::<[f32; 4], u32>(Accuracy, &scores, &target);
    copies::<[f32; 4], u32>(TopK::new(3), &scores, &target);
    copies::<[f32; 4], u32>(Precision, &scores, &target);
    copies::<[f32; 4], u32>(Recall::new(Average::Weighted), &scores, &target);
    copies::<[f32; 4], u32>(F1::new(Average::Class(2)), &scores, &target);
    copies::<[f32; 4], u32>(MatthewsCorrelation, &scores, &target);
    let (score, binary) = (case.floats("binary_score"), classes(&case, "binary_target"));
    copies::<f32, u32>(Auroc, score, &binary);
    copies::<f32, u32>(AveragePrecision, score, &binary);
    copies::<f32, u32>(Brier, score, &binary);
    copies::<f32, u32>(Binary::probabilities(Accuracy), score, &binary);
    let (prediction, values) = (case.floats("regression_prediction"), case.floats("regression_target"));
    copies::<f32, f32>(Mae, prediction, values);
    copies::<f32, f32>(Mse, prediction, values);
    copies::<f32, f32>(Rmse, prediction, values);
    copies::<f32, f32>(R2, prediction, values);
    copies::<f32, f32>(MeanLoss::new("huber", nn_core::loss::Huber), prediction, values);
}

#[test]
fn equal_scores_count_half() {
    assert_eq!(measure(Auroc, &[[0.5]; 4], &[0_u32, 1, 1, 0]), 0.5);
    // Differences of probabilities that are 1 as an `f32`.
    let probabilities = [[1.0_f32, 1e-9], [1.0, 1e-8]];
    assert_eq!(measure(Auroc, &probabilities, &[0_u32, 1]), 1.0);
    assert_eq!(measure(AveragePrecision, &probabilities, &[0_u32, 1]), 1.0);
    assert_eq!(measure(AveragePrecision, &[[0.5]; 4], &[0_u32, 1, 0, 0]), 0.25);
    // Of equal scores the first is the highest.
    assert_eq!(measure(Accuracy, &[[1.0, 1.0]; 2], &[0_u32, 1]), 0.5);
    assert_eq!(measure(TopK::new(1), &[[1.0, 1.0]; 2], &[0_u32, 1]), 0.5);
}

#[test]
fn what_cannot_be_said_is_nan() {
    assert!(measure(Auroc, &[[0.5], [0.6]], &[1_u32, 1]).is_nan());
    assert!(measure(Auroc, &[[0.5], [f32::NAN]], &[1_u32, 0]).is_nan());
    assert!(measure(AveragePrecision, &[[0.5]], &[0_u32]).is_nan());
    assert!(measure(R2, &[1.0], &[1.0]).is_nan());
    assert!(measure(Mae, &[f32::NAN], &[1.0]).is_nan());
}

#[test]
fn constant_labels_and_absent_classes() {
    assert_eq!(measure(R2, &[2.0, 2.0], &[2.0, 2.0]), 1.0);
    assert_eq!(measure(R2, &[2.0, 3.0], &[2.0, 2.0]), 0.0);
    assert_eq!(measure(MatthewsCorrelation, &[[1.0, 0.0]; 2], &[0_u32, 1]), 0.0);
    // Class 2 neither occurs nor is predicted: scikit-learn leaves it out of the macro average.
    let scores = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    assert_eq!(measure(F1, &scores, &[0_u32, 1]), 1.0);
    assert_eq!(measure(F1::new(Average::Class(2)), &scores, &[0_u32, 1]), 0.0);
    let mut recall = Recall;
    update(&mut recall, &scores, &[0_u32, 0]);
    assert_eq!(recall.per_class(), [0.5, 0.0, 0.0]);
}

#[test]
fn several_columns_of_r2_are_averaged() {
    let (x, t) = ([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
    // One column is right; the other is off by 1, 2, 3 around a mean of 2.
    assert_eq!(measure(R2, &x, &t), (1.0 + (1.0 - 14.0 / 2.0)) / 2.0);
    // Values far from zero keep their digits.
    let far: Vec<f32> = (0..100).map(|i| 1e6 + (i % 10) as f32).collect();
    assert_eq!(measure(R2, &far, &far), 1.0);
    let off: Vec<f32> = far.iter().map(|t| t + 1.0).collect();
    assert!((measure(R2, &off, &far) - (1.0 - 1.0 / 8.25)).abs() < 1e-9);
}

#[test]
fn positions_count_and_padding_does_not() {
    let scores = [[[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]];
    assert_eq!(measure(Accuracy, &scores, &[[1_u32, 1, u32::MAX]]), 0.5);
    assert_eq!(measure(ConfusionMatrix, &scores, &[[1_u32, 1, u32::MAX]]), 0.5);
    assert_eq!(measure(Binary::logits(Accuracy), &[[1.0, -1.0, 1.0]], &[[1_u32, 1, 7]]), 0.5);
    assert_eq!(measure(Binary::logits(Accuracy), &[[1.0, -1.0, 1.0]], &[[1.0, 1.0, f32::NAN]]), 0.5);
    let mut accuracy = Accuracy;
    Metric::<[[f32; 2]; 3], [u32; 3]>::update(&mut accuracy, &scores, &[[1, 1, 1]], Some(&[0.0]));
    assert!(accuracy.value().is_nan());
}

#[test]
fn a_score_of_nan_is_no_score() {
    assert_eq!(measure(Accuracy, &[[f32::NAN, -1.0], [-1.0, f32::NAN]], &[1_u32, 0]), 1.0);
    assert_eq!(measure(TopK::new(2), &[[f32::NAN, -1.0]], &[0_u32]), 0.0);
    // Where there is no score, no class is right.
    let (none, labels) = ([[f32::NAN; 2]; 2], [0_u32, 1]);
    assert_eq!(measure(Accuracy, &none, &labels), 0.0);
    assert_eq!(measure(TopK::new(1), &none, &labels), 0.0);
    assert_eq!(measure(ConfusionMatrix, &none, &labels), 0.0);
    assert_eq!(measure(F1, &none, &labels), 0.0);
    assert_eq!(measure(Binary::logits(Accuracy), &[[f32::NAN], [f32::NAN]], &labels), 0.0);
    assert_eq!(measure(Accuracy, &[[f32::NEG_INFINITY; 2]], &[0_u32]), 1.0);
}

#[test]
fn the_table_of_confusions() {
    let mut matrix = ConfusionMatrix::named(["cat", "dog"]);
    assert_eq!(matrix.details(), None);
    update(&mut matrix, &[[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.3, 0.7, 0.0]], &[0_u32, 1, 1]);
    let table = "\
meant \\ predicted     cat     dog       2  recall
cat                     1       0       0 100.0 %
dog                     1       1       0  50.0 %
2                       0       0       0   0.0 %
precision          50.0 % 100.0 %   0.0 %";
    assert_eq!(matrix.to_string(), table);
    assert_eq!(matrix.details().as_deref(), Some(table));
}

#[test]
fn names_and_directions() {
    let metrics: [(&dyn Measure, &str, Better); 12] = [
        (&Accuracy, "accuracy", Better::Higher),
        (&TopK::new(5), "top_5", Better::Higher),
        (&Precision, "precision", Better::Higher),
        (&F1::new(Average::Micro), "f1_micro", Better::Higher),
        (&Binary::logits(Recall::positive()), "recall_1", Better::Higher),
        (&MatthewsCorrelation, "matthews", Better::Higher),
        (&Auroc, "auroc", Better::Higher),
        (&AveragePrecision, "average_precision", Better::Higher),
        (&Brier, "brier", Better::Lower),
        (&Rmse, "rmse", Better::Lower),
        (&R2, "r2", Better::Higher),
        (&MeanLoss::new("kl", nn_core::loss::KlDivergence), "kl", Better::Lower),
    ];
    for (metric, name, better) in metrics {
        assert_eq!((metric.name().as_str(), metric.better()), (name, better));
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    #[track_caller]
    fn fails<P: Sample, T: Sample>(metric: impl Metric<P, T>, words: &str) {
        assert_eq!(metric.check().unwrap_err().to_string(), words);
    }
    fails::<[f32; 1], u32>(
        Accuracy,
        "Accuracy: needs an output of at least 2 classes, but it has shape [1]; for yes or no from one score, use `Binary::logits(Accuracy)`",
    );
    fails::<[f32; 4], u32>(TopK::new(5), "TopK: k is 5, but has to be between 1 and the 4 classes of the output");
    fails::<[f32; 4], u32>(TopK::new(0), "TopK: k is 0, but has to be between 1 and the 4 classes of the output");
    fails::<[f32; 1], u32>(Binary { threshold: f32::NAN, metric: Accuracy }, "Binary::threshold: is NaN");
    let seven = Average::Class(7);
    fails::<[f32; 2], u32>(F1::new(seven), "F1: class 7 is asked for, but there are 2 (0 to 1)");
    fails::<[f32; 7], u32>(Recall::new(seven), "Recall: class 7 is asked for, but there are 7 (0 to 6)");
    fails::<[f32; 1], u32>(
        Binary::logits(Precision::new(seven)),
        "Precision: class 7 is asked for, but there are 2 (0 to 1)",
    );
    Metric::<[f32; 8], u32>::check(&F1::new(seven)).unwrap();
    Metric::<[f32; 1], u32>::check(&Binary::logits(F1::positive())).unwrap();
}

#[test]
fn boxed_metrics_of_one_output_of_several() {
    type Outputs = ([f32; 2], [f32; 1]);
    type Labels = (u32, f32);
    let mut metrics: Vec<Box<dyn Metric<Outputs, Labels>>> = vec![
        Box::new(On::<Outputs, Labels, _, _, _>::new(|p| p.0, |t| t.0, ConfusionMatrix)),
        Box::new(On::<Outputs, Labels, _, _, _>::new(|p| p.1, |t| t.1, Mae).named("price")),
    ];
    let prediction: nn_core::Ref<'_, Outputs> = (&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [3.0]]);
    let target: nn_core::Ref<'_, Labels> = (&[1, 1], &[1.5, 2.0]);
    metrics.iter_mut().for_each(|metric| metric.update(prediction, target, None));
    let found: Vec<(String, f64)> = metrics.iter().map(|metric| (metric.name(), metric.value())).collect();
    assert_eq!(found, [("confusion_accuracy".to_owned(), 0.5), ("price".to_owned(), 0.75)]);
    assert!(metrics[0].details().is_some());
}
