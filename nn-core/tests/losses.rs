//! Losses against PyTorch, against finite differences, and at their edges.

mod common;

use common::{assert_close, case};
use nn_core::loss::*;
use nn_core::random::Random;
use nn_core::{Batch, Sample};

/// Value and gradient of a case against PyTorch's.
#[track_caller]
fn reference<P: Sample<Element = f32>, T: Sample>(name: &str, loss: impl Loss<P, T>, target: &[T]) {
    let case = case(&format!("loss_{name}"));
    let prediction = Batch::<P>::from_flat(case.floats("prediction")).unwrap();
    loss.check().unwrap();
    loss.check_target(target, 0).unwrap();
    let mut gradient = Batch::<P>::zeroed(prediction.len());
    let found = value_and_gradient(&loss, &prediction, target, &mut gradient);
    case.assert_close("loss", &[found as f32], 1e-5);
    case.assert_close("dprediction", gradient.flat(), 1e-5);
    assert_eq!(value(&loss, &prediction, target), found, "{name}: the value without gradient is another");
}

fn classes(name: &str) -> Vec<u32> {
    case(&format!("loss_{name}")).integers("target").iter().map(|&class| class as u32).collect()
}

fn floats(name: &str) -> Batch<[f32; 7]> {
    Batch::from_flat(case(&format!("loss_{name}")).floats("target")).unwrap()
}

type Row = [f32; 7];

#[test]
fn losses_of_classes_are_as_in_pytorch() {
    reference::<Row, u32>("cross_entropy", CrossEntropy, &classes("cross_entropy"));
    let smooth = CrossEntropy { label_smoothing: 0.1, ..CrossEntropy };
    reference::<Row, u32>("cross_entropy_smooth", smooth, &classes("cross_entropy_smooth"));
    let class_weights = case("loss_cross_entropy_weighted").floats("class_weights").to_vec();
    let weighted = CrossEntropy { class_weights, ..CrossEntropy };
    reference::<Row, u32>("cross_entropy_weighted", weighted, &classes("cross_entropy_weighted"));
    reference::<Row, Row>("cross_entropy_soft", CrossEntropy, &floats("cross_entropy_soft"));
    reference::<[f32; 3], u32>("cross_entropy_extreme", CrossEntropy, &classes("cross_entropy_extreme"));
    reference::<Row, u32>("nll", NegativeLogLikelihood, &classes("nll"));
    reference::<Row, Row>("kl", KlDivergence, &floats("kl"));
}

#[test]
fn losses_of_elements_are_as_in_pytorch() {
    reference::<Row, Row>("bce_logits", BinaryCrossEntropy, &floats("bce_logits"));
    reference::<Row, Row>("mse", MeanSquaredError, &floats("mse"));
    reference::<Row, Row>("mae", MeanAbsoluteError, &floats("mae"));
    reference::<Row, Row>("huber", Huber, &floats("huber"));
    reference::<Row, Row>("smooth_l1", SmoothL1 { beta: 0.5 }, &floats("smooth_l1"));
}

#[test]
fn labels_of_either_kind_give_the_same() {
    let yes: Vec<[u32; 7]> = floats("bce_logits").iter().map(|row| row.map(|y| y as u32)).collect();
    reference::<Row, [u32; 7]>("bce_logits", BinaryCrossEntropy, &yes);
    let one_hot: Vec<Row> =
        classes("cross_entropy").iter().map(|&class| core::array::from_fn(|c| f32::from(c as u32 == class))).collect();
    reference::<Row, Row>("cross_entropy", CrossEntropy, &one_hot);
}

const SAMPLES: usize = 5;

/// Random numbers in ±`size`.
fn random<S: Sample<Element = f32>>(purpose: &str, low: f64, high: f64) -> Batch<S> {
    let mut random = Random::new(7, purpose);
    let mut batch = Batch::zeroed(SAMPLES);
    batch.flat_mut().iter_mut().for_each(|x| *x = (low + (high - low) * random.uniform()) as f32);
    batch
}

