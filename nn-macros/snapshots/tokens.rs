// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// Tokens in a GRU, a step at a time, and words beside them.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `embedding` | Embedding | `sound` | `[1, 32]` |
/// | `vector` | Flatten | `embedding` | `[32]` |
/// | `left` | GruCell | `vector`, `state` | `[64]` |
/// | `next` | Dense | `left` | `[74]` |
pub struct Speak {
    ///Embedding, gives \[1, 32].
    pub embedding: ::nn::layers::Embedding<[u32; 1], [[f32; 32]; 1], 74>,
    ///GruCell, gives \[64].
    pub left: ::nn::layers::GruCell<[f32; 32], [f32; 64]>,
    ///Dense, gives \[74].
    pub next: ::nn::layers::Dense<[f32; 64], [f32; 74]>,
}
/// The gradients of [`Speak`], under the names of its lines.
pub struct SpeakGrads {
    /// The gradients of `embedding`.
    pub embedding: <::nn::layers::Embedding<
        [u32; 1],
        [[f32; 32]; 1],
        74,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `left`.
    pub left: <::nn::layers::GruCell<[f32; 32], [f32; 64]> as ::nn::Parameters>::Grads,
    /// The gradients of `next`.
    pub next: <::nn::layers::Dense<[f32; 64], [f32; 74]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`Speak`] that has parameters.
