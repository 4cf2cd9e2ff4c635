//! Lines, points and bands over two axes.

use std::fmt::Write as _;

use super::colour;
use super::frame::{self, Area};
use super::ticks::{Axis, Scale};
use crate::report::page::escape;

/// Points kept per line; a longer line is thinned, keeping the extremes of each stretch.
const MOST_POINTS: usize = 3000;
/// Widest legend that stands beside the plot, in pixels.
const WIDEST_LEGEND: f64 = 130.0;
/// Most lines named in a legend.
const MOST_NAMES: usize = 14;

/// One curve.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    /// Lower and upper edge of a band around the curve.
    pub(crate) band: Option<(Vec<f64>, Vec<f64>)>,
    /// Mark the points.
    pub(crate) points: bool,
    /// Broken line, for references.
    pub(crate) dashed: bool,
}

/// A diagram.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) lines: Vec<Line>,
}

impl Line {
    /// A plain curve.
    pub(crate) fn new(label: impl Into<String>, x: Vec<f64>, y: Vec<f64>) -> Self {
        Self { label: label.into(), x, y, ..Self::default() }
    }

    /// The same with marked points.
    pub(crate) fn points(mut self) -> Self {
        self.points = true;
        self
    }
}

impl Chart {
    /// True when something can be drawn.
    pub(crate) fn has_data(&self) -> bool {
        self.lines.iter().any(|line| {
            line.x.iter().zip(&line.y).any(|(x, y)| {
                x.is_finite() && y.is_finite() && (!self.x.log || *x > 0.0) && (!self.y.log || *y > 0.0)
            })
        })
    }

