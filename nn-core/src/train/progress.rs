//! What training shows on the way.

use super::Values;
use super::history::{rate, seconds};
use super::values::number;
use crate::table::grouped;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// What [`Trainer::fit`](super::Trainer::fit) shows, on the standard error output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar where the output is a terminal that can show one, lines where it is not.
    #[default]
    Auto,
    /// A bar with rate, remaining time and metrics, and a line for each epoch. Lines where the output is no terminal.
    Bar,
    /// A line for each epoch, and one every ten seconds in epochs that are longer.
    Lines,
    /// Nothing.
    Silent,
}

/// Between two changes of a bar.
const BAR: Duration = Duration::from_millis(100);
/// Between two lines in an epoch.
const LINES: Duration = Duration::from_secs(10);
/// Numbers are computed for showing at most this part of the time; some metrics sort all they have seen.
const SHARE: u32 = 50;

/// Shows the progress of one call of `fit`.
pub(super) struct Reporter {
    kind: Kind,
    epochs: u64,
    next: Instant,
    started: Instant,
    batches: usize,
    /// Batches that were done before `started`.
    before: usize,
}

enum Kind {
    Bar(ProgressBar),
    Lines,
    Silent,
}

impl Kind {
    /// A bar, or lines where it would not be seen: a terminal may be unable to show one (`TERM=dumb`).
    fn bar(bar: ProgressBar) -> Self {
        if bar.is_hidden() { Self::Lines } else { Self::Bar(bar) }
    }
}

/// A line that says nothing if the output is closed.
fn print(line: &str) {
    // There is nobody to tell that the output has gone, and training goes on without it.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

impl Reporter {
    pub(super) fn new(progress: Progress, epochs: u64) -> Self {
        let kind = match progress {
            Progress::Silent => Kind::Silent,
            Progress::Lines => Kind::Lines,
            Progress::Auto | Progress::Bar if std::io::stderr().is_terminal() => Kind::bar(ProgressBar::new(0)),
            Progress::Auto | Progress::Bar => Kind::Lines,
        };
        if let Kind::Bar(bar) = &kind
            && let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} {wide_msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        let now = Instant::now();
        Self { kind, epochs, next: now, started: now, batches: 0, before: 0 }
    }

    /// An epoch starts, with `done` of its batches done before.
    pub(super) fn epoch(&mut self, epoch: u64, batches: usize, done: usize) {
        (self.started, self.batches, self.before) = (Instant::now(), batches, done);
        self.next = self.started + self.interval();
        if let Kind::Bar(bar) = &self.kind {
            bar.set_length(batches as u64);
            bar.set_position(done as u64);
            bar.set_prefix(format!("epoch {epoch}/{}", self.epochs));
        }
    }

    fn interval(&self) -> Duration {
        if matches!(self.kind, Kind::Bar(_)) { BAR } else { LINES }
    }

    /// A batch is done. `values` is asked only when it is time to show something.
    pub(super) fn batch(&mut self, epoch: u64, done: usize, samples: u64, values: impl FnOnce() -> Values) {
        if matches!(self.kind, Kind::Silent) {
            return;
        }
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let elapsed = (now - self.started).as_secs_f64();
        let rate = (done - self.before) as f64 / elapsed;
        let left = seconds((self.batches.saturating_sub(done)) as f64 / rate);
        let samples = grouped((samples as f64 / elapsed) as u64);
        let text = format!("{samples} samples/s, {left} left, {}", values());
        match &self.kind {
            Kind::Bar(bar) => {
                bar.set_position(done as u64);
                bar.set_message(text);
            }
            Kind::Lines => print(&format!("epoch {epoch}/{}, batch {done}/{}: {text}", self.epochs, self.batches)),
            Kind::Silent => {}
        }
        let spent = now.elapsed();
        self.next = now + self.interval().max(spent * SHARE);
    }

    /// Something else is computed before training goes on: `done` of the outputs of a line.
    pub(super) fn computing(&mut self, line: &str, done: usize, of: usize) {
        let now = Instant::now();
        if done == 0 {
            self.next = now + self.interval();
        }
        if now < self.next || matches!(self.kind, Kind::Silent) {
            return;
        }
        match &self.kind {
            Kind::Bar(bar) => {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                bar.set_message(format!("outputs of `{line}`"));
            }
            _ => print(&format!("outputs of `{line}`: {} of {}", grouped(done as u64), grouped(of as u64))),
        }
        self.next = now + self.interval();
    }

    /// An epoch is done.
    pub(super) fn epoch_end(&self, epoch: &super::Epoch) {
        let rate = rate(epoch.samples_per_second);
        let values = &epoch.values;
        let took = seconds(epoch.seconds);
        let lr = number(epoch.lr);
        self.say(&format!("epoch {}/{}: {values}, lr {lr}, {took}, {rate} samples/s", epoch.epoch, self.epochs));
    }

    /// A line besides the bar.
    pub(super) fn say(&self, line: &str) {
        match &self.kind {
            Kind::Bar(bar) => bar.suspend(|| print(line)),
            Kind::Lines => print(line),
            Kind::Silent => {}
        }
    }
}

impl Drop for Reporter {
    /// However training ends, the bar does not stay.
    fn drop(&mut self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_where_a_bar_would_be_hidden() {
        assert!(matches!(Kind::bar(ProgressBar::hidden()), Kind::Lines));
    }
}
