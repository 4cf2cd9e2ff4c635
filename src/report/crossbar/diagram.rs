//! The array as a diagram: lines and cells coloured by their currents.
//!
//! Currents in the segments follow from those of the cells and of the ends of each line (Kirchhoff's current law),
//! so they need no wire resistance.

use std::fmt::Write as _;

use crate::report::plot::frame::{self, Area};
use crate::report::plot::ticks::{Axis, Scale};
use crate::report::plot::{colour, heat};
use crate::report::source::Array;

/// Most rows or columns drawn.
const MOST: usize = 32;
/// Distance of a bit line from its word-line nodes, over that of two lines.
const LIFT: f64 = 0.38;
/// Decades from the largest to the least current told apart.
const DECADES: f64 = 3.0;
/// Shades told apart.
const SHADES: usize = 48;

/// Currents of one family of lines at the near and the far end.
pub(super) type Ends = (Array, Option<Array>);

/// Places and paths of the parts.
struct Picture {
    area: Area,
    pitch: f64,
    rows: usize,
    columns: usize,
    /// Pieces of word and of bit lines, each in its colour.
    lines: [String; 2],
    /// Paths of the cells of each shade.
    cells: Vec<String>,
    /// Paths of the cells that cannot conduct.
    open: String,
}

/// The diagram of an array of crossed lines under one input, if it is not too large.
pub(super) fn svg(current: &Array, conductance: &Array, words: &Ends, bits: &Ends) -> Option<String> {
    let [rows, columns] = *current.shape.as_slice() else { return None };
    let ends = |(near, far): &Ends, count: usize| {
        let far = far.as_ref().map_or_else(|| vec![0.0; count], |far| far.values.clone());
        (near.values.len() == count && far.len() == count).then(|| (near.values.clone(), far))
    };
    let (word, bit) = (ends(words, rows)?, ends(bits, columns)?);
    let fits = current.values.len() == rows * columns && conductance.values.len() == rows * columns;
    if rows.max(columns) > MOST || !fits {
        return None;
    }
    let all = current.values.iter().chain(&word.0).chain(&word.1).chain(&bit.0).chain(&bit.1);
    let largest = all.fold(0.0_f64, |m, i| m.max(i.abs()));
    if !(largest > 0.0 && largest.is_finite()) {
        return None;
    }

    let pitch = (420.0 / rows.max(columns) as f64).clamp(13.0, 44.0);
    let lift = LIFT * pitch;
    let y_axis = lines(rows, true);
    let area = Area {
        left: frame::left_margin(&y_axis),
        top: 34.0,
        width: pitch * (columns as f64 + 0.9),
        height: pitch * (rows as f64 + 0.9),
    };
    // Word line i, bit line j; the cell leads from (x, y) down to the right.
    let y = |i: usize| area.top + pitch * (i as f64 + 0.5);
    let x = |j: usize| area.left + pitch * (j as f64 + 0.6);
    // By the logarithm: a short carries a hundred times what a cell carries.
    let shade = |i: f64| {
        let at = 1.0 + (i.abs() / largest).log10() / DECADES;
        (at.max(0.0) * SHADES as f64).round() as usize
    };
    let (mut cells, mut open) = (vec![String::new(); SHADES + 1], String::new());
    let mut words = String::new();
    for i in 0..rows {
        // From left to right: what is still in the line behind each cell.
        let mut inside = word.0[i];
        let mut from = area.left;
        for j in 0..=columns {
            let to = if j < columns { x(j) } else { area.right() };
            piece(&mut words, shade(inside), &format!("M{from:.1} {:.1}H{to:.1}", y(i)));
            from = to;
            if j < columns {
                inside -= current.values[i * columns + j];
            }
        }
    }
    let mut down = String::new();
    for j in 0..columns {
        let mut inside = -bit.1[j];
        let (at, mut from) = (x(j) + lift, area.top);
        for i in 0..=rows {
            let to = if i < rows { y(i) + lift } else { area.bottom() };
            piece(&mut down, shade(inside), &format!("M{at:.1} {from:.1}V{to:.1}"));
            from = to;
            if i < rows {
                inside += current.values[i * columns + j];
            }
        }
    }
    for (k, i) in current.values.iter().enumerate() {
        let path = format!("M{:.1} {:.1}l{lift:.1} {lift:.1}", x(k % columns), y(k / columns));
        let conducts = conductance.values[k] > 0.0 || *i != 0.0;
        *(if conducts { &mut cells[shade(*i)] } else { &mut open }) += &path;
    }
    let picture = Picture { area, pitch, rows, columns, lines: [words, down], cells, open };
    Some(picture.draw(largest, &current.unit))
}

