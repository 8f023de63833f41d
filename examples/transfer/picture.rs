//! The picture: accuracy by the number of examples, and epoch by epoch for one of them.

use super::Compared;
use super::plots::{Area, BLUE, Drawn, FAINT, INK, ORANGE, text};
use nn::train::History;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::coord::types::RangedCoordf64;
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
    mesh(&mut chart, "examples of each digit (logarithmic)", &|x| format!("{x}"))?;
    type Part = fn(&Compared) -> &Vec<f64>;
    let parts: [(Part, &str, RGBColor); 2] =
        [(|runs| &runs.transfer, TRANSFER, BLUE), (|runs| &runs.scratch, SCRATCH, ORANGE)];
    for (part, label, color) in parts {
        let mean = |values: &[f64]| 100.0 * values.iter().sum::<f64>() / values.len() as f64;
        let points: Vec<(f64, f64)> = compared.iter().map(|(n, runs)| (*n as f64, mean(part(runs)))).collect();
        for (count, runs) in compared {
            let ends = |pick: fn(f64, f64) -> f64, start| 100.0 * part(runs).iter().copied().fold(start, pick);
            let bar = [ends(f64::min, 1.0), ends(f64::max, 0.0)].map(|end| (*count as f64, end));
            chart.draw_series([PathElement::new(bar, color.mix(0.45).stroke_width(2))])?;
        }
        line(&mut chart, &points, label, color)?;
    }
    legend(&mut chart)
}

fn by_epoch(area: &Area, samples: usize, (transfer, scratch): &(History, History)) -> Drawn {
    let epochs = transfer.epochs().len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(format!("With {samples} of each, epoch by epoch (%)"), text(19, INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..epochs, 0.0..100.0)?;
    mesh(&mut chart, "epoch", &|x| format!("{x}"))?;
    for (history, label, color) in [(transfer, TRANSFER, BLUE), (scratch, SCRATCH, ORANGE)] {
        let values = history.values("val_accuracy");
        let points: Vec<_> = values.iter().zip(1..).map(|(value, epoch)| (f64::from(epoch), 100.0 * value)).collect();
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    legend(&mut chart)
}

type Chart<'a, 'b, X> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<X, RangedCoordf64>>;

/// Axes and the lines behind the data.
fn mesh<'a, 'b: 'a, X>(chart: &mut Chart<'a, 'b, X>, name: &str, label: &dyn Fn(&f64) -> String) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .x_desc(name)
        .x_label_formatter(label)
        .y_label_formatter(&|y| format!("{y}"))
        .label_style(text(14, INK))
        .axis_desc_style(text(15, INK))
        .draw()?;
    Ok(())
}

fn line<'a, 'b: 'a, X>(chart: &mut Chart<'a, 'b, X>, points: &[(f64, f64)], label: &str, color: RGBColor) -> Drawn
where
    X: Ranged<ValueType = f64>,
{
    chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?;
    chart
        .draw_series(points.iter().map(|point| Circle::new(*point, 4, color.filled())))?
        .label(label)
        .legend(move |(x, y)| Circle::new((x + 9, y), 4, color.filled()));
    Ok(())
}

fn legend<'a, 'b: 'a, X: Ranged<ValueType = f64>>(chart: &mut Chart<'a, 'b, X>) -> Drawn {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .margin(12)
        .label_font(text(14, INK))
        .background_style(WHITE.mix(0.85))
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
}
