//! Gradients against finite differences.

use super::bench::{Bench, Outcome, largest};
use crate::random::Random;
use crate::{Layer, Path, Result, Value};

impl<L: Layer> Bench<'_, L> {
    pub(super) fn compare_parameters(&mut self, outcome: &Outcome, flags: L::PerLayer<bool>) -> Result<()> {
        for (name, gradient) in &outcome.parameters {
            self.compare(&format!("`{name}`"), gradient, flags, &mut |bench, at, by| {
                let mut old = 0.0;
                bench.layer.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
                    if path.to_string() == *name {
                        old = core::mem::replace(&mut tensor.values_mut()[at], by);
                    }
                });
                old
            })?;
        }
        Ok(())
    }

    pub(super) fn compare_input(&mut self, outcome: &Outcome, flags: L::PerLayer<bool>) -> Result<()> {
        for (name, gradient) in &outcome.dx {
            let what = if name.is_empty() { "the input".to_owned() } else { format!("input `{name}`") };
            self.compare(&what, gradient, flags, &mut |bench, at, by| {
                let mut old = 0.0;
                L::In::each_part_mut(L::In::borrow_mut(&mut bench.x), &mut |part, values| {
                    if part == name {
                        old = core::mem::replace(&mut values[at], by);
                    }
                });
                old
            })?;
        }
        Ok(())
    }

    /// One gradient against finite differences. `replace(bench, at, value)` sets an element and gives what it was.
    pub(super) fn compare(
        &mut self,
        what: &str,
        gradient: &[f32],
        flags: L::PerLayer<bool>,
        replace: &mut dyn FnMut(&mut Self, usize, f32) -> f32,
    ) -> Result<()> {
        if let Some(at) = gradient.iter().position(|value| !value.is_finite()) {
            return Err(self.wrong(format!(
                "the gradient of {what} is {} at element {at}: backward does not write it, or looks at what `reads` and `tape` do not promise",
                gradient[at]
            )));
        }
        let tolerance = self.options.tolerance * largest(gradient);
        // What rounding can make of a difference over a step.
        let noise = 4.0 * f64::from(f32::EPSILON) * self.size;
        let looked_at = elements(gradient.len(), self.options.elements, self.options.seed);
        let mut unknown = 0;
        for &at in &looked_at {
            // The larger the step the less rounding matters; the smaller, the more corners it avoids.
            let slope = [1.0 / 64.0, 1.0 / 512.0].into_iter().find_map(|step| {
                let mut at_offset = |steps: f32| {
                    let old = replace(self, at, 0.0);
                    let value = old + steps * step;
                    replace(self, at, value);
                    let number = self.number(flags);
                    replace(self, at, old);
                    // What was really added, after rounding.
                    (f64::from(value - old), number)
                };
                let allowed = tolerance.max(noise / f64::from(step));
                Some((slope(&mut at_offset, allowed)?, allowed))
            });
            match slope {
                None => unknown += 1,
                Some((slope, allowed)) if (f64::from(gradient[at]) - slope).abs() > allowed => {
                    return Err(self.wrong(format!(
                        "the gradient of {what} is {} at element {at}, but finite differences give {slope:.6}",
                        gradient[at]
                    )));
                }
                Some(_) => {}
            }
        }
        if 2 * unknown > looked_at.len() {
            return Err(self.wrong(format!(
                "finite differences say nothing about the gradient of {what}: the function has corners near {unknown} of {} elements (another seed may avoid them)",
                looked_at.len()
            )));
        }
        Ok(())
    }
}

/// The slope of a function at 0, given its values at multiples of a step (with the exact place); `None` if it has a corner nearby
/// or is too steep for the step.
fn slope(at: &mut dyn FnMut(f32) -> (f64, f64), allowed: f64) -> Option<f64> {
    let (_, middle) = at(0.0);
    let [one, two, four] = [1.0, 2.0, 4.0].map(|steps| {
        let ((right, above), (left, below)) = (at(steps), at(-steps));
        let bend = (above - middle) / right - (below - middle) / left;
        ((above - below) / (right - left), bend)
    });
    // Two secants whose errors in the square of the step cancel, twice.
    let (fine, coarse) = ((4.0 * one.0 - two.0) / 3.0, (4.0 * two.0 - four.0) / 3.0);
    // The bend of a smooth function is in proportion to the step; that of a corner is not.
    let corner = (one.1 - two.1 / 2.0).abs();
    ((coarse - fine).abs() <= allowed / 2.0 && corner <= allowed / 2.0).then_some(fine)
}

/// At most `most` different indices below `len`.
fn elements(len: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..len).collect();
    if len > most {
        Random::new(seed, "elements").shuffle(&mut all);
        all.truncate(most);
    }
    all
}
