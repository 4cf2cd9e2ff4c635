//! Maps of a table of numbers, first row on top like the word lines of an array.

use std::fmt::Write as _;

use super::frame::{self, Area};
use super::ticks::{Axis, Scale};
use super::{colour, image, unit};
use crate::report::page::escape;

/// Most rows or columns drawn; a larger table is averaged in blocks.
const MOST_CELLS: usize = 256;
/// Tables up to this many rows and columns show their numbers.
const NUMBERED: usize = 12;
/// Most rows whose names are written.
const NAMED: usize = 24;
/// Palette entry of cells without a number.
const MISSING: u8 = 255;

/// A map.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heat {
    pub(crate) title: String,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) row_label: String,
    pub(crate) column_label: String,
    /// What the colours mean.
    pub(crate) label: String,
    pub(crate) unit: String,
    /// Range of the colours; otherwise from the data.
    pub(crate) range: Option<(f64, f64)>,
    /// First number on the axes (0 for lines of an array, 1 for contexts).
    pub(crate) first: usize,
    /// Colours by the logarithm where all values are positive.
    pub(crate) log: bool,
    /// Without a bar of colours where the numbers are written.
    pub(crate) bare: bool,
    /// Names of the rows, written before their numbers while there are few.
    pub(crate) row_names: Vec<String>,
}

impl Heat {
    /// True when the picture shows means over blocks of cells instead of single cells.
    pub(crate) fn is_averaged(&self) -> bool {
        self.rows.max(self.columns) > MOST_CELLS
    }

