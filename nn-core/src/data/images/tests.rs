//! Folders written on the spot: what is read, in which order, and what is said about files that are wrong.

use super::*;
use crate::data::Samples;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use std::fs;

/// Small images.
type Small = [[[f32; 4]; 4]; 3];

/// A directory that goes away with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-images-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn file(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
    fn image(&self, name: &str, image: &RgbImage) {
        image.save(self.file(name)).unwrap();
    }
    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.file(name), bytes).unwrap();
    }
    /// What is said when everything is read.
    fn problem(&self) -> String {
        let samples = ImageFolder::<Small>::open(&self.0).and_then(|folder| folder.to_samples());
        samples.unwrap_err().to_string().replace(&*self.0.to_string_lossy(), "DIR")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Red is the column, green the row, blue `blue`.
fn gradient(width: u32, height: u32, blue: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, blue]))
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(image).unwrap();
    bytes
}

#[test]
fn classes_and_files_come_in_the_order_of_their_names() {
    let dir = Directory::new("order");
    for (name, blue) in [("hat/b.png", 3), ("hat/a.PNG", 2), ("dress/z.png", 1), ("shoes/10.png", 4)] {
        dir.image(name, &gradient(4, 4, blue));
    }
    dir.write("SOURCE.txt", b"beside the classes");
    dir.write("hat/.hidden", b"hidden");
    let folder = ImageFolder::<Small>::open(&dir.0).unwrap();
    assert_eq!(folder.class_names(), ["dress", "hat", "shoes"]);
    assert_eq!((folder.len(), folder.labels()), (4, &[0, 1, 1, 2][..]));
    for threads in [1, 2, 3, 8] {
        let samples: Samples<[[[f32; 4]; 4]; 3], u32> = folder.clone().threads(threads).to_samples().unwrap();
        assert_eq!(samples.y(), &[0, 1, 1, 2]);
        let blue: Vec<f32> = samples.x().iter().map(|image| image[2][3][3] * 255.0).collect();
        assert_eq!(blue, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((samples.x()[0][0][1][3] * 255.0, samples.x()[0][1][1][3] * 255.0), (3.0, 1.0));
    }
    let (mut x, mut y) = ([[[[0.0; 4]; 4]; 3]; 3], [0; 3]);
    folder.fill(&[3, 0, 3], &mut x, &mut y).unwrap();
    assert_eq!((y, x[0][2][0][0] * 255.0, x[1][2][0][0] * 255.0), ([2, 0, 2], 4.0, 1.0));

    let other = Directory::new("other");
    other.image("hat/c.png", &gradient(4, 4, 0));
    let test = ImageFolder::<Small>::open_with_classes(&other.0, folder.class_names()).unwrap();
    assert_eq!((test.labels(), test.class_names().len()), (&[1][..], 3));
    let problem = ImageFolder::<Small>::open_with_classes(&other.0, ["dress", "shoes"]).unwrap_err().to_string();
    assert!(problem.ends_with("folder `hat` is none of the classes `dress`, `shoes`"), "{problem}");
}

#[test]
fn images_are_scaled_and_cut_in_the_middle() {
    let dir = Directory::new("sizes");
    // Twice as wide as high: with 8 pixels for the shorter side nothing is scaled.
    dir.image("a/wide.png", &gradient(16, 8, 0));
    let folder = ImageFolder::<Small>::open(&dir.0).unwrap();
    let read = |folder: &ImageFolder<Small>| folder.to_samples().unwrap();
    let cut = read(&folder.clone().resize(8));
    let columns: Vec<f32> = cut.x()[0][0][0].iter().map(|value| value * 255.0).collect();
    let rows: Vec<f32> = cut.x()[0][1].iter().map(|row| row[0] * 255.0).collect();
    assert_eq!((columns, rows), (vec![6.0, 7.0, 8.0, 9.0], vec![2.0, 3.0, 4.0, 5.0]));

    // Scaled by half until it covers: columns 4 to 12 of the original, two by two.
    let covered = read(&folder);
    for (i, value) in covered.x()[0][0][0].iter().enumerate() {
        let expected = 4.5 + 2.0 * i as f32;
        assert!((value * 255.0 - expected).abs() <= 1.0, "column {i}: {}", value * 255.0);
    }

    let exact = ImageFolder::open(&dir.0).unwrap().exact_size();
    let wide: Samples<[[[f32; 16]; 8]; 3], u32> = exact.to_samples().unwrap();
    let exact = ImageFolder::open(&dir.0).unwrap().exact_size();
    assert_eq!(wide.x()[0][0][7][15] * 255.0, 15.0);
    let problem = Dataset::<[[[f32; 8]; 16]; 3], u32>::to_samples(&exact).unwrap_err().to_string();
    assert!(problem.contains("it has 16 x 8 pixels, but exactly 8 x 16 (width x height) are wanted"), "{problem}");
    let problem = folder.resize(3).to_samples().unwrap_err().to_string();
    assert!(problem.contains("become 6 x 3 with `resize(3)`, which is less than 4 x 4"), "{problem}");
    assert!(problem.ends_with("resize to 4 or more, or leave `resize` out"), "{problem}");
}

#[test]
fn sizes_and_middles_are_those_of_torchvision() {
    let dir = Directory::new("middles");
    // What a scaled image of a gradient has in the middle tells where it was taken.
    let taken = |width: u32, height: u32, short: usize| {
        dir.image("a/0.png", &gradient(width, height, 0));
        let folder = ImageFolder::<Small>::open(&dir.0).unwrap().resize(short);
        let image = folder.to_samples().unwrap().x()[0];
        (image[0][0][0] * 255.0, image[1][0][0] * 255.0)
    };
    // Nothing is scaled, and `round((side - 4) / 2)` rounds halves to even numbers.
    assert_eq!(taken(9, 9, 9), (2.0, 2.0));
    assert_eq!(taken(11, 9, 9), (4.0, 2.0));
    assert_eq!(taken(13, 15, 13), (4.0, 6.0));
    assert_eq!(taken(10, 12, 10), (3.0, 4.0));
    // `int(256 * 500 / 333)`, `int(256 * 451 / 300)`, and with a short side that the long one is a multiple of.
    assert_eq!([fit::scaled(500, 256, 333), fit::scaled(451, 256, 300), fit::scaled(90, 7, 45)], [384, 384, 14]);
    assert_eq!([fit::scaled(5, usize::MAX, 2), fit::scaled(3, 0, 1)], [usize::MAX, 0]);
    assert_eq!([0, 1, 2, 3, 4, 5, 160, 161, 163].map(|rest| fit::middle(rest + 7, 7)), [0, 0, 1, 2, 2, 2, 80, 80, 82]);
}

#[test]
fn long_strips_and_huge_sizes_take_no_memory() {
    let dir = Directory::new("strips");
    dir.image("a/high.png", &RgbImage::from_fn(1, 100_000, |_, y| Rgb([(y / 1000) as u8, 7, 9])));
    dir.image("a/wide.png", &RgbImage::from_fn(100_000, 1, |x, _| Rgb([(x / 1000) as u8, 7, 9])));
    type Large = [[[f32; 64]; 64]; 3];
    for short in [None, Some(64), Some(60_000), Some(usize::MAX)] {
        let folder = ImageFolder::<Large>::open(&dir.0).unwrap().threads(1);
        let folder = short.map_or(folder.clone(), |short| folder.resize(short));
        let (mut x, mut y) = (crate::Batch::<Large>::zeroed(2), [0; 2]);
        let counted = allocation_counter::measure(|| folder.fill(&[0, 1], &mut x, &mut y).unwrap());
        assert!(counted.bytes_max < 2_000_000, "{short:?}: {} bytes", counted.bytes_max);
        // The middle of 0 to 99.
        assert!(x.iter().all(|image| (image[0][32][32] * 255.0 - 49.5).abs() < 1.0 && image[2][9][60] * 255.0 == 9.0));
    }
    let problem = ImageFolder::<Large>::open(&dir.0).unwrap().resize(0).to_samples().unwrap_err().to_string();
    assert!(problem.contains("become 0 x 0 with `resize(0)`, which is less than 64 x 64"), "{problem}");
}

#[test]
fn one_pixel_makes_any_size() {
    let dir = Directory::new("pixel");
    dir.image("a/one.png", &gradient(1, 1, 200));
    dir.image("a/tall.png", &gradient(1, 90, 200));
    let samples: Samples<[[[f32; 5]; 7]; 3], u32> = ImageFolder::open(&dir.0).unwrap().to_samples().unwrap();
    assert!(samples.x().iter().all(|image| image[2].as_flattened().iter().all(|value| *value * 255.0 == 200.0)));
}

#[test]
fn levels_are_normalised_by_channel_and_grey_is_weighted() {
    let dir = Directory::new("levels");
    dir.image("a/color.png", &RgbImage::from_pixel(4, 4, Rgb([255, 51, 102])));
    let folder = ImageFolder::open(&dir.0).unwrap().normalize([0.5, 0.0, 0.4], [0.25, 1.0, 0.1]).unwrap();
    let color: Samples<[[[f32; 4]; 4]; 3], u32> = folder.to_samples().unwrap();
    let near = |value: f32, expected: f32| assert!((value - expected).abs() < 1e-6, "{value}, {expected}");
    near(color.x()[0][0][2][1], 2.0);
    near(color.x()[0][1][2][1], 0.2);
    near(color.x()[0][2][2][1], 0.0);
    let grey: Samples<[[[f32; 4]; 4]; 1], u32> = ImageFolder::open(&dir.0).unwrap().to_samples().unwrap();
    near(grey.x()[0][0][0][0], 0.299 + 0.587 * 0.2 + 0.114 * 0.4);
    let problem = |mean, std| ImageFolder::<Small>::open(&dir.0).unwrap().normalize(mean, std).unwrap_err().to_string();
    assert!(problem([0.0; 3], [1.0, 0.0, 1.0]).contains("a standard deviation of 0"));
    assert!(problem([f32::NAN, 0.0, 0.0], [1.0; 3]).contains("NaN is not a finite number"));
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    let missing = ImageFolder::<Small>::open("no/such/photos").unwrap_err().to_string();
    assert!(missing.starts_with("cannot find `no/such/photos`: there is no such folder in `"), "{missing}");
    let dir = Directory::new("folder");
    assert!(
        dir.problem()
            .ends_with("it has no folders; a folder for each class is needed, with the images of that class in it")
    );
    dir.image("1.png", &gradient(4, 4, 0));
    assert_eq!(
        dir.problem(),
        "images of `DIR`: it has 1 images, but no folders; put the images of each class into a folder with the name of the class"
    );
    dir.image("hat/1.png", &gradient(4, 4, 0));
    fs::create_dir(dir.0.join("dress")).unwrap();
    assert_eq!(dir.problem(), "images of `DIR`: class `dress` has no images; add some, or remove its folder");
    dir.write("dress/notes.txt", b"text");
    assert_eq!(
        dir.problem(),
        "images of `DIR`: `dress/notes.txt` is neither PNG nor JPEG by its name; move it elsewhere, or put a dot before its \
         name to leave it out"
    );
    fs::remove_file(dir.0.join("dress/notes.txt")).unwrap();
    dir.image("dress/more/1.png", &gradient(4, 4, 0));
    assert!(dir.problem().starts_with("images of `DIR`: `dress/more` is a folder inside that of a class"));
    fs::rename(dir.0.join("dress/more"), dir.0.join("dress/more.png")).unwrap();
    assert!(dir.problem().starts_with("images of `DIR`: `dress/more.png` is a folder inside that of a class"));
    fs::rename(dir.0.join("dress/more.png"), dir.0.join("dress/.more")).unwrap();
    #[cfg(unix)]
    for (link, shown) in [("lost", "`lost`"), ("dress/lost.png", "`dress/lost.png`"), ("dress/lost", "`dress/lost`")] {
        std::os::unix::fs::symlink("/no/such/place", dir.0.join(link)).unwrap();
        let said = format!(
            "images of `DIR`: {shown} is a link that leads nowhere; mend it, or put a dot before its name to leave it out"
        );
        assert_eq!(dir.problem(), said);
        fs::remove_file(dir.0.join(link)).unwrap();
    }
    let file = ImageFolder::<Small>::open(dir.0.join("1.png")).unwrap_err().to_string();
    assert!(file.starts_with("cannot list "), "{file}");
}

#[test]
fn files_that_cannot_be_decoded_are_named_or_left_out() {
    let dir = Directory::new("damaged");
    let picture = gradient(32, 32, 9);
    dir.image("a/0.png", &picture);
    dir.write("a/1.jpg", &jpeg(&picture));
    assert!(ImageFolder::<Small>::open(&dir.0).unwrap().without_damaged().1.is_empty());

    let png = fs::read(dir.file("a/0.png")).unwrap();
    let hint = "; replace it, or leave it out with `ImageFolder::without_damaged`";
    let said = |bytes: &[u8], start: &str| {
        dir.write("a/2.jpg", bytes);
        let problem = dir.problem();
        assert!(problem.starts_with(start) && problem.ends_with(hint), "{problem}");
        let (rest, damaged) = ImageFolder::<Small>::open(&dir.0).unwrap().without_damaged();
        assert_eq!((rest.len(), rest.labels().len(), damaged.len()), (2, 2, 1));
    };
    said(b"", "`DIR/a/2.jpg` is not a usable image file: it is empty");
    said(b"no picture at all", "`DIR/a/2.jpg` is not a usable image file: its content is neither PNG nor JPEG");
    said(
        b"GIF89a, and more",
        "`DIR/a/2.jpg` is not a usable image file: its content is Gif, but PNG or JPEG is needed",
    );
    let whole = jpeg(&picture);
    for length in [4, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
        said(&whole[..length], "`DIR/a/2.jpg` is not a usable JPEG file: it is cut short");
    }
    for length in [20, png.len() / 2] {
        said(&png[..length], "`DIR/a/2.jpg` is not a usable PNG file: it cannot be decoded (");
    }
    // A PNG whose size was changed to 2³¹ − 1 pixels squared.
    let mut huge = png.clone();
    huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    said(&huge, "`DIR/a/2.jpg` is not a usable PNG file: it cannot be decoded (");
    // The same with a checksum that fits: the pixels would take 3 TB, and are not asked for.
    let mut claims = png.clone();
    claims[16..24].copy_from_slice(&[1_000_000_u32.to_be_bytes(); 2].concat());
    let sum = crc32fast::hash(&claims[12..29]);
    claims[29..33].copy_from_slice(&sum.to_be_bytes());
    said(&claims, "`DIR/a/2.jpg` is not a usable PNG file: its pixels would take more than 512 MiB");
    // A PNG under the name of a JPEG is read as what it is.
    dir.write("a/2.jpg", &png);
    assert!(ImageFolder::<Small>::open(&dir.0).unwrap().without_damaged().1.is_empty());
}

#[test]
fn the_first_damaged_file_is_told_whatever_the_threads() {
    let dir = Directory::new("first");
    for i in 0..9 {
        dir.image(&format!("a/{i}.png"), &gradient(4, 4, i));
    }
    dir.write("a/3.png", b"");
    dir.write("a/7.png", b"");
    for threads in [1, 2, 4, 20] {
        let folder = ImageFolder::<Small>::open(&dir.0).unwrap().threads(threads);
        let problem = folder.to_samples().unwrap_err().to_string();
        assert!(problem.contains("a/3.png"), "{threads} threads: {problem}");
    }
}

#[test]
fn damage_of_any_byte_is_an_error_or_an_image() {
    let picture = gradient(24, 16, 9);
    let dir = Directory::new("bytes");
    dir.image("a/0.png", &picture);
    for bytes in [fs::read(dir.file("a/0.png")).unwrap(), jpeg(&picture)] {
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            let file = dir.file("damaged");
            fs::write(&file, &damaged).unwrap();
            if let Err(error) = decode(&file) {
                assert!(error.to_string().contains("is not a usable"), "{error}");
            }
        }
    }
}

#[test]
fn files_without_classes_have_label_0() {
    let dir = Directory::new("files");
    dir.image("b.png", &gradient(4, 4, 2));
    dir.image("a.png", &gradient(4, 4, 1));
    let folder = ImageFolder::<Small>::of_files([dir.file("b.png"), dir.file("a.png")]);
    let samples = folder.to_samples().unwrap();
    let blue: Vec<f32> = samples.x().iter().map(|image| image[2][0][0] * 255.0).collect();
    assert_eq!((samples.y(), blue), (&[0, 0][..], vec![2.0, 1.0]));
    assert!(folder.class_names().is_empty());
    assert!(ImageFolder::<Small>::of_files(["no/such.png"]).to_samples().is_err());
}
