//! Values where arguments or layers stand, as in the functional style of other libraries: `Concat(a, b)`, `Relu(a)`, `a + b`.

use super::scope::Scope;
use crate::kinds;
use crate::report::{Range, Report};
use crate::syntax::{Args, Call, LayerExpr, Value};
use syn::{Expr, Ident, Path};

/// The values that a line names in such a way, after it has been told how they are written here; none if it does not.
pub fn values(
    (line, title): (&Ident, &str),
    layer: &LayerExpr,
    activations: &[Call],
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Vec<Ident>> {
    let LayerExpr::Call(Call { kind, args }) = layer else { return None };
    let (values, written) = match args {
        Some(args) => {
            let values = names(args, scope)?;
            let takes_arguments =
                kinds::find(&kind.to_string()).is_some_and(|kind| kind.params.iter().any(|param| !param.optional));
            (values, if takes_arguments { format!("{kind}(…)") } else { kind.to_string() })
        }
        None if is_layer(kind, scope) || scope.find(kind).is_none() => return None,
        None => {
            let others = activations.iter().map(|call| &call.kind).filter(|kind| scope.find(kind).is_some());
            let values: Vec<Ident> = [kind].into_iter().chain(others).cloned().collect();
            let first = activations.first().filter(|_| values.len() == 1).map(|call| call.kind.to_string());
            let written =
                if values.len() > 1 { "Add".to_owned() } else { first.unwrap_or_else(|| "Identity".to_owned()) };
            (values, written)
        }
    };
    let list: Vec<String> = values.iter().map(ToString::to_string).collect();
    let from = if let [one] = list.as_slice() { one.clone() } else { format!("({})", list.join(", ")) };
    let message = format!("{title}: layer `{line}`: what a line takes stands behind `from`, such as `{}`", list[0]);
    report.error_help(&Range::of(&values[0]), message, format!("write `{line}: {written} from {from}`"));
    Some(values)
}

/// Whether a word is a kind, an activation or a network.
fn is_layer(word: &Ident, scope: &Scope<'_>) -> bool {
    let name = word.to_string();
    kinds::names().any(|kind| kind == name) || scope.siblings.find(&Path::from(word.clone())).is_some()
}

/// The arguments, if all of them are names of values.
fn names(args: &Args, scope: &Scope<'_>) -> Option<Vec<Ident>> {
    let mut names = Vec::new();
    for arg in &args.list {
        match &arg.value {
            _ if arg.name.is_some() => return None,
            Value::Expr(Expr::Path(path)) => names.push(path.path.get_ident()?.clone()),
            Value::Shape(shape) => {
                for dim in &shape.dims {
                    names.push(syn::parse2(dim.tokens.clone()).ok()?);
                }
            }
            _ => return None,
        }
    }
    (!names.is_empty() && names.iter().all(|name| scope.find(name).is_some())).then_some(names)
}
