//! Assertions about sizes that name what is wrong, evaluated while the program compiles.
//!
//! Each function is `#[track_caller]`, so that rustc shows the place of the call: what the user wrote.

use crate::text::Text;
use crate::{MAX_POOL_WINDOW, Shape, transposed_positions};

/// Asserts that a window fits into an image at least once, along one axis. The message is `subject`, what the window covers, `middle`, what there
/// is of the image, and the padding.
///
/// # Panics
/// If it does not, with the message.
#[track_caller]
pub const fn check_window(subject: &str, extent: usize, middle: &str, size: usize, padding: [usize; 2]) {
    let padded = size + padding[0] + padding[1];
    if padded < extent {
        let text = Text::new().text(subject).number(extent as u64).text(middle).number(padded as u64);
        text.text(" (").number(size as u64).text(" and a padding of ").number((padded - size) as u64).text(")").panic();
    }
}

/// Asserts that a pool pads by at most half of its window along one axis. The message is `subject`, the padding and the window.
///
/// # Panics
/// If it pads by more, with the message.
#[track_caller]
pub const fn check_pool_padding(subject: &str, kernel: usize, padding: [usize; 2]) {
    let most = if padding[0] > padding[1] { padding[0] } else { padding[1] };
    if most > kernel / 2 {
        let text = Text::new().text(subject).number(most as u64).text(", but must be at most half of the window, ");
        text.number(kernel as u64 / 2).panic();
    }
}

/// Asserts that a max pool has a window of at most [`MAX_POOL_WINDOW`] elements. The message is `subject` and the window.
///
/// # Panics
/// If it has more, with the message.
#[track_caller]
pub const fn check_pool_window(subject: &str, kernel: &[usize]) {
    let kernel = Shape::new(kernel);
    if kernel.elements() > MAX_POOL_WINDOW {
        let text = Text::new().text(subject).shape(&kernel).text(", but a max pool has one of at most ");
        text.number(MAX_POOL_WINDOW as u64).text(" elements").panic();
    }
}

/// Asserts that a transposed convolution has something left behind its padding, along one axis. The message is `subject` and the arithmetic.
///
/// # Panics
/// If it has not, with the message.
#[track_caller]
pub const fn check_transposed(
    subject: &str,
    size: usize,
    extent: usize,
    stride: usize,
    padding: [usize; 2],
    extra: usize,
) {
    if transposed_positions(size, extent, stride, padding, extra) == 0 {
        let text = Text::new().text(subject).number((padding[0] + padding[1]) as u64).text(" of ");
        text.number(transposed_positions(size, extent, stride, [0, 0], extra) as u64).panic();
    }
}

/// Asserts that one number is less than another. The message is `subject`, the first number, `middle`, the second.
///
/// # Panics
/// If it is not, with the message.
#[track_caller]
pub const fn check_less(subject: &str, number: usize, middle: &str, limit: usize) {
    if number >= limit {
        Text::new().text(subject).number(number as u64).text(middle).number(limit as u64).panic();
    }
}

/// Asserts that one number divides another. The message is `subject`, the divisor, `middle`, the number, `end`.
///
/// # Panics
/// If it does not, with the message.
#[track_caller]
pub const fn check_divides(subject: &str, divisor: usize, middle: &str, number: usize, end: &str) {
    if divisor == 0 || !number.is_multiple_of(divisor) {
        let text = Text::new().text(subject).number(divisor as u64).text(middle).number(number as u64);
        text.text(end).panic();
    }
}

/// Asserts that groups divide the channels on both sides. The message is `subject`, the groups and both numbers of channels.
///
/// # Panics
/// If they do not, with the message.
#[track_caller]
pub const fn check_groups(subject: &str, groups: usize, takes: usize, gives: usize) {
    if groups == 0 || !takes.is_multiple_of(groups) || !gives.is_multiple_of(groups) {
        let text = Text::new().text(subject).number(groups as u64).text(" groups, which do not divide its ");
        text.number(takes as u64).text(" input channels and ").number(gives as u64).text(" output channels").panic();
    }
}

/// Asserts that a low-rank adapter fits a weight `[outputs, inputs]`. The message is `subject`, the rank and what it may be.
///
/// # Panics
/// If it is larger than the smaller side, with the message.
#[track_caller]
pub const fn check_adapter(subject: &str, rank: usize, outputs: usize, inputs: usize) {
    let most = if inputs < outputs { inputs } else { outputs };
    if rank > most {
        let text = Text::new().text(subject).number(rank as u64).text(", but must be at most ").number(most as u64);
        text.text(", the smaller side of its weight, ").shape(&Shape::new(&[outputs, inputs])).panic();
    }
}

/// Asserts that two shapes are equal. The message is `subject`, the first shape, `middle`, the second shape, `end`:
/// *network \`Digits\`: layer \`head\` takes \[512\], but \`backbone\` gives \[256\]*.
///
/// ```
/// use nn_spec::{Shape, check_same};
/// const _: () = check_same("`head` takes ", Shape::new(&[512]), ", but `body` gives ", Shape::new(&[2 * 256]), "");
/// ```
///
/// ```compile_fail
/// use nn_spec::{Shape, check_same};
/// const _: () = check_same("`head` takes ", Shape::new(&[512]), ", but `body` gives ", Shape::new(&[256]), "");
/// ```
///
/// # Panics
/// If they differ, with the message.
#[track_caller]
pub const fn check_same(subject: &str, first: Shape, middle: &str, second: Shape, end: &str) {
    if !first.same_as(&second) {
        Text::new().text(subject).shape(&first).text(middle).shape(&second).text(end).panic();
    }
}

