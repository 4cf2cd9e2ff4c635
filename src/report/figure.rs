//! Figures: a plot and what to know about it.

use std::fmt::Write as _;

use super::page::escape;

/// Collects figures side by side.
#[derive(Default)]
pub(crate) struct Figures(String, usize);

impl Figures {
    /// Adds a picture with a caption.
    pub(crate) fn add(&mut self, svg: &str, caption: &str) {
        self.1 += 1;
        self.0.push_str("<figure>\n");
        self.0.push_str(svg);
        if !caption.is_empty() {
            let _ = writeln!(self.0, "<figcaption>{}</figcaption>", escape(caption));
        }
        self.0.push_str("</figure>\n");
    }

    /// Adds a picture that takes the width of the page.
    pub(crate) fn add_broad(&mut self, svg: &str, caption: &str) {
        self.0.push_str("<div class=\"broad\">\n");
        self.add(svg, caption);
        self.0.push_str("</div>\n");
    }

    /// Starts a new row.
    pub(crate) fn new_row(&mut self) {
        if !self.0.is_empty() {
            self.0.push_str("</div>\n<div class=\"figures\">\n");
        }
    }

    /// Number of figures.
    pub(crate) fn count(&self) -> usize {
        self.1
    }

    /// The figures as HTML; nothing if there are none.
    pub(crate) fn html(self) -> String {
        if self.0.is_empty() { self.0 } else { format!("<div class=\"figures\">\n{}</div>\n", self.0) }
    }
}
