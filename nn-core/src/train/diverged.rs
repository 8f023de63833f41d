//! What to say when training has given infinities or NaN.

use crate::{Error, Layer, Path, Ref, Result, Role, Scored, Team, Value};

/// The error of a loss that is not finite, with the first thing that is to blame. `indices` are those of the batch in the data.
pub(super) fn loss<N: Layer>(
    (epoch, step): (u64, u64),
    scored: &Scored<'_, N>,
    net: &N,
    (indices, weights): (&[usize], Option<&[f32]>),
) -> Error {
    let forward = scored.forward();
    if let Some(error) = no_number::<N::In>((epoch, step), forward.input(), (indices, weights), "the loss") {
        return error;
    }
    let what = match (not_finite_parameter(net), forward.first_not_finite()) {
        (Some(parameter), _) => format!("the loss (and the parameter `{parameter}`)"),
        (_, Some(line)) => format!("the loss (the first output that is not finite is that of `{line}`)"),
        _ => format!("the loss (all outputs are finite; the largest is {:e})", largest::<N::Out>(forward.output())),
    };
    Error::NotFinite { epoch: Some(epoch), step, what, value: scored.value() }
}

/// The error of a sample of the batch that is no number, if there is one: no setting of training helps there. One of weight 0 goes through the network
/// as every other, and 0 · NaN is NaN in a gradient; one that counts is named first.
pub(super) fn no_number<V: Value>(
    (epoch, step): (u64, u64),
    x: Ref<'_, V>,
    (indices, weights): (&[usize], Option<&[f32]>),
    what: &str,
) -> Option<Error> {
    let counts = |i: usize| weights.is_none_or(|weights| weights[i] != 0.0);
    let found = |counted| not_finite_sample::<V>(V::shorten(x), indices, |i| counts(i) == counted);
    let found = found(true).map(|found| (found, "")).or_else(|| Some((found(false)?, " (of weight 0)")));
    let ((sample, value), known) = found?;
    let problem = format!(
        "its input (as changed by what augments the data, if anything does) has {value}, and so {what} of epoch {epoch}, step {step} \
         is no number; leave the sample out, or fill in what is missing"
    );
    Some(Error::data(format!("sample {sample}{known}"), problem))
}

/// The error with the number of the epoch.
pub(super) fn at(number: u64, error: Error) -> Error {
    match error {
        Error::NotFinite { step, what, value, .. } => Error::NotFinite { epoch: Some(number), step, what, value },
        other => other,
    }
}

/// That the step will leave all parameters finite.
pub(super) fn check_gradients<N: Layer>(epoch: u64, step: u64, gradients: &mut N::Grads, team: &Team) -> Result<()> {
    let mut first = None;
    N::gradients(gradients, &Path::ROOT, &mut |path, gradient| {
        if first.is_none() && !nn_kernels::all_finite(team, gradient.values()) {
            let value = gradient.values().iter().find(|value| !value.is_finite()).copied().unwrap_or(f32::NAN);
            first = Some((format!("the gradient of `{path}`"), f64::from(value)));
        }
    });
    match first {
        None => Ok(()),
        Some((what, value)) => Err(Error::NotFinite { epoch: Some(epoch), step, what, value }),
    }
}

/// The first sample of those that are meant with a value that is infinite or NaN, and that value.
fn not_finite_sample<V: Value>(
    x: Ref<'_, V>,
    indices: &[usize],
    meant: impl Fn(usize) -> bool,
) -> Option<(usize, f32)> {
    indices.iter().enumerate().filter(|(i, _)| meant(*i)).find_map(|(i, &index)| {
        let mut found = None;
        V::each_part(V::part(V::shorten(x), i..i + 1), &mut |_, values| {
            found = found.or_else(|| values.iter().find(|value| !value.is_finite()).copied());
        });
        found.map(|value| (index, value))
    })
}

fn largest<V: Value>(values: Ref<'_, V>) -> f32 {
    let mut largest = 0.0_f32;
    V::each_part(values, &mut |_, part| largest = part.iter().fold(largest, |most, value| most.max(value.abs())));
    largest
}

fn not_finite_parameter<N: Layer>(net: &N) -> Option<String> {
    let mut first = None;
    net.tensors(&Path::ROOT, &mut |path, role, tensor| {
        let bad = role != Role::Buffer && !tensor.values().iter().all(|value| value.is_finite());
        if bad && first.is_none() {
            first = Some(path.to_string());
        }
    });
    first
}
