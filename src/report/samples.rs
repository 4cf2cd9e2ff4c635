//! Pictures a learner generated.

use std::fmt::Write as _;

use super::figure::Figures;
use super::plot::frame::{self, Area};
use super::plot::heat;
use super::source::Source;

/// Generated pictures: contexts × classes × samples × height × width.
pub(crate) fn draw(source: &mut Source, figures: &mut Figures, group: &str, name: &str) {
    const SHOWN: usize = 4;
    let Some(array) = source.take(&format!("{group}/samples")) else { return };
    let [contexts, classes, count, h, w] = *array.shape.as_slice() else { return };
    let count_shown = count.min(SHOWN);
    let low = array.values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = array.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (tile_h, tile_w, gap) = (h + 1, w + 1, 2);
    let (columns, rows) = (classes * (count_shown * tile_w + gap), contexts * tile_h);
    if columns * rows == 0 || columns * rows > 4_000_000 {
        return;
    }
    let mut pixels = vec![255_u8; columns * rows];
    for (k, value) in array.values.iter().enumerate() {
        let (x, y, sample) = (k % w, k / w % h, k / (w * h) % count);
        let (class, context) = (k / (w * h * count) % classes, k / (w * h * count * classes));
        if sample >= count_shown {
            continue;
        }
        let column = class * (count_shown * tile_w + gap) + sample * tile_w + x;
        let level = ((value - low) / (high - low).max(1e-300) * 254.0).clamp(0.0, 254.0);
        if let Some(pixel) = pixels.get_mut((context * tile_h + y) * columns + column) {
            *pixel = level as u8;
        }
    }
    let mut palette: Vec<[u8; 3]> = (0..255).map(|i| [255 - i as u8; 3]).collect();
    palette.push([255, 255, 255]);
    let zoom = (1000.0 / columns as f64).clamp(1.0, 3.0);
    let area = Area { left: 78.0, top: 44.0, width: columns as f64 * zoom, height: rows as f64 * zoom };
    let title = format!("{name} – generated samples");
    let width = (area.right() + 12.0).max(area.left + frame::text_width(&title) * 1.1);
    let mut svg = frame::open(width, area.bottom() + 10.0, &title, area);
    svg += &heat::picture(area, columns, rows, &pixels, &palette);
    for context in 0..contexts {
        let y = area.top + (context as f64 + 0.5) * tile_h as f64 * zoom + 4.0;
        let _ =
            writeln!(svg, "<text x=\"70\" y=\"{y:.1}\" text-anchor=\"end\">context {}</text>", context + 1);
    }
    for class in 0..classes {
        let x = area.left + (class as f64 + 0.5) * area.width / classes as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"38\" text-anchor=\"middle\" font-size=\"11\">{class}</text>"
        );
    }
    svg += "</svg>\n";
    figures.add_broad(&svg, "Columns are classes, rows the contexts after which the samples were drawn.");
}
