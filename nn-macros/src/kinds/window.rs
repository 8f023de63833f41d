//! Arguments that convolutions and pools share: kernel, stride, padding, dilation, and the sizes that follow.

use super::Planner;
use crate::model::Shape;
use crate::names::constant;
use crate::report::Place;
use crate::syntax::{Dim, tidy};
use proc_macro2::TokenStream;
use quote::quote;

/// A window over the rows and columns of an image, or over a sequence, which is an image of one row.
pub struct Window {
    /// What its axes are called.
    pub axes: [&'static str; 2],
    /// Rows and columns of the window.
    pub kernel: [Dim; 2],
    /// From one position to the next.
    pub stride: [Dim; 2],
    /// Before and after, for each axis.
    pub padding: [[Dim; 2]; 2],
    /// From one element of the window to the next.
    pub dilation: [Dim; 2],
    /// Whether a last position that reaches beyond the image counts.
    pub ceil: bool,
    /// Rows and columns of what comes out.
    pub output: [Dim; 2],
}

/// What the axes of images are called.
pub const AXES: [&str; 2] = ["rows", "columns"];
/// What the axes of sequences are called.
const OF_SEQUENCES: [&str; 2] = ["", "elements"];

impl Window {
    /// Reads the arguments over an image of `size` rows and columns; none after a mistake. The stride is 1, or the kernel's size for a pool.
    pub fn read(planner: &mut Planner<'_>, size: &[Dim; 2], is_pool: bool) -> Option<Self> {
        let kernel = pair(planner, "kernel")?;
        let one = || [Dim::known(1), Dim::known(1)];
        let stride = pair(planner, "stride").unwrap_or_else(|| if is_pool { kernel.clone() } else { one() });
        let dilation = pair(planner, "dilation").unwrap_or_else(one);
        let ceil = planner.args.flag("ceil").unwrap_or(false);
        let extent = [0, 1].map(|i| extent(&kernel[i], &dilation[i]));
        let padding = padding(planner, size, &extent, &stride);
        let window = Self { axes: AXES, kernel, stride, padding, dilation, ceil, output: size.clone() };
        window.fitted(planner, size)
    }

    /// Reads the arguments over a sequence of `length`; none after a mistake. The stride is 1, or the kernel's size for a pool.
    pub fn read_of_sequence(planner: &mut Planner<'_>, length: &Dim, is_pool: bool) -> Option<Self> {
        let one = || Dim::known(1);
        let kernel = [one(), planner.size("kernel")?];
        let stride = planner.size("stride").unwrap_or_else(|| if is_pool { kernel[1].clone() } else { one() });
        let stride = [one(), stride];
        let ceil = planner.args.flag("ceil").unwrap_or(false);
        let dilation = [one(), planner.size("dilation").unwrap_or_else(one)];
        let size = [one(), length.clone()];
        let extent = [0, 1].map(|i| extent(&kernel[i], &dilation[i]));
        let padding = match planner.args.shape("padding").map(|shape| shape.dims.clone()).as_deref() {
            Some([before, after]) => {
                let sides = [before, after].map(|size| named_padding(planner, size));
                [[Dim::known(0), Dim::known(0)], sides]
            }
            _ => {
                let [_, sides] = padding(planner, &size, &extent, &stride);
                [[Dim::known(0), Dim::known(0)], sides]
            }
        };
        let window = Self { axes: OF_SEQUENCES, kernel, stride, padding, dilation, ceil, output: size.clone() };
        window.fitted(planner, &size)
    }

