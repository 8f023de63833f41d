//! The one error type of the library.

use std::path::{Path, PathBuf};

/// The result of everything that reads, writes or takes data.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What can go wrong with data, files and training. Shapes of networks cannot: they are checked while the program compiles.
///
/// Messages are lower case and say what is wrong, where, and what would be right.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `create`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it should be as a whole: wrong magic, truncated, damaged.
    #[error("`{}` is not a usable {format} file: {problem}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it was read as: `IDX`, `safetensors`, …
        format: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A row of a table is wrong. Rows count from 1 as an editor does, the header included.
    #[error("`{}`, row {row}{}: {problem}", path.display(), column.as_ref().map(|c| format!(", column `{c}`")).unwrap_or_default())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line in the file, counted from 1.
        row: u64,
        /// The column's name (or its index where the file has no names), if one value is to blame.
        column: Option<String>,
        /// What is wrong.
        problem: String,
    },
    /// A file of weights is not one of this network.
    #[error("`{}` does not fit the network, which is left as it was: {report}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// All that is missing, unexpected or of another shape.
        report: Box<crate::storage::Report>,
    },
    /// The backward pass of a layer does not fit its forward pass, which only [`check`](crate::check) looks for.
    #[error("the backward pass of `{layer}` does not pass its check: {problem}")]
    Gradient {
        /// The kind of the layer.
        layer: &'static str,
        /// Which gradient is wrong, and what it should be.
        problem: String,
    },
    /// An argument has a value that makes no sense.
    #[error("{what}: {problem}")]
    Argument {
        /// The argument and where it belongs: `Fit::batch_size`.
        what: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A source of data failed; for datasets of your own too.
    #[error("{what}: {source}")]
    Data {
        /// The source, and what it was doing.
        what: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Training has given a number that is infinite or NaN. The network is as it was before the step.
    #[error(
        "{}step {step}: {what} is not finite ({value}); try a smaller learning rate, a limit of the gradient's norm, or data \
         without extreme values",
        epoch.map(|epoch| format!("epoch {epoch}, ")).unwrap_or_default()
    )]
    NotFinite {
        /// The epoch, counted from 1, where there are epochs.
        epoch: Option<u64>,
        /// The step, counted from 0.
        step: u64,
        /// What is not finite: the loss, the gradient of a parameter.
        what: String,
        /// Its value, or that of the norm that it spoils.
        value: f64,
    },
}

impl Error {
    /// An [`Error::Io`] from what was tried on which file.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { action, path: path.as_ref().to_path_buf(), source }
    }

    /// An [`Error::Format`] from what is wrong with which file.
    pub fn format(path: impl AsRef<Path>, format: &'static str, problem: impl Into<String>) -> Self {
        Self::Format { path: path.as_ref().to_path_buf(), format, problem: problem.into() }
    }

    /// An [`Error::Argument`].
    pub fn argument(what: &'static str, problem: impl Into<String>) -> Self {
        Self::Argument { what, problem: problem.into() }
    }

    /// An [`Error::Data`] from another error, or from words.
    pub fn data(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Data { what: what.into(), source: source.into() }
    }
}

/// The message, as [`Display`](core::fmt::Display) has it: a program whose `main` returns a `Result` prints errors by `Debug`.
impl core::fmt::Debug for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}
