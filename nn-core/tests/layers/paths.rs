//! What depends on where a layer stands: names of tensors, initial values, random choices, rows of the summary.

use nn_core::layers::*;
use nn_core::{Layer, Parameters, Path, random};

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
}
