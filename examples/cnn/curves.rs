//! Training curves: the loss of every step, smoothed, and what was measured after each epoch.

use super::plots::{Area, BLUE, Drawn, FAINT, INK, ORANGE, text};
use nn::train::History;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::coord::types::RangedCoordf64;
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
    mesh(&mut chart, "epoch", &|y| format!("{y}"))?;
    let inside = losses.iter().enumerate().map(|(step, &loss)| (at(step), loss.max(low)));
    chart.draw_series(LineSeries::new(inside, BLUE.mix(0.25)))?;
    // A point every two pixels or so.
    let points_apart = losses.len().div_ceil(250);
    let line = smooth.iter().enumerate().skip(points_apart / 2).step_by(points_apart);
    let line = line.map(|(step, &loss)| (at(step), loss));
    chart
        .draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?
        .label("training, smoothed")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLUE.stroke_width(2)));
    points(&mut chart, validation, "test", ORANGE)?;
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
    mesh(&mut chart, "epoch", &|y| format!("{y:.1}"))?;
    points(&mut chart, train, "training, with dropout", BLUE)?;
    points(&mut chart, test, "test", ORANGE)?;
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

type Chart<'a, 'b, Y> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, Y>>;

/// Axes and the lines behind the data.
fn mesh<'a, 'b: 'a, Y>(chart: &mut Chart<'a, 'b, Y>, x: &str, y: &dyn Fn(&f64) -> String) -> Drawn
where
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .x_desc(x)
        .x_labels(10)
        .x_label_formatter(&|x| if x.fract() == 0.0 { format!("{x}") } else { String::new() })
        .y_label_formatter(y)
        .label_style(text(14, INK))
        .axis_desc_style(text(15, INK))
        .draw()?;
    Ok(())
}

/// One number for the end of each epoch.
fn points<'a, 'b: 'a, Y: Ranged<ValueType = f64>>(
    chart: &mut Chart<'a, 'b, Y>,
    values: &[f64],
    label: &str,
    color: RGBColor,
) -> Drawn {
    let at = || values.iter().enumerate().map(|(epoch, &value)| ((epoch + 1) as f64, value));
    chart.draw_series(LineSeries::new(at(), color.stroke_width(2)))?;
    chart
        .draw_series(at().map(|point| Circle::new(point, 4, color.filled())))?
        .label(label)
        .legend(move |(x, y)| Circle::new((x + 9, y), 4, color.filled()));
    Ok(())
}

fn legend<'a, 'b: 'a, Y: Ranged<ValueType = f64>>(chart: &mut Chart<'a, 'b, Y>, place: SeriesLabelPosition) -> Drawn {
    chart
        .configure_series_labels()
        .position(place)
        .margin(12)
        .label_font(text(14, INK))
        .background_style(WHITE.mix(0.85))
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
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
