//! Whole channels times a factor.

use super::rows_mut;
use crate::Team;

/// `y[sample, position, channel] = x[sample, position, channel] · factors[sample, channel]`.
///
/// With one channel, every sample is a run that is multiplied by one factor: so are channels of images that lie one after the other.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Team, scale_channels};
/// let mut y = [0.0; 4];
/// scale_channels(&Team::serial(), 2, &[10.0, 1.0], &[1.0, 2.0, 3.0, 4.0], &mut y);
/// assert_eq!(y, [10.0, 2.0, 30.0, 4.0]);
/// ```
pub fn scale_channels(team: &Team, channels: usize, factors: &[f32], x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "x and y have the same size");
    let samples = factors.len() / channels.max(1);
    let len = x.len() / samples.max(1);
    assert!(
        factors.len() == samples * channels && x.len() == samples * len && len.is_multiple_of(channels.max(1)),
        "{} factors for {} elements of {channels} channels",
        factors.len(),
        x.len()
    );
    if channels == 1 {
        return rows_mut(team, y, 1, len, |sample, _, y| {
            let factor = factors[sample];
            y.iter_mut().zip(&x[sample * len..]).for_each(|(y, x)| *y = x * factor);
        });
    }
    let positions = len / channels.max(1);
    rows_mut(team, y, positions, channels, |sample, position, y| {
        let factors = &factors[sample * channels..][..channels];
        let x = &x[sample * len + position * channels..][..channels];
        y.iter_mut().zip(x).zip(factors).for_each(|((y, x), factor)| *y = x * factor);
    });
}
