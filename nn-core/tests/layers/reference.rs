//! Layers against values that PyTorch computed in float64.

use crate::common::{Case, case};
use nn_core::layers::*;
use nn_core::{Arena, Batch, Context, Layer, Path, Role, Sample, Saved, Tape, Team, Tensor};

/// PyTorch's own float32 is within 1.7e-6.
pub const TOLERANCE: f32 = 1e-5;

/// What tensors of ours are called in cases whose projections are layers of their own.
const PROJECTIONS: [(&str, &str); 4] = [
    ("in_proj_weight", "qkv.weight"),
    ("in_proj_bias", "qkv.bias"),
    ("out_proj.weight", "out.weight"),
    ("out_proj.bias", "out.bias"),
];

/// What a case calls the tensor of this name.
fn name_in(case: &Case, name: &str) -> String {
    let other = PROJECTIONS.iter().find_map(|(ours, theirs)| Some(format!("{}{theirs}", name.strip_suffix(ours)?)));
    other.filter(|name| case.has(name)).unwrap_or_else(|| name.to_owned())
}

/// Copies parameters and buffers of a case into a layer, by name.
fn load<L: Layer>(layer: &mut L, case: &Case) {
    load_as(layer, case, |name| name_in(case, name));
}

/// The same where the case has other names than the layer.
pub fn load_as<L: Layer>(layer: &mut L, case: &Case, rename: impl Fn(&str) -> String) {
    layer.tensors_mut(&Path::ROOT, &mut |path, role, tensor| {
        let kind = if role == Role::Parameter { "param" } else { "buffer" };
        let name = rename(&format!("{kind}.{path}"));
        assert_eq!(tensor.shape().dims(), case.shape(&name), "{name}");
        tensor.set(case.floats(&name)).unwrap();
    });
}

/// One forward and backward pass of a case, then the output in evaluation.
pub fn agrees<I, O, L>(layer: L, name: &str)
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    L: Layer<In = I, Out = O>,
{
    agrees_when(layer, name, true);
}

/// The same, in training or in evaluation, where running averages stay as they are.
fn agrees_when<I, O, L>(mut layer: L, name: &str, training: bool)
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    L: Layer<In = I, Out = O>,
{
    let case = case(name);
    load(&mut layer, &case);
    let (x, dy) = (Batch::<I>::from_flat(case.floats("x")).unwrap(), case.floats("dy"));
    let (n, team) = (x.len(), Team::new(2));
    let mut tape = vec![f32::NAN; L::MEMORY.tape.floats(n)];
    let mut scratch = vec![f32::NAN; L::MEMORY.train.floats(n).max(L::MEMORY.forward.floats(n))];
    let (mut y, mut dx) = (Batch::<O>::zeroed(n), Batch::<I>::zeroed(n));
    let train = L::per_layer(true);
    layer.forward_train(&x, &mut y, Arena::new(&mut tape), train, Context::new(&team, 0, 0, training, &mut scratch));
    case.assert_close("y", y.flat(), TOLERANCE);

    let mut dy = Batch::<O>::from_flat(dy).unwrap();
    let mut grads = layer.grads();
    let saved = Saved { x: &x[..], y: &y[..], tape: Tape::new(&tape) };
    let cx = Context::new(&team, 0, 0, training, &mut scratch);
    layer.backward(saved, &mut dy, &mut grads, train, Some(&mut dx), cx);
    case.assert_close("dx", dx.flat(), TOLERANCE);
    let mut compared = 0;
    L::gradients(&mut grads, &Path::ROOT, &mut |path, gradient: &mut Tensor| {
        case.assert_close(&name_in(&case, &format!("grad.{path}")), &gradient.to_vec(), TOLERANCE);
        compared += 1;
    });
    assert_eq!(compared, case.names().filter(|name| name.starts_with("grad.")).count(), "gradients of {name}");

    if training {
        layer.commit(Tape::new(&tape), n, train);
    }
    layer.tensors(&Path::ROOT, &mut |path, role, tensor| {
        if role == Role::Buffer {
            case.assert_close(&format!("buffer_after.{path}"), &tensor.to_vec(), TOLERANCE);
        }
    });
    y.flat_mut().fill(f32::NAN);
    layer.forward(&x, &mut y, Context::new(&team, 0, 0, false, &mut scratch));
    case.assert_close(if case.has("y_eval") { "y_eval" } else { "y" }, y.flat(), TOLERANCE);
    // A prepared layer gives the same.
    layer.prepare();
    y.flat_mut().fill(f32::NAN);
    layer.forward(&x, &mut y, Context::new(&team, 0, 0, false, &mut scratch));
    case.assert_close(if case.has("y_eval") { "y_eval" } else { "y" }, y.flat(), TOLERANCE);
}

