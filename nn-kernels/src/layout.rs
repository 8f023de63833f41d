//! Images from channels, height, width to channels-last and back.

use crate::Team;
use crate::conv::transpose;
use crate::rows::rows;
use crate::sizes::elements;

/// `to[sample][position][channel] = from[sample][channel][position]`.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Team, channels_last};
/// let mut to = [0.0; 4];
/// channels_last(&Team::serial(), 2, 2, &[1.0, 2.0, 10.0, 20.0], &mut to);
/// assert_eq!(to, [1.0, 10.0, 2.0, 20.0]);
/// ```
pub fn channels_last(team: &Team, channels: usize, positions: usize, from: &[f32], to: &mut [f32]) {
    assert_eq!(from.len(), to.len(), "an image and its copy have the same size");
    let len = elements(&("channels and positions", channels, positions), &[channels, positions]);
    rows("channels of an image", to.len(), len);
    team.chunks_mut(to, len.max(1), |sample, to| transpose(&from[sample * len..][..len], channels, positions, to));
}

/// `to[sample][channel][position] = from[sample][position][channel]`.
///
/// # Panics
///
/// When the sizes do not fit each other.
pub fn channels_first(team: &Team, channels: usize, positions: usize, from: &[f32], to: &mut [f32]) {
    channels_last(team, positions, channels, from, to);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "3 elements are no whole rows of 0")]
    fn images_of_nothing_have_no_elements() {
        channels_last(&Team::serial(), 0, 5, &[1.0; 3], &mut [0.0; 3]);
    }
}
