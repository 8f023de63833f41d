// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// Images: inside, channels lie together; the input and the output are as declared.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `conv1` | Conv2d + Tanh | `input` | `[6, 28, 28]` |
/// | `pool1` | AvgPool2d | `conv1` | `[6, 14, 14]` |
/// | `conv2` | Conv2d | `pool1` | `[16, 10, 10]` |
/// | `norm` | BatchNorm2d + Relu | `conv2` | `[16, 10, 10]` |
/// | `act` | Relu | `norm` | `[16, 10, 10]` |
/// | `pool2` | MaxPool2d | `act` | `[16, 5, 5]` |
/// | `flat` | Flatten | `pool2` | `[400]` |
/// | `fc` | Dense + Tanh | `flat` | `[120]` |
/// | `logits` | Dense | `fc` | `[10]` |
pub struct LeNet {
    ///Conv2d + Tanh, gives \[6, 28, 28].
    pub conv1: ::nn::layers::Conv2d<
        [[[f32; 28]; 28]; 1],
        ::nn::Hwc<6, 28, 28>,
        ::nn::layers::Window<5, 5, 1, 1, 2, 2, 2, 2>,
        ::nn::layers::Tanh,
    >,
    ///AvgPool2d, gives \[6, 14, 14].
    pub pool1: ::nn::layers::AvgPool2d<
        ::nn::Hwc<6, 28, 28>,
        ::nn::Hwc<6, 14, 14>,
        ::nn::layers::Window<2, 2, 2, 2>,
    >,
    ///Conv2d, gives \[16, 10, 10].
    pub conv2: ::nn::layers::Conv2d<
        ::nn::Hwc<6, 14, 14>,
        ::nn::Hwc<16, 10, 10>,
        ::nn::layers::Window<5, 5>,
    >,
    ///BatchNorm2d + Relu, gives \[16, 10, 10].
    pub norm: ::nn::layers::BatchNorm2d<::nn::Hwc<16, 10, 10>, ::nn::layers::Relu>,
    ///MaxPool2d, gives \[16, 5, 5].
    pub pool2: ::nn::layers::MaxPool2d<
        ::nn::Hwc<16, 10, 10>,
        ::nn::Hwc<16, 5, 5>,
        ::nn::layers::Window<2, 2, 2, 2>,
    >,
    ///Dense + Tanh, gives \[120].
    pub fc: ::nn::layers::Dense<::nn::FlatHwc<16, 5, 5>, [f32; 120], ::nn::layers::Tanh>,
    ///Dense, gives \[10].
    pub logits: ::nn::layers::Dense<[f32; 120], [f32; 10]>,
}
/// The gradients of [`LeNet`], under the names of its lines.
pub struct LeNetGrads {
    /// The gradients of `conv1`.
    pub conv1: <::nn::layers::Conv2d<
        [[[f32; 28]; 28]; 1],
        ::nn::Hwc<6, 28, 28>,
        ::nn::layers::Window<5, 5, 1, 1, 2, 2, 2, 2>,
        ::nn::layers::Tanh,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `conv2`.
    pub conv2: <::nn::layers::Conv2d<
        ::nn::Hwc<6, 14, 14>,
        ::nn::Hwc<16, 10, 10>,
        ::nn::layers::Window<5, 5>,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `norm`.
    pub norm: <::nn::layers::BatchNorm2d<
        ::nn::Hwc<16, 10, 10>,
        ::nn::layers::Relu,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `fc`.
    pub fc: <::nn::layers::Dense<
        ::nn::FlatHwc<16, 5, 5>,
        [f32; 120],
        ::nn::layers::Tanh,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `logits`.
    pub logits: <::nn::layers::Dense<[f32; 120], [f32; 10]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`LeNet`] that has parameters.
