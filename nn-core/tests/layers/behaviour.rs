//! What layers promise beside their formulas.

use nn_core::layers::*;
use nn_core::{Arena, Batch, Context, Layer, Network, Parameters, Path, Sample, Saved, Tape, Team, Workspace};

/// `forward_train`, as step `step`.
fn trained<S: Sample<Element = f32>, L: Layer<In = S, Out = S>>(
    layer: &L,
    x: &[S],
    step: u64,
    training: bool,
) -> Batch<S> {
    let mut y = Batch::zeroed(x.len());
    let mut tape = vec![0.0; L::MEMORY.tape.floats(x.len())];
    let mut scratch = vec![0.0; L::MEMORY.train.floats(x.len())];
    let team = Team::new(1);
    let cx = Context::new(&team, 7, step, training, &mut scratch);
    layer.forward_train(x, &mut y, Arena::new(&mut tape), L::per_layer(true), cx);
    y
}

#[test]
fn softmax_survives_extreme_scores() {
    let x = [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4], [f32::MAX, 0.0, -f32::MAX]];
    let y = Softmax::<[f32; 3]>::new().predict(&x);
    assert_eq!(y[0], [1.0, 0.0, 0.0]);
    for row in [y[1], y[2]] {
        assert!(row.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-6), "{row:?}");
    }
    assert_eq!(y[3], [1.0, 0.0, 0.0]);
    let y = LogSoftmax::<[f32; 3]>::new().predict(&x);
    assert_eq!(y[0], [0.0, -2e4, -1e4]);
    assert!(y[1].iter().chain(&y[2]).all(|p| (p + 3.0_f32.ln()).abs() < 1e-6));
}

