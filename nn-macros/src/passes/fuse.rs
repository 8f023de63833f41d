//! An elementwise activation on a line of its own, right behind a layer that can compute it in the same pass, moves there.
//!
//! `hidden: Dense(128), act: Relu` becomes `hidden: Dense(128) + Relu, act: <the same value>`, unless something else takes
//! what `hidden` gives before the activation.

use crate::kinds;
use crate::syntax::{Arg, Call, LayerExpr, Line};
use quote::ToTokens;
use syn::Ident;

/// Fuses within the lines of a network; `outputs` are the names that the network gives.
pub fn fuse(lines: &mut [Line], outputs: &[&Ident]) {
    for i in 1..lines.len() {
        let (before, rest) = lines.split_at_mut(i);
        let (layer, activation) = (&before[i - 1], &rest[0]);
        if !takes_only(activation, &layer.name) || outputs.contains(&&layer.name) || !can_compute(layer) {
            continue;
        }
        let LayerExpr::Call(call) = &activation.layer else { continue };
        if kinds::find_activation(&call.kind.to_string()).is_none_or(|row| row.rowwise) || !activation.attrs.is_empty()
        {
            continue;
        }
        // `Relu(hidden)` is a mistake, told where `hidden` is known.
        let names = |arg: &Arg| before.iter().any(|line| line.name == arg.value.to_token_stream().to_string());
        if call.args.iter().flat_map(|args| &args.list).any(names) {
            continue;
        }
        let call: Call = call.clone();
        let taken_elsewhere = rest[1..].iter().any(|line| mentions(line, &before[i - 1].name));
        if !taken_elsewhere {
            before[i - 1].activations.push(call.clone());
            rest[0].layer = LayerExpr::Fused(call.kind);
        }
    }
}

fn takes_only(line: &Line, source: &Ident) -> bool {
    line.from.as_ref().is_none_or(|names| names.len() == 1 && names[0] == *source)
}

fn can_compute(line: &Line) -> bool {
    let LayerExpr::Call(call) = &line.layer else { return false };
    line.activations.is_empty() && kinds::find(&call.kind.to_string()).is_some_and(|kind| kind.fuses)
}

fn mentions(line: &Line, name: &Ident) -> bool {
    line.from.iter().flatten().any(|source| source == name)
        || matches!(&line.layer, LayerExpr::Same { line, .. } if line == name)
}
