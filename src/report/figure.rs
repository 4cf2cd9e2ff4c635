//! Figures: a plot and what to know about it.

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
            self.0.push_str(&format!("<figcaption>{}</figcaption>\n", escape(caption)));
        }
        self.0.push_str("</figure>\n");
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