/// The gradient against central differences, without weights and with weights of which one is zero.
#[track_caller]
fn differences<P: Sample<Element = f32>, T: Sample>(loss: impl Loss<P, T>, low: f64, high: f64, target: &[T]) {
    for weights in [None, Some([1.0_f32, 0.0, 2.5, 0.25, 4.0].as_slice())] {
        let mut prediction = random::<P>("prediction", low, high);
        let mut gradient = Batch::<P>::zeroed(SAMPLES);
        gradient.flat_mut().fill(f32::NAN); // overwritten, not added to
        let value = loss.loss(&prediction, target, weights, Some(&mut gradient));
        assert!(value.is_finite() && value > 0.0, "a loss of {value}");
        let mut expected = vec![0.0; gradient.flat().len()];
        for (i, expected) in expected.iter_mut().enumerate() {
            let x = prediction.flat()[i];
            let mut at = |x: f32| {
                prediction.flat_mut()[i] = x;
                loss.loss(&prediction, target, weights, None)
            };
            let (above, below) = (x + 0.004, x - 0.004);
            *expected = ((at(above) - at(below)) / f64::from(above - below)) as f32;
            prediction.flat_mut()[i] = x;
        }
        assert_close("gradient", gradient.flat(), &expected, 1e-3);
    }
}

#[test]
fn gradients_are_finite_differences() {
    let labels = [3_u32, 0, 1, 1, 2];
    let mut soft = random::<[f32; 4]>("soft", 0.0, 1.0);
    for row in &mut *soft {
        let sum: f32 = row.iter().sum();
        *row = row.map(|p| p / sum);
    }
    let yes = [[1_u32, 0, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1], [0, 1, 0, 0], [1, 0, 1, 0]];
    let values = random::<[f32; 4]>("values", -2.0, 2.0);
    let class_weights = vec![0.5, 2.0, 1.0, 3.0];
    let all = CrossEntropy { label_smoothing: 0.2, class_weights: class_weights.clone(), ignore_index: Some(2) };

    differences::<[f32; 4], u32>(CrossEntropy, -3.0, 3.0, &labels);
    differences::<[f32; 4], u32>(all.clone(), -3.0, 3.0, &labels);
    differences::<[f32; 4], [f32; 4]>(all, -3.0, 3.0, &soft);
    let padded = NegativeLogLikelihood { class_weights, ignore_index: Some(9) };
    differences::<[f32; 4], u32>(padded, -5.0, -0.1, &[3, 0, 9, 1, 2]);
    differences::<[f32; 4], [f32; 4]>(KlDivergence, -5.0, -4.0, &soft);
    differences::<[f32; 4], [u32; 4]>(BinaryCrossEntropy, -3.0, 3.0, &yes);
    let positive = BinaryCrossEntropy { pos_weight: vec![3.0, 1.0, 0.5, 2.0] };
    differences::<[f32; 4], [f32; 4]>(positive, -3.0, 3.0, &soft);
    differences::<[f32; 4], [u32; 4]>(BinaryCrossEntropyOnProbabilities, 0.1, 0.9, &yes);
    differences::<[f32; 4], [f32; 4]>(MeanSquaredError, -2.0, 2.0, &values);
    differences::<[f32; 4], [f32; 4]>(MeanAbsoluteError, -2.0, 2.0, &values);
    differences::<[f32; 4], [f32; 4]>(Huber { delta: 0.7 }, -2.0, 2.0, &values);
    differences::<[f32; 4], [f32; 4]>(SmoothL1 { beta: 0.7 }, -2.0, 2.0, &values);
    differences::<[f32; 1], f32>(MeanSquaredError, -2.0, 2.0, &[0.1, 0.2, -1.0, 0.3, 1.0]);
    differences::<[f32; 1], u32>(BinaryCrossEntropy, -2.0, 2.0, &[0, 1, 1, 0, 1]);
    let positions = [[3_u32, 0], [1, 1], [2, 2], [0, 3], [2, 1]];
    differences::<[[f32; 4]; 2], [u32; 2]>(CrossEntropy, -3.0, 3.0, &positions);
    differences::<[f32; 4], u32>(Weighted { loss: CrossEntropy, weight: 0.3 }, -3.0, 3.0, &labels);
}

