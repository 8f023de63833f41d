//! Recurrent layers: PyTorch's values, finite differences, and what is kept for the backward pass.

use crate::common::{Case, case};
use crate::gradients::checked;
use crate::reference::{TOLERANCE, agrees, load_as};
use nn_core::layers::*;
use nn_core::{
    Arena, Batch, Context, Layer, Network, Parameters, Path, Reads, Sample, Saved, Size, Tape, Team, Tensor, Workspace,
};

/// `[steps, features]`.
type Sequence<const T: usize, const D: usize> = [[f32; D]; T];

#[test]
fn a_single_layer_agrees_with_pytorch() {
    agrees(Rnn::<Sequence<7, 5>, Sequence<7, 8>>::new(), "rnn_0");
    agrees(Lstm::<Sequence<7, 5>, Sequence<7, 8>>::new(), "lstm_0");
    agrees(Gru::<Sequence<7, 5>, Sequence<7, 8>>::new(), "gru_0");
}

#[test]
fn two_directions_agree_with_pytorch() {
    agrees(Rnn::<Sequence<6, 4>, Sequence<6, 12>, true, true>::new(), "rnn_2");
    agrees(Lstm::<Sequence<6, 4>, Sequence<6, 12>, true, true>::new(), "lstm_2");
    agrees(Gru::<Sequence<6, 4>, Sequence<6, 12>, true, true>::new(), "gru_2");
}

