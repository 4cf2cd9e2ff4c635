//! Samples that a learner generated after each context: pictures, or curves where a sample is one row of
//! numbers.

use std::fmt::Write as _;

use super::front_end;
use crate::report::figure::Figures;
use crate::report::page::escape;
use crate::report::plot::colour;
use crate::report::plot::frame::{self, Area};
use crate::report::plot::heat;
use crate::report::source::{Array, Source};

/// Samples of a class shown beside each other at most.
const MOST_SHOWN: usize = 4;
/// Pixels of the pictures beside each other, about.
const WIDTH: usize = 1180;
/// Width of the page left of the pictures.
const LEFT: f64 = 86.0;
/// Real samples, to compare with: classes × samples × rows × columns.
const REAL: &str = "/data/samples";

/// Generated samples of a learner: contexts × classes × samples × rows × columns. Real ones stand below.
pub(super) fn draw(
    source: &mut Source,
    figures: &mut Figures,
    (group, name): (&str, &str),
    class_names: &[String],
) {
    let path = format!("{group}/samples");
    if source.shapes.get(&path).is_none_or(|shape| shape.len() != 5) {
        return;
    }
    let shape = front_end::feature_shape(source);
    let Some(generated) = source.take(&path).map(|array| as_grid(array, shape)) else { return };
    let [contexts, classes, count, rows, columns] = *generated.shape.as_slice() else { return };
    if contexts * classes * count * rows * columns == 0 {
        return;
    }
    let real = source.take(REAL).map(|array| as_grid(array, shape)).filter(|real| {
        matches!(*real.shape.as_slice(), [n, m, r, c] if n == classes && m > 0 && (r, c) == (rows, columns))
    });
    let finite = || generated.values.iter().chain(real.iter().flat_map(|r| &r.values)).copied();
    let range = finite()
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if range.0 > range.1 {
        return;
    }
    let table = Table { generated: &generated, real: real.as_ref(), range, title: name, class_names };
    let svg = if rows == 1 { table.curves() } else { table.pictures() };
    let below = if real.is_some() { "The lowest row shows samples of the data." } else { "" };
    let curves = if rows == 1 { " Curves in one place are single samples, all over one scale." } else { "" };
    figures.add_broad(&svg, format!("{below}{curves}").trim());
}

/// Samples of features with their channels beside and below each other, instead of one below the other.
fn as_grid(array: Array, shape: Option<[usize; 3]>) -> Array {
    let (Some([channels, h, w]), [.., rows, columns]) = (shape, array.shape.as_slice()) else { return array };
    if (channels * h, w) != (*rows, *columns) || h * w == 1 || channels == 1 {
        return array;
    }
    let across = (1..=channels).find(|n| n * n >= channels).unwrap_or(channels);
    let down = channels.div_ceil(across);
    let (size, new) = (channels * h * w, down * h * across * w);
    let mut values = vec![f64::NAN; array.values.len() / size * new];
    for (from, to) in array.values.chunks_exact(size).zip(values.chunks_exact_mut(new)) {
        for (k, value) in from.iter().enumerate() {
            let (channel, y, x) = (k / (h * w), k / w % h, k % w);
            to[((channel / across) * h + y) * across * w + (channel % across) * w + x] = *value;
        }
    }
    let mut shape = array.shape.clone();
    let last = shape.len() - 2;
    shape[last..].copy_from_slice(&[down * h, across * w]);
    Array { shape, values, ..array }
}

/// Samples by context and class.
struct Table<'a> {
    generated: &'a Array,
    real: Option<&'a Array>,
    /// Least and largest number.
    range: (f64, f64),
    title: &'a str,
    class_names: &'a [String],
}

