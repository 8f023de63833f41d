//! Schedules against PyTorch, at their ends, and through serde.

mod common;

use nn_core::Better;
use nn_core::schedule::*;

/// The first 40 factors against the learning rates that PyTorch gives from a base of 1.
#[track_caller]
fn check(name: &str, schedule: impl Schedule) {
    let factors: Vec<f32> = (0..40).map(|step| schedule.factor(step) as f32).collect();
    common::case(&format!("schedule_{name}")).assert_close("lr", &factors, 1e-6);
}

#[test]
fn same_as_pytorch() {
    check("step", Step { every: 7, gamma: 0.5 });
    check("multi_step", MultiStep { milestones: vec![5, 20, 30], gamma: 0.1 });
    check("exponential", Exponential { gamma: 0.9 });
    check("cosine", Cosine { steps: 40, minimum: 0.01 });
    check("cosine_restarts", CosineRestarts { period: 8, multiplier: 2, minimum: 0.0 });
    check("linear", Linear { start: 0.25, end: 1.0, steps: 10 });
    check("polynomial", Polynomial { steps: 40, power: 2.0 });
    check("one_cycle", OneCycle::new(40));
    check("warmup_cosine", Linear { start: 0.1, end: 1.0, steps: 10 }.until(10, Cosine::new(30)));
}

#[test]
fn keeps_its_last_value() {
    for step in [40, 41, 1000, u64::MAX] {
        assert_eq!(Cosine { steps: 40, minimum: 0.01 }.factor(step), 0.01);
        assert_eq!(Linear { start: 0.25, end: 0.5, steps: 40 }.factor(step), 0.5);
        assert_eq!(Polynomial { steps: 40, power: 2.0 }.factor(step), 0.0);
        assert_eq!(OneCycle::new(40).factor(step), 1.0 / 25.0 / 1e4);
    }
}

#[test]
fn is_finite_for_any_configuration() {
    for steps in [0, 1, 2, 3] {
        for step in [0, 1, 2, 3, 10, u64::MAX] {
            let factors = [
                Step { every: steps, gamma: 0.5 }.factor(step),
                Cosine::new(steps).factor(step),
                CosineRestarts::new(steps).factor(step),
                CosineRestarts { multiplier: steps, ..CosineRestarts::new(steps) }.factor(step),
                Linear { start: 0.0, end: 1.0, steps }.factor(step),
                Polynomial { steps, power: 2.0 }.factor(step),
                OneCycle::new(steps).factor(step),
                OneCycle { warmup: 0.0, ..OneCycle::new(steps) }.factor(step),
                OneCycle { warmup: 1.0, ..OneCycle::new(steps) }.factor(step),
                Constant.warmup(steps).factor(step),
                Exponential { gamma: 0.5 }.every(steps).factor(step),
            ];
            for (i, factor) in factors.into_iter().enumerate() {
                assert!((0.0..=1.0).contains(&factor), "schedule {i} of {steps} steps gives {factor} at step {step}");
            }
        }
    }
}

#[test]
fn equal_restarts_are_a_period() {
    let schedule = CosineRestarts { minimum: 0.1, ..CosineRestarts::new(6) };
    for step in 0..6 {
        assert_eq!(schedule.factor(step), Cosine { steps: 6, minimum: 0.1 }.factor(step));
        assert_eq!(schedule.factor(step + 6 * 1_000_000_007), schedule.factor(step));
    }
}

#[test]
fn serialises() {
    let schedule = Constant.until(3, OneCycle::new(10).every(5)).until(40, CosineRestarts::new(4)).warmup(2);
    let text = serde_json::to_string(&schedule).expect("schedules serialise");
    assert!(text.contains(r#""final_div_factor":10000.0"#), "{text}");
    let mut back = schedule;
    back.steps = 0;
    assert_ne!(schedule, back);
    back = serde_json::from_str(&text).expect("and deserialise");
    assert_eq!(schedule, back);
}

#[test]
fn plateau_waits_for_its_patience_and_cools_down() {
    let config = ReduceOnPlateau { patience: 2, cooldown: 2, factor: 0.5, minimum: 0.2, ..ReduceOnPlateau::default() };
    let mut plateau = config.watch();
    // The third value in a row that is no better is one too many; the next two do not count.
    let losses = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let factors = losses.map(|loss| plateau.observe(loss));
    assert_eq!(factors, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    let more = [1.0; 20].map(|loss| plateau.observe(loss));
    assert_eq!(more[19], 0.2, "the minimum holds");
}

#[test]
fn plateau_knows_what_is_better() {
    let min = ReduceOnPlateau { patience: 0, threshold: 0.01, ..ReduceOnPlateau::default() };
    assert_eq!(min.watch().observe(f64::NAN), 0.1, "a NaN is no improvement");
    let observe = |config: ReduceOnPlateau, second: f64| {
        let mut plateau = config.watch();
        plateau.observe(1.0);
        plateau.observe(second)
    };
    assert_eq!(observe(min, 0.98), 1.0);
    assert_eq!(observe(min, 0.995), 0.1, "better by less than the threshold");
    let max = ReduceOnPlateau { better: Better::Higher, ..min };
    assert_eq!(observe(max, 1.02), 1.0);
    assert_eq!(observe(max, 1.005), 0.1);
}

#[test]
fn plateau_goes_on_where_it_was() {
    let mut plateau = ReduceOnPlateau { patience: 3, ..ReduceOnPlateau::default() }.watch();
    for loss in [1.0, 1.0, 1.0] {
        plateau.observe(loss);
    }
    let text = serde_json::to_string(&plateau).expect("serialises");
    let mut again: Plateau = serde_json::from_str(&text).expect("deserialises");
    for loss in [1.0, 1.0, 0.5, 0.5] {
        assert_eq!(plateau.observe(loss), again.observe(loss));
    }
    assert_eq!(again.factor(), 0.1);
}

#[test]
fn plateau_refuses_nonsense() {
    assert!(ReduceOnPlateau::default().check().is_ok());
    let error = ReduceOnPlateau { factor: 1.5, ..ReduceOnPlateau::default() }.check().expect_err("grows");
    assert_eq!(
        error.to_string(),
        "ReduceOnPlateau::factor: 1.5 would not make the learning rate smaller; use a number in 0..1"
    );
    assert!(ReduceOnPlateau { threshold: f64::NAN, ..ReduceOnPlateau::default() }.check().is_err());
}
