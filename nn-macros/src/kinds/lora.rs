//! `#[lora(rank = 8, alpha = 16, dropout = 0.05)]` before a `Dense` or `Conv2d` line.

use super::Planner;
use super::args::{Form, Param, Resolved};
use super::interval::{Argument, Interval};
use crate::names::constant;
use crate::report::{Range, Report};
use crate::syntax::{Args, Dim};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Ident, Meta};

/// The attribute as written.
pub struct Lora {
    word: Ident,
    args: Args,
    place: Range,
}

/// An adapter whose numbers are known to fit: what goes around the layer.
#[derive(Clone)]
pub struct Adapter {
    rank: TokenStream,
    alpha: TokenStream,
    dropout: TokenStream,
}

const PARAMS: &[Param] = &[
    Param::required("rank", Form::Size, "rank = 8"),
    Param::optional("alpha", Form::Float, "16"),
    Param::optional("dropout", Form::Float, "0.05"),
];

/// What the change is multiplied by, times the rank.
const ALPHA: Interval = Interval {
    from: 0.0,
    above: true,
    to: f32::MAX,
    below: false,
    help: |_| "write the rank, for a factor of 1, or twice the rank, as many do: `alpha = 16`".to_owned(),
};

const DROPOUT: Interval = Interval {
    from: 0.0,
    above: false,
    to: 1.0,
    below: true,
    help: |_| "write a rate such as `dropout = 0.05`".to_owned(),
};

impl Lora {
    /// Reads the attribute; none after a mistake.
    pub fn read(attr: &Attribute, line: &Ident, report: &mut Report) -> Option<Self> {
        let word = attr.path().get_ident()?.clone();
        let place = Range::of(&attr.meta);
        let Meta::List(list) = &attr.meta else {
            report.error_help(&place, format!("the adapter of `{line}` needs its rank"), "write `#[lora(rank = 8)]`");
            return None;
        };
        match list.parse_args_with(Args::parse_list) {
            Ok(args) => Some(Self { word, args, place }),
            Err(error) => {
                report.push(error);
                None
            }
        }
    }

    /// Refuses it before a line of a kind that has no weight for it.
    pub fn refuse(&self, title: &str, line: &Ident, kind: &str, report: &mut Report) {
        let message =
            format!("{title}: layer `{line}` is `{kind}`, and only `Dense` and `Conv2d` can have a low-rank adapter");
        report.error_help(&self.place, message, "take `#[lora]` away, or put it before a line of these kinds");
    }
}

impl Adapter {
    /// The type of the layer with the adapter.
    pub fn around(&self, layer: &TokenStream) -> TokenStream {
        let rank = &self.rank;
        quote!(::nn::layers::Lora<#layer, #rank>)
    }

    /// The expression that makes it from the one that makes the layer.
    pub fn wrap(&self, layer: &TokenStream) -> TokenStream {
        let (alpha, dropout) = (&self.alpha, &self.dropout);
        quote!(::nn::layers::Lora::new(#layer, #alpha, #dropout))
    }
}

impl Planner<'_> {
    /// The adapter that the line has, if it has one, for a weight `[outputs, inputs · …]`; none after a mistake.
    pub fn adapter(&mut self, outputs: &Dim, inputs: &[&Dim], groups: Option<&Dim>) -> Option<Adapter> {
        let Lora { word, args, place } = self.lora.take()?;
        let title = format!("{}: layer `{}`", self.model.title, self.line);
        let args = Resolved::new(&format!("{title}: "), "lora", PARAMS, None, &word, Some(&args), self.report);
        if let Some(groups) = groups.filter(|groups| groups.value != Some(1)) {
            let what =
                format!("{title} has a low-rank adapter, whose product is not cut into groups, but `groups` is ");
            let help = "leave `#[lora]` or `groups` out";
            match groups.value {
                Some(count) => self.report.error_help(&place, format!("{what}{count}"), help),
                None => {
                    let (groups, help) = (&groups.tokens, format!("\n\nhelp: {help}"));
                    self.model.check(&place, "check_equal", quote!(#what, #groups, ", and must be ", 1, #help));
                }
            }
        }
        let name = constant(&self.line.to_string());
        let rank = self.model.named_size(&format!("{name}_RANK"), args.size("rank")?);
        let rank_place = args.place("rank").unwrap_or(place);
        let known: Option<usize> = inputs.iter().try_fold(1_usize, |product, dim| product.checked_mul(dim.value?));
        let subject = format!("{title}: the rank of its adapter is ");
        if let (Some(written), Some(inputs), Some(outputs)) = (rank.value, known, outputs.value) {
            let most = inputs.min(outputs);
            if written > most {
                let message = format!(
                    "{subject}{written}, but must be at most {most}, the smaller side of its weight, [{outputs}, {inputs}]"
                );
                let usual = (most / 4).next_power_of_two().clamp(1, 16).min(most);
                self.report.error_help(&rank_place, message, format!("write less: `rank = {usual}`"));
                return None;
            }
        } else {
            let (rank, outputs) = (&rank.tokens, &outputs.tokens);
            let inputs = inputs.iter().map(|dim| &dim.tokens);
            self.model.check(&rank_place, "check_adapter", quote!(#subject, #rank, #outputs, 1 #(* #inputs)*));
        }
        let number = |this: &mut Self, name, interval| {
            let argument = Argument { kind: "lora", name, expr: args.expr(name)?, line: this.line };
            argument.number(interval, this.model, this.report)
        };
        let alpha = number(self, "alpha", &ALPHA).unwrap_or_else(|| match rank.value {
            Some(rank) => Literal::f32_unsuffixed(rank as f32).to_token_stream(),
            None => {
                let rank = &rank.tokens;
                quote!(#rank as f32)
            }
        });
        let dropout = number(self, "dropout", &DROPOUT).unwrap_or_else(|| quote!(0.0));
        self.kind_suffix = format!(", LoRA {rank}");
        Some(Adapter { rank: rank.argument(), alpha, dropout })
    }
}
