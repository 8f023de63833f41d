//! Gives short-lived values places in memory that they share: a linear scan over live ranges.

use crate::syntax::Dim;

/// A value that needs a place from step `born` to step `dies`, both included.
pub struct Live {
    /// The number of elements for one sample.
    pub elements: Dim,
    /// The step that writes it.
    pub born: usize,
    /// The last step that uses it.
    pub dies: usize,
}

/// The places, and who has which.
pub struct Slots {
    /// For each value the number of its slot.
    pub of: Vec<usize>,
    /// For each slot the sizes it must have room for, without repetition.
    pub sizes: Vec<Vec<Dim>>,
}

/// Assigns slots. A value takes a free slot that is already as large as it needs, or else the largest free one.
pub fn assign(values: &[Live]) -> Slots {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&i| values[i].born);
    let mut of = vec![0; values.len()];
    let mut sizes: Vec<Vec<Dim>> = Vec::new();
    let mut free_from: Vec<usize> = Vec::new();
    for i in order {
        let value = &values[i];
        let room = |slot: &usize| sizes[*slot].iter().filter_map(|dim| dim.value).max().unwrap_or(0);
        let needed = value.elements.value.unwrap_or(0);
        let free = || (0..sizes.len()).filter(|&slot| free_from[slot] <= value.born);
        let slot = free().filter(|slot| room(slot) >= needed).min_by_key(room).or_else(|| free().max_by_key(room));
        let slot = slot.unwrap_or_else(|| {
            free_from.push(0);
            sizes.len()
        });
        if slot == sizes.len() {
            sizes.push(Vec::new());
        }
        if !sizes[slot].iter().any(|dim| dim.same_as(&value.elements)) {
            sizes[slot].push(value.elements.clone());
        }
        free_from[slot] = value.dies + 1;
        of[i] = slot;
    }
    for dims in &mut sizes {
        // Of the numbers that are known only the largest matters.
        if let Some(largest) = dims.iter().filter_map(|dim| dim.value).max() {
            dims.retain(|dim| dim.value.is_none_or(|value| value == largest));
        }
    }
    Slots { of, sizes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(elements: usize, born: usize, dies: usize) -> Live {
        Live { elements: Dim::known(elements), born, dies }
    }

    #[test]
    fn a_chain_needs_two_slots() {
        let slots = assign(&[live(128, 0, 1), live(64, 1, 2), live(100, 2, 3), live(10, 3, 4)]);
        assert_eq!(slots.of, [0, 1, 0, 1]);
        let sizes: Vec<_> = slots.sizes.iter().map(|dims| dims[0].value).collect();
        assert_eq!(sizes, [Some(128), Some(64)]);
    }

    #[test]
    fn values_that_live_together_have_places_of_their_own() {
        let values = [live(8, 0, 5), live(8, 1, 3), live(16, 2, 4), live(4, 4, 5)];
        let slots = assign(&values);
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate().filter(|(j, _)| *j != i) {
                let together = a.born <= b.dies && b.born <= a.dies;
                assert!(!together || slots.of[i] != slots.of[j], "values {i} and {j} share a slot");
            }
        }
        assert_eq!(slots.sizes.len(), 3);
    }
}