/// One piece of a line in its colour.
fn piece(out: &mut String, shade: usize, path: &str) {
    let _ = write!(out, "<path d=\"{path}\" stroke=\"{}\"/>", tone(shade));
}

fn tone(shade: usize) -> String {
    let [r, g, b] = colour::viridis(shade as f64 / SHADES as f64);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The numbers of lines along an axis.
fn lines(count: usize, upright: bool) -> Scale {
    let label = if upright { "Word line" } else { "Bit line" };
    let mut scale = Scale::new(&Axis::new(label, "").range(0.0, 1.0), std::iter::empty());
    let step = count.div_ceil(12);
    scale.ticks = (0..count)
        .step_by(step.max(1))
        .map(|k| {
            let size = count as f64 + 0.9;
            let at = if upright { 1.0 - (k as f64 + 0.5) / size } else { (k as f64 + 0.98) / size };
            (at, k.to_string())
        })
        .collect();
    scale
}

impl Picture {
    fn draw(&self, largest: f64, unit: &str) -> String {
        let Self { area, pitch, .. } = *self;
        let (x, y) = (lines(self.columns, false), lines(self.rows, true));
        let ends = [largest * 10_f64.powf(-DECADES), largest];
        let bar = Axis { unit: unit.to_owned(), ..Axis::new("Size of the current", "") };
        let bar = Scale::new(&bar.log().range(ends[0], ends[1]), ends.into_iter());
        let room = bar.ticks.iter().map(|t| frame::text_width(&t.1)).fold(10.0, f64::max) + 62.0;
        let title = "Currents of lines and cells";
        let mut svg = frame::open(area.right() + room, area.bottom() + 50.0, title, area);
        frame::axes(&mut svg, area, &x, &y, false);
        let wide = (0.1 * pitch).clamp(1.3, 3.5);
        let [words, down] = &self.lines;
        let _ = writeln!(svg, "<g fill=\"none\" stroke-width=\"{wide:.1}\">{words}</g>");
        // A gap where a bit line passes over a word line.
        let gaps = (0..self.columns).fold(String::new(), |mut gaps, j| {
            let at = area.left + pitch * (j as f64 + 0.6) + LIFT * pitch;
            let _ = write!(gaps, "M{at:.1} {:.1}V{:.1}", area.top, area.bottom());
            gaps
        });
        let _ = writeln!(svg, "<path d=\"{gaps}\" stroke=\"#fff\" stroke-width=\"{:.1}\"/>", 2.0 * wide);
        let _ = writeln!(svg, "<g fill=\"none\" stroke-width=\"{wide:.1}\">{down}</g>");
        for (k, cells) in self.cells.iter().enumerate().filter(|(_, cells)| !cells.is_empty()) {
            let (colour, wide) = (tone(k), 2.2 * wide);
            let _ = writeln!(
                svg,
                "<path d=\"{cells}\" stroke=\"{colour}\" stroke-width=\"{wide:.1}\" stroke-linecap=\"round\"/>"
            );
        }
        if !self.open.is_empty() {
            let _ = writeln!(svg, "<path d=\"{}\" stroke=\"#aaa\" stroke-dasharray=\"2 2\"/>", self.open);
        }
        heat::colour_bar(&mut svg, area, &bar, &bar.title);
        svg.push_str("</svg>\n");
        svg
    }
}
