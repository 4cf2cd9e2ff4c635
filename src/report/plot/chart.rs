//! Lines, points and bands over two axes.

use std::fmt::Write as _;

use super::colour;
use super::frame::{self, Area};
use super::ticks::{Axis, Scale};
use crate::report::page::escape;

/// Points kept per line; a longer line is thinned, keeping the extremes of each stretch.
const MOST_POINTS: usize = 3000;
/// Widest picture with the legend at the right, in pixels: two of them share a row of the page.
const WIDEST: f64 = 545.0;
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
    /// A thin pale line, for one of many cells behind their median.
    pub(crate) faint: bool,
    /// Broken line, for references.
    pub(crate) dashed: bool,
    /// Dotted line, for the twin of another.
    pub(crate) dotted: bool,
    /// Points without a line between them, for values of separate things.
    pub(crate) scatter: bool,
    /// An arrow in the direction of the data.
    pub(crate) arrow: bool,
    /// Colour by this number instead of the line's position, for families that share colours.
    pub(crate) family: Option<usize>,
    /// A colour of its own.
    pub(crate) ink: Option<String>,
}

/// A diagram.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) lines: Vec<Line>,
    /// Heading of the legend: what the labels are values of.
    pub(crate) legend: String,
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

    /// The same as points without a line.
    pub(crate) fn scatter(mut self) -> Self {
        self.scatter = true;
        self.points()
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
        let heading = if named.is_empty() { 0.0 } else { frame::text_width(&self.legend) };
        let legend = named
            .iter()
            .filter_map(|i| self.lines.get(*i))
            .map(|l| frame::text_width(&l.label) + 44.0)
            .fold(if heading > 0.0 { heading + 18.0 } else { 0.0 }, f64::max);
        let head = usize::from(heading > 0.0);
        // A narrow legend stands at the right, a wide one below in as many columns as fit.
        let below = legend > 0.0 && area.right() + legend + 16.0 > WIDEST;
        // Letters are narrower than counted.
        let columns = if below { ((area.width + 40.0) / legend).max(1.0) as usize } else { 1 };
        let room = if below { 18.0 * (named.len().div_ceil(columns) + head) as f64 + 4.0 } else { 0.0 };
        let right = if below { area.width.max(legend) - area.width } else { legend };
        let (width, height) = (area.right() + right + 16.0, area.bottom() + 50.0 + room);
        let width = width.max(area.left + frame::text_width(&self.title) * 1.05);
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
        let faint = self.lines.iter().filter(|l| l.faint).count();
        let families =
            self.lines.iter().filter_map(|l| l.family).max().map_or(count - faint, |most| most + 1);
        let colour_of = |i: usize, line: &Line| {
            if line.faint {
                return colour::FAINT.to_owned();
            }
            if let Some(ink) = &line.ink {
                return ink.clone();
            }
            let before = self.lines.iter().take(i).filter(|l| !l.faint).count();
            colour::line(line.family.unwrap_or(before), families)
        };
        for (i, line) in self.lines.iter().enumerate() {
            let colour = colour_of(i, line);
            if let Some((low, high)) = &line.band {
                band(&mut svg, area, (&x, &y), &line.x, low, high, &colour);
            }
        }
        let mut arrows = String::new();
        for (i, line) in self.lines.iter().enumerate() {
            arrows += &curve(&mut svg, area, (&x, &y), line, &colour_of(i, line), families);
        }
        svg += &arrows;
        svg.push_str("</svg>\n");
        frame::border(&mut svg, area);
        if head > 0 {
            let (px, py) = if below {
                (area.left, area.bottom() + 62.0)
            } else {
                (area.right() + 12.0, area.top + 14.0)
            };
            let _ = writeln!(
                svg,
                "<text x=\"{px:.1}\" y=\"{py:.1}\" font-weight=\"600\">{}</text>",
                escape(&self.legend)
            );
        }
        for (row, index) in named.iter().enumerate() {
            let Some(line) = self.lines.get(*index) else { continue };
            let (px, py) = if below {
                let (line, column) = (row / columns, row % columns);
                let down = area.bottom() + 58.0 + 18.0 * (line + head) as f64;
                (area.left + column as f64 * area.width / columns as f64, down)
            } else {
                (area.right() + 12.0, area.top + 10.0 + 18.0 * (row + head) as f64)
            };
            let (colour, dash) = (colour_of(*index, line), dash(line));
            let mark = if line.scatter {
                format!("<circle cx=\"{:.1}\" cy=\"{py:.1}\" r=\"2.8\" fill=\"{colour}\"/>", px + 10.0)
            } else {
                format!("<path d=\"M{px:.1} {py:.1}h20\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>")
            };
            let _ = writeln!(
                svg,
                "{mark}<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                px + 26.0,
                py + 4.2,
                escape(&line.label)
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// The lines named in the legend: all that have a label, or evenly spread ones of many.
    fn named(&self) -> Vec<usize> {
        let labelled: Vec<usize> =
            self.lines.iter().enumerate().filter(|(_, l)| !l.label.is_empty()).map(|(i, _)| i).collect();
        let count = labelled.len();
        if count <= MOST_NAMES {
            return labelled;
        }
        (0..MOST_NAMES).filter_map(|i| labelled.get(i * (count - 1) / (MOST_NAMES - 1)).copied()).collect()
    }
}

fn dash(line: &Line) -> &'static str {
    if line.dashed {
        " stroke-dasharray=\"6 4\""
    } else if line.dotted {
        " stroke-dasharray=\"2 3\""
    } else {
        ""
    }
}

fn curve(
    svg: &mut String,
    area: Area,
    (x, y): (&Scale, &Scale),
    line: &Line,
    colour: &str,
    count: usize,
) -> String {
    let mut path = String::new();
    let mut marks = String::new();
    let mut pen_down = false;
    let mut drawn = Vec::new();
    let most = if line.faint { MOST_POINTS / 5 } else { MOST_POINTS };
    for (vx, vy) in thinned(&line.x, &line.y, most) {
        let (Some(px), Some(py)) = (x.position(vx), y.position(vy)) else {
            pen_down = false;
            continue;
        };
        let (px, py) = (area.x(px), area.y(py));
        drawn.push((px, py));
        let _ = write!(path, "{}{px:.1} {py:.1}", if pen_down { 'L' } else { 'M' });
        pen_down = true;
        if line.points {
            let _ = write!(marks, "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"2.8\"/>");
        }
    }
    let stroke = if line.faint && !line.dashed {
        0.7
    } else if count > 20 {
        1.0
    } else {
        1.7
    };
    let dash = dash(line);
    if !line.scatter {
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{stroke}\" stroke-linejoin=\"round\"{dash}/>"
        );
    }
    if !marks.is_empty() {
        let _ = writeln!(svg, "<g fill=\"{colour}\">{marks}</g>");
    }
    if line.arrow { arrow(area, &drawn, colour) } else { String::new() }
}

