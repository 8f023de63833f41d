//! How much memory a layer needs, and how buffers are carved from it.

use crate::{Layer, Reads, Sample};

/// Buffers start on cache lines: a size is rounded up to this many `f32`s.
const LINE: usize = 16;

/// A number of `f32`s that grows with the batch: `per_sample · n + fixed`, and what rounding its buffers can add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    per_sample: usize,
    fixed: usize,
}

impl Size {
    /// No memory.
    pub const NONE: Self = Self { per_sample: 0, fixed: 0 };

    /// A buffer of `len` `f32`s for each sample.
    pub const fn per_sample(len: usize) -> Self {
        if len == 0 { Self::NONE } else { Self { per_sample: len, fixed: LINE - 1 } }
    }

    /// A buffer of `len` `f32`s, whatever the batch.
    pub const fn fixed(len: usize) -> Self {
        Self { per_sample: 0, fixed: len.next_multiple_of(LINE) }
    }

    /// Both, one after the other.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { per_sample: self.per_sample + other.per_sample, fixed: self.fixed + other.fixed }
    }

    /// This if `needed`, and else none.
    #[must_use]
    pub const fn when(self, needed: bool) -> Self {
        if needed { self } else { Self::NONE }
    }

    /// `count` of these, one after the other.
    #[must_use]
    pub const fn times(self, count: usize) -> Self {
        Self { per_sample: self.per_sample * count, fixed: self.fixed * count }
    }

    /// Room for either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            per_sample: if self.per_sample > other.per_sample { self.per_sample } else { other.per_sample },
            fixed: if self.fixed > other.fixed { self.fixed } else { other.fixed },
        }
    }

    /// All, one after the other.
    pub const fn sum(sizes: &[Self]) -> Self {
        let mut all = Self::NONE;
        let mut i = 0;
        while i < sizes.len() {
            all = all.plus(sizes[i]);
            i += 1;
        }
        all
    }

    /// Room for any one.
    pub const fn max(sizes: &[Self]) -> Self {
        let mut most = Self::NONE;
        let mut i = 0;
        while i < sizes.len() {
            most = most.or(sizes[i]);
            i += 1;
        }
        most
    }

    /// The number of `f32`s for a batch of `n`.
    pub const fn floats(self, n: usize) -> usize {
        // Every buffer adds LINE − 1 to `fixed`, so rounding down leaves room for all of them rounded up, and the sizes of
        // parts never add up to more than the size of the whole.
        (self.per_sample * n + self.fixed) / LINE * LINE
    }

    /// The number of bytes for a batch of `n`.
    pub const fn bytes(self, n: usize) -> usize {
        self.floats(n) * size_of::<f32>()
    }
}

/// The memory that a layer needs besides its parameters, its input and its output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The most that `forward_train` leaves for `backward`, or for looking inside.
    pub tape: Size,
    /// What `forward` uses while it runs.
    pub forward: Size,
    /// What `forward_train` and `backward` use while they run (the larger of the two).
    pub train: Size,
}

impl Memory {
    /// A layer that needs nothing.
    pub const NONE: Self = Self { tape: Size::NONE, forward: Size::NONE, train: Size::NONE };

    /// Bytes that inference of `n` samples needs.
    pub const fn inference_bytes(self, n: usize) -> usize {
        self.forward.bytes(n)
    }

    /// The most bytes that a training step of `n` samples needs.
    pub const fn training_bytes(self, n: usize) -> usize {
        self.tape.bytes(n) + self.train.bytes(n)
    }

    /// The sum of the tapes and the largest of the scratch sizes: what lines need that run one after the other.
    pub const fn of_lines(lines: &[Self]) -> Self {
        let mut all = Self::NONE;
        let mut i = 0;
        while i < lines.len() {
            all.tape = all.tape.plus(lines[i].tape);
            all.forward = all.forward.or(lines[i].forward);
            all.train = all.train.or(lines[i].train);
            i += 1;
        }
        all
    }