/// A layer on its way through a pass.
struct Pass<L: Layer> {
    layer: L,
    tape: Vec<f32>,
    scratch: Vec<f32>,
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, L: Layer<In = I, Out = O>> Pass<L> {
    fn new(layer: L, n: usize) -> Self {
        let scratch = L::MEMORY.train.floats(n).max(L::MEMORY.forward.floats(n));
        Self { layer, tape: vec![f32::NAN; L::MEMORY.tape.floats(n)], scratch: vec![f32::NAN; scratch] }
    }

    fn forward(&mut self, x: &[I]) -> Batch<O> {
        let (mut y, team) = (Batch::zeroed(x.len()), Team::new(2));
        let cx = Context::new(&team, 0, 0, true, &mut self.scratch);
        self.layer.forward_train(x, &mut y, Arena::new(&mut self.tape), L::per_layer(true), cx);
        y
    }

    /// The gradient of the input; those of the parameters are compared with the case's, whose names end with another number.
    fn backward(&mut self, x: &[I], y: &[O], dy: &mut Batch<O>, case: &Case, number: &str) -> Batch<I> {
        let (mut dx, mut grads, team) = (Batch::zeroed(x.len()), self.layer.grads(), Team::new(2));
        let saved = Saved { x, y, tape: Tape::new(&self.tape) };
        let cx = Context::new(&team, 0, 0, true, &mut self.scratch);
        self.layer.backward(saved, dy, &mut grads, L::per_layer(true), Some(&mut dx), cx);
        L::gradients(&mut grads, &Path::ROOT, &mut |path, gradient: &mut Tensor| {
            let name = format!("grad.{path}").replace("_l0", number);
            case.assert_close(&name, &gradient.to_vec(), TOLERANCE);
        });
        dx
    }
}

/// Two layers of ours against one of PyTorch's with `num_layers=2`.
fn stacked<A, B>(mut first: A, mut second: B, name: &str)
where
    A: Layer<In = Sequence<5, 6>, Out = Sequence<5, 10>>,
    B: Layer<In = Sequence<5, 10>, Out = Sequence<5, 10>>,
{
    let case = case(name);
    load_as(&mut first, &case, |name| name.to_owned());
    load_as(&mut second, &case, |name| name.replace("_l0", "_l1"));
    let x = Batch::<Sequence<5, 6>>::from_flat(case.floats("x")).unwrap();
    let (mut first, mut second) = (Pass::new(first, x.len()), Pass::new(second, x.len()));
    let between = first.forward(&x);
    let y = second.forward(&between);
    case.assert_close("y", y.flat(), TOLERANCE);
    let mut dy = Batch::from_flat(case.floats("dy")).unwrap();
    let mut dy = second.backward(&between, &y, &mut dy, &case, "_l1");
    let dx = first.backward(&x, &between, &mut dy, &case, "_l0");
    case.assert_close("dx", dx.flat(), TOLERANCE);
}

#[test]
fn two_layers_agree_with_pytorch() {
    type From = Sequence<5, 6>;
    type To = Sequence<5, 10>;
    stacked(Rnn::<From, To>::new(), Rnn::<To, To>::new(), "rnn_1");
    stacked(Lstm::<From, To>::new(), Lstm::<To, To>::new(), "lstm_1");
    stacked(Gru::<From, To>::new(), Gru::<To, To>::new(), "gru_1");
}

/// Calls a macro with each kind.
macro_rules! every_kind {
    ($each:ident) => {
        $each!(Rnn);
        $each!(Lstm);
        $each!(Gru);
    };
}

#[test]
fn gradients_fit_finite_differences() {
    macro_rules! check {
        ($kind:ident) => {
            let name = stringify!($kind);
            checked(&format!("{name}, one of each"), $kind::<Sequence<1, 1>, Sequence<1, 1>>::new());
            checked(&format!("{name}, one step"), $kind::<Sequence<1, 4>, Sequence<1, 6>>::new());
            checked(&format!("{name}, one unit"), $kind::<Sequence<5, 3>, Sequence<5, 1>>::new());
            checked(&format!("{name}, wide"), $kind::<Sequence<4, 3>, Sequence<4, 19>>::new());
            checked(&format!("{name}, no bias"), $kind::<Sequence<3, 7>, Sequence<3, 5>, false>::new());
            checked(&format!("{name}, two directions"), $kind::<Sequence<4, 3>, Sequence<4, 10>, true, true>::new());
            checked(
                &format!("{name}, two directions, no bias"),
                $kind::<Sequence<1, 2>, Sequence<1, 4>, false, true>::new(),
            );
        };
    }
    every_kind!(check);
}

#[test]
fn they_start_as_in_pytorch() {
    macro_rules! check {
        ($kind:ident) => {
            let mut layer = $kind::<Sequence<2, 9>, Sequence<2, 100>, true, true>::new();
            layer.tensors(&Path::ROOT, &mut |path, _, tensor| {
                assert!(tensor.values().iter().all(|&w| w == 0.0), "new does not draw {path}");
            });
            layer.reset(3);
            let mut seen = Vec::new();
            layer.tensors(&Path::ROOT, &mut |path, _, tensor| {
                let largest = tensor.values().iter().fold(0.0_f32, |most, w| most.max(w.abs()));
                let bound = 1.0 / 50.0_f32.sqrt();
                assert!((0.9 * bound..=bound).contains(&largest), "{path}: {largest}, not within 1/√50");
                assert!(!seen.contains(&tensor.values()[0]), "{path} is drawn by itself");
                seen.push(tensor.values()[0]);
            });
            assert_eq!(seen.len(), 8);
        };
    }
    every_kind!(check);
}

#[test]
fn only_what_backward_reads_is_kept() {
    type From = Sequence<7, 3>;
    type To = Sequence<7, 16>;
    let bytes = |size: Size| size.floats(1);
    let row = 7 * 16;
    assert_eq!(bytes(Rnn::<From, To>::MEMORY.tape), 0, "its derivative reads y");
    assert_eq!(bytes(Gru::<From, To>::MEMORY.tape) / 16 * 16, 4 * row, "r, z, n and the state's part of n");
    assert_eq!(bytes(Lstm::<From, To>::MEMORY.tape) / 16 * 16, 5 * row + 16, "gates and cell states");
    assert_eq!(Lstm::<From, To>::tape(false, false), Size::NONE, "nothing learns at or below it");
    assert_eq!(Lstm::<From, To>::tape(false, true), Lstm::<From, To>::MEMORY.tape);
    assert_eq!(Lstm::<From, To>::reads(true, false), Reads::BOTH);
    assert_eq!(Lstm::<From, To>::reads(false, true), Reads::NEITHER);
    assert_eq!(Gru::<From, To>::reads(false, true), Reads::OUTPUT);
    assert_eq!(Rnn::<From, To>::reads(false, true), Reads::OUTPUT);
    assert_eq!(Rnn::<From, To>::reads(false, false), Reads::NEITHER);
}

#[test]
fn operations_are_counted() {
    // Products and biases, then what a cell does with them.
    let products = |gates: u64, bias: u64| 4 * 16 * gates * 2 * (3 + 16 + bias);
    assert_eq!(Rnn::<Sequence<4, 3>, Sequence<4, 16>>::FLOPS, products(1, 1) + 4 * 16 * 2);
    assert_eq!(Gru::<Sequence<4, 3>, Sequence<4, 16>, false>::FLOPS, products(3, 0) + 4 * 16 * 11);
    assert_eq!(Lstm::<Sequence<4, 3>, Sequence<4, 32>, true, true>::FLOPS, 2 * (products(4, 1) + 4 * 16 * 13));
    assert_eq!(Lstm::<Sequence<4, 3>, Sequence<4, 16>>::PARAMS, 4 * 16 * (3 + 16 + 2));
    assert_eq!(Gru::<Sequence<4, 3>, Sequence<4, 32>, false, true>::PARAMS, 2 * 3 * 16 * (3 + 16));
}

#[test]
fn the_second_direction_sees_what_comes_later() {
    let mut layer = Gru::<Sequence<6, 2>, Sequence<6, 8>, true, true>::new();
    layer.reset(1);
    let mut x = [[[0.3, -0.2]; 6]];
    let before = layer.predict(&x)[0];
    x[0][3] = [1.0, 1.0];
    let after = layer.predict(&x)[0];
    for step in 0..6 {
        let changed = |units: core::ops::Range<usize>| before[step][units.clone()] != after[step][units];
        assert_eq!((changed(0..4), changed(4..8)), (step >= 3, step <= 3), "step {step}");
    }
}

#[test]
fn sequences_do_not_mix() {
    let mut layer = Lstm::<Sequence<3, 2>, Sequence<3, 5>>::new();
    layer.reset(1);
    let x = [[[0.5, 1.0]; 3], [[-2.0, 0.1]; 3], [[0.0, 3.0]; 3]];
    let (together, mut workspace) = (layer.predict(&x), Workspace::new(1));
    for (x, y) in x.iter().zip(together.iter()) {
        assert_eq!(workspace.forward(&layer, core::slice::from_ref(x))[0], *y);
    }
}

/// The parameters of a cell in a layer of the same sizes.
fn same_parameters(cell: &impl Layer, layer: &mut impl Layer) {
    layer.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        let name = path.to_string().replace("_l0", "");
        cell.tensors(&Path::ROOT, &mut |path, _, own| {
            if path.to_string() == name {
                tensor.set(&own.to_vec()).unwrap();
            }
        });
    });
}

