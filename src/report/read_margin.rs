//! Read margin and sneak-path currents against the size of an array.

use super::figure::Figures;
use super::page::{Section, table};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::source::{Array, Source};

/// Groups of records and what they are called.
const SCHEMES: [(&str, &str); 4] =
    [("floating", "floating lines"), ("grounded", "grounded lines"), ("half", "V/2"), ("third", "V/3")];

/// The section on read margins.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let size = source.peek("/results/size").filter(|size| size.shape.len() == 1)?;
    let names = source.texts("/results/background")?;
    let mut figures = Figures::default();
    for (quantity, title, label, caption) in [
        (
            "current_margin",
            "Read margin",
            "Read margin ΔI/I of the conductive cell",
            "Difference of the sensed currents of a conductive and a resistive cell. Fixed reference: the least \
             current of a conductive cell against the largest of a resistive one before any background; below zero \
             one threshold cannot tell them apart.",
        ),
        (
            "sneak_share",
            "Sneak-path current",
            "Share of the sensed current",
            "Share of the current sensed for a resistive cell that flowed through other cells; below zero where \
             part of the cell's own current leaves on the way.",
        ),
    ] {
        for (index, background) in names.iter().enumerate() {
            let mut lines = Vec::new();
            for (family, (group, words)) in SCHEMES.iter().enumerate() {
                let Some(array) = source.take(&format!("/results/{group}/{quantity}")) else { continue };
                let y = array.row(index).to_vec();
                if array.shape.len() == 2 && !y.is_empty() {
                    let mut line = Line::new(*words, size.values.clone(), y).points();
                    line.family = Some(family);
                    lines.push(line);
                }
            }
            let chart = Chart {
                title: format!("{title}, {}", words(background)),
                x: Axis::new("Word lines and bit lines", "").log(),
                y: Axis::new(label, ""),
                lines,
                legend: String::new(),
            };
            if chart.has_data() {
                figures.add(&chart.svg(), if index == 0 { caption } else { "" });
            }
        }
        figures.new_row();
    }
    sensed_currents(source, &mut figures, &size);
    if figures.count() == 0 {
        return None;
    }
    source.mark("/results/size");
    let mut rows = Vec::new();
    for (group, words) in SCHEMES {
        let Some(largest) = source.take(&format!("/results/{group}/largest_size")) else { continue };
        let cells =
            largest.values.iter().map(|n| if n.is_finite() { format!("{n}") } else { "none".to_owned() });
        rows.push(std::iter::once(words.to_owned()).chain(cells).collect());
    }
    let mut body = figures.html();
    if !rows.is_empty() {
        let mut head = vec!["Largest array with enough margin".to_owned()];
        head.extend(names.iter().map(|name| words(name)));
        body += &table(&head, &rows);
    }
    Section::of("Read margin", body)
}

/// Sensed currents of both states before conductive cells, and the voltage they leave at the sense resistance.
fn sensed_currents(source: &mut Source, figures: &mut Figures, size: &Array) {
    let mut lines = Vec::new();
    let mut voltages = Vec::new();
    for (family, (group, words)) in SCHEMES.iter().enumerate() {
        for (name, dashed) in [("lrs_current", false), ("hrs_current", true)] {
            let Some(array) = source.take(&format!("/results/{group}/{name}")) else { continue };
            let label = if dashed { String::new() } else { (*words).to_owned() };
            let mut line = Line::new(label, size.values.clone(), array.row(0).to_vec());
            (line.family, line.dashed) = (Some(family), dashed);
            lines.push(line);
        }
        let Some(array) = source.take(&format!("/results/{group}/voltage_margin")) else { continue };
        let mut line = Line::new(*words, size.values.clone(), array.row(0).to_vec()).points();
        line.family = Some(family);
        voltages.push(line);
    }
    let x = || Axis::new("Word lines and bit lines", "").log();
    let currents = Chart {
        title: "Sensed currents, other cells conductive".into(),
        x: x(),
        y: Axis::new("Sensed current", "A").log(),
        lines,
        legend: String::new(),
    };
    if currents.has_data() {
        figures.add(&currents.svg(), "Of a conductive cell, and broken of a resistive one.");
    }
    let margins = Chart {
        title: "Voltage margin, other cells conductive".into(),
        x: x(),
        y: Axis::new("Voltage difference over read voltage", ""),
        lines: voltages,
        legend: String::new(),
    };
    if margins.has_data() {
        figures
            .add(&margins.svg(), "Difference of the voltages at the sense resistance over the read voltage.");
    }
}

/// A background in words.
fn words(name: &str) -> String {
    match name {
        "all_lrs" => "other cells conductive".to_owned(),
        "all_hrs" => "other cells resistive".to_owned(),
        "random" => "random data".to_owned(),
        other => other.replace('_', " "),
    }
}
