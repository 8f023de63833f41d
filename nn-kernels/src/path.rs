//! Which instruction set the kernels use, chosen once at start.
//!
//! Every kernel is written once and compiled several times; [`path`] names the version that runs. The fastest one that the
//! processor has is taken, unless the environment variable `NN_KERNELS` names another:
//!
//! | `NN_KERNELS` | needs | matrix products | everything else |
//! |---|---|---|---|
//! | `avx512` | AVX-512 F, BW, DQ, VL | own microkernel, 16 lanes | compiled for AVX-512 |
//! | `avx2` | AVX2 and FMA | own microkernel, 8 lanes | compiled for AVX2 and FMA |
//! | `matrixmultiply` | nothing | the crate matrixmultiply | compiled for the target's baseline |
//! | `scalar` | nothing | own microkernel, no fused multiply-add | compiled for the target's baseline |
//!
//! `avx2` and `avx512` give the same bits. `scalar` and `matrixmultiply` round differently.
//!
//! A kernel asks for the path on the calling thread and hands it, as an [`Isa`] token, to every task that it spawns. Tasks that call
//! kernels find the same path, whichever thread runs them: a team takes an [`Override`] along. A token can only be had from a path
//! that the processor has: possession proves permission.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

/// The environment variable that overrides the choice of path.
pub const VARIABLE: &str = "NN_KERNELS";

/// A version of the kernels.
///
/// ```
/// use nn_kernels::Path;
///
/// assert!(Path::Scalar.is_available());
/// assert_eq!("avx2".parse(), Ok(Path::Avx2));
/// assert_eq!(Path::Avx512.to_string(), "avx512");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// The target's baseline instructions; products by the library's own microkernel.
    Scalar,
    /// The target's baseline instructions; products by the crate matrixmultiply, which knows more processors.
    Matrixmultiply,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 (F, BW, DQ, VL).
    Avx512,
}

impl Path {
    /// All paths, slowest first.
    pub const ALL: [Path; 4] = [Path::Scalar, Path::Matrixmultiply, Path::Avx2, Path::Avx512];

    /// The name that `NN_KERNELS` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Path::Scalar => "scalar",
            Path::Matrixmultiply => "matrixmultiply",
            Path::Avx2 => "avx2",
            Path::Avx512 => "avx512",
        }
    }

    /// Whether this processor can run the path.
    pub fn is_available(self) -> bool {
        match self {
            Path::Scalar | Path::Matrixmultiply => true,
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => {
                Path::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Path::Avx2 | Path::Avx512 => false,
        }
    }

    fn fastest() -> Path {
        [Path::Avx512, Path::Avx2].into_iter().find(|path| path.is_available()).unwrap_or(Path::Matrixmultiply)
    }

    /// The path that a value of `NN_KERNELS` names (`None`: the variable is not set).
    fn choose(variable: Option<&str>) -> Result<Path, PathError> {
        let Some(name) = variable.filter(|name| !name.is_empty()) else { return Ok(Path::fastest()) };
        let path: Path = name.parse()?;
        if path.is_available() { Ok(path) } else { Err(PathError::Unavailable { path }) }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Path {
    type Err = PathError;
    fn from_str(name: &str) -> Result<Path, PathError> {
        let known = Path::ALL.into_iter().find(|path| path.name() == name);
        known.ok_or_else(|| PathError::Unknown { name: name.to_owned() })
    }
}

/// Why a path cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// No path has this name.
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The processor lacks the instructions.
    Unavailable {
        /// What was asked for.
        path: Path,
    },
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathError::Unknown { name } => {
                write!(
                    f,
                    "there is no kernel path `{name}`; {VARIABLE} takes `scalar`, `matrixmultiply`, `avx2` or `avx512`"
                )
            }
            PathError::Unavailable { path } => write!(
                f,
                "kernel path `{path}` needs instructions that this processor does not have; the fastest it has is `{}` (unset {VARIABLE} to use that)",
                Path::fastest()
            ),
        }
    }
}

