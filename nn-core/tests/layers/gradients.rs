//! Every layer against finite differences, with everything that it must not read filled with NaN, and with several threads.

use generic_array::GenericArray;
use generic_array::typenum::{U5, U8, U33};
use nn_core::check::{self, Options};
use nn_core::init::Init;
use nn_core::layers::*;
use nn_core::{FlatHwc, Hwc, Layer, Lc, LogProbabilities, Reads, Result, Scores};

/// In training and in evaluation, for one sample and for several, then with 1, 2, 3 and 8 threads.
pub fn checked<L: Layer>(what: &str, mut layer: L) {
    layer.reset(4);
    checked_from(what, layer);
}

/// The same with the parameters that the layer has.
pub fn checked_from<L: Layer>(what: &str, mut layer: L) {
    for training in [true, false] {
        for samples in [1, 4, 7] {
            let options = Options { samples, training, ..Options::default() };
            check::gradients(&mut layer, &options)
                .unwrap_or_else(|error| panic!("{what}, {samples} samples, training {training}: {error}"));
        }
    }
    for samples in [5, 300] {
        check::threads(&mut layer, samples).unwrap_or_else(|error| panic!("{what}, {samples} samples: {error}"));
    }
}

#[test]
fn dense_over_vectors_and_positions() {
    checked("one by one", Dense::<[f32; 1], [f32; 1]>::new());
    checked("17 to 33", Dense::<[f32; 17], [f32; 33], Relu>::new());
    checked("no bias", Dense::<[f32; 9], [f32; 4], Tanh, false>::new());
    checked("positions", Dense::<[[f32; 6]; 3], [[f32; 5]; 3], Gelu>::new());
    checked("rank 3", Dense::<[[[f32; 4]; 2]; 3], [[[f32; 7]; 2]; 3], Sigmoid>::new());
    checked("generic arrays", Dense::<GenericArray<f32, U5>, GenericArray<f32, U8>, Silu>::new());
    checked("mixed", Dense::<[f32; 5], GenericArray<f32, U33>, Relu>::new());
    checked(
        "other initial values",
        Dense::<[f32; 6], [f32; 6]>::new().initialized(Init::Orthogonal { gain: 1.0 }, Init::ZEROS),
    );
    checked("an argument", Dense::<[f32; 6], [f32; 5], _>::with(LeakyRelu { slope: 0.3 }));
}

/// y = x · exp(x / 4), whose derivative is written with both x and y.
#[derive(Clone, Copy, Debug, Default)]
struct Own;

impl Activation for Own {
    type Gives = Scores;
    const KIND: &'static str = "Own";
    const READS: Reads = Reads::BOTH;

    fn apply(&self, x: f32) -> f32 {
        x * (x / 4.0).exp()
    }
    fn derivative(&self, x: f32, y: f32) -> f32 {
        (x / 4.0).exp() + y / 4.0
    }
}

#[test]
fn an_activation_of_ones_own() {
    checked("own", Activate::<[f32; 9], Own>::new());
    checked("own, fused", Dense::<[f32; 4], [f32; 9], Own>::new());
}

