//! How an example ends.

use std::process::ExitCode;

/// Success, or failure with what went wrong on the error stream.
pub fn with(result: nn::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
