//! Writing that is whole or not at all, and the folder of checkpoints.

use crate::network::Folder;
use nn_core::storage::{Checkpoint, Rotation, atomic_write};
use nn_core::{Error, Shape};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WHAT: &str = "NN_TEST_WRITER";
const WHERE: &str = "NN_TEST_FOLDER";

/// This program again, running only [`writer`].
fn writer_process(folder: &Path, what: &str) -> Vec<(&'static str, String)> {
    vec![(WHAT, what.to_owned()), (WHERE, folder.display().to_string())]
}

#[test]
fn an_error_leaves_the_old_file_and_nothing_else() {
    let folder = Folder::new("error");
    let path = folder.file("file");
    atomic_write(&path, |file| file.write_all(b"old")).unwrap();
    let error = atomic_write(&path, |file| {
        file.write_all(&[0; 1 << 20])?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    });
    let said = error.unwrap_err();
    assert!(
        matches!(&said, Error::Io { action: "write", source, .. } if source.kind() == io::ErrorKind::StorageFull),
        "{said}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(folder.names(), ["file"]);
    // A new file is not left half written either.
    atomic_write(folder.file("new"), |_| Err(io::Error::other("no"))).unwrap_err();
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn a_panic_leaves_nothing() {
    let folder = Folder::new("panic");
    let path = folder.file("file");
    std::panic::catch_unwind(|| atomic_write(path, |_| panic!("expected by the test"))).unwrap_err();
    assert!(folder.names().is_empty());
}

#[test]
fn a_missing_folder_is_named() {
    let folder = Folder::new("missing");
    let said = atomic_write(folder.file("a/b"), |_| Ok(())).unwrap_err().to_string();
    assert!(said.contains("cannot create") && said.contains("/a` does not exist"), "{said}");
}

#[test]
fn a_folder_and_a_read_only_file_are_refused() {
    let folder = Folder::new("refused");
    let said = atomic_write(folder.file(""), |_| Ok(())).unwrap_err().to_string();
    assert!(said.contains("it is a folder"), "{said}");

    let path = folder.file("file");
    fs::write(&path, "old").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let said = atomic_write(&path, |_| Ok(())).unwrap_err().to_string();
    assert!(said.contains("the file is read-only"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn threads_that_write_the_same_file_do_not_mix() {
    let folder = Folder::new("threads");
    let path = folder.file("file");
    std::thread::scope(|scope| {
        for byte in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..10 {
                    atomic_write(path, |file| (0..50).try_for_each(|_| file.write_all(&[byte; 1000]))).unwrap();
                }
            });
        }
    });
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() == 50_000 && bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(folder.names(), ["file"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("links");
    let (real, link) = (folder.file("real"), folder.file("link"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real", &link).unwrap();
    atomic_write(&link, |file| file.write_all(b"new")).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&real).unwrap(), b"new");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

/// A pipe stands for all that is no ordinary file. (Not a device: as root, code that is wrong would replace it.)
#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    use std::os::unix::fs::FileTypeExt;
    let folder = Folder::new("pipe");
    let path = folder.file("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    // Opened for both, so that nothing waits for the other end, whatever the code does.
    let mut end = fs::File::options().read(true).write(true).open(&path).unwrap();
    atomic_write(&path, |file| file.write_all(b"through")).unwrap();
    assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    let mut bytes = [0; 7];
    end.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"through");
    assert_eq!(folder.names(), ["pipe"]);
}

/// A real refusal in the middle of a temporary file, by a limit on the size of files (as a full disk would, in another process).
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_the_old_file() {
    let folder = Folder::new("limit");
    fs::write(folder.file("file"), "old").unwrap();
    let script = r#"trap '' XFSZ; ulimit -f 64; exec "$0" --exact atomic::writer --include-ignored --nocapture"#;
    let result = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .envs(writer_process(&folder.file(""), "too much"))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&result.stdout);
    assert!(printed.contains("the system said: cannot write"), "{result:?}");
    assert_eq!(fs::read(folder.file("file")).unwrap(), b"old");
    assert_eq!(folder.names(), ["file"]);
}

/// A checkpoint whose numbers all say which one it is, large enough to take many writes.
fn numbered(number: u64) -> Checkpoint {
    let mut checkpoint = Checkpoint::new();
    checkpoint.insert("weight", Shape::new(&[1 << 16]), vec![number as f32; 1 << 16]).unwrap();
    checkpoint.set("number", &number).unwrap();
    checkpoint
}

fn assert_numbered(path: PathBuf, number: Option<u64>) -> u64 {
    let checkpoint = Checkpoint::read(path).unwrap();
    let found: u64 = checkpoint.get("number").unwrap();
    assert!(number.is_none_or(|number| number == found));
    assert!(checkpoint.values("weight").unwrap().iter().all(|value| *value == found as f32));
    found
}

#[test]
#[ignore = "what other tests run as a process of its own"]
fn writer() {
    let (Ok(what), Ok(folder)) = (std::env::var(WHAT), std::env::var(WHERE)) else { return };
    if what == "too much" {
        let error = atomic_write(PathBuf::from(folder).join("file"), |file| {
            (0..1000).try_for_each(|_| file.write_all(&[0; 1000]))
        });
        println!("the system said: {}", error.unwrap_err());
    } else {
        let rotation = Rotation::new(folder).keep_last(3);
        for number in what.parse().unwrap().. {
            let checkpoint = numbered(number);
            rotation.save_best(&checkpoint).unwrap();
            rotation.save(number, &checkpoint).unwrap();
        }
    }
}

/// Kills a program (on Unix by SIGKILL) at moments spread over the writing of a checkpoint.
#[test]
fn a_killed_program_leaves_whole_checkpoints_only() {
    let folder = Folder::new("killed");
    let rotation = Rotation::new(folder.file("")).keep_last(3);
    let mut next = 1;
    for round in 0_u64..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "atomic::writer", "--include-ignored"])
            .envs(writer_process(&folder.file(""), &next.to_string()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while rotation.latest().unwrap().is_none_or(|(number, _)| number < next) {
            assert!(child.try_wait().unwrap().is_none(), "the writer stopped by itself");
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        std::thread::sleep(std::time::Duration::from_micros(137 * round));
        child.kill().unwrap();
        child.wait().unwrap();

        let all = rotation.all().unwrap();
        assert!(!all.is_empty());
        for (number, path) in all {
            next = assert_numbered(path, Some(number)) + 1;
        }
        let best = assert_numbered(rotation.best().unwrap(), None);
        assert!(best == next || best + 1 == next, "{best} {next}");
    }
    // Those killed between saving and removing have each left one file too many; who saves next removes them all.
    rotation.save(next, &numbered(next)).unwrap();
    let numbers: Vec<u64> = rotation.all().unwrap().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [next - 2, next - 1, next]);
}

#[test]
fn old_checkpoints_go_and_foreign_files_stay() {
    let folder = Folder::new("rotation");
    let foreign = ["checkpoint-1.txt", "checkpoint-x.safetensors", "notes", ".checkpoint-00000001.safetensors.1.0.tmp"];
    for name in foreign {
        fs::write(folder.file(name), "not ours").unwrap();
    }
    let rotation = Rotation::new(folder.file("")).keep_last(2);
    rotation.save_best(&Checkpoint::new()).unwrap();
    // Names would order 9, 10, 100000000 differently.
    for number in [9, 10, 99_999_999, 100_000_000] {
        rotation.save(number, &Checkpoint::new()).unwrap();
    }
    let numbers =
        |rotation: &Rotation| rotation.all().unwrap().into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers(&rotation), [99_999_999, 100_000_000]);
    assert!(foreign.iter().all(|name| folder.file(name).exists()));
    assert!(rotation.best().is_some());
    // A run that starts again from an early step must not lose what it has just saved.
    rotation.save(5, &Checkpoint::new()).unwrap();
    assert_eq!(numbers(&rotation), [5, 99_999_999, 100_000_000]);
    let all = Rotation::new(folder.file("")).keep_last(0);
    all.save(100_000_001, &Checkpoint::new()).unwrap();
    assert_eq!(numbers(&all).len(), 4);
}

#[test]
fn temporary_files_left_long_ago_are_removed() {
    let folder = Folder::new("abandoned");
    let [old, recent, other] =
        [".checkpoint-00000001.safetensors.7.0.tmp", ".best.safetensors.7.0.tmp", ".other.7.0.tmp"]
            .map(|name| folder.file(name));
    for path in [&old, &recent, &other] {
        fs::write(path, "half").unwrap();
    }
    let hours_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 3600);
    for path in [&old, &other] {
        fs::File::options().write(true).open(path).unwrap().set_modified(hours_ago).unwrap();
    }
    Rotation::new(folder.file("")).save(1, &Checkpoint::new()).unwrap();
    assert!(!old.exists() && recent.exists() && other.exists());
}

#[test]
fn an_absent_folder_has_no_checkpoints() {
    let folder = Folder::new("none");
    let rotation = Rotation::new(folder.file("later/runs"));
    assert_eq!(rotation.latest().unwrap(), None);
    assert_eq!(rotation.best(), None);
    rotation.save(0, &Checkpoint::new()).unwrap();
    assert_eq!(rotation.latest().unwrap().unwrap().0, 0);
}
