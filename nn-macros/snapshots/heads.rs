// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// The sizes of [`Heads`] that are computed while the program compiles.
struct HeadsSizes;
#[allow(arithmetic_overflow)]
impl HeadsSizes {
    const SIDE: usize = SIDE;
    const CLASSES: usize = CLASSES;
    const FLAT_LEN: usize = HeadsSizes::SIDE * (HeadsSizes::SIDE);
    const JOINED_LEN: usize = (<<HeadsBody_ as ::nn::Layer>::Out as ::nn::Sample>::SHAPE
        .dims()[0]) + (1);
}
/// `Backbone`, once it is known that it can stand here.
type HeadsBody_ = ::nn::expand::Known<
    Backbone,
    {
        #[allow(unused_imports)]
        use ::nn::expand::{Probe, Unknown as _};
        ::nn::expand::check_layer(
            "network `Heads`: layer `body` is a `Backbone`",
            "Backbone",
            "values (`f32`)",
            ::nn::expand::Found {
                layer: Probe::<Backbone>::LAYER,
                takes_one: Probe::<Backbone>::TAKES_ONE,
                takes_element: Probe::<Backbone>::TAKES_VALUES,
                gives_one: Probe::<Backbone>::GIVES_ONE,
                gives_values: Probe::<Backbone>::GIVES_VALUES,
                default: Probe::<Backbone>::DEFAULT,
            },
        )
    },
>;
const _: () = ::nn::expand::check_size(
    "network `Heads`: the size `SIDE` is ",
    HeadsSizes::SIDE,
);
const _: () = ::nn::expand::check_size(
    "network `Heads`: the size `CLASSES` is ",
    HeadsSizes::CLASSES,
);
const _: () = ::nn::expand::check_same(
    "network `Heads`: layer `body` takes ",
    <<HeadsBody_ as ::nn::Layer>::In as ::nn::Sample>::SHAPE,
    ", but `flat` gives ",
    <[f32; HeadsSizes::FLAT_LEN] as ::nn::Sample>::SHAPE,
    "\n\nhelp: change what `flat` gives, or what `Backbone` takes",
);
const _: () = ::nn::expand::check_rank(
    "network `Heads`: layer `class` takes one dimension, but `body` gives ",
    <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Sample>::SHAPE,
    1,
    "\n\nhelp: put a `Flatten` line between them",
);
const _: () = ::nn::expand::check_joined(
    "network `Heads`: layer `joined` joins along the first dimension, so the others must be equal, but `age` gives ",
    <[f32; 1] as ::nn::Sample>::SHAPE,
    " and `body` gives ",
    <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Sample>::SHAPE,
    "\n\nhelp: make the other dimensions equal, or `Flatten` both",
);
/// Several inputs and outputs, a nested network, and sizes that are const items.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `flat` | Flatten | `image` | `[SIDE * SIDE]` |
/// | `body` | Backbone | `flat` | `Backbone::Out` |
/// | `class` | Dense | `body` | `[CLASSES]` |
/// | `joined` | Concat | `body`, `age` | `[Backbone::Out[0] + 1]` |
/// | `size` | Dense | `joined` | `[2]` |
pub struct Heads {
    ///Backbone, gives `Backbone::Out`.
    pub body: HeadsBody_,
    ///Dense, gives \[CLASSES].
    pub class: ::nn::layers::Dense<
        <HeadsBody_ as ::nn::Layer>::Out,
        [f32; HeadsSizes::CLASSES],
    >,
    ///Concat, gives \[Backbone::Out\[0] + 1].
    pub joined: ::nn::layers::Concat<
        (<HeadsBody_ as ::nn::Layer>::Out, [f32; 1]),
        [f32; HeadsSizes::JOINED_LEN],
    >,
    ///Dense, gives \[2].
    pub size: ::nn::layers::Dense<[f32; HeadsSizes::JOINED_LEN], [f32; 2]>,
}
/// The gradients of [`Heads`], under the names of its lines.
pub struct HeadsGrads {
    /// The gradients of `body`.
    pub body: <HeadsBody_ as ::nn::Parameters>::Grads,
    /// The gradients of `class`.
    pub class: <::nn::layers::Dense<
        <HeadsBody_ as ::nn::Layer>::Out,
        [f32; HeadsSizes::CLASSES],
    > as ::nn::Parameters>::Grads,
    /// The gradients of `size`.
    pub size: <::nn::layers::Dense<
        [f32; HeadsSizes::JOINED_LEN],
        [f32; 2],
    > as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`Heads`] that has parameters.
