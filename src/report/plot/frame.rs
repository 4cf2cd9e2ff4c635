//! The frame around a plot: axes, ticks, titles.

use std::fmt::Write as _;

use super::ticks::Scale;
use crate::report::page::escape;

/// Where the data area lies inside the picture, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Horizontal pixel of a position in 0..1.
    pub(crate) fn x(&self, at: f64) -> f64 {
        self.left + at * self.width
    }

    /// Vertical pixel of a position in 0..1, counted from the bottom.
    pub(crate) fn y(&self, at: f64) -> f64 {
        self.bottom() - at * self.height
    }
}

/// The opening of a picture with its title.
pub(crate) fn open(width: f64, height: f64, title: &str, area: Area) -> String {
    let title = escape(title);
    format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
         aria-label=\"{title}\" font-size=\"12\">\n<text x=\"{:.1}\" y=\"16\" font-size=\"13\" \
         font-weight=\"600\">{title}</text>\n",
        area.left
    )
}

/// Width of a text of 12 px in pixels, roughly.
pub(crate) fn text_width(text: &str) -> f64 {
    7.2 * text.chars().count() as f64
}

/// A text cut to about this many pixels.
pub(crate) fn shortened(text: &str, pixels: f64) -> String {
    let most = (pixels / 6.4) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Grid lines, frame, ticks and labels.
pub(crate) fn axes(svg: &mut String, area: Area, x: &Scale, y: &Scale, grid: bool) {
    let (right, bottom) = (area.right(), area.bottom());
    for (at, label) in &x.ticks {
        let px = area.x(*at);
        let length = if label.is_empty() { 3.0 } else { 5.0 };
        if grid && !label.is_empty() {
            let _ = writeln!(svg, "<path d=\"M{px:.1} {:.1}V{bottom:.1}\" stroke=\"#e6e6e6\"/>", area.top);
        }
        let _ = writeln!(svg, "<path d=\"M{px:.1} {bottom:.1}v{length}\" stroke=\"#333\"/>");
        if !label.is_empty() {
            let (label, py) = (escape(label), bottom + 19.0);
            let _ = writeln!(svg, "<text x=\"{px:.1}\" y=\"{py:.1}\" text-anchor=\"middle\">{label}</text>");
        }
    }
    for (at, label) in &y.ticks {
        let py = area.y(*at);
        let length = if label.is_empty() { 3.0 } else { 5.0 };
        if grid && !label.is_empty() {
            let _ = writeln!(svg, "<path d=\"M{:.1} {py:.1}H{right:.1}\" stroke=\"#e6e6e6\"/>", area.left);
        }
        let _ = writeln!(svg, "<path d=\"M{:.1} {py:.1}h-{length}\" stroke=\"#333\"/>", area.left);
        if !label.is_empty() {
            let (label, px, py) = (escape(label), area.left - 8.0, py + 4.2);
            let _ = writeln!(svg, "<text x=\"{px:.1}\" y=\"{py:.1}\" text-anchor=\"end\">{label}</text>");
        }
    }
    let (middle, low) = (area.left + area.width / 2.0, bottom + 39.0);
    let title = escape(&x.title);
    let _ = writeln!(svg, "<text x=\"{middle:.1}\" y=\"{low:.1}\" text-anchor=\"middle\">{title}</text>");
    let widest = y.ticks.iter().map(|t| text_width(&t.1)).fold(0.0, f64::max);
    let (px, py) = ((area.left - widest - 20.0).max(13.0), area.top + area.height / 2.0);
    upright(svg, &y.title, px, py, area.height + 40.0);
}

/// Pixels by which a text along an upright axis is deeper than one line.
pub(crate) fn upright_depth(text: &str, pixels: f64) -> f64 {
    13.0 * (upright_lines(text, pixels).len() - 1) as f64
}

/// The lines of a text along an upright axis: two if it is longer than this many pixels.
fn upright_lines(text: &str, pixels: f64) -> Vec<String> {
    if text_width(text) * 0.9 > pixels {
        let words: Vec<&str> = text.split(' ').collect();
        let excess = |cut: &usize| {
            let (a, b) = words.split_at(*cut);
            let size = |part: &[&str]| part.iter().map(|w| w.chars().count() + 1).sum::<usize>();
            size(a).max(size(b))
        };
        if let Some(cut) = (1..words.len()).min_by_key(excess) {
            let (a, b) = words.split_at(cut);
            return vec![a.join(" "), b.join(" ")];
        }
    }
    vec![text.to_owned()]
}

/// A text along an upright axis, in two lines if it is longer than this many pixels.
pub(crate) fn upright(svg: &mut String, text: &str, px: f64, py: f64, pixels: f64) {
    let lines = upright_lines(text, pixels);
    let back = 13.0 * (lines.len() - 1) as f64;
    for (i, line) in lines.iter().enumerate() {
        let line = escape(&shortened(line, pixels + 30.0));
        let _ = writeln!(
            svg,
            "<text transform=\"translate({:.1} {py:.1}) rotate(-90)\" text-anchor=\"middle\">{line}</text>",
            px - back + 13.0 * i as f64
        );
    }
}

/// The line around the data area.
pub(crate) fn border(svg: &mut String, area: Area) {
    let Area { left, top, width, height } = area;
    let _ = writeln!(
        svg,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"#333\"/>"
    );
}

/// Pixels left of the data area that tick labels and title need.
pub(crate) fn left_margin(y: &Scale) -> f64 {
    y.ticks.iter().map(|t| text_width(&t.1)).fold(36.0, f64::max) + 46.0
}
