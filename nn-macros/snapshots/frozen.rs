// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// A head on a frozen body.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `body` | Dense + Relu, frozen | `input` | `[16]` |
/// | `drop` | Dropout | `body` | `[16]` |
/// | `logits` | Dense | `drop` | `[3]` |
pub struct Head {
    ///Dense + Relu, frozen, gives \[16].
    pub body: ::nn::layers::Frozen<
        ::nn::layers::Dense<[f32; 8], [f32; 16], ::nn::layers::Relu>,
    >,
    ///Dropout, gives \[16].
    pub drop: ::nn::layers::Dropout<[f32; 16]>,
    ///Dense, gives \[3].
    pub logits: ::nn::layers::Dense<[f32; 16], [f32; 3]>,
}
/// The gradients of [`Head`], under the names of its lines.
pub struct HeadGrads {
    /// The gradients of `logits`.
    pub logits: <::nn::layers::Dense<[f32; 16], [f32; 3]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`Head`] that has parameters.
#[derive(Clone, Copy)]
pub struct HeadPerLayer<T: ::core::marker::Copy> {
    /// For `logits`.
    pub logits: T,
}
/// A plan of [`Head`]: what learns of each line. `nn::plan` says how it is used.
pub trait HeadPlan: 'static {
    /// What learns of `logits`.
    type Logits: ::nn::plan::Plan<::nn::layers::Dense<[f32; 16], [f32; 3]>>;
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type BodyLayer = ::nn::layers::Frozen<
        ::nn::layers::Dense<[f32; 8], [f32; 16], ::nn::layers::Relu>,
    >;
    type DropLayer = ::nn::layers::Dropout<[f32; 16]>;
    type LogitsLayer = ::nn::layers::Dense<[f32; 16], [f32; 3]>;
    /// A network whose parameters have no values yet.
    fn unset() -> Head {
        Head {
            body: ::nn::layers::Frozen(::nn::layers::Dense::with(::nn::layers::Relu)),
            drop: ::nn::layers::Dropout::new(0.25),
            logits: ::nn::layers::Dense::new(),
        }
    }
    impl Head {
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
    impl ::core::default::Default for Head {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const BODY_MEMORY: ::nn::Memory = <BodyLayer as ::nn::Layer>::MEMORY;
    const DROP_MEMORY: ::nn::Memory = <DropLayer as ::nn::Layer>::MEMORY;
    const LOGITS_MEMORY: ::nn::Memory = <LogitsLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <BodyLayer as ::nn::Layer>::IDLE_TAPE,
            <DropLayer as ::nn::Layer>::IDLE_TAPE,
            <LogitsLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`Head`] reaches.
    struct HeadReach {
        body: ::nn::Reach,
        drop: ::nn::Reach,
        logits: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl HeadReach {
        fn of(train: HeadPerLayer<bool>, dx: bool) -> Self {
            let body = ::nn::Reach::of::<BodyLayer>(dx, ());
            let drop = ::nn::Reach::of::<DropLayer>(body.line, ());
            let logits = ::nn::Reach::of::<LogitsLayer>(drop.line, train.logits);
            Self { body, drop, logits }
        }
    }
    /// What a training step of [`Head`] leaves on the tape.
    struct HeadTape<'a> {
        body: &'a [[f32; 16]],
        body_tape: ::nn::Tape<'a>,
        drop: &'a [[f32; 16]],
        drop_tape: ::nn::Tape<'a>,
        logits_tape: ::nn::Tape<'a>,
    }
    impl<'a> HeadTape<'a> {
        fn read(mut tape: ::nn::Tape<'a>, train: HeadPerLayer<bool>, n: usize) -> Self {
            let reach = HeadReach::of(train, tape.dx());
            Self {
                body: ::nn::expand::kept(
                    reach.body.reads.y || reach.drop.reads.x,
                    &mut tape,
                    n,
                ),
                body_tape: tape.line::<BodyLayer>(reach.body, (), n),
                drop: ::nn::expand::kept(
                    reach.drop.reads.y || reach.logits.reads.x,
                    &mut tape,
                    n,
                ),
                drop_tape: tape.line::<DropLayer>(reach.drop, (), n),
                logits_tape: tape.line::<LogitsLayer>(reach.logits, train.logits, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for Head {
        type Grads = HeadGrads;
        type PerLayer<T: Copy> = HeadPerLayer<T>;
        const PARAMS: usize = <LogitsLayer as ::nn::Parameters>::PARAMS;
        const FROZEN_PARAMS: usize = <BodyLayer as ::nn::Parameters>::FROZEN_PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("body", 0, <BodyLayer as ::nn::Parameters>::TENSORS),
                ("logits", 0, <LogitsLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> HeadGrads {
            HeadGrads {
                logits: ::nn::Parameters::grads(&self.logits),
            }
        }
        fn no_grads() -> HeadGrads {
            HeadGrads {
                logits: <LogitsLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> HeadPerLayer<T> {
            HeadPerLayer {
                logits: <LogitsLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: HeadPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> HeadPerLayer<U> {
            HeadPerLayer {
                logits: <LogitsLayer as ::nn::Parameters>::map_layers(
                    per.logits,
                    &path.join("logits"),
                    f,
                ),
            }
        }
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            ::nn::Parameters::tensors(&self.body, &path.join("body"), each);
            ::nn::Parameters::tensors(&self.logits, &path.join("logits"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(&mut self.body, &path.join("body"), each);
            ::nn::Parameters::tensors_mut(&mut self.logits, &path.join("logits"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut HeadGrads,
            per: HeadPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.logits,
                &mut grads.logits,
                per.logits,
                &path.join("logits"),
                each,
            );
        }
        fn gradients(
            grads: &mut HeadGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <LogitsLayer as ::nn::Parameters>::gradients(
                &mut grads.logits,
                &path.join("logits"),
                each,
            );
        }
        fn adapters(&self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapter<'_>) {
            ::nn::Parameters::adapters(&self.body, &path.join("body"), each);
        }
        fn adapters_mut(
            &mut self,
            path: &::nn::Path<'_>,
            each: ::nn::lora::EachAdapterMut<'_>,
        ) {
            ::nn::Parameters::adapters_mut(&mut self.body, &path.join("body"), each);
        }
    }
    #[allow(unused_variables, unused_mut)]
    impl ::nn::Layer for Head {
        type In = [f32; 8];
        type Out = [f32; 3];
        const KIND: &'static str = "Head";
        type Gives = <LogitsLayer as ::nn::Layer>::Gives;
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[BODY_MEMORY, DROP_MEMORY, LOGITS_MEMORY],
            )
            .plus(
                ::nn::Size::sum(
                    &[::nn::Size::per_sample(16), ::nn::Size::per_sample(16)],
                ),
                ::nn::Size::sum(
                    &[::nn::Size::per_sample(16), ::nn::Size::per_sample(16)],
                ),
                ::nn::Size::max(
                        &[
                            ::nn::Size::sum(
                                &[::nn::Size::per_sample(16), ::nn::Size::per_sample(16)],
                            ),
                            ::nn::Size::sum(
                                &[::nn::Size::per_sample(16), ::nn::Size::per_sample(16)],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <BodyLayer as ::nn::Layer>::FLOPS
            + <DropLayer as ::nn::Layer>::FLOPS + <LogitsLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <BodyLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <DropLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <LogitsLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: HeadPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = HeadReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.body.tape::<BodyLayer>(()),
                    ::nn::Size::per_sample(16)
                        .when(reach.body.reads.y || reach.drop.reads.x),
                    reach.drop.tape::<DropLayer>(()),
                    ::nn::Size::per_sample(16)
                        .when(reach.drop.reads.y || reach.logits.reads.x),
                    reach.logits.tape::<LogitsLayer>(train.logits),
                ],
            )
        }
        fn reads(train: HeadPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = HeadReach::of(train, dx);
            ::nn::Reads {
                x: reach.body.reads.x,
                y: reach.logits.reads.y,
            }
        }
        fn forward(
            &self,
            x: &[[f32; 8]],
            y: &mut [[f32; 3]],
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let slot1 = cx.slot(::nn::Size::per_sample(16), n);
            let body: &mut [[f32; 16]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.body, x, body, cx.line("body"));
            let drop: &mut [[f32; 16]] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.drop, &*body, drop, cx.line("drop"));
            ::nn::expand::forward(&self.logits, &*drop, y, cx.line("logits"));
        }
        fn forward_train(
            &self,
            x: &[[f32; 8]],
            y: &mut [[f32; 3]],
            mut tape: ::nn::Arena<'_>,
            train: HeadPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let reach = HeadReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let slot1 = cx.slot(::nn::Size::per_sample(16), n);
            let idle = cx.slot(IDLE, n);
            let body: &mut [[f32; 16]] = ::nn::expand::place(
                reach.body.reads.y || reach.drop.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.body,
                x,
                body,
                tape.line::<BodyLayer>(reach.body, (), idle, n),
                (),
                cx.line("body"),
            );
            let drop: &mut [[f32; 16]] = ::nn::expand::place(
                reach.drop.reads.y || reach.logits.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.drop,
                &*body,
                drop,
                tape.line::<DropLayer>(reach.drop, (), idle, n),
                (),
                cx.line("drop"),
            );
            ::nn::expand::forward_train(
                &self.logits,
                &*drop,
                y,
                tape.line::<LogitsLayer>(reach.logits, train.logits, idle, n),
                train.logits,
                cx.line("logits"),
            );
        }
        fn backward(
            &self,
            saved: ::nn::Saved<'_, Self>,
            dy: &mut [[f32; 3]],
            grads: &mut HeadGrads,
            train: HeadPerLayer<bool>,
            mut dx: Option<&mut [[f32; 8]]>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.len();
            let tape = HeadTape::read(saved.tape, train, n);
            let reach = HeadReach::of(train, dx.is_some());
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let slot1 = cx.slot(::nn::Size::per_sample(16), n);
            let mut d_drop = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.drop.line, slot0, n);
            if reach.logits.line {
                ::nn::Layer::backward(
                    &self.logits,
                    ::nn::Saved {
                        x: tape.drop,
                        y: saved.y,
                        tape: tape.logits_tape,
                    },
                    dy,
                    &mut grads.logits,
                    train.logits,
                    d_drop.as_deref_mut(),
                    cx.line("logits"),
                );
            }
            let mut d_body = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.body.line, slot1, n);
            if let Some(dy) = d_drop {
                ::nn::Layer::backward(
                    &self.drop,
                    ::nn::Saved {
                        x: tape.body,
                        y: tape.drop,
                        tape: tape.drop_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    d_body.as_deref_mut(),
                    cx.line("drop"),
                );
            }
            if let Some(dy) = d_body {
                ::nn::Layer::backward(
                    &self.body,
                    ::nn::Saved {
                        x: saved.x,
                        y: tape.body,
                        tape: tape.body_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    dx,
                    cx.line("body"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.body, ::nn::random::fold(key, "body"));
            ::nn::Layer::reset(&mut self.logits, ::nn::random::fold(key, "logits"));
        }
        fn commit(&mut self, tape: ::nn::Tape<'_>, n: usize, train: HeadPerLayer<bool>) {
            let reach = HeadReach::of(train, tape.dx());
            let tape = HeadTape::read(tape, train, n);
            if reach.logits.line {
                ::nn::Layer::commit(&mut self.logits, tape.logits_tape, n, train.logits);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.body);
            ::nn::Layer::prepare(&mut self.drop);
            ::nn::Layer::prepare(&mut self.logits);
        }
        fn bottom(&self, train: HeadPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = HeadReach::of(train, false);
            bottom.line("body", &self.body, (), reach.body.line, true);
            bottom.line("drop", &self.drop, (), reach.drop.line, true);
            bottom.line("logits", &self.logits, train.logits, reach.logits.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            <BodyLayer as ::nn::Layer>::rows(&path.join("body"), each);
            <DropLayer as ::nn::Layer>::rows(&path.join("drop"), each);
            <LogitsLayer as ::nn::Layer>::rows(&path.join("logits"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: HeadPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.len();
            let reach = HeadReach::of(train, saved.tape.dx());
            let tape = HeadTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                BodyLayer,
            >(
                reach.body,
                ::nn::Saved {
                    x: saved.x,
                    y: tape.body,
                    tape: tape.body_tape,
                },
                (),
                &path.join("body"),
                each,
            );
            ::nn::expand::outputs::<
                DropLayer,
            >(
                reach.drop,
                ::nn::Saved {
                    x: tape.body,
                    y: tape.drop,
                    tape: tape.drop_tape,
                },
                (),
                &path.join("drop"),
                each,
            );
            ::nn::expand::outputs::<
                LogitsLayer,
            >(
                reach.logits,
                ::nn::Saved {
                    x: tape.drop,
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
        pub Head : HeadGrads, HeadPerLayer; HeadPlan : HeadPlannedGrads,
        HeadPlannedPerLayer; path; learning { logits : LogitsLayer as Logits, & path
        .join("logits"); } tensors { body : BodyLayer as ::nn::plan::Train, & path
        .join("body"); logits : LogitsLayer as __Plan::Logits, & path.join("logits"); }
    }
};
