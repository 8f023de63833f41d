//! Work: a layer that does not learn gets no gradient of its weights, and nothing at all is done below the lowest one that does.

use nn::{Batch, Context, Layer, Path, Saved, Scores, Shape, Tensor, Value, Workspace, network, parameters};
use std::sync::atomic::{AtomicUsize, Ordering};

/// y = gain · x, element by element, and a count of what `backward` was asked for.
#[derive(Debug)]
struct Counting {
    gain: Tensor,
    calls: AtomicUsize,
    weight_gradients: AtomicUsize,
    input_gradients: AtomicUsize,
}

parameters! { impl[] Counting, CountingGrads { gain }, count = 4 }

impl Default for Counting {
    fn default() -> Self {
        let gain = Tensor::filled(Shape::new(&[4]), 1.5);
        let [calls, weight_gradients, input_gradients] = [(); 3].map(|()| AtomicUsize::new(0));
        Self { gain, calls, weight_gradients, input_gradients }
    }
}

impl Layer for Counting {
    type In = [f32; 4];
    type Out = [f32; 4];
    type Gives = Scores;
    const KIND: &'static str = "Counting";
    const FLOPS: u64 = 4;

    fn forward(&self, x: &[[f32; 4]], y: &mut [[f32; 4]], _: Context<'_>) {
        for (x, y) in x.iter().zip(y) {
            *y = std::array::from_fn(|i| self.gain.values()[i] * x[i]);
        }
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [[f32; 4]],
        grads: &mut CountingGrads,
        train: bool,
        dx: Option<&mut [[f32; 4]]>,
        cx: Context<'_>,
    ) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if train {
            self.weight_gradients.fetch_add(1, Ordering::Relaxed);
            let gradient = grads.gain.values_mut();
            if !cx.accumulate {
                gradient.fill(0.0);
            }
            for (x, dy) in saved.x.iter().zip(&*dy) {
                (0..4).for_each(|i| gradient[i] += x[i] * dy[i]);
            }
        }
        if let Some(dx) = dx {
            self.input_gradients.fetch_add(1, Ordering::Relaxed);
            for (dx, dy) in dx.iter_mut().zip(&*dy) {
                *dx = std::array::from_fn(|i| self.gain.values()[i] * dy[i]);
            }
        }
    }
}

/// What one pass backward asked of a layer: anything, the gradient of the weights, that of the input.
type Asked = [usize; 3];

impl Counting {
    fn asked(&self) -> Asked {
        [&self.calls, &self.weight_gradients, &self.input_gradients].map(|count| count.swap(0, Ordering::Relaxed))
    }
}

network! {
    struct Chain: [4] -> [4] {
        first: Counting as [4] -> [4],
        act: Tanh,
        second: Counting as [4] -> [4],
        norm: Softmax,
        third: Counting as [4] -> [4],
        fourth: Counting as [4] -> [4],
    }

    /// Two ways that meet again, one of them around everything.
    struct Branches: [4] -> [4] {
        stem: Counting as [4] -> [4],
        left: Counting as [4] -> [4] from stem,
        right: Counting as [4] -> [4] from stem,
        beside: Counting as [4] -> [4] from input,
        sum: Add from (left, right, input),
        joined: Concat from (sum, beside, stem),
        shaped: Reshape([3, 4]),
        flat: Flatten,
        mixed: Dense(4),
        head: Counting as [4] -> [4],
    }

    struct Block: [4] -> [4] {
        body: Residual {
            inner: Counting as [4] -> [4],
            act: Tanh,
            outer: Counting as [4] -> [4],
        },
    }

    /// Networks in networks, repeated.
    struct Nested: [4] -> [4] {
        blocks: [Block; 3],
        single: Block,
    }

    /// Weights that are used twice: what lies between the uses is below the upper one.
    struct Shared: [4] -> [4] {
        below: Counting as [4] -> [4],
        first: Counting as [4] -> [4],
        between: Counting as [4] -> [4],
        again: same_as first,
    }

    struct Heads: (x: [4], other: [4]) -> (a: [4], b: [4]) {
        stem: Counting as [4] -> [4] from x,
        side: Counting as [4] -> [4] from other,
        sum: Add from (stem, side),
        a: Counting as [4] -> [4] from sum,
        b: Counting as [4] -> [4] from side,
    }
}

