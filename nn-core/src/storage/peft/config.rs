//! `adapter_config.json`, as PEFT writes and reads it.

use regex_lite::Regex;
use serde_json::{Map, Value, json};

/// What PEFT says besides the tensors, for each adapter.
pub(super) struct Config {
    rank: u64,
    alpha: f64,
    ranks: Vec<(Regex, u64)>,
    alphas: Vec<(Regex, f64)>,
    is_rank_stabilized: bool,
    /// Modules that are saved whole.
    pub whole: Vec<String>,
}

/// An adapter as the file describes it.
pub(super) struct Described {
    /// The path of its layer.
    pub path: String,
    /// The rank.
    pub rank: usize,
    /// Alpha.
    pub alpha: f32,
    /// The rate of dropout.
    pub dropout: f32,
}

/// Settings with which an adapter computes something else.
const OTHER_METHODS: [&str; 11] = [
    "use_dora",
    "use_qalora",
    "use_bdlora",
    "lora_bias",
    "layer_replication",
    "trainable_token_indices",
    "target_parameters",
    "alora_invocation_tokens",
    "arrow_config",
    "kasa_config",
    "monteclora_config",
];

/// Initial values that leave the weights of the model alone.
const STARTS: [&str; 3] = ["gaussian", "eva", "orthogonal"];

impl Config {
    /// Reads the text of the file.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let Value::Object(fields) = value else { return Err("it is no object in braces".to_owned()) };
        let kind = fields.get("peft_type").and_then(Value::as_str);
        if kind != Some("LORA") {
            return Err(match kind {
                Some(kind) => format!("its `peft_type` is \"{kind}\"; only \"LORA\" can be read"),
                None => "it has no `peft_type`; that of an adapter is \"LORA\"".to_owned(),
            });
        }
        let on = |name: &str| fields.get(name).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
        for name in OTHER_METHODS {
            if on(name) {
                return Err(format!("`{name}` is set, which is another computation than B · A beside a layer"));
            }
        }
        match fields.get("bias") {
            None | Some(Value::Null) => {}
            Some(bias) if bias == "none" => {}
            Some(bias) => {
                return Err(format!("`bias` is {bias}: adapters that train biases of their layers cannot be read"));
            }
        }
        check_start(fields.get("init_lora_weights"))?;
        let whole = match fields.get("modules_to_save") {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => texts(value).ok_or("`modules_to_save` is no list of names")?,
        };
        Ok(Self {
            rank: fields.get("r").and_then(Value::as_u64).ok_or("it has no rank, a whole number `r`")?,
            alpha: number(fields.get("lora_alpha").ok_or("it has no `lora_alpha`")?)?,
            ranks: patterns(&fields, "rank_pattern", |value| {
                value.as_u64().ok_or_else(|| "a rank is a whole number".to_owned())
            })?,
            alphas: patterns(&fields, "alpha_pattern", number)?,
            is_rank_stabilized: on("use_rslora"),
            whole,
        })
    }

    /// The rank of the adapter of a layer.
    pub fn rank(&self, path: &str) -> u64 {
        find(&self.ranks, path).copied().unwrap_or(self.rank)
    }

    /// Alpha of the adapter of a layer with this rank. One that is rank-stabilised has a factor of alpha / √rank.
    pub fn alpha(&self, path: &str, rank: usize) -> f32 {
        let alpha = find(&self.alphas, path).copied().unwrap_or(self.alpha);
        (if self.is_rank_stabilized { alpha * (rank as f64).sqrt() } else { alpha }) as f32
    }
}

/// That the adapter began beside the weights of the model. Where PEFT begins otherwise, it takes B · A off them, and the files have a change of
/// weights that nobody has.
fn check_start(init: Option<&Value>) -> Result<(), String> {
    match init {
        None | Some(Value::Null | Value::Bool(_)) => Ok(()),
        Some(Value::String(init)) if STARTS.contains(&init.as_str()) => Ok(()),
        Some(init) => Err(format!(
            "`init_lora_weights` is {init}, for which PEFT may have changed the weights of the model themselves; save it in Python by \
             `model.save_pretrained(folder, path_initial_model_for_weight_conversion=…)`, which makes an adapter of twice the rank for the weights \
             as they were"
        )),
    }
}