#[derive(Clone, Copy)]
pub struct SpeakPerLayer<T: ::core::marker::Copy> {
    /// For `embedding`.
    pub embedding: T,
    /// For `left`.
    pub left: T,
    /// For `next`.
    pub next: T,
}
/// A plan of [`Speak`]: what learns of each line. `nn::plan` says how it is used.
pub trait SpeakPlan: 'static {
    /// What learns of `embedding`.
    type Embedding: ::nn::plan::Plan<
            ::nn::layers::Embedding<[u32; 1], [[f32; 32]; 1], 74>,
        >;
    /// What learns of `left`.
    type Left: ::nn::plan::Plan<::nn::layers::GruCell<[f32; 32], [f32; 64]>>;
    /// What learns of `next`.
    type Next: ::nn::plan::Plan<::nn::layers::Dense<[f32; 64], [f32; 74]>>;
}
::nn::several! {
    #[doc = " What [`Speak`] takes."] pub struct SpeakIn, SpeakInRef, SpeakInMut { sound
    : [u32; 1], state : [f32; 64] }
}
::nn::several! {
    #[doc = " What [`Speak`] gives."] pub struct SpeakOut, SpeakOutRef, SpeakOutMut {
    left : [f32; 64], next : [f32; 74] }
}
::nn::several_losses! {
    #[doc =
    " A loss for each output of [`Speak`]; targets are a tuple in the same order."] pub
    struct SpeakLoss for SpeakOut { left : [f32; 64], next : [f32; 74] }
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type EmbeddingLayer = ::nn::layers::Embedding<[u32; 1], [[f32; 32]; 1], 74>;
    type LeftLayer = ::nn::layers::GruCell<[f32; 32], [f32; 64]>;
    type NextLayer = ::nn::layers::Dense<[f32; 64], [f32; 74]>;
    /// A network whose parameters have no values yet.
    fn unset() -> Speak {
        Speak {
            embedding: ::nn::layers::Embedding::new(),
            left: ::nn::layers::GruCell::new(),
            next: ::nn::layers::Dense::new(),
        }
    }
    impl Speak {
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
    impl ::core::default::Default for Speak {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const EMBEDDING_MEMORY: ::nn::Memory = <EmbeddingLayer as ::nn::Layer>::MEMORY;
    const LEFT_MEMORY: ::nn::Memory = <LeftLayer as ::nn::Layer>::MEMORY;
    const NEXT_MEMORY: ::nn::Memory = <NextLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <EmbeddingLayer as ::nn::Layer>::IDLE_TAPE,
            <LeftLayer as ::nn::Layer>::IDLE_TAPE,
            <NextLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`Speak`] reaches.
    struct SpeakReach {
        embedding: ::nn::Reach,
        left: ::nn::Reach,
        next: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl SpeakReach {
        fn of(train: SpeakPerLayer<bool>, dx: bool) -> Self {
            let embedding = ::nn::Reach::of::<EmbeddingLayer>(false, train.embedding);
            let left = ::nn::Reach::of::<LeftLayer>(embedding.line || dx, train.left);
            let next = ::nn::Reach::of::<NextLayer>(left.line, train.next);
            Self { embedding, left, next }
        }
    }
    /// What a training step of [`Speak`] leaves on the tape.
    struct SpeakTape<'a> {
        embedding: &'a [[[f32; 32]; 1]],
        embedding_tape: ::nn::Tape<'a>,
        left_tape: ::nn::Tape<'a>,
        next_tape: ::nn::Tape<'a>,
    }
    impl<'a> SpeakTape<'a> {
        fn read(mut tape: ::nn::Tape<'a>, train: SpeakPerLayer<bool>, n: usize) -> Self {
            let reach = SpeakReach::of(train, tape.dx());
            Self {
                embedding: ::nn::expand::kept(
                    reach.embedding.reads.y || reach.left.reads.x,
                    &mut tape,
                    n,
                ),
                embedding_tape: tape
                    .line::<EmbeddingLayer>(reach.embedding, train.embedding, n),
                left_tape: tape.line::<LeftLayer>(reach.left, train.left, n),
                next_tape: tape.line::<NextLayer>(reach.next, train.next, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for Speak {
        type Grads = SpeakGrads;
        type PerLayer<T: Copy> = SpeakPerLayer<T>;
        const PARAMS: usize = <EmbeddingLayer as ::nn::Parameters>::PARAMS
            + <LeftLayer as ::nn::Parameters>::PARAMS
            + <NextLayer as ::nn::Parameters>::PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("embedding", 0, <EmbeddingLayer as ::nn::Parameters>::TENSORS),
                ("left", 0, <LeftLayer as ::nn::Parameters>::TENSORS),
                ("next", 0, <NextLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> SpeakGrads {
            SpeakGrads {
                embedding: ::nn::Parameters::grads(&self.embedding),
                left: ::nn::Parameters::grads(&self.left),
                next: ::nn::Parameters::grads(&self.next),
            }
        }
        fn no_grads() -> SpeakGrads {
            SpeakGrads {
                embedding: <EmbeddingLayer as ::nn::Parameters>::no_grads(),
                left: <LeftLayer as ::nn::Parameters>::no_grads(),
                next: <NextLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> SpeakPerLayer<T> {
            SpeakPerLayer {
                embedding: <EmbeddingLayer as ::nn::Parameters>::per_layer(value),
                left: <LeftLayer as ::nn::Parameters>::per_layer(value),
                next: <NextLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: SpeakPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> SpeakPerLayer<U> {
            SpeakPerLayer {
                embedding: <EmbeddingLayer as ::nn::Parameters>::map_layers(
                    per.embedding,
                    &path.join("embedding"),
                    f,
                ),
                left: <LeftLayer as ::nn::Parameters>::map_layers(
                    per.left,
                    &path.join("left"),
                    f,
                ),
                next: <NextLayer as ::nn::Parameters>::map_layers(
                    per.next,
                    &path.join("next"),
                    f,
                ),
            }
        }
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            ::nn::Parameters::tensors(&self.embedding, &path.join("embedding"), each);
            ::nn::Parameters::tensors(&self.left, &path.join("left"), each);
            ::nn::Parameters::tensors(&self.next, &path.join("next"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(
                &mut self.embedding,
                &path.join("embedding"),
                each,
            );
            ::nn::Parameters::tensors_mut(&mut self.left, &path.join("left"), each);
            ::nn::Parameters::tensors_mut(&mut self.next, &path.join("next"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut SpeakGrads,
            per: SpeakPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.embedding,
                &mut grads.embedding,
                per.embedding,
                &path.join("embedding"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.left,
                &mut grads.left,
                per.left,
                &path.join("left"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.next,
                &mut grads.next,
                per.next,
                &path.join("next"),
                each,
            );
        }
        fn gradients(
            grads: &mut SpeakGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <EmbeddingLayer as ::nn::Parameters>::gradients(
                &mut grads.embedding,
                &path.join("embedding"),
                each,
            );
            <LeftLayer as ::nn::Parameters>::gradients(
                &mut grads.left,
                &path.join("left"),
                each,
            );
            <NextLayer as ::nn::Parameters>::gradients(
                &mut grads.next,
                &path.join("next"),
                each,
            );
        }
    }
    #[allow(unused_variables, unused_mut)]
    impl ::nn::Layer for Speak {
        type In = SpeakIn;
        type Out = SpeakOut;
        const KIND: &'static str = "Speak";
        type Gives = (
            <LeftLayer as ::nn::Layer>::Gives,
            <NextLayer as ::nn::Layer>::Gives,
        );
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[EMBEDDING_MEMORY, LEFT_MEMORY, NEXT_MEMORY],
            )
            .plus(
                ::nn::Size::sum(&[::nn::Size::per_sample(32)]),
                ::nn::Size::per_sample(32),
                ::nn::Size::max(
                        &[
                            ::nn::Size::per_sample(32),
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::per_sample(64),
                                    ::nn::Size::per_sample(32),
                                    ::nn::Size::per_sample(64),
                                ],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <EmbeddingLayer as ::nn::Layer>::FLOPS
            + <LeftLayer as ::nn::Layer>::FLOPS + <NextLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <EmbeddingLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <LeftLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <NextLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: SpeakPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = SpeakReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.embedding.tape::<EmbeddingLayer>(train.embedding),
                    ::nn::Size::per_sample(32)
                        .when(reach.embedding.reads.y || reach.left.reads.x),
                    reach.left.tape::<LeftLayer>(train.left),
                    reach.next.tape::<NextLayer>(train.next),
                ],
            )
        }
        fn reads(train: SpeakPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = SpeakReach::of(train, dx);
            ::nn::Reads {
                x: reach.embedding.reads.x || reach.left.reads.x,
                y: reach.left.reads.y || reach.next.reads.x || reach.next.reads.y,
            }
        }
        fn refused(
            x: ::nn::Ref<'_, SpeakIn>,
            path: &::nn::Path<'_>,
        ) -> Option<::nn::Refused> {
            <EmbeddingLayer as ::nn::Layer>::refused(x.sound, &path.join("embedding"))
        }
        fn forward(
            &self,
            x: ::nn::Ref<'_, SpeakIn>,
            y: ::nn::Mut<'_, SpeakOut>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.sound.len();
            let slot0 = cx.slot(::nn::Size::per_sample(32), n);
            let embedding: &mut [[[f32; 32]; 1]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(
                &self.embedding,
                x.sound,
                embedding,
                cx.line("embedding"),
            );
            let vector: &[[f32; 32]] = ::nn::view(&*embedding);
            let left: &mut [[f32; 64]] = y.left;
            ::nn::expand::forward(&self.left, (vector, x.state), left, cx.line("left"));
            ::nn::expand::forward(&self.next, &*left, y.next, cx.line("next"));
        }
        fn forward_train(
            &self,
            x: ::nn::Ref<'_, SpeakIn>,
            y: ::nn::Mut<'_, SpeakOut>,
            mut tape: ::nn::Arena<'_>,
            train: SpeakPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.sound.len();
            let reach = SpeakReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(32), n);
            let idle = cx.slot(IDLE, n);
            let embedding: &mut [[[f32; 32]; 1]] = ::nn::expand::place(
                reach.embedding.reads.y || reach.left.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.embedding,
                x.sound,
                embedding,
                tape.line::<EmbeddingLayer>(reach.embedding, train.embedding, idle, n),
                train.embedding,
                cx.line("embedding"),
            );
            let vector: &[[f32; 32]] = ::nn::view(&*embedding);
            let left: &mut [[f32; 64]] = y.left;
            ::nn::expand::forward_train(
                &self.left,
                (vector, x.state),
                left,
                tape.line::<LeftLayer>(reach.left, train.left, idle, n),
                train.left,
                cx.line("left"),
            );
            ::nn::expand::forward_train(
                &self.next,
                &*left,
                y.next,
                tape.line::<NextLayer>(reach.next, train.next, idle, n),
                train.next,
                cx.line("next"),
            );
        }
        fn backward(
            &self,
            saved: ::nn::Saved<'_, Self>,
            dy: ::nn::Mut<'_, SpeakOut>,
            grads: &mut SpeakGrads,
            train: SpeakPerLayer<bool>,
            mut dx: Option<::nn::Mut<'_, SpeakIn>>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.left.len();
            let tape = SpeakTape::read(saved.tape, train, n);
            let reach = SpeakReach::of(train, dx.is_some());
            let (mut d_sound, mut d_state) = match dx {
                Some(dx) => (Some(dx.sound), Some(dx.state)),
                None => (None, None),
            };
            let slot0 = cx.slot(::nn::Size::per_sample(64), n);
            let slot1 = cx.slot(::nn::Size::per_sample(32), n);
            let slot2 = cx.slot(::nn::Size::per_sample(64), n);
            let d_left: &mut [[f32; 64]] = dy.left;
            let mut part0 = ::nn::expand::wanted::<[f32; 64]>(reach.left.line, slot0, n);
            if reach.next.line {
                ::nn::Layer::backward(
                    &self.next,
                    ::nn::Saved {
                        x: saved.y.left,
                        y: saved.y.next,
                        tape: tape.next_tape,
                    },
                    dy.next,
                    &mut grads.next,
                    train.next,
                    part0.as_deref_mut(),
                    cx.line("next"),
                );
                if let Some(part) = part0 {
                    ::nn::expand::add(cx.team, d_left, part);
                }
            }
            let mut d_embedding = ::nn::expand::wanted::<
                [[f32; 32]; 1],
            >(reach.embedding.line, slot0, n);
            let part0: &mut [[[f32; 32]; 1]] = ::nn::samples_in(slot1, n);
            let part1: &mut [[f32; 64]] = ::nn::samples_in(slot2, n);
            if reach.left.line {
                ::nn::Layer::backward(
                    &self.left,
                    ::nn::Saved {
                        x: (::nn::view(tape.embedding), saved.x.state),
                        y: saved.y.left,
                        tape: tape.left_tape,
                    },
                    d_left,
                    &mut grads.left,
                    train.left,
                    if reach.embedding.line || d_state.is_some() {
                        Some((::nn::view_mut(&mut *part0), &mut *part1))
                    } else {
                        None
                    },
                    cx.line("left"),
                );
                if let Some(d) = d_embedding.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part0);
                }
                if let Some(d) = d_state.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part1);
                }
            }
            if let Some(dy) = d_embedding {
                ::nn::Layer::backward(
                    &self.embedding,
                    ::nn::Saved {
                        x: saved.x.sound,
                        y: tape.embedding,
                        tape: tape.embedding_tape,
                    },
                    dy,
                    &mut grads.embedding,
                    train.embedding,
                    None,
                    cx.line("embedding"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(
                &mut self.embedding,
                ::nn::random::fold(key, "embedding"),
            );
            ::nn::Layer::reset(&mut self.left, ::nn::random::fold(key, "left"));
            ::nn::Layer::reset(&mut self.next, ::nn::random::fold(key, "next"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: SpeakPerLayer<bool>,
        ) {
            let reach = SpeakReach::of(train, tape.dx());
            let tape = SpeakTape::read(tape, train, n);
            if reach.embedding.line {
                ::nn::Layer::commit(
                    &mut self.embedding,
                    tape.embedding_tape,
                    n,
                    train.embedding,
                );
            }
            if reach.left.line {
                ::nn::Layer::commit(&mut self.left, tape.left_tape, n, train.left);
            }
            if reach.next.line {
                ::nn::Layer::commit(&mut self.next, tape.next_tape, n, train.next);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.embedding);
            ::nn::Layer::prepare(&mut self.left);
            ::nn::Layer::prepare(&mut self.next);
        }
        fn bottom(&self, train: SpeakPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = SpeakReach::of(train, false);
            bottom
                .line(
                    "embedding",
                    &self.embedding,
                    train.embedding,
                    reach.embedding.line,
                    false,
                );
            bottom.line("left", &self.left, train.left, reach.left.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            <EmbeddingLayer as ::nn::Layer>::rows(&path.join("embedding"), each);
            each(
                ::nn::Row::view(
                    &path.join("vector"),
                    "Flatten",
                    <[f32; 32] as ::nn::Value>::text(),
                ),
            );
            <LeftLayer as ::nn::Layer>::rows(&path.join("left"), each);
            <NextLayer as ::nn::Layer>::rows(&path.join("next"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: SpeakPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.left.len();
            let reach = SpeakReach::of(train, saved.tape.dx());
            let tape = SpeakTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                EmbeddingLayer,
            >(
                reach.embedding,
                ::nn::Saved {
                    x: saved.x.sound,
                    y: tape.embedding,
                    tape: tape.embedding_tape,
                },
                train.embedding,
                &path.join("embedding"),
                each,
            );
            ::nn::expand::outputs::<
                LeftLayer,
            >(
                reach.left,
                ::nn::Saved {
                    x: (::nn::view(tape.embedding), saved.x.state),
                    y: saved.y.left,
                    tape: tape.left_tape,
                },
                train.left,
                &path.join("left"),
                each,
            );
            ::nn::expand::outputs::<
                NextLayer,
            >(
                reach.next,
                ::nn::Saved {
                    x: saved.y.left,
                    y: saved.y.next,
                    tape: tape.next_tape,
                },
                train.next,
                &path.join("next"),
                each,
            );
        }
    }
    ::nn::planned_network! {
        pub Speak : SpeakGrads, SpeakPerLayer; SpeakPlan : SpeakPlannedGrads,
        SpeakPlannedPerLayer; path; learning { embedding : EmbeddingLayer as Embedding, &
        path.join("embedding"); left : LeftLayer as Left, & path.join("left"); next :
        NextLayer as Next, & path.join("next"); }
    }
};