/// Settings that no reference case has, against the formulas as PyTorch's documentation writes them, in f64.
#[test]
fn values_are_as_the_formulas_say() {
    let scores = random::<[f32; 4]>("prediction", -3.0, 3.0);
    let soft = random::<[f32; 4]>("soft", 0.0, 1.0);
    let labels = [3_u32, 0, 1, 1, 2];
    let (w, smoothing) = ([0.5_f32, 2.0, 1.0, 3.0], 0.2_f32);
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6 * expected, "{found} {expected}");
    let double = |row: &[f32; 4]| row.map(f64::from);
    let log_softmax = |row: &[f32; 4]| {
        let x = double(row);
        x.map(|v| v - x.iter().map(|v| v.exp()).sum::<f64>().ln())
    };
    let (e, wide) = (f64::from(smoothing), double(&w));
    let weight = |i: usize| wide[labels[i] as usize];

    let weighted = CrossEntropy { label_smoothing: smoothing, class_weights: w.to_vec(), ignore_index: None };
    let (mut likely, mut spread, mut total, mut by_soft) = (0.0, 0.0, 0.0, 0.0);
    for i in 0..SAMPLES {
        let logs = log_softmax(&scores[i]);
        likely -= weight(i) * logs[labels[i] as usize];
        spread -= (0..4).map(|c| wide[c] * logs[c]).sum::<f64>();
        total += weight(i);
        let t = double(&soft[i]).map(|t| t * (1.0 - e) + e / 4.0);
        by_soft -= (0..4).map(|c| wide[c] * t[c] * logs[c]).sum::<f64>();
    }
    close(value(&weighted, &scores, &labels), (1.0 - e) * likely / total + e / 4.0 * spread / total);
    close(value(&weighted, &scores, &soft), by_soft / SAMPLES as f64);

    let mut binary = (0.0, 0.0);
    for (x, y) in scores.iter().map(double).zip(soft.iter().map(double)) {
        for c in 0..4 {
            let p = 1.0 / (1.0 + (-x[c]).exp());
            binary.0 -= wide[c] * y[c] * p.ln() + (1.0 - y[c]) * (1.0 - p).ln();
            let p = y[(c + 1) % 4];
            binary.1 -= y[c] * p.ln() + (1.0 - y[c]) * (1.0 - p).ln();
        }
    }
    let positive = BinaryCrossEntropy { pos_weight: w.to_vec() };
    close(value(&positive, &scores, &soft), binary.0 / (4 * SAMPLES) as f64);
    let turned: Vec<[f32; 4]> = soft.iter().map(|&[a, b, c, d]| [b, c, d, a]).collect();
    close(value(&BinaryCrossEntropyOnProbabilities, &turned, &soft), binary.1 / (4 * SAMPLES) as f64);

    assert_eq!(value(&Huber { delta: 0.5 }, &[[0.25], [2.0], [-2.0]], &[0.0; 3]), (0.03125 + 2.0 * 0.875) / 3.0);
    assert_eq!(value(&SmoothL1 { beta: 0.5 }, &[[0.25], [2.0], [-2.0]], &[0.0; 3]), (0.0625 + 2.0 * 1.75) / 3.0);
    assert_eq!(value(&SmoothL1 { beta: 0.0 }, &[[0.25], [-2.0]], &[0.0; 2]), 1.125);
}

#[test]
fn positions_count_as_samples_do() {
    let scores = random::<[f32; 4]>("prediction", -3.0, 3.0);
    let (flat, nested) = (&scores[..4], [[scores[0], scores[1]], [scores[2], scores[3]]]);
    let (mut a, mut b) = ([[0.0; 4]; 4], [[[0.0; 4]; 2]; 2]);
    let left = value_and_gradient(&CrossEntropy, flat, &[3_u32, 0, 1, 2], &mut a);
    let right = value_and_gradient(&CrossEntropy, &nested, &[[3_u32, 0], [1, 2]], &mut b);
    assert_eq!((left, a.as_flattened()), (right, b.as_flattened().as_flattened()));
}

#[test]
fn a_weight_is_a_number_of_copies() {
    let (x, y) = ([[0.5, -1.0, 2.0], [1.0, 1.5, 0.0]], [2_u32, 0]);
    let copies = value(&CrossEntropy, &[x[0], x[1], x[1], x[1]], &[y[0], y[1], y[1], y[1]]);
    let weighted = Loss::<[f32; 3], u32>::loss(&CrossEntropy, &x, &y, Some(&[1.0, 3.0]), None);
    assert!((copies - weighted).abs() < 1e-12, "{copies} {weighted}");
    let with = |weights| Loss::<[f32; 3], [f32; 3]>::loss(&MeanSquaredError, &x, &[[0.0; 3]; 2], weights, None);
    assert!((with(Some(&[2.0, 2.0])) - with(None)).abs() < 1e-12);
    assert!((with(Some(&[0.0, 1.0])) - (1.0 + 1.5 * 1.5) / 3.0).abs() < 1e-12);
}

