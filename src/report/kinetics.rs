//! Switching kinetics: time to SET against the amplitude of the pulse.

use std::fmt::Write as _;

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::source::{Array, Source};

/// The section on switching times.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let voltage = source.peek("/results/voltage")?;
    let mut figures = Figures::default();
    let labels = source.labels();
    for name in ["set_time", "reset_time", "switching_time"] {
        let path = format!("/results/{name}");
        let Some(time) = source.take(&path) else { continue };
        source.mark("/results/voltage");
        let (lines, spread) = lines(&voltage, &time, &labels);
        let failed = time.values.iter().filter(|t| !t.is_finite()).count();
        let mut caption = format!("{} pulses", time.values.len());
        if failed > 0 {
            let _ = write!(caption, "; {failed} did not switch within the time limit and are not drawn");
        }
        caption += if spread { ". The band holds the middle half of the devices." } else { "." };
        let chart = Chart {
            title: time.name_or(&name.replace('_', " ")),
            x: Axis::new(&voltage.name_or("Voltage"), &voltage.unit),
            y: Axis::new(&time.name_or(&name.replace('_', " ")), &time.unit).log(),
            lines,
        };
        if chart.has_data() {
            figures.add(&chart.svg(), &caption);
        }
    }
    Section::of("Switching kinetics", figures.html())
}

/// The curves and whether a band shows the spread of devices.
fn lines(voltage: &Array, time: &Array, labels: &[String]) -> (Vec<Line>, bool) {
    let amplitudes = |row: usize| -> Vec<f64> {
        if voltage.shape.len() > 1 { voltage.row(row).to_vec() } else { voltage.values.clone() }
    };
    let count = *voltage.shape.last().unwrap_or(&0);
    match time.shape.as_slice() {
        [n] if *n == count => {
            (vec![Line::new("", voltage.values.clone(), time.values.clone()).points()], false)
        }
        // Stacked by a sweep: points × voltages.
        [rows, n] if *n == count => {
            let lines = (0..*rows).map(|row| {
                let label = labels.get(row).cloned().unwrap_or_else(|| format!("row {row}"));
                Line::new(label, amplitudes(row), time.row(row).to_vec()).points()
            });
            (lines.collect(), false)
        }
        // Voltages × devices: the median and the middle half.
        [n, _] if *n == count => {
            let quantile = |q: f64| (0..*n).map(|k| quantile(time.row(k), q)).collect::<Vec<f64>>();
            let mut line = Line::new("", voltage.values.clone(), quantile(0.5)).points();
            line.band = Some((quantile(0.25), quantile(0.75)));
            (vec![line], true)
        }
        _ => (Vec::new(), false),
    }
}

/// A quantile where a device that did not switch counts as slower than all others.
fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().map(|v| if v.is_nan() { f64::INFINITY } else { *v }).collect();
    sorted.sort_by(f64::total_cmp);
    let index = (q * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}
