//! Layers against values that PyTorch computed in float64.

use crate::common::{Case, case};
use nn_core::layers::*;
use nn_core::{Arena, Batch, Context, Layer, Path, Role, Sample, Saved, Tape, Team, Tensor};

/// PyTorch's own float32 is within 1.7e-6.
const TOLERANCE: f32 = 1e-5;

/// Copies parameters and buffers of a case into a layer, by name.
fn load<L: Layer>(layer: &mut L, case: &Case) {
    layer.tensors_mut(&Path::ROOT, &mut |path, role, tensor| {
        let kind = if role == Role::Parameter { "param" } else { "buffer" };
        let name = format!("{kind}.{path}");
        assert_eq!(tensor.shape().dims(), case.shape(&name), "{name}");
        tensor.set(case.floats(&name)).unwrap();
    });
}

/// One forward and backward pass of a case, then the output in evaluation.
fn agrees<I, O, L>(mut layer: L, name: &str)
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
    layer.forward_train(&x, &mut y, Arena::new(&mut tape), train, Context::new(&team, 0, 0, true, &mut scratch));
    case.assert_close("y", y.flat(), TOLERANCE);

    let mut dy = Batch::<O>::from_flat(dy).unwrap();
    let mut grads = layer.grads();
    let saved = Saved { x: &x[..], y: &y[..], tape: Tape::new(&tape) };
    let cx = Context::new(&team, 0, 0, true, &mut scratch);
    layer.backward(saved, &mut dy, &mut grads, train, Some(&mut dx), cx);
    case.assert_close("dx", dx.flat(), TOLERANCE);
    let mut compared = 0;
    L::gradients(&mut grads, &Path::ROOT, &mut |path, gradient: &mut Tensor| {
        case.assert_close(&format!("grad.{path}"), &gradient.to_vec(), TOLERANCE);
        compared += 1;
    });
    assert_eq!(compared, case.names().filter(|name| name.starts_with("grad.")).count(), "gradients of {name}");

    layer.commit(Tape::new(&tape), n, train);
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