#[test]
fn softmax_treats_each_row_alone() {
    let rows = [[1.0, 2.0, 3.0], [-1.0, 0.0, 5.0]];
    let together = Softmax::<[[f32; 3]; 2]>::new().predict(&[rows]);
    let apart = Softmax::<[f32; 3]>::new().predict(&rows);
    assert_eq!(together.flat(), apart.flat());
    assert!(together[0].iter().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
}

#[test]
fn dropout_drops_its_share_and_keeps_the_mean() {
    let x = Batch::<[f32; 1000]>::from_flat(&[1.0; 20_000]).unwrap();
    for rate in [0.1, 0.5, 0.8] {
        let y = trained(&Dropout::new(rate), &x, 1, true);
        let dropped = y.flat().iter().filter(|&&y| y == 0.0).count() as f32 / 20_000.0;
        assert!((dropped - rate).abs() < 0.015, "{dropped} instead of {rate}");
        let mean = y.flat().iter().sum::<f32>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }
    assert!(trained(&Dropout::new(0.5), &x, 1, false).flat() == x.flat(), "in evaluation nothing is dropped");
    assert!(trained(&Dropout::new(0.0), &x, 1, true).flat() == x.flat());
    assert!(trained(&Dropout::new(1.0), &x, 1, true).flat().iter().all(|&y| y == 0.0));
}

#[test]
fn dropout_depends_on_step_sample_and_path() {
    let x = Batch::<[f32; 1000]>::from_flat(&[1.0; 2000]).unwrap();
    let layer = Dropout::new(0.5);
    let first = trained(&layer, &x, 1, true);
    assert!(first == trained(&layer, &x, 1, true), "a run can be repeated");
    assert!(first != trained(&layer, &x, 2, true), "steps differ");
    assert!(first[0] != first[1], "samples differ");
    // The second of two in a row must not drop what the first has dropped: some half of the rest goes.
    let twice = trained(&[layer, layer], &x, 1, true);
    let left = twice.flat().iter().filter(|&&y| y != 0.0).count();
    assert!((400..600).contains(&left), "{left} of 2000 are left");
}

#[test]
fn channels_are_dropped_whole_and_the_same_in_both_orders() {
    type Image = [[[f32; 2]; 3]; 50];
    let x = Batch::<Image>::from_flat(&[1.0; 40 * 300]).unwrap();
    let y = trained(&Dropout2d::new(0.3), &x, 1, true);
    let mut last = Batch::<nn_core::Hwc<50, 3, 2>>::zeroed(40);
    last.flat_mut().fill(1.0);
    let last = trained(&Dropout2d::new(0.3), &last, 1, true);
    let mut dropped = 0;
    for (y, last) in y.iter().zip(last.iter()) {
        for (c, channel) in y.iter().enumerate() {
            assert!(channel.as_flattened().iter().all(|&v| v == channel[0][0]), "{channel:?}");
            assert!(last.0.as_flattened().iter().all(|pixel| pixel[c] == channel[0][0]));
            dropped += usize::from(channel[0][0] == 0.0);
        }
    }
    assert!((dropped as f32 / 2000.0 - 0.3).abs() < 0.05, "{dropped} of 2000");
    assert!(trained(&Dropout2d::new(0.3), &x, 1, false).flat() == x.flat(), "in evaluation nothing is dropped");
}

#[test]
fn a_transposed_convolution_starts_as_in_pytorch() {
    let mut layer = ConvTranspose2d::<[[[f32; 4]; 4]; 30], [[[f32; 8]; 8]; 25], Window<2, 2, 2, 2>>::new();
    layer.reset(1);
    for tensor in [&layer.weight, &layer.bias] {
        let largest = tensor.values().iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        assert!((0.08..=0.1).contains(&largest), "{largest}: within 1/√(25 · 2 · 2)");
    }
}

#[test]
#[should_panic(expected = "a probability from 0 to 1, not 1.5")]
fn dropout_refuses_what_is_no_probability() {
    Dropout::<[f32; 1]>::new(1.5);
}

/// One feature with values 0 and 4, one that is constant.
const BATCH: [[f32; 2]; 2] = [[0.0, 3.0], [4.0, 3.0]];

#[test]
fn batch_normalisation_learns_running_averages_only_from_committed_steps() {
    let mut layer = BatchNorm1d::<[f32; 2]>::new();
    let mut workspace = Workspace::new(2);
    let forward = workspace.forward_train(&layer, &BATCH);
    drop(forward);
    assert_eq!(layer.running_mean.to_vec(), [0.0, 0.0], "nothing moves before the step is taken");
    workspace.commit(&mut layer);
    assert_eq!(layer.running_mean.to_vec(), [0.2, 0.3]);
    // The unbiased variance of 0 and 4 is 8.
    assert_eq!(layer.running_var.to_vec(), [0.9 + 0.8, 0.9]);
    let before = layer.predict(&BATCH);
    assert!(before == layer.predict(&BATCH), "evaluation moves nothing");
}

#[test]
fn frozen_batch_normalisation_behaves_as_in_evaluation() {
    let mut layer = BatchNorm1d::<[f32; 2]>::new();
    layer.running_mean.set(&[1.0, 2.0]).unwrap();
    let expected = layer.predict(&BATCH);
    let mut workspace = Workspace::new(2);
    workspace.set_trainable(false);
    let forward = workspace.forward_train(&layer, &BATCH);
    assert_eq!(forward.output(), &expected[..]);
    drop(forward);
    workspace.commit(&mut layer);
    assert_eq!(layer.running_mean.to_vec(), [1.0, 2.0]);
    assert_eq!(layer.running_var.to_vec(), [1.0, 1.0]);
}

#[test]
fn a_batch_of_one_does_not_move_running_averages() {
    let mut layer = BatchNorm1d::<[f32; 2]>::new();
    layer.bias.set(&[0.5, -0.5]).unwrap();
    let mut workspace = Workspace::new(1);
    let forward = workspace.forward_train(&layer, &BATCH[..1]);
    assert_eq!(forward.output(), &[[0.5, -0.5]]);
    drop(forward);
    workspace.commit(&mut layer);
    assert_eq!((layer.running_mean.to_vec(), layer.running_var.to_vec()), (vec![0.0; 2], vec![1.0; 2]));
}

#[test]
fn resetting_a_normalisation_forgets_what_it_has_seen() {
    let mut layer = BatchNorm1d::<[f32; 2]>::new();
    layer.tensors_mut(&Path::ROOT, &mut |_, _, tensor| tensor.values_mut().fill(7.0));
    layer.reset(1);
    let values = [&layer.weight, &layer.bias, &layer.running_mean, &layer.running_var].map(|tensor| tensor.values()[0]);
    assert_eq!(values, [1.0, 0.0, 0.0, 1.0]);
    let mut norm = LayerNorm::<[f32; 2]>::new();
    norm.tensors_mut(&Path::ROOT, &mut |_, _, tensor| tensor.values_mut().fill(7.0));
    norm.reset(1);
    assert_eq!((norm.weight.to_vec(), norm.bias.to_vec()), (vec![1.0; 2], vec![0.0; 2]));
    let mut slopes = PRelu::<[f32; 2]>::new().init(0.1);
    slopes.weight.values_mut().fill(7.0);
    slopes.reset(1);
    assert_eq!(slopes.weight.to_vec(), [0.1, 0.1]);
}

#[test]
fn a_prepared_layer_gives_the_same_bits() {
    fn same<I: Sample<Element = f32>, O: Sample<Element = f32>>() {
        let drawn = || {
            let mut layer = Dense::<I, O, Gelu>::new();
            layer.reset(3);
            layer
        };
        let mut x = Batch::<I>::zeroed(3);
        x.flat_mut().iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32).sin());
        assert_eq!(O::flat(drawn().prepare(2).predict(&x)), drawn().predict(&x).flat());
    }
    same::<[f32; 33], [f32; 70]>();
    // Large enough to be packed.
    same::<[f32; 700], [f32; 401]>();
}

#[test]
fn nothing_is_done_below_the_lowest_element_that_trains() {
    /// y = x, and a panic where a gradient is asked for.
    struct Barrier;
    nn_core::parameters! { impl[] Barrier }
    impl Layer for Barrier {
        type In = [f32; 2];
        type Out = [f32; 2];
        type Gives = nn_core::Scores;
        const KIND: &'static str = "Barrier";
        const FLOPS: u64 = 0;
        fn forward(&self, x: &[[f32; 2]], y: &mut [[f32; 2]], _: Context<'_>) {
            y.copy_from_slice(x);
        }
        fn backward(
            &self,
            _: Saved<'_, Self>,
            _: &mut [[f32; 2]],
            _: &mut (),
            (): (),
            _: Option<&mut [[f32; 2]]>,
            _: Context<'_>,
        ) {
            panic!("nobody asked for this gradient");
        }
    }
    let (layers, team) = ([Barrier, Barrier], Team::new(1));
    let mut scratch = vec![0.0; <[Barrier; 2]>::MEMORY.train.floats(1)];
    let tape = vec![0.0; <[Barrier; 2]>::MEMORY.tape.floats(1)];
    let saved = Saved { x: &[[0.0; 2]][..], y: &[[0.0; 2]][..], tape: Tape::new(&tape) };
    let cx = Context::new(&team, 0, 0, true, &mut scratch);
    layers.backward(saved, &mut [[1.0; 2]], &mut [(); 2], [(); 2], None, cx);
}