/// Asserts that a shape has `rank` dimensions. The message is `subject`, the shape, `end`.
///
/// # Panics
/// If it has not, with the message.
#[track_caller]
pub const fn check_rank(subject: &str, found: Shape, rank: usize, end: &str) {
    if found.rank() != rank {
        Text::new().text(subject).shape(&found).text(end).panic();
    }
}

/// Asserts that two numbers are equal. The message is as that of [`check_same`].
///
/// # Panics
/// If they differ, with the message.
#[track_caller]
pub const fn check_equal(subject: &str, first: usize, middle: &str, second: usize, end: &str) {
    if first != second {
        Text::new().text(subject).number(first as u64).text(middle).number(second as u64).text(end).panic();
    }
}

/// Asserts that two shapes have as many elements. The message is `subject`, the first shape and its elements, `middle`, the same of
/// the second.
///
/// # Panics
/// If they have not, with the message.
#[track_caller]
pub const fn check_elements(subject: &str, first: Shape, middle: &str, second: Shape) {
    if first.elements() != second.elements() {
        let text =
            Text::new().text(subject).shape(&first).text(" (").number(first.elements() as u64).text(" elements)");
        let text = text.text(middle).shape(&second).text(" (").number(second.elements() as u64).text(" elements)");
        text.text("\n\nhelp: the dimensions must multiply to ").number(second.elements() as u64).panic();
    }
}

/// Asserts that two shapes agree in all dimensions but the first. The message is as that of [`check_same`].
///
/// # Panics
/// If they do not, with the message.
#[track_caller]
pub const fn check_joined(subject: &str, first: Shape, middle: &str, second: Shape, end: &str) {
    let mut equal = first.rank() == second.rank();
    let mut i = 1;
    while equal && i < first.rank() {
        equal = first.dims()[i] == second.dims()[i];
        i += 1;
    }
    if !equal {
        Text::new().text(subject).shape(&first).text(middle).shape(&second).text(end).panic();
    }
}

/// Asserts that a size is at least 1. The message is `subject`, the size, and what it must be.
///
/// # Panics
/// If it is 0, with the message.
#[track_caller]
pub const fn check_size(subject: &str, size: usize) {
    if size == 0 {
        Text::new().text(subject).text("0, but must be at least 1").panic();
    }
}

/// Asserts that a number lies between two others, each with whether it is left out itself. The message is `subject`, the number,
/// `rule`.
///
/// # Panics
/// If it does not, with the message.
#[track_caller]
pub const fn check_range(subject: &str, number: f32, from: (f32, bool), to: (f32, bool), rule: &str) {
    let low = if from.1 { number > from.0 } else { number >= from.0 };
    let high = if to.1 { number < to.0 } else { number <= to.0 };
    if !(low && high) {
        Text::new().text(subject).float(number).text(rule).panic();
    }
}

/// Asserts that a number is at most `most`. The message is `subject`, the number, `middle`, the limit.
///
/// # Panics
/// If it is more, with the message.
#[track_caller]
pub const fn check_budget(subject: &str, found: u64, middle: &str, most: u64) {
    if found > most {
        Text::new().text(subject).grouped(found).text(middle).grouped(most).text("`").panic();
    }
}

/// What is known of a type that stands as a line of a network.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Whether it is a layer at all.
    pub layer: bool,
    /// Whether it takes one value.
    pub takes_one: bool,
    /// Whether that value is made of the elements that come in.
    pub takes_element: bool,
    /// Whether it gives one value.
    pub gives_one: bool,
    /// Whether that value is made of `f32`.
    pub gives_values: bool,
    /// Whether there is a `Default` to make it by.
    pub default: bool,
}

/// Asserts that a type can stand as a line. `subject` is the line with its type, `ty` the type, `element` what comes in. Gives true.
///
/// # Panics
/// If it cannot, with a message that says why.
#[track_caller]
pub const fn check_layer(subject: &str, ty: &str, element: &str, found: Found) -> bool {
    let text = Text::new().text(subject);
    if !found.layer {
        let text = text
            .text(", which is not a layer\n\nhelp: a layer is a built-in kind, a network declared with `network!`, ");
        text.text("or a type of yours with `impl nn::Layer for ").text(ty).text("`").panic();
    }
    let one = "; a line takes one and gives one\n\nhelp: declare `";
    if !found.takes_one {
        let text = text.text(", which takes several values").text(one).text(ty);
        text.text("` with one input, and join the values before it: `Concat from (a, b)`").panic();
    }
    if !found.gives_one {
        let text = text.text(", which gives several values").text(one).text(ty);
        text.text("` with one output, or write its lines here").panic();
    }
    if !found.gives_values {
        text.text(", which gives tokens (`u32`), but what a line gives are values (`f32`)").panic();
    }
    if !found.takes_element {
        text.text(", which does not take ").text(element).panic();
    }
    if !found.default {
        let text = text.text(", which has no `Default` to make one by\n\nhelp: write `#[derive(Default)]` before it, or `impl Default for ");
        text.text(ty).text("`").panic();
    }
    true
}

/// Asserts that a type can stand behind `+`. Gives true.
///
/// # Panics
/// If it cannot, with a message that says why.
#[track_caller]
pub const fn check_activation(subject: &str, ty: &str, activation: bool, default: bool) -> bool {
    let text = Text::new().text(subject).text(": `").text(ty);
    if !activation {
        let text = text.text("` is not an activation\n\nhelp: an activation is a built-in one, such as `Relu`, ");
        text.text("or a type of yours with `impl nn::layers::Activation for ").text(ty).text("`").panic();
    }
    if !default {
        text.text("` has no `Default` to make one by\n\nhelp: write `#[derive(Default)]` before it").panic();
    }
    true
}