/// The text of the file for these adapters. `others` are the layers without one.
pub(super) fn write(adapters: &[Described], others: &[String], whole: &[&str]) -> String {
    let first = adapters.first();
    let (rank, alpha) = first.map_or((1, 1.0), |first| (first.rank, first.alpha));
    let dropout = adapters.iter().fold(0.0_f32, |most, adapter| most.max(adapter.dropout));
    // PEFT takes a name for every layer whose path ends with it; a pattern is exact.
    let taken_too = |name: &str| others.iter().any(|other| other.ends_with(&format!(".{name}")));
    let targets = if adapters.iter().any(|adapter| taken_too(&adapter.path)) {
        let names: Vec<String> = adapters.iter().map(|adapter| escape(&adapter.path)).collect();
        Value::from(names.join("|"))
    } else {
        adapters.iter().map(|adapter| adapter.path.as_str()).collect()
    };
    let pattern = |differs: bool, value: fn(&Described) -> Value| -> Value {
        let all = adapters.iter().filter(|_| differs).map(|adapter| {
            let taken_too = adapters.iter().any(|other| other.path.ends_with(&format!(".{}", adapter.path)));
            (format!("{}{}", if taken_too { "^" } else { "" }, escape(&adapter.path)), value(adapter))
        });
        Value::Object(all.collect())
    };
    let fields = json!({
        "peft_type": "LORA",
        "task_type": null,
        "base_model_name_or_path": null,
        "inference_mode": true,
        "r": rank,
        "lora_alpha": plain(alpha),
        "lora_dropout": plain(dropout),
        "target_modules": targets,
        "rank_pattern": pattern(adapters.iter().any(|adapter| adapter.rank != rank), |adapter| adapter.rank.into()),
        "alpha_pattern": pattern(adapters.iter().any(|adapter| adapter.alpha != alpha), |adapter| plain(adapter.alpha)),
        "modules_to_save": if whole.is_empty() { Value::Null } else { whole.into() },
        "bias": "none",
        "fan_in_fan_out": false,
        "init_lora_weights": true,
        "use_dora": false,
        "use_rslora": false,
    });
    format!("{fields:#}\n")
}

/// A number without a point if it has no fraction, and as few digits as an `f32` needs.
fn plain(value: f32) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return (value as i64).into();
    }
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

fn escape(path: &str) -> String {
    path.replace('.', "\\.")
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

fn number(value: &Value) -> Result<f64, String> {
    let number = value.as_f64().filter(|number| (*number as f32).is_finite());
    number.ok_or_else(|| format!("alpha is a number, not `{value}`"))
}

/// The patterns of a field: which paths have a number of their own.
fn patterns<T>(
    fields: &Map<String, Value>,
    name: &str,
    value: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<(Regex, T)>, String> {
    let list = match fields.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(list)) => list,
        Some(_) => return Err(format!("`{name}` is no object in braces")),
    };
    let read = list.iter().map(|(pattern, found)| {
        let regex = Regex::new(&format!(r"^(.*\.)?({pattern})$"));
        let regex = regex.map_err(|error| format!("`{name}` has the pattern `{pattern}`, which is none: {error}"))?;
        Ok((regex, value(found).map_err(|problem| format!("`{name}` of `{pattern}`: {problem}"))?))
    });
    read.collect()
}

fn find<'a, T>(patterns: &'a [(Regex, T)], path: &str) -> Option<&'a T> {
    patterns.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_end_alike_keep_their_numbers() {
        let paths = ["fc", "block.fc", "zz.block.fc", "block.out"];
        let adapters: Vec<Described> = paths
            .iter()
            .zip([1, 2, 3, 4])
            .map(|(path, rank)| Described { path: (*path).to_owned(), rank, alpha: rank as f32 + 0.1, dropout: 0.0 })
            .collect();
        let text = write(&adapters, &["last.fc".to_owned()], &[]);
        let config = Config::parse(text.as_bytes()).unwrap();
        for Described { path, rank, alpha, .. } in &adapters {
            assert_eq!((config.rank(path), config.alpha(path, *rank)), (*rank as u64, *alpha), "{path}");
        }
        // `last.fc` has no adapter, so that the names alone would say too much.
        let fields: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(fields["target_modules"], "fc|block\\.fc|zz\\.block\\.fc|block\\.out");
    }
}
