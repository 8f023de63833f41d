//! What training shows, and what happens when nobody listens.

use nn::data::Samples;
use nn::loss::MeanSquaredError;
use nn::metrics::Mae;
use nn::optim::Sgd;
use nn::train::{EarlyStopping, Fit, FrozenCache, Progress, Trainer};
use nn::{Parameters, network};
use std::process::{Command, Stdio};

network! {
    struct Line: [1] -> [1] { out: Dense(1) }

    struct Headed: [1] -> [1] { body: Line, act: Tanh, out: Dense(1) }
}

/// The variable that makes this program the one that is looked at.
const SHOWN: &str = "NN_PROGRESS_TEST";

/// Trains a network of which the lower part is frozen.
fn headed(at_most: usize) {
    let data = Samples::new([[0.0_f32], [1.0], [2.0]], [[1.0_f32], [3.0], [5.0]]).unwrap();
    let mut trainer = Trainer::new(Headed::seeded(0), MeanSquaredError, Sgd::default())
        .train_only(HeadedPerLayer { body: Line::per_layer(false), out: true });
    let frozen_cache = FrozenCache::Memory { at_most };
    let fit = Fit { epochs: 3, validation: Some(&data), progress: Progress::Lines, frozen_cache, ..Fit::default() };
    trainer.fit(&data, &fit).unwrap();
}

/// Not a test by itself: what the others start.
#[test]
fn shown() {
    let progress = match std::env::var(SHOWN).as_deref() {
        Ok("auto") => Progress::Auto,
        Ok("lines") => Progress::Lines,
        Ok("silent") => Progress::Silent,
        Ok("kept") => return headed(100),
        Ok("too large") => return headed(10),
        _ => return,
    };
    let data = Samples::new([[0.0_f32], [1.0], [2.0]], [[1.0_f32], [3.0], [5.0]]).unwrap();
    let mut trainer = Trainer::new(Line::seeded(0), MeanSquaredError, Sgd { lr: 0.0, ..Sgd::default() }).metric(Mae);
    let early_stopping = Some(EarlyStopping { patience: 2, ..EarlyStopping::default() });
    let fit = Fit { epochs: 9, validation: Some(&data), early_stopping, progress, ..Fit::default() };
    trainer.fit(&data, &fit).unwrap();
}

fn command(progress: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["shown", "--exact", "--nocapture"]).env(SHOWN, progress).stdout(Stdio::null());
    command
}

#[test]
fn a_line_an_epoch_where_the_output_is_no_terminal() {
    for progress in ["auto", "lines"] {
        let output = command(progress).stderr(Stdio::piped()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with("epoch 1/9: loss ") && lines[0].ends_with(" samples/s"), "{text}");
        for name in [", mae ", ", val_loss ", ", val_mae ", ", lr 0.0000, "] {
            assert!(lines[2].contains(name), "{name}: {text}");
        }
        let (start, end) = lines[3].split_once(" in epoch 1, whose weights are taken back, ").expect("the best epoch");
        assert_eq!(end, "and no better for 2 epochs");
        assert!(
            lines[2].contains(&format!(", {}", start.replace("stopped early: `val_loss` was", "val_loss"))),
            "{text}"
        );
        assert!(!text.contains('\x1b'), "no control sequences: {text}");
    }
}

#[test]
fn what_is_kept_of_a_frozen_part_is_told_once() {
    let shown =
        |progress| String::from_utf8(command(progress).stderr(Stdio::piped()).output().unwrap().stderr).unwrap();
    let text = shown("kept");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("epoch ")).collect();
    let line = "outputs of `act` are kept in memory for 3 samples (12 B)";
    assert_eq!(lines, [line, line], "for training and for validation: {text}");
    let text = shown("too large");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("epoch ")).collect();
    let line = "outputs of `act` for 3 samples would take 12 B, more than `Fit::frozen_cache` allows: they are computed in every epoch";
    assert_eq!(lines, [line, line], "{text}");
}

#[test]
fn nothing_when_silent() {
    assert_eq!(command("silent").stderr(Stdio::piped()).output().unwrap().stderr, b"");
}

#[test]
fn training_goes_on_when_the_output_is_closed() {
    let mut child = command("lines").stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
}
