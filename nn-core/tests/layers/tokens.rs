//! Tokens and steps: `Embedding`, `PositionEmbedding`, `RmsNorm`, `Select`.

use crate::common::case;
use crate::gradients::checked_from;
use crate::reference::agrees;
use nn_core::check::{self, Options};
use nn_core::layers::{Embedding, PositionEmbedding, RmsNorm, Select};
use nn_core::{Batch, Context, Layer, Network, Parameters, Path, Sample, Saved, Tape, Team};

#[test]
fn embedding_beside_pytorch() {
    let case = case("embedding");
    let mut layer = Embedding::<[u32; 9], [[f32; 16]; 9], 29>::new();
    layer.weight.set(case.floats("param.weight")).unwrap();
    let tokens: Vec<u32> = case.integers("x").iter().map(|&token| token as u32).collect();
    let x = <[u32; 9]>::of_flat(&tokens);
    assert_eq!(layer.predict(x).flat(), case.floats("y"));
    let mut grads = layer.grads();
    grads.weight.values_mut().fill(f32::NAN);
    let mut dy = Batch::<[[f32; 16]; 9]>::from_flat(case.floats("dy")).unwrap();
    let saved = Saved { x, y: &[][..], tape: Tape::new(&[]) };
    let team = Team::new(2);
    layer.backward(saved, &mut dy, &mut grads, true, None, Context::new(&team, 0, 0, true, &mut []));
    case.assert_close("grad.weight", grads.weight.values(), 1e-6);
}

#[test]
fn rms_norm_beside_pytorch() {
    agrees(RmsNorm::<[[f32; 32]; 7]>::new().eps(1e-6), "rms_norm");
}

#[test]
fn gradients() {
    let tokens = vec![[[2, 0], [2, 4], [1, 2]], [[4, 4], [4, 4], [0, 1]]];
    let mut layer = Embedding::<[[u32; 2]; 3], [[[f32; 5]; 2]; 3], 5>::new();
    layer.reset(1);
    check::gradients_at(&mut layer, Batch::from(tokens), &Options::default()).unwrap();
    let mut one = Embedding::<u32, [f32; 4], 3>::new();
    one.reset(1);
    check::gradients_at(&mut one, Batch::from(vec![2_u32, 0, 2]), &Options::default()).unwrap();

    let mut positions = PositionEmbedding::<[[f32; 5]; 7]>::new();
    positions.reset(1);
    checked_from("positions", positions);
    let mut norm = RmsNorm::<[[f32; 9]; 4]>::new();
    norm.weight.values_mut().iter_mut().enumerate().for_each(|(i, gamma)| *gamma = 0.5 + 0.2 * i as f32);
    checked_from("rms", norm.eps(1e-3));
    checked_from("rms of vectors", RmsNorm::<[f32; 70]>::new());
    checked_from("the first", Select::<[f32; 5], 4, 0>::new());
    checked_from("the last", Select::<[f32; 5], 4, 3>::new());
    checked_from("one in the middle, of matrices", Select::<[[f32; 5]; 2], 4, 2>::new());
    checked_from("the only one", Select::<[f32; 5], 1, 0>::new());
}

#[test]
fn a_token_outside_the_vocabulary() {
    type Words = Embedding<[u32; 3], [[f32; 2]; 3], 5>;
    let path = Path::ROOT.join("words");
    assert_eq!(Words::refused(&[[0, 1, 4], [4, 4, 4]], &path), None);
    let refused = Words::refused(&[[0, 1, 4], [4, 5, 70]], &path).unwrap();
    assert_eq!(refused.sample, 1);
    let expected = "its token 5, at place 2 of 3, is outside the vocabulary of `words`, which has the tokens 0 to 4; give the layer a larger \
                    one, or give what it does not know a token of its own below 5";
    assert_eq!(refused.problem, expected);
    // What is computed all the same is no number, and only there.
    let mut layer = Words::new();
    layer.reset(3);
    let y = layer.predict(&[[0, u32::MAX, 4], [1, 2, 3]]);
    assert!(y[0][1].iter().all(|value| value.is_nan()));
    assert!([y[0][0], y[0][2], y[1][0], y[1][1], y[1][2]].as_flattened().iter().all(|value| value.is_finite()));
}

#[test]
fn a_row_that_no_token_asked_for_has_a_gradient_of_zero() {
    let mut layer = Embedding::<[u32; 2], [[f32; 3]; 2], 4>::new();
    layer.reset(1);
    let mut grads = layer.grads();
    grads.weight.values_mut().fill(7.0);
    let (team, saved) = (Team::new(1), Saved { x: &[[1, 1]][..], y: &[][..], tape: Tape::new(&[]) });
    let cx = Context::new(&team, 0, 0, true, &mut []);
    layer.backward(saved, &mut [[[1.0; 3], [0.5; 3]]], &mut grads, true, None, cx);
    assert_eq!(grads.weight.values(), [0., 0., 0., 1.5, 1.5, 1.5, 0., 0., 0., 0., 0., 0.]);
}
