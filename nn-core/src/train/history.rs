//! What training has measured, epoch by epoch.

use super::Values;
use super::values::number;
use crate::table::{Align, Table, grouped};
use crate::{Error, Result};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What one epoch has measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// The number of the epoch; the first is 1.
    pub epoch: u64,
    /// `loss` and metrics over the batches of the epoch, as they were when each was trained on; `val_loss` and so on after the epoch.
    #[serde(flatten)]
    pub values: Values,
    /// The learning rate of the last step.
    #[serde(with = "crate::storage::exact")]
    pub lr: f64,
    /// The duration with validation, in seconds.
    #[serde(with = "crate::storage::exact")]
    pub seconds: f64,
    /// Samples trained on in a second, validation left out.
    #[serde(with = "crate::storage::exact")]
    pub samples_per_second: f64,
}

/// One [`Epoch`] after the other. Prints as a table; serialises with serde, to CSV and to lines of JSON.
///
/// ```
/// use nn_core::train::{Epoch, History, Values};
/// let values = Values::from_iter([("loss", 0.25), ("val_loss", 0.5)]);
/// let history = History::from_iter([Epoch { epoch: 1, values, lr: 1e-3, seconds: 2.0, samples_per_second: 3e4 }]);
/// assert_eq!(history.values("val_loss"), [0.5]);
/// assert_eq!(history.to_csv(), "epoch,loss,val_loss,lr,seconds,samples_per_second\n1,0.25,0.5,0.001,2,30000\n");
/// assert_eq!(History::from_json_lines(&history.to_json_lines()?)?, history);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    epochs: Vec<Epoch>,
}

impl History {
    /// All epochs, the first one first.
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// The last epoch.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The numbers under a name, one for each epoch that has it: `history.values("val_loss")`.
    pub fn values(&self, name: &str) -> Vec<f64> {
        self.epochs.iter().filter_map(|epoch| epoch.values.get(name)).collect()
    }

    /// The names of all numbers, in the order of their first appearance.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in self.epochs.iter().flat_map(|epoch| epoch.values.names()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    pub(super) fn push(&mut self, epoch: Epoch) {
        self.epochs.push(epoch);
    }

    /// Comma-separated values with a line of names. Numbers have all digits that it takes to read them again.
    pub fn to_csv(&self) -> String {
        let names = self.names();
        let heads = ["epoch"].iter().chain(&names).chain(&["lr", "seconds", "samples_per_second"]).copied();
        let mut text = heads.map(quoted).collect::<Vec<_>>().join(",") + "\n";
        for epoch in &self.epochs {
            let mut cells = vec![epoch.epoch.to_string()];
            cells.extend(names.iter().map(|name| epoch.values.get(name).map_or(String::new(), |v| v.to_string())));
            cells.extend([epoch.lr, epoch.seconds, epoch.samples_per_second].map(|v| v.to_string()));
            text += &cells.join(",");
            text.push('\n');
        }
        text
    }

    /// One JSON object a line, one line an epoch: `{"epoch":1,"loss":0.25,…}`. What is infinite or no number is a text, as in
    /// [`Exact`](crate::storage::Exact).
    ///
    /// # Errors
    /// None in practice: every history can be written.
    pub fn to_json_lines(&self) -> Result<String> {
        let mut text = String::new();
        for epoch in &self.epochs {
            let line = serde_json::to_string(epoch).map_err(|error| Error::data("History::to_json_lines", error))?;
            text = text + &line + "\n";
        }
        Ok(text)
    }

    /// Reads what [`History::to_json_lines`] has written.
    ///
    /// # Errors
    /// [`Error::Data`] with the number of the line that is no epoch.
    pub fn from_json_lines(text: &str) -> Result<Self> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let epochs = lines.map(|(i, line)| {
            serde_json::from_str(line).map_err(|error| Error::data(format!("line {} of a history", i + 1), error))
        });
        Ok(Self { epochs: epochs.collect::<Result<_>>()? })
    }
}

/// A cell of CSV.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

impl FromIterator<Epoch> for History {
    fn from_iter<I: IntoIterator<Item = Epoch>>(epochs: I) -> Self {
        Self { epochs: epochs.into_iter().collect() }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        let heads = ["epoch"].iter().chain(&names).chain(&["lr", "time", "samples/s"]);
        let mut table = Table::new(heads.map(|&head| (head, Align::Right)));
        for epoch in &self.epochs {
            let mut cells = vec![epoch.epoch.to_string()];
            cells.extend(names.iter().map(|name| epoch.values.get(name).map_or(String::new(), number)));
            cells.extend([number(epoch.lr), seconds(epoch.seconds), rate(epoch.samples_per_second)]);
            table.row(cells);
        }
        write!(f, "{table}")
    }
}

/// A rate: `134_857`; of an epoch that took no time it is infinite.
pub(super) fn rate(rate: f64) -> String {
    if rate.is_finite() { grouped(rate.round() as u64) } else { rate.to_string() }
}

/// A duration: `0.61 s`, `2:05 min`, `3:20 h`.
pub(super) fn seconds(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.2} s"),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        _ => format!("{}:{:02} h", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_infinite_or_no_number_is_read_again() {
        let values = Values::from_iter([("loss", f64::INFINITY)]);
        let epoch = Epoch { epoch: 1, values, lr: 0.1, seconds: 0.0, samples_per_second: f64::INFINITY };
        let history = History::from_iter([epoch]);
        let text = history.to_json_lines().unwrap();
        assert_eq!(History::from_json_lines(&text).unwrap(), history, "{text}");
        // Whole numbers, as other programs write them.
        let text = "{\"epoch\":1,\"loss\":1,\"lr\":1,\"seconds\":2,\"samples_per_second\":\"NaN\"}";
        let read = History::from_json_lines(text).unwrap();
        assert!(read.last().unwrap().samples_per_second.is_nan() && read.last().unwrap().seconds == 2.0);
    }
}
