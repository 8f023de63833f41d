//! Files that PyTorch has written (`tests/reference/storage/generate.py`).

use crate::network::{Linear, Small, reference};
use nn_core::storage::{Checkpoint, Dtype, Mode, SafeTensors, load_into};
use nn_core::{Each, EachMut, Error, Parameters, Path, Store};

/// The tenths that `generate.py` has put into the tensors, converted by `round`.
fn expected(round: impl Fn(f64) -> f32) -> Vec<Vec<f32>> {
    let mut tenths = (1..).map(|i| round(f64::from(i) / 10.0));
    [6, 2, 2, 2, 2, 2].map(|n| tenths.by_ref().take(n).collect()).to_vec()
}

fn values(net: &Small) -> Vec<Vec<f32>> {
    let mut all = Vec::new();
    net.tensors(&Path::ROOT, &mut |_, _, tensor| all.push(tensor.to_vec()));
    all
}

#[test]
fn a_state_dict_loads_strictly_and_the_count_of_batches_is_passed_over() {
    let path = reference("storage/small.safetensors");
    assert_eq!(SafeTensors::read(&path).unwrap().dtype("norm.num_batches_tracked"), Some(&Dtype::new("I64")));
    let mut net = Small::new();
    let report = load_into(&mut net, path, Mode::Strict).unwrap();
    assert_eq!(values(&net), expected(|x| x as f32));
    assert!(report.is_complete());
    assert_eq!(report.loaded.len(), 6);
    // Inside, the matrix lies as the kernels want it.
    assert_eq!(net.hidden.weight.values(), [0.1, 0.4, 0.2, 0.5, 0.3, 0.6]);
}

#[test]
fn other_floating_point_types_are_converted() {
    let rounded = |bits: i32| {
        // Round to nearest with `bits` of significand, which decides alone in this range; ties do not occur among tenths.
        move |x: f64| {
            let unit = 2f64.powi(x.log2().floor() as i32 - bits);
            ((x / unit).round() * unit) as f32
        }
    };
    for (name, expected) in [
        ("small_f64", expected(|x| x as f32)),
        ("small_f16", expected(rounded(10))),
        ("small_bf16", expected(rounded(7))),
    ] {
        let mut net = Small::new();
        net.load_from(reference(&format!("storage/{name}.safetensors"))).unwrap();
        assert_eq!(values(&net), expected, "{name}");
    }
}

#[test]
fn files_of_torch_save_are_recognised_where_they_are_not_read() {
    for name in ["small.pt", "small_legacy.pt"] {
        let path = reference(&format!("storage/{name}"));
        for said in [SafeTensors::read(&path).unwrap_err(), Checkpoint::read(&path).unwrap_err()] {
            assert!(matches!(&said, Error::Format { format: "safetensors", .. }), "{said}");
            let said = said.to_string();
            assert!(said.contains(name) && said.contains("`storage::Weights` reads such files"), "{said}");
        }
    }
}

/// The layers `start.0`, `start.2` and `start.4` of a case that PyTorch has computed.
struct Mlp([Linear; 3]);

impl Parameters for Mlp {
    type Grads = ();
    type PerLayer<T: Copy> = ();
    const PARAMS: usize = 20 * 16 + 16 + 16 * 8 + 8 + 8 * 5 + 5;

    fn grads(&self) {}
    fn no_grads() {}
    fn per_layer<T: Copy>(_: T) {}
    fn map_layers<T: Copy, U: Copy>((): (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, T) -> U) {}
    fn tensors(&self, path: &Path<'_>, each: Each<'_>) {
        let path = path.join("start");
        (0..).zip(&self.0).for_each(|(i, layer)| layer.tensors(&path.at(2 * i), each));
    }
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>) {
        let path = path.join("start");
        (0..).zip(&mut self.0).for_each(|(i, layer)| layer.tensors_mut(&path.at(2 * i), each));
    }
    fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &Path<'_>, _: nn_core::EachPair<'_, T>) {}
    fn gradients((): &mut (), _: &Path<'_>, _: &mut dyn FnMut(&Path<'_>, &mut nn_core::Tensor)) {}
}

#[test]
fn part_of_a_larger_file_loads_with_a_report() {
    let path = reference("cases/train_mlp.safetensors");
    let mut net = Mlp([Linear::new(20, 16), Linear::new(16, 8), Linear::new(8, 5)]);
    let report = net.load_partial(&path).unwrap();
    assert_eq!(report.loaded.len(), 6);
    assert_eq!((report.missing.len(), report.mis_shaped.len()), (0, 0));
    let others = [
        "end.0.bias",
        "end.0.weight",
        "end.2.bias",
        "end.2.weight",
        "end.4.bias",
        "end.4.weight",
        "losses",
        "target",
        "x",
    ];
    assert_eq!(report.unexpected, others);

    // PyTorch's own numbers, read without this library: the last row of the last matrix and of the file's header.
    let bytes = std::fs::read(&path).unwrap();
    let data = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let last = f32::from_le_bytes(*bytes[data + 4256 - 4..].first_chunk().unwrap());
    assert_eq!(net.0[2].weight.to_vec()[5 * 8 - 1], last);

    let said = net.load_from(&path).unwrap_err();
    assert!(matches!(&said, Error::Mismatch { report, .. } if report.unexpected == others), "{said}");
}
