// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// Handwritten digits.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `hidden1` | Dense + Relu | `input` | `[128]` |
/// | `hidden2` | Dense + Relu | `hidden1` | `[64]` |
/// | `logits` | Dense | `hidden2` | `[10]` |
pub struct Digits {
    ///Dense + Relu, gives \[128].
    pub hidden1: ::nn::layers::Dense<[f32; 784], [f32; 128], ::nn::layers::Relu>,
    ///Dense + Relu, gives \[64].
    pub hidden2: ::nn::layers::Dense<[f32; 128], [f32; 64], ::nn::layers::Relu>,
    ///Dense, gives \[10].
    pub logits: ::nn::layers::Dense<[f32; 64], [f32; 10]>,
}
/// The gradients of [`Digits`], under the names of its lines.
pub struct DigitsGrads {
    /// The gradients of `hidden1`.
    pub hidden1: <::nn::layers::Dense<
        [f32; 784],
        [f32; 128],
        ::nn::layers::Relu,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `hidden2`.
    pub hidden2: <::nn::layers::Dense<
        [f32; 128],
        [f32; 64],
        ::nn::layers::Relu,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `logits`.
    pub logits: <::nn::layers::Dense<[f32; 64], [f32; 10]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`Digits`] that has parameters.
#[derive(Clone, Copy)]
pub struct DigitsPerLayer<T: ::core::marker::Copy> {
    /// For `hidden1`.
    pub hidden1: T,
    /// For `hidden2`.
    pub hidden2: T,
    /// For `logits`.
    pub logits: T,
}
/// A plan of [`Digits`]: what learns of each line. `nn::plan` says how it is used.
pub trait DigitsPlan: 'static {
    /// What learns of `hidden1`.
    type Hidden1: ::nn::plan::Plan<
            ::nn::layers::Dense<[f32; 784], [f32; 128], ::nn::layers::Relu>,
        >;
    /// What learns of `hidden2`.
    type Hidden2: ::nn::plan::Plan<
            ::nn::layers::Dense<[f32; 128], [f32; 64], ::nn::layers::Relu>,
        >;
    /// What learns of `logits`.
    type Logits: ::nn::plan::Plan<::nn::layers::Dense<[f32; 64], [f32; 10]>>;
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type Hidden1Layer = ::nn::layers::Dense<[f32; 784], [f32; 128], ::nn::layers::Relu>;
    type Hidden2Layer = ::nn::layers::Dense<[f32; 128], [f32; 64], ::nn::layers::Relu>;
    type LogitsLayer = ::nn::layers::Dense<[f32; 64], [f32; 10]>;
    /// A network whose parameters have no values yet.
    fn unset() -> Digits {
        Digits {
            hidden1: ::nn::layers::Dense::with(::nn::layers::Relu),
            hidden2: ::nn::layers::Dense::with(::nn::layers::Relu),
            logits: ::nn::layers::Dense::new(),
        }
    }
    impl Digits {
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
    impl ::core::default::Default for Digits {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const HIDDEN1_MEMORY: ::nn::Memory = <Hidden1Layer as ::nn::Layer>::MEMORY;
    const HIDDEN2_MEMORY: ::nn::Memory = <Hidden2Layer as ::nn::Layer>::MEMORY;
    const LOGITS_MEMORY: ::nn::Memory = <LogitsLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <Hidden1Layer as ::nn::Layer>::IDLE_TAPE,
            <Hidden2Layer as ::nn::Layer>::IDLE_TAPE,
            <LogitsLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`Digits`] reaches.
    struct DigitsReach {
        hidden1: ::nn::Reach,
        hidden2: ::nn::Reach,
        logits: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl DigitsReach {
        fn of(train: DigitsPerLayer<bool>, dx: bool) -> Self {
            let hidden1 = ::nn::Reach::of::<Hidden1Layer>(dx, train.hidden1);
            let hidden2 = ::nn::Reach::of::<Hidden2Layer>(hidden1.line, train.hidden2);
            let logits = ::nn::Reach::of::<LogitsLayer>(hidden2.line, train.logits);
            Self { hidden1, hidden2, logits }
        }
    }
    /// What a training step of [`Digits`] leaves on the tape.
    struct DigitsTape<'a> {
        hidden1: &'a [[f32; 128]],
        hidden1_tape: ::nn::Tape<'a>,
        hidden2: &'a [[f32; 64]],
        hidden2_tape: ::nn::Tape<'a>,
        logits_tape: ::nn::Tape<'a>,
    }
    impl<'a> DigitsTape<'a> {
        fn read(
            mut tape: ::nn::Tape<'a>,
            train: DigitsPerLayer<bool>,
            n: usize,
        ) -> Self {
            let reach = DigitsReach::of(train, tape.dx());
            Self {
                hidden1: ::nn::expand::kept(
                    reach.hidden1.reads.y || reach.hidden2.reads.x,
                    &mut tape,
                    n,
                ),
                hidden1_tape: tape.line::<Hidden1Layer>(reach.hidden1, train.hidden1, n),
                hidden2: ::nn::expand::kept(
                    reach.hidden2.reads.y || reach.logits.reads.x,
                    &mut tape,
                    n,
                ),
                hidden2_tape: tape.line::<Hidden2Layer>(reach.hidden2, train.hidden2, n),
                logits_tape: tape.line::<LogitsLayer>(reach.logits, train.logits, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for Digits {
        type Grads = DigitsGrads;
        type PerLayer<T: Copy> = DigitsPerLayer<T>;
        const PARAMS: usize = <Hidden1Layer as ::nn::Parameters>::PARAMS
            + <Hidden2Layer as ::nn::Parameters>::PARAMS
            + <LogitsLayer as ::nn::Parameters>::PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("hidden1", 0, <Hidden1Layer as ::nn::Parameters>::TENSORS),
                ("hidden2", 0, <Hidden2Layer as ::nn::Parameters>::TENSORS),
                ("logits", 0, <LogitsLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> DigitsGrads {
            DigitsGrads {
                hidden1: ::nn::Parameters::grads(&self.hidden1),
                hidden2: ::nn::Parameters::grads(&self.hidden2),
                logits: ::nn::Parameters::grads(&self.logits),
            }
        }
        fn no_grads() -> DigitsGrads {
            DigitsGrads {
                hidden1: <Hidden1Layer as ::nn::Parameters>::no_grads(),
                hidden2: <Hidden2Layer as ::nn::Parameters>::no_grads(),
                logits: <LogitsLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> DigitsPerLayer<T> {
            DigitsPerLayer {
                hidden1: <Hidden1Layer as ::nn::Parameters>::per_layer(value),
                hidden2: <Hidden2Layer as ::nn::Parameters>::per_layer(value),
                logits: <LogitsLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: DigitsPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> DigitsPerLayer<U> {
            DigitsPerLayer {
                hidden1: <Hidden1Layer as ::nn::Parameters>::map_layers(
                    per.hidden1,
                    &path.join("hidden1"),
                    f,
                ),
                hidden2: <Hidden2Layer as ::nn::Parameters>::map_layers(
                    per.hidden2,
                    &path.join("hidden2"),
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
            ::nn::Parameters::tensors(&self.hidden1, &path.join("hidden1"), each);
            ::nn::Parameters::tensors(&self.hidden2, &path.join("hidden2"), each);
            ::nn::Parameters::tensors(&self.logits, &path.join("logits"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(
                &mut self.hidden1,
                &path.join("hidden1"),
                each,
            );
            ::nn::Parameters::tensors_mut(
                &mut self.hidden2,
                &path.join("hidden2"),
                each,
            );
            ::nn::Parameters::tensors_mut(&mut self.logits, &path.join("logits"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut DigitsGrads,
            per: DigitsPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.hidden1,
                &mut grads.hidden1,
                per.hidden1,
                &path.join("hidden1"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.hidden2,
                &mut grads.hidden2,
                per.hidden2,
                &path.join("hidden2"),
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
            grads: &mut DigitsGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <Hidden1Layer as ::nn::Parameters>::gradients(
                &mut grads.hidden1,
                &path.join("hidden1"),
                each,
            );
            <Hidden2Layer as ::nn::Parameters>::gradients(
                &mut grads.hidden2,
                &path.join("hidden2"),
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
    impl ::nn::Layer for Digits {
        type In = [f32; 784];
        type Out = [f32; 10];
        const KIND: &'static str = "Digits";
        type Gives = <LogitsLayer as ::nn::Layer>::Gives;
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[HIDDEN1_MEMORY, HIDDEN2_MEMORY, LOGITS_MEMORY],
            )
            .plus(
                ::nn::Size::sum(
                    &[::nn::Size::per_sample(128), ::nn::Size::per_sample(64)],
                ),
                ::nn::Size::sum(
                    &[::nn::Size::per_sample(128), ::nn::Size::per_sample(64)],
                ),
                ::nn::Size::max(
                        &[
                            ::nn::Size::sum(
                                &[::nn::Size::per_sample(128), ::nn::Size::per_sample(64)],
                            ),
                            ::nn::Size::sum(
                                &[::nn::Size::per_sample(64), ::nn::Size::per_sample(128)],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <Hidden1Layer as ::nn::Layer>::FLOPS
            + <Hidden2Layer as ::nn::Layer>::FLOPS + <LogitsLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <Hidden1Layer as ::nn::Layer>::BACKWARD_FLOPS
            + <Hidden2Layer as ::nn::Layer>::BACKWARD_FLOPS
            + <LogitsLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: DigitsPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = DigitsReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.hidden1.tape::<Hidden1Layer>(train.hidden1),
                    ::nn::Size::per_sample(128)
                        .when(reach.hidden1.reads.y || reach.hidden2.reads.x),
                    reach.hidden2.tape::<Hidden2Layer>(train.hidden2),
                    ::nn::Size::per_sample(64)
                        .when(reach.hidden2.reads.y || reach.logits.reads.x),
                    reach.logits.tape::<LogitsLayer>(train.logits),
                ],
            )
        }
        fn reads(train: DigitsPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = DigitsReach::of(train, dx);
            ::nn::Reads {
                x: reach.hidden1.reads.x,
                y: reach.logits.reads.y,
            }
        }
        fn forward(
            &self,
            x: &[[f32; 784]],
            y: &mut [[f32; 10]],
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let slot0 = cx.slot(::nn::Size::per_sample(128), n);
            let slot1 = cx.slot(::nn::Size::per_sample(64), n);
            let hidden1: &mut [[f32; 128]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.hidden1, x, hidden1, cx.line("hidden1"));
            let hidden2: &mut [[f32; 64]] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.hidden2, &*hidden1, hidden2, cx.line("hidden2"));
            ::nn::expand::forward(&self.logits, &*hidden2, y, cx.line("logits"));
        }
        fn forward_train(
            &self,
            x: &[[f32; 784]],
            y: &mut [[f32; 10]],
            mut tape: ::nn::Arena<'_>,
            train: DigitsPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let reach = DigitsReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(128), n);
            let slot1 = cx.slot(::nn::Size::per_sample(64), n);
            let idle = cx.slot(IDLE, n);
            let hidden1: &mut [[f32; 128]] = ::nn::expand::place(
                reach.hidden1.reads.y || reach.hidden2.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.hidden1,
                x,
                hidden1,
                tape.line::<Hidden1Layer>(reach.hidden1, train.hidden1, idle, n),
                train.hidden1,
                cx.line("hidden1"),
            );
            let hidden2: &mut [[f32; 64]] = ::nn::expand::place(
                reach.hidden2.reads.y || reach.logits.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.hidden2,
                &*hidden1,
                hidden2,
                tape.line::<Hidden2Layer>(reach.hidden2, train.hidden2, idle, n),
                train.hidden2,
                cx.line("hidden2"),
            );
            ::nn::expand::forward_train(
                &self.logits,
                &*hidden2,
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
            grads: &mut DigitsGrads,
            train: DigitsPerLayer<bool>,
            mut dx: Option<&mut [[f32; 784]]>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.len();
            let tape = DigitsTape::read(saved.tape, train, n);
            let reach = DigitsReach::of(train, dx.is_some());
            let slot0 = cx.slot(::nn::Size::per_sample(64), n);
            let slot1 = cx.slot(::nn::Size::per_sample(128), n);
            let mut d_hidden2 = ::nn::expand::wanted::<
                [f32; 64],
            >(reach.hidden2.line, slot0, n);
            if reach.logits.line {
                ::nn::Layer::backward(
                    &self.logits,
                    ::nn::Saved {
                        x: tape.hidden2,
                        y: saved.y,
                        tape: tape.logits_tape,
                    },
                    dy,
                    &mut grads.logits,
                    train.logits,
                    d_hidden2.as_deref_mut(),
                    cx.line("logits"),
                );
            }
            let mut d_hidden1 = ::nn::expand::wanted::<
                [f32; 128],
            >(reach.hidden1.line, slot1, n);
            if let Some(dy) = d_hidden2 {
                ::nn::Layer::backward(
                    &self.hidden2,
                    ::nn::Saved {
                        x: tape.hidden1,
                        y: tape.hidden2,
                        tape: tape.hidden2_tape,
                    },
                    dy,
                    &mut grads.hidden2,
                    train.hidden2,
                    d_hidden1.as_deref_mut(),
                    cx.line("hidden2"),
                );
            }
            if let Some(dy) = d_hidden1 {
                ::nn::Layer::backward(
                    &self.hidden1,
                    ::nn::Saved {
                        x: saved.x,
                        y: tape.hidden1,
                        tape: tape.hidden1_tape,
                    },
                    dy,
                    &mut grads.hidden1,
                    train.hidden1,
                    dx,
                    cx.line("hidden1"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.hidden1, ::nn::random::fold(key, "hidden1"));
            ::nn::Layer::reset(&mut self.hidden2, ::nn::random::fold(key, "hidden2"));
            ::nn::Layer::reset(&mut self.logits, ::nn::random::fold(key, "logits"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: DigitsPerLayer<bool>,
        ) {
            let reach = DigitsReach::of(train, tape.dx());
            let tape = DigitsTape::read(tape, train, n);
            if reach.hidden1.line {
                ::nn::Layer::commit(
                    &mut self.hidden1,
                    tape.hidden1_tape,
                    n,
                    train.hidden1,
                );
            }
            if reach.hidden2.line {
                ::nn::Layer::commit(
                    &mut self.hidden2,
                    tape.hidden2_tape,
                    n,
                    train.hidden2,
                );
            }
            if reach.logits.line {
                ::nn::Layer::commit(&mut self.logits, tape.logits_tape, n, train.logits);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.hidden1);
            ::nn::Layer::prepare(&mut self.hidden2);
            ::nn::Layer::prepare(&mut self.logits);
        }
        fn bottom(&self, train: DigitsPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = DigitsReach::of(train, false);
            bottom
                .line("hidden1", &self.hidden1, train.hidden1, reach.hidden1.line, true);
            bottom
                .line("hidden2", &self.hidden2, train.hidden2, reach.hidden2.line, true);
            bottom.line("logits", &self.logits, train.logits, reach.logits.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            <Hidden1Layer as ::nn::Layer>::rows(&path.join("hidden1"), each);
            <Hidden2Layer as ::nn::Layer>::rows(&path.join("hidden2"), each);
            <LogitsLayer as ::nn::Layer>::rows(&path.join("logits"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: DigitsPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.len();
            let reach = DigitsReach::of(train, saved.tape.dx());
            let tape = DigitsTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                Hidden1Layer,
            >(
                reach.hidden1,
                ::nn::Saved {
                    x: saved.x,
                    y: tape.hidden1,
                    tape: tape.hidden1_tape,
                },
                train.hidden1,
                &path.join("hidden1"),
                each,
            );
            ::nn::expand::outputs::<
                Hidden2Layer,
            >(
                reach.hidden2,
                ::nn::Saved {
                    x: tape.hidden1,
                    y: tape.hidden2,
                    tape: tape.hidden2_tape,
                },
                train.hidden2,
                &path.join("hidden2"),
                each,
            );
            ::nn::expand::outputs::<
                LogitsLayer,
            >(
                reach.logits,
                ::nn::Saved {
                    x: tape.hidden2,
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
        pub Digits : DigitsGrads, DigitsPerLayer; DigitsPlan : DigitsPlannedGrads,
        DigitsPlannedPerLayer; path; learning { hidden1 : Hidden1Layer as Hidden1, & path
        .join("hidden1"); hidden2 : Hidden2Layer as Hidden2, & path.join("hidden2");
        logits : LogitsLayer as Logits, & path.join("logits"); }
    }
};
