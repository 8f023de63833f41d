//! The alphas of low-rank adapters in the metadata of a file: a change of a weight is B · A times alpha / rank, and alpha is no tensor.

use crate::{Parameters, Path};
use std::collections::BTreeMap;

/// How the names of the metadata entries begin; the path of the layer follows.
const KEY: &str = "nn.lora_alpha.";
/// The factor beside which alpha is kept, and what stands before its name where the layer has a path.
const FACTOR: &str = "lora_B.weight";

/// The metadata entries of a network: of adapters with another alpha than they were declared with, which [`Adapters::load_adapters`] takes over
/// from a file. The declared one is in the program, which may change it.
///
/// [`Adapters::load_adapters`]: super::Adapters::load_adapters
pub(super) fn entries<P: Parameters>(network: &P) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    network.adapters(&Path::ROOT, &mut |path, adapter| {
        let alpha = adapter.alpha();
        if alpha != adapter.declared_alpha() {
            entries.insert(format!("{KEY}{path}"), alpha.to_string());
        }
    });
    entries
}

/// Whether this is the name of such an entry.
pub(super) fn is_entry(name: &str) -> bool {
    name.starts_with(KEY)
}

/// The alpha that the metadata has for a tensor, if that is the factor B of an adapter.
pub(super) fn beside(tensor: &str, metadata: &BTreeMap<String, String>) -> Result<Option<f32>, String> {
    let layer = tensor.strip_suffix(FACTOR).and_then(|layer| match layer {
        "" => Some(""),
        _ => layer.strip_suffix('.'),
    });
    let Some(name) = layer.map(|layer| format!("{KEY}{layer}")) else { return Ok(None) };
    let Some(text) = metadata.get(&name) else { return Ok(None) };
    match text.parse::<f32>() {
        Ok(alpha) if alpha.is_finite() => Ok(Some(alpha)),
        _ => Err(format!("its metadata entry `{name}` is \"{text}\", but an alpha is a number")),
    }
}

/// Sets the alphas of the adapters whose factor B was loaded, by its name: what stands beside it, or else what was declared.
pub(super) fn set<P: Parameters>(network: &mut P, loaded: impl Fn(&str) -> bool, beside: impl Fn(&str) -> Option<f32>) {
    network.adapters_mut(&Path::ROOT, &mut |path, adapter| {
        let factor = path.join(FACTOR).to_string();
        if loaded(&factor) {
            adapter.set_alpha(beside(&factor).unwrap_or_else(|| adapter.declared_alpha()));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_beside_a_factor() {
        let with = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), text.to_owned())]);
        assert_eq!(beside("a.fc.lora_B.weight", &with("nn.lora_alpha.a.fc", "0.1")), Ok(Some(0.1)));
        assert_eq!(beside("lora_B.weight", &with("nn.lora_alpha.", "16")), Ok(Some(16.0)));
        for other in ["fc.lora_A.weight", "a.fc.weight", "a.fclora_B.weight", "fc.lora_B.weight"] {
            assert_eq!(beside(other, &with("nn.lora_alpha.a.fc", "x")), Ok(None), "{other}");
        }
        for text in ["", "x", "inf", "NaN"] {
            let problem = beside("fc.lora_B.weight", &with("nn.lora_alpha.fc", text)).unwrap_err();
            assert!(problem.contains(&format!("`nn.lora_alpha.fc` is \"{text}\"")), "{problem}");
        }
    }
}