/// Runs backward for every choice of what learns, with and without the gradient of the input, and compares what each of the counting layers was
/// asked for with `expected(flags, dx)`.
fn for_every_choice<N: Layer>(
    net: &N,
    x: &<N::In as Value>::Owned,
    asked: impl Fn(&N) -> Vec<Asked>,
    expected: impl Fn(&[bool], bool) -> Vec<Asked>,
) {
    let mut layers = 0;
    N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| layers += 1);
    assert!(layers > 1);
    let mut workspace = Workspace::new(2);
    let mut gradients = net.grads();
    for choice in 0..1_usize << layers {
        let flags: Vec<bool> = (0..layers).map(|layer| choice >> layer & 1 == 1).collect();
        let mut next = flags.iter();
        workspace.set_trainable(N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| *next.next().unwrap()));
        for dx in [false, true] {
            let scored = workspace.forward_train(net, N::In::borrow(x)).loss_with(|_, dy| {
                N::Out::each_part_mut(dy, &mut |_, part| part.fill(1.0));
                0.0
            });
            if dx {
                let mut input = N::In::zeroed(2);
                scored.backward_to_input(&mut gradients, N::In::borrow_mut(&mut input));
            } else {
                scored.backward(&mut gradients);
            }
            assert_eq!(asked(net), expected(&flags, dx), "what learns: {flags:?}, input gradient: {dx}");
        }
    }
}

/// What a layer is asked for that learns or does not, with something that wants a gradient below it or nothing.
fn once(learns: bool, wanted_below: bool) -> Asked {
    [usize::from(learns || wanted_below), usize::from(learns), usize::from(wanted_below)]
}

const X: [[f32; 4]; 2] = [[0.5, -1.0, 2.0, 0.25], [-0.5, 0.75, 1.0, 0.125]];

#[test]
fn nothing_is_done_below_the_lowest_layer_that_learns() {
    for_every_choice(
        &Chain::default(),
        &Batch::from_samples(&X),
        |net| [&net.first, &net.second, &net.third, &net.fourth].map(Counting::asked).into(),
        |flags, dx| (0..4).map(|i| once(flags[i], dx || flags[..i].contains(&true))).collect(),
    );
}

#[test]
fn a_branch_without_anything_that_learns_is_left_alone() {
    for_every_choice(
        &Branches::default(),
        &Batch::from_samples(&X),
        |net| [&net.stem, &net.left, &net.right, &net.beside, &net.head].map(Counting::asked).into(),
        |flags, dx| {
            let &[stem, left, right, beside, mixed, head] = flags else { unreachable!() };
            let below_mixed = dx || stem || left || right || beside;
            vec![
                once(stem, dx),
                once(left, dx || stem),
                once(right, dx || stem),
                once(beside, dx),
                once(head, below_mixed || mixed),
            ]
        },
    );
}

#[test]
fn networks_within_networks_and_arrays_stop_where_nothing_learns() {
    for_every_choice(
        &Nested::default(),
        &Batch::from_samples(&X),
        |net| {
            let blocks = net.blocks.iter().chain([&net.single]);
            blocks.flat_map(|block| [block.body.0.inner.asked(), block.body.0.outer.asked()]).collect()
        },
        |flags, dx| (0..8).map(|i| once(flags[i], dx || flags[..i].contains(&true))).collect(),
    );
}

#[test]
fn weights_that_are_used_twice() {
    for_every_choice(
        &Shared::default(),
        &Batch::from_samples(&X),
        |net| [&net.below, &net.first, &net.between].map(Counting::asked).into(),
        |flags, dx| {
            let &[below, first, between] = flags else { unreachable!() };
            let lower = once(first, dx || below);
            let upper = once(first, dx || below || first || between);
            let both = std::array::from_fn(|i| lower[i] + upper[i]);
            vec![once(below, dx), both, once(between, dx || below || first)]
        },
    );
}

#[test]
fn several_inputs_and_outputs() {
    let [x, other] = [(); 2].map(|()| Batch::from_samples(&X));
    let input = HeadsIn { x, other };
    for_every_choice(
        &Heads::default(),
        &input,
        |net| [&net.stem, &net.side, &net.a, &net.b].map(Counting::asked).into(),
        |flags, dx| {
            let &[stem, side, a, b] = flags else { unreachable!() };
            vec![once(stem, dx), once(side, dx), once(a, dx || stem || side), once(b, dx || side)]
        },
    );
}
