//! Folders of photographs, with a folder for each class; with the feature `images`.

mod decode;
mod fit;
mod jpeg;
mod list;
mod scale;
#[cfg(test)]
mod tests;

use super::Dataset;
use super::samples::check_indices;
use crate::{Error, Result};
use core::marker::PhantomData;
use decode::decode;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// Means of red, green and blue over ImageNet, on a scale of 0 to 1: what most pretrained networks expect to be subtracted.
pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Standard deviations of red, green and blue over ImageNet: what most pretrained networks expect to be divided by.
pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// PNG and JPEG files in a folder for each class: a [`Dataset`] of images `S`, which is `[[[f32; W]; H]; C]` (channels, height, width; `C` is 3
/// for red, green and blue, 1 for grey), with `u32` labels. Needs the feature `images`.
///
/// ```text
/// photos/train/dress/0ad1.jpg
/// photos/train/dress/f17c.png      class 0, `dress`
/// photos/train/hat/77e0.jpg        class 1, `hat`
/// ```
///
/// Classes are the folders in the order of their names, samples the files in the order of theirs within a class, as in PyTorch's
/// `ImageFolder`. What begins with a dot, and files beside the class folders, are left out. Levels become 0 to 1, less the mean and divided
/// by the standard deviation of their channel where [`normalize`](Self::normalize) gives them. Grey is `0.299 R + 0.587 G + 0.114 B`;
/// transparency is ignored; a turn that the camera has noted (EXIF) is made.
///
/// An image that is not `W` by `H` is scaled until it covers that, and its middle is taken; [`resize`](Self::resize) scales the shorter side to a
/// length of its own first, [`exact_size`](Self::exact_size) refuses such images. Scaling averages over what a pixel covers (a triangle
/// filter, as in Pillow and in PyTorch's `Resize`). `resize` and the middle are torchvision's `Resize` and `CenterCrop`, to the pixel.
///
/// Files are decoded when samples are asked for, on all cores. So [`Dataset::to_samples`] reads everything into memory, and training
/// straight from the folder wants [`Fit::prefetch`](crate::train::Fit::prefetch):
///
/// ```no_run
/// use nn_core::data::{Dataset, IMAGENET_MEAN, IMAGENET_STD, ImageFolder, Samples};
/// type Photo = [[[f32; 128]; 128]; 3];
/// let photos = ImageFolder::<Photo>::open("photos/train")?.resize(146).normalize(IMAGENET_MEAN, IMAGENET_STD)?;
/// println!("{} photos of {}", photos.len(), photos.class_names().join(", "));
/// let train: Samples<Photo, u32> = photos.to_samples()?;
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder<S> {
    root: PathBuf,
    class_names: Vec<String>,
    files: Vec<PathBuf>,
    labels: Vec<u32>,
    settings: Settings,
    threads: usize,
    sample: PhantomData<fn() -> S>,
}

/// How a file becomes a sample.
#[derive(Clone, Copy, Debug)]
struct Settings {
    size: Size,
    mean: [f32; 3],
    std: [f32; 3],
}

/// What happens to images that are not as large as samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// They are scaled until they cover the sample.
    Cover,
    /// Their shorter side is scaled to this.
    Short(usize),
    /// They are an error.
    Exact,
}

