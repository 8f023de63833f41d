//! Names: what was probably meant, and other spellings of one.

/// What the types of a network that takes several values are called besides the network, `PatientIn`.
pub const TYPES_OF_INPUTS: [&str; 3] = ["In", "InRef", "InMut"];
/// And of one that gives several.
pub const TYPES_OF_OUTPUTS: [&str; 4] = ["Out", "OutRef", "OutMut", "Loss"];

/// The candidate that is closest to `name`, if any is close enough to be meant.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase().replace('_', "");
    nearest(name, candidates, |distance, candidate, most| distance <= most || contains(&lower, candidate))
}

/// The candidate of which `name` is a misspelling, if any: a longer name (`DenseBlock`) is another.
pub fn misspelt<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(name, candidates, |distance, _, most| distance <= most)
}

/// The closest of the candidates that `fits`, by their distance and the distance that few words have by chance.
fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    fits: impl Fn(usize, &str, usize) -> bool,
) -> Option<&'a str> {
    let lower = name.to_lowercase().replace('_', "");
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase().replace('_', "")), candidate))
        .filter(|(distance, candidate)| fits(*distance, candidate, candidate.len().max(name.len()) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Whether the candidate is a whole word of the name: `use_bias` means `bias`.
fn contains(name: &str, candidate: &str) -> bool {
    candidate.len() > 3 && name.contains(&candidate.to_lowercase().replace('_', ""))
}

/// The number of letters to insert, remove, replace or swap (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// The name in backticks behind its article: ``an `Add` ``.
pub fn a(name: &str) -> String {
    // `Lstm` and `Rnn` are read letter by letter.
    let spelt = ["Lstm", "Rnn"].iter().any(|letters| name.starts_with(letters));
    let article = if spelt || name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} `{name}`")
}

/// `res_block` as `ResBlock`.
pub fn pascal(name: &str) -> String {
    name.trim_start_matches("r#")
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

/// `res_block` as `RES_BLOCK`.
pub fn constant(name: &str) -> String {
    name.trim_start_matches("r#").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let kinds = ["Dense", "Dropout", "LayerNorm", "Relu"];
        assert_eq!(closest("Dence", kinds), Some("Dense"));
        assert_eq!(closest("layer_norm", kinds), Some("LayerNorm"));
        assert_eq!(closest("ReLU", kinds), Some("Relu"));
        assert_eq!(closest("Attention", kinds), None);
        assert_eq!(closest("DenseBlock", kinds), Some("Dense"));
        assert_eq!((misspelt("DenseBlock", kinds), misspelt("Dence", kinds)), (None, Some("Dense")));
        assert_eq!(closest("use_bias", ["units", "bias"]), Some("bias"));
    }

    #[test]
    fn other_spellings() {
        assert_eq!(pascal("res_block2"), "ResBlock2");
        assert_eq!(constant("res_block"), "RES_BLOCK");
    }
}
