//! The example `fine_tune` on photographs and weights that are made here: it runs to its end, finds its features again, and says what is wrong with
//! what it is given. What it reaches on real ones stands in the README.

use image::{Rgb, RgbImage};
use nn::Store;
use nn::zoo::EfficientNetLite0;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const EXAMPLE: &str = "fine_tune";

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    /// With a photograph or more of every class, told apart by their colour, and the weights of an untrained network.
    fn new(name: &str, classes: u8) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("nn-fine-tune-{name}-{}", std::process::id())));
        for (part, photos) in [("train", 3), ("validation", 1), ("test", 1)] {
            for class in 0..classes {
                let place = folder.path(&format!("photos/{part}/{class}"));
                fs::create_dir_all(&place).unwrap();
                for photo in 0..photos {
                    let color = Rgb([25 * class, 250 - 25 * class, 20 * photo + u8::from(part == "test")]);
                    RgbImage::from_pixel(128, 128, color).save(place.join(format!("{photo}.png"))).unwrap();
                }
            }
        }
        EfficientNetLite0::seeded(0).save(folder.path("weights.safetensors")).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn run(&self, more: &[&str]) -> Output {
        let test = std::env::current_exe().unwrap();
        let examples = test.parent().and_then(Path::parent).unwrap().join("examples");
        Command::new(examples.join(EXAMPLE).with_extension(std::env::consts::EXE_EXTENSION))
            .arg("--photos")
            .arg(self.path("photos"))
            .arg("--weights")
            .arg(self.path("weights.safetensors"))
            .args(more)
            .output()
            .expect("`cargo test` builds the example")
    }

    fn succeed(&self, more: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.run(more);
        assert!(status.success(), "{more:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// What it says where something is wrong, which is no panic.
    fn fail(&self, more: &[&str]) -> String {
        let Output { status, stderr, .. } = self.run(more);
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(status.code() == Some(1) && stderr.starts_with("error: "), "{more:?}: {stderr}");
        stderr
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The lines with results: `head, seed 0: 20.00 % of the test photos`.
fn results(out: &str) -> Vec<&str> {
    out.lines().filter(|line| line.starts_with("head, seed")).collect()
}

#[test]
fn all_three_ways() {
    let folder = Folder::new("ways", 10);
    let out = folder.succeed(&["--epochs", "2", "--block-epochs", "1", "--seeds", "1"]);
    assert!(out.starts_with("30 photos to learn from, 10 and 10 to judge"), "{out}");
    let rows: Vec<&str> = out.lines().rev().take(3).collect();
    for (row, way) in rows.iter().rev().zip(["head, on features", "adapters of rank 8", "last block"]) {
        assert!(row.starts_with(way), "{out}");
    }
    // 1280 · 10 weights and 10 biases of the head.
    assert!(rows[2].ends_with(" 12810"), "{out}");
}

#[test]
fn features_in_files_are_found_again() {
    let folder = Folder::new("files", 10);
    let cache = folder.path("features");
    fs::create_dir(&cache).unwrap();
    let in_files = ["--epochs", "2", "--block-epochs", "0", "--seeds", "2", "--cache", cache.to_str().unwrap()];
    let first = folder.succeed(&in_files);
    let written = |part| fs::metadata(cache.join(part).with_extension("features")).unwrap().modified().unwrap();
    let times = ["train", "validation", "test"].map(written);
    let second = folder.succeed(&in_files);
    assert_eq!(["train", "validation", "test"].map(written), times, "they were computed again");
    let in_memory = folder.succeed(&in_files[..6]);
    assert_eq!(results(&first).len(), 2, "{first}");
    assert_eq!((results(&first), results(&first)), (results(&second), results(&in_memory)));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = Folder::new("wrong", 3);
    let few = folder.fail(&[]);
    assert!(few.contains("it has 3 classes, but `CLASSES` of this example is 10"), "{few}");
    fs::remove_dir_all(folder.path("photos")).unwrap();
    let missing = folder.fail(&[]);
    assert!(missing.contains("photos"), "{missing}");

    let folder = Folder::new("damaged", 10);
    let weights = folder.path("weights.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = folder.fail(&[]);
    assert!(damaged.contains("weights.safetensors"), "{damaged}");
    fs::write(folder.path("photos/train/0/0.png"), b"no picture").unwrap();
    let no_picture = folder.fail(&[]);
    assert!(no_picture.contains("0.png"), "{no_picture}");
}