#[test]
fn steps_one_by_one_are_the_layer() {
    fn whole(h: &[f32; 20]) -> &[f32; 20] {
        h
    }
    fn first([h, _]: &[[f32; 20]; 2]) -> &[f32; 20] {
        h
    }
    macro_rules! check {
        ($cell:ident, $layer:ident, $state:ty, $h:expr) => {
            let mut cell = $cell::<[f32; 7], $state>::new();
            cell.reset(5);
            let mut layer = $layer::<Sequence<6, 7>, Sequence<6, 20>>::new();
            same_parameters(&cell, &mut layer);
            let x: [Sequence<6, 7>; 9] = core::array::from_fn(|n| {
                core::array::from_fn(|t| core::array::from_fn(|i| ((n * 31 + t * 7 + i) as f32 * 0.7).sin()))
            });
            let (expected, team) = (layer.predict(&x), Team::new(2));
            let mut state = Batch::<$state>::zeroed(9);
            let mut scratch = vec![0.0; <$cell::<[f32; 7], $state> as Layer>::MEMORY.forward.floats(9)];
            for step in 0..6 {
                let (now, mut next) = (x.map(|x| x[step]), Batch::<$state>::zeroed(9));
                let cx = Context::new(&team, 0, 0, false, &mut scratch);
                cell.forward((&now, &state), &mut next, cx);
                state = next;
                for (state, expected) in state.iter().zip(expected.iter()) {
                    let h: &[f32; 20] = $h(state);
                    let off = h.iter().zip(&expected[step]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(off < 1e-6, "{} at step {step}: off by {off}", stringify!($cell));
                }
            }
        };
    }
    check!(RnnCell, Rnn, [f32; 20], whole);
    check!(GruCell, Gru, [f32; 20], whole);
    check!(LstmCell, Lstm, [[f32; 20]; 2], first);
}

#[test]
fn gradients_of_steps_fit_finite_differences() {
    macro_rules! check {
        ($cell:ident, $one:ty, $more:ty) => {
            checked(concat!(stringify!($cell), ", one of each"), $cell::<[f32; 1], $one>::new());
            checked(stringify!($cell), $cell::<[f32; 5], $more>::new());
            checked(concat!(stringify!($cell), ", no bias"), $cell::<[f32; 3], $more, false>::new());
        };
    }
    check!(RnnCell, [f32; 1], [f32; 19]);
    check!(GruCell, [f32; 1], [f32; 19]);
    check!(LstmCell, [[f32; 1]; 2], [[f32; 19]; 2]);
}
