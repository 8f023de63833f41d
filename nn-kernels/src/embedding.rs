//! Rows of a table by number: tokens become vectors, and their gradients find the way back.

use crate::Team;
use crate::elementwise::CHUNK;
use crate::lanes::sweep_in;
use crate::path::Isa;
use crate::rows::rows;
use crate::vector::Add;

/// Row `tokens[i]` of the table becomes row `i` of y. The table has rows of `features`; a token that it has no row for gives NaN.
///
/// # Panics
///
/// When the table is no whole number of rows, or y has not as many as there are tokens.
///
/// ```
/// use nn_kernels::{Team, embedding};
///
/// let (table, mut y) = ([1.0, 2.0, 3.0, 4.0], [0.0; 6]);
/// embedding(&Team::serial(), &table, 2, &[1, 0, 9], &mut y);
/// assert_eq!(y[..4], [3.0, 4.0, 1.0, 2.0]);
/// assert!(y[4].is_nan() && y[5].is_nan());
/// ```
pub fn embedding(team: &Team, table: &[f32], features: usize, tokens: &[u32], y: &mut [f32]) {
    let vocabulary = rows("embedding: the table", table.len(), features);
    check_rows("embedding", tokens.len(), features, y.len());
    let step = (CHUNK / features.max(1)).max(1);
    team.chunks_mut(y, step * features.max(1), |task, y| {
        for (y, &token) in y.chunks_exact_mut(features).zip(&tokens[task * step..]) {
            let token = token as usize;
            match token < vocabulary {
                true => y.copy_from_slice(&table[token * features..][..features]),
                false => y.fill(f32::NAN),
            }
        }
    });
}

/// Rows of the table that one task has at least, in floats: finding the tokens of a task costs a look at all of them.
const LEAST: usize = 4 << 10;
/// Into so many parts the table is cut at most.
const PARTS: usize = 64;

/// The gradient of the table of [`embedding`]: row `v` is the sum of the rows `i` of dy with `tokens[i] = v`, in their order, added to what is
/// there if `accumulate`. Tokens without a row are passed over.
///
/// A task has some rows of the table and looks at all tokens, so that nobody waits and sums have one order.
///
/// # Panics
///
/// When the table is no whole number of rows, or dy has not as many as there are tokens.
///
/// ```
/// use nn_kernels::{Team, embedding_backward};
///
/// let (dy, mut dtable) = ([1.0, 10.0, 100.0], [9.0; 4]);
/// embedding_backward(&Team::serial(), &[2, 0, 2], &dy, 1, &mut dtable, false);
/// assert_eq!(dtable, [10.0, 0.0, 101.0, 0.0]);
/// ```
pub fn embedding_backward(
    team: &Team,
    tokens: &[u32],
    dy: &[f32],
    features: usize,
    dtable: &mut [f32],
    accumulate: bool,
) {
    let vocabulary = rows("embedding_backward: the table", dtable.len(), features);
    check_rows("embedding_backward", tokens.len(), features, dy.len());
    let step = LEAST.div_ceil(features.max(1)).max(vocabulary.div_ceil(PARTS)).max(1);
    let isa = Isa::current();
    team.chunks_mut(dtable, step * features.max(1), |task, dtable| {
        if !accumulate {
            dtable.fill(0.0);
        }
        let first = task * step;
        for (dy, &token) in dy.chunks_exact(features).zip(tokens) {
            let Some(row) = (token as usize).checked_sub(first) else { continue };
            // Rows of a vocabulary are fewer than its floats, so this cannot wrap around.
            if row < dtable.len() / features {
                sweep_in(isa, [&mut dtable[row * features..][..features]], [dy], Add {});
            }
        }
    });
}

fn check_rows(what: &str, tokens: usize, features: usize, len: usize) {
    let needed = tokens.checked_mul(features);
    assert_eq!(needed, Some(len), "{what}: {tokens} tokens of {features} features, but {len} elements");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Path, with_path};

    /// Tokens that come often, seldom and never, and some without a row.
    fn tokens(count: usize, vocabulary: u32) -> Vec<u32> {
        (0..count as u32).map(|i| (i * i * 7 + i / 3) % (vocabulary + 2)).collect()
    }

    #[test]
    fn as_one_by_one() {
        let run = || {
            for (vocabulary, features, count) in [(1, 1, 1), (29, 16, 45), (65, 128, 300), (7, 3, 0), (5000, 9, 64)] {
                let table: Vec<f32> = (0..vocabulary * features).map(|i| (i as f32 * 0.37).sin()).collect();
                let tokens = tokens(count, vocabulary as u32);
                let (mut y, dy) = (vec![9.0; count * features], vec![0.1_f32; count * features]);
                let dy: Vec<f32> = dy.iter().enumerate().map(|(i, v)| v * (i % 11) as f32).collect();
                let mut expected = vec![1.0; table.len()];
                for (i, &token) in tokens.iter().enumerate() {
                    for j in (0..features).filter(|_| (token as usize) < vocabulary) {
                        expected[token as usize * features + j] += dy[i * features + j];
                    }
                }
                let mut bits: Option<Vec<f32>> = None;
                for threads in [1, 2, 3] {
                    let team = Team::new(threads);
                    embedding(&team, &table, features, &tokens, &mut y);
                    for (i, &token) in tokens.iter().enumerate() {
                        let row = &y[i * features..][..features];
                        match table.get(token as usize * features..(token as usize + 1) * features) {
                            Some(of_table) => assert_eq!(row, of_table),
                            None => assert!(row.iter().all(|value| value.is_nan())),
                        }
                    }
                    let mut dtable = vec![1.0; table.len()];
                    embedding_backward(&team, &tokens, &dy, features, &mut dtable, true);
                    assert_eq!(dtable, expected);
                    embedding_backward(&team, &tokens, &dy, features, &mut dtable, false);
                    assert_eq!(&dtable, bits.get_or_insert_with(|| dtable.clone()));
                }
            }
        };
        for path in Path::ALL {
            if with_path(path, run).is_err() {
                println!("path {path} could not run here");
            }
        }
    }

    #[test]
    fn a_first_gradient_writes_over_what_is_there() {
        let mut dtable = [f32::NAN; 6];
        embedding_backward(&Team::serial(), &[1], &[5.0, 6.0], 2, &mut dtable, false);
        assert_eq!(dtable, [0.0, 0.0, 5.0, 6.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "2 tokens of 3 features, but 5 elements")]
    fn a_gradient_of_another_length() {
        embedding_backward(&Team::serial(), &[0, 0], &[0.0; 5], 3, &mut [0.0; 3], false);
    }
}
