//! The picture: accuracy by the number of examples, and epoch by epoch for one of them.

use super::Compared;
use super::chart::{legend, line, mesh, points};
use super::plots::{Area, BLUE, Drawn, INK, ORANGE, text};
use nn::train::History;
use plotters::prelude::*;

const TRANSFER: &str = "on convolutions of digits 0 to 4";
const SCRATCH: &str = "from nothing";

/// Both side by side.
pub fn draw(area: &Area, compared: &[(usize, Compared)], (samples, courses): (usize, &(History, History))) -> Drawn {
    let (width, _) = area.dim_in_pixel();
    let (left, right) = area.split_horizontally(width / 2);
    by_samples(&left, compared)?;
    by_epoch(&right, samples, courses)
}

/// The mean over the runs, and a bar from the lowest to the highest.
fn by_samples(area: &Area, compared: &[(usize, Compared)]) -> Drawn {
    let most = compared.iter().map(|(count, _)| *count as f64).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption("Accuracy on new digits (%)", text(19, INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(48)
        .build_cartesian_2d((0.8..most * 1.25).log_scale(), 20.0..100.0)?;
    mesh(&mut chart, ("examples of each digit (logarithmic)", &whole), ("", &whole))?;
    type Part = fn(&Compared) -> &Vec<f64>;
    let parts: [(Part, &str, RGBColor); 2] =
        [(|runs| &runs.transfer, TRANSFER, BLUE), (|runs| &runs.scratch, SCRATCH, ORANGE)];
    for (part, label, color) in parts {
        let mean = |values: &[f64]| 100.0 * values.iter().sum::<f64>() / values.len() as f64;
        let means: Vec<(f64, f64)> = compared.iter().map(|(n, runs)| (*n as f64, mean(part(runs)))).collect();
        for (count, runs) in compared {
            let ends = |pick: fn(f64, f64) -> f64, start| 100.0 * part(runs).iter().copied().fold(start, pick);
            let bar = [ends(f64::min, 1.0), ends(f64::max, 0.0)].map(|end| (*count as f64, end));
            chart.draw_series([PathElement::new(bar, color.mix(0.45).stroke_width(2))])?;
        }
        points(&mut chart, &means, label, color)?;
    }
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

fn by_epoch(area: &Area, samples: usize, (transfer, scratch): &(History, History)) -> Drawn {
    let epochs = transfer.epochs().len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(format!("With {samples} of each, epoch by epoch (%)"), text(19, INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..epochs, 0.0..100.0)?;
    mesh(&mut chart, ("epoch", &whole), ("", &whole))?;
    for (history, label, color) in [(transfer, TRANSFER, BLUE), (scratch, SCRATCH, ORANGE)] {
        let values = history.values("val_accuracy");
        let course = values.iter().zip(1..).map(|(value, epoch)| (f64::from(epoch), 100.0 * value));
        line(&mut chart, course, label, color)?;
    }
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

fn whole(number: &f64) -> String {
    format!("{number}")
}
