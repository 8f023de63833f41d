// Written by the test `expansions_are_as_reviewed` (see src/snapshots.rs); not compiled from here.

/// The body of `block` in [`Branches`].
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `norm` | LayerNorm | `input` | `[16]` |
/// | `fc` | Dense | `norm` | `[16]` |
struct BranchesBlock {
    ///LayerNorm, gives \[16].
    pub norm: ::nn::layers::LayerNorm<[f32; 16]>,
    ///Dense, gives \[16].
    pub fc: ::nn::layers::Dense<[f32; 16], [f32; 16]>,
}
/// The gradients of [`BranchesBlock`], under the names of its lines.
struct BranchesBlockGrads {
    /// The gradients of `norm`.
    pub norm: <::nn::layers::LayerNorm<[f32; 16]> as ::nn::Parameters>::Grads,
    /// The gradients of `fc`.
    pub fc: <::nn::layers::Dense<[f32; 16], [f32; 16]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`BranchesBlock`] that has parameters.
#[derive(Clone, Copy)]
struct BranchesBlockPerLayer<T: ::core::marker::Copy> {
    /// For `norm`.
    pub norm: T,
    /// For `fc`.
    pub fc: T,
}
/// A plan of [`BranchesBlock`]: what learns of each line. `nn::plan` says how it is used.
trait BranchesBlockPlan: 'static {
    /// What learns of `norm`.
    type Norm: ::nn::plan::Plan<::nn::layers::LayerNorm<[f32; 16]>>;
    /// What learns of `fc`.
    type Fc: ::nn::plan::Plan<::nn::layers::Dense<[f32; 16], [f32; 16]>>;
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type NormLayer = ::nn::layers::LayerNorm<[f32; 16]>;
    type FcLayer = ::nn::layers::Dense<[f32; 16], [f32; 16]>;
    /// A network whose parameters have no values yet.
    fn unset() -> BranchesBlock {
        BranchesBlock {
            norm: ::nn::layers::LayerNorm::new(),
            fc: ::nn::layers::Dense::new(),
        }
    }
    impl BranchesBlock {
        /// The number of trained parameters.
        const PARAMS: usize = <Self as ::nn::Parameters>::PARAMS;
        /// Floating-point operations of inference for one sample; a multiply-add is two.
        const FLOPS: u64 = <Self as ::nn::Layer>::FLOPS;
        /// Floating-point operations of a training step for one sample, without the optimiser.
        const TRAINING_FLOPS: u64 = Self::FLOPS + <Self as ::nn::Layer>::BACKWARD_FLOPS;
        /// Bytes of workspace that inference of one sample needs.
        const WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY.inference_bytes(1);
        /// The most bytes of workspace that a training step with one sample needs.
        const TRAINING_WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY
            .training_bytes(1);
        /// The network with initial values that a seed stands for.
        fn seeded(seed: u64) -> Self {
            let mut network = unset();
            ::nn::Layer::reset(&mut network, seed);
            network
        }
        /// The network with the weights of a safetensors file, which must have all of them and no others.
        fn load(
            path: impl ::core::convert::AsRef<::std::path::Path>,
        ) -> ::nn::Result<Self> {
            let mut network = unset();
            ::nn::storage::load_into(&mut network, path, ::nn::storage::Mode::Strict)?;
            Ok(network)
        }
    }
    impl ::core::default::Default for BranchesBlock {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const NORM_MEMORY: ::nn::Memory = <NormLayer as ::nn::Layer>::MEMORY;
    const FC_MEMORY: ::nn::Memory = <FcLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[<NormLayer as ::nn::Layer>::IDLE_TAPE, <FcLayer as ::nn::Layer>::IDLE_TAPE],
    );
    /// What a backward pass through [`BranchesBlock`] reaches.
    struct BranchesBlockReach {
        norm: ::nn::Reach,
        fc: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl BranchesBlockReach {
        fn of(train: BranchesBlockPerLayer<bool>, dx: bool) -> Self {
            let norm = ::nn::Reach::of::<NormLayer>(dx, train.norm);
            let fc = ::nn::Reach::of::<FcLayer>(norm.line, train.fc);
            Self { norm, fc }
        }
    }
    /// What a training step of [`BranchesBlock`] leaves on the tape.
    struct BranchesBlockTape<'a> {
        norm: &'a [[f32; 16]],
        norm_tape: ::nn::Tape<'a>,
        fc_tape: ::nn::Tape<'a>,
    }
    impl<'a> BranchesBlockTape<'a> {
        fn read(
            mut tape: ::nn::Tape<'a>,
            train: BranchesBlockPerLayer<bool>,
            n: usize,
        ) -> Self {
            let reach = BranchesBlockReach::of(train, tape.dx());
            Self {
                norm: ::nn::expand::kept(
                    reach.norm.reads.y || reach.fc.reads.x,
                    &mut tape,
                    n,
                ),
                norm_tape: tape.line::<NormLayer>(reach.norm, train.norm, n),
                fc_tape: tape.line::<FcLayer>(reach.fc, train.fc, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for BranchesBlock {
        type Grads = BranchesBlockGrads;
        type PerLayer<T: Copy> = BranchesBlockPerLayer<T>;
        const PARAMS: usize = <NormLayer as ::nn::Parameters>::PARAMS
            + <FcLayer as ::nn::Parameters>::PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("norm", 0, <NormLayer as ::nn::Parameters>::TENSORS),
                ("fc", 0, <FcLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> BranchesBlockGrads {
            BranchesBlockGrads {
                norm: ::nn::Parameters::grads(&self.norm),
                fc: ::nn::Parameters::grads(&self.fc),
            }
        }
        fn no_grads() -> BranchesBlockGrads {
            BranchesBlockGrads {
                norm: <NormLayer as ::nn::Parameters>::no_grads(),
                fc: <FcLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> BranchesBlockPerLayer<T> {
            BranchesBlockPerLayer {
                norm: <NormLayer as ::nn::Parameters>::per_layer(value),
                fc: <FcLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: BranchesBlockPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> BranchesBlockPerLayer<U> {
            BranchesBlockPerLayer {
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
            }
        }
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            ::nn::Parameters::tensors(&self.norm, &path.join("norm"), each);
            ::nn::Parameters::tensors(&self.fc, &path.join("fc"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(&mut self.norm, &path.join("norm"), each);
            ::nn::Parameters::tensors_mut(&mut self.fc, &path.join("fc"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut BranchesBlockGrads,
            per: BranchesBlockPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
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
        }
        fn gradients(
            grads: &mut BranchesBlockGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
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
        }
    }
    #[allow(unused_variables, unused_mut)]
    impl ::nn::Layer for BranchesBlock {
        type In = [f32; 16];
        type Out = [f32; 16];
        const KIND: &'static str = "BranchesBlock";
        type Gives = <FcLayer as ::nn::Layer>::Gives;
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(&[NORM_MEMORY, FC_MEMORY])
            .plus(
                ::nn::Size::sum(&[::nn::Size::per_sample(16)]),
                ::nn::Size::per_sample(16),
                ::nn::Size::max(
                        &[::nn::Size::per_sample(16), ::nn::Size::per_sample(16)],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <NormLayer as ::nn::Layer>::FLOPS
            + <FcLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <NormLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <FcLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: BranchesBlockPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = BranchesBlockReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.norm.tape::<NormLayer>(train.norm),
                    ::nn::Size::per_sample(16)
                        .when(reach.norm.reads.y || reach.fc.reads.x),
                    reach.fc.tape::<FcLayer>(train.fc),
                ],
            )
        }
        fn reads(train: BranchesBlockPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = BranchesBlockReach::of(train, dx);
            ::nn::Reads {
                x: reach.norm.reads.x,
                y: reach.fc.reads.y,
            }
        }
        fn forward(
            &self,
            x: &[[f32; 16]],
            y: &mut [[f32; 16]],
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let norm: &mut [[f32; 16]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.norm, x, norm, cx.line("norm"));
            ::nn::expand::forward(&self.fc, &*norm, y, cx.line("fc"));
        }
        fn forward_train(
            &self,
            x: &[[f32; 16]],
            y: &mut [[f32; 16]],
            mut tape: ::nn::Arena<'_>,
            train: BranchesBlockPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let reach = BranchesBlockReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let idle = cx.slot(IDLE, n);
            let norm: &mut [[f32; 16]] = ::nn::expand::place(
                reach.norm.reads.y || reach.fc.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.norm,
                x,
                norm,
                tape.line::<NormLayer>(reach.norm, train.norm, idle, n),
                train.norm,
                cx.line("norm"),
            );
            ::nn::expand::forward_train(
                &self.fc,
                &*norm,
                y,
                tape.line::<FcLayer>(reach.fc, train.fc, idle, n),
                train.fc,
                cx.line("fc"),
            );
        }
        fn backward(
            &self,
            saved: ::nn::Saved<'_, Self>,
            dy: &mut [[f32; 16]],
            grads: &mut BranchesBlockGrads,
            train: BranchesBlockPerLayer<bool>,
            mut dx: Option<&mut [[f32; 16]]>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.len();
            let tape = BranchesBlockTape::read(saved.tape, train, n);
            let reach = BranchesBlockReach::of(train, dx.is_some());
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let mut d_norm = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.norm.line, slot0, n);
            if reach.fc.line {
                ::nn::Layer::backward(
                    &self.fc,
                    ::nn::Saved {
                        x: tape.norm,
                        y: saved.y,
                        tape: tape.fc_tape,
                    },
                    dy,
                    &mut grads.fc,
                    train.fc,
                    d_norm.as_deref_mut(),
                    cx.line("fc"),
                );
            }
            if let Some(dy) = d_norm {
                ::nn::Layer::backward(
                    &self.norm,
                    ::nn::Saved {
                        x: saved.x,
                        y: tape.norm,
                        tape: tape.norm_tape,
                    },
                    dy,
                    &mut grads.norm,
                    train.norm,
                    dx,
                    cx.line("norm"),
                );
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.norm, ::nn::random::fold(key, "norm"));
            ::nn::Layer::reset(&mut self.fc, ::nn::random::fold(key, "fc"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: BranchesBlockPerLayer<bool>,
        ) {
            let reach = BranchesBlockReach::of(train, tape.dx());
            let tape = BranchesBlockTape::read(tape, train, n);
            if reach.norm.line {
                ::nn::Layer::commit(&mut self.norm, tape.norm_tape, n, train.norm);
            }
            if reach.fc.line {
                ::nn::Layer::commit(&mut self.fc, tape.fc_tape, n, train.fc);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.norm);
            ::nn::Layer::prepare(&mut self.fc);
        }
        fn bottom(&self, train: BranchesBlockPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = BranchesBlockReach::of(train, false);
            bottom.line("norm", &self.norm, train.norm, reach.norm.line, true);
            bottom.line("fc", &self.fc, train.fc, reach.fc.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            <NormLayer as ::nn::Layer>::rows(&path.join("norm"), each);
            <FcLayer as ::nn::Layer>::rows(&path.join("fc"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: BranchesBlockPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.len();
            let reach = BranchesBlockReach::of(train, saved.tape.dx());
            let tape = BranchesBlockTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                NormLayer,
            >(
                reach.norm,
                ::nn::Saved {
                    x: saved.x,
                    y: tape.norm,
                    tape: tape.norm_tape,
                },
                train.norm,
                &path.join("norm"),
                each,
            );
            ::nn::expand::outputs::<
                FcLayer,
            >(
                reach.fc,
                ::nn::Saved {
                    x: tape.norm,
                    y: saved.y,
                    tape: tape.fc_tape,
                },
                train.fc,
                &path.join("fc"),
                each,
            );
        }
    }
    ::nn::planned_network! {
        BranchesBlock : BranchesBlockGrads, BranchesBlockPerLayer; BranchesBlockPlan :
        BranchesBlockPlannedGrads, BranchesBlockPlannedPerLayer; path; learning { norm :
        NormLayer as Norm, & path.join("norm"); fc : FcLayer as Fc, & path.join("fc"); }
    }
};
/// Several consumers, a sum, a join, a view and a residual.
///
///| layer | kind | takes | gives |
///|---|---|---|---|
/// | `flat` | Flatten | `input` | `[8]` |
/// | `stem` | Dense + Gelu | `flat` | `[16]` |
/// | `left` | Dense + Silu | `stem` | `[16]` |
/// | `sum` | Add | `stem`, `left` | `[16]` |
/// | `drop` | Dropout | `sum` | `[16]` |
/// | `block` | Residual | `drop` | `[16]` |
/// | `joined` | Concat | `block`, `flat` | `[24]` |
/// | `out` | Dense | `joined` | `[3]` |
struct Branches {
    ///Dense + Gelu, gives \[16].
    pub stem: ::nn::layers::Dense<[f32; 8], [f32; 16], ::nn::layers::Gelu>,
    ///Dense + Silu, gives \[16].
    pub left: ::nn::layers::Dense<[f32; 16], [f32; 16], ::nn::layers::Silu>,
    ///Add, gives \[16].
    pub sum: ::nn::layers::Add<([f32; 16], [f32; 16])>,
    ///Dropout, gives \[16].
    pub drop: ::nn::layers::Dropout<[f32; 16]>,
    ///Residual, gives \[16].
    pub block: ::nn::layers::Residual<BranchesBlock>,
    ///Concat, gives \[24].
    pub joined: ::nn::layers::Concat<([f32; 16], [f32; 8]), [f32; 24]>,
    ///Dense, gives \[3].
    pub out: ::nn::layers::Dense<[f32; 24], [f32; 3]>,
}
/// The gradients of [`Branches`], under the names of its lines.
struct BranchesGrads {
    /// The gradients of `stem`.
    pub stem: <::nn::layers::Dense<
        [f32; 8],
        [f32; 16],
        ::nn::layers::Gelu,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `left`.
    pub left: <::nn::layers::Dense<
        [f32; 16],
        [f32; 16],
        ::nn::layers::Silu,
    > as ::nn::Parameters>::Grads,
    /// The gradients of `block`.
    pub block: <::nn::layers::Residual<BranchesBlock> as ::nn::Parameters>::Grads,
    /// The gradients of `out`.
    pub out: <::nn::layers::Dense<[f32; 24], [f32; 3]> as ::nn::Parameters>::Grads,
}
/// A `T` for each layer of [`Branches`] that has parameters.
#[derive(Clone, Copy)]
struct BranchesPerLayer<T: ::core::marker::Copy> {
    /// For `stem`.
    pub stem: T,
    /// For `left`.
    pub left: T,
    /// For `block`.
    pub block: <::nn::layers::Residual<BranchesBlock> as ::nn::Parameters>::PerLayer<T>,
    /// For `out`.
    pub out: T,
}
/// A plan of [`Branches`]: what learns of each line. `nn::plan` says how it is used.
trait BranchesPlan: 'static {
    /// What learns of `stem`.
    type Stem: ::nn::plan::Plan<
            ::nn::layers::Dense<[f32; 8], [f32; 16], ::nn::layers::Gelu>,
        >;
    /// What learns of `left`.
    type Left: ::nn::plan::Plan<
            ::nn::layers::Dense<[f32; 16], [f32; 16], ::nn::layers::Silu>,
        >;
    /// What learns of `block`.
    type Block: ::nn::plan::Plan<::nn::layers::Residual<BranchesBlock>>;
    /// What learns of `out`.
    type Out: ::nn::plan::Plan<::nn::layers::Dense<[f32; 24], [f32; 3]>>;
}
const _: () = {
    #[allow(unused_imports)]
    use ::nn::expand::names::*;
    type StemLayer = ::nn::layers::Dense<[f32; 8], [f32; 16], ::nn::layers::Gelu>;
    type LeftLayer = ::nn::layers::Dense<[f32; 16], [f32; 16], ::nn::layers::Silu>;
    type SumLayer = ::nn::layers::Add<([f32; 16], [f32; 16])>;
    type DropLayer = ::nn::layers::Dropout<[f32; 16]>;
    type BlockLayer = ::nn::layers::Residual<BranchesBlock>;
    type JoinedLayer = ::nn::layers::Concat<([f32; 16], [f32; 8]), [f32; 24]>;
    type OutLayer = ::nn::layers::Dense<[f32; 24], [f32; 3]>;
    /// A network whose parameters have no values yet.
    fn unset() -> Branches {
        Branches {
            stem: ::nn::layers::Dense::with(::nn::layers::Gelu),
            left: ::nn::layers::Dense::with(::nn::layers::Silu),
            sum: ::core::default::Default::default(),
            drop: ::nn::layers::Dropout::new(0.1),
            block: ::core::default::Default::default(),
            joined: ::core::default::Default::default(),
            out: ::nn::layers::Dense::new(),
        }
    }
    impl Branches {
        /// The number of trained parameters.
        const PARAMS: usize = <Self as ::nn::Parameters>::PARAMS;
        /// Floating-point operations of inference for one sample; a multiply-add is two.
        const FLOPS: u64 = <Self as ::nn::Layer>::FLOPS;
        /// Floating-point operations of a training step for one sample, without the optimiser.
        const TRAINING_FLOPS: u64 = Self::FLOPS + <Self as ::nn::Layer>::BACKWARD_FLOPS;
        /// Bytes of workspace that inference of one sample needs.
        const WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY.inference_bytes(1);
        /// The most bytes of workspace that a training step with one sample needs.
        const TRAINING_WORKSPACE_BYTES: usize = <Self as ::nn::Layer>::MEMORY
            .training_bytes(1);
        /// The network with initial values that a seed stands for.
        fn seeded(seed: u64) -> Self {
            let mut network = unset();
            ::nn::Layer::reset(&mut network, seed);
            network
        }
        /// The network with the weights of a safetensors file, which must have all of them and no others.
        fn load(
            path: impl ::core::convert::AsRef<::std::path::Path>,
        ) -> ::nn::Result<Self> {
            let mut network = unset();
            ::nn::storage::load_into(&mut network, path, ::nn::storage::Mode::Strict)?;
            Ok(network)
        }
    }
    impl ::core::default::Default for Branches {
        /// The network with initial values from seed 0.
        fn default() -> Self {
            Self::seeded(0)
        }
    }
    const STEM_MEMORY: ::nn::Memory = <StemLayer as ::nn::Layer>::MEMORY;
    const LEFT_MEMORY: ::nn::Memory = <LeftLayer as ::nn::Layer>::MEMORY;
    const SUM_MEMORY: ::nn::Memory = <SumLayer as ::nn::Layer>::MEMORY;
    const DROP_MEMORY: ::nn::Memory = <DropLayer as ::nn::Layer>::MEMORY;
    const BLOCK_MEMORY: ::nn::Memory = <BlockLayer as ::nn::Layer>::MEMORY;
    const JOINED_MEMORY: ::nn::Memory = <JoinedLayer as ::nn::Layer>::MEMORY;
    const OUT_MEMORY: ::nn::Memory = <OutLayer as ::nn::Layer>::MEMORY;
    /// What lines write in training that a backward pass does not reach.
    const IDLE: ::nn::Size = ::nn::Size::max(
        &[
            <StemLayer as ::nn::Layer>::IDLE_TAPE,
            <LeftLayer as ::nn::Layer>::IDLE_TAPE,
            <SumLayer as ::nn::Layer>::IDLE_TAPE,
            <DropLayer as ::nn::Layer>::IDLE_TAPE,
            <BlockLayer as ::nn::Layer>::IDLE_TAPE,
            <JoinedLayer as ::nn::Layer>::IDLE_TAPE,
            <OutLayer as ::nn::Layer>::IDLE_TAPE,
        ],
    );
    /// What a backward pass through [`Branches`] reaches.
    struct BranchesReach {
        stem: ::nn::Reach,
        left: ::nn::Reach,
        sum: ::nn::Reach,
        drop: ::nn::Reach,
        block: ::nn::Reach,
        joined: ::nn::Reach,
        out: ::nn::Reach,
    }
    #[allow(unused_variables)]
    impl BranchesReach {
        fn of(train: BranchesPerLayer<bool>, dx: bool) -> Self {
            let stem = ::nn::Reach::of::<StemLayer>(dx, train.stem);
            let left = ::nn::Reach::of::<LeftLayer>(stem.line, train.left);
            let sum = ::nn::Reach::of::<SumLayer>(stem.line || left.line, ());
            let drop = ::nn::Reach::of::<DropLayer>(sum.line, ());
            let block = ::nn::Reach::of::<BlockLayer>(drop.line, train.block);
            let joined = ::nn::Reach::of::<JoinedLayer>(block.line || dx, ());
            let out = ::nn::Reach::of::<OutLayer>(joined.line, train.out);
            Self {
                stem,
                left,
                sum,
                drop,
                block,
                joined,
                out,
            }
        }
    }
    /// What a training step of [`Branches`] leaves on the tape.
    struct BranchesTape<'a> {
        stem: &'a [[f32; 16]],
        stem_tape: ::nn::Tape<'a>,
        left: &'a [[f32; 16]],
        left_tape: ::nn::Tape<'a>,
        sum: &'a [[f32; 16]],
        sum_tape: ::nn::Tape<'a>,
        drop: &'a [[f32; 16]],
        drop_tape: ::nn::Tape<'a>,
        block: &'a [[f32; 16]],
        block_tape: ::nn::Tape<'a>,
        joined: &'a [[f32; 24]],
        joined_tape: ::nn::Tape<'a>,
        out_tape: ::nn::Tape<'a>,
    }
    impl<'a> BranchesTape<'a> {
        fn read(
            mut tape: ::nn::Tape<'a>,
            train: BranchesPerLayer<bool>,
            n: usize,
        ) -> Self {
            let reach = BranchesReach::of(train, tape.dx());
            Self {
                stem: ::nn::expand::kept(
                    reach.stem.reads.y || reach.left.reads.x || reach.sum.reads.x,
                    &mut tape,
                    n,
                ),
                stem_tape: tape.line::<StemLayer>(reach.stem, train.stem, n),
                left: ::nn::expand::kept(
                    reach.left.reads.y || reach.sum.reads.x,
                    &mut tape,
                    n,
                ),
                left_tape: tape.line::<LeftLayer>(reach.left, train.left, n),
                sum: ::nn::expand::kept(
                    reach.sum.reads.y || reach.drop.reads.x,
                    &mut tape,
                    n,
                ),
                sum_tape: tape.line::<SumLayer>(reach.sum, (), n),
                drop: ::nn::expand::kept(
                    reach.drop.reads.y || reach.block.reads.x,
                    &mut tape,
                    n,
                ),
                drop_tape: tape.line::<DropLayer>(reach.drop, (), n),
                block: ::nn::expand::kept(
                    reach.block.reads.y || reach.joined.reads.x,
                    &mut tape,
                    n,
                ),
                block_tape: tape.line::<BlockLayer>(reach.block, train.block, n),
                joined: ::nn::expand::kept(
                    reach.joined.reads.y || reach.out.reads.x,
                    &mut tape,
                    n,
                ),
                joined_tape: tape.line::<JoinedLayer>(reach.joined, (), n),
                out_tape: tape.line::<OutLayer>(reach.out, train.out, n),
            }
        }
    }
    #[allow(unused_variables)]
    impl ::nn::Parameters for Branches {
        type Grads = BranchesGrads;
        type PerLayer<T: Copy> = BranchesPerLayer<T>;
        const PARAMS: usize = <StemLayer as ::nn::Parameters>::PARAMS
            + <LeftLayer as ::nn::Parameters>::PARAMS
            + <BlockLayer as ::nn::Parameters>::PARAMS
            + <OutLayer as ::nn::Parameters>::PARAMS;
        const FROZEN_PARAMS: usize = <BlockLayer as ::nn::Parameters>::FROZEN_PARAMS;
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(
            &[
                ("stem", 0, <StemLayer as ::nn::Parameters>::TENSORS),
                ("left", 0, <LeftLayer as ::nn::Parameters>::TENSORS),
                ("block", 0, <BlockLayer as ::nn::Parameters>::TENSORS),
                ("out", 0, <OutLayer as ::nn::Parameters>::TENSORS),
            ],
        );
        fn grads(&self) -> BranchesGrads {
            BranchesGrads {
                stem: ::nn::Parameters::grads(&self.stem),
                left: ::nn::Parameters::grads(&self.left),
                block: ::nn::Parameters::grads(&self.block),
                out: ::nn::Parameters::grads(&self.out),
            }
        }
        fn no_grads() -> BranchesGrads {
            BranchesGrads {
                stem: <StemLayer as ::nn::Parameters>::no_grads(),
                left: <LeftLayer as ::nn::Parameters>::no_grads(),
                block: <BlockLayer as ::nn::Parameters>::no_grads(),
                out: <OutLayer as ::nn::Parameters>::no_grads(),
            }
        }
        fn per_layer<T: Copy>(value: T) -> BranchesPerLayer<T> {
            BranchesPerLayer {
                stem: <StemLayer as ::nn::Parameters>::per_layer(value),
                left: <LeftLayer as ::nn::Parameters>::per_layer(value),
                block: <BlockLayer as ::nn::Parameters>::per_layer(value),
                out: <OutLayer as ::nn::Parameters>::per_layer(value),
            }
        }
        fn map_layers<T: Copy, U: Copy>(
            per: BranchesPerLayer<T>,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> BranchesPerLayer<U> {
            BranchesPerLayer {
                stem: <StemLayer as ::nn::Parameters>::map_layers(
                    per.stem,
                    &path.join("stem"),
                    f,
                ),
                left: <LeftLayer as ::nn::Parameters>::map_layers(
                    per.left,
                    &path.join("left"),
                    f,
                ),
                block: <BlockLayer as ::nn::Parameters>::map_layers(
                    per.block,
                    &path.join("block"),
                    f,
                ),
                out: <OutLayer as ::nn::Parameters>::map_layers(
                    per.out,
                    &path.join("out"),
                    f,
                ),
            }
        }
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            ::nn::Parameters::tensors(&self.stem, &path.join("stem"), each);
            ::nn::Parameters::tensors(&self.left, &path.join("left"), each);
            ::nn::Parameters::tensors(&self.block, &path.join("block"), each);
            ::nn::Parameters::tensors(&self.out, &path.join("out"), each);
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            ::nn::Parameters::tensors_mut(&mut self.stem, &path.join("stem"), each);
            ::nn::Parameters::tensors_mut(&mut self.left, &path.join("left"), each);
            ::nn::Parameters::tensors_mut(&mut self.block, &path.join("block"), each);
            ::nn::Parameters::tensors_mut(&mut self.out, &path.join("out"), each);
        }
        fn pairs<T: Copy>(
            &mut self,
            grads: &mut BranchesGrads,
            per: BranchesPerLayer<T>,
            path: &::nn::Path<'_>,
            each: ::nn::EachPair<'_, T>,
        ) {
            ::nn::Parameters::pairs(
                &mut self.stem,
                &mut grads.stem,
                per.stem,
                &path.join("stem"),
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
                &mut self.block,
                &mut grads.block,
                per.block,
                &path.join("block"),
                each,
            );
            ::nn::Parameters::pairs(
                &mut self.out,
                &mut grads.out,
                per.out,
                &path.join("out"),
                each,
            );
        }
        fn gradients(
            grads: &mut BranchesGrads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            <StemLayer as ::nn::Parameters>::gradients(
                &mut grads.stem,
                &path.join("stem"),
                each,
            );
            <LeftLayer as ::nn::Parameters>::gradients(
                &mut grads.left,
                &path.join("left"),
                each,
            );
            <BlockLayer as ::nn::Parameters>::gradients(
                &mut grads.block,
                &path.join("block"),
                each,
            );
            <OutLayer as ::nn::Parameters>::gradients(
                &mut grads.out,
                &path.join("out"),
                each,
            );
        }
        fn adapters(&self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapter<'_>) {
            ::nn::Parameters::adapters(&self.block, &path.join("block"), each);
        }
        fn adapters_mut(
            &mut self,
            path: &::nn::Path<'_>,
            each: ::nn::lora::EachAdapterMut<'_>,
        ) {
            ::nn::Parameters::adapters_mut(&mut self.block, &path.join("block"), each);
        }
    }
    #[allow(unused_variables, unused_mut)]
    impl ::nn::Layer for Branches {
        type In = [[f32; 4]; 2];
        type Out = [f32; 3];
        const KIND: &'static str = "Branches";
        type Gives = <OutLayer as ::nn::Layer>::Gives;
        const MEMORY: ::nn::Memory = ::nn::Memory::of_lines(
                &[
                    STEM_MEMORY,
                    LEFT_MEMORY,
                    SUM_MEMORY,
                    DROP_MEMORY,
                    BLOCK_MEMORY,
                    JOINED_MEMORY,
                    OUT_MEMORY,
                ],
            )
            .plus(
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(24),
                    ],
                ),
                ::nn::Size::sum(
                    &[
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(16),
                        ::nn::Size::per_sample(24),
                    ],
                ),
                ::nn::Size::max(
                        &[
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::per_sample(16),
                                    ::nn::Size::per_sample(16),
                                    ::nn::Size::per_sample(24),
                                ],
                            ),
                            ::nn::Size::sum(
                                &[
                                    ::nn::Size::per_sample(24),
                                    ::nn::Size::per_sample(16),
                                    ::nn::Size::per_sample(16),
                                    ::nn::Size::per_sample(16),
                                    ::nn::Size::per_sample(16),
                                ],
                            ),
                        ],
                    )
                    .plus(IDLE),
            );
        const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
        const FLOPS: u64 = <StemLayer as ::nn::Layer>::FLOPS
            + <LeftLayer as ::nn::Layer>::FLOPS + <SumLayer as ::nn::Layer>::FLOPS
            + <DropLayer as ::nn::Layer>::FLOPS + <BlockLayer as ::nn::Layer>::FLOPS
            + <JoinedLayer as ::nn::Layer>::FLOPS + <OutLayer as ::nn::Layer>::FLOPS;
        const BACKWARD_FLOPS: u64 = <StemLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <LeftLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <SumLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <DropLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <BlockLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <JoinedLayer as ::nn::Layer>::BACKWARD_FLOPS
            + <OutLayer as ::nn::Layer>::BACKWARD_FLOPS;
        fn tape(train: BranchesPerLayer<bool>, dx: bool) -> ::nn::Size {
            let reach = BranchesReach::of(train, dx);
            ::nn::Size::sum(
                &[
                    reach.stem.tape::<StemLayer>(train.stem),
                    ::nn::Size::per_sample(16)
                        .when(
                            reach.stem.reads.y || reach.left.reads.x || reach.sum.reads.x,
                        ),
                    reach.left.tape::<LeftLayer>(train.left),
                    ::nn::Size::per_sample(16)
                        .when(reach.left.reads.y || reach.sum.reads.x),
                    reach.sum.tape::<SumLayer>(()),
                    ::nn::Size::per_sample(16)
                        .when(reach.sum.reads.y || reach.drop.reads.x),
                    reach.drop.tape::<DropLayer>(()),
                    ::nn::Size::per_sample(16)
                        .when(reach.drop.reads.y || reach.block.reads.x),
                    reach.block.tape::<BlockLayer>(train.block),
                    ::nn::Size::per_sample(16)
                        .when(reach.block.reads.y || reach.joined.reads.x),
                    reach.joined.tape::<JoinedLayer>(()),
                    ::nn::Size::per_sample(24)
                        .when(reach.joined.reads.y || reach.out.reads.x),
                    reach.out.tape::<OutLayer>(train.out),
                ],
            )
        }
        fn reads(train: BranchesPerLayer<bool>, dx: bool) -> ::nn::Reads {
            let reach = BranchesReach::of(train, dx);
            ::nn::Reads {
                x: reach.stem.reads.x || reach.joined.reads.x,
                y: reach.out.reads.y,
            }
        }
        fn forward(
            &self,
            x: &[[[f32; 4]; 2]],
            y: &mut [[f32; 3]],
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let slot1 = cx.slot(::nn::Size::per_sample(16), n);
            let slot2 = cx.slot(::nn::Size::per_sample(24), n);
            let flat: &[[f32; 8]] = ::nn::view(x);
            let stem: &mut [[f32; 16]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.stem, flat, stem, cx.line("stem"));
            let left: &mut [[f32; 16]] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.left, &*stem, left, cx.line("left"));
            let sum: &mut [[f32; 16]] = ::nn::samples_in(slot2, n);
            ::nn::expand::forward(&self.sum, (&*stem, &*left), sum, cx.line("sum"));
            let drop: &mut [[f32; 16]] = ::nn::samples_in(slot0, n);
            ::nn::expand::forward(&self.drop, &*sum, drop, cx.line("drop"));
            let block: &mut [[f32; 16]] = ::nn::samples_in(slot1, n);
            ::nn::expand::forward(&self.block, &*drop, block, cx.line("block"));
            let joined: &mut [[f32; 24]] = ::nn::samples_in(slot2, n);
            ::nn::expand::forward(
                &self.joined,
                (&*block, flat),
                joined,
                cx.line("joined"),
            );
            ::nn::expand::forward(&self.out, &*joined, y, cx.line("out"));
        }
        fn forward_train(
            &self,
            x: &[[[f32; 4]; 2]],
            y: &mut [[f32; 3]],
            mut tape: ::nn::Arena<'_>,
            train: BranchesPerLayer<bool>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = x.len();
            let reach = BranchesReach::of(train, tape.dx());
            let slot0 = cx.slot(::nn::Size::per_sample(16), n);
            let slot1 = cx.slot(::nn::Size::per_sample(16), n);
            let slot2 = cx.slot(::nn::Size::per_sample(24), n);
            let idle = cx.slot(IDLE, n);
            let flat: &[[f32; 8]] = ::nn::view(x);
            let stem: &mut [[f32; 16]] = ::nn::expand::place(
                reach.stem.reads.y || reach.left.reads.x || reach.sum.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.stem,
                flat,
                stem,
                tape.line::<StemLayer>(reach.stem, train.stem, idle, n),
                train.stem,
                cx.line("stem"),
            );
            let left: &mut [[f32; 16]] = ::nn::expand::place(
                reach.left.reads.y || reach.sum.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.left,
                &*stem,
                left,
                tape.line::<LeftLayer>(reach.left, train.left, idle, n),
                train.left,
                cx.line("left"),
            );
            let sum: &mut [[f32; 16]] = ::nn::expand::place(
                reach.sum.reads.y || reach.drop.reads.x,
                &mut tape,
                slot2,
                n,
            );
            ::nn::expand::forward_train(
                &self.sum,
                (&*stem, &*left),
                sum,
                tape.line::<SumLayer>(reach.sum, (), idle, n),
                (),
                cx.line("sum"),
            );
            let drop: &mut [[f32; 16]] = ::nn::expand::place(
                reach.drop.reads.y || reach.block.reads.x,
                &mut tape,
                slot0,
                n,
            );
            ::nn::expand::forward_train(
                &self.drop,
                &*sum,
                drop,
                tape.line::<DropLayer>(reach.drop, (), idle, n),
                (),
                cx.line("drop"),
            );
            let block: &mut [[f32; 16]] = ::nn::expand::place(
                reach.block.reads.y || reach.joined.reads.x,
                &mut tape,
                slot1,
                n,
            );
            ::nn::expand::forward_train(
                &self.block,
                &*drop,
                block,
                tape.line::<BlockLayer>(reach.block, train.block, idle, n),
                train.block,
                cx.line("block"),
            );
            let joined: &mut [[f32; 24]] = ::nn::expand::place(
                reach.joined.reads.y || reach.out.reads.x,
                &mut tape,
                slot2,
                n,
            );
            ::nn::expand::forward_train(
                &self.joined,
                (&*block, flat),
                joined,
                tape.line::<JoinedLayer>(reach.joined, (), idle, n),
                (),
                cx.line("joined"),
            );
            ::nn::expand::forward_train(
                &self.out,
                &*joined,
                y,
                tape.line::<OutLayer>(reach.out, train.out, idle, n),
                train.out,
                cx.line("out"),
            );
        }
        fn backward(
            &self,
            saved: ::nn::Saved<'_, Self>,
            dy: &mut [[f32; 3]],
            grads: &mut BranchesGrads,
            train: BranchesPerLayer<bool>,
            mut dx: Option<&mut [[[f32; 4]; 2]]>,
            mut cx: ::nn::Context<'_>,
        ) {
            let n = dy.len();
            let tape = BranchesTape::read(saved.tape, train, n);
            let reach = BranchesReach::of(train, dx.is_some());
            let slot0 = cx.slot(::nn::Size::per_sample(24), n);
            let slot1 = cx.slot(::nn::Size::per_sample(16), n);
            let slot2 = cx.slot(::nn::Size::per_sample(16), n);
            let slot3 = cx.slot(::nn::Size::per_sample(16), n);
            let slot4 = cx.slot(::nn::Size::per_sample(16), n);
            let mut d_joined = ::nn::expand::wanted::<
                [f32; 24],
            >(reach.joined.line, slot0, n);
            if reach.out.line {
                ::nn::Layer::backward(
                    &self.out,
                    ::nn::Saved {
                        x: tape.joined,
                        y: saved.y,
                        tape: tape.out_tape,
                    },
                    dy,
                    &mut grads.out,
                    train.out,
                    d_joined.as_deref_mut(),
                    cx.line("out"),
                );
            }
            let mut d_block = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.block.line, slot1, n);
            let part0: &mut [[f32; 16]] = ::nn::samples_in(slot2, n);
            let part1: &mut [[[f32; 4]; 2]] = ::nn::samples_in(slot3, n);
            if let Some(dy) = d_joined {
                ::nn::Layer::backward(
                    &self.joined,
                    ::nn::Saved {
                        x: (tape.block, ::nn::view(saved.x)),
                        y: tape.joined,
                        tape: tape.joined_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    if reach.block.line || dx.is_some() {
                        Some((&mut *part0, ::nn::view_mut(&mut *part1)))
                    } else {
                        None
                    },
                    cx.line("joined"),
                );
                if let Some(d) = d_block.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part0);
                }
                if let Some(d) = dx.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part1);
                }
            }
            let mut d_drop = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.drop.line, slot2, n);
            if let Some(dy) = d_block {
                ::nn::Layer::backward(
                    &self.block,
                    ::nn::Saved {
                        x: tape.drop,
                        y: tape.block,
                        tape: tape.block_tape,
                    },
                    dy,
                    &mut grads.block,
                    train.block,
                    d_drop.as_deref_mut(),
                    cx.line("block"),
                );
            }
            let mut d_sum = ::nn::expand::wanted::<[f32; 16]>(reach.sum.line, slot1, n);
            if let Some(dy) = d_drop {
                ::nn::Layer::backward(
                    &self.drop,
                    ::nn::Saved {
                        x: tape.sum,
                        y: tape.drop,
                        tape: tape.drop_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    d_sum.as_deref_mut(),
                    cx.line("drop"),
                );
            }
            let mut d_stem = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.stem.line, slot2, n);
            let mut d_left = ::nn::expand::wanted::<
                [f32; 16],
            >(reach.left.line, slot0, n);
            let part0: &mut [[f32; 16]] = ::nn::samples_in(slot3, n);
            let part1: &mut [[f32; 16]] = ::nn::samples_in(slot4, n);
            if let Some(dy) = d_sum {
                ::nn::Layer::backward(
                    &self.sum,
                    ::nn::Saved {
                        x: (tape.stem, tape.left),
                        y: tape.sum,
                        tape: tape.sum_tape,
                    },
                    dy,
                    &mut (),
                    (),
                    if reach.stem.line || reach.left.line {
                        Some((&mut *part0, &mut *part1))
                    } else {
                        None
                    },
                    cx.line("sum"),
                );
                if let Some(d) = d_stem.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part0);
                }
                if let Some(d) = d_left.as_deref_mut() {
                    ::nn::expand::copy(cx.team, d, part1);
                }
            }
            let mut part0 = ::nn::expand::wanted::<[f32; 16]>(reach.stem.line, slot1, n);
            if let Some(dy) = d_left {
                ::nn::Layer::backward(
                    &self.left,
                    ::nn::Saved {
                        x: tape.stem,
                        y: tape.left,
                        tape: tape.left_tape,
                    },
                    dy,
                    &mut grads.left,
                    train.left,
                    part0.as_deref_mut(),
                    cx.line("left"),
                );
                if let (Some(d), Some(part)) = (d_stem.as_deref_mut(), part0) {
                    ::nn::expand::add(cx.team, d, part);
                }
            }
            let mut part0 = ::nn::expand::wanted::<
                [[f32; 4]; 2],
            >(dx.is_some(), slot1, n);
            if let Some(dy) = d_stem {
                ::nn::Layer::backward(
                    &self.stem,
                    ::nn::Saved {
                        x: ::nn::view(saved.x),
                        y: tape.stem,
                        tape: tape.stem_tape,
                    },
                    dy,
                    &mut grads.stem,
                    train.stem,
                    part0.as_deref_mut().map(::nn::view_mut),
                    cx.line("stem"),
                );
                if let (Some(d), Some(part)) = (dx.as_deref_mut(), part0) {
                    ::nn::expand::add(cx.team, d, part);
                }
            }
        }
        fn reset(&mut self, key: u64) {
            ::nn::Layer::reset(&mut self.stem, ::nn::random::fold(key, "stem"));
            ::nn::Layer::reset(&mut self.left, ::nn::random::fold(key, "left"));
            ::nn::Layer::reset(&mut self.block, ::nn::random::fold(key, "block"));
            ::nn::Layer::reset(&mut self.out, ::nn::random::fold(key, "out"));
        }
        fn commit(
            &mut self,
            tape: ::nn::Tape<'_>,
            n: usize,
            train: BranchesPerLayer<bool>,
        ) {
            let reach = BranchesReach::of(train, tape.dx());
            let tape = BranchesTape::read(tape, train, n);
            if reach.stem.line {
                ::nn::Layer::commit(&mut self.stem, tape.stem_tape, n, train.stem);
            }
            if reach.left.line {
                ::nn::Layer::commit(&mut self.left, tape.left_tape, n, train.left);
            }
            if reach.block.line {
                ::nn::Layer::commit(&mut self.block, tape.block_tape, n, train.block);
            }
            if reach.out.line {
                ::nn::Layer::commit(&mut self.out, tape.out_tape, n, train.out);
            }
        }
        fn prepare(&mut self) {
            ::nn::Layer::prepare(&mut self.stem);
            ::nn::Layer::prepare(&mut self.left);
            ::nn::Layer::prepare(&mut self.sum);
            ::nn::Layer::prepare(&mut self.drop);
            ::nn::Layer::prepare(&mut self.block);
            ::nn::Layer::prepare(&mut self.joined);
            ::nn::Layer::prepare(&mut self.out);
        }
        fn bottom(&self, train: BranchesPerLayer<bool>, bottom: &mut ::nn::Bottom) {
            let reach = BranchesReach::of(train, false);
            bottom.line("stem", &self.stem, train.stem, reach.stem.line, false);
            bottom.line("left", &self.left, train.left, reach.left.line, false);
            bottom.line("sum", &self.sum, (), reach.sum.line, false);
            bottom.line("drop", &self.drop, (), reach.drop.line, false);
            bottom.line("block", &self.block, train.block, reach.block.line, false);
            bottom.line("joined", &self.joined, (), reach.joined.line, true);
            bottom.line("out", &self.out, train.out, reach.out.line, true);
        }
        fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) {
            each(
                ::nn::Row::view(
                    &path.join("flat"),
                    "Flatten",
                    <[f32; 8] as ::nn::Value>::text(),
                ),
            );
            <StemLayer as ::nn::Layer>::rows(&path.join("stem"), each);
            <LeftLayer as ::nn::Layer>::rows(&path.join("left"), each);
            <SumLayer as ::nn::Layer>::rows(&path.join("sum"), each);
            <DropLayer as ::nn::Layer>::rows(&path.join("drop"), each);
            <BlockLayer as ::nn::Layer>::rows(&path.join("block"), each);
            <JoinedLayer as ::nn::Layer>::rows(&path.join("joined"), each);
            <OutLayer as ::nn::Layer>::rows(&path.join("out"), each);
        }
        fn outputs(
            saved: ::nn::Saved<'_, Self>,
            train: BranchesPerLayer<bool>,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = saved.y.len();
            let reach = BranchesReach::of(train, saved.tape.dx());
            let tape = BranchesTape::read(saved.tape, train, n);
            ::nn::expand::outputs::<
                StemLayer,
            >(
                reach.stem,
                ::nn::Saved {
                    x: ::nn::view(saved.x),
                    y: tape.stem,
                    tape: tape.stem_tape,
                },
                train.stem,
                &path.join("stem"),
                each,
            );
            ::nn::expand::outputs::<
                LeftLayer,
            >(
                reach.left,
                ::nn::Saved {
                    x: tape.stem,
                    y: tape.left,
                    tape: tape.left_tape,
                },
                train.left,
                &path.join("left"),
                each,
            );
            ::nn::expand::outputs::<
                SumLayer,
            >(
                reach.sum,
                ::nn::Saved {
                    x: (tape.stem, tape.left),
                    y: tape.sum,
                    tape: tape.sum_tape,
                },
                (),
                &path.join("sum"),
                each,
            );
            ::nn::expand::outputs::<
                DropLayer,
            >(
                reach.drop,
                ::nn::Saved {
                    x: tape.sum,
                    y: tape.drop,
                    tape: tape.drop_tape,
                },
                (),
                &path.join("drop"),
                each,
            );
            ::nn::expand::outputs::<
                BlockLayer,
            >(
                reach.block,
                ::nn::Saved {
                    x: tape.drop,
                    y: tape.block,
                    tape: tape.block_tape,
                },
                train.block,
                &path.join("block"),
                each,
            );
            ::nn::expand::outputs::<
                JoinedLayer,
            >(
                reach.joined,
                ::nn::Saved {
                    x: (tape.block, ::nn::view(saved.x)),
                    y: tape.joined,
                    tape: tape.joined_tape,
                },
                (),
                &path.join("joined"),
                each,
            );
            ::nn::expand::outputs::<
                OutLayer,
            >(
                reach.out,
                ::nn::Saved {
                    x: tape.joined,
                    y: saved.y,
                    tape: tape.out_tape,
                },
                train.out,
                &path.join("out"),
                each,
            );
        }
    }
    ::nn::planned_network! {
        Branches : BranchesGrads, BranchesPerLayer; BranchesPlan : BranchesPlannedGrads,
        BranchesPlannedPerLayer; path; learning { stem : StemLayer as Stem, & path
        .join("stem"); left : LeftLayer as Left, & path.join("left"); block : BlockLayer
        as Block, & path.join("block"); out : OutLayer as Out, & path.join("out"); }
    }
};