#[test]
fn dense() {
    agrees(Dense::<[f32; 3], [f32; 5]>::new(), "dense_0");
    agrees(Dense::<[f32; 17], [f32; 33]>::new(), "dense_1");
    agrees(Dense::<[f32; 784], [f32; 128]>::new(), "dense_2");
    agrees(Dense::<[f32; 19], [f32; 6], Identity, false>::new(), "dense_nobias");
}

/// Every row of the table has a case of its name.
macro_rules! every_activation {
    ($($(#[$doc:meta])* $how:ident $name:ident $snake:literal
       [$($(#[$about:meta])* $argument:ident = $default:literal),*] $gives:ident;)*) => {
        #[test]
        fn activations() {
            $(activation!($how $name $snake);)*
        }
    };
}
macro_rules! activation {
    (elementwise Identity $snake:literal) => {};
    (elementwise $name:ident $snake:literal) => {
        agrees(Activate::<[f32; 37], $name>::new(), concat!("act_", $snake));
    };
    (rowwise $name:ident $snake:literal) => {
        agrees($name::<[f32; 37]>::new(), concat!("act_", $snake));
    };
}
nn_spec::activations!(every_activation);

#[test]
fn layers_with_state() {
    agrees(PRelu::<[[[f32; 3]; 3]; 5]>::new(), "act_prelu");
    agrees(LayerNorm::<[[f32; 48]; 7]>::new(), "layer_norm");
    agrees(BatchNorm1d::<[f32; 13]>::new(), "batch_norm1d");
}

/// An image `[C, H, W]`.
type Image<const C: usize, const H: usize, const W: usize> = [[[f32; W]; H]; C];

/// A convolution as a case has it, over samples in the order of files and over samples whose channels lie together.
macro_rules! convolution {
    ($name:literal, [$($from:literal),+] -> [$($to:literal),+], $window:ty $(, $bias:literal $(, $groups:literal)?)?) => {
        agrees(
            Conv2d::<Image<$($from),+>, Image<$($to),+>, $window, Identity $(, $bias $(, $groups)?)?>::new(),
            $name,
        );
    };
}

#[test]
fn convolutions() {
    convolution!("conv2d_0", [1, 9, 9] -> [4, 7, 7], Window<3, 3>);
    convolution!("conv2d_1", [3, 12, 10] -> [8, 12, 10], Window<3, 3, 1, 1, 1, 1, 1, 1>);
    convolution!("conv2d_2", [4, 13, 15] -> [6, 7, 8], Window<5, 5, 2, 2, 2, 2, 2, 2>, false);
    convolution!("conv2d_3", [8, 8, 8] -> [8, 8, 8], Window<3, 3, 1, 1, 1, 1, 1, 1>, true, 8);
    convolution!("conv2d_4", [6, 11, 11] -> [9, 11, 11], Window<3, 3, 1, 1, 2, 2, 2, 2, 2, 2>, true, 3);
    convolution!("conv2d_5", [16, 7, 7] -> [32, 7, 7], Window<1, 1>, false);
    convolution!("conv2d_6", [3, 32, 32] -> [16, 16, 16], Window<7, 7, 2, 2, 3, 3, 3, 3>);
    convolution!("conv2d_7", [2, 10, 14] -> [3, 3, 5], Window<4, 4, 3, 3, 1, 1, 1, 1>);
    convolution!("conv2d_8", [32, 26, 26] -> [64, 24, 24], Window<3, 3>, false);
    convolution!("conv2d_rect", [3, 9, 14] -> [5, 9, 7], Window<3, 5, 1, 2, 1, 1, 2, 2>);
}

#[test]
fn pools() {
    agrees(MaxPool2d::<Image<3, 8, 8>, Image<3, 4, 4>, Window<2, 2, 2, 2>>::new(), "max_pool2d_0");
    agrees(MaxPool2d::<Image<4, 9, 7>, Image<4, 5, 4>, Window<3, 3, 2, 2, 1, 1, 1, 1>>::new(), "max_pool2d_1");
    agrees(MaxPool2d::<Image<2, 7, 7>, Image<2, 5, 5>, Window<3, 3>>::new(), "max_pool2d_2");
    agrees(AvgPool2d::<Image<3, 8, 8>, Image<3, 4, 4>, Window<2, 2, 2, 2>>::new(), "avg_pool2d_0");
    agrees(AvgPool2d::<Image<4, 9, 7>, Image<4, 5, 4>, Window<3, 3, 2, 2, 1, 1, 1, 1>>::new(), "avg_pool2d_1");
    agrees(AvgPool2d::<Image<2, 7, 7>, Image<2, 5, 5>, Window<3, 3>>::new(), "avg_pool2d_2");
    type Ceil<const P: usize> = Window<3, 3, 2, 2, P, P, P, P, 1, 1, true>;
    agrees(MaxPool2d::<Image<3, 8, 6>, Image<3, 4, 3>, Ceil<0>>::new(), "max_pool2d_ceil");
    agrees(AvgPool2d::<Image<3, 8, 6>, Image<3, 5, 4>, Ceil<1>>::new(), "avg_pool2d_ceil");
    agrees(AvgPool2d::<Image<3, 8, 6>, Image<3, 5, 4>, Ceil<1>, false>::new(), "avg_pool2d_ceil_inside");
    agrees(AdaptiveAvgPool2d::<Image<3, 7, 5>, Image<3, 3, 2>>::new(), "adaptive_avg_pool2d");
    agrees(GlobalAvgPool2d::<Image<6, 5, 7>, Image<6, 1, 1>>::new(), "global_avg_pool2d");
}

#[test]
fn pools_over_sequences() {
    type Sequence<const C: usize, const L: usize> = [[f32; L]; C];
    agrees(MaxPool1d::<Sequence<3, 12>, Sequence<3, 6>, Window1d<3, 2, 1, 1>>::new(), "max_pool1d");
    type Ceil<const K: usize, const S: usize, const P: usize> = Window1d<K, S, P, P, 1, true>;
    agrees(MaxPool1d::<Sequence<3, 11>, Sequence<3, 6>, Ceil<2, 2, 0>>::new(), "max_pool1d_ceil");
    agrees(AvgPool1d::<Sequence<3, 12>, Sequence<3, 6>, Window1d<3, 2, 1, 1>>::new(), "avg_pool1d");
    agrees(AvgPool1d::<Sequence<3, 12>, Sequence<3, 5>, Ceil<4, 3, 1>, false>::new(), "avg_pool1d_inside");
    agrees(AdaptiveAvgPool1d::<Sequence<3, 11>, Sequence<3, 4>>::new(), "adaptive_avg_pool1d");
    agrees(GlobalAvgPool1d::<Sequence<3, 11>, [f32; 3]>::new(), "global_avg_pool1d");
}

#[test]
fn normalised_images() {
    agrees(BatchNorm2d::<Image<6, 5, 4>>::new(), "batch_norm2d");
    agrees_when(BatchNorm2d::<Image<6, 5, 4>>::new(), "batch_norm2d_frozen", false);
    agrees(BatchNorm1d::<[[f32; 9]; 5]>::new(), "batch_norm1d_sequence");
    agrees(GroupNorm::<Image<12, 4, 5>, 3>::new(), "group_norm");
    agrees(GroupNorm::<[[f32; 6]; 4], 4>::new(), "group_norm_instance");
}

#[test]
fn convolutions_of_sequences() {
    type Sequence<const C: usize, const L: usize> = [[f32; L]; C];
    agrees(Conv1d::<Sequence<3, 20>, Sequence<6, 20>, Window1d<3, 1, 1, 1>>::new(), "conv1d_0");
    agrees(Conv1d::<Sequence<4, 31>, Sequence<8, 14>, Window1d<5, 2>>::new(), "conv1d_1");
    agrees(Conv1d::<Sequence<2, 16>, Sequence<4, 16>, Window1d<3, 1, 4, 4, 4>>::new(), "conv1d_2");
    type Same = Window1d<4, 1, 1, 2>;
    agrees(Conv1d::<Sequence<4, 11>, Sequence<6, 11>, Same, Identity, false, 2>::new(), "conv1d_groups");
}

#[test]
fn transposed_convolutions() {
    type Half<const P: usize> = Window<3, 3, 2, 2, P, P, P, P>;
    agrees(ConvTranspose2d::<Image<4, 6, 6>, Image<3, 12, 12>, Window<2, 2, 2, 2>>::new(), "conv_transpose2d_0");
    agrees(ConvTranspose2d::<Image<5, 7, 7>, Image<4, 14, 14>, Half<1>>::new(), "conv_transpose2d_1");
    type Same = Window<3, 3, 1, 1, 1, 1, 1, 1>;
    agrees(ConvTranspose2d::<Image<3, 8, 8>, Image<6, 8, 8>, Same>::new(), "conv_transpose2d_2");
    type Uneven = Window<3, 2, 2, 3, 1, 1, 0, 0, 2, 1>;
    agrees(
        ConvTranspose2d::<Image<4, 5, 4>, Image<6, 12, 13>, Uneven, Identity, false, 2>::new(),
        "conv_transpose2d_groups",
    );
    type Depthwise = Window<4, 4, 2, 2, 1, 1, 1, 1>;
    agrees(
        ConvTranspose2d::<Image<3, 5, 4>, Image<3, 10, 8>, Depthwise, Identity, true, 3>::new(),
        "conv_transpose2d_depthwise",
    );
}

#[test]
fn images_of_other_sizes() {
    agrees(Upsample::<Image<3, 4, 5>, Image<3, 8, 10>>::new(), "upsample_nearest");
    agrees(Upsample::<Image<3, 4, 5>, Image<3, 7, 3>>::new(), "upsample_nearest_size");
    agrees(Upsample::<Image<3, 4, 5>, Image<3, 8, 10>, Bilinear>::new(), "upsample_bilinear");
    agrees(Upsample::<Image<3, 4, 5>, Image<3, 7, 3>, Bilinear>::new(), "upsample_bilinear_size");
    agrees(Upsample::<Image<3, 4, 5>, Image<3, 12, 15>, Bilinear<true>>::new(), "upsample_bilinear_corners");
    agrees(ZeroPad2d::<Image<3, 4, 5>, Image<3, 7, 8>, 3, 0, 1, 2>::new(), "zero_pad2d");
}

#[test]
fn attention() {
    type Sequence<const T: usize, const D: usize> = [[f32; D]; T];
    agrees(MultiHeadAttention::<Sequence<6, 16>, 2>::new(), "attention_0");
    agrees(MultiHeadAttention::<Sequence<9, 24>, 4, true>::new(), "attention_1");
}
