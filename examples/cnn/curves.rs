//! Training curves: the loss of every step, smoothed, and what was measured after each epoch.

use super::chart::{legend, line, mesh, points};
use super::plots::{Area, BLUE, Drawn, INK, ORANGE, text};
use nn::train::History;
use plotters::prelude::*;

/// The loss of each step and the accuracy after each epoch, side by side. Epochs are the horizontal axis of both.
pub fn draw(area: &Area, losses: &[f64], history: &History) -> Drawn {
    let epochs = history.epochs().len();
    if epochs == 0 || losses.is_empty() {
        area.draw(&Text::new("nothing was trained", (40, 40), text(18, INK)))?;
        return Ok(());
    }
    let (width, _) = area.dim_in_pixel();
    let (left, right) = area.split_horizontally(width / 2);
    loss(&left, losses, &history.values("val_loss"), epochs)?;
    accuracy(&right, &percent(history, "accuracy"), &percent(history, "val_accuracy"))
}

fn percent(history: &History, name: &str) -> Vec<f64> {
    history.values(name).iter().map(|share| 100.0 * share).collect()
}

fn loss(area: &Area, losses: &[f64], validation: &[f64], epochs: usize) -> Drawn {
    let at = |step: usize| (step + 1) as f64 / losses.len() as f64 * epochs as f64;
    let all = || losses.iter().chain(validation).copied();
    // Single steps may be close to zero; the axis ends at what smoothing leaves of them.
    let smooth = smoothed(losses, 0.98);
    let low = smooth.iter().chain(validation).copied().fold(f64::INFINITY, f64::min) * 0.5;
    let range = low..all().fold(low, f64::max) * 1.2;
    let mut chart = ChartBuilder::on(area)
        .caption("Loss (logarithmic)", text(19, INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..epochs as f64, range.log_scale())?;
    mesh(&mut chart, ("epoch", &epoch), ("", &|y| format!("{y}")))?;
    let inside = losses.iter().enumerate().map(|(step, &loss)| (at(step), loss.max(low)));
    chart.draw_series(LineSeries::new(inside, BLUE.mix(0.25)))?;
    // A point every two pixels or so.
    let points_apart = losses.len().div_ceil(250);
    let some = smooth.iter().enumerate().skip(points_apart / 2).step_by(points_apart);
    line(&mut chart, some.map(|(step, &loss)| (at(step), loss)), "training, smoothed", BLUE)?;
    points(&mut chart, &at_epochs(validation), "test", ORANGE)?;
    legend(&mut chart, SeriesLabelPosition::UpperRight)
}

fn accuracy(area: &Area, train: &[f64], test: &[f64]) -> Drawn {
    let low = train.iter().chain(test).copied().fold(100.0, f64::min);
    let low = (low - 0.1 * (100.0 - low)).max(0.0);
    let mut chart = ChartBuilder::on(area)
        .caption("Accuracy (%)", text(19, INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..train.len() as f64 + 0.15, low..100.0)?;
    mesh(&mut chart, ("epoch", &epoch), ("", &|y| format!("{y:.1}")))?;
    points(&mut chart, &at_epochs(train), "training, with dropout", BLUE)?;
    points(&mut chart, &at_epochs(test), "test", ORANGE)?;
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

/// Epochs are whole numbers.
fn epoch(x: &f64) -> String {
    if x.fract() == 0.0 { format!("{x}") } else { String::new() }
}

/// One number for the end of each epoch.
fn at_epochs(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().map(|(epoch, &value)| ((epoch + 1) as f64, value)).collect()
}

/// The running mean with weights that fall by `keep` a step, without the bias of its start.
fn smoothed(values: &[f64], keep: f64) -> Vec<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    let next = |&value: &f64| {
        sum = keep * sum + (1.0 - keep) * value;
        weight = keep * weight + (1.0 - keep);
        sum / weight
    };
    values.iter().map(next).collect()
}