/// An arrow head at two fifths of the length of the curve inside the data area.
fn arrow(area: Area, drawn: &[(f64, f64)], colour: &str) -> String {
    let inside: Vec<(f64, f64)> =
        drawn.iter().copied().filter(|(_, y)| *y > area.top && *y < area.bottom()).collect();
    let steps = |f: &mut dyn FnMut(usize, f64) -> bool| {
        for (i, pair) in inside.windows(2).enumerate() {
            if let [(ax, ay), (bx, by)] = pair
                && f(i, (bx - ax).hypot(by - ay))
            {
                break;
            }
        }
    };
    let mut total = 0.0;
    steps(&mut |_, length| {
        total += length;
        false
    });
    let (mut run, mut index) = (0.0, 0);
    steps(&mut |i, length| {
        (run, index) = (run + length, i + 1);
        run >= 0.4 * total
    });
    // The direction over some pixels, not over one step.
    let Some(tip) = inside.get(index) else { return String::new() };
    let tail = inside.iter().take(index).rev().find(|p| (p.0 - tip.0).hypot(p.1 - tip.1) > 5.0);
    let Some(tail) = tail else { return String::new() };
    let turn = (tip.1 - tail.1).atan2(tip.0 - tail.0).to_degrees();
    format!(
        "<path transform=\"translate({:.1} {:.1}) rotate({turn:.0})\" d=\"M7 0L-6 -5.5L-3 0L-6 5.5Z\" fill=\"{colour}\"/>\n",
        tip.0, tip.1
    )
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

/// At most about this many points that keep the shape: of each stretch the first point and
/// those with the least and the greatest y, in their order.
fn thinned(x: &[f64], y: &[f64], most: usize) -> Vec<(f64, f64)> {
    let all: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    if all.len() <= most {
        return all;
    }
    let mut kept = Vec::with_capacity(most + 3);
    for stretch in all.chunks(all.len().div_ceil(most / 3)) {
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
