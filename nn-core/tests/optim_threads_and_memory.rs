//! A step gives the same bits for any number of threads, and allocates nothing after the first.

#[path = "common/two.rs"]
mod two;

use nn_core::optim::*;
use nn_core::schedule::{Cosine, Schedule};
use nn_core::storage::Checkpoint;
use nn_core::{Parameters, Path, Team};
use two::{Two, TwoGrads};

/// Large enough that every sum and every update is shared among threads, and no multiple of anything.
fn network() -> (Two, TwoGrads) {
    let mut net = Two::new(307, 401, 11);
    net.set(|path, i| ((path.len() * 7 + i * 5) % 1009) as f32 * 1e-3 - 0.45);
    let grads = net.grads();
    (net, grads)
}

fn fill(grads: &mut TwoGrads, step: usize) {
    Two::gradients(grads, &Path::ROOT, &mut |_, grad| {
        for (i, g) in grad.values_mut().iter_mut().enumerate() {
            *g = ((i * 7 + step * 5) % 1013) as f32 * 2e-3 - 1.1;
        }
    });
}

fn everything<O: Optimizer>(optimizer: O, net: &Two) -> Stepper<Two, O> {
    let penalty = Penalty { l1: 1e-3, l2: 1e-3 };
    optimizer.stepper(net).clip_norm(10.0).clip_value(1.0).penalty(penalty).schedule(Cosine::new(10).warmup(2))
}

fn same_bits<O: Optimizer>(optimizer: impl Fn() -> O) {
    let run = |threads| {
        let ((mut net, mut grads), team) = (network(), Team::new(threads));
        let mut stepper = everything(optimizer(), &net);
        let mut numbers = Vec::new();
        for step in 0..4 {
            fill(&mut grads, step);
            let stepped = stepper.step(&mut net, &mut grads, &team).expect("a step");
            numbers.push((stepped.norm, stepped.penalty));
        }
        let bits: Vec<u32> = net.values().iter().map(|v| v.to_bits()).collect();
        let mut state = Checkpoint::new();
        stepper.save_state(&net, &mut state).expect("nothing else is there");
        (bits, numbers, state.to_bytes().expect("bytes"))
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        // Not `assert_eq`, which would print a million numbers.
        assert!(one == run(threads), "{}: {threads} threads give other bits than one", O::NAME);
    }
}

#[test]
fn same_bits_for_any_number_of_threads() {
    same_bits(|| Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1, ..Sgd::default() });
    same_bits(|| Adam { amsgrad: true, weight_decay: 0.1, ..Adam::default() });
    same_bits(AdamW::default);
    same_bits(|| RmsProp { momentum: 0.9, centered: true, ..RmsProp::default() });
    same_bits(Adagrad::default);
    same_bits(Adadelta::default);
    same_bits(NAdam::default);
    same_bits(RAdam::default);
    same_bits(Adamax::default);
    same_bits(Lion::default);
}

fn allocates_nothing<O: Optimizer>(optimizer: O) {
    let ((mut net, mut grads), team) = (network(), Team::new(2));
    let mut stepper = everything(optimizer, &net);
    fill(&mut grads, 0);
    let mut step = || stepper.step(&mut net, &mut grads, &team).expect("a step");
    // The first may: kernels keep scratch memory by thread.
    step();
    let allocations = allocation_counter::measure(|| {
        for _ in 0..3 {
            step();
        }
    });
    assert_eq!(allocations.count_total, 0, "{}", O::NAME);
}

#[test]
fn a_step_allocates_nothing_after_the_first() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1.0; 10])));
    assert_eq!(counted.count_total, 1, "the counter counts");
    allocates_nothing(Sgd { momentum: 0.9, ..Sgd::default() });
    allocates_nothing(Adam { amsgrad: true, ..Adam::default() });
    allocates_nothing(AdamW::default());
    allocates_nothing(RmsProp { momentum: 0.9, centered: true, ..RmsProp::default() });
    allocates_nothing(Adagrad::default());
    allocates_nothing(Adadelta::default());
    allocates_nothing(NAdam::default());
    allocates_nothing(RAdam::default());
    allocates_nothing(Adamax::default());
    allocates_nothing(Lion::default());
}