#[derive(Clone, Copy)]
pub struct LeNetPerLayer<T: ::core::marker::Copy> {
    /// For `conv1`.
    pub conv1: T,
    /// For `conv2`.
    pub conv2: T,
    /// For `norm`.
    pub norm: T,
    /// For `fc`.
    pub fc: T,
    /// For `logits`.
    pub logits: T,
}
/// A plan of [`LeNet`]: what learns of each line. `nn::plan` says how it is used.
pub trait LeNetPlan: 'static {
    /// What learns of `conv1`.
    type Conv1: ::nn::plan::Plan<
            ::nn::layers::Conv2d<
                [[[f32; 28]; 28]; 1],
                ::nn::Hwc<6, 28, 28>,
                ::nn::layers::Window<5, 5, 1, 1, 2, 2, 2, 2>,
                ::nn::layers::Tanh,
            >,
        >;
    /// What learns of `conv2`.
    type Conv2: ::nn::plan::Plan<
            ::nn::layers::Conv2d<
                ::nn::Hwc<6, 14, 14>,
                ::nn::Hwc<16, 10, 10>,
                ::nn::layers::Window<5, 5>,
            >,
        >;
    /// What learns of `norm`.
    type Norm: ::nn::plan::Plan<
            ::nn::layers::BatchNorm2d<::nn::Hwc<16, 10, 10>, ::nn::layers::Relu>,
        >;
    /// What learns of `fc`.
    type Fc: ::nn::plan::Plan<
            ::nn::layers::Dense<::nn::FlatHwc<16, 5, 5>, [f32; 120], ::nn::layers::Tanh>,
        >;
    /// What learns of `logits`.
    type Logits: ::nn::plan::Plan<::nn::layers::Dense<[f32; 120], [f32; 10]>>;
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type Conv1Layer = ::nn::layers::Conv2d<
        [[[f32; 28]; 28]; 1],
        ::nn::Hwc<6, 28, 28>,
        ::nn::layers::Window<5, 5, 1, 1, 2, 2, 2, 2>,
        ::nn::layers::Tanh,
    >;
    type Pool1Layer = ::nn::layers::AvgPool2d<
        ::nn::Hwc<6, 28, 28>,
        ::nn::Hwc<6, 14, 14>,
        ::nn::layers::Window<2, 2, 2, 2>,
    >;
    type Conv2Layer = ::nn::layers::Conv2d<
        ::nn::Hwc<6, 14, 14>,
        ::nn::Hwc<16, 10, 10>,
        ::nn::layers::Window<5, 5>,
    >;
    type NormLayer = ::nn::layers::BatchNorm2d<
        ::nn::Hwc<16, 10, 10>,
        ::nn::layers::Relu,
    >;
    type Pool2Layer = ::nn::layers::MaxPool2d<
        ::nn::Hwc<16, 10, 10>,
        ::nn::Hwc<16, 5, 5>,
        ::nn::layers::Window<2, 2, 2, 2>,
    >;
    type FcLayer = ::nn::layers::Dense<
        ::nn::FlatHwc<16, 5, 5>,
        [f32; 120],
        ::nn::layers::Tanh,
    >;
    type LogitsLayer = ::nn::layers::Dense<[f32; 120], [f32; 10]>;
    /// A network whose parameters have no values yet.
    fn unset() -> LeNet {
        LeNet {
            conv1: ::nn::layers::Conv2d::with(::nn::layers::Tanh),
            pool1: ::nn::layers::AvgPool2d::new(),
            conv2: ::nn::layers::Conv2d::new(),
            norm: ::nn::layers::BatchNorm2d::with(::nn::layers::Relu),
            pool2: ::nn::layers::MaxPool2d::new(),
            fc: ::nn::layers::Dense::with(::nn::layers::Tanh),
            logits: ::nn::layers::Dense::new(),
        }
    }
    impl LeNet {
        /// The number of trained parameters.
        pub const PARAMS: usize = <Self as ::nn::Parameters>::PARAMS;
        /// Floating-point operations of inference for one sample; a multiply-add is two.
        pub const FLOPS: u64 = <Self as ::nn::Layer>::FLOPS;
        /// Floating-point operations of a training step for one sample, without the optimiser.
        pub const TRAINING_FLOPS: u64 = Self::FLOPS
            + <Self as ::nn::Layer>::BACKWARD_FLOPS;
        /// Bytes of workspace that inference of one sample needs.
        pub const WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY
            .inference_bytes(1);
        /// The most bytes of workspace that a training step with one sample needs.
        pub const TRAINING_WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY
            .training_bytes(1);
        /// The network with initial values that a seed stands for.
        pub fn seeded(seed: u64) -> Self {
            let mut network = unset();
            ::nn::Layer::reset(&mut network, seed);
            network
        }
        /// The network with the weights of a safetensors file, which must have all of them and no others.
        pub fn load(
            path: impl ::core::convert::AsRef<::std::path::Path>,
        ) -> ::nn::Result<Self> {
            let mut network = unset();
            ::nn::storage::load_into(&mut network, path, ::nn::storage::Mode::Strict)?;
            Ok(network)
        }
    }
    impl ::core::default::Default for LeNet {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const CONV1_MEMORY: ::nn::Memory = <Conv1Layer as ::nn::Layer>::MEMORY;
    const POOL1_MEMORY: ::nn::Memory = <Pool1Layer as ::nn::Layer>::MEMORY;
    const CONV2_MEMORY: ::nn::Memory = <Conv2Layer as ::nn::Layer>::MEMORY;
    const NORM_MEMORY: ::nn::Memory = <NormLayer as ::nn::Layer>::MEMORY;
    const POOL2_MEMORY: ::nn::Memory = <Pool2Layer as ::nn::Layer>::MEMORY;
    const FC_MEMORY: ::nn::Memory = <FcLayer as ::nn::Layer>::MEMORY;
    const LOGITS_MEMORY: ::nn::Memory = <LogitsLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <Conv1Layer as ::nn::Layer>::IDLE_TAPE,
            <Pool1Layer as ::nn::Layer>::IDLE_TAPE,
            <Conv2Layer as ::nn::Layer>::IDLE_TAPE,
            <NormLayer as ::nn::Layer>::IDLE_TAPE,
            <Pool2Layer as ::nn::Layer>::IDLE_TAPE,
            <FcLayer as ::nn::Layer>::IDLE_TAPE,
            <LogitsLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`LeNet`] reaches.
    struct LeNetReach {
        conv1: ::nn::Reach,
        pool1: ::nn::Reach,
        conv2: ::nn::Reach,
        norm: ::nn::Reach,
        pool2: ::nn::Reach,
        fc: ::nn::Reach,
        logits: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl LeNetReach {
        fn of(train: LeNetPerLayer<bool>, dx: bool) -> Self {
            let conv1 = ::nn::Reach::of::<Conv1Layer>(dx, train.conv1);
            let pool1 = ::nn::Reach::of::<Pool1Layer>(conv1.line, ());
            let conv2 = ::nn::Reach::of::<Conv2Layer>(pool1.line, train.conv2);
            let norm = ::nn::Reach::of::<NormLayer>(conv2.line, train.norm);
            let pool2 = ::nn::Reach::of::<Pool2Layer>(norm.line, ());
            let fc = ::nn::Reach::of::<FcLayer>(pool2.line, train.fc);
            let logits = ::nn::Reach::of::<LogitsLayer>(fc.line, train.logits);
            Self {
                conv1,
                pool1,
                conv2,
                norm,
                pool2,
                fc,
                logits,
            }
        }
    }
    /// What a training step of [`LeNet`] leaves on the tape.
    struct LeNetTape<'a> {
        conv1: &'a [::nn::Hwc<6, 28, 28>],
        conv1_tape: ::nn::Tape<'a>,
        pool1: &'a [::nn::Hwc<6, 14, 14>],
        pool1_tape: ::nn::Tape<'a>,
        conv2: &'a [::nn::Hwc<16, 10, 10>],
        conv2_tape: ::nn::Tape<'a>,
        norm: &'a [::nn::Hwc<16, 10, 10>],
        norm_tape: ::nn::Tape<'a>,
        pool2: &'a [::nn::Hwc<16, 5, 5>],
        pool2_tape: ::nn::Tape<'a>,
        fc: &'a [[f32; 120]],
        fc_tape: ::nn::Tape<'a>,
        logits_tape: ::nn::Tape<'a>,
    }
    impl<'a> LeNetTape<'a> {
        fn read(mut tape: ::nn::Tape<'a>, train: LeNetPerLayer<bool>, n: usize) -> Self {
            let reach = LeNetReach::of(train, tape.dx());
            Self {
                conv1: ::nn::expand::kept(
                    reach.conv1.reads.y || reach.pool1.reads.x,
                    &mut tape,
                    n,
                ),
                conv1_tape: tape.line::<Conv1Layer>(reach.conv1, train.conv1, n),
                pool1: ::nn::expand::kept(
                    reach.pool1.reads.y || reach.conv2.reads.x,
                    &mut tape,
                    n,
                ),
                pool1_tape: tape.line::<Pool1Layer>(reach.pool1, (), n),
                conv2: ::nn::expand::kept(
                    reach.conv2.reads.y || reach.norm.reads.x,
                    &mut tape,
                    n,
                ),
                conv2_tape: tape.line::<Conv2Layer>(reach.conv2, train.conv2, n),
                norm: ::nn::expand::kept(
                    reach.norm.reads.y || reach.pool2.reads.x,
                    &mut tape,
                    n,
                ),
                norm_tape: tape.line::<NormLayer>(reach.norm, train.norm, n),
                pool2: ::nn::expand::kept(
                    reach.pool2.reads.y || reach.fc.reads.x,
                    &mut tape,
                    n,
                ),
                pool2_tape: tape.line::<Pool2Layer>(reach.pool2, (), n),
                fc: ::nn::expand::kept(
                    reach.fc.reads.y || reach.logits.reads.x,
                    &mut tape,
                    n,
                ),
                fc_tape: tape.line::<FcLayer>(reach.fc, train.fc, n),
                logits_tape: tape.line::<LogitsLayer>(reach.logits, train.logits, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for LeNet {
        type Grads = LeNetGrads;
        type PerLayer<T: Copy> = LeNetPerLayer<T>;
        const PARAMS: usize = <Conv1Layer as ::nn::Parameters>::PARAMS
            + <Conv2Layer as ::nn::Parameters>::PARAMS
            + <NormLayer as ::nn::Parameters>::PARAMS
            + <FcLayer as ::nn::Parameters>::PARAMS
            + <LogitsLayer as ::nn::Parameters>::PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("conv1", 0, <Conv1Layer as ::nn::Parameters>::TENSORS),
                ("conv2", 0, <Conv2Layer as ::nn::Parameters>::TENSORS),
                ("norm", 0, <NormLayer as ::nn::Parameters>::TENSORS),
                ("fc", 0, <FcLayer as ::nn::Parameters>::TENSORS),
                ("logits", 0, <LogitsLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> LeNetGrads {
            LeNetGrads {
                conv1: ::nn::Parameters::grads(&self.conv1),
                conv2: ::nn::Parameters::grads(&self.conv2),
                norm: ::nn::Parameters::grads(&self.norm),
                fc: ::nn::Parameters::grads(&self.fc),
                logits: ::nn::Parameters::grads(&self.logits),
            }
        }
        fn no_grads() -> LeNetGrads {
            LeNetGrads {
                conv1: <Conv1Layer as ::nn::Parameters>::no_grads(),
                conv2: <Conv2Layer as ::nn::Parameters>::no_grads(),
                norm: <NormLayer as ::nn::Parameters>::no_grads(),
                fc: <FcLayer as ::nn::Parameters>::no_grads(),
                logits: <LogitsLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> LeNetPerLayer<T> {
            LeNetPerLayer {
                conv1: <Conv1Layer as ::nn::Parameters>::per_layer(value),
                conv2: <Conv2Layer as ::nn::Parameters>::per_layer(value),
                norm: <NormLayer as ::nn::Parameters>::per_layer(value),
                fc: <FcLayer as ::nn::Parameters>::per_layer(value),
                logits: <LogitsLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: LeNetPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> LeNetPerLayer<U> {
            LeNetPerLayer {
                conv1: <Conv1Layer as ::nn::Parameters>::map_layers(
                    per.conv1,
                    &path.join("conv1"),
                    f,
                ),
                conv2: <Conv2Layer as ::nn::Parameters>::map_layers(
                    per.conv2,
                    &path.join("conv2"),
                    f,
                ),
                norm: <NormLayer as ::nn::Parameters>::map_layers(
                    per.norm,
                    &path.join("norm"),
                    f,
                ),
                fc: <FcLayer as ::nn::Parameters>::map_layers(
                    per.fc,
                    &path.join("fc"),
                    f,
                ),
                logits: <LogitsLayer as ::nn::Parameters>::map_layers(
                    per.logits,
                    &path.join("logits"),
                    f,
                ),
            }
        }
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            ::nn::Parameters::tensors(&self.conv1, &path.join("conv1"), each);
            ::nn::Parameters::tensors(&self.conv2, &path.join("conv2"), each);
            ::nn::Parameters::tensors(&self.norm, &path.join("norm"), each);
            ::nn::Parameters::tensors(&self.fc, &path.join("fc"), each);
            ::nn::Parameters::tensors(&self.logits, &path.join("logits"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(&mut self.conv1, &path.join("conv1"), each);
            ::nn::Parameters::tensors_mut(&mut self.conv2, &path.join("conv2"), each);
            ::nn::Parameters::tensors_mut(&mut self.norm, &path.join("norm"), each);
            ::nn::Parameters::tensors_mut(&mut self.fc, &path.join("fc"), each);
            ::nn::Parameters::tensors_mut(&mut self.logits, &path.join("logits"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut LeNetGrads,
            per: LeNetPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.conv1,
                &mut grads.conv1,
                per.conv1,
                &path.join("conv1"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.conv2,
                &mut grads.conv2,
                per.conv2,
                &path.join("conv2"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.norm,
                &mut grads.norm,
                per.norm,
                &path.join("norm"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.fc,
                &mut grads.fc,
                per.fc,
                &path.join("fc"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.logits,
                &mut grads.logits,
                per.logits,
                &path.join("logits"),
                each,
            );
        }
        fn gradients(
            grads: &mut LeNetGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <Conv1Layer as ::nn::Parameters>::gradients(
                &mut grads.conv1,
                &path.join("conv1"),
                each,
            );
            <Conv2Layer as ::nn::Parameters>::gradients(
                &mut grads.conv2,
                &path.join("conv2"),
                each,
            );
            <NormLayer as ::nn::Parameters>::gradients(
                &mut grads.norm,
                &path.join("norm"),
                each,
            );
            <FcLayer as ::nn::Parameters>::gradients(
                &mut grads.fc,
                &path.join("fc"),
                each,
            );
            <LogitsLayer as ::nn::Parameters>::gradients(
                &mut grads.logits,
                &path.join("logits"),
                each,
            );
        }
    }
    #[allow(unused_variables, unused_mut)]
    impl ::nn::Layer for LeNet {
        type In = [[[f32; 28]; 28]; 1];
        type Out = [f32; 10];
        const KIND: &'static str = "LeNet";
        type Gives = <LogitsLayer as ::nn::Layer>::Gives;
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[
                    CONV1_MEMORY,
                    POOL1_MEMORY,
                    CONV2_MEMORY,
                    NORM_MEMORY,
                    POOL2_MEMORY,
                    FC_MEMORY,
                    LOGITS_MEMORY,
                ],
            )
            .plus(
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(4704),
                        ::nn::Size::per_sample(1176),
                        ::nn::Size::per_sample(1600),
                        ::nn::Size::per_sample(1600),
                        ::nn::Size::per_sample(400),
                        ::nn::Size::per_sample(120),
                    ],
                ),
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(4704),
                        ::nn::Size::per_sample(1176),
                        ::nn::Size::per_sample(1600),
                    ],
                ),
                ::nn::Size::max(
                        &[
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::per_sample(4704),
                                    ::nn::Size::per_sample(1176),
                                    ::nn::Size::per_sample(1600),
                                ],
                            ),
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::per_sample(1600),
                                    ::nn::Size::per_sample(4704),
                                ],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <Conv1Layer as ::nn::Layer>::FLOPS
            + <Pool1Layer as ::nn::Layer>::FLOPS + <Conv2Layer as ::nn::Layer>::FLOPS
            + <NormLayer as ::nn::Layer>::FLOPS + <Pool2Layer as ::nn::Layer>::FLOPS
            + <FcLayer as ::nn::Layer>::FLOPS + <LogitsLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <Conv1Layer as ::nn::Layer>::BACKWARD_FLOPS
            + <Pool1Layer as ::nn::Layer>::BACKWARD_FLOPS
            + <Conv2Layer as ::nn::Layer>::BACKWARD_FLOPS
            + <NormLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <Pool2Layer as ::nn::Layer>::BACKWARD_FLOPS
            + <FcLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <LogitsLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: LeNetPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = LeNetReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.conv1.tape::<Conv1Layer>(train.conv1),
                    ::nn::Size::per_sample(4704)
                        .when(reach.conv1.reads.y || reach.pool1.reads.x),
                    reach.pool1.tape::<Pool1Layer>(()),
                    ::nn::Size::per_sample(1176)
                        .when(reach.pool1.reads.y || reach.conv2.reads.x),
                    reach.conv2.tape::<Conv2Layer>(train.conv2),
                    ::nn::Size::per_sample(1600)
                        .when(reach.conv2.reads.y || reach.norm.reads.x),
                    reach.norm.tape::<NormLayer>(train.norm),
                    ::nn::Size::per_sample(1600)
                        .when(reach.norm.reads.y || reach.pool2.reads.x),
                    reach.pool2.tape::<Pool2Layer>(()),
                    ::nn::Size::per_sample(400)
                        .when(reach.pool2.reads.y || reach.fc.reads.x),
                    reach.fc.tape::<FcLayer>(train.fc),
                    ::nn::Size::per_sample(120)
                        .when(reach.fc.reads.y || reach.logits.reads.x),
                    reach.logits.tape::<LogitsLayer>(train.logits),
                ],
            )
        }
        fn reads(train: LeNetPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = LeNetReach::of(train, dx);
            ::nn::Reads {
                x: reach.conv1.reads.x,
                y: reach.logits.reads.y,
            }
        }
        fn forward(
            &self,
            x: &[[[[f32; 28]; 28]; 1]],
            y: &mut [[f32; 10]],
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let slot0 = cx.slot(::nn::Size::per_sample(4704), n);
            let slot1 = cx.slot(::nn::Size::per_sample(1176), n);
            let slot2 = cx.slot(::nn::Size::per_sample(1600), n);
            let conv1: &mut [::nn::Hwc<6, 28, 28>] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.conv1, x, conv1, cx.line("conv1"));
            let pool1: &mut [::nn::Hwc<6, 14, 14>] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.pool1, &*conv1, pool1, cx.line("pool1"));
            let conv2: &mut [::nn::Hwc<16, 10, 10>] = ::nn::samples_in(slot0, n);
            if !self.conv2.is_folded() {
                ::nn::expand::forward(&self.conv2, &*pool1, conv2, cx.line("conv2"));
            }
            let norm: &mut [::nn::Hwc<16, 10, 10>] = ::nn::samples_in(slot2, n);
            if self.conv2.is_folded() {
                self.conv2.forward_folded(&*pool1, norm, cx.line("conv2"));
            } else {
                ::nn::expand::forward(&self.norm, &*conv2, norm, cx.line("norm"));
            }
            let act: &[::nn::Hwc<16, 10, 10>] = &*norm;
            let pool2: &mut [::nn::Hwc<16, 5, 5>] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.pool2, act, pool2, cx.line("pool2"));
            let flat: &[::nn::FlatHwc<16, 5, 5>] = ::nn::view(&*pool2);
            let fc: &mut [[f32; 120]] = ::nn::samples_in(slot2, n);
            ::nn::expand::forward(&self.fc, flat, fc, cx.line("fc"));
            ::nn::expand::forward(&self.logits, &*fc, y, cx.line("logits"));
        }
        fn forward_train(
            &self,
            x: &[[[[f32; 28]; 28]; 1]],
            y: &mut [[f32; 10]],
            mut tape: ::nn::Arena<'_>,
            train: LeNetPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let reach = LeNetReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(4704), n);
            let slot1 = cx.slot(::nn::Size::per_sample(1176), n);
            let slot2 = cx.slot(::nn::Size::per_sample(1600), n);
            let idle = cx.slot(IDLE, n);
            let conv1: &mut [::nn::Hwc<6, 28, 28>] = ::nn::expand::place(
                reach.conv1.reads.y || reach.pool1.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.conv1,
                x,
                conv1,
                tape.line::<Conv1Layer>(reach.conv1, train.conv1, idle, n),
                train.conv1,
                cx.line("conv1"),
            );
            let pool1: &mut [::nn::Hwc<6, 14, 14>] = ::nn::expand::place(
                reach.pool1.reads.y || reach.conv2.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.pool1,
                &*conv1,
                pool1,
                tape.line::<Pool1Layer>(reach.pool1, (), idle, n),
                (),
                cx.line("pool1"),
            );
            let conv2: &mut [::nn::Hwc<16, 10, 10>] = ::nn::expand::place(
                reach.conv2.reads.y || reach.norm.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.conv2,
                &*pool1,
                conv2,
                tape.line::<Conv2Layer>(reach.conv2, train.conv2, idle, n),
                train.conv2,
                cx.line("conv2"),
            );
            let norm: &mut [::nn::Hwc<16, 10, 10>] = ::nn::expand::place(
                reach.norm.reads.y || reach.pool2.reads.x,
                &mut tape,
                slot2,
                n,
            );
            ::nn::expand::forward_train(
                &self.norm,
                &*conv2,
                norm,
                tape.line::<NormLayer>(reach.norm, train.norm, idle, n),
                train.norm,
                cx.line("norm"),
            );
            let act: &[::nn::Hwc<16, 10, 10>] = &*norm;
            let pool2: &mut [::nn::Hwc<16, 5, 5>] = ::nn::expand::place(
                reach.pool2.reads.y || reach.fc.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.pool2,
                act,
                pool2,
                tape.line::<Pool2Layer>(reach.pool2, (), idle, n),
                (),
                cx.line("pool2"),
            );
            let flat: &[::nn::FlatHwc<16, 5, 5>] = ::nn::view(&*pool2);
            let fc: &mut [[f32; 120]] = ::nn::expand::place(
                reach.fc.reads.y || reach.logits.reads.x,
                &mut tape,
                slot2,
                n,
            );
            ::nn::expand::forward_train(
                &self.fc,
                flat,
                fc,
                tape.line::<FcLayer>(reach.fc, train.fc, idle, n),
                train.fc,
                cx.line("fc"),
            );
            ::nn::expand::forward_train(
                &self.logits,
                &*fc,
                y,
                tape.line::<LogitsLayer>(reach.logits, train.logits, idle, n),
                train.logits,
                cx.line("logits"),
            );
        }
        fn backward(
            &self,
            saved: ::nn::Saved<'_, Self>,
            dy: &mut [[f32; 10]],
            grads: &mut LeNetGrads,
            train: LeNetPerLayer<bool>,
            mut dx: Option<&mut [[[[f32; 28]; 28]; 1]]>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.len();
            let tape = LeNetTape::read(saved.tape, train, n);
            let reach = LeNetReach::of(train, dx.is_some());
            let slot0 = cx.slot(::nn::Size::per_sample(1600), n);
            let slot1 = cx.slot(::nn::Size::per_sample(4704), n);
            let mut d_fc = ::nn::expand::wanted::<[f32; 120]>(reach.fc.line, slot0, n);
            if reach.logits.line {
                ::nn::Layer::backward(
                    &self.logits,
                    ::nn::Saved {
                        x: tape.fc,
                        y: saved.y,
                        tape: tape.logits_tape,
                    },
                    dy,
                    &mut grads.logits,
                    train.logits,
                    d_fc.as_deref_mut(),
                    cx.line("logits"),
                );
            }
            let mut d_pool2 = ::nn::expand::wanted::<
                ::nn::Hwc<16, 5, 5>,
            >(reach.pool2.line, slot1, n);
            if let Some(dy) = d_fc {
                ::nn::Layer::backward(
                    &self.fc,
                    ::nn::Saved {
                        x: ::nn::view(tape.pool2),
                        y: tape.fc,
                        tape: tape.fc_tape,
                    },
                    dy,
                    &mut grads.fc,
                    train.fc,
                    d_pool2.as_deref_mut().map(::nn::view_mut),
                    cx.line("fc"),
                );
            }
            let mut d_norm = ::nn::expand::wanted::<
                ::nn::Hwc<16, 10, 10>,
            >(reach.norm.line, slot0, n);
            if let Some(dy) = d_pool2 {
                ::nn::Layer::backward(
                    &self.pool2,
                    ::nn::Saved {
                        x: tape.norm,
                        y: tape.pool2,
                        tape: tape.pool2_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    d_norm.as_deref_mut(),
                    cx.line("pool2"),
                );
            }
            let mut d_conv2 = ::nn::expand::wanted::<
                ::nn::Hwc<16, 10, 10>,
            >(reach.conv2.line, slot1, n);
            if let Some(dy) = d_norm {
                ::nn::Layer::backward(
                    &self.norm,
                    ::nn::Saved {
                        x: tape.conv2,
                        y: tape.norm,
                        tape: tape.norm_tape,
                    },
                    dy,
                    &mut grads.norm,
                    train.norm,
                    d_conv2.as_deref_mut(),
                    cx.line("norm"),
                );
            }
            let mut d_pool1 = ::nn::expand::wanted::<
                ::nn::Hwc<6, 14, 14>,
            >(reach.pool1.line, slot0, n);
            if let Some(dy) = d_conv2 {
                ::nn::Layer::backward(
                    &self.conv2,
                    ::nn::Saved {
                        x: tape.pool1,
                        y: tape.conv2,
                        tape: tape.conv2_tape,
                    },
                    dy,
                    &mut grads.conv2,
                    train.conv2,
                    d_pool1.as_deref_mut(),
                    cx.line("conv2"),
                );
            }
            let mut d_conv1 = ::nn::expand::wanted::<
                ::nn::Hwc<6, 28, 28>,
            >(reach.conv1.line, slot1, n);
            if let Some(dy) = d_pool1 {
                ::nn::Layer::backward(
                    &self.pool1,
                    ::nn::Saved {
                        x: tape.conv1,
                        y: tape.pool1,
                        tape: tape.pool1_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    d_conv1.as_deref_mut(),
                    cx.line("pool1"),
                );
            }
            if let Some(dy) = d_conv1 {
                ::nn::Layer::backward(
                    &self.conv1,
                    ::nn::Saved {
                        x: saved.x,
                        y: tape.conv1,
                        tape: tape.conv1_tape,
                    },
                    dy,
                    &mut grads.conv1,
                    train.conv1,
                    dx,
                    cx.line("conv1"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.conv1, ::nn::random::fold(key, "conv1"));
            ::nn::Layer::reset(&mut self.conv2, ::nn::random::fold(key, "conv2"));
            ::nn::Layer::reset(&mut self.norm, ::nn::random::fold(key, "norm"));
            ::nn::Layer::reset(&mut self.fc, ::nn::random::fold(key, "fc"));
            ::nn::Layer::reset(&mut self.logits, ::nn::random::fold(key, "logits"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: LeNetPerLayer<bool>,
        ) {
            let reach = LeNetReach::of(train, tape.dx());
            let tape = LeNetTape::read(tape, train, n);
            if reach.conv1.line {
                ::nn::Layer::commit(&mut self.conv1, tape.conv1_tape, n, train.conv1);
            }
            if reach.conv2.line {
                ::nn::Layer::commit(&mut self.conv2, tape.conv2_tape, n, train.conv2);
            }
            if reach.norm.line {
                ::nn::Layer::commit(&mut self.norm, tape.norm_tape, n, train.norm);
            }
            if reach.fc.line {
                ::nn::Layer::commit(&mut self.fc, tape.fc_tape, n, train.fc);
            }
            if reach.logits.line {
                ::nn::Layer::commit(&mut self.logits, tape.logits_tape, n, train.logits);
            }
        }
        fn prepare(&mut self) {
            self.conv2.fold(&self.norm);
            ::nn::Layer::prepare(&mut self.conv1);
            ::nn::Layer::prepare(&mut self.pool1);
            ::nn::Layer::prepare(&mut self.conv2);
            ::nn::Layer::prepare(&mut self.norm);
            ::nn::Layer::prepare(&mut self.pool2);
            ::nn::Layer::prepare(&mut self.fc);
            ::nn::Layer::prepare(&mut self.logits);
        }
        fn bottom(&self, train: LeNetPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = LeNetReach::of(train, false);
            bottom.line("conv1", &self.conv1, train.conv1, reach.conv1.line, true);
            bottom.line("pool1", &self.pool1, (), reach.pool1.line, true);
            bottom.line("conv2", &self.conv2, train.conv2, reach.conv2.line, true);
            bottom.line("norm", &self.norm, train.norm, reach.norm.line, true);
            bottom.line("pool2", &self.pool2, (), reach.pool2.line, true);
            bottom.line("fc", &self.fc, train.fc, reach.fc.line, true);
            bottom.line("logits", &self.logits, train.logits, reach.logits.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            <Conv1Layer as ::nn::Layer>::rows(&path.join("conv1"), each);
            <Pool1Layer as ::nn::Layer>::rows(&path.join("pool1"), each);
            <Conv2Layer as ::nn::Layer>::rows(&path.join("conv2"), each);
            <NormLayer as ::nn::Layer>::rows(&path.join("norm"), each);
            each(
                ::nn::Row::view(
                    &path.join("act"),
                    "Relu",
                    <::nn::Hwc<16, 10, 10> as ::nn::Value>::text(),
                ),
            );
            <Pool2Layer as ::nn::Layer>::rows(&path.join("pool2"), each);
            each(
                ::nn::Row::view(
                    &path.join("flat"),
                    "Flatten",
                    <::nn::FlatHwc<16, 5, 5> as ::nn::Value>::text(),
                ),
            );
            <FcLayer as ::nn::Layer>::rows(&path.join("fc"), each);
            <LogitsLayer as ::nn::Layer>::rows(&path.join("logits"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: LeNetPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.len();
            let reach = LeNetReach::of(train, saved.tape.dx());
            let tape = LeNetTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                Conv1Layer,
            >(
                reach.conv1,
                ::nn::Saved {
                    x: saved.x,
                    y: tape.conv1,
                    tape: tape.conv1_tape,
                },
                train.conv1,
                &path.join("conv1"),
                each,
            );
            ::nn::expand::outputs::<
                Pool1Layer,
            >(
                reach.pool1,
                ::nn::Saved {
                    x: tape.conv1,
                    y: tape.pool1,
                    tape: tape.pool1_tape,
                },
                (),
                &path.join("pool1"),
                each,
            );
            ::nn::expand::outputs::<
                Conv2Layer,
            >(
                reach.conv2,
                ::nn::Saved {
                    x: tape.pool1,
                    y: tape.conv2,
                    tape: tape.conv2_tape,
                },
                train.conv2,
                &path.join("conv2"),
                each,
            );
            ::nn::expand::outputs::<
                NormLayer,
            >(
                reach.norm,
                ::nn::Saved {
                    x: tape.conv2,
                    y: tape.norm,
                    tape: tape.norm_tape,
                },
                train.norm,
                &path.join("norm"),
                each,
            );
            ::nn::expand::outputs::<
                Pool2Layer,
            >(
                reach.pool2,
                ::nn::Saved {
                    x: tape.norm,
                    y: tape.pool2,
                    tape: tape.pool2_tape,
                },
                (),
                &path.join("pool2"),
                each,
            );
            ::nn::expand::outputs::<
                FcLayer,
            >(
                reach.fc,
                ::nn::Saved {
                    x: ::nn::view(tape.pool2),
                    y: tape.fc,
                    tape: tape.fc_tape,
                },
                train.fc,
                &path.join("fc"),
                each,
            );
            ::nn::expand::outputs::<
                LogitsLayer,
            >(
                reach.logits,
                ::nn::Saved {
                    x: tape.fc,
                    y: saved.y,
                    tape: tape.logits_tape,
                },
                train.logits,
                &path.join("logits"),
                each,
            );
        }
    }
    ::nn::planned_network! {
        pub LeNet : LeNetGrads, LeNetPerLayer; LeNetPlan : LeNetPlannedGrads,
        LeNetPlannedPerLayer; path; learning { conv1 : Conv1Layer as Conv1, & path
        .join("conv1"); conv2 : Conv2Layer as Conv2, & path.join("conv2"); norm :
        NormLayer as Norm, & path.join("norm"); fc : FcLayer as Fc, & path.join("fc");
        logits : LogitsLayer as Logits, & path.join("logits"); }
    }
};