impl Table<'_> {
    /// Contexts, classes, samples, rows, columns.
    fn sizes(&self) -> [usize; 5] {
        let mut sizes = [0; 5];
        sizes.iter_mut().zip(&self.generated.shape).for_each(|(to, from)| *to = *from);
        sizes
    }

    /// Rows of the table: contexts, and one for real samples.
    fn lines(&self) -> usize {
        self.sizes()[0] + usize::from(self.real.is_some())
    }

    /// The numbers of one sample; `line` counts the contexts, then the real samples.
    fn sample(&self, line: usize, class: usize, sample: usize) -> &[f64] {
        let [contexts, classes, count, rows, columns] = self.sizes();
        let size = rows * columns;
        let (array, first) = match self.real {
            Some(real) if line == contexts => {
                (real, class * real.shape.get(1).copied().unwrap_or(0) + sample)
            }
            _ => (self.generated, (line * classes + class) * count + sample),
        };
        array.values.get(first * size..(first + 1) * size).unwrap_or_default()
    }

    /// Samples that a line has of each class.
    fn count(&self, line: usize) -> usize {
        let [contexts, _, count, ..] = self.sizes();
        match self.real {
            Some(real) if line == contexts => real.shape.get(1).copied().unwrap_or(0),
            _ => count,
        }
    }

    /// The frame with the names of lines and classes, for cells of this height; classes beside each other.
    fn frame(&self, area: Area) -> String {
        let [contexts, classes, ..] = self.sizes();
        let title = format!("{} – generated samples", self.title);
        let width = (area.right() + 12.0).max(area.left + frame::text_width(&title) * 1.3);
        let mut svg = frame::open(width, area.bottom() + 10.0, &title, area);
        for line in 0..self.lines() {
            let y = area.top + (line as f64 + 0.5) * area.height / self.lines() as f64 + 4.0;
            let name = if line < contexts { format!("context {}", line + 1) } else { "data".to_owned() };
            let x = area.left - 8.0;
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{name}</text>");
        }
        let place = area.width / classes as f64;
        // Names where all fit, else numbers.
        let fits = self.class_names.len() == classes
            && self.class_names.iter().all(|name| frame::text_width(name) * 0.9 < place);
        for class in 0..classes {
            let name = self.class_names.get(class).filter(|_| fits).cloned();
            // A generator that knows no classes.
            let name =
                if classes == 1 { "all classes".to_owned() } else { name.unwrap_or(class.to_string()) };
            let (x, name) = (area.left + (class as f64 + 0.5) * place, escape(&name));
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"38\" text-anchor=\"middle\" font-size=\"11\">{name}</text>"
            );
        }
        svg
    }

    /// Grey pictures, dark where numbers are large.
    fn pictures(&self) -> String {
        let [_, classes, count, h, w] = self.sizes();
        let (tile_h, tile_w, gap) = (h + 1, w + 1, 2);
        let shown = (WIDTH / classes).saturating_sub(gap) / tile_w;
        let shown = shown.clamp(1, MOST_SHOWN).min(count);
        let (columns, rows) = (classes * (shown * tile_w + gap), self.lines() * tile_h);
        let mut pixels = vec![255_u8; columns * rows];
        let (low, high) = self.range;
        for line in 0..self.lines() {
            for (class, sample) in (0..classes).flat_map(|class| (0..shown).map(move |s| (class, s))) {
                if sample >= self.count(line) {
                    continue;
                }
                let left = class * (shown * tile_w + gap) + sample * tile_w;
                for (k, value) in self.sample(line, class, sample).iter().enumerate() {
                    let level = (value - low) / (high - low).max(1e-300) * 254.0;
                    let place = (line * tile_h + k / w) * columns + left + k % w;
                    if let Some(pixel) = pixels.get_mut(place).filter(|_| level.is_finite()) {
                        *pixel = level.clamp(0.0, 254.0) as u8;
                    }
                }
            }
        }
        let mut palette: Vec<[u8; 3]> = (0..255).map(|i| [255 - i as u8; 3]).collect();
        palette.push([255, 255, 255]);
        let zoom = (1000.0 / columns as f64).clamp(1.0, 3.0);
        let area = Area { left: LEFT, top: 44.0, width: columns as f64 * zoom, height: rows as f64 * zoom };
        let mut svg = self.frame(area);
        svg += &heat::picture(area, columns, rows, &pixels, &palette);
        svg += "</svg>\n";
        svg
    }

    /// A small plot for each context and class.
    fn curves(&self) -> String {
        let [contexts, classes, _, _, points] = self.sizes();
        let place = (1000.0 / classes as f64).clamp(60.0, 150.0);
        let height = 0.66 * place;
        let lines = self.lines() as f64;
        let area = Area { left: LEFT, top: 44.0, width: place * classes as f64, height: height * lines };
        let mut svg = self.frame(area);
        let (low, high) = self.range;
        for line in 0..self.lines() {
            for class in 0..classes {
                let (x, y) = (area.left + place * class as f64, area.top + height * line as f64);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"#ccc\"/>",
                    x + 1.5,
                    y + 1.5,
                    place - 3.0,
                    height - 3.0
                );
                let ink = if line < contexts { colour::line(0, 8) } else { "#333".to_owned() };
                for sample in 0..self.count(line).min(MOST_SHOWN) {
                    let path = self
                        .sample(line, class, sample)
                        .iter()
                        .enumerate()
                        .filter(|(_, value)| value.is_finite())
                        .map(|(k, value)| {
                            let across = x + 5.0 + (place - 10.0) * k as f64 / (points.max(2) - 1) as f64;
                            let up = (value - low) / (high - low).max(1e-300);
                            format!("{across:.1} {:.1}", y + height - 5.0 - (height - 10.0) * up)
                        })
                        .collect::<Vec<_>>();
                    if path.len() > 1 {
                        let path = path.join("L");
                        let _ = writeln!(
                            svg,
                            "<path d=\"M{path}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"1.1\" stroke-opacity=\"0.8\"/>"
                        );
                    }
                }
            }
        }
        svg += "</svg>\n";
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_of_features_stand_beside_and_below_each_other() {
        // Three channels of 1 × 2.
        let array = Array {
            shape: vec![1, 1, 1, 3, 2],
            values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            unit: "1".into(),
            long_name: String::new(),
            scales: Vec::new(),
        };
        let grid = as_grid(array.clone(), Some([3, 1, 2]));
        assert_eq!(grid.shape, [1, 1, 1, 2, 4]);
        assert_eq!(grid.values[..6], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!(grid.values[6..].iter().all(|v| v.is_nan()));
        assert_eq!(as_grid(array.clone(), None).shape, array.shape);
        assert_eq!(as_grid(array.clone(), Some([1, 3, 2])).shape, array.shape);
    }
}