macro_rules! every_activation {
    ($($(#[$doc:meta])* $how:ident $name:ident $snake:literal
       [$($(#[$about:meta])* $argument:ident = $default:literal),*] $gives:ident;)*) => {
        #[test]
        fn activations_alone_and_fused() {
            $(activation!($how $name);)*
        }

        #[test]
        fn scalars_agree_with_slices() {
            $(scalars!($how $name);)*
        }
    };
}
macro_rules! activation {
    (elementwise $name:ident) => {
        checked(stringify!($name), Activate::<[[f32; 11]; 2], $name>::new());
        checked(concat!("Dense + ", stringify!($name)), Dense::<[f32; 5], [f32; 6], $name>::new());
    };
    (rowwise $name:ident) => {
        checked(stringify!($name), $name::<[f32; 11]>::new());
        checked(concat!("rows, ", stringify!($name)), $name::<[[f32; 5]; 3]>::new());
        checked(concat!("one, ", stringify!($name)), $name::<[f32; 1]>::new());
    };
}
macro_rules! scalars {
    (elementwise $name:ident) => {
        let (activation, team) = ($name::default(), nn_core::Team::new(1));
        let x: Vec<f32> = (-40..=40).map(|i| i as f32 / 8.0).collect();
        let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        activation.forward(&team, &x, &mut y);
        activation.backward(&team, &x, &y, &vec![1.0; x.len()], &mut dx);
        for i in 0..x.len() {
            assert_eq!(activation.apply(x[i]), y[i], concat!(stringify!($name), "({})"), x[i]);
            assert_eq!(activation.derivative(x[i], y[i]), dx[i], concat!(stringify!($name), "'({})"), x[i]);
        }
    };
    (rowwise $name:ident) => {};
}
nn_spec::activations!(every_activation);

#[test]
#[should_panic(expected = "the derivative cannot be told from the output")]
fn a_slope_that_the_derivative_cannot_handle_is_refused() {
    Dense::<[f32; 2], [f32; 2], _>::with(LeakyRelu { slope: -0.1 });
}

#[test]
fn shapes_sums_and_joins() {
    checked("reshape", Reshape::<[[f32; 3]; 4], [f32; 12]>::new());
    type V = [f32; 6];
    checked("add 2", Add::<(V, V)>::new());
    checked("add 3", Add::<(V, V, V)>::new());
    checked("add 8", Add::<(V, V, V, V, V, V, V, V)>::new());
    checked("concat vectors", Concat::<([f32; 2], [f32; 3]), [f32; 5]>::new());
    type Image<const C: usize> = [[[f32; 2]; 3]; C];
    checked("concat images", Concat::<(Image<1>, Image<2>, Image<3>), Image<6>>::new());
    checked("concat generic", Concat::<([f32; 3], GenericArray<f32, U5>), GenericArray<f32, U8>>::new());
}

#[test]
fn dropout() {
    for rate in [0.0, 0.3, 0.9, 1.0] {
        checked("dropout", Dropout::<[[f32; 7]; 3]>::new(rate));
    }
}

#[test]
fn learned_slopes() {
    checked("vector", PRelu::<[f32; 7]>::new());
    checked("one for all", PRelu::<[f32; 7], true>::new().init(0.1));
    checked("image", PRelu::<[[[f32; 2]; 3]; 4]>::new().init(-0.5));
    checked("image, one for all", PRelu::<[[[f32; 2]; 3]; 4], true>::new());
}

#[test]
fn normalisations() {
    checked("layer norm", LayerNorm::<[f32; 19]>::new());
    checked("layer norm of positions", LayerNorm::<[[f32; 8]; 3]>::new().eps(0.1));
    checked("layer norm without affine", LayerNorm::<[[f32; 8]; 3], false>::new());
    checked("generic layer norm", LayerNorm::<GenericArray<f32, U8>>::new());
    checked("batch norm", BatchNorm1d::<[f32; 6]>::new());
    checked("generic batch norm", BatchNorm1d::<GenericArray<f32, U8>>::new().eps(0.1));
    checked("residual batch norm", Residual([BatchNorm1d::<[f32; 6]>::new(), BatchNorm1d::new()]));
}

#[test]
fn residual_bodies() {
    checked("reads x", Residual(Dense::<[f32; 6], [f32; 6]>::new()));
    checked("reads y too", Residual(Dense::<[f32; 6], [f32; 6], Tanh>::new()));
    checked("keeps z", Residual(Dense::<[f32; 6], [f32; 6], Gelu>::new()));
    checked("reads nothing", Residual(Activate::<[f32; 6], Identity>::new()));
    checked("residual of residual", Residual(Residual(Dense::<[f32; 6], [f32; 6], Sigmoid>::new())));
    checked("residual of array", Residual([(); 3].map(|()| Dense::<[f32; 6], [f32; 6], Tanh>::new())));
}

fn blocks<const N: usize, A: Activation + Default>() -> [Dense<[f32; 6], [f32; 6], A>; N] {
    core::array::from_fn(|_| Dense::new())
}

#[test]
fn arrays() {
    checked("none", blocks::<0, Tanh>());
    checked("one", blocks::<1, Tanh>());
    checked("two", blocks::<2, Gelu>());
    checked("three", blocks::<3, Own>());
    checked("array of arrays", [blocks::<2, Tanh>(), blocks::<2, Tanh>()]);
    checked("nothing kept, two", [(); 2].map(|()| Activate::<[f32; 6], Identity>::new()));
    checked("nothing kept, three", [(); 3].map(|()| Activate::<[f32; 6], Identity>::new()));
    checked("residuals", blocks::<3, Tanh>().map(Residual));
}

mod wrong {
    //! Layers with one mistake each, to see that the check can fail.
    use super::*;
    use nn_core::{Arena, Context, Memory, Saved, Shape, Size, Tensor, parameters};

    const MISTAKES: [&str; 11] = [
        "derivative",
        "unread input",
        "dx not written",
        "gradient not written",
        "accumulate",
        "a little more where it accumulates",
        "train",
        "dx",
        "evaluation",
        "input where frozen",
        "tape where frozen",
    ];

    /// y = w · x, with a mistake.
    struct Scale {
        weight: Tensor,
        mistake: &'static str,
    }
    parameters! { impl[] Scale, ScaleGrads { weight }, count = 3 }

    impl Layer for Scale {
        type In = [f32; 3];
        type Out = [f32; 3];
        type Gives = LogProbabilities;
        const KIND: &'static str = "Scale";
        const READS: Reads = Reads::INPUT;
        const MEMORY: Memory = Memory { tape: Size::per_sample(3), ..Memory::NONE };
        const FLOPS: u64 = 3;

        fn tape(train: bool, _: bool) -> Size {
            Self::MEMORY.tape.when(train)
        }
        fn reads(train: bool, _: bool) -> Reads {
            Reads { x: train, ..Self::READS }
        }
        fn forward(&self, x: &[[f32; 3]], y: &mut [[f32; 3]], _: Context<'_>) {
            let extra = if self.mistake == "evaluation" { 0.5 } else { 0.0 };
            for (x, y) in x.iter().zip(y) {
                *y = core::array::from_fn(|i| self.weight.values()[i] * x[i] + extra);
            }
        }
        fn forward_train(&self, x: &[[f32; 3]], y: &mut [[f32; 3]], _: Arena<'_>, _: bool, _: Context<'_>) {
            for (x, y) in x.iter().zip(y) {
                *y = core::array::from_fn(|i| self.weight.values()[i] * x[i]);
            }
        }
        fn backward(
            &self,
            mut saved: Saved<'_, Self>,
            dy: &mut [[f32; 3]],
            grads: &mut ScaleGrads,
            train: bool,
            dx: Option<&mut [[f32; 3]]>,
            cx: Context<'_>,
        ) {
            let wrong = |what| self.mistake == what;
            let read = if wrong("unread input") { saved.tape.samples(dy.len()) } else { saved.x };
            if (train || wrong("train")) && !wrong("gradient not written") {
                let factor = match self.mistake {
                    "dx" if dx.is_none() => 2.0,
                    "a little more where it accumulates" if cx.accumulate => 1.0001,
                    _ => 1.0,
                };
                for (i, gradient) in grads.weight.values_mut().iter_mut().enumerate() {
                    let sum: f32 = read.iter().zip(dy.iter()).map(|(x, dy)| x[i] * dy[i]).sum();
                    *gradient = factor * sum + if cx.accumulate && !wrong("accumulate") { *gradient } else { 0.0 };
                }
            }
            let Some(dx) = dx.filter(|_| !wrong("dx not written")) else { return };
            let factor = if wrong("derivative") { 1.01 } else { 1.0 };
            for (dx, dy) in dx.iter_mut().zip(&*dy) {
                *dx = core::array::from_fn(|i| factor * self.weight.values()[i] * dy[i]);
            }
            let looked_at = match self.mistake {
                "input where frozen" => saved.x,
                "tape where frozen" if !train => saved.tape.samples(dy.len()),
                _ => return,
            };
            dx.iter_mut().zip(looked_at).for_each(|(dx, seen)| dx[0] += 0.0 * seen[0]);
        }
    }

    fn verdict(mistake: &'static str) -> Result<()> {
        let mut weight = Tensor::filled(Shape::new(&[3]), 0.0);
        weight.set(&[0.5, -1.0, 2.0])?;
        check::gradients(&mut Scale { weight, mistake }, &Options::default())
    }

    #[test]
    fn every_mistake_is_found() {
        verdict("none").expect("without a mistake");
        for mistake in MISTAKES {
            let error = verdict(mistake).expect_err(mistake).to_string();
            assert!(error.starts_with("the backward pass of `Scale` does not pass its check: "), "{error}");
            println!("{mistake}: {error}");
        }
    }
}

/// An image `[C, H, W]`.
type Image<const C: usize, const H: usize, const W: usize> = [[[f32; W]; H]; C];

#[test]
fn convolutions() {
    type Same = Window<3, 3, 1, 1, 1, 1, 1, 1>;
    checked("one by one", Conv2d::<Image<1, 1, 1>, Image<1, 1, 1>, Window<1, 1>>::new());
    // Biases that keep most sums away from the corner of the activation.
    let apart = (Init::linear(), Init::Uniform { low: -8.0, high: 8.0 });
    let fused = Conv2d::<Hwc<2, 3, 4>, Hwc<9, 3, 4>, Same, Relu>::new();
    checked("fused", fused.initialized(apart.0, apart.1));
    let fused = Conv2d::<Image<2, 3, 4>, Image<9, 3, 4>, Same, Relu>::new();
    checked("fused, channels first", fused.initialized(apart.0, apart.1));
    checked("valid", Conv2d::<Image<1, 6, 5>, Image<3, 4, 3>, Window<3, 3>, Sigmoid>::new());
    checked("same", Conv2d::<Image<2, 4, 5>, Image<17, 4, 5>, Same, Gelu>::new());
    checked("channels last", Conv2d::<Hwc<2, 4, 5>, Hwc<7, 4, 5>, Same, Gelu>::new());
    checked("channels last to first", Conv2d::<Hwc<2, 4, 5>, Image<7, 4, 5>, Same, Own, false>::new());
    checked("channels first to last", Conv2d::<Image<2, 4, 5>, Hwc<7, 4, 5>, Same, Silu>::new());
    checked("strides", Conv2d::<Image<3, 6, 7>, Image<4, 3, 3>, Window<2, 3, 2, 2>, Tanh>::new());
    checked("asymmetric", Conv2d::<Hwc<3, 6, 6>, Hwc<4, 3, 3>, Window<3, 3, 2, 2, 0, 1, 0, 1>>::new());
    checked("groups", Conv2d::<Hwc<4, 5, 5>, Hwc<6, 5, 5>, Same, Silu, true, 2>::new());
    checked("depthwise", Conv2d::<Hwc<5, 5, 5>, Hwc<5, 5, 5>, Same, Silu, true, 5>::new());
    checked("dilated", Conv2d::<Hwc<2, 7, 7>, Hwc<3, 3, 3>, Window<3, 3, 1, 1, 0, 0, 0, 0, 2, 2>>::new());
}

#[test]
fn pools() {
    checked("max", MaxPool2d::<Image<3, 4, 6>, Image<3, 2, 3>, Window<2, 2, 2, 2>>::new());
    checked("max, a rest", MaxPool2d::<Hwc<3, 5, 7>, Hwc<3, 2, 3>, Window<2, 2, 2, 2>>::new());
    checked("max, overlapping", MaxPool2d::<Hwc<2, 5, 5>, Image<2, 3, 3>, Window<3, 3, 2, 2, 1, 1, 1, 1>>::new());
    type Ceil = Window<2, 2, 2, 2, 0, 0, 0, 0, 1, 1, true>;
    checked("max, ceil", MaxPool2d::<Image<2, 5, 5>, Hwc<2, 3, 3>, Ceil>::new());
    checked("mean", AvgPool2d::<Image<3, 4, 6>, Image<3, 2, 3>, Window<2, 2, 2, 2>>::new());
    checked("mean, ceil", AvgPool2d::<Hwc<2, 5, 5>, Hwc<2, 3, 3>, Ceil>::new());
    checked("mean, padded", AvgPool2d::<Hwc<2, 5, 5>, Hwc<2, 3, 3>, Window<3, 3, 2, 2, 1, 1, 1, 1>, false>::new());
    checked("global mean", GlobalAvgPool2d::<Image<5, 3, 4>, [f32; 5]>::new());
    checked("global mean, channels last", GlobalAvgPool2d::<Hwc<5, 3, 4>, Hwc<5, 1, 1>>::new());
}

#[test]
fn pools_over_sequences() {
    checked("max", MaxPool1d::<[[f32; 9]; 3], [[f32; 4]; 3], Window1d<2, 2>>::new());
    checked("max, ceil", MaxPool1d::<Lc<3, 9>, [[f32; 5]; 3], Window1d<2, 2, 0, 0, 1, true>>::new());
    checked("mean", AvgPool1d::<[[f32; 9]; 2], Lc<2, 5>, Window1d<3, 2, 1, 1>, false>::new());
    checked("adaptive mean", AdaptiveAvgPool1d::<[[f32; 7]; 3], [[f32; 3]; 3]>::new());
    checked("global mean", GlobalAvgPool1d::<Lc<3, 5>, [f32; 3]>::new());
}

#[test]
fn normalised_images() {
    checked("channels first", BatchNorm2d::<Image<3, 4, 2>>::new());
    checked("channels last", BatchNorm2d::<Hwc<3, 4, 2>>::new().eps(0.1));
}

#[test]
fn groups_of_channels() {
    checked("channels first", GroupNorm::<Image<6, 2, 3>, 2>::new());
    checked("channels last", GroupNorm::<Hwc<6, 2, 3>, 3>::new().eps(0.1));
    checked("sequences", GroupNorm::<[[f32; 7]; 4], 1>::new());
    checked("vectors", GroupNorm::<[f32; 12], 2>::new());
}

#[test]
fn slopes_of_channels_that_lie_together() {
    checked("image", PRelu::<Hwc<4, 3, 2>>::new().init(-0.5));
    checked("one for all", PRelu::<Hwc<4, 3, 2>, true>::new());
}

#[test]
fn dropout_of_channels() {
    for rate in [0.0, 0.3, 1.0] {
        checked("channels first", Dropout2d::<Image<5, 3, 2>>::new(rate));
        checked("channels last", Dropout2d::<Hwc<5, 3, 2>>::new(rate));
    }
}

#[test]
fn convolutions_of_sequences() {
    checked("same", Conv1d::<[[f32; 7]; 3], [[f32; 7]; 5], Window1d<3, 1, 1, 1>, Gelu>::new());
    checked("strides", Conv1d::<Lc<4, 9>, Lc<6, 4>, Window1d<3, 2>, Relu, false, 2>::new());
    checked("normalised", BatchNorm1d::<[[f32; 5]; 3]>::new());
    checked("normalised, channels last", BatchNorm1d::<Lc<3, 5>>::new());
}

#[test]
fn transposed_convolutions() {
    type Twice = Window<2, 2, 2, 2>;
    checked("twice", ConvTranspose2d::<Image<3, 3, 2>, Image<5, 6, 4>, Twice>::new());
    checked("keeps z", ConvTranspose2d::<Hwc<3, 3, 2>, Hwc<5, 6, 4>, Twice, Gelu>::new());
    checked("reads y", ConvTranspose2d::<Hwc<3, 3, 2>, Image<5, 6, 4>, Twice, Tanh, false>::new());
    type Padded = Window<3, 4, 2, 3, 1, 0, 1, 2>;
    checked("uneven", ConvTranspose2d::<Image<4, 3, 2>, Hwc<6, 7, 5>, Padded, Silu, true, 2>::new());
    type Far = Window<1, 2, 3, 3>;
    checked("pixels that nothing reaches", ConvTranspose2d::<Hwc<3, 2, 2>, Hwc<3, 5, 6>, Far, Own, true, 3>::new());
}

#[test]
fn images_of_other_sizes() {
    checked("zeros around", ZeroPad2d::<Image<3, 2, 4>, Hwc<3, 5, 5>, 1, 2, 0, 1>::new());
    checked("nothing around", ZeroPad2d::<Hwc<3, 2, 4>, Hwc<3, 2, 4>, 0, 0, 0, 0>::new());
    checked("nearest", Upsample::<Image<3, 2, 4>, Image<3, 4, 8>>::new());
    checked("nearest, smaller", Upsample::<Hwc<3, 5, 4>, Hwc<3, 2, 3>>::new());
    checked("bilinear", Upsample::<Hwc<3, 2, 4>, Image<3, 6, 8>, Bilinear>::new());
    checked("bilinear, corners", Upsample::<Hwc<3, 2, 4>, Hwc<3, 5, 7>, Bilinear<true>>::new());
    checked("adaptive mean", AdaptiveAvgPool2d::<Image<3, 7, 5>, Hwc<3, 3, 2>>::new());
    checked("adaptive mean, larger", AdaptiveAvgPool2d::<Hwc<3, 2, 3>, Hwc<3, 3, 7>>::new());
}

#[test]
fn after_a_flattened_image() {
    checked("channels last", Dense::<FlatHwc<3, 2, 4>, [f32; 5], Silu>::new());
}
