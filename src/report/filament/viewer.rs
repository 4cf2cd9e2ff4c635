//! The view to turn: frames packed into the page, and the script that draws them.

use std::fmt::Write as _;

use super::film::{Film, ION, VACANCY};
use crate::report::plot::image::base64;
use crate::report::source::Source;

/// Frames put into the page at most; a longer film is thinned.
const MOST_FRAMES: usize = 200;
/// Cells put into the page at most.
const MOST_CELLS: usize = 4;

/// The script, once for all viewers of the page.
pub(super) fn script() -> String {
    format!("<script>\n{}</script>\n", include_str!("viewer.js"))
}

/// A viewer with its frames; `chosen` is the frame shown first.
pub(super) fn html(source: &Source, film: &Film, chosen: usize) -> String {
    let count = film.time.len();
    let step = count.div_ceil(MOST_FRAMES).max(1);
    let mut frames: Vec<usize> = (0..count).step_by(step).collect();
    // The end is always there.
    if let Some(last) = frames.last_mut() {
        *last = count - 1;
    }
    let first = frames.iter().position(|k| *k >= chosen).unwrap_or(0);
    let cells = film.cells.min(MOST_CELLS);
    let temperatures: Vec<Vec<Vec<f64>>> =
        (0..cells).map(|cell| frames.iter().map(|k| film.temperatures(source, cell, *k)).collect()).collect();
    let all = || temperatures.iter().flatten().flatten().copied().filter(|t| t.is_finite());
    let (coolest, hottest) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let coolest = if coolest.is_finite() { coolest } else { 0.0 };
    let numbers = |column: &[f64]| {
        frames.iter().map(|k| json(column.get(*k).copied().unwrap_or(f64::NAN))).collect::<Vec<_>>().join(",")
    };
    let [nx, ny, nz] = film.size;
    let mut data = format!(
        "{{\"size\":[{nx},{ny},{nz}],\"spacing\":{:e},\"bar\":{:e},\"coolest\":{coolest},\"hottest\":{hottest},\
         \"time\":[{}],\"voltage\":[{}],\"cells\":[",
        film.spacing,
        film.bar(),
        numbers(&film.time),
        numbers(&film.voltage)
    );
    for (cell, heat) in temperatures.iter().enumerate() {
        let list: Vec<String> = frames
            .iter()
            .zip(heat)
            .filter_map(|(k, heat)| {
                let frame = film.frame(source, cell, *k)?;
                let heat: Vec<u8> = heat
                    .iter()
                    .map(|t| (255.0 * (t - coolest) / (hottest - coolest).max(1e-9)).round() as u8)
                    .collect();
                Some(format!(
                    "{{\"vacancies\":\"{}\",\"ions\":\"{}\",\"current\":{},\"plane\":{},\"heat\":\"{}\"}}",
                    packed(&frame.of(VACANCY), nx * ny * nz),
                    packed(&frame.of(ION), nx * ny * nz),
                    json(film.current_of(cell, *k)),
                    json(film.plane(source, cell, *k)),
                    base64(&heat)
                ))
            })
            .collect();
        // A frame that cannot be read leaves the film out rather than out of step.
        if list.len() != frames.len() {
            return String::new();
        }
        let comma = if cell > 0 { "," } else { "" };
        let _ = write!(data, "{comma}[{}]", list.join(","));
    }
    data.push_str("]}");
    let choice = if cells > 1 {
        let options = (0..cells).fold(String::new(), |mut html, cell| {
            let _ = write!(html, "<option value=\"{cell}\">{cell}</option>");
            html
        });
        format!("<label>Cell <select>{options}</select></label>\n")
    } else {
        String::new()
    };
    format!(
        "<div class=\"viewer\" hidden data-frame=\"{first}\">\n\
         <canvas tabindex=\"0\" role=\"img\" aria-label=\"The filament in three dimensions; arrow keys turn it\"></canvas>\n\
         <div class=\"controls\"><button type=\"button\">Play</button>\n\
         <input type=\"range\" min=\"0\" step=\"1\" value=\"0\" aria-label=\"Frame\">\n{choice}\
         <label><input type=\"checkbox\"> Temperature in the plane of the hottest site</label></div>\n\
         <output></output>\n\
         <p>Drag to turn; + and − change the size.</p>\n\
         <script type=\"application/json\">{data}</script>\n</div>\n"
    )
}

/// A number as JSON; what is none becomes null.
fn json(value: f64) -> String {
    if value.is_finite() { format!("{value:e}") } else { "null".to_owned() }
}

/// Indices in two bytes each, or four on large lattices.
fn packed(indices: &[usize], sites: usize) -> String {
    let bytes: Vec<u8> = if sites > 65_536 {
        indices.iter().flat_map(|i| u32::try_from(*i).unwrap_or(0).to_le_bytes()).collect()
    } else {
        indices.iter().flat_map(|i| u16::try_from(*i).unwrap_or(0).to_le_bytes()).collect()
    };
    base64(&bytes)
}
