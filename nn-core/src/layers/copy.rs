//! Copies by all threads.

use crate::Team;

/// Elements for one task: some microseconds of copying.
pub(super) const CHUNK: usize = 16 << 10;

/// to = from.
pub(crate) fn copy(team: &Team, from: &[f32], to: &mut [f32]) {
    team.chunks_mut(to, CHUNK, |chunk, to| to.copy_from_slice(&from[chunk * CHUNK..][..to.len()]));
}
