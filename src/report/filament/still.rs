//! One frame from the side, as SVG: electrodes, vacancies shaded by depth, ions, axes, scale bar.

use std::fmt::Write as _;

use super::film::{Film, Frame, ION, VACANCY};
use crate::report::page::escape;
use crate::report::plot::unit;

/// Width of the oxide in the picture, pixels.
const WIDTH: f64 = 250.0;
/// Thickness of an electrode, pixels.
const ELECTRODE: f64 = 16.0;

/// The picture.
pub(super) fn svg(film: &Film, frame: &Frame, title: &str) -> String {
    let [nx, ny, nz] = film.size;
    let pixel = (WIDTH / nx as f64).min(240.0 / nz as f64);
    let (width, height) = (pixel * nx as f64, pixel * nz as f64);
    let (left, top) = (46.0, 28.0 + ELECTRODE);
    let (right, bottom) = (left + width, top + height);
    let (all_width, all_height) = (right + 14.0, bottom + ELECTRODE + 40.0);
    let title = escape(title);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {all_width:.0} {all_height:.0}\" width=\"{all_width:.0}\" height=\"{all_height:.0}\" \
         role=\"img\" aria-label=\"{title}\" font-size=\"12\">\n<text x=\"{left:.1}\" y=\"16\" font-size=\"13\" \
         font-weight=\"600\">{title}</text>\n"
    );
    let _ = writeln!(
        svg,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"#f4f6f8\"/>"
    );
    for (y, fill, name) in
        [(top - ELECTRODE, "#cdb95f", "active electrode"), (bottom, "#8c8c8c", "inert electrode")]
    {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{ELECTRODE}\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"11\">{name}</text>",
            left + width / 2.0,
            y + 12.0
        );
    }
    // From the back to the front.
    let mut dots: Vec<(usize, usize, u8)> = Vec::new();
    for what in [VACANCY, ION] {
        dots.extend(frame.of(what).into_iter().map(|site| (site / nx % ny, site, what)));
    }
    dots.sort_unstable_by(|a, b| b.cmp(a));
    for (depth, site, what) in dots {
        let near = 1.0 - depth as f64 / ny.max(2).saturating_sub(1) as f64;
        let (x, z) = (site % nx, site / (nx * ny));
        let (cx, cy) = (left + pixel * (x as f64 + 0.5), bottom - pixel * (z as f64 + 0.5));
        let (radius, ends) = if what == VACANCY {
            (0.48 * pixel, [[176.0, 208.0, 232.0], [0.0, 92.0, 150.0]])
        } else {
            (0.32 * pixel, [[250.0, 205.0, 165.0], [213.0, 94.0, 0.0]])
        };
        let [r, g, b] = std::array::from_fn(|i| (ends[0][i] + near * (ends[1][i] - ends[0][i])) as u8);
        let _ = write!(
            svg,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"{radius:.1}\" fill=\"#{r:02x}{g:02x}{b:02x}\" stroke=\"#fff\" stroke-width=\".6\"/>"
        );
    }
    let _ = writeln!(
        svg,
        "\n<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"#333\"/>",
        top - ELECTRODE,
        height + 2.0 * ELECTRODE
    );
    // Heights of the electrodes' faces, and a bar for lengths along x.
    let thickness = nz as f64 * film.spacing;
    for (z, y) in [(0.0, bottom), (thickness, top)] {
        let label = unit::number(1e9 * z);
        let _ = writeln!(
            svg,
            "<path d=\"M{left:.1} {y:.1}h-5\" stroke=\"#333\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            left - 8.0,
            y + 4.2
        );
    }
    let _ = writeln!(
        svg,
        "<text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">z (nm)</text>",
        f64::midpoint(top, bottom)
    );
    let (bar, below) = (film.bar() / film.spacing * pixel, bottom + ELECTRODE + 14.0);
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1} {below:.1}h{bar:.1}\" stroke=\"#1c1c1c\" stroke-width=\"2.5\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        right - bar,
        right - bar / 2.0,
        below + 16.0,
        unit::quantity(film.bar(), "m")
    );
    let _ = writeln!(svg, "<text x=\"{left:.1}\" y=\"{:.1}\">x →</text>", below + 5.0);
    svg.push_str("</svg>\n");
    svg
}