    /// The map as SVG.
    pub(crate) fn svg(&self) -> String {
        let finite = || self.values.iter().copied().filter(|v| v.abs() < 1e290);
        let (low, high) = self.range.unwrap_or_else(|| {
            let low = finite().fold(f64::INFINITY, f64::min);
            let high = finite().fold(f64::NEG_INFINITY, f64::max);
            if low > high { (0.0, 1.0) } else { (low, high) }
        });
        let (low, high) = widened(low, high);
        let span = high - low;
        let log = self.log && low > 1e-280 && high > low;
        let shade = |v: f64| {
            let at = if log { (v / low).ln() / (high / low).ln() } else { (v - low) / span };
            at.clamp(0.0, 1.0)
        };

        let longest = self.rows.max(self.columns).max(1) as f64;
        let side = (330.0 / longest).min(46.0);
        let (width, height) = (self.columns as f64 * side, self.rows as f64 * side);
        // Very long tables would become hair-thin, and leave no room for the label of the colours.
        let least = if self.columns > 4 * self.rows { 150.0 } else { 60.0 };
        let (width, height) = (width.max(60.0), height.max(least));
        let x = self.axis(&self.column_label, self.columns, width, false);
        let y = self.axis(&self.row_label, self.rows, height, true);
        let area = Area { left: frame::left_margin(&y), top: 28.0, width, height };
        let (factor, written) = unit::scaled_axis(low.abs().max(high.abs()) * 1.0001, &self.unit);
        let bar_axis = Axis { unit: self.unit.clone(), ..Axis::new(&self.label, "") }.range(low, low + span);
        let bar = Scale::new(&Axis { log, ..bar_axis }, [low, low + span].into_iter());
        let numbered = self.rows <= NUMBERED && self.columns <= NUMBERED && side > 24.0;
        // The ticks of a logarithmic bar carry their unit.
        let written = if log && !numbered { String::new() } else { written };
        let label =
            if written.is_empty() { self.label.clone() } else { format!("{} ({written})", self.label) };
        let bare = self.bare && numbered;
        let bar_room = bar.ticks.iter().map(|t| frame::text_width(&t.1)).fold(10.0, f64::max)
            + 66.0
            + frame::upright_depth(&label, bar_pixels(area));
        let bar_room = if bare { 12.0 } else { bar_room };
        let total = (area.right() + bar_room).max(area.left + frame::text_width(&self.title) * 1.08);
        let mut svg = frame::open(total, area.bottom() + 50.0, &self.title, area);
        let _ = writeln!(svg, "{}", self.picture(area, &shade));
        frame::axes(&mut svg, area, &x, &y, false);
        frame::border(&mut svg, area);
        if numbered {
            self.numbers(&mut svg, area, &shade, factor);
        }
        if !bare {
            colour_bar(&mut svg, area, &bar, &label);
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// The axis of so many rows (`down`) or columns over so many pixels.
    fn axis(&self, label: &str, count: usize, pixels: f64, down: bool) -> Scale {
        let axis = Axis::new(label, "").range(-0.5, count as f64 - 0.5);
        let last = (count + self.first).to_string();
        let room = if down { 14.0 } else { frame::text_width(&last) + 4.0 };
        let fitting = ((pixels / room) as usize).max(1);
        let most = fitting.min(if count <= NUMBERED { NUMBERED } else { 8 });
        let mut scale = Scale::new(&axis, std::iter::empty());
        let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
            .into_iter()
            .find(|step| count <= step * most)
            .unwrap_or(10_000);
        let named = self.row_names.len() == self.rows && self.rows <= NAMED;
        let step = if named && count <= NAMED { 1 } else { step };
        let shown = (0..count).filter(|i| (i + self.first).is_multiple_of(step));
        scale.ticks = shown
            .map(|i| {
                let at = (i as f64 + 0.5) / count.max(1) as f64;
                let name = self.row_names.get(i).filter(|_| named && down);
                let number = (i + self.first).to_string();
                let label = name.map_or(number.clone(), |name| format!("{name} {number}"));
                (if down { 1.0 - at } else { at }, label)
            })
            .collect();
        scale
    }

    /// The cells as a picture of a byte each.
    fn picture(&self, area: Area, shade: &dyn Fn(f64) -> f64) -> String {
        let block = |n: usize| n.div_ceil(MOST_CELLS).max(1);
        let (by, bx) = (block(self.rows), block(self.columns));
        let (rows, columns) = (self.rows.div_ceil(by), self.columns.div_ceil(bx));
        let mut pixels = Vec::with_capacity(rows * columns);
        for r in 0..rows {
            for c in 0..columns {
                let mut sum = (0.0, 0.0);
                for i in r * by..((r + 1) * by).min(self.rows) {
                    for j in c * bx..((c + 1) * bx).min(self.columns) {
                        if let Some(v) = self.values.get(i * self.columns + j).filter(|v| v.is_finite()) {
                            sum = (sum.0 + v, sum.1 + 1.0);
                        }
                    }
                }
                let level = if sum.1 > 0.0 { (shade(sum.0 / sum.1) * 254.0).round() as u8 } else { MISSING };
                pixels.push(level);
            }
        }
        let mut palette: Vec<[u8; 3]> = (0..255).map(|i| colour::viridis(f64::from(i) / 254.0)).collect();
        palette.push([200, 200, 200]);
        picture(area, columns, rows, &pixels, &palette)
    }

    fn numbers(&self, svg: &mut String, area: Area, shade: &dyn Fn(f64) -> f64, factor: f64) {
        let finite = || self.values.iter().enumerate().filter(|(_, v)| v.is_finite());
        let largest = finite().map(|(_, v)| v.abs() * factor).fold(0.0, f64::max);
        for (k, value) in finite() {
            let (r, c) = (k / self.columns.max(1), k % self.columns.max(1));
            let px = area.x((c as f64 + 0.5) / self.columns as f64);
            let py = area.y(1.0 - (r as f64 + 0.5) / self.rows as f64) + 4.0;
            let size = value.abs() * factor;
            let digits = if size >= 99.95 {
                0
            } else if size >= 9.995 || (self.unit == "%" && largest >= 1.0) {
                1
            } else if largest >= 0.095 {
                2
            } else {
                3
            };
            let text = format!("{:.digits$}", value * factor).replace('-', "\u{2212}");
            let fill = colour::on_viridis(shade(*value));
            let _ = writeln!(
                svg,
                "<text x=\"{px:.1}\" y=\"{py:.1}\" text-anchor=\"middle\" font-size=\"11\" style=\"fill:{fill}\">{text}</text>"
            );
        }
    }
}

/// A range that is not empty: around the one value of a constant map, by a tenth of its size.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if high - low > (1e-12 * size).max(1e-280) {
        return (low, high);
    }
    let margin = if size > 1e-280 { 0.1 * size } else { 1.0 };
    (low - margin, high + margin)
}