#[derive(Clone, Copy)]
pub struct HeadsPerLayer<T: ::core::marker::Copy> {
    /// For `body`.
    pub body: <HeadsBody_ as ::nn::Parameters>::PerLayer<T>,
    /// For `class`.
    pub class: T,
    /// For `size`.
    pub size: T,
}
/// A plan of [`Heads`]: what learns of each line. `nn::plan` says how it is used.
pub trait HeadsPlan: 'static {
    /// What learns of `body`.
    type Body: ::nn::plan::Plan<HeadsBody_>;
    /// What learns of `class`.
    type Class: ::nn::plan::Plan<
            ::nn::layers::Dense<
                <HeadsBody_ as ::nn::Layer>::Out,
                [f32; HeadsSizes::CLASSES],
            >,
        >;
    /// What learns of `size`.
    type Size: ::nn::plan::Plan<
            ::nn::layers::Dense<[f32; HeadsSizes::JOINED_LEN], [f32; 2]>,
        >;
}
::nn::several! {
    #[doc = " What [`Heads`] takes."] pub struct HeadsIn, HeadsInRef, HeadsInMut { image
    : [[f32; HeadsSizes::SIDE]; HeadsSizes::SIDE], age : [f32; 1] }
}
::nn::several! {
    #[doc = " What [`Heads`] gives."] pub struct HeadsOut, HeadsOutRef, HeadsOutMut {
    class : [f32; HeadsSizes::CLASSES], size : [f32; 2] }
}
::nn::several_losses! {
    #[doc =
    " A loss for each output of [`Heads`]; targets are a tuple in the same order."] pub
    struct HeadsLoss for HeadsOut { class : [f32; HeadsSizes::CLASSES], size : [f32; 2] }
}
const _: () = ::nn::expand::check_budget(
    "network `Heads` has ",
    (Heads::PARAMS + <Heads as ::nn::Parameters>::FROZEN_PARAMS) as u64,
    " parameters, but its budget is `params <= ",
    1000000u64,
);
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type BodyLayer = HeadsBody_;
    type ClassLayer = ::nn::layers::Dense<
        <HeadsBody_ as ::nn::Layer>::Out,
        [f32; HeadsSizes::CLASSES],
    >;
    type JoinedLayer = ::nn::layers::Concat<
        (<HeadsBody_ as ::nn::Layer>::Out, [f32; 1]),
        [f32; HeadsSizes::JOINED_LEN],
    >;
    type SizeLayer = ::nn::layers::Dense<[f32; HeadsSizes::JOINED_LEN], [f32; 2]>;
    /// A network whose parameters have no values yet.
    fn unset() -> Heads {
        Heads {
            body: <HeadsBody_ as ::core::default::Default>::default(),
            class: ::nn::layers::Dense::new(),
            joined: ::core::default::Default::default(),
            size: ::nn::layers::Dense::new(),
        }
    }
    impl Heads {
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
    impl ::core::default::Default for Heads {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const BODY_MEMORY: ::nn::Memory = <BodyLayer as ::nn::Layer>::MEMORY;
    const CLASS_MEMORY: ::nn::Memory = <ClassLayer as ::nn::Layer>::MEMORY;
    const JOINED_MEMORY: ::nn::Memory = <JoinedLayer as ::nn::Layer>::MEMORY;
    const SIZE_MEMORY: ::nn::Memory = <SizeLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <BodyLayer as ::nn::Layer>::IDLE_TAPE,
            <ClassLayer as ::nn::Layer>::IDLE_TAPE,
            <JoinedLayer as ::nn::Layer>::IDLE_TAPE,
            <SizeLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`Heads`] reaches.
    struct HeadsReach {
        body: ::nn::Reach,
        class: ::nn::Reach,
        joined: ::nn::Reach,
        size: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl HeadsReach {
        fn of(train: HeadsPerLayer<bool>, dx: bool) -> Self {
            let body = ::nn::Reach::of::<BodyLayer>(dx, train.body);
            let class = ::nn::Reach::of::<ClassLayer>(body.line, train.class);
            let joined = ::nn::Reach::of::<JoinedLayer>(body.line || dx, ());
            let size = ::nn::Reach::of::<SizeLayer>(joined.line, train.size);
            Self { body, class, joined, size }
        }
    }
    /// What a training step of [`Heads`] leaves on the tape.
    struct HeadsTape<'a> {
        body: &'a [<HeadsBody_ as ::nn::Layer>::Out],
        body_tape: ::nn::Tape<'a>,
        class_tape: ::nn::Tape<'a>,
        joined: &'a [[f32; HeadsSizes::JOINED_LEN]],
        joined_tape: ::nn::Tape<'a>,
        size_tape: ::nn::Tape<'a>,
    }
    impl<'a> HeadsTape<'a> {
        fn read(mut tape: ::nn::Tape<'a>, train: HeadsPerLayer<bool>, n: usize) -> Self {
            let reach = HeadsReach::of(train, tape.dx());
            Self {
                body: ::nn::expand::kept(
                    reach.body.reads.y || reach.class.reads.x || reach.joined.reads.x,
                    &mut tape,
                    n,
                ),
                body_tape: tape.line::<BodyLayer>(reach.body, train.body, n),
                class_tape: tape.line::<ClassLayer>(reach.class, train.class, n),
                joined: ::nn::expand::kept(
                    reach.joined.reads.y || reach.size.reads.x,
                    &mut tape,
                    n,
                ),
                joined_tape: tape.line::<JoinedLayer>(reach.joined, (), n),
                size_tape: tape.line::<SizeLayer>(reach.size, train.size, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for Heads {
        type Grads = HeadsGrads;
        type PerLayer<T: Copy> = HeadsPerLayer<T>;
        const PARAMS: usize = <BodyLayer as ::nn::Parameters>::PARAMS
            + <ClassLayer as ::nn::Parameters>::PARAMS
            + <SizeLayer as ::nn::Parameters>::PARAMS;
        const FROZEN_PARAMS: usize = <BodyLayer as ::nn::Parameters>::FROZEN_PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("body", 0, <BodyLayer as ::nn::Parameters>::TENSORS),
                ("class", 0, <ClassLayer as ::nn::Parameters>::TENSORS),
                ("size", 0, <SizeLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> HeadsGrads {
            HeadsGrads {
                body: ::nn::Parameters::grads(&self.body),
                class: ::nn::Parameters::grads(&self.class),
                size: ::nn::Parameters::grads(&self.size),
            }
        }
        fn no_grads() -> HeadsGrads {
            HeadsGrads {
                body: <BodyLayer as ::nn::Parameters>::no_grads(),
                class: <ClassLayer as ::nn::Parameters>::no_grads(),
                size: <SizeLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> HeadsPerLayer<T> {
            HeadsPerLayer {
                body: <BodyLayer as ::nn::Parameters>::per_layer(value),
                class: <ClassLayer as ::nn::Parameters>::per_layer(value),
                size: <SizeLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: HeadsPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> HeadsPerLayer<U> {
            HeadsPerLayer {
                body: <BodyLayer as ::nn::Parameters>::map_layers(
                    per.body,
                    &path.join("body"),
                    f,
                ),
                class: <ClassLayer as ::nn::Parameters>::map_layers(
                    per.class,
                    &path.join("class"),
                    f,
                ),
                size: <SizeLayer as ::nn::Parameters>::map_layers(
                    per.size,
                    &path.join("size"),
                    f,
                ),
            }
        }
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            ::nn::Parameters::tensors(&self.body, &path.join("body"), each);
            ::nn::Parameters::tensors(&self.class, &path.join("class"), each);
            ::nn::Parameters::tensors(&self.size, &path.join("size"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(&mut self.body, &path.join("body"), each);
            ::nn::Parameters::tensors_mut(&mut self.class, &path.join("class"), each);
            ::nn::Parameters::tensors_mut(&mut self.size, &path.join("size"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut HeadsGrads,
            per: HeadsPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.body,
                &mut grads.body,
                per.body,
                &path.join("body"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.class,
                &mut grads.class,
                per.class,
                &path.join("class"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.size,
                &mut grads.size,
                per.size,
                &path.join("size"),
                each,
            );
        }
        fn gradients(
            grads: &mut HeadsGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <BodyLayer as ::nn::Parameters>::gradients(
                &mut grads.body,
                &path.join("body"),
                each,
            );
            <ClassLayer as ::nn::Parameters>::gradients(
                &mut grads.class,
                &path.join("class"),
                each,
            );
            <SizeLayer as ::nn::Parameters>::gradients(
                &mut grads.size,
                &path.join("size"),
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
    impl ::nn::Layer for Heads {
        type In = HeadsIn;
        type Out = HeadsOut;
        const KIND: &'static str = "Heads";
        type Gives = (
            <ClassLayer as ::nn::Layer>::Gives,
            <SizeLayer as ::nn::Layer>::Gives,
        );
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[BODY_MEMORY, CLASS_MEMORY, JOINED_MEMORY, SIZE_MEMORY],
            )
            .plus(
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(
                            <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                        ),
                        ::nn::Size::per_sample(HeadsSizes::JOINED_LEN),
                    ],
                ),
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(
                            <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                        ),
                        ::nn::Size::per_sample(HeadsSizes::JOINED_LEN),
                    ],
                ),
                ::nn::Size::max(
                        &[
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::per_sample(
                                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                                    ),
                                    ::nn::Size::per_sample(HeadsSizes::JOINED_LEN),
                                ],
                            ),
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::max(
                                        &[
                                            ::nn::Size::per_sample(HeadsSizes::JOINED_LEN),
                                            ::nn::Size::per_sample(
                                                <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                                            ),
                                        ],
                                    ),
                                    ::nn::Size::per_sample(
                                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                                    ),
                                    ::nn::Size::per_sample(
                                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                                    ),
                                    ::nn::Size::per_sample(1),
                                ],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <BodyLayer as ::nn::Layer>::FLOPS
            + <ClassLayer as ::nn::Layer>::FLOPS + <JoinedLayer as ::nn::Layer>::FLOPS
            + <SizeLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <BodyLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <ClassLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <JoinedLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <SizeLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: HeadsPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = HeadsReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.body.tape::<BodyLayer>(train.body),
                    ::nn::Size::per_sample(
                            <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                        )
                        .when(
                            reach.body.reads.y || reach.class.reads.x
                                || reach.joined.reads.x,
                        ),
                    reach.class.tape::<ClassLayer>(train.class),
                    reach.joined.tape::<JoinedLayer>(()),
                    ::nn::Size::per_sample(HeadsSizes::JOINED_LEN)
                        .when(reach.joined.reads.y || reach.size.reads.x),
                    reach.size.tape::<SizeLayer>(train.size),
                ],
            )
        }
        fn reads(train: HeadsPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = HeadsReach::of(train, dx);
            ::nn::Reads {
                x: reach.body.reads.x || reach.joined.reads.x,
                y: reach.class.reads.y || reach.size.reads.y,
            }
        }
        fn forward(
            &self,
            x: ::nn::Ref<'_, HeadsIn>,
            y: ::nn::Mut<'_, HeadsOut>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.image.len();
            let slot0 = cx
                .slot(
                    ::nn::Size::per_sample(
                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                    ),
                    n,
                );
            let slot1 = cx.slot(::nn::Size::per_sample(HeadsSizes::JOINED_LEN), n);
            let flat: &[[f32; HeadsSizes::FLAT_LEN]] = ::nn::view(x.image);
            let body: &mut [<HeadsBody_ as ::nn::Layer>::Out] = ::nn::samples_in(
                slot0,
                n,
            );
            ::nn::expand::forward(&self.body, ::nn::view(flat), body, cx.line("body"));
            ::nn::expand::forward(&self.class, &*body, y.class, cx.line("class"));
            let joined: &mut [[f32; HeadsSizes::JOINED_LEN]] = ::nn::samples_in(
                slot1,
                n,
            );
            ::nn::expand::forward(
                &self.joined,
                (&*body, x.age),
                joined,
                cx.line("joined"),
            );
            ::nn::expand::forward(&self.size, &*joined, y.size, cx.line("size"));
        }
        fn forward_train(
            &self,
            x: ::nn::Ref<'_, HeadsIn>,
            y: ::nn::Mut<'_, HeadsOut>,
            mut tape: ::nn::Arena<'_>,
            train: HeadsPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.image.len();
            let reach = HeadsReach::of(train, tape.dx());
            let slot0 = cx
                .slot(
                    ::nn::Size::per_sample(
                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                    ),
                    n,
                );
            let slot1 = cx.slot(::nn::Size::per_sample(HeadsSizes::JOINED_LEN), n);
            let idle = cx.slot(IDLE, n);
            let flat: &[[f32; HeadsSizes::FLAT_LEN]] = ::nn::view(x.image);
            let body: &mut [<HeadsBody_ as ::nn::Layer>::Out] = ::nn::expand::place(
                reach.body.reads.y || reach.class.reads.x || reach.joined.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.body,
                ::nn::view(flat),
                body,
                tape.line::<BodyLayer>(reach.body, train.body, idle, n),
                train.body,
                cx.line("body"),
            );
            ::nn::expand::forward_train(
                &self.class,
                &*body,
                y.class,
                tape.line::<ClassLayer>(reach.class, train.class, idle, n),
                train.class,
                cx.line("class"),
            );
            let joined: &mut [[f32; HeadsSizes::JOINED_LEN]] = ::nn::expand::place(
                reach.joined.reads.y || reach.size.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.joined,
                (&*body, x.age),
                joined,
                tape.line::<JoinedLayer>(reach.joined, (), idle, n),
                (),
                cx.line("joined"),
            );
            ::nn::expand::forward_train(
                &self.size,
                &*joined,
                y.size,
                tape.line::<SizeLayer>(reach.size, train.size, idle, n),
                train.size,
                cx.line("size"),
            );
        }
        fn backward(
            &self,
            saved: ::nn::Saved<'_, Self>,
            dy: ::nn::Mut<'_, HeadsOut>,
            grads: &mut HeadsGrads,
            train: HeadsPerLayer<bool>,
            mut dx: Option<::nn::Mut<'_, HeadsIn>>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.class.len();
            let tape = HeadsTape::read(saved.tape, train, n);
            let reach = HeadsReach::of(train, dx.is_some());
            let (mut d_image, mut d_age) = match dx {
                Some(dx) => (Some(dx.image), Some(dx.age)),
                None => (None, None),
            };
            let slot0 = cx
                .slot(
                    ::nn::Size::max(
                        &[
                            ::nn::Size::per_sample(HeadsSizes::JOINED_LEN),
                            ::nn::Size::per_sample(
                                <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                            ),
                        ],
                    ),
                    n,
                );
            let slot1 = cx
                .slot(
                    ::nn::Size::per_sample(
                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                    ),
                    n,
                );
            let slot2 = cx
                .slot(
                    ::nn::Size::per_sample(
                        <<HeadsBody_ as ::nn::Layer>::Out as ::nn::Value>::LEN,
                    ),
                    n,
                );
            let slot3 = cx.slot(::nn::Size::per_sample(1), n);
            let mut d_joined = ::nn::expand::wanted::<
                [f32; HeadsSizes::JOINED_LEN],
            >(reach.joined.line, slot0, n);
            if reach.size.line {
                ::nn::Layer::backward(
                    &self.size,
                    ::nn::Saved {
                        x: tape.joined,
                        y: saved.y.size,
                        tape: tape.size_tape,
                    },
                    dy.size,
                    &mut grads.size,
                    train.size,
                    d_joined.as_deref_mut(),
                    cx.line("size"),
                );
            }
            let mut d_body = ::nn::expand::wanted::<
                <HeadsBody_ as ::nn::Layer>::Out,
            >(reach.body.line, slot1, n);
            let part0: &mut [<HeadsBody_ as ::nn::Layer>::Out] = ::nn::samples_in(
                slot2,
                n,
            );
            let part1: &mut [[f32; 1]] = ::nn::samples_in(slot3, n);
            if let Some(dy) = d_joined {
                ::nn::Layer::backward(
                    &self.joined,
                    ::nn::Saved {
                        x: (tape.body, saved.x.age),
                        y: tape.joined,
                        tape: tape.joined_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    if reach.body.line || d_age.is_some() {
                        Some((&mut *part0, &mut *part1))
                    } else {
                        None
                    },
                    cx.line("joined"),
                );
                if let Some(d) = d_body.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part0);
                }
                if let Some(d) = d_age.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part1);
                }
            }
            let mut part0 = ::nn::expand::wanted::<
                <HeadsBody_ as ::nn::Layer>::Out,
            >(reach.body.line, slot0, n);
            if reach.class.line {
                ::nn::Layer::backward(
                    &self.class,
                    ::nn::Saved {
                        x: tape.body,
                        y: saved.y.class,
                        tape: tape.class_tape,
                    },
                    dy.class,
                    &mut grads.class,
                    train.class,
                    part0.as_deref_mut(),
                    cx.line("class"),
                );
                if let (Some(d), Some(part)) = (d_body.as_deref_mut(), part0) {
                    ::nn::expand::add(cx.team, d, part);
                }
            }
            if let Some(dy) = d_body {
                ::nn::Layer::backward(
                    &self.body,
                    ::nn::Saved {
                        x: ::nn::view(saved.x.image),
                        y: tape.body,
                        tape: tape.body_tape,
                    },
                    dy,
                    &mut grads.body,
                    train.body,
                    d_image.as_deref_mut().map(::nn::view_mut),
                    cx.line("body"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.body, ::nn::random::fold(key, "body"));
            ::nn::Layer::reset(&mut self.class, ::nn::random::fold(key, "class"));
            ::nn::Layer::reset(&mut self.size, ::nn::random::fold(key, "size"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: HeadsPerLayer<bool>,
        ) {
            let reach = HeadsReach::of(train, tape.dx());
            let tape = HeadsTape::read(tape, train, n);
            if reach.body.line {
                ::nn::Layer::commit(&mut self.body, tape.body_tape, n, train.body);
            }
            if reach.class.line {
                ::nn::Layer::commit(&mut self.class, tape.class_tape, n, train.class);
            }
            if reach.size.line {
                ::nn::Layer::commit(&mut self.size, tape.size_tape, n, train.size);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.body);
            ::nn::Layer::prepare(&mut self.class);
            ::nn::Layer::prepare(&mut self.joined);
            ::nn::Layer::prepare(&mut self.size);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            each(
                ::nn::Row::view(
                    &path.join("flat"),
                    "Flatten",
                    <[f32; HeadsSizes::FLAT_LEN] as ::nn::Value>::text(),
                ),
            );
            <BodyLayer as ::nn::Layer>::rows(&path.join("body"), each);
            <ClassLayer as ::nn::Layer>::rows(&path.join("class"), each);
            <JoinedLayer as ::nn::Layer>::rows(&path.join("joined"), each);
            <SizeLayer as ::nn::Layer>::rows(&path.join("size"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: HeadsPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.class.len();
            let reach = HeadsReach::of(train, saved.tape.dx());
            let tape = HeadsTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                BodyLayer,
            >(
                reach.body,
                ::nn::Saved {
                    x: ::nn::view(saved.x.image),
                    y: tape.body,
                    tape: tape.body_tape,
                },
                train.body,
                &path.join("body"),
                each,
            );
            ::nn::expand::outputs::<
                ClassLayer,
            >(
                reach.class,
                ::nn::Saved {
                    x: tape.body,
                    y: saved.y.class,
                    tape: tape.class_tape,
                },
                train.class,
                &path.join("class"),
                each,
            );
            ::nn::expand::outputs::<
                JoinedLayer,
            >(
                reach.joined,
                ::nn::Saved {
                    x: (tape.body, saved.x.age),
                    y: tape.joined,
                    tape: tape.joined_tape,
                },
                (),
                &path.join("joined"),
                each,
            );
            ::nn::expand::outputs::<
                SizeLayer,
            >(
                reach.size,
                ::nn::Saved {
                    x: tape.joined,
                    y: saved.y.size,
                    tape: tape.size_tape,
                },
                train.size,
                &path.join("size"),
                each,
            );
        }
    }
    ::nn::planned_network! {
        pub Heads : HeadsGrads, HeadsPerLayer; HeadsPlan : HeadsPlannedGrads,
        HeadsPlannedPerLayer; path; learning { body : BodyLayer as Body, & path
        .join("body"); class : ClassLayer as Class, & path.join("class"); size :
        SizeLayer as Size, & path.join("size"); }
    }
};