impl<S> ImageFolder<S> {
    /// Lists a folder that has one folder for each class.
    ///
    /// # Errors
    /// [`Error::Io`] if a folder cannot be read; [`Error::Data`] naming the folder if it has no class folders, or a class has no image; naming
    /// the file if one is neither PNG nor JPEG by its name.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        Self::list(root.as_ref(), None)
    }

    /// As [`open`](Self::open) with the classes of another folder, so that a part without images of some class numbers the others alike.
    ///
    /// # Errors
    /// As [`open`](Self::open), but a class may be missing; [`Error::Data`] if a folder is none of the classes.
    pub fn open_with_classes<N: Into<String>>(
        root: impl AsRef<Path>,
        classes: impl IntoIterator<Item = N>,
    ) -> Result<Self> {
        Self::list(root.as_ref(), Some(classes.into_iter().map(Into::into).collect()))
    }

    /// Files that are in no class folder, such as photographs to be classified: their labels are 0, and there are no names of classes.
    ///
    /// ```no_run
    /// use nn_core::data::{Dataset, ImageFolder, Samples};
    /// let photo: Samples<[[[f32; 224]; 224]; 3], u32> = ImageFolder::of_files(["holiday.jpg"]).resize(256).to_samples()?;
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn of_files<P: Into<PathBuf>>(files: impl IntoIterator<Item = P>) -> Self {
        let files: Vec<PathBuf> = files.into_iter().map(Into::into).collect();
        let labels = vec![0; files.len()];
        Self::new(Path::new("."), list::Listing { class_names: Vec::new(), files, labels })
    }

    fn list(root: &Path, classes: Option<Vec<String>>) -> Result<Self> {
        Ok(Self::new(root, list::list(root, classes)?))
    }

    fn new(root: &Path, list::Listing { class_names, files, labels }: list::Listing) -> Self {
        let settings = Settings { size: Size::Cover, mean: [0.0; 3], std: [1.0; 3] };
        Self { root: root.to_path_buf(), class_names, files, labels, settings, threads: 0, sample: PhantomData }
    }

    /// Scales the shorter side of every image to `short` pixels; samples are taken from the middle of that.
    #[must_use]
    pub fn resize(mut self, short: usize) -> Self {
        self.settings.size = Size::Short(short);
        self
    }

    /// Makes images an error that are not exactly as large as samples.
    #[must_use]
    pub fn exact_size(mut self) -> Self {
        self.settings.size = Size::Exact;
        self
    }

    /// Levels `(x − mean) / std` by channel. Samples of one channel take the means of both arrays.
    ///
    /// Where images are augmented by colour, normalise after that instead: [`transform::normalize`](super::transform::normalize).
    ///
    /// # Errors
    /// [`Error::Argument`] if a number is not finite, or a standard deviation not positive.
    pub fn normalize(mut self, mean: [f32; 3], std: [f32; 3]) -> Result<Self> {
        if let Some(number) = mean.iter().chain(&std).find(|number| !number.is_finite()) {
            return Err(Error::argument("ImageFolder::normalize", format!("{number} is not a finite number")));
        }
        if let Some(number) = std.iter().find(|&&number| number <= 0.0) {
            let problem = format!("a standard deviation of {number}; it is divided by and has to be positive");
            return Err(Error::argument("ImageFolder::normalize", problem));
        }
        (self.settings.mean, self.settings.std) = (mean, std);
        Ok(self)
    }

    /// On so many threads; 0 for one a core, as it is unless set. Samples are the same.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Without the files that cannot be decoded, and what is wrong with each of them. Decodes every file once.
    ///
    /// ```no_run
    /// use nn_core::data::ImageFolder;
    /// let (photos, damaged) = ImageFolder::<[[[f32; 128]; 128]; 3]>::open("photos")?.without_damaged();
    /// for problem in &damaged {
    ///     eprintln!("left out: {problem}");
    /// }
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    #[must_use = "it gives the folder without the files"]
    pub fn without_damaged(mut self) -> (Self, Vec<Error>) {
        let mut outcomes: Vec<Option<Error>> = Vec::new();
        outcomes.resize_with(self.files.len(), || None);
        let chunk = self.chunk(self.files.len());
        std::thread::scope(|scope| {
            for (files, outcomes) in self.files.chunks(chunk).zip(outcomes.chunks_mut(chunk)) {
                scope.spawn(move || {
                    files.iter().zip(outcomes).for_each(|(file, outcome)| *outcome = decode(file).err());
                });
            }
        });
        let keep = |outcomes: &[Option<Error>]| outcomes.iter().map(Option::is_none).collect::<Vec<bool>>();
        let (mut files, mut labels) = (keep(&outcomes).into_iter(), keep(&outcomes).into_iter());
        self.files.retain(|_| files.next() == Some(true));
        self.labels.retain(|_| labels.next() == Some(true));
        (self, outcomes.into_iter().flatten().collect())
    }

    /// The names of the classes, in the order of the labels.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The files, in the order of the samples.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The labels, in the order of the samples.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many of `count` images each thread takes.
    fn chunk(&self, count: usize) -> usize {
        let threads = match self.threads {
            0 => available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        count.div_ceil(threads).max(1)
    }
}

// The hint about what is a dataset stays the same with and without the feature.
#[diagnostic::do_not_recommend]
impl<const C: usize, const H: usize, const W: usize> Dataset<[[[f32; W]; H]; C], u32>
    for ImageFolder<[[[f32; W]; H]; C]>
{
    fn len(&self) -> usize {
        self.files.len()
    }
    fn fill(&self, indices: &[usize], x: &mut [[[[f32; W]; H]; C]], y: &mut [u32]) -> Result<()> {
        const { assert!(C == 1 || C == 3, "images have 3 channels (red, green, blue) or 1 (grey)") }
        check_indices("ImageFolder", indices, self.files.len())?;
        for (&index, y) in indices.iter().zip(y) {
            *y = self.labels[index];
        }
        let read = |indices: &[usize], x: &mut [[[[f32; W]; H]; C]]| {
            indices.iter().zip(x).try_for_each(|(&index, x)| {
                let file = &self.files[index];
                fit::fit(&decode(file)?, file, &self.settings, x.as_flattened_mut().as_flattened_mut(), (C, H, W))
            })
        };
        let chunk = self.chunk(indices.len());
        if chunk >= indices.len() {
            return read(indices, x);
        }
        std::thread::scope(|scope| {
            let parts = indices.chunks(chunk).zip(x.chunks_mut(chunk));
            let threads: Vec<_> = parts.map(|(indices, x)| scope.spawn(|| read(indices, x))).collect();
            // All are waited for; of several errors, that of the first sample is told.
            let outcomes =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked(&self.root))));
            outcomes.collect::<Vec<_>>().into_iter().collect()
        })
    }
    fn describe(&self) -> String {
        format!(
            "{} images in {} classes of `{}` as [{C}, {H}, {W}]",
            self.files.len(),
            self.class_names.len(),
            self.root.display()
        )
    }
}

fn panicked(root: &Path) -> Error {
    Error::data(format!("reading images of `{}`", root.display()), "a decoding thread has panicked")
}
