//! What depends on where a layer stands: names of tensors, initial values, random choices, rows of the summary.

use nn_core::layers::*;
use nn_core::{Hwc, Layer, Parameters, Path, Shape, Tensors, random};

type Block = Dense<[f32; 100], [f32; 100], Relu>;

fn names<L: Layer>(layer: &L) -> Vec<String> {
    let mut names = Vec::new();
    layer.tensors(&Path::ROOT.join("net"), &mut |path, _, _| names.push(path.to_string()));
    names
}

#[test]
fn names_have_indices_of_arrays_and_no_trace_of_residuals() {
    assert_eq!(names(&Block::new()), ["net.weight", "net.bias"]);
    assert_eq!(names(&Dense::<[f32; 2], [f32; 3], Identity, false>::new()), ["net.weight"]);
    let stack = [Residual(Block::new()), Residual(Block::new())];
    assert_eq!(names(&stack), ["net.0.weight", "net.0.bias", "net.1.weight", "net.1.bias"]);
    assert_eq!(names(&Residual(stack)), ["net.0.weight", "net.0.bias", "net.1.weight", "net.1.bias"]);
    assert_eq!(<[Block; 3] as Parameters>::PARAMS, 3 * 100 * 101);
}

#[test]
fn gradients_and_mirrors_have_the_same_order() {
    let mut stack = [Residual(Block::new()), Residual(Block::new())];
    let per =
        <[Residual<Block>; 2]>::map_layers([1, 2], &Path::ROOT, &mut |path, n: i32| (path.to_string(), n).0.len());
    assert_eq!(per, [1, 1]);
    let mut grads = stack.grads();
    let mut seen = Vec::new();
    stack.pairs(&mut grads, [10, 20], &Path::ROOT, &mut |path, tensor, gradient, value: i32| {
        assert_eq!(tensor.shape(), gradient.shape());
        seen.push((path.to_string(), value));
    });
    assert_eq!(
        seen,
        [("0.weight", 10), ("0.bias", 10), ("1.weight", 20), ("1.bias", 20)].map(|(n, v)| (n.to_owned(), v))
    );
}

#[test]
fn initial_values_depend_on_seed_and_path_alone() {
    let drawn = |key| {
        let mut layer = Block::new();
        layer.reset(key);
        layer
    };
    let mut stack: [Block; 2] = [Block::new(), Block::new()];
    stack.reset(9);
    assert_eq!(stack[1].weight, drawn(random::mix(9, 1)).weight);
    assert_ne!(stack[0].weight, stack[1].weight);
    let mut residual = Residual(Block::new());
    residual.reset(9);
    assert_eq!(residual.weight, drawn(9).weight);
    assert_ne!(drawn(8).weight, drawn(9).weight);
}

#[test]
fn dense_starts_as_in_pytorch() {
    let mut layer = Dense::<[f32; 100], [f32; 400]>::new();
    assert!(layer.weight.values().iter().all(|&w| w == 0.0), "new does not draw");
    layer.reset(1);
    for tensor in [&layer.weight, &layer.bias] {
        let values = tensor.values();
        let mean_square = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / values.len() as f64;
        assert!(values.iter().all(|v| v.abs() <= 0.1), "within 1/√100");
        assert!((mean_square / (0.01 / 3.0) - 1.0).abs() < 0.15, "{mean_square}");
    }
    assert_ne!(layer.weight.values()[..400], layer.bias.values()[..400]);
}

#[test]
fn summaries_have_a_row_a_line() {
    let mut rows = Vec::new();
    <[Residual<Block>; 2]>::rows(&Path::ROOT.join("blocks"), &mut |row| rows.push((row.name, row.kind, row.params)));
    let expected = [
        ("blocks.0", "Dense + Relu", 10_100),
        ("blocks.0", "Residual", 0),
        ("blocks.1", "Dense + Relu", 10_100),
        ("blocks.1", "Residual", 0),
    ];
    assert_eq!(rows, expected.map(|(name, kind, params)| (name.to_owned(), kind.to_owned(), params)));
}

