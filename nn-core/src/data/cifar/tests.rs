//! Small files in the format, whole and damaged.

use super::*;
use std::fs;

/// A directory that goes away with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-cifar-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }
    fn problem(&self) -> String {
        let message = cifar10::<[f32; 3072]>(&self.0).map(|_| ()).unwrap_err().to_string();
        message.replace(&*self.0.to_string_lossy(), "DIR")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A record whose pixels count up from `first`.
fn record(labels: &[u8], first: usize) -> Vec<u8> {
    labels.iter().copied().chain((0..PIXELS).map(|i| ((first + i) % 251) as u8)).collect()
}

fn five_batches(dir: &Directory) {
    for batch in 1..=5_u8 {
        let records = [record(&[batch], usize::from(batch)), record(&[9], 7)].concat();
        dir.write(&format!("data_batch_{batch}.bin"), &records);
    }
}

#[test]
fn records_of_all_batches_come_in_order() {
    let dir = Directory::new("whole");
    five_batches(&dir);
    dir.write("test_batch.bin", &record(&[3], 0));
    let (train, test) = cifar10::<[[[f32; 32]; 32]; 3]>(&dir.0).unwrap();
    assert_eq!(train.y(), &[1, 9, 2, 9, 3, 9, 4, 9, 5, 9]);
    assert_eq!(test.y(), &[3]);
    // The second batch counts from 2; green, row 4, column 5.
    assert_eq!(train.x()[2][1][4][5], ((2 + 1024 + 4 * 32 + 5) % 251) as f32 / 255.0);
    assert_eq!(test.x()[0][0][0], core::array::from_fn(|i| i as f32 / 255.0));

    // The same in the folder that the archive has.
    let outside = Directory::new("outside");
    fs::rename(&dir.0, outside.0.join("cifar-10-batches-bin")).unwrap();
    assert_eq!(cifar10::<[f32; 3072]>(&outside.0).unwrap().0.len(), 10);
}

#[test]
fn either_label_of_cifar_100() {
    let dir = Directory::new("hundred");
    dir.write("train.bin", &[record(&[19, 99], 0), record(&[0, 50], 1)].concat());
    dir.write("test.bin", &record(&[4, 20], 2));
    let fine = cifar100::<[f32; 3072]>(&dir.0).unwrap();
    let coarse = cifar100_coarse::<[f32; 3072]>(&dir.0).unwrap();
    assert_eq!((fine.0.y(), fine.1.y()), (&[99, 50][..], &[20][..]));
    assert_eq!((coarse.0.y(), coarse.1.y()), (&[19, 0][..], &[4][..]));
    assert_eq!(fine.0.x()[1][..2], [1.0 / 255.0, 2.0 / 255.0]);
    dir.write("test.bin", &record(&[20, 4], 2));
    let problem = cifar100::<[f32; 3072]>(&dir.0).map(|_| ()).unwrap_err().to_string();
    assert!(problem.ends_with("CIFAR-100 file: label 0 (counted from 0) is 20, but labels are 0..=19"), "{problem}");
}

#[test]
fn each_thing_that_can_be_wrong_has_its_message() {
    let dir = Directory::new("wrong");
    assert_eq!(dir.problem(), "cannot find `DIR/data_batch_1.bin`: it is neither there nor in `cifar-10-batches-bin`");
    dir.write("batches.meta", b"a pickle");
    assert!(
        dir.problem().ends_with("is the version for Python, but the binary version is needed"),
        "{}",
        dir.problem()
    );
    five_batches(&dir);
    dir.write("test_batch.bin", &[]);
    assert_eq!(dir.problem(), "`DIR/test_batch.bin` is not a usable CIFAR-10 file: it is empty");
    let two = [record(&[1], 0), record(&[2], 0)].concat();
    for length in [1, 3072, 3074, 6145] {
        dir.write("test_batch.bin", &two[..length]);
        let problem = format!(
            "`DIR/test_batch.bin` is not a usable CIFAR-10 file: it has {} records of 3073 bytes and {} bytes more, so that it \
             is cut short or another format",
            length / 3073,
            length % 3073
        );
        assert_eq!(dir.problem(), problem);
    }
    dir.write("test_batch.bin", &[record(&[9], 0), record(&[10], 0)].concat());
    assert_eq!(
        dir.problem(),
        "`DIR/test_batch.bin` is not a usable CIFAR-10 file: label 1 (counted from 0) is 10, but labels are 0..=9"
    );
    let problem = cifar10::<[f32; 3072]>("no/such/folder").map(|_| ()).unwrap_err().to_string();
    assert!(problem.ends_with("there is no directory `no/such/folder`"), "{problem}");
}

#[test]
fn gzip_is_read_and_a_damaged_stream_is_told() {
    use std::io::Write;
    let dir = Directory::new("gzip");
    five_batches(&dir);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&record(&[6], 0)).unwrap();
    let bytes = gzip.finish().unwrap();
    dir.write("test_batch.bin.gz", &bytes);
    assert_eq!(cifar10::<[f32; 3072]>(&dir.0).unwrap().1.y(), &[6]);
    dir.write("test_batch.bin.gz", &bytes[..bytes.len() / 2]);
    assert!(dir.problem().ends_with("its gzip stream is cut short"), "{}", dir.problem());
}