    /// The window with the size of what comes out, if it fits at least once.
    fn fitted(self, planner: &mut Planner<'_>, size: &[Dim; 2]) -> Option<Self> {
        let Self { axes, kernel, stride, padding, dilation, ceil, .. } = self;
        let extent = [0, 1].map(|i| extent(&kernel[i], &dilation[i]));
        let alike = [&kernel, size].iter().all(|pair| pair[0].same_as(&pair[1]))
            && padding[0].iter().zip(&padding[1]).all(|(rows, columns)| rows.same_as(columns));
        let place = planner.args.place("kernel").unwrap_or_else(|| planner.span.range());
        let mut output = Vec::new();
        for i in 0..2 {
            let axis = axes[i];
            let [before, after] = &padding[i];
            let numbers = [&size[i], &extent[i], &stride[i], before, after].map(|dim| dim.value);
            if let [Some(size), Some(extent), Some(stride), Some(before), Some(after)] = numbers {
                let positions = nn_spec::window_positions(size, extent, stride, [before, after], ceil);
                if positions == 0 {
                    let source = planner.source_names[0].clone();
                    let input = planner.input();
                    let all = size + before + after;
                    let padded = match before + after {
                        0 => String::new(),
                        sum => format!(", {all} with a padding of {sum}"),
                    };
                    let what = format!(
                        "moves a window of {extent} {axis} over `{source}`, which gives {input}: {size} {axis}{padded}"
                    );
                    let help = match planner.channels_last() {
                        Some(channels_first) => {
                            format!(
                                "images are [channels, height, width]; if these are [height, width, channels], declare {channels_first}"
                            )
                        }
                        None => {
                            format!("write a kernel of at most {all}, or `padding = {}`", (extent - all).div_ceil(2))
                        }
                    };
                    planner.error(&place, what, help);
                    return None;
                }
                output.push(Dim::known(positions));
                continue;
            }
            let title = format!("{}: layer `{}`", planner.model.title, planner.line);
            let subject = format!("{title} moves a window of ");
            let middle = format!(" {axis} over `{}`, which gives ", planner.source_names[0]);
            let [size, extent, stride, before, after] =
                [&size[i], &extent[i], &stride[i], before, after].map(|dim| dim.tokens.clone());
            let padding = quote!([#before, #after]);
            // What is the same for rows and columns is told once.
            if i == 0 || !alike {
                planner.model.check(&place, "check_window", quote!(#subject, #extent, #middle, #size, #padding));
            }
            let positions = quote!(::nn::expand::window_positions(#size, #extent, #stride, #padding, #ceil));
            let name = format!("{}_{}", constant(&planner.line.to_string()), axis.to_uppercase());
            let text = tidy(&positions);
            output.push(planner.model.derived_size(&name, Dim::computed(positions, text)));
        }
        let output = <[Dim; 2]>::try_from(output).ok()?;
        Some(Self { axes, kernel, stride, padding, dilation, ceil, output })
    }

    fn is_over_sequences(&self) -> bool {
        self.axes == OF_SEQUENCES
    }

    /// Of a size of its own along each axis, those that there are in what it moves over.
    pub fn sizes<'a>(&self, all: &'a [Dim; 2]) -> impl Iterator<Item = &'a Dim> + use<'a> {
        all.iter().skip(usize::from(self.is_over_sequences()))
    }

    /// The type of the window, with as few arguments as say all.
    pub fn ty(&self) -> TokenStream {
        let ceil = self.ceil.then(|| quote!(, true));
        if self.is_over_sequences() {
            let [before, after] = &self.padding[1];
            let all = [&self.kernel[1], &self.stride[1], before, after, &self.dilation[1]];
            let differs = (0..all.len()).rev().find(|&i| all[i].value != Some([0, 1, 0, 0, 1][i])).unwrap_or(0);
            let used = if self.ceil { all.len() } else { differs + 1 };
            let arguments = all[..used].iter().map(|dim| dim.argument());
            return quote!(::nn::layers::Window1d<#(#arguments),* #ceil>);
        }
        let [[top, bottom], [left, right]] = &self.padding;
        let [kernel, stride, dilation] = [&self.kernel, &self.stride, &self.dilation];
        let all =
            [&kernel[0], &kernel[1], &stride[0], &stride[1], top, bottom, left, right, &dilation[0], &dilation[1]];
        let defaults = [0, 0, 1, 1, 0, 0, 0, 0, 1, 1];
        let differs = (0..all.len()).rev().find(|&i| all[i].value != Some(defaults[i])).unwrap_or(1);
        let used = if self.ceil { all.len() } else { (differs + 1).max(2) };
        let arguments = all[..used].iter().map(|dim| dim.argument());
        quote!(::nn::layers::Window<#(#arguments),* #ceil>)
    }
}

/// A size for both axes, or one for each.
pub fn pair(planner: &mut Planner<'_>, name: &str) -> Option<[Dim; 2]> {
    let line = constant(&planner.line.to_string());
    if let Some(Shape::Dims { dims, .. }) = planner.shape(name) {
        return <[Dim; 2]>::try_from(dims).ok();
    }
    let size = planner.args.size(name)?;
    let size = planner.model.named_size(&format!("{line}_{}", name.to_uppercase()), size);
    Some([size.clone(), size])
}

/// What a kernel covers.
pub fn extent(kernel: &Dim, dilation: &Dim) -> Dim {
    match (kernel.value, dilation.value) {
        (Some(kernel), Some(dilation)) => Dim::known(nn_spec::extent(kernel, dilation)),
        _ => {
            let (kernel, dilation) = (&kernel.tokens, &dilation.tokens);
            let tokens = quote!(::nn::expand::extent(#kernel, #dilation));
            let text = tidy(&tokens);
            Dim::computed(tokens, text)
        }
    }
}

/// The padding for both sides of rows and of columns; none where nothing is written.
pub fn padding(planner: &mut Planner<'_>, size: &[Dim; 2], extent: &[Dim; 2], stride: &[Dim; 2]) -> [[Dim; 2]; 2] {
    match planner.args.word("padding").as_deref() {
        Some("same") => [0, 1].map(|i| match (size[i].value, extent[i].value, stride[i].value) {
            (Some(size), Some(extent), Some(stride)) => nn_spec::same_padding(size, extent, stride).map(Dim::known),
            _ => {
                let (size, extent, stride) = (&size[i].tokens, &extent[i].tokens, &stride[i].tokens);
                [0_usize, 1].map(|side| {
                    let tokens = quote!(::nn::expand::same_padding(#size, #extent, #stride)[#side]);
                    let text = tidy(&tokens);
                    Dim::computed(tokens, text)
                })
            }
        }),
        Some(_) => border(&Dim::known(0)),
        None => written_padding(planner).unwrap_or_else(|| border(&Dim::known(0))),
    }
}

/// The same on all sides.
fn border(size: &Dim) -> [[Dim; 2]; 2] {
    [0, 1].map(|_| [0, 1].map(|_| size.clone()))
}

/// The sizes that are written as `padding`, for both sides of rows and of columns.
pub fn written_padding(planner: &mut Planner<'_>) -> Option<[[Dim; 2]; 2]> {
    if let Some(size) = planner.args.size("padding") {
        return Some(border(&named_padding(planner, &size)));
    }
    let axes = match (planner.args.shape("padding"), planner.args.sides("padding")) {
        (Some(shape), _) => shape.dims.iter().map(|size| vec![size.clone()]).collect(),
        (_, Some(sides)) => sides.axes.clone(),
        _ => return None,
    };
    let axes = axes.iter().map(|sides| {
        let (before, after) = (sides.first()?, sides.last()?);
        Some([before, after].map(|size| named_padding(planner, size)))
    });
    axes.collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn named_padding(planner: &mut Planner<'_>, size: &Dim) -> Dim {
    let name = format!("{}_PADDING", constant(&planner.line.to_string()));
    planner.model.derived_size(&name, size.clone())
}