#[test]
fn a_class_weight_is_a_sample_weight() {
    let x = [[0.5, -1.0, 2.0], [1.0, 1.5, 0.0]];
    let classes = CrossEntropy { class_weights: vec![3.0, 9.0, 0.5], ..CrossEntropy };
    let by_sample: f64 = Loss::<[f32; 3], u32>::loss(&CrossEntropy, &x, &[2, 0], Some(&[0.5, 3.0]), None);
    assert!((value(&classes, &x, &[2_u32, 0]) - by_sample).abs() < 1e-12);
}

#[test]
fn what_is_ignored_is_as_if_absent() {
    let x = [[0.5, -1.0, 2.0], [f32::NAN, 1.5, 0.0], [1.0, 0.0, 0.0]];
    let padded = CrossEntropy { ignore_index: Some(u32::MAX), ..CrossEntropy };
    let mut gradient = [[1.0; 3]; 3];
    let found = value_and_gradient(&padded, &x, &[2, u32::MAX, 0], &mut gradient);
    assert_eq!(found, value(&CrossEntropy, &[x[0], x[2]], &[2_u32, 0]));
    assert_eq!(gradient[1], [0.0; 3]);
    Loss::<[f32; 3], u32>::check_target(&padded, &[u32::MAX, 2], 0).unwrap();
}

/// Every loss and a batch for it that weighs nothing: none at all, or weights of zero on predictions that are NaN.
#[test]
fn nothing_gives_zero() {
    fn check<T: Sample + Copy>(loss: impl Loss<[f32; 2], T>, target: T) {
        assert_eq!(value(&loss, &[], &[]), 0.0);
        let mut gradient = [[f32::NAN; 2]];
        assert_eq!(loss.loss(&[[f32::NAN; 2]], &[target], Some(&[0.0]), Some(&mut gradient)), 0.0);
        assert_eq!(gradient, [[0.0; 2]]);
        // A sample that weighs nothing beside one that counts.
        let (mut one, mut two) = ([[f32::NAN; 2]], [[f32::NAN; 2]; 2]);
        let alone = loss.loss(&[[0.25, 0.5]], &[target], None, Some(&mut one));
        let beside = loss.loss(&[[0.25, 0.5], [f32::NAN; 2]], &[target; 2], Some(&[1.0, 0.0]), Some(&mut two));
        assert_eq!((beside, two), (alone, [one[0], [0.0; 2]]));
    }
    check(CrossEntropy, 1_u32);
    check(CrossEntropy, [0.5, 0.5]);
    check(NegativeLogLikelihood, 0_u32);
    check(KlDivergence, [0.5, 0.5]);
    check(BinaryCrossEntropy, [1_u32, 0]);
    check(BinaryCrossEntropyOnProbabilities, [1_u32, 0]);
    check(MeanSquaredError, [1.0, 0.0]);
    check(MeanAbsoluteError, [1.0, 0.0]);
    check(Huber, [1.0, 0.0]);
    check(SmoothL1, [1.0, 0.0]);
    check(Weighted { loss: Huber, weight: 2.0 }, [1.0, 0.0]);
}