    /// The diagram as SVG.
    pub(crate) fn svg(&self) -> String {
        let x = Scale::new(&self.x, self.lines.iter().flat_map(|l| l.x.iter().copied()));
        let bands = self.lines.iter().filter_map(|l| l.band.as_ref());
        let edges = bands.flat_map(|(low, high)| low.iter().chain(high).copied());
        let y = Scale::new(&self.y, self.lines.iter().flat_map(|l| l.y.iter().copied()).chain(edges));
        let area = Area { left: frame::left_margin(&y), top: 28.0, width: 390.0, height: 260.0 };
        let named: Vec<usize> = self.named();
        let legend = named
            .iter()
            .filter_map(|i| self.lines.get(*i))
            .map(|l| frame::text_width(&l.label) + 44.0)
            .fold(0.0, f64::max);
        // A narrow legend stands at the right, a wide one below in as many columns as fit.
        let below = legend > WIDEST_LEGEND;
        let columns = if below { (area.width / legend).max(1.0) as usize } else { 1 };
        let room = if below { 18.0 * named.len().div_ceil(columns) as f64 + 4.0 } else { 0.0 };
        let right = if below { area.width.max(legend) - area.width } else { legend };
        let (width, height) = (area.right() + right + 16.0, area.bottom() + 50.0 + room);
        let mut svg = frame::open(width, height, &self.title, area);
        frame::axes(&mut svg, area, &x, &y, true);
        // A picture in the picture clips what leaves the data area.
        let Area { left, top, width: w, height: h } = area;
        let _ = writeln!(
            svg,
            "<svg x=\"{left:.1}\" y=\"{top:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" \
             viewBox=\"{left:.1} {top:.1} {w:.1} {h:.1}\">"
        );
        let count = self.lines.len();
        for (i, line) in self.lines.iter().enumerate() {
            let colour = colour::line(i, count);
            if let Some((low, high)) = &line.band {
                band(&mut svg, area, (&x, &y), &line.x, low, high, &colour);
            }
        }
        for (i, line) in self.lines.iter().enumerate() {
            curve(&mut svg, area, (&x, &y), line, &colour::line(i, count), count);
        }
        svg.push_str("</svg>\n");
        frame::border(&mut svg, area);
        for (row, index) in named.iter().enumerate() {
            let Some(line) = self.lines.get(*index) else { continue };
            let (px, py) = if below {
                let (line, column) = (row / columns, row % columns);
                let down = area.bottom() + 58.0 + 18.0 * line as f64;
                (area.left + column as f64 * area.width / columns as f64, down)
            } else {
                (area.right() + 12.0, area.top + 10.0 + 18.0 * row as f64)
            };
            let (colour, dash) = (colour::line(*index, count), dash(line));
            let _ = writeln!(
                svg,
                "<path d=\"M{px:.1} {py:.1}h20\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                px + 26.0,
                py + 4.2,
                escape(&line.label)
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// The lines named in the legend: all, or evenly spread ones of a large family.
    fn named(&self) -> Vec<usize> {
        let count = self.lines.len();
        if self.lines.iter().all(|l| l.label.is_empty()) {
            return Vec::new();
        }
        if count <= MOST_NAMES {
            return (0..count).collect();
        }
        (0..MOST_NAMES).map(|i| i * (count - 1) / (MOST_NAMES - 1)).collect()
    }
}

fn dash(line: &Line) -> &'static str {
    if line.dashed { " stroke-dasharray=\"6 4\"" } else { "" }
}

fn curve(svg: &mut String, area: Area, (x, y): (&Scale, &Scale), line: &Line, colour: &str, count: usize) {
    let mut path = String::new();
    let mut marks = String::new();
    let mut pen_down = false;
    for (vx, vy) in thinned(&line.x, &line.y) {
        let (Some(px), Some(py)) = (x.position(vx), y.position(vy)) else {
            pen_down = false;
            continue;
        };
        let (px, py) = (area.x(px), area.y(py));
        let _ = write!(path, "{}{px:.1} {py:.1}", if pen_down { 'L' } else { 'M' });
        pen_down = true;
        if line.points {
            let _ = write!(marks, "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"2.8\"/>");
        }
    }
    let stroke = if count > 20 { 1.0 } else { 1.7 };
    let dash = dash(line);
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{stroke}\" stroke-linejoin=\"round\"{dash}/>"
    );
    if !marks.is_empty() {
        let _ = writeln!(svg, "<g fill=\"{colour}\">{marks}</g>");
    }
}

fn band(
    svg: &mut String,
    area: Area,
    (x, y): (&Scale, &Scale),
    xs: &[f64],
    low: &[f64],
    high: &[f64],
    colour: &str,
) {
    let point = |vx: &f64, vy: &f64| -> Option<(f64, f64)> {
        Some((area.x(x.position(*vx)?), area.y(y.position(*vy)?)))
    };
    let there = xs.iter().zip(high).filter_map(|(a, b)| point(a, b));
    let back = xs.iter().zip(low).rev().filter_map(|(a, b)| point(a, b));
    let path: Vec<String> = there.chain(back).map(|(px, py)| format!("{px:.1} {py:.1}")).collect();
    if path.len() > 2 {
        let path = path.join("L");
        let _ = writeln!(svg, "<path d=\"M{path}Z\" fill=\"{colour}\" fill-opacity=\"0.18\"/>");
    }
}

/// At most about [`MOST_POINTS`] points that keep the shape: of each stretch the first point and
/// those with the least and the greatest y, in their order.
fn thinned(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let all: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    if all.len() <= MOST_POINTS {
        return all;
    }
    let mut kept = Vec::with_capacity(MOST_POINTS + 3);
    for stretch in all.chunks(all.len().div_ceil(MOST_POINTS / 3)) {
        let indexed = || stretch.iter().enumerate().filter(|(_, p)| p.1.is_finite());
        let by_y = |a: &(usize, &(f64, f64)), b: &(usize, &(f64, f64))| a.1.1.total_cmp(&b.1.1);
        let mut picks = vec![0];
        picks.extend(indexed().min_by(by_y).map(|p| p.0));
        picks.extend(indexed().max_by(by_y).map(|p| p.0));
        picks.sort_unstable();
        picks.dedup();
        kept.extend(picks.into_iter().filter_map(|i| stretch.get(i)));
    }
    kept.extend(all.last());
    kept
}
