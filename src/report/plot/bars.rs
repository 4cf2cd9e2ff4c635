//! Horizontal bars with error bars and single values.

use std::fmt::Write as _;

use super::colour;
use super::frame::{self, Area};
use super::ticks::{Axis, Scale};
use crate::report::page::escape;

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) mean: f64,
    /// Standard error of the mean.
    pub(crate) error: f64,
    /// Single values (one per seed), drawn as points.
    pub(crate) values: Vec<f64>,
    /// Written at the end.
    pub(crate) note: String,
    /// A colour of its own.
    pub(crate) ink: Option<String>,
}

/// A name, and in a second line what stands in brackets behind it.
fn lines(name: &str) -> Vec<&str> {
    match name.find(" (") {
        Some(at) => vec![&name[..at], &name[at + 1..]],
        None => vec![name],
    }
}

/// A bar diagram; the axis starts at zero.
pub(crate) fn svg(title: &str, axis: &Axis, bars: &[Bar]) -> String {
    let values = bars.iter().flat_map(|b| b.values.iter().copied().chain([b.mean, b.mean + b.error]));
    let scale = Scale::new(axis, values.chain([0.0]));
    let names = bars.iter().flat_map(|b| lines(&b.name)).map(frame::text_width).fold(40.0, f64::max);
    let notes = bars.iter().map(|b| frame::text_width(&b.note)).fold(0.0, f64::max);
    let row = 36.0;
    let area = Area {
        left: names + 18.0,
        top: 28.0,
        width: (480.0 - names - notes).clamp(150.0, 390.0),
        height: row * bars.len() as f64,
    };
    let mut svg = frame::open(area.right() + notes + 24.0, area.bottom() + 50.0, title, area);
    let mut names_axis = Scale::new(&Axis::default(), std::iter::empty());
    names_axis.ticks.clear();
    frame::axes(&mut svg, area, &scale, &names_axis, true);
    let at = |value: f64| scale.position(value).map(|p| area.x(p.clamp(0.0, 1.0)));
    for (i, bar) in bars.iter().enumerate() {
        let colour = bar.ink.clone().unwrap_or_else(|| colour::line(i, bars.len()));
        let middle = area.top + row * (i as f64 + 0.5);
        let parts = lines(&bar.name);
        for (k, part) in parts.iter().enumerate() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                area.left - 8.0,
                middle + 4.2 + 14.0 * (k as f64 - 0.5 * (parts.len() - 1) as f64),
                escape(part)
            );
        }
        let (Some(zero), Some(end)) = (at(0.0), at(bar.mean)) else { continue };
        let _ = writeln!(
            svg,
            "<rect x=\"{zero:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"18\" fill=\"{colour}\" fill-opacity=\"0.75\"/>",
            middle - 9.0,
            (end - zero).max(0.0)
        );
        for value in bar.values.iter().filter_map(|v| at(*v)) {
            let _ = writeln!(
                svg,
                "<circle cx=\"{value:.1}\" cy=\"{middle:.1}\" r=\"2.6\" fill=\"#fff\" stroke=\"#333\" stroke-width=\"0.9\"/>"
            );
        }
        if let (true, Some(low), Some(high)) =
            (bar.error > 0.0, at(bar.mean - bar.error), at(bar.mean + bar.error))
        {
            let _ = writeln!(
                svg,
                "<path d=\"M{low:.1} {middle:.1}H{high:.1}M{low:.1} {0:.1}v8M{high:.1} {0:.1}v8\" stroke=\"#111\" stroke-width=\"1.5\"/>",
                middle - 4.0
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            area.right() + 10.0,
            middle + 4.2,
            escape(&bar.note)
        );
    }
    frame::border(&mut svg, area);
    svg.push_str("</svg>\n");
    svg
}
