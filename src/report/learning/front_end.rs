//! The frozen front end: how its layers were trained.

use crate::record::Attribute;
use crate::report::figure::Figures;
use crate::report::page::escape;
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::Source;

/// Channels, rows and columns of the features that were learnt in place of images.
pub(super) fn feature_shape(source: &Source) -> Option<[usize; 3]> {
    let attributes = source.file.attributes("/front_end").ok()?;
    let shape = attributes.into_iter().find_map(|(name, value)| match value {
        Attribute::I64s(shape) if name == "feature_shape" => Some(shape),
        _ => None,
    })?;
    let [channels, rows, columns] = *shape.as_slice() else { return None };
    let size = |n: i64| usize::try_from(n).ok().filter(|n| *n > 0);
    Some([size(channels)?, size(rows)?, size(columns)?])
}

/// `/front_end/…`.
pub(super) fn section(source: &mut Source) -> String {
    let Some([channels, rows, columns]) = feature_shape(source) else { return String::new() };
    let attributes = source.file.attributes("/front_end").unwrap_or_default();
    let text = |wanted: &str| {
        attributes.iter().find_map(|(name, value)| match value {
            Attribute::Text(text) if name == wanted => Some(text.clone()),
            _ => None,
        })
    };
    for name in ["shift", "spread"] {
        source.mark(&format!("/front_end/{name}"));
    }
    let mut figures = Figures::default();
    if let (Some(loss), Some(accuracy)) = (source.take("/front_end/loss"), source.take("/front_end/accuracy"))
    {
        let epochs: Vec<f64> = (1..=loss.values.len()).map(|e| e as f64).collect();
        let percent = accuracy.values.iter().map(|v| 100.0 * v).collect();
        let chart = Chart {
            title: "Pre-training of the front end".into(),
            x: Axis::new("Epoch", "").whole(),
            y: Axis::new("Accuracy on its training samples", "%"),
            lines: vec![Line::new("", epochs, percent).points()],
            legend: String::new(),
        };
        figures.add(&chart.svg(), "");
    }
    let note = format!(
        "Learners see {channels} × {rows} × {columns} features (channels, rows, columns) of frozen layers trained on {}, \
         normalised as \u{201c}{}\u{201d}, and replay these, not images.",
        text("data").unwrap_or_default(),
        text("normalisation").unwrap_or_default()
    );
    format!("<h3>Front end</h3>\n<p>{}</p>\n{}", escape(&note), figures.html())
}