impl std::error::Error for PathError {}

thread_local! {
    static OVERRIDE: Cell<Option<Path>> = const { Cell::new(None) };
}

/// The path that kernels called from this thread take.
///
/// # Panics
///
/// On first use, when `NN_KERNELS` holds an unknown name or names a path that the processor lacks.
pub fn path() -> Path {
    static CHOSEN: OnceLock<Path> = OnceLock::new();
    OVERRIDE.get().unwrap_or_else(|| {
        *CHOSEN.get_or_init(|| {
            let variable = std::env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
            Path::choose(variable.as_deref()).unwrap_or_else(|error| panic!("{error}"))
        })
    })
}

/// What [`with_path`] has put in the place of the choice, on some thread.
///
/// Only `with_path`, which asks for the path's instructions, makes one that names a path.
#[derive(Clone, Copy)]
pub(crate) struct Override(Option<Path>);

impl Override {
    pub(crate) const NONE: Self = Self(None);

    /// The calling thread's.
    pub(crate) fn current() -> Self {
        Self(OVERRIDE.get())
    }

    /// Makes it the calling thread's, until another one is.
    pub(crate) fn set(self) {
        OVERRIDE.set(self.0);
    }
}

/// Runs `f` with every kernel that it calls from this thread on `path`, also from the tasks of a [`Team`](crate::Team).
///
/// Meant for tests and benchmarks, which compare paths within one process.
///
/// # Errors
///
/// [`PathError::Unavailable`] when the processor lacks the path; `f` is then not called.
///
/// ```
/// use nn_kernels::{Path, path, with_path};
///
/// with_path(Path::Scalar, || assert_eq!(path(), Path::Scalar)).unwrap();
/// ```
pub fn with_path<R>(path: Path, f: impl FnOnce() -> R) -> Result<R, PathError> {
    struct Restore(Option<Path>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OVERRIDE.set(self.0);
        }
    }
    if !path.is_available() {
        return Err(PathError::Unavailable { path });
    }
    let _restore = Restore(OVERRIDE.replace(Some(path)));
    Ok(f())
}

/// The instruction set for everything but products: a token that exists only if the processor has it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

/// Proof that AVX2 and FMA are there.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

/// Proof that AVX-512 F, BW, DQ, VL (and AVX2, FMA) are there.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Isa {
    /// The token for the calling thread's path.
    ///
    /// Tokens are made here and nowhere else: `path` gives only available paths.
    pub(crate) fn current() -> Isa {
        match path() {
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => Isa::Avx2(Avx2(())),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => Isa::Avx512(Avx512(())),
            _ => Isa::Baseline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_unknown_ones_are_explained() {
        for path in Path::ALL {
            assert_eq!(path.name().parse(), Ok(path));
        }
        let error = Path::choose(Some("avx1024")).unwrap_err();
        assert!(error.to_string().contains("`avx1024`") && error.to_string().contains("`avx512`"), "{error}");
        assert_eq!(Path::choose(None), Ok(Path::fastest()));
        assert_eq!(Path::choose(Some("scalar")), Ok(Path::Scalar));
    }

    #[test]
    fn a_path_that_is_not_there_is_refused() {
        for path in Path::ALL.into_iter().filter(|path| !path.is_available()) {
            assert_eq!(Path::choose(Some(path.name())), Err(PathError::Unavailable { path }));
            assert_eq!(with_path(path, || ()), Err(PathError::Unavailable { path }));
        }
        let message = PathError::Unavailable { path: Path::Avx512 }.to_string();
        assert!(message.contains("`avx512`") && message.contains("processor"), "{message}");
    }

    #[test]
    fn the_override_ends_with_its_scope_even_after_a_panic() {
        let before = path();
        let _ = std::panic::catch_unwind(|| with_path(Path::Scalar, || panic!("on purpose")));
        assert_eq!(path(), before);
    }
}