#[test]
fn flops_count_a_multiply_add_as_two() {
    assert_eq!(<Dense<[f32; 784], [f32; 128], Relu>>::FLOPS, 128 * (2 * 784 + 1 + 1));
    assert_eq!(<Dense<[[f32; 4]; 3], [[f32; 5]; 3], Identity, false>>::FLOPS, 3 * 5 * 2 * 4);
    assert_eq!(<[Dense<[f32; 4], [f32; 4], Identity, false>; 3]>::FLOPS, 3 * 32);
    // Projections of 2 to 6 and 2 to 2, then 9 pairs, or 6 where none looks ahead, of 2 · 2 · 2 and a softmax of 5 for the one head.
    assert_eq!(<MultiHeadAttention<[[f32; 2]; 3], 1>>::FLOPS, 3 * 8 * (2 * 2 + 1) + 9 * (8 + 5));
    assert_eq!(<MultiHeadAttention<[[f32; 2]; 3], 1, true, false>>::FLOPS, 3 * 8 * 2 * 2 + 6 * (8 + 5));
}

/// Adds the names and shapes that a constant says, `[0]` for what is not there left out.
fn named(tensors: &Tensors, path: &Path<'_>, all: &mut Vec<(String, Shape)>) {
    match tensors {
        Tensors::Unknown => panic!("{path} says nothing"),
        Tensors::Own(own) => {
            let there = own.iter().filter(|(_, shape)| shape.dims() != [0]);
            all.extend(there.map(|(name, shape)| (path.join(name).to_string(), *shape)));
        }
        Tensors::Lines(lines) => {
            lines.iter().for_each(|(name, first, tensors)| {
                named(tensors, &path.join(name).counting_from(*first), all);
            });
        }
        Tensors::Elements(count, tensors) => (0..*count).for_each(|i| named(tensors, &path.at(i), all)),
        Tensors::Adapter(tensors) => named(tensors, path, all),
    }
}

#[test]
fn constants_name_the_tensors_that_layers_have() {
    fn check<L: Layer>(layer: L) {
        let (mut said, mut found) = (Vec::new(), Vec::new());
        named(&L::TENSORS, &Path::ROOT, &mut said);
        layer.tensors(&Path::ROOT, &mut |path, _, tensor| found.push((path.to_string(), tensor.shape())));
        assert_eq!(said, found, "{}", L::KIND);
    }
    type Same = Window<3, 3, 1, 1, 1, 1, 1, 1>;
    type Halves = Window<2, 2, 2, 2>;
    type Conv = Conv2d<Hwc<2, 4, 6>, Hwc<5, 4, 6>, Same, Relu>;
    check(Block::new());
    check(Dense::<[f32; 2], [f32; 3], Identity, false>::new());
    check(Conv::new());
    check(Conv1d::<[[f32; 9]; 2], [[f32; 7]; 4], Window1d<3>>::new());
    check(ConvTranspose2d::<Hwc<2, 2, 3>, Hwc<5, 4, 6>, Halves>::new());
    check(Pooled::<Conv, MaxPool2d<Hwc<5, 4, 6>, Hwc<5, 2, 3>, Halves>>::new(Conv::new()));
    check(BatchNorm2d::<[[[f32; 4]; 3]; 2]>::new());
    check(GroupNorm::<[[[f32; 4]; 3]; 6], 2>::new());
    check(LayerNorm::<[f32; 7]>::new());
    check(MultiHeadAttention::<[[f32; 6]; 4], 2>::new());
    check(MultiHeadAttention::<[[f32; 6]; 4], 2, true, false>::new());
    check(PRelu::<[f32; 7]>::new());
    check(Lstm::<[[f32; 4]; 3], [[f32; 5]; 3]>::new());
    check(Gru::<[[f32; 4]; 3], [[f32; 6]; 3], false, true>::new());
    check(LstmCell::<[f32; 4], [[f32; 6]; 2]>::new());
    check(Dropout::<[f32; 7]>::new(0.5));
    check(Frozen(Block::new()));
    check(Residual([Block::new(), Block::new()]));
    check(Lora::<Block, 3>::new(Block::new(), 1.0, 0.0));
    check(Lora::<Conv, 2>::new(Conv::new(), 1.0, 0.0));
}