    /// The same with `tape` more on the tape, and `forward` and `train` more scratch.
    #[must_use]
    pub const fn plus(self, tape: Size, forward: Size, train: Size) -> Self {
        Self { tape: self.tape.plus(tape), forward: self.forward.plus(forward), train: self.train.plus(train) }
    }
}

/// Memory to write, from which buffers are taken one after the other.
///
/// ```
/// use nn_core::Arena;
/// let mut memory = [0.0; 64];
/// let mut arena = Arena::new(&mut memory);
/// let hidden: &mut [[f32; 3]] = arena.samples(2);
/// assert_eq!(hidden, &[[0.0; 3]; 2]);
/// assert_eq!(arena.floats(5).len(), 5);
/// ```
#[derive(Debug)]
pub struct Arena<'a> {
    memory: &'a mut [f32],
    dx: bool,
    whole: bool,
}

impl<'a> Arena<'a> {
    /// All of `memory`. As a tape it is for a pass in which the gradient with respect to the input may be asked for.
    pub fn new(memory: &'a mut [f32]) -> Self {
        Self { memory, dx: true, whole: false }
    }

    /// The same memory as a tape for a pass in which the gradient with respect to the input may be asked for, or will not.
    #[must_use]
    pub fn with_dx(self, dx: bool) -> Self {
        Self { dx, ..self }
    }

    /// Whether the gradient with respect to the input may be asked for. Where it will not be, a layer need not keep what only that reads.
    pub fn dx(&self) -> bool {
        self.dx
    }

    /// The same memory as a tape for looking inside: of the size that [`Memory`] says, with the output of every inner line on it.
    #[must_use]
    pub fn looking_inside(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Whether a layer of several lines keeps what each of them gives, whoever reads it.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The next `len` `f32`s. What follows starts on a new cache line.
    ///
    /// # Panics
    /// If less is left: the layer's [`Memory`] does not say what it uses.
    pub fn floats(&mut self, len: usize) -> &'a mut [f32] {
        let rounded = len.next_multiple_of(LINE);
        assert!(
            rounded <= self.memory.len(),
            "a layer takes {rounded} f32s but {} are left: its MEMORY is too small",
            self.memory.len()
        );
        let (buffer, rest) = core::mem::take(&mut self.memory).split_at_mut(rounded);
        self.memory = rest;
        &mut buffer[..len]
    }

    /// The next `n` samples.
    pub fn samples<S: Sample<Element = f32>>(&mut self, n: usize) -> &'a mut [S] {
        S::of_flat_mut(self.floats(n * S::LEN))
    }

    /// The next part, of a layer's own, for a batch of `n`.
    pub fn part(&mut self, size: Size, n: usize) -> Arena<'a> {
        Arena::new(self.floats(size.floats(n)))
    }

    /// The same memory, lent on.
    pub fn reborrow(&mut self) -> Arena<'_> {
        Arena { memory: self.memory, ..*self }
    }

    /// What was not taken.
    pub fn rest(self) -> &'a mut [f32] {
        self.memory
    }

    /// The same memory, to be read.
    pub fn share(&self) -> Tape<'_> {
        Tape { memory: self.memory, dx: self.dx, whole: self.whole, momentum: None }
    }
}

/// Memory to read, from which the buffers of an [`Arena`] are taken in the order in which they were written.
#[derive(Clone, Copy, Debug)]
pub struct Tape<'a> {
    memory: &'a [f32],
    dx: bool,
    whole: bool,
    momentum: Option<f32>,
}

impl<'a> Tape<'a> {
    /// All of `memory`, as [`Arena::new`] has it.
    pub fn new(memory: &'a [f32]) -> Self {
        Self { memory, dx: true, whole: false, momentum: None }
    }

    /// [`Arena::with_dx`].
    #[must_use]
    pub fn with_dx(self, dx: bool) -> Self {
        Self { dx, ..self }
    }

    /// [`Arena::dx`].
    pub fn dx(&self) -> bool {
        self.dx
    }

    /// [`Arena::looking_inside`].
    #[must_use]
    pub fn looking_inside(self) -> Self {
        Self { whole: true, ..self }
    }

