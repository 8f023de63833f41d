//! MNIST, and data sets in its form such as Fashion-MNIST.

use super::{Idx, Samples};
use crate::{Error, Result, Sample};
use std::io::{self, ErrorKind};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

/// Images of 28 x 28 grey levels.
const SIDE: usize = 28;
/// Ten digits, or ten kinds of clothing.
const CLASSES: usize = 10;

/// The training and the test part of MNIST, Fashion-MNIST or another data set in the same four files:
/// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`, each plain or
/// compressed, with or without `.gz`.
///
/// Grey levels become `0.0..=1.0` (divided by 255, as PyTorch's `ToTensor` does). `S` is any sample of 784 elements:
/// `[f32; 784]` for dense layers, `[[[f32; 28]; 28]; 1]` (channels, height, width) for convolutions; another size does
/// not compile. The two parts are read side by side, by all cores.
///
/// # Errors
/// [`Error::Io`] if a file is missing, naming what was looked for; [`Error::Format`] if one is damaged, has images of
/// another size, labels above 9, or not as many labels as there are images.
///
/// ```
/// let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist");
/// let (train, test) = nn_core::data::mnist::<[f32; 784]>(dir)?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// assert_eq!(train.y()[..5], [5, 0, 4, 1, 9]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// ```compile_fail
/// let (train, test) = nn_core::data::mnist::<[f32; 783]>("data/mnist").unwrap();
/// ```
pub fn mnist<S: Sample<Element = f32>>(dir: impl AsRef<Path>) -> Result<(Samples<S, u32>, Samples<S, u32>)> {
    const {
        assert!(S::LEN == SIDE * SIDE, "MNIST has images of 28 x 28: take samples of 784 elements, such as [f32; 784]");
    }
    let dir = dir.as_ref();
    // The test images are read beside the training images, which are six times as many.
    thread::scope(|scope| {
        let test = scope.spawn(|| part(dir, "t10k"));
        let train = part(dir, "train")?;
        Ok((train, test.join().unwrap_or_else(|panic| resume_unwind(panic))?))
    })
}

fn part<S: Sample<Element = f32>>(dir: &Path, prefix: &str) -> Result<Samples<S, u32>> {
    let image_file = find(dir, &format!("{prefix}-images-idx3-ubyte"))?;
    let label_file = find(dir, &format!("{prefix}-labels-idx1-ubyte"))?;
    let images = Idx::open(&image_file)?;
    let wrong = |path: &Path, problem: String| Err(Error::format(path, "MNIST", problem));
    if images.dims().len() != 3 || images.dims()[1..] != [SIDE, SIDE] {
        let shape = images.dims().iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
        return wrong(
            &image_file,
            format!("it holds {shape} elements, but images of 28 x 28 (N x 28 x 28) are needed"),
        );
    }
    let labels = Idx::open(&label_file)?.to_labels()?;
    if labels.len() != images.len() {
        let (labels, images) = (labels.len(), images.len());
        return wrong(
            &label_file,
            format!("it has {labels} labels, but `{}` has {images} images", image_file.display()),
        );
    }
    if let Some(at) = labels.iter().position(|&label| label as usize >= CLASSES) {
        return wrong(&label_file, format!("label {at} (counted from 0) is {}, but labels are 0..=9", labels[at]));
    }
    Samples::new(images.to_batch::<S>(|level| (level / 255.0) as f32)?, labels)
}

/// The file of this name, with or without `.gz`.
fn find(dir: &Path, name: &str) -> Result<PathBuf> {
    // Some distributions put a dot where the original names have a hyphen.
    let dotted = name.replace("-idx", ".idx");
    let names = [name.to_string(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")];
    if let Some(path) = names.iter().map(|name| dir.join(name)).find(|path| path.is_file()) {
        return Ok(path);
    }
    let mut problem = format!("none of {} is there", names.map(|name| format!("`{name}`")).join(", "));
    if !dir.is_dir() {
        problem = format!("there is no directory `{}`", dir.display());
        if let (true, Ok(current)) = (dir.is_relative(), std::env::current_dir()) {
            problem += &format!(" in `{}`", current.display());
        }
    }
    Err(Error::io("find", dir.join(name), io::Error::new(ErrorKind::NotFound, problem)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A directory that goes away with the test.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("nn-mnist-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
        fn images(&self, name: &str, count: u8, side: u8) {
            let mut file = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, side, 0, 0, 0, side];
            file.extend((0..usize::from(count) * usize::from(side).pow(2)).map(|i| (i % 256) as u8));
            fs::write(self.0.join(name), file).unwrap();
        }
        fn labels(&self, name: &str, labels: &[u8]) {
            let mut file = vec![0, 0, 8, 1, 0, 0, 0, labels.len() as u8];
            file.extend(labels);
            fs::write(self.0.join(name), file).unwrap();
        }
        fn problem(&self) -> String {
            let message = mnist::<[f32; 784]>(&self.0).map(|_| ()).unwrap_err().to_string();
            message.replace(&*self.0.to_string_lossy(), "DIR")
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn each_thing_that_can_be_wrong_has_its_message() {
        let dir = Directory::new("wrong");
        assert_eq!(
            dir.problem(),
            "cannot find `DIR/train-images-idx3-ubyte`: none of `train-images-idx3-ubyte`, `train-images-idx3-ubyte.gz`, \
             `train-images.idx3-ubyte`, `train-images.idx3-ubyte.gz` is there"
        );
        dir.images("train-images-idx3-ubyte", 3, 27);
        dir.labels("train-labels-idx1-ubyte", &[0, 1]);
        assert_eq!(
            dir.problem(),
            "`DIR/train-images-idx3-ubyte` is not a usable MNIST file: it holds 3 x 27 x 27 elements, but images of 28 x 28 \
             (N x 28 x 28) are needed"
        );
        dir.images("train-images-idx3-ubyte", 3, 28);
        assert_eq!(
            dir.problem(),
            "`DIR/train-labels-idx1-ubyte` is not a usable MNIST file: it has 2 labels, but `DIR/train-images-idx3-ubyte` has \
             3 images"
        );
        dir.labels("train-labels-idx1-ubyte", &[0, 1, 10]);
        assert_eq!(
            dir.problem(),
            "`DIR/train-labels-idx1-ubyte` is not a usable MNIST file: label 2 (counted from 0) is 10, but labels are 0..=9"
        );
        dir.labels("train-labels-idx1-ubyte", &[0, 1, 9]);
        dir.images("t10k-images.idx3-ubyte", 2, 28);
        dir.labels("t10k-labels.idx1-ubyte", &[7, 8]);
        let (train, test) = mnist::<[[[f32; 28]; 28]; 1]>(&dir.0).unwrap();
        assert_eq!((train.y(), test.y()), (&[0, 1, 9][..], &[7, 8][..]));
        assert_eq!(train.x()[0][0][1][2], 30.0_f32 / 255.0);
        let missing = mnist::<[f32; 784]>(dir.0.join("mnist")).map(|_| ()).unwrap_err().to_string();
        assert!(missing.ends_with("/mnist`"), "{missing}");
        assert!(missing.contains("/mnist/train-images-idx3-ubyte`: there is no directory `"), "{missing}");
    }
}
