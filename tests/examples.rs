//! The examples run, end as they should, and learn: the accuracy that a newcomer sees, over three seeds.
//!
//! `cargo test` has built them; beside a single test file, `cargo build --examples` does.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The built example of that name.
fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    let binary = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(binary.exists(), "{} is not there; `cargo build --examples` makes it", binary.display());
    binary
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(name: &str, arguments: &[&str]) -> Ran {
    let output = Command::new(binary(name)).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// What it prints where all goes well.
fn succeed(name: &str, arguments: &[&str]) -> String {
    let ran = run(name, arguments);
    assert_eq!(ran.code, Some(0), "{name} {arguments:?}: {}{}", ran.out, ran.err);
    ran.out
}

/// What it says where something is wrong: on the error stream, with nothing like a panic.
fn fail(name: &str, arguments: &[&str], code: i32) -> String {
    let ran = run(name, arguments);
    assert_eq!(ran.code, Some(code), "{name} {arguments:?}: {}{}", ran.out, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran.err
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// The number after a word.
fn after(text: &str, word: &str) -> f64 {
    let rest = text.split_once(word).unwrap_or_else(|| panic!("no `{word}` in `{text}`")).1.trim_start();
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || ".-e".contains(*c)).collect();
    number.parse().unwrap_or_else(|_| panic!("no number after `{word}` in `{text}`"))
}

/// The number after a word of the last line, for each of three seeds.
fn three_seeds(name: &str, start: &str, word: &str) -> [f64; 3] {
    ["0", "1", "2"].map(|seed| {
        let out = succeed(name, &[seed]);
        let line = last_line(&out);
        assert!(line.starts_with(start), "{name} {seed}: {line}");
        after(line, word)
    })
}

fn each_at_least(bar: f64, found: [f64; 3]) {
    assert!(found.iter().all(|&value| value >= bar), "{found:?}, at least {bar} is wanted");
}

#[test]
fn xor() {
    let out = succeed("xor", &[]);
    let answers: Vec<_> = out.lines().take(4).collect();
    assert_eq!(answers, ["0 xor 0 = 0", "0 xor 1 = 1", "1 xor 0 = 1", "1 xor 1 = 0"]);
    each_at_least(1.0, three_seeds("xor", "loss ", "accuracy"));
}

#[test]
fn breast_cancer() {
    let line = "on tumours never seen: loss ";
    each_at_least(0.98, three_seeds("breast_cancer", line, "auroc"));
    each_at_least(0.95, three_seeds("breast_cancer", line, "accuracy"));
}

#[test]
fn credit() {
    let out = succeed("credit", &[]);
    assert!(out.contains("meant \\ predicted") && out.contains("precision"), "{out}");
    each_at_least(0.80, three_seeds("credit", "on loans never seen: loss ", "auroc"));
}

#[test]
fn motions() {
    let out = succeed("motions", &[]);
    assert!(out.contains("meant \\ predicted") && out.contains("mean (GlobalAvgPool1d)"), "{out}");
    each_at_least(0.95, three_seeds("motions", "on 40 recordings never seen: loss ", "accuracy"));
}

#[test]
fn regression() {
    each_at_least(0.88, three_seeds("regression", "on hours never seen: loss ", "r2"));
}

#[test]
fn by_hand() {
    each_at_least(90.0, three_seeds("by_hand", "test accuracy ", "test accuracy"));
    assert_eq!(succeed("by_hand", &[]).lines().filter(|line| line.starts_with("epoch ")).count(), 20);
}

#[test]
fn own_layer() {
    let out = succeed("own_layer", &[]);
    assert!(out.starts_with("the gradients agree with finite differences\n"), "{out}");
    assert!(out.contains("radial (Radial)"), "{out}");
    each_at_least(0.95, three_seeds("own_layer", "on points never seen: loss ", "accuracy"));
}

#[test]
fn residual() {
    let Ran { code, out, err } = run("residual", &[]);
    assert_eq!(code, Some(0), "{err}");
    for line in ["blocks.3.body.down (Dense)", "\nblocks.0.body.norm ", "\nlogits  ", "\nthe pixels that speak for 7"] {
        assert!(out.contains(line), "no `{line}` in\n{out}");
    }
    let map: Vec<&str> = out.lines().rev().take(14).map(|line| line.trim().trim_matches('|')).collect();
    assert!(map.iter().all(|row| row.len() == 28), "{out}");
    assert!(["+", "-"].iter().all(|sign| map.concat().matches(sign).count() > 10), "{out}");
    let row = err.lines().find(|line| line.starts_with("epoch 3/3: ")).expect("a line for epoch 3");
    assert!(after(row, "val_accuracy") >= 0.9, "{row}");
}

/// A file that is removed in the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("nn-examples-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn mnist_for_one_epoch() {
    for seed in ["0", "1", "2"] {
        let file = Temporary::new(&format!("digits-{seed}.safetensors"));
        let out = succeed("mnist", &["--epochs", "1", "--seed", seed, "--out", file.path()]);
        let lines: Vec<_> = out.lines().rev().take(2).collect();
        assert_eq!(lines[1], format!("saved to {} and reloaded", file.path()));
        assert!(lines[0].starts_with("test accuracy ") && lines[0].ends_with(" %"), "{}", lines[0]);
        let accuracy = after(lines[0], "test accuracy");
        assert!(accuracy >= 94.0, "seed {seed}: {accuracy} %");
        for part in ["Digits: [784] -> [10]", "hidden1 (Dense + Relu)", "meant \\ predicted", "trained in "] {
            assert!(out.contains(part), "no `{part}` in\n{out}");
        }
        let saved = nn::storage::SafeTensors::read(file.path()).unwrap();
        assert_eq!(saved.shape("hidden1.weight"), Some([128, 784].as_slice()));
    }
}

#[test]
fn mnist_takes_options() {
    let (one, two) = (Temporary::new("one.safetensors"), Temporary::new("two.safetensors"));
    let options = ["--epochs", "1", "--batch", "500", "--lr", "0.003", "--seed", "5"];
    let confusion = |file: &Temporary, threads| {
        let mut arguments = options.to_vec();
        arguments.extend(["--out", file.path(), "--threads", threads]);
        let out = succeed("mnist", &arguments);
        out[out.find("meant").unwrap()..out.find("saved").unwrap()].to_owned()
    };
    assert_eq!(confusion(&one, "1"), confusion(&two, "3"));
    assert!(std::fs::read(&one.0).unwrap() == std::fs::read(&two.0).unwrap(), "threads change bits");

    let help = succeed("mnist", &["--help"]);
    for option in ["--epochs", "--batch", "--seed", "--lr", "--data <DIR>", "--out <FILE>", "--threads", "[default: 5]"]
    {
        assert!(help.contains(option), "no {option} in\n{help}");
    }
}

#[test]
fn mnist_says_what_is_wrong() {
    // 2 for what stands on the command line, as other programs do.
    assert!(fail("mnist", &["--epoch", "3"], 2).contains("a similar argument exists: '--epochs'"));
    assert!(fail("mnist", &["--epochs", "three"], 2).contains("invalid value 'three' for '--epochs <EPOCHS>'"));

    let told = fail("mnist", &["--data", "no/such/folder"], 1);
    assert!(told.starts_with("error: ") && told.contains("no/such/folder"), "{told}");
    let told = fail("mnist", &["--batch", "0"], 1);
    assert!(told.starts_with("error: batch_size: 0 samples"), "{told}");
    let told = fail("mnist", &["--lr=-1"], 1);
    assert!(told.starts_with("error: ") && told.contains("-1"), "{told}");
    // Before training, not after it.
    let told = fail("mnist", &["--epochs", "1000000", "--out", "no/such/folder/digits.safetensors"], 1);
    assert!(told.starts_with("error: ") && told.contains("there is no folder `no/such/folder`"), "{told}");
    let told = fail("transfer", &["--out", "no/such/folder/transfer.svg"], 1);
    assert!(told.starts_with("error: ") && told.contains("there is no folder `no/such/folder`"), "{told}");
}

#[test]
fn small_examples_say_what_is_wrong() {
    for example in ["xor", "by_hand", "credit", "motions", "regression", "breast_cancer", "own_layer"] {
        assert!(succeed(example, &["--help"]).contains("[SEED]"));
        assert!(fail(example, &["one"], 2).contains("invalid value 'one' for '[SEED]'"));
        assert!(fail(example, &["1", "2"], 2).contains("unexpected argument '2'"));
    }
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("nn-examples-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// A picture that was written there.
    fn picture(&self, name: &str) -> String {
        let svg = std::fs::read_to_string(self.0.join(name)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        svg
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn cnn_on_some_of_the_digits() {
    let folder = Folder::new("cnn");
    let out = succeed("cnn", &["--epochs", "1", "--samples", "6000", "--batch", "32", "--out", folder.path()]);
    let accuracy = after(last_line(&out), "test accuracy");
    assert!(accuracy >= 92.0, "{accuracy} %");
    assert!(out.contains("conv2 (Conv2d") && out.contains("meant \\ predicted"), "{out}");
    let wrong = 10_000 - (accuracy * 100.0).round() as usize;
    let mistakes = folder.picture("mistakes.svg");
    assert!(mistakes.contains(&format!("The 32 worst of {wrong} mistakes among 10000 digits")));
    assert_eq!(mistakes.matches("% certain").count(), 32);
    assert!(
        folder.picture("confusion.svg").contains(&format!("{accuracy:.2} % of 10000 digits read, {wrong} mistaken"))
    );
    let curves = folder.picture("curves.svg");
    assert!(curves.contains("Loss (logarithmic)") && curves.contains("training, smoothed") && curves.contains("test"));
    let saved = nn::storage::SafeTensors::read(folder.0.join("cnn.safetensors")).unwrap();
    assert_eq!(saved.shape("conv2.weight"), Some([64, 32, 3, 3].as_slice()));
}

#[test]
fn cnn_looks_for_a_learning_rate() {
    let folder = Folder::new("rates");
    let out = succeed("cnn", &["--find-lr", "--samples", "2000", "--batch", "16", "--out", folder.path()]);
    let lr = after(&out, "the loss falls fastest at a learning rate of");
    assert!((1e-5..0.1).contains(&lr), "{out}");
    assert!(folder.picture("rates.svg").contains("falls fastest at"));
    assert!(fail("cnn", &["--samples", "60001", "--out", folder.path()], 1).contains("60000"));
}

/// Convolutions that have seen other digits are worth more than none.
#[test]
fn transfer() {
    let picture = std::env::temp_dir().join(format!("nn-transfer-{}.svg", std::process::id()));
    let to = picture.to_str().unwrap();
    let out = succeed("transfer", &["--runs", "1", "--pretraining", "1", "--epochs", "30", "--out", to]);
    let line = last_line(&out);
    let (with, without) = (after(line, "transfer"), after(line, "from nothing"));
    assert!(with > 75.0 && with > without, "{line}");
    assert!(std::fs::read_to_string(&picture).unwrap().contains("</svg>"));
    std::fs::remove_file(picture).unwrap();

    let message = fail("transfer", &["--data", "no/such/folder"], 1);
    assert!(message.contains("no/such/folder"), "{message}");
}

/// A text that says one thing over and over is written on as it is, by each of three seeds.
#[test]
fn shakespeare() {
    const SAID: &str = "To be, or not to be, that is the question.\n";
    let (text, out) = (Temporary::new("hamlet.txt"), Temporary::new("hamlet.safetensors"));
    let _numbers = Temporary::new("hamlet.json");
    std::fs::write(text.path(), SAID.repeat(600)).unwrap();
    for seed in ["0", "1", "2"] {
        let mut arguments = vec!["--text", text.path(), "--out", out.path(), "--seed", seed, "--epochs", "8"];
        arguments.extend(["--temperature", "0", "--prompt", "To be, or", "--length", "77"]);
        let written = succeed("shakespeare", &arguments);
        assert!(written.contains("blocks.1.look.attention (MultiHeadAttention)"), "{written}");
        let said = &written[written.find("To be, or").expect("the prompt")..];
        assert_eq!(said, format!("{SAID}{SAID}\n"), "seed {seed}");
    }
    let saved = nn::storage::SafeTensors::read(out.path()).unwrap();
    assert_eq!(saved.shape("blocks.0.look.attention.in_proj_weight"), Some([192, 64].as_slice()));

    let told = fail("shakespeare", &["--text", text.path(), "--out", out.path(), "--prompt", "To bE"], 1);
    assert!(told.starts_with("error: Characters::encode: character 5 is 'E'"), "{told}");
    let told = fail("shakespeare", &["--text", "no/such/text", "--out", out.path()], 1);
    assert!(told.starts_with("error: cannot read `no/such/text`"), "{told}");
    std::fs::write(text.path(), ('!'..='~').collect::<String>()).unwrap();
    let told = fail("shakespeare", &["--text", text.path(), "--out", out.path(), "--prompt", "A"], 1);
    assert!(told.contains("has 94 different characters, but the network knows 76"), "{told}");
    let told = fail("shakespeare", &["--temperature=-1", "--epochs", "0", "--out", out.path()], 1);
    assert!(told.contains("Sampling::temperature: is -1"), "{told}");
}

/// Without the weights, which are not in the repository, it says where to get them.
#[test]
fn pronounce_asks_for_weights() {
    let told = fail("pronounce", &["hello", "--weights", "nowhere.npz"], 1);
    assert!(told.contains("there are no weights in `nowhere.npz`") && told.contains("g2p_en"), "{told}");
    assert!(fail("pronounce", &[], 2).contains("WORDS"));
    // A file of something else.
    let told = fail("pronounce", &["hello", "--weights", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")], 1);
    assert!(told.starts_with("error: ") && told.contains("Cargo.toml"), "{told}");
}

#[test]
fn throughput() {
    let out = succeed("throughput", &["--only", "mlp", "--secs", "0.02", "--threads", "1"]);
    let (lines, memory): (Vec<_>, Vec<_>) = out.lines().partition(|line| !line.contains("memory: "));
    assert!(memory.len() == 2 && memory.iter().all(|line| after(line, "workspace") > 0.0), "{out}");
    let starts = ["train mlp       b=32   median ", "train mlp       b=128  median ", "infer mlp       b=1    median "];
    assert_eq!(lines.len(), starts.len(), "{out}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
        assert!(after(line, "median") >= after(line, "best"), "{line}");
    }
    assert!(lines[0].ends_with(" samples/s"));

    // Samples of another rank, tokens and labels for each step.
    let out = succeed("throughput", &["--only", "lstm,gpt", "--secs", "0.02", "--threads", "2", "--batch", "2"]);
    for start in ["train lstm      b=2 ", "train gpt       b=2 ", "infer lstm ", "infer gpt "] {
        assert!(out.lines().any(|line| line.starts_with(start) && after(line, "best") > 0.0), "no `{start}` in\n{out}");
    }
    assert!(fail("throughput", &["--only", "mpl"], 2).contains("mpl"));
    assert!(succeed("throughput", &["--help"]).contains("--secs"));
}

/// Without the weights, which are not in the repository, it says where to get them.
#[cfg(all(feature = "zoo", feature = "images"))]
#[test]
fn pretrained_asks_for_weights() {
    let err = fail("pretrained", &["photo.jpg", "--weights", "nowhere.safetensors"], 1);
    assert!(err.contains("there are no weights in `nowhere.safetensors`") && err.contains("--weights"), "{err}");
    let err = fail("pretrained", &[], 2);
    assert!(err.contains("PHOTOS"), "{err}");
}