    /// [`Arena::is_whole`].
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The same, to be taken over with another share in running statistics than the layers' own.
    pub(crate) fn with_momentum(self, momentum: f32) -> Self {
        Self { momentum: Some(momentum), ..self }
    }

    /// That of use number `place`, from 1, of the `uses` of one layer: a step counts as so many, and the statistics become the means of all.
    #[must_use]
    pub fn of_use(self, place: usize, uses: usize) -> Self {
        let share = |momentum: f32| 1.0 / (uses as f32 * (1.0 / momentum - 1.0) + place as f32);
        Self { momentum: self.momentum.map(share), ..self }
    }

    /// The share that this step has in running statistics, where it is not the layer's own that counts:
    /// [`Workspace::commit_with_momentum`](crate::Workspace::commit_with_momentum).
    pub fn momentum(&self) -> Option<f32> {
        self.momentum
    }

    /// The next `len` `f32`s.
    ///
    /// # Panics
    /// If less is left: more is read than was written.
    pub fn floats(&mut self, len: usize) -> &'a [f32] {
        let (buffer, rest) = self.memory.split_at(len.next_multiple_of(LINE));
        self.memory = rest;
        &buffer[..len]
    }

    /// The next `n` samples.
    pub fn samples<S: Sample<Element = f32>>(&mut self, n: usize) -> &'a [S] {
        S::of_flat(self.floats(n * S::LEN))
    }

    /// The next part, of a layer's own, for a batch of `n`.
    pub fn part(&mut self, size: Size, n: usize) -> Tape<'a> {
        Tape { memory: self.floats(size.floats(n)), dx: true, whole: false, ..*self }
    }
}

/// What a backward pass does to a line of a network, or an element of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whether it comes to the line: the line or something below it learns, or the gradient with respect to the input may be asked for.
    pub line: bool,
    /// Whether it goes on below the line.
    pub below: bool,
    /// What it looks at of what the line has taken and given. Nobody keeps the rest.
    pub reads: Reads,
}

impl Reach {
    /// To a line of which `train` says what learns, while the pass wants the gradient of what is `below` it or not.
    pub fn of<L: Layer>(below: bool, train: L::PerLayer<bool>) -> Self {
        let line = below || L::any(train);
        Self { line, below, reads: if line { L::reads(train, below) } else { Reads::NEITHER } }
    }

    /// What the tape of a line holds.
    pub fn tape<L: Layer>(self, train: L::PerLayer<bool>) -> Size {
        if self.line { L::tape(train, self.below) } else { Size::NONE }
    }
}

impl<'a> Arena<'a> {
    /// The tape of a line for a batch of `n`: the next part of this one, or, for a line that the backward pass does not reach, memory that is
    /// not kept ([`Layer::IDLE_TAPE`]). For looking inside, every line has one.
    pub fn line<'b, L: Layer>(
        &mut self,
        reach: Reach,
        train: L::PerLayer<bool>,
        idle: &'b mut [f32],
        n: usize,
    ) -> Arena<'b>
    where
        'a: 'b,
    {
        if self.whole {
            return self.part(L::MEMORY.tape, n).looking_inside().with_dx(reach.below);
        }
        if reach.line { self.part(reach.tape::<L>(train), n) } else { Arena::new(idle) }.with_dx(reach.below)
    }
}

impl<'a> Tape<'a> {
    /// The tape of a line, as [`Arena::line`] has given it; an empty one where that was memory that is not kept.
    pub fn line<L: Layer>(&mut self, reach: Reach, train: L::PerLayer<bool>, n: usize) -> Tape<'a> {
        if self.whole {
            return self.part(L::MEMORY.tape, n).looking_inside().with_dx(reach.below);
        }
        self.part(reach.tape::<L>(train), n).with_dx(reach.below)
    }
}

/// A buffer that serves several values in turn, seen as `n` samples of one of them.
///
/// # Panics
/// If the buffer is too small, which a wrong [`Memory`] would make it.
pub fn samples_in<S: Sample<Element = f32>>(buffer: &mut [f32], n: usize) -> &mut [S] {
    S::of_flat_mut(&mut buffer[..n * S::LEN])
}