#[test]
fn extreme_scores_do_not_overflow() {
    for (score, label, expected) in [(1e4, 1.0, 0.0), (1e4, 0.0, 1e4), (-1e4, 1.0, 1e4), (-1e4, 0.0, 0.0)] {
        let mut gradient = [[0.0]];
        assert_eq!(value_and_gradient(&BinaryCrossEntropy, &[[score]], &[label], &mut gradient), expected);
        assert_eq!(gradient[0][0], if expected == 0.0 { 0.0 } else { score.signum() });
    }
    let rows = [[1e4, -1e4], [-1e4, -1e4], [3e38, -3e38]];
    let mut gradient = [[0.0; 2]; 3];
    let smooth = CrossEntropy { label_smoothing: 0.5, ..CrossEntropy };
    for loss in [CrossEntropy, smooth] {
        assert!(value_and_gradient(&loss, &rows, &[1_u32, 0, 0], &mut gradient).is_finite());
        assert!(gradient.as_flattened().iter().all(|g| g.is_finite()), "{gradient:?}");
    }
    // A masked class: a score of −∞ and no share of the label.
    let masked = [[0.0, f32::NEG_INFINITY, 0.0]];
    assert!((value(&CrossEntropy, &masked, &[0_u32]) - 2_f64.ln()).abs() < 1e-7);
    assert!((value(&CrossEntropy, &masked, &[[0.5, 0.0, 0.5]]) - 2_f64.ln()).abs() < 1e-7);
    assert_eq!(value(&BinaryCrossEntropyOnProbabilities, &[[0.0], [1.0]], &[1_u32, 0]), 100.0);
}

#[test]
fn nan_in_gives_nan_out() {
    let x = [[f32::NAN, 1.0]];
    assert!(value(&CrossEntropy, &x, &[1_u32]).is_nan());
    assert!(value(&CrossEntropy, &x, &[[0.5, 0.5]]).is_nan());
    assert!(value(&NegativeLogLikelihood, &x, &[0_u32]).is_nan());
    assert!(value(&KlDivergence, &x, &[[0.5, 0.5]]).is_nan());
    assert!(value(&BinaryCrossEntropy, &x, &[[1.0, 0.0]]).is_nan());
    assert!(value(&BinaryCrossEntropyOnProbabilities, &x, &[[1.0, 0.0]]).is_nan());
    assert!(value(&MeanSquaredError, &x, &[[1.0, 0.0]]).is_nan());
    assert!(value(&MeanAbsoluteError, &x, &[[1.0, 0.0]]).is_nan());
    assert!(value(&Huber, &x, &[[1.0, 0.0]]).is_nan());
    assert!(value(&SmoothL1, &x, &[[1.0, 0.0]]).is_nan());
}

#[test]
fn a_label_that_is_no_class_gives_nan_for_its_sample() {
    let mut gradient = [[0.0; 2]; 2];
    assert!(value_and_gradient(&CrossEntropy, &[[1.0, 2.0]; 2], &[0_u32, 2], &mut gradient).is_nan());
    assert!(gradient[0].iter().all(|g| g.is_finite()) && gradient[1].iter().all(|g| g.is_nan()));
    assert!(value_and_gradient(&NegativeLogLikelihood, &[[1.0, 2.0]; 2], &[0_u32, u32::MAX], &mut gradient).is_nan());
    assert!(gradient[1].iter().all(|g| g.is_nan()));
    assert!(value(&BinaryCrossEntropy, &[[1.0]], &[2_u32]).is_nan());
}

