// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// Low-rank adapters before an activation, on a convolution and on a dense layer; what stands between is as ever.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `conv` | Conv2d + Relu, LoRA 2 | `input` | `[8, 8, 8]` |
/// | `pool` | MaxPool2d | `conv` | `[8, 4, 4]` |
/// | `flat` | Flatten | `pool` | `[128]` |
/// | `hidden` | Dense + Gelu, LoRA 4 | `flat` | `[32]` |
/// | `act` | Gelu | `hidden` | `[32]` |
/// | `logits` | Dense | `act` | `[10]` |
pub struct Adapted {
    ///Conv2d + Relu, LoRA 2, gives \[8, 8, 8].
    pub conv: ::nn::layers::Lora<
        ::nn::layers::Conv2d<
            [[[f32; 8]; 8]; 3],
            ::nn::Hwc<8, 8, 8>,
            ::nn::layers::Window<3, 3, 1, 1, 1, 1, 1, 1>,
            ::nn::layers::Relu,
        >,
        2,
    >,
    ///MaxPool2d, gives \[8, 4, 4].
    pub pool: ::nn::layers::MaxPool2d<
        ::nn::Hwc<8, 8, 8>,
        ::nn::Hwc<8, 4, 4>,
        ::nn::layers::Window<2, 2, 2, 2>,
    >,
    /// The layer before the scores.
    pub hidden: ::nn::layers::Lora<
        ::nn::layers::Dense<
            ::nn::FlatHwc<8, 4, 4>,
            [f32; 32],
            ::nn::layers::Gelu,
            false,
        >,
        4,
    >,
    ///Dense, gives \[10].
    pub logits: ::nn::layers::Dense<[f32; 32], [f32; 10]>,
}
/// The gradients of [`Adapted`], under the names of its lines.
pub struct AdaptedGrads {
    /// The gradients of `conv`.
    pub conv: <::nn::layers::Lora<
        ::nn::layers::Conv2d<
            [[[f32; 8]; 8]; 3],
            ::nn::Hwc<8, 8, 8>,
            ::nn::layers::Window<3, 3, 1, 1, 1, 1, 1, 1>,
            ::nn::layers::Relu,
        >,
        2,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `hidden`.
    pub hidden: <::nn::layers::Lora<
        ::nn::layers::Dense<
            ::nn::FlatHwc<8, 4, 4>,
            [f32; 32],
            ::nn::layers::Gelu,
            false,
        >,
        4,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `logits`.
    pub logits: <::nn::layers::Dense<[f32; 32], [f32; 10]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`Adapted`] that has parameters.
