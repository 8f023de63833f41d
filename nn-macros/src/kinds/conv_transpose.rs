//! `ConvTranspose2d(32, kernel = 2, stride = 2)`.

use super::conv::{check_groups, convolution};
use super::window::{AXES, Window, extent, padding, pair};
use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::Shape;
use crate::names::constant;
use crate::report::Place;
use crate::syntax::Dim;
use quote::{format_ident, quote};

/// Puts a kernel onto the output for each pixel of the input.
pub const CONV_TRANSPOSE2D: Kind = Kind {
    name: "ConvTranspose2d",
    params: &[
        Param::required("channels", Form::Sizes, "32"),
        Param::required("kernel", Form::Pair, "kernel = 2"),
        Param::optional("stride", Form::Pair, "2"),
        Param::optional("padding", Form::Padding, "same"),
        Param::optional("output_padding", Form::PairFromZero, "1"),
        Param::optional("dilation", Form::Pair, "2"),
        Param::optional("groups", Form::Sizes, "4"),
        Param::optional("bias", Form::Bool, "false"),
    ],
    takes: Takes::One,
    tokens: false,
    fuses: true,
    axes: Axes::Channels,
    plan,
};

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let [found, rows, columns] = planner.image()?;
    planner.check_written("channels", &found);
    let channels = planner.size("channels")?;
    let window = read(planner, &[rows, columns])?;
    let groups = check_groups(planner, &found, &channels)?;
    let gives = Shape::values([channels].into_iter().chain(window.output.clone()).collect());
    Some(convolution(planner, &format_ident!("ConvTranspose2d"), window.ty(), groups.as_ref(), None, gives))
}

/// The window of the convolution that goes the other way: from the output, whose size follows, to the image of `size`.
fn read(planner: &mut Planner<'_>, size: &[Dim; 2]) -> Option<Window> {
    let kernel = pair(planner, "kernel")?;
    let one = || [Dim::known(1), Dim::known(1)];
    let stride = pair(planner, "stride").unwrap_or_else(one);
    let dilation = pair(planner, "dilation").unwrap_or_else(one);
    let extent = [0, 1].map(|i| extent(&kernel[i], &dilation[i]));
    let name =
        |i: usize, planner: &Planner<'_>| format!("{}_{}", constant(&planner.line.to_string()), AXES[i].to_uppercase());
    if planner.args.word("padding").is_some_and(|word| word == "same") {
        if let Some(place) = planner.args.place("output_padding") {
            let what = "gives its size times its stride, as `padding = same` has it";
            planner.error(&place, what, "leave `output_padding` out");
            return None;
        }
        let output = [0, 1].map(|i| {
            let (from, by) = (&size[i].tokens, &stride[i].tokens);
            let output = Dim::by_rule([&size[i], &stride[i]], |[size, stride]| size * stride, quote!(#from * #by));
            planner.model.derived_size(&name(i, planner), output)
        });
        let padding = padding(planner, &output, &extent, &stride);
        return Some(Window { axes: AXES, kernel, stride, padding, dilation, ceil: false, output });
    }
    let extra = extra(planner, &stride)?;
    let padding = padding(planner, size, &extent, &stride);
    let alike = [&kernel, size, &stride, &padding.each_ref().map(|[before, _]| before.clone())]
        .iter()
        .all(|pair| pair[0].same_as(&pair[1]));
    let mut output = Vec::new();
    for i in 0..2 {
        let (axis, [before, after]) = (AXES[i], &padding[i]);
        let sizes = [&size[i], &extent[i], &stride[i], before, after, &extra[i]];
        let [from, over, by, first, last, more] = sizes.map(|dim| &dim.tokens);
        let arguments = quote!(#from, #over, #by, [#first, #last], #more);
        let tokens = quote!(::nn::expand::transposed_positions(#arguments));
        let rule = |[size, extent, stride, before, after, extra]: [usize; 6]| {
            nn_spec::transposed_positions(size, extent, stride, [before, after], extra)
        };
        let positions = Dim::by_rule(sizes, rule, tokens);
        let place = planner.args.place("padding").unwrap_or_else(|| planner.span.range());
        match positions.value {
            Some(0) => {
                let [size, extent, stride, before, after, extra] = sizes.map(|dim| dim.value.unwrap_or(0));
                let all = rule([size, extent, stride, 0, 0, extra]);
                let what = format!("leaves nothing of its output: a padding of {} of {all} {axis}", before + after);
                planner.error(&place, what, format!("write `padding = {}`", (all - 1) / 2));
                return None;
            }
            Some(_) => {}
            // What is the same for rows and columns is told once.
            None if i == 1 && alike => {}
            None => {
                let title = format!("{}: layer `{}`", planner.model.title, planner.line);
                let subject = format!("{title} leaves nothing of the {axis} of its output: a padding of ");
                planner.model.check(&place, "check_transposed", quote!(#subject, #arguments));
            }
        }
        output.push(planner.model.derived_size(&name(i, planner), positions));
    }
    let output = <[Dim; 2]>::try_from(output).ok()?;
    Some(Window { axes: AXES, kernel, stride, padding, dilation, ceil: false, output })
}

/// `output_padding`: which of the sizes that have the same number of positions; less than the stride.
fn extra(planner: &mut Planner<'_>, stride: &[Dim; 2]) -> Option<[Dim; 2]> {
    let Some(place) = planner.args.place("output_padding") else { return Some([Dim::known(0), Dim::known(0)]) };
    let extra = match planner.args.shape("output_padding").map(|shape| shape.dims.clone()) {
        Some(dims) => <[Dim; 2]>::try_from(dims).ok()?,
        None => [planner.args.size("output_padding")?, planner.args.size("output_padding")?],
    };
    let name = format!("{}_OUTPUT_PADDING", constant(&planner.line.to_string()));
    let extra = extra.map(|size| planner.model.derived_size(&name, size));
    for i in 0..2 {
        match (extra[i].value, stride[i].value) {
            (Some(extra), Some(stride)) if extra < stride => {}
            (Some(extra), Some(stride)) => {
                let axis = AXES[i];
                let what =
                    format!("has an `output_padding` of {extra} {axis}, but it must be less than the stride, {stride}");
                planner.error(&place, what, format!("write `output_padding = {}`", stride - 1));
                return None;
            }
            _ if i == 1 && extra[0].same_as(&extra[1]) && stride[0].same_as(&stride[1]) => {}
            _ => {
                let subject = format!("{}: layer `{}` has an `output_padding` of ", planner.model.title, planner.line);
                let middle = ", but it must be less than the stride, ";
                let (extra, stride) = (&extra[i].tokens, &stride[i].tokens);
                planner.model.check(&place, "check_less", quote!(#subject, #extra, #middle, #stride));
            }
        }
    }
    Some(extra)
}