#[track_caller]
fn fails(result: nn_core::Result<()>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

#[test]
fn labels_that_make_no_sense_are_named() {
    fn target<P: Sample, T: Sample>(loss: impl Loss<P, T>, target: &[T]) -> nn_core::Result<()> {
        loss.check_target(target, 100)
    }
    fails(
        target::<[f32; 3], u32>(CrossEntropy, &[0, 2, 3]),
        "CrossEntropy: the label of sample 102 is 3, but the output has 3 classes (0 to 2)",
    );
    fails(
        target::<[[f32; 3]; 2], [u32; 2]>(NegativeLogLikelihood, &[[0, 1], [2, 7]]),
        "NegativeLogLikelihood: the label of sample 101, position 1 is 7, but the output has 3 classes (0 to 2)",
    );
    fails(
        target::<[f32; 2], [f32; 2]>(CrossEntropy, &[[0.5, 0.5], [1.0, 1.0]]),
        "CrossEntropy: the probabilities of sample 101 sum to 2.0000, but have to sum to 1 (for tags that may occur together, use `BinaryCrossEntropy`)",
    );
    fails(
        target::<[f32; 2], [f32; 2]>(CrossEntropy, &[[-0.5, 1.5]]),
        "CrossEntropy: the label of sample 100 has -0.5 for class 0, but a probability is between 0 and 1",
    );
    fails(
        target::<[f32; 1], u32>(BinaryCrossEntropy, &[1, 0, 2]),
        "BinaryCrossEntropy: the label of sample 102 is 2, but has to be 0 or 1 (for more classes, use `CrossEntropy`)",
    );
    fails(
        target::<[f32; 2], [f32; 2]>(BinaryCrossEntropyOnProbabilities, &[[1.0, 0.0], [0.0, 255.0]]),
        "BinaryCrossEntropyOnProbabilities: the label of sample 101, element 1 is 255, but has to be 0, 1 or between",
    );
    fails(
        target::<[f32; 1], f32>(MeanSquaredError, &[1.0, f32::NAN]),
        "MeanSquaredError: the label of sample 101 is NaN, but values are finite numbers",
    );
    fails(
        target::<[f32; 2], [f32; 2]>(KlDivergence, &[[1.0, -1.0]]),
        "KlDivergence: the label of sample 100, element 1 is -1, but a probability is between 0 and 1",
    );
}

#[test]
fn settings_that_make_no_sense_are_named() {
    fn check<P: Sample, T: Sample>(loss: impl Loss<P, T>) -> nn_core::Result<()> {
        loss.check()
    }
    fails(
        check::<[f32; 3], u32>(CrossEntropy { class_weights: vec![1.0; 4], ..CrossEntropy }),
        "CrossEntropy::class_weights: has 4 weights, but the output has 3 classes: give one weight for each class, or none",
    );
    fails(
        check::<[f32; 2], u32>(CrossEntropy { class_weights: vec![1.0, -1.0], ..CrossEntropy }),
        "CrossEntropy::class_weights: has -1 for class 1, but weights are at least 0",
    );
    fails(
        check::<[f32; 2], u32>(CrossEntropy { class_weights: vec![0.0; 2], ..CrossEntropy }),
        "CrossEntropy::class_weights: all weights are 0, so nothing could be learnt; give one above 0, or none",
    );
    fails(
        check::<[f32; 3], u32>(CrossEntropy { label_smoothing: 1.5, ..CrossEntropy }),
        "CrossEntropy::label_smoothing: is 1.5, but has to be between 0 and 1",
    );
    fails(
        check::<[f32; 1], u32>(CrossEntropy),
        "CrossEntropy: needs an output of at least 2 classes, but it has shape [1]; for yes or no from one score, use `BinaryCrossEntropy`",
    );
    fails(
        check::<[f32; 3], [u32; 3]>(BinaryCrossEntropy { pos_weight: vec![2.0] }),
        "BinaryCrossEntropy::pos_weight: has 1 weights, but the output has 3 elements: give one for each, or none",
    );
    fails(check::<[f32; 1], f32>(Huber { delta: 0.0 }), "Huber::delta: is 0, but has to be above 0");
    fails(check::<[f32; 1], f32>(SmoothL1 { beta: f32::NAN }), "SmoothL1::beta: is NaN, but has to be at least 0");
    // A wrong number of weights is found before training; a loss called without asking takes 1 for what is missing.
    assert!(value(&CrossEntropy { class_weights: vec![2.0], ..CrossEntropy }, &[[1.0, 2.0]], &[1_u32]).is_finite());
}

#[test]
fn a_tuple_of_losses_is_their_sum() {
    let (class, boxes) = ([[1.0, 2.0, 0.0]], [[0.5, 1.0]]);
    let losses = (CrossEntropy, Weighted { loss: MeanSquaredError, weight: 0.5 });
    let (mut class_gradient, mut boxes_gradient) = ([[0.0; 3]], [[0.0; 2]]);
    let together = Loss::<([f32; 3], [f32; 2]), (u32, [f32; 2])>::loss(
        &losses,
        (&class, &boxes),
        (&[1], &[[0.0, 0.0]]),
        None,
        Some((&mut class_gradient, &mut boxes_gradient)),
    );
    let mut alone = [[0.0; 3]];
    let apart = value_and_gradient(&CrossEntropy, &class, &[1_u32], &mut alone);
    assert!((together - (apart + 0.5 * 0.625)).abs() < 1e-12);
    assert_eq!((class_gradient, boxes_gradient), (alone, [[0.25, 0.5]]));
}

#[test]
#[should_panic(expected = "1 labels for 2 in the prediction")]
fn batches_of_different_length_are_a_mistake_of_the_caller() {
    value(&CrossEntropy, &[[1.0, 2.0]; 2], &[1_u32]);
}