#[derive(Clone, Copy)]
pub struct AdaptedPerLayer<T: ::core::marker::Copy> {
    /// For `conv`.
    pub conv: T,
    /// For `hidden`.
    pub hidden: T,
    /// For `logits`.
    pub logits: T,
}
/// A plan of [`Adapted`]: what learns of each line. `nn::plan` says how it is used.
pub trait AdaptedPlan: 'static {
    /// What learns of `conv`.
    type Conv: ::nn::plan::Plan<
            ::nn::layers::Lora<
                ::nn::layers::Conv2d<
                    [[[f32; 8]; 8]; 3],
                    ::nn::Hwc<8, 8, 8>,
                    ::nn::layers::Window<3, 3, 1, 1, 1, 1, 1, 1>,
                    ::nn::layers::Relu,
                >,
                2,
            >,
        >;
    /// What learns of `hidden`.
    type Hidden: ::nn::plan::Plan<
            ::nn::layers::Lora<
                ::nn::layers::Dense<
                    ::nn::FlatHwc<8, 4, 4>,
                    [f32; 32],
                    ::nn::layers::Gelu,
                    false,
                >,
                4,
            >,
        >;
    /// What learns of `logits`.
    type Logits: ::nn::plan::Plan<::nn::layers::Dense<[f32; 32], [f32; 10]>>;
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type ConvLayer = ::nn::layers::Lora<
        ::nn::layers::Conv2d<
            [[[f32; 8]; 8]; 3],
            ::nn::Hwc<8, 8, 8>,
            ::nn::layers::Window<3, 3, 1, 1, 1, 1, 1, 1>,
            ::nn::layers::Relu,
        >,
        2,
    >;
    type PoolLayer = ::nn::layers::MaxPool2d<
        ::nn::Hwc<8, 8, 8>,
        ::nn::Hwc<8, 4, 4>,
        ::nn::layers::Window<2, 2, 2, 2>,
    >;
    type HiddenLayer = ::nn::layers::Lora<
        ::nn::layers::Dense<
            ::nn::FlatHwc<8, 4, 4>,
            [f32; 32],
            ::nn::layers::Gelu,
            false,
        >,
        4,
    >;
    type LogitsLayer = ::nn::layers::Dense<[f32; 32], [f32; 10]>;
    /// A network whose parameters have no values yet.
    fn unset() -> Adapted {
        Adapted {
            conv: ::nn::layers::Lora::new(
                ::nn::layers::Conv2d::with(::nn::layers::Relu),
                4.0,
                0.05,
            ),
            pool: ::nn::layers::MaxPool2d::new(),
            hidden: ::nn::layers::Lora::new(
                ::nn::layers::Dense::with(::nn::layers::Gelu),
                4.0,
                0.0,
            ),
            logits: ::nn::layers::Dense::new(),
        }
    }
    impl Adapted {
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
    impl ::core::default::Default for Adapted {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const CONV_MEMORY: ::nn::Memory = <ConvLayer as ::nn::Layer>::MEMORY;
    const POOL_MEMORY: ::nn::Memory = <PoolLayer as ::nn::Layer>::MEMORY;
    const HIDDEN_MEMORY: ::nn::Memory = <HiddenLayer as ::nn::Layer>::MEMORY;
    const LOGITS_MEMORY: ::nn::Memory = <LogitsLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <ConvLayer as ::nn::Layer>::IDLE_TAPE,
            <PoolLayer as ::nn::Layer>::IDLE_TAPE,
            <HiddenLayer as ::nn::Layer>::IDLE_TAPE,
            <LogitsLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`Adapted`] reaches.
    struct AdaptedReach {
        conv: ::nn::Reach,
        pool: ::nn::Reach,
        hidden: ::nn::Reach,
        logits: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl AdaptedReach {
        fn of(train: AdaptedPerLayer<bool>, dx: bool) -> Self {
            let conv = ::nn::Reach::of::<ConvLayer>(dx, train.conv);
            let pool = ::nn::Reach::of::<PoolLayer>(conv.line, ());
            let hidden = ::nn::Reach::of::<HiddenLayer>(pool.line, train.hidden);
            let logits = ::nn::Reach::of::<LogitsLayer>(hidden.line, train.logits);
            Self { conv, pool, hidden, logits }
        }
    }
    /// What a training step of [`Adapted`] leaves on the tape.
    struct AdaptedTape<'a> {
        conv: &'a [::nn::Hwc<8, 8, 8>],
        conv_tape: ::nn::Tape<'a>,
        pool: &'a [::nn::Hwc<8, 4, 4>],
        pool_tape: ::nn::Tape<'a>,
        hidden: &'a [[f32; 32]],
        hidden_tape: ::nn::Tape<'a>,
        logits_tape: ::nn::Tape<'a>,
    }
    impl<'a> AdaptedTape<'a> {
        fn read(
            mut tape: ::nn::Tape<'a>,
            train: AdaptedPerLayer<bool>,
            n: usize,
        ) -> Self {
            let reach = AdaptedReach::of(train, tape.dx());
            Self {
                conv: ::nn::expand::kept(
                    reach.conv.reads.y || reach.pool.reads.x,
                    &mut tape,
                    n,
                ),
                conv_tape: tape.line::<ConvLayer>(reach.conv, train.conv, n),
                pool: ::nn::expand::kept(
                    reach.pool.reads.y || reach.hidden.reads.x,
                    &mut tape,
                    n,
                ),
                pool_tape: tape.line::<PoolLayer>(reach.pool, (), n),
                hidden: ::nn::expand::kept(
                    reach.hidden.reads.y || reach.logits.reads.x,
                    &mut tape,
                    n,
                ),
                hidden_tape: tape.line::<HiddenLayer>(reach.hidden, train.hidden, n),
                logits_tape: tape.line::<LogitsLayer>(reach.logits, train.logits, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for Adapted {
        type Grads = AdaptedGrads;
        type PerLayer<T: Copy> = AdaptedPerLayer<T>;
        const PARAMS: usize = <ConvLayer as ::nn::Parameters>::PARAMS
            + <HiddenLayer as ::nn::Parameters>::PARAMS
            + <LogitsLayer as ::nn::Parameters>::PARAMS;
        const FROZEN_PARAMS: usize = <ConvLayer as ::nn::Parameters>::FROZEN_PARAMS
            + <HiddenLayer as ::nn::Parameters>::FROZEN_PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("conv", 0, <ConvLayer as ::nn::Parameters>::TENSORS),
                ("fc.0", 0, <HiddenLayer as ::nn::Parameters>::TENSORS),
                ("logits", 0, <LogitsLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> AdaptedGrads {
            AdaptedGrads {
                conv: ::nn::Parameters::grads(&self.conv),
                hidden: ::nn::Parameters::grads(&self.hidden),
                logits: ::nn::Parameters::grads(&self.logits),
            }
        }
        fn no_grads() -> AdaptedGrads {
            AdaptedGrads {
                conv: <ConvLayer as ::nn::Parameters>::no_grads(),
                hidden: <HiddenLayer as ::nn::Parameters>::no_grads(),
                logits: <LogitsLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> AdaptedPerLayer<T> {
            AdaptedPerLayer {
                conv: <ConvLayer as ::nn::Parameters>::per_layer(value),
                hidden: <HiddenLayer as ::nn::Parameters>::per_layer(value),
                logits: <LogitsLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: AdaptedPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> AdaptedPerLayer<U> {
            AdaptedPerLayer {
                conv: <ConvLayer as ::nn::Parameters>::map_layers(
                    per.conv,
                    &path.join("conv"),
                    f,
                ),
                hidden: <HiddenLayer as ::nn::Parameters>::map_layers(
                    per.hidden,
                    &path.join("fc.0"),
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
            ::nn::Parameters::tensors(&self.conv, &path.join("conv"), each);
            ::nn::Parameters::tensors(&self.hidden, &path.join("fc.0"), each);
            ::nn::Parameters::tensors(&self.logits, &path.join("logits"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(&mut self.conv, &path.join("conv"), each);
            ::nn::Parameters::tensors_mut(&mut self.hidden, &path.join("fc.0"), each);
            ::nn::Parameters::tensors_mut(&mut self.logits, &path.join("logits"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut AdaptedGrads,
            per: AdaptedPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.conv,
                &mut grads.conv,
                per.conv,
                &path.join("conv"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.hidden,
                &mut grads.hidden,
                per.hidden,
                &path.join("fc.0"),
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
            grads: &mut AdaptedGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <ConvLayer as ::nn::Parameters>::gradients(
                &mut grads.conv,
                &path.join("conv"),
                each,
            );
            <HiddenLayer as ::nn::Parameters>::gradients(
                &mut grads.hidden,
                &path.join("fc.0"),
                each,
            );
            <LogitsLayer as ::nn::Parameters>::gradients(
                &mut grads.logits,
                &path.join("logits"),
                each,
            );
        }
        fn adapters(&self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapter<'_>) {
            ::nn::Parameters::adapters(&self.conv, &path.join("conv"), each);
            ::nn::Parameters::adapters(&self.hidden, &path.join("fc.0"), each);
        }
        fn adapters_mut(
            &mut self,
            path: &::nn::Path<'_>,
            each: ::nn::lora::EachAdapterMut<'_>,
        ) {
            ::nn::Parameters::adapters_mut(&mut self.conv, &path.join("conv"), each);
            ::nn::Parameters::adapters_mut(&mut self.hidden, &path.join("fc.0"), each);
        }
    }
    #[allow(unused_variables, unused_mut)]
    impl ::nn::Layer for Adapted {
        type In = [[[f32; 8]; 8]; 3];
        type Out = [f32; 10];
        const KIND: &'static str = "Adapted";
        type Gives = <LogitsLayer as ::nn::Layer>::Gives;
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[CONV_MEMORY, POOL_MEMORY, HIDDEN_MEMORY, LOGITS_MEMORY],
            )
            .plus(
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(512),
                        ::nn::Size::per_sample(128),
                        ::nn::Size::per_sample(32),
                    ],
                ),
                ::nn::Size::sum(
                    &[::nn::Size::per_sample(512), ::nn::Size::per_sample(128)],
                ),
                ::nn::Size::max(
                        &[
                            ::nn::Size::sum(
                                &[::nn::Size::per_sample(512), ::nn::Size::per_sample(128)],
                            ),
                            ::nn::Size::sum(
                                &[::nn::Size::per_sample(512), ::nn::Size::per_sample(128)],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <ConvLayer as ::nn::Layer>::FLOPS
            + <PoolLayer as ::nn::Layer>::FLOPS + <HiddenLayer as ::nn::Layer>::FLOPS
            + <LogitsLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <ConvLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <PoolLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <HiddenLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <LogitsLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: AdaptedPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = AdaptedReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.conv.tape::<ConvLayer>(train.conv),
                    ::nn::Size::per_sample(512)
                        .when(reach.conv.reads.y || reach.pool.reads.x),
                    reach.pool.tape::<PoolLayer>(()),
                    ::nn::Size::per_sample(128)
                        .when(reach.pool.reads.y || reach.hidden.reads.x),
                    reach.hidden.tape::<HiddenLayer>(train.hidden),
                    ::nn::Size::per_sample(32)
                        .when(reach.hidden.reads.y || reach.logits.reads.x),
                    reach.logits.tape::<LogitsLayer>(train.logits),
                ],
            )
        }
        fn reads(train: AdaptedPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = AdaptedReach::of(train, dx);
            ::nn::Reads {
                x: reach.conv.reads.x,
                y: reach.logits.reads.y,
            }
        }
        fn forward(
            &self,
            x: &[[[[f32; 8]; 8]; 3]],
            y: &mut [[f32; 10]],
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let slot0 = cx.slot(::nn::Size::per_sample(512), n);
            let slot1 = cx.slot(::nn::Size::per_sample(128), n);
            let conv: &mut [::nn::Hwc<8, 8, 8>] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.conv, x, conv, cx.line("conv"));
            let pool: &mut [::nn::Hwc<8, 4, 4>] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.pool, &*conv, pool, cx.line("pool"));
            let flat: &[::nn::FlatHwc<8, 4, 4>] = ::nn::view(&*pool);
            let hidden: &mut [[f32; 32]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.hidden, flat, hidden, cx.line("hidden"));
            let act: &[[f32; 32]] = &*hidden;
            ::nn::expand::forward(&self.logits, act, y, cx.line("logits"));
        }
        fn forward_train(
            &self,
            x: &[[[[f32; 8]; 8]; 3]],
            y: &mut [[f32; 10]],
            mut tape: ::nn::Arena<'_>,
            train: AdaptedPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let reach = AdaptedReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(512), n);
            let slot1 = cx.slot(::nn::Size::per_sample(128), n);
            let idle = cx.slot(IDLE, n);
            let conv: &mut [::nn::Hwc<8, 8, 8>] = ::nn::expand::place(
                reach.conv.reads.y || reach.pool.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.conv,
                x,
                conv,
                tape.line::<ConvLayer>(reach.conv, train.conv, idle, n),
                train.conv,
                cx.line("conv"),
            );
            let pool: &mut [::nn::Hwc<8, 4, 4>] = ::nn::expand::place(
                reach.pool.reads.y || reach.hidden.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.pool,
                &*conv,
                pool,
                tape.line::<PoolLayer>(reach.pool, (), idle, n),
                (),
                cx.line("pool"),
            );
            let flat: &[::nn::FlatHwc<8, 4, 4>] = ::nn::view(&*pool);
            let hidden: &mut [[f32; 32]] = ::nn::expand::place(
                reach.hidden.reads.y || reach.logits.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.hidden,
                flat,
                hidden,
                tape.line::<HiddenLayer>(reach.hidden, train.hidden, idle, n),
                train.hidden,
                cx.line("hidden"),
            );
            let act: &[[f32; 32]] = &*hidden;
            ::nn::expand::forward_train(
                &self.logits,
                act,
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
            grads: &mut AdaptedGrads,
            train: AdaptedPerLayer<bool>,
            mut dx: Option<&mut [[[[f32; 8]; 8]; 3]]>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.len();
            let tape = AdaptedTape::read(saved.tape, train, n);
            let reach = AdaptedReach::of(train, dx.is_some());
            let slot0 = cx.slot(::nn::Size::per_sample(512), n);
            let slot1 = cx.slot(::nn::Size::per_sample(128), n);
            let mut d_hidden = ::nn::expand::wanted::<
                [f32; 32],
            >(reach.hidden.line, slot0, n);
            if reach.logits.line {
                ::nn::Layer::backward(
                    &self.logits,
                    ::nn::Saved {
                        x: tape.hidden,
                        y: saved.y,
                        tape: tape.logits_tape,
                    },
                    dy,
                    &mut grads.logits,
                    train.logits,
                    d_hidden.as_deref_mut(),
                    cx.line("logits"),
                );
            }
            let mut d_pool = ::nn::expand::wanted::<
                ::nn::Hwc<8, 4, 4>,
            >(reach.pool.line, slot1, n);
            if let Some(dy) = d_hidden {
                ::nn::Layer::backward(
                    &self.hidden,
                    ::nn::Saved {
                        x: ::nn::view(tape.pool),
                        y: tape.hidden,
                        tape: tape.hidden_tape,
                    },
                    dy,
                    &mut grads.hidden,
                    train.hidden,
                    d_pool.as_deref_mut().map(::nn::view_mut),
                    cx.line("hidden"),
                );
            }
            let mut d_conv = ::nn::expand::wanted::<
                ::nn::Hwc<8, 8, 8>,
            >(reach.conv.line, slot0, n);
            if let Some(dy) = d_pool {
                ::nn::Layer::backward(
                    &self.pool,
                    ::nn::Saved {
                        x: tape.conv,
                        y: tape.pool,
                        tape: tape.pool_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    d_conv.as_deref_mut(),
                    cx.line("pool"),
                );
            }
            if let Some(dy) = d_conv {
                ::nn::Layer::backward(
                    &self.conv,
                    ::nn::Saved {
                        x: saved.x,
                        y: tape.conv,
                        tape: tape.conv_tape,
                    },
                    dy,
                    &mut grads.conv,
                    train.conv,
                    dx,
                    cx.line("conv"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.conv, ::nn::random::fold(key, "conv"));
            ::nn::Layer::reset(&mut self.hidden, ::nn::random::fold(key, "hidden"));
            ::nn::Layer::reset(&mut self.logits, ::nn::random::fold(key, "logits"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: AdaptedPerLayer<bool>,
        ) {
            let reach = AdaptedReach::of(train, tape.dx());
            let tape = AdaptedTape::read(tape, train, n);
            if reach.conv.line {
                ::nn::Layer::commit(&mut self.conv, tape.conv_tape, n, train.conv);
            }
            if reach.hidden.line {
                ::nn::Layer::commit(&mut self.hidden, tape.hidden_tape, n, train.hidden);
            }
            if reach.logits.line {
                ::nn::Layer::commit(&mut self.logits, tape.logits_tape, n, train.logits);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.conv);
            ::nn::Layer::prepare(&mut self.pool);
            ::nn::Layer::prepare(&mut self.hidden);
            ::nn::Layer::prepare(&mut self.logits);
        }
        fn bottom(&self, train: AdaptedPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = AdaptedReach::of(train, false);
            bottom.line("conv", &self.conv, train.conv, reach.conv.line, true);
            bottom.line("pool", &self.pool, (), reach.pool.line, true);
            bottom.line("hidden", &self.hidden, train.hidden, reach.hidden.line, true);
            bottom.line("logits", &self.logits, train.logits, reach.logits.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            <ConvLayer as ::nn::Layer>::rows(&path.join("conv"), each);
            <PoolLayer as ::nn::Layer>::rows(&path.join("pool"), each);
            each(
                ::nn::Row::view(
                    &path.join("flat"),
                    "Flatten",
                    <::nn::FlatHwc<8, 4, 4> as ::nn::Value>::text(),
                ),
            );
            <HiddenLayer as ::nn::Layer>::rows(&path.join("fc.0"), each);
            each(
                ::nn::Row::view(
                    &path.join("act"),
                    "Gelu",
                    <[f32; 32] as ::nn::Value>::text(),
                ),
            );
            <LogitsLayer as ::nn::Layer>::rows(&path.join("logits"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: AdaptedPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.len();
            let reach = AdaptedReach::of(train, saved.tape.dx());
            let tape = AdaptedTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                ConvLayer,
            >(
                reach.conv,
                ::nn::Saved {
                    x: saved.x,
                    y: tape.conv,
                    tape: tape.conv_tape,
                },
                train.conv,
                &path.join("conv"),
                each,
            );
            ::nn::expand::outputs::<
                PoolLayer,
            >(
                reach.pool,
                ::nn::Saved {
                    x: tape.conv,
                    y: tape.pool,
                    tape: tape.pool_tape,
                },
                (),
                &path.join("pool"),
                each,
            );
            ::nn::expand::outputs::<
                HiddenLayer,
            >(
                reach.hidden,
                ::nn::Saved {
                    x: ::nn::view(tape.pool),
                    y: tape.hidden,
                    tape: tape.hidden_tape,
                },
                train.hidden,
                &path.join("fc.0"),
                each,
            );
            ::nn::expand::outputs::<
                LogitsLayer,
            >(
                reach.logits,
                ::nn::Saved {
                    x: tape.hidden,
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
        pub Adapted : AdaptedGrads, AdaptedPerLayer; AdaptedPlan : AdaptedPlannedGrads,
        AdaptedPlannedPerLayer; path; learning { conv : ConvLayer as Conv, & path
        .join("conv"); hidden : HiddenLayer as Hidden, & path.join("fc.0"); logits :
        LogitsLayer as Logits, & path.join("logits"); }
    }
};
#[allow(long_running_const_eval)]
const _: () = ::nn::expand::check_names(
    "network `Adapted`: two tensors are called `",
    &<Adapted as ::nn::Parameters>::TENSORS,
    "` in files\n\nhelp: write another `#[name]`: files tell tensors apart by it",
);