/// Pixels along which the label of a colour bar may run.
fn bar_pixels(area: Area) -> f64 {
    area.height + 70.0
}

/// The bar of colours at the right of an area.
pub(crate) fn colour_bar(svg: &mut String, area: Area, bar: &Scale, label: &str) {
    let strip = Area { left: area.right() + 16.0, width: 13.0, ..area };
    let shades: Vec<u8> = (0..=254).rev().collect();
    let palette: Vec<[u8; 3]> = (0..255).map(|i| colour::viridis(f64::from(i) / 254.0)).collect();
    svg.push_str(&picture(strip, 1, 255, &shades, &palette));
    frame::border(svg, strip);
    for (at, label) in bar.ticks.iter().filter(|t| !t.1.is_empty()) {
        let py = strip.y(*at);
        let _ = writeln!(
            svg,
            "<path d=\"M{0:.1} {py:.1}h4\" stroke=\"#333\"/><text x=\"{1:.1}\" y=\"{2:.1}\">{3}</text>",
            strip.right(),
            strip.right() + 7.0,
            py + 4.2,
            escape(label)
        );
    }
    let widest = bar.ticks.iter().map(|t| frame::text_width(&t.1)).fold(0.0, f64::max);
    // The last of its lines stands there; the first must not lie on the ticks.
    let depth = frame::upright_depth(label, bar_pixels(area));
    let (px, py) = (strip.right() + widest + 28.0 + depth, strip.top + strip.height / 2.0);
    frame::upright(svg, label, px, py, bar_pixels(area));
}

/// A picture of palette indices stretched over an area without smoothing.
pub(crate) fn picture(area: Area, columns: usize, rows: usize, pixels: &[u8], palette: &[[u8; 3]]) -> String {
    let Area { left, top, width, height } = area;
    let address = image::data_address(columns, rows, pixels, palette);
    format!(
        "<image x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"{address}\"/>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_map_has_colours_around_its_value() {
        let near = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12;
        assert!(near(widened(5e-5, 5e-5), (4.5e-5, 5.5e-5)) && near(widened(-2.0, -2.0), (-2.2, -1.8)));
        assert!(near(widened(0.0, 0.0), (-1.0, 1.0)) && near(widened(1.0, 2.0), (1.0, 2.0)));
        let map = Heat {
            title: "Conductance".into(),
            rows: 2,
            columns: 2,
            values: vec![5e-5; 4],
            row_label: "Word line".into(),
            column_label: "Bit line".into(),
            label: "Conductance of each of the cells, faults included".into(),
            unit: "S".into(),
            range: None,
            first: 0,
            ..Heat::default()
        };
        let svg = map.svg();
        assert_eq!(svg.matches(">50.0</text>").count(), 4, "{svg}");
        assert!(svg.contains("µS") && svg.contains(">50</text>") && !svg.contains(">0.2</text>"), "{svg}");
    }

    #[test]
    fn labels_of_narrow_maps_do_not_touch() {
        let map = Heat { rows: 128, columns: 32, values: vec![1.0; 4096], ..Heat::default() };
        let ticks = |pixels| map.axis("Input", 32, pixels, false).ticks.len();
        assert_eq!((ticks(400.0), ticks(82.0)), (7, 4));
    }
}
